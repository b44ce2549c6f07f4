#!/usr/bin/env bash
# Prints the path of the cargo-deny that `make check` uses; builds it into the cache once.
#
# The version is pinned, since a new one may judge the same tree differently. It is built to compile fast, not to run
# fast: a check takes a second either way.
set -euo pipefail

version=0.20.2
root=${TALKLINE_CACHE:-$HOME/.cache/talkline}/tools/cargo-deny-$version

if [ ! -x "$root/bin/cargo-deny" ]; then
  echo "building cargo-deny $version (once, about two minutes)" >&2
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_TARGET_DIR=$root/target \
    cargo install cargo-deny --version "$version" --locked --no-default-features --root "$root" >&2
  rm -rf "$root/target"
fi
echo "$root/bin/cargo-deny"
