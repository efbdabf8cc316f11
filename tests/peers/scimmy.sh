#!/usr/bin/env bash
# SCIM 2.0 as a Node service speaks it (npm scimmy with scimmy-routers), in memory, on loopback.
# usage: scimmy.sh FOLDER PORT TOKEN   installs into FOLDER once, then becomes the server;
#        scimmy.sh FOLDER install -    only installs.
set -euo pipefail
folder=$1 port=$2 token=$3
packages=(scimmy@1.3.5 scimmy-routers@1.3.2 express@4.21.2)
program=$(dirname "$0")/scimmy.mjs
wanted="${packages[*]} $(cksum <"$program")"
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$wanted" ]; then
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "${packages[@]}" >&2
  # Node looks for packages beside the program.
  cp "$program" "$folder/server.mjs"
  printf '%s' "$wanted" >"$folder/installed"
fi
[ "$port" = install ] && exit 0
exec node "$folder/server.mjs" "$port" "$token"
