#!/usr/bin/env bash
# Starts Kubernetes on this machine, for tests, and returns when it is ready:  up.sh DIR [api|kwok|node]
#   api    etcd and kube-apiserver on 127.0.0.1 (the default): answers what the API says about objects, and runs none
#   kwok   and the real controllers and the scheduler, with NODES (3) simulated nodes: pods turn Ready and run nothing
#   node   the same on a bridge of this machine, joined by one real node that runs real containers: as root, see node.sh
# DIR holds its data, logs, DIR/kubeconfig (an administrator's) and DIR/audit.log (who asked for what). `api` and `kwok` write
# nothing outside. Run again, it starts what does not run any more, on the same ports and data. Stop it with `down.sh DIR`.
# Prints the folder of kubectl and the other programs.
#   TALKLINE_KUBE_PORTS, TALKLINE_KUBE_PORTS_COUNT   where ports are sought (default from 20000, 12000 of them)
#   APISERVER_FLAGS, CONTROLLER_MANAGER_FLAGS        further flags, as `--horizontal-pod-autoscaler-sync-period 60s`
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/versions.sh"
source "$here/node/owner.sh"
dir=${1:?usage: up.sh DIR [api|kwok|node]} mode=${2:-api}
case $mode in
  api) sets=(api) host=127.0.0.1 ;;
  kwok) sets=(controllers) host=127.0.0.1 ;;
  node) sets=(node) host=$address routing=--enable-aggregator-routing=true ;;
  *) echo "unknown: $mode (api, kwok, node)" >&2; exit 2 ;;
esac
"$here/install.sh" "${sets[@]}" >/dev/null
umask 077
mkdir -p "$dir/certs"
dir=$(cd "$dir" && pwd)
source "$here/processes.sh"
source "$here/identities.sh"

# What has begun is stopped again when the rest cannot follow.
trap '[ $? = 0 ] || "$here/down.sh" "$dir"' EXIT

[ "$mode" != node ] || "$here/node/bridge.sh" "$dir"
certificates 2>>"$dir/certificates.log"
tokens
kubectl() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --cache-dir "$dir/kubectl" --request-timeout 5s "$@"; }

# The data is thrown away with DIR, so no write needs to reach the disk.
etcd=http://127.0.0.1:$(port etcd) peer=http://127.0.0.1:$(port etcd-peer)
start etcd "$bin/etcd" --data-dir "$dir/etcd" --unsafe-no-fsync --log-level error \
  --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
  --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer"

# The API server makes its own certificate in DIR/certs, which names $host and the Service in front of it, and is what clients trust.
ca=$dir/certs/apiserver.crt api=$(port kube-apiserver)
start kube-apiserver "$bin/kube-apiserver" --etcd-servers "$etcd" \
  --bind-address "$host" --advertise-address "$host" --secure-port "$api" --cert-dir "$dir/certs" \
  --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$dir/certs/service-accounts.key" \
  --service-account-signing-key-file "$dir/certs/service-accounts.key" --service-cluster-ip-range 10.96.0.0/16 \
  --token-auth-file "$dir/tokens.csv" --authorization-mode Node,RBAC --kubelet-preferred-address-types InternalIP \
  --allow-privileged=true --audit-policy-file "$here/audit.yaml" --audit-log-path "$dir/audit.log" --audit-log-maxsize 4096 \
  --requestheader-client-ca-file "$dir/certs/front-proxy-ca.crt" --requestheader-allowed-names front-proxy-client \
  --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
  --requestheader-extra-headers-prefix X-Remote-Extra- --proxy-client-cert-file "$dir/certs/front-proxy.crt" \
  --proxy-client-key-file "$dir/certs/front-proxy.key" ${routing:-} ${APISERVER_FLAGS:-}
kubeconfigs "https://$host:$api" "$ca"
await "etcd kube-apiserver" 120 kubectl get --raw /readyz

if [ "$mode" != api ]; then
  start kube-controller-manager "$bin/kube-controller-manager" --kubeconfig "$dir/kubeconfigs/kube-controller-manager" \
    --service-account-private-key-file "$dir/certs/service-accounts.key" --root-ca-file "$ca" \
    --use-service-account-credentials --leader-elect=false --bind-address 127.0.0.1 \
    --secure-port "$(port kube-controller-manager)" --cert-dir "$dir/certs/kube-controller-manager" \
    --horizontal-pod-autoscaler-sync-period 2s --kube-api-qps 1000 --kube-api-burst 2000 \
    --concurrent-deployment-syncs 20 --concurrent-replicaset-syncs 20 --concurrent-gc-syncs 20 ${CONTROLLER_MANAGER_FLAGS:-}
  start kube-scheduler "$bin/kube-scheduler" --kubeconfig "$dir/kubeconfigs/kube-scheduler" --leader-elect=false \
    --bind-address 127.0.0.1 --secure-port "$(port kube-scheduler)" --cert-dir "$dir/certs/kube-scheduler" \
    --kube-api-qps 1000 --kube-api-burst 2000
  await "etcd kube-apiserver kube-scheduler kube-controller-manager" 60 kubectl get serviceaccount default
fi
case $mode in
  kwok) source "$here/simulated.sh" ;;
  node) "$here/node.sh" "$dir" ;;
esac
echo "$bin"
