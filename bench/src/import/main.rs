//! A million people into the book with `mandate import`, against the real program: rows, seconds, peak memory.
//!
//!     MANDATE_BINARY=.../mandate bench-import [--rows 1000000] [--accounts 100000] [--again]
//!
//! Accounts come in first; then a file of people of those accounts, in no order of theirs, every column given. With `--again`
//! the same file once more, when every row has to be found the same. Prints a table on stderr and JSON on stdout; fails above
//! 60 s or 512 MB a million rows. Memory is `VmHWM` of the program at its end, read by `/usr/bin/time` of GNU.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Seconds that a million rows may take.
const MOST_SECONDS: f64 = 60.0;
/// Megabytes that the program may hold.
const MOST_MB: f64 = 512.0;

struct Arguments {
    rows: usize,
    accounts: usize,
    again: bool,
}

fn arguments() -> Result<Arguments, Failure> {
    let mut read = Arguments { rows: 1_000_000, accounts: 100_000, again: false };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        if name == "--again" {
            read.again = true;
            continue;
        }
        let value = given.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number: usize = value.parse().map_err(|_| format!("`{value}` is no number for {name}"))?;
        match name.as_str() {
            "--rows" => read.rows = number.max(1),
            "--accounts" => read.accounts = number.clamp(1, 200_000),
            _ => return Err(format!("no option is called {name}").into()),
        }
    }
    Ok(read)
}

const FIRST: [&str; 16] = [
    "Hana", "Jonas", "Eszter", "Marta", "Luis", "Aoife", "Piotr", "Ingrid", "Yusuf", "Chloé", "Tomáš",
    "Noor", "Björn", "Grace", "Mateo", "Zoë",
];
const LAST: [&str; 16] = [
    "Brandt", "Feld", "Molnár", "Kowalska", "Ortega", "Byrne", "Nowak", "Dahl", "Demir", "Lefèvre", "Dvořák",
    "Haddad", "Åberg", "Okafor", "Silva", "Jansen",
];
const ROLES: [&str; 5] = ["sponsor", "governance_lead", "procurement", "process_owner", "user"];

fn write_accounts(path: &Path, n: usize) -> Result<(), Failure> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "external_id,name,tier,industry,time_zone,currency")?;
    for at in 0..n {
        writeln!(out, "A-{at},Client {at} {},standard,Insurance,Europe/Berlin,EUR", LAST[at % LAST.len()])?;
    }
    Ok(out.flush()?)
}

fn write_people(path: &Path, n: usize, n_accounts: usize) -> Result<(), Failure> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "external_id,side,account,name,job_title,role,email,phone")?;
    for at in 0..n {
        // A large step through the accounts: neighbours in the file belong to different ones.
        let account = at.wrapping_mul(7_919) % n_accounts;
        let (first, last) = (FIRST[at % FIRST.len()], LAST[at / FIRST.len() % LAST.len()]);
        let role = ROLES[at % ROLES.len()];
        writeln!(
            out,
            "P-{at},client,A-{account},{first} {last} {at},Head of claims {},{role},p{at}@client{account}.example,+49 30 {at:07}",
            at % 97
        )?;
    }
    Ok(out.flush()?)
}

struct Seen {
    seconds: f64,
    peak_mb: f64,
    told: String,
}

fn import(binary: &str, folder: &Path, file: &Path, kind: &str) -> Result<Seen, Failure> {
    let began = Instant::now();
    let done = Command::new("/usr/bin/time")
        .args(["-v", binary, "import"])
        .arg(file)
        .args(["--kind", kind, "--data"])
        .arg(folder)
        .output()?;
    let seconds = began.elapsed().as_secs_f64();
    let told = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    let notes = String::from_utf8_lossy(&done.stderr).into_owned();
    if !done.status.success() {
        return Err(format!("{kind}: {notes}").into());
    }
    let peak =
        notes.lines().find_map(|line| line.trim().strip_prefix("Maximum resident set size (kbytes): "));
    let peak_kb: f64 = peak.ok_or("GNU time says no memory")?.trim().parse()?;
    Ok(Seen { seconds, peak_mb: peak_kb / 1024.0, told })
}

fn main() -> Result<(), Failure> {
    let asked = arguments()?;
    let binary = std::env::var("MANDATE_BINARY").map_err(|_| "MANDATE_BINARY names no program")?;
    let folder = std::env::temp_dir().join(format!("mandate-bench-import-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&binary, &folder, &asked);
    std::fs::remove_dir_all(&folder)?;
    let (first, again) = measured?;
    eprintln!("| run | rows | s | rows/s | peak RSS MB |\n| --- | ---: | ---: | ---: | ---: |");
    for (name, seen) in [("new", Some(&first)), ("the same again", again.as_ref())] {
        if let Some(seen) = seen {
            let rate = asked.rows as f64 / seen.seconds;
            eprintln!("| {name} | {} | {:.1} | {rate:.0} | {:.0} |", asked.rows, seen.seconds, seen.peak_mb);
        }
    }
    println!(
        "{{\"rows\":{},\"seconds\":{:.2},\"peak_mb\":{:.0},\"again_seconds\":{}}}",
        asked.rows,
        first.seconds,
        first.peak_mb,
        again.as_ref().map_or("null".to_owned(), |seen| format!("{:.2}", seen.seconds))
    );
    let most = MOST_SECONDS * asked.rows as f64 / 1e6;
    if first.seconds > most.max(1.0) || first.peak_mb > MOST_MB {
        return Err(format!("above {most:.0} s or {MOST_MB} MB").into());
    }
    Ok(())
}

fn measure(binary: &str, folder: &Path, asked: &Arguments) -> Result<(Seen, Option<Seen>), Failure> {
    let (accounts, people, data) =
        (folder.join("accounts.csv"), folder.join("people.csv"), folder.join("data"));
    write_accounts(&accounts, asked.accounts)?;
    write_people(&people, asked.rows, asked.accounts)?;
    let before = import(binary, &data, &accounts, "accounts")?;
    eprintln!("{} accounts: {:.1} s, {:.0} MB", asked.accounts, before.seconds, before.peak_mb);
    let first = import(binary, &data, &people, "people")?;
    eprintln!("{}", first.told);
    let again = if asked.again { Some(import(binary, &data, &people, "people")?) } else { None };
    if let Some(again) = &again {
        eprintln!("{}", again.told);
    }
    Ok((first, again))
}
