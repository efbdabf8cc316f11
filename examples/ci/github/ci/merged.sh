#!/usr/bin/env bash
# Collects the reviewed plans of everything that was merged since the commit that the last apply covered, in the order of the merges.
# usage: merged.sh COVERED FOLDER   COVERED: the file that names that commit; FOLDER: for NNNN-PULL.json, or NNNN-PULL.none with the reason
# GitHub drops a waiting run when a newer one comes, so a run must never answer for its own commit only.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=SCRIPTDIR/github.sh
. "$(dirname "$0")/github.sh"

MOST=50000000
FILES=(provisor.toml profiles.toml people.toml people approvals.toml accounts.toml)

mkdir -p "$2"
covered=$(cat "$1" 2>/dev/null || true)
if ! [[ $covered =~ ^[0-9a-f]{40,64}$ ]] || ! git merge-base --is-ancestor "$covered" HEAD; then
  echo "no earlier apply is known, or history was rewritten: nothing was reviewed that could be applied" >"$2/0000-0.none"
  exit
fi

# plan_of COMMIT: the pull request that a commit merged (0: none), and the artefact of its plan or the reason why there is none.
plan_of() {
  local pull head runs run id
  pull=$(api GET "commits/$1/pulls" | jq --compact-output --arg commit "$1" \
    '[.[] | select(.merge_commit_sha == $commit and .merged_at != null)][0] // empty')
  if [ -z "$pull" ]; then
    echo "0 none commit ${1:0:12} came without a pull request"
    return
  fi
  head=$(jq --raw-output .head.sha <<<"$pull")
  runs=$(api GET "actions/workflows/plan.yml/runs?event=pull_request&head_sha=$head&per_page=100")
  run=$(jq '[.workflow_runs[] | select(.head_repository.id == .repository.id)] | max_by(.run_number).id // empty' <<<"$runs")
  id=$([ -z "$run" ] || artefact "$run" '^plan-[0-9a-f]{64}$' "$MOST")
  case $id in
    '' | 'too large') echo "$(jq .number <<<"$pull") none its last commit ${head:0:12} has no plan" ;;
    *) echo "$(jq .number <<<"$pull") plan $id" ;;
  esac
}

place=0
commits=$(git rev-list --first-parent --reverse "$covered..HEAD" -- "${FILES[@]}")
for commit in $commits; do
  place=$((place + 1))
  found=$(plan_of "$commit")
  read -r number what rest <<<"$found"
  name=$2/$(printf '%04d' "$place")-$number
  if [ "$what" = plan ]; then
    unpack "$rest" plan.json "$MOST" >"$name.json"
  else
    printf '%s\n' "$rest" >"$name.none"
  fi
done
