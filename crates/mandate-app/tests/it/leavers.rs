//! Following a list of the people who still work here: leavers lose everything at once, nobody gains anything.

use mandate_app::book::create;
use mandate_app::identity::{self, ListRow, NewToken, NewUser, SyncError, SyncOptions};
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::book::{Account, Draft, Person};
use mandate_domain::identity::{LeaverReason, LeaversRefusal, Role, User, UserState};
use mandate_testing::{TestDb, both_databases};

use crate::identity::{PASSWORD, new_user, session, set_up};

fn list(emails: &[&str]) -> Vec<ListRow> {
    let row = |(idx, email): (usize, &&str)| ListRow {
        place: format!("row {}", idx + 2),
        email: (*email).to_owned(),
        ..ListRow::default()
    };
    emails.iter().enumerate().map(row).collect()
}

async fn add(ctx: &Ctx, email: &str, roles: &[Role]) -> User {
    identity::create_user(ctx, &Actor::operator(), new_user(email, roles)).await.expect("a user").0
}

async fn state(ctx: &Ctx, user: &User) -> UserState {
    identity::find_user(ctx, &Actor::operator(), &user.id).await.expect("a user").state
}

both_databases! {
    async fn a_leaver_loses_everything_at_once_and_the_report_names_what_they_answered_for(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        set_up(&ctx).await;
        let person = Draft::new().with("side", "provider").with("name", "Anna Account");
        let person = create::<Person>(&ctx, &operator, person).await.expect("one of ours");
        let account = Draft::new()
            .with("name", "Harbour Bank")
            .with("time_zone", "Europe/London")
            .with("currency", "GBP")
            .with("account_manager", person.id.as_str());
        create::<Account>(&ctx, &operator, account).await.expect("an account");
        let new = NewUser { person_id: Some(person.id.clone()), ..new_user("anna@firm.example", &[Role::AccountManager]) };
        let (anna, link) = identity::create_user(&ctx, &operator, new).await.expect("a user");
        let signed_in = identity::complete_password_link(&ctx, link.reveal(), PASSWORD, "").await.expect("in").done().expect("in");
        let new = NewToken { name: "t".to_owned(), scopes: vec![Action::ReadBook], expires_in_days: None };
        let token = identity::create_token(&ctx, &signed_in.session_user.actor, new).await.expect("a token");
        let link = identity::issue_password_link(&ctx, &operator, "anna@firm.example").await.expect("a link");
        add(&ctx, "ben@firm.example", &[Role::Sponsor]).await;

        let stay = list(&["OWNER@firm.example", "ben@firm.example", "new@firm.example"]);
        let told = identity::sync_users(&ctx, &operator, &stay, SyncOptions::Check).await.expect("told");
        assert!(!told.done && told.suspended.len() == 1 && state(&ctx, &anna).await == UserState::Active, "{told:?}");
        let done = identity::sync_users(&ctx, &operator, &stay, SyncOptions::Follow).await.expect("done");
        assert!(done.done && !done.needs_force, "{done:?}");
        let leaver = &done.suspended[0];
        assert_eq!((leaver.user.id.clone(), leaver.reason), (anna.id.clone(), LeaverReason::NotListed));
        assert_eq!((leaver.n_sessions, leaver.n_tokens), (1, 1));
        let answers: Vec<_> = leaver.answers_for.iter().map(|it| (it.capacity.as_str(), it.name.as_str())).collect();
        assert_eq!(answers, [("account_manager", "Harbour Bank")]);
        assert_eq!(done.unknown, ["new@firm.example"]);
        assert_eq!(state(&ctx, &anna).await, UserState::Suspended);
        assert!(session(&ctx, &signed_in).await.is_none());
        assert!(identity::authenticate_token(&ctx, token.secret.reveal()).await.expect("a read").is_none());
        assert_eq!(identity::find_link(&ctx, link.reveal()).await.expect("a read"), None);
        let sql = "SELECT COUNT(*) FROM audit_record WHERE action IN ('user.suspended', 'users.synced')";
        assert_eq!(db.read().await.fetch_one(sql, vec![]).await.expect("a count").int(0).expect("a number"), 2);
        let again = identity::sync_users(&ctx, &operator, &stay, SyncOptions::Follow).await.expect("nothing more");
        assert!(again.suspended.is_empty(), "{again:?}");
    }

    async fn a_list_that_is_cut_short_is_refused_unless_it_is_meant(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        set_up(&ctx).await;
        let (anna, ben) = (add(&ctx, "anna@firm.example", &[Role::Sponsor]).await, add(&ctx, "ben@firm.example", &[Role::Sponsor]).await);
        let short = list(&["owner@firm.example"]);
        let told = identity::sync_users(&ctx, &operator, &short, SyncOptions::Check).await.expect("told");
        assert!(told.needs_force && told.suspended.len() == 2, "{told:?}");
        let refused = identity::sync_users(&ctx, &operator, &short, SyncOptions::Follow).await.expect_err("refused");
        assert!(matches!(refused, SyncError::Refused(LeaversRefusal::TooMany { n_removed: 2, n_active: 3 })), "{refused:?}");
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        assert_eq!((state(&ctx, &anna).await, state(&ctx, &ben).await), (UserState::Active, UserState::Active));
        let empty = identity::sync_users(&ctx, &operator, &[], SyncOptions::Force).await.expect_err("refused");
        assert!(matches!(empty, SyncError::Refused(LeaversRefusal::Empty)), "{empty:?}");
        identity::sync_users(&ctx, &operator, &short, SyncOptions::Force).await.expect("meant");
        assert_eq!((state(&ctx, &anna).await, state(&ctx, &ben).await), (UserState::Suspended, UserState::Suspended));
    }

    async fn roles_are_taken_away_and_the_last_administrator_stays(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await;
        let anna = add(&ctx, "anna@firm.example", &[Role::Sponsor, Role::Negotiator]).await;
        add(&ctx, "ben@firm.example", &[Role::Sponsor]).await;
        let mut rows = list(&["anna@firm.example", "ben@firm.example"]);
        rows[0].roles = Some(vec!["sponsor".to_owned(), "administrator".to_owned()]);
        let done = identity::sync_users(&ctx, &Actor::operator(), &rows, SyncOptions::Follow).await.expect("done");
        assert_eq!(done.kept.expect("she stays").user.id, owner.session_user.user.id);
        assert_eq!(done.lost_roles[0].lost, [Role::Negotiator]);
        let after = identity::find_user(&ctx, &Actor::operator(), &anna.id).await.expect("a user");
        assert_eq!(after.roles, [Role::Sponsor], "none is given");
        assert!(session(&ctx, &owner).await.is_some());
    }

    async fn rows_that_cannot_be_used_are_all_told_and_nothing_is_done(db: TestDb) {
        let ctx = db.ctx();
        let owner = set_up(&ctx).await.session_user.actor;
        let anna = add(&ctx, "anna@firm.example", &[Role::Sponsor]).await;
        let rows = identity::read_list(b"email,status\nowner@firm.example,here\nno address,here\nanna@firm.example,maybe\n").expect("a list");
        let refused = identity::sync_users(&ctx, &owner, &rows, SyncOptions::Force).await.expect_err("refused");
        let places: Vec<String> = refused.fields().into_iter().map(|it| it.field).collect();
        assert_eq!(places, ["row 3", "row 4"]);
        assert_eq!(state(&ctx, &anna).await, UserState::Active);
        let sponsor = Actor { roles: vec![Role::Sponsor], ..owner };
        let denied = identity::sync_users(&ctx, &sponsor, &list(&["a@b.example"]), SyncOptions::Check).await.expect_err("denied");
        assert_eq!(denied.kind(), ErrorKind::Forbidden);
    }
}
