#!/usr/bin/env bash
# Stops what up.sh started in DIR, by its process ids, and takes back what a real node wrote outside:  down.sh DIR
# The data stays; delete DIR to drop it.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: down.sh DIR}" 2>/dev/null && pwd) || exit 0
source "$here/processes.sh"

"$here/node/leave.sh" "$dir"
# The API server before its store: it would complain about one that is gone.
for name in metrics-server kwok kube-scheduler kube-controller-manager kube-apiserver etcd; do stop "$name"; done
