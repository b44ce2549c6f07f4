# shellcheck shell=bash disable=SC2154 # sourced by up.sh and down.sh, which set $dir
#
# Processes by name: each has its id in $dir/NAME.pid and its output in $dir/NAME.log.

# start NAME COMMAND…: runs it detached from this shell's signals and output.
start() {
  local name=$1
  shift
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
