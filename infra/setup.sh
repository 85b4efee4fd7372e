#!/bin/sh
# Makes a checkout ready to run: pnpm, the dependencies (a new enough Node among them) and ffmpeg.
# Needs git and any Node from 20 on. Says something only about steps that do something; a second run does nothing.
set -eu
cd "$(dirname "$0")/.."

PNPM_VERSION=12.21.0
tools=.reelway/tools
stamp=node_modules/.reelway-installed

stop() {
  echo "$1" >&2
  exit 1
}

# Runs a command with its output kept back; shows the output only when the command fails.
quietly() {
  said=$1
  shift
  echo "$said"
  output=$(mktemp "${TMPDIR:-/tmp}/reelway-setup.XXXXXX")
  if "$@" >"$output" 2>&1 </dev/null; then
    rm -f "$output"
    return 0
  fi
  cat "$output" >&2
  rm -f "$output"
  stop "Failed: $*"
}

check_node() {
  command -v node >/dev/null 2>&1 || stop "Reelway needs Node 20 or newer to set itself up: install it from https://nodejs.org or your package manager."
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || stop "Reelway needs Node 20 or newer to set itself up; this is Node $(node --version): update it from https://nodejs.org or your package manager."
}

# Prints how to call pnpm: the one on the PATH where it is of the same major version, else our own.
find_pnpm() {
  if command -v pnpm >/dev/null 2>&1; then
    found=$(cd / && pnpm --version 2>/dev/null </dev/null || echo 0)
    if [ "${found%%.*}" = "${PNPM_VERSION%%.*}" ]; then
      echo pnpm
      return 0
    fi
  fi
  echo "$tools/node_modules/.bin/pnpm"
}

# Everything that decides what an install yields, the platform included.
what_is_wanted() {
  { cat pnpm-lock.yaml pnpm-workspace.yaml package.json ./*/package.json edge/web/package.json infra/*/package.json && uname -sm; } | cksum
}

install_dependencies() {
  wanted=$(what_is_wanted)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && node_modules/.bin/node --version >/dev/null 2>&1; then
    return 0
  fi
  pnpm=$(find_pnpm)
  if [ "$pnpm" != pnpm ] && [ "$("$pnpm" --version 2>/dev/null || true)" != "$PNPM_VERSION" ]; then
    mkdir -p "$tools"
    command -v npm >/dev/null 2>&1 || stop "Reelway needs npm to fetch pnpm $PNPM_VERSION: install npm, or pnpm ${PNPM_VERSION%%.*} itself."
    quietly "Installing pnpm $PNPM_VERSION into $tools" \
      npm install --prefix "$tools" --no-audit --no-fund --loglevel=error "pnpm@$PNPM_VERSION"
  fi
  CI=true quietly "Installing the dependencies" "$pnpm" install --frozen-lockfile
  node_modules/.bin/node --version >/dev/null 2>&1 || stop "The Node that the dependencies bring does not run on this machine ($(uname -sm))."
  echo "$wanted" >"$stamp"
}

has_ffmpeg() {
  command -v "${FFMPEG_PATH:-ffmpeg}" >/dev/null 2>&1 && command -v "${FFPROBE_PATH:-ffprobe}" >/dev/null 2>&1
}

install_ffmpeg() {
  has_ffmpeg && return 0
  if command -v apt-get >/dev/null 2>&1; then
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
      sudo -n true 2>/dev/null || stop "ffmpeg is missing: install it with: sudo apt-get install ffmpeg"
      as_root="sudo -n"
    fi
    # shellcheck disable=SC2086 # empty or two words
    quietly "Installing ffmpeg with apt-get" \
      sh -c "$as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ffmpeg"
  elif command -v brew >/dev/null 2>&1; then
    quietly "Installing ffmpeg with Homebrew" brew install ffmpeg
  else
    stop "ffmpeg and ffprobe are missing: install them with your package manager (they come in one package, ffmpeg)."
  fi
  has_ffmpeg || stop "ffmpeg is installed, but ${FFMPEG_PATH:-ffmpeg} or ${FFPROBE_PATH:-ffprobe} is still not found: check PATH, FFMPEG_PATH and FFPROBE_PATH."
}

check_node
install_dependencies
install_ffmpeg
