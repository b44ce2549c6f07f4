# shellcheck shell=bash disable=SC2154 # sourced by up.sh, which sets $dir
#
# Who asks the API server: each program is a user of its own, so that its log of requests (audit.log) tells them apart. What they
# may do are Kubernetes' own roles; a program that Kubernetes has none for is an administrator.

# identities: NAME USER GROUPS, a line each. NAME is its kubeconfig's.
identities() {
  cat <<'LIST'
admin admin system:masters
kube-controller-manager system:kube-controller-manager
kube-scheduler system:kube-scheduler
kwok kwok system:masters
node system:node:node-1 system:nodes
kube-proxy system:kube-proxy
coredns coredns system:masters
metrics-server metrics-server system:masters
LIST
}

# tokens: writes $dir/tokens.csv, once; a token's owner keeps it over restarts.
tokens() {
  local name user groups
  [ ! -f "$dir/tokens.csv" ] || return 0
  while read -r name user groups; do
    echo "$(openssl rand -hex 16),$user,$user,\"$groups\""
  done < <(identities) >"$dir/tokens.csv.new"
  mv "$dir/tokens.csv.new" "$dir/tokens.csv"
}

# kubeconfigs SERVER CA: an administrator's as $dir/kubeconfig, the others' as $dir/kubeconfigs/NAME.
kubeconfigs() {
  local name user token
  mkdir -p "$dir/kubeconfigs"
  while read -r name user _; do
    token=$(awk -F, -v user="$user" '$2 == user { print $1 }' "$dir/tokens.csv")
    cat >"$dir/kubeconfigs/$name" <<CONFIG
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "$1", certificate-authority: "$2"}}]
users: [{name: "$user", user: {token: $token}}]
contexts: [{name: test, context: {cluster: test, user: "$user"}}]
current-context: test
CONFIG
  done < <(identities)
  cp "$dir/kubeconfigs/admin" "$dir/kubeconfig"
}

# certificates: the key that signs service accounts' tokens, and the one by which aggregated APIs know the API server; once.
certificates() {
  local certs=$dir/certs
  [ -f "$certs/service-accounts.key" ] || openssl genrsa -out "$certs/service-accounts.key" 2048
  [ -f "$certs/front-proxy.crt" ] && return
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=front-proxy-ca \
    -addext basicConstraints=critical,CA:TRUE -keyout "$certs/front-proxy-ca.key" -out "$certs/front-proxy-ca.crt"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=front-proxy-client \
    -keyout "$certs/front-proxy.key" -out "$certs/front-proxy.csr"
  openssl x509 -req -in "$certs/front-proxy.csr" -CA "$certs/front-proxy-ca.crt" -CAkey "$certs/front-proxy-ca.key" \
    -CAcreateserial -days 3650 -extfile <(echo extendedKeyUsage=clientAuth) -out "$certs/front-proxy.crt"
}
