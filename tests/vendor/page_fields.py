#!/usr/bin/env python3
"""Lists the parameters that the five vendor pages name, or those of them that fields.tsv lacks.

    page_fields.py FOLDER               page TAB parameter TAB direction, sorted
    page_fields.py FOLDER fields.tsv    only what is missing there; exit 1 when something is

FOLDER holds the pages as plain text (alibaba-<Operation>.txt and meta-message_qrdls.txt). They are the vendors' and not
in this repository, so no test runs this; it is for whoever brings a new edition of a page. Plain text has lost the
nesting, so a parameter counts as present when it is a step of some path of its page in the same direction.
"""

import pathlib
import re
import sys

ALIBABA_TYPE = r"(?:string|object|boolean|integer|long|array)(?:\s*\[\])?"
META_ROW = re.compile(r"^([A-Za-z][A-Za-z_-]*?)(?:string|integer|boolean|object|array of |One of )(?![A-Za-z_]*\()")


def alibaba(text):
    """A row is a name above its type, with blank lines between, or `name | type | ...` on one line."""
    direction, before, previous = None, "", ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if re.match(r"Request parameters$", line):
            direction = "request"
        elif re.match(r"Response (parameters|elements)$", line):
            direction = "response"
        elif line == "Examples" and direction:
            return
        elif direction:
            table = re.match(rf"([A-Za-z]\w*) \| {ALIBABA_TYPE} \|", line, re.I)
            if table:
                yield table[1], direction
            elif re.fullmatch(ALIBABA_TYPE, line, re.I) and re.fullmatch(r"[A-Z]\w+", previous):
                heading = (before, previous) == ("Description", "Example")
                if not heading and not re.fullmatch(ALIBABA_TYPE, previous, re.I):
                    yield previous, direction
        before, previous = previous, line


def meta(text):
    """A row is a name glued to its type. Parameters come before `Responses`, answers after; requests start anew per method."""
    direction = "request"
    for line in map(str.strip, text.splitlines()):
        if line == "Responses":
            direction = "response"
        elif line == "Header Parameters":
            direction = "request"
        row = META_ROW.match(line)
        if row:
            yield row[1].removesuffix("[]"), direction


def pages(folder):
    for path in sorted(pathlib.Path(folder).glob("*.txt")):
        reader = meta if path.stem.startswith("meta-") else alibaba
        for name, direction in sorted(set(reader(path.read_text(encoding="utf-8")))):
            yield path.stem, name, direction


def steps(tsv):
    known = set()
    for line in pathlib.Path(tsv).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            source, path, direction = line.split("\t")[:3]
            for step in re.split(r"[.:]", path):
                known.add((source.split(":")[0], step.replace("[]", ""), direction))
    return known


def main(folder, tsv=None):
    rows = list(pages(folder))
    if tsv:
        known = steps(tsv)
        rows = [row for row in rows if row not in known]
    for row in rows:
        print("\t".join(row))
    return 1 if tsv and rows else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
