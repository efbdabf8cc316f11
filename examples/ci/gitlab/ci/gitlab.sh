# shellcheck shell=bash
# GitLab's API, for the scripts beside this file: what GitLab sets, and FORGE_TOKEN.

# api METHOD PATH [curl's arguments]: the answer. The token is on no command line.
api() {
  local method=$1 path=$2
  shift 2
  curl --config <(printf 'header = "PRIVATE-TOKEN: %s"\n' "$FORGE_TOKEN") \
    --silent --show-error --fail --max-time 60 --request "$method" \
    --header 'Content-Type: application/json' "$@" "$CI_API_V4_URL/$path"
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
