# shellcheck shell=bash disable=SC2034 # sourced by the other scripts
#
# What is installed, and where: a folder a version, so that another version is another folder and nothing is ever replaced.

KUBE=1.35.4
ETCD=3.6.16
KWOK=0.8.0
COREDNS=1.12.4
METRICS_SERVER=0.9.0
KEDA=2.21.0
TRAEFIK=3.6.12
LEGO=4.33.0
ENVOY_GATEWAY=1.9.1
ENVOY=1.39.1
GATEWAY_API=1.5.1
PROMETHEUS_OPERATOR=0.85.0
STRIMZI=0.51.0
STRIMZI_GENERATOR=0.45.0
STRIMZI_MODEL=7.5.2
MONGOSH=2.5.8

cache=${TALKLINE_CACHE:-$HOME/.cache/talkline}/kube
bin=$cache/kubernetes-$KUBE-etcd-$ETCD
kwok=$cache/kwok-$KWOK
coredns=$cache/coredns-$COREDNS
metrics_server=$cache/metrics-server-$METRICS_SERVER
keda=$cache/keda-$KEDA
traefik=$cache/traefik-$TRAEFIK
envoy=$cache/envoy-gateway-$ENVOY_GATEWAY-envoy-$ENVOY
mongosh=$cache/mongosh-$MONGOSH
definitions=$cache/definitions-$GATEWAY_API-$PROMETHEUS_OPERATOR-$STRIMZI-$STRIMZI_MODEL-$KEDA
