#!/usr/bin/env bash
# Prints the path of an nginx: an installed one, else Debian's, which root can install. Fails with one line where there is none.
set -euo pipefail

find_nginx() { PATH=$PATH:/usr/sbin command -v nginx; }

# Installed without being started: it is the test that starts one, with a configuration of its own.
install_nginx() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  { apt-get update && apt-get install --yes --no-install-recommends nginx-light; } >&2
}

find_nginx || { install_nginx && find_nginx; } || {
  echo "nginx (apt-get install nginx-light)" >&2
  exit 1
}
