#!/usr/bin/env bash
# Runs Envoy Gateway, a controller of the Gateway API, on the real node of `up.sh DIR node`, and makes the Gateway `edge` in the namespace
# `edge`, for routes of all namespaces. Prints the address where Envoy then listens:  envoy.sh DIR
# By its own chart, which brings the definitions of the API's experimental channel.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: envoy.sh DIR}" && pwd)
"$here/install.sh" envoy >/dev/null
helm=$("$here/../tools/helm.sh")
source "$here/versions.sh"
kubectl() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --cache-dir "$dir/kubectl" "$@"; }

# Its pods call the programs by their names.
export IMAGE_ENV=PATH=/
"$here/image.sh" "$dir" local/envoy-gateway:1 "$envoy/envoy-gateway"
"$here/image.sh" "$dir" local/envoy:1 "$envoy/envoy"
KUBECONFIG=$dir/kubeconfig "$helm" upgrade --install envoy-gateway "$envoy/chart" --namespace envoy-gateway-system --create-namespace \
  --wait --timeout 180s --values - >/dev/null <<'VALUES'
global:
  images:
    envoyGateway: {image: docker.io/local/envoy-gateway:1, pullPolicy: Never}
topologyInjector: {enabled: false}
config:
  envoyGateway:
    provider:
      type: Kubernetes
      kubernetes: {shutdownManager: {image: docker.io/local/envoy-gateway:1}}
VALUES

# No load balancer of a cloud is there to give an address.
kubectl apply --server-side --filename - >/dev/null <<'OBJECTS'
apiVersion: v1
kind: Namespace
metadata: {name: edge}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: inside, namespace: envoy-gateway-system}
spec:
  provider:
    type: Kubernetes
    kubernetes:
      envoyService: {type: ClusterIP}
      envoyDeployment:
        container:
          image: docker.io/local/envoy:1
          resources: {requests: {cpu: 50m, memory: 64Mi}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: envoy}
spec:
  controllerName: gateway.envoyproxy.io/gatewayclass-controller
  parametersRef: {group: gateway.envoyproxy.io, kind: EnvoyProxy, name: inside, namespace: envoy-gateway-system}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: edge}
spec:
  gatewayClassName: envoy
  listeners: [{name: http, protocol: HTTP, port: 80, allowedRoutes: {namespaces: {from: All}}}]
OBJECTS
kubectl --namespace edge wait --for=condition=Programmed --timeout=180s gateway/edge >/dev/null
kubectl --namespace edge get gateway/edge --output 'jsonpath={.status.addresses[0].value}'
