//! One of every newer kind of record for the small firm of `seed`, and one of each in the trash.

use axum::http::Method;
use serde_json::{Value, json};

use crate::seed::{Firm, id_of};

/// What is named in an address by each path: the word of `Firm::ids`, and whether each organisation has its own.
pub const KINDS: [(&str, &str, bool); 13] = [
    ("list-prices", "list price", false),
    ("exchange-rates", "exchange rate", false),
    ("expertise", "expertise", false),
    ("career-steps", "career step", false),
    ("amendments", "amendment", true),
    ("stakes", "stake", true),
    ("acquaintances", "acquaintance", true),
    ("expectations", "expectation", true),
    ("promises", "promise", true),
    ("communications", "communication", true),
    ("reviews", "review", true),
    ("opportunities", "opportunity", true),
    ("actuals", "actual", true),
];

async fn make_two(firm: &mut Firm, path: &str, name: &str, bodies: [Value; 2]) {
    let [kept, spare] = bodies;
    firm.made(name, &format!("/api/v1/{path}"), kept).await;
    let (what, letter) = match name.rsplit_once(' ') {
        Some((what, letter)) if letter.len() == 1 => (what, format!(" {letter}")),
        _ => (name, String::new()),
    };
    let trashed = format!("{what} trashed{letter}");
    firm.made(&trashed, &format!("/api/v1/{path}"), spare).await;
    let path = format!("/api/v1/{path}/{}", firm.id(&trashed));
    firm.admin.send_json(Method::DELETE, &path, &[("if-match", "\"1\"")], &Value::Null).await.expect(204);
}

/// `body` with `field` as in the kept one, and as `spare` in the one that goes into the trash.
fn two(body: Value, field: &str, spare: Value) -> [Value; 2] {
    let mut other = body.clone();
    other[field] = spare;
    [body, other]
}

/// What belongs to no client: prices, rates, what our people know.
pub async fn of_the_firm(firm: &mut Firm) {
    let price =
        json!({"product": firm.id("product"), "currency": "EUR", "price": 1300, "valid_from": "2026-01-01"});
    make_two(firm, "list-prices", "list price", two(price, "valid_from", json!("2025-01-01"))).await;
    let rate = json!({"from_currency": "USD", "to_currency": "EUR", "rate_on": "2026-10-30", "rate": "0.9231",
        "source": "European Central Bank"});
    make_two(firm, "exchange-rates", "exchange rate", two(rate, "rate_on", json!("2026-09-30"))).await;
    let who = firm.id("our person").to_owned();
    let knows = json!({"person": who, "area": "industry", "topic": "Insurance", "level": 3});
    make_two(firm, "expertise", "expertise", two(knows, "topic", json!("Banking"))).await;
    let step = json!({"person": who, "position": "Head of delivery", "started_on": "2020-01-01"});
    make_two(firm, "career-steps", "career step", two(step, "position", json!("Team lead"))).await;
}

/// What is known of one organisation.
pub async fn of_organisation(firm: &mut Firm, letter: char, name: &str) {
    let (account, person, manager) =
        (id_of("account", letter), id_of("person", letter), id_of("manager", letter));
    let contract = firm.id(&format!("contract {letter}")).to_owned();
    let (kpi, product) = (firm.id(&format!("kpi {letter}")).to_owned(), firm.id("product").to_owned());
    let amended = json!({"contract": contract, "title": format!("Amendment of {name}"), "subject": "scope",
        "effective_on": "2026-05-01", "summary": "Two more sites"});
    let stake = json!({"person": person, "basis": "decision", "weight": 60, "since": "2026-01-01",
        "reason": format!("Signs for {name}")});
    let knows =
        json!({"client_person": person, "our_person": manager, "strength": 4, "stated_on": "2026-03-01"});
    let other = json!({"client_person": person, "our_person": firm.id("our person"), "strength": 1, "stated_on": "2026-03-01"});
    let expected = json!({"account": account, "title": format!("Tell {name} early"), "person": person,
        "stated_on": "2026-02-01", "due_on": "2026-12-01"});
    let promised = json!({"account": account, "title": format!("A named team for {name}"), "made_on": "2026-01-15",
        "made_to": person, "made_by": manager});
    let talked = json!({"account": account, "title": format!("Call with {name}"), "happened_on": "2026-10-02",
        "channel": "call", "topic": "price", "people": [person, manager], "details": "Asked for the index clause"});
    let held = json!({"account": account, "title": format!("Review with {name}"), "held_on": "2026-10-20",
        "people": [person], "measures": [kpi], "outcome": "Gone through"});
    let grows = json!({"account": account, "title": format!("Second site of {name}"), "currency": "EUR",
        "annual_value": 24_000_000, "opened_on": "2026-09-01", "trusted_by": person, "owner": manager});
    let month = json!({"account": account, "product": product, "month": "2026-09", "currency": "EUR", "revenue": 120_050,
        "volume": 100, "cost": 70_025});
    for (path, what, bodies) in [
        ("amendments", "amendment", two(amended, "subject", json!("other"))),
        ("stakes", "stake", two(stake, "weight", json!(5))),
        ("acquaintances", "acquaintance", [knows, other]),
        ("expectations", "expectation", two(expected, "title", json!("Something else"))),
        ("promises", "promise", two(promised, "title", json!("Something more"))),
        ("communications", "communication", two(talked, "title", json!("Letter"))),
        ("reviews", "review", two(held, "title", json!("Another review"))),
        ("opportunities", "opportunity", two(grows, "title", json!("Third site"))),
        ("actuals", "actual", two(month, "month", json!("2026-08"))),
    ] {
        make_two(firm, path, &format!("{what} {letter}"), bodies).await;
    }
    let share = format!("/api/v1/expectations/{}/share", firm.id(&format!("expectation {letter}")));
    firm.admin.send_json(Method::POST, &share, &[], &json!({"shown": true})).await.expect(200);
}
