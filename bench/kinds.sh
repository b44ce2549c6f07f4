#!/usr/bin/env bash
# Runs each kind of request nearly alone, so that  talkline-loadtest project  can tell their costs apart. About eight minutes.
#   kinds.sh DIR HARNESS-ARGUMENT…    reports into DIR; --target, --server-pid … as  talkline-loadtest run  takes them
#   SENDS  messages a second, run by run, of messages alone (default "100 300 1000 2000")
#   RATE   requests a second of a cheap kind, its messages among them; of a dear one it is less (default 1000)
#   BIN    the folder of the release program (default CARGO_TARGET_DIR/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=${BIN:-${CARGO_TARGET_DIR:-${TALKLINE_CACHE:-$HOME/.cache/talkline}/target}/release}
dir=${1:?usage: kinds.sh DIR HARNESS-ARGUMENT…}
shift
mkdir -p "$dir"
accounts=kinds-$$
rate=${RATE:-1000}

# measure NAME MIX RATE HARNESS-ARGUMENT…
measure() {
  local name=$1 mix=$2 arrivals=$3
  shift 3
  "$bin/talkline-loadtest" run mixed --mix "$mix" --rate "$arrivals" --accounts "$accounts" --users 100 --ramp 0.3 --warmup 1 --duration 4 \
    --settle 30 --report "$dir/$name.json" "$@" >"$dir/$name.txt" 2>/dev/null || echo "$name: $(grep -h BROKEN "$dir/$name.txt" || echo failed)" >&2
}

# Messages alone, at several rates: what the rest is told apart from.
for sends in ${SENDS:-100 300 1000 2000}; do measure "send-$sends" send "$sends" "$@"; done
for kind in $(sed -n 's/^  \([a-z-]*\): .*/\1/p' "$here/../loadtest/scenarios/mixed.yaml"); do
  case $kind in
    send | typing*) ;; # the first is done; the others are no requests
    login | register) measure "$kind" "send=1,$kind=1" $((rate / 10)) "$@" ;;
    refresh) measure "$kind" "send=4,register=1,refresh=15" $((rate / 5)) "$@" ;;
    logout) measure "$kind" "send=4,register=1,logout=1" $((rate / 5)) "$@" ;;
    group-create) measure "$kind" "send=1,$kind=2" $((rate * 3 / 20)) "$@" ;;
    group-rename) measure "$kind" "send=1,group-create=1,$kind=6" $((rate * 3 / 10)) "$@" ;;
    group-delete) measure "$kind" "send=1,group-create=3,$kind=3" $((rate * 3 / 20)) "$@" ;;
    group-members) measure "$kind" "send=1,group-create=1,$kind=6" $((rate * 3 / 10)) "$@" ;;
    group-leave) measure "$kind" "send=1,group-create=2,group-members=3,$kind=2" $((rate * 3 / 10)) "$@" ;;
    delete | rest-delete) measure "$kind" "send=2,$kind=1" $((rate * 3 / 5)) "$@" ;;
    connect) measure "$kind" "send=1,$kind=2" $((rate * 3 / 10)) "$@" ;;
    *) measure "$kind" "send=1,$kind=9" "$rate" "$@" ;;
  esac
done
