#!/usr/bin/env bash
# A client that others wrote to check SCIM 2.0 servers (PyPI scim2-cli with scim2-tester): it reads
# /Schemas and tries every attribute that the server claims to have.
# usage: scim2-tester.sh FOLDER URL TOKEN     installs into FOLDER once, then checks the server;
#        scim2-tester.sh FOLDER install -     only installs.
set -euo pipefail
folder=$1 url=$2 token=$3
packages=(scim2-cli==0.6.0 scim2-tester==0.5.2)
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "${packages[*]}" ]; then
  mkdir -p "$folder"
  python3 -m venv --clear "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  printf '%s' "${packages[*]}" >"$folder/installed"
fi
[ "$url" = install ] && exit 0
SCIM_CLI_HEADERS="Authorization: Bearer $token" exec "$folder/venv/bin/scim" -u "$url" test
