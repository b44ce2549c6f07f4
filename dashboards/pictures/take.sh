#!/usr/bin/env bash
# Takes a picture of each dashboard, with the last minutes of a running Prometheus: dashboards/pictures/page.html draws them in Chromium.
#   take.sh PROMETHEUS FOLDER [SECONDS] [WINDOW]     such as  take.sh http://127.0.0.1:9490 docs/pictures 600 40s
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
url=${1:?usage: take.sh PROMETHEUS FOLDER [SECONDS] [WINDOW]}
folder=$(mkdir -p "${2:?usage: take.sh PROMETHEUS FOLDER [SECONDS] [WINDOW]}" && cd "$2" && pwd)
seconds=${3:-600} window=${4:-40s}
chromium=$("$here/../../e2e/tools/chromium.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for board in "$here"/../../helm/talkline/dashboards/*.json; do
  name=$(basename "$board" .json)
  {
    printf '<script>\nconst prometheus = { url: "%s", seconds: %d, window: "%s" };\nconst board =\n' "$url" "$seconds" "$window"
    sed 's|</|<\\/|g' "$board"
    echo '</script>'
    cat "$here/page.html"
  } >"$work/$name.html"
  # Each line of the grid has 30 pixels and 8 between them.
  height=$(python3 -c 'import json, sys
panels = [panel["gridPos"] for panel in json.load(open(sys.argv[1]))["panels"]]
print(38 * max(at["y"] + at["h"] for at in panels) + 90)' "$board")
  "$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/chromium" --virtual-time-budget=60000 \
    --window-size="1600,$height" --screenshot="$folder/$name.png" "file://$work/$name.html" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  echo "$folder/$name.png"
done
