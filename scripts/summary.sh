#!/usr/bin/env bash
# Writes the last part of the book's table of contents: a line for each decision in docs/adr.
set -euo pipefail
cd "$(dirname "$0")/../docs"
{
  sed '/^# Decisions$/q' SUMMARY.md
  echo
  for page in adr/*.md; do
    echo "- [$(sed -n '1s/^# //p' "$page")]($page)"
  done
} >SUMMARY.md.new
mv SUMMARY.md.new SUMMARY.md
