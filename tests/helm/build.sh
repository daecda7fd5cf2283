#!/bin/sh
# Builds Helm at a fixed version into .cache/, unless it is there, and prints its path. Usage: build.sh [3|4]
set -eu
cd "$(dirname "$0")/../.."
major=${1:-3}
case $major in
3) version=v3.21.4 ;;
4) version=v4.3.1 ;;
*)
	echo "unknown: Helm $major" >&2
	exit 2
	;;
esac
folder=$PWD/.cache/helm/$version
if [ ! -x "$folder/helm" ]; then
	echo "building Helm $version: a minute the first time" >&2
	GOTOOLCHAIN=local CGO_ENABLED=0 GOBIN="$folder" go install "helm.sh/helm/v$major/cmd/helm@$version"
fi
echo "$folder/helm"
