#!/usr/bin/env bash
# Collects the reviewed plans of everything that was merged since the commit that the last apply covered, in the order of the merges.
# usage: merged.sh COVERED FOLDER   COVERED: the file that names that commit; FOLDER: for NNNN-PULL.json, or NNNN-PULL.none with the reason;
#        with PROVISOR_SEAL
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
  local pulls number head last plan found id
  pulls=$(api GET "commits/$1/pulls" | jq --raw-output --arg commit "$1" \
    '[.[] | select(.merged_at != null and .base.ref == "main" and .merge_commit_sha != null)]
     | sort_by(.merge_commit_sha != $commit)[] | "\(.number) \(.head.sha) \(.merge_commit_sha)"')
  while read -r number head last; do
    # "Rebase and merge" makes several commits of one pull request, and names the last.
    if [ -n "$number" ] && git merge-base --is-ancestor "$1" "$last" && git merge-base --is-ancestor "$last" HEAD; then
      break
    fi
    number=
  done <<<"$pulls"
  if [ -z "$number" ]; then
    echo "0 none commit ${1:0:12} came without a pull request"
    return
  fi
  plan=$(sealed "$number" "$head")
  if [ -z "$plan" ]; then
    echo "$number none its last commit ${head:0:12} has no plan that was shown here"
    return
  fi
  # Whoever made the artefact: its content has the id that was shown, or is refused.
  found=$(api GET "actions/artifacts?name=plan-$plan&per_page=100")
  id=$(jq --argjson most "$MOST" '[.artifacts[] | select((.expired | not) and .size_in_bytes <= $most
    and .workflow_run.head_repository_id == .workflow_run.repository_id)] | max_by(.id).id // empty' <<<"$found")
  if [ -z "$id" ]; then
    echo "$number none the plan of its last commit ${head:0:12} is gone"
  else
    echo "$number plan $id $plan"
  fi
}

declare -A answered=()
place=0
commits=$(git rev-list --first-parent --reverse "$covered..HEAD" -- "${FILES[@]}")
for commit in $commits; do
  place=$((place + 1))
  found=$(plan_of "$commit")
  read -r number what rest <<<"$found"
  [ "$number" = 0 ] || [ -z "${answered[$number]:-}" ] || continue
  answered[$number]=yes
  name=$2/$(printf '%04d' "$place")-$number
  if [ "$what" = plan ]; then
    read -r artefact plan <<<"$rest"
    unpack "$artefact" plan.json "$MOST" >"$name.json"
    # provisor refuses a file whose content is not of its id.
    if [ "$(jq --raw-output .id "$name.json" 2>/dev/null)" != "$plan" ]; then
      rm "$name.json"
      echo "its plan is not the one that was shown, ${plan:0:12}" >"$name.none"
    fi
  else
    printf '%s\n' "$rest" >"$name.none"
  fi
done
