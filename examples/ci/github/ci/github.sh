# shellcheck shell=bash
# GitHub's API, for the scripts beside this file: what Actions sets (GITHUB_API_URL, GITHUB_REPOSITORY) and GITHUB_TOKEN.

# Whose comments and issues are ours: a header alone could be anybody's.
SELF=${SELF:-github-actions[bot]}

say() { printf '%s\n' "$*" >&2; }
refuse() {
  printf '::error::%s\n' "$*" >&2
  exit 1
}

# api METHOD PATH [curl's arguments]: the answer. The token is on no command line, and follows no redirect to another host.
api() {
  local method=$1 path=$2
  shift 2
  curl --config <(printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN") \
    --silent --show-error --fail --location --max-time 60 --request "$method" \
    --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
    "$@" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$path"
}

# every PATH: the items of all pages, one per line.
every() {
  local page=1 answer
  while :; do
    answer=$(api GET "$1?per_page=100&page=$page") || return
    jq --compact-output '.[]' <<<"$answer"
    [ "$(jq length <<<"$answer")" -eq 100 ] || return 0
    page=$((page + 1))
  done
}

# ours ISSUE MARKER: our comment that begins with the marker, if there is one.
ours() {
  local comments
  comments=$(every "issues/$1/comments") || return
  jq --slurp --compact-output --arg self "$SELF" --arg marker "$2" \
    '[.[] | select(.user.login == $self and (.body | startswith($marker)))][0] // empty' <<<"$comments"
}

# sticky ISSUE MARKER FILE: makes the file the one comment that begins with the marker.
sticky() {
  local old body
  old=$(ours "$1" "$2") || return
  body=$(jq --null-input --rawfile body "$3" '{body: $body}')
  if [ -z "$old" ]; then
    api POST "issues/$1/comments" --data @- --output /dev/null <<<"$body"
  elif [ "$(jq .body <<<"$old")" != "$(jq .body <<<"$body")" ]; then
    api PATCH "issues/comments/$(jq .id <<<"$old")" --data @- --output /dev/null <<<"$body"
  fi
}

# mac TEXT: what only whoever holds PROVISOR_SEAL can say of a text. A comment or a status alone proves nothing: a workflow of any branch may
# write as github-actions. The seal is in environments of the default branch, and on no command line.
mac() {
  local inner
  [ "${#PROVISOR_SEAL}" -ge 32 ] || refuse "PROVISOR_SEAL is missing, or shorter than 32 characters"
  inner=$(printf '%s\n%s' "$PROVISOR_SEAL" "$1" | sha256sum)
  printf '%s\n%s' "$PROVISOR_SEAL" "${inner%% *}" | sha256sum | cut --delimiter ' ' --fields 1
}

# seal PULL HEAD PLAN: the line that binds a plan's id to what the pull request held when it was shown.
seal() {
  local proof
  proof=$(mac "$GITHUB_REPOSITORY $1 $2 $3")
  printf '<!-- provisor-reviewed %s %s %s %s -->\n' "$1" "$2" "$3" "$proof"
}

# sealed PULL HEAD: the id of the plan that was shown for this commit; empty if none was, or not by us.
sealed() {
  local comment line plan
  comment=$(ours "$1" '<!-- provisor-plan -->')
  [ -n "$comment" ] || return 0
  line=$(jq --raw-output '.body | sub("\\s+$"; "")' <<<"$comment" | tail --lines 1)
  plan=$(cut --delimiter ' ' --fields 5 <<<"$line")
  [[ $plan =~ ^[0-9a-f]{64}$ ]] || return 0
  [ "$line" != "$(seal "$1" "$2" "$plan")" ] || printf '%s\n' "$plan"
}

# artefact RUN PATTERN MOST: the id of a run's newest artefact whose name matches, if it is there and no larger than so many bytes.
artefact() {
  local answer
  answer=$(api GET "actions/runs/$1/artifacts?per_page=100") || return
  jq --raw-output --arg pattern "$2" --argjson most "$3" \
    '[.artifacts[] | select((.name | test($pattern)) and (.expired | not))] | max_by(.id)
     | if . == null then empty elif .size_in_bytes > $most then "too large" else .id end' <<<"$answer"
}

# unpack ARTEFACT FILE MOST: one file of an artefact, cut where it is larger than so many bytes.
unpack() {
  local zip
  zip=$(mktemp)
  api GET "actions/artifacts/$1/zip" --output "$zip"
  (set +o pipefail && unzip -p "$zip" "$2" | head --bytes "$(($3 + 1))")
  rm -f "$zip"
}
