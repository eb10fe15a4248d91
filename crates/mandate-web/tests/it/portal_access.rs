//! Who gets into the portal, and by whose word: what we ended stays ended, passwords of before open nothing, and how many
//! addresses a client may try.

use axum::http::Method;
use mandate_app::identity::{AccountBy, ProviderRules};
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::seed::{Firm, firm, id_of};
use crate::smtp::at_port;

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
            let audit = firm.admin.get("/api/v1/audit?limit=5").await.expect(200).value();
            let taken_over = r#""field":"ended_by","from":"client","to":"provider""#;
            let told = audit["rows"].as_array().unwrap().iter().filter_map(|row| row["changes"].as_str());
            assert!(told.clone().any(|changes| changes.contains(taken_over)), "{audit}");
            invite(&mut firm.admin, &people(), HANA, false).await.expect(201);
        }
        // What counts is who ended it the last time.
        keeper.send_json(Method::POST, &remove, &[], &json!({})).await.expect(204);
        invite(&mut keeper, &colleagues(), HANA, false).await.expect(201);
    }

    async fn where_no_mail_goes_out_only_who_may_be_trusted_with_a_link_is_given_it(db: TestDb) {
        let mut firm = firm(&db).await;
        let mut keeper = keeper(&firm);
        let mut manager = firm.admin.stranger().as_in(&firm.people["account_manager"]);
        let own_page = format!("/portal/{}/colleagues", id_of("account", 'a'));
        let our_page = format!("/accounts/{}/portal/people", id_of("account", 'a'));
        let form = |email: &'static str| [("email", email), ("name", "Hana"), ("locale", "en-GB")];

        let new = invite(&mut keeper, &colleagues(), "carl@client-a.example", false).await.expect(201).value();
        assert!(new["link"].as_str().unwrap().contains("/sign-in/link/"), "a colleague who never had access");
        assert!(keeper.post(&own_page, &form("cora@client-a.example")).await.expect(200).body.contains("/sign-in/link/"));
        let id = new["user"]["id"].as_str().unwrap();
        keeper.send_json(Method::POST, &format!("{}/{id}/remove", colleagues()), &[], &json!({})).await.expect(204);
        let again = invite(&mut keeper, &colleagues(), "carl@client-a.example", false).await.expect(201).value();
        assert_eq!((&again["link"], &again["mailed"], &again["user"]["id"]), (&json!(null), &json!(false), &json!(id)));
        keeper.send_json(Method::POST, &format!("{}/{id}/remove", colleagues()), &[], &json!({})).await.expect(204);
        let page = keeper.post(&own_page, &form("carl@client-a.example")).await.expect(200).body;
        assert!(page.contains("gets the sign-in link from us") && !page.contains("/sign-in/link/"), "{page}");

        // Who proposes to a client comes by no link of theirs; an administrator of ours does.
        let dora = invite(&mut manager, &people(), "dora@client-a.example", false).await.expect(201).value();
        assert_eq!(dora["link"], json!(null));
        let page = manager.post(&our_page, &form("dirk@client-a.example")).await.expect(200).body;
        assert!(page.contains("under Settings, Users") && !page.contains("/sign-in/link/"), "{page}");
        let path = format!("/api/v1/users/{}/sign-in-link", dora["user"]["id"].as_str().unwrap());
        manager.send_json(Method::POST, &path, &[], &json!({})).await.expect(403);
        let made = firm.admin.send_json(Method::POST, &path, &[], &json!({})).await.expect(201).value();
        let link = made["link"].as_str().unwrap().split_once("/sign-in/").unwrap().1.to_owned();
        firm.admin.stranger().post(&format!("/sign-in/{link}"), &[]).await.expect(303);
        firm.admin.send_json(Method::POST, &format!("{}/{id}/remove", people()), &[], &json!({})).await.expect(204);
        let back = invite(&mut firm.admin, &people(), "carl@client-a.example", false).await.expect(201).value();
        assert!(back["link"].as_str().unwrap().contains("/sign-in/link/"));
    }

    async fn no_client_takes_an_address_of_ours_before_us(db: TestDb) {
        let mut firm = firm(&db).await;
        let rules = ProviderRules {
            account_by: AccountBy::Subject,
            email_domains: vec!["Corp.example".to_owned()],
            makes_users: false,
            roles_by_group: vec![],
            locale: "en-GB".to_owned(),
            time_zone: "UTC".to_owned(),
            trusts_second_factor: true,
            allows_passwords: true,
        };
        let ctx = db.ctx().with_mail(at_port(9)).with_provider(rules);
        let mut keeper = keeper(&firm).over(ctx.clone());
        // The mail's sender is of firm.example.
        for email in ["newhire@firm.example", "NewHire@FIRM.example", "newhire@corp.example"] {
            let refused = invite(&mut keeper, &colleagues(), email, true).await.expect(409);
            assert_eq!(refused.value()["type"], "/api/problems/portal-error-not-invited", "{email}");
            assert_eq!(refused.fields(), ["email"]);
        }
        let page = format!("/portal/{}/colleagues", id_of("account", 'a'));
        let form = [("email", "newhire@firm.example"), ("name", "N"), ("locale", "en-GB")];
        let told = keeper.post(&page, &form).await.expect(422).body;
        assert!(told.contains("This address cannot be invited here"), "{told}");
        invite(&mut keeper, &colleagues(), "newhire@ourfirm.example", true).await.expect(201);
        let ours = json!({"email": "newhire@firm.example", "display_name": "New Hire", "roles": ["sponsor"]});
        firm.admin.send_json(Method::POST, "/api/v1/users", &[], &ours).await.expect(201);
        // We ourselves may: who works for a client and has an address of ours.
        invite(&mut firm.admin.over(ctx), &people(), "seconded@firm.example", false).await.expect(201);
    }

    async fn all_administrators_of_a_client_try_addresses_on_one_count(db: TestDb) {
        let mut firm = firm(&db).await;
        let mut keeper = keeper(&firm);
        let made = invite(&mut keeper, &colleagues(), "second@client-a.example", true).await.expect(201).value();
        let link = made["link"].as_str().unwrap().split_once("/sign-in/").unwrap().1.to_owned();
        let mut second = firm.admin.stranger();
        second.post(&format!("/sign-in/{link}"), &[]).await.expect(303);
        for _ in 0..30 {
            invite(&mut keeper, &colleagues(), "client-member@client-b.example", false).await.expect(409);
        }
        invite(&mut keeper, &colleagues(), "client-member@client-b.example", false).await.expect(429);
        invite(&mut second, &colleagues(), "client-member@client-b.example", false).await.expect(429);
        invite(&mut firm.admin, &people(), "carl@client-a.example", false).await.expect(201);
        let mut elsewhere = firm.admin.stranger().as_in(&firm.people["client_administrator b"]);
        let path = format!("/api/v1/portal/{}/colleagues", id_of("account", 'b'));
        invite(&mut elsewhere, &path, "client-member@client-a.example", false).await.expect(409);
    }

    async fn the_guide_of_the_demo_book_is_for_our_own_people(db: TestDb) {
        let mut firm = firm(&db).await;
        let mut keeper = keeper(&firm);
        assert!(firm.admin.get("/help").await.expect(200).body.contains("/help/demo-book"));
        firm.admin.get("/help/demo-book").await.expect(200);
        let own = keeper.get("/help").await.expect(200).body;
        assert!(own.contains("/help/portal") && !own.contains("demo-book"), "{own}");
        let missing = keeper.get("/help/demo-book").await.expect(404).body;
        assert!(!missing.contains("@"), "{missing}");
    }
}
