#!/usr/bin/env bash
# Prints the path of a Chromium for the browser tests: the one named by CHROMIUM, else an installed one, else
# Debian's, which root can install. Fails with one line where there is none.
set -euo pipefail

find_chromium() { command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome; }

install_chromium() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install --yes --no-install-recommends chromium fonts-liberation; } >&2
}

find_chromium || { install_chromium && find_chromium; } || {
  echo "Chromium (apt-get install chromium)" >&2
  exit 1
}
