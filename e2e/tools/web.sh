#!/usr/bin/env bash
# Prints the folder of the built web client; builds it into the cache when its sources have changed.
#
# Without Node.js it prints no folder, says so, and succeeds: the server runs without the client and shows how to get it.
set -euo pipefail

tools=$(cd "$(dirname "$0")" && pwd)
web=$tools/../../chat-runtime/web
out=${TALKLINE_CACHE:-$HOME/.cache/talkline}/web

if ! lacks=$("$tools/node.sh" 2>&1); then
  echo "the web client is left out: it needs $lacks" >&2
  exit 0
fi

# Contents and not times: a clean clone of a built state has nothing to build.
cd "$web"
sources=$(find . \( -name node_modules -o -name dist \) -prune -o -type f -exec cksum {} + | sort | cksum)
if [ "$(cat "$out.sources" 2>/dev/null)" != "$sources" ]; then
  rm -f "$out.sources"
  "$tools/npm-ci.sh" . >&2
  TALKLINE_WEB_OUT=$out npm run --silent build >&2
  echo "$sources" >"$out.sources"
fi
echo "$out"
