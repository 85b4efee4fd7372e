#!/bin/sh
# Makes the kept corpus anew: tiny files by ffmpeg, documents by the engine, and what earlier runs found, minimised.
# Usage: make-corpus.sh PROGRAM, the path of reelway-media.
set -eu
program=$(realpath "$1")
cd "$(dirname "$0")"
programs=$(./build.sh)
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT

encode() {
  name=$1
  shift
  ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=32x32:rate=10:duration=1.2 -f lavfi -i sine=duration=1.2:sample_rate=8000 \
    "$@" "$seeds/$name"
}
h264="-c:v libx264 -preset ultrafast -crf 50 -g 4 -bf 2"
sound="-c:a aac -b:a 8k"
# shellcheck disable=SC2086 # lists of words
{
  encode h264.mp4 -map 0 -map 1 $h264 $sound
  encode open.mp4 -map 0 -c:v libx264 -crf 50 -x264-params keyint=4:open-gop=1:bframes=2
  encode fragmented.mp4 -map 0 -map 1 $h264 $sound -movflags frag_keyframe+empty_moov+default_base_moof
  encode indexed.mp4 -map 0 $h264 -movflags frag_keyframe+empty_moov+global_sidx
  encode hybrid.mp4 -map 0 $h264 -movflags frag_keyframe
  encode rotated.mov -map 0 $h264 -metadata:s:v rotate=90
  encode hevc.mp4 -map 0 -c:v libx265 -crf 50 -x265-params log-level=none:keyint=4 -pix_fmt yuv420p10le -tag:v hvc1 \
    -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc
  encode av1-opus.mp4 -map 0 -map 1 -s 64x64 -c:v libsvtav1 -preset 12 -g 4 -c:a libopus -b:a 8k
  encode vp9-flac.mp4 -map 0 -map 1 -c:v libvpx-vp9 -deadline realtime -g 4 -c:a flac -strict experimental
  encode eac3.mp4 -map 1 -ar 48000 -c:a eac3 -b:a 32k
  encode ac3.mp4 -map 1 -ar 48000 -c:a ac3 -b:a 32k
  encode mp3.mp4 -map 1 -ar 48000 -c:a libmp3lame -b:a 32k
  encode subtitled.mov -map 0 -map 1 $h264 -c:a pcm_s16le
  encode encrypted.mp4 -map 0 $h264 -encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff \
    -encryption_kid 0123456789abcdef0123456789abcdef
}
ffmpeg -nostdin -v error -y -ss 0.5 -i "$seeds/h264.mp4" -c copy "$seeds/edited.mp4"

inputs=$seeds/inputs
mkdir "$inputs"
printf 'WEBVTT a film\nKind: captions\n\nNOTE mine\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:low\n\na\n00:00.100 --> 00:00.900 line:0 region:low\n<v Ann>One\nTwo\n\n00:00:00.500 --> 00:01:00.000\nThree\n' >"$seeds/all.vtt"
printf '\357\273\277WEBVTT\r\n1\r\n00:01.000-->00:02.000\r\nOne\r\n2\r\n00:02.000 --> 00:03.000\r\nTwo' >"$seeds/no-blank-lines.vtt"
printf '1\n00:00:00,500 --> 00:00:01,500 X1:1 X2:2\n{\\an8}<font color="red">One</font> & <i>two</i>\n\nmore --> of it\n\n2\n00:01:00,000 --> 00:01:01,5\n1984\n' >"$seeds/all.srt"
for target in movie index plan cut extract package chunk join reports webvtt answer remote journal; do mkdir "$inputs/$target"; done
# Behind the status and the range: headers, and what they promise.
printf '\0\0\7Content-Range: bytes 0-7/100\r\nContent-Length: 8\r\nETag: "a"\r\nLast-Modified: Wed, 21 Oct 2026 07:28:00 GMT\r\n\r\n12345678' >"$inputs/answer/part"
printf '\0\5\7Content-Range: bytes 5-8/9\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n0\r\n\r\n' >"$inputs/answer/chunked"
printf '\3\0\7Content-Length: 8\r\nContent-Encoding: identity\r\n\r\n12345678' >"$inputs/answer/whole"
printf '\4\0\7Content-Range: bytes */0\r\nContent-Length: 0\r\n\r\n' >"$inputs/answer/empty"
printf '\7\0\7Retry-After: Wed, 21 Oct 2026 07:28:09 GMT\r\nDate: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n' >"$inputs/answer/later"
printf '\6\0\7Retry-After: 7\r\nContent-Length: 0\r\n\r\n' >"$inputs/answer/slower"
printf '{"version":1,"length":1000,"etag":"\\"a\\"","lastModified":null,"missing":[{"start":500,"end":1000}]}' >"$inputs/journal/half"
printf '{"version":1,"length":1000,"etag":null,"lastModified":"Wed, 21 Oct 2026 07:28:00 GMT","missing":[{"start":500,"end":501},{"start":600,"end":1000}]}' >"$inputs/journal/dated"
cp "$seeds"/*.vtt "$seeds"/*.srt "$inputs/webvtt/"
border() { printf '\0reelway-next-file\0'; }
for file in "$seeds"/*.mp4 "$seeds"/*.mov; do
  name=$(basename "$file")
  for target in movie cut extract package join remote; do cp "$file" "$inputs/$target/$name"; done
  { printf '\0\0\0\0\0\220\1\0\0\0\0\0\0\0\0\0'; cat "$file"; } >"$inputs/chunk/$name"
  { cat "$file"; border; cat "$file"; } >"$inputs/join/twice-$name"
  { cat "$file"; border; cat "$seeds/mp3.mp4"; } >"$inputs/package/sound-$name"
  "$program" index "$file" >"$inputs/index/$name.json" || rm "$inputs/index/$name.json"
  cp "$inputs/index/$name.json" "$inputs/plan/" 2>/dev/null || true
  rm -rf "$seeds/out"
  "$program" package --segment-duration 0.5 --subtitles "$seeds/all.vtt,lang=en,name=English" --report "$seeds/report.json" -o "$seeds/out" "$file" >/dev/null || continue
  { echo "["; cat "$seeds/report.json"; echo "]"; } >"$inputs/reports/$name.json"
  for folder in "$seeds"/out/*/; do
    { cat "$folder/init.mp4"; border; cat "$folder/seg-00001.m4s"; border; cat "$folder"/seg-0000[2-9].m4s; } \
      >"$inputs/join/$(basename "$folder")-$name" 2>/dev/null || true
  done
done

for target in movie index plan cut extract package chunk join reports webvtt answer remote journal; do
  mkdir -p "target/work/$target" "target/minimised/$target"
  rm -f "target/minimised/$target"/*
  RAYON_NUM_THREADS=1 "$programs/$target" -merge=1 -max_len=16384 "target/minimised/$target" "$inputs/$target" "target/work/$target" \
    >"target/minimised/$target.log" 2>&1
  # All that ffmpeg and the engine made, and of what runs found the smallest.
  rm -rf "corpus/$target"
  mkdir -p "corpus/$target"
  cp "$inputs/$target"/* "corpus/$target/"
  find "target/minimised/$target" -type f -printf '%s %p\n' | sort -n | cut -d' ' -f2 | head -n 80 | while read -r file; do
    cp "$file" "corpus/$target/"
  done
  echo "$target: $(find "corpus/$target" -type f | wc -l) inputs, $(du -sb "corpus/$target" | cut -f1) bytes"
done
