#!/usr/bin/env bash
# The deals engine's table, then the peers and `mandate deals frontier` on the same domains, their digests compared.
#
#   bash deals.sh [WORK_FOLDER]     prints Markdown, then one JSON object for each domain
#
# MANDATE_PEERS names the folder with the peers' scripts (default ../../shared/peers); without it only our table is printed, and
# that is said. Programs take turns, so that ratios of one run mean something.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="${1:-${TMPDIR:-/tmp}/mandate-bench-deals}"
peers="${MANDATE_PEERS:-$here/../../shared/peers}"
target="${CARGO_TARGET_DIR:-$here/target}"

(cd "$here" && cargo build --release --quiet --bin bench-deals)
"$target/release/bench-deals" table

if [ ! -d "$peers/deals" ]; then
  echo "no peers in $peers: ours alone was measured" >&2
  exit 0
fi
python="$(bash "$peers/setup.sh" | tail -n 1)"
(cd "$here/.." && cargo build --release --quiet --bin mandate)
mkdir -p "$work"
"$python" "$peers/deals/gen.py" -o "$work/energy.json" anac --scenario anac/y2011/Energy
"$python" "$peers/deals/gen.py" -o "$work/s20.json" synth --mode s --terms 20 --options 10
"$python" "$peers/deals/gen.py" -o "$work/h20.json" synth --mode h --terms 20 --options 10
"$python" "$peers/deals/gen.py" -o "$work/c10.json" synth --mode s --terms 10 --options 10 --forbid 10 --links 5 --floor 0.7
ours="$target/release/mandate deals frontier --repeat 101"
"$python" "$peers/deals/agree.py" --ours "$ours" "$work/energy.json" "$work/s20.json" "$work/h20.json"
"$python" "$peers/deals/agree.py" --highs --ours "$ours" "$work/c10.json"
