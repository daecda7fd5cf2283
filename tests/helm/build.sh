#!/bin/sh
# Builds Helm at a fixed version into .cache/, unless it is there, and prints its path. Usage: build.sh [VERSION]
set -eu
cd "$(dirname "$0")/../.."
version=${1:-v3.21.4}
folder=$PWD/.cache/helm/$version
if [ ! -x "$folder/helm" ]; then
	echo "building Helm $version: a minute the first time" >&2
	major=${version%%.*}
	GOTOOLCHAIN=local CGO_ENABLED=0 GOBIN="$folder" go install "helm.sh/helm/$major/cmd/helm@$version"
fi
echo "$folder/helm"
