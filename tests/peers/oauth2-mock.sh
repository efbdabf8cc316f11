#!/usr/bin/env bash
# A token endpoint that others wrote (npm oauth2-mock-server), which signs what it gives, on loopback.
# usage: oauth2-mock.sh FOLDER PORT -      installs into FOLDER once, then becomes the server;
#        oauth2-mock.sh FOLDER install -   only installs.
set -euo pipefail
folder=$1 port=$2
package=oauth2-mock-server@8.2.3
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$package" ]; then
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "$package" >&2
  printf '%s' "$package" >"$folder/installed"
fi
[ "$port" = install ] && exit 0
exec "$folder/node_modules/.bin/oauth2-mock-server" -a 127.0.0.1 -p "$port"
