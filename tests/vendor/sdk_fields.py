#!/usr/bin/env python3
"""Prints every field that the vendors' own SDKs know for the operations waops uses.

One line per leaf, sorted: source TAB vendor_path TAB direction. The rows of fields.tsv whose source starts
with `sdk:` or `meta-sdk:` must be exactly these lines.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python sdk_fields.py

`[]` follows a list, `.*` stands for the keys of a free-form map. Standard library only, apart from the two
packages that are looked at.
"""

import ast
import inspect
import textwrap
import typing

from alibabacloud_cams20200606 import models
from darabonba.model import DaraModel
from facebook_business.adobjects.whatsappbusinessaccount import WhatsAppBusinessAccount

ALIBABA_OPERATIONS = [
    "CreateChatappTemplate",
    "ModifyChatappTemplate",
    "DeleteChatappTemplate",
    "GetChatappTemplateDetail",
    "ListChatappTemplate",
    "ModifyChatappTemplateProperties",
    "CreatePhoneMessageQrdl",
    "UpdatePhoneMessageQrdl",
    "DeletePhoneMessageQrdl",
    "ListPhoneMessageQrdl",
]

META_METHODS = [
    "create_message_template",
    "create_upsert_message_template",
    "get_message_templates",
    "delete_message_templates",
]


def without_none(hint):
    """`Optional[T]` is `T` here: a parameter may always be left out."""
    if typing.get_origin(hint) is typing.Union:
        (hint,) = [arm for arm in typing.get_args(hint) if arm is not type(None)]
    return hint


def sample(hint):
    """A value of the hinted type, good enough to come out of `to_map` under its wire name."""
    origin = typing.get_origin(hint)
    if origin is list:
        return [sample(typing.get_args(hint)[0])]
    if origin is dict or hint is dict:
        return {"key": "value"}
    return hint() if inspect.isclass(hint) and issubclass(hint, DaraModel) else "value"


def wire_name(model, attribute, value):
    """The key that `to_map` writes for one attribute; `from_map` must read the same one."""
    blank, written = model().to_map(), model(**{attribute: value}).to_map()
    (name,) = [key for key in written if key not in blank or written[key] != blank[key]]
    read = getattr(model().from_map({name: written[name]}), attribute)
    if read in (None, []):
        raise SystemExit(f"{model.__name__}.{attribute}: to_map writes {name}, from_map does not read it")
    return name


def leaves(model, prefix=""):
    hints = typing.get_type_hints(model.__init__)
    for attribute in inspect.signature(model.__init__).parameters:
        if attribute == "self":
            continue
        hint = without_none(hints[attribute])
        path = prefix + wire_name(model, attribute, sample(hint))
        while typing.get_origin(hint) is list:
            hint, path = typing.get_args(hint)[0], path + "[]"
        if inspect.isclass(hint) and issubclass(hint, DaraModel):
            yield from leaves(hint, path + ".")
        elif typing.get_origin(hint) is dict or hint is dict:
            yield path + ".*"
        else:
            yield path


def top(path):
    return path.split(".")[0].split("[")[0]


def alibaba(operation):
    request = set(leaves(getattr(models, f"{operation}Request")))
    # The Shrink twin is the same request with its structures as JSON strings; only what it has beyond that counts.
    twin = getattr(models, f"{operation}ShrinkRequest", None)
    if twin:
        known = {top(path) for path in request}
        request |= {path for path in leaves(twin) if top(path) not in known}
    for path in request:
        yield f"sdk:{operation}Request", path, "request"
    for path in leaves(getattr(models, f"{operation}ResponseBody")):
        yield f"sdk:{operation}Response", path, "response"


def meta(method):
    """The SDK declares the parameters of a call in a local dictionary, so its source is read, not run."""
    source = textwrap.dedent(inspect.getsource(getattr(WhatsAppBusinessAccount, method)))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and [getattr(t, "id", None) for t in node.targets] == ["param_types"]:
            for name, kind in ast.literal_eval(node.value).items():
                suffix = "[]" * kind.count("list<") + (".*" if "map" in kind else "")
                yield f"meta-sdk:WhatsAppBusinessAccount.{method}", name + suffix, "request"
            return
    raise SystemExit(f"{method}: no param_types found, the SDK's shape has changed")


def main():
    rows = {row for operation in ALIBABA_OPERATIONS for row in alibaba(operation)}
    rows |= {row for method in META_METHODS for row in meta(method)}
    for row in sorted(rows):
        print("\t".join(row))


if __name__ == "__main__":
    main()
