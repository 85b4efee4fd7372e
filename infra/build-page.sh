#!/bin/sh
# Builds the dashboard (edge/web) where its sources, or what it shares with the server, have changed since the last build.
# Needs what infra/setup.sh installs. A second run does nothing.
set -eu
cd "$(dirname "$0")/.."

page=edge/web
stamp=.reelway/cache/page-sources

# Everything that a build reads: content, not times, so that a fresh checkout and a changed branch are told apart rightly.
what_it_is_made_of() {
  find $page shared pnpm-lock.yaml -type f \
    ! -path '*/node_modules/*' ! -path "$page/dist/*" ! -path 'shared/cli/commands/*' ! -name '*.test.ts' \
    -exec cksum {} + | LC_ALL=C sort | cksum
}

sources=$(what_it_is_made_of)
if [ -f $page/dist/index.html ] && [ -f $stamp ] && [ "$(cat $stamp)" = "$sources" ]; then exit 0; fi

echo "Building the dashboard"
mkdir -p "$(dirname $stamp)"
log=$(mktemp "${TMPDIR:-/tmp}/reelway-page.XXXXXX")
if ! PATH="$PWD/node_modules/.bin:$PATH" $page/node_modules/.bin/vite build $page --logLevel warn >"$log" 2>&1 </dev/null; then
  cat "$log" >&2
  rm -f "$log"
  echo "Failed: the dashboard does not build" >&2
  exit 1
fi
rm -f "$log"
echo "$sources" >$stamp
