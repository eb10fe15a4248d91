//! Who gets into the portal, and by whose word: what we ended stays ended, passwords of before open nothing, and how many
//! addresses a client may try.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::seed::{Firm, firm, id_of};

const HANA: &str = "client-member@client-a.example";
const PASSWORD: &str = "Hana's own long enough sentence";

fn asked(email: &str, administrator: bool) -> Value {
    json!({"email": email, "name": "Hana", "administrator": administrator, "locale": "en-GB"})
}

fn colleagues() -> String {
    format!("/api/v1/portal/{}/colleagues", id_of("account", 'a'))
}

fn people() -> String {
    format!("/api/v1/accounts/{}/portal/people", id_of("account", 'a'))
}

async fn invite(who: &mut Browser, path: &str, email: &str, administrator: bool) -> Answer {
    who.send_json(Method::POST, path, &[], &asked(email, administrator)).await
}

/// The client's administrator, in a browser of their own.
fn keeper(firm: &Firm) -> Browser {
    firm.admin.stranger().as_in(&firm.people["client_administrator a"])
}

/// Gives Hana a password, by a link of our administrator's.
async fn with_password(firm: &mut Firm) -> String {
    let id = firm.id("user client_member a").to_owned();
    let path = format!("/api/v1/users/{id}/link");
    let made = firm.admin.send_json(Method::POST, &path, &[], &json!({})).await.expect(201).value();
    let path = made["link"].as_str().unwrap().split_once("/password/").unwrap().1.to_owned();
    let mut hana = firm.admin.stranger();
    hana.post(&format!("/password/{path}"), &[("password", PASSWORD)]).await.expect(303);
    id
}

async fn sign_in(stranger: &mut Browser, password: &str) -> u16 {
    stranger.post("/sign-in", &[("email", HANA), ("password", password)]).await.status.as_u16()
}

/// Our administrator says whether Hana may sign in.
async fn let_in(admin: &mut Browser, id: &str, active: bool) {
    let path = format!("/api/v1/users/{id}");
    let read = admin.get(&path).await.expect(200);
    let (tag, user) = (read.header("etag").to_owned(), read.value());
    let change = json!({"display_name": user["display_name"], "roles": user["roles"], "active": active});
    admin.send_json(Method::PUT, &path, &[("if-match", &tag)], &change).await.expect(200);
}

both_databases! {
    async fn whom_we_suspended_no_client_lets_in_again(db: TestDb) {
        let mut firm = firm(&db).await;
        let mut keeper = keeper(&firm);
        let id = with_password(&mut firm).await;
        assert_eq!(sign_in(&mut firm.admin.stranger(), PASSWORD).await, 303);
        let_in(&mut firm.admin, &id, false).await;
        let refused = invite(&mut keeper, &colleagues(), HANA, true).await.expect(409);
        assert_eq!(refused.value()["type"], "/api/problems/portal-error-not-invited");
        assert_eq!(refused.fields(), ["email"]);
        let elsewhere = invite(&mut keeper, &colleagues(), "client-member@client-b.example", true).await.expect(409);
        let told = |answer: &Answer| (answer.value()["title"].clone(), answer.value()["errors"].clone());
        assert_eq!(told(&refused), told(&elsewhere), "like any other refusal");
        let user = firm.admin.get(&format!("/api/v1/users/{id}")).await.expect(200).value();
        assert_eq!((&user["active"], &user["roles"]), (&json!(false), &json!(["client_member"])));
        assert_eq!(sign_in(&mut firm.admin.stranger(), PASSWORD).await, 422);

        // Ours let her in again; the password of before opens nothing.
        invite(&mut firm.admin, &people(), HANA, false).await.expect(201);
        assert_eq!(sign_in(&mut firm.admin.stranger(), PASSWORD).await, 422);
        let_in(&mut firm.admin, &id, false).await;
        let_in(&mut firm.admin, &id, true).await;
        assert_eq!(sign_in(&mut firm.admin.stranger(), PASSWORD).await, 422);
    }

    async fn whom_the_client_let_go_they_let_in_again_until_we_say_no(db: TestDb) {
        let mut firm = firm(&db).await;
        let mut keeper = keeper(&firm);
        let id = with_password(&mut firm).await;
        let remove = format!("{}/{id}/remove", colleagues());
        let ours = format!("{}/{id}/remove", people());
        keeper.send_json(Method::POST, &remove, &[], &json!({})).await.expect(204);
        invite(&mut keeper, &colleagues(), HANA, false).await.expect(201);
        assert_eq!(sign_in(&mut firm.admin.stranger(), PASSWORD).await, 422, "the password of before");

        // Once they are out we say so, too: by the route, or by saving the user as one who may not sign in.
        for by_route in [true, false] {
            keeper.send_json(Method::POST, &remove, &[], &json!({})).await.expect(204);
            match by_route {
                true => firm.admin.send_json(Method::POST, &ours, &[], &json!({})).await.expect(204).status,
                false => {
                    let_in(&mut firm.admin, &id, false).await;
                    axum::http::StatusCode::OK
                }
            };
            keeper.send_json(Method::POST, &remove, &[], &json!({})).await.expect(204);
            invite(&mut keeper, &colleagues(), HANA, false).await.expect(409);
            let audit = firm.admin.get("/api/v1/audit?limit=5").await.expect(200).body;
            assert!(audit.contains("ended_by"), "{audit}");
            invite(&mut firm.admin, &people(), HANA, false).await.expect(201);
        }
        // What counts is who ended it the last time.
        keeper.send_json(Method::POST, &remove, &[], &json!({})).await.expect(204);
        invite(&mut keeper, &colleagues(), HANA, false).await.expect(201);
    }
}
