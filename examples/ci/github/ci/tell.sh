#!/usr/bin/env bash
# Tells each merged pull request what became of its plan, and has a new plan made if something is left.
# usage: tell.sh RESULTS   what apply.sh left
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=SCRIPTDIR/github.sh
. "$(dirname "$0")/github.sh"

for page in "$1"/*.md; do
  number=$(basename "$page" .md)
  # 0: what came without a pull request, which only the run's own page tells.
  [[ $number =~ ^[1-9][0-9]*$ ]] || continue
  sticky "$number" '<!-- provisor-apply -->' "$page"
done
if [ -e "$1/left" ]; then
  api POST actions/workflows/drift.yml/dispatches --data '{"ref": "main"}' --output /dev/null
fi
