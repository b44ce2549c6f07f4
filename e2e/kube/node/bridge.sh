#!/usr/bin/env bash
# Makes the bridge of a real node, before the API server is to listen on it:  bridge.sh DIR
set -euo pipefail
dir=$1
source "$(dirname "$0")/owner.sh"

[ "$(id -u)" = 0 ] || { echo "a real node needs root" >&2; exit 3; }
if ip link show "$bridge" >/dev/null 2>&1; then
  [ "$(owner)" = "$dir" ] || { echo "a real node runs on this machine already, in $(owner): stop it with down.sh" >&2; exit 1; }
  exit
fi
# leave.sh removes Kubernetes' rules from the firewall; those of a machine that is somebody's node must stay.
if iptables-save -t nat | grep -q '^:KUBE-'; then
  echo "this machine is a node of some Kubernetes already" >&2
  exit 1
fi
ip link add "$bridge" type bridge
ip link set "$bridge" alias "$dir"
ip address add "$address/24" dev "$bridge"
ip link set "$bridge" up
# Pods reach the world through this machine.
sysctl --quiet --write net.ipv4.ip_forward=1
