#!/usr/bin/env bash
# Joins this machine, as one real node, to the control plane of `up.sh DIR node`, which calls this:  node.sh DIR
# containerd, kubelet, kube-proxy, CoreDNS and a bridge network, so that pods run real containers, with Services and names.
# Images come from this machine, not from a registry: image.sh makes one (pods name it with imagePullPolicy Never or IfNotPresent).
#
# It needs root, and writes outside DIR: a bridge (talkline0, 10.244.0.1/24), network namespaces (cni-*), iptables' chains KUBE-* and
# CNI-*, net.ipv4.ip_forward=1, and the pods' cgroups. `down.sh DIR` takes back all but ip_forward. It refuses a machine that is
# a node already. The API server and the kubelet listen on the bridge only. NetworkPolicies are not enforced: the plugins cannot.
#   SNAPSHOTTER   containerd's (default overlayfs; native where DIR lies on an overlay)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: node.sh DIR}" && pwd)
source "$here/versions.sh"
source "$here/node/owner.sh"
host=$address
source "$here/processes.sh"
source "$here/node/settings.sh"

# Containers' file systems take it over, and whoever runs there has to read them.
umask 022
mkdir -p "$dir/network" "$dir/kubelet"
network_settings >"$dir/network/10-pods.conflist"
containerd_settings >"$dir/containerd.toml"
kubelet_settings >"$dir/kubelet.yaml"
coredns_settings >"$dir/Corefile"
: >"$dir/resolv.conf"
# With a line that no namespace has: an empty list would match all of them.
[ -f "$dir/namespaces.before" ] || { ip netns list | awk '{ print $1 }'; echo -; } >"$dir/namespaces.before"

start containerd containerd --config "$dir/containerd.toml"
await containerd 30 ctr --address "$dir/containerd.sock" version
[ -x "$cache/pause" ] || { gcc -static -O2 -o "$cache/pause.new" "$here/node/pause.c" && mv "$cache/pause.new" "$cache/pause"; }
"$here/image.sh" "$dir" local/pause:1 "$cache/pause"

start coredns "$coredns/coredns" -conf "$dir/Corefile"
start kubelet "$bin/kubelet" --config "$dir/kubelet.yaml" --kubeconfig "$dir/kubeconfigs/node" --root-dir "$dir/kubelet" \
  --hostname-override node-1 --node-ip "$address"
start kube-proxy "$bin/kube-proxy" --kubeconfig "$dir/kubeconfigs/kube-proxy" --hostname-override node-1 \
  --cluster-cidr 10.244.0.0/16 --conntrack-max-per-core 0 --conntrack-min 0 \
  --metrics-bind-address "127.0.0.1:$(port kube-proxy-metrics)" --healthz-bind-address "127.0.0.1:$(port kube-proxy-health)"
await "containerd coredns kube-proxy kubelet" 90 "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --cache-dir "$dir/kubectl" \
  wait --for=condition=Ready --timeout=5s node/node-1
