#!/bin/sh
# The engine beside cp and other packagers, interleaved, on a RAM disk; prints Markdown. Medians of the rounds: wall time and
# throughput, CPU time, each beside cp's, and the peak of memory that is not a mapped file's (sampled in a round of its own)
# beside that of the engine, since cp has next to none.
# Usage: package.sh PROGRAM INPUT.mp4 [ROUNDS], INPUT on the same RAM disk. SHAKA_PACKAGER names Shaka's; MP4Box and mp4fragment
# take part where they are on the PATH.
set -eu
program=$1 input=$2 rounds=${3:-5}
folder=$(mktemp -d /dev/shm/reelway-bench.XXXXXX)
trap 'rm -rf "$folder"' EXIT

# Highest anonymous memory of a process in kilobytes, looked at every 5 ms.
watch_memory() {
  "$@" >"$folder/log" 2>&1 &
  process=$!
  most=0
  while now=$(sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$process/status" 2>/dev/null) && [ -n "$now" ]; do
    [ "$now" -le "$most" ] || most=$now
    sleep 0.005
  done
  wait "$process" || cat "$folder/log" >&2
  echo "$most"
}

measure() {
  name=$1
  shift
  mkdir "$folder/out"
  if [ "$round" = memory ]; then
    echo "$name $(watch_memory "$@")" >>"$folder/memory"
  else
    /usr/bin/time -a -o "$folder/times" -f "$name %e %U %S" "$@" >"$folder/log" 2>&1 || cat "$folder/log" >&2
  fi
  rm -rf "$folder/out"
}

# Any key will do.
key=00112233445566778899aabbccddeeff
key_id=0123456789abcdef0123456789abcdef

# Layout, a name for what is special, and flags.
shaka() {
  layout=$1 special=$2
  shift 2
  if [ "$layout" = files ]; then
    video="in=$input,stream=video,init_segment=$folder/out/v/init.mp4,segment_template=$folder/out/v/\$Number\$.m4s"
    audio="in=$input,stream=audio,init_segment=$folder/out/a/init.mp4,segment_template=$folder/out/a/\$Number\$.m4s"
  else
    video="in=$input,stream=video,output=$folder/out/v.mp4"
    audio="in=$input,stream=audio,output=$folder/out/a.mp4"
  fi
  measure "shaka-packager-$layout$special" "$SHAKA_PACKAGER" "$video,playlist_name=v.m3u8" "$audio,playlist_name=a.m3u8" \
    --segment_duration 4 --hls_master_playlist_output "$folder/out/main.m3u8" --mpd_output "$folder/out/manifest.mpd" "$@"
}

round() {
  round=$1
  measure cp cp "$input" "$folder/out/copy.mp4"
  measure reelway-files "$program" package "$input" -o "$folder/out/package"
  measure reelway-files-one-thread env RAYON_NUM_THREADS=1 "$program" package "$input" -o "$folder/out/package"
  measure reelway-one-file "$program" package "$input" -o "$folder/out/package" --single-file
  for scheme in cenc cbcs; do
    measure "reelway-files-$scheme" "$program" package "$input" -o "$folder/out/package" --encrypt "$scheme" --key-id "$key_id" \
      --key "$key" --key-uri /key
  done
  measure ffmpeg-hls ffmpeg -nostdin -v error -i "$input" -map 0 -c copy -f hls -hls_segment_type fmp4 -hls_time 4 \
    -hls_playlist_type vod "$folder/out/main.m3u8"
  measure ffmpeg-dash ffmpeg -nostdin -v error -i "$input" -map 0 -c copy -f dash -seg_duration 4 "$folder/out/manifest.mpd"
  if [ -n "${SHAKA_PACKAGER:-}" ]; then
    shaka files ""
    shaka one-file ""
    for scheme in cenc cbcs; do
      shaka files "-$scheme" --enable_raw_key_encryption --keys "key_id=$key_id:key=$key" --protection_scheme "$scheme" \
        --clear_lead 0
    done
  fi
  if command -v MP4Box >/dev/null 2>&1; then
    measure mp4box MP4Box -quiet -dash 4000 -profile live -segment-name 's$Number$' -out "$folder/out/manifest.mpd:dual" "$input#video" "$input#audio"
  fi
  if command -v mp4fragment >/dev/null 2>&1; then
    measure mp4fragment-no-manifests mp4fragment --fragment-duration 4000 "$input" "$folder/out/fragmented.mp4"
  fi
  measure reelway-probe "$program" probe "$input"
  measure reelway-index "$program" index "$input"
  measure ffprobe-streams ffprobe -v error -show_format -show_streams "$input"
  measure ffprobe-packets ffprobe -v error -show_entries packet=pos,size,pts,dts,flags -of csv "$input"
}

# The first writes into fresh memory are slow, whoever makes them.
round warm
rm "$folder/times"
for number in $(seq "$rounds"); do round "$number"; done
round memory

megabytes=$(($(stat -c %s "$input") / 1000000))
echo "$megabytes MB in page cache, output on a RAM disk, median of $rounds interleaved rounds."
echo
echo "| | wall | throughput | beside cp | CPU | beside cp | memory | beside the engine |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
engine=$(sed -n 's/^reelway-files //p' "$folder/memory")
for name in $(cut -d' ' -f1 "$folder/memory"); do
  medians=$(for column in 2 3 4; do
    grep "^$name " "$folder/times" | cut -d' ' -f"$column" | sort -n | sed -n "$(((rounds + 1) / 2))p"
  done)
  # shellcheck disable=SC2086 # three numbers
  echo "$name" $medians "$(grep "^$name " "$folder/memory" | cut -d' ' -f2)"
done | awk -v megabytes="$megabytes" -v engine="$engine" '
  function ratio(ours, other) { return other > 0 ? sprintf("%.2f×", ours / other) : "" }
  function speed(seconds) { return seconds > 0 ? megabytes / seconds : 0 }
  NR == 1 { wall = $2; cpu = $3 + $4 }
  # What only looks at the input has no throughput.
  { copies = $1 !~ /^(reelway-probe|reelway-index|ffprobe)/ }
  {
    printf "| %s | %.2f s | %s | %s | %.2f s | %s | %.1f MB | %s |\n", $1, $2,
      copies ? sprintf("%d MB/s", speed($2)) : "", copies ? ratio(speed($2), speed(wall)) : "", $3 + $4,
      copies ? ratio($3 + $4, cpu) : "", $5 / 1024, ratio($5, engine)
  }'
