#!/bin/sh
# Runs every fuzz target, or those named, for some minutes each, from the kept corpus.
# Usage: run.sh [MINUTES [TARGET...]]. What fails is kept in target/artifacts; the exit code is 1 then.
set -eu
cd "$(dirname "$0")"
minutes=${1:-10}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- movie index plan cut extract package chunk join reports webvtt answer remote journal
programs=$(./build.sh)
failed=0
for target; do
  work=target/work/$target
  mkdir -p "$work" "target/artifacts/$target"
  log=target/artifacts/$target.log
  # The engine's own threads would only wait for each other on inputs this small.
  RAYON_NUM_THREADS=1 "$programs/$target" -max_total_time="$((minutes * 60))" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
    -dict=boxes.dict -artifact_prefix="target/artifacts/$target/" -print_final_stats=1 "$work" "corpus/$target" >"$log" 2>&1 || {
    failed=1
    tail -n 30 "$log"
  }
  printf '%-8s %12s executions, %s coverage points, %s\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)" \
    "$([ -n "$(ls -A "target/artifacts/$target")" ] && echo "FAILED: see target/artifacts/$target" || echo "no failure")"
done
exit "$failed"
