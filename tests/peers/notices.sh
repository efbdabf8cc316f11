#!/usr/bin/env bash
# Who takes notices, by libraries that others wrote, on loopback: mail servers (PyPI aiosmtpd) with and
# without TLS, and an endpoint that checks signatures (PyPI standardwebhooks). What they took is
# written to $SCRATCH.
# usage: notices.sh FOLDER - TOKEN         installs into FOLDER once, then becomes the servers;
#        notices.sh FOLDER install -       only installs.
set -euo pipefail
folder=$1 port=$2 token=$3
packages=(aiosmtpd==1.4.6 trustme==1.2.1 standardwebhooks==1.1.0)
wanted="${packages[*]}"
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$wanted" ]; then
  mkdir -p "$folder"
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  printf '%s' "$wanted" >"$folder/installed"
fi
[ "$port" = install ] && exit 0
exec "$folder/venv/bin/python" "$(dirname "$0")/notices.py" "$SCRATCH" "$token"
