#!/bin/sh
# Gives `wrangler dev` the Worker's secrets in .dev.vars, once. The storage credentials are those of wrangler.toml.
set -eu
cd "$(dirname "$0")/../.."

[ -f .dev.vars ] && exit 0

random() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }
setting() { sed -n "s/^$1 = \"\(.*\)\"/\1/p" wrangler.toml | head -n 1; }

umask 077
cat >.dev.vars <<VARS
BOOTSTRAP_TOKEN=$(random)
SIGNING_SECRET=$(random)
ENCRYPTION_SECRET=$(random)
R2_ACCESS_KEY_ID=$(setting accessKeyId)
R2_SECRET_ACCESS_KEY=$(setting secretAccessKey)
VARS
echo "Wrote .dev.vars: BOOTSTRAP_TOKEN makes the first admin key (POST /api/v1/bootstrap)."
