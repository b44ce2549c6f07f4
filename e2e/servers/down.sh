#!/usr/bin/env bash
# Stops what up.sh started in DIR:  down.sh DIR   The data stays; delete DIR to drop it.
set -u
dir=$(cd "${1:?usage: down.sh DIR}" 2>/dev/null && pwd) || exit 0
. "$(dirname "$0")/member.sh"

for file in "$dir"/*.pid; do
  [ -e "$file" ] || continue
  name=$(basename "$file" .pid)
  if alive "$name"; then
    read -r pid _ <"$file"
    # One that was stopped (SIGSTOP) could not hear it.
    kill -TERM "$pid"; kill -CONT "$pid"
    for _ in $(seq 100); do alive "$name" || break; sleep 0.1; done
    alive "$name" && kill -KILL "$pid"
  fi
  rm -f "$file"
done
exit 0
