#!/usr/bin/env bash
# Flame graph, heap profile and instruction counts of the loop into target/profile. Counts need valgrind.
set -euo pipefail
cd "$(dirname "$0")"
out=../../target/profile
mkdir -p "$out"
cargo build --locked --release --quiet --target-dir "$out/build"
bin=$out/build/release

echo "== time: $out/flame.svg"
"$bin/flame" "$out/flame.svg"

echo "== memory: $out/heap.json"
"$bin/heap" "$out/heap.json"

echo "== instructions of one"
if ! command -v valgrind >/dev/null; then
  echo "valgrind is not installed, so nothing is counted"
  exit
fi
counted() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bin/count" "$1" "$2" 2>&1 |
    awk '/Collected/ { print $NF }'
}
for what in parse plan create status write claim sign-1 sign-3; do
  few=$(counted $what 10)
  many=$(counted $what 1010)
  printf '%-8s %8d\n' $what $(((many - few) / 1000))
done
