#!/usr/bin/env bash
# Kills under load on both databases: builds the binary the tests use and hands it to tools/kills.mjs with the options given.
#
#   tools/kills.sh --rounds 5 --databases sqlite
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/mandate/target}
if [ -z "${MANDATE_BINARY:-}" ]; then
  cargo build --quiet --bin mandate
  MANDATE_BINARY=$CARGO_TARGET_DIR/debug/mandate
fi
export MANDATE_BINARY
exec node tools/kills.mjs "$@"
