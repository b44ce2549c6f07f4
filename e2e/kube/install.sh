#!/usr/bin/env bash
# Builds the Kubernetes API server that the tests talk to: etcd, kube-apiserver and kubectl, from the Go module proxy.
# There are no release downloads to trust or to mirror, only modules that Go's checksum database vouches for.
# Prints the folder of the programs as its last line. About 5 minutes on 2 cores the first time, nothing after that.
# Ends with 3 when something has to be built and there is no Go.
#   TALKLINE_CACHE   where they are kept (default ~/.cache/talkline)
set -euo pipefail

KUBE=1.35.4
ETCD=3.6.16
cache=${TALKLINE_CACHE:-$HOME/.cache/talkline}/kube
bin=$cache/kubernetes-$KUBE-etcd-$ETCD
mkdir -p "$bin"

# Two test runs on one machine build once: the second waits here, then finds everything in place.
exec 9>"$cache/lock"
flock 9

missing=()
for program in etcd kube-apiserver kubectl; do
  [ -x "$bin/$program" ] || missing+=("$program")
done
if [ ${#missing[@]} = 0 ]; then
  echo "$bin"
  exit
fi
command -v go >/dev/null || { echo "to build ${missing[*]}, Go is needed" >&2; exit 3; }

# The toolchain at hand is used as it is: a silent download of another one would not be what the machine's owner installed.
export GOTOOLCHAIN=local GOFLAGS=-mod=mod CGO_ENABLED=0

work=$(mktemp -d "$cache/build.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# Runs a step whose output matters only when it fails.
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }; }

# build NAME ARGS…: `go build ARGS` into the folder of programs, which never holds a half-written one.
build() {
  local name=$1
  shift
  quietly go build -trimpath -o "$work/$name" "$@"
  mv "$work/$name" "$bin/$name"
}

# etcd's main package lies in a module that cannot be installed by version (it replaces its siblings), so a main of our own calls it.
etcd() {
  mkdir "$work/etcd-module"
  cd "$work/etcd-module"
  printf 'module talkline.dev/etcd\ngo 1.25\nrequire go.etcd.io/etcd/server/v3 v%s\n' "$ETCD" >go.mod
  cat >main.go <<'GO'
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
GO
  quietly go mod tidy
  build etcd -ldflags='-s -w' .
}

# k8s.io/kubernetes replaces its staging modules by paths, which only its own tree has, so a wrapper names their published versions.
kubernetes_module() {
  mkdir "$work/kubernetes-module"
  cd "$work/kubernetes-module"
  quietly go mod download "k8s.io/kubernetes@v$KUBE"
  local source
  source=$(go env GOMODCACHE)/k8s.io/kubernetes@v$KUBE
  {
    printf 'module talkline.dev/kubernetes\ngo 1.25\nrequire k8s.io/kubernetes v%s\nreplace (\n' "$KUBE"
    grep -oE '^\s+k8s\.io/\S+ => \./staging' "$source/go.mod" | awk -v v="v0.${KUBE#1.}" '{print "\t" $1 " => " $1 " " v}'
    echo ')'
  } >go.mod
  cat >tools.go <<'GO'
//go:build tools

package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
GO
  quietly go mod tidy
}

kubernetes() {
  [ -d "$work/kubernetes-module" ] || kubernetes_module
  cd "$work/kubernetes-module"
  local version=k8s.io/component-base/version minor=${KUBE#1.}
  build "$1" -ldflags="-s -w -X $version.gitVersion=v$KUBE -X $version.gitMajor=1 -X $version.gitMinor=${minor%%.*}" "k8s.io/kubernetes/cmd/$1"
}

for program in "${missing[@]}"; do
  case $program in
    etcd) etcd ;;
    *) kubernetes "$program" ;;
  esac
done
echo "$bin"
