#!/usr/bin/env bash
# Stops what up.sh started in DIR, by its process ids:  down.sh DIR   (delete DIR to drop its data)
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: down.sh DIR}" 2>/dev/null && pwd) || exit 0
source "$here/processes.sh"

# The API server first: it would complain about a store that is gone.
stop kube-apiserver
stop etcd
