#!/usr/bin/env bash
# Makes images of Kafka, MongoDB and Redis and gives them to the real node of `up.sh DIR node`:  servers.sh DIR
#   local/kafka:1  local/mongo:1  local/redis:1
# They hold the programs that e2e/servers installs, and MongoDB's shell from npm, with the commands and at the places that their makers'
# own images have and the operator's managed servers call. Ends with 3, and one line, when one of the programs cannot be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: servers.sh DIR}" && pwd)
servers=$("$here/../servers/install.sh") || exit 3
node=$("$here/../tools/node.sh") || exit 3
source "$here/versions.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# script NAME LINE…: a program of some lines.
script() {
  local path=$work/$1
  shift
  printf '%s\n' "$@" >"$path"
  chmod 755 "$path"
}

# Java without its tools.
modules=java.se,jdk.crypto.ec,jdk.management,jdk.unsupported
jlink --add-modules "$modules" --no-header-files --no-man-pages --output "$work/java" || { echo "a JDK 17, for Kafka" >&2; exit 3; }

# As Kafka's own scripts do it: a heap from KAFKA_HEAP_OPTS, and the class that the script stands for.
run="exec /opt/java/bin/java \$KAFKA_HEAP_OPTS -XX:+UseSerialGC -cp '/opt/kafka/libs/*'"
script kafka-storage.sh '#!/bin/bash' "$run kafka.tools.StorageTool \"\$@\""
script kafka-server-start.sh '#!/bin/bash' "$run kafka.Kafka \"\$@\""
"$here/image.sh" "$dir" local/kafka:1 /bin/bash /bin/bash /bin/cat "$work/java=/opt/java" \
  "$servers/kafka/libs=/opt/kafka/libs" "$work/kafka-storage.sh=/opt/kafka/bin/kafka-storage.sh" \
  "$work/kafka-server-start.sh=/opt/kafka/bin/kafka-server-start.sh"

if [ ! -d "$mongosh" ]; then
  npm install --silent --no-audit --no-fund --omit=optional --prefix "$work/mongosh" "mongosh@$MONGOSH" >&2 || { echo "mongosh, by npm" >&2; exit 3; }
  mv "$work/mongosh" "$mongosh"
fi
script mongosh '#!/bin/sh' "exec $node /opt/mongosh/node_modules/mongosh/bin/mongosh.js \"\$@\""
libraries=()
for library in "$servers"/mongo/lib*; do libraries+=("$library=/usr/lib/$(uname -m)-linux-gnu/$(basename "$library")"); done
"$here/image.sh" "$dir" local/mongo:1 "$servers/mongo/mongod" "$servers/mongo/mongod=/usr/bin/mongod" "${libraries[@]}" \
  /bin/sh /bin/sleep "$node" "$work/mongosh=/usr/bin/mongosh" "$mongosh=/opt/mongosh"

"$here/image.sh" "$dir" local/redis:1 /usr/bin/redis-server /usr/bin/redis-server /usr/bin/redis-cli
