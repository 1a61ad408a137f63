#!/usr/bin/env bash
# Installs what the tests need beside npm packages, where that is possible: Debian's python3 with requests, PostgreSQL,
# Redis, nginx, Prometheus (its promtool), libfaketime and Chromium. Then starts the servers of the store tests (scripts/test-services.sh,
# scripts/test-s3.sh).
set -euo pipefail

missing=()
/usr/bin/python3 -c 'import requests' 2>/dev/null || missing+=(python3 python3-requests)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing+=(postgresql)
command -v redis-server >/dev/null || missing+=(redis-server)
command -v nginx >/dev/null || missing+=(nginx-light)
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || missing+=(chromium)
# Turns the clock of a running process.
ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing+=(libfaketime)
# For promtool, which checks what /metrics answers.
command -v promtool >/dev/null || missing+=(prometheus)

if [ "${#missing[@]}" != 0 ]; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The tests need these Debian packages: ${missing[*]}" >&2
    exit 1
  fi
  # Debian would start them as services of the system; the tests start their own.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Services that somebody else runs are named in TEST_POSTGRES_URL and TEST_REDIS_URL.
if [ -z "${TEST_POSTGRES_URL:-}" ] || [ -z "${TEST_REDIS_URL:-}" ]; then
  bash "$(dirname "$0")/test-services.sh"
fi
bash "$(dirname "$0")/test-s3.sh" start
