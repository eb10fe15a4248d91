//! Second factors: set up, asked for, used once, removed, reset, enforced by the firm; and confirming who one is.

use mandate_app::identity::{
    self, Enrolment, FactorError, FactorState, KEY_FILE, NewToken, PasswordChange, Proof, Secret,
    SessionUser, SignIn, SignedIn, TokenError, UserChange, UserError,
};
use mandate_app::settings::{SaveSettingsError, SettingsDraft, save_settings};
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::identity::{Role, UserState};
use mandate_testing::{STARTED_AT, TestDb, both_databases};
use totp_rs::{Builder, Secret as TotpSecret};

use crate::identity::{PASSWORD, credentials, new_user, session, set_up};

/// The code that the person's program shows at `seconds` after the start.
fn code(enrolment: &Enrolment, seconds: i64) -> String {
    let secret = TotpSecret::try_from_base32(enrolment.secret.replace(' ', "")).expect("a secret");
    let totp = Builder::new().with_secret(secret).build().expect("a standard one");
    let at = STARTED_AT.plus_seconds(seconds).microseconds() / 1_000_000;
    totp.generate(u64::try_from(at).expect("after 1970")).to_string()
}

fn rules(second_factor: &str) -> SettingsDraft {
    SettingsDraft {
        firm_name: String::new(),
        account_managers_see_all: false,
        session_idle_minutes: 30,
        session_absolute_hours: 12,
        second_factor: second_factor.to_owned(),
        exports_per_hour: 10,
        reads_per_hour: 5000,
        reporting_currency: None,
        fiscal_year_starts: None,
        light_mode: None,
        version: None,
    }
}

struct WithFactor {
    enrolment: Enrolment,
    token: Secret,
    actor: Actor,
    recovery: Vec<Secret>,
}

/// Sets a second factor up for whoever is signed in; the code of the start is used up by it.
async fn with_factor(ctx: &Ctx, signed_in: &SignedIn) -> WithFactor {
    let actor = &signed_in.session_user.actor;
    let enrolment = identity::begin_own_factor(ctx, actor).await.expect("begun");
    let on = identity::confirm_own_factor(ctx, actor, signed_in.session_token.reveal(), &code(&enrolment, 0))
        .await;
    let on = on.expect("set up");
    let session = resumed(ctx, &on.session_token).await.expect("in");
    WithFactor { enrolment, token: on.session_token, actor: session.actor, recovery: on.recovery_codes }
}

async fn resumed(ctx: &Ctx, token: &Secret) -> Option<SessionUser> {
    identity::resume_session(ctx, token.reveal()).await.expect("a read")
}

async fn asked(ctx: &Ctx) -> Secret {
    match identity::sign_in(ctx, credentials("owner@firm.example", PASSWORD))
        .await
        .expect("the password is right")
    {
        SignIn::CodeAsked(secret) => secret,
        other => panic!("{other:?}"),
    }
}

both_databases! {
    async fn a_second_factor_is_set_up_and_then_asked_for(db: TestDb) {
        let ctx = db.ctx();
        let first = set_up(&ctx).await;
        let elsewhere = identity::sign_in(&ctx, credentials("owner@firm.example", PASSWORD)).await.expect("in");
        let elsewhere = elsewhere.done().expect("no second step yet");
        let enrolment = identity::begin_own_factor(&ctx, &first.session_user.actor).await.expect("begun");
        assert!(enrolment.uri.starts_with("otpauth://totp/Mandate:Owner%40firm.example?secret="), "{}", enrolment.uri);
        let wrong = identity::confirm_own_factor(&ctx, &first.session_user.actor, first.session_token.reveal(), "000000").await;
        assert!(matches!(wrong, Err(FactorError::WrongCode)), "{wrong:?}");
        assert!(identity::sign_in(&ctx, credentials("owner@firm.example", PASSWORD)).await.expect("in").done().is_some());
        let with = with_factor(&ctx, &first).await;
        assert_eq!(with.recovery.len(), 10);
        assert!(session(&ctx, &first).await.is_none(), "the session has another token now");
        assert!(session(&ctx, &elsewhere).await.is_none(), "sessions that did without have ended");
        let own = identity::find_own_factor(&ctx, &with.actor).await.expect("mine");
        assert!(matches!(own.state, FactorState::On { since: STARTED_AT, n_recovery_codes: 10 }), "{own:?}");

        let ctx = db.ctx_at(STARTED_AT.plus_seconds(60));
        let waiting = asked(&ctx).await;
        assert!(identity::resume_session(&ctx, waiting.reveal()).await.expect("a read").is_none(), "it is no session");
        let found = identity::find_waiting_sign_in(&ctx, waiting.reveal()).await.expect("a read").expect("it waits");
        assert_eq!((found.email.as_str(), found.enrolment), ("Owner@firm.example", None));
        let (signed_in, recovery) =
            identity::take_second_step(&ctx, waiting.reveal(), &code(&with.enrolment, 60), "192.0.2.7").await.expect("in");
        assert!(recovery.is_empty());
        assert!(session(&ctx, &signed_in).await.is_some());
        let again = identity::take_second_step(&ctx, waiting.reveal(), &code(&with.enrolment, 90), "192.0.2.7").await;
        assert!(matches!(again, Err(FactorError::Lapsed)), "{again:?}");
    }

    async fn a_code_counts_a_step_early_or_late_and_once(db: TestDb) {
        let ctx = db.ctx();
        let with = with_factor(&ctx, &set_up(&ctx).await).await;
        // STARTED_AT is the first second of a step: the code of the set-up is used up.
        let taken = async |at: i64, shown: i64| {
            let ctx = db.ctx_at(STARTED_AT.plus_seconds(at));
            let waiting = asked(&ctx).await;
            identity::take_second_step(&ctx, waiting.reveal(), &code(&with.enrolment, shown), "").await.map(|_| ())
        };
        assert!(matches!(taken(1, 0).await, Err(FactorError::WrongCode)), "used by the set-up");
        taken(2, 30).await.expect("a clock that is half a minute ahead");
        assert!(matches!(taken(3, 30).await, Err(FactorError::WrongCode)), "used a second ago");
        taken(90, 60).await.expect("a clock that is half a minute behind");
        assert!(matches!(taken(91, 60).await, Err(FactorError::WrongCode)));
        assert!(matches!(taken(200, 120).await, Err(FactorError::WrongCode)), "too old");
        assert!(matches!(taken(201, 270).await, Err(FactorError::WrongCode)), "too early");
    }

    async fn a_recovery_code_works_once_and_new_ones_void_the_old(db: TestDb) {
        let ctx = db.ctx();
        let with = with_factor(&ctx, &set_up(&ctx).await).await;
        let shown = with.recovery[3].reveal().to_lowercase().replace('-', " ");
        let (first, second) = (asked(&ctx).await, asked(&ctx).await);
        identity::take_second_step(&ctx, first.reveal(), &shown, "").await.expect("in");
        let again = identity::take_second_step(&ctx, second.reveal(), &shown, "").await;
        assert!(matches!(again, Err(FactorError::WrongCode)), "{again:?}");
        let own = identity::find_own_factor(&ctx, &with.actor).await.expect("mine");
        assert!(matches!(own.state, FactorState::On { n_recovery_codes: 9, .. }), "{own:?}");

        let fresh = identity::renew_own_recovery_codes(&ctx, &with.actor).await.expect("ten more");
        let old = identity::take_second_step(&ctx, second.reveal(), with.recovery[4].reveal(), "").await;
        assert!(matches!(old, Err(FactorError::WrongCode)), "{old:?}");
        identity::take_second_step(&ctx, second.reveal(), fresh[0].reveal(), "").await.expect("in");
    }

    async fn what_waits_lapses_after_five_minutes_and_five_wrong_codes(db: TestDb) {
        let ctx = db.ctx();
        let with = with_factor(&ctx, &set_up(&ctx).await).await;
        let waiting = asked(&ctx).await;
        let late = db.ctx_at(STARTED_AT.plus_seconds(300));
        let lapsed = identity::take_second_step(&late, waiting.reveal(), &code(&with.enrolment, 300), "").await;
        assert!(matches!(lapsed, Err(FactorError::Lapsed)), "{lapsed:?}");

        let waiting = asked(&ctx).await;
        for _ in 0..5 {
            let wrong = identity::take_second_step(&ctx, waiting.reveal(), "12 34 56", "192.0.2.9").await;
            assert!(matches!(wrong, Err(FactorError::WrongCode)), "{wrong:?}");
        }
        let ended = identity::take_second_step(&ctx, waiting.reveal(), &code(&with.enrolment, 30), "").await;
        assert!(matches!(ended, Err(FactorError::Lapsed)), "{ended:?}");
        // Beginning anew does not begin the count anew: it is the person's, whatever waits.
        let waiting = asked(&ctx).await;
        let slowed = identity::take_second_step(&ctx, waiting.reveal(), &code(&with.enrolment, 30), "").await;
        assert_eq!(slowed.expect_err("slowed down").kind(), ErrorKind::TooMany { retry_after_s: 1 });
        let sql = "SELECT COUNT(*) FROM audit_record WHERE action = 'user.second_factor_refused'";
        assert_eq!(db.read().await.fetch_one(sql, vec![]).await.expect("a count").int(0).expect("a number"), 5);
    }

    async fn two_requests_with_one_code_let_one_in(db: TestDb) {
        let ctx = db.ctx();
        let with = with_factor(&ctx, &set_up(&ctx).await).await;
        let (one, two) = (asked(&ctx).await, asked(&ctx).await);
        let typed = code(&with.enrolment, 30);
        let take = |waiting: Secret| {
            let (ctx, typed) = (ctx.clone(), typed.clone());
            async move { identity::take_second_step(&ctx, waiting.reveal(), &typed, "").await.is_ok() }
        };
        let (one, two) = (tokio::spawn(take(one)), tokio::spawn(take(two)));
        let let_in = [one.await.expect("an answer"), two.await.expect("an answer")];
        assert_eq!(let_in.iter().filter(|it| **it).count(), 1, "{let_in:?}");
    }

    async fn a_password_link_does_not_go_round_a_second_factor(db: TestDb) {
        let ctx = db.ctx();
        let with = with_factor(&ctx, &set_up(&ctx).await).await;
        let link = identity::issue_password_link(&ctx, &Actor::operator(), "owner@firm.example").await.expect("a link");
        let set = identity::complete_password_link(&ctx, link.reveal(), "seven herons over a lake", "").await.expect("set");
        let SignIn::CodeAsked(waiting) = set else { panic!("{set:?}") };
        assert!(resumed(&ctx, &with.token).await.is_none(), "sessions end with the password");
        identity::take_second_step(&ctx, waiting.reveal(), &code(&with.enrolment, 30), "").await.expect("in");
    }

    async fn an_administrator_resets_the_second_factor_of_another_and_not_their_own(db: TestDb) {
        let ctx = db.ctx();
        let owner = with_factor(&ctx, &set_up(&ctx).await).await;
        let (user, link) = identity::create_user(&ctx, &owner.actor, new_user("anna@firm.example", &[Role::Sponsor])).await.expect("a user");
        let anna = identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await.expect("in").done().expect("in");
        let anna = with_factor(&ctx, &anna).await;
        let own = owner.actor.user_id().expect("a user").clone();
        let refused = identity::reset_second_factor(&ctx, &owner.actor, &own).await;
        assert!(matches!(refused, Err(FactorError::Own)), "{refused:?}");
        let denied = identity::reset_second_factor(&ctx, &anna.actor, &own).await.expect_err("no administrator");
        assert_eq!(denied.kind(), ErrorKind::Forbidden);
        let unproven = Actor { verified_at: None, ..owner.actor.clone() };
        let denied = identity::reset_second_factor(&ctx, &unproven, &user.id).await.expect_err("not confirmed");
        assert_eq!(denied.kind(), ErrorKind::Unverified);
        identity::reset_second_factor(&ctx, &owner.actor, &user.id).await.expect("reset");
        assert!(resumed(&ctx, &anna.token).await.is_none(), "their sessions have ended");
        assert!(identity::sign_in(&ctx, credentials("anna@firm.example", PASSWORD)).await.expect("in").done().is_some());
        let none = identity::reset_second_factor(&ctx, &Actor::operator(), &user.id).await;
        assert!(matches!(none, Err(FactorError::NotOn)), "{none:?}");
    }

    async fn a_firm_that_asks_for_it_lets_nobody_in_without(db: TestDb) {
        let ctx = db.ctx();
        let first = set_up(&ctx).await;
        let shut_out = save_settings(&ctx, &first.session_user.actor, rules("everybody")).await;
        assert!(matches!(shut_out, Err(SaveSettingsError::OwnFactorFirst)), "{shut_out:?}");
        let owner = with_factor(&ctx, &first).await;
        let (_, link) = identity::create_user(&ctx, &owner.actor, new_user("anna@firm.example", &[Role::Sponsor])).await.expect("a user");
        let anna = identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await.expect("in").done().expect("in");
        save_settings(&ctx, &owner.actor, rules("administrators")).await.expect("saved");
        assert!(session(&ctx, &anna).await.is_some(), "she keeps nothing of the system");
        save_settings(&ctx, &owner.actor, rules("everybody")).await.expect("saved");
        assert!(session(&ctx, &anna).await.is_none(), "with the next request");
        assert!(resumed(&ctx, &owner.token).await.is_some());
        let unknown = save_settings(&ctx, &owner.actor, rules("some")).await.expect_err("no such rule");
        assert_eq!(unknown.fields()[0].field, "second_factor");

        let step = identity::sign_in(&ctx, credentials("anna@firm.example", PASSWORD)).await.expect("the password is right");
        let SignIn::FactorNeeded(waiting) = step else { panic!("{step:?}") };
        assert!(identity::resume_session(&ctx, waiting.reveal()).await.expect("a read").is_none());
        let found = identity::find_waiting_sign_in(&ctx, waiting.reveal()).await.expect("a read").expect("it waits");
        let enrolment = found.enrolment.expect("to be set up");
        let by_recovery = identity::take_second_step(&ctx, waiting.reveal(), owner.recovery[0].reveal(), "").await;
        assert!(matches!(by_recovery, Err(FactorError::WrongCode)), "{by_recovery:?}");
        let (anna, recovery) =
            identity::take_second_step(&ctx, waiting.reveal(), &code(&enrolment, 0), "").await.expect("set up and in");
        assert_eq!(recovery.len(), 10);
        assert!(session(&ctx, &anna).await.is_some());
        let kept = identity::remove_own_factor(&ctx, &anna.session_user.actor).await;
        assert!(matches!(kept, Err(FactorError::Required)), "{kept:?}");
        save_settings(&ctx, &owner.actor, rules("nobody")).await.expect("saved");
        identity::remove_own_factor(&ctx, &anna.session_user.actor).await.expect("removed");
        assert!(identity::sign_in(&ctx, credentials("anna@firm.example", PASSWORD)).await.expect("in").done().is_some());
    }

    async fn what_takes_certainty_asks_to_confirm_after_ten_minutes(db: TestDb) {
        let signed_in = set_up(&db.ctx()).await;
        let token = signed_in.session_token.reveal();
        let at = |seconds| db.ctx_at(STARTED_AT.plus_seconds(seconds));
        let actor = async |ctx: &Ctx, token: &str| {
            identity::resume_session(ctx, token).await.expect("a read").expect("in").actor
        };
        let new = || NewToken { name: "t".to_owned(), scopes: vec![Action::ReadBook], expires_in_days: None };
        let early = at(599);
        identity::create_token(&early, &actor(&early, token).await, new()).await.expect("within ten minutes");
        let late = at(600);
        let stale = actor(&late, token).await;
        let refused = identity::create_token(&late, &stale, new()).await;
        assert!(matches!(refused, Err(TokenError::Unverified(_))), "{refused:?}");
        for refused in [
            identity::begin_own_factor(&late, &stale).await.map(|_| ()),
            identity::remove_own_factor(&late, &stale).await,
            identity::renew_own_recovery_codes(&late, &stale).await.map(|_| ()),
        ] {
            assert_eq!(refused.expect_err("not confirmed").kind(), ErrorKind::Unverified);
        }
        let owner = signed_in.session_user.user.clone();
        let change = UserChange {
            id: owner.id.clone(),
            version: owner.version,
            display_name: owner.display_name.clone(),
            roles: vec![Role::Administrator],
            person_id: None,
            state: UserState::Active,
        };
        let refused = identity::save_user(&late, &stale, change.clone()).await;
        assert!(matches!(refused, Err(UserError::Unverified(_))), "{refused:?}");

        let wrong = identity::confirm(&late, &stale, token, Proof::Password("not it")).await;
        assert!(matches!(wrong, Err(FactorError::WrongPassword)), "{wrong:?}");
        let fresh = identity::confirm(&late, &stale, token, Proof::Password(PASSWORD)).await.expect("confirmed");
        assert!(identity::resume_session(&late, token).await.expect("a read").is_none(), "the token of before");
        let confirmed = actor(&late, fresh.reveal()).await;
        assert!(confirmed.verified_within(late.now(), 10));
        identity::create_token(&late, &confirmed, new()).await.expect("confirmed");
        identity::save_user(&late, &confirmed, change).await.expect("confirmed");
    }

    async fn whoever_has_a_second_factor_confirms_with_it_and_a_token_never_does(db: TestDb) {
        let with = with_factor(&db.ctx(), &set_up(&db.ctx()).await).await;
        let new = NewToken { name: "t".to_owned(), scopes: vec![Action::OwnProfile, Action::Administer], expires_in_days: None };
        let by_token = identity::create_token(&db.ctx(), &with.actor, new).await.expect("a token");
        let late = db.ctx_at(STARTED_AT.plus_seconds(1200));
        let stale = resumed(&late, &with.token).await.expect("in").actor;
        assert!(!stale.verified_within(late.now(), 10));
        let weak = identity::confirm(&late, &stale, with.token.reveal(), Proof::Password(PASSWORD)).await;
        assert!(matches!(weak, Err(FactorError::CodeNeeded)), "{weak:?}");
        let typed = code(&with.enrolment, 1200);
        let fresh = identity::confirm(&late, &stale, with.token.reveal(), Proof::Code(&typed)).await.expect("confirmed");
        let again = resumed(&late, &fresh).await.expect("in").actor;
        let used = identity::confirm(&late, &again, fresh.reveal(), Proof::Code(&typed)).await;
        assert!(matches!(used, Err(FactorError::WrongCode)), "{used:?}");

        let program = identity::authenticate_token(&late, by_token.secret.reveal()).await.expect("a read").expect("valid");
        assert!(!program.actor.verified_within(late.now(), 10));
        let refused = identity::confirm(&late, &program.actor, "", Proof::Code(with.recovery[0].reveal())).await;
        assert!(matches!(refused, Err(FactorError::NoSession)), "{refused:?}");
    }

    async fn a_second_factor_is_sealed_with_the_key_file(db: TestDb) {
        let ctx = db.ctx();
        let with = with_factor(&ctx, &set_up(&ctx).await).await;
        let path = ctx.data_folder().join(KEY_FILE);
        let bytes = std::fs::read(&path).expect("a key file");
        assert_eq!(bytes.len(), 32);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        }
        let plain = with.enrolment.secret.replace(' ', "");
        let mut tx = db.read().await;
        for sql in ["SELECT sealed_secret FROM second_factor", "SELECT code_hash FROM recovery_code", "SELECT changes || subject_name FROM audit_record"] {
            for row in tx.fetch_all(sql, vec![]).await.expect("rows") {
                let text = row.text(0).expect("text");
                assert!(!text.contains(&plain) && !with.recovery.iter().any(|it| text.contains(it.reveal())), "{sql}");
            }
        }
        drop(tx);

        // A restore without the key: codes cannot be checked, recovery codes can.
        std::fs::write(&path, [1; 32]).expect("another key");
        let waiting = asked(&ctx).await;
        let sealed = identity::take_second_step(&ctx, waiting.reveal(), &code(&with.enrolment, 30), "").await;
        assert!(matches!(sealed, Err(FactorError::Key(_))), "{sealed:?}");
        std::fs::remove_file(&path).expect("gone");
        identity::take_second_step(&ctx, waiting.reveal(), with.recovery[0].reveal(), "").await.expect("in");
        std::fs::write(&path, &bytes).expect("put back");

        // Moved to another user, it does not open.
        let (user, link) = identity::create_user(&ctx, &with.actor, new_user("anna@firm.example", &[Role::Sponsor])).await.expect("a user");
        let anna = identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await.expect("in").done().expect("in");
        with_factor(&ctx, &anna).await;
        let mut tx = db.write().await;
        let moved = format!(
            "UPDATE second_factor SET sealed_secret = (SELECT sealed_secret FROM second_factor WHERE user_id <> '{0}') WHERE user_id = '{0}'",
            user.id
        );
        tx.execute(&moved, vec![]).await.expect("tampered");
        db.commit(tx).await;
        let step = identity::sign_in(&ctx, credentials("anna@firm.example", PASSWORD)).await.expect("the password is right");
        let SignIn::CodeAsked(waiting) = step else { panic!("{step:?}") };
        let tampered = identity::take_second_step(&ctx, waiting.reveal(), &code(&with.enrolment, 30), "").await;
        assert!(matches!(tampered, Err(FactorError::Key(_))), "{tampered:?}");
    }

    async fn a_changed_password_keeps_the_second_factor_of_the_session(db: TestDb) {
        let ctx = db.ctx();
        let with = with_factor(&ctx, &set_up(&ctx).await).await;
        save_settings(&ctx, &with.actor, rules("everybody")).await.expect("saved");
        let change = PasswordChange { session_token: with.token.reveal(), current: PASSWORD, new: "seven herons over a lake" };
        let fresh = identity::change_password(&ctx, &with.actor, change).await.expect("changed");
        assert!(resumed(&ctx, &with.token).await.is_none());
        assert!(resumed(&ctx, &fresh).await.is_some());
    }
}
