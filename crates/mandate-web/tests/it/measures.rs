//! Pages of measures: they open with data and without, keep what was typed, and tell both figures.

use mandate_app::Actor;
use mandate_app::facts::kpi::{DefinitionDraft, KpiDraft, define_kpi, recompute_values};
use mandate_domain::book::Account;
use mandate_domain::facts::kpi::KpiScope;
use mandate_domain::{Id, Month};
use mandate_testing::{TestDb, both_databases};

use crate::browser::Browser;

pub const ACCOUNT: &str = "0000000000000000000000000a";
pub const CLIENT: &str = "0000000000000000000000000c";
pub const LEAD: &str = "0000000000000000000000000p";

const BOOK: [&str; 4] = [
    "INSERT INTO account (id, name, name_sort, tier, industry, time_zone, currency, origin, demo, version, created_at_us,
            updated_at_us, account_manager_id)
     VALUES ('0000000000000000000000000a', 'Brackwell Insurance', 'brackwell insurance', 'key', 'Insurance', 'Europe/Vienna',
             'EUR', 'stated', 0, 1, 0, 0, NULL)",
    "INSERT INTO person (id, side, account_id, name, name_sort, job_title, role, email, phone, demo, version, created_at_us,
            updated_at_us)
     VALUES ('0000000000000000000000000c', 'client', '0000000000000000000000000a', 'Otto Reiss', 'otto reiss',
             'Head of claims', 'process_owner', '', '', 0, 1, 0, 0)",
    "INSERT INTO person (id, side, account_id, name, name_sort, job_title, role, email, phone, demo, version, created_at_us,
            updated_at_us)
     VALUES ('0000000000000000000000000p', 'provider', NULL, 'Lukas Kern', 'lukas kern', 'Head of service', 'delivery_lead', '', '', 0, 1,
             0, 0)",
    "INSERT INTO team (id, name, name_sort, lead_person_id, demo, version, created_at_us, updated_at_us)
     VALUES ('0000000000000000000000000t', 'Desk', 'desk', '0000000000000000000000000p', 0, 1, 0, 0)",
];
fn case_sql(number: i64) -> String {
    let (late, partly) = (number == 20, number == 19);
    let opened = 1_791_590_400_000_000_i64;
    format!(
        "INSERT INTO delivery_case (id, source_id, case_ref, account_id, account_ref, team_id, group_ref, priority, category,
                kind, state_class, opened_at_us, last_event_at_us, month, n_events, n_events_flagged, n_events_met,
                n_reopened, n_reassigned, reported_met, clock_outcome, clock_s, target_s, paused_s, closed_hours_s,
                excluded_s, outcome_without_exclusions, response_outcome, response_s, update_outcome, update_s, differs)
         VALUES ('desk:INC-{number}', 'desk', 'INC-{number}', '{ACCOUNT}', 'Brackwell', '0000000000000000000000000t', 'Desk',
                1, 'Network', 'incident', 'closed', {opened}, {}, '2026-10', 3, 3, 3, 0, 1, {}, '{}', {}, 14400, 0, 0, {},
                '{}', 'not_measured', 0, 'not_measured', 0, {})",
        opened + 36_000_000_000,
        i64::from(number != 3),
        if late { "missed" } else { "met" },
        if late { 16_988 } else { 12_600 + number },
        if partly { 1_800 } else { 0 },
        if late || partly { "missed" } else { "met" },
        i64::from(number == 3 || late),
    )
}

/// An account with twenty cases of October, one of them 43 minutes late; its measure.
pub async fn measured(db: &TestDb) -> String {
    let account: Id<Account> = Id::parse(ACCOUNT).unwrap();
    let mut tx = db.write().await;
    for sql in BOOK {
        tx.execute(sql, vec![]).await.unwrap();
    }
    for number in 1..=20 {
        tx.execute(&case_sql(number), vec![]).await.unwrap();
    }
    recompute_values(&mut tx, &[(account.clone(), Month::parse("2026-10").unwrap())]).await.unwrap();
    db.commit(tx).await;
    let draft = KpiDraft {
        name: "Severe incidents solved in 4 hours".to_owned(),
        cadence: "monthly".to_owned(),
        definition: DefinitionDraft {
            clock: "resolution".to_owned(),
            aggregate: "share_within_target".to_owned(),
            direction: "higher".to_owned(),
            target_micro: Some(950_000),
            ..DefinitionDraft::default()
        },
        ..KpiDraft::default()
    };
    let kpi = define_kpi(&db.ctx(), &Actor::operator(), KpiScope::Account(account), &draft).await.unwrap();
    kpi.id.to_string()
}

both_databases! {
    async fn a_measure_says_what_is_the_case_and_lists_what_was_missed(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let list = browser.get(&format!("/accounts/{ACCOUNT}/measures")).await.expect(200).body;
        assert!(list.contains("Severe incidents solved in 4 hours") && list.contains("95.0%"));
        let page = browser.get(&format!("/accounts/{ACCOUNT}/measures/{kpi}")).await.expect(200).body;
        assert!(page.contains("95.0% against 95.0%; 1 of 20 missed."), "the state sentence");
        assert!(page.contains("INC-20") && page.contains("+0:43:08"), "the missed case");
        assert!(page.contains("Without them") && page.contains("90.0%"), "the figure without exclusions");
        assert!(page.contains("80% interval"));
        browser.get(&format!("/accounts/{ACCOUNT}/measures/00000000000000000000000000")).await.expect(404);
        browser.get(&format!("/accounts/{ACCOUNT}/measures/{kpi}?month=2026-13")).await.expect(404);
    }

    async fn the_clients_answer_is_recorded_under_a_name(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let path = format!("/accounts/{ACCOUNT}/measures/{kpi}");
        let form = [("month", "2026-10"), ("verdict", "contested"), ("note", "The desk was staffed"), ("part", "review")];
        let refused = browser.post(&format!("{path}/reviews"), &form).await.expect(422);
        assert!(refused.body.contains("Name the client person") && refused.body.contains("The desk was staffed"));
        let mut named = form.to_vec();
        named.push(("client_person_id", CLIENT));
        browser.post(&format!("{path}/reviews"), &named).await.expect(303);
        let page = browser.get(&path).await.expect(200).body;
        assert!(page.contains("Contested") && page.contains("Otto Reiss contests it"));
        let reason = [("text", "A closed claims desk costs us an hour"), ("client_person_id", CLIENT), ("version", "0")];
        browser.post(&format!("{path}/reason"), &reason).await.expect(303);
        assert!(browser.get(&path).await.expect(200).body.contains("A closed claims desk costs us an hour"));
        let walked = [("client_person_id", CLIENT), ("held_on", "2026-11-02")];
        browser.post(&format!("{path}/walkthroughs"), &walked).await.expect(303);
    }

    async fn a_definition_is_tried_before_it_is_kept(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        browser.get("/facts/measures/new").await.expect(200);
        let form = [
            ("name", "Half of them"), ("account", ACCOUNT), ("clock", "resolution"), ("aggregate", "percentile"),
            ("percent", "50"), ("direction", "lower"), ("target", "4"), ("target_unit", "hours"), ("cadence", "monthly"),
        ];
        let tried = browser.post("/facts/measures/preview", &form).await.expect(200).body;
        assert!(tried.contains("3 h 30 min") && tried.contains("Half of them"), "value and what was typed");
        let mut wrong = form.to_vec();
        wrong[4] = ("percent", "100");
        let refused = browser.post("/facts/measures/new", &wrong).await.expect(422).body;
        assert!(refused.contains("Give a whole number from 1 to 99.") && refused.contains("href=\"#f-percent\""), "{refused}");
        let profile = [("display_name", "Ada"), ("locale", "de-DE"), ("time_zone", "Europe/Berlin")];
        browser.post("/settings/me", &profile).await.expect(303);
        wrong[4] = ("percent", "12.34");
        let refused = browser.post("/facts/measures/new", &wrong).await.expect(422).body;
        assert!(refused.contains("Give a whole number from 1 to 99.") && !refused.contains("12.34 ?"), "no sign makes it whole: {refused}");
        browser.post("/facts/measures/new", &form).await.expect(303);
        let all = browser.get("/facts/measures").await.expect(200).body;
        assert!(all.contains("Half of them"));
    }

    async fn a_measure_without_an_account_is_for_every_account_only_when_that_is_ticked(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let form = [
            ("name", "Half of them"), ("account", ""), ("clock", "resolution"), ("aggregate", "percentile"),
            ("percent", "50"), ("direction", "lower"), ("target", "4"), ("target_unit", "hours"), ("cadence", "monthly"),
        ];
        for path in ["/facts/measures/new", "/facts/measures/preview"] {
            let refused = browser.post(path, &form).await.expect(422).body;
            assert!(refused.contains("href=\"#f-account\"") && refused.contains("This may not be empty."), "{path}: {refused}");
            assert!(refused.contains("Half of them"), "what was typed is kept");
        }
        assert!(!browser.get("/facts/measures").await.expect(200).body.contains("Half of them"));
        let mut everyone = form.to_vec();
        everyone.push(("everyone", "1"));
        browser.post("/facts/measures/preview", &everyone).await.expect(200);
        browser.post("/facts/measures/new", &everyone).await.expect(303);
        let all = browser.get("/facts/measures").await.expect(200).body;
        assert!(all.contains("Half of them") && all.contains("Every account"), "{all}");
    }

    async fn the_form_of_a_measure_shows_nothing_of_an_account_out_of_reach(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let path = format!("/facts/measures/new?account={ACCOUNT}");
        assert!(browser.get(&path).await.expect(200).body.contains("Network"), "a category of its cases");
        let mut colleague = browser.colleague("otto@firm.example", &["account_manager"]).await;
        colleague.get("/facts/measures/new").await.expect(200);
        colleague.get(&path).await.expect(404);
        let unnamed = [("name", ""), ("account", ACCOUNT)];
        colleague.post("/facts/measures/new", &unnamed).await.expect(404);
    }

    async fn months_that_earn_a_credit_back_are_a_number_or_left_empty(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let credits = format!("/accounts/{ACCOUNT}/credits");
        let mut rule = vec![
            ("kpi_id", kpi.as_str()), ("method", "started_periods"), ("period", "30"), ("each", "1600"), ("at_risk_cap", "9600"),
            ("monthly_fee", "80000"), ("valid_from", "2026-01"), ("earn_back_months", "three"),
        ];
        let refused = browser.post(&format!("{credits}/rules"), &rule).await.expect(422).body;
        assert!(refused.contains("within 0 to 24 months") && refused.contains("value=\"three\""), "{refused}");
        for (typed, n_rules) in [(" ", 1), ("3", 2)] {
            rule[7].1 = typed;
            browser.post(&format!("{credits}/rules"), &rule).await.expect(303);
            let rules = browser.get(&format!("/api/v1/accounts/{ACCOUNT}/credit-rules")).await.expect(200).value();
            let months: Vec<_> = rules.as_array().unwrap().iter().map(|it| it["earn_back_months"].clone()).collect();
            assert!(months.len() == n_rules && months.contains(&typed.trim().parse().unwrap_or(0).into()), "{rules}");
        }
    }

    async fn tiers_are_typed_row_by_row_in_percent(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let rules = format!("/accounts/{ACCOUNT}/credits/rules");
        let typed = |below_2: &'static str, credit_2: &'static str| {
            [
                ("kpi_id", kpi.as_str()), ("method", "attainment"), ("below_1", "95"), ("credit_1", "2,5"), ("below_2", below_2),
                ("credit_2", credit_2), ("below_4", " "), ("at_risk_cap", "9600"), ("monthly_fee", "80000"), ("valid_from", "2026-01"),
            ]
            .map(|(name, value)| (name, value.to_owned()))
        };
        for (below_2, credit_2) in [("96", "10"), ("90", ""), ("90", "2.5"), ("90.123", "10"), ("ninety", "10"), ("90", "101"), ("90", "-2.5"), ("-0.5", "10")] {
            let form = typed(below_2, credit_2);
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let refused = browser.post(&rules, &form).await.expect(422).body;
            assert!(refused.contains("Attainment has to fall from row to row"), "{below_2} {credit_2}");
            assert!(refused.contains("value=\"2,5\"") && refused.contains(&format!("value=\"{below_2}\"")), "{refused}");
        }
        let form = typed("90.55", "10%");
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&rules, &form).await.expect(303);
        let kept = browser.get(&format!("/api/v1/accounts/{ACCOUNT}/credit-rules")).await.expect(200).value();
        assert_eq!(kept[0]["tiers"], "9500:250,9055:1000");
        let page = crate::explained::text_of(&browser.get(&format!("/accounts/{ACCOUNT}/credits")).await.expect(200).body);
        assert!(page.contains("below 95.0%: 2.5% of the fee; below 90.55%: 10.0% of the fee"), "{page}");
        for (period, each, told) in [
            ("0", "1600", "Give the minutes of a period"), ("1.5", "1600", "Give the minutes of a period"), ("-30", "1600", "Give the minutes"),
            ("30", "1600.1234", "has 2 decimals: write"), ("30", "", "is not an amount"), ("30", "-5", "Give the minutes of a period"),
        ] {
            let form = [
                ("kpi_id", kpi.as_str()), ("method", "started_periods"), ("period", period), ("each", each), ("at_risk_cap", "9600"),
                ("monthly_fee", "80000"), ("valid_from", "2026-01"),
            ];
            let refused = browser.post(&rules, &form).await.expect(422).body;
            assert!(refused.contains(told) && refused.contains(&format!("value=\"{each}\"")), "{period} {each}: {refused}");
        }
        let profile = [("display_name", "Ada"), ("locale", "de-DE"), ("time_zone", "Europe/Berlin")];
        browser.post("/settings/me", &profile).await.expect(303);
        let form = [
            ("kpi_id", kpi.as_str()), ("method", "started_periods"), ("period", "30"), ("each", "12.34"), ("at_risk_cap", "many"),
            ("monthly_fee", "800,1234"), ("valid_from", "2026-01"),
        ];
        let refused = browser.post(&rules, &form).await.expect(422).body;
        for part in [
            "“12.34” is written “12,34” in your number format.", "href=\"#f-each\"", "“many” is not an amount. Write it like 1.234,50.",
            "EUR has 2 decimals: write “800,12” instead of “800,1234”.",
        ] {
            assert!(refused.contains(part), "{part}: {refused}");
        }
        assert!(!refused.contains("12.34 ?"), "{refused}");
    }

    async fn an_exclusion_and_a_credit_pass_through_both_sides(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let path = format!("/accounts/{ACCOUNT}/exclusions");
        let form = [
            ("side", "provider"), ("from", "2026-10-10T11:20"), ("until", "2026-10-10T11:50"),
            ("ground", "planned_work"), ("note", "Power test"), ("clause", "7.4"),
        ];
        browser.post(&path, &form).await.expect(303);
        let page = browser.get(&path).await.expect(200).body;
        assert!(page.contains("Power test") && page.contains("30 min") && page.contains("Proposed"));
        let backwards = [("side", "provider"), ("from", "2026-10-10T11:20"), ("until", "2026-10-10T11:00"), ("ground", "planned_work"), ("note", "x")];
        let refused = browser.post(&path, &backwards).await.expect(422).body;
        assert!(refused.contains("The end must be later") && refused.contains("2026-10-10T11:20"));
        let credits = format!("/accounts/{ACCOUNT}/credits");
        let rule = [
            ("kpi_id", kpi.as_str()), ("method", "started_periods"), ("period", "30"), ("each", "1600"), ("at_risk_cap", "9600"),
            ("monthly_fee", "80000"), ("valid_from", "2026-01"),
        ];
        browser.post(&format!("{credits}/rules"), &rule).await.expect(303);
        browser.post(&format!("{credits}/compute"), &[("month", "2026-10")]).await.expect(303);
        let page = browser.get(&credits).await.expect(200).body;
        assert!(page.contains("€3,200.00") && page.contains("INC-20: 0:43:08 past target, 2 begun periods"));
    }

    async fn a_measure_is_found_by_its_name(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let found = browser.get("/search?q=severe").await.expect(200).body;
        assert!(found.contains("Measures") && found.contains(&format!("/accounts/{ACCOUNT}/measures/{kpi}")), "{found}");
    }

    async fn a_scorecard_opens_for_a_lead(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        assert!(browser.get("/facts/scorecards").await.expect(200).body.contains("No delivery lead yet"));
        measured(&db).await;
        assert!(browser.get("/facts/scorecards").await.expect(200).body.contains("Lukas Kern"));
        let card = browser.get(&format!("/facts/scorecards/{LEAD}")).await.expect(200).body;
        assert!(card.contains("95.0% within target on our clock; 1 of 20 missed."));
    }
}
