#!/usr/bin/env bash
# Azure Blob Storage as Microsoft's own emulator speaks it (npm azurite), in memory, on loopback. It
# checks signatures, made with the key that is the same in every emulator.
# usage: azurite.sh FOLDER PORT TOKEN   installs into FOLDER once, then becomes the server;
#        azurite.sh FOLDER install -    only installs.
set -euo pipefail
folder=$1 port=$2
packages=(azurite@3.35.0)
wanted="${packages[*]}"
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$wanted" ]; then
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "${packages[@]}" >&2
  printf '%s' "$wanted" >"$folder/installed"
fi
[ "$port" = install ] && exit 0
exec node "$folder/node_modules/azurite/dist/src/blob/main.js" --inMemoryPersistence --silent \
  --disableTelemetry --skipApiVersionCheck --blobHost 127.0.0.1 --blobPort "$port"
