//! The invented book: managers, accounts, clients' people, contracts, measures and the users who click.
//!
//! Every id follows from its number, so that a later run knows what is in the database without reading it. Written
//! through the store's own functions: search entries and folded names are what the product would have.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use mandate_domain::audit::{AuditActor, AuditRecord, Origin};
use mandate_domain::book::{
    Account, Contract, ContractKind, NoticePeriod, Person, PersonRole, Record, Renewal, Saved, Side, Tier,
};
use mandate_domain::facts::case_filter::CaseFilter;
use mandate_domain::facts::kpi::{
    Aggregate, Cadence, Direction, Figure, Kpi, KpiDefinition, KpiScope, KpiVersion, MeasuredClock, Verdict,
};
use mandate_domain::identity::{Role, SessionTimes, User, UserState};
use mandate_domain::{Currency, Id, Instant, Month};
use mandate_store::book::{Stored, insert_many};
use mandate_store::facts::kpis::{self, KpiValueRow};
use mandate_store::identity::{self, StoredSession, StoredUser};
use mandate_store::{Db, WriteTx};
use sha2::{Digest, Sha256};

use crate::Failure;
use crate::chance::Chance;

/// Accounts of one account manager.
const MANAGED: usize = 200;
/// Account managers at least.
pub const N_MANAGERS: usize = 50;
/// Accounts with measures of their own.
const N_MEASURED: usize = 500;
/// Rows of one statement batch.
const BATCH: usize = 5_000;

const FIRST: [&str; 40] = [
    "Alder", "Ashby", "Baltic", "Beacon", "Brackwell", "Bridgeway", "Calder", "Castle", "Cedar", "Clarion", "Copper",
    "Danube", "Delta", "Eastgate", "Elbe", "Falcon", "Fenwick", "Garnet", "Granite", "Harbour", "Heron", "Ionian",
    "Juniper", "Kestrel", "Lindale", "Maple", "Meridian", "Northgate", "Oakfield", "Orchard", "Pannonia", "Quarry",
    "Ridgeway", "Saffron", "Sterling", "Tamar", "Umber", "Vantage", "Westbrook", "Yarrow",
];
const SECOND: [&str; 12] = [
    "Insurance", "Logistics", "Bank", "Energy", "Foods", "Health", "Rail", "Textiles", "Telecom", "Water", "Steel", "Retail",
];
/// What family names end in: with these there are some twenty thousand names.
const ENDINGS: [&str; 12] = ["", "er", "son", "sen", "ley", "man", "wood", "stein", "ova", "ini", "berg", "ard"];
const CURRENCIES: [&str; 3] = ["EUR", "GBP", "CHF"];

fn id<T>(kind: u8, number: usize) -> Id<T> {
    Id::new(Instant::from_seconds(1_700_000_000), (u128::from(kind) << 64) | number as u128)
}

/// The account with this number.
pub fn account_id(number: usize) -> Id<Account> {
    id(1, number)
}

/// Account managers of so many accounts; each has every so-manieth account.
fn n_managers(n_accounts: usize) -> usize {
    N_MANAGERS.max(n_accounts / MANAGED)
}

fn manager_id(number: usize) -> Id<Person> {
    id(2, number)
}

/// The account's name; no two are equal.
pub fn account_name(number: usize) -> String {
    let (first, second) = (FIRST[number % FIRST.len()], SECOND[number / FIRST.len() % SECOND.len()]);
    format!("{first} {second} {number:05}")
}

fn saved<T>(id: Id<T>, now: Instant, record: T) -> Saved<T> {
    Saved::new(id, record, now)
}

/// Commits with the one audit record that a commit needs.
pub async fn commit(tx: WriteTx, now: Instant, what: &str) -> Result<(), Failure> {
    let record = AuditRecord {
        at: now,
        actor: AuditActor::Operator,
        origin: Origin::CommandLine,
        action: format!("bench.{what}"),
        subject_kind: "bench".to_owned(),
        subject_id: "bench".to_owned(),
        subject_name: "Benchmark".to_owned(),
        account_id: None,
        reason: None,
        changes: vec![],
    };
    Ok(tx.commit(record).await?)
}

async fn insert<R: Stored + Record>(tx: &mut WriteTx, records: &[Saved<R>]) -> Result<(), Failure> {
    for part in records.chunks(BATCH) {
        insert_many(tx, part).await?;
    }
    Ok(())
}

fn person(side: Side, account: Option<Id<Account>>, name: String, role: PersonRole) -> Person {
    let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
    Person { account_id: account, email, job_title: "Head of operations".to_owned(), role, ..Person::new(side, name) }
}

/// Fills the book with `n_accounts` accounts, `n_people` of each, and what belongs to them.
pub async fn fill(db: &Db, (n_accounts, n_people): (usize, usize), now: Instant) -> Result<(), Failure> {
    let mut chance = Chance::new(1);
    let mut tx = db.begin_write().await?;
    let managers: Vec<Saved<Person>> = (0..n_managers(n_accounts))
        .map(|n| saved(manager_id(n), now, person(Side::Provider, None, format!("Manager {n:03}"), PersonRole::AccountManager)))
        .collect();
    insert(&mut tx, &managers).await?;
    let accounts: Vec<Saved<Account>> =
        (0..n_accounts).map(|n| saved(account_id(n), now, account(n, n_accounts, &mut chance))).collect();
    insert(&mut tx, &accounts).await?;
    let people: Vec<Saved<Person>> = (0..n_accounts * n_people)
        .map(|n| {
            let last = FIRST[chance.below(FIRST.len())];
            let name = format!("{} {last}{}", FIRST[chance.below(FIRST.len())], ENDINGS[chance.below(ENDINGS.len())]);
            let role = if n % 2 == 0 { PersonRole::Sponsor } else { PersonRole::Procurement };
            saved(id(3, n), now, person(Side::Client, Some(account_id(n / n_people)), name, role))
        })
        .collect();
    insert(&mut tx, &people).await?;
    let contracts: Vec<Saved<Contract>> =
        (0..n_accounts * 5 / 4).map(|n| saved(id(4, n), now, contract(n, n_accounts, &mut chance))).collect();
    insert(&mut tx, &contracts).await?;
    commit(tx, now, "book").await?;
    measures(db, n_accounts.min(N_MEASURED), now).await
}

fn account(number: usize, n_accounts: usize, chance: &mut Chance) -> Account {
    Account {
        external_id: Some(format!("CUST-{number:05}")),
        name: account_name(number),
        tier: if number % 20 == 0 { Tier::Key } else { Tier::Standard },
        country: String::new(),
        industry: SECOND[number / FIRST.len() % SECOND.len()].to_lowercase(),
        time_zone: "Europe/Vienna".to_owned(),
        currency: Currency::parse(CURRENCIES[number % 3]).unwrap_or(Currency::EUR),
        // One in ten has no stated value.
        annual_value_minor: (number % 10 != 9).then(|| 1_000_000 + chance.below(900_000_000) as i64),
        parent_id: None,
        account_manager_id: Some(manager_id(number % n_managers(n_accounts))),
        negotiator_id: None,
        origin: "import".to_owned(),
    }
}

fn contract(number: usize, n_accounts: usize, chance: &mut Chance) -> Contract {
    let starts_on = date(2023, 1, 1).saturating_add((chance.below(900) as i64).days());
    let renews_on: Date = date(2026, 6, 1).saturating_add((chance.below(1_100) as i64).days());
    Contract {
        external_id: Some(format!("CON-{number:05}")),
        account_id: account_id(number % n_accounts),
        kind: ContractKind::Master,
        parent_id: None,
        title: format!("Service desk {number:05}"),
        time_zone: "Europe/Vienna".to_owned(),
        currency: Currency::EUR,
        starts_on,
        ends_on: None,
        renews_on: Some(renews_on),
        renewal: (number % 3 != 0).then_some(Renewal::Automatic),
        renewal_months: (number % 3 != 0).then_some(12),
        renewal_clause: String::new(),
        notice: NoticePeriod::stored(Some(90), None),
        notice_clause: String::new(),
        price_change_on: (number % 4 == 0).then(|| renews_on.saturating_sub(60.days())),
        price_change_clause: String::new(),
    }
}

async fn measures(db: &Db, n_accounts: usize, now: Instant) -> Result<(), Failure> {
    let first = Month::parse("2024-12")?;
    let mut tx = db.begin_write().await?;
    for number in 0..n_accounts {
        let version = KpiVersion { id: id(6, number), valid_from: first, definition: definition()? };
        let kpi = Kpi {
            id: id(5, number),
            external_id: None,
            scope: KpiScope::Account(account_id(number)),
            name: format!("Resolved in time {number:03}"),
            owner_person_id: None,
            cadence: Cadence::Monthly,
            assumed: false,
            demo: false,
            version: 1,
            versions: vec![],
        };
        kpis::insert_kpi(&mut tx, &kpi, now).await?;
        kpis::insert_version(&mut tx, &kpi.id, &version, now).await?;
        let values: Vec<KpiValueRow> = (0..24)
            .map(|month| KpiValueRow {
                kpi_id: kpi.id.clone(),
                account_id: account_id(number),
                month: first.plus(month),
                kpi_version_id: version.id.clone(),
                figure: Figure { n: 40, numerator: 37, value_micro: Some(925_000), verdict: Verdict::Missed, ..Figure::NONE },
            })
            .collect();
        kpis::insert_values(&mut tx, &values).await?;
    }
    commit(tx, now, "measures").await
}

fn definition() -> Result<KpiDefinition, Failure> {
    let (aggregate, direction) = (Aggregate::ShareWithinTarget, Direction::HigherIsBetter);
    KpiDefinition::new(MeasuredClock::Resolution, aggregate, direction, Some(950_000), CaseFilter::default())
        .map_err(Failure::from)
}

/// Somebody who clicks: their cookie and the accounts they may open.
#[derive(Clone)]
pub struct Clicker {
    /// The session cookie.
    pub cookie: String,
    /// Numbers of the accounts they see: from, and every how many.
    pub accounts: (usize, usize),
}

impl Clicker {
    /// What they ask for, with how much of it they see.
    pub fn named(&self, page: &str) -> String {
        format!("{page}; {}", if self.accounts.1 == 1 { "all" } else { "own" })
    }
}

/// `n` people with a fresh session each: one half manages accounts and sees its own, one half sees everything.
pub async fn sign_in(
    db: &Db,
    (n, n_accounts): (usize, usize),
    now: Instant,
) -> Result<Vec<Clicker>, Failure> {
    let n_managers = n_managers(n_accounts);
    let mut clickers = vec![];
    let mut tx = db.begin_write().await?;
    for number in 0..n {
        let manages = number % 2 == 0;
        let user_id: Id<User> = id(7, number);
        if identity::load_user(&mut tx, &user_id).await?.is_none() {
            let user = user(&user_id, manages.then(|| manager_id(number % n_managers)), number);
            identity::insert_user(&mut tx, &StoredUser { user, password_hash: None }, now).await?;
        }
        let token = format!("bench-{number}-{}", now.microseconds());
        let token_hash = Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let times = SessionTimes { created_at: now, last_seen_at: now, expires_at: now.plus_seconds(12 * 3600) };
        let user_agent = "bench".to_owned();
        let session =
            StoredSession { token_hash, user_id, times, user_agent, verified_at: Some(now), second_factor: None };
        identity::insert_session(&mut tx, &session).await?;
        let accounts = if manages { (number % n_managers, n_managers) } else { (0, 1) };
        clickers.push(Clicker { cookie: format!("mandate={token}"), accounts });
    }
    commit(tx, now, "signed_in").await?;
    Ok(clickers)
}

fn user(id: &Id<User>, person_id: Option<Id<Person>>, number: usize) -> User {
    let manages = person_id.is_some();
    User {
        id: id.clone(),
        person_id,
        account_id: None,
        email: format!("person{number}@example.org"),
        display_name: format!("Person {number}"),
        roles: if manages { vec![Role::AccountManager] } else { vec![Role::DeliveryLead, Role::Sponsor, Role::Administrator] },
        locale: "en-GB".to_owned(),
        time_zone: "Europe/Vienna".to_owned(),
        single_keys: true,
        state: UserState::Active,
        demo: false,
        version: 1,
    }
}
