#!/usr/bin/env bash
# Applies reviewed plans in their order, then whatever is due. Knows nothing of the forge.
# usage: apply.sh PLANS COVERED RESULTS   PLANS: NNNN-PULL.json or .none; COVERED: where the commit goes whose merges are all answered for;
#        RESULTS: what to tell, a page per pull request, and the file `left` if something merged needs a new plan
# Exits with 1 if somebody must look. Nothing is lost by that: until COVERED is written, the next run begins where this one did.
set -euo pipefail
shopt -s inherit_errexit

MARKER='<!-- provisor-apply -->'
read -ra waits <<<"${LOCK_WAITS-15 30 60 120}"
plans=$1 covered=$2 results=$3 log=$3/log events=$3/events
mkdir -p "$results"
failed=0

# attempt ARGUMENTS --json-events: runs provisor, again while another run holds the lock. Sets `code`; what it said is in the log, and what happened, an
# event per line, in `events`.
attempt() {
  local wait
  for wait in "${waits[@]}" last; do
    code=0
    provisor "$@" >"$log" 2>"$events" || code=$?
    jq --raw-input --raw-output '((fromjson? | objects) // {event: "note", message: .})
      | select(.event == "error" or .event == "note" or .event == "problem")
      | (.message, .because[]?, .hint) // empty' "$events" >>"$log"
    # A line that begins with :: would be a command to the runner.
    sed 's/^/| /' "$log"
    [ "$code" = 6 ] && [ "$wait" != last ] || return 0
    echo "locked: trying again in $wait s"
    sleep "$wait"
  done
}

# tell NUMBER TITLE [FILE]: the page of a pull request; indented text is inert in Markdown.
tell() {
  {
    printf '%s\n### %s\n\n' "$MARKER" "$2"
    [ $# -lt 3 ] || head --bytes 50000 "$3" | sed 's/^/    /'
  } >"$results/$1.md"
  echo "pull request $1: $2"
}

# left NUMBER TITLE [FILE]: what was merged needs a plan that somebody looks at.
left() {
  tell "$@"
  : >"$results/left"
  failed=1
}

# refused: how many reviewed changes were refused for good, by what moved since. The last word on each counts. What the files no longer want is
# not missed by anybody; whatever else was refused needs a new plan.
refused() {
  jq --raw-input --slurp '[split("\n")[] | fromjson? | objects | select(.event == "step_finished")] | group_by(.change) | map(last.outcome)
    | map(select(.result == "refused" and .why.because != "unwanted")) | length' "$events"
}

for file in "$plans"/*; do
  [ -e "$file" ] || continue
  number=${file##*-}
  number=${number%%.*}
  if [[ $file == *.none ]]; then
    left "$number" "🟡 NOT APPLIED – $(<"$file"): a new plan is being made for review"
    continue
  fi
  attempt apply "$file" --yes --json-events
  answer=tell
  case $code in
    0 | 3 | 5) [ "$(refused)" = 0 ] || answer=left ;;
  esac
  case $code$answer in
    0tell) tell "$number" "🟢 APPLIED" "$log" ;;
    5tell) tell "$number" "🟡 APPLIED, but not all of it: the next run tries what can be tried again" "$log" ;;
    0left | 5left) left "$number" "🟡 APPLIED, but not all of it – $(refused) refused: a new plan is being made for review" "$log" ;;
    3*)
      "$answer" "$number" "🔴 A GUARD REFUSED: nothing of that kind was written" "$log"
      failed=1
      ;;
    4*)
      # A run that died after this plan, and before it could say so.
      grep --quiet 'the plan is used up' "$log" ||
        left "$number" "🕒 STALE – nothing of it was written: a new plan is being made for review" "$log"
      ;;
    *)
      tell "$number" "🔴 NOT APPLIED – exit $code: the next run tries again" "$log"
      exit 1
      ;;
  esac
done
git rev-parse HEAD >"$covered"

attempt apply --due --json-events
case $code in
  0) ;;
  5) echo "::warning::not everything that is due is done; the next run tries again" ;;
  *) failed=1 ;;
esac
exit "$failed"
