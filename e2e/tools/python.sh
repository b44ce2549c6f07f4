#!/usr/bin/env bash
# Prints the path of a Python that has python-socketio; makes it, a virtual environment in the cache, once per set of pins.
# Fails with one line where Python is missing.
set -euo pipefail

pins=$(dirname "$0")/python.txt
venv=${TALKLINE_CACHE:-$HOME/.cache/talkline}/tools/python-$(cksum <"$pins" | cut -d ' ' -f 1)

if [ ! -e "$venv/complete" ]; then
  python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || {
    echo "Python 3.10 or newer, with venv (apt-get install python3-venv)" >&2
    exit 1
  }
  python3 -m venv --clear "$venv" >&2
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins" >&2
  touch "$venv/complete"
fi
echo "$venv/bin/python"
