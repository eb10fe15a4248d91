//! Which person in the book a user is: chosen by an administrator, proposed by address or name, and what follows from it.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::Browser;

async fn made(browser: &mut Browser, path: &str, body: Value) -> String {
    let answer = browser.send_json(Method::POST, &format!("/api/v1/{path}"), &[], &body).await.expect(201);
    answer.value()["id"].as_str().expect("an id").to_owned()
}

both_databases! {
    async fn a_user_sees_the_accounts_of_the_person_an_administrator_says_they_are(db: TestDb) {
        let mut admin = Browser::signed_in(&db).await;
        let tom = made(&mut admin, "people", json!({"side": "provider", "name": "Tom Brandt"})).await;
        let theirs = json!({"name": "Pannonia", "tier": "standard", "time_zone": "UTC", "currency": "EUR"});
        let account = made(&mut admin, "accounts", with_manager(theirs, &tom)).await;
        made(&mut admin, "people", json!({"side": "client", "account": account, "name": "Tom Brandt", "email": "tom@firm.example"})).await;

        let new = [("display_name", "Tom Brandt"), ("email", "tom@firm.example"), ("role", "account_manager"), ("locale", "en-GB"), ("time_zone", "UTC")];
        let wrong: Vec<_> = new.into_iter().chain([("person_id", "Nobody Known")]).collect();
        let page = admin.post("/settings/users", &wrong).await.expect(422).body;
        assert!(page.contains("Nobody Known"), "{page}");
        let page = admin.post("/settings/users", &new).await.expect(201).body;
        let link = page.split("/password/").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let id = page.split("data-href=\"/settings/users/").skip(1).find(|row| row.contains("tom@firm.example"))
            .and_then(|row| row.split('"').next()).expect("his row").to_owned();
        let mut his = Browser::new(&db);
        his.post(&format!("/password/{link}"), &[("password", "my own long sentence")]).await.expect(303);
        let day = his.get("/").await.expect(200).body;
        assert!(day.contains("Your sign-in is nobody in the book yet."), "{day}");
        his.get(&format!("/accounts/{account}")).await.expect(404);

        // The one of ours is proposed, not the client's, whose address it is; nothing holds before it is saved.
        let edit = format!("/settings/users/{id}");
        let page = admin.get(&edit).await.expect(200).body;
        assert!(page.contains("Proposed by address or name"), "{page}");
        assert!(page.contains(&format!("<option value=\"{tom}\" selected>")), "{page}");
        let version = page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let save = [("version", version.as_str()), ("display_name", "Tom Brandt"), ("role", "account_manager"), ("active", "1"), ("person_id", &tom)];
        admin.post(&edit, &save).await.expect(303);
        let page = admin.get(&edit).await.expect(200).body;
        assert!(!page.contains("Proposed by") && page.contains(&format!("<option value=\"{tom}\" selected>")), "{page}");
        his.get(&format!("/accounts/{account}")).await.expect(200);
        assert!(!his.get("/").await.expect(200).body.contains("nobody in the book"));

        // Two of that name: nobody is proposed.
        made(&mut admin, "people", json!({"side": "provider", "name": "Ada Koch"})).await;
        made(&mut admin, "people", json!({"side": "provider", "name": "Ada Koch"})).await;
        let new = [("display_name", "Ada Koch"), ("email", "koch@firm.example"), ("role", "account_manager"), ("locale", "en-GB"), ("time_zone", "UTC"),
                   ("person_id", "")];
        let page = admin.post("/settings/users", &new).await.expect(201).body;
        let id = page.split("data-href=\"/settings/users/").skip(1).find(|row| row.contains("koch@firm.example"))
            .and_then(|row| row.split('"').next()).expect("her row").to_owned();
        assert!(!admin.get(&format!("/settings/users/{id}")).await.expect(200).body.contains("Proposed by"));
        let typed = [("display_name", "Tom the second"), ("email", "tom2@firm.example"), ("role", "account_manager"), ("locale", "en-GB"),
                     ("time_zone", "UTC"), ("person_id", "Tom Brandt")];
        admin.post("/settings/users", &typed).await.expect(201);
    }
}

fn with_manager(mut account: Value, manager: &str) -> Value {
    account["account_manager"] = json!(manager);
    account
}
