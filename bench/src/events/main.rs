//! Events a second over `POST /api/v1/events`, against the real program on 127.0.0.1.
//!
//!     MANDATE_BINARY=.../mandate bench-events [--requests 50] [--events 10000] [--accounts 200] [--senders 1]
//!
//! A year of a busy desk in the order of its events, a request after the other on each sender's connection, everything
//! kept, derived and committed before a request is answered. Then the last batch is sent twice more: with the key it had,
//! which has to give the same answer, and without one, when every event has to be known. Prints a table on stderr and
//! JSON on stdout; fails below 20,000 events a second. The sender runs on the same machine and shares its cores.

#[path = "../pages/book.rs"]
#[expect(dead_code, reason = "clickers belong to the pages' benchmark")]
mod book;
#[path = "../pages/chance.rs"]
#[expect(dead_code, reason = "shared with the pages' benchmark")]
mod chance;
#[path = "../pages/http.rs"]
mod http;
#[path = "../pages/server.rs"]
mod server;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mandate_domain::Instant as Moment;
use mandate_store::{Db, DbUrl, OpenOptions};
use serde_json::{Value, json};

use crate::http::Connection;
use crate::server::Server;

/// Why the benchmark could not be run.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Events a second that have to be reached.
const BUDGET: f64 = 20_000.0;
/// Events of one case.
const PER_CASE: usize = 4;
/// 2026-01-05T08:00:00Z.
const BEGINS_S: i64 = 1_767_600_000;
const YEAR_S: i64 = 365 * 24 * 3_600;

#[derive(Clone, Copy)]
struct Arguments {
    requests: usize,
    events: usize,
    accounts: usize,
    senders: usize,
}

fn arguments() -> Result<Arguments, Failure> {
    let mut read = Arguments { requests: 50, events: 10_000, accounts: 200, senders: 1 };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number: usize = value.parse().map_err(|_| format!("`{value}` is no number for {name}"))?;
        match name.as_str() {
            "--requests" => read.requests = number.max(1),
            "--events" => read.events = number.clamp(PER_CASE, 10_000),
            "--accounts" => read.accounts = number.max(book::N_MANAGERS),
            "--senders" => read.senders = number.max(1),
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    Ok(read)
}

#[expect(clippy::disallowed_methods, reason = "sessions of a real server begin now")]
fn now() -> Moment {
    jiff::Timestamp::now().into()
}

/// The lines of one request: cases that open one after the other, each taken up, paused and solved.
fn batch(arguments: Arguments, request: usize) -> Vec<u8> {
    let n_cases = arguments.events / PER_CASE;
    let step_s = YEAR_S / i64::try_from(n_cases * arguments.requests).unwrap_or(i64::MAX).max(1);
    let mut text = String::with_capacity(arguments.events * 220);
    for number in request * n_cases..(request + 1) * n_cases {
        let opened_s = BEGINS_S + i64::try_from(number).unwrap_or(0) * step_s;
        let steps = [("new", 0), ("active", 900), ("awaiting_client", 5_400), ("resolved", 14_000 + (number as i64 % 7) * 3_000)];
        for (seq, (state, after_s)) in steps.into_iter().enumerate() {
            let (at, opened_at) = (Moment::from_seconds(opened_s + after_s), Moment::from_seconds(opened_s));
            let _ = writeln!(
                text,
                r#"{{"event_id":"E{number:08}-{seq}","case":"C{number:08}","seq":{seq},"at":"{at}","opened_at":"{opened_at}","state":"{state}","priority":{},"account":"{}","group":"Desk {}","category":"Mail"}}"#,
                1 + number % 4,
                format_args!("CUST-{:05}", number % arguments.accounts),
                number % 12,
            );
        }
    }
    text.into_bytes()
}

struct Sender {
    connection: Connection,
    headers: String,
}

impl Sender {
    async fn new(port: u16, cookie: &str) -> Result<Self, Failure> {
        let headers = format!(
            "host: 127.0.0.1:{port}\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-ndjson\r\naccept-encoding: identity\r\n"
        );
        Ok(Self { connection: Connection::open(port).await?, headers })
    }

    async fn send(&mut self, key: Option<usize>, lines: &[u8]) -> Result<Value, Failure> {
        let key = key.map(|key| format!("idempotency-key: batch-{key}\r\n")).unwrap_or_default();
        let head = format!(
            "POST /api/v1/events?source=bench HTTP/1.1\r\n{}{key}content-length: {}\r\n\r\n",
            self.headers,
            lines.len()
        );
        let answer = self.connection.ask(&[head.as_bytes(), lines].concat()).await?;
        if answer.status != 200 {
            return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
        }
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

/// Sends every batch once, over as many connections as there are senders; milliseconds of each, in the order of the end.
async fn send_all(arguments: Arguments, port: u16, cookie: &str, batches: &Arc<Vec<Vec<u8>>>) -> Result<Vec<f64>, Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut senders = vec![];
    for _ in 0..arguments.senders {
        let (mut sender, next, batches) = (Sender::new(port, cookie).await?, Arc::clone(&next), Arc::clone(batches));
        senders.push(tokio::spawn(async move {
            let mut times = vec![];
            loop {
                let request = next.fetch_add(1, Ordering::Relaxed);
                let Some(lines) = batches.get(request) else { return Ok::<_, Failure>(times) };
                let begun = Instant::now();
                let report = sender.send(Some(request), lines).await?;
                times.push(begun.elapsed().as_secs_f64() * 1_000.0);
                let n_new = report["n_new"].as_u64().unwrap_or(0) as usize;
                if n_new != arguments.events / PER_CASE * PER_CASE {
                    return Err(format!("request {request} brought {n_new} new events: {report}").into());
                }
            }
        }));
    }
    let mut times = vec![];
    for sender in senders {
        times.extend(sender.await??);
    }
    Ok(times)
}

fn at(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
}

async fn run() -> Result<bool, Failure> {
    let arguments = arguments()?;
    let binary =
        std::env::var("MANDATE_BINARY").map_err(|_| "MANDATE_BINARY names no program; use make bench-events")?;
    let folder = std::env::temp_dir().join(format!("mandate-bench-events-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let db = Db::open(&DbUrl::Sqlite(folder.join("mandate.db")), OpenOptions::default()).await?;
    db.migrate(now()).await?;
    book::fill(&db, (arguments.accounts, 2), now()).await?;
    let people = book::sign_in(&db, (2, arguments.accounts), now()).await?;
    db.close().await;
    // The second one has every right.
    let cookie = people.last().map(|person| person.cookie.clone()).unwrap_or_default();
    let batches: Arc<Vec<Vec<u8>>> = Arc::new((0..arguments.requests).map(|request| batch(arguments, request)).collect());

    let server = Server::start(&binary, &folder, None).await?;
    let begun = Instant::now();
    let mut times = send_all(arguments, server.port, &cookie, &batches).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let mut sender = Sender::new(server.port, &cookie).await?;
    let last = arguments.requests - 1;
    let (replayed, again) = (sender.send(Some(last), &batches[last]).await?, sender.send(None, &batches[last]).await?);
    let (_, most_mb) = server.memory_mb()?;
    server.stop()?;
    std::fs::remove_dir_all(&folder)?;

    let n_events = arguments.events / PER_CASE * PER_CASE * arguments.requests;
    let rate = n_events as f64 / seconds;
    let tail = times.len().saturating_sub(10);
    let last_ten = times[tail..].iter().sum::<f64>() / (times.len() - tail) as f64;
    times.sort_by(f64::total_cmp);
    let (p50, p95, max) = (at(&times, 0.5), at(&times, 0.95), at(&times, 1.0));
    let whole = again["n_same"].as_u64() == Some((arguments.events / PER_CASE * PER_CASE) as u64)
        && again["n_new"].as_u64() == Some(0)
        && replayed["n_new"].as_u64() != Some(0);
    eprintln!("| events | requests | senders | events/s | p50 ms | p95 ms | max ms | last ten, mean ms | server, most MB |");
    eprintln!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    eprintln!(
        "| {n_events} | {} | {} | {rate:.0} | {p50:.0} | {p95:.0} | {max:.0} | {last_ten:.0} | {most_mb:.0} |",
        arguments.requests, arguments.senders
    );
    if !whole {
        eprintln!("FAILED the last batch again: {replayed}, {again}");
    }
    println!(
        "{}",
        json!({
            "events": n_events, "requests": arguments.requests, "senders": arguments.senders, "accounts": arguments.accounts,
            "seconds": seconds, "events_per_s": rate, "p50_ms": p50, "p95_ms": p95, "max_ms": max,
            "last_ten_mean_ms": last_ten, "most_mb": most_mb, "idempotent": whole,
        })
    );
    Ok(whole && BUDGET <= rate)
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match run().await {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("below {BUDGET} events a second, or a batch counted twice");
            std::process::ExitCode::FAILURE
        }
        Err(failure) => {
            eprintln!("bench-events: {failure}");
            std::process::ExitCode::FAILURE
        }
    }
}
