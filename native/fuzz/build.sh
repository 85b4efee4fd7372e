#!/bin/sh
# Builds the fuzz targets with any stable Rust and a C++ compiler: what cargo-fuzz does, but for the address sanitizer, which
# code without `unsafe` has little use for. Prints the folder of the programs.
set -eu
cd "$(dirname "$0")"

# Coverage as libFuzzer reads it: a counter for each edge, the operands of comparisons and divisions.
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
coverage="$coverage -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
host=$(rustc -vV | sed -n 's/^host: //p')
target=${CARGO_TARGET_DIR:-$PWD/target}
# With a target named, build scripts and macros are not instrumented.
RUSTFLAGS="--cfg fuzzing $coverage -Ccodegen-units=1" CARGO_TARGET_DIR=$target/fuzz cargo build --locked --release --quiet --target "$host" >&2
echo "$target/fuzz/$host/release"
