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
database=mandate_lists
if ! psql -qtA "$cluster" -c "SELECT 1 FROM pg_database WHERE datname = '$database'" | grep -q 1; then
  psql -qtA "$cluster" -c "CREATE DATABASE $database"
  # A folder that says "filled" speaks of another cluster.
  rm -rf "$HOME"/.cache/mandate/bench/pages-postgres-*
fi
echo "PostgreSQL" >&2
"$program" --lists --postgres "${cluster%/*}/$database" "$@" || failed=1
exit "$failed"
