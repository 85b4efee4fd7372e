#!/bin/sh
# Replaces the tags of actions in the workflows by commit hashes, with the tag beside it. Needs git and the network.
set -eu
cd "$(dirname "$0")/workflows"

for file in *.yml; do
  grep -o 'uses: [A-Za-z0-9_./-]*@v[0-9.]*' "$file" | sort -u | while read -r _ action; do
    name=${action%@*}
    tag=${action#*@}
    # An annotated tag points to its commit by ^{}; the last line is the commit in either case.
    hash=$(git ls-remote "https://github.com/$(echo "$name" | cut -d/ -f1-2)" "refs/tags/$tag" "refs/tags/$tag^{}" | tail -n 1 | cut -f1)
    [ -n "$hash" ] || { echo "no tag $tag of $name" >&2; exit 1; }
    sed -i "s|uses: $name@$tag\$|uses: $name@$hash # $tag|" "$file"
  done
done
