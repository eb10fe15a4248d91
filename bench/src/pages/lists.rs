//! Lists of many accounts and people: every kind of question a person asks of them, one after the other, while somebody else
//! saves, and from four at once.
//!
//! Each question is asked of the page that people see, as somebody who sees everything and as an account manager who sees
//! two hundred accounts. Later pages are reached by the page's own link, from its first page on.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Failure;
use crate::book::{Clicker, account_id};
use crate::clicks::Clicked;
use crate::http::Connection;

/// Who asks at once in the second phase.
pub const AT_ONCE: usize = 4;
/// Pages on from the first before one counts as a later page.
const LATER: usize = 5;

/// A question and its address.
type Question = (&'static str, String);

/// What is asked of the list of accounts and of the list of people; `turn` varies what is looked for.
fn questions(turn: usize) -> Vec<Question> {
    let name = ["harbour", "kestrel", "yarrow", "cedar", "umber"][turn % 5];
    let (industry, role) = (["bank", "rail", "water"][turn % 3], ["sponsor", "procurement"][turn % 2]);
    let value = 1_000_000 + turn % 7 * 900_000;
    [
        ("accounts", "/portfolio".to_owned()),
        ("accounts by name, last first", "/portfolio?sort=-name".to_owned()),
        ("accounts by yearly value", "/portfolio?sort=-annual_value".to_owned()),
        ("accounts by account manager", "/portfolio?sort=account_manager".to_owned()),
        ("accounts by next renewal", "/portfolio?sort=next_renewal_on".to_owned()),
        ("accounts by next renewal or end", "/portfolio?sort=renews_or_ends_on".to_owned()),
        ("accounts that end or renew by a day", "/portfolio?f=renews_or_ends_on&op=max&v=2026-12-31".to_owned()),
        ("accounts, account manager has", format!("/portfolio?f=account_manager&op=has&v=manager+{}", turn % 10)),
        ("accounts, name has", format!("/portfolio?f=name&op=has&v={name}")),
        ("accounts of an industry", format!("/portfolio?f=industry&op=is&v={industry}")),
        ("key accounts by yearly value", "/portfolio?f=tier&op=is&v=key&sort=-annual_value".to_owned()),
        ("accounts of a yearly value", format!("/portfolio?f=annual_value&op=min&v={value}")),
        ("people", "/people".to_owned()),
        ("people by name, last first", "/people?sort=-name".to_owned()),
        ("people by account", "/people?sort=account".to_owned()),
        ("people by role", "/people?sort=role".to_owned()),
        ("people, changed last", "/people?sort=-updated_at".to_owned()),
        ("people, name has", format!("/people?f=name&op=has&v={name}")),
        ("people of a role", format!("/people?f=role&op=is&v={role}")),
        ("people of a role by account", format!("/people?f=role&op=is&v={role}&sort=account")),
        ("people, account has", format!("/people?f=account&op=has&v={name}")),
        ("search for a word of names", format!("/search?q={name}")),
    ]
    .into()
}

/// Asks every question for `seconds` as each of `clickers` one after the other.
pub async fn run(port: u16, clickers: &[Clicker], seconds: u64) -> Result<Clicked, Failure> {
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut connection = Connection::open(port).await?;
    let mut asked = Clicked::default();
    let mut turn = 0;
    while turn == 0 || Instant::now() < until {
        for clicker in clickers {
            for (name, path) in questions(turn) {
                ask(&mut connection, clicker, (name, &path), &mut asked).await?;
            }
            for (name, path) in [("accounts, a later page", "/portfolio"), ("people, a later page", "/people")] {
                later(&mut connection, clicker, (name, path), &mut asked).await?;
            }
        }
        turn += 1;
    }
    Ok(asked)
}

/// As [`run`] while an account manager logs a talk every second: what was counted before a write is counted anew after it.
pub async fn run_while_saved(port: u16, clickers: &[Clicker], seconds: u64) -> Result<Clicked, Failure> {
    let manager = clickers.iter().find(|it| it.accounts.1 != 1).ok_or("nobody manages accounts")?.clone();
    let saving = tokio::spawn(async move { log_talks(port, &manager, seconds).await });
    let mut all = run(port, clickers, seconds).await?;
    all.add(saving.await??);
    Ok(all)
}

async fn log_talks(port: u16, manager: &Clicker, seconds: u64) -> Result<Clicked, Failure> {
    let mut connection = Connection::open(port).await?;
    let mut asked = Clicked::default();
    let mut every = tokio::time::interval(Duration::from_secs(1));
    for number in 0..seconds {
        every.tick().await;
        let account = account_id(manager.accounts.0).to_string();
        let talk = json!({"account": account, "title": format!("Talk {number}"), "happened_on": "2026-11-20", "channel": "call",
            "details": "Logged while lists are read"});
        let body = talk.to_string();
        let request = format!(
            "POST /api/v1/communications HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncookie: {}\r\naccept: application/json\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            manager.cookie,
            body.len()
        );
        let begun = Instant::now();
        let answer = connection.ask(request.as_bytes()).await?;
        if answer.status == 201 {
            asked.times.entry("a talk logged".to_owned()).or_default().push(begun.elapsed().as_secs_f64() * 1_000.0);
        } else {
            *asked.errors.entry(format!("a talk logged: {}", answer.status)).or_default() += 1;
        }
    }
    Ok(asked)
}

/// As [`run`] from [`AT_ONCE`] connections; each begins at another place.
pub async fn run_at_once(port: u16, clickers: &[Clicker], seconds: u64) -> Result<Clicked, Failure> {
    let asking: Vec<_> = (0..AT_ONCE)
        .map(|at| {
            let mut clickers = clickers.to_vec();
            let first = at % clickers.len().max(1);
            clickers.rotate_left(first);
            tokio::spawn(async move { run(port, &clickers, seconds).await })
        })
        .collect();
    let mut all = Clicked::default();
    for asked in asking {
        all.add(asked.await??);
    }
    Ok(all)
}

async fn ask(
    connection: &mut Connection,
    clicker: &Clicker,
    (name, path): (&'static str, &str),
    asked: &mut Clicked,
) -> Result<Option<Vec<u8>>, Failure> {
    let begun = Instant::now();
    let answer = connection.get(path, &clicker.cookie, true).await?;
    let took = begun.elapsed().as_secs_f64() * 1_000.0;
    if answer.status == 200 && !answer.body.is_empty() {
        asked.times.entry(clicker.named(name)).or_default().push(took);
        return Ok(Some(answer.body));
    }
    *asked.errors.entry(format!("{name}: {}", answer.status)).or_default() += 1;
    Ok(None)
}

/// Follows the list's own link to the next page; the last of them is what counts.
async fn later(
    connection: &mut Connection,
    clicker: &Clicker,
    (name, first): (&'static str, &str),
    asked: &mut Clicked,
) -> Result<(), Failure> {
    let mut path = first.to_owned();
    let mut untold = Clicked { times: BTreeMap::new(), errors: BTreeMap::new() };
    for _ in 0..LATER {
        let Some(body) = ask(connection, clicker, (name, &path), &mut untold).await? else {
            asked.errors.extend(untold.errors);
            return Ok(());
        };
        let Some(query) = next_of(&String::from_utf8_lossy(&body)) else { return Ok(()) };
        path = if query.starts_with('/') { query } else { format!("{first}{query}") };
    }
    ask(connection, clicker, (name, &path), asked).await.map(|_| ())
}

fn next_of(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("rel=\"next\" href=\"")?;
    let (link, _) = rest.split_once('"')?;
    Some(link.replace("&amp;", "&").replace("&#x2f;", "/"))
}
