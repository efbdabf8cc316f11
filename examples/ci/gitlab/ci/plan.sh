#!/usr/bin/env bash
# Plans, and leaves what others need of it in two folders: `plan/` for whoever applies it, `comment/` for whoever shows it.
# usage: plan.sh FOLDER [arguments of `provisor plan`]   exits as `provisor plan` does
set -euo pipefail
shopt -s inherit_errexit

folder=$1
shift
mkdir -p "$folder/plan" "$folder/comment"
saved=$folder/plan/plan.json
code=0
provisor plan --out "$saved" --expires 7d --format markdown --max-bytes 59000 "$@" >"$folder/comment/comment.md" || code=$?
[ -e "$saved" ] || exit "$code"
jq --raw-output .id "$saved" >"$folder/id"
jq --raw-output '.body
  | def mark(name; found): if found then name else empty end;
    mark("provisor/blocked"; any(.guards[]; .verdict.verdict == "tripped")),
    mark("provisor/deactivations"; any(.changes[]; .action.verb == "deactivate")),
    mark("provisor/privileged"; any(.changes[]; .privileged // false)),
    mark("provisor/no-changes"; .changes == [] and .withheld == [])' "$saved" >"$folder/comment/labels"
exit "$code"
