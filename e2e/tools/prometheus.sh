#!/usr/bin/env bash
# Prints the path of Prometheus 3, with promtool beside it, built from the Go module proxy: 2.x, which distributions have, cannot keep
# classic and native histograms side by side. Minutes on 2 cores the first time. Its own web pages are not built, its API is all
# there. Fails with one line where there is no Go.
set -euo pipefail

VERSION=0.314.0 # of the module; Prometheus itself calls it 3.14.0
cache=${TALKLINE_CACHE:-$HOME/.cache/talkline}/tools
bin=$cache/prometheus-$VERSION
module=github.com/prometheus/prometheus

# Of some thirty ways to find targets, Kubernetes' alone beside files and HTTP: the others bring every cloud's libraries along.
tags=netgo,remove_all_sd,enable_kubernetes_sd

build() {
  command -v go >/dev/null || { echo "Go, to build Prometheus (apt-get install golang-go)" >&2; exit 1; }
  export GOTOOLCHAIN=local GOFLAGS="-mod=mod ${GOFLAGS:-}" CGO_ENABLED=0
  work=$(mktemp -d "$cache/prometheus.XXXXXX")
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
  wrapper
  local program
  for program in promtool prometheus; do
    go build -trimpath -tags "$tags" -ldflags="-s -w -X github.com/prometheus/common/version.Version=3.${VERSION:3}" \
      -o "$work/$program" "$module/cmd/$program"
  done
  mkdir -p "$bin"
  mv "$work/promtool" "$work/prometheus" "$bin"
}

# A module of our own that needs it, with the versions, replacements and exclusions that it says itself: by them alone it builds.
wrapper() {
  go mod download "$module@v$VERSION"
  cp "$(go env GOMODCACHE)/$module@v$VERSION"/go.{mod,sum} "$work"
  cd "$work"
  chmod u+w go.mod go.sum
  go mod edit -module=talkline.dev/prometheus -require="$module@v$VERSION"
}

mkdir -p "$cache"
if [ ! -x "$bin/prometheus" ]; then
  # Two runs on one machine build once: the second waits here, then finds it in place.
  exec 9>"$cache/prometheus.lock"
  flock 9
  [ -x "$bin/prometheus" ] || build >&2
fi
echo "$bin/prometheus"
