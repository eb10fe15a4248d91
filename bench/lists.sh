#!/usr/bin/env bash
# The lists of accounts and people on SQLite, then on PostgreSQL (tools/postgres.sh, in a database of its own that is kept filled).
#
#   bench/lists.sh PROGRAM [OPTIONS]      the program is bench-pages; its options are handed on
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
shift

failed=0
echo "SQLite" >&2
"$program" --lists "$@" || failed=1

cluster=$(tools/postgres.sh start)
# A database of this schema: one of another is of no use any more.
database=mandate_lists_$(cat crates/mandate-store/migrations/postgres/* crates/mandate-store/src/db/dialect.rs bench/src/pages/*.rs | sha256sum | cut -c1-8)
if ! psql -qtA "$cluster" -c "SELECT 1 FROM pg_database WHERE datname = '$database'" | grep -q 1; then
  for old in $(psql -qtA "$cluster" -c "SELECT datname FROM pg_database WHERE datname LIKE 'mandate_lists%'"); do
    psql -qtA "$cluster" -c "DROP DATABASE $old"
  done
  # A folder that says "filled" speaks of another database.
  rm -rf "$HOME"/.cache/mandate/bench/pages-postgres-*
  psql -qtA "$cluster" -c "CREATE DATABASE $database"
fi
echo "PostgreSQL" >&2
"$program" --lists --postgres "${cluster%/*}/$database" "$@" || failed=1
exit "$failed"
