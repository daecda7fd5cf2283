#!/bin/sh
# Writes what the chart renders with its defaults, for those who use kubectl without Helm.
set -eu
cd "$(dirname "$0")/.."
helm=$(tests/helm/build.sh)
{
	echo "# Written from charts/waops by \`make generate\`. Do not edit."
	sed -z 's/  annotations:\n    helm.sh\/resource-policy: keep\n//g' charts/waops/definitions/roles.yaml
	# Hooks and what only Helm reads are left out.
	"$helm" template waops charts/waops --namespace waops --kube-version 1.33.0 --no-hooks --set crds.install=false |
		sed -e '/^ *helm.sh\/chart: /d' -e '/^ *app.kubernetes.io\/managed-by: Helm$/d' -e '/^# Source: /d'
} >deploy/operator.yaml
