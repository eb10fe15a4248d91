#!/usr/bin/env bash
# The tenor engine's table, then the peers: `mandate tenor changes` scored beside PELT and BOCPD, and the usual charts' false alarms.
#
#   bash tenor.sh [WORK_FOLDER]     prints Markdown, then one JSON object for each peer
#
# MANDATE_PEERS names the folder with the peers' scripts (default ../../shared/peers), MANDATE_TEST_DATA the one with the data. Without
# the peers, or where they cannot be installed, only our table is printed, and that is said.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="${1:-${TMPDIR:-/tmp}/mandate-bench-tenor}"
peers="${MANDATE_PEERS:-$here/../../shared/peers}"
target="${CARGO_TARGET_DIR:-$here/target}"
export MANDATE_TEST_DATA="${MANDATE_TEST_DATA:-$here/../../shared/data}"
[ -d "$MANDATE_TEST_DATA" ] || unset MANDATE_TEST_DATA

(cd "$here" && cargo build --release --quiet --bin bench-tenor)
"$target/release/bench-tenor"

if [ ! -d "$peers/tenor" ] || [ -z "${MANDATE_TEST_DATA:-}" ]; then
  echo "no peers in $peers, or no data: ours alone was measured" >&2
  exit 0
fi
if ! python="$(bash "$peers/setup.sh" | tail -n 1)"; then
  echo "the peers could not be installed: ours alone was measured" >&2
  exit 0
fi
(cd "$here/.." && cargo build --release --quiet --bin mandate)
mkdir -p "$work"
"$python" - "$target/release/mandate" "$MANDATE_TEST_DATA/tcpd" > "$work/changes.json" <<'PYTHON'
import json, pathlib, subprocess, sys
program, folder = sys.argv[1:]
known = json.loads((pathlib.Path(folder) / "annotations.json").read_text())
found = {}
for path in sorted(pathlib.Path(folder).glob("*.json")):
    series = json.loads(path.read_text())
    if series.get("name") in known and None not in series["series"][0]["raw"]:
        said = subprocess.run([program, "tenor", "changes", str(path)], check=True, capture_output=True)
        found[series["name"]] = json.loads(said.stdout)["changes"]
print(json.dumps(found))
PYTHON
"$python" "$peers/tenor/tcpd.py" --data "$MANDATE_TEST_DATA/tcpd" --scores "$work/changes.json"
"$python" "$peers/tenor/tcpd.py" --data "$MANDATE_TEST_DATA/tcpd" --detector pelt
"$python" "$peers/tenor/tcpd.py" --data "$MANDATE_TEST_DATA/tcpd" --detector bocpd
"$python" "$peers/tenor/false_alarms.py"
