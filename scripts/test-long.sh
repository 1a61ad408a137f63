#!/usr/bin/env bash
# Runs one long test, which the ordinary suite runs with small numbers: npm run test:long -- NAME
# The names are those of test/long/NAME.long.ts. Further arguments go to vitest.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
[ -f "test/long/$name.long.ts" ] || {
  echo "usage: npm run test:long -- NAME, where NAME is one of:" >&2
  ls test/long 2>/dev/null | sed -n 's/\.long\.ts$//p' >&2
  exit 2
}
shift
bash scripts/ensure-test-tools.sh
npm run build
TEST_FACTOR=${TEST_FACTOR:-50} npx vitest run --config vitest.long.config.ts "test/long/$name.long.ts" "$@"
