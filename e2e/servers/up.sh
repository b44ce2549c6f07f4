#!/usr/bin/env bash
# Starts real servers that keep everything in DIR, waits until they serve, and prints their addresses as shell assignments
# (they also lie in DIR/addresses). Stop them with  down.sh DIR.
#   up.sh DIR [kafka=N] [mongo=N] [redis=N|redis=cluster]     without a list: one of each
#     kafka=3        three brokers, each also a controller: replication 3, min.insync.replicas 2
#     mongo=3        a replica set of three
#     redis=cluster  a Redis Cluster of three nodes
# A broker can also be reached through a proxy that one runs oneself: from kafka-1-proxy to kafka-1-proxied (of DIR/ports).
# Each member has a name (kafka-1, mongo-2 …), DIR/NAME.pid, DIR/NAME.log, and ports that stay: one that was killed by its
# pid starts again, with its data, when the same command is run again.
#   TALKLINE_HOST   the address they listen on (default 127.0.0.1)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$("$here/install.sh")
mkdir -p "${1:?usage: up.sh DIR [kafka=N] [mongo=N] [redis=N|redis=cluster]}"
dir=$(cd "$1" && pwd)
shift
host=${TALKLINE_HOST:-127.0.0.1}
trap '[ $? = 0 ] || "$here/down.sh" "$dir"' EXIT

. "$here/member.sh"

redis() {
  local count=$1 cluster=()
  [ "$1" = cluster ] && count=3
  for i in $(seq "$count"); do
    alive "redis-$i" && continue
    [ "$1" = cluster ] && cluster=(--cluster-enabled yes --cluster-port "$(port "redis-$i-bus")" --cluster-config-file nodes.conf)
    mkdir -p "$dir/redis-$i"
    launch "redis-$i" redis-server --port "$(port "redis-$i")" --bind "$host" --protected-mode no --dir "$dir/redis-$i" \
      --appendonly yes --save '' --maxclients 2000 "${cluster[@]}"
  done
}

mongo() {
  for i in $(seq "$1"); do
    alive "mongo-$i" && continue
    mkdir -p "$dir/mongo-$i"
    LD_LIBRARY_PATH=$home/mongo launch "mongo-$i" "$home/mongo/mongod" --dbpath "$dir/mongo-$i" --port "$(port "mongo-$i")" \
      --bind_ip "$host" --replSet rs0 --wiredTigerCacheSizeGB "${MONGO_CACHE_GB:-0.5}" --quiet
  done
}

kafka() {
  local count=$1 voters='' replicas=1
  [ "$count" -lt 3 ] || replicas=3
  for i in $(seq "$count"); do voters+="${voters:+,}$i@$host:$(port "kafka-$i-controller")"; done
  for i in $(seq "$count"); do
    alive "kafka-$i" && continue
    mkdir -p "$dir/kafka-$i"
    kafka_properties "$i" "$voters" "$replicas" >"$dir/kafka-$i/server.properties"
    kafka_logging >"$dir/kafka-$i/log4j2.properties"
    local java=(java -Xms"${KAFKA_HEAP:-400m}" -Xmx"${KAFKA_HEAP:-400m}" -XX:+UseSerialGC -XX:TieredStopAtLevel="${KAFKA_JIT:-4}" -Xshare:auto
      -Dlog4j2.configurationFile="$dir/kafka-$i/log4j2.properties" -cp "$home/kafka/libs/*")
    if [ ! -f "$dir/kafka-$i/data/meta.properties" ]; then
      "${java[@]}" kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk -c "$dir/kafka-$i/server.properties" \
        >"$dir/kafka-$i.log" 2>&1 || { cat "$dir/kafka-$i.log" >&2; exit 1; }
    fi
    launch "kafka-$i" "${java[@]}" kafka.Kafka "$dir/kafka-$i/server.properties"
  done
}

kafka_properties() {
  cat <<P
process.roles=broker,controller
node.id=$1
controller.quorum.voters=$2
listeners=PLAINTEXT://$host:$(port "kafka-$1"),PROXIED://$host:$(port "kafka-$1-proxied"),CONTROLLER://$host:$(port "kafka-$1-controller")
advertised.listeners=PLAINTEXT://$host:$(port "kafka-$1"),PROXIED://$host:$(port "kafka-$1-proxy")
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$dir/kafka-$1/data
num.partitions=8
default.replication.factor=$3
min.insync.replicas=$((($3 + 1) / 2))
offsets.topic.num.partitions=4
offsets.topic.replication.factor=$3
transaction.state.log.replication.factor=$3
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
P
}

kafka_logging() {
  cat <<'P'
rootLogger.level=WARN
rootLogger.appenderRef.o.ref=O
appender.o.type=Console
appender.o.name=O
appender.o.layout.type=PatternLayout
appender.o.layout.pattern=[%d] %p %m (%c)%n
P
}

# addresses KIND COUNT [PREFIX]: of all members of a kind, joined by commas.
addresses() {
  local joined=''
  for i in $(seq "$2"); do joined+="${joined:+,}${3:-}$host:$(port "$1-$i")"; done
  echo "$joined"
}

[ $# = 0 ] && set -- kafka=1 mongo=1 redis=1
for kind in "$@"; do
  case $kind in
    kafka=[1-9] | mongo=[1-9] | redis=[1-9] | redis=cluster) "${kind%=*}" "${kind#*=}" ;;
    *) echo "unknown: $kind (kafka=N, mongo=N, redis=N, redis=cluster)" >&2; exit 2 ;;
  esac
done
for kind in "$@"; do
  count=${kind#*=}
  case $kind in
    kafka=*) python3 "$here/wait.py" kafka "$dir" $(addresses kafka "$count" | tr , ' ')
      echo "TALKLINE_KAFKA_BROKERS=$(addresses kafka "$count")" ;;
    mongo=*) python3 "$here/wait.py" mongo "$dir" $(addresses mongo "$count" | tr , ' ')
      echo "TALKLINE_MONGO_URL='mongodb://$(addresses mongo "$count")/?replicaSet=rs0'" ;;
    redis=cluster) python3 "$here/wait.py" redis-cluster "$dir" $(addresses redis 3 | tr , ' ')
      echo "TALKLINE_REDIS_URL='$(addresses redis 3 redis://)'" ;;
    redis=*) python3 "$here/wait.py" redis "$dir" $(addresses redis "$count" | tr , ' ')
      echo "TALKLINE_REDIS_URL='$(addresses redis "$count" redis://)'" ;;
  esac
done >"$dir/addresses"
cat "$dir/addresses"
