#!/usr/bin/env bash
# Installs what the tests need beside npm packages, where that is possible: Debian's python3 with requests.
set -euo pipefail
if /usr/bin/python3 -c 'import requests' 2>/dev/null; then exit 0; fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-requests >/dev/null
else
  echo "The tests need /usr/bin/python3 with the package requests (Debian: python3-requests)." >&2
  exit 1
fi
