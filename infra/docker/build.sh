#!/bin/sh
# Builds the runner's images with whichever of docker, podman and buildah is there, and prints their sizes: build.sh [cpu] [nvidia] [vaapi]
# CONTAINER_TOOL chooses the tool; BASE_IMAGE, NODE_IMAGE and RUST_IMAGE stand in for the pinned ones; IMAGE names the result.
set -eu
cd "$(dirname "$0")/../.."

image=${IMAGE:-localhost/reelway-runner}

find_tool() {
  if command -v docker >/dev/null 2>&1 && docker info >/dev/null 2>&1; then echo docker; return; fi
  for tool in podman buildah; do
    if command -v "$tool" >/dev/null 2>&1; then echo "$tool"; return; fi
  done
  echo "No docker, podman or buildah here that works: install one of them." >&2
  exit 1
}
tool=${CONTAINER_TOOL:-$(find_tool)}

build() {
  target=$1
  shift
  case $tool in
    docker) docker build "$@" --target "$target" --tag "$image:$target" . ;;
    # Only this format holds a health check; and without rights to make namespaces a chroot is enough to build in.
    *) "$tool" build --format docker ${BUILD_ISOLATION:+--isolation "$BUILD_ISOLATION" --network host} "$@" --target "$target" --tag "$image:$target" . ;;
  esac
}

set -- "${@:-cpu}"
for target in "$@"; do
  build "$target" --file infra/docker/runner.Dockerfile \
    --label "org.opencontainers.image.version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)" \
    --label "org.opencontainers.image.revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    ${BASE_IMAGE:+--build-arg "BASE_IMAGE=$BASE_IMAGE"} ${NODE_IMAGE:+--build-arg "NODE_IMAGE=$NODE_IMAGE"} ${RUST_IMAGE:+--build-arg "RUST_IMAGE=$RUST_IMAGE"}
  echo "$image:$target is $("$tool" images --format '{{.Size}}' "$image:$target")"
done
