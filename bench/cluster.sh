#!/usr/bin/env bash
# Drives the cluster that `make up-cluster CONFIG=examples/cluster/loadtest.yaml` runs, and says what each process cost.
#   cluster.sh HARNESS-ARGUMENT…     as  talkline-loadtest run  takes them, after the scenario
#   SCENARIO         which one (default chat)
#   HARNESS          another program that is called with those arguments, and then with the cluster as the harness takes it: bench/kinds.sh
#   TALKLINE_CACHE   where the cluster lies (default ~/.cache/talkline)
#   PORT, ADMIN      the first gateway's ports (default 8080, 9090)
set -euo pipefail
cache=${TALKLINE_CACHE:-$HOME/.cache/talkline}
read -ra harness <<<"${HARNESS:-${CARGO_TARGET_DIR:-$cache/target}/release/talkline-loadtest run ${SCENARIO:-chat}}"
port=${PORT:-8080} admin=${ADMIN:-9090}

arguments=()
for file in "$cache"/cluster/*.pid "$cache"/cluster/servers/*.pid; do
  read -r pid _ <"$file"
  arguments+=(--server-pid "$(basename "$file" .pid)=$pid")
done
for i in 0 1 2 3; do arguments+=(--server-metrics "http://127.0.0.1:$((admin + i))/metrics"); done
exec "${harness[@]}" "$@" --target "http://127.0.0.1:$port" --target "http://127.0.0.1:$((port + 1))" "${arguments[@]}"
