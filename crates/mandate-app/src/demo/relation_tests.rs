//! What the two sides know, say, expect and promise holds together, and each story of it shows and vanishes with its rows.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use mandate_domain::Month;

use super::book::DemoBook;
use super::coherence_tests::{SEED, TODAY};
use super::relations::DemoTalk;
use super::relative::{optional_date, relative_date};
use super::tables::{AccountRow, ExpectationRow, PromiseRow, StakeRow, Tables};

fn tables() -> Tables {
    Tables::embedded().expect("readable tables")
}

/// Relations do not depend on the number of events; few keep these tests quick.
fn generate(tables: Tables, seed: u64, today: Date) -> DemoBook {
    DemoBook::generate(tables, seed, today, 1_000).expect("coherent tables")
}

fn book() -> DemoBook {
    generate(tables(), SEED, TODAY)
}

fn day(cell: &str) -> Date {
    relative_date("test", cell, TODAY).expect("a date")
}

/// Checks `finding` with the story, with it under another seed, and without it.
fn check_story<T: PartialEq + std::fmt::Debug>(
    story: &str,
    finding: impl Fn(&DemoBook) -> Vec<T>,
    expected: &[T],
) {
    assert_eq!(finding(&book()), expected, "story {story} with seed {SEED}");
    assert_eq!(finding(&generate(tables(), 1, TODAY)).len(), expected.len(), "story {story}, another seed");
    let without = finding(&generate(tables().without_story(story), SEED, TODAY));
    assert!(without.is_empty(), "story {story} leaves a trace: {without:?}");
}

fn talks_of<'a>(book: &'a DemoBook, account: &'a AccountRow) -> impl Iterator<Item = &'a DemoTalk> {
    book.relations.talks.iter().filter(move |talk| talk.account == account.key)
}

fn with(talk: &DemoTalk, person: &str) -> bool {
    talk.people.iter().any(|key| key == person)
}

/// A manager who does not fit what an account expects, and whom nobody above saw failing.
#[derive(Debug, PartialEq)]
struct Mismatch {
    account: String,
    industry: String,
    not_met: usize,
    /// Days from the first expectation until the manager's superior was written to.
    found_after_days: i32,
    /// Talks of the manager in eighteen months, and what is usual at that level of service.
    talks: usize,
    usual: usize,
}

fn mismatches(book: &DemoBook) -> Vec<Mismatch> {
    let tables = book.tables();
    let since = Month::of(TODAY).plus(-18).first_day();
    let n_talks = |account: &AccountRow| {
        let own = talks_of(book, account).filter(|talk| talk.happened_on >= since);
        own.filter(|talk| with(talk, &account.manager)).count()
    };
    let mut found = vec![];
    for account in &tables.accounts {
        let versed = book.relations.expertise.iter().any(|row| {
            row.person == account.manager && row.area == "industry" && row.topic == account.industry
        });
        let own: Vec<&ExpectationRow> =
            tables.expectations.iter().filter(|row| row.account == account.key).collect();
        let Some(stated) = own.iter().map(|row| day(&row.stated_on)).min() else { continue };
        let superior =
            &tables.our_people.iter().find(|it| it.key == account.manager).expect("him").reports_to;
        let heard = talks_of(book, account).filter(|talk| with(talk, superior) && talk.happened_on >= stated);
        let Some(heard) = heard.map(|talk| talk.happened_on).min() else { continue };
        let found_after_days = heard.since(stated).expect("a span").get_days();
        let mut perceived: Vec<(Date, &str)> = own
            .iter()
            .filter_map(|row| {
                Some((
                    optional_date("test", &row.perceived_on, TODAY).expect("a date")?,
                    row.perceived.as_str(),
                ))
            })
            .collect();
        perceived.sort_unstable();
        let falling = perceived.first().is_some_and(|first| first.1 != "falls_short")
            && perceived.last().is_some_and(|last| last.1 == "falls_short");
        let mut others: Vec<usize> =
            tables.accounts.iter().filter(|it| it.level == account.level).map(&n_talks).collect();
        others.sort_unstable();
        let (talks, usual) = (n_talks(account), others[others.len() / 2]);
        if !versed && falling && found_after_days >= 365 && talks * 2 < usual {
            found.push(Mismatch {
                account: account.key.clone(),
                industry: account.industry.clone(),
                not_met: own.iter().filter(|row| row.state == "not_met").count(),
                found_after_days,
                talks,
                usual,
            });
        }
    }
    found
}

/// What makes a table wrong.
type Change<'a> = &'a dyn Fn(&mut Tables);

#[test]
fn story_001_a_manager_who_does_not_fit_is_found_late() {
    let expected = Mismatch {
        account: "tessmar".to_owned(),
        industry: "Chemicals".to_owned(),
        not_met: 2,
        found_after_days: 428,
        talks: 0,
        usual: 0,
    };
    check_story(
        "001-mismatch",
        |book| {
            let found = mismatches(book);
            let short = found.iter().all(|it| it.talks * 2 < it.usual && it.usual > 30);
            assert!(short, "{found:?}");
            found.into_iter().map(|it| Mismatch { talks: 0, usual: 0, ..it }).collect()
        },
        &[expected],
    );
}

/// How far an account manager is a stranger at an account whose prices are about to change.
#[derive(Debug, PartialEq)]
struct Stranger {
    account: String,
    known: usize,
    people: usize,
    known_stake: i64,
    stake: i64,
    unseen_sites: Vec<String>,
    prices_change_on: Date,
}

fn in_force(row: &StakeRow) -> bool {
    let until = optional_date("test", &row.until, TODAY).expect("a date");
    day(&row.since) <= TODAY && until.is_none_or(|until| TODAY <= until)
}

fn strangers(book: &DemoBook) -> Vec<Stranger> {
    let tables = book.tables();
    let mut found = vec![];
    for account in &tables.accounts {
        let people = tables.client_people.iter().filter(|person| {
            person.account == account.key && !tables.leavers.iter().any(|row| row.person == person.key)
        });
        let people: BTreeSet<&str> = people.map(|person| person.key.as_str()).collect();
        let knows = |person: &str| {
            let mut own = book.relations.acquaintances.iter();
            own.any(|row| row.our_person == account.manager && row.client_person == person)
        };
        let stakes: Vec<&StakeRow> = tables
            .stakes
            .iter()
            .filter(|row| people.contains(row.person.as_str()) && in_force(row))
            .collect();
        let (known, known_stake) = (
            people.iter().filter(|person| knows(person)).count(),
            stakes.iter().filter(|row| knows(&row.person)).map(|row| row.weight).sum::<i64>(),
        );
        let stake: i64 = stakes.iter().map(|row| row.weight).sum();
        let visits = || talks_of(book, account).filter(|talk| talk.channel == "site_visit");
        let seen: BTreeSet<&str> =
            visits().filter(|talk| with(talk, &account.manager)).map(|talk| talk.place.as_str()).collect();
        let unseen: BTreeSet<&str> =
            visits().map(|talk| talk.place.as_str()).filter(|place| !seen.contains(place)).collect();
        let soon = TODAY.saturating_add(6.months());
        let changes = book.contracts.iter().filter(|it| tables.contracts[it.row].account == account.key);
        let changes = changes.filter_map(|contract| contract.price_change_on).filter(|on| *on <= soon).min();
        let silent = !talks_of(book, account).any(|talk| talk.topic == "price");
        if let Some(prices_change_on) = changes
            && known * 2 < people.len()
            && known_stake * 2 < stake
            && !unseen.is_empty()
            && silent
        {
            found.push(Stranger {
                account: account.key.clone(),
                known,
                people: people.len(),
                known_stake,
                stake,
                unseen_sites: unseen.into_iter().map(str::to_owned).collect(),
                prices_change_on,
            });
        }
    }
    found
}

#[test]
fn story_003_a_manager_is_unknown_at_half_the_touchpoints_while_prices_change() {
    let expected = Stranger {
        account: "sable".to_owned(),
        known: 2,
        people: 5,
        known_stake: 35,
        stake: 100,
        unseen_sites: vec!["Savannah, passenger service".to_owned()],
        prices_change_on: date(2027, 3, 1),
    };
    check_story("003-unknown", strangers, &[expected]);
}

/// A sale that promised more than any contract says.
#[derive(Debug, PartialEq)]
struct Oversold {
    account: String,
    promises: usize,
    in_no_contract: usize,
    without_delivery_owner: usize,
    broken: usize,
    /// Expectations that come from them, and how many of these were not met.
    expectations: usize,
    not_met: usize,
}

fn oversold(book: &DemoBook) -> Vec<Oversold> {
    let tables = book.tables();
    let mut found = vec![];
    for account in &tables.accounts {
        let sold: Vec<&PromiseRow> = tables
            .promises
            .iter()
            .filter(|row| row.account == account.key && row.occasion == "sale")
            .collect();
        let count = |test: &dyn Fn(&PromiseRow) -> bool| sold.iter().filter(|row| test(row)).count();
        let come_of: Vec<&ExpectationRow> = tables
            .expectations
            .iter()
            .filter(|row| sold.iter().any(|promise| promise.key == row.promise))
            .collect();
        let in_no_contract = count(&|row| row.contract.is_empty());
        let broken = count(&|row| row.state == "broken");
        if in_no_contract >= 3 && broken > 0 {
            found.push(Oversold {
                account: account.key.clone(),
                promises: sold.len(),
                in_no_contract,
                without_delivery_owner: count(&|row| row.delivery_owner.is_empty()),
                broken,
                expectations: come_of.len(),
                not_met: come_of.iter().filter(|row| row.state == "not_met").count(),
            });
        }
    }
    found
}

#[test]
fn story_004_a_sale_promised_more_than_any_contract_says() {
    let expected = Oversold {
        account: "bluewater".to_owned(),
        promises: 9,
        in_no_contract: 5,
        without_delivery_owner: 2,
        broken: 3,
        expectations: 4,
        not_met: 3,
    };
    check_story("004-promises", oversold, &[expected]);
}

/// Revenue of an account's product over some months, in minor units.
fn revenue(book: &DemoBook, account: &str, product: &str, from: i32, until: i32) -> i64 {
    let months = Month::of(TODAY).plus(from)..=Month::of(TODAY).plus(until);
    let own = book.commerce.actuals.iter().filter(|row| row.account == account && row.product == product);
    own.filter(|row| months.contains(&row.month)).map(|row| row.revenue_minor).sum()
}

#[test]
fn story_000_shows_in_what_was_invoiced_by_month() {
    let change = |book: &DemoBook, product: &str| {
        // The same eight months of two years, so that the season has no say.
        let (before, after) =
            (revenue(book, "brackwell", product, -24, -17), revenue(book, "brackwell", product, -12, -5));
        (after - before) * 1_000 / before
    };
    let (with, without) = (book(), generate(tables().without_story("000"), SEED, TODAY));
    let (claims, policies) = (change(&with, "claims-intake"), change(&with, "policy-admin"));
    assert!((-150..=-105).contains(&claims), "{claims} permille of claims intake");
    assert!((-60..=0).contains(&policies), "{policies} permille of policy administration");
    assert!(change(&without, "claims-intake") > 0, "without the story claims grow");
}

#[test]
fn one_product_is_left_and_one_grows() {
    let book = book();
    assert!(revenue(&book, "hollis", "hosting", -17, -6) > 0);
    assert_eq!(revenue(&book, "hollis", "hosting", -5, -1), 0, "hosting left the scope");
    let (before, after) = (
        revenue(&book, "sentavo", "service-desk", -21, -13),
        revenue(&book, "sentavo", "service-desk", -9, -1),
    );
    assert!(after * 100 > before * 120, "{before} before, {after} after");
}

#[test]
fn every_month_of_a_contract_was_invoiced_at_about_its_value() {
    let book = book();
    for account in ["kestrel", "arden", "lotusbay"] {
        let last_year: i64 = book
            .commerce
            .actuals
            .iter()
            .filter(|row| row.account == account && row.month >= Month::of(TODAY).plus(-12))
            .map(|row| row.revenue_minor)
            .sum();
        let value = book.annual_value_minor(account);
        assert!((last_year - value).abs() * 25 < value, "{account}: {last_year} of {value}");
    }
    for row in &book.commerce.actuals {
        assert!(0 < row.cost_minor && row.cost_minor < row.revenue_minor, "{row:?}");
    }
}

#[test]
fn lists_rise_and_one_is_coming() {
    let prices = book().commerce.list_prices;
    let claims: Vec<(Date, i64)> = prices
        .iter()
        .filter(|price| price.product == "claims-intake" && price.currency == "EUR")
        .map(|price| (price.valid_from, price.price_minor))
        .collect();
    let expected =
        [(date(2024, 1, 1), 339), (date(2025, 1, 1), 350), (date(2026, 1, 1), 360), (date(2027, 1, 1), 369)];
    assert_eq!(claims, expected);
    assert_eq!(prices.len(), 27 * 4);
}

#[test]
fn rates_of_every_month_end_fit_each_other() {
    let rates = book().commerce.rates;
    assert_eq!(rates.len(), 26 * 6);
    let rate = |from: &str, to: &str, on: Date| {
        let found =
            rates.iter().find(|rate| (rate.from.as_str(), rate.to.as_str(), rate.rate_on) == (from, to, on));
        found.expect("a rate").rate_billionths
    };
    let newest = date(2026, 10, 31);
    assert_eq!(rate("GBP", "EUR", newest), 1_142_100_000);
    // Between month -13 (0.8712) and month -6 (0.8589), one month on.
    assert_eq!(rate("USD", "EUR", date(2025, 11, 30)), 871_200_000 - 12_300_000 / 7);
    for (from, to) in [("EUR", "GBP"), ("EUR", "USD"), ("GBP", "USD")] {
        let both = i128::from(rate(from, to, newest)) * i128::from(rate(to, from, newest));
        assert!((both - 1_000_000_000_000_000_000).abs() < 3_000_000_000, "{from} to {to} and back: {both}");
    }
}

#[test]
fn the_guide_states_the_figures_of_the_default_seed() {
    let guide = include_str!("../../../../docs/guide/demo-book.md");
    let book = book();
    let (talks, tables) = (&book.relations.talks, book.tables());
    let visits = talks.iter().filter(|talk| talk.channel == "site_visit").count();
    let percent = |product: &str| {
        let before = revenue(&book, "brackwell", product, -24, -17);
        let permille = (revenue(&book, "brackwell", product, -12, -5) - before) * 1_000 / before;
        format!("{}{}.{}", if permille < 0 { "−" } else { "+" }, permille.abs() / 10, permille.abs() % 10)
    };
    let late = &mismatches(&book)[0];
    let stated = [
        format!(
            "{} stakes with reasons, {} entries of expertise, {} career steps, {} acquaintances",
            tables.stakes.len(),
            book.relations.expertise.len(),
            tables.careers.len(),
            book.relations.acquaintances.len(),
        ),
        format!("{} communications, {visits} of them visits to sites", thousands(talks.len())),
        format!("{} reviews in which", book.relations.reviews.len()),
        format!(
            "{} expectations in the clients' words and {} promises",
            tables.expectations.len(),
            tables.promises.len()
        ),
        format!(
            "{} list prices of four lists, {} exchange rates made up for the demo, {} opportunities, {} months",
            book.commerce.list_prices.len(),
            book.commerce.rates.len(),
            tables.opportunities.len(),
            thousands(book.commerce.actuals.len()),
        ),
        arranged(tables),
        format!(
            "{} custom fields with {} values, {} records with tags",
            tables.custom_fields.len(),
            tables.custom_values.len(),
            tables.record_tags.len()
        ),
        format!("claims {} %, policies {} %", percent("claims-intake"), percent("policy-admin")),
        format!("came {} days later; two of three expectations not met", late.found_after_days),
        format!("{} talks with him in eighteen months where {} are usual", late.talks, late.usual),
    ];
    let missing: Vec<&String> = stated.iter().filter(|figure| !guide.contains(figure.as_str())).collect();
    assert!(missing.is_empty(), "write into docs/guide/demo-book.md: {missing:#?}");
}

/// Decisions about managers by what came of them, in the guide's words.
fn arranged(tables: &Tables) -> String {
    let ended = |state: &str| tables.manager_decisions.iter().filter(|row| row.state == state).count();
    assert_eq!((ended("reached"), ended("missed"), ended("open")), (1, 1, 2));
    format!(
        "{} decisions about an account manager (one improvement reached, one missed, one open, one replacement), \
         {} planned handover, {} expectations that clients see in the portal",
        tables.manager_decisions.len(),
        tables.handovers.len(),
        tables.shared_expectations.len()
    )
}

fn thousands(number: usize) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

#[test]
fn talks_and_reviews_are_held_by_people_who_are_there() {
    let book = book();
    let tables = book.tables();
    let mut keys = BTreeSet::new();
    for talk in &book.relations.talks {
        assert!(keys.insert(&talk.key), "{} twice", talk.key);
        assert!(talk.happened_on <= TODAY, "{talk:?} lies ahead");
        for key in &talk.people {
            let of_client = tables.client_people.iter().find(|person| person.key == *key);
            let of_group = |person: &str| person == talk.account || talk.key == "ansgard-group";
            assert!(
                of_client.is_none_or(|person| of_group(&person.account)),
                "{talk:?}: {key} is of another"
            );
            if let Some(leaver) = tables.leavers.iter().find(|leaver| leaver.person == *key) {
                assert!(talk.happened_on <= day(&leaver.left_on), "{talk:?}: {key} had left");
            }
        }
        assert_eq!(
            talk.channel == "site_visit" && talk.place.is_empty(),
            talk.key == "orrin-storm1",
            "{talk:?}"
        );
    }
    let n_talks = book.relations.talks.len();
    assert!((1_500..=3_000).contains(&n_talks), "{n_talks} talks");
    let n_taken_through: usize = book.relations.reviews.iter().map(|review| review.kpis.len()).sum();
    assert!(n_taken_through <= book.walkthroughs.len() && n_taken_through > 1_500, "{n_taken_through}");
    assert!(book.relations.reviews.iter().all(|review| review.held_on < review.next_on));
    assert!(!book.relations.reviews.iter().any(|review| review.account == "sable"), "story 003");
}

#[test]
fn everybody_of_a_key_account_has_a_stake_and_a_loud_voice_a_small_one() {
    let book = book();
    let tables = book.tables();
    let key: BTreeSet<&str> =
        tables.accounts.iter().filter(|it| it.tier == "key").map(|it| it.key.as_str()).collect();
    for person in tables.client_people.iter().filter(|person| key.contains(person.account.as_str())) {
        let n_stakes = tables.stakes.iter().filter(|row| row.person == person.key).count();
        assert!(n_stakes >= 1, "{} has none", person.key);
    }
    let loud = "wexmoor-vikram-nuttall";
    let turned_to_us = |person: &str| {
        let theirs = book.relations.talks.iter().filter(|talk| talk.direction == "theirs");
        theirs.filter(|talk| talk.people.first().is_some_and(|first| first == person)).count()
    };
    let of_wexmoor: Vec<&str> = tables
        .client_people
        .iter()
        .filter(|person| person.account == "wexmoor")
        .map(|person| person.key.as_str())
        .collect();
    let weight = |person: &str| {
        let own = tables.stakes.iter().filter(|row| row.person == person && in_force(row));
        own.map(|row| row.weight).sum::<i64>()
    };
    for other in of_wexmoor.into_iter().filter(|person| *person != loud) {
        assert!(turned_to_us(loud) > turned_to_us(other) && weight(loud) * 3 < weight(other), "{other}");
    }
}

#[test]
fn relations_and_commerce_are_the_same_for_the_same_seed_and_day() {
    let (one, same) = (book(), book());
    assert_eq!((&one.relations, &one.commerce), (&same.relations, &same.commerce));
    let other = generate(tables(), 1, TODAY);
    assert_ne!(one.relations.talks, other.relations.talks);
    assert_eq!(one.commerce.rates, other.commerce.rates, "rates do not depend on chance");
    let many = DemoBook::generate(tables(), SEED, TODAY, 9_000).expect("coherent tables");
    assert_eq!(
        (&one.relations, &one.commerce),
        (&many.relations, &many.commerce),
        "nor on the number of events"
    );
}

#[test]
fn relations_of_any_day_are_whole() {
    for today in [date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1), date(2029, 7, 14)] {
        let book = generate(tables(), 3, today);
        assert!(book.relations.talks.iter().all(|talk| talk.happened_on <= today), "{today}");
        assert!(book.commerce.actuals.len() > 1_800, "{today}: {}", book.commerce.actuals.len());
    }
}

#[test]
fn a_cell_that_leads_nowhere_names_its_table() {
    let refused = |spoil: &dyn Fn(&mut Tables)| {
        let mut tables = tables();
        spoil(&mut tables);
        DemoBook::generate(tables, SEED, TODAY, 1_000).expect_err("refused").to_string()
    };
    let cases: [(&str, Change<'_>); 5] = [
        ("relation_stories.csv", &|tables| tables.relation_stories[0].effect = "magic".to_owned()),
        ("list_prices.csv", &|tables| tables.list_prices[3].product = "steam".to_owned()),
        ("exchange_rates.csv", &|tables| tables.exchange_rates.retain(|row| row.from != "GBP")),
        ("talk_rules.csv", &|tables| tables.talk_rules[0].ours = "janitor".to_owned()),
        ("amendments.csv", &|tables| {
            tables.amendments.iter_mut().for_each(|row| row.contract = "none".to_owned());
        }),
    ];
    for (table, spoil) in cases {
        let error = refused(spoil);
        assert!(error.contains(table), "{table}: {error}");
    }
}

#[test]
fn what_was_decided_about_a_manager_comes_after_what_happened_and_goes_with_its_story() {
    let tables = tables();
    for row in &tables.manager_decisions {
        let [decided, until] = [&row.decided_on, &row.until_on].map(|cell| day(cell));
        assert!(decided <= TODAY && decided < until, "{}", row.key);
        let account = tables.accounts.iter().find(|account| account.key == row.account).expect("an account");
        assert_eq!(account.manager, row.manager, "{}", row.key);
        let ended = optional_date("test", &row.ended_on, TODAY).expect("a date");
        assert_eq!(ended.is_some(), row.state != "open", "{}", row.key);
        assert!(ended.is_none_or(|ended| decided < ended && ended <= until && ended <= TODAY), "{}", row.key);
    }
    let letter = tables.communications.iter().find(|row| row.key == "tessmar-letter").expect("the letter");
    let first = tables
        .manager_decisions
        .iter()
        .filter(|row| row.account == "tessmar")
        .map(|row| day(&row.decided_on));
    assert!(first.min().expect("a decision") > day(&letter.on), "found late, so decided late");
    let without = tables.without_story("001-mismatch");
    assert!(
        without.handovers.is_empty() && without.manager_decisions.iter().all(|row| row.account != "tessmar")
    );
}
