//! People who click: what they open, how long they think, and how long each page took them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Failure;
use crate::book::{Clicker, account_id, account_name};
use crate::chance::Chance;
use crate::http::Connection;

/// Pages and how often each is opened among seventeen clicks.
const PAGES: [(&str, usize); 9] = [
    ("portfolio", 3),
    ("portfolio by value", 1),
    ("portfolio filtered by name", 1),
    ("portfolio, a later page", 2),
    ("account", 4),
    ("cases of an account", 2),
    ("all cases", 1),
    ("my day", 2),
    ("search.json", 1),
];

/// What one phase found: milliseconds by page, and what failed.
#[derive(Default)]
pub struct Clicked {
    /// Milliseconds of each answer that was 200, by page.
    pub times: BTreeMap<String, Vec<f64>>,
    /// Other answers by page and status.
    pub errors: BTreeMap<String, usize>,
}

impl Clicked {
    /// Adds what somebody else found in the same phase.
    pub fn add(&mut self, other: Self) {
        for (page, times) in other.times {
            self.times.entry(page).or_default().extend(times);
        }
        for (what, n) in other.errors {
            *self.errors.entry(what).or_default() += n;
        }
    }
}

/// Between two clicks of a person.
#[derive(Clone, Copy, PartialEq)]
pub enum Thinking {
    /// Half a second to one and a half.
    Yes,
    /// None at all.
    No,
}

/// Lets everybody click for `seconds`.
pub async fn run(
    port: u16,
    clickers: &[Clicker],
    n_accounts: usize,
    seconds: u64,
    thinking: Thinking,
) -> Result<Clicked, Failure> {
    let until = Instant::now() + Duration::from_secs(seconds);
    let people: Vec<_> = clickers
        .iter()
        .cloned()
        .enumerate()
        .map(|(idx, clicker)| tokio::spawn(person(port, idx, clicker, n_accounts, until, thinking)))
        .collect();
    let mut all = Clicked::default();
    for handle in people {
        all.add(handle.await??);
    }
    Ok(all)
}

async fn person(
    port: u16,
    idx: usize,
    clicker: Clicker,
    n_accounts: usize,
    until: Instant,
    thinking: Thinking,
) -> Result<Clicked, Failure> {
    let mut chance = Chance::new(1_000 + idx as u64);
    let mut connection = Connection::open(port).await?;
    let mut clicked = Clicked::default();
    let pages: Vec<&'static str> = PAGES.iter().flat_map(|(page, n)| std::iter::repeat_n(*page, *n)).collect();
    if thinking == Thinking::Yes {
        tokio::time::sleep(Duration::from_secs_f64(chance.share())).await;
    }
    while Instant::now() < until {
        let page = pages[chance.below(pages.len())];
        let path = path(page, &clicker, n_accounts, &mut chance);
        let begun = Instant::now();
        match connection.get(&path, &clicker.cookie, false).await {
            Ok(answer) if answer.status == 200 && !answer.body.is_empty() => {
                clicked.times.entry(page.to_owned()).or_default().push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
            Ok(answer) => *clicked.errors.entry(format!("{page}: {}", answer.status)).or_default() += 1,
            Err(error) => {
                *clicked.errors.entry(format!("{page}: {}", error)).or_default() += 1;
                connection = Connection::open(port).await?;
            }
        }
        if thinking == Thinking::Yes {
            tokio::time::sleep(Duration::from_secs_f64(0.5 + chance.share())).await;
        }
    }
    Ok(clicked)
}

fn path(page: &str, clicker: &Clicker, n_accounts: usize, chance: &mut Chance) -> String {
    let (from, every) = clicker.accounts;
    // Busy accounts are looked at more often than quiet ones.
    let n_own = (n_accounts - from).div_ceil(every);
    let own = ((chance.share() * chance.share() * n_own as f64) as usize).min(n_own - 1);
    let account = from + own * every;
    let id = account_id(account);
    match page {
        "portfolio" => "/portfolio".to_owned(),
        "portfolio by value" => "/portfolio?sort=-annual_value".to_owned(),
        "portfolio filtered by name" => {
            let name = account_name(account).to_lowercase();
            format!("/portfolio?f=name&op=has&v={}", name.split(' ').next().unwrap_or("a"))
        }
        "portfolio, a later page" => {
            let cursor = format!("{id}~={}", account_name(account).to_lowercase());
            format!("/portfolio?sort=name&after={}&from=25", utf8_percent_encode(&cursor, NON_ALPHANUMERIC))
        }
        "account" => format!("/accounts/{id}"),
        "cases of an account" => format!("/accounts/{id}/cases"),
        "all cases" => "/facts/cases".to_owned(),
        "search.json" => format!("/search.json?q={}", account_name(account).to_lowercase().replace(' ', "+")),
        _ => "/".to_owned(),
    }
}
