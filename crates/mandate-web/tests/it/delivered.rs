//! Portfolio, account, cases, facts, my day, search and audit open for whoever may see them, with and without data.

use mandate_testing::{TestDb, both_databases};

use crate::browser::Browser;

both_databases! {
    async fn an_empty_book_says_what_belongs_where(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        assert!(browser.get("/").await.expect(200).body.contains("Nothing needs you today"));
        assert!(browser.get("/portfolio").await.expect(200).body.contains("No accounts yet"));
        assert!(browser.get("/facts").await.expect(200).body.contains("No cases yet"));
        assert!(browser.get("/facts/cases").await.expect(200).body.contains("No cases yet"));
        assert!(browser.get("/search?q=nobody").await.expect(200).body.contains("Nothing found"));
        assert!(browser.get("/search.json?q=import").await.expect(200).body.contains("/import"));
        assert!(browser.get("/audit").await.expect(200).body.contains("setup"));
        assert!(browser.get("/audit/verify").await.expect(200).body.contains("Chain whole"));
        browser.get("/accounts/00000000000000000000000000").await.expect(404);
        browser.get("/accounts/nonsense").await.expect(404);
    }

    async fn a_list_refuses_fields_it_does_not_have(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        browser.get("/portfolio?sort=password_hash").await.expect(422);
        browser.get("/portfolio?f=password_hash&op=is&v=x").await.expect(422);
        browser.get("/portfolio?f=annual_value&op=min&v=much").await.expect(422);
        let none = browser.get("/portfolio?f=name&op=has&v=brackwell").await.expect(200);
        assert!(none.body.contains("Nothing matches this filter"));
    }

    async fn a_table_comes_out_as_csv_and_xlsx(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let csv = browser.get("/portfolio.csv").await.expect(200);
        assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
        let xlsx = browser.get("/audit.xlsx").await.expect(200);
        assert!(xlsx.body.starts_with("PK"));
    }
}
