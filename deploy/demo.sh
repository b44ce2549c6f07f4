# shellcheck shell=bash disable=SC2154 # sourced by the other scripts, which set $dir
#
# Two people to try a chat with, the same at every start: $dir/demo.json, which the web client shows where it finds it.

password() { head -c 9 /dev/urandom | base64 | tr '+/' 'xy'; }

# demo_accounts [WEB]: draws their passwords, and puts the web client, if there is one, with them into $dir/web.
demo_accounts() {
  if [ ! -f "$dir/demo.json" ]; then
    printf '{"accounts":[{"email":"%s","password":"%s","name":"%s"},\n{"email":"%s","password":"%s","name":"%s"}]}\n' \
      ada@example.org "$(password)" 'Ada Lovelace' grace@example.org "$(password)" 'Grace Hopper' >"$dir/demo.json"
  fi
  if [ -n "${1:-}" ]; then
    rm -rf "$dir/web"
    cp -r "$1" "$dir/web"
    cp "$dir/demo.json" "$dir/web/demo.json"
  fi
}

# demo_sign_up URL: makes their accounts, and says how to log in. An account that is there already stays.
demo_sign_up() {
  sed -n 's/.*\({"email".*"}\).*/\1/p' "$dir/demo.json" | while read -r account; do
    curl --silent --max-time 10 --output /dev/null --header 'content-type: application/json' --data "$account" \
      "$1/api/v1/auth/register"
    echo "$account" | sed 's/.*"email":"\([^"]*\)","password":"\([^"]*\)".*/  log in as        \1  \2/'
  done
}
