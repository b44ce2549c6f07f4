#!/usr/bin/env bash
# Runs the official Engine.IO (v4) and Socket.IO (v5) protocol test suites against the gateway's transport:
#   protocol-suites.sh SOURCE      a checkout of socketio/socket.io, in whose docs/ the suites lie
# They are not part of `make test`, since they come from no package registry. Ends with 1 when one of their tests fails.
set -euo pipefail

source=${1:?usage: protocol-suites.sh SOURCE}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

# With all that `make test` builds, so that it is the same build.
cargo build --workspace --locked --bins --examples --tests
"${CARGO_TARGET_DIR:-target}/debug/examples/protocol_suite" &
server=$!
until (: >/dev/tcp/127.0.0.1/3000) 2>/dev/null; do
  kill -0 "$server" || exit 1
  sleep 0.1
done

status=0
for suite in engine.io-protocol/v4-test-suite socket.io-protocol/v5-test-suite; do
  cp -r "$source/docs/$suite" "$work/${suite%%/*}"
  (cd "$work/${suite%%/*}" && npm ci --silent --no-audit --no-fund && npm test) || status=1
done
exit "$status"
