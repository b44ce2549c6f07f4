#!/usr/bin/env bash
# Cargo's runner for test programs (`target.….runner`): starts those of one lane, so that several runs of cargo go beside each other.
#   lane.sh node|kubernetes|servers|others|PACKAGE:TEST PROGRAM [ARGUMENT…]
#
# The tests on Kubernetes and those of the adapters wait for other programs most of the time, while all others keep the cores
# busy. A machine can be one real node only, so the long ones on Kubernetes take turns; the short ones even the lanes out.
set -euo pipefail

lane=$1
shift
name=$(basename "$1")
test=$CARGO_PKG_NAME:${name%-*}
case $test in
  talkline-e2e:kube) of=node ;;
  talkline-testbed:node | talkline-operator:cluster) of=kubernetes ;;
  talkline-cluster:* | talkline-e2e:cluster) of=servers ;;
  talkline-testbed:simulated | talkline-crds:apiserver | talkline-helm:lifecycle) of=servers ;;
  *) of=others ;;
esac
if [ "$of" = "$lane" ] || [ "$test" = "$lane" ]; then exec "$@"; fi
