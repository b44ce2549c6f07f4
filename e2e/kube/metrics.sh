#!/usr/bin/env bash
# Runs metrics-server beside the real node of `up.sh DIR node`, so that autoscalers see how much CPU pods use:  metrics.sh DIR
# It asks the kubelet every 10 s. `down.sh DIR` stops it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: metrics.sh DIR}" && pwd)
"$here/install.sh" metrics >/dev/null
source "$here/versions.sh"
source "$here/node/owner.sh"
source "$here/processes.sh"
host=$address
kubectl() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --cache-dir "$dir/kubectl" "$@"; }

kubeconfig=$dir/kubeconfigs/metrics-server port=$(port metrics-server)
# The kubelet's certificate is its own.
start metrics-server "$metrics_server/metrics-server" --kubeconfig "$kubeconfig" --authentication-kubeconfig "$kubeconfig" \
  --authorization-kubeconfig "$kubeconfig" --kubelet-insecure-tls --kubelet-use-node-status-port --kubelet-preferred-address-types InternalIP \
  --metric-resolution 10s --kubelet-request-timeout 5s --bind-address "$address" --secure-port "$port" --cert-dir "$dir/certs/metrics-server"

# It is no pod, so what leads to it is written by hand.
kubectl apply --server-side --filename - >/dev/null <<OBJECTS
apiVersion: v1
kind: Service
metadata: {name: metrics-server, namespace: kube-system}
spec: {ports: [{name: https, port: 443, targetPort: $port}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: metrics-server, namespace: kube-system, labels: {kubernetes.io/service-name: metrics-server}}
addressType: IPv4
ports: [{name: https, port: $port}]
endpoints: [{addresses: [$address]}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  service: {name: metrics-server, namespace: kube-system}
  group: metrics.k8s.io
  version: v1beta1
  insecureSkipTLSVerify: true
  groupPriorityMinimum: 100
  versionPriority: 100
OBJECTS
await "kube-apiserver metrics-server" 90 kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes/node-1
