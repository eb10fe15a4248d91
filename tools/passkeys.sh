#!/usr/bin/env bash
# Passkeys in Chromium's virtual authenticator: builds the program with the feature that is off by default, into a folder of
# its own below the target folder, so that the program the other tests use stays the one people get.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$HOME/.cache/mandate/target}
CARGO_TARGET_DIR=$target cargo test --quiet --package mandate-app --features passkeys --test it passkeys
CARGO_TARGET_DIR=$target cargo build --quiet --package mandate --no-default-features --features passkeys --bin mandate
mkdir -p "$target/with-passkeys"
cp "$target/debug/mandate" "$target/with-passkeys/mandate"
MANDATE_BINARY=$target/with-passkeys/mandate exec node e2e/passkeys.mjs
