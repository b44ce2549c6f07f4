# The sets of Redis that up.sh can start; needs $dir, $host and member.sh.

# redis_member NAME ARGUMENT…: a server that keeps its data in DIR/NAME.
redis_member() {
  local name=$1
  shift
  alive "$name" && return
  mkdir -p "$dir/$name"
  launch "$name" redis-server --bind "$host" --dir "$dir/$name" --appendonly yes --save '' --maxclients 2000 "$@"
}

redis_plain() {
  for i in $(seq "$1"); do redis_member "redis-$i" --port "$(port "redis-$i")" --protected-mode no; done
}

redis_cluster() {
  for i in 1 2 3; do
    redis_member "redis-$i" --port "$(port "redis-$i")" --protected-mode no --cluster-enabled yes \
      --cluster-port "$(port "redis-$i-bus")" --cluster-config-file nodes.conf --cluster-node-timeout 2000
  done
}

# A primary and a replica, and three sentinels of which two decide. Who is primary, the sentinels keep in their files.
redis_sentinel() {
  local primary follows
  primary=$(port redis-1)
  for i in 1 2; do
    follows=(--replicaof "$host $primary")
    [ "$i" = 1 ] && follows=()
    redis_member "redis-$i" --port "$(port "redis-$i")" --protected-mode no "${follows[@]}"
  done
  for i in 1 2 3; do
    alive "sentinel-$i" && continue
    if [ ! -f "$dir/sentinel-$i/sentinel.conf" ]; then
      mkdir -p "$dir/sentinel-$i"
      cat >"$dir/sentinel-$i/sentinel.conf" <<C
port $(port "sentinel-$i")
bind $host
protected-mode no
dir $dir/sentinel-$i
sentinel monitor talkline $host $primary 2
sentinel down-after-milliseconds talkline 1000
sentinel failover-timeout talkline 4000
C
    fi
    launch "sentinel-$i" redis-server "$dir/sentinel-$i/sentinel.conf" --sentinel
  done
}

# One server that speaks only TLS, knows one user, and gives it the keys and channels that begin with `talkline:`.
redis_secure() {
  local folder=$dir/redis-1
  mkdir -p "$folder"
  if [ ! -f "$folder/server.crt" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj '/CN=test authority' \
      -addext 'basicConstraints=critical,CA:TRUE' -keyout "$folder/ca.key" -out "$folder/ca.crt"
    for name in server client; do
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
        -keyout "$folder/$name.key" -out "$folder/$name.csr"
      openssl x509 -req -in "$folder/$name.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -days 3650 \
        -extfile <(echo "subjectAltName=IP:$host,DNS:localhost") -out "$folder/$name.crt"
    done
    echo 'user default off' >"$folder/users.acl"
    echo 'user talkline on >sesame ~talkline:* &talkline:* +@all' >>"$folder/users.acl"
    echo 'user narrow on >sesame ~talkline:* &talkline:* +@all -zadd -evalsha -ssubscribe' >>"$folder/users.acl"
  fi 2>>"$dir/redis-1.log"
  redis_member redis-1 --port 0 --tls-port "$(port redis-1)" --aclfile "$folder/users.acl" --tls-ca-cert-file "$folder/ca.crt" \
    --tls-cert-file "$folder/server.crt" --tls-key-file "$folder/server.key" --tls-auth-clients yes
}
