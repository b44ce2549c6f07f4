# shellcheck shell=bash disable=SC2154 # sourced by up.sh
#
# Nodes that exist in the API alone. kwok plays their kubelets: pods that are scheduled turn Ready at once, those of Jobs complete,
# deleted ones go. Each node belongs to one of three zones.

start kwok "$kwok/kwok" --kubeconfig "$dir/kubeconfigs/kwok" --config "$kwok/stages.yaml" --manage-all-nodes=true \
  --node-ip 127.0.0.1 --cidr 10.128.0.0/12 --server-address "127.0.0.1:$(port kwok)"
for node in $(seq "${NODES:-3}"); do
  cat <<NODE
apiVersion: v1
kind: Node
metadata:
  name: node-$node
  labels: {kubernetes.io/hostname: node-$node, kubernetes.io/os: linux, topology.kubernetes.io/zone: zone-$((node % 3))}
status:
  allocatable: {cpu: "64", memory: 256Gi, pods: "500"}
  capacity: {cpu: "64", memory: 256Gi, pods: "500"}
---
NODE
done >"$dir/nodes.yaml"
kubectl apply --filename "$dir/nodes.yaml" >/dev/null
await "kube-apiserver kwok" 60 kubectl wait --for=condition=Ready --timeout=5s --filename "$dir/nodes.yaml"
