#!/usr/bin/env bash
# Keeps one comment on a pull request: the plan of its newest commit, or that there is none yet.
# usage: comment.sh RUN   a run of the plan workflow, just requested or completed; with PROVISOR_SEAL
# Whoever may push a branch may have written what the run left: nothing of it is believed but the text, which is the author's to show, and
# the plan's id, which is sealed as what this pull request showed: apply.yml takes that plan and no other.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=SCRIPTDIR/github.sh
. "$(dirname "$0")/github.sh"

MARKER='<!-- provisor-plan -->'
MOST=60000
LABELS=(provisor/blocked provisor/deactivations provisor/privileged provisor/no-changes)

run=$(api GET "actions/runs/$1")
of_run() { jq --raw-output "$1" <<<"$run"; }
[ "$(of_run '.event + " " + .path')" = "pull_request .github/workflows/plan.yml" ] || refuse "run $1 is not a plan of a pull request"
[ "$(of_run '.head_repository.id == .repository.id')" = true ] || refuse "run $1 is of another repository"
head=$(of_run .head_sha)
link=$(of_run .html_url)

# is_of_head NUMBER: the run planned what the pull request holds now, for main.
is_of_head() {
  local pull
  pull=$(api GET "pulls/$1") || return
  jq --exit-status --argjson run "$run" '.state == "open" and .base.ref == "main" and .head.sha == $run.head_sha
    and .head.ref == $run.head_branch and .head.repo.id == $run.repository.id' <<<"$pull" >/dev/null
}

# is_alone NUMBER: nothing but this pull request can have made the run, and its base was main then. GitHub does not tell which of two pull
# requests of one branch a run belongs to, and runs the workflow of their base: that could be anything.
is_alone() {
  local others moved
  others=$(api GET "pulls?state=all&head=${GITHUB_REPOSITORY%%/*}:$(of_run '.head_branch | @uri')&per_page=100" |
    jq --argjson number "$1" --arg head "$head" '[.[] | select(.number != $number and .head.sha == $head)] | length')
  [ "$others" = 0 ] || { say "another pull request has the same commit" && return 1; }
  moved=$(every "issues/$1/timeline" | jq --slurp --arg since "$(of_run .created_at)" \
    '[.[] | select((.event // "" | test("^(base_ref_changed|automatic_base_change_succeeded)$")) and .created_at >= $since)] | length')
  [ "$moved" = 0 ] || { say "the base was changed since the run began" && return 1; }
}

# outdate: marks the comments of the commit's pull requests, and keeps what they say, folded.
outdate() {
  local number old body file
  file=$(mktemp)
  api GET "commits/$head/pulls" | jq '.[] | select(.state == "open") | .number' | while read -r number; do
    old=$(ours "$number" "$MARKER")
    body=$(jq --raw-output .body <<<"${old:-null}")
    # A comment that is marked already stays as it is.
    [ "$body" != null ] && [[ $body != *"### 🕒 STALE"* ]] || continue
    # shellcheck disable=SC2016 # those are Markdown's backticks
    printf '%s\n### 🕒 STALE – commit `%s` has no plan yet\n\n<details><summary>The plan before it</summary>\n\n%s\n\n</details>\n' \
      "$MARKER" "${head:0:12}" "${body#"$MARKER"}" >"$file"
    sticky "$number" "$MARKER" "$file"
  done
}

# label NUMBER: gives those of our labels that stdin names, and takes the others.
label() {
  local given wanted label
  wanted=$(cat)
  given=$(api GET "issues/$1/labels?per_page=100" | jq --raw-output '.[].name')
  for label in "${LABELS[@]}"; do
    if grep --quiet --line-regexp --fixed-strings "$label" <<<"$wanted"; then
      grep --quiet --line-regexp --fixed-strings "$label" <<<"$given" ||
        jq --null-input --arg name "$label" '{labels: [$name]}' |
        api POST "issues/$1/labels" --data @- --output /dev/null
    elif grep --quiet --line-regexp --fixed-strings "$label" <<<"$given"; then
      api DELETE "issues/$1/labels/${label/\//%2F}" --output /dev/null
    fi
  done
}

if [ "$(of_run .status)" != completed ]; then
  outdate
  exit
fi

id=$(artefact "$1" '^comment$' 100000)
case $id in
  '') refuse "run $1 left no plan: $link" ;;
  'too large') refuse "the artefact of run $1 is too large" ;;
esac
number=$(unpack "$id" number 9)
[[ $number =~ ^[1-9][0-9]{0,8}$ ]] || refuse "the artefact of run $1 names no pull request"
comment=$(mktemp)
unpack "$id" comment.md "$MOST" >"$comment"
[ "$(wc --bytes <"$comment")" -le "$MOST" ] || refuse "the comment of run $1 is too large"
[ "$(head --lines 1 "$comment")" = "$MARKER" ] || refuse "the comment of run $1 does not begin as a plan does"
if ! is_of_head "$number"; then
  say "pull request $number is not, or no longer, at ${head:0:12}: nothing to say"
  exit
fi
plan=$(api GET "actions/runs/$1/artifacts?per_page=100" |
  jq --raw-output '[.artifacts[].name | select(test("^plan-[0-9a-f]{64}$"))] | if length == 1 then .[0][5:] else empty end')
[ -n "$plan" ] || refuse "run $1 left no plan, or several: $link"
# shellcheck disable=SC2016
printf '\n<sub>[run](%s) · of commit `%s` · plan `%s`</sub>\n' "$link" "${head:0:12}" "${plan:0:12}" >>"$comment"
if is_alone "$number"; then
  seal "$number" "$head" "$plan" >>"$comment"
else
  printf '\n⚠ This plan will not be applied: %s\n' \
    'another pull request has the same commit, or the base was changed since. Push a commit to a branch of its own.' >>"$comment"
fi
sticky "$number" "$MARKER" "$comment"
unpack "$id" labels 1000 | label "$number"
