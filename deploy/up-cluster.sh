#!/usr/bin/env bash
# Runs a whole cluster on this machine, until it is told to stop: Kafka, MongoDB and Redis, two workers and two gateways.
#   up-cluster.sh PROGRAM [WEB]     the built `talkline`, and the folder of the built web client
#   TALKLINE_CACHE   what it keeps is below (default ~/.cache/talkline); delete its folder `cluster` to begin anew
#   CONFIG           the settings of gateways and workers (default examples/cluster/talkline.yaml)
#   PORT, ADMIN      the first gateway's ports (default 8080, 9090); the other processes have the next ones
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
servers=$here/../e2e/servers
program=$(realpath "${1:?usage: up-cluster.sh PROGRAM [WEB]}")
web=${2:-}
dir=${TALKLINE_CACHE:-$HOME/.cache/talkline}/cluster
port=${PORT:-8080} admin=${ADMIN:-9090}
config=$(realpath "${CONFIG:-$here/../examples/cluster/talkline.yaml}")

mkdir -p "$dir"
chmod 700 "$dir"
source "$here/demo.sh"
exec 8>"$dir/lock"
flock --nonblock 8 || { echo "a cluster runs already in $dir" >&2; exit 1; }

# Four processes share the machine with three servers. Threads that wait for each other cost more than they do.
export TOKIO_WORKER_THREADS=${TOKIO_WORKER_THREADS:-$((($(nproc) + 3) / 4))}

# In the order in which they are stopped. They have sessions of their own, so that Ctrl-C reaches this script alone.
gateways=() workers=()

launch() {
  local name=$1
  shift
  setsid "$program" "$@" --name "$name" --config "$config" >"$dir/$name.log" 2>&1 8>&- &
  echo $! >"$dir/$name.pid"
}

stop() {
  trap - INT TERM EXIT
  echo 'stopping: gateways, workers, servers'
  for group in "${gateways[*]:-}" "${workers[*]:-}"; do
    for pid in $group; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in $group; do wait "$pid" 2>/dev/null || true; done
  done
  "$servers/down.sh" "$dir/servers"
}
trap 'status=$?; stop; exit $status' EXIT
trap 'exit 0' INT TERM

# ready NAME PORT: waits until the process that was just launched says so, or has ended.
ready() {
  local pid=$!
  until curl --silent --fail --max-time 3 --output "$dir/ready" "http://127.0.0.1:$2/readyz"; do
    kill -0 "$pid" 2>/dev/null || { cat "$dir/$1.log" >&2; exit 1; }
    sleep 0.2
  done
}

[ -f "$dir/keys.json" ] || (umask 077; "$program" keys >"$dir/keys.json")
site=()
[ -z "$web" ] || site=(--web "$dir/web")
demo_accounts "$web"

echo 'starting Kafka, MongoDB and Redis'
addresses=$("$servers/up.sh" "$dir/servers" kafka=1 mongo=1 redis=1 8>&-)
set -a
eval "$addresses"
set +a

for i in 1 2; do
  launch "worker-$i" worker --admin "127.0.0.1:$((admin + 1 + i))"
  workers+=($!)
  ready "worker-$i" "$((admin + 1 + i))"
done
for i in 1 2; do
  launch "gateway-$i" gateway --listen "127.0.0.1:$((port + i - 1))" --admin "127.0.0.1:$((admin + i - 1))" \
    --jwt-keys "$dir/keys.json" "${site[@]}"
  gateways+=($!)
  ready "gateway-$i" "$((admin + i - 1))"
done

echo "Talkline is up:  http://127.0.0.1:$port  and  http://127.0.0.1:$((port + 1))"
echo "  health, metrics  http://127.0.0.1:$admin … $((admin + 3)): /readyz, /metrics"
echo "  API              http://127.0.0.1:$port/docs"
echo "  data, logs       $dir"
demo_sign_up "http://127.0.0.1:$port"

wait -n "${gateways[@]}" "${workers[@]}" || true
echo "one of the processes has ended: see $dir/*.log" >&2
exit 1
