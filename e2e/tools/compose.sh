#!/usr/bin/env bash
# Prints the path of the program that reads a compose file as `docker compose` does and says what is wrong with it: the loader of
# the Compose project, built from the Go module proxy. Fails with one line where there is no Go.
set -euo pipefail

VERSION=v2.16.2
bin=${TALKLINE_CACHE:-$HOME/.cache/talkline}/tools/compose-go-$VERSION

if [ ! -x "$bin/cmd" ]; then
  command -v go >/dev/null || { echo "Go (apt-get install golang-go)" >&2; exit 1; }
  GOTOOLCHAIN=local GOBIN=$bin go install "github.com/compose-spec/compose-go/v2/cmd@$VERSION" >&2
fi
echo "$bin/cmd"
