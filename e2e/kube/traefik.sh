#!/usr/bin/env bash
# Runs Traefik, an Ingress controller, as a pod on the real node of `up.sh DIR node`, and prints the address of its Service:  traefik.sh DIR
# It serves two classes: `traefik`, as it does by itself, and `nginx`, whose Ingresses it reads as ingress-nginx would.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: traefik.sh DIR}" && pwd)
"$here/install.sh" traefik >/dev/null
source "$here/versions.sh"
kubectl() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --cache-dir "$dir/kubectl" "$@"; }

"$here/image.sh" "$dir" local/traefik:1 "$traefik/traefik"
# Its rights are what its documentation asks for.
kubectl apply --server-side --filename - >/dev/null <<'OBJECTS'
apiVersion: v1
kind: Namespace
metadata: {name: traefik, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: traefik, namespace: traefik}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: traefik}
rules:
- {apiGroups: [""], resources: [services, secrets, configmaps, nodes, namespaces], verbs: [get, list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
- {apiGroups: [networking.k8s.io], resources: [ingresses, ingressclasses], verbs: [get, list, watch]}
- {apiGroups: [networking.k8s.io], resources: [ingresses/status], verbs: [update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: traefik}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: traefik}
subjects: [{kind: ServiceAccount, name: traefik, namespace: traefik}]
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: traefik}
spec: {controller: traefik.io/ingress-controller}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: traefik, namespace: traefik}
spec:
  selector: {matchLabels: {app: traefik}}
  template:
    metadata: {labels: {app: traefik}}
    spec:
      serviceAccountName: traefik
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: traefik
        image: local/traefik:1
        imagePullPolicy: Never
        args:
        - --entrypoints.web.address=:8000
        - --entrypoints.admin.address=:8080
        - --ping.entrypoint=admin
        - --providers.kubernetesingress.ingressclass=traefik
        - --providers.kubernetesingress.ingressendpoint.hostname=traefik.traefik.svc
        - --providers.kubernetesingressnginx
        - --providers.kubernetesingressnginx.publishstatusaddress=traefik.traefik.svc
        - --global.checknewversion=false
        - --global.sendanonymoususage=false
        ports: [{name: web, containerPort: 8000}]
        readinessProbe: {httpGet: {path: /ping, port: 8080}, periodSeconds: 1}
        resources: {requests: {cpu: 50m, memory: 64Mi}}
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
---
apiVersion: v1
kind: Service
metadata: {name: traefik, namespace: traefik}
spec:
  selector: {app: traefik}
  ports: [{port: 80, targetPort: web}]
OBJECTS
kubectl --namespace traefik rollout status --timeout=120s deployment/traefik >/dev/null
kubectl --namespace traefik get service/traefik --output 'jsonpath={.spec.clusterIP}'
