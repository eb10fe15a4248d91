#!/usr/bin/env bash
# The deals engine's table, then the peers and our engine on the same domains, their digests compared, and the learner's scores.
#
#   bash deals.sh [WORK_FOLDER]     prints Markdown, then one JSON object for each domain, then the learner's
#
# MANDATE_PEERS names the folder with the peers' scripts (default ../../shared/peers); without it only our table is printed, and
# that is said. Their Python packages are installed once into $HOME/.cache/mandate/peers-deals (PEERS_VENV names another folder).
# Programs take turns, so that ratios of one run mean something; fronts that differ end it with 1. MANDATE_BINARY names a program
# whose `deals frontier` takes the place of bench-deals', to hold the command itself against the peers.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="${1:-${TMPDIR:-/tmp}/mandate-bench-deals}"
peers="${MANDATE_PEERS:-$here/../../shared/peers}"
target="${CARGO_TARGET_DIR:-$here/target}"
venv="${PEERS_VENV:-$HOME/.cache/mandate/peers-deals}"

(cd "$here" && cargo build --release --quiet --no-default-features --bin bench-deals)
bench="$target/release/bench-deals"
"$bench" table

if [ ! -d "$peers/deals" ]; then
  echo "no peers in $peers: ours alone was measured" >&2
  exit 0
fi
python="$venv/bin/python"
if ! cmp -s "$peers/requirements.txt" "$venv/.requirements.txt"; then
  python3 -m venv "$venv"
  "$python" -m pip install --quiet --disable-pip-version-check --constraint "$peers/requirements.txt" numpy highspy negmas >&2
  cp "$peers/requirements.txt" "$venv/.requirements.txt"
fi
mkdir -p "$work"
gen() { "$python" "$peers/deals/gen.py" -o "$work/$1.json" "${@:2}" >/dev/null; }
gen energy anac --scenario anac/y2011/Energy
gen s5 synth --mode s --terms 5 --options 10
gen s20 synth --mode s --terms 20 --options 10
gen h20 synth --mode h --terms 20 --options 10
gen c10 synth --mode s --terms 10 --options 10 --forbid 10 --links 5 --floor 0.7
gen c6 synth --mode h --terms 6 --options 6 --forbid 6 --links 4 --floor 0.6
ours="$bench frontier"
if [ -n "${MANDATE_BINARY:-}" ]; then
  ours="$MANDATE_BINARY deals frontier --repeat 101"
fi
agree() { "$python" "$peers/deals/agree.py" --limit 120 --ours "$ours" "$@"; }
agree "$work/energy.json" "$work/s5.json" "$work/s20.json"
agree --skip-negmas "$work/h20.json"
agree --highs "$work/c10.json" "$work/c6.json"
"$python" "$peers/deals/learner.py" --ours "$bench learn"
