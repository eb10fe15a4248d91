//! A request sent twice works once, through a failure and a crash between work and answer.

use mandate_app::idempotency::{Begun, IdempotencyError, answer, begin, request_hash};
use mandate_app::identity::{NewUser, create_user, list_users};
use mandate_app::{Actor, Ctx};
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};

fn user(email: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        display_name: "Anna".to_owned(),
        roles: vec![Role::Sponsor],
        person_id: None,
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    }
}

async fn fresh(ctx: &Ctx, key: &str, hash: &str) -> Ctx {
    match begin(ctx, &Actor::operator(), key, hash.to_owned()).await.expect("a look") {
        Begun::Fresh(ctx) => ctx,
        Begun::Replay { .. } | Begun::DoneWithoutAnswer => panic!("the key was used"),
    }
}

both_databases! {
    async fn the_second_request_gets_the_first_answer(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let hash = request_hash(&operator, "POST", "/api/v1/users", b"{}");
        let claiming = fresh(&ctx, "key-1", &hash).await;
        create_user(&claiming, &operator, user("anna@firm.example")).await.expect("a user");
        answer(&claiming, 201, "{\"id\":1}").await.expect("kept");
        match begin(&ctx, &operator, "key-1", hash).await.expect("a look") {
            Begun::Replay { status, body } => assert_eq!((status, body.as_str()), (201, "{\"id\":1}")),
            Begun::Fresh(_) | Begun::DoneWithoutAnswer => panic!("it would run again"),
        }
        let other = begin(&ctx, &operator, "key-1", request_hash(&operator, "POST", "/api/v1/users", b"[]")).await;
        assert!(matches!(other, Err(IdempotencyError::Reused)));
        let narrower = Actor { token_scopes: Some(vec!["book:read".to_owned()]), ..operator.clone() };
        let narrow = begin(&ctx, &operator, "key-1", request_hash(&narrower, "POST", "/api/v1/users", b"{}")).await;
        assert!(matches!(narrow, Err(IdempotencyError::Reused)), "made for another clearance");
        let bad = begin(&ctx, &operator, "white space", String::new()).await;
        assert!(matches!(bad, Err(IdempotencyError::BadKey)));
    }

    async fn a_refused_request_leaves_the_key_free(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let claiming = fresh(&ctx, "key-1", "hash").await;
        create_user(&claiming, &operator, user("no address")).await.expect_err("refused");
        create_user(&claiming, &operator, user("anna@firm.example")).await.expect("a user");
        let again = fresh(&ctx, "key-2", "hash").await;
        create_user(&again, &operator, user("anna@firm.example")).await.expect_err("taken");
        fresh(&ctx, "key-2", "another").await;
    }

    async fn a_crash_between_work_and_answer_does_not_repeat_the_work(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let claiming = fresh(&ctx, "key-1", "hash").await;
        create_user(&claiming, &operator, user("anna@firm.example")).await.expect("a user");
        let begun = begin(&ctx, &operator, "key-1", "hash".to_owned()).await.expect("a look");
        assert!(matches!(begun, Begun::DoneWithoutAnswer));
    }

    async fn of_two_requests_at_once_one_works(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (first, second) = (fresh(&ctx, "key-1", "hash").await, fresh(&ctx, "key-1", "hash").await);
        create_user(&first, &operator, user("anna@firm.example")).await.expect("a user");
        create_user(&second, &operator, user("bela@firm.example")).await.expect_err("the key is taken");
        assert_eq!(list_users(&ctx, &operator, "", 10).await.expect("a list").len(), 1);
    }
}
