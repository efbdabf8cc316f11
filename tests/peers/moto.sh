#!/usr/bin/env bash
# Amazon S3 as PyPI's moto simulates it, in memory, on loopback. It takes any key and any signature.
# usage: moto.sh FOLDER PORT TOKEN   installs into FOLDER once, then becomes the server;
#        moto.sh FOLDER install -    only installs.
set -euo pipefail
folder=$1 port=$2
packages=('moto[s3]==5.2.5' flask flask-cors)
wanted="${packages[*]}"
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$wanted" ]; then
  mkdir -p "$folder"
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  printf '%s' "$wanted" >"$folder/installed"
fi
[ "$port" = install ] && exit 0
exec "$folder/venv/bin/moto_server" -H 127.0.0.1 -p "$port"
