#!/usr/bin/env bash
# Cargo's runner for test programs (`target.….runner`): starts those of one lane, so that several runs of cargo go beside each other.
#   lane.sh node|simulated|servers|others PROGRAM [ARGUMENT…]
#
# The tests on Kubernetes and those of the adapters wait for other programs most of the time, while all others keep the cores
# busy. A machine can be one real node only; simulated ones are any number, but each control plane takes memory.
set -euo pipefail

lane=$1
shift
name=$(basename "$1")
case $CARGO_PKG_NAME:${name%-*} in
  talkline-testbed:node | talkline-e2e:kube) of=node ;;
  talkline-testbed:simulated | talkline-crds:apiserver | talkline-operator:cluster | talkline-helm:lifecycle) of=simulated ;;
  talkline-cluster:* | talkline-e2e:cluster) of=servers ;;
  *) of=others ;;
esac
if [ "$of" = "$lane" ]; then exec "$@"; fi
