#!/usr/bin/env bash
# Installs the locked npm packages of a folder, unless they are in place.
#   npm-ci.sh FOLDER
set -euo pipefail

cd "$1"
# npm writes this file at the end of a whole installation.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  npm ci --prefer-offline --no-audit --no-fund
fi
