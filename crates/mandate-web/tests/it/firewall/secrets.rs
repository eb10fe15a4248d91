//! The secrets of a world, planted the way people do it: over the program, by somebody who may, at another minute and with ids of
//! their own, so that what the observer's requests make keeps its ids.
//!
//! A world's secrets differ in number, length and whom they are about, and each holds a token that nothing else holds.

use axum::http::Method;
use mandate_domain::Instant;
use mandate_testing::{STARTED_AT, TestDb};
use serde_json::json;

use crate::browser::Browser;
use crate::seed::{Firm, id_of};

/// What an observer may not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Unit costs, and so margins.
    Costs,
    /// Candid notes on an account and its people.
    Notes,
    /// Everything of organisation b.
    Elsewhere,
}

impl Secret {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Costs => "unit costs",
            Self::Notes => "candid notes",
            Self::Elsewhere => "the other organisation",
        }
    }
}

/// Tables with columns that take a purpose in which two worlds do not differ, and what tests them instead.
pub const NOT_PLANTED_IN: [(&str, &str); 1] =
    [("import_batch", "the hash of an imported file: `stranger` of the app's tests")];

/// Small numbers from a seed (SplitMix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to `n` - 1.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len());
        &from[at]
    }

    /// A word nothing else holds.
    fn token(&mut self) -> String {
        format!("zq{:012x}", self.next() & 0xFFFF_FFFF_FFFF)
    }
}

/// What was planted.
#[derive(Clone, Debug, Default)]
pub struct Planted {
    /// What must not be told, with what it is a part of.
    pub tokens: Vec<(Secret, String)>,
    /// A cost in minor units.
    pub cost: i64,
    /// How many notes.
    pub n_notes: usize,
    /// A note's text.
    pub note: String,
    /// The other organisation's name.
    pub name: String,
}

/// Plants the secrets of `kinds`.
pub async fn plant(db: &TestDb, firm: &Firm, kinds: &[Secret], chance: &mut Chance) -> Planted {
    let mut planted = Planted::default();
    // A minute of their own gives ids of their own, which no other planting has.
    let later = 1 + (chance.next() % 590_000_000) as i64;
    let at = Instant::from_microseconds(STARTED_AT.microseconds() + later);
    let mut admin = Browser::on(db.ctx_at(at)).as_in(&firm.admin);
    for kind in kinds {
        match kind {
            Secret::Costs => {
                costs(firm, &mut admin, chance, &mut planted).await;
                custom_costs(firm, &mut admin, chance, &mut planted).await;
            }
            Secret::Notes => notes(firm, &mut admin, chance, &mut planted).await,
            Secret::Elsewhere => elsewhere(firm, &mut admin, chance, &mut planted).await,
        }
    }
    planted
}

/// Changes a cost of each organisation to eight digits that stand nowhere else.
async fn costs(firm: &Firm, admin: &mut Browser, chance: &mut Chance, planted: &mut Planted) {
    let costs = [("actual", "actuals", "cost"), ("line", "contract-lines", "unit_cost")];
    for ((what, path, field), letter) in
        costs.into_iter().flat_map(|it| ['a', 'b'].map(|letter| (it, letter)))
    {
        let id = firm.id(&format!("{what} {letter}")).to_owned();
        let read = admin.get(&format!("/api/v1/{path}/{id}")).await.expect(200).value();
        let minor = 10_000_000 + (chance.next() % 89_999_999) as i64;
        let (version, cost) = (read["version"].to_string(), format!("{}.{:02}", minor / 100, minor % 100));
        let form = [("version", version.as_str()), (field, cost.as_str())];
        let sent = admin.post(&format!("/{path}/{id}/edit"), &form).await;
        assert!(sent.status.is_redirection(), "{}", sent.body);
        planted.tokens.push((Secret::Costs, minor.to_string()));
        planted.cost = minor;
    }
}

/// A custom field for costs on each account: nobody else learns of the field, nor of what stands in it.
async fn custom_costs(firm: &Firm, admin: &mut Browser, chance: &mut Chance, planted: &mut Planted) {
    for letter in ['a', 'b'] {
        let path = format!("/accounts/{}/edit", id_of("account", letter));
        let read = admin.get(&format!("/api/v1{}", path.trim_end_matches("/edit"))).await.expect(200).value();
        let figure = (10_000_000 + chance.next() % 89_999_999).to_string();
        let version = read["version"].to_string();
        admin
            .post(&path, &[("version", version.as_str()), ("custom.worth", figure.as_str())])
            .await
            .expect(303);
        planted.tokens.push((Secret::Costs, figure));
    }
    assert!(firm.ids.contains_key("custom field for costs"));
}

/// One to three notes on organisation a, of different lengths, on the account or a person.
async fn notes(firm: &Firm, admin: &mut Browser, chance: &mut Chance, planted: &mut Planted) {
    let account = id_of("account", 'a');
    // Who writes must not show either, not even in who decides the prices of a product they manage.
    let mut negotiator = admin.as_in(&firm.people["negotiator"]);
    for _ in 0..=chance.below(3) {
        let token = chance.token();
        let text = format!("{token} {}", "They talk to others. ".repeat(1 + chance.below(20)));
        let person = (chance.below(2) == 0).then(|| firm.id("person a").to_owned());
        let body = json!({"text": text, "person_id": person});
        let writer = if chance.below(2) == 0 { &mut *admin } else { &mut negotiator };
        writer
            .send_json(Method::POST, &format!("/api/v1/accounts/{account}/notes"), &[], &body)
            .await
            .expect(204);
        planted.n_notes += 1;
        planted.note = text;
        planted.tokens.push((Secret::Notes, token));
    }
}

/// The other organisation: its name, people, contracts, exclusions and what is said of it.
async fn elsewhere(firm: &Firm, admin: &mut Browser, chance: &mut Chance, planted: &mut Planted) {
    let account = id_of("account", 'b');
    let read = admin.get(&format!("/api/v1/accounts/{account}")).await.expect(200).value();
    let (version, token) = (read["version"].to_string(), chance.token());
    let form = [("version", version.as_str()), ("name", token.as_str())];
    let sent = admin.post(&format!("/accounts/{account}/edit"), &form).await;
    assert!(sent.status.is_redirection(), "{}", sent.body);
    planted.name.clone_from(&token);
    planted.tokens.push((Secret::Elsewhere, token));
    // What was said, promised and expected there.
    for (what, path) in [
        ("promise", "promises"),
        ("expectation", "expectations"),
        ("communication", "communications"),
        ("review", "reviews"),
        ("opportunity", "opportunities"),
        ("amendment", "amendments"),
    ] {
        let id = firm.id(&format!("{what} b")).to_owned();
        let read = admin.get(&format!("/api/v1/{path}/{id}")).await.expect(200).value();
        let (version, token) = (read["version"].to_string(), chance.token());
        let form = [("version", version.as_str()), ("title", token.as_str())];
        let sent = admin.post(&format!("/{path}/{id}/edit"), &form).await;
        assert!(sent.status.is_redirection(), "{}", sent.body);
        planted.tokens.push((Secret::Elsewhere, token));
    }
    for _ in 0..chance.below(3) {
        let (name, title, note) = (chance.token(), chance.token(), chance.token());
        let person = json!({"side": "client", "account": account, "name": name});
        admin.send_json(Method::POST, "/api/v1/people", &[], &person).await.expect(201);
        let contract = json!({"account": account, "kind": "master", "title": title, "time_zone": "Europe/Vienna", "currency": "EUR",
            "starts_on": "2024-01-01"});
        admin.send_json(Method::POST, "/api/v1/contracts", &[], &contract).await.expect(201);
        let proposal = json!({"side": "provider", "from": "2026-10-11T11:20", "until": "2026-10-11T11:50", "ground": "planned_work",
            "note": note});
        let path = format!("/api/v1/accounts/{account}/exclusions");
        admin.send_json(Method::POST, &path, &[], &proposal).await.expect(201);
        planted.tokens.extend([name, title, note].map(|token| (Secret::Elsewhere, token)));
    }
    // Their people say something, and somebody is let in.
    let mut theirs = admin.as_in(&firm.people["client_member b"]);
    let path = format!("/api/v1/portal/{account}/measures/{}/answer", firm.id("kpi b"));
    let word = json!({"month": "2026-10", "verdict": "contested", "note": chance.token()});
    theirs.send_json(Method::POST, &path, &[], &word).await;
    let email = format!("{}@client-b.example", chance.token());
    let asked = json!({"email": email, "name": chance.token(), "administrator": false, "locale": "de-DE"});
    admin
        .send_json(Method::POST, &format!("/api/v1/accounts/{account}/portal/people"), &[], &asked)
        .await
        .expect(201);
}

/// Removes the wall in the product's own layers: the observer becomes one of ours with every clearance and the whole scope.
pub async fn remove_the_wall(db: &TestDb, firm: &Firm, name: &str) {
    let Some(id) = firm.ids.get(&format!("user {name}")) else { return };
    let mut tx = db.write().await;
    let mut statements = vec![
        format!("UPDATE app_user SET account_id = NULL, person_id = NULL WHERE id = '{id}'"),
        format!("DELETE FROM user_role WHERE user_id = '{id}'"),
    ];
    for role in ["sponsor", "negotiator", "administrator", "delivery_lead"] {
        statements.push(format!("INSERT INTO user_role (user_id, role) VALUES ('{id}', '{role}')"));
    }
    for sql in statements {
        tx.execute(&sql, vec![]).await.expect("the wall removed");
    }
    db.commit(tx).await;
}
