//! What a person takes away: one case's clock step by step, the report as PDF and workbook, a lead's scorecard.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use mandate_testing::{TestDb, both_databases};

use crate::browser::{Answer, Browser};
use crate::definitions::{LOG, csv, upload};
use crate::measures::{ACCOUNT, LEAD, measured};

/// The text of a page's markup, one space between words.
pub fn text_of(markup: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for character in markup.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(character),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The whole numbers of the cells labelled `label`, in the order of the rows.
fn seconds(page: &str, label: &str) -> Vec<i64> {
    let mark = format!("data-label=\"{label}\"");
    page.split(&mark)
        .skip(1)
        .map(|cell| {
            let text = text_of(&format!("<{}", cell.split("</td>").next().unwrap_or_default()));
            text.replace(',', "").parse().unwrap_or_else(|_| panic!("{label}: {text}"))
        })
        .collect()
}

fn bytes_twice(first: &Answer, second: &Answer) {
    assert!(first.bytes == second.bytes, "the same request gives the same bytes");
}

both_databases! {
    async fn a_cases_page_tells_its_clock_in_steps_whose_seconds_add_up(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        upload(&mut browser, "/api/v1/imports", &[("profile", "servicenow")], &csv(LOG)).await.expect(201);
        let page = browser.get("/facts/cases/servicenow:INC1").await.expect(200).body;
        let text = text_of(&page);
        // 09:00 to 11:00, a pause until 13:00, then to 18:00, when the calendar closes.
        assert!(text.contains("7:00:00"), "seven hours were counted: {text}");
        assert!(text.contains("08:00 to 18:00"), "the calendar is named");
        let clock = page.split("<table").find(|it| it.contains("Counted, s")).expect("the steps");
        let counted = seconds(clock, "Counted, s");
        let not_counted = seconds(clock, "Not counted, s");
        let (total, steps) = counted.split_last().expect("a total");
        assert_eq!(steps.iter().sum::<i64>(), *total);
        assert_eq!(*total, 25_200);
        let (total, steps) = not_counted.split_last().expect("a total");
        assert_eq!(steps.iter().sum::<i64>(), *total);
        assert_eq!(*total, 14_400, "two hours with the caller, two after the desk closed");
        browser.get("/facts/cases/servicenow:INC9").await.expect(404);
    }

    async fn a_months_report_comes_as_a_workbook_with_its_figures_and_the_same_bytes_twice(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let path = format!("/accounts/{ACCOUNT}/report.xlsx?month=2026-10");
        let book = browser.get(&path).await.expect(200);
        assert!(book.headers["content-disposition"].to_str().unwrap().contains("brackwell-insurance-2026-10.xlsx"));
        bytes_twice(&book, &browser.get(&path).await);
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(book.bytes)).expect("a workbook");
        let cells: Vec<Data> = workbook.worksheets().iter().flat_map(|(_, sheet)| sheet.used_cells().map(|cell| cell.2.clone()).collect::<Vec<_>>()).collect();
        let texts: Vec<String> = cells.iter().map(ToString::to_string).collect();
        for part in ["Brackwell Insurance", "Severe incidents solved in 4 hours", "INC-20"] {
            assert!(texts.iter().any(|text| text.contains(part)), "{part}: {texts:?}");
        }
        assert!(cells.iter().any(|cell| matches!(cell, Data::Float(share) if (share - 95.0).abs() < 1e-9)), "95 % as a number: {cells:?}");
        browser.get(&format!("/accounts/{ACCOUNT}/report.xlsx?month=2026-13")).await.expect(404);
    }

    async fn a_months_report_comes_as_a_pdf_whose_text_can_be_taken_out(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        measured(&db).await;
        let path = format!("/accounts/{ACCOUNT}/report.pdf?month=2026-10");
        let answer = browser.get(&path).await;
        if cfg!(feature = "pdf") {
            assert_eq!(answer.status, 200);
            assert_eq!(answer.headers["content-type"], "application/pdf");
            assert!(answer.bytes.starts_with(b"%PDF-") && answer.bytes.trim_ascii_end().ends_with(b"%%EOF"));
            assert!(answer.body.contains("/ToUnicode"), "letters keep their meaning");
            bytes_twice(&answer, &browser.get(&path).await);
        } else {
            assert!(answer.status.is_server_error() || answer.status.is_client_error(), "{}", answer.status);
            assert!(answer.body.contains("PDF"), "it says what is missing: {}", answer.body);
        }
    }

    async fn a_scorecard_shows_what_clients_got_beside_how_the_teams_worked(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let kpi = measured(&db).await;
        let path = format!("/facts/scorecards/{LEAD}");
        let before = text_of(&browser.get(&path).await.expect(200).body);
        assert!(before.contains("none where cases were missed"), "{before}");
        let credits = format!("/accounts/{ACCOUNT}/credits");
        let rule = [
            ("kpi_id", kpi.as_str()), ("method", "started_periods"), ("period", "30"), ("each", "1600"), ("at_risk_cap", "9600"),
            ("monthly_fee", "80000"), ("valid_from", "2026-01"),
        ];
        browser.post(&format!("{credits}/rules"), &rule).await.expect(303);
        browser.post(&format!("{credits}/compute"), &[("month", "2026-10")]).await.expect(303);
        let after = text_of(&browser.get(&path).await.expect(200).body);
        for part in ["1 credit, whole, where cases were missed", "€3,200", "Desk", "95.0%"] {
            assert!(after.contains(part), "{part}: {after}");
        }
        let api = browser.get(&format!("/api/v1/scorecards/{LEAD}")).await.expect(200).body;
        let api: serde_json::Value = serde_json::from_str(&api).expect("JSON");
        assert_eq!(api["total"]["credits"], serde_json::json!([{"minor": 320_000, "currency": "EUR"}]));
        assert_eq!(api["by_team"][0]["n_credits"], 1);
        browser.post(&format!("/accounts/{ACCOUNT}/trash"), &[]).await.expect(303);
        let api = browser.get(&format!("/api/v1/scorecards/{LEAD}")).await.expect(200).value();
        assert_eq!(api["total"]["credits"], serde_json::json!([]), "of an account in the trash nothing is owed");
    }

    async fn a_response_that_goes_on_after_a_reopening_is_refused_on_page_and_api(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        upload(&mut browser, "/api/v1/imports", &[("profile", "servicenow")], &csv(LOG)).await.expect(201);
        let calendars = browser.get("/api/v1/calendars").await.expect(200).body;
        let calendars: serde_json::Value = serde_json::from_str(&calendars).expect("JSON");
        let calendar = calendars[0]["id"].as_str().expect("an id").to_owned();
        let mut form = vec![
            ("name", "Response"), ("source", "servicenow"), ("account", ""), ("clock_kind", "response"), ("target_2_hours", "1"),
            ("goal", "95"), ("reopening", "total"), ("valid_from", "2026-01-01"), ("calendar_id", calendar.as_str()),
        ];
        let refused = browser.post("/facts/service-levels/new", &form).await.expect(422).body;
        assert!(refused.contains("A response is given once"), "{refused}");
        form[6].1 = "first";
        browser.post("/facts/service-levels/new", &form).await.expect(303);
        let body = serde_json::json!({"source": "servicenow", "account": "Vienna", "clock_kind": "response", "name": "Response",
            "versions": [{"valid_from": "2026-01-01", "calendar_id": calendar, "reopening": "total", "goal_share_bp": 9_500,
                "targets": [{"priority": 2, "target_s": 3_600}]}]});
        let refused = browser.json(axum::http::Method::POST, "/api/v1/service-levels", &[], &body.to_string()).await.expect(422);
        assert!(refused.body.contains("versions.0.reopening"), "{}", refused.body);
    }
}
