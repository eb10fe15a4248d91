//! Promises: expected, promised, perceived and actual side by side, what is missing at the handover, and delivery's answer.

use mandate_app::book::{self, BookError, HandoverDraft, answer_handover, withdraw_handover};
use mandate_app::listing::{Cell, ListDef, ListQuery};
use mandate_app::lists::show_list;
use mandate_app::notifications::unread;
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::book::{Account, Draft, Expectation, HandoverAnswer, Promise, Saved};
use mandate_domain::identity::Role;
use mandate_store::audit::list_after;
use mandate_store::reads::Scope;
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, contract_with_line, fields, our_person};
use crate::decisions::one_of_ours;

async fn make<R: mandate_app::book::Stored>(ctx: &Ctx, draft: Draft) -> Saved<R> {
    book::create(ctx, &Actor::operator(), draft).await.expect("a record")
}

fn promise(account: &Saved<Account>, title: &str) -> Draft {
    Draft::new().with("account", account.id.as_str()).with("title", title).with("made_on", "2026-03-01")
}

fn expectation(account: &Saved<Account>, title: &str) -> Draft {
    Draft::new().with("account", account.id.as_str()).with("title", title).with("stated_on", "2026-02-01")
}

/// The rows of a list as `actor` has them: the title, and the flags that hold.
async fn gaps(ctx: &Ctx, actor: &Actor, def: &ListDef) -> Vec<(String, Vec<&'static str>)> {
    const FLAGS: [&str; 8] = [
        "not_promised",
        "no_clause",
        "no_owner",
        "not_accepted",
        "no_day",
        "overdue",
        "perceived_worse",
        "no_cost_line",
    ];
    let query = ListQuery { limit: 50, ..ListQuery::default() };
    let page = show_list(ctx, actor, Action::ReadBook, def, &query).await.expect("a list");
    let row = |row: &mandate_app::listing::ListRow| {
        let cell = |name: &str| def.position(name).map(|position| &row.cells[position]);
        let holds = |flag: &&&str| matches!(cell(flag), Some(Cell::Integer(1)));
        let title = cell("title").and_then(Cell::text).unwrap_or_default().to_owned();
        (title, FLAGS.iter().filter(holds).copied().collect())
    };
    page.rows.iter().map(row).collect()
}

fn answer(answer: &str, words: &str, version: i64) -> HandoverDraft {
    HandoverDraft { answer: answer.to_owned(), words: words.to_owned(), version }
}

both_databases! {
    // The tests' clock stands on 21 November 2026.
    async fn a_matter_names_what_is_missing_and_the_worst_stands_first(db: TestDb) {
        let ctx = db.ctx();
        let brackwell: Saved<Account> = make(&ctx, account_draft("A-1", "Brackwell")).await;
        let (contract, _) = contract_with_line(&ctx, &brackwell).await;
        let ines = our_person(&ctx, "P-1", "Ines Roth").await;
        let whole = promise(&brackwell, "A named team").with("contract", contract.id.as_str()).with("clause", "4.2")
            .with("delivery_owner", ines.id.as_str()).with("due_on", "2027-01-31");
        let whole: Saved<Promise> = make(&ctx, whole).await;
        let answered = expectation(&brackwell, "People who know us").with("promise", whole.id.as_str());
        make::<Expectation>(&ctx, answered).await;
        make::<Expectation>(&ctx, expectation(&brackwell, "One voice").with("due_on", "2026-11-20")).await;
        make::<Promise>(&ctx, promise(&brackwell, "A desk by June").with("due_on", "2026-06-30")).await;
        let seen = expectation(&brackwell, "Letters by noon").with("state", "met").with("settled_on", "2026-05-01")
            .with("perceived", "falls_short").with("perceived_on", "2026-11-01");
        make::<Expectation>(&ctx, seen).await;
        let gone = expectation(&brackwell, "No longer wanted").with("state", "withdrawn").with("settled_on", "2026-05-01");
        make::<Expectation>(&ctx, gone).await;

        let found = gaps(&ctx, &Actor::operator(), &book::matters(&ctx)).await;
        let of = |title: &str| found.iter().find(|row| row.0 == title).map(|row| row.1.clone()).expect("a row");
        assert_eq!(found.len(), 5, "the answered expectation and its promise are one row: {found:?}");
        assert_eq!(found[0], ("A desk by June".to_owned(), vec!["no_clause", "no_owner", "overdue"]));
        assert_eq!(found[1], ("One voice".to_owned(), vec!["not_promised", "overdue"]));
        assert_eq!(of("Letters by noon"), ["perceived_worse"]);
        assert_eq!((of("People who know us"), of("No longer wanted")), (vec![], vec![]));

        let listed = book::list(&ctx, &Actor::operator(), book::Kind::Promise);
        assert_eq!(gaps(&ctx, &Actor::operator(), &listed).await.len(), 2);
        let listed = book::list(&ctx, &Actor::operator(), book::Kind::Expectation);
        assert_eq!(gaps(&ctx, &Actor::operator(), &listed).await.len(), 4);

        let quillon: Saved<Account> = make(&ctx, account_draft("A-2", "Quillon")).await;
        make::<Promise>(&ctx, promise(&quillon, "Hidden")).await;
        let jonas = one_of_ours(&db, 71, "Jonas Feld", &[Role::AccountManager]).await;
        let jonas = Actor { scope: Scope::Organisation(brackwell.id.clone()), ..jonas };
        for def in [book::matters(&ctx), book::handover_list(&ctx, &jonas)] {
            let reached = gaps(&ctx, &jonas, &def).await;
            assert!(!reached.is_empty() && reached.iter().all(|row| row.0 != "Hidden"), "{reached:?}");
        }
    }

    async fn who_may_not_read_costs_meets_no_sign_of_one(db: TestDb) {
        let ctx = db.ctx();
        let brackwell: Saved<Account> = make(&ctx, account_draft("A-1", "Brackwell")).await;
        let (contract, line) = contract_with_line(&ctx, &brackwell).await;
        let on = |title: &str| promise(&brackwell, title).with("contract", contract.id.as_str());
        make::<Promise>(&ctx, on("Costed").with("product", line.product_id.as_str())).await;
        make::<Promise>(&ctx, promise(&brackwell, "In no contract")).await;
        let uncleared = one_of_ours(&db, 72, "Jonas Feld", &[Role::AccountManager]).await;
        let cleared = gaps(&ctx, &Actor::operator(), &book::handover_list(&ctx, &Actor::operator())).await;
        let lacks = |title: &str| {
            cleared.iter().any(|row| row.0 == title && row.1.contains(&"no_cost_line"))
        };
        assert!(lacks("In no contract") && !lacks("Costed"), "{cleared:?}");
        let def = book::handover_list(&ctx, &uncleared);
        assert!(def.field("no_cost_line").is_none());
        let told = gaps(&ctx, &uncleared, &def).await;
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|row| !row.1.contains(&"no_cost_line")), "{told:?}");
    }

    async fn delivery_answers_and_the_maker_is_told(db: TestDb) {
        let ctx = db.ctx();
        let brackwell: Saved<Account> = make(&ctx, account_draft("A-1", "Brackwell")).await;
        let ruben = one_of_ours(&db, 73, "Ruben Vale", &[Role::Negotiator]).await;
        let ines = one_of_ours(&db, 74, "Ines Roth", &[Role::DeliveryLead]).await;
        let made_by = ruben.person_id().expect("a person").as_str();
        let made: Saved<Promise> = make(&ctx, promise(&brackwell, "A desk by June").with("made_by", made_by)).await;

        let silent = answer_handover(&ctx, &ines, &made.id, answer("declined", " ", made.version)).await;
        assert_eq!(fields(&silent.expect_err("why not?")), ["handover_words"]);
        let maybe = answer_handover(&ctx, &ines, &made.id, answer("maybe", "", made.version)).await;
        assert_eq!(fields(&maybe.expect_err("no answer")), ["handover"]);
        let denied = answer_handover(&ctx, &ruben, &made.id, answer("accepted", "", made.version)).await;
        assert_eq!(denied.expect_err("not delivery").kind(), ErrorKind::Forbidden);
        assert_eq!(unread(&ctx, &ruben).await.expect("a count"), 0);

        let words = "Nobody speaks Spanish before autumn";
        let declined = answer_handover(&ctx, &ines, &made.id, answer("declined", words, made.version)).await.expect("declined");
        assert_eq!((declined.handover, declined.handover_words.as_str()), (Some(HandoverAnswer::Declined), words));
        assert_eq!(declined.handover_by_id.as_ref(), ines.person_id());
        assert_eq!(unread(&ctx, &ruben).await.expect("a count"), 1);
        let stale = answer_handover(&ctx, &ines, &made.id, answer("accepted", "", made.version)).await;
        assert_eq!(stale.expect_err("another save came first").kind(), ErrorKind::Stale);

        let open = withdraw_handover(&ctx, &ines, &made.id, None).await.expect("undone");
        assert_eq!((open.handover, open.handover_by_id.clone(), open.handover_words.as_str()), (None, None, ""));
        let accepted = answer_handover(&ctx, &ines, &made.id, answer("accepted", "", open.version)).await.expect("accepted");
        assert_eq!(accepted.handover, Some(HandoverAnswer::Accepted));
        let found = gaps(&ctx, &ines, &book::handover_list(&ctx, &ines)).await;
        assert!(!found[0].1.contains(&"not_accepted"), "{found:?}");

        let mut tx = db.read().await;
        let audit = list_after(&mut tx, 0, 50).await.expect("the audit record");
        let said: Vec<(&str, Option<&str>)> = audit.iter()
            .filter(|record| record.subject_kind == "promise" && record.action != "promise.created")
            .map(|record| (record.action.as_str(), record.reason.as_deref())).collect();
        assert_eq!(said, [
            ("promise.declined", Some(words)), ("promise.handover_withdrawn", None), ("promise.accepted", None),
        ]);
    }

    async fn only_an_open_promise_within_reach_is_answered(db: TestDb) {
        let ctx = db.ctx();
        let brackwell: Saved<Account> = make(&ctx, account_draft("A-1", "Brackwell")).await;
        let ines = one_of_ours(&db, 75, "Ines Roth", &[Role::DeliveryLead]).await;
        let kept = promise(&brackwell, "Kept").with("state", "kept").with("settled_on", "2026-05-01");
        let kept: Saved<Promise> = make(&ctx, kept).await;
        let settled = answer_handover(&ctx, &ines, &kept.id, answer("accepted", "", kept.version)).await;
        assert_eq!(fields(&settled.expect_err("settled")), ["handover"]);
        let blind = Actor { scope: Scope::Nothing, ..ines };
        let out_of_reach = answer_handover(&ctx, &blind, &kept.id, answer("accepted", "", kept.version)).await;
        assert!(matches!(out_of_reach, Err(BookError::NotFound { .. })));
        let alone = promise(&brackwell, "No answer").with("handover_words", "Words alone");
        let refused = book::create::<Promise>(&ctx, &Actor::operator(), alone).await;
        assert_eq!(fields(&refused.expect_err("words without an answer")), ["handover"]);
    }
}
