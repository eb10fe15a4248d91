//! Handovers: everything somebody holds goes over on its day, what cannot go says why, and all of it can be called off or taken back.

use std::collections::{BTreeMap, BTreeSet};

use mandate_app::book::handovers::{
    CARRY_OUT_HANDOVERS, HandoverDraft, HandoverError, HandoverPage, Ticked, cancel_handover, carry_out_due,
    carry_out_handover, change_handover, give_items, handover_list, plan_handover, preview_handover,
    reopen_introduction, run_carry_out, schedule_carry_out, show_handover, tick_introduction, undo_handover,
};
use mandate_app::book::{self, WorkingPeople, account_coverage, set_working_people, working_people};
use mandate_app::decisions::{RightDraft, grant_right};
use mandate_app::facts::kpi::{KpiDraft, define_kpi, revise_kpi};
use mandate_app::identity::{NewUser, complete_password_link, create_user};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_app::listing::ListQuery;
use mandate_app::lists::show_list;
use mandate_app::{Action, Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{
    Account, Acquaintance, Draft, Expectation, HandoverItem, HandoverState, ItemRefusal, ItemState, Matter,
    Opportunity, Person, PersonRole, Product, Promise, Saved,
};
use mandate_domain::facts::kpi::KpiScope;
use mandate_domain::identity::{Role, User};
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::book::{account_draft, our_person, user};
use crate::measures::share;

async fn made<R: mandate_app::book::Stored>(ctx: &Ctx, draft: Draft) -> Saved<R> {
    book::create(ctx, &Actor::operator(), draft).await.expect("a record")
}

async fn now<R: mandate_app::book::Stored>(ctx: &Ctx, saved: &Saved<R>) -> Saved<R> {
    book::show(ctx, &Actor::operator(), &saved.id).await.expect("it is there")
}

/// Jonas manages one account and negotiates another; each has what he answers for.
struct Firm {
    jonas: Saved<Person>,
    mara: Saved<Person>,
    ben: Saved<Person>,
    own: Saved<Account>,
    other: Saved<Account>,
    anna: Saved<Person>,
    delivers: Saved<Promise>,
    made_by: Saved<Promise>,
    kept: Saved<Promise>,
    expected: Saved<Expectation>,
    followed: Saved<Opportunity>,
    product: Saved<Product>,
}

async fn firm(ctx: &Ctx) -> Firm {
    let jonas = our_person(ctx, "P-1", "Jonas Feld").await;
    let (mara, ben) = (our_person(ctx, "P-2", "Mara Lind").await, our_person(ctx, "P-3", "Ben Okafor").await);
    let own: Saved<Account> =
        made(ctx, account_draft("A-1", "Brackwell").with("account_manager", jonas.id.as_str())).await;
    let other: Saved<Account> = made(
        ctx,
        account_draft("A-2", "Nordholm")
            .with("account_manager", mara.id.as_str())
            .with("negotiator", jonas.id.as_str()),
    )
    .await;
    let people = WorkingPeople {
        people: vec![(jonas.id.clone(), PersonRole::DeliveryLead)],
        version: working_people(ctx, &Actor::operator(), &other.id).await.expect("a list").version,
    };
    set_working_people(ctx, &Actor::operator(), &other.id, people).await.expect("he works there");
    let anna: Saved<Person> = made(
        ctx,
        Draft::new().with("side", "client").with("account", own.id.as_str()).with("name", "Anna Roth"),
    )
    .await;
    let knows = Draft::new()
        .with("client_person", anna.id.as_str())
        .with("our_person", jonas.id.as_str())
        .with("strength", "4")
        .with("stated_on", "2026-06-01");
    made::<Acquaintance>(ctx, knows).await;
    let promise = |title: &str| {
        Draft::new().with("account", own.id.as_str()).with("title", title).with("made_on", "2026-03-01")
    };
    let delivers = made(ctx, promise("A monthly report").with("delivery_owner", jonas.id.as_str())).await;
    let made_by = made(ctx, promise("A second shift").with("made_by", jonas.id.as_str())).await;
    let kept = promise("A first shift")
        .with("delivery_owner", jonas.id.as_str())
        .with("state", "kept")
        .with("settled_on", "2026-04-01");
    let expected = Draft::new()
        .with("account", own.id.as_str())
        .with("title", "Call us first")
        .with("manager", jonas.id.as_str())
        .with("stated_on", "2026-05-01");
    let followed = Draft::new()
        .with("account", own.id.as_str())
        .with("title", "Payroll too")
        .with("kind", "cross_sell")
        .with("stage", "idea")
        .with("owner", jonas.id.as_str())
        .with("currency", "EUR")
        .with("opened_on", "2026-05-01");
    let product = Draft::new()
        .with("name", "Tickets")
        .with("unit", "ticket")
        .with("product_manager", jonas.id.as_str());
    Firm {
        kept: made(ctx, kept).await,
        expected: made(ctx, expected).await,
        followed: made(ctx, followed).await,
        product: made(ctx, product).await,
        jonas,
        mara,
        ben,
        own,
        other,
        anna,
        delivers,
        made_by,
    }
}

/// A user of whoever it is, who has signed in.
async fn signs_in(ctx: &Ctx, person: &Saved<Person>, email: &str) -> Id<User> {
    let new = NewUser {
        email: email.to_owned(),
        display_name: person.name.clone(),
        roles: vec![Role::AccountManager],
        person_id: Some(person.id.clone()),
        locale: "en-GB".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    let (user, link) = create_user(ctx, &Actor::operator(), new).await.expect("a user");
    complete_password_link(ctx, link.reveal(), "seven herons over a lake", "Firefox")
        .await
        .expect("a password");
    user.id.clone()
}

fn draft(firm: &Firm, successor: &str) -> HandoverDraft {
    let terms = Draft::new()
        .with("kind", "leaves")
        .with("from", firm.jonas.id.as_str())
        .with("effective_on", "2026-12-01")
        .with("time_zone", "Europe/Berlin")
        .with("reason", "He moves to Oslo.");
    HandoverDraft { terms, successor: successor.to_owned(), ..HandoverDraft::default() }
}

fn item(found: &HandoverPage, matter: Matter) -> &HandoverItem {
    found.items.iter().find(|item| item.matter == matter).expect("such a matter")
}

fn at(db: &TestDb, instant: &str) -> Ctx {
    let instant: jiff::Timestamp = instant.parse().expect("an instant");
    db.ctx_at(instant.into())
}

fn refused_fields(error: &HandoverError) -> Vec<String> {
    error.fields().into_iter().map(|error| error.field).collect()
}

both_databases! {
    async fn everything_goes_over_when_its_day_begins_and_back_again(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let held = preview_handover(&ctx, &operator, &firm.jonas.id).await.expect("a preview");
        let matters: Vec<Matter> = held.holdings.iter().map(|it| it.matter).collect();
        let expected = [
            Matter::AccountManager, Matter::Promise, Matter::Promise, Matter::Expectation, Matter::Opportunity, Matter::Introduction,
            Matter::Negotiator, Matter::WorksOn, Matter::Product,
        ];
        assert_eq!(matters, expected, "by account, and what has none last; the kept promise stays with who kept it");
        let mut asked = draft(&firm, firm.mara.id.as_str());
        asked.successors = BTreeMap::from([(firm.other.id.to_string(), firm.ben.id.to_string())]);
        let planned = plan_handover(&ctx, &operator, &asked).await.expect("planned");
        assert_eq!((planned.items.len(), planned.n_open()), (9, (8, 1)));
        assert_eq!(now(&ctx, &firm.own).await.account_manager_id.as_ref(), Some(&firm.jonas.id), "nothing went yet");

        assert_eq!(carry_out_due(&at(&db, "2026-11-30T22:59:59Z")).await.expect("asked"), 0, "it is November in Berlin");
        let later = at(&db, "2026-11-30T23:00:00Z");
        assert!(schedule_carry_out(&later).await.expect("asked for"));
        let registry = Registry::new().with(CARRY_OUT_HANDOVERS, Action::Administer, run_carry_out);
        assert_eq!(run_until_idle(&later, &registry).await.expect("run"), 1);
        assert_eq!(carry_out_due(&later).await.expect("asked"), 0, "once is enough");

        assert_eq!(now(&ctx, &firm.own).await.account_manager_id.as_ref(), Some(&firm.mara.id));
        assert_eq!(now(&ctx, &firm.other).await.negotiator_id.as_ref(), Some(&firm.ben.id));
        assert_eq!(now(&ctx, &firm.delivers).await.delivery_owner_id.as_ref(), Some(&firm.mara.id));
        let owed = now(&ctx, &firm.made_by).await;
        assert_eq!((owed.delivery_owner_id.as_ref(), owed.made_by_id.as_ref()), (Some(&firm.mara.id), Some(&firm.jonas.id)));
        assert_eq!(now(&ctx, &firm.kept).await.delivery_owner_id.as_ref(), Some(&firm.jonas.id));
        assert_eq!(now(&ctx, &firm.expected).await.manager_id.as_ref(), Some(&firm.mara.id));
        assert_eq!(now(&ctx, &firm.followed).await.owner_id.as_ref(), Some(&firm.mara.id));
        assert_eq!(now(&ctx, &firm.product).await.product_manager_id.as_ref(), Some(&firm.mara.id));
        let work = working_people(&ctx, &operator, &firm.other.id).await.expect("a list").people;
        assert_eq!(work, [(firm.ben.id.clone(), PersonRole::DeliveryLead)]);
        let shown = show_handover(&ctx, &operator, &planned.handover.id).await.expect("it is there");
        assert_eq!((shown.handover.state, shown.n_open()), (HandoverState::Done, (0, 1)));

        let sql = "SELECT COUNT(*) FROM audit_record WHERE action = 'account.changed' AND reason LIKE 'handover planned by %'";
        assert_eq!(db.read().await.fetch_one(sql, vec![]).await.unwrap().int(0).unwrap(), 2);
        let undone = undo_handover(&ctx, &operator, (&planned.handover.id, Some(2))).await.expect("taken back");
        assert_eq!(undone.handover.state, HandoverState::Undone);
        assert_eq!(now(&ctx, &firm.own).await.account_manager_id.as_ref(), Some(&firm.jonas.id));
        assert_eq!(now(&ctx, &firm.made_by).await.delivery_owner_id, None, "as it was");
        let work = working_people(&ctx, &operator, &firm.other.id).await.expect("a list").people;
        assert_eq!(work, [(firm.jonas.id.clone(), PersonRole::DeliveryLead)]);
        let again = undo_handover(&ctx, &operator, (&planned.handover.id, None)).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Conflict);
    }

    async fn what_cannot_go_stays_and_says_why(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let mut asked = draft(&firm, "");
        asked.successors = BTreeMap::from([(firm.own.id.to_string(), firm.mara.id.to_string())]);
        let planned = plan_handover(&ctx, &operator, &asked).await.expect("planned without a successor for all");
        // Meanwhile one promise is another's and one opportunity is closed.
        let taken = now(&ctx, &firm.delivers).await;
        let given = Draft::new().with("delivery_owner", firm.ben.id.as_str());
        book::change(&ctx, &operator, &taken.id, taken.version, given).await.expect("changed");
        let closed = now(&ctx, &firm.followed).await;
        let lost = Draft::new().with("stage", "lost").with("closed_on", "2026-11-20").with("reason", "Too dear.");
        book::change(&ctx, &operator, &closed.id, closed.version, lost).await.expect("closed");
        let done = carry_out_handover(&ctx, &operator, (&planned.handover.id, Some(1))).await.expect("carried out");
        let told = |matter| (item(&done, matter).state, item(&done, matter).refusal);
        assert_eq!(told(Matter::AccountManager), (ItemState::Done, None));
        assert_eq!(told(Matter::Opportunity), (ItemState::Refused, Some(ItemRefusal::Settled)));
        assert_eq!(told(Matter::Negotiator), (ItemState::Refused, Some(ItemRefusal::NoSuccessor)));
        let promises: BTreeSet<Option<&str>> =
            done.items.iter().filter(|it| it.matter == Matter::Promise).map(|it| it.refusal.map(ItemRefusal::as_str)).collect();
        assert_eq!(promises, BTreeSet::from([None, Some("held_by_other")]));

        let left: Vec<_> =
            [Matter::Negotiator, Matter::WorksOn, Matter::Product].iter().map(|it| item(&done, *it)).map(|it| (it.id.clone(), it.version)).collect();
        let stale = give_items(&ctx, &operator, &done.handover.id, &[(left[0].0.clone(), 1)], None).await.unwrap_err();
        assert_eq!(stale.kind(), ErrorKind::Stale, "it was refused since");
        let itself = give_items(&ctx, &operator, &done.handover.id, &left, Some(firm.jonas.id.as_str())).await.unwrap_err();
        assert_eq!(refused_fields(&itself), ["successor"]);
        give_items(&ctx, &operator, &done.handover.id, &left, Some(firm.ben.id.as_str())).await.expect("given");
        let again = carry_out_handover(&ctx, &operator, (&planned.handover.id, None)).await.expect("again");
        assert_eq!(item(&again, Matter::Negotiator).state, ItemState::Done);
        assert_eq!(now(&ctx, &firm.other).await.negotiator_id.as_ref(), Some(&firm.ben.id));

        // What somebody changed since is not overwritten by taking it back: then nothing is.
        let account = now(&ctx, &firm.own).await;
        let given = Draft::new().with("account_manager", firm.ben.id.as_str());
        book::change(&ctx, &operator, &account.id, account.version, given).await.expect("changed");
        let refused = undo_handover(&ctx, &operator, (&planned.handover.id, None)).await.unwrap_err();
        assert!(matches!(&refused, HandoverError::Changed { what } if what == &["Brackwell"]), "{refused}");
        assert_eq!(now(&ctx, &firm.other).await.negotiator_id.as_ref(), Some(&firm.ben.id));
    }

    async fn an_introduction_makes_the_successor_known(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let planned = plan_handover(&ctx, &operator, &draft(&firm, firm.mara.id.as_str())).await.expect("planned");
        let (id, open) = (&planned.handover.id, item(&planned, Matter::Introduction));
        assert_eq!((open.record_id.as_str(), open.detail.as_str()), (firm.anna.id.as_str(), "4"));
        let today = STARTED_AT.date_in(&jiff::tz::TimeZone::UTC);
        let not_one = Ticked { handover: id, item: &item(&planned, Matter::Product).id, version: 1 };
        assert_eq!(tick_introduction(&ctx, &operator, &not_one, today).await.unwrap_err().kind(), ErrorKind::Invalid);
        let ticked = Ticked { handover: id, item: &open.id, version: open.version };
        let done = tick_introduction(&ctx, &operator, &ticked, today).await.expect("introduced");
        assert_eq!(item(&done, Matter::Introduction).state, ItemState::Done);
        assert!(tick_introduction(&ctx, &operator, &ticked, today).await.is_err_and(|error| error.kind() == ErrorKind::Stale));
        let cover = account_coverage(&ctx, &operator, &firm.own.id).await.expect("coverage");
        let threads: Vec<(&str, Option<i64>)> =
            cover.coverage.people[0].threads.iter().map(|it| (it.ours.as_str(), it.strength)).collect();
        assert!(threads.contains(&(firm.mara.id.as_str(), Some(1))), "{threads:?}");
        let again = Ticked { version: 2, ..ticked };
        let open = reopen_introduction(&ctx, &operator, &again).await.expect("reopened");
        assert_eq!(item(&open, Matter::Introduction).state, ItemState::Open);
        let twice = Ticked { version: 3, ..again };
        let done = tick_introduction(&ctx, &operator, &twice, today).await.expect("they know one another already");
        assert_eq!(item(&done, Matter::Introduction).state, ItemState::Done);
    }

    async fn a_plan_is_changed_and_called_off_before_its_day_only(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let firm = firm(&ctx).await;
        let mut late = draft(&firm, firm.jonas.id.as_str());
        late.successors = BTreeMap::from([(firm.own.id.to_string(), firm.anna.id.to_string())]);
        let refused = plan_handover(&ctx, &operator, &late).await.unwrap_err();
        assert_eq!(refused_fields(&refused), ["successor".to_owned(), format!("to:{}", firm.own.id)], "himself, and a client's person");
        late.terms.set("effective_on", "2026-11-01");
        late.terms.set("kind", "");
        let refused = plan_handover(&ctx, &operator, &late).await.unwrap_err();
        assert_eq!(refused_fields(&refused), ["kind", "effective_on"]);
        let nothing = HandoverDraft {
            terms: draft(&firm, "").terms.with("from", firm.ben.id.as_str()),
            ..HandoverDraft::default()
        };
        assert!(matches!(plan_handover(&ctx, &operator, &nothing).await, Err(HandoverError::Nothing)));

        let planned = plan_handover(&ctx, &operator, &draft(&firm, firm.mara.id.as_str())).await.expect("planned");
        let id = &planned.handover.id;
        let moved = change_handover(&ctx, &operator, (id, Some(1)), &Draft::new().with("effective_on", "2027-01-01")).await.expect("later");
        assert_eq!((moved.handover.effective_on.to_string().as_str(), moved.handover.reason.as_str()), ("2027-01-01", "He moves to Oslo."));
        let stale = change_handover(&ctx, &operator, (id, Some(1)), &Draft::new().with("reason", "x")).await.unwrap_err();
        assert_eq!(stale.kind(), ErrorKind::Stale);
        assert_eq!(carry_out_due(&at(&db, "2026-12-02T00:00:00Z")).await.expect("asked"), 0);
        let off = cancel_handover(&ctx, &operator, (id, Some(2))).await.expect("called off");
        assert_eq!(off.handover.state, HandoverState::Cancelled);
        assert_eq!(carry_out_due(&at(&db, "2027-02-01T00:00:00Z")).await.expect("asked"), 0);
        for refused in [
            cancel_handover(&ctx, &operator, (id, None)).await,
            carry_out_handover(&ctx, &operator, (id, None)).await,
            undo_handover(&ctx, &operator, (id, None)).await,
        ] {
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
        }
    }

    async fn a_manager_hands_over_their_own_accounts_and_learns_of_no_others(db: TestDb) {
        let ctx = db.ctx();
        let firm = firm(&ctx).await;
        let hidden: Saved<Account> = made(
            &ctx,
            account_draft("A-3", "Hidden").with("account_manager", firm.ben.id.as_str()).with("negotiator", firm.ben.id.as_str()),
        )
        .await;
        let mara = user(Role::AccountManager, &firm.mara);
        let seen = preview_handover(&ctx, &mara, &firm.ben.id).await.expect("a preview");
        assert!(seen.holdings.is_empty(), "{:?}", seen.holdings);
        let of_ben = HandoverDraft {
            terms: draft(&firm, "").terms.with("from", firm.ben.id.as_str()),
            successor: firm.jonas.id.to_string(),
            ..HandoverDraft::default()
        };
        let planned = plan_handover(&ctx, &Actor::operator(), &of_ben).await.expect("planned by somebody who sees it");
        assert_eq!(planned.items[0].record_id, hidden.id.as_str());
        let refused = show_handover(&ctx, &mara, &planned.handover.id).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
        let listed = show_list(&ctx, &mara, Action::ReadBook, &handover_list(&Actor::operator()), &ListQuery { limit: 10, ..ListQuery::default() }).await.expect("a list");
        assert_eq!(listed.n_rows, 0);

        // Nobody gives themselves what decides: the negotiator of Nordholm is Jonas, and Mara sees that account.
        let mut own = draft(&firm, firm.mara.id.as_str());
        own.only = BTreeSet::from([firm.other.id.to_string()]);
        let refused = plan_handover(&ctx, &mara, &own).await.unwrap_err();
        assert_eq!(refused_fields(&refused), [format!("to:{}", firm.other.id)], "{refused}");
        own.successor = firm.ben.id.to_string();
        let planned = plan_handover(&ctx, &mara, &own).await.expect("to somebody else");
        assert_eq!(planned.items.len(), 2, "negotiating, and work there");
        // Nor while somebody else has it for the moment: on its day Mandate itself would carry it over.
        let held = Draft::new().with("negotiator", firm.ben.id.as_str());
        let other = now(&ctx, &firm.other).await;
        book::change::<Account>(&ctx, &Actor::operator(), &other.id, other.version, held).await.expect("changed");
        let negotiating = item(&planned, Matter::Negotiator);
        let to_herself = [(negotiating.id.clone(), negotiating.version)];
        let mine = Some(firm.mara.id.as_str());
        let refused = give_items(&ctx, &mara, &planned.handover.id, &to_herself, mine).await.unwrap_err();
        assert_eq!(refused_fields(&refused), [format!("to:{}", firm.other.id)], "{refused}");
        let sponsor = user(Role::Sponsor, &firm.jonas);
        assert_eq!(plan_handover(&ctx, &sponsor, &own).await.unwrap_err().kind(), ErrorKind::Forbidden);
        let jonas = user(Role::AccountManager, &firm.jonas);
        let whole = plan_handover(&ctx, &Actor::operator(), &draft(&firm, firm.mara.id.as_str())).await.expect("planned");
        let not_his = cancel_handover(&ctx, &jonas, (&whole.handover.id, None)).await.unwrap_err();
        assert!(matches!(not_his, HandoverError::NotTheirs { .. }), "{not_his}");
    }

    async fn measures_go_with_the_accounts_they_are_of(db: TestDb) {
        let ctx = db.ctx();
        let firm = firm(&ctx).await;
        let operator = Actor::operator();
        let named = |name: &str| KpiDraft { name: name.to_owned(), ..share(950_000) };
        let mut made = vec![];
        for (name, scope) in [
            ("Answered in time", KpiScope::Account(firm.own.id.clone())), ("Of the firm", KpiScope::Everything),
            ("Of Nordholm", KpiScope::Account(firm.other.id.clone())),
        ] {
            let draft = KpiDraft { owner_person_id: Some(firm.jonas.id.clone()), ..named(name) };
            made.push(define_kpi(&ctx, &operator, scope, &draft).await.expect("a measure"));
        }
        let owner = async |at: usize| {
            let kpi = mandate_store::facts::kpis::load_kpi(&mut db.read().await, &made[at].id).await.unwrap().expect("the measure");
            kpi.owner_person_id.map(|id| id.to_string()).unwrap_or_default()
        };
        let preview = preview_handover(&ctx, &operator, &firm.jonas.id).await.expect("a preview");
        let told: Vec<(&str, &str)> =
            preview.holdings.iter().filter(|it| it.matter == Matter::Measure).map(|it| (it.title.as_str(), it.account.as_str())).collect();
        assert_eq!(told, [("Answered in time", "Brackwell"), ("Of Nordholm", "Nordholm"), ("Of the firm", "")]);
        // Who may write the book alone is offered none of them.
        let negotiator = Actor { scope: mandate_store::reads::Scope::Everything, ..user(Role::Negotiator, &firm.mara) };
        assert!(mandate_app::authorise::authorise(&negotiator, Action::WriteFacts).is_err());
        let preview = preview_handover(&ctx, &negotiator, &firm.jonas.id).await.expect("a preview");
        assert!(preview.holdings.iter().all(|it| it.matter != Matter::Measure));

        let page = plan_handover(&ctx, &operator, &draft(&firm, firm.mara.id.as_str())).await.expect("planned");
        assert_eq!(page.items.iter().filter(|item| item.matter == Matter::Measure).count(), 3);
        // Somebody else answers for one of them by the day.
        let taken = KpiDraft { owner_person_id: Some(firm.ben.id.clone()), ..named("Of Nordholm") };
        revise_kpi(&ctx, &operator, &made[2].id, 1, &taken).await.expect("revised");
        let page = carry_out_handover(&ctx, &operator, (&page.handover.id, None)).await.expect("carried out");
        let (mara, jonas, ben) = (firm.mara.id.to_string(), firm.jonas.id.to_string(), firm.ben.id.to_string());
        assert_eq!((owner(0).await, owner(1).await, owner(2).await), (mara.clone(), mara, ben.clone()));
        let refused: Vec<Option<ItemRefusal>> =
            page.items.iter().filter(|item| item.matter == Matter::Measure).map(|item| item.refusal).collect();
        assert_eq!(refused, [None, Some(ItemRefusal::HeldByOther), None]);
        let records = mandate_store::audit::list_after(&mut db.read().await, 0, 500).await.unwrap();
        let given = records.iter().filter(|it| it.action == "measure.revised" && it.reason.as_deref().is_some_and(|why| why.starts_with("handover planned by")));
        assert_eq!(given.count(), 2);

        undo_handover(&ctx, &operator, (&page.handover.id, None)).await.expect("taken back");
        assert_eq!((owner(0).await, owner(1).await, owner(2).await), (jonas.clone(), jonas, ben));
    }

    async fn decision_rights_go_to_whom_they_were_planned_for(db: TestDb) {
        let ctx = db.ctx();
        let firm = firm(&ctx).await;
        let operator = Actor::operator();
        let jonas = signs_in(&ctx, &firm.jonas, "jonas@firm.example").await;
        let right = RightDraft {
            holder: "user".to_owned(), holder_user_id: jonas.to_string(), kind: "credit".to_owned(), limit: "100".to_owned(),
            currency: "EUR".to_owned(), accounts: "every".to_owned(), reason: "Small credits".to_owned(),
            valid_from: Some("2026-11-01".parse().unwrap()), valid_until: Some("2027-10-31".parse().unwrap()),
            review_on: Some("2027-04-30".parse().unwrap()), ..RightDraft::default()
        };
        let right = grant_right(&ctx, &operator, &right).await.expect("a right");
        let held = async |user: &Id<User>| {
            let today = ctx.now().date_in(&jiff::tz::TimeZone::UTC);
            mandate_store::identity::list_rights_held(&mut db.read().await, user, today).await.unwrap()
        };
        // Who may not grant rights is offered none, and sees none of them.
        let negotiator = Actor { scope: mandate_store::reads::Scope::Everything, ..user(Role::Negotiator, &firm.ben) };
        let offered = preview_handover(&ctx, &negotiator, &firm.jonas.id).await.expect("a preview");
        assert!(offered.holdings.iter().all(|it| it.matter != Matter::DecisionRight));
        let only = HandoverDraft { only: [right.id.to_string()].into(), ..draft(&firm, firm.mara.id.as_str()) };
        assert!(matches!(plan_handover(&ctx, &negotiator, &only).await.unwrap_err(), HandoverError::Nothing));

        let refused = plan_handover(&ctx, &operator, &only).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, format!("to:{}", right.id), "Mara does not sign in");
        let mara = signs_in(&ctx, &firm.mara, "mara@firm.example").await;
        let herself = Actor { roles: vec![Role::Administrator], scope: mandate_store::reads::Scope::Everything, ..user(Role::Administrator, &firm.mara) };
        assert!(matches!(plan_handover(&ctx, &herself, &only).await.unwrap_err(), HandoverError::Successors { .. }), "not for oneself");

        let page = plan_handover(&ctx, &operator, &only).await.expect("planned");
        assert_eq!(page.items.len(), 1);
        assert_eq!(show_handover(&ctx, &negotiator, &page.handover.id).await.unwrap_err().kind(), ErrorKind::NotFound);
        let listed = show_list(&ctx, &negotiator, Action::ReadBook, &handover_list(&negotiator), &ListQuery { limit: 9, ..ListQuery::default() }).await.unwrap();
        assert_eq!(listed.n_rows, 0);
        let page = carry_out_handover(&ctx, &operator, (&page.handover.id, None)).await.expect("carried out");
        assert_eq!((page.items[0].state, page.items[0].refusal), (ItemState::Done, None));
        let given = held(&mara).await;
        assert_eq!((held(&jonas).await.len(), given.len(), given[0].valid_until, &given[0].each), (0, 1, right.valid_until, &right.each));
        assert_eq!(given[0].valid_from, ctx.now().date_in(&jiff::tz::TimeZone::UTC));
        let records = mandate_store::audit::list_after(&mut db.read().await, 0, 500).await.unwrap();
        for action in ["decision_right.revoked", "decision_right.granted"] {
            assert!(records.iter().any(|it| it.action == action && it.reason.as_deref().is_some_and(|why| why.starts_with("handover"))), "{action}");
        }
        undo_handover(&ctx, &operator, (&page.handover.id, None)).await.expect("taken back");
        assert_eq!((held(&jonas).await.len(), held(&mara).await.len()), (1, 0));
    }

    async fn a_right_given_to_another_successor_goes_to_them_and_only_by_who_may_grant_it(db: TestDb) {
        let ctx = db.ctx();
        let firm = firm(&ctx).await;
        let operator = Actor::operator();
        let jonas = signs_in(&ctx, &firm.jonas, "jonas@firm.example").await;
        signs_in(&ctx, &firm.mara, "mara@firm.example").await;
        let ben = signs_in(&ctx, &firm.ben, "ben@firm.example").await;
        let right = RightDraft {
            holder: "user".to_owned(), holder_user_id: jonas.to_string(), kind: "credit".to_owned(), limit: "100".to_owned(),
            currency: "EUR".to_owned(), accounts: "every".to_owned(), reason: "Small credits".to_owned(),
            valid_from: Some("2026-11-01".parse().unwrap()), valid_until: Some("2027-10-31".parse().unwrap()),
            review_on: Some("2027-04-30".parse().unwrap()), ..RightDraft::default()
        };
        grant_right(&ctx, &operator, &right).await.expect("a right");
        // Everything of his, the right among it.
        let page = plan_handover(&ctx, &operator, &draft(&firm, firm.mara.id.as_str())).await.expect("planned");
        let rights: Vec<_> = page.items.iter().filter(|it| it.matter == Matter::DecisionRight).map(|it| (it.id.clone(), it.version)).collect();
        assert!(rights.len() == 1 && page.items.len() > 1, "{:?}", page.items);
        let id = page.handover.id.clone();
        // Who sees every account and grants no rights neither carries it out nor moves its day, nor learns why.
        let negotiator = Actor { scope: mandate_store::reads::Scope::Everything, ..user(Role::Negotiator, &firm.mara) };
        let early = carry_out_handover(&ctx, &negotiator, (&id, None)).await.unwrap_err();
        let moved = Draft::new().with("effective_on", "2027-01-31");
        let moved = change_handover(&ctx, &negotiator, (&id, None), &moved).await.unwrap_err();
        for refused in [early, moved] {
            assert!(matches!(refused, HandoverError::NotTheirs { .. }), "{refused}");
        }
        give_items(&ctx, &operator, &id, &rights, Some(firm.ben.id.as_str())).await.expect("given to Ben");
        let page = carry_out_handover(&ctx, &operator, (&id, None)).await.expect("carried out");
        let item = page.items.iter().find(|it| it.matter == Matter::DecisionRight).expect("the right");
        assert_eq!((item.state, item.refusal), (ItemState::Done, None));
        let today = ctx.now().date_in(&jiff::tz::TimeZone::UTC);
        let held = mandate_store::identity::list_rights_held(&mut db.read().await, &ben, today).await.unwrap();
        assert_eq!(held.len(), 1);
        let undone = undo_handover(&ctx, &negotiator, (&id, None)).await.unwrap_err();
        assert!(matches!(undone, HandoverError::NotTheirs { .. }), "{undone}");
    }

    async fn whoever_becomes_the_successor_later_gets_no_right(db: TestDb) {
        let ctx = db.ctx();
        let firm = firm(&ctx).await;
        let operator = Actor::operator();
        let jonas = signs_in(&ctx, &firm.jonas, "jonas@firm.example").await;
        let mara = signs_in(&ctx, &firm.mara, "mara@firm.example").await;
        let right = RightDraft {
            holder: "user".to_owned(), holder_user_id: jonas.to_string(), kind: "credit".to_owned(), limit: "100".to_owned(),
            currency: "EUR".to_owned(), accounts: "every".to_owned(), reason: "Small credits".to_owned(),
            valid_from: Some("2026-11-01".parse().unwrap()), valid_until: Some("2027-10-31".parse().unwrap()),
            review_on: Some("2027-04-30".parse().unwrap()), ..RightDraft::default()
        };
        let right = grant_right(&ctx, &operator, &right).await.expect("a right");
        let only = HandoverDraft { only: [right.id.to_string()].into(), ..draft(&firm, firm.mara.id.as_str()) };
        let page = plan_handover(&ctx, &operator, &only).await.expect("planned");
        let ben = signs_in(&ctx, &firm.ben, "ben@firm.example").await;
        let mut tx = db.write().await;
        for sql in [
            format!("UPDATE app_user SET person_id = NULL WHERE id = '{mara}'"),
            format!("UPDATE app_user SET person_id = '{}' WHERE id = '{ben}'", firm.mara.id),
        ] {
            tx.execute(&sql, vec![]).await.expect("another user of hers");
        }
        db.commit(tx).await;
        let page = carry_out_handover(&ctx, &operator, (&page.handover.id, None)).await.expect("carried out");
        assert_eq!((page.items[0].state, page.items[0].refusal), (ItemState::Refused, Some(ItemRefusal::NoUser)));
        let standing = mandate_store::identity::load_right(&mut db.read().await, &right.id).await.unwrap().expect("the right");
        assert_eq!(standing.version, right.version, "it stays whose it is");
    }
}
