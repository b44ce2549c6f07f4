#!/usr/bin/env bash
# Runs a chat on a Kubernetes whose one node is this machine, until it is told to stop:
#   up-kube.sh TALKLINE OPERATOR [WEB]     the built programs, and the folder of the built web client
# Operator, gateways and workers are containers, installed by the charts in helm/ and one ChatCluster. Kafka, MongoDB and Redis are
# this machine's, beside the cluster. Needs root, and writes outside its folder while it runs: see e2e/kube/node.sh.
#   CLUSTER   the ChatCluster (default up-kube.yaml beside this)
#   DIR       what it keeps (default up-kube below TALKLINE_CACHE, i.e. ~/.cache/talkline); delete it to begin anew
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
e2e=$here/../e2e charts=$here/../helm
talkline=$(realpath "${1:?usage: up-kube.sh TALKLINE OPERATOR [WEB]}")
operator=$(realpath "${2:?usage: up-kube.sh TALKLINE OPERATOR [WEB]}")
web=${3:-}
cluster=$(realpath "${CLUSTER:-$here/up-kube.yaml}")
dir=${DIR:-${TALKLINE_CACHE:-$HOME/.cache/talkline}/up-kube}
[ "$(id -u)" = 0 ] || { echo "a node needs root" >&2; exit 1; }

mkdir -p "$dir"
chmod 700 "$dir"
dir=$(cd "$dir" && pwd)
source "$here/demo.sh"
exec 8>"$dir/lock"
flock --nonblock 8 || { echo "a chat runs already in $dir" >&2; exit 1; }

stop() {
  trap - INT TERM EXIT
  echo 'stopping: the node with its pods, Kubernetes, servers'
  "$e2e/kube/down.sh" "$dir/kubernetes"
  "$e2e/servers/down.sh" "$dir/servers"
}
trap 'status=$?; stop; exit $status' EXIT
trap 'exit 0' INT TERM

# What to read when a chat does not come to life; and the end.
tell() {
  { kubectl get pods,events,chatclusters && kubectl logs --tail=20 deployment/talkline-operator; } >&2 || true
  kubectl get chatclusters --output yaml >&2 || true
  exit 1
}

helm=$("$e2e/tools/helm.sh")
echo 'starting Kubernetes with one node (its programs are built the first time, which takes minutes)'
bin=$("$e2e/kube/up.sh" "$dir/kubernetes" node 8>&- | tail -n 1)
export KUBECONFIG=$dir/kubernetes/kubeconfig
kubectl() { "$bin/kubectl" --cache-dir "$dir/kubernetes/kubectl" --namespace talkline "$@"; }

echo 'starting Kafka, MongoDB and Redis'
addresses=$(TALKLINE_HOST=10.244.0.1 "$e2e/servers/up.sh" "$dir/servers" kafka=1 mongo=1 redis=1 8>&-)
eval "$addresses"
mongo=${TALKLINE_MONGO_URL#mongodb://}

echo 'making images of the programs'
demo_accounts "$web"
site=()
[ -z "$web" ] || site=("$dir/web=/usr/share/talkline/web")
export IMAGE_ENV=${web:+TALKLINE_WEB=/usr/share/talkline/web}
"$e2e/kube/image.sh" "$dir/kubernetes" local/talkline:up-kube "$talkline" "${site[@]}"
IMAGE_ENV='' "$e2e/kube/image.sh" "$dir/kubernetes" local/talkline-operator:up-kube "$operator"

echo 'installing the charts, and a ChatCluster'
kubectl apply --server-side --filename - >/dev/null <<'OBJECT'
apiVersion: v1
kind: Namespace
metadata: {name: talkline, labels: {pod-security.kubernetes.io/enforce: restricted}}
OBJECT
"$helm" upgrade --install talkline-crds "$charts/talkline-crds" --namespace talkline >/dev/null
# kubectl cannot wait for a condition of a definition that is so new that it has none.
kubectl wait --for='jsonpath={.status.acceptedNames.kind}=ChatCluster' --timeout=30s customresourcedefinition/chatclusters.talkline.dev >/dev/null
kubectl wait --for=condition=Established --timeout=30s customresourcedefinition/chatclusters.talkline.dev >/dev/null
"$helm" upgrade --install talkline "$charts/talkline" --namespace talkline --wait --timeout 120s \
  --set image.repository=local/talkline-operator,image.tag=up-kube,image.pullPolicy=Never >/dev/null || tell
sed -e "s/kafka.invalid:9092/$TALKLINE_KAFKA_BROKERS/" -e "s/mongo.invalid:27017/${mongo%%/*}/" \
  -e "s/redis.invalid:6379/${TALKLINE_REDIS_URL#redis://}/" "$cluster" | kubectl apply --filename - >/dev/null
kubectl wait --for=condition=Ready --timeout=180s chatcluster/chat >/dev/null || tell

address=http://$(kubectl get service/chat-gateway --output 'jsonpath={.spec.clusterIP}')
# Ready is what the pods are; the node's way to them through the Service is laid a moment later. Until then this machine's network is asked
# for that address, and may answer whatever it likes.
curl --silent --fail --output /dev/null --max-time 5 --retry 60 --retry-all-errors --retry-max-time 120 --retry-delay 1 \
  "$address/openapi.json" || tell
echo "Talkline is up:  $address"
echo "  API              $address/docs"
echo "  Kubernetes       export KUBECONFIG=$KUBECONFIG; $bin/kubectl get chatclusters,pods --namespace talkline"
echo "  data, logs       $dir"
demo_sign_up "$address"

# Until somebody says so, or Kubernetes has ended.
tail --pid="$(cat "$dir/kubernetes/kube-apiserver.pid")" --follow /dev/null 8>&- &
wait $!
echo "Kubernetes has ended: see $dir/kubernetes/*.log" >&2
exit 1
