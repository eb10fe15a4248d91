//! Many records at once over pages and API: chosen, foreseen, done, told honestly, undone.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::json;

use crate::browser::Browser;
use crate::reach::two;

async fn account(admin: &mut Browser, name: &str) -> String {
    let path = format!("/api/v1/accounts?filter=name:is:{name}");
    admin.get(&path).await.expect(200).value()["rows"][0]["id"].as_str().expect("an id").to_owned()
}

both_databases! {
    async fn a_list_is_changed_from_its_boxes_and_back(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        let (own, other) = (account(&mut admin, "OWN").await, account(&mut admin, "OTHER").await);
        let list = admin.get("/portfolio").await.expect(200).body;
        assert!(list.contains(&format!("name=\"id\" value=\"{own}\"")), "{list}");
        let nothing = admin.post("/bulk", &[("kind", "account"), ("do", "fields")]).await.expect(303);
        assert_eq!(nothing.location(), "/portfolio");
        let both = [("kind", "account"), ("do", "fields"), ("id", own.as_str()), ("id", other.as_str())];
        let chosen = jonas.post("/bulk", &both).await.expect(303);
        let form = jonas.get(chosen.location()).await.expect(200).body;
        assert!(form.contains("2 records are chosen") && form.contains("name=\"tier\""), "{form}");
        let path = chosen.location().split('?').next().expect("a path").to_owned();
        let refused = jonas.post(&format!("{path}/check"), &[("do", "fields"), ("tier", "key")]).await.expect(422);
        assert!(refused.body.contains("tick a field"), "{}", refused.body);
        let ticked = [("do", "fields"), ("field", "tier"), ("tier", "key")];
        jonas.post(&format!("{path}/check"), &ticked).await.expect(303);
        let preview = jonas.get(&path).await.expect(200).body;
        assert!(preview.contains("1 would change, 0 stay as they are, 1 would be refused"), "{preview}");
        assert!(!preview.contains("OTHER"), "what is out of reach is not named");
        admin.get(&path).await.expect(404);
        jonas.post(&format!("{path}/commit"), &[]).await.expect(303);
        let done = jonas.get(&path).await.expect(200).body;
        assert!(done.contains("1 changed, 0 stayed as they were, 1 were refused"), "{done}");
        let file = jonas.get(&format!("{path}/refused.csv")).await.expect(200).body;
        assert!(file.contains(&other) && !file.contains(&own), "{file}");
        jonas.post(&format!("{path}/commit"), &[]).await.expect(409);
        let tier = admin.get(&format!("/api/v1/accounts/{own}")).await.expect(200).value()["tier"].clone();
        assert_eq!(tier, "key");
        jonas.post(&format!("{path}/undo"), &[]).await.expect(303);
        assert!(jonas.get(&path).await.expect(200).body.contains("1 were undone, 0 were left as they are"));
        let tier = admin.get(&format!("/api/v1/accounts/{own}")).await.expect(200).value()["tier"].clone();
        assert_eq!(tier, "standard");
        let progress = jonas.get(&format!("{path}/progress.json")).await.expect(200).value();
        assert_eq!(progress["state"], "done");
    }

    async fn the_api_foresees_and_does_the_same(db: TestDb) {
        let (mut admin, _) = two(&db).await;
        let body = json!({"kind": "account", "filter": "", "do": "tags", "add": ["wave"]});
        let seen = admin.send_json(Method::POST, "/api/v1/bulk-edits", &[], &body).await.expect(200).value();
        let n = seen["n_records"].as_i64().expect("a number");
        assert_eq!((seen["state"].clone(), seen["counts"].clone()), (json!("checked"), json!({"change": n})));
        let path = format!("/api/v1/bulk-edits/{}", seen["id"].as_str().expect("an id"));
        let records = admin.get(&format!("{path}/records")).await.expect(200).value();
        assert_eq!(records[0]["changes"][0], json!({"field": "tags", "from": "", "to": "wave"}));
        let done = admin.send_json(Method::POST, &format!("{path}/commit"), &[], &json!({})).await.expect(200).value();
        assert_eq!((done["state"].clone(), done["counts"]["changed"].clone()), (json!("done"), json!(n)));
        let tagged = admin.get("/api/v1/accounts?filter=tags:is:wave").await.expect(200).value();
        assert_eq!(tagged["n_rows"], json!(n));
        let back = admin.send_json(Method::POST, &format!("{path}/undo"), &[], &json!({})).await.expect(200).value();
        assert_eq!((back["state"].clone(), back["counts"]["undone"].clone()), (json!("undone"), json!(n)));
        let wrong = json!({"kind": "account", "ids": ["x"], "do": "fields", "fields": {"external_id": "1"}});
        let refused = admin.send_json(Method::POST, "/api/v1/bulk-edits", &[], &wrong).await.expect(422);
        assert_eq!(refused.fields(), ["external_id"]);
        let both = json!({"kind": "account", "ids": ["x"], "filter": "", "do": "trash"});
        assert_eq!(admin.send_json(Method::POST, "/api/v1/bulk-edits", &[], &both).await.expect(422).fields(), ["ids"]);
    }

    async fn a_custom_field_is_changed_of_many(db: TestDb) {
        let (mut admin, mut jonas) = two(&db).await;
        for (key, label, kind, more) in [
            ("sites", "Sites", "choices", json!({"choices": ["EMEA", "APAC"]})), ("heads", "Head count", "whole", json!({})),
            ("worth", "Hidden worth", "whole", json!({"read_for": "cost"})),
        ] {
            let mut body = json!({"kind": "account", "key": key, "label": label, "type": kind});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            admin.send_json(Method::POST, "/api/v1/custom-fields", &[], &body).await.expect(201);
        }
        let own = account(&mut admin, "OWN").await;
        let chosen = jonas.post("/bulk", &[("kind", "account"), ("do", "fields"), ("id", own.as_str())]).await.expect(303);
        let form = jonas.get(chosen.location()).await.expect(200).body;
        assert!(form.contains("name=\"custom.heads\"") && form.contains("value=\"custom.sites\""), "{form}");
        assert!(!form.contains("worth"), "{form}");
        let path = chosen.location().split('?').next().expect("a path").to_owned();
        let wrong = [("do", "fields"), ("field", "custom.heads"), ("custom.heads", "many")];
        let refused = jonas.post(&format!("{path}/check"), &wrong).await.expect(422).body;
        assert!(refused.contains("Head count: ") && refused.contains("value=\"many\""), "{refused}");
        let ticked = [("do", "fields"), ("field", "custom.heads"), ("custom.heads", "1200"), ("field", "custom.sites"),
                      ("custom.sites", "EMEA"), ("custom.sites", "APAC")];
        jonas.post(&format!("{path}/check"), &ticked).await.expect(303);
        let preview = jonas.get(&path).await.expect(200).body;
        assert!(preview.contains("Head count") && preview.contains("1,200") && preview.contains("EMEA, APAC"), "{preview}");
        jonas.post(&format!("{path}/commit"), &[]).await.expect(303);
        let held = admin.get(&format!("/api/v1/accounts/{own}")).await.expect(200).value()["custom"].clone();
        assert_eq!((&held["heads"], &held["sites"]), (&json!(1200), &json!(["EMEA", "APAC"])));
        jonas.post(&format!("{path}/undo"), &[]).await.expect(303);
        let held = admin.get(&format!("/api/v1/accounts/{own}")).await.expect(200).value()["custom"].clone();
        assert_eq!((&held["heads"], &held["sites"]), (&json!(null), &json!([])));

        let body = json!({"kind": "account", "ids": [own], "do": "fields", "fields": {"custom.heads": "7"}});
        let seen = admin.send_json(Method::POST, "/api/v1/bulk-edits", &[], &body).await.expect(200).value();
        assert_eq!(seen["counts"], json!({"change": 1}));
        let records = format!("/api/v1/bulk-edits/{}/records", seen["id"].as_str().unwrap());
        let rows = admin.get(&records).await.expect(200).value();
        assert_eq!(rows[0]["changes"][0], json!({"field": "custom.heads", "from": "", "to": "7"}));
        for (name, text) in [("custom.worth", "1"), ("custom.nothing", "1"), ("custom.sites", "Mars")] {
            let body = json!({"kind": "account", "ids": [own], "do": "fields", "fields": {name: text}});
            let refused = admin.send_json(Method::POST, "/api/v1/bulk-edits", &[], &body).await.expect(422);
            assert_eq!(refused.fields(), [name]);
        }
    }
}
