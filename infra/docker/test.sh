#!/bin/sh
# What `make image-test` does: builds the targets, all of them unless TARGETS names some, then converts video in them (test/image).
# Where a docker daemon runs, with it; elsewhere with buildah and podman, as root, on stand-ins for the bases that only a registry has.
# Exit code 77 where no container can run.
set -eu
cd "$(dirname "$0")/../.."

if [ -z "${CONTAINER_TOOL:-}" ] && command -v docker >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
  export CONTAINER_TOOL=docker
fi
if [ "${CONTAINER_TOOL:-podman}" = podman ]; then
  export CONTAINER_TOOL=podman
  for tool in podman buildah runc debootstrap; do
    command -v "$tool" >/dev/null 2>&1 || {
      echo "The images are tested with docker, or with podman, buildah, runc and debootstrap; $tool is missing: apt-get install podman buildah runc debootstrap" >&2
      exit 1
    }
  done
  store=${REELWAY_IMAGE_STORE:-$PWD/.reelway/images}
  mkdir -p "$store"
  printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/graph"\nrunroot = "%s/run"\n' "$store" "$store" >"$store/storage.conf"
  export CONTAINERS_STORAGE_CONF="$store/storage.conf" CONTAINERS_CONF="$PWD/infra/docker/nested-containers.conf" BUILD_ISOLATION=chroot
  if [ -z "${PODMAN_COMPOSE:-}" ]; then
    tools=$PWD/.reelway/tools/podman-compose
    [ -x "$tools/bin/podman-compose" ] || python3 -m pip install --quiet --target "$tools" podman-compose==1.6.0
    export PODMAN_COMPOSE="$tools/bin/podman-compose" PYTHONPATH="$tools"
  fi
  infra/docker/local-bases.sh >"$store/bases"
  set -a
  # shellcheck source=/dev/null
  . "$store/bases"
  set +a
  podman run --rm --network host "$BASE_IMAGE" true || {
    echo "No container runs on this machine, so the images are not tested." >&2
    exit 77
  }
fi

export TARGETS="${TARGETS:-cpu nvidia vaapi}"
# shellcheck disable=SC2086
infra/docker/build.sh $TARGETS
exec node_modules/.bin/vitest run --config test/image/vitest.config.ts "$@"
