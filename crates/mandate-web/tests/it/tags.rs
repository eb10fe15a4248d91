//! Tags over pages and API: given and taken with an undo, found in lists and files, kept in order, unseen out of reach.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::reach::two;

async fn account(admin: &mut Browser, name: &str) -> String {
    let path = format!("/api/v1/accounts?filter=name:is:{name}");
    admin.get(&path).await.expect(200).value()["rows"][0]["id"].as_str().expect("an id").to_owned()
}

fn tags_path(account: &str) -> String {
    format!("/records/account/{account}/tags")
}

async fn change(who: &mut Browser, account: &str, change: &Value) -> Value {
    let path = format!("/api/v1{}", tags_path(account));
    who.send_json(Method::POST, &path, &[], change).await.expect(200).value()["tags"].clone()
}

async fn in_use(who: &mut Browser) -> Vec<String> {
    let found = who.get("/api/v1/tags").await.expect(200).value();
    let tags = found.as_array().expect("a list").iter();
    tags.map(|it| format!("{} {}", it["tag"].as_str().expect("a tag"), it["n_records"])).collect()
}

both_databases! {
    async fn tags_are_given_taken_and_found(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let own = account(&mut admin, "OWN").await;
        let done = admin.post(&tags_path(&own), &[("add", "Wave 1, pilot")]).await.expect(303);
        assert_eq!(done.location(), format!("/accounts/{own}#tags"));
        let page = jonas.get(&format!("/accounts/{own}")).await.expect(200).body;
        assert!(page.contains("/portfolio?f=tags&#x2f;") || page.contains("f=tags"), "a tag leads to its list");
        assert!(page.contains("Wave 1") && page.contains("pilot"));
        // What the undo of a taken tag sends.
        admin.post(&tags_path(&own), &[("remove", "PILOT")]).await.expect(303);
        assert_eq!(change(&mut admin, &own, &json!({})).await, json!(["Wave 1"]));
        admin.post(&format!("{}?add=pilot&remove=", tags_path(&own)), &[]).await.expect(303);
        let tags = json!(["pilot", "Wave 1"]);
        assert_eq!(change(&mut admin, &own, &json!({"add": ["wave 1"]})).await, tags);
        let refused = admin.post(&tags_path(&own), &[("add", &"x".repeat(41))]).await.expect(422);
        assert!(refused.body.contains("at most 40"), "{}", refused.body);
        admin.post(&tags_path(&own), &[("add", " ")]).await.expect(422);

        let found = jonas.get("/api/v1/accounts?filter=tags:is:WAVE%201").await.expect(200).value();
        assert_eq!((found["n_rows"].clone(), found["rows"][0]["tags"].clone()), (json!(1), tags));
        let none = jonas.get("/api/v1/accounts?filter=tags:not:pilot").await.expect(200).value();
        assert_eq!(none["n_rows"], json!(0));
        let list = jonas.get("/portfolio?f=tags&op=is&v=pilot&col=name&col=tags").await.expect(200).body;
        assert!(list.contains("pilot, Wave 1"), "{list}");
        admin.allow_exports().await;
        let file = admin.get("/portfolio.csv?f=tags&op=is&v=pilot&col=name&col=tags").await.expect(200).body;
        assert!(file.contains("\"pilot, Wave 1\""), "{file}");
    }

    async fn tags_are_kept_in_order_within_reach(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let (own, other) = (account(&mut admin, "OWN").await, account(&mut admin, "OTHER").await);
        change(&mut admin, &other, &json!({"add": ["Secret", "shared"]})).await;
        change(&mut admin, &own, &json!({"add": ["shared"]})).await;
        assert_eq!(in_use(&mut jonas).await, ["shared 1"]);
        assert_eq!(in_use(&mut admin).await, ["Secret 1", "shared 2"]);
        for path in ["/settings/tags".to_owned(), format!("/accounts/{own}")] {
            assert!(!jonas.get(&path).await.expect(200).body.contains("Secret"), "{path}");
        }
        jonas.get(&tags_path(&other)).await.expect(404);
        jonas.post(&tags_path(&other), &[("add", "x")]).await.expect(404);
        let done = jonas.post("/settings/tags/rename", &[("from", "shared"), ("to", "mine")]).await.expect(303);
        assert_eq!(done.location(), "/settings/tags");
        assert_eq!(in_use(&mut admin).await, ["mine 1", "Secret 1", "shared 1"]);
        let page = jonas.get("/settings/tags").await.expect(200).body;
        let undo = page.split("/settings/tags/renames/").nth(1).expect("an undo").split('/').next().expect("an id");
        admin.post(&format!("/settings/tags/renames/{undo}/undo"), &[]).await.expect(404);
        jonas.post(&format!("/settings/tags/renames/{undo}/undo"), &[]).await.expect(303);
        assert_eq!(in_use(&mut jonas).await, ["shared 1"]);
        jonas.post("/settings/tags/retire", &[("tag", "shared")]).await.expect(303);
        let page = jonas.get("/settings/tags").await.expect(200).body;
        assert!(page.contains("Offer again"), "{page}");
        jonas.post("/settings/tags/bring-back", &[("tag", "shared")]).await.expect(303);
        let refused = jonas.post("/settings/tags/rename", &[("from", "shared"), ("to", "a, b")]).await.expect(422);
        assert!(refused.body.contains("comma"), "{}", refused.body);
    }
}
