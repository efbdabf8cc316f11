#!/usr/bin/env bash
# Keeps the state in a private repository of its own, PROVISOR_STATE. A push that another run's got ahead of is kept on a branch
# of its own: what was written is never lost.
# usage: state.sh fetch | save RUN   with STATE_TOKEN, a token of that repository
set -euo pipefail
shopt -s inherit_errexit

# On no command line and in no file.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$CI_SERVER_URL/.extraheader" GIT_CONFIG_VALUE_0
GIT_CONFIG_VALUE_0="Authorization: Basic $(printf 'provisor:%s' "$STATE_TOKEN" | base64 --wrap 0)"
if [ "$1" = fetch ]; then
  exec git clone --quiet "$CI_SERVER_URL/$PROVISOR_STATE.git" state
fi
cd state
git add --all -- . ':!lock' ':!lock.json'
if git diff --cached --quiet; then
  exit
fi
git -c user.name=provisor -c user.email=provisor@localhost commit --quiet --message "Run $2"
if ! git push --quiet origin HEAD:main; then
  git push --quiet origin "HEAD:refs/heads/run-$2"
  echo "another run wrote the state meanwhile; what this one wrote is on the branch run-$2" >&2
  exit 1
fi
