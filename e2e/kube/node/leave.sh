#!/usr/bin/env bash
# Ends the real node of DIR, if there is one: its containers, its network, its rules in the firewall:  leave.sh DIR
set -uo pipefail
dir=$1
source "$(dirname "$0")/owner.sh"
source "$(dirname "$0")/../processes.sh"

[ "$(owner)" = "$dir" ] || exit 0

# The kubelet first: it would start again what ends.
for name in kubelet kube-proxy coredns; do stop "$name"; done

# Containers outlive containerd. The parent of each is a shim, whose arguments name our socket.
shims() { ps -eo pid=,args= | awk -v socket="$dir/containerd.sock" '/containerd-shim/ && index($0, socket) { print $1 }'; }
for shim in $(shims); do ps -o pid= --ppid "$shim" | xargs --no-run-if-empty kill -9 2>/dev/null; done
for shim in $(shims); do kill -9 "$shim" 2>/dev/null; done
stop containerd
awk -v dir="$dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort --reverse | xargs --no-run-if-empty -n 1 umount --lazy

# Network namespaces of pods, but not those that were here before.
if [ -f "$dir/namespaces.before" ]; then
  ip netns list | awk '$1 ~ /^cni-/ { print $1 }' | grep -vxFf "$dir/namespaces.before" | xargs --no-run-if-empty -n 1 ip netns delete
  rm "$dir/namespaces.before"
fi
for table in filter nat mangle; do
  iptables-save -t "$table" | grep -vE 'KUBE-|CNI-' | iptables-restore --table="$table"
done
ip link delete "$bridge"
