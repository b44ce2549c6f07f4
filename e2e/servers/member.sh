# What up.sh and down.sh know of one member of a set of servers; needs $dir.

# Whether the member NAME runs: its pid is a process, and still that of the program that was started.
alive() {
  local pid start
  [ -e "$dir/$1.pid" ] || return 1
  read -r pid start <"$dir/$1.pid"
  [ "$(started "$pid")" = "$start" ]
}

# When a process began, in clock ticks since the machine did: with the pid, that names it for good. Empty if there is none,
# or only what is left of one until somebody collects its exit status.
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'; }

# launch NAME COMMAND…: runs it in a session of its own, its output in DIR/NAME.log.
launch() {
  local name=$1
  shift
  setsid nohup "$@" >>"$dir/$name.log" 2>&1 </dev/null 9>&- &
  echo "$! $(started $!)" >"$dir/$name.pid"
}

# The port of the name: a free one the first time, the same ever after. Below the range that outgoing connections take.
port() {
  local file=$dir/ports port
  touch "$file"
  port=$(awk -v name="$1" '$1 == name { print $2 }' "$file")
  while [ -z "$port" ]; do
    port=$((16384 + (RANDOM * 32768 + RANDOM) % 16000))
    grep -q " $port\$" "$file" && port='' && continue
    (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null && port='' && continue
    echo "$1 $port" >>"$file"
  done
  echo "$port"
}
