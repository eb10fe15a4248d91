//! What people type comes out as text: every text that the API takes is filled with markup, and no page of any role runs it.
//!
//! Fields are found by trying: whatever a `GET` answers as text and the `PUT` beside it takes back with a payload. A new room is
//! tried without being named here.

use std::collections::BTreeSet;

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use mandate_web::route_table;
use serde_json::{Value, json};

use crate::addresses::{address, order};
use crate::browser::Browser;
use crate::seed::{Firm, firm, id_of};

/// What is typed, and what a page would hold if it came out as markup.
const PAYLOADS: [(&str, &str); 12] = [
    ("\"><svg/onload=zqx()>", "<svg/onload=zqx"),
    ("'><img src=zqx onerror=zqx()>", "<img src=zqx"),
    ("</title><script>zqx()</script>", "<script>zqx"),
    ("</script><script>zqx()</script>", "<script>zqx"),
    ("</textarea><script>zqx()</script>", "<script>zqx"),
    ("--><script>zqx()</script>", "<script>zqx"),
    ("<iframe srcdoc=zqx></iframe>", "<iframe srcdoc=zqx"),
    ("<a href=javascript:zqx()>x</a>", "<a href=javascript:zqx"),
    ("javascript:zqx()", "href=\"javascript:zqx"),
    ("\" onmouseover=\"zqx()", "\" onmouseover=\"zqx"),
    ("' autofocus onfocus='zqx()", "' autofocus onfocus='zqx"),
    ("{{ 7 * 7 }}zqx", "49zqx"),
];

/// Fills every text of the record at `path` that is taken; the fields that were.
async fn fill(admin: &mut Browser, path: &str, turn: &mut usize) -> Vec<String> {
    let read = admin.get(path).await;
    let read: Option<Value> = serde_json::from_str(&read.body).ok();
    let Some(fields) = read.as_ref().and_then(Value::as_object).cloned() else { return vec![] };
    let mut filled = vec![];
    for (name, _) in fields.iter().filter(|(_, value)| value.is_string()) {
        let payload = PAYLOADS[*turn % PAYLOADS.len()].0;
        let now = admin.get(path).await;
        let (tag, mut body) = (now.header("etag").to_owned(), now.value());
        body[name] = json!(payload);
        // What is only told and never set is taken out as the refusals name it.
        for _ in 0..20 {
            let sent = admin.send_json(Method::PUT, path, &[("if-match", &tag)], &body).await;
            if sent.status.is_success() {
                *turn += 1;
                filled.push(format!("{path} {name}"));
                break;
            }
            let refused: Value = serde_json::from_str(&sent.body).unwrap_or_default();
            let named = refused["errors"].as_array().cloned().unwrap_or_default();
            let unknown =
                body.as_object().map(|all| all.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
            let is_told = |field: &String| {
                named.iter().any(|it| it["field"] == field.as_str())
                    || refused["detail"].as_str().is_some_and(|detail| detail.contains(&format!("`{field}`")))
            };
            let out: Vec<String> =
                unknown.into_iter().filter(|field| field != name && is_told(field)).collect();
            if out.is_empty() || sent.status.as_u16() == 412 {
                break;
            }
            out.iter().for_each(|field| {
                body.as_object_mut().map(|all| all.remove(field));
            });
        }
    }
    filled
}

async fn fill_everything(firm: &mut Firm) -> Vec<String> {
    let mut admin = firm.admin.as_in(&firm.admin);
    let (mut filled, mut turn) = (vec![], 0);
    let table = route_table();
    let rows = table.rows();
    let api = rows.iter().filter(|row| row.method == Method::PUT && row.path.starts_with("/api/v1/"));
    for row in api {
        if let Ok(path) = address(firm, row, "administrator", 'a') {
            filled.extend(fill(&mut admin, &path, &mut turn).await);
        }
    }
    // What has no PUT: notes, proposals, people of the client's, views.
    let account = id_of("account", 'a');
    for (payload, _) in PAYLOADS {
        for (path, body) in [
            (format!("/api/v1/accounts/{account}/notes"), json!({ "text": payload })),
            (
                "/api/v1/people".to_owned(),
                json!({"side": "client", "account": account, "name": payload, "job_title": payload}),
            ),
            (
                format!("/api/v1/accounts/{account}/exclusions"),
                json!({"side": "provider", "from": "2026-10-11T11:20", "until": "2026-10-11T11:50", "ground": "planned_work",
                    "note": payload, "clause": payload}),
            ),
            ("/api/v1/teams".to_owned(), json!({ "name": payload })),
            ("/api/v1/notes".to_owned(), json!({"kind": "account", "record_id": account, "text": payload})),
        ] {
            let sent = admin.send_json(Method::POST, &path, &[], &body).await;
            assert!(sent.status.is_success(), "{path}: {}", sent.body);
            filled.push(path);
        }
    }
    filled
}

both_databases! {
    async fn what_people_type_runs_on_no_page(db: TestDb) {
        let mut firm = firm(&db).await;
        let filled = fill_everything(&mut firm).await;
        assert!(filled.len() > 60, "only {} texts were taken: {filled:?}", filled.len());
        let (mut problems, mut shown) = (vec![], BTreeSet::new());
        for who in ["administrator", "account_manager", "product_manager", "client_member a", "client_administrator a"] {
            let mut browser = match firm.people.get(who) {
                Some(theirs) => theirs.as_in(theirs),
                None => firm.admin.as_in(&firm.admin),
            };
            for row in route_table().rows().iter().filter(|row| row.method == Method::GET && order(row) < 8) {
                let Ok(path) = address(&firm, row, who, 'a') else { continue };
                for path in [path.clone(), format!("{path}?q=%22%3E%3Csvg%2Fonload%3Dzqx%28%29%3E&sort=%3Cscript%3Ezqx")] {
                    let answer = browser.get(&path).await;
                    if !answer.header("content-type").starts_with("text/html") {
                        continue;
                    }
                    if answer.body.contains("zqx") {
                        shown.insert(row.path.clone());
                    }
                    for (payload, _) in PAYLOADS.iter().filter(|(_, raw)| answer.body.contains(raw)) {
                        problems.push(format!("{who}: {path} runs `{payload}`"));
                    }
                }
            }
        }
        assert!(problems.is_empty(), "{} pages:\n{}", problems.len(), problems.join("\n"));
        assert!(shown.len() > 40, "only {} pages showed what was typed: {shown:?}", shown.len());
    }
}
