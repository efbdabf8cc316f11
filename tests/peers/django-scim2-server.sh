#!/usr/bin/env bash
# SCIM 2.0 as a Django site serves it (PyPI django-scim2-server), on SQLite, on loopback.
# usage: django-scim2-server.sh FOLDER PORT TOKEN   installs into FOLDER once, then becomes the server;
#        django-scim2-server.sh FOLDER install -    only installs.
set -euo pipefail
folder=$1 port=$2 token=$3
packages=(django-scim2-server==1.1.0 'django>=5.2,<5.3' scim2-models==0.12.3)
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "${packages[*]}" ]; then
  mkdir -p "$folder"
  python3 -m venv --clear "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  printf '%s' "${packages[*]}" >"$folder/installed"
fi
[ "$port" = install ] && exit 0
# SCRATCH is a folder of the caller's, for the data.
TOKEN=$token exec "$folder/venv/bin/python" "$(dirname "$0")/django-scim2-server.py" "$port"
