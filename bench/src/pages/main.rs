//! Page times with people clicking on 10,000 accounts and a million cases; also start time and memory of the server.
//!
//!     MANDATE_BINARY=.../mandate bench-pages [--users 20] [--seconds 60] [--rush 20] [--accounts 10000] [--cases 1000000]
//!     MANDATE_BINARY=.../mandate bench-pages --lists [--accounts 100000] [--people 10] [--seconds 60] [--postgres URL]
//!
//! With `--lists` it asks the lists of accounts and people instead, `--people` an account; `--postgres` names an empty database for it.
//! Prints a table on stderr and JSON on stdout. The filled data folder is kept (`--data`, by default under
//! `~/.cache/mandate/bench`) and used again while schema and sizes are the same. The clickers run in this process, on the
//! same machine: its cores are shared with the server, as they are not in life.

mod book;
mod cases;
mod chance;
mod clicks;
mod http;
mod lists;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clicks::{Clicked, Thinking};
use mandate_domain::Instant;
use mandate_store::{Db, DbUrl, OpenOptions};
use serde_json::{Value, json};
use server::Server;
use sha2::{Digest, Sha256};

/// Why the benchmark could not be run.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A page is late from here on, at the 95th percentile.
const BUDGET_MS: f64 = 100.0;
/// Changes with what the generator writes, so that an old folder is not taken for a new one.
const GENERATOR: &str = "3";
/// How long the server is left alone before its idle memory is read.
const IDLE: Duration = Duration::from_secs(5);

struct Arguments {
    users: usize,
    seconds: u64,
    rush: u64,
    accounts: usize,
    cases: usize,
    people: usize,
    lists: bool,
    postgres: Option<String>,
    data: Option<PathBuf>,
}

fn arguments() -> Result<Arguments, Failure> {
    let lists = std::env::args().any(|it| it == "--lists");
    let (accounts, people, cases) = if lists { (100_000, 10, 1) } else { (10_000, 2, 1_000_000) };
    let mut read =
        Arguments { users: 20, seconds: 60, rush: 20, accounts, cases, people, lists, postgres: None, data: None };
    let mut given = std::env::args().skip(1).filter(|it| it != "--lists");
    while let Some(name) = given.next() {
        let value = given.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<usize>().map_err(|_| format!("`{value}` is no number for {name}"));
        match name.as_str() {
            "--users" => read.users = number()?.max(1),
            "--seconds" => read.seconds = number()? as u64,
            "--rush" => read.rush = number()? as u64,
            "--accounts" => read.accounts = number()?.max(book::N_MANAGERS),
            "--cases" => read.cases = number()?.max(1),
            "--people" => read.people = number()?.max(1),
            "--postgres" => read.postgres = Some(value),
            "--data" => read.data = Some(PathBuf::from(value)),
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    Ok(read)
}

fn folder(arguments: &Arguments) -> Result<PathBuf, Failure> {
    let mut schema = Sha256::new();
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/mandate-store/migrations/sqlite");
    let mut files = std::fs::read_dir(migrations)?.map(|file| Ok(file?.path())).collect::<Result<Vec<_>, Failure>>()?;
    files.sort();
    for file in files {
        schema.update(std::fs::read(file)?);
    }
    let schema: String = schema.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let database = if arguments.postgres.is_some() { "postgres-" } else { "" };
    let sizes = format!("{}-{}-{}", arguments.accounts, arguments.people, arguments.cases);
    let name = format!("pages-{database}{sizes}-{GENERATOR}-{schema}");
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    Ok(arguments.data.clone().unwrap_or_else(|| home.join(".cache/mandate/bench")).join(name))
}

#[expect(clippy::disallowed_methods, reason = "sessions of a real server begin now")]
fn now() -> Instant {
    jiff::Timestamp::now().into()
}

async fn open(folder: &Path, arguments: &Arguments) -> Result<Db, Failure> {
    let url = match &arguments.postgres {
        Some(url) => DbUrl::Postgres(url.clone()),
        None => DbUrl::Sqlite(folder.join("mandate.db")),
    };
    let db = Db::open(&url, OpenOptions::default()).await?;
    db.migrate(now()).await?;
    Ok(db)
}

async fn fill(folder: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let mark = folder.join("bench-filled");
    if mark.exists() {
        return Ok(());
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    eprintln!("filling {}: some minutes, once", folder.display());
    let (begun, db) = (std::time::Instant::now(), open(folder, arguments).await?);
    book::fill(&db, (arguments.accounts, arguments.people), now()).await?;
    cases::fill(&db, arguments.accounts, arguments.cases, now()).await?;
    db.close().await;
    if let Some(url) = &arguments.postgres {
        // A server for tests has no autovacuum, which does this by itself elsewhere, a minute after so many rows.
        let done = std::process::Command::new("psql").args(["-qtA", url, "-c", "VACUUM ANALYZE"]).status()?;
        if !done.success() {
            return Err("psql cannot vacuum the database".into());
        }
    }
    let seconds = begun.elapsed().as_secs();
    eprintln!("filled in {seconds} s");
    std::fs::write(mark, format!("{seconds}\n"))?;
    Ok(())
}

fn at(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

fn report(title: &str, seconds: u64, clicked: &mut Clicked) -> Value {
    let n: usize = clicked.times.values().map(Vec::len).sum();
    eprintln!("\n{title}: {n} pages in {seconds} s\n");
    eprintln!("| page | n | p50 ms | p95 ms | p99 ms | max ms |\n| --- | ---: | ---: | ---: | ---: | ---: |");
    let mut pages = vec![];
    for (page, times) in &mut clicked.times {
        times.sort_by(f64::total_cmp);
        let (p50, p95, p99, max) = (at(times, 0.5), at(times, 0.95), at(times, 0.99), at(times, 1.0));
        let late = if BUDGET_MS <= p95 { " (late)" } else { "" };
        eprintln!("| {page}{late} | {} | {p50:.1} | {p95:.1} | {p99:.1} | {max:.1} |", times.len());
        pages.push(json!({ "page": page, "n": times.len(), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": max }));
    }
    for (what, n) in &clicked.errors {
        eprintln!("FAILED {what}, {n} times");
    }
    json!({ "seconds": seconds, "n": n, "pages": pages, "errors": clicked.errors })
}

fn load_average() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').take(3).collect::<Vec<_>>().join(" ")
}

async fn run() -> Result<bool, Failure> {
    let arguments = arguments()?;
    let binary = std::env::var("MANDATE_BINARY").map_err(|_| "MANDATE_BINARY names no program; use make bench-pages")?;
    let folder = folder(&arguments)?;
    fill(&folder, &arguments).await?;
    let db = open(&folder, &arguments).await?;
    let clickers = book::sign_in(&db, (arguments.users, arguments.accounts), now()).await?;
    db.close().await;

    if arguments.lists {
        return ask_lists((&binary, &folder), &arguments, &clickers[..clickers.len().min(2)]).await;
    }

    let mut starts_ms = vec![];
    for _ in 0..3 {
        let server = Server::start(&binary, &folder, None).await?;
        starts_ms.push(server.start_ms);
        server.stop()?;
    }
    let server = Server::start(&binary, &folder, None).await?;
    starts_ms.push(server.start_ms);
    tokio::time::sleep(IDLE).await;
    let idle_mb = server.memory_mb()?.0;
    let load_before = load_average();
    // Not timed: the first click of a fresh server reads the database from the disk.
    clicks::run(server.port, &clickers, arguments.accounts, 5, Thinking::Yes).await?;
    let mut calm =
        clicks::run(server.port, &clickers, arguments.accounts, arguments.seconds, Thinking::Yes).await?;
    let after_mb = server.memory_mb()?.0;
    let load_between = load_average();
    let mut rush =
        clicks::run(server.port, &clickers, arguments.accounts, arguments.rush, Thinking::No).await?;
    let (rushed_mb, most_mb) = server.memory_mb()?;
    server.stop()?;

    let calm_json = report("Thinking half a second to one and a half", arguments.seconds, &mut calm);
    let rush_json = report("Without thinking", arguments.rush, &mut rush);
    eprintln!("\nstart, ms: {starts_ms:.0?}; memory, MB: idle {idle_mb:.0}, after clicks {after_mb:.0}, after the rush {rushed_mb:.0}, at most {most_mb:.0}");
    eprintln!("load average before {load_before}, between {load_between}");
    println!(
        "{}",
        json!({
            "users": arguments.users, "accounts": arguments.accounts, "cases": arguments.cases,
            "cores": std::thread::available_parallelism().map_or(0, |n| n.get()),
            "start_ms": starts_ms, "idle_mb": idle_mb, "after_clicks_mb": after_mb, "after_rush_mb": rushed_mb, "most_mb": most_mb,
            "load_before": load_before, "load_between": load_between, "thinking": calm_json, "rush": rush_json,
        })
    );
    let late = calm.times.values().any(|times| BUDGET_MS <= at(times, 0.95));
    Ok(!late && calm.errors.is_empty() && rush.errors.is_empty())
}

/// The lists of many accounts and people, as one of some accounts and as one of all: alone, while somebody saves, then from
/// several at once.
async fn ask_lists(
    (binary, folder): (&str, &Path),
    arguments: &Arguments,
    clickers: &[book::Clicker],
) -> Result<bool, Failure> {
    let db = open(folder, arguments).await?;
    let mut tx = db.begin_read().await?;
    let people = i64::try_from(arguments.accounts * arguments.people)?;
    let found = tx.fetch_one("SELECT COUNT(*) FROM person WHERE side = 'client'", vec![]).await?.int(0)?;
    if found != people {
        return Err(format!("{found} clients in the database, not {people}: remove {}", folder.display()).into());
    }
    drop(tx);
    db.close().await;
    let server = Server::start(binary, folder, arguments.postgres.as_deref()).await?;
    let load_before = load_average();
    // Not timed: the first question of a fresh server reads the database from the disk.
    lists::run(server.port, clickers, 1).await?;
    let mut alone = lists::run(server.port, clickers, arguments.seconds).await?;
    let mut beside = lists::run_while_saved(server.port, clickers, arguments.seconds).await?;
    let mut at_once = lists::run_at_once(server.port, clickers, arguments.rush).await?;
    let most_mb = server.memory_mb()?.1;
    server.stop()?;
    let alone_json = report("One after the other", arguments.seconds, &mut alone);
    let beside_json = report("One after the other, a talk logged every second", arguments.seconds, &mut beside);
    let at_once_json = report(&format!("{} at once", lists::AT_ONCE), arguments.rush, &mut at_once);
    eprintln!("\nmemory at most {most_mb:.0} MB; load average before {load_before}");
    println!(
        "{}",
        json!({
            "accounts": arguments.accounts, "people": arguments.accounts * arguments.people,
            "database": if arguments.postgres.is_some() { "PostgreSQL" } else { "SQLite" },
            "most_mb": most_mb, "load_before": load_before, "alone": alone_json, "while_saved": beside_json, "at_once": at_once_json,
        })
    );
    let late = [&alone, &beside].iter().any(|it| it.times.values().any(|times| BUDGET_MS <= at(times, 0.95)));
    Ok(!late && alone.errors.is_empty() && beside.errors.is_empty() && at_once.errors.is_empty())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match run().await {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("over the budget of {BUDGET_MS} ms at p95, or a page failed");
            std::process::ExitCode::FAILURE
        }
        Err(failure) => {
            eprint!("bench-pages: {failure}");
            let mut cause = failure.source();
            while let Some(inner) = cause {
                eprint!(": {inner}");
                cause = inner.source();
            }
            eprintln!();
            std::process::ExitCode::FAILURE
        }
    }
}
