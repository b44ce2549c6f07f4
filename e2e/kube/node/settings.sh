# shellcheck shell=bash disable=SC2154 # sourced by node.sh, which sets $dir, $address and $bridge
#
# The settings of what makes a node, each a function that prints a file. All data, sockets and logs lie in $dir.

# Pods get addresses of the bridge's network, and their traffic to the world leaves with this machine's address.
network_settings() {
  cat <<CONFIG
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "$bridge", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$dir/addresses", "routes": [{"dst": "0.0.0.0/0"}],
            "ranges": [[{"subnet": "${address%.*}.0/24", "gateway": "$address"}]]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
CONFIG
}

containerd_settings() {
  cat <<CONFIG
version = 2
root = "$dir/containerd/root"
state = "$dir/containerd/state"
[grpc]
  address = "$dir/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "local/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$dir/network"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${SNAPSHOTTER:-overlayfs}"
CONFIG
}

# Pods' limits are cgroups, but the node's own share is not: this machine's other programs are none of its business. Images cannot be
# fetched again, so however full the disk is, none is collected.
kubelet_settings() {
  cat <<CONFIG
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
containerRuntimeEndpoint: unix://$dir/containerd.sock
failCgroupV1: false
failSwapOn: false
address: $address
port: $(port kubelet)
healthzPort: $(port kubelet-health)
clusterDomain: cluster.local
clusterDNS: [$address]
resolvConf: "$dir/resolv.conf"
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
maxPods: 200
CONFIG
}

# Names of the cluster, and of nothing else.
coredns_settings() {
  cat <<CONFIG
.:53 {
  bind $address
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $dir/kubeconfigs/coredns
  }
  cache 5
}
CONFIG
}
