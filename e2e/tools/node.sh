#!/usr/bin/env bash
# Prints the path of Node.js; fails with one line where it is missing or older than what the web client is built with.
set -euo pipefail

oldest=20.19

if ! path=$(command -v node) || ! command -v npm >/dev/null; then
  echo "Node.js $oldest or newer, with npm" >&2
  exit 1
fi
found=$(node --print 'process.versions.node')
if [ "$(printf '%s\n' "$oldest" "$found" | sort -V | head -n 1)" != "$oldest" ]; then
  echo "Node.js $oldest or newer, not $found" >&2
  exit 1
fi
echo "$path"
