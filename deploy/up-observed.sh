#!/usr/bin/env bash
# Runs a cluster on this machine as up-cluster.sh does, with people who talk in it, a Prometheus that watches it and, where its program is
# installed, a Grafana that shows it; until it is told to stop.
#   up-observed.sh TALKLINE LOADTEST [WEB]     the built programs, and the folder of the built web client
#   RATE, USERS      messages a second, and people in conversations of two (default 50, 40)
#   WATCH            Prometheus' port (default 9490); Grafana and the load's metrics have the next ones
#   and what up-cluster.sh takes: TALKLINE_CACHE, CONFIG, PORT, ADMIN
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
talkline=$(realpath "${1:?usage: up-observed.sh TALKLINE LOADTEST [WEB]}")
loadtest=$(realpath "${2:?usage: up-observed.sh TALKLINE LOADTEST [WEB]}")
web=${3:-}
export PORT=${PORT:-8080} ADMIN=${ADMIN:-9090} CONFIG=${CONFIG:-$here/../examples/cluster/loadtest.yaml}
watch=${WATCH:-9490}
dir=${TALKLINE_CACHE:-$HOME/.cache/talkline}/observed
mkdir -p "$dir"
chmod 700 "$dir"

# Before anything runs: minutes, the first time.
prometheus=$("$here/../e2e/tools/prometheus.sh")

cluster='' others=()

stop() {
  trap - INT TERM EXIT
  local pid
  for pid in "${others[@]:-}"; do [ -z "$pid" ] || kill -TERM "$pid" 2>/dev/null || true; done
  [ -z "$cluster" ] || { kill -TERM "$cluster" 2>/dev/null && wait "$cluster"; } || true
}
trap 'status=$?; stop; exit $status' EXIT
trap 'exit 0' INT TERM

# launch NAME COMMAND…: in the background and in a session of its own, so that Ctrl-C reaches this script alone.
launch() {
  local name=$1
  shift
  setsid "$@" >"$dir/$name.log" 2>&1 &
  others+=($!)
}

# answers URL: waits until something says that it is ready there, or what was started last has ended.
answers() {
  local pid=$!
  until curl --silent --fail --max-time 3 --output /dev/null "$1"; do
    kill -0 "$pid" 2>/dev/null || { echo "see $dir/*.log" >&2; exit 1; }
    sleep 0.2
  done
}

# What is shipped for compose, with the addresses of this machine.
configure() {
  local i edits=()
  for i in 1 2; do
    edits+=(-e "s/gateway-$i:9090/127.0.0.1:$((ADMIN + i - 1))/" -e "s/worker-$i:9090/127.0.0.1:$((ADMIN + 1 + i))/")
  done
  sed "${edits[@]}" -e 's/namespace: compose/namespace: local/' "$here/prometheus/prometheus.yml" >"$dir/prometheus.yml"
  cat >>"$dir/prometheus.yml" <<YAML
  - job_name: talkline-loadtest
    static_configs: [{ targets: ["127.0.0.1:$((watch + 2))"], labels: { namespace: local, pod: loadtest } }]
YAML
  cp "$here/prometheus/rules.yaml" "$dir/rules.yaml"
  rm -rf "$dir/provisioning"
  cp -r "$here/grafana/provisioning" "$dir/provisioning"
  sed -i "s|http://prometheus:9090|http://127.0.0.1:$watch|" "$dir/provisioning/datasources/prometheus.yaml"
  sed -i "s|/var/lib/grafana/dashboards|$here/../helm/talkline/dashboards|" "$dir/provisioning/dashboards/talkline.yaml"
}

# grafana_server: its program, whatever its package calls it, and where its pages are.
grafana_server() {
  local home=${GRAFANA_HOME:-/usr/share/grafana}
  if command -v grafana >/dev/null; then
    echo grafana server --homepath "$home"
  elif command -v grafana-server >/dev/null; then
    echo grafana-server --homepath "$home"
  fi
}

setsid "$here/up-cluster.sh" "$talkline" ${web:+"$web"} &
cluster=$!
answers "http://127.0.0.1:$((ADMIN + 1))/readyz"

configure
launch prometheus "$prometheus" --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" --web.listen-address="127.0.0.1:$watch"
answers "http://127.0.0.1:$watch/-/ready"

shown='not installed; the dashboards are in helm/talkline/dashboards'
read -ra grafana <<<"$(grafana_server)"
if [ ${#grafana[@]} -gt 0 ]; then
  launch grafana env GF_PATHS_PROVISIONING="$dir/provisioning" GF_PATHS_DATA="$dir/grafana" GF_SERVER_HTTP_ADDR=127.0.0.1 \
    GF_SERVER_HTTP_PORT=$((watch + 1)) GF_AUTH_ANONYMOUS_ENABLED=true GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer "${grafana[@]}"
  answers "http://127.0.0.1:$((watch + 1))/api/health"
  shown="http://127.0.0.1:$((watch + 1))/d/talkline-overview"
fi

# People talk for a day, or until this ends.
launch load "$loadtest" run chat --users "${USERS:-40}" --rooms-of 2 --rate "${RATE:-50}" --duration 86400 --metrics "127.0.0.1:$((watch + 2))" \
  --target "http://127.0.0.1:$PORT" --target "http://127.0.0.1:$((PORT + 1))"

echo "Observed:"
echo "  Prometheus       http://127.0.0.1:$watch/api/v1/query?query=talkline_gateway_sockets_open"
echo "  Grafana          $shown"
echo "  load             $dir/load.log"

wait -n "$cluster" "${others[@]}" || true
echo "one of the processes has ended: see $dir/*.log" >&2
exit 1
