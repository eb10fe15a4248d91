//! What people of the small firm of `seed` keep by their own name: notes, files, handovers, decisions, tags, bulk edits.
//!
//! Each who may makes one, so that the matrix of roles has something to refuse to the others.

use serde_json::{Value, json};

use crate::definitions::upload;
use crate::seed::{Firm, PROVIDERS, id_of, post};

/// Notes that everybody with the record reads: one of each who writes, one on the other account; and each of ours told of one.
pub async fn open_notes(firm: &mut Firm) {
    let tell: Vec<String> =
        PROVIDERS.iter().map(|role| firm.id(&format!("user {role}")).to_owned()).collect();
    for (letter, name, tell) in [('a', "open note a", tell), ('b', "open note b", vec![])] {
        let account = id_of("account", letter);
        let note =
            json!({"kind": "account", "record_id": account, "text": "They like it short.", "tell": tell});
        firm.made(name, "/api/v1/notes", note).await;
        let path = format!("/api/v1/records/account/{account}/files");
        let made = upload(&mut firm.admin, &path, &[], &format!("of;{letter}\n")).await.expect(201).value();
        firm.keep(format!("file {letter}"), &made["id"]);
    }
    for role in ["account_manager", "negotiator", "administrator"] {
        let note =
            json!({"kind": "account", "record_id": id_of("account", 'a'), "text": format!("By the {role}")});
        let browser = firm.people.get_mut(role).expect("one of ours");
        let made = post(browser, "/api/v1/notes", &note).await.expect(201).value();
        firm.keep(format!("open note {role}"), &made["id"]);
        let handover = handover(firm, 'a');
        let browser = firm.people.get_mut(role).expect("one of ours");
        let made = post(browser, "/api/v1/handovers", &handover).await.expect(201).value();
        firm.keep(format!("handover {role}"), &made["id"]);
        let path = format!("/api/v1/records/account/{}/files", id_of("account", 'a'));
        let browser = firm.people.get_mut(role).expect("one of ours");
        let made = upload(browser, &path, &[], &format!("kept;by\n1;{role}\n")).await.expect(201).value();
        firm.keep(format!("file {role}"), &made["id"]);
    }
    for letter in ['a', 'b'] {
        let decision = json!({"outcome": "improvement", "reason": "Outages", "measures": "Call", "seen_by": "Log", "until_on": "2027-01-31"});
        let path = format!("/api/v1/accounts/{}/manager/decisions", id_of("account", letter));
        firm.made(&format!("manager decision {letter}"), &path, decision).await;
    }
    let of_b = handover(firm, 'b');
    firm.made("handover b", "/api/v1/handovers", of_b).await;
    for role in PROVIDERS {
        let browser = firm.people.get_mut(role).expect("one of ours");
        let told = browser.get("/api/v1/notifications?topic=mentioned").await.expect(200).value();
        firm.keep(format!("notification {role}"), &told["rows"][0]["id"]);
    }
}

/// A tag that each of those who may renamed, and a bulk edit of each who writes, worked out and not done.
pub async fn tags_and_bulk_edits(firm: &mut Firm) {
    for role in ["account_manager", "administrator", "negotiator"] {
        let browser = firm.people.get_mut(role).expect("one of ours");
        let account = id_of("account", 'a');
        if role != "negotiator" {
            let tags = format!("/api/v1/records/account/{account}/tags");
            post(browser, &tags, &json!({"add": [format!("of {role}")]})).await.expect(200);
            let names = json!({"from": format!("of {role}"), "to": format!("by {role}")});
            let renamed = post(browser, "/api/v1/tags/rename", &names).await.expect(200).value();
            firm.keep(format!("rename {role}"), &renamed["id"]);
        }
        let browser = firm.people.get_mut(role).expect("one of ours");
        let edit =
            json!({"kind": "account", "ids": [account], "do": "tags", "add": [format!("wave of {role}")]});
        let made = post(browser, "/api/v1/bulk-edits", &edit).await.expect(200).value();
        firm.keep(format!("bulk {role}"), &made["id"]);
    }
}

/// A handover of one account, planned for some day.
fn handover(firm: &Firm, letter: char) -> Value {
    json!({"kind": "moves", "from": id_of("manager", letter), "effective_on": "2027-06-01", "time_zone": "UTC",
        "successor": firm.id("our person"), "only": [id_of("account", letter)]})
}
