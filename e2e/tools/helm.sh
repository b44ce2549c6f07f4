#!/usr/bin/env bash
# Prints the path of Helm, built from the Go module proxy. Fails with one line where there is no Go.
set -euo pipefail

VERSION=v4.3.1
bin=${TALKLINE_CACHE:-$HOME/.cache/talkline}/tools/helm-$VERSION

if [ ! -x "$bin/helm" ]; then
  command -v go >/dev/null || { echo "Go (apt-get install golang-go)" >&2; exit 1; }
  CGO_ENABLED=0 GOTOOLCHAIN=local GOBIN=$bin go install -trimpath -ldflags='-s -w' "helm.sh/helm/v4/cmd/helm@$VERSION" >&2
fi
echo "$bin/helm"
