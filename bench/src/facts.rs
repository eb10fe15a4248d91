//! Benchmark of the service-clock operator on the events of `peers/facts/gen_events.py`.
//!
//! ```text
//! bench-facts shuffle EVENTS_FOLDER OUT_FOLDER   seeded shuffle of all rows, outside any timing
//! bench-facts run FOLDER [REPETITIONS] [THREADS] the whole file; prints the peers' JSON fields
//! bench-facts latest FOLDER                      the latest 1 % of events after the other 99 %
//! ```
//! CPU time is that of the whole process from the kernel (10 ms steps), of `latest` that of its one
//! thread (nanoseconds). Reading the Parquet file is part of every figure.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant as WallClock;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, Int8Array, Int32Array, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use jiff::civil::Date;
use mandate_facts::calendar::{Calendar, CalendarVersion, DayWindow, Holiday, HolidayHours, Hours};
use mandate_facts::event::StateClass;
use mandate_facts::operator::{
    CaseAttributes, ClockOperator, Evaluated, GroupResult, OperatorSpec, Partial, PriorityTargets,
};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The holidays of `gen_events.py`.
const HOLIDAYS: &str = "2016-01-01 2016-03-25 2016-05-26 2016-09-07 2016-10-12 2016-11-02 2016-11-15 2016-12-25 \
    2017-01-01 2017-04-14 2017-05-01 2017-06-15 2017-09-07 2017-10-12 2017-11-02 2017-11-15";
const SEED: u64 = 20_261_121;
const BATCH_ROWS: usize = 16_384;
const ROW_GROUP_ROWS: usize = 250_000;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |idx: usize| arguments.get(idx).map(String::as_str);
    let number = |idx: usize, otherwise: usize| argument(idx).map_or(Ok(otherwise), str::parse);
    match (argument(0), argument(1)) {
        (Some("shuffle"), Some(folder)) => {
            shuffle(Path::new(folder), Path::new(argument(2).ok_or("no folder to write to")?))
        }
        (Some("run"), Some(folder)) => run(Path::new(folder), number(2, 1)?, number(3, 2)?),
        (Some("latest"), Some(folder)) => latest(Path::new(folder)),
        _ => {
            Err("usage: bench-facts shuffle FOLDER OUT | run FOLDER [REPETITIONS] [THREADS] | latest FOLDER"
                .into())
        }
    }
}

fn spec() -> Outcome<OperatorSpec> {
    let holiday =
        |text: &str| -> Outcome<Holiday> { Ok(Holiday { date: text.parse()?, hours: HolidayHours::Closed }) };
    let version = CalendarVersion {
        valid_from: Date::constant(2016, 1, 1),
        zone: "UTC".to_owned(),
        hours: Hours::on_weekdays(&[0, 1, 2, 3, 4], &[DayWindow::parse("08:00-18:00")?]),
        holidays: HOLIDAYS.split_whitespace().map(holiday).collect::<Outcome<_>>()?,
    };
    let calendar = Arc::new(Calendar::compile(&[version], Date::constant(2018, 12, 30))?);
    let targets = PriorityTargets::new(&[14_400, 28_800, 144_000], 288_000)?;
    Ok(OperatorSpec::new(calendar, targets, &[StateClass::Active], CaseAttributes::Lowest, "UTC")?)
}

/// Reads and packs the file, one operator per thread, row groups handed out as threads come free.
fn read(path: &Path, spec: &OperatorSpec, n_threads: usize) -> Outcome<Partial> {
    let file = File::open(path)?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
    let n_groups = metadata.metadata().num_row_groups();
    let next = AtomicUsize::new(0);
    let work = || -> Outcome<Partial> {
        let mut operator = ClockOperator::new(spec.clone());
        loop {
            let group = next.fetch_add(1, Ordering::Relaxed);
            if n_groups <= group {
                return Ok(operator.finish());
            }
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(path)?, metadata.clone());
            for batch in builder.with_row_groups(vec![group]).with_batch_size(BATCH_ROWS).build()? {
                operator.push(&batch?)?;
            }
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..n_threads).map(|_| scope.spawn(work)).collect();
        let mine = work()?;
        let others = others.into_iter().map(|thread| thread.join().map_err(|_| "a reading thread failed")?);
        Ok(mine.merge(others.collect::<Outcome<Vec<Partial>>>()?))
    })
}

fn evaluate(path: &Path, spec: &OperatorSpec, n_threads: usize) -> Outcome<Evaluated> {
    Ok(read(path, spec, n_threads)?.evaluate(n_threads)?)
}

fn run(folder: &Path, repetitions: usize, n_threads: usize) -> Outcome<()> {
    let path = folder.join("events.parquet");
    let (mut cpu_s, mut wall_s, mut results) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..repetitions.max(1) {
        let (cpu, wall) = (process_cpu_s()?, WallClock::now());
        results = evaluate(&path, &spec()?, n_threads)?.results();
        cpu_s.push(process_cpu_s()? - cpu);
        wall_s.push(wall.elapsed().as_secs_f64());
    }
    println!(
        "{{\"engine\": \"mandate-facts\", \"version\": \"{}\", \"threads\": {n_threads}, \"cpu_s\": {:.3}, \
         \"wall_s\": {:.3}, \"process_cpu_s\": {:.3}, \"peak_rss_mb\": {}, {}}}",
        env!("CARGO_PKG_VERSION"),
        median(&mut cpu_s),
        median(&mut wall_s),
        process_cpu_s()?,
        peak_rss_mb()?,
        figures(&results),
    );
    Ok(())
}

/// The fields that every engine must agree on.
fn figures(results: &[GroupResult]) -> String {
    let (mut p50, mut p90) = (Sha256::new(), Sha256::new());
    for result in results {
        let GroupResult { account, month, n_cases, twice_p50, ten_p90, n_met } = result;
        let month = format!("{}-{:02}", month / 12, month % 12 + 1);
        p50.update(format!("{account},{month},{n_cases},{twice_p50},{n_met}\n"));
        p90.update(format!("{account},{month},{ten_p90}\n"));
    }
    let sum = |of: fn(&GroupResult) -> i64| results.iter().map(of).sum::<i64>();
    format!(
        "\"groups\": {}, \"cases\": {}, \"met\": {}, \"sum_2p50\": {}, \"sum_10p90\": {}, \
         \"digest_p50\": \"{}\", \"digest_p90\": \"{}\"",
        results.len(),
        sum(|result| result.n_cases.cast_signed()),
        sum(|result| result.n_met.cast_signed()),
        sum(|result| result.twice_p50),
        sum(|result| result.ten_p90),
        hex(p50),
        hex(p90),
    )
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The columns of the whole file.
#[derive(Default)]
struct Table {
    case_id: Vec<i64>,
    account: Vec<i32>,
    priority: Vec<i8>,
    state: Vec<i8>,
    seq: Vec<i32>,
    at: Vec<i64>,
    opened: Vec<i64>,
}

impl Table {
    fn load(path: &Path) -> Outcome<Self> {
        let mut table = Self::default();
        for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()? {
            let batch = batch?;
            let column = |name: &str| batch.column_by_name(name).ok_or(format!("no column {name}"));
            table.case_id.extend_from_slice(column("case_id")?.as_primitive::<Int64Type>().values());
            table.account.extend_from_slice(column("acct")?.as_primitive::<Int32Type>().values());
            table.priority.extend_from_slice(column("prio")?.as_primitive::<Int8Type>().values());
            table.state.extend_from_slice(column("state")?.as_primitive::<Int8Type>().values());
            table.seq.extend_from_slice(column("seq")?.as_primitive::<Int32Type>().values());
            table.at.extend_from_slice(column("ts")?.as_primitive::<TimestampMicrosecondType>().values());
            let opened = column("opened")?;
            table.opened.extend_from_slice(opened.as_primitive::<TimestampMicrosecondType>().values());
        }
        Ok(table)
    }

    fn schema() -> SchemaRef {
        let moment = || DataType::Timestamp(TimeUnit::Microsecond, None);
        Arc::new(Schema::new(vec![
            Field::new("case_id", DataType::Int64, true),
            Field::new("acct", DataType::Int32, true),
            Field::new("prio", DataType::Int8, true),
            Field::new("state", DataType::Int8, true),
            Field::new("seq", DataType::Int32, true),
            Field::new("ts", moment(), true),
            Field::new("opened", moment(), true),
        ]))
    }

    fn write(&self, path: &Path, order: &[u32]) -> Outcome<()> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .build();
        let mut writer = ArrowWriter::try_new(File::create(path)?, Self::schema(), Some(properties))?;
        for part in order.chunks(ROW_GROUP_ROWS) {
            fn pick<'a, T: Copy>(column: &'a [T], part: &'a [u32]) -> impl Iterator<Item = T> + 'a {
                part.iter().map(|row| column[*row as usize])
            }
            let columns: Vec<Arc<dyn Array>> = vec![
                Arc::new(Int64Array::from_iter_values(pick(&self.case_id, part))),
                Arc::new(Int32Array::from_iter_values(pick(&self.account, part))),
                Arc::new(Int8Array::from_iter_values(pick(&self.priority, part))),
                Arc::new(Int8Array::from_iter_values(pick(&self.state, part))),
                Arc::new(Int32Array::from_iter_values(pick(&self.seq, part))),
                Arc::new(TimestampMicrosecondArray::from_iter_values(pick(&self.at, part))),
                Arc::new(TimestampMicrosecondArray::from_iter_values(pick(&self.opened, part))),
            ];
            writer.write(&RecordBatch::try_new(Self::schema(), columns)?)?;
        }
        writer.close()?;
        Ok(())
    }
}

/// SplitMix64.
fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut value = *state;
    value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

/// Fisher and Yates.
fn shuffled(rows: &mut [u32]) {
    let mut state = SEED;
    for last in (1..rows.len()).rev() {
        let other = (u128::from(next_random(&mut state)) * (last as u128 + 1)) >> 64;
        rows.swap(last, other as usize);
    }
}

/// Writes all events shuffled, and the oldest 99 % and latest 1 % of them for `latest`.
fn shuffle(folder: &Path, out: &Path) -> Outcome<()> {
    fs::create_dir_all(out)?;
    let table = Table::load(&folder.join("events.parquet"))?;
    let mut order: Vec<u32> = (0..u32::try_from(table.at.len())?).collect();
    shuffled(&mut order);
    table.write(&out.join("events.parquet"), &order)?;
    let mut by_time = order.clone();
    by_time.sort_unstable_by_key(|row| {
        let row = *row as usize;
        (table.at[row], table.case_id[row], table.seq[row])
    });
    let cut = by_time.len() - by_time.len() / 100;
    for (name, rows) in
        [("oldest.parquet", &mut by_time[..cut].to_vec()), ("latest.parquet", &mut by_time[cut..].to_vec())]
    {
        shuffled(rows);
        table.write(&out.join(name), rows)?;
    }
    fs::copy(folder.join("calendar.parquet"), out.join("calendar.parquet"))?;
    Ok(())
}

/// Times the latest 1 % of events on top of the others, against a full run on one thread.
fn latest(folder: &Path) -> Outcome<()> {
    let spec = spec()?;
    let cpu = thread_cpu_s()?;
    let full = evaluate(&folder.join("events.parquet"), &spec, 1)?.results();
    let full_cpu_s = thread_cpu_s()? - cpu;
    let mut known = evaluate(&folder.join("oldest.parquet"), &spec, 1)?;
    let mut results = known.results();
    let cpu = thread_cpu_s()?;
    let later = read(&folder.join("latest.parquet"), &spec, 1)?;
    let refreshed = known.refresh(&later)?;
    let mut fresh = Vec::new();
    for group in refreshed.groups.iter().filter_map(|(account, month)| known.result_of(*account, *month)) {
        match results
            .binary_search_by_key(&(group.account, group.month), |known| (known.account, known.month))
        {
            Ok(place) => results[place] = group,
            Err(_) => fresh.push(group),
        }
    }
    results.extend(fresh);
    let cpu_s = thread_cpu_s()? - cpu;
    results.sort_unstable_by_key(|result| (result.account, result.month));
    // A group that lost its last case would still be listed.
    results.retain(|result| known.result_of(result.account, result.month).is_some());
    println!(
        "{{\"events\": {}, \"cases\": {}, \"groups\": {}, \"needs_history\": {}, \"cpu_s\": {cpu_s:.4}, \
         \"full_cpu_s\": {full_cpu_s:.4}, \"share\": {:.4}, \"equal\": {}}}",
        later.n_events(),
        refreshed.n_cases,
        refreshed.groups.len(),
        refreshed.needs_history.len(),
        cpu_s / full_cpu_s,
        results == full,
    );
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { 0.5 * (values[middle - 1] + values[middle]) }
}

/// User and system time of all threads, ended ones too; Linux counts them in 1/100 s.
fn process_cpu_s() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(") ").next().ok_or("no fields")?;
    let mut times = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
    let (user, system) = (times.next().ok_or("no user time")??, times.next().ok_or("no system time")??);
    Ok((user + system) / 100.0)
}

/// Time on a processor of this thread.
fn thread_cpu_s() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = stat.split(' ').next().ok_or("no time")?.parse()?;
    Ok(nanoseconds / 1e9)
}

fn peak_rss_mb() -> Outcome<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1024)
}
