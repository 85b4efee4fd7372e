#!/bin/sh
# Installs the Rust that the media engine is built with, for this user: rustup's installer, checked against its published sum.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' native/Cargo.toml)
host=$(uname -m)-unknown-linux-gnu
from=https://static.rust-lang.org/rustup/dist/$host
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

curl --fail --silent --show-error --proto '=https' --retry 3 -o "$folder/rustup-init" "$from/rustup-init"
curl --fail --silent --show-error --proto '=https' --retry 3 -o "$folder/sum" "$from/rustup-init.sha256"
echo "$(cut -d' ' -f1 "$folder/sum")  $folder/rustup-init" | sha256sum --check --quiet
chmod +x "$folder/rustup-init"
"$folder/rustup-init" -y --quiet --no-modify-path --profile minimal --default-toolchain "$version" -c clippy -c rustfmt
