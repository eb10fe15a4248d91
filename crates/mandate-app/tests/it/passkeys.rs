//! Passkeys: added, named, removed, and signing in by one; with what is refused, recorded and slowed down.

use mandate_app::identity::passkeys::{
    PasskeyAnswer, PasskeyError, RelyingParty, add_passkey, begin_passkey, begin_passkey_sign_in,
    list_passkeys, remove_passkey, rename_passkey, sign_in_by_passkey,
};
use mandate_app::identity::{
    self, SignIn, SignedIn, find_user_security, reset_second_factor, resume_session, suspend_user,
};
use mandate_app::settings::{SettingsDraft, save_settings};
use mandate_app::{Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::identity::{Passkey, Role};
use mandate_store::audit::list_after;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::identity::{PASSWORD, new_user, set_up};
use crate::soft_device::SoftDevice;

const ORIGIN: &str = "https://mandate.firm.example";

fn rp() -> RelyingParty {
    RelyingParty::of(ORIGIN).expect("a host name over TLS")
}

fn device(number: u8) -> SoftDevice {
    SoftDevice::new(number, ORIGIN, "mandate.firm.example")
}

async fn added(
    ctx: &Ctx,
    actor: &Actor,
    device: &mut SoftDevice,
    name: &str,
) -> Result<Passkey, PasskeyError> {
    let question = begin_passkey(ctx, actor, &rp()).await?;
    let answer = device.create(&question.options);
    add_passkey(ctx, actor, &rp(), question.secret.reveal(), (name, &answer)).await
}

async fn answered(ctx: &Ctx, secret: &str, answer: &str) -> Result<SignIn, PasskeyError> {
    let given = PasskeyAnswer { secret, answer, user_agent: "Test", client: "10.0.0.7" };
    sign_in_by_passkey(ctx, &rp(), given).await
}

async fn by_passkey(ctx: &Ctx, device: &mut SoftDevice) -> Result<SignIn, PasskeyError> {
    let question = begin_passkey_sign_in(ctx, &rp(), "10.0.0.7").await?;
    let answer = device.prove(&question.options);
    answered(ctx, question.secret.reveal(), &answer).await
}

async fn newest_action(db: &TestDb) -> String {
    let records = list_after(&mut db.read().await, 0, 10_000).await.expect("the records");
    records.last().expect("a record").action.clone()
}

async fn second_factor_for_everybody(ctx: &Ctx) {
    let draft = SettingsDraft {
        firm_name: String::new(),
        account_managers_see_all: false,
        session_idle_minutes: 30,
        session_absolute_hours: 12,
        second_factor: "everybody".to_owned(),
        exports_per_hour: 10,
        reads_per_hour: 5000,
        reporting_currency: None,
        fiscal_year_starts: None,
        light_mode: None,
        version: None,
    };
    save_settings(ctx, &Actor::operator(), draft).await.expect("the operator may");
}

fn done(signed_in: Result<SignIn, PasskeyError>) -> SignedIn {
    signed_in.expect("accepted").done().expect("no further step")
}

both_databases! {
    async fn a_passkey_signs_in_by_itself_and_counts_as_a_second_factor(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let mut phone = device(1);
        let made = added(&ctx, &owner, &mut phone, " Phone ").await.expect("added");
        assert_eq!((made.name.as_str(), newest_action(&db).await.as_str()), ("Phone", "passkey.added"));
        second_factor_for_everybody(&ctx).await;
        let signed_in = done(by_passkey(&ctx, &mut phone).await);
        assert_eq!(newest_action(&db).await, "user.signed_in");
        let session = resume_session(&ctx, signed_in.session_token.reveal()).await.expect("a read").expect("it holds");
        assert_eq!(session.user.email, "Owner@firm.example");
        let lines = list_passkeys(&ctx, &owner).await.expect("mine");
        assert_eq!((lines.len(), lines[0].last_used_at, lines[0].refused_at), (1, Some(STARTED_AT), None));
        done(by_passkey(&ctx, &mut phone).await);
    }

    async fn a_passkey_is_named_and_removed_by_its_owner_only(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let (mut phone, mut stick) = (device(1), device(2));
        let made = added(&ctx, &owner, &mut phone, "Phone").await.expect("added");
        added(&ctx, &owner, &mut stick, "Stick").await.expect("a second one");
        assert!(matches!(added(&ctx, &owner, &mut stick, "Again").await, Err(PasskeyError::Refused)));
        assert_eq!(rename_passkey(&ctx, &owner, &made.id, "Old phone").await.expect("named").name, "Old phone");
        let unnamed = rename_passkey(&ctx, &owner, &made.id, "  ").await.expect_err("no name");
        assert_eq!(unnamed.fields()[0].field, "name");
        let (other, _) = identity::create_user(&ctx, &Actor::operator(), new_user("eva@firm.example", &[Role::Sponsor])).await.expect("made");
        let eva = Actor { who: mandate_app::Who::User { id: other.id, name: "Eva".to_owned(), person_id: None }, ..owner.clone() };
        assert!(matches!(rename_passkey(&ctx, &eva, &made.id, "Mine").await, Err(PasskeyError::NotFound)));
        assert!(matches!(remove_passkey(&ctx, &eva, &made.id).await, Err(PasskeyError::NotFound)));
        assert!(list_passkeys(&ctx, &eva).await.expect("none").is_empty());
        remove_passkey(&ctx, &owner, &made.id).await.expect("removed");
        assert_eq!(newest_action(&db).await, "passkey.removed");
        assert!(matches!(by_passkey(&ctx, &mut phone).await, Err(PasskeyError::Refused)));
        done(by_passkey(&ctx, &mut stick).await);
    }

    async fn adding_takes_a_fresh_proof_a_session_and_room_for_one_more(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let later = db.ctx_at(STARTED_AT.plus_seconds(11 * 60));
        let stale = begin_passkey(&later, &owner, &rp()).await.expect_err("eleven minutes");
        assert_eq!(stale.kind(), ErrorKind::Unverified);
        let token = Actor { token_scopes: Some(vec!["profile".to_owned()]), ..owner.clone() };
        assert!(matches!(begin_passkey(&ctx, &token, &rp()).await, Err(PasskeyError::NoSession | PasskeyError::Denied(_))));
        for number in 0..10 {
            added(&ctx, &owner, &mut device(number), "One more").await.expect("up to ten");
        }
        let full = added(&ctx, &owner, &mut device(99), "Eleventh").await.expect_err("ten");
        assert!(matches!(full, PasskeyError::TooManyKeys), "{full}");
    }

    async fn another_site_a_device_that_checks_nobody_and_a_used_question_are_refused(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let mut careless = device(3);
        careless.checks_person = false;
        assert!(matches!(added(&ctx, &owner, &mut careless, "Careless").await, Err(PasskeyError::Refused)));
        let mut phished = SoftDevice::new(4, "https://mandate.firm.example.evil.example", "mandate.firm.example");
        assert!(matches!(added(&ctx, &owner, &mut phished, "Phished").await, Err(PasskeyError::Refused)));
        let mut phone = device(1);
        added(&ctx, &owner, &mut phone, "Phone").await.expect("added");

        for (origin, rp_id, checks_person) in [
            ("https://evil.example", "mandate.firm.example", true),
            ("http://mandate.firm.example", "mandate.firm.example", true),
            ("https://mandate.firm.example:8443", "mandate.firm.example", true),
            (ORIGIN, "evil.example", true),
            (ORIGIN, "mandate.firm.example", false),
        ] {
            (phone.origin, phone.rp_id, phone.checks_person) = (origin.to_owned(), rp_id.to_owned(), checks_person);
            let refused = by_passkey(&ctx, &mut phone).await;
            assert!(matches!(refused, Err(PasskeyError::Refused)), "{origin} {rp_id} {checks_person}");
            assert_eq!(newest_action(&db).await, "passkey.refused");
        }
        (phone.origin, phone.rp_id, phone.checks_person) = (ORIGIN.to_owned(), "mandate.firm.example".to_owned(), true);

        let ctx = db.ctx_at(STARTED_AT.plus_seconds(60));
        let question = begin_passkey_sign_in(&ctx, &rp(), "10.0.0.7").await.expect("asked");
        let answer = phone.prove(&question.options);
        done(answered(&ctx, question.secret.reveal(), &answer).await);
        let again = answered(&ctx, question.secret.reveal(), &answer).await;
        assert!(matches!(again, Err(PasskeyError::Lapsed)), "an answer counts once");
        let other = begin_passkey_sign_in(&ctx, &rp(), "10.0.0.7").await.expect("asked");
        let replayed = answered(&ctx, other.secret.reveal(), &answer).await;
        assert!(matches!(replayed, Err(PasskeyError::Refused)), "an answer to another question");
        let late = begin_passkey_sign_in(&ctx, &rp(), "10.0.0.7").await.expect("asked");
        let answer = phone.prove(&late.options);
        let after = db.ctx_at(STARTED_AT.plus_seconds(60 + 5 * 60));
        let lapsed = answered(&after, late.secret.reveal(), &answer).await;
        assert!(matches!(lapsed, Err(PasskeyError::Lapsed)), "five minutes");
        // What somebody is asked who adds a passkey signs nobody in.
        let adding = begin_passkey(&ctx, &owner, &rp()).await.expect("asked");
        let answer = phone.prove(&adding.options);
        assert!(matches!(answered(&ctx, adding.secret.reveal(), &answer).await, Err(PasskeyError::Lapsed)));
    }

    async fn a_counter_that_goes_backwards_is_refused_and_recorded(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let mut phone = device(1);
        added(&ctx, &owner, &mut phone, "Phone").await.expect("added");
        phone.counter = 40;
        done(by_passkey(&ctx, &mut phone).await);
        phone.counter = 12;
        let copied = by_passkey(&ctx, &mut phone).await.expect_err("a copy was used before");
        assert!(matches!(copied, PasskeyError::Copied), "{copied}");
        assert_eq!(newest_action(&db).await, "passkey.copy_suspected");
        assert_eq!(list_passkeys(&ctx, &owner).await.expect("mine")[0].refused_at, Some(STARTED_AT));
        phone.counter = 41;
        done(by_passkey(&ctx, &mut phone).await);
    }

    async fn who_may_not_sign_in_does_not_by_a_passkey_either(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let draft = new_user("eva@firm.example", &[Role::Sponsor]);
        let (made, link) = identity::create_user(&ctx, &Actor::operator(), draft).await.expect("made");
        identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "Firefox").await.expect("in");
        let eva = Actor { who: mandate_app::Who::User { id: made.id.clone(), name: "Eva".to_owned(), person_id: None }, ..owner.clone() };
        let mut phone = device(1);
        added(&ctx, &eva, &mut phone, "Phone").await.expect("added");
        done(by_passkey(&ctx, &mut phone).await);
        suspend_user(&ctx, &Actor::operator(), "eva@firm.example").await.expect("suspended");
        assert!(matches!(by_passkey(&ctx, &mut phone).await, Err(PasskeyError::Refused)));
        assert_eq!(find_user_security(&ctx, &owner, &made.id).await.expect("hers").n_passkeys, 1);
        // An administrator's reset, for one who lost the device, takes passkeys too.
        reset_second_factor(&ctx, &owner, &made.id).await.expect("reset");
        assert_eq!(find_user_security(&ctx, &owner, &made.id).await.expect("hers").n_passkeys, 0);
    }

    async fn a_client_that_asks_and_never_answers_waits(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let mut phone = device(1);
        added(&ctx, &owner, &mut phone, "Phone").await.expect("added");
        for _ in 0..40 {
            done(by_passkey(&ctx, &mut phone).await);
        }
        for _ in 0..30 {
            begin_passkey_sign_in(&ctx, &rp(), "10.0.0.7").await.expect("so many are free");
        }
        let refused = begin_passkey_sign_in(&ctx, &rp(), "10.0.0.7").await.expect_err("too many");
        assert!(matches!(refused.kind(), ErrorKind::TooMany { .. }), "{refused}");
        begin_passkey_sign_in(&ctx, &rp(), "10.0.0.8").await.expect("another client");
    }
}
