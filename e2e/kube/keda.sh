#!/usr/bin/env bash
# Runs KEDA (operator and metrics API server, as pods) on the real node of `up.sh DIR node`:  keda.sh DIR
# From then on ScaledObjects, and the autoscalers that it makes of them, work. Its admission webhooks are left out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: keda.sh DIR}" && pwd)
"$here/install.sh" keda >/dev/null
source "$here/versions.sh"
kubectl() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --cache-dir "$dir/kubectl" "$@"; }

"$here/image.sh" "$dir" local/keda:1 "$keda/keda"
"$here/image.sh" "$dir" local/keda-adapter:1 "$keda/keda-adapter"

# Its own manifests, on the images that were just made.
kubectl kustomize "$keda/config/default" | python3 -c '
import sys

for document in sys.stdin.read().split("\n---\n"):
    kind = next(line for line in document.splitlines() if line.startswith("kind: "))
    if "Webhook" in kind or "admission" in document and kind in ("kind: Deployment", "kind: Service"):
        continue
    document = document.replace("ghcr.io/kedacore/keda:main", "local/keda:1")
    document = document.replace("ghcr.io/kedacore/keda-metrics-apiserver:main", "local/keda-adapter:1")
    print(document.replace("imagePullPolicy: Always", "imagePullPolicy: Never"), end="\n---\n")
' >"$dir/keda.yaml"
kubectl apply --server-side --filename "$dir/keda.yaml" >/dev/null
kubectl --namespace keda rollout status --timeout=180s deployment/keda-operator deployment/keda-metrics-apiserver >/dev/null
kubectl wait --for=condition=Available --timeout=180s apiservice/v1beta1.external.metrics.k8s.io >/dev/null
