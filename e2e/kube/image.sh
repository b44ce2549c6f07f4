#!/usr/bin/env bash
# Makes a container image of one program and gives it to the real node, without a build engine or a registry:
#   image.sh DIR NAME PROGRAM [FILE…]
# The entry point is PROGRAM, at the image's root; the FILEs (or folders) come along under their own paths, `FILE=PATH` under another one,
# and so do the shared libraries that any of them needs. It runs as user 65532, and holds no shell unless that is among the FILEs.
#   IMAGE_ENV     its environment, as `NAME=VALUE NAME=VALUE`
#   SNAPSHOTTER   as in node.sh
set -euo pipefail
dir=$(cd "${1:?usage: image.sh DIR NAME PROGRAM [FILE…]}" && pwd) name=$2 program=$3
shift 3
entry=$(basename "$program")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# put FILE PATH: under that path of the image, links followed.
put() {
  mkdir -p "$work/root$(dirname "$2")"
  cp --recursive --dereference "$1" "$work/root$2"
}

mkdir -p "$work/root/etc" "$work/root/tmp"
chmod 1777 "$work/root/tmp"
echo 'nonroot:x:65532:65532::/tmp:/nologin' >"$work/root/etc/passwd"
put "$program" "/$entry"
authorities=/etc/ssl/certs/ca-certificates.crt
[ ! -f "$authorities" ] || put "$authorities" "$authorities"
for file in "$@"; do put "${file%%=*}" "${file#*=}"; done
# A static program needs none, which ldd says by failing; what lies in the image already is found there.
find "$work/root" -type f \( -perm -u+x -o -name '*.so*' \) -print0 | xargs -0 -n 1 ldd 2>/dev/null | grep -oE '/[^ ]+' |
  grep -vF "$work/" | sort -u >"$work/libraries" || true
while read -r library; do
  [ -e "$work/root$library" ] || [ ! -f "$library" ] || put "$library" "$library"
done <"$work/libraries"

tar --directory "$work/root" --sort=name --mtime=@0 --owner=0 --group=0 --mode=a+rX --create --file "$work/layer.tar" .
layer=$(sha256sum "$work/layer.tar" | cut -d ' ' -f 1)
case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) architecture=$(uname -m) ;;
esac
environment=''
for variable in ${IMAGE_ENV:-}; do environment+="${environment:+, }\"$variable\""; done
cat >"$work/config.json" <<JSON
{"architecture": "$architecture", "os": "linux", "config": {"Entrypoint": ["/$entry"], "User": "65532", "Env": [$environment]},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$layer"]}}
JSON
# As the kubelet writes a name that has no registry.
case $name in
  *.*/*) ;;
  */*) name=docker.io/$name ;;
  *) name=docker.io/library/$name ;;
esac
printf '[{"Config": "config.json", "RepoTags": ["%s"], "Layers": ["layer.tar"]}]' "$name" >"$work/manifest.json"
tar --directory "$work" --create --file "$work/image.tar" manifest.json config.json layer.tar
ctr --address "$dir/containerd.sock" --namespace k8s.io images import --snapshotter "${SNAPSHOTTER:-overlayfs}" "$work/image.tar" >/dev/null
