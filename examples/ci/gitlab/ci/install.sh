# shellcheck shell=bash
# Builds provisor from its source, once per revision, and puts it on the path. There are no released binaries yet.
# usage: . ci/install.sh
[[ $PROVISOR_REVISION =~ ^[0-9a-f]{40}$ && ! $PROVISOR_REVISION =~ ^0+$ ]] || {
  echo 'name the revision of provisor to build in .gitlab-ci.yml'
  exit 1
}
apt-get update -qq && apt-get install -y -qq jq >/dev/null
if [ ! -x .provisor-bin/bin/provisor ]; then
  cargo install --locked --root .provisor-bin --git "$PROVISOR_REPOSITORY" --rev "$PROVISOR_REVISION" provisor
fi
export PATH="$PWD/.provisor-bin/bin:$PATH"
