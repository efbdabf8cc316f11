#!/usr/bin/env bash
# Pushes what a run wrote into `state/`, a checkout of a private repository. A push that another run's got ahead of is kept
# on a branch of its own: what was written is never lost.
# usage: state.sh RUN   with STATE_TOKEN
set -euo pipefail
shopt -s inherit_errexit

cd state
git add --all -- . ':!lock' ':!lock.json'
if git diff --cached --quiet; then
  exit
fi
git -c user.name=provisor -c user.email=provisor@localhost commit --quiet --message "Run $1"
# On no command line and in no file.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" GIT_CONFIG_VALUE_0
GIT_CONFIG_VALUE_0="Authorization: Basic $(printf 'x-access-token:%s' "$STATE_TOKEN" | base64 --wrap 0)"
if ! git push --quiet origin HEAD:main; then
  git push --quiet origin "HEAD:refs/heads/run-$1"
  echo "::error::another run wrote the state meanwhile; what this one wrote is on the branch run-$1" >&2
  exit 1
fi
