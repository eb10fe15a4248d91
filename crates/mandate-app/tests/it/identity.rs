//! Signing in, sessions, links, users and tokens, as a person meets them.

use mandate_app::book::create;
use mandate_app::identity::{
    self, Credentials, LinkError, NewToken, NewUser, OpenLink, OwnerDraft, PasswordChange, Profile,
    SessionUser, SignInError, SignedIn, TokenError, UserChange, UserError,
};
use mandate_app::settings::{SettingsDraft, save_settings};
use mandate_app::{Action, Actor, Ctx, ErrorKind, TooMany, UseCaseError, authorise::authorise};
use mandate_domain::book::{Draft, Person};
use mandate_domain::identity::{PasswordRefusal, Role, UserState};
use mandate_store::reads::Scope;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

pub const PASSWORD: &str = "a green kettle on the roof";

pub fn owner(password: &str) -> OwnerDraft {
    OwnerDraft {
        email: "Owner@firm.example".to_owned(),
        display_name: "Olga Owner".to_owned(),
        password: password.to_owned(),
        locale: "en-GB".to_owned(),
        time_zone: "Europe/Budapest".to_owned(),
        light_mode: false,
    }
}

pub fn credentials<'a>(email: &'a str, password: &'a str) -> Credentials<'a> {
    Credentials { email, password, user_agent: "Firefox", client: "192.0.2.7" }
}

pub async fn set_up(ctx: &Ctx) -> SignedIn {
    let link = identity::begin_setup(ctx).await.expect("a link").expect("nobody yet");
    identity::complete_setup(ctx, link.reveal(), owner(PASSWORD), "Firefox").await.expect("an owner")
}

pub fn new_user(email: &str, roles: &[Role]) -> NewUser {
    NewUser {
        email: email.to_owned(),
        display_name: "Anna Account".to_owned(),
        roles: roles.to_vec(),
        person_id: None,
        locale: "en-GB".to_owned(),
        time_zone: "UTC".to_owned(),
    }
}

pub async fn session(ctx: &Ctx, signed_in: &SignedIn) -> Option<SessionUser> {
    identity::resume_session(ctx, signed_in.session_token.reveal()).await.expect("a read")
}

both_databases! {
    async fn the_first_start_makes_one_administrator_and_its_link_works_once(db: TestDb) {
        let ctx = db.ctx();
        let voided = identity::begin_setup(&ctx).await.expect("a link").expect("nobody yet");
        let link = identity::begin_setup(&ctx).await.expect("a link").expect("nobody yet");
        assert_eq!(identity::find_link(&ctx, voided.reveal()).await.expect("a read"), None);
        assert_eq!(identity::find_link(&ctx, link.reveal()).await.expect("a read"), Some(OpenLink::FirstStart));

        let weak = identity::complete_setup(&ctx, link.reveal(), owner("owner@firm.example"), "").await;
        assert!(matches!(weak, Err(LinkError::Password(PasswordRefusal::Known))), "{weak:?}");
        let signed_in = identity::complete_setup(&ctx, link.reveal(), owner(PASSWORD), "Firefox").await;
        let signed_in = signed_in.expect("an owner");
        assert!(authorise(&signed_in.session_user.actor, Action::Administer).is_ok());
        assert_eq!(session(&ctx, &signed_in).await.expect("a session").user.email, "Owner@firm.example");

        let again = identity::complete_setup(&ctx, link.reveal(), owner(PASSWORD), "").await;
        assert!(matches!(again, Err(LinkError::Lapsed)), "{again:?}");
        assert!(identity::begin_setup(&ctx).await.expect("a read").is_none());
    }

    async fn a_set_up_link_lapses_after_a_day(db: TestDb) {
        let link = identity::begin_setup(&db.ctx()).await.expect("a link").expect("nobody yet");
        let late = db.ctx_at(STARTED_AT.plus_seconds(24 * 3600));
        assert_eq!(identity::find_link(&late, link.reveal()).await.expect("a read"), None);
        let done = identity::complete_setup(&late, link.reveal(), owner(PASSWORD), "").await;
        assert!(matches!(done, Err(LinkError::Lapsed)), "{done:?}");
    }

    async fn a_failed_sign_in_does_not_tell_what_was_wrong(db: TestDb) {
        let ctx = db.ctx();
        set_up(&ctx).await;
        let good = identity::sign_in(&ctx, credentials("owner@FIRM.example ", PASSWORD)).await;
        assert!(good.is_ok(), "{good:?}");
        let mut told = vec![];
        for (email, password) in [("owner@firm.example", "wrong"), ("nobody@firm.example", PASSWORD), ("", "")] {
            let error = identity::sign_in(&ctx, credentials(email, password)).await.expect_err("refused");
            told.push((error.kind(), error.message(), error.to_string()));
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    }

    async fn guessing_is_slowed_down_even_with_the_right_password(db: TestDb) {
        let ctx = db.ctx();
        set_up(&ctx).await;
        for _ in 0..5 {
            let error = identity::sign_in(&ctx, credentials("owner@firm.example", "guess")).await;
            assert!(matches!(error, Err(SignInError::Refused)), "{error:?}");
        }
        let error = identity::sign_in(&ctx, credentials("owner@firm.example", PASSWORD)).await;
        assert!(matches!(error, Err(SignInError::TooMany(TooMany { retry_after_s: 1, .. }))), "{error:?}");
    }

    async fn a_session_idles_out_and_its_use_is_noted_once_a_minute(db: TestDb) {
        let ctx = db.ctx();
        let signed_in = set_up(&ctx).await;
        let at = |seconds| db.ctx_at(STARTED_AT.plus_seconds(seconds));
        assert!(session(&at(29 * 60), &signed_in).await.is_some());
        // That use was noted, so half an hour counts from there.
        assert!(session(&at(58 * 60), &signed_in).await.is_some());
        assert!(session(&at(88 * 60 + 1), &signed_in).await.is_none());
        let unknown = identity::resume_session(&ctx, "not a token").await.expect("a read");
        assert!(unknown.is_none());
    }

    async fn signing_out_ends_this_session_only(db: TestDb) {
        let ctx = db.ctx();
        let first = set_up(&ctx).await;
        let second = identity::sign_in(&ctx, credentials("owner@firm.example", PASSWORD)).await.expect("in");
        let second = second.done().expect("a session");
        let actor = &second.session_user.actor;
        let lines = identity::list_sessions(&ctx, actor, second.session_token.reveal()).await.expect("a list");
        assert_eq!((lines.len(), lines.iter().filter(|line| line.current).count()), (2, 1));
        identity::sign_out(&ctx, actor, second.session_token.reveal()).await.expect("out");
        assert!(session(&ctx, &second).await.is_none());
        assert!(session(&ctx, &first).await.is_some());
        let other = lines.iter().find(|line| !line.current).expect("the first");
        identity::revoke_session(&ctx, actor, &other.id).await.expect("revoked");
        assert!(session(&ctx, &first).await.is_none());
    }

    async fn an_invited_user_sets_a_password_by_a_link(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let new = new_user("anna@firm.example", &[Role::Sponsor]);
        let (user, link) = identity::create_user(&ctx, &owner, new.clone()).await.expect("a user");
        let taken = identity::create_user(&ctx, &owner, new).await.expect_err("taken");
        assert!(matches!(taken, UserError::EmailTaken { .. }), "{taken:?}");
        let none_yet = identity::sign_in(&ctx, credentials("anna@firm.example", "")).await;
        assert!(matches!(none_yet, Err(SignInError::Refused)), "{none_yet:?}");
        let found = identity::find_link(&ctx, link.reveal()).await.expect("a read");
        assert!(matches!(found, Some(OpenLink::Password { ref email, .. }) if *email == user.email), "{found:?}");

        let anna = identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await.expect("in").done().expect("a session");
        assert!(matches!(
            identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await,
            Err(LinkError::Lapsed)
        ));
        let denied = identity::list_users(&ctx, &anna.session_user.actor, "", 10).await.expect_err("denied");
        assert_eq!(denied.kind(), ErrorKind::Forbidden);
        let all = identity::list_users(&ctx, &owner, "", 10).await.expect("a list");
        assert_eq!(all.iter().map(|user| user.email.as_str()).collect::<Vec<_>>(), [
            "anna@firm.example", "Owner@firm.example"
        ]);
    }

    async fn a_suspended_user_is_out_at_once(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let new = new_user("anna@firm.example", &[Role::Sponsor]);
        let (_, link) = identity::create_user(&ctx, &owner, new).await.expect("a user");
        let anna = identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await.expect("in").done().expect("a session");
        let token = NewToken { name: "script".to_owned(), scopes: vec![Action::ReadBook], expires_in_days: None };
        let token = identity::create_token(&ctx, &anna.session_user.actor, token).await.expect("a token");
        identity::suspend_user(&ctx, &owner, "ANNA@firm.example").await.expect("suspended");
        assert!(session(&ctx, &anna).await.is_none());
        let by_token = identity::authenticate_token(&ctx, token.secret.reveal()).await.expect("a read");
        assert!(by_token.is_none());
        let refused = identity::sign_in(&ctx, credentials("anna@firm.example", PASSWORD)).await;
        assert!(matches!(refused, Err(SignInError::Refused)), "{refused:?}");
    }

    async fn the_last_administrator_stays(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user;
        let error = identity::suspend_user(&ctx, &owner.actor, "owner@firm.example").await.expect_err("refused");
        assert!(matches!(error, UserError::LastAdministrator), "{error:?}");
        let change = UserChange {
            id: owner.user.id.clone(),
            version: owner.user.version,
            display_name: owner.user.display_name.clone(),
            roles: vec![Role::Sponsor],
            person_id: None,
            state: UserState::Active,
        };
        let error = identity::save_user(&ctx, &owner.actor, change.clone()).await.expect_err("refused");
        assert!(matches!(error, UserError::LastAdministrator), "{error:?}");
        let new = new_user("second@firm.example", &[Role::Administrator]);
        identity::create_user(&ctx, &owner.actor, new).await.expect("a second one");
        let saved = identity::save_user(&ctx, &owner.actor, change.clone()).await.expect("no longer the last");
        assert_eq!((saved.roles, saved.version), (vec![Role::Sponsor], 2));
        let stale = identity::save_user(&ctx, &Actor::operator(), change).await.expect_err("stale");
        assert_eq!(stale.kind(), ErrorKind::Stale);
    }

    async fn account_managers_see_their_own_accounts_unless_the_firm_says_otherwise(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        assert_eq!(owner.scope, Scope::Everything);
        let mut draft = Draft::new();
        draft.set("side", "provider");
        draft.set("name", "Anna Account");
        let unknown = NewUser { person_id: Some(ctx.new_id()), ..new_user("anna@firm.example", &[Role::Sponsor]) };
        let error = identity::create_user(&ctx, &owner, unknown).await.expect_err("nobody of ours");
        assert_eq!(error.fields()[0].field, "person_id");
        let person_id = create::<Person>(&ctx, &owner, draft).await.expect("a person").id.clone();
        let new = NewUser { person_id: Some(person_id), ..new_user("anna@firm.example", &[Role::AccountManager]) };
        let (user, link) = identity::create_user(&ctx, &owner, new).await.expect("a user");
        let anna = identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await.expect("in").done().expect("a session");
        let person = user.person_id.clone().expect("a person");
        assert_eq!(anna.session_user.actor.scope, Scope::OwnAccounts(person));

        let change = UserChange {
            id: user.id.clone(),
            version: session(&ctx, &anna).await.expect("in").user.version,
            display_name: user.display_name.clone(),
            roles: user.roles.clone(),
            person_id: None,
            state: UserState::Active,
        };
        identity::save_user(&ctx, &owner, change).await.expect("saved");
        assert_eq!(session(&ctx, &anna).await.expect("in").actor.scope, Scope::Nothing);

        let draft = SettingsDraft {
            firm_name: "Firm".to_owned(),
            account_managers_see_all: true,
            session_idle_minutes: 60,
            session_absolute_hours: 8,
            second_factor: "nobody".to_owned(),
            exports_per_hour: 10,
            reads_per_hour: 5000,
            reporting_currency: None,
            fiscal_year_starts: None,
            light_mode: None,
            version: None,
        };
        save_settings(&ctx, &owner, draft.clone()).await.expect("saved");
        assert_eq!(session(&ctx, &anna).await.expect("in").actor.scope, Scope::Everything);
        let bad = SettingsDraft { session_idle_minutes: 0, ..draft };
        let error = save_settings(&ctx, &owner, bad).await.expect_err("refused");
        assert_eq!(error.fields()[0].field, "session_idle_minutes");
    }

    async fn a_token_does_what_its_scopes_say_and_makes_no_other(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let wide = NewToken { name: "wide".to_owned(), scopes: vec![Action::DecideCredits], expires_in_days: Some(1) };
        let token = identity::create_token(&ctx, &owner, wide).await.expect("account managers may");
        let found = identity::authenticate_token(&ctx, token.secret.reveal()).await.expect("a read").expect("valid");
        assert!(authorise(&found.actor, Action::DecideCredits).is_ok());
        assert!(authorise(&found.actor, Action::ReadBook).is_err());

        let profile = NewToken { name: "p".to_owned(), scopes: vec![Action::OwnProfile], expires_in_days: None };
        let profile_token = identity::create_token(&ctx, &owner, profile.clone()).await.expect("a token");
        let by_token = identity::authenticate_token(&ctx, profile_token.secret.reveal()).await.expect("a read");
        let error = identity::create_token(&ctx, &by_token.expect("valid").actor, profile).await.expect_err("no");
        assert!(matches!(error, TokenError::NoSession), "{error:?}");

        let late = db.ctx_at(STARTED_AT.plus_seconds(24 * 3600));
        assert!(identity::authenticate_token(&late, token.secret.reveal()).await.expect("a read").is_none());
        identity::revoke_token(&ctx, &owner, &token.token.id).await.expect("revoked");
        assert!(identity::authenticate_token(&ctx, token.secret.reveal()).await.expect("a read").is_none());
    }

    async fn a_token_wider_than_its_owner_is_refused(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let new = new_user("anna@firm.example", &[Role::ProductManager]);
        let (_, link) = identity::create_user(&ctx, &owner, new).await.expect("a user");
        let anna = identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await.expect("in").done().expect("a session");
        let wide = NewToken { name: "wide".to_owned(), scopes: vec![Action::WriteBook], expires_in_days: None };
        let error = identity::create_token(&ctx, &anna.session_user.actor, wide).await.expect_err("too wide");
        assert!(matches!(error, TokenError::ScopeTooWide { action: Action::WriteBook }), "{error:?}");
    }

    async fn a_changed_password_ends_the_other_sessions(db: TestDb) {
        let ctx = db.ctx();
        let first = set_up(&ctx).await;
        let second = identity::sign_in(&ctx, credentials("owner@firm.example", PASSWORD)).await.expect("in");
        let second = second.done().expect("a session");
        let (actor, token) = (&second.session_user.actor, second.session_token.reveal());
        let new = "seven herons over a lake";
        let change = PasswordChange { session_token: token, current: "not it", new };
        let wrong = identity::change_password(&ctx, actor, change).await.expect_err("wrong");
        assert_eq!(wrong.fields()[0].field, "current_password");
        let change = PasswordChange { current: PASSWORD, ..change };
        let fresh = identity::change_password(&ctx, actor, change).await.expect("changed");
        assert!(session(&ctx, &first).await.is_none());
        assert!(session(&ctx, &second).await.is_none(), "the token of before holds no more");
        assert!(identity::resume_session(&ctx, fresh.reveal()).await.expect("a read").is_some());
        assert!(identity::sign_in(&ctx, credentials("owner@firm.example", new)).await.is_ok());
    }

    async fn a_profile_keeps_its_zone_and_language(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let profile = Profile {
            display_name: "Olga".to_owned(),
            locale: "hu".to_owned(),
            time_zone: "europe/budapest".to_owned(),
            single_keys: false,
            version: None,
        };
        let saved = identity::save_profile(&ctx, &owner, profile.clone()).await.expect("saved");
        assert_eq!((saved.time_zone.as_str(), saved.locale.as_str(), saved.single_keys), ("Europe/Budapest", "hu", false));
        let bad = Profile { time_zone: "Mars/Olympus".to_owned(), ..profile };
        let error = identity::save_profile(&ctx, &owner, bad).await.expect_err("no such zone");
        assert_eq!(error.fields()[0].field, "time_zone");
    }

    async fn no_secret_is_stored_or_put_on_record(db: TestDb) {
        let ctx = db.ctx();
        let link = identity::begin_setup(&ctx).await.expect("a link").expect("nobody yet");
        let signed_in = identity::complete_setup(&ctx, link.reveal(), owner(PASSWORD), "Firefox").await.expect("in");
        let token = NewToken { name: "script".to_owned(), scopes: vec![Action::ReadBook], expires_in_days: None };
        let token = identity::create_token(&ctx, &signed_in.session_user.actor, token).await.expect("a token");
        let secrets = [PASSWORD, link.reveal(), signed_in.session_token.reveal(), token.secret.reveal()];
        let mut tx = db.read().await;
        for sql in [
            "SELECT COALESCE(password_hash, '') || email || display_name FROM app_user",
            "SELECT token_hash || user_agent FROM session",
            "SELECT token_hash || name || scopes FROM api_token",
            "SELECT token_hash FROM setup_link",
            "SELECT subject_name || changes || action FROM audit_record",
        ] {
            let rows = tx.fetch_all(sql, vec![]).await.expect("rows");
            assert!(!rows.is_empty(), "{sql}");
            for row in rows {
                let text = row.text(0).expect("text");
                assert!(!secrets.iter().any(|secret| text.contains(secret)), "{sql} holds a secret");
            }
        }
    }
}
