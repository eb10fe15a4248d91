//! Promises: expected, promised, perceived and actual side by side, what is missing at the handover, and delivery's answer.

use mandate_app::book::{self, BookError, HandoverDraft, answer_handover, withdraw_handover};
use mandate_app::listing::{Cell, ListDef, ListQuery};
use mandate_app::lists::show_list;
use mandate_app::notifications::unread;
use mandate_app::portal::{
    ExpectationDraft, PortalError, PortalExpectation, acknowledge_for_client, add_expectation, enter,
    list_portal_expectations, word_expectation,
};
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError, Who};
use mandate_domain::Id;
use mandate_domain::book::{Account, Draft, Expectation, HandoverAnswer, Person, Promise, Saved};
use mandate_domain::governance::Communication;
use mandate_domain::identity::Role;
use mandate_store::audit::list_after;
use mandate_store::reads::Scope;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

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

/// One of the client's people, who signs in.
async fn client(ctx: &Ctx, account: &Saved<Account>, name: &str, number: u128) -> Actor {
    let draft = Draft::new().with("side", "client").with("account", account.id.as_str()).with("name", name);
    let person: Saved<Person> = make(ctx, draft).await;
    Actor {
        who: Who::User { id: Id::new(STARTED_AT, number), name: name.to_owned(), person_id: Some(person.id) },
        roles: vec![Role::ClientMember],
        scope: Scope::Organisation(account.id.clone()),
        ..Actor::operator()
    }
}

async fn seen(ctx: &Ctx, reader: &Actor, account: &Saved<Account>) -> Vec<PortalExpectation> {
    let entered = enter(ctx, reader, &account.id).await.expect("the portal");
    list_portal_expectations(ctx, &entered).await.expect("a list")
}

fn words(title: &str, due_on: &str) -> ExpectationDraft {
    ExpectationDraft {
        title: title.to_owned(),
        due_on: due_on.to_owned(),
        measure: "The date of the letter".to_owned(),
    }
}

fn wrong(error: &PortalError) -> Vec<String> {
    error.fields().into_iter().map(|field| field.field).collect()
}

both_databases! {
    async fn a_client_sees_what_is_shared_and_no_sign_of_what_is_not(db: TestDb) {
        let ctx = db.ctx();
        let brackwell: Saved<Account> = make(&ctx, account_draft("A-1", "Brackwell")).await;
        let quillon: Saved<Account> = make(&ctx, account_draft("A-2", "Quillon")).await;
        let tom = client(&ctx, &brackwell, "Tom Reyes", 91).await;
        let vera = client(&ctx, &quillon, "Vera Holm", 92).await;
        let told: Saved<Expectation> = make(&ctx, expectation(&brackwell, "Tell us early")).await;
        let ours: Saved<Expectation> = make(&ctx, expectation(&brackwell, "They want more than they pay for")).await;
        assert!(seen(&ctx, &tom, &brackwell).await.is_empty(), "nothing of ours is shown until it is shared");

        let ines = one_of_ours(&db, 76, "Ines Roth", &[Role::DeliveryLead]).await;
        let sponsor = one_of_ours(&db, 77, "Olga Stein", &[Role::Sponsor]).await;
        let denied = book::share_expectation(&ctx, &sponsor, &told.id, true).await.expect_err("not theirs to share");
        assert_eq!(denied.kind(), ErrorKind::Forbidden);
        book::share_expectation(&ctx, &ines, &told.id, true).await.expect("shared");
        let before = seen(&ctx, &tom, &brackwell).await;
        assert_eq!(before.iter().map(|it| it.shown.title.as_str()).collect::<Vec<_>>(), ["Tell us early"]);
        assert!(seen(&ctx, &vera, &quillon).await.is_empty());
        let entered = enter(&ctx, &tom, &brackwell.id).await.expect("the portal");
        let unseen = acknowledge_for_client(&ctx, &entered, &ours.id, before[0].version).await.expect_err("not shared");
        let never = acknowledge_for_client(&ctx, &entered, &Id::new(STARTED_AT, 999), 1).await.expect_err("never was");
        assert_eq!((unseen.kind(), unseen.to_string()), (never.kind(), never.to_string()));
        assert!(enter(&ctx, &vera, &brackwell.id).await.is_err());

        let inside = Draft::new().with("actual", "Two letters were late").with("perceived", "falls_short");
        book::change::<Expectation>(&ctx, &Actor::operator(), &told.id, told.version, inside).await.expect("a change");
        let after = seen(&ctx, &tom, &brackwell).await;
        assert_eq!((after[0].version, &after[0].shown), (before[0].version, &before[0].shown), "what we say of it shows not");
        acknowledge_for_client(&ctx, &entered, &told.id, after[0].version).await.expect("acknowledged");
        let now: Saved<Expectation> = book::show(&ctx, &Actor::operator(), &told.id).await.expect("it");
        assert_eq!(now.acknowledged_by_client_on.map(|day| day.to_string()).as_deref(), Some("2026-11-21"));

        let preview = enter(&ctx, &ines, &brackwell.id).await.expect("a preview");
        assert_eq!(list_portal_expectations(&ctx, &preview).await.expect("a list").len(), 1);
        let silent = add_expectation(&ctx, &preview, &words("In their name", "")).await.expect_err("a preview");
        assert_eq!(silent.kind(), ErrorKind::Forbidden);
        book::share_expectation(&ctx, &ines, &told.id, false).await.expect("unshared");
        assert!(seen(&ctx, &tom, &brackwell).await.is_empty());
    }

    async fn a_client_words_its_own_and_we_acknowledge_anew(db: TestDb) {
        let ctx = db.ctx();
        let jonas = one_of_ours(&db, 78, "Jonas Feld", &[Role::AccountManager]).await;
        let manager = jonas.person_id().expect("a person").as_str();
        let brackwell: Saved<Account> = make(&ctx, account_draft("A-1", "Brackwell").with("account_manager", manager)).await;
        let tom = client(&ctx, &brackwell, "Tom Reyes", 93).await;
        let ida = client(&ctx, &brackwell, "Ida Holm", 94).await;
        let (his, hers) = (enter(&ctx, &tom, &brackwell.id).await, enter(&ctx, &ida, &brackwell.id).await);
        let (his, hers) = (his.expect("the portal"), hers.expect("the portal"));
        let many = ExpectationDraft { title: " ".to_owned(), due_on: "soon".to_owned(), measure: "x".repeat(2_001) };
        let refused = add_expectation(&ctx, &his, &many).await.expect_err("three errors");
        assert_eq!(wrong(&refused), ["title", "measure", "due_on"]);
        let past = add_expectation(&ctx, &his, &words("Yesterday", "2026-11-20")).await.expect_err("a day gone by");
        assert_eq!(wrong(&past), ["due_on"]);
        let told = unread(&ctx, &jonas).await.expect("a count");
        let id = add_expectation(&ctx, &his, &words("Tell us early", "2027-03-31")).await.expect("added");
        assert_eq!(unread(&ctx, &jonas).await.expect("a count"), told + 1);

        let made: Saved<Expectation> = book::show(&ctx, &jonas, &id).await.expect("it");
        assert_eq!(made.person_id.as_ref(), tom.person_id());
        let ours = Draft::new().with("acknowledged_by_us_on", "2026-11-21");
        book::change::<Expectation>(&ctx, &jonas, &id, made.version, ours).await.expect("acknowledged");
        let read = seen(&ctx, &tom, &brackwell).await;
        assert!(read[0].own && !read[0].waits() && read[0].shown.acknowledged_by_us_on.is_some());
        let hers_too = seen(&ctx, &ida, &brackwell).await;
        assert!(!hers_too[0].own, "a colleague reads it, and does not word it");
        let another = word_expectation(&ctx, &hers, &id, &words("Another", ""), hers_too[0].version).await;
        assert_eq!(another.expect_err("not hers").kind(), ErrorKind::NotFound);
        let stale = word_expectation(&ctx, &his, &id, &words("Two months ahead", ""), read[0].version + 1).await;
        assert_eq!(stale.expect_err("other words").kind(), ErrorKind::Stale);
        word_expectation(&ctx, &his, &id, &words("Two months ahead", ""), read[0].version).await.expect("worded");
        let anew = seen(&ctx, &tom, &brackwell).await;
        assert_eq!((anew[0].shown.title.as_str(), anew[0].shown.acknowledged_by_us_on), ("Two months ahead", None));
        assert!(anew[0].shown.acknowledged_by_client_on.is_some());
        let stays = book::share_expectation(&ctx, &jonas, &id, false).await.expect("an answer");
        assert_eq!(stays.1, Some(book::SharedBy::Client));
        assert_eq!(seen(&ctx, &tom, &brackwell).await.len(), 1, "what the client wrote stays");

        let mut tx = db.read().await;
        let audit = list_after(&mut tx, 0, 50).await.expect("the audit record");
        let said: Vec<&str> = audit.iter().map(|record| record.action.as_str())
            .filter(|action| action.starts_with("expectation.")).collect();
        assert_eq!(said, ["expectation.stated_by_client", "expectation.changed", "expectation.worded_by_client"]);
    }

    async fn a_candid_conversation_needs_both_sides_words(db: TestDb) {
        let ctx = db.ctx();
        let operator = Actor::operator();
        let brackwell: Saved<Account> = make(&ctx, account_draft("A-1", "Brackwell")).await;
        let quillon: Saved<Account> = make(&ctx, account_draft("A-2", "Quillon")).await;
        let tom = client(&ctx, &brackwell, "Tom Reyes", 95).await;
        let one: Saved<Expectation> = make(&ctx, expectation(&brackwell, "Tell us early")).await;
        let elsewhere: Saved<Expectation> = make(&ctx, expectation(&quillon, "One voice")).await;
        let begun = Draft::new().with("account", brackwell.id.as_str()).with("title", "How it is")
            .with("happened_on", "2026-11-20").with("channel", "meeting").with("said_by_client", "Two letters were late");
        let refused = book::converse(&ctx, &operator, begun.clone()).await.expect_err("one side alone");
        assert_eq!(fields(&refused), ["expectations", "people", "said_by_us", "agreed"]);
        let whole = begun.with("said_by_us", "They were; the reason is known").with("agreed", "A date a month ahead")
            .with("people", tom.person_id().expect("a person").as_str()).with("next_on", "2027-01-15");
        let about = |id: &str| whole.clone().with("expectations", id);
        let refused = book::converse(&ctx, &operator, about(elsewhere.id.as_str())).await.expect_err("another account's");
        assert_eq!(fields(&refused), ["expectations"]);
        let early = about(one.id.as_str()).with("next_on", "2026-11-01");
        assert_eq!(fields(&book::converse(&ctx, &operator, early).await.expect_err("before it")), ["next_on"]);
        let kept = book::converse(&ctx, &operator, about("Tell us early")).await.expect("kept");
        assert_eq!((kept.expectation_ids.as_slice(), kept.topic.as_str()), (std::slice::from_ref(&one.id), "expectations"));
        let read: Saved<Communication> = book::show(&ctx, &operator, &kept.id).await.expect("it");
        assert_eq!(read.record, kept.record);

        let cell = async |def: &ListDef, title: &str, field: &str| {
            let query = ListQuery { limit: 50, ..ListQuery::default() };
            let page = show_list(&ctx, &operator, Action::ReadBook, def, &query).await.expect("a list");
            let (title_at, at) = (def.position("title").expect("a title"), def.position(field).expect("a field"));
            let row = page.rows.iter().find(|row| row.cells[title_at].text() == Some(title)).expect("a row");
            row.cells[at].clone()
        };
        assert_eq!(cell(&book::matters(&ctx), "Tell us early", "talked_on").await.text(), Some("2026-11-20"));
        assert_eq!(cell(&book::timeline(&operator), "How it is", "text").await.text(), Some("A date a month ahead"));
        let talks = book::list(&ctx, &operator, book::Kind::Communication);
        assert_eq!(cell(&talks, "How it is", "n_expectations").await.integer(), Some(1));
        assert_eq!(cell(&talks, "How it is", "n_people").await.integer(), Some(1));
    }

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
