//! Decisions about an account's manager: complete, by somebody else, read by those who may decide and by the manager alone.

use mandate_app::book::handovers::{carry_out_due, show_handover};
use mandate_app::book::managers::{Ending, ManagerError, decide_manager, end_decision, manager_page};
use mandate_app::book::{self, timeline};
use mandate_app::listing::ListQuery;
use mandate_app::lists::show_list;
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::book::{
    Account, Draft, Expectation, HandoverKind, ManagerDecisionState, Person, Promise, Saved,
};
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, our_person, user};

struct Firm {
    jonas: Saved<Person>,
    mara: Saved<Person>,
    own: Saved<Account>,
}

async fn firm(ctx: &Ctx) -> Firm {
    let operator = Actor::operator();
    let (jonas, mara) =
        (our_person(ctx, "P-1", "Jonas Feld").await, our_person(ctx, "P-2", "Mara Lind").await);
    let draft = account_draft("A-1", "Brackwell")
        .with("account_manager", jonas.id.as_str())
        .with("negotiator", mara.id.as_str());
    let own: Saved<Account> = book::create(ctx, &operator, draft).await.expect("an account");
    let expected = |title: &str, perceived: &str, state: &str| {
        let draft = Draft::new()
            .with("account", own.id.as_str())
            .with("title", title)
            .with("stated_on", "2026-05-01")
            .with("perceived", perceived)
            .with("state", state);
        if state == "open" { draft } else { draft.with("settled_on", "2026-10-01") }
    };
    for draft in
        [expected("Call us first", "falls_short", "open"), expected("Know our trade", "exceeds", "met")]
    {
        book::create::<Expectation>(ctx, &operator, draft).await.expect("an expectation");
    }
    let late = Draft::new()
        .with("account", own.id.as_str())
        .with("title", "A monthly report")
        .with("made_on", "2026-03-01")
        .with("delivery_owner", jonas.id.as_str())
        .with("due_on", "2026-04-01");
    book::create::<Promise>(ctx, &operator, late).await.expect("a promise");
    Firm { jonas, mara, own }
}

fn improvement() -> Draft {
    Draft::new()
        .with("outcome", "improvement")
        .with("reason", "The client hears of outages from others.")
        .with("measures", "A call within the hour.")
        .with("seen_by", "The client's log of outages.")
        .with("until_on", "2027-01-31")
}

/// What happened on the timeline, as `actor` may know it.
async fn events(ctx: &Ctx, actor: &Actor) -> (i64, Vec<String>) {
    let def = timeline(actor);
    let page =
        show_list(ctx, actor, Action::ReadBook, &def, &ListQuery { limit: 50, ..ListQuery::default() })
            .await
            .expect("a list");
    let at = def.position("event").expect("a field");
    let words = page
        .rows
        .iter()
        .map(|row| format!("{:?}", row.cells[at]))
        .filter(|word| word.contains("manager"))
        .collect();
    (page.n_rows as i64, words)
}

fn fields(error: &ManagerError) -> Vec<String> {
    error.fields().into_iter().map(|error| error.field).collect()
}

both_databases! {
    async fn what_is_expected_and_seen_stands_side_by_side(db: TestDb) {
        let ctx = db.ctx();
        let firm = firm(&ctx).await;
        let found = manager_page(&ctx, &user(Role::AccountManager, &firm.jonas), &firm.own.id).await.expect("their page");
        let (expected, promised) = (found.expectations(), found.promises());
        assert_eq!((expected.open, expected.met, expected.missed), (1, 1, 0));
        assert_eq!((promised.open, promised.late), (1, 1));
        assert_eq!(found.falls_short(), (1, 2));
        assert!(!found.may_decide && found.decisions.is_empty());
    }

    async fn a_decision_is_whole_and_read_by_the_few_it_is_for(db: TestDb) {
        let ctx = db.ctx();
        let firm = firm(&ctx).await;
        let sponsor = Actor { scope: mandate_store::reads::Scope::Everything, ..user(Role::Sponsor, &firm.mara) };
        let (jonas, mara) = (user(Role::AccountManager, &firm.jonas), user(Role::Negotiator, &firm.mara));
        let refused = decide_manager(&ctx, &sponsor, &firm.own.id, &Draft::new().with("outcome", "improvement")).await.unwrap_err();
        assert_eq!(fields(&refused), ["reason", "measures", "seen_by", "until_on"]);
        let refused = decide_manager(&ctx, &jonas, &firm.own.id, &improvement()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
        let himself = Actor { scope: sponsor.scope.clone(), ..user(Role::Sponsor, &firm.jonas) };
        let refused = decide_manager(&ctx, &himself, &firm.own.id, &improvement()).await.unwrap_err();
        assert!(matches!(refused, ManagerError::AboutOneself), "{refused}");
        let before = events(&ctx, &mara).await;
        let decided = decide_manager(&ctx, &sponsor, &firm.own.id, &improvement()).await.expect("decided");

        let read = |found: mandate_app::book::managers::ManagerPage| found.decisions.len();
        assert_eq!(read(manager_page(&ctx, &sponsor, &firm.own.id).await.unwrap()), 1);
        assert_eq!(read(manager_page(&ctx, &jonas, &firm.own.id).await.unwrap()), 1, "it is about him");
        assert_eq!(read(manager_page(&ctx, &mara, &firm.own.id).await.unwrap()), 0, "it is not about her");
        assert_eq!(events(&ctx, &mara).await, before, "neither shown nor counted");
        assert_eq!(events(&ctx, &sponsor).await.1.len(), 1);
        let history = mandate_app::audit::account_history(&ctx, &mara, &firm.own.id, 100).await.expect("a history");
        assert!(history.iter().all(|record| !record.action.starts_with("manager_decision")), "{history:?}");

        let ending = Ending { account: &firm.own.id, decision: &decided.id, version: 1, state: "reached", ending: "Called each time." };
        let bad = end_decision(&ctx, &sponsor, &Ending { state: "open", ..ending.clone() }).await.unwrap_err();
        assert_eq!(fields(&bad), ["state"]);
        let bad = end_decision(&ctx, &sponsor, &Ending { ending: " ", ..ending.clone() }).await.unwrap_err();
        assert_eq!(fields(&bad), ["ending"]);
        let stale = end_decision(&ctx, &sponsor, &Ending { version: 7, ..ending.clone() }).await.unwrap_err();
        assert_eq!(stale.kind(), ErrorKind::Stale);
        let ended = end_decision(&ctx, &sponsor, &ending).await.expect("ended");
        assert_eq!((ended.state, ended.version), (ManagerDecisionState::Reached, 2));
        let twice = end_decision(&ctx, &sponsor, &Ending { version: 2, ..ending }).await.unwrap_err();
        assert_eq!(twice.kind(), ErrorKind::Conflict);
        assert_eq!(events(&ctx, &sponsor).await.1.len(), 2);
    }

    async fn a_replacement_plans_the_handover_with_it(db: TestDb) {
        let ctx = db.ctx();
        let firm = firm(&ctx).await;
        let ben = our_person(&ctx, "P-3", "Ben Okafor").await;
        let sponsor = Actor { scope: mandate_store::reads::Scope::Everything, ..user(Role::Sponsor, &firm.mara) };
        let replaced = Draft::new().with("outcome", "replacement").with("reason", "The client asked for it.").with("until_on", "2026-12-01");
        let refused = decide_manager(&ctx, &sponsor, &firm.own.id, &replaced).await.unwrap_err();
        assert_eq!(fields(&refused), ["successor"]);
        let refused = decide_manager(&ctx, &sponsor, &firm.own.id, &replaced.clone().with("successor", firm.jonas.id.as_str())).await.unwrap_err();
        assert_eq!(fields(&refused), ["successor"], "himself");
        let decided = decide_manager(&ctx, &sponsor, &firm.own.id, &replaced.with("successor", ben.id.as_str())).await.expect("decided");
        let handover = show_handover(&ctx, &sponsor, &decided.handover_id.expect("a handover")).await.expect("it is planned");
        assert_eq!(handover.handover.kind, HandoverKind::Replacement);
        let later: jiff::Timestamp = "2026-12-02T00:00:00Z".parse().expect("an instant");
        assert_eq!(carry_out_due(&db.ctx_at(later.into())).await.expect("carried out"), 1);
        let account = book::show(&ctx, &sponsor, &firm.own.id).await.expect("the account");
        assert_eq!(account.account_manager_id.as_ref(), Some(&ben.id));
        let n = manager_page(&ctx, &user(Role::AccountManager, &ben), &firm.own.id).await.expect("his page").decisions.len();
        assert_eq!(n, 0, "what was decided about another is not his to read");
    }
}
