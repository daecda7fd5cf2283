#!/bin/sh
# Builds a peer of the benchmarks into .cache/peers, unless it is up to date, and prints the command that starts it.
# Usage: build.sh controller-runtime|kopf
set -eu
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
folder=$root/.cache/peers/${1:?which peer}
mkdir -p "$folder"
case $1 in
controller-runtime)
	# The Go that is installed, or none: a build must not fetch a compiler behind our back.
	export GOTOOLCHAIN=local CGO_ENABLED=0
	stamp=$({ go version; cat build.sh "$1"/go.mod "$1"/go.sum "$1"/*.go; } | git hash-object --stdin)
	if [ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ]; then
		echo "building the peer $1: minutes the first time" >&2
		(cd "$1" && go build -mod=readonly -trimpath -buildvcs=false -ldflags '-s -w' -o "$folder/peer.new" .)
		mv "$folder/peer.new" "$folder/peer"
		echo "$stamp" >"$folder/stamp"
	fi
	echo "$folder/peer"
	;;
kopf)
	stamp=$({ python3 --version; cat build.sh "$1/requirements.txt"; } | git hash-object --stdin)
	if [ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ]; then
		echo "installing the peer $1" >&2
		python3 -m venv --clear "$folder/venv"
		"$folder/venv/bin/pip" install --quiet --requirement "$1/requirements.txt" >&2
		echo "$stamp" >"$folder/stamp"
	fi
	echo "$folder/venv/bin/python $PWD/$1/peer.py"
	;;
*)
	echo "no such peer: $1" >&2
	exit 2
	;;
esac
