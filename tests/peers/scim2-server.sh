#!/usr/bin/env bash
# A strict SCIM 2.0 server that others wrote (PyPI scim2-server), in memory, on loopback.
# usage: scim2-server.sh FOLDER PORT TOKEN   installs into FOLDER once, then becomes the server;
#        scim2-server.sh FOLDER install -    only installs.
set -euo pipefail
folder=$1 port=$2 token=$3
package=scim2-server==0.8.3
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$package" ]; then
  mkdir -p "$folder"
  python3 -m venv --clear "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "$package" >&2
  printf '%s' "$package" >"$folder/installed"
fi
[ "$port" = install ] && exit 0
exec "$folder/venv/bin/scim2-server" --hostname 127.0.0.1 --port "$port" --bearer-token "$token"
