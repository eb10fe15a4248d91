#!/usr/bin/env bash
# Our clocks beside DuckDB and Polars on the same ten million events, in one run and in turns, so that a busy machine
# slows all alike. Prints one JSON object a line; equal digests mean equal results.
#
#   bench/facts.sh            71 copies of the incident log, 5 rounds
#   COPIES=2 ROUNDS=1 bench/facts.sh     a quick look
#
# Needs the peers' scripts (MANDATE_PEERS, by default ../shared/peers) and their Python packages, which their setup.sh
# installs into $HOME/.cache/mandate/peers-venv.
set -euo pipefail
cd "$(dirname "$0")/.."
copies=${COPIES:-71}
rounds=${ROUNDS:-5}
threads=${THREADS:-2}
peers=${MANDATE_PEERS:-../shared/peers}
events=${MANDATE_BENCH_FOLDER:-$HOME/.cache/mandate/bench}/events-$copies

[ -f "$peers/facts/bench.py" ] || {
  echo "bench-facts: no peers' scripts at $peers; set MANDATE_PEERS" >&2
  exit 1
}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/mandate/target}
cargo build --release --quiet --manifest-path bench/Cargo.toml --target-dir "$CARGO_TARGET_DIR/bench" --bin bench-facts
ours=$CARGO_TARGET_DIR/bench/release/bench-facts
python=$(bash "$peers/setup.sh" | tail -n 1)
[ -f "$events/events.parquet" ] || "$python" "$peers/facts/gen_events.py" "$events" --copies "$copies" >&2
[ -f "$events/shuffled/events.parquet" ] || {
  mkdir -p "$events/shuffled"
  "$ours" shuffle "$events" "$events/shuffled" >&2
}

echo "# $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg), $(rustc --version), $(date -u +%FT%TZ)" >&2
for _ in $(seq "$rounds"); do
  "$ours" run "$events" 1 "$threads"
  "$python" "$peers/facts/bench.py" duckdb "$events" --threads "$threads"
  "$python" "$peers/facts/bench.py" polars "$events" --threads "$threads"
  "$ours" run "$events/shuffled" 1 "$threads"
done
"$ours" latest "$events"
