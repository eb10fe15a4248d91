//! Who is out is out with the next request: invited, suspended, removed, moved to another role, stale token (A3).

use mandate_app::identity::{self, CreatedToken, LinkError, NewToken, SignInError, SignedIn, UserChange};
use mandate_app::jobs::{JobRun, JobState, Registry, enqueue, job_status, run_until_idle};
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError, authorise::authorise};
use mandate_domain::Purpose;
use mandate_domain::book::{Account, Saved};
use mandate_domain::identity::{Role, User, UserState};
use mandate_store::reads::Scope;
use mandate_testing::{STARTED_AT, TestDb, both_databases};
use serde_json::json;

use crate::identity::{PASSWORD, credentials, new_user, session, set_up};

struct Colleague {
    user: User,
    signed_in: SignedIn,
    token: CreatedToken,
}

async fn colleague(ctx: &Ctx, owner: &Actor, roles: &[Role], scopes: &[Action]) -> Colleague {
    let (_, link) =
        identity::create_user(ctx, owner, new_user("anna@firm.example", roles)).await.expect("a user");
    let signed_in = identity::complete_password_link(ctx, link.reveal(), PASSWORD, "")
        .await
        .expect("in")
        .done()
        .expect("in");
    let new = NewToken { name: "script".to_owned(), scopes: scopes.to_vec(), expires_in_days: Some(1) };
    let token = identity::create_token(ctx, &signed_in.session_user.actor, new).await.expect("a token");
    let user = session(ctx, &signed_in).await.expect("in").user;
    Colleague { user, signed_in, token }
}

async fn by_token(ctx: &Ctx, colleague: &Colleague) -> Option<Actor> {
    let found = identity::authenticate_token(ctx, colleague.token.secret.reveal()).await.expect("a read");
    found.map(|session| session.actor)
}

fn change(user: &User, roles: &[Role], state: UserState) -> UserChange {
    UserChange {
        id: user.id.clone(),
        version: user.version,
        display_name: user.display_name.clone(),
        roles: roles.to_vec(),
        person_id: None,
        state,
    }
}

both_databases! {
    async fn an_invited_user_can_do_nothing_before_they_set_a_password(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let (user, link) = identity::create_user(&ctx, &owner, new_user("anna@firm.example", &[Role::Sponsor])).await.expect("a user");
        for password in ["", PASSWORD] {
            let refused = identity::sign_in(&ctx, credentials("anna@firm.example", password)).await;
            assert!(matches!(refused, Err(SignInError::Refused)), "{refused:?}");
        }
        assert!(identity::resume_session(&ctx, link.reveal()).await.expect("a read").is_none(), "a link is no session");
        assert!(identity::authenticate_token(&ctx, link.reveal()).await.expect("a read").is_none());
        identity::save_user(&ctx, &owner, change(&user, &[Role::Sponsor], UserState::Suspended)).await.expect("suspended");
        let void = identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await;
        assert!(matches!(void, Err(LinkError::Lapsed)), "{void:?}");
    }

    async fn a_job_is_done_only_while_whoever_asked_for_it_has_its_right(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let anna = colleague(&ctx, &owner, &[Role::AccountManager], &[Action::ReadBook]).await;
        let asked = async || {
            let (actor, mut tx) = (&anna.signed_in.session_user.actor, db.write().await);
            let id = enqueue(&ctx, &mut tx, actor, "bring", &json!({})).await.expect("queued");
            db.commit(tx).await;
            id
        };
        let registry = Registry::new().with("bring", Action::Import, async |_: Ctx, _: JobRun| Ok(json!("brought")));
        let first = asked().await;
        run_until_idle(&ctx, &registry).await.expect("run");
        let status = job_status(&ctx, &Actor::operator(), &first).await.expect("a job");
        assert_eq!((status.state, status.result), (JobState::Done, Some(json!("brought"))));

        // Between asking and doing they become somebody who brings nothing in, and then nobody.
        for (role, state) in [(Role::Sponsor, UserState::Active), (Role::AccountManager, UserState::Suspended)] {
            let user = identity::find_user(&ctx, &owner, &anna.user.id).await.expect("a user");
            let late = asked().await;
            identity::save_user(&ctx, &owner, change(&user, &[role], state)).await.expect("changed");
            run_until_idle(&ctx, &registry).await.expect("run");
            let status = job_status(&ctx, &Actor::operator(), &late).await.expect("a job");
            assert_eq!((status.state, status.result), (JobState::Failed, None), "{role:?} {state:?}");
        }
    }

    async fn a_role_behind_a_wall_widens_no_scope(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let anna = colleague(&ctx, &owner, &[Role::AccountManager], &[Action::ReadBook]).await;
        assert_eq!(anna.signed_in.session_user.actor.scope, Scope::Nothing, "no person of the book stands behind her");
        let account: Saved<Account> =
            mandate_app::book::create(&ctx, &Actor::operator(), crate::book::account_draft("A-1", "Brackwell")).await.expect("an account");
        let mut tx = db.write().await;
        mandate_store::identity::note_sealed_reading(&mut tx, &anna.user.id, &account.id, Purpose::Candid, STARTED_AT)
            .await
            .expect("a reading");
        db.commit(tx).await;
        let user = identity::find_user(&ctx, &owner, &anna.user.id).await.expect("a user");
        let both = [Role::AccountManager, Role::ProductManager];
        identity::save_user(&ctx, &owner, change(&user, &both, UserState::Active)).await.expect("a second hat");
        let actor = session(&ctx, &anna.signed_in).await.expect("in").actor;
        assert_eq!((actor.roles.clone(), actor.scope), (vec![Role::AccountManager], Scope::Nothing));
    }

    async fn a_suspended_users_sessions_tokens_links_and_waiting_sign_ins_end(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let anna = colleague(&ctx, &owner, &[Role::Sponsor], &[Action::ReadBook]).await;
        let link = identity::issue_password_link(&ctx, &owner, "anna@firm.example").await.expect("a link");
        assert!(by_token(&ctx, &anna).await.is_some());
        identity::save_user(&ctx, &owner, change(&anna.user, &[Role::Sponsor], UserState::Suspended)).await.expect("suspended");
        assert!(session(&ctx, &anna.signed_in).await.is_none());
        assert!(by_token(&ctx, &anna).await.is_none());
        assert_eq!(identity::find_link(&ctx, link.reveal()).await.expect("a read"), None);
        let refused = identity::issue_password_link(&ctx, &owner, "anna@firm.example").await.expect_err("suspended");
        assert_eq!(refused.kind(), ErrorKind::NotFound);

        // Back in, the old session and the old token stay dead.
        let user = identity::find_user(&ctx, &owner, &anna.user.id).await.expect("a user");
        identity::save_user(&ctx, &owner, change(&user, &[Role::Sponsor], UserState::Active)).await.expect("back");
        assert!(session(&ctx, &anna.signed_in).await.is_none());
        assert!(by_token(&ctx, &anna).await.is_none());
        assert!(identity::sign_in(&ctx, credentials("anna@firm.example", PASSWORD)).await.is_ok());
    }

    async fn roles_taken_away_are_gone_with_the_next_request(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let anna = colleague(&ctx, &owner, &[Role::AccountManager, Role::Sponsor], &[Action::WriteBook, Action::ReadBook]).await;
        let before = session(&ctx, &anna.signed_in).await.expect("in").actor;
        assert!(authorise(&before, Action::WriteBook).is_ok() && authorise(&before, Action::ReadAudit).is_ok());
        assert!(authorise(&by_token(&ctx, &anna).await.expect("valid"), Action::WriteBook).is_ok());
        identity::save_user(&ctx, &owner, change(&anna.user, &[Role::ProductManager], UserState::Active)).await.expect("moved");
        let after = session(&ctx, &anna.signed_in).await.expect("the session stays").actor;
        assert!(authorise(&after, Action::WriteBook).is_err() && authorise(&after, Action::ReadAudit).is_err());
        assert!(authorise(&after, Action::ReadCost).is_ok());
        let token = by_token(&ctx, &anna).await.expect("the token stays");
        assert!(authorise(&token, Action::WriteBook).is_err() && authorise(&token, Action::ReadBook).is_ok());
        assert!(authorise(&token, Action::ReadCost).is_err(), "a token never gains");
    }

    async fn a_stale_token_and_one_of_a_removed_user_open_nothing(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let anna = colleague(&ctx, &owner, &[Role::Sponsor], &[Action::ReadBook]).await;
        let late = db.ctx_at(STARTED_AT.plus_seconds(24 * 3600));
        assert!(by_token(&late, &anna).await.is_none(), "past its end");
        assert!(session(&late, &anna.signed_in).await.is_none(), "past its end");
        // Removed for good, which is done to users of the demo book.
        let mut tx = db.write().await;
        let demo = format!("UPDATE app_user SET demo = 1 WHERE id = '{}'", anna.user.id);
        tx.execute(&demo, vec![]).await.expect("marked");
        db.commit(tx).await;
        let step = identity::begin_own_factor(&ctx, &anna.signed_in.session_user.actor).await;
        assert!(step.is_ok(), "so that there is a row to remove: {step:?}");
        let mut tx = db.write().await;
        mandate_store::wipe::wipe_demo(&mut tx).await.expect("removed");
        db.commit(tx).await;
        assert!(by_token(&ctx, &anna).await.is_none());
        assert!(session(&ctx, &anna.signed_in).await.is_none());
        let refused = identity::sign_in(&ctx, credentials("anna@firm.example", PASSWORD)).await;
        assert!(matches!(refused, Err(SignInError::Refused)), "{refused:?}");
    }

    async fn an_administrator_sees_and_ends_the_sessions_of_another(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let anna = colleague(&ctx, &owner, &[Role::Sponsor], &[Action::ReadBook]).await;
        let second = identity::sign_in(&ctx, credentials("anna@firm.example", PASSWORD)).await.expect("in").done().expect("in");
        let seen = identity::find_user_security(&ctx, &owner, &anna.user.id).await.expect("seen");
        assert_eq!((seen.sessions.len(), seen.second_factor_since, seen.is_linked), (2, None, false));
        let denied = identity::end_sessions_of(&ctx, &second.session_user.actor, &anna.user.id).await.expect_err("denied");
        assert_eq!(denied.kind(), ErrorKind::Forbidden);
        assert_eq!(identity::end_sessions_of(&ctx, &owner, &anna.user.id).await.expect("ended"), 2);
        assert!(session(&ctx, &anna.signed_in).await.is_none() && session(&ctx, &second).await.is_none());
        assert!(by_token(&ctx, &anna).await.is_some(), "tokens are another matter");
        let unknown = identity::end_sessions_of(&ctx, &owner, &ctx.new_id()).await.expect_err("nobody");
        assert_eq!(unknown.kind(), ErrorKind::NotFound);
    }
}
