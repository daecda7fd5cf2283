#!/usr/bin/env bash
# What a release consists of, in dist/: a static program for each architecture, the same as a plugin of kubectl, the
# certificates for the image, an SBOM and checksums. The same commit gives the same programs wherever it is checked out; see `--twice`.
#
#   scripts/release.sh            builds everything
#   scripts/release.sh --twice    builds the first architecture again from another folder and compares
#   ARCHITECTURES=amd64           takes fewer; CA_BUNDLE=FILE takes other certificates
set -euo pipefail
# A build that fails ends the script wherever it was asked for: what an earlier one left in target/ is not this release.
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
read -ra architectures <<<"${ARCHITECTURES:-amd64 arm64}"
ca_bundle=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}

# Builds the program for an architecture from a folder, and prints its path.
build() {
  local architecture=$1 source=$2 target=$3
  local triple compiler
  case $architecture in
    amd64) triple=x86_64-unknown-linux-musl compiler=${CC_AMD64:-cc} ;;
    arm64) triple=aarch64-unknown-linux-musl compiler=${CC_ARM64:-aarch64-linux-gnu-gcc} ;;
    *) echo "no such architecture: $architecture" >&2; return 1 ;;
  esac
  if ! command -v "$compiler" >/dev/null; then
    echo "$compiler is missing: ring needs a C compiler for $architecture (Debian: gcc-aarch64-linux-gnu)" >&2
    return 1
  fi
  rustup target add "$triple" >&2
  local cargo_home=${CARGO_HOME:-$HOME/.cargo} name=${triple//-/_}
  # Where it was built stands nowhere in it. The linker comes with Rust, so the machine's own makes no difference.
  (
    cd "$source"
    export CARGO_TARGET_DIR=$target CARGO_INCREMENTAL=0
    export SOURCE_DATE_EPOCH; SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
    export "CC_$name=$compiler" "CFLAGS_$name=-ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$target=/target"
    export "CARGO_TARGET_${name^^}_LINKER=rust-lld"
    export "CARGO_TARGET_${name^^}_RUSTFLAGS=--remap-path-prefix=$source=/waops --remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$target=/target"
    cargo build --release --locked --bin waops --target "$triple" >&2
  )
  echo "$target/$triple/release/waops"
}

target=${CARGO_TARGET_DIR:-$PWD/target}
if [ "${1:-}" = --twice ]; then
  git diff --quiet HEAD || { echo "commit first: the other folder is a checkout of HEAD" >&2; exit 1; }
  other=$(mktemp -d)
  trap 'git worktree remove --force "$other/source"; rm -rf "$other"' EXIT
  git worktree add --detach --quiet "$other/source" HEAD
  one=$(build "${architectures[0]}" "$PWD" "$target")
  two=$(build "${architectures[0]}" "$other/source" "$other/target")
  sha256sum "$one" "$two"
  cmp "$one" "$two" && echo "the same, from two folders"
  exit
fi

mkdir -p dist
# Nor are the programs of an earlier release: they would get checksums beside the new ones.
rm -f dist/{,kubectl-}waops-linux-* dist/SHA256SUMS
declare -A programs
for architecture in "${architectures[@]}"; do
  # By itself: the failure of a command within the arguments of another one is nobody's.
  program=$(build "$architecture" "$PWD" "$target")
  programs[$architecture]=$program
done
for architecture in "${architectures[@]}"; do
  install -m 0755 "${programs[$architecture]}" "dist/waops-linux-$architecture"
done
install -m 0644 "$ca_bundle" dist/ca-certificates.crt
python3 scripts/sbom.py >dist/waops.cdx.json
version=$(cargo pkgid | sed 's/.*[#@]//')
scripts/krew.sh dist "$version"
(cd dist && sha256sum waops-linux-* kubectl-waops-linux-* ca-certificates.crt waops.cdx.json waops.krew.yaml >SHA256SUMS)
cat dist/SHA256SUMS
