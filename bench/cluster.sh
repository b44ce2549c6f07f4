#!/usr/bin/env bash
# Drives the cluster that `make up-cluster CONFIG=examples/cluster/loadtest.yaml` runs, and says what each process cost.
#   cluster.sh HARNESS-ARGUMENT…     as  talkline-loadtest run chat  takes them
#   TALKLINE_CACHE   where the cluster lies (default ~/.cache/talkline)
#   PORT             the first gateway's port (default 8080)
set -euo pipefail
cache=${TALKLINE_CACHE:-$HOME/.cache/talkline}
harness=${CARGO_TARGET_DIR:-$cache/target}/release/talkline-loadtest
port=${PORT:-8080}

arguments=()
for file in "$cache"/cluster/*.pid "$cache"/cluster/servers/*.pid; do
  read -r pid _ <"$file"
  arguments+=(--server-pid "$(basename "$file" .pid)=$pid")
done
exec "$harness" run chat --target "http://127.0.0.1:$port" --target "http://127.0.0.1:$((port + 1))" "${arguments[@]}" "$@"
