#!/usr/bin/env python3
"""Writes the table of values into a chart's README.md, from values.yaml and its comments.

Usage: readme.py CHART_FOLDER

A value without a comment is an error: nobody would know what it is for. What has no comments of its own inside is one value.
"""
import pathlib
import re
import sys


class Value:
    def __init__(self, name, comment, default):
        self.name, self.comment, self.default, self.inside = name, comment, default, []

    def flow(self):
        """The default in one line."""
        if not self.inside:
            return self.default
        return "{" + ", ".join(f"{value.name}: {value.flow()}" for value in self.inside) + "}"


def parse(lines):
    top = Value("", "", "")
    path, comment = [top], []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            comment = []
        elif text.startswith("#"):
            comment.append(text.lstrip("#").strip())
        else:
            found = re.fullmatch(r"( *)([A-Za-z]+):(?: (.*))?", line)
            if not found or len(found[1]) % 2:
                sys.exit(f"values.yaml:{number}: only `name: value` on one line, in steps of two spaces")
            depth = len(found[1]) // 2
            value = Value(found[2], " ".join(comment), found[3] or "")
            path[depth].inside.append(value)
            path[depth + 1:] = [value]
            comment = []
    return top


def rows(value, prefix):
    for inside in value.inside:
        name = prefix + inside.name
        if any(deeper.comment for deeper in inside.inside):
            yield from rows(inside, name + ".")
        elif not inside.comment:
            sys.exit(f"values.yaml: {name} has no comment")
        else:
            cell = inside.comment.replace("|", "\\|")
            yield f"| `{name}` | `{inside.flow()}` | {cell} |"


chart = pathlib.Path(sys.argv[1])
table = "\n".join(rows(parse((chart / "values.yaml").read_text().splitlines()), ""))
readme = chart / "README.md"
begin, end = "<!-- Written from values.yaml by `make generate`. Do not edit. -->", "<!-- End of the values. -->"
before, _, rest = readme.read_text().partition(begin)
_, found, after = rest.partition(end)
if not found:
    sys.exit(f"{readme}: there is no place for the values")
readme.write_text(f"{before}{begin}\n| value | default | means |\n|---|---|---|\n{table}\n{end}{after}")
