# shellcheck shell=bash disable=SC2034 # sourced by the other scripts
#
# The bridge that a real node and its pods hang on. It carries the name of its node's DIR, so that there is one a machine, and
# whoever made it takes it away.

bridge=talkline0
address=10.244.0.1

# The DIR whose node runs on this machine; nothing, if there is none.
owner() { ip -oneline link show "$bridge" 2>/dev/null | sed -n 's/.* alias \(\S*\).*/\1/p'; }
