#!/usr/bin/env bash
# Whether this machine can build Mandate: Rust, Node, git, a C compiler. Says everything that is missing at once.
set -euo pipefail

problems=()

# at_least FOUND WANTED: whether version FOUND is WANTED or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

if ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
  problems+=("Rust 1.95 or newer (cargo and rustc): see https://www.rust-lang.org/tools/install")
else
  rust=$(rustc --version | cut -d' ' -f2)
  at_least "${rust%%-*}" 1.95.0 || problems+=("Rust 1.95 or newer: this is $rust; \`rustup update stable\`")
fi
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  problems+=("Node 20 or newer with npm: it builds the style sheets and scripts of the pages")
else
  node=$(node --version)
  at_least "${node#v}" 20.0.0 || problems+=("Node 20 or newer: this is $node")
fi
command -v git >/dev/null || problems+=("git")
if ! command -v "${CC:-cc}" >/dev/null; then
  problems+=("a C compiler (${CC:-cc}): SQLite is built from source; Debian: build-essential")
fi

if [ ${#problems[@]} -gt 0 ]; then
  echo "Mandate cannot be built here. Missing:" >&2
  printf '  - %s\n' "${problems[@]}" >&2
  exit 1
fi
