#!/bin/sh
# Builds a tool that tests use, at a fixed version, into .cache/tools, unless it is there, and prints its path.
# Usage: build.sh helm-unittest|kubeconform|kube-score|promtool|monitoring-crds|kustomize-controller|flux-crds
set -eu
cd "$(dirname "$0")/../.."
# The Go that is installed, or none: a build must not fetch a compiler behind our back.
export GOTOOLCHAIN=local CGO_ENABLED=0 GOWORK=off
tags= package=./cmd/${1:-} duration='a minute'
case ${1:-} in
helm-unittest) module=github.com/helm-unittest/helm-unittest version=v1.1.2 ;;
kubeconform) module=github.com/yannh/kubeconform version=v0.8.0 ;;
kube-score) module=github.com/zegl/kube-score version=v1.20.0 ;;
# Without the clients of every cloud: rules are checked, nothing is discovered.
promtool) module=github.com/prometheus/prometheus version=v0.315.0 tags=remove_all_sd ;;
# No program: the definitions of ServiceMonitor, PodMonitor and PrometheusRule.
monitoring-crds) module=github.com/prometheus-operator/prometheus-operator version=v0.85.0 ;;
# Flux itself: what applies, waits and prunes.
kustomize-controller) module=github.com/fluxcd/kustomize-controller version=v1.9.6 package=. duration='four minutes' ;;
# No program: the definitions that it watches, its own and those of all sources.
flux-crds) module=github.com/fluxcd/source-controller version=v1.9.6 ;;
*)
	echo "unknown tool: ${1:-none}" >&2
	exit 2
	;;
esac
tool=$PWD/.cache/tools/$1-$version
if [ ! -e "$tool" ]; then
	echo "building $1 $version: $duration the first time" >&2
	mkdir -p .cache/tools
	source_of() {
		go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p'
	}
	# One file of several, each a document.
	documents() {
		for file in "$@"; do
			echo ---
			cat "$file"
		done >"$tool.new"
		mv "$tool.new" "$tool"
		echo "$tool"
		exit
	}
	source=$(source_of "$module@$version")
	case $1 in
	monitoring-crds)
		folder=$source/example/prometheus-operator-crd/monitoring.coreos.com
		documents "${folder}_servicemonitors.yaml" "${folder}_podmonitors.yaml" "${folder}_prometheusrules.yaml"
		;;
	flux-crds)
		controller=$(source_of "github.com/fluxcd/kustomize-controller@$version")
		documents "$controller"/config/crd/bases/*.yaml "$source"/config/crd/bases/*.yaml
		;;
	esac
	# Built where its own go.mod is, since `go install` refuses one that replaces a dependency.
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
	cp -R "$source/." "$folder"
	chmod -R u+w "$folder"
	# A folder beside it is not in the module; it is published as one of its own.
	(cd "$folder" && go mod edit -dropreplace "$module/api" &&
		go build -mod=mod -buildvcs=false -trimpath -tags "$tags" -ldflags "-s -w" -o "$tool.new" "$package")
	mv "$tool.new" "$tool"
fi
echo "$tool"
