#!/usr/bin/env bash
# Makes the plugin of kubectl from programs that are built already: an archive for each architecture, and a manifest for krew.
#
#   scripts/krew.sh FOLDER VERSION    FOLDER has waops-linux-ARCHITECTURE
#   RELEASE_URL=…                     where the archives will be found
set -euo pipefail
folder=$(cd "$1" && pwd) version=$2
cd "$(dirname "$0")/.."
url=${RELEASE_URL:-https://github.com/your-org/waops/releases/download/v$version}
stamp=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
manifest=$folder/waops.krew.yaml

cat >"$manifest" <<YAML
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata: {name: waops}
spec:
  version: v$version
  homepage: https://github.com/your-org/waops
  shortDescription: WhatsApp QR codes and templates in your cluster
  description: |
    Shows where accounts, QR codes and message templates of waops stand and what to do about them, draws codes, says what a
    change would do and cost, and approves what waits for a decision. The cluster needs the operator of waops.
  platforms:
YAML
for program in "$folder"/waops-linux-*; do
  architecture=${program##*-}
  archive=kubectl-waops-linux-$architecture.tar.gz
  parts=$(mktemp -d)
  install -m 0755 "$program" "$parts/kubectl-waops"
  install -m 0644 LICENSE "$parts/LICENSE"
  # The same parts make the same archive.
  tar --create --directory "$parts" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$stamp" LICENSE kubectl-waops |
    gzip --no-name --best >"$folder/$archive"
  rm -rf "$parts"
  cat >>"$manifest" <<YAML
    - selector: {matchLabels: {os: linux, arch: $architecture}}
      uri: $url/$archive
      sha256: $(sha256sum "$folder/$archive" | cut -d' ' -f1)
      files: [{from: kubectl-waops, to: .}, {from: LICENSE, to: .}]
      bin: kubectl-waops
YAML
done
