#!/usr/bin/env bash
# Keeps one note per kind on a merge request: the plan of its newest commit, and what became of it.
# usage: note.sh plan FILE      on the merge request of this pipeline, unless it was pushed to since
#        note.sh apply FOLDER   on each merge request that apply.sh left a page for
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=SCRIPTDIR/gitlab.sh
. "$(dirname "$0")/gitlab.sh"

project=projects/$CI_PROJECT_ID
self=$(api GET user | jq --raw-output .username)

# sticky NUMBER FILE: makes the file our one note that begins with the same line.
sticky() {
  local notes old body path=$project/merge_requests/$1/notes
  notes=$(every "$path") || return
  old=$(jq --slurp --compact-output --arg self "$self" --arg marker "$(head --lines 1 "$2")" \
    '[.[] | select(.author.username == $self and (.body | startswith($marker)))][0] // empty' <<<"$notes")
  body=$(jq --null-input --rawfile body "$2" '{body: $body}')
  if [ -z "$old" ]; then
    api POST "$path" --data @- --output /dev/null <<<"$body"
  elif [ "$(jq .body <<<"$old")" != "$(jq .body <<<"$body")" ]; then
    api PUT "$path/$(jq .id <<<"$old")" --data @- --output /dev/null <<<"$body"
  fi
}

if [ "$1" = plan ]; then
  # Of a pipeline for merged results, the commit is one that nobody pushed.
  head=${CI_MERGE_REQUEST_SOURCE_BRANCH_SHA:-$CI_COMMIT_SHA}
  now=$(api GET "$project/merge_requests/$CI_MERGE_REQUEST_IID" | jq --raw-output .sha)
  if [ "$now" != "$head" ]; then
    echo "the merge request is at ${now:0:12} now: a newer pipeline speaks"
    exit
  fi
  sticky "$CI_MERGE_REQUEST_IID" "$2"
  exit
fi
for page in "$2"/*.md; do
  number=$(basename "$page" .md)
  # 0: what came without a merge request.
  [[ $number =~ ^[1-9][0-9]*$ ]] || continue
  sticky "$number" "$page"
done
