//! What signing in costs and tells: one hash whatever is wrong, few at a time, a higher cost at the next sign-in; and how
//! many files one person takes out.

use std::time::Duration;

use mandate_app::exchange::{ExportFormat, export_list};
use mandate_app::identity::{self, SignInError};
use mandate_app::settings::load_settings;
use mandate_app::{Action, Actor, ErrorKind, UseCaseError};
use mandate_domain::identity::Role;
use mandate_store::reads::listing::ListQuery;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::identity::{PASSWORD, credentials, new_user, set_up};

/// The password's hash at 8 MiB, as it would have been made when that was enough.
fn weak_hash() -> String {
    use argon2::PasswordHasher as _;
    let params = argon2::Params::new(8 * 1024, 1, 1, None).expect("parameters");
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    argon2.hash_password_with_salt(PASSWORD.as_bytes(), &[3; 16]).expect("a hash").to_string()
}

both_databases! {
    async fn every_refusal_costs_one_hash_and_reads_alike(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        for email in ["invited@firm.example", "suspended@firm.example"] {
            identity::create_user(&ctx, &owner, new_user(email, &[Role::Sponsor])).await.expect("a user");
        }
        identity::suspend_user(&ctx, &owner, "suspended@firm.example").await.expect("suspended");
        let mut told = vec![];
        for (email, password) in [
            ("owner@firm.example", "wrong"),
            ("nobody@firm.example", PASSWORD),
            ("invited@firm.example", PASSWORD),
            ("suspended@firm.example", PASSWORD),
            ("no address", PASSWORD),
        ] {
            let before = ctx.sign_in_guard().n_hashed();
            let refused = identity::sign_in(&ctx, credentials(email, password)).await.expect_err("refused");
            assert_eq!(ctx.sign_in_guard().n_hashed() - before, 1, "{email}");
            told.push((refused.kind(), refused.message(), refused.to_string(), refused.fields()));
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    }

    async fn two_hundred_sign_ins_at_once_take_turns_and_others_are_answered_meanwhile(db: TestDb) {
        let ctx = db.ctx();
        set_up(&ctx).await;
        let (places, before) = (ctx.sign_in_guard().n_places(), ctx.sign_in_guard().n_hashed());
        let tries: Vec<_> = (0..200)
            .map(|n| {
                let ctx = ctx.clone();
                tokio::spawn(async move {
                    let (email, client) = (format!("{n}@firm.example"), format!("192.0.2.{n}"));
                    let tried = identity::Credentials { email: &email, password: "guess", user_agent: "", client: &client };
                    identity::sign_in(&ctx, tried).await
                })
            })
            .collect();
        let mut n_answered = 0;
        while !tries.iter().all(|it| it.is_finished()) {
            load_settings(&ctx).await.expect("others are answered");
            n_answered += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for tried in tries {
            assert!(matches!(tried.await.expect("an answer"), Err(SignInError::Refused)));
        }
        assert_eq!(ctx.sign_in_guard().n_hashed() - before, 200);
        assert!((1..=places).contains(&ctx.sign_in_guard().n_most_at_once()), "at most {places} times 46 MiB");
        assert!(n_answered > 20, "only {n_answered} other requests were answered");
    }

    async fn a_password_that_was_hashed_at_less_is_hashed_anew_when_it_is_next_shown(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.user;
        let weak = weak_hash();
        let mut tx = db.write().await;
        tx.execute(&format!("UPDATE app_user SET password_hash = '{weak}'"), vec![]).await.expect("made weak");
        db.commit(tx).await;
        let hash = async || {
            let row = db.read().await.fetch_one("SELECT password_hash FROM app_user", vec![]).await.expect("a user");
            row.text(0).expect("a hash")
        };
        let wrong = identity::sign_in(&ctx, credentials("owner@firm.example", "wrong")).await;
        assert!(matches!(wrong, Err(SignInError::Refused)) && hash().await == weak, "{wrong:?}");
        let done = identity::sign_in(&ctx, credentials("owner@firm.example", PASSWORD)).await.expect("in");
        let signed_in = done.done().expect("a session");
        assert!(hash().await.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{}", hash().await);
        assert_eq!(signed_in.session_user.user.version, owner.version, "nobody changed anything");
        assert!(identity::sign_in(&ctx, credentials("owner@firm.example", PASSWORD)).await.is_ok());
    }

    async fn one_person_takes_out_ten_files_an_hour(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let def = &mandate_store::reads::book_lists::teams();
        let export = async |ctx: &mandate_app::Ctx, actor: &Actor| {
            export_list(ctx, actor, Action::ReadBook, def, &ListQuery::default(), &[], ExportFormat::Csv).await.map(|_| ())
        };
        for _ in 0..10 {
            export(&ctx, &owner).await.expect("a file");
        }
        let refused = export(&ctx, &owner).await.expect_err("the eleventh");
        assert_eq!(refused.kind(), ErrorKind::TooMany { retry_after_s: 3600 });
        export(&ctx, &Actor::operator()).await.expect("the operator has it all anyway");
        let an_hour_later = db.ctx_at(STARTED_AT.plus_seconds(3600));
        export(&an_hour_later, &owner).await.expect("a file");
    }
}
