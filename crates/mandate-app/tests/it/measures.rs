//! Measures on real rows: values, what both sides say of them, exclusions, credits; every figure can be worked out by hand.

use mandate_app::facts::credit::{
    MoveDraft, RuleDraft, TypedTerms, compute_credits, define_rule, move_credit,
};
use mandate_app::facts::earn_back::EarnedBack;
use mandate_app::facts::exclusion::{AnswerDraft, ExclusionDraft, answer_exclusion, propose_exclusion};
use mandate_app::facts::kpi::{
    DefinitionDraft, KpiDraft, define_kpi, propose_measures, recompute_values, revise_kpi, trash_kpi,
};
use mandate_app::facts::kpi_read::{list_credits, list_measures, preview_measure, show_measure};
use mandate_app::facts::result::{ReviewDraft, WalkthroughDraft, record_review, record_walkthrough};
use mandate_app::facts::scorecard::show_scorecard;
use mandate_app::{Actor, UseCaseError};
use mandate_domain::audit::Origin;
use mandate_domain::book::{Account, Person};
use mandate_domain::facts::case_filter::CaseFilterParts;
use mandate_domain::facts::credit::{CreditState, LineKind};
use mandate_domain::facts::exclusion::ExclusionState;
use mandate_domain::facts::kpi::{Kpi, KpiScope, Verdict};
use mandate_domain::facts::result::Standing;
use mandate_domain::identity::Role;
use mandate_domain::{Id, Month};
use mandate_store::params;
use mandate_store::reads::Scope;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

pub const CLIENT: &str = "0000000000000000000000000c";
pub const OURS: &str = "0000000000000000000000000p";
pub const OTHER_CLIENT: &str = "0000000000000000000000000d";
const SOURCE: &str = "desk";

pub fn account() -> Id<Account> {
    Id::parse("0000000000000000000000000a").expect("an id")
}

pub fn person(id: &str) -> Id<Person> {
    Id::parse(id).expect("an id")
}

pub fn month(text: &str) -> Month {
    Month::parse(text).expect("a month")
}

/// One case of October 2026 unless `month` says otherwise.
pub struct Row {
    pub number: u32,
    pub month: &'static str,
    pub priority: i64,
    pub outcome: &'static str,
    pub seconds: i64,
    pub reported: bool,
    pub excluded: i64,
    pub without: &'static str,
}

pub fn row(number: u32, outcome: &'static str, seconds: i64) -> Row {
    Row {
        number,
        month: "2026-10",
        priority: 1,
        outcome,
        seconds,
        reported: outcome == "met",
        excluded: 0,
        without: outcome,
    }
}

const PEOPLE: &str = "
    INSERT INTO person (id, side, account_id, name, name_sort, job_title, role, email, phone, team_id, demo, version,
           created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, 'Head of claims', '', '', '', NULL, 0, 1, 0, 0)";
const ACCOUNT: &str = "
    INSERT INTO account (id, name, name_sort, tier, industry, time_zone, currency, origin, demo, version, created_at_us,
           updated_at_us, account_manager_id)
    VALUES ($1, $2, $3, 'key', 'Insurance', 'Europe/Vienna', 'EUR', 'stated', 0, 1, 0, 0, $4)";
const SOURCE_ROW: &str = "
    INSERT INTO event_source (id, name, profile, time_zone, time_zone_assumed, note, n_cases, n_events, demo, version,
           created_at_us, updated_at_us)
    VALUES ($1, 'Service desk', 'servicenow', 'Europe/Vienna', 0, '', 0, 0, 0, 1, 0, 0)";
const CASE: &str = "
    INSERT INTO delivery_case (id, source_id, case_ref, account_id, account_ref, team_id, group_ref, priority, category,
           kind, state_class, opened_at_us, last_event_at_us, month, n_events, n_events_flagged, n_events_met,
           n_reopened, n_reassigned, reported_met, clock_outcome, clock_s, target_s, paused_s, closed_hours_s,
           excluded_s, outcome_without_exclusions, response_outcome, response_s, update_outcome, update_s, differs)
    VALUES ($1, $2, $3, $4, 'Brackwell', $5, 'Desk', $6, 'Network', 'incident', 'closed', $7, $8, $9, 3, 3, 3, $10, 1,
           $11, $12, $13, 100, 0, 0, $14, $15, 'not_measured', 0, 'not_measured', 0, $16)";

/// One account with people on both sides and a source.
pub async fn book(db: &TestDb) {
    let mut tx = db.write().await;
    tx.execute(ACCOUNT, params![&account(), "Brackwell Insurance", "brackwell insurance", OURS])
        .await
        .expect("account");
    for (id, side, of, name) in [
        (CLIENT, "client", Some(account().to_string()), "Otto Reiss"),
        (OURS, "provider", None, "Eszter Molnár"),
        (OTHER_CLIENT, "client", Some("0000000000000000000000000b".to_owned()), "Somebody Else"),
    ] {
        tx.execute(PEOPLE, params![id, side, of, name, name.to_lowercase()]).await.expect("person");
    }
    tx.execute(SOURCE_ROW, params![SOURCE]).await.expect("source");
    db.commit(tx).await;
}

pub async fn cases(db: &TestDb, rows: &[Row]) {
    let mut tx = db.write().await;
    for row in rows {
        let number = row.number.to_string();
        let day = jiff::civil::Date::strptime("%Y-%m-%d", format!("{}-10", row.month)).expect("a day");
        let at = day.to_zoned(jiff::tz::TimeZone::UTC).expect("an instant").timestamp().as_microsecond();
        let values = params![
            format!("{SOURCE}:{number}"),
            SOURCE,
            number,
            &account(),
            "team-1",
            row.priority,
            at,
            at + 3_600_000_000,
            row.month,
            i64::from(row.number % 5 == 0),
            i64::from(row.reported),
            row.outcome,
            row.seconds,
            row.excluded,
            row.without,
            row.reported != (row.outcome == "met"),
        ];
        tx.execute(CASE, values).await.expect("case");
    }
    recompute_values(&mut tx, &[(account(), month("2026-09")), (account(), month("2026-10"))])
        .await
        .expect("values");
    db.commit(tx).await;
}

/// Twenty cases of October: nineteen within target, one 2,588 s past its 100 s.
pub fn october() -> Vec<Row> {
    let mut rows: Vec<Row> = (1..=19).map(|number| row(number, "met", i64::from(number))).collect();
    rows.push(row(20, "missed", 2_688));
    rows
}

pub fn share(target_micro: i64) -> KpiDraft {
    KpiDraft {
        name: "Solved in time".to_owned(),
        cadence: "monthly".to_owned(),
        definition: DefinitionDraft {
            clock: "resolution".to_owned(),
            aggregate: "share_within_target".to_owned(),
            direction: "higher".to_owned(),
            target_micro: Some(target_micro),
            ..DefinitionDraft::default()
        },
        ..KpiDraft::default()
    }
}

pub async fn defined(db: &TestDb) -> Kpi {
    let scope = KpiScope::Account(account());
    define_kpi(&db.ctx(), &Actor::operator(), scope, &share(950_000)).await.expect("a measure")
}

both_databases! {
    async fn an_import_proposes_measures_and_their_values_follow_the_cases(db: TestDb) {
        book(&db).await;
        let ctx = db.ctx();
        let mut tx = db.write().await;
        let n = propose_measures(&mut tx, &ctx, SOURCE, month("2026-09")).await.expect("proposed");
        assert_eq!(n, 5);
        assert_eq!(propose_measures(&mut tx, &ctx, SOURCE, month("2026-09")).await.expect("again"), 0);
        db.commit(tx).await;
        cases(&db, &october()).await;
        let measures = list_measures(&ctx, &Actor::operator(), &account()).await.expect("measures");
        let value = |name: &str| {
            let line = measures.lines.iter().find(|line| line.kpi.name == name).expect("the measure");
            assert!(line.kpi.assumed);
            line.values.last().expect("October").figure
        };
        let share = value("Incidents solved within target");
        assert_eq!((share.n, share.numerator, share.value_micro), (20, 19, Some(950_000)));
        assert_eq!((share.verdict, share.reported_micro), (Verdict::Met, Some(950_000)));
        assert_eq!(value("Median time to solve").value_micro, Some(10_500_000), "between 10 and 11 s");
        assert_eq!(value("90th percentile of time to solve").value_micro, Some(18_100_000), "18 + 0.1 s");
        assert_eq!(value("Reopened of 100 cases").value_micro, Some(20_000_000), "4 of 20");
    }

    async fn a_new_definition_leaves_reviewed_months_as_they_were(db: TestDb) {
        book(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let mut september: Vec<Row> = (31..=40).map(|number| row(number, "met", 5)).collect();
        september.iter_mut().for_each(|row| row.month = "2026-09");
        september[0].outcome = "missed";
        cases(&db, &september).await;
        cases(&db, &october()).await;
        let kpi = defined(&db).await;
        let review = ReviewDraft {
            month: month("2026-09"),
            case_id: None,
            verdict: "agreed".to_owned(),
            client_person_id: Some(person(CLIENT)),
            note: String::new(),
        };
        record_review(&ctx, &operator, &kpi.id, &account(), &review).await.expect("agreed");
        let from = |text| KpiDraft { valid_from: Some(month(text)), ..share(990_000) };
        let refused = revise_kpi(&ctx, &operator, &kpi.id, 1, &from("2026-09")).await.expect_err("September stands");
        assert_eq!(refused.fields()[0].field, "valid_from");
        revise_kpi(&ctx, &operator, &kpi.id, 1, &from("2026-10")).await.expect("from October on");
        let page = show_measure(&ctx, &operator, &account(), &kpi.id, None).await.expect("the page");
        let verdicts: Vec<Verdict> = page.values.iter().map(|value| value.figure.verdict).collect();
        assert_eq!(verdicts, [Verdict::Missed, Verdict::Missed], "90 % of 95 % and 95 % of 99 %");
        assert_eq!(page.version.definition.target_micro(), Some(990_000));
        let stale = revise_kpi(&ctx, &operator, &kpi.id, 1, &from("2026-11")).await.expect_err("stale");
        assert_eq!(stale.message().id, "error-stale");
        trash_kpi(&ctx, &operator, &kpi.id, 2).await.expect("put away");
        assert!(show_measure(&ctx, &operator, &account(), &kpi.id, None).await.is_err());
    }

    async fn a_preview_computes_what_keeping_the_definition_would(db: TestDb) {
        book(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        cases(&db, &october()).await;
        let draft = DefinitionDraft {
            aggregate: "share_within".to_owned(),
            parameter: Some(10),
            filter: CaseFilterParts { priorities: vec!["1".to_owned()], ..CaseFilterParts::default() },
            ..share(950_000).definition
        };
        let preview = preview_measure(&ctx, &operator, &account(), draft.parse()).await.expect("a preview");
        assert_eq!((preview.total.n, preview.total.value_micro), (20, Some(500_000)));
        assert_eq!((preview.months.len(), preview.examples[0].case_ref.as_str()), (12, "20"), "the missed case first");
        let bad = DefinitionDraft { aggregate: "percentile".to_owned(), parameter: Some(100), ..draft };
        let error = preview_measure(&ctx, &operator, &account(), bad.parse()).await.expect_err("no percentile");
        assert_eq!(error.fields()[0].field, "parameter");
    }

    async fn both_sides_make_an_exclusion_and_never_one_alone(db: TestDb) {
        book(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        cases(&db, &october()).await;
        let draft = ExclusionDraft {
            side: "provider".to_owned(),
            case_id: Some("desk:20".to_owned()),
            from: Some(jiff::civil::date(2026, 10, 10).at(2, 20, 0, 0)),
            until: Some(jiff::civil::date(2026, 10, 10).at(2, 50, 0, 0)),
            ground: "planned_work".to_owned(),
            clause: "7.4".to_owned(),
            note: "Power test".to_owned(),
            ..ExclusionDraft::default()
        };
        let exclusion = propose_exclusion(&ctx, &operator, &account(), &draft).await.expect("proposed");
        assert_eq!(exclusion.time.from().to_string(), "2026-10-10T00:20:00Z", "Vienna is two hours ahead");
        let answer = |side: &str, named: bool, version| AnswerDraft {
            answer: "agree".to_owned(),
            side: side.to_owned(),
            client_person_id: named.then(|| person(CLIENT)),
            note: String::new(),
            version,
        };
        let own = answer_exclusion(&ctx, &operator, &exclusion.id, &answer("provider", false, 1)).await;
        assert_eq!(own.expect_err("its own proposal").message().id, "exclusion-error-own");
        let unnamed = answer_exclusion(&ctx, &operator, &exclusion.id, &answer("client", false, 1)).await;
        assert_eq!(unnamed.expect_err("nobody named").fields()[0].field, "client_person_id");
        let agreed = answer_exclusion(&ctx, &operator, &exclusion.id, &answer("client", true, 1)).await.expect("agreed");
        assert_eq!(agreed.state, ExclusionState::Agreed);
        let backwards = ExclusionDraft { until: draft.from, ..draft.clone() };
        let refused = propose_exclusion(&ctx, &operator, &account(), &backwards).await.expect_err("no length");
        assert_eq!(refused.fields()[0].field, "until");
        let elsewhere = ExclusionDraft { case_id: Some("desk:999".to_owned()), ..draft };
        let refused = propose_exclusion(&ctx, &operator, &account(), &elsewhere).await.expect_err("no such case");
        assert_eq!(refused.fields()[0].field, "case_id");
    }

    async fn figures_are_shown_with_and_without_exclusions(db: TestDb) {
        book(&db).await;
        let mut rows = october();
        // Case 19 is within its 100 s only because 90 s are excluded.
        rows[18] = Row { seconds: 60, excluded: 90, without: "missed", ..row(19, "met", 60) };
        cases(&db, &rows).await;
        let kpi = defined(&db).await;
        let page = show_measure(&db.ctx(), &Actor::operator(), &account(), &kpi.id, None).await.expect("the page");
        let with = page.values.last().expect("October").figure;
        let without = page.without_exclusions.expect("it differs");
        assert_eq!((with.value_micro, with.verdict), (Some(950_000), Verdict::Met));
        assert_eq!((without.value_micro, without.verdict), (Some(900_000), Verdict::Missed));
        assert_eq!((page.n_missed, page.missed[0].case_ref.as_str()), (1, "20"));
    }

    async fn a_clients_word_needs_a_name_of_the_client_and_stands_until_the_next(db: TestDb) {
        book(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        cases(&db, &october()).await;
        let kpi = defined(&db).await;
        let draft = |verdict: &str, who: &str, case: Option<&str>| ReviewDraft {
            month: month("2026-10"),
            case_id: case.map(str::to_owned),
            verdict: verdict.to_owned(),
            client_person_id: Some(person(who)),
            note: "The desk was staffed".to_owned(),
        };
        let stranger = record_review(&ctx, &operator, &kpi.id, &account(), &draft("agreed", OTHER_CLIENT, None)).await;
        assert_eq!(stranger.expect_err("another client's person").fields()[0].field, "client_person_id");
        record_review(&ctx, &operator, &kpi.id, &account(), &draft("contested", CLIENT, Some("desk:20"))).await.expect("said");
        let page = show_measure(&ctx, &operator, &account(), &kpi.id, None).await.expect("the page");
        assert!(matches!(page.standing, Standing::Contested(_)));
        let later = db.ctx_at(STARTED_AT.plus_seconds(60));
        record_review(&later, &operator, &kpi.id, &account(), &draft("agreed", CLIENT, None)).await.expect("said");
        let page = show_measure(&ctx, &operator, &account(), &kpi.id, None).await.expect("the page");
        assert!(matches!(page.standing, Standing::Agreed(_)));
        assert_eq!(page.reviews.len(), 2, "both words stay on record");
        let running = ReviewDraft { month: month("2026-11"), ..draft("agreed", CLIENT, None) };
        let refused = record_review(&ctx, &operator, &kpi.id, &account(), &running).await.expect_err("it runs");
        assert_eq!(refused.fields()[0].field, "month");
    }

    async fn a_credit_is_derived_proposed_agreed_and_then_left_alone(db: TestDb) {
        book(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        cases(&db, &october()).await;
        let kpi = defined(&db).await;
        let rule = RuleDraft {
            method: "started_periods".to_owned(),
            terms: TypedTerms::Text("1800:160000".to_owned()),
            at_risk_cap: "9600".to_owned(),
            monthly_fee: "80000".to_owned(),
            valid_from: Some(month("2026-01")),
            ..RuleDraft::default()
        };
        define_rule(&ctx, &operator, &account(), &kpi.id, &rule).await.expect("a rule");
        let tiers = RuleDraft { method: "attainment".to_owned(), terms: TypedTerms::Text("9600:500,9000:1000".to_owned()), ..rule };
        define_rule(&ctx, &operator, &account(), &kpi.id, &tiers).await.expect("a second rule");
        let computed = compute_credits(&ctx, &operator, &account(), month("2026-10")).await.expect("computed");
        let mut amounts: Vec<i64> = computed.iter().map(|credit| credit.computed.minor).collect();
        amounts.sort_unstable();
        // 2,588 s past the target are 2 begun half hours; 95 % is below 96 %: 5 % of the fee.
        assert_eq!(amounts, [320_000, 400_000]);
        let credit = computed.iter().find(|credit| credit.computed.minor == 320_000).expect("the first");
        let over: Vec<(i64, i64)> = credit.derivation.iter().filter(|line| line.kind == LineKind::CaseOver).map(|line| (line.amount, line.base)).collect();
        assert_eq!(over, [(2_588, 2)]);
        let step = |wanted: &str, version| MoveDraft {
            wanted: wanted.to_owned(),
            reason: "43 minutes late".to_owned(),
            client_person_id: Some(person(CLIENT)),
            credit_note: "CN-17".to_owned(),
            version,
        };
        let lead = Actor { roles: vec![Role::DeliveryLead], origin: Origin::Web, who: user(), ..operator.clone() };
        move_credit(&ctx, &lead, &credit.id, &step("propose", 1)).await.expect("a lead proposes");
        let denied = move_credit(&ctx, &lead, &credit.id, &step("agree", 2)).await.expect_err("and decides nothing");
        assert_eq!(denied.message().id, "error-forbidden");
        let agreed = move_credit(&ctx, &operator, &credit.id, &step("agree", 2)).await.expect("agreed");
        assert_eq!(agreed.state, CreditState::Agreed);
        // A late event: another case missed by a second, so one more begun half hour.
        cases(&db, &[row(21, "missed", 101)]).await;
        let page = show_measure(&ctx, &operator, &account(), &kpi.id, None).await.expect("the page");
        let agreed = page.credits.iter().find(|known| known.id == credit.id).expect("it is there");
        assert_eq!((agreed.credit.minor, agreed.computed.minor, agreed.difference_minor()), (320_000, 480_000, 160_000));
        let other = page.credits.iter().find(|known| known.id != credit.id).expect("the second");
        assert_eq!((other.state, other.credit.minor), (CreditState::Computed, 400_000), "19 of 21 are 90.5 %");
    }

    async fn a_credit_is_earned_back_by_the_months_after_it(db: TestDb) {
        book(&db).await;
        let (ctx, operator) = (db.ctx(), Actor::operator());
        // July and October have a case 2,588 s past its target: 2 begun half hours. August and September have none.
        let mut rows = vec![];
        for (position, name) in (0_u32..).zip(["2026-07", "2026-08", "2026-09", "2026-10"]) {
            let missed = matches!(name, "2026-07" | "2026-10");
            rows.push(Row { month: name, ..row(10 * position + 1, "met", 5) });
            let (outcome, seconds) = if missed { ("missed", 2_688) } else { ("met", 7) };
            rows.push(Row { month: name, ..row(10 * position + 2, outcome, seconds) });
        }
        cases(&db, &rows).await;
        let kpi = defined(&db).await;
        for months in 0..=4 {
            let rule = RuleDraft {
                method: "started_periods".to_owned(),
                terms: TypedTerms::Text("1800:160000".to_owned()),
                at_risk_cap: "9600".to_owned(),
                monthly_fee: "80000".to_owned(),
                earn_back_months: months,
                valid_from: Some(month("2026-01")),
                ..RuleDraft::default()
            };
            define_rule(&ctx, &operator, &account(), &kpi.id, &rule).await.expect("a rule");
        }
        for of in ["2026-07", "2026-10"] {
            let computed = compute_credits(&ctx, &operator, &account(), month(of)).await.expect("computed");
            assert!(computed.iter().all(|credit| credit.computed.minor == 320_000), "{of}: {computed:?}");
        }
        let at = |day: &str| db.ctx_at(format!("{day}T12:00:00Z").parse::<jiff::Timestamp>().expect("an instant").into());
        let seen = async |day: &str, of: &str| {
            let page = list_credits(&at(day), &operator, &account()).await.expect("the page");
            let mut seen: Vec<(i64, Option<EarnedBack>)> = page
                .credits
                .iter()
                .filter(|credit| credit.month == month(of))
                .map(|credit| {
                    let rule = page.rules.iter().find(|(rule, _)| rule.id == credit.rule_id).expect("its rule");
                    (rule.0.earn_back_months, page.earned_back.get(credit.id.as_str()).copied())
                })
                .collect();
            seen.sort_by_key(|(months, _)| *months);
            seen.into_iter().map(|(_, earned)| earned).collect::<Vec<_>>()
        };
        let earned = Some(EarnedBack::Earned { returned: mandate_domain::Money::new(320_000, mandate_domain::Currency::EUR) });
        let open = |n_missing| Some(EarnedBack::Open { n_missing });
        let lost = Some(EarnedBack::Lost);
        assert_eq!(seen("2026-10-15", "2026-07").await, [None, earned, earned, open(1), open(2)]);
        assert_eq!(seen("2026-11-21", "2026-07").await, [None, earned, earned, lost, lost], "October fell short");
        assert_eq!(seen("2026-11-21", "2026-10").await, [None, open(1), open(2), open(3), open(4)]);
        assert_eq!(seen("2026-12-05", "2026-10").await, [None, lost, lost, lost, lost], "nothing was measured in November");

        let page = list_credits(&ctx, &operator, &account()).await.expect("the page");
        let propose = MoveDraft {
            wanted: "propose".to_owned(),
            reason: String::new(),
            client_person_id: None,
            credit_note: String::new(),
            version: 1,
        };
        for credit in page.credits.iter().filter(|credit| credit.month == month("2026-07")) {
            let moved = move_credit(&ctx, &operator, &credit.id, &propose).await;
            match page.earned_back.get(credit.id.as_str()) {
                Some(EarnedBack::Earned { .. }) => assert_eq!(moved.expect_err("not owed").message().id, "credit-error-earned-back"),
                _ => assert_eq!(moved.expect("still owed").state, CreditState::Proposed),
            }
        }
    }

    async fn what_may_not_be_seen_is_not_found(db: TestDb) {
        book(&db).await;
        cases(&db, &october()).await;
        let kpi = defined(&db).await;
        let stranger = Actor { scope: Scope::Nothing, ..Actor::operator() };
        let hidden = show_measure(&db.ctx(), &stranger, &account(), &kpi.id, None).await.expect_err("hidden");
        assert_eq!(hidden.message().id, "error-not-found");
        let held_on = Some(jiff::civil::date(2026, 11, 1));
        let draft = WalkthroughDraft { client_person_id: Some(person(CLIENT)), our_person_id: None, held_on, note: String::new() };
        let walked = record_walkthrough(&db.ctx(), &stranger, &kpi.id, &account(), &draft).await;
        assert_eq!(walked.expect_err("hidden").message().id, "error-not-found");
        let walked = record_walkthrough(&db.ctx(), &Actor::operator(), &kpi.id, &account(), &draft).await;
        assert!(walked.is_ok());
    }

    async fn a_scorecard_counts_the_leads_teams(db: TestDb) {
        const TEAM: &str = "
            INSERT INTO team (id, name, name_sort, lead_person_id, demo, version, created_at_us, updated_at_us)
            VALUES ('team-1', 'Desk', 'desk', $1, 0, 1, 0, 0)";
        book(&db).await;
        cases(&db, &october()).await;
        let mut tx = db.write().await;
        tx.execute(TEAM, params![OURS]).await.expect("a team");
        db.commit(tx).await;
        let card = show_scorecard(&db.ctx(), &Actor::operator(), &person(OURS)).await.expect("a scorecard");
        let total = &card.total;
        assert_eq!((total.n_cases, total.clock_bp(), total.reopened_bp()), (20, Some(9_500), Some(2_000)));
        assert_eq!(total.reassigned_per_100(), Some(100));
        assert_eq!(card.by_month.len(), 12);
        let stranger = Actor { scope: Scope::Nothing, ..Actor::operator() };
        assert!(show_scorecard(&db.ctx(), &stranger, &person(OURS)).await.is_err());
    }
}

fn user() -> mandate_app::Who {
    mandate_app::Who::User { id: Id::new(STARTED_AT, 77), name: "Lukas Kern".to_owned(), person_id: None }
}

both_databases! {
    async fn the_report_names_both_sides_and_is_the_same_bytes_twice(db: TestDb) {
        use mandate_app::exchange::report::{ReportCell, ReportColumn, ReportDocument, ReportSection, load_report};
        use mandate_app::exchange::{report_pdf, report_xlsx};
        book(&db).await;
        let mut rows = october();
        rows[18] = Row { seconds: 60, excluded: 90, without: "missed", ..row(19, "met", 60) };
        cases(&db, &rows).await;
        defined(&db).await;
        let report = load_report(&db.ctx(), &Actor::operator(), &account(), month("2026-10")).await.expect("a report");
        assert_eq!((report.account.name.as_str(), report.measures.len(), report.n_missed), ("Brackwell Insurance", 1, 1));
        let measure = &report.measures[0];
        assert_eq!(measure.figure.value_micro, Some(950_000));
        assert_eq!(measure.without_exclusions.and_then(|it| it.value_micro), Some(900_000));
        let document = ReportDocument {
            language: "en".to_owned(),
            title: "Service-level report".to_owned(),
            client: report.account.name.clone(),
            provider: "Northmoor Services".to_owned(),
            period: "October 2026".to_owned(),
            sections: vec![ReportSection {
                heading: "What was promised?".to_owned(),
                columns: vec![ReportColumn { text: "Measure".to_owned(), numeric: false, width: 1 }],
                rows: vec![vec![ReportCell { text: measure.kpi.name.clone(), ..ReportCell::default() }]],
                ..ReportSection::default()
            }],
            ..ReportDocument::default()
        };
        let sheet = |at| report_xlsx(&document, at).expect("a workbook");
        assert_eq!(sheet(STARTED_AT), sheet(STARTED_AT));
        assert!(sheet(STARTED_AT).starts_with(b"PK"));
        if cfg!(feature = "pdf") {
            let set = || report_pdf(&document, STARTED_AT).expect("a document");
            let bytes = set();
            assert!(bytes.starts_with(b"%PDF-"));
            assert!(bytes == set(), "a fixed clock gives the same bytes");
        } else {
            assert!(report_pdf(&document, STARTED_AT).is_err());
        }
    }
}
