#!/bin/sh
# Builds the judges unless they are up to date, and prints the path of the binary.
set -eu
cd "$(dirname "$0")"

# The Go that is installed, or none: a build must not fetch a compiler behind our back.
export GOTOOLCHAIN=local CGO_ENABLED=0 GOWORK=off

folder=$(cd ../.. && pwd)/.cache/judges
binary=$folder/judges
stamp=$({ go version; cat build.sh go.mod go.sum ./*.go; } | git hash-object --stdin)
if [ -x "$binary" ] && [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then
	echo "$binary"
	exit
fi

echo "building the judges of Argo CD and Flux: four minutes the first time" >&2
mkdir -p "$folder"
go build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w" -o "$binary.new" .
mv "$binary.new" "$binary"
echo "$stamp" >"$folder/stamp"
echo "$binary"
