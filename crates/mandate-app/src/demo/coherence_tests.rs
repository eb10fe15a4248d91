//! The demo book holds together: counts, references, dates, money, the same facts for the same seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jiff::civil::{Date, date};

use super::book::DemoBook;
use super::cases::{Kind, State, Zone};
use super::tables::Tables;

pub(super) const TODAY: Date = date(2026, 11, 21);
pub(super) const SEED: u64 = 2026;

pub(super) fn book() -> &'static DemoBook {
    static BOOK: OnceLock<DemoBook> = OnceLock::new();
    BOOK.get_or_init(|| generate(SEED, TODAY, 300_000))
}

fn generate(seed: u64, today: Date, n_events: u32) -> DemoBook {
    let tables = Tables::embedded().expect("readable tables");
    DemoBook::generate(tables, seed, today, n_events).expect("coherent tables")
}

fn distinct<'a>(values: impl Iterator<Item = &'a String>) -> usize {
    values.collect::<BTreeSet<_>>().len()
}

#[test]
fn the_firm_has_the_size_that_was_promised() {
    let (book, tables) = (book(), book().tables());
    let left = |key: &str| tables.leavers.iter().any(|row| row.person == key);
    let here = || tables.our_people.iter().filter(|person| !left(&person.key));
    let n_of_role = |role: &str| here().filter(|person| person.role == role).count();
    assert_eq!((tables.accounts.len(), tables.products.len(), tables.lines.len()), (40, 9, 5));
    assert_eq!((n_of_role("account_manager"), n_of_role("negotiator")), (12, 4));
    assert_eq!((n_of_role("product_manager"), n_of_role("delivery_lead")), (9, 5));
    assert_eq!(distinct(tables.accounts.iter().map(|account| &account.currency)), 3);
    assert_eq!(distinct(tables.accounts.iter().map(|account| &account.time_zone)), 5);
    let n_events = book.n_events();
    assert!((250_000..=350_000).contains(&n_events), "{n_events} events");
    assert!((45_000..=65_000).contains(&book.cases.len()), "{} cases", book.cases.len());
}

#[test]
fn every_reference_leads_somewhere() {
    let tables = book().tables();
    let person = |key: &str| tables.our_people.iter().find(|person| person.key == key);
    let role = |key: &str| person(key).map(|person| person.role.as_str());
    for line in &tables.lines {
        assert_eq!(role(&line.head), Some("delivery_lead"), "{}", line.key);
    }
    for team in &tables.teams {
        assert_eq!(role(&team.lead), Some("team_member"), "{}", team.key);
        assert!(
            team.line.is_empty() || tables.lines.iter().any(|line| line.key == team.line),
            "{}",
            team.key
        );
    }
    for product in &tables.products {
        assert_eq!(role(&product.manager), Some("product_manager"), "{}", product.key);
    }
    for account in &tables.accounts {
        assert_eq!(role(&account.manager), Some("account_manager"), "{}", account.key);
        assert_eq!(role(&account.negotiator), Some("negotiator"), "{}", account.key);
        let n_people = tables.client_people.iter().filter(|person| person.account == account.key).count();
        assert!((2..=5).contains(&n_people), "{} has {n_people} people", account.key);
    }
    for reason in &tables.kpi_reasons {
        let account =
            tables.accounts.iter().find(|account| account.key == reason.account).expect("an account");
        assert!(book().kpis_of(account).iter().any(|kpi| kpi.key == reason.kpi), "{reason:?}");
        assert!(tables.client_people.iter().any(|person| person.key == reason.person), "{reason:?}");
    }
    for user in &tables.users {
        assert!(person(&user.person).is_some(), "{}", user.person);
    }
}

#[test]
fn contracts_hold_together() {
    let (book, tables) = (book(), book().tables());
    for contract in &book.contracts {
        let row = &tables.contracts[contract.row];
        assert!(tables.accounts.iter().any(|account| account.key == row.account), "{}", row.key);
        let ends_on = contract.ends_on.unwrap_or(Date::MAX);
        assert!(contract.starts_on < ends_on, "{}", row.key);
        assert!(contract.renews_on.is_none_or(|renews_on| renews_on > contract.starts_on), "{}", row.key);
        assert!(contract.price_change_on.is_none_or(|on| on > TODAY), "{}: prices change later", row.key);
        assert_eq!(row.kind == "master", row.parent.is_empty(), "{}", row.key);
        if let Some(parent) = book.contracts.iter().find(|parent| parent.key == row.parent) {
            assert_eq!(tables.contracts[parent.row].account, row.account);
            assert!(parent.starts_on <= contract.starts_on, "{} begins before its master", row.key);
        } else {
            assert_eq!(row.parent, "");
        }
    }
    for line in &book.lines {
        assert!(line.unit_cost_minor < line.unit_price_minor, "{line:?} is sold below cost");
        assert!(line.unit_price_minor <= line.list_price_minor, "{line:?} is dearer than the list");
    }
    for account in &tables.accounts {
        let value = book.annual_value_minor(&account.key) / 100;
        assert!((400_000..12_000_000).contains(&value), "{} pays {value} a year", account.key);
    }
    assert_eq!(book.annual_value_minor("brackwell"), 603_400_000);
}

#[test]
fn events_of_a_case_are_in_order_and_end_before_the_load() {
    let until = Zone::end_of_export(TODAY);
    for case in &book().cases {
        assert!(case.events.iter().all(|event| event.at < until));
        assert!(case.events.windows(2).all(|pair| pair[0].at < pair[1].at), "{}", case.case_ref());
        let first = case.events.first().expect("an event");
        assert_eq!((first.kind, first.state), (Kind::Opened, State::New));
        assert!(case.events.iter().all(|event| (1..=4).contains(&event.priority)));
    }
}

#[test]
fn most_kinds_and_states_of_a_service_desk_occur() {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for event in book().cases.iter().flat_map(|case| &case.events) {
        *kinds.entry(event.kind.as_str()).or_default() += 1;
    }
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    assert!(kinds.values().all(|n| *n > 500), "{kinds:?}");
}

#[test]
fn the_same_seed_and_day_give_the_same_facts_and_another_seed_others() {
    let (one, same, other) =
        (generate(7, TODAY, 30_000), generate(7, TODAY, 30_000), generate(8, TODAY, 30_000));
    assert_eq!(one.cases, same.cases);
    assert_ne!(one.cases, other.cases);
    assert_eq!(one.lines, other.lines, "prices do not depend on chance");
    assert!((24_000..=36_000).contains(&one.n_events()), "{} events were asked for", one.n_events());
}

#[test]
fn the_facts_are_the_same_bytes_on_every_machine() {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for case in &generate(7, TODAY, 30_000).cases {
        hasher.update(format!("{case:?}\n"));
    }
    let digest: String = hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        digest, "8040b18a4e1d6883",
        "if the generator was changed on purpose, write the new digest here"
    );
}

#[test]
fn a_demo_loaded_on_any_day_is_whole() {
    for today in [date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1), date(2029, 7, 14)] {
        let book = generate(3, today, 12_000);
        assert!(book.cases.len() > 1_000, "{today}");
        assert!(book.contracts.iter().all(|contract| contract.price_change_on.is_none_or(|on| on > today)));
    }
}
