#!/usr/bin/env bash
# Makes the book in target/book: docs/ as pages, and beside them the files of the repository that pages link to, where
# their links expect them.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf target/book
.ci/mdbook build >&2
# From docs/ and docs/*/, a link out of the docs begins with ../ or ../../.
grep -ohE '\]\((\.\./)+[^)# ]+' docs/*.md docs/*/*.md | sed -E 's|^\]\((\.\./)+||' | sort -u | while read -r path; do
  [ -e "docs/$path" ] || cp -R --parents "${path%/}" target/book/
done
echo target/book/docs/index.html
