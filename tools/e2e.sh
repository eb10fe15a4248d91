#!/usr/bin/env bash
# The pages in Chromium: builds the binary the tests use and hands it to e2e/run.mjs with the options given.
#
#   tools/e2e.sh --screenshots FOLDER     also keeps a picture of every page
#   tools/e2e.sh --only keyboard          one part: pages, keyboard, roles, no-script
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/mandate/target}
if [ -z "${MANDATE_BINARY:-}" ]; then
  cargo build --quiet --bin mandate
  MANDATE_BINARY=$CARGO_TARGET_DIR/debug/mandate
fi
export MANDATE_BINARY
# The sign-on provider is a run of its own, with another data folder; its count stands before the other's.
[ $# -gt 0 ] || node e2e/single-sign-on.mjs
exec node e2e/run.mjs "$@"
