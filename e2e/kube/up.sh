#!/usr/bin/env bash
# Starts a Kubernetes API (etcd and kube-apiserver) on 127.0.0.1 for tests and returns when it is ready:  up.sh DIR
# DIR holds its data, logs and DIR/kubeconfig (an administrator's); stop it with `down.sh DIR`. Nothing outside DIR is written.
# There are no controllers and no nodes: this answers what the API says about objects, and runs none.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: up.sh DIR}
mkdir -p "$dir/certs"
dir=$(cd "$dir" && pwd)
bin=$("$here/install.sh" | tail -n 1)
source "$here/processes.sh"

# What has begun is stopped again when the rest cannot follow.
trap '[ $? = 0 ] || "$here/down.sh" "$dir"' EXIT

# Three ports below the range that outgoing connections use, and that nobody listens on.
ports=()
while [ ${#ports[@]} -lt 3 ]; do
  port=$((20000 + RANDOM % 12000))
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
  [[ " ${ports[*]} " == *" $port "* ]] || ports+=("$port")
done
client=${ports[0]} peer=${ports[1]} api=${ports[2]}

[ -f "$dir/service-accounts.key" ] || openssl genrsa -out "$dir/service-accounts.key" 2048 2>/dev/null
token=$(openssl rand -hex 16)
(umask 077 && echo "$token,admin,admin,system:masters" >"$dir/tokens.csv")

# The data is thrown away with DIR, so no write needs to reach the disk.
start etcd "$bin/etcd" --data-dir "$dir/etcd" --unsafe-no-fsync --log-level error \
  --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
  --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
  --initial-cluster "default=http://127.0.0.1:$peer"

# The API server makes its own certificate in DIR/certs, which names 127.0.0.1 and is what the kubeconfig trusts.
start kube-apiserver "$bin/kube-apiserver" --etcd-servers "http://127.0.0.1:$client" \
  --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$api" --cert-dir "$dir/certs" \
  --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$dir/service-accounts.key" \
  --service-account-signing-key-file "$dir/service-accounts.key" --service-cluster-ip-range 10.96.0.0/16 \
  --token-auth-file "$dir/tokens.csv" --authorization-mode RBAC

(umask 077 && cat >"$dir/kubeconfig") <<CONFIG
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:$api", certificate-authority: "$dir/certs/apiserver.crt"}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: test, context: {cluster: test, user: admin}}]
current-context: test
CONFIG

deadline=$((SECONDS + 120))
until "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --request-timeout 5s get --raw /readyz >/dev/null 2>&1; do
  for name in etcd kube-apiserver; do
    running "$name" || { echo "$name ended:" >&2; tail -n 20 "$dir/$name.log" >&2; exit 1; }
  done
  [ "$SECONDS" -lt "$deadline" ] || { echo "the API server was not ready in 120 s:" >&2; tail -n 20 "$dir/kube-apiserver.log" >&2; exit 1; }
  sleep 0.2
done
echo "$bin"
