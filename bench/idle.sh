#!/usr/bin/env bash
# Holds idle sockets on a cluster of this machine: authenticated, each user in 20 conversations, from an address for each agent, on gateways
# that share one address (`reusePort`). Says how memory grew with them, and whether every ping was answered.
#   idle.sh USERS SOCKETS-PER-USER [HARNESS-ARGUMENT…]
#   GATEWAYS, AGENTS  how many processes hold them (default 20, 14); each may open `ulimit -n` files
#   RAMP, HOLD        over how many seconds they are opened, and how long they are held then (default 200, 100)
#   PORT              where the gateways listen; what each process has for itself comes after it (default 8100)
#   TALKLINE_CACHE    what it keeps is in its folder `idle`, deleted at the next start (default ~/.cache/talkline)
#   BIN               the folder of the two release programs (default CARGO_TARGET_DIR/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${TALKLINE_CACHE:-$HOME/.cache/talkline}
bin=${BIN:-${CARGO_TARGET_DIR:-$cache/target}/release}
users=${1:?usage: idle.sh USERS SOCKETS-PER-USER} each=${2:?usage: idle.sh USERS SOCKETS-PER-USER}
shift 2
gateways=${GATEWAYS:-20} agents=${AGENTS:-14} port=${PORT:-8100} dir=$cache/idle
export TOKIO_WORKER_THREADS=1 MONGO_CACHE_GB=${MONGO_CACHE_GB:-1}

# Each connection over loopback is an entry, where connections are tracked at all.
tracked=/proc/sys/net/netfilter/nf_conntrack_max
if [ -e $tracked ] && [ "$(cat $tracked)" -lt $((users * each + 20000)) ]; then
  echo "$tracked is $(cat $tracked): too few for $((users * each)) connections" >&2
  exit 1
fi

"$here/../e2e/servers/down.sh" "$dir/servers"
rm -rf "$dir"
mkdir -p "$dir"
chmod 700 "$dir"
pids=()
stop() {
  trap - INT TERM EXIT
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  "$here/../e2e/servers/down.sh" "$dir/servers"
}
trap 'status=$?; stop; exit $status' EXIT
trap 'exit 1' INT TERM

# launch NAME COMMAND…
launch() {
  local name=$1
  shift
  "$@" >"$dir/$name.log" 2>&1 &
  pids+=($!)
  echo $! >"$dir/$name.pid"
}

# ready NAME PORT: waits until the process says so, or has ended.
ready() {
  until curl --silent --fail --max-time 3 --output /dev/null "http://127.0.0.1:$2/readyz"; do
    kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null || { cat "$dir/$1.log" >&2; exit 1; }
    sleep 0.2
  done
}

set -a
eval "$("$here/../e2e/servers/up.sh" "$dir/servers" kafka=1 mongo=1 redis=1)"
set +a
"$bin/talkline" keys >"$dir/keys.json"
config=$here/../examples/cluster/loadtest.yaml
watched=()
for i in 1 2; do
  launch "worker-$i" "$bin/talkline" worker --name "worker-$i" --config "$config" --admin "127.0.0.1:$((port + i))"
  ready "worker-$i" $((port + i))
  watched+=(--server-pid "worker-$i=$(cat "$dir/worker-$i.pid")")
done
for i in $(seq "$gateways"); do
  launch "gateway-$i" "$bin/talkline" gateway --name "gateway-$i" --config "$config" --jwt-keys "$dir/keys.json" \
    --listen "127.0.0.1:$port" --reuse-port true --admin "127.0.0.1:$((port + 100 + i))"
  watched+=(--server-pid "gateway-$i=$(cat "$dir/gateway-$i.pid")")
done
for i in $(seq "$gateways"); do ready "gateway-$i" $((port + 100 + i)); done
addresses=''
for i in $(seq "$agents"); do
  launch "agent-$i" "$bin/talkline-loadtest" agent --listen "127.0.0.1:$((port + 200 + i))" --source "127.0.0.$((1 + i))"
  addresses+="${addresses:+,}127.0.0.1:$((port + 200 + i))"
done
for i in $(seq "$agents"); do until grep -q waiting "$dir/agent-$i.log"; do sleep 0.2; done; done

resident() { cat $(for pid in "$dir"/$1-*.pid; do echo "/proc/$(cat "$pid")/statm"; done) | awk '{ sum += $2 } END { print sum * 4 }'; }
of_kernel() { awk '/^(Slab|KernelStack|PageTables):/ { sum += $2 } END { print sum }' /proc/meminfo; }
opened() { curl --silent --max-time 5 "http://127.0.0.1:$((port + 300))/metrics" | awk '/^talkline_loadtest_sockets_open / { print int($2) }'; }

# Every second: sockets, then KiB of gateways, agents, kernel, and what is left of the machine's.
sample() {
  while sleep 1; do
    open=$(opened || true)
    echo "${open:-0} $(resident gateway) $(resident agent) $(of_kernel) $(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)" >>"$dir/memory"
  done
}
sample &
pids+=($!)

status=0
"$bin/talkline-loadtest" run chat --agents "$addresses" --target "http://127.0.0.1:$port" --metrics "127.0.0.1:$((port + 300))" \
  --users "$users" --sockets-per-user "$each" --rooms-of 2 --idle-groups 19 --rate 0 --crew 4 --ramp "${RAMP:-200}" --handshakes 4 \
  --warmup 1 --duration "${HOLD:-100}" --settle 1 --report "$dir/report.json" "${watched[@]}" "$@" || status=$?

echo
echo "sockets, and MiB since the first of them: gateways, agents, kernel"
awk '$1 == 0 { gateways = $2; agents = $3; kernel = $4 }
  $1 > 0 && $1 >= next_one { printf "%8d %8.0f %8.0f %8.0f\n", $1, ($2 - gateways) / 1024, ($3 - agents) / 1024, ($4 - kernel) / 1024
    next_one = $1 + '"$((users * each / 20))"' }
  $1 >= 1000 && !first { first = $1; g = $2; a = $3; k = $4 }
  $1 > most { most = $1; mg = $2; ma = $3; mk = $4 }
  END { if (most > first) printf "from %d to %d sockets, bytes each: gateways %.0f, agents %.0f, kernel %.0f (both ends)\n", first, most,
    (mg - g) * 1024 / (most - first), (ma - a) * 1024 / (most - first), (mk - k) * 1024 / (most - first) }' "$dir/memory"
exit $status
