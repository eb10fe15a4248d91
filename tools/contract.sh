#!/usr/bin/env bash
# Asks every operation of the API, as every role, with thousands of made-up requests (schemathesis), and fails on any answer
# that the OpenAPI document does not allow, and on every server error.
#
#   tools/contract.sh                     the short form: some roles, few requests (some 4 minutes on a debug build)
#   tools/contract.sh --long              every role, by token and by session, many requests
#   tools/contract.sh --roles sponsor     one role; further options: tools/contract.py --help
#
# MANDATE_BINARY names the program, else it is built. Puts schemathesis into a folder of its own; needs python3 with venv.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${MANDATE_CONTRACT_FOLDER:-$HOME/.cache/mandate/contract}
version=4.32.5
if [ "$("$folder/bin/st" --version 2>/dev/null)" != "st, version $version" ]; then
  command -v python3 >/dev/null || { echo "no python3: the API's contract cannot be tested" >&2; exit 1; }
  python3 -m venv "$folder" >&2
  "$folder/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version" >&2
fi
# Only what it needs: so that a run of all tests can tell "cannot be had here" from "failed".
[ "${1:-}" != --prepare ] || exit 0
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/mandate/target}
if [ -z "${MANDATE_BINARY:-}" ]; then
  cargo build --quiet --bin mandate
  MANDATE_BINARY=$CARGO_TARGET_DIR/debug/mandate
fi
export MANDATE_BINARY
exec "$folder/bin/python" tools/contract.py "$@"
