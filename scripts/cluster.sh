#!/usr/bin/env bash
# Runs what a larger installation looks like, on this machine: two built gateways behind nginx (deploy/nginx/atelier.conf) on
# PostgreSQL, Redis and S3, with the provider emulators in a process of their own. Needs `npm run build`.
#   scripts/cluster.sh start                        starts all of it and prints the address and the keys
#   scripts/cluster.sh restart-one [1|2] [TERM|KILL]  ends one gateway with that signal and starts it again
#   scripts/cluster.sh stop                         ends the gateways, nginx and the emulators; the stores go on (see
#                                                   scripts/test-services.sh and scripts/test-s3.sh)
set -euo pipefail
cd "$(dirname "$0")/.."
STATE=$PWD/.cache/cluster
PROGRAM=$PWD/dist/cli/main.js
WAIT_TENTHS=600

# The process id of something that this script started and that still runs: an id alone could be somebody else's by now.
running_pid() {
  local pid
  pid=$(cat "$STATE/$1.pid" 2>/dev/null) || return 1
  # nginx writes its title over its environment, and has the folder in it.
  { tr '\0' '\n' <"/proc/$pid/environ" | grep -qxF "ATELIER_CLUSTER=$STATE" ||
    tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "nginx -p $STATE "; } 2>/dev/null || return 1
  echo "$pid"
}

# run NAME command… : in the background, with its output in a file.
run() {
  local name=$1
  shift
  ATELIER_CLUSTER=$STATE setsid "$@" </dev/null >>"$STATE/$name.log" 2>&1 &
  echo $! >"$STATE/$name.pid"
}

# end NAME SIGNAL: waits until it is gone.
end() {
  local pid
  if pid=$(running_pid "$1"); then
    kill "-$2" "$pid"
    for _ in $(seq "$WAIT_TENTHS"); do
      [ -d "/proc/$pid" ] || break
      sleep 0.1
    done
  fi
  rm -f "$STATE/$1.pid"
}

wait_for() {
  for _ in $(seq "$WAIT_TENTHS"); do
    if curl --silent --fail --output /dev/null "$1"; then return 0; fi
    sleep 0.1
  done
  echo "$1 does not answer; see $STATE/*.log" >&2
  exit 1
}

free_ports() {
  node -e "const net = require('node:net');
    const servers = Array.from({ length: 4 }, () => net.createServer().listen(0, '127.0.0.1'));
    Promise.all(servers.map((s) => new Promise((done) => s.once('listening', done)))).then(() => {
      console.log(servers.map((s) => s.address().port).join(' '));
      for (const s of servers) s.close();
    });"
}

json() { node -p "JSON.parse(require('node:fs').readFileSync('$1', 'utf8')).$2"; }

start_gateway() {
  # shellcheck disable=SC1091
  . "$STATE/settings"
  PORT=$(cat "$STATE/gateway-$1.port") run "gateway-$1" node "$PROGRAM" serve
  wait_for "http://127.0.0.1:$(cat "$STATE/gateway-$1.port")/readyz"
}

start() {
  [ -f "$PROGRAM" ] || { echo 'run `npm run build` first' >&2; exit 1; }
  if running_pid gateway-1 >/dev/null; then echo 'it runs already' >&2; exit 1; fi
  command -v nginx >/dev/null || { echo 'nginx is missing: apt-get install nginx-light' >&2; exit 1; }
  bash scripts/test-services.sh
  bash scripts/test-s3.sh start
  rm -rf -- "$STATE"
  mkdir -p "$STATE"
  local first second front emulators database postgres
  read -r first second front emulators <<<"$(free_ports)"
  echo "$first" >"$STATE/gateway-1.port"
  echo "$second" >"$STATE/gateway-2.port"
  # A database of its own: nothing of an earlier cluster is left in it.
  postgres=$(json .cache/test-services.json postgres)
  database=atelier_cluster_$(date +%s)
  psql --quiet --no-psqlrc --dbname="$postgres" --command="create database $database"
  cat >"$STATE/settings" <<SETTINGS
export DATABASE_URL=${postgres%/postgres}/$database
export REDIS_URL=$(json .cache/test-services.json redis)
export STORAGE_URL='s3://$(json .cache/test-s3.json bucket)/$database?endpoint=$(json .cache/test-s3.json endpoint)&region=$(json .cache/test-s3.json region)&path_style=true'
export AWS_ACCESS_KEY_ID=$(json .cache/test-s3.json accessKey)
export AWS_SECRET_ACCESS_KEY=$(json .cache/test-s3.json secretKey)
export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
export ATELIER_SECRET=$(node -p "require('node:crypto').randomBytes(32).toString('base64url')")
export ATELIER_DATA_DIR=$STATE/data
export ATELIER_PUBLIC_URL=http://127.0.0.1:$front
export ATELIER_EMULATORS_URL=http://127.0.0.1:$emulators
SETTINGS
  run emulators node "$PROGRAM" emulators --port "$emulators"
  # The first one makes the schema and the first workspace; its log has the keys.
  start_gateway 1
  start_gateway 2
  {
    echo 'daemon off;'
    if [ "$(id -u)" = 0 ]; then echo 'user root;'; fi
    echo "pid $STATE/nginx.lock; error_log $STATE/nginx-error.log; events {}"
    echo 'http { access_log off;'
    for name in client_body proxy fastcgi uwsgi scgi; do echo "${name}_temp_path $STATE/nginx-$name;"; done
    sed -e "s/127.0.0.1:4000/127.0.0.1:$first/; s/127.0.0.1:4001/127.0.0.1:$second/; s/listen 80;/listen 127.0.0.1:$front;/" \
      deploy/nginx/atelier.conf
    echo '}'
  } >"$STATE/nginx.conf"
  run nginx nginx -p "$STATE" -c "$STATE/nginx.conf" -e "$STATE/nginx-error.log"
  wait_for "http://127.0.0.1:$front/readyz"
  echo "http://127.0.0.1:$front"
  grep -E '^ +(live|test) ' "$STATE/gateway-1.log"
}

case "${1:-}" in
  start) start ;;
  stop)
    end nginx TERM
    end gateway-1 TERM
    end gateway-2 TERM
    end emulators TERM
    ;;
  restart-one)
    number=${2:-1} signal=${3:-TERM}
    case "$number $signal" in
      '1 TERM' | '2 TERM' | '1 KILL' | '2 KILL') ;;
      *)
        echo "usage: scripts/cluster.sh restart-one [1|2] [TERM|KILL]" >&2
        exit 2
        ;;
    esac
    running_pid "gateway-$number" >/dev/null || { echo 'it does not run; start it first' >&2; exit 1; }
    end "gateway-$number" "$signal"
    start_gateway "$number"
    ;;
  *)
    echo "usage: scripts/cluster.sh start | stop | restart-one [1|2] [TERM|KILL]" >&2
    exit 2
    ;;
esac
