#!/usr/bin/env bash
# Prints the folder with the CustomResourceDefinitions of other people, PLURAL.yaml each, after it has them: see install.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/install.sh" definitions >/dev/null
source "$here/versions.sh"
echo "$definitions"
