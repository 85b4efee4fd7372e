#!/bin/sh
# fetch beside curl and aria2 (16 connections, as many as it takes), interleaved, from a server with 30 ms of delay before each
# answer and a speed limit for each connection: median wall time, as a multiple of the fastest other, and CPU seconds. Whichever
# of the two is not there is left out.
# Usage: benches/fetch.sh PROGRAM [MEGABYTES] [ROUNDS] [BYTES_PER_SECOND_AND_CONNECTION]. Works on a RAM disk.
set -eu
program=$1 megabytes=${2:-200} rounds=${3:-5} rate=${4:-4000000}
here=$(dirname "$0")
folder=$(mktemp -d /dev/shm/reelway-bench.XXXXXX)
head -c "${megabytes}000000" /dev/urandom >"$folder/source"
python3 "$here/slow-server.py" "$folder/source" 30 "$rate" >"$folder/port" &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT
while [ ! -s "$folder/port" ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat "$folder/port")/source

measure() {
  name=$1
  shift
  /usr/bin/time -a -o "$folder/times" -f "$name %e %U %S %M" "$@" >"$folder/log" 2>&1 || cat "$folder/log"
  cmp "$folder/source" "$folder/out" || echo "$name: other bytes"
  rm -f "$folder/out"
}

for _ in $(seq "$rounds"); do
  measure reelway-fetch "$program" fetch "$url" -o "$folder/out" --allow-private
  measure reelway-16 "$program" fetch "$url" -o "$folder/out" --allow-private --connections 16
  ! command -v aria2c >/dev/null 2>&1 || measure aria2-16 aria2c -q -x16 -s16 -k1M --file-allocation=none -d "$folder" -o out "$url"
  ! command -v curl >/dev/null 2>&1 || measure curl curl -sS -o "$folder/out" "$url"
done

for name in $(cut -d' ' -f1 "$folder/times" | sort -u); do
  for column in 2 3 4 5; do
    grep "^$name " "$folder/times" | cut -d' ' -f$column | sort -n | sed -n "$(((rounds + 1) / 2))p"
  done | tr '\n' ' ' | sed "s/^/$name /"
  echo
done | awk '
  { name[NR] = $1; wall[NR] = $2; cpu[NR] = $3 + $4; peak[NR] = $5 / 1024 }
  $1 !~ /^reelway/ && (!best || $2 < best) { best = $2 }
  END { for (i = 1; i <= NR; i++) printf "%-14s %7.2f s  %5.2f x the better  %5.2f s CPU  %4d MB\n", name[i], wall[i], wall[i] / best, cpu[i], peak[i] }'
