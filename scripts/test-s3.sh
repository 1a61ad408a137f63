#!/usr/bin/env bash
# Runs the S3 server of the blob store tests: OpenStack Swift with its S3 door, on free loopback ports, with its
# configuration and data below .cache/s3. Its address and keys are written to .cache/test-s3.json. What already runs is left
# alone; it keeps running between test runs.
#   scripts/test-s3.sh start    installs what is missing (Debian packages), starts, waits, makes the bucket
#   scripts/test-s3.sh stop     stops the four servers by their recorded process ids and removes their data
#   scripts/test-s3.sh status   says what runs; fails when something is missing
set -euo pipefail
cd "$(dirname "$0")/.."
HOME_DIR=$PWD/.cache/s3
JSON=.cache/test-s3.json
SERVERS=(account container object proxy)
ACCESS_KEY=test:tester SECRET_KEY=testing BUCKET=atelier-test REGION=us-east-1
mkdir -p "$HOME_DIR"
# Two test runs that begin at once start one set of servers. The servers must not inherit the lock.
exec 9>"$HOME_DIR/lock"
flock -w 180 9

install_missing() {
  local missing=()
  for server in "${SERVERS[@]}"; do
    command -v "swift-$server-server" >/dev/null || missing+=("swift-$server")
  done
  [ "${#missing[@]}" != 0 ] || return 0
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The S3 tests need these Debian packages: ${missing[*]}" >&2
    exit 1
  fi
  # Debian would start them as services of the system; the tests start their own.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt-get update -qq >/dev/null 9>&-
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 9>&-
}

recorded() { cat "$HOME_DIR/$1" 2>/dev/null || true; }

# The process id of a server that still runs with its own configuration: an id alone could be somebody else's by now.
running_pid() {
  local pid
  pid=$(recorded "$1.pid")
  [ -n "$pid" ] || return 1
  tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "$HOME_DIR/etc/$1.conf" || return 1
  echo "$pid"
}

is_complete() {
  local server
  for server in "${SERVERS[@]}"; do running_pid "$server" >/dev/null || return 1; done
  [ -e "$JSON" ]
}

# Tests leave their pictures behind; a server that holds too many starts anew.
is_large() { [ "$(du -sm "$HOME_DIR/data" | cut -f 1)" -gt 2048 ]; }

stop_servers() {
  local server pid
  rm -f "$JSON"
  for server in "${SERVERS[@]}"; do
    if pid=$(running_pid "$server"); then
      kill -TERM "$pid"
      for _ in $(seq 100); do
        [ -d "/proc/$pid" ] || break
        sleep 0.1
      done
    fi
    rm -f "$HOME_DIR/$server.pid"
  done
  rm -rf -- "$HOME_DIR/etc" "$HOME_DIR/data" "$HOME_DIR/run.py"
}

free_ports() {
  node -e "const net = require('node:net');
    const servers = Array.from({ length: 4 }, () => net.createServer().listen(0, '127.0.0.1'));
    Promise.all(servers.map((s) => new Promise((done) => s.once('listening', done)))).then(() => {
      console.log(servers.map((s) => s.address().port).join(' '));
      for (const s of servers) s.close();
    });"
}

# workers = 0: each server is one process, which is the one that is recorded.
write_defaults() {
  printf '[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = %s\nuser = %s\nswift_dir = %s\nworkers = 0\nlog_level = ERROR\n' \
    "$1" "$(id -un)" "$HOME_DIR/etc"
}

write_configuration() {
  local ports server index=0
  read -r -a ports <<<"$(free_ports)"
  mkdir -p "$HOME_DIR/etc" "$HOME_DIR/data/disk"
  printf '[swift-hash]\nswift_hash_path_suffix = atelier-test\n[storage-policy:0]\nname = only\ndefault = yes\n' \
    >"$HOME_DIR/etc/swift.conf"
  for server in account container object; do
    {
      write_defaults "${ports[$index]}"
      printf 'devices = %s\nmount_check = false\ndisable_fallocate = true\n' "$HOME_DIR/data"
      printf '[pipeline:main]\npipeline = %s-server\n[app:%s-server]\nuse = egg:swift#%s\n' $server $server $server
    } >"$HOME_DIR/etc/$server.conf"
    (
      cd "$HOME_DIR/etc"
      swift-ring-builder "$server.builder" create 4 1 0
      swift-ring-builder "$server.builder" add "r1z1-127.0.0.1:${ports[$index]}/disk" 1
      swift-ring-builder "$server.builder" rebalance
    ) >/dev/null 9>&-
    index=$((index + 1))
  done
  # An object that is stored stands in the listing at once: nothing repairs it later here.
  printf 'container_update_timeout = 30\n' >>"$HOME_DIR/etc/object.conf"
  {
    write_defaults "${ports[3]}"
    cat <<'CONF'
[pipeline:main]
pipeline = catch_errors cache s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
error_suppression_interval = 1
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
CONF
  } >"$HOME_DIR/etc/proxy.conf"
  # The servers look for swift.conf in /etc/swift and take no other place by option.
  cat >"$HOME_DIR/run.py" <<'PYTHON'
import os, sys
from swift.common import utils
utils.SWIFT_CONF_FILE = os.path.join(os.path.dirname(sys.argv[2]), 'swift.conf')
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[2], sys.argv[1] + '-server'))
PYTHON
  echo "http://127.0.0.1:${ports[3]}" >"$HOME_DIR/endpoint"
}

start_servers() {
  local server
  for server in "${SERVERS[@]}"; do
    setsid /usr/bin/python3 "$HOME_DIR/run.py" "$server" "$HOME_DIR/etc/$server.conf" \
      </dev/null >"$HOME_DIR/$server.log" 2>&1 9>&- &
    echo $! >"$HOME_DIR/$server.pid"
  done
}

make_bucket() {
  S3_ENDPOINT=$(recorded endpoint) S3_KEY=$ACCESS_KEY S3_SECRET=$SECRET_KEY S3_BUCKET=$BUCKET S3_REGION=$REGION \
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true node --input-type=module 9>&- <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
const { S3_ENDPOINT, S3_KEY, S3_SECRET, S3_BUCKET, S3_REGION } = process.env;
const client = new S3Client({
  endpoint: S3_ENDPOINT,
  region: S3_REGION,
  forcePathStyle: true,
  maxAttempts: 1,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  credentials: { accessKeyId: S3_KEY, secretAccessKey: S3_SECRET },
});
const giveUpAt = Date.now() + 120_000;
for (;;) {
  try {
    await client.send(new CreateBucketCommand({ Bucket: S3_BUCKET }));
    break;
  } catch (error) {
    if (Date.now() > giveUpAt) throw error;
    await sleep(100);
  }
}
client.destroy();
JS
}

case "${1:-start}" in
  start)
    install_missing
    if is_complete && ! is_large; then exit 0; fi
    stop_servers
    write_configuration
    start_servers
    make_bucket
    printf '{ "endpoint": "%s", "region": "%s", "accessKey": "%s", "secretKey": "%s", "bucket": "%s" }\n' \
      "$(recorded endpoint)" "$REGION" "$ACCESS_KEY" "$SECRET_KEY" "$BUCKET" >"$JSON.new"
    mv "$JSON.new" "$JSON"
    ;;
  stop) stop_servers ;;
  status)
    for server in "${SERVERS[@]}"; do
      echo "$server: $(running_pid "$server" || echo 'does not run')"
    done
    is_complete
    ;;
  *)
    echo "usage: scripts/test-s3.sh start|stop|status" >&2
    exit 2
    ;;
esac
