//! Whom a sign-on provider's word lets in, as which account, with which roles.

use mandate_app::identity::{
    self, AccountBy, FactorError, ProvenPerson, ProviderRules, ProviderSignInError, SignIn, SignInError,
};
use mandate_app::settings::{SettingsDraft, save_settings};
use mandate_app::{Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::identity::{Role, UserState};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::identity::{PASSWORD, credentials, new_user, session, set_up};

fn rules() -> ProviderRules {
    ProviderRules {
        account_by: AccountBy::Subject,
        email_domains: vec!["firm.example".to_owned()],
        makes_users: false,
        roles_by_group: vec![],
        locale: "en-GB".to_owned(),
        time_zone: "UTC".to_owned(),
        trusts_second_factor: true,
        allows_passwords: true,
    }
}

fn person(subject: &str, email: &str) -> ProvenPerson {
    ProvenPerson {
        issuer: "https://id.example".to_owned(),
        subject: subject.to_owned(),
        verified_email: Some(email.to_owned()),
        name: Some("Anna Account".to_owned()),
        groups: vec![],
        second_factor: None,
    }
}

fn grouped(subject: &str, email: &str, groups: &[&str]) -> ProvenPerson {
    ProvenPerson { groups: groups.iter().map(|it| (*it).to_owned()).collect(), ..person(subject, email) }
}

async fn refused(ctx: &Ctx, proven: &ProvenPerson) {
    let answer = identity::sign_in_by_provider(ctx, proven, "").await;
    assert!(matches!(answer, Err(ProviderSignInError::Refused)), "{proven:?}: {answer:?}");
}

both_databases! {
    async fn an_account_is_linked_at_the_first_use_and_is_the_subjects_from_then_on(db: TestDb) {
        let ctx = db.ctx().with_provider(rules());
        set_up(&ctx).await;
        let owner = person("sub-1", "OWNER@firm.example");
        let signed_in = identity::sign_in_by_provider(&ctx, &owner, "Firefox").await.expect("in").done().expect("in");
        assert!(session(&ctx, &signed_in).await.expect("in").actor.verified_within(STARTED_AT, 10));
        let renamed = person("sub-1", "new.name@firm.example");
        let again = identity::sign_in_by_provider(&ctx, &renamed, "").await.expect("in").done().expect("in");
        assert_eq!(again.session_user.user.id, signed_in.session_user.user.id);
        // The address given to somebody else opens nothing.
        refused(&ctx, &person("sub-2", "owner@firm.example")).await;
        refused(&ctx, &person("sub-3", "nobody@firm.example")).await;
        refused(&ctx, &person("sub-4", "owner@elsewhere.example")).await;
        refused(&ctx, &ProvenPerson { verified_email: None, ..person("sub-5", "") }).await;
        refused(&ctx, &ProvenPerson { issuer: "https://other.example".to_owned(), ..person("sub-1", "x@y.example") }).await;
        identity::unlink_provider(&ctx, &Actor::operator(), &signed_in.session_user.user.id).await.expect("unlinked");
        let relinked = identity::sign_in_by_provider(&ctx, &person("sub-2", "owner@firm.example"), "").await;
        assert!(relinked.is_ok(), "{relinked:?}");

        let by_email = db.ctx().with_provider(ProviderRules { account_by: AccountBy::Email, ..rules() });
        let changed = identity::sign_in_by_provider(&by_email, &person("sub-9", "owner@firm.example"), "").await;
        assert!(changed.is_ok(), "{changed:?}");
        let without = identity::sign_in_by_provider(&db.ctx(), &owner, "").await.expect_err("no provider");
        assert_eq!(without.kind(), ErrorKind::NotFound);
    }

    async fn a_suspended_user_is_refused_like_an_unknown_one(db: TestDb) {
        let ctx = db.ctx().with_provider(rules());
        let owner = set_up(&ctx).await.session_user.actor;
        identity::create_user(&ctx, &owner, new_user("anna@firm.example", &[Role::Sponsor])).await.expect("a user");
        let anna = person("sub-a", "anna@firm.example");
        let signed_in = identity::sign_in_by_provider(&ctx, &anna, "").await.expect("in").done().expect("in");
        identity::suspend_user(&ctx, &owner, "anna@firm.example").await.expect("suspended");
        assert!(session(&ctx, &signed_in).await.is_none());
        let (suspended, unknown) = (
            identity::sign_in_by_provider(&ctx, &anna, "").await.expect_err("suspended"),
            identity::sign_in_by_provider(&ctx, &person("sub-x", "x@firm.example"), "").await.expect_err("unknown"),
        );
        assert_eq!((suspended.kind(), suspended.message()), (unknown.kind(), unknown.message()));
    }

    async fn groups_stand_for_roles_and_the_last_administrator_stays_one(db: TestDb) {
        let mapped = vec![("keepers".to_owned(), Role::Administrator), ("sales".to_owned(), Role::AccountManager)];
        let with = ProviderRules { makes_users: true, roles_by_group: mapped, ..rules() };
        let ctx = db.ctx().with_provider(with);
        set_up(&ctx).await;
        let anna = grouped("sub-a", "anna@firm.example", &["sales", "football"]);
        let made = identity::sign_in_by_provider(&ctx, &anna, "").await.expect("made").done().expect("in");
        let user = &made.session_user.user;
        assert_eq!((user.roles.clone(), user.display_name.as_str()), (vec![Role::AccountManager], "Anna Account"));
        assert_eq!(user.state, UserState::Active);
        refused(&ctx, &grouped("sub-b", "ben@firm.example", &["football"])).await;
        refused(&ctx, &grouped("sub-c", "cleo@elsewhere.example", &["sales"])).await;
        let promoted = grouped("sub-a", "anna@firm.example", &["sales", "keepers"]);
        let promoted = identity::sign_in_by_provider(&ctx, &promoted, "").await.expect("in").done().expect("in");
        assert_eq!(promoted.session_user.actor.roles, [Role::AccountManager, Role::Administrator]);
        assert_eq!(session(&ctx, &made).await.expect("in").actor.roles, [Role::AccountManager, Role::Administrator]);
        refused(&ctx, &grouped("sub-a", "anna@firm.example", &[])).await;
        let owner = grouped("sub-o", "owner@firm.example", &["sales"]);
        let demoted = identity::sign_in_by_provider(&ctx, &owner, "").await.expect("in").done().expect("in");
        assert_eq!(demoted.session_user.user.roles, [Role::AccountManager], "another administrator is there");
        let last = grouped("sub-a", "anna@firm.example", &["sales"]);
        let last = identity::sign_in_by_provider(&ctx, &last, "").await.expect("in").done().expect("in");
        assert_eq!(last.session_user.user.roles, [Role::AccountManager, Role::Administrator], "the last one stays");
    }

    async fn passwords_may_be_the_administrators_alone(db: TestDb) {
        let open = db.ctx();
        let owner = set_up(&open).await.session_user.actor;
        let (_, link) = identity::create_user(&open, &owner, new_user("anna@firm.example", &[Role::Sponsor])).await.expect("a user");
        identity::complete_password_link(&open, link.reveal(), PASSWORD, "").await.expect("in");
        let link = identity::issue_password_link(&open, &owner, "anna@firm.example").await.expect("a link");
        let ctx = open.clone().with_provider(ProviderRules { allows_passwords: false, ..rules() });
        let refused = identity::sign_in(&ctx, credentials("anna@firm.example", PASSWORD)).await;
        assert!(matches!(refused, Err(SignInError::Refused)), "{refused:?}");
        assert_eq!(identity::find_link(&ctx, link.reveal()).await.expect("a read"), None);
        assert!(identity::sign_in(&ctx, credentials("owner@firm.example", PASSWORD)).await.is_ok());
        assert!(identity::sign_in(&open, credentials("anna@firm.example", PASSWORD)).await.is_ok());
    }

    async fn the_provider_is_believed_its_second_factor_unless_it_says_no_or_is_not_trusted(db: TestDb) {
        let ctx = db.ctx().with_provider(rules());
        let owner = set_up(&ctx).await.session_user.actor;
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
        save_settings(&ctx, &owner, draft).await.expect("the provider's counts");
        let proven = person("sub-1", "owner@firm.example");
        let trusted = identity::sign_in_by_provider(&ctx, &proven, "").await.expect("in").done().expect("in");
        assert!(session(&ctx, &trusted).await.is_some());
        let only_one = ProvenPerson { second_factor: Some(false), ..proven.clone() };
        let step = identity::sign_in_by_provider(&ctx, &only_one, "").await.expect("the first step");
        assert!(matches!(step, SignIn::FactorNeeded(_)), "{step:?}");
        let wary = db.ctx().with_provider(ProviderRules { trusts_second_factor: false, ..rules() });
        let said = ProvenPerson { second_factor: Some(true), ..proven };
        let step = identity::sign_in_by_provider(&wary, &said, "").await.expect("the first step");
        assert!(matches!(step, SignIn::FactorNeeded(_)), "{step:?}");
    }

    async fn whoever_came_by_the_provider_confirms_by_it_as_the_same_person(db: TestDb) {
        let late = db.ctx_at(STARTED_AT.plus_seconds(1200)).with_provider(rules());
        let ctx = db.ctx().with_provider(rules());
        set_up(&ctx).await;
        let proven = person("sub-1", "owner@firm.example");
        let signed_in = identity::sign_in_by_provider(&ctx, &proven, "").await.expect("in").done().expect("in");
        let token = signed_in.session_token.reveal();
        let actor = identity::resume_session(&late, token).await.expect("a read").expect("in").actor;
        assert!(!actor.verified_within(late.now(), 10));
        let other = identity::confirm_by_provider(&late, &actor, token, &person("sub-2", "owner@firm.example")).await;
        assert!(matches!(other, Err(FactorError::WrongPassword)), "{other:?}");
        let fresh = identity::confirm_by_provider(&late, &actor, token, &proven).await.expect("confirmed");
        let again = identity::resume_session(&late, fresh.reveal()).await.expect("a read").expect("in");
        assert!(again.actor.verified_within(late.now(), 10));
    }
}
