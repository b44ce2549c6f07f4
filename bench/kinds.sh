#!/usr/bin/env bash
# Runs each kind of request nearly alone, so that  talkline-loadtest project  can tell their costs apart. About seven minutes.
#   kinds.sh DIR HARNESS-ARGUMENT…    reports into DIR; --target, --server-pid … as  talkline-loadtest run  takes them
#   SENDS  messages a second, run by run, of messages alone (default "100 300 1000 2000")
#   BIN    the folder of the release program (default CARGO_TARGET_DIR/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=${BIN:-${CARGO_TARGET_DIR:-${TALKLINE_CACHE:-$HOME/.cache/talkline}/target}/release}
dir=${1:?usage: kinds.sh DIR HARNESS-ARGUMENT…}
shift
mkdir -p "$dir"
accounts=kinds-$$

# measure NAME MIX RATE HARNESS-ARGUMENT…
measure() {
  local name=$1 mix=$2 rate=$3
  shift 3
  "$bin/talkline-loadtest" run mixed --mix "$mix" --rate "$rate" --accounts "$accounts" --users 100 --ramp 0.3 --warmup 1 --duration 4 \
    --settle 5 --report "$dir/$name.json" "$@" >"$dir/$name.txt" 2>/dev/null || echo "$name: $(grep -h BROKEN "$dir/$name.txt" || echo failed)" >&2
}

# Messages alone, at several rates: what the rest is told apart from.
for rate in ${SENDS:-100 300 1000 2000}; do measure "send-$rate" send "$rate" "$@"; done
for kind in $(sed -n 's/^  \([a-z-]*\): .*/\1/p' "$here/../loadtest/scenarios/mixed.yaml"); do
  case $kind in
    send | typing*) ;; # the first is done; the others are no requests
    login | register) measure "$kind" "send=1,$kind=1" 100 "$@" ;;
    refresh) measure "$kind" "send=4,register=1,refresh=15" 200 "$@" ;;
    logout) measure "$kind" "send=4,register=1,logout=1" 200 "$@" ;;
    group-create) measure "$kind" "send=1,$kind=2" 150 "$@" ;;
    group-rename) measure "$kind" "send=1,group-create=1,$kind=6" 300 "$@" ;;
    group-delete) measure "$kind" "send=1,group-create=3,$kind=3" 150 "$@" ;;
    group-members) measure "$kind" "send=1,group-create=1,$kind=6" 300 "$@" ;;
    group-leave) measure "$kind" "send=1,group-create=2,group-members=3,$kind=2" 300 "$@" ;;
    delete | rest-delete) measure "$kind" "send=2,$kind=1" 600 "$@" ;;
    connect) measure "$kind" "send=1,$kind=2" 300 "$@" ;;
    *) measure "$kind" "send=1,$kind=9" 1000 "$@" ;;
  esac
done
