#!/usr/bin/env bash
# The images of what is in dist/, one for each architecture, as OCI layouts in dist/image-ARCHITECTURE. The same programs give
# the same images: nothing is run to make them, and their time is that of the commit.
#
#   skopeo copy oci:dist/image-amd64 docker://REGISTRY/waops:VERSION-amd64     publishes one
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(cargo pkgid | sed 's/.*[#@]//')
time=$(git log -1 --format=%ct)
for program in dist/waops-linux-*; do
  architecture=${program##*-}
  tag=waops:$version-$architecture
  buildah build --platform "linux/$architecture" --timestamp "$time" --file Containerfile --tag "$tag" .
  rm -rf "dist/image-$architecture"
  buildah push --quiet "$tag" "oci:dist/image-$architecture"
  echo "dist/image-$architecture: $(du -sb --apparent-size "dist/image-$architecture" | cut -f1) bytes, compressed"
done
