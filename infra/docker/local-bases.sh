#!/bin/sh
# Makes stand-ins for the three images that runner.Dockerfile starts from, on a Debian machine that reaches Debian's packages but no
# container registry: a debootstrapped base, this machine's Rust, this checkout's Node. Prints their names as NAME=image lines.
# Needs root, debootstrap, buildah, and a checkout that was set up (make setup).
set -eu
cd "$(dirname "$0")/../.."

rust_version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' native/Cargo.toml)
rust=$(rustup run "$rust_version" rustc --print sysroot 2>/dev/null || rustc --print sysroot)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

exists() { buildah images --quiet "$1" >/dev/null 2>&1; }

# A base like debian:bookworm-slim. Roots that this machine trusts are trusted in it, or a proxy would keep the build from its packages.
make_base() {
  debootstrap --variant=minbase bookworm "$work/root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  rm -rf "$work/root/var/cache/apt/archives" "$work/root/var/lib/apt/lists" "$work/root/usr/share/doc" "$work/root/usr/share/man" "$work/root/usr/share/locale"
  install -D --mode=0644 /etc/ssl/certs/ca-certificates.crt "$work/root/usr/local/share/ca-certificates/machine.crt"
  cp /etc/apt/apt.conf.d/99* "$work/root/etc/apt/apt.conf.d/" 2>/dev/null || true
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$work/root" / >/dev/null
  buildah config --cmd bash "$container"
  buildah commit --quiet --rm "$container" "$1" >/dev/null
}

# With a linker, as rust:…-slim has one.
make_rust() {
  container=$(buildah from "$2")
  buildah run --isolation chroot "$container" -- sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev ca-certificates && rm -rf /var/lib/apt/lists/*' >"$work/log" 2>&1 \
    || { cat "$work/log" >&2; exit 1; }
  buildah add --quiet "$container" "$rust/bin" /usr/local/rust/bin >/dev/null
  buildah add --quiet "$container" "$rust/lib" /usr/local/rust/lib >/dev/null
  buildah config --env 'PATH=/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "$container"
  buildah commit --quiet --rm "$container" "$1" >/dev/null
}

# With npm, as node:…-slim has it.
make_node() {
  container=$(buildah from "$2")
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  buildah add --quiet "$container" node_modules/node/bin/node /usr/local/bin/node >/dev/null
  buildah add --quiet "$container" "$npm" /usr/local/lib/node_modules/npm >/dev/null
  buildah add --quiet "$container" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/machine.crt >/dev/null
  buildah run --isolation chroot "$container" -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
  buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/machine.crt "$container"
  buildah commit --quiet --rm "$container" "$1" >/dev/null
}

base=localhost/reelway-base:bookworm
exists "$base" || make_base "$base"
exists "localhost/reelway-rust:$rust_version" || make_rust "localhost/reelway-rust:$rust_version" "$base"
exists localhost/reelway-node:24 || make_node localhost/reelway-node:24 "$base"
echo "BASE_IMAGE=$base"
echo "NODE_IMAGE=localhost/reelway-node:24"
echo "RUST_IMAGE=localhost/reelway-rust:$rust_version"
