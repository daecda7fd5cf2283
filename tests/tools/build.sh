#!/bin/sh
# Builds a tool that the tests of the charts use, at a fixed version, into .cache/tools, unless it is there, and prints its path.
# Usage: build.sh helm-unittest|kubeconform|kube-score|promtool|monitoring-crds
set -eu
cd "$(dirname "$0")/../.."
# The Go that is installed, or none: a build must not fetch a compiler behind our back.
export GOTOOLCHAIN=local CGO_ENABLED=0 GOWORK=off
tags=
case ${1:-} in
helm-unittest) module=github.com/helm-unittest/helm-unittest version=v1.1.2 ;;
kubeconform) module=github.com/yannh/kubeconform version=v0.8.0 ;;
kube-score) module=github.com/zegl/kube-score version=v1.20.0 ;;
# Without the clients of every cloud: rules are checked, nothing is discovered.
promtool) module=github.com/prometheus/prometheus version=v0.315.0 tags=remove_all_sd ;;
# No program: the definitions of ServiceMonitor, PodMonitor and PrometheusRule.
monitoring-crds) module=github.com/prometheus-operator/prometheus-operator version=v0.85.0 ;;
*)
	echo "unknown tool: ${1:-none}" >&2
	exit 2
	;;
esac
tool=$PWD/.cache/tools/$1-$version
if [ ! -e "$tool" ]; then
	echo "building $1 $version: a minute the first time" >&2
	mkdir -p .cache/tools
	source=$(go mod download -json "$module@$version" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
	if [ "$1" = monitoring-crds ]; then
		for kind in servicemonitors podmonitors prometheusrules; do
			echo ---
			cat "$source/example/prometheus-operator-crd/monitoring.coreos.com_$kind.yaml"
		done >"$tool.new"
		mv "$tool.new" "$tool"
		echo "$tool"
		exit
	fi
	# Built where its own go.mod is, since `go install` refuses one that replaces a dependency.
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
	cp -R "$source/." "$folder"
	chmod -R u+w "$folder"
	(cd "$folder" && go build -mod=mod -buildvcs=false -trimpath -tags "$tags" -ldflags "-s -w" -o "$tool.new" "./cmd/$1")
	mv "$tool.new" "$tool"
fi
echo "$tool"
