#!/usr/bin/env bash
# Runs one provider's own tests and the conformance suite: npm run test:provider -- google
set -euo pipefail
name=${1:?name a provider, for example: npm run test:provider -- google}
[ -d "src/providers/$name" ] || { echo "there is no provider $name below src/providers" >&2; exit 1; }
npm run build
npx vitest run "src/providers/$name" test/conformance
