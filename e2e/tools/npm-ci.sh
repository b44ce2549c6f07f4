#!/usr/bin/env bash
# Installs the locked npm packages of a folder, unless they are in place. Of several at a time, one installs and the others wait for it.
#   npm-ci.sh FOLDER
set -euo pipefail

cd "$1"
exec 9<package-lock.json
flock 9
# npm writes this file at the end of a whole installation.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  npm ci --prefer-offline --no-audit --no-fund
fi
