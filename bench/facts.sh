#!/usr/bin/env bash
# Runs our service-clock operator, DuckDB and Polars one after the other on the same shuffled 10 M events.
#
#   bash facts.sh [WORK_FOLDER] [REPETITIONS]     prints a Markdown table; needs the peers' folder
#
# MANDATE_PEERS names the folder with the peers' scripts (default ../../shared/peers). Rows are shuffled first, outside
# any timing; sorting is part of every figure. Engines take turns, so that a busy moment hits all of them.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="${1:-${TMPDIR:-/tmp}/mandate-bench-facts}"
repetitions="${2:-5}"
peers="${MANDATE_PEERS:-$here/../../shared/peers}"
target="${CARGO_TARGET_DIR:-$here/target}"

python="$(bash "$peers/setup.sh" | tail -n 1)"
(cd "$here" && cargo build --release --quiet --bin bench-facts)
ours="$target/release/bench-facts"

if [ ! -f "$work/shuffled/latest.parquet" ]; then
  mkdir -p "$work"
  "$python" "$peers/facts/gen_events.py" "$work/events" --copies 71 >&2
  "$ours" shuffle "$work/events" "$work/shuffled"
fi

results="$work/results.jsonl"
: > "$results"
for _ in $(seq "$repetitions"); do
  "$ours" run "$work/shuffled" 1 2 >> "$results"
  for engine in duckdb polars polars_stream; do
    "$python" "$peers/facts/bench.py" "$engine" "$work/shuffled" --threads 2 >> "$results"
  done
done
latest="$("$ours" latest "$work/shuffled")"

"$python" - "$results" "$latest" <<'PYTHON'
import json, statistics, sys

runs = [json.loads(line) for line in open(sys.argv[1])]
same = ("groups", "cases", "met", "sum_2p50", "sum_10p90", "digest_p50", "digest_p90")
equal = len({tuple(run[field] for field in same) for run in runs}) == 1
engines = list(dict.fromkeys(run["engine"] for run in runs))
of = lambda engine, field: [run[field] for run in runs if run["engine"] == engine]
duckdb = statistics.median(of("duckdb", "cpu_s"))
print("| engine | version | query CPU s: median (lowest to highest) | wall s | peak RSS MB | CPU against DuckDB |")
print("| --- | --- | --- | --- | --- | --- |")
for engine in engines:
    cpu = of(engine, "cpu_s")
    middle = statistics.median(cpu)
    print(f"| {engine} | {of(engine, 'version')[0]} | {middle:.2f} ({min(cpu):.2f} to {max(cpu):.2f}) "
          f"| {statistics.median(of(engine, 'wall_s')):.2f} | {max(of(engine, 'peak_rss_mb'))} | {middle / duckdb:.2f}x |")
print(f"\nAll figures and digests equal over {len(runs)} runs: {'yes' if equal else 'NO'}.")
print("digest_p50", runs[0]["digest_p50"])
print("digest_p90", runs[0]["digest_p90"])
later = json.loads(sys.argv[2])
print(f"\nLatest 1 % by time: {later['events']} events of {later['cases']} cases touch {later['groups']} groups; "
      f"{later['cpu_s'] * 1000:.0f} ms CPU against {later['full_cpu_s'] * 1000:.0f} ms for all "
      f"({100 * later['share']:.1f} %), equal to a full run: {'yes' if later['equal'] else 'NO'}.")
sys.exit(0 if equal and later["equal"] else 1)
PYTHON
