//! The matrix: every role on every route, every answer an explicit yes or no; and what is refused changes nothing.
//!
//! The rows are the program's own table of routes, the answers are worked out anew from the table of actions. A pair that is
//! allowed and only ever saw "not found" fails, and so does a route for which the seed has no id: a new route cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use mandate_domain::identity::Role;
use mandate_testing::{STARTED_AT, TestDb, labelled_columns, run_on_sqlite};
use mandate_web::access::{Access, RouteRow};
use mandate_web::route_table;
use serde_json::{Value, json};

use crate::access::allows;
use crate::addresses::{NEVER, address, fixed, meant, order, parameters};
use crate::browser::{Answer, Browser};
use crate::seed::{Firm, firm};

/// Kept apart from a refusal's "nothing changed": who asked what, and when a session was last used.
const BOOKKEEPING: [&str; 3] = ["audit_record", "audit_value", "session"];

/// Routes that answer an allowed role "not found" here, and why.
const NEVER_FOUND: [(&str, &str); 22] = [
    ("/notifications/{notification}/read", "a client's people are told nothing here"),
    ("/notifications/{notification}/open", "a client's people are told nothing here"),
    ("/notifications/read-all", "a client's people are told nothing here"),
    ("/settings/notifications", "a client's people are told nothing here"),
    ("/me/notifications", "a client's people are told nothing here"),
    ("/metrics", "it answers this machine only"),
    ("/setup/{secret}", "there is no set-up link once the first administrator is there"),
    ("/sign-in/provider", "the test has no sign-on provider"),
    ("/sign-in/callback", "the test has no sign-on provider"),
    ("/confirm/provider", "the test has no sign-on provider"),
    ("/api/v1/users/{id}/provider/unlink", "the test has no sign-on provider"),
    ("/settings/users/{id}/provider/unlink", "the test has no sign-on provider"),
    ("/settings/passkeys", "adding takes the feature `passkeys`"),
    ("/settings/passkeys/begin", "adding takes the feature `passkeys`"),
    ("/sign-in/passkey", "signing in by one takes the feature `passkeys`"),
    ("/sign-in/passkey/begin", "signing in by one takes the feature `passkeys`"),
    ("/api/v1/jobs/{id}", "a job is its owner's; whoever imports nothing has none"),
    ("/api/v1/jobs/{id}/cancel", "a job is its owner's; whoever imports nothing has none"),
    ("/views/{id}", "a client's people have no list to keep a view of"),
    ("/views/{id}/query", "a client's people have no list to keep a view of"),
    ("/views/{id}/delete", "a client's people have no list to keep a view of"),
    ("/views/{id}/restore", "a client's people have no list to keep a view of"),
];

/// What account managers find only of their own: imports to undo, and the seed's are an administrator's, who finds them.
const ONLY_THEIR_OWN: [&str; 4] = [
    "/imports/{id}/undo",
    "/facts/batches/{id}/undo",
    "/book-imports/{id}/undo",
    "/import/batches/{id}/undo",
];

/// Allowed routes that the use case refuses here, and why.
const REFUSED_INSIDE: [(&str, &str); 1] =
    [("/accounts/{id}/notes/{note}/withdraw", "one's own note only, and the seed's is somebody else's")];

/// Refusals that leave something behind, and why.
const WRITES_ALL_THE_SAME: [(&str, &str); 1] = [(
    "/accounts/{id}/notes",
    "the page that tells the error shows the notes, and each reading is on record",
)];

/// Whether a list of exceptions has the row, as a page or over the API.
fn is_in(exceptions: &[(&str, &str)], path: &str) -> bool {
    exceptions.iter().any(|(excused, _)| path == *excused || path.strip_prefix("/api/v1") == Some(excused))
}

/// Who walks: the role, and the name in the seed.
fn walkers() -> Vec<(Role, String)> {
    let named = |role: Role| {
        if role.is_of_client() { format!("{} a", role.as_str()) } else { role.as_str().to_owned() }
    };
    Role::ALL.into_iter().map(|role| (role, named(role))).collect()
}

/// What this row's request carries: a form for pages, an empty object for programs; where a handler looks for the record only
/// after the body was read, a body that can be read.
fn body(firm: &Firm, row: &RouteRow) -> (&'static str, String) {
    let json = |value: Value| ("application/json", value.to_string());
    if row.method == Method::GET {
        return ("text/plain", String::new());
    }
    if row.path.starts_with("/api/v1/") {
        return json(json!({}));
    }
    if row.path.starts_with("/duplicates/") {
        let (one, two) = (firm.id("twin one"), firm.id("twin two"));
        let form = format!("kind=people&keep={one}&drop={two}&first={one}&second={two}");
        return ("application/x-www-form-urlencoded", form);
    }
    let form =
        format!("version=1&month=2026-10&field=industry&kpi={0}&kpi_id={0}&measure={0}", firm.id("kpi a"));
    ("application/x-www-form-urlencoded", form)
}

async fn ask(browser: &mut Browser, firm: &Firm, row: &RouteRow, path: &str) -> Answer {
    let (kind, body) = body(firm, row);
    browser.request(row.method.clone(), path, &[("content-type", kind), ("if-match", "\"1\"")], body).await
}

fn is_sign_in(answer: &Answer) -> bool {
    answer.status.is_redirection() && answer.location().starts_with("/sign-in")
}

struct Walk {
    problems: Vec<String>,
    /// Allowed pairs and whether they were ever found.
    found: BTreeMap<(String, String), bool>,
    n_refused: usize,
    n_allowed: usize,
}

impl Walk {
    /// Asks everything that is not theirs: refused, and nothing is changed by any of it.
    async fn refused(
        &mut self,
        db: &TestDb,
        firm: &Firm,
        rows: &[RouteRow],
        browser: &mut Browser,
        role: Option<Role>,
        who: &str,
    ) {
        let before = db.tables(&BOOKKEEPING).await;
        for row in rows {
            let denied = match role {
                Some(role) => !allows(row.access, role),
                None => !matches!(row.access, Access::Anyone(_)),
            };
            let Ok(path) = address(firm, row, who, 'a') else { continue };
            if !denied {
                continue;
            }
            let mark = db.mark();
            let answer = ask(browser, firm, row, &path).await;
            let status = answer.status.as_u16();
            let as_said = match role {
                Some(_) => status == 403,
                None if row.path.starts_with("/api/v1/") => status == 401,
                // A script of a page gets an answer it can read.
                None if row.path.ends_with(".json") => status == 403,
                None => is_sign_in(&answer),
            };
            self.n_refused += 1;
            if !as_said {
                self.problems.push(format!("{who} may not {} {} and got {status}", row.method, row.path));
            }
            if db.mark() != mark {
                self.problems.push(format!("{who}'s refused {} {} wrote something", row.method, row.path));
            }
        }
        if db.tables(&BOOKKEEPING).await != before {
            self.problems.push(format!("what {who} was refused changed the database"));
        }
    }

    /// Asks everything that is theirs: it reaches the handler, and what the handler refuses changes nothing either.
    async fn allowed(
        &mut self,
        db: &TestDb,
        firm: &Firm,
        rows: &[RouteRow],
        browser: &mut Browser,
        role: Role,
        who: &str,
    ) {
        for row in rows.iter().filter(|row| allows(row.access, role)) {
            let path = match address(firm, row, who, 'a') {
                Ok(path) => path,
                Err(missing) => {
                    self.problems
                        .push(format!("the seed has no id for {} {}: {missing}", row.method, row.path));
                    continue;
                }
            };
            let mark = db.mark();
            let answer = ask(browser, firm, row, &path).await;
            let status = answer.status.as_u16();
            self.n_allowed += 1;
            let found =
                self.found.entry((who.to_owned(), format!("{} {}", row.method, row.path))).or_default();
            *found |= status != 404;
            // Who has ended their own session is a stranger from then on.
            let ended = order(row) >= 8 && (status == 401 || is_sign_in(&answer));
            let steps_back = row.path.starts_with("/sign-in/") && is_sign_in(&answer);
            let refused = matches!(status, 401 | 403 | 405) && !is_in(&REFUSED_INSIDE, &row.path);
            // This crate alone is built without the PDF writer.
            let failed = status >= 500 && !row.path.ends_with(".pdf");
            if !ended && !steps_back && (refused || failed || is_sign_in(&answer)) {
                let told: String = answer.body.chars().take(300).collect();
                self.problems.push(format!("{who} may {} {path} and got {status}: {told}", row.method));
            }
            if answer.status.is_client_error() && db.mark() != mark && !is_in(&WRITES_ALL_THE_SAME, &row.path)
            {
                self.problems.push(format!(
                    "{who}'s {} {path} was refused with {status} and wrote something",
                    row.method
                ));
            }
        }
    }

    fn never_found(&self, who: &str) -> Vec<String> {
        let is_own =
            |path: &str| who == "account_manager" && ONLY_THEIR_OWN.iter().any(|own| path.ends_with(own));
        let path_of = |route: &str| route.split(' ').nth(1).unwrap_or_default().to_owned();
        let excused = |route: &str| is_in(&NEVER_FOUND, &path_of(route)) || is_own(&path_of(route));
        let never = self.found.iter().filter(|((of, route), found)| of == who && !**found && !excused(route));
        never.map(|((_, route), _)| route.clone()).collect()
    }
}

async fn every_role_on_every_route(db: TestDb) {
    let started = std::time::Instant::now();
    let firm = firm(&db).await;
    eprintln!("the firm was made in {:?}", started.elapsed());
    let mut rows = route_table().rows().to_vec();
    rows.sort_by_key(order);
    let mut walk = Walk { problems: vec![], found: BTreeMap::new(), n_refused: 0, n_allowed: 0 };
    let mut stranger = firm.admin.at(&db, STARTED_AT).stranger();
    walk.refused(&db, &firm, &rows, &mut stranger, None, "account_manager").await;
    for (role, who) in walkers() {
        let world = db.copied().await;
        let mut browser = firm.admin.at(&world, STARTED_AT).as_in(&firm.people[&who]);
        walk.refused(&world, &firm, &rows, &mut browser, Some(role), &who).await;
        walk.allowed(&world, &firm, &rows, &mut browser, role, &who).await;
        world.db().close().await;
        // What was gone when its turn came is asked again where it is not: pages in one world, operations in another.
        for of_api in [false, true] {
            let gone = walk.never_found(&who);
            let again: Vec<RouteRow> = rows
                .iter()
                .filter(|row| {
                    row.path.starts_with("/api/v1/") == of_api
                        && gone.contains(&format!("{} {}", row.method, row.path))
                })
                .cloned()
                .collect();
            if again.is_empty() {
                continue;
            }
            let world = db.copied().await;
            let mut browser = firm.admin.at(&world, STARTED_AT).as_in(&firm.people[&who]);
            walk.allowed(&world, &firm, &again, &mut browser, role, &who).await;
            world.db().close().await;
        }
        let gone = walk.never_found(&who).into_iter();
        walk.problems
            .extend(gone.map(|route| format!("{who} may {route} and only ever saw that it is not there")));
    }
    let problems = walk.problems;
    eprintln!("{} refused, {} allowed, {:?}", walk.n_refused, walk.n_allowed, started.elapsed());
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    let n_pairs: usize =
        rows.iter().map(|row| Role::ALL.iter().filter(|role| allows(row.access, **role)).count()).sum();
    assert_eq!(walk.found.len(), n_pairs);
    assert!(walk.n_refused > 1_000, "{}", walk.n_refused);
}

/// What differs between two answers, leaving out the ids that were asked for.
fn told_apart(one: &Answer, other: &Answer, ids: (&[String], &[String])) -> bool {
    let plain = |answer: &Answer, ids: &[String]| {
        let clean = |text: &str| ids.iter().fold(text.to_owned(), |text, id| text.replace(id.as_str(), "ID"));
        let headers: Vec<(String, String)> = answer
            .headers
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
            .map(|(name, value)| (name.to_string(), clean(&String::from_utf8_lossy(value.as_bytes()))))
            .collect();
        (answer.status, headers, clean(&answer.body))
    };
    plain(one, ids.0) != plain(other, ids.1)
}

async fn what_is_elsewhere_is_not_there(db: TestDb) {
    let firm = firm(&db).await;
    let before = db.tables(&BOOKKEEPING).await;
    let (mut problems, mut n_not_found, mut n_equal) = (vec![], 0, 0);
    let service = firm.admin.at(&db, STARTED_AT);
    for who in ["account_manager", "client_member a", "client_administrator a"] {
        let role = Role::parse(who.split(' ').next().expect("a word")).expect("a role");
        let mut browser = service.as_in(&firm.people[who]);
        for row in route_table().rows().iter().filter(|row| allows(row.access, role)) {
            // Whose it is depends on the letter; what is the same for both is everybody's.
            let names: Vec<Option<String>> = parameters(&row.path)
                .iter()
                .map(|it| {
                    meant(row, it, who, 'b').filter(|name| fixed(row, it).is_none() && name.ends_with(" b"))
                })
                .collect();
            let Some(ids): Option<Vec<String>> = (!names.is_empty())
                .then(|| {
                    names.iter().map(|name| name.as_ref().and_then(|it| firm.ids.get(it)).cloned()).collect()
                })
                .flatten()
            else {
                continue;
            };
            let mut elsewhere = row.path.clone();
            let mut never = row.path.clone();
            let mut invented = vec![];
            for (parameter, id) in parameters(&row.path).iter().zip(&ids) {
                let other = match id.split_once(':') {
                    Some((source, _)) => format!("{source}:never"),
                    None if id.len() == 26 => NEVER.to_owned(),
                    None => "0".repeat(id.len()),
                };
                elsewhere = elsewhere.replace(&format!("{{{parameter}}}"), id);
                never = never.replace(&format!("{{{parameter}}}"), &other);
                invented.push(other);
            }
            let there = ask(&mut browser, &firm, row, &elsewhere).await;
            let nowhere = ask(&mut browser, &firm, row, &never).await;
            let status = there.status.as_u16();
            n_equal += 1;
            n_not_found += usize::from(status == 404);
            // A body that cannot be used is told before anything is looked up.
            let fits = status == 404 || row.method != Method::GET && matches!(status, 400 | 415 | 422);
            if !fits {
                problems.push(format!("{who}: {} {elsewhere} answered {status}", row.method));
            }
            if told_apart(&there, &nowhere, (&ids, &invented)) {
                problems.push(format!(
                    "{who}: {} {} tells what is elsewhere ({status}) from what never was ({})",
                    row.method, row.path, nowhere.status
                ));
            }
        }
    }
    let mut browser = service.as_in(&firm.people["account_manager"]);
    for (asked, never) in queries(&firm) {
        let (there, nowhere) = (browser.get(&asked).await, browser.get(&never).await);
        let ids =
            ([firm.id("account b").to_owned(), "Corwen".to_owned()], [NEVER.to_owned(), "Nobody".to_owned()]);
        if told_apart(&there, &nowhere, (&ids.0, &ids.1)) || there.status.is_server_error() {
            problems.push(format!("{asked} ({}) tells more than {never} ({})", there.status, nowhere.status));
        }
    }
    eprintln!("{n_equal} routes asked for what is elsewhere, {n_not_found} answered that it is not there");
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    assert!(n_not_found > 60, "{n_not_found}");
    assert!(db.tables(&BOOKKEEPING).await == before, "asking for what is elsewhere changed something");
}

/// The other organisation asked for by filter, search, export and while typing, and the same of one that never was.
fn queries(firm: &Firm) -> Vec<(String, String)> {
    let (account, word) = (firm.id("account b"), "Corwen");
    let mut asked = vec![];
    let mut ask = |path: &str| {
        let never = path.replace("{id}", NEVER).replace("{word}", "Nobody");
        asked.push((path.replace("{id}", account).replace("{word}", word), never));
    };
    for path in ["contracts", "people", "accounts", "cases", "measures"] {
        ask(&format!("/api/v1/{path}?filter=name:has:{{word}}"));
        ask(&format!("/api/v1/{path}?filter=account:is:{{word}}"));
        ask(&format!("/api/v1/{path}?filter=account_id:is:{{id}}"));
        ask(&format!("/api/v1/exports/{path}.csv?filter=account_id:is:{{id}}"));
    }
    for kind in ["account", "person", "contract", "product", "team"] {
        ask(&format!("/choices.json?kind={kind}&q={{word}}"));
    }
    ask("/search?q={word}");
    ask("/search.json?q={word}");
    ask("/api/v1/search?q={word}");
    ask("/portfolio?f=name&op=has&v={word}");
    ask("/facts/cases?f=account_id&op=is&v={id}");
    ask("/contract-lines/new?contract={id}");
    ask("/people/new?side=client&account={id}");
    ask("/accounts/{id}/measures?month=2026-10");
    ask("/trash?q={word}");
    asked
}

/// The columns that say most, and every `n`th of the others beginning with the `k`th.
fn columns(k: usize) -> Vec<&'static str> {
    const ALWAYS: [&str; 14] = [
        "id",
        "account_id",
        "user_id",
        "version",
        "demo",
        "deleted_at_us",
        "created_at_us",
        "password_hash",
        "roles",
        "token_hash",
        "unit_cost_minor",
        "created_by",
        "author_id",
        "state",
    ];
    let all: BTreeSet<&str> =
        labelled_columns().map(|(_, column, _)| column).filter(|it| !ALWAYS.contains(it)).collect();
    let n = all.len().div_ceil(16);
    ALWAYS.into_iter().chain(all.into_iter().skip(k % n).step_by(n)).collect()
}

async fn what_a_write_does_not_know_is_refused(db: TestDb) {
    let firm = firm(&db).await;
    let document = firm.admin.stranger().get("/api/openapi.json").await.expect(200).value();
    let before = db.tables(&BOOKKEEPING).await;
    let service = firm.admin.at(&db, STARTED_AT);
    let (mut problems, mut n_asked, mut n_operations) = (vec![], 0, 0);
    let mut asked_of = BTreeSet::new();
    for (k, row) in route_table()
        .rows()
        .iter()
        .filter(|row| row.path.starts_with("/api/v1/") && row.method != Method::GET)
        .enumerate()
    {
        let operation = &document["paths"][&row.path][row.method.as_str().to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let Some(known) = properties(&document, schema) else { continue };
        let Some((_, who)) = walkers().into_iter().rev().find(|(role, _)| allows(row.access, *role)) else {
            continue;
        };
        let Ok(path) = address(&firm, row, &who, 'a') else { continue };
        let mut browser = service.as_in(&firm.people[&who]);
        n_operations += 1;
        for column in columns(k).into_iter().filter(|column| !known.contains(*column)) {
            let body = json!({ column: "1" });
            let answer = browser.send_json(row.method.clone(), &path, &[("if-match", "\"1\"")], &body).await;
            n_asked += 1;
            asked_of.insert(column);
            if answer.status.as_u16() != 422 {
                problems.push(format!(
                    "{who}: {} {path} took `{column}`: {} {}",
                    row.method, answer.status, answer.body
                ));
            }
        }
    }
    eprintln!("{n_asked} columns sent to {n_operations} operations, {} different ones", asked_of.len());
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    assert!(n_operations > 50 && n_asked > 1_000, "{n_operations} {n_asked}");
    assert!(db.tables(&BOOKKEEPING).await == before, "a refused field changed something");
}

/// The fields an operation's body may have; `None` where it takes no object.
fn properties(document: &Value, schema: &Value) -> Option<BTreeSet<String>> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next()?;
        return properties(document, &document["components"]["schemas"][name]);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let found: Vec<BTreeSet<String>> =
            parts.iter().filter_map(|part| properties(document, part)).collect();
        return Some(found.into_iter().flatten().collect());
    }
    Some(schema["properties"].as_object()?.keys().cloned().collect())
}

mod sqlite {
    use super::run_on_sqlite;

    #[test]
    fn every_role_on_every_route() {
        run_on_sqlite(super::every_role_on_every_route);
    }

    #[test]
    fn what_is_elsewhere_is_not_there() {
        run_on_sqlite(super::what_is_elsewhere_is_not_there);
    }

    #[test]
    fn what_a_write_does_not_know_is_refused() {
        run_on_sqlite(super::what_a_write_does_not_know_is_refused);
    }
}
