#!/usr/bin/env bash
# Starts real servers that keep everything in DIR, waits until they serve, and prints their addresses as shell assignments
# (they also lie in DIR/addresses). Stop them with  down.sh DIR.
#   up.sh DIR [kafka=N|secure] [mongo=N|sharded|secure] [redis=N|cluster|sentinel|secure]     without a list: one of each
#     kafka=3        three brokers, each also a controller: replication 3, min.insync.replicas 2
#     kafka=secure   one broker that has a second listener, SASL_SSL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; user `talkline`,
#                    password `sesame`; OAUTHBEARER with unsigned tokens), with its authority in DIR/tls/ca.pem
#     mongo=3        a replica set of three
#     mongo=sharded  a configuration server and one shard, sets of one each, without a router
#     mongo=secure   a set of one that speaks only TLS, and knows one user (as above), who may read and write every database
#     redis=cluster  a Redis Cluster of three nodes
#     redis=sentinel a primary, a replica, and three sentinels
#     redis=secure   one server that demands TLS with client certificates (in DIR/redis-1) and knows one user
# A broker can also be reached through a proxy that one runs oneself: from kafka-1-proxy to kafka-1-proxied (of DIR/ports).
# Each member has a name (kafka-1, mongo-2 …), DIR/NAME.pid, DIR/NAME.log, and ports that stay: one that was killed by its
# pid starts again, with its data, when the same command is run again.
#   TALKLINE_HOST   the address they listen on (default 127.0.0.1)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$("$here/install.sh")
mkdir -p "${1:?usage: up.sh DIR [kafka=N] [mongo=N] [redis=N|cluster|sentinel|secure]}"
dir=$(cd "$1" && pwd)
shift
host=${TALKLINE_HOST:-127.0.0.1}
trap '[ $? = 0 ] || "$here/down.sh" "$dir"' EXIT

. "$here/member.sh"
. "$here/redis.sh"

mongo() {
  local count=$1 secure=()
  if [ "$1" = secure ]; then
    count=1
    certificates
    # Without one, a set asks nobody who he is.
    [ -e "$dir/mongo.key" ] || (umask 077; openssl rand -base64 96 >"$dir/mongo.key")
    secure=(--keyFile "$dir/mongo.key" --tlsMode requireTLS --tlsCertificateKeyFile "$dir/tls/server.pem"
      --tlsCAFile "$dir/tls/ca.pem" --tlsAllowConnectionsWithoutCertificates)
  fi
  for i in $(seq "$count"); do mongod "mongo-$i" rs0 "${secure[@]}"; done
}

# What  mongos  keeps together; there is no mongos in a wheel.
mongo_sharded() {
  mongod mongo-config config --configsvr
  mongod mongo-shard shard --shardsvr
}

# mongod NAME SET ARGUMENT…
mongod() {
  local name=$1 set=$2
  shift 2
  alive "$name" && return
  mkdir -p "$dir/$name"
  LD_LIBRARY_PATH=$home/mongo launch "$name" "$home/mongo/mongod" --dbpath "$dir/$name" --port "$(port "$name")" \
    --bind_ip "$host" --replSet "$set" --wiredTigerCacheSizeGB "${MONGO_CACHE_GB:-0.5}" --quiet "$@"
}

kafka() {
  local count=$1 voters='' replicas=1 secure='' scram=()
  if [ "$1" = secure ]; then
    count=1 secure=yes
    certificates
    scram=(--add-scram 'SCRAM-SHA-256=[name=talkline,password=sesame]' --add-scram 'SCRAM-SHA-512=[name=talkline,password=sesame]')
  fi
  [ "$count" -lt 3 ] || replicas=3
  for i in $(seq "$count"); do voters+="${voters:+,}$i@$host:$(port "kafka-$i-controller")"; done
  for i in $(seq "$count"); do
    alive "kafka-$i" && continue
    mkdir -p "$dir/kafka-$i"
    kafka_properties "$i" "$voters" "$replicas" >"$dir/kafka-$i/server.properties"
    [ -z "$secure" ] || kafka_secure "$i" >>"$dir/kafka-$i/server.properties"
    kafka_logging >"$dir/kafka-$i/log4j2.properties"
    local java=(java -Xms"${KAFKA_HEAP:-400m}" -Xmx"${KAFKA_HEAP:-400m}" -XX:+UseSerialGC -XX:TieredStopAtLevel="${KAFKA_JIT:-4}" -Xshare:auto
      -Dlog4j2.configurationFile="$dir/kafka-$i/log4j2.properties" -cp "$home/kafka/libs/*")
    if [ ! -f "$dir/kafka-$i/data/meta.properties" ]; then
      "${java[@]}" kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk -c "$dir/kafka-$i/server.properties" "${scram[@]}" \
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

# A listener more; the plain one stays, for the tests that need no secret.
kafka_secure() {
  local login=org.apache.kafka.common.security
  cat <<P
listeners=PLAINTEXT://$host:$(port "kafka-$1"),SASL_SSL://$host:$(port "kafka-$1-secure"),CONTROLLER://$host:$(port "kafka-$1-controller")
advertised.listeners=PLAINTEXT://$host:$(port "kafka-$1"),SASL_SSL://$host:$(port "kafka-$1-secure")
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location=$dir/tls/server.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
listener.name.sasl_ssl.plain.sasl.jaas.config=$login.plain.PlainLoginModule required user_talkline="sesame";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=$login.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=$login.scram.ScramLoginModule required;
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=$login.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
listener.name.sasl_ssl.oauthbearer.sasl.server.callback.handler.class=$login.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler
P
}

# An authority and the certificate of this host, in DIR/tls; once.
certificates() {
  [ -e "$dir/tls/server.pem" ] && return
  mkdir -p "$dir/tls"
  ( cd "$dir/tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=talkline-tests -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$host" -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out server.crt \
      -extfile <(echo "subjectAltName=IP:$host")
    openssl pkcs8 -topk8 -nocrypt -in server.key -out server.p8
    cat server.p8 server.crt ca.pem >server.pem ) 2>"$dir/tls.log" >&2
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
    kafka=[1-9] | kafka=secure | mongo=[1-9] | mongo=secure) "${kind%=*}" "${kind#*=}" ;;
    mongo=sharded) mongo_sharded ;;
    redis=[1-9]) redis_plain "${kind#*=}" ;;
    redis=cluster | redis=sentinel | redis=secure) "redis_${kind#*=}" ;;
    *) echo "unknown: $kind (kafka=N, kafka=secure, mongo=N, mongo=sharded, mongo=secure, redis=N, redis=cluster, redis=sentinel, redis=secure)" >&2; exit 2 ;;
  esac
done
for kind in "$@"; do
  count=${kind#*=}
  case $kind in
    kafka=secure) python3 "$here/wait.py" kafka "$dir" $(addresses kafka 1)
      echo "TALKLINE_KAFKA_BROKERS=$(addresses kafka 1)"
      echo "TALKLINE_KAFKA_SECURE=$host:$(port kafka-1-secure)"
      echo "TALKLINE_KAFKA_CA=$dir/tls/ca.pem" ;;
    kafka=*) python3 "$here/wait.py" kafka "$dir" $(addresses kafka "$count" | tr , ' ')
      echo "TALKLINE_KAFKA_BROKERS=$(addresses kafka "$count")" ;;
    mongo=secure) python3 "$here/wait.py" mongo-secure "$dir" $(addresses mongo 1)
      echo "TALKLINE_MONGO_SECURE='mongodb://$(addresses mongo 1)/?replicaSet=rs0'"
      echo "TALKLINE_MONGO_CA=$dir/tls/ca.pem" ;;
    mongo=sharded) python3 "$here/wait.py" mongo-sharded "$dir" "$host:$(port mongo-config)" "$host:$(port mongo-shard)"
      echo "TALKLINE_MONGO_CONFIG='mongodb://$host:$(port mongo-config)/?replicaSet=config'"
      echo "TALKLINE_MONGO_SHARD='mongodb://$host:$(port mongo-shard)/?replicaSet=shard'" ;;
    mongo=*) python3 "$here/wait.py" mongo "$dir" $(addresses mongo "$count" | tr , ' ')
      echo "TALKLINE_MONGO_URL='mongodb://$(addresses mongo "$count")/?replicaSet=rs0'" ;;
    redis=cluster) python3 "$here/wait.py" redis-cluster "$dir" $(addresses redis 3 | tr , ' ')
      echo "TALKLINE_REDIS_URL='$(addresses redis 3 redis://)'" ;;
    redis=sentinel) python3 "$here/wait.py" redis-sentinel "$dir" $(addresses redis 2 | tr , ' ') $(addresses sentinel 3 | tr , ' ')
      echo "TALKLINE_REDIS_URL='$(addresses sentinel 3 redis+sentinel://)'" ;;
    redis=secure) python3 "$here/wait.py" redis-secure "$dir" $(addresses redis 1)
      echo "TALKLINE_REDIS_URL='$(addresses redis 1 rediss://talkline:sesame@)'" ;;
    redis=*) python3 "$here/wait.py" redis "$dir" $(addresses redis "$count" | tr , ' ')
      echo "TALKLINE_REDIS_URL='$(addresses redis "$count" redis://)'" ;;
  esac
done >"$dir/addresses"
cat "$dir/addresses"
