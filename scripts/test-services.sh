#!/usr/bin/env bash
# Starts what the store tests need beside npm packages: PostgreSQL and Redis, on free loopback ports, with data folders of
# their own. Their addresses are written to .cache/test-services.json. What already runs is left alone; it keeps running
# between test runs. Nothing here outlives a power cut: fsync is off, because the data is thrown away anyway.
#   scripts/test-services.sh        start
#   scripts/test-services.sh stop   stop both by their recorded process ids and remove their data
set -euo pipefail
cd "$(dirname "$0")/.."
STATE=.cache/test-services
JSON=.cache/test-services.json
mkdir -p "$STATE"
# Two test runs that begin at once start one set of services. The servers must not inherit the lock.
exec 9>"$STATE/lock"
flock -w 120 9

recorded() { cat "$STATE/$1" 2>/dev/null || true; }

# The process id of a service that still runs in its recorded folder: an id alone could be somebody else's by now.
running_pid() {
  local pid folder
  pid=$(recorded "$1.pid") folder=$(recorded "$1.folder")
  [ -n "$pid" ] && [ -n "$folder" ] || return 1
  case "$(readlink "/proc/$pid/cwd" 2>/dev/null)/" in
    "$folder"/*) echo "$pid" ;;
    *) return 1 ;;
  esac
}

free_port() {
  node -e "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"
}

remove_folder() {
  local folder
  folder=$(recorded "$1.folder")
  case "$folder" in /tmp/atelier-test-"$1"-*) rm -rf -- "$folder" ;; esac
}

# Not below the project: PostgreSQL runs as another user, who may not be allowed in there.
new_folder() {
  remove_folder "$1"
  mktemp -d "/tmp/atelier-test-$1-XXXXXX" | tee "$STATE/$1.folder"
}

stop_service() {
  local pid
  if pid=$(running_pid "$1"); then
    kill -INT "$pid"
    for _ in $(seq 100); do
      [ -d "/proc/$pid" ] || break
      sleep 0.1
    done
  fi
  remove_folder "$1"
  rm -f "$STATE/$1.pid" "$STATE/$1.port" "$STATE/$1.folder"
}

postgres_bin() {
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$found" ]; then echo "$found"; else dirname "$(command -v initdb)"; fi
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() {
  local bin folder port
  bin=$(postgres_bin) folder=$(new_folder postgres) port=$(free_port)
  if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
  (
    cd "$folder"
    as_postgres "$bin/initdb" --pgdata=data --username=atelier --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
      --no-sync >initdb.log
    as_postgres "$bin/pg_ctl" --pgdata=data --silent --wait --timeout=60 --log=server.log start -o "-p $port \
      -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 -c shared_buffers=64MB \
      -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
  ) 9>&-
  head -n 1 "$folder/data/postmaster.pid" >"$STATE/postgres.pid"
  echo "$port" >"$STATE/postgres.port"
}

# Databases that killed tests left behind.
sweep_postgres() {
  "$(postgres_bin)/psql" --quiet --no-psqlrc --dbname="postgres://atelier@127.0.0.1:$(recorded postgres.port)/postgres" >/dev/null <<'SQL'
select format('drop database if exists %I with (force)', datname) from pg_database
where datname ~ '^atelier_test_[0-9]+_' and split_part(datname, '_', 3)::bigint < extract(epoch from now()) - 3600
\gexec
SQL
}

start_redis() {
  local folder port
  folder=$(new_folder redis) port=$(free_port)
  redis-server --bind 127.0.0.1 --port "$port" --dir "$folder" --save '' --appendonly no --daemonize yes \
    --pidfile "$folder/redis.pid" --logfile "$folder/redis.log" 9>&- >/dev/null
  for _ in $(seq 100); do
    redis-cli -p "$port" ping 2>/dev/null | grep -q PONG && break
    sleep 0.05
  done
  redis-cli -p "$port" info server | tr -d '\r' | sed -n 's/^process_id://p' >"$STATE/redis.pid"
  echo "$port" >"$STATE/redis.port"
}

if [ "${1:-start}" = stop ]; then
  stop_service postgres
  stop_service redis
  rm -f "$JSON"
  exit 0
fi
running_pid postgres >/dev/null || start_postgres
running_pid redis >/dev/null || start_redis
sweep_postgres
printf '{ "postgres": "postgres://atelier@127.0.0.1:%s/postgres", "redis": "redis://127.0.0.1:%s" }\n' \
  "$(recorded postgres.port)" "$(recorded redis.port)" >"$JSON.new"
mv "$JSON.new" "$JSON"
