#!/usr/bin/env bash
# Collects the reviewed plans of everything that was merged since the commit that the last apply covered, in the order of the merges,
# and the plan of the job PLAN, if somebody named one.
# usage: merged.sh COVERED FOLDER   COVERED: the file that names that commit; FOLDER: for NNNN-NUMBER.json, or NNNN-NUMBER.none with the reason
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=SCRIPTDIR/gitlab.sh
. "$(dirname "$0")/gitlab.sh"

FILES=(provisor.toml profiles.toml people.toml people approvals.toml accounts.toml)
project=projects/$CI_PROJECT_ID

# fetch JOB FILE: the plan that a job left.
fetch() { api GET "$project/jobs/$1/artifacts/planned/plan/plan.json" --location --max-filesize 50000000 --output "$2"; }

mkdir -p "$2"
if [[ ${PLAN:-} =~ ^[0-9]+$ ]]; then
  job=$(api GET "$project/jobs/$PLAN")
  [ "$(jq --raw-output '.name + " " + .ref' <<<"$job")" = "rest $CI_DEFAULT_BRANCH" ] ||
    { echo "job $PLAN made no plan of $CI_DEFAULT_BRANCH" && exit 1; }
  fetch "$PLAN" "$2/9999-0.json"
fi
covered=$(cat "$1" 2>/dev/null || true)
if ! [[ $covered =~ ^[0-9a-f]{40,64}$ ]] || ! git merge-base --is-ancestor "$covered" HEAD; then
  echo "no earlier apply is known, or history was rewritten: nothing was reviewed that could be applied" >"$2/0000-0.none"
  exit
fi

# plan_of COMMIT: the merge request that a commit merged (0: none), and the job that planned it or the reason why there is none.
plan_of() {
  local merged number pipelines jobs job=
  # A merge without a merge commit may bring several commits, of which GitLab names the last: each has its merge request.
  merged=$(api GET "$project/repository/commits/$1/merge_requests" |
    jq --compact-output --arg commit "$1" --arg branch "$CI_DEFAULT_BRANCH" \
      '[.[] | select(.state == "merged" and .target_branch == $branch)]
       | sort_by([.merge_commit_sha, .squash_commit_sha, .sha] | index($commit) == null)[0] // empty')
  if [ -z "$merged" ]; then
    echo "0 none commit ${1:0:12} came without a merge request"
    return
  fi
  number=$(jq .iid <<<"$merged")
  # A push makes a new pipeline, so that the newest is of what was merged.
  pipelines=$(api GET "$project/merge_requests/$number/pipelines" | jq --arg ref "refs/merge-requests/$number/" \
    '[.[] | select(.source == "merge_request_event" and (.ref | startswith($ref)))] | max_by(.id).id // empty')
  if [ -n "$pipelines" ]; then
    jobs=$(api GET "$project/pipelines/$pipelines/jobs?per_page=100")
    job=$(jq '[.[] | select(.name == "plan" and .artifacts_file != null)] | max_by(.id).id // empty' <<<"$jobs")
  fi
  if [ -z "$job" ]; then
    echo "$number none its last pipeline left no plan"
  else
    echo "$number plan $job"
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
    fetch "$rest" "$name.json"
  else
    printf '%s\n' "$rest" >"$name.none"
  fi
done
