#!/usr/bin/env bash
# Prints the path of kubeconform, which checks Kubernetes objects against schemas, built from the Go module proxy. Fails with one
# line where there is no Go.
set -euo pipefail

VERSION=v0.7.0
bin=${TALKLINE_CACHE:-$HOME/.cache/talkline}/tools/kubeconform-$VERSION

if [ ! -x "$bin/kubeconform" ]; then
  command -v go >/dev/null || { echo "Go (apt-get install golang-go)" >&2; exit 1; }
  CGO_ENABLED=0 GOTOOLCHAIN=local GOBIN=$bin go install -trimpath "github.com/yannh/kubeconform/cmd/kubeconform@$VERSION" >&2
fi
echo "$bin/kubeconform"
