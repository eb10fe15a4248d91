#!/usr/bin/env bash
# All tests: Rust on both databases with doctests, mail over an SMTP server in Python, the scripts of the pages, kills under
# load on both databases, the API held to its document by schemathesis as four roles, the pages in Chromium with axe-core.
#
#   tools/test.sh             everything; the last line is "N passed, M failed"
#
# Starts a PostgreSQL of its own and removes it, however the tests end. What cannot be had (PostgreSQL, Chromium) is
# said loudly and left out; under CI that is a failure. The counts of tests run on the two databases must be equal.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
logs=${CARGO_TARGET_DIR:-$root/target}/test-logs
mkdir -p "$logs"

passed=0
failed=0
problems=()
summary=()

# From the repository's neighbour, where the real logs lie on our machines; tests that need them say when there are none.
if [ -z "${MANDATE_TEST_DATA:-}" ] && [ -d ../shared/data ]; then
  MANDATE_TEST_DATA=$(cd ../shared/data && pwd)
  export MANDATE_TEST_DATA
fi

stop_postgres() {
  if [ -n "${started_postgres:-}" ]; then tools/postgres.sh stop; fi
}
trap stop_postgres EXIT
trap 'exit 130' INT TERM

# part NAME COMMAND...: runs it, keeps its output, tells how long it took; a failure is counted once at the end.
part() {
  local name=$1 begun=$SECONDS status=0
  shift
  echo
  echo "== $name"
  "$@" 2>&1 | tee "$logs/$name.log"
  status=${PIPESTATUS[0]}
  summary+=("$(printf '%-10s %4d s' "$name" $((SECONDS - begun)))")
  return "$status"
}

count() { grep -cE "$1" "$2" || true; }

need=0
tools/need.sh || need=1
if [ "$need" -ne 0 ] && [ "${CI:-}" = true ]; then
  echo "CI tests everything: what is missing above is a failure." >&2
  exit 1
fi

if [ -z "${MANDATE_TEST_POSTGRES:-}" ]; then
  MANDATE_TEST_POSTGRES_FOLDER=$(mktemp -u -t mandate-postgres-XXXXXX)
  export MANDATE_TEST_POSTGRES_FOLDER
  if MANDATE_TEST_POSTGRES=$(tools/postgres.sh start); then
    started_postgres=yes
    export MANDATE_TEST_POSTGRES
  else
    unset MANDATE_TEST_POSTGRES
    problems+=("PostgreSQL could not be started: only SQLite was tested")
    [ "${CI:-}" = true ] && failed=$((failed + 1))
  fi
fi
if [ -n "${MANDATE_TEST_POSTGRES:-}" ]; then export MANDATE_REQUIRE_POSTGRES=1; fi

if [ -z "${MANDATE_TEST_SMTP:-}" ]; then
  if MANDATE_TEST_SMTP=$(tools/smtp.sh); then
    export MANDATE_TEST_SMTP
  else
    unset MANDATE_TEST_SMTP
    problems+=("SKIPPED: no SMTP server could be had: mail was not tested")
    [ "${CI:-}" = true ] && failed=$((failed + 1))
  fi
fi

tests_rust() { cargo test --workspace --no-fail-fast; }
if ! part rust tests_rust; then
  problems+=("Rust tests failed: $logs/rust.log")
  # A build that failed has run no test: count it, so that the last line cannot read "0 failed".
  [ "$(count '^test result: FAILED' "$logs/rust.log")" -gt 0 ] || failed=$((failed + 1))
fi
while read -r ok ko; do
  passed=$((passed + ok))
  failed=$((failed + ko))
done < <(sed -nE 's/^test result: [a-zA-Z]+\. ([0-9]+) passed; ([0-9]+) failed;.*/\1 \2/p' "$logs/rust.log")

n_skipped=$(count 'SKIPPED: no PostgreSQL' "$logs/rust.log")
n_sqlite=$(count '^test .*::sqlite \.\.\. ok' "$logs/rust.log")
n_postgres=$(($(count '^test .*::postgres \.\.\. ok' "$logs/rust.log") - n_skipped))
if [ -n "${MANDATE_TEST_POSTGRES:-}" ] && { [ "$n_sqlite" -ne "$n_postgres" ] || [ "$n_sqlite" -eq 0 ]; }; then
  problems+=("$n_sqlite tests passed on SQLite, $n_postgres on PostgreSQL: these must be equal and more than none")
  failed=$((failed + 1))
elif [ "$n_skipped" -gt 0 ]; then
  problems+=("SKIPPED: $n_skipped tests had no PostgreSQL")
  passed=$((passed - n_skipped))
fi
passed=$((passed - $(count 'SKIPPED: no SMTP' "$logs/rust.log")))

# Without arguments `node --test` finds test/ by itself, in every version from 20 on.
tests_assets() { (cd web-assets && node --test --test-reporter=tap); }
if [ -n "$(find web-assets/test -type f 2>/dev/null | head -n 1)" ]; then
  part assets tests_assets || problems+=("tests of the pages' scripts failed: $logs/assets.log")
  passed=$((passed + $(sed -nE 's/^# pass ([0-9]+)$/\1/p' "$logs/assets.log" | tail -n 1)))
  failed=$((failed + $(sed -nE 's/^# fail ([0-9]+)$/\1/p' "$logs/assets.log" | tail -n 1)))
fi

# counted NAME: adds what the part's last line counted, such as `kills: 12 passed, 0 failed`.
counted() {
  local line ok ko
  line=$(sed -nE "s/^$1: ([0-9]+) passed, ([0-9]+) failed\$/\1 \2/p" "$logs/$1.log" | tail -n 1)
  read -r ok ko <<<"${line:-0 1}"
  passed=$((passed + ok))
  failed=$((failed + ko))
}

databases=sqlite,postgres
[ -n "${MANDATE_TEST_POSTGRES:-}" ] || databases=sqlite
tests_kills() { tools/kills.sh --databases "$databases"; }
part kills tests_kills || problems+=("writes did not survive kill -9: $logs/kills.log")
counted kills

tests_contract() { tools/contract.sh; }
if tools/contract.sh --prepare; then
  part contract tests_contract || problems+=("the API does not answer as its document says: $logs/contract.log")
  counted contract
else
  problems+=("SKIPPED: schemathesis could not be had: the API was not held to its document")
  [ "${CI:-}" = true ] && failed=$((failed + 1))
fi

tests_e2e() { tools/e2e.sh; }
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then
  part e2e tests_e2e || problems+=("the pages failed in Chromium: $logs/e2e.log")
  counted e2e
else
  problems+=("SKIPPED: no Chromium: the pages were not opened in a browser, axe-core did not run")
fi

echo
printf '%s\n' "${summary[@]}"
echo "tests on SQLite: $n_sqlite, on PostgreSQL: $n_postgres"
if [ ${#problems[@]} -gt 0 ]; then printf '!! %s\n' "${problems[@]}"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
