#!/bin/sh
# Packaging beside cp and ffmpeg, interleaved, on a RAM disk: median wall time as a multiple of cp's, CPU seconds, peak RSS
# (the mapped input counts in it). Usage: benches/package.sh PROGRAM INPUT.mp4 [ROUNDS], INPUT on the same RAM disk.
set -eu
program=$1 input=$2 rounds=${3:-5}
folder=$(mktemp -d /dev/shm/reelway-bench.XXXXXX)
trap 'rm -rf "$folder"' EXIT

measure() {
  name=$1
  shift
  mkdir "$folder/out"
  /usr/bin/time -a -o "$folder/times" -f "$name %e %U %S %M" "$@" >"$folder/log" 2>&1 || cat "$folder/log"
  rm -rf "$folder/out"
}

round() {
  measure cp cp "$input" "$folder/out/copy.mp4"
  measure reelway-segments "$program" package "$input" -o "$folder/out/package"
  measure reelway-one-thread env RAYON_NUM_THREADS=1 "$program" package "$input" -o "$folder/out/package"
  measure reelway-single-file "$program" package "$input" -o "$folder/out/package" --single-file
  measure ffmpeg-hls ffmpeg -nostdin -v error -i "$input" -map 0 -c copy -f hls -hls_segment_type fmp4 -hls_time 4 \
    -hls_playlist_type vod "$folder/out/main.m3u8"
  measure ffmpeg-dash ffmpeg -nostdin -v error -i "$input" -map 0 -c copy -f dash -seg_duration 4 "$folder/out/manifest.mpd"
}

# The first writes into fresh memory are slow, whoever makes them.
round
rm "$folder/times"
for _ in $(seq "$rounds"); do round; done

for column in 2 3 4 5; do
  for name in $(cut -d' ' -f1 "$folder/times" | sort -u); do
    grep "^$name " "$folder/times" | cut -d' ' -f$column | sort -n | sed -n "$(((rounds + 1) / 2))p" | sed "s/^/$name $column /"
  done
done | awk '
  { value[$1, $2] = $3; names[$1] = 1 }
  END {
    for (name in names)
      printf "%-20s %6.3f s  %5.2f x cp  %5.2f s CPU  %5d MB\n", name, value[name, 2], value[name, 2] / value["cp", 2],
        value[name, 3] + value[name, 4], value[name, 5] / 1024
  }' | sort
