#!/usr/bin/env bash
# A PostgreSQL for tests: a cluster of its own in a temporary folder, on its own port, run by an ordinary user.
#
#   tools/postgres.sh start   starts one (or finds the one started before) and prints its address
#   tools/postgres.sh env     prints the address of the running one, for MANDATE_TEST_POSTGRES
#   tools/postgres.sh stop    stops it and removes its folder
#
# Nothing is installed here (tools/need.sh does that). PostgreSQL refuses to run as root, so root hands it to the user
# `postgres`. fsync is off: the data is thrown away. MANDATE_TEST_POSTGRES_FOLDER says where it lives.
set -euo pipefail

folder=${MANDATE_TEST_POSTGRES_FOLDER:-${TMPDIR:-/tmp}/mandate-postgres-$(id -u)}
owner=postgres

fail() {
  echo "postgres.sh: $*" >&2
  exit 1
}

# The folder that holds initdb, newest version first. Debian keeps one a version, away from PATH.
find_binaries() {
  local candidate
  for candidate in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn) \
    /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
    if [ -x "$candidate/initdb" ] && [ -x "$candidate/postgres" ]; then
      echo "$candidate"
      return
    fi
  done
  if command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
    dirname "$(command -v initdb)"
    return
  fi
  return 1
}

as_owner() {
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
  elif command -v runuser >/dev/null; then
    # Not the caller's working folder, which the user postgres may not be allowed to enter.
    (cd / && runuser -u "$owner" -- "$@")
  else
    fail "running as root without runuser: start it as another user"
  fi
}

free_port() {
  local port
  for port in $(seq 54320 54399); do
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  fail "no free port between 54320 and 54399"
}

is_running() {
  [ -f "$folder/data/postmaster.pid" ] && as_owner "$binaries/pg_ctl" --pgdata "$folder/data" status >/dev/null 2>&1
}

address() {
  echo "postgres://postgres@127.0.0.1:$(cat "$folder/port")/postgres"
}

start() {
  if is_running; then
    address
    return
  fi
  local port
  rm -rf "$folder"
  mkdir -p "$folder"
  port=$(free_port)
  if [ "$(id -u)" -eq 0 ]; then
    id "$owner" >/dev/null 2>&1 || fail "running as root, and there is no user $owner to run PostgreSQL as"
    chown "$owner" "$folder"
  fi
  chmod 711 "$folder"
  as_owner "$binaries/initdb" --pgdata "$folder/data" --username postgres --auth trust --encoding UTF8 \
    --locale C --no-sync --no-instructions >"$folder.log" 2>&1 || {
    cat "$folder.log" >&2
    fail "initdb failed"
  }
  echo "$port" >"$folder/port"
  as_owner "$binaries/pg_ctl" --pgdata "$folder/data" --wait --timeout 60 --silent --log "$folder/data/server.log" \
    --options "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off \
      -c synchronous_commit=off -c max_connections=200 -c autovacuum=off" start >"$folder.log" 2>&1 </dev/null || {
    cat "$folder.log" "$folder/data/server.log" >&2
    fail "PostgreSQL did not start"
  }
  rm -f "$folder.log"
  address
}

stop() {
  if is_running; then
    as_owner "$binaries/pg_ctl" --pgdata "$folder/data" --mode immediate --wait --silent stop >/dev/null
  fi
  rm -rf "$folder" "$folder.log"
}

binaries=$(find_binaries) || fail "no PostgreSQL found (initdb and postgres); tools/need.sh postgres installs it"
case "${1:-}" in
  start) start ;;
  stop) stop ;;
  env)
    is_running || fail "not running; tools/postgres.sh start"
    address
    ;;
  *) fail "usage: tools/postgres.sh start|env|stop" ;;
esac
