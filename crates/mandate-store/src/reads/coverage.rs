//! What coverage of accounts follows from: the client's people with their stakes, who of ours knows them, who talked with whom.
//!
//! Some two hundred accounts take six statements, so that one page, a write that touches a few and the daily count of all go the same
//! way. Which accounts a reader may see is asked before; what is read here belongs to those accounts and to nobody else's.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use mandate_domain::Id;
use mandate_domain::book::{
    Account, ClientVoice, CoverageFacts, LastContact, OurVoice, Person, PersonRole, ThreadFacts, Tier,
};
use mandate_domain::governance::Direction;

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value};
use crate::params;

/// Most accounts of one reading.
pub const MOST_ACCOUNTS: usize = 200;

/// What a page tells of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonLine {
    /// Who.
    pub id: Id<Person>,
    /// Their name.
    pub name: String,
    /// Their job title.
    pub job_title: String,
    /// What they are in the relationship.
    pub role: PersonRole,
    /// What they may decide.
    pub authority: String,
}

/// An account with all that its coverage follows from.
#[derive(Clone, Debug)]
pub struct AccountCoverage {
    /// Which.
    pub account_id: Id<Account>,
    /// What coverage follows from.
    pub facts: CoverageFacts,
    /// Everybody named in it, by id.
    pub people: BTreeMap<Id<Person>, PersonLine>,
}

/// A visit at the client's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteVisit {
    /// The communication's id.
    pub id: String,
    /// What it was about.
    pub title: String,
    /// When.
    pub on: Date,
    /// Where; may be empty.
    pub place: String,
    /// Who took part, of both sides.
    pub people: Vec<String>,
}

const ACCOUNTS: &str =
    "SELECT id, tier, account_manager_id FROM account WHERE deleted_at_us IS NULL AND id IN ";
const CLIENT_PEOPLE: &str = "
    SELECT p.account_id, p.id, p.name, p.job_title, p.role, p.authority, p.left_on, p.successor_id,
           (SELECT CAST(SUM(s.weight) AS BIGINT) FROM stake s
             WHERE s.person_id = p.id AND s.deleted_at_us IS NULL AND s.since <= $1 AND (s.until IS NULL OR $1 <= s.until)),
           (SELECT COUNT(*) FROM record_link k JOIN communication m ON m.id = k.record_id
             WHERE k.target_id = p.id AND k.record_kind = 'communication' AND m.deleted_at_us IS NULL
               AND m.happened_on <= $1 AND $2 < m.happened_on)
      FROM person p
     WHERE p.side = 'client' AND p.deleted_at_us IS NULL AND p.account_id IN ";
const ACQUAINTANCES: &str = "
    SELECT p.account_id, q.client_person_id, q.our_person_id, q.strength, q.stated_on
      FROM person p JOIN acquaintance q ON q.client_person_id = p.id
     WHERE p.side = 'client' AND p.deleted_at_us IS NULL AND q.deleted_at_us IS NULL AND p.account_id IN ";
/// In this order, which `CROSS JOIN` tells SQLite: it would begin with all links that there are.
const CONTACTS: &str = "
    SELECT m.account_id, lc.target_id, lo.target_id, m.direction, MAX(m.happened_on)
      FROM communication m CROSS JOIN record_link lc CROSS JOIN person c CROSS JOIN record_link lo CROSS JOIN person o
     WHERE lc.record_kind = 'communication' AND lc.record_id = m.id AND lc.field = 'people'
       AND c.id = lc.target_id AND c.side = 'client'
       AND lo.record_kind = 'communication' AND lo.record_id = m.id AND lo.field = 'people'
       AND o.id = lo.target_id AND o.side = 'provider'
       AND m.deleted_at_us IS NULL AND m.happened_on <= $1 AND m.account_id IN ";
const LAST_TALKS: &str = "
    SELECT m.account_id, m.direction, MAX(m.happened_on) FROM communication m
     WHERE m.deleted_at_us IS NULL AND m.happened_on <= $1 AND m.account_id IN ";
const OUR_PEOPLE: &str = "
    SELECT id, name, job_title, role, authority, left_on, successor_id FROM person
     WHERE side = 'provider' AND deleted_at_us IS NULL AND id IN ";
const SITE_VISITS: &str = "
    SELECT m.id, m.title, m.happened_on, m.place, p.name
      FROM communication m
      LEFT JOIN record_link k ON k.record_kind = 'communication' AND k.record_id = m.id AND k.field = 'people'
      LEFT JOIN person p ON p.id = k.target_id
     WHERE m.account_id = $1 AND m.channel = 'site_visit' AND m.deleted_at_us IS NULL AND $2 < m.happened_on AND m.happened_on <= $3
     ORDER BY m.happened_on DESC, m.id, p.name_sort";

/// `($first, ...)` for `n` values.
fn places(first: usize, n: usize) -> String {
    let places: Vec<String> = (first..first + n).map(|place| format!("${place}")).collect();
    format!("({})", places.join(", "))
}

fn texts<T>(ids: &[Id<T>]) -> impl Iterator<Item = Value> {
    ids.iter().map(|id| Value::Text(Some(id.to_string())))
}

/// The year before `on`.
fn a_year_before(on: Date) -> Date {
    on.saturating_sub(1.year())
}

/// What coverage of `accounts` on a day follows from; what lies in the trash is left out. At most [`MOST_ACCOUNTS`] at once.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_coverage_facts(
    tx: &mut ReadTx,
    accounts: &[Id<Account>],
    on: Date,
    also_ours: &[Id<Person>],
) -> Result<Vec<AccountCoverage>, StoreError> {
    let n = accounts.len();
    if n == 0 {
        return Ok(vec![]);
    }
    let with_day = || params![on].into_iter().chain(texts(accounts)).collect::<Vec<_>>();
    let mut found = BTreeMap::new();
    for row in tx.fetch_all(&format!("{ACCOUNTS}{}", places(1, n)), texts(accounts).collect()).await? {
        let coverage = new_coverage(&row, on)?;
        found.insert(coverage.account_id.to_string(), coverage);
    }
    let sql = format!("{CLIENT_PEOPLE}{} ORDER BY p.account_id, p.name_sort, p.id", places(3, n));
    let values = params![on, a_year_before(on)].into_iter().chain(texts(accounts)).collect();
    for row in tx.fetch_all(&sql, values).await? {
        let Some(coverage) = found.get_mut(&row.text(0)?) else { continue };
        read_client(coverage, &row)?;
    }
    let mut threads = Threads::default();
    for row in tx.fetch_all(&format!("{ACQUAINTANCES}{}", places(1, n)), texts(accounts).collect()).await? {
        threads.of(&row)?.stated = Some((row.int(3)?, row.date(4)?));
    }
    let sql =
        format!("{CONTACTS}{} GROUP BY m.account_id, lc.target_id, lo.target_id, m.direction", places(2, n));
    for row in tx.fetch_all(&sql, with_day()).await? {
        let day = row.date(4)?;
        reached(&mut threads.of(&row)?.contact, row.parsed(3, Direction::parse)?, day);
    }
    let sql = format!("{LAST_TALKS}{} GROUP BY m.account_id, m.direction", places(2, n));
    for row in tx.fetch_all(&sql, with_day()).await? {
        if let Some(coverage) = found.get_mut(&row.text(0)?) {
            reached(&mut coverage.facts.contact, row.parsed(1, Direction::parse)?, row.date(2)?);
        }
    }
    for (account, thread) in threads.into_all() {
        if let Some(coverage) = found.get_mut(&account) {
            coverage.facts.threads.push(thread);
        }
    }
    let mut found: Vec<AccountCoverage> = found.into_values().collect();
    add_ours(tx, &mut found, also_ours).await?;
    Ok(found)
}

fn new_coverage(row: &Row, on: Date) -> Result<AccountCoverage, StoreError> {
    let facts = CoverageFacts {
        on,
        tier: row.parsed(1, |word| Tier::parse(word).ok_or("no tier"))?,
        manager: row.id_or_null(2)?,
        client: vec![],
        ours: vec![],
        threads: vec![],
        contact: LastContact::default(),
    };
    Ok(AccountCoverage { account_id: row.id(0)?, facts, people: BTreeMap::new() })
}

fn read_line(row: &Row, first: usize) -> Result<PersonLine, StoreError> {
    Ok(PersonLine {
        id: row.id(first)?,
        name: row.text(first + 1)?,
        job_title: row.text(first + 2)?,
        role: PersonRole::parse(&row.text(first + 3)?).unwrap_or(PersonRole::Other),
        authority: row.text(first + 4)?,
    })
}

fn read_client(coverage: &mut AccountCoverage, row: &Row) -> Result<(), StoreError> {
    let line = read_line(row, 1)?;
    coverage.facts.client.push(ClientVoice {
        id: line.id.clone(),
        left_on: row.date_or_null(6)?,
        successor: row.id_or_null(7)?,
        weight: row.int_or_null(8)?,
        n_talks: row.int(9)?,
    });
    coverage.people.insert(line.id.clone(), line);
    Ok(())
}

/// The later of what is known and `day`, for the way it went.
fn reached(contact: &mut LastContact, direction: Direction, day: Date) {
    let place = match direction {
        Direction::Ours => &mut contact.ours,
        Direction::Theirs => &mut contact.theirs,
        Direction::Both => &mut contact.both,
    };
    *place = (*place).max(Some(day));
}

/// Threads by account, client's person and ours.
#[derive(Default)]
struct Threads(BTreeMap<(String, String, String), ThreadFacts>);

impl Threads {
    /// The thread that a row names in its first three columns.
    fn of(&mut self, row: &Row) -> Result<&mut ThreadFacts, StoreError> {
        let (client, ours) = (row.id(1)?, row.id(2)?);
        let key = (row.text(0)?, row.text(1)?, row.text(2)?);
        let new = ThreadFacts { client, ours, stated: None, contact: LastContact::default() };
        Ok(self.0.entry(key).or_insert(new))
    }

    fn into_all(self) -> impl Iterator<Item = (String, ThreadFacts)> {
        self.0.into_iter().map(|((account, ..), thread)| (account, thread))
    }
}

/// Everybody of ours whom the threads name, their successors, the account managers, and `also`.
async fn add_ours(
    tx: &mut ReadTx,
    found: &mut [AccountCoverage],
    also: &[Id<Person>],
) -> Result<(), StoreError> {
    let mut ids: Vec<Id<Person>> = also.to_vec();
    for coverage in found.iter() {
        ids.extend(coverage.facts.manager.clone());
        ids.extend(coverage.facts.threads.iter().map(|thread| thread.ours.clone()));
    }
    let mut known: BTreeMap<Id<Person>, (PersonLine, OurVoice)> = BTreeMap::new();
    // Twice: a successor may have no thread of their own yet.
    for _ in 0..2 {
        ids.sort();
        ids.dedup();
        ids.retain(|id| !known.contains_key(id));
        let mut successors = vec![];
        for chunk in ids.chunks(500) {
            let rows = tx
                .fetch_all(&format!("{OUR_PEOPLE}{}", places(1, chunk.len())), texts(chunk).collect())
                .await?;
            for row in &rows {
                let line = read_line(row, 0)?;
                let voice = OurVoice {
                    id: line.id.clone(),
                    left_on: row.date_or_null(5)?,
                    successor: row.id_or_null(6)?,
                };
                successors.extend(voice.successor.clone());
                known.insert(line.id.clone(), (line, voice));
            }
        }
        ids = successors;
    }
    for coverage in found {
        let mut named: Vec<Id<Person>> = also.to_vec();
        named.extend(coverage.facts.manager.clone());
        named.extend(coverage.facts.threads.iter().map(|thread| thread.ours.clone()));
        let successors: Vec<Id<Person>> =
            named.iter().filter_map(|id| known.get(id)?.1.successor.clone()).collect();
        named.extend(successors);
        named.sort();
        named.dedup();
        for (line, voice) in named.iter().filter_map(|id| known.get(id)) {
            coverage.people.insert(line.id.clone(), line.clone());
            coverage.facts.ours.push(voice.clone());
        }
    }
    Ok(())
}

/// Visits at the client's in the year up to `on`, the newest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_site_visits(
    tx: &mut ReadTx,
    account: &Id<Account>,
    on: Date,
) -> Result<Vec<SiteVisit>, StoreError> {
    let mut visits: Vec<SiteVisit> = vec![];
    for row in tx.fetch_all(SITE_VISITS, params![account, a_year_before(on), on]).await? {
        let id = row.text(0)?;
        if visits.last().is_none_or(|last| last.id != id) {
            let (title, on, place) = (row.text(1)?, row.date(2)?, row.text(3)?);
            visits.push(SiteVisit { id, title, on, place, people: vec![] });
        }
        if let (Some(visit), Some(name)) = (visits.last_mut(), row.text_or_null(4)?) {
            visit.people.push(name);
        }
    }
    Ok(visits)
}
