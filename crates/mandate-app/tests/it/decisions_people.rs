//! Decision rights and people who come and go: leavers, substitutes and their reach, a firm of one, and of when the gap is.

use mandate_app::decisions::{
    Answerable, DelegationDraft, account_decisions, delegate, grant_right, own_delegations,
};
use mandate_app::facts::credit::{MoveDraft, move_credit};
use mandate_app::facts::exclusion::{AnswerDraft, ExclusionDraft, answer_exclusion, propose_exclusion};
use mandate_app::facts::kpi_read::{list_credits, list_exclusions};
use mandate_app::identity::{ListRow, SyncOptions, suspend_user, sync_users};
use mandate_app::portal::{enter, list_portal_credits, list_portal_exclusions};
use mandate_app::{Actor, ErrorKind, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Account, Person, Saved};
use mandate_domain::identity::Role;
use mandate_store::params;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::book::account_draft;
use crate::decisions::{
    Firm, OTTO, agree, argument, firm, moved, newest_record, of, one_of_ours, proposed, right,
};

fn id_of(actor: &Actor) -> String {
    actor.user_id().expect("a user").to_string()
}

/// Who is away from 20 to 30 November, and who decides for them.
fn away(absent: &Actor, substitute: &Actor, kinds: &[&str]) -> DelegationDraft {
    DelegationDraft {
        absent_user_id: id_of(absent),
        substitute_user_id: id_of(substitute),
        from_on: Some("2026-11-20".parse().expect("a day")),
        until_on: Some("2026-11-30".parse().expect("a day")),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        reason: "Leave".to_owned(),
    }
}

fn exclusion(days: i8) -> ExclusionDraft {
    ExclusionDraft {
        side: "client".to_owned(),
        client_person_id: Some(Id::new(STARTED_AT, 70)),
        from: Some(jiff::civil::date(2026, 10, 1).at(0, 0, 0, 0)),
        until: Some(jiff::civil::date(2026, 10, 1 + days).at(0, 0, 0, 0)),
        ground: "planned_work".to_owned(),
        note: "Move of the server room".to_owned(),
        ..ExclusionDraft::default()
    }
}

fn agreed() -> AnswerDraft {
    AnswerDraft {
        answer: "agree".to_owned(),
        side: "provider".to_owned(),
        client_person_id: None,
        note: "Agreed".to_owned(),
        version: 1,
    }
}

/// Another account of Ada's, with a credit of its own.
async fn second_account(db: &TestDb, firm: &Firm) -> Firm {
    let draft = account_draft("A-2", "Castle")
        .with("currency", "EUR")
        .with("account_manager", firm.lead.person_id().expect("a person").as_str());
    let account: Saved<Account> =
        mandate_app::book::create(&db.ctx(), &Actor::operator(), draft).await.expect("an account");
    let person: Id<Person> = Id::new(STARTED_AT, 71);
    let mut tx = db.write().await;
    tx.execute(OTTO, params![&person, &account.id]).await.expect("of the client");
    db.commit(tx).await;
    Firm {
        account,
        managed: firm.managed.clone(),
        unmanaged: firm.unmanaged.clone(),
        ada: firm.ada.clone(),
        ben: firm.ben.clone(),
        sponsor: firm.sponsor.clone(),
        product_manager: firm.product_manager.clone(),
        lead: firm.lead.clone(),
        administrator: firm.administrator.clone(),
    }
}

const MEASURE: &str = "
    INSERT INTO kpi (id, name, name_sort, cadence, assumed, demo, version, created_at_us, updated_at_us)
    VALUES ($1, $2, $2, 'monthly', 0, 0, 1, 0, 0)";
const VALUE: &str = "
    INSERT INTO kpi_value (kpi_id, account_id, month, kpi_version_id, n, numerator, verdict)
    VALUES ($1, $2, $3, $1, 10, 5, $4)";
both_databases! {
    async fn a_suspension_ends_delegations_on_both_sides_for_good(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        delegate(&ctx, &firm.administrator, &away(&firm.sponsor, &firm.ben, &["credit"])).await.expect("handed on");
        delegate(&ctx, &firm.administrator, &away(&firm.ada, &firm.ben, &["credit"])).await.expect("handed on");
        suspend_user(&ctx, &firm.administrator, "user3@example.com").await.expect("the sponsor is suspended");
        let changes = newest_record(&db).await.2;
        assert!(changes.contains(&("delegations_ended".to_owned(), Some("Ben Okafor for Ruth Adler".to_owned()))), "{changes:?}");
        let open = own_delegations(&ctx, &firm.ben).await.expect("his");
        assert_eq!(open.iter().map(|it| it.absent_name.as_str()).collect::<Vec<_>>(), ["Ada Lovelace"]);
        suspend_user(&ctx, &firm.administrator, "user2@example.com").await.expect("the substitute is suspended");
        assert!(own_delegations(&ctx, &firm.ada).await.expect("hers").is_empty());
    }

    async fn the_leavers_report_names_what_was_handed_on_and_rights_held_by_name(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let held = grant_right(&ctx, &firm.administrator, &of(&firm.ben, right("credit", "10000"))).await.expect("granted");
        delegate(&ctx, &firm.administrator, &away(&firm.ada, &firm.ben, &["credit"])).await.expect("handed on");
        let rows: Vec<ListRow> = [1, 3, 4, 5, 6]
            .map(|number| ListRow { email: format!("user{number}@example.com"), ..ListRow::default() })
            .into();
        let told = sync_users(&ctx, &firm.administrator, &rows, SyncOptions::Check).await.expect("told");
        let done = sync_users(&ctx, &firm.administrator, &rows, SyncOptions::Follow).await.expect("done");
        for report in [told, done] {
            let leaver = &report.suspended[0];
            assert_eq!(leaver.user.display_name, "Ben Okafor");
            assert_eq!(leaver.rights.iter().map(|right| &right.id).collect::<Vec<_>>(), [&held.id]);
            assert_eq!((leaver.delegations.len(), leaver.delegations[0].absent_name.as_str()), (1, "Ada Lovelace"));
        }
        assert!(own_delegations(&ctx, &firm.ada).await.expect("hers").is_empty(), "it ended with him");
    }

    async fn pages_the_portal_and_the_record_show_both_names_of_a_substitutes_decision(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let credit = proposed(&db, &firm, 1, 200_000).await;
        let own = proposed(&db, &firm, 2, 100).await;
        grant_right(&ctx, &firm.administrator, &of(&firm.ada, right("exclusion", "240"))).await.expect("ten days");
        delegate(&ctx, &firm.ada, &away(&firm.ada, &firm.ben, &[])).await.expect("handed on");
        agree(&ctx, &firm.ben, &credit).await.expect("for Ada");
        assert_eq!(newest_record(&db).await.1, "Ben Okafor for Ada Lovelace");
        agree(&ctx, &firm.ada, &own).await.expect("her own");
        let asked = propose_exclusion(&ctx, &firm.lead, &firm.account.id, &exclusion(9)).await.expect("proposed");
        answer_exclusion(&ctx, &firm.ben, &asked.id, &agreed()).await.expect("for Ada");
        assert_eq!(newest_record(&db).await.1, "Ben Okafor for Ada Lovelace");

        let names = |made: Option<&mandate_app::decisions::Substituted>| made.map(|it| (it.name.clone(), it.absent.clone()));
        let both = Some(("Ben Okafor".to_owned(), "Ada Lovelace".to_owned()));
        let credits = list_credits(&ctx, &firm.lead, &firm.account.id).await.expect("the credits");
        assert_eq!(names(credits.substituted.get(credit.as_str())), both);
        assert_eq!(names(credits.substituted.get(own.as_str())), None);
        let exclusions = list_exclusions(&ctx, &firm.lead, &firm.account.id).await.expect("the exclusions");
        assert_eq!(names(exclusions.substituted.get(asked.id.as_str())), both);
        let entered = enter(&ctx, &firm.ada, &firm.account.id).await.expect("the preview");
        let put = list_portal_credits(&ctx, &entered).await.expect("the credits");
        let shown = |id: &str| names(put.iter().find(|it| it.id.as_str() == id).expect("put").substituted.as_ref());
        assert_eq!((shown(credit.as_str()), shown(own.as_str())), (both.clone(), None));
        let answered = list_portal_exclusions(&ctx, &entered).await.expect("the exclusions");
        let answered = answered[0].answered.as_ref().expect("an answer");
        assert_eq!(names(answered.substituted.as_ref()), both);
    }

    async fn a_substitute_reaches_no_account_product_or_amount_that_the_absent_one_does_not(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let lower = mandate_app::decisions::RightDraft { product_names: vec!["Claims".to_owned()], ..right("price", "5") };
        grant_right(&ctx, &firm.administrator, &lower).await.expect("her products");
        grant_right(&ctx, &firm.administrator, &right("credit", "10000")).await.expect("her accounts");
        let elsewhere = second_account(&db, &firm).await;
        let (here, there) = (proposed(&db, &firm, 1, 900_000).await, proposed(&db, &elsewhere, 2, 100).await);
        let above = proposed(&db, &firm, 3, 1_000_001).await;
        delegate(&ctx, &firm.ada, &away(&firm.ada, &firm.ben, &["credit", "price"])).await.expect("handed on");
        let waived = MoveDraft { wanted: "waive".to_owned(), reason: "As agreed".to_owned(), client_person_id: Some(Id::new(STARTED_AT, 71)), credit_note: String::new(), version: 1 };
        let refused = move_credit(&ctx, &firm.ben, &there, &waived).await.expect_err("an account that is not Ada's either");
        assert_eq!(refused.kind(), ErrorKind::Forbidden, "{refused}");
        agree(&ctx, &firm.ben, &above).await.expect_err("more than Ada may");
        agree(&ctx, &firm.ben, &here).await.expect("as Ada might");
        moved(&ctx, &firm.ben, &firm.managed, "95.00").await.expect("the product of her right");
        moved(&ctx, &firm.ben, &firm.managed, "80.00").await.expect_err("further than hers goes");
    }

    async fn the_only_administrator_is_told_what_helps(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        suspend_user(&ctx, &Actor::operator(), "user3@example.com").await.expect("no sponsor");
        let credit = proposed(&db, &firm, 1, 900_000).await;
        let alone = Actor { roles: vec![Role::Administrator, Role::AccountManager], ..firm.administrator.clone() };
        let refused = agree(&ctx, &alone, &credit).await.expect_err("nobody may");
        assert_eq!((refused.message().id, argument(&refused, "kind").as_str()), ("decision-refused-alone", "credit"));
        let refused = agree(&ctx, &firm.ada, &credit).await.expect_err("nor Ada");
        assert_eq!((refused.message().id, argument(&refused, "administrators").as_str()), ("decision-refused-nobody", "Ida Brandl"));
        one_of_ours(&db, 8, "Second Administrator", &[Role::Administrator]).await;
        let refused = agree(&ctx, &alone, &credit).await.expect_err("still nobody");
        assert_eq!(refused.message().id, "decision-refused-nobody");
        // What the message names: the role of a sponsor.
        let sponsor = Actor { roles: vec![Role::Administrator, Role::Sponsor], ..firm.administrator.clone() };
        agree(&ctx, &sponsor, &credit).await.expect("a sponsor decides any");
    }

    async fn the_gap_counts_months_that_are_over_and_says_of_when_it_is(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let mut tx = db.write().await;
        for (number, name, months) in [
            (1_u128, "Missed in October", [("2026-10", "missed"), ("2026-11", "met")]),
            (2, "Missing so far in November", [("2026-10", "met"), ("2026-11", "missed")]),
        ] {
            let id: Id<Account> = Id::new(STARTED_AT, 900 + number);
            tx.execute(MEASURE, params![&id, name]).await.expect("a measure");
            for (month, verdict) in months {
                tx.execute(VALUE, params![&id, &firm.account.id, month, verdict]).await.expect("a value");
            }
        }
        db.commit(tx).await;
        let found = account_decisions(&ctx, &firm.ada, &firm.account.id).await.expect("the gap");
        let measures: Vec<&str> = found.gap.iter().filter_map(|line| match &line.about {
            Answerable::Measure { name, .. } => Some(name.as_str()),
            _ => None,
        }).collect();
        assert_eq!(measures, ["Missed in October"]);
        let period = found.period;
        assert_eq!((period.measures_until.to_string(), period.credits_since.to_string(), period.on.to_string()),
            ("2026-10".to_owned(), "2024-11".to_owned(), "2026-11-21".to_owned()));
    }
}
