#!/usr/bin/env bash
# Fetches the plan that somebody names by its id, which the drift workflow made on the default branch.
# usage: named.sh ID FOLDER
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=SCRIPTDIR/github.sh
. "$(dirname "$0")/github.sh"

[[ $1 =~ ^[0-9a-f]{64}$ ]] || refuse "that is not a plan's id"
found=$(api GET "actions/artifacts?name=plan-$1&per_page=100")
id=$(jq '[.artifacts[] | select((.expired | not) and .workflow_run.head_branch == "main"
  and .workflow_run.head_repository_id == .workflow_run.repository_id)] | max_by(.id).id // empty' <<<"$found")
[ -n "$id" ] || refuse "no plan of that id was made on main, or it is gone"
mkdir -p "$2"
unpack "$id" plan.json 50000000 >"$2/9999-0.json"
