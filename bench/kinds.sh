#!/usr/bin/env bash
# Runs messages alone, and beside them each kind of request, so that  kinds.py DIR  can say what each costs. 40 minutes by the defaults.
#   kinds.sh DIR HARNESS-ARGUMENT…    reports into DIR/ROUND; --target, --server-pid … as  talkline-loadtest run  takes them
#   SENDS     messages a second in every run (default 40)
#   RATE      requests a second of a cheap kind beside them; of a dear one it is less (default 360)
#   DURATION  seconds that each is measured (default 10)
#   ROUNDS    how often all of it is done (default 3): how far the rounds lie apart is the uncertainty
#   KINDS     which, and what they need: register for refresh and logout, group-create for group-…, group-members for group-leave
#             (default: all of loadtest/scenarios/mixed.yaml that are requests)
#   BIN       the folder of the release program (default CARGO_TARGET_DIR/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=${BIN:-${CARGO_TARGET_DIR:-${TALKLINE_CACHE:-$HOME/.cache/talkline}/target}/release}
dir=${1:?usage: kinds.sh DIR HARNESS-ARGUMENT…}
shift
sends=${SENDS:-40} rate=${RATE:-360}
kinds=${KINDS:-$(sed -n 's/^  \([a-z-]*\): .*/\1/p' "$here/../loadtest/scenarios/mixed.yaml" | grep -v '^send$\|^typing')}

# measure NAME [KIND=RATE…]: beside messages, so many requests a second of these kinds.
measure() {
  local name=$1 mix=send=$sends arrivals=$sends part
  shift
  for part in "$@"; do mix+=,$part arrivals=$((arrivals + ${part#*=})); done
  "$bin/talkline-loadtest" run mixed --mix "$mix" --rate "$arrivals" --accounts "kinds-$$" --users 100 --ramp 0.3 --warmup 1 \
    --duration "${DURATION:-10}" --settle 30 --report "$round/$name.json" "${harness[@]}" >"$round/$name.txt" 2>/dev/null ||
    echo "$name: $(grep -h BROKEN "$round/$name.txt" || echo failed)" >&2
}

harness=("$@")
for i in $(seq "${ROUNDS:-3}"); do
  round=$dir/$i
  mkdir -p "$round"
  measured=0
  for kind in $kinds; do
    # Now and then, since what a message costs drifts.
    [ $((measured++ % 4)) != 0 ] || measure "send-$measured"
    case $kind in
      login | register) measure "$kind" "$kind=$((rate / 6))" ;;
      refresh) measure "$kind" "register=$((rate / 36))" "$kind=$((rate / 4))" ;;
      logout) measure "$kind" "register=$((rate / 6))" "$kind=$((rate / 6))" ;;
      group-create) measure "$kind" "$kind=$((rate / 12))" ;;
      group-rename | group-members) measure "$kind" "group-create=$((rate / 36))" "$kind=$((rate / 6))" ;;
      group-delete) measure "$kind" "group-create=$((rate / 18))" "$kind=$((rate / 18))" ;;
      group-leave) measure "$kind" "group-create=$((rate / 36))" "group-members=$((rate / 18))" "$kind=$((rate / 18))" ;;
      open) measure "$kind" "$kind=$((rate / 6))" ;;
      conversation* | history | scroll | since | recent | sync | details | search | find-users | *edit | *react | rest-send)
        measure "$kind" "$kind=$((rate / 2))" ;;
      # There are no more than were sent.
      delete | rest-delete) measure "$kind" "$kind=$((sends * 3 / 4))" ;;
      connect) measure "$kind" "$kind=$((rate / 4))" ;;
      *) measure "$kind" "$kind=$rate" ;;
    esac
  done
done
