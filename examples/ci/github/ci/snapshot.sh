#!/usr/bin/env bash
# Fetches the snapshot that the last apply published, where that is wanted (PROVISOR_PUBLISH_SNAPSHOT). Exits with 1 if there is none.
# usage: snapshot.sh FOLDER
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=SCRIPTDIR/github.sh
. "$(dirname "$0")/github.sh"

found=$(api GET "actions/artifacts?name=snapshot&per_page=100")
id=$(jq '[.artifacts[] | select((.expired | not) and .workflow_run.head_branch == "main"
  and .workflow_run.head_repository_id == .workflow_run.repository_id)] | max_by(.id).id // empty' <<<"$found")
if [ -z "$id" ]; then
  say "no snapshot is published"
  exit 1
fi
zip=$(mktemp)
api GET "actions/artifacts/$id/zip" --output "$zip"
unzip -q "$zip" -d "$1"
