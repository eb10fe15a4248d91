//! The information firewall, tested by what an observer can tell: F1 two worlds, F2 purge, F3 teeth, F4 reach, F5 canaries.
//!
//! Two worlds are the same but for what the observer may not know; the same requests in both must be answered the same, byte for
//! byte. A run counts only because the same harness finds every secret once the wall is removed. `docs/security/firewall.md` says
//! what is compared and what is not; `NI_PAIRS` sets the number of pairs.

mod ears;
mod observer;
mod secrets;
mod teeth;

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::Label;
use mandate_domain::identity::Role;
use mandate_testing::{STARTED_AT, TestDb, run_on_sqlite};
use mandate_web::access::Access;
use mandate_web::route_table;

use crate::access::allows;
use crate::browser::Browser;
use crate::seed::{Firm, firm};
use crate::smtp::at_port;
use observer::{OBSERVERS, Observer, Program, Told, first_difference, sweep};
use secrets::{Chance, Planted, Secret, plant, remove_the_wall};

/// Requests of one observer in one world.
const N_REQUESTS: usize = 44;

/// How many pairs of worlds: 42 unless `NI_PAIRS` says otherwise.
fn n_pairs() -> u64 {
    std::env::var("NI_PAIRS").ok().and_then(|it| it.parse().ok()).unwrap_or(42)
}

/// Whether the wall stands in a world.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wall {
    Stands,
    Removed,
}

/// A world with its own secrets, and the observer at its service.
struct World {
    db: TestDb,
    browser: Browser,
    planted: Planted,
}

async fn world(
    low: &TestDb,
    firm: &Firm,
    observer: &Observer,
    wall: Wall,
    hidden: &[Secret],
    seed: u64,
) -> World {
    let db = low.copied().await;
    let planted = plant(&db, firm, hidden, &mut Chance::new(seed)).await;
    if wall == Wall::Removed {
        remove_the_wall(&db, firm, observer.name).await;
    }
    let service = Browser::on(db.ctx_at(STARTED_AT).with_mail(at_port(9)));
    let browser = observer.browser(&service, firm, wall == Wall::Removed);
    World { db, browser, planted }
}

/// What was told in one world, and what was planted there.
type Run = (Vec<Told>, Planted);

/// What the observer is told in both worlds of a pair.
async fn pair(
    low: &TestDb,
    firm: &Firm,
    observer: &Observer,
    wall: Wall,
    hidden: &[Secret],
    seed: u64,
) -> [Run; 2] {
    let mut told = vec![];
    for k in 0..2 {
        let mut world = world(low, firm, observer, wall, hidden, seed * 2 + k).await;
        let transcript =
            Program::new(firm, observer, seed).run(&world.db, &mut world.browser, N_REQUESTS).await;
        world.db.db().close().await;
        told.push((transcript, world.planted));
    }
    let second = told.pop().expect("two worlds");
    [told.pop().expect("two worlds"), second]
}

/// What the observer is told of every route in both worlds of a pair.
async fn swept(low: &TestDb, firm: &Firm, observer: &Observer, seed: u64) -> [Run; 2] {
    let mut told = vec![];
    for k in 0..2 {
        let mut world = world(low, firm, observer, Wall::Stands, observer.hidden, seed * 2 + k).await;
        let transcript = sweep(firm, observer.name, &mut world.browser).await;
        world.db.db().close().await;
        told.push((transcript, world.planted));
    }
    let second = told.pop().expect("two worlds");
    [told.pop().expect("two worlds"), second]
}

/// F1: no difference.
async fn two_worlds_look_the_same(low: TestDb) {
    let started = std::time::Instant::now();
    let firm = firm(&low).await;
    let (mut problems, mut n_requests) = (vec![], 0);
    let mut routes = BTreeSet::new();
    for seed in 0..n_pairs() {
        let observer = &OBSERVERS[(seed % OBSERVERS.len() as u64) as usize];
        let [(one, _), (other, _)] = pair(&low, &firm, observer, Wall::Stands, observer.hidden, seed).await;
        n_requests += one.len();
        routes.extend(one.iter().map(|told| told.asked.split('?').next().unwrap_or_default().to_owned()));
        if let Some(difference) = first_difference(&one, &other) {
            problems.push(format!("pair {seed}, {}: {difference}", observer.name));
        }
    }
    eprintln!(
        "F1: {} pairs, {n_requests} requests, {} addresses, {:?}",
        n_pairs(),
        routes.len(),
        started.elapsed()
    );
    assert!(problems.is_empty(), "{} pairs differ:\n{}", problems.len(), problems.join("\n"));
}

/// F1's own teeth: with the wall removed every observer tells the two worlds apart, whichever secret it is.
async fn without_the_wall_every_secret_is_found(low: TestDb) {
    let firm = firm(&low).await;
    let mut missed = vec![];
    for observer in &OBSERVERS {
        for secret in observer.hidden {
            let mut found = false;
            let mut told: [Vec<Told>; 2] = [vec![], vec![]];
            let mut tokens = [vec![], vec![]];
            for k in 0..2 {
                let mut world = world(&low, &firm, observer, Wall::Removed, &[*secret], 900 + k as u64).await;
                told[k] = sweep(&firm, observer.name, &mut world.browser).await;
                tokens[k].clone_from(&world.planted.tokens);
                world.db.db().close().await;
            }
            found |= first_difference(&told[0], &told[1]).is_some();
            let n_canaries =
                tokens[0].iter().filter(|(_, token)| told[0].iter().any(|it| it.holds(token))).count();
            if !found || n_canaries < tokens[0].len() {
                missed.push(format!(
                    "{} by {}: differs {found}, {n_canaries} of {} canaries",
                    secret.word(),
                    observer.name,
                    tokens[0].len()
                ));
            }
        }
    }
    assert!(missed.is_empty(), "the harness is blind for:\n{}", missed.join("\n"));
}

/// F2: what others do in secret, taken out of the run, is missed by nobody.
async fn what_others_do_leaves_no_trace(low: TestDb) {
    let started = std::time::Instant::now();
    let firm = firm(&low).await;
    let mut problems = vec![];
    let n = n_pairs().div_ceil(2);
    for seed in 0..n {
        let observer = &OBSERVERS[(seed % OBSERVERS.len() as u64) as usize];
        if let Some(difference) = purged(&low, &firm, observer, observer.hidden, seed).await {
            problems.push(format!("trace {seed}, {}: {difference}", observer.name));
        }
    }
    eprintln!("F2: {n} traces, {:?}", started.elapsed());
    assert!(problems.is_empty(), "{} traces differ:\n{}", problems.len(), problems.join("\n"));
}

/// The first difference between a run in which others act in between, and the run without them.
async fn purged(
    low: &TestDb,
    firm: &Firm,
    observer: &Observer,
    hidden: &[Secret],
    seed: u64,
) -> Option<String> {
    let mut told = vec![];
    for acts in [true, false] {
        let mut world = world(low, firm, observer, Wall::Stands, &[], seed).await;
        let mut program = Program::new(firm, observer, seed);
        let mut chance = Chance::new(seed + 5_000);
        let mut transcript = vec![];
        for _ in 0..4 {
            if acts {
                plant(&world.db, firm, hidden, &mut chance).await;
            }
            transcript.extend(program.run(&world.db, &mut world.browser, N_REQUESTS / 4).await);
        }
        world.db.db().close().await;
        told.push(transcript);
    }
    first_difference(&told[0], &told[1])
}

/// Every table in which something takes a purpose differs between two worlds, but for those that say why not.
async fn every_labelled_table_is_planted_in(low: TestDb) {
    let mut labelled: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in include_str!("../../../../mandate-store/labels.csv").lines() {
        if let [table, column, word] = line.split(',').collect::<Vec<_>>()[..]
            && Label::parse(word).and_then(Label::purpose).is_some()
        {
            labelled.entry(table).or_default().push(column);
        }
    }
    let firm = firm(&low).await;
    let mut values = vec![];
    for seed in [1, 2] {
        let db = low.copied().await;
        plant(&db, &firm, &[Secret::Costs, Secret::Notes], &mut Chance::new(seed)).await;
        let mut told = BTreeMap::new();
        for (table, columns) in &labelled {
            for column in columns {
                let sql = format!("SELECT COALESCE(CAST({column} AS TEXT), '') FROM {table} ORDER BY 1");
                let rows = db.read().await.fetch_all(&sql, vec![]).await.expect("the column");
                let texts: Vec<String> = rows.iter().map(|row| row.text(0).expect("a text")).collect();
                told.insert((*table, *column), texts);
            }
        }
        db.db().close().await;
        values.push(told);
    }
    let differs =
        |table: &&str| values[0].iter().any(|(key, texts)| key.0 == *table && values[1][key] != *texts);
    let same: Vec<&str> = labelled.keys().copied().filter(|table| !differs(table)).collect();
    let known: Vec<&str> = secrets::NOT_PLANTED_IN.iter().map(|(table, _)| *table).collect();
    assert_eq!(same, known, "a label that no run looks for proves nothing");
}

/// What a changed cost leaves: nothing on the line for whoever may not read it, and another version for whoever may.
async fn a_changed_cost_shows_only_to_whoever_may_read_it(low: TestDb) {
    let firm = firm(&low).await;
    let path = format!("/api/v1/contract-lines/{}", firm.id("line a"));
    let mut lead = firm.people["delivery_lead"].as_in(&firm.people["delivery_lead"]);
    let mut admin = firm.admin.as_in(&firm.admin);
    let (before, open_before) = (lead.get(&path).await.expect(200), admin.get(&path).await.expect(200));
    plant(&low, &firm, &[Secret::Costs], &mut Chance::new(1)).await;
    let (after, open_after) = (lead.get(&path).await.expect(200), admin.get(&path).await.expect(200));
    assert_eq!(after.value()["unit_cost"], serde_json::Value::Null);
    assert_eq!((after.header("etag"), &after.bytes), (before.header("etag"), &before.bytes));
    assert_eq!((open_before.header("etag"), open_after.header("etag")), ("\"1\"", "\"2\""));
    assert_ne!(open_before.value()["unit_cost"], open_after.value()["unit_cost"]);
    // Whoever edits over a cost they have not seen is told so; the version of the others still holds.
    let stale = admin
        .send_json(
            axum::http::Method::PUT,
            &path,
            &[("if-match", "\"1\"")],
            &serde_json::json!({"unit_cost": 100}),
        )
        .await;
    assert_eq!(stale.status.as_u16(), 412, "{}", stale.body);
}

/// F3: twenty leaks, planted one by one; each is found.
async fn twenty_planted_leaks_are_found(low: TestDb) {
    let firm = firm(&low).await;
    let mut pairs: Vec<[Run; 2]> = vec![];
    // Two random pairs for each observer; then each asks every route, so that no leak is missed by chance.
    let n_random = 2 * OBSERVERS.len();
    let most = (n_random + OBSERVERS.len()) as u64;
    let mut missed = vec![];
    for leak in teeth::LEAKS {
        let mut found = None;
        for seed in 0..most {
            let at = seed as usize;
            if pairs.len() == at {
                let observer = &OBSERVERS[at % OBSERVERS.len()];
                pairs.push(match at < n_random {
                    true => pair(&low, &firm, observer, Wall::Stands, observer.hidden, seed).await,
                    false => swept(&low, &firm, observer, seed).await,
                });
            }
            let [one, other] = &pairs[at];
            let plain = first_difference(&one.0, &other.0);
            assert!(plain.is_none(), "without a leak pair {seed} differs, so it proves nothing: {plain:?}");
            let leaked = |(told, planted): &Run| -> Vec<Told> {
                told.iter().map(|it| (leak.leaks)(it.clone(), planted)).collect()
            };
            if first_difference(&leaked(one), &leaked(other)).is_some() {
                found = Some(seed);
                break;
            }
        }
        match found {
            Some(seed) => eprintln!("F3: {} found in pair {seed}", leak.name),
            None => missed.push(leak.name),
        }
    }
    assert_eq!(teeth::LEAKS.len(), 20);
    assert!(missed.is_empty(), "not found in {most} pairs: {missed:?}");
}

/// F4 and F5: every route was asked by every observer, what is theirs opened, and no canary is in anything they were told.
async fn every_route_is_reached_and_no_canary_is_told(low: TestDb) {
    let firm = firm(&low).await;
    let (mut problems, mut n_told, mut n_pairs_reached) = (vec![], 0, 0);
    for observer in &OBSERVERS {
        let mut world = world(&low, &firm, observer, Wall::Stands, observer.hidden, 77).await;
        let mut told = sweep(&firm, observer.name, &mut world.browser).await;
        told.extend(Program::new(&firm, observer, 77).run(&world.db, &mut world.browser, N_REQUESTS).await);
        n_told += told.len();
        for (secret, token) in &world.planted.tokens {
            for leak in told.iter().filter(|it| it.holds(token)) {
                problems.push(format!(
                    "{} was told a canary of {}: {} {}",
                    observer.name,
                    secret.word(),
                    leak.asked,
                    leak.around(token)
                ));
            }
        }
        world.db.db().close().await;
        for row in route_table().rows().iter().filter(|row| row.method == axum::http::Method::GET) {
            let mine: Vec<&Told> = told.iter().filter(|it| it.route == row.path).collect();
            n_pairs_reached += 1;
            if mine.is_empty() {
                problems.push(format!("{} was never asked by {}", row.path, observer.name));
            }
            let allowed = match observer.role() {
                Some(role) => allows(row.access, role),
                None => matches!(row.access, Access::Anyone(_)),
            };
            let opened = mine.iter().any(|it| it.status < 400);
            if allowed && !opened && !observer::OPENS_NOWHERE.contains(&row.path.as_str()) {
                problems.push(format!(
                    "{} never opened for {}: {:?}",
                    row.path,
                    observer.name,
                    mine.iter().map(|it| it.status).collect::<Vec<_>>()
                ));
            }
        }
    }
    eprintln!("F4: {n_pairs_reached} route and observer pairs; F5: {n_told} answers searched");
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

impl Observer {
    /// Their role alone; nobody's for whoever is not signed in.
    fn role(&self) -> Option<Role> {
        self.name.split(' ').next().and_then(|word| Role::parse(word).ok())
    }
}

mod sqlite {
    use super::run_on_sqlite;

    macro_rules! on_sqlite {
        ($($name:ident)*) => { $(
            #[test]
            fn $name() {
                run_on_sqlite(super::$name);
            }
        )* };
    }

    on_sqlite! {
        two_worlds_look_the_same
        without_the_wall_every_secret_is_found
        what_others_do_leaves_no_trace
        a_changed_cost_shows_only_to_whoever_may_read_it
        every_labelled_table_is_planted_in
        twenty_planted_leaks_are_found
        every_route_is_reached_and_no_canary_is_told
    }
}
