#!/usr/bin/env bash
# Keeps one open issue for as long as the apps are not what the files say, and closes it once they are.
# usage: issue.sh CODE FOLDER   the exit code of `provisor plan --detailed-exitcode`, and what plan.sh left
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=SCRIPTDIR/github.sh
. "$(dirname "$0")/github.sh"

MARKER='<!-- provisor-drift -->'
code=$1 folder=$2

open=$(every "issues" | jq --slurp --arg self "$SELF" --arg marker "$MARKER" \
  '[.[] | select(.user.login == $self and ((.body // "") | startswith($marker)))][0].number // empty')
if [ "$code" = 0 ]; then
  [ -z "$open" ] ||
    api PATCH "issues/$open" --data '{"state": "closed", "state_reason": "completed"}' --output /dev/null
  exit
fi
page=$(mktemp)
{
  printf '%s\n' "$MARKER"
  cat "$folder/comment/comment.md"
  # shellcheck disable=SC2016
  printf '\nWhoever has looked at this plan may apply it: `gh workflow run apply.yml -f plan=%s`\n' "$(cat "$folder/id")"
} >"$page"
body=$(jq --null-input --rawfile body "$page" '{title: "The apps are not what the files say", body: $body}')
if [ -z "$open" ]; then
  api POST issues --data @- --output /dev/null <<<"$body"
else
  api PATCH "issues/$open" --data @- --output /dev/null <<<"$body"
fi
