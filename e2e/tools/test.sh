#!/usr/bin/env bash
# Runs the tests phase by phase, every phase's output in full, and ends with one line of sums.
#   test.sh [PHASE…]     check, web, rust, browser; without one, all of them, and the browser's beside Rust's
#
# A test that this machine lacks something for appends `SKIPPED: <tests>: needs <what>` to the file that TALKLINE_SKIPPED
# names. Those lines are shown at the end; where CI is set, each of them counts as a failure.
set -euo pipefail

tools=$(cd "$(dirname "$0")" && pwd)
cd "$tools/../.."

export TALKLINE_CACHE=${TALKLINE_CACHE:-$HOME/.cache/talkline}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$TALKLINE_CACHE/target}
# What the tests of the running program start: the program, and the web client that it serves.
export TALKLINE_BIN=$CARGO_TARGET_DIR/debug/talkline
export TALKLINE_WEB=$TALKLINE_CACHE/web

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TALKLINE_SKIPPED=$work/skipped
: >"$TALKLINE_SKIPPED"

# needs TESTS TOOL: true when TOOL.sh finds or installs what TESTS need, else notes that they did not run.
needs() {
  if "$tools/$2.sh" >/dev/null 2>"$work/lacks"; then
    cat "$work/lacks" >&2
    return
  fi
  echo "SKIPPED: $1: needs $(tail -n 1 "$work/lacks")" >>"$TALKLINE_SKIPPED"
  return 1
}

check() { make --no-print-directory check; }

web() {
  needs "the web client's tests" node || return 0
  "$tools/npm-ci.sh" chat-runtime/web
  npm --prefix chat-runtime/web run check
  npm --prefix chat-runtime/web test
  "$tools/web.sh"
}

# Everything is built in one go, the programs too, so that dependencies are compiled with one set of features. Tests that mostly
# wait, for Kubernetes or for servers, then run beside each other and beside all others; what each lane says is shown in one piece.
rust() {
  cargo build --workspace --locked --bins --examples --tests
  servers
  local status=0 lane
  local -A running=()
  # Who is asked to move on the real node has seconds for it, and so nothing runs beside that.
  lane node --tests || status=$?
  for lane in kubernetes servers; do
    beside "$lane" >"$work/$lane.lane" 2>&1 &
    running[$lane]=$!
  done
  lane others || status=$?
  for lane in servers kubernetes; do
    wait "${running[$lane]}" || status=$?
    cat "$work/$lane.lane"
  done
  return "$status"
}

beside() {
  local status=0
  lane "$1" --tests || status=$?
  case $1 in
    servers) backends || status=$? ;;
    # The shorter one by minutes.
    kubernetes) if [ -n "$all" ]; then counted browser browser || status=$?; fi ;;
  esac
  return "$status"
}

# The tests of a lane, see lane.sh.
lane() {
  cargo test --workspace --locked --no-fail-fast --config "target.'cfg(all())'.runner = ['$tools/lane.sh', '$1']" "${@:2}"
}

# The tests of the running program once more, over servers in place of a file and memory: each test over some, and each
# of these under some tests, since all over all would take a quarter of an hour.
backends() {
  [ -n "${TALKLINE_SERVERS:-}" ] || return 0
  local status=0 pair
  for pair in servers:program cluster:clients redis:clients; do
    echo "=== over ${pair%:*}"
    TALKLINE_BACKEND=${pair%:*} counted "${pair%:*}" lane "talkline-e2e:${pair#*:}" --tests || status=$?
  done
  return "$status"
}

# Real servers for the tests that need some, which say themselves that they did not run where there are none.
servers() {
  "$tools/../servers/up.sh" "$work/servers" >"$work/addresses" || return 0
  export TALKLINE_SERVERS=$work/servers
  trap '"$tools/../servers/down.sh" "$work/servers"' EXIT
}

browser() {
  needs "the browser tests" node && needs "the browser tests" chromium || return 0
  "$tools/npm-ci.sh" e2e/browser && CHROMIUM=$("$tools/chromium.sh") npm --prefix e2e/browser test
}

# Prints what a log's own summaries add up to: passed, failed, skipped. Knows cargo test, vitest and node --test.
count() {
  sed $'s/\x1b\\[[0-9;]*m//g' "$1" | awk '
    /^test result: /                 { passed += $4; failed += $6; skipped += $8 }
    /^ *Tests  /                     { for (i = 2; i <= NF; i++) sum[$i] += $(i - 1) }
    /^(#|ℹ) (pass|fail|skipped|cancelled) [0-9]+$/ { sum[$2] += $3 }
    END {
      print passed + sum["passed"] + sum["pass"], \
        failed + sum["failed"] + sum["fail"] + sum["cancelled"], \
        skipped + sum["skipped"]
    }'
}

# Runs tests that go beside others and shows what they say: `counted NAME COMMAND…`. Without a test that is seen they have failed, as a
# phase has.
counted() {
  local log=$work/$1.counted status=0
  "${@:2}" >"$log" 2>&1 || status=$?
  cat "$log"
  if [ "$(count "$log")" = "0 0 0" ] && [ ! -s "$TALKLINE_SKIPPED" ]; then
    echo "no test was seen: $1"
    status=1
  fi
  return "$status"
}

total_passed=0 total_failed=0 total_skipped=0

# Runs a phase and adds its counts. One that fails without counting a failure (it did not compile, say) counts as one;
# so does a phase of tests in which none is seen, since that is how a broken count or filter would look.
run() {
  local phase=$1 log=$work/$1.log start=$SECONDS status passed failed skipped
  printf '\n=== %s\n' "$phase"
  set +e
  (set -e; "$phase") 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  set -e
  read -r passed failed skipped < <(count "$log")
  if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
  if [ "$phase" != check ] && [ "$((passed + failed + skipped))" = 0 ] && [ ! -s "$TALKLINE_SKIPPED" ]; then failed=1; fi
  total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed)) total_skipped=$((total_skipped + skipped))
  echo "=== $phase: exit status $status; $passed passed, $failed failed, $skipped skipped; $((SECONDS - start)) s"
}

phases=("$@") all=
if [ $# = 0 ]; then phases=(check web rust) all=yes; fi
for phase in "${phases[@]}"; do
  case $phase in
    check | web | rust | browser) run "$phase" ;;
    *) echo "no such phase: $phase" >&2; exit 2 ;;
  esac
done

echo
sort -u "$TALKLINE_SKIPPED" | tee "$work/lacking"
lacking=$(wc -l <"$work/lacking")
if [ -n "${CI:-}" ]; then
  total_failed=$((total_failed + lacking))
else
  total_skipped=$((total_skipped + lacking))
fi

sums="$total_passed passed, $total_failed failed"
if [ "$total_skipped" != 0 ]; then sums+=", $total_skipped skipped"; fi
echo "$sums"
[ "$total_failed" = 0 ]
