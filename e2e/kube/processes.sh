# shellcheck shell=bash disable=SC2154 # sourced by the other scripts, which set $dir
#
# Processes by name: each has its id in $dir/NAME.pid, its output in $dir/NAME.log, and its ports in $dir/ports.

# start NAME COMMAND…: runs it detached from this shell's signals and output, unless it runs already.
start() {
  local name=$1
  shift
  ! running "$name" || return 0
  setsid nohup "$@" >>"$dir/$name.log" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}

# running NAME: whether it runs and is still ours. An id may have been given to somebody else since; theirs does not name our folder.
running() {
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$dir/"
}

# stop NAME: asks it to end, and ends it after 10 s.
stop() {
  local pid deadline=$((SECONDS + 10))
  pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 0
  if running "$1"; then
    kill "$pid" 2>/dev/null
    while running "$1" && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.1; done
    running "$1" && kill -9 "$pid" 2>/dev/null
  fi
  rm -f "$dir/$1.pid"
}

# await NAMES SECONDS COMMAND…: tries it until it succeeds. Fails, and shows the log to read, when one of the processes that it
# needs has ended, or when it takes longer than that; then the last one named is to blame.
await() {
  local names=$1 seconds=$2 name deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    for name in $names; do
      running "$name" || { blame "$name" "has ended"; return 1; }
    done
    [ "$SECONDS" -lt "$deadline" ] || { blame "${names##* }" "was not ready in $seconds s"; return 1; }
    sleep 0.2
  done
}

blame() { { echo "$1 $2; read $dir/$1.log, which ends so:"; tail -n 20 "$dir/$1.log"; } >&2; }

# port NAME: a free one the first time, the same ever after. Below the range that outgoing connections take.
port() {
  local port address
  touch "$dir/ports"
  port=$(awk -v name="$1" '$1 == name { print $2 }' "$dir/ports")
  while [ -z "$port" ]; do
    port=$((${TALKLINE_KUBE_PORTS:-20000} + RANDOM % ${TALKLINE_KUBE_PORTS_COUNT:-12000}))
    grep -q " $port\$" "$dir/ports" && port='' && continue
    for address in 127.0.0.1 "$host"; do
      (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null && port='' && continue 2
    done
    echo "$1 $port" >>"$dir/ports"
  done
  echo "$port"
}
