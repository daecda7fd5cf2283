#!/bin/sh
# Builds the control plane for the tests unless it is up to date, and prints the path of the binary.
# With KUBEBUILDER_ASSETS set only the supervisor is built: seconds instead of minutes.
set -eu
cd "$(dirname "$0")"

# The Go that is installed, or none: a build must not fetch a compiler behind our back.
export GOTOOLCHAIN=local CGO_ENABLED=0

version=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' go.mod)
if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
	flavour=external tags=external duration=seconds
else
	flavour=$version tags= duration='minutes the first time'
fi
folder=$(cd ../.. && pwd)/.cache/control-plane/$flavour
binary=$folder/control-plane

stamp=$({ go version; cat build.sh go.mod go.sum ./*.go; } | git hash-object --stdin)
if [ -x "$binary" ] && [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then
	echo "$binary"
	exit
fi

echo "building the control plane ($flavour): $duration" >&2
mkdir -p "$folder"
minor=${version#v*.}
package=k8s.io/component-base/version
# Helm and kubectl read these.
flags="-s -w -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*}"
go build -mod=readonly -trimpath -buildvcs=false -tags "$tags" -ldflags "$flags" -o "$binary.new" .
mv "$binary.new" "$binary"
ln -sf control-plane "$folder/kubectl"
echo "$stamp" >"$folder/stamp"
echo "$binary"
