#!/usr/bin/env bash
# Runs every check, two at a time, the longest first; shows what the failing ones say.
set -euo pipefail
cd "$(dirname "$0")/.."
printf '%s\n' lint format:check typecheck deps unused generate:check |
  xargs -P 2 -I '{}' bash -c 'said=$(npm run --silent {} 2>&1) || { printf "npm run %s:\n%s\n" {} "$said"; exit 1; }'
