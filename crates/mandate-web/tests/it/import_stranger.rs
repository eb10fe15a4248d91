//! A stranger with the exports of another program and a price list: by the API alone, with nothing but what is proposed, an empty
//! firm has a usable book. And a large file, whose check is a job.

use axum::http::Method;
use mandate_app::Action;
use mandate_app::book::import_job::{CHECK_BOOK, IMPORT_BOOK, run_book_check, run_book_import};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};

const MULTIPART: [(&str, &str); 1] = [("content-type", "multipart/form-data; boundary=x")];

fn form(fields: &[(&str, &str)], name: &str, file: &[u8]) -> Vec<u8> {
    let mut body = vec![];
    for (field, value) in fields {
        let part = format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    let part = format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    body.extend(part.into_bytes());
    body.extend(file);
    body.extend(b"\r\n--x--\r\n");
    body
}

async fn send(browser: &mut Browser, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
    browser.request(Method::POST, path, &MULTIPART, form(fields, "export.csv", file)).await
}

async fn run_jobs(db: &TestDb) {
    let registry = Registry::new().with(IMPORT_BOOK, Action::Import, run_book_import).with(
        CHECK_BOOK,
        Action::Import,
        run_book_check,
    );
    run_until_idle(&db.ctx(), &registry).await.unwrap();
}

/// Proposes, checks and imports, with nothing said but what the file holds.
async fn bring_in(browser: &mut Browser, db: &TestDb, kind: &str, file: &[u8]) -> (Value, Value) {
    let proposed =
        send(browser, "/api/v1/book-imports/propose", &[("kind", kind)], file).await.expect(200).value();
    let mapping = proposed["mapping"].to_string();
    let fields = [("kind", kind), ("mapping", mapping.as_str())];
    let checked = send(browser, "/api/v1/book-imports/check", &fields, file).await.expect(200).value();
    let sent = send(browser, "/api/v1/book-imports", &fields, file).await.expect(202);
    run_jobs(db).await;
    let job = browser.get(sent.headers["location"].to_str().unwrap()).await.expect(200).value();
    assert_eq!(job["state"], "done", "{job}");
    for count in ["n_new", "n_changed", "n_same", "related"] {
        assert_eq!(job["result"][count], checked[count], "{kind}: as the check said");
    }
    (proposed, checked)
}

/// `text` as a spreadsheet of western Europe writes it.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin-1")).collect()
}

const ACCOUNTS: &str = "\"Id\",\"Name\",\"ParentId\",\"Industry\",\"CurrencyIsoCode\",\"Website\"\n\
    \"0015g00000AbCdE\",\"Brackwell Insurance\",\"\",\"Insurance\",\"GBP\",\"brackwell.example\"\n\
    \"0015g00000AbCdF\",\"Brackwell Claims\",\"0015g00000AbCdE\",\"Insurance\",\"GBP\",\"\"\n\
    \"0015g00000AbCdG\",\"Northgate Retail\",\"\",\"Retail\",\"\",\"\"\n";

const CONTACTS: &str = "\"Id\",\"AccountId\",\"FirstName\",\"LastName\",\"Title\",\"Email\",\"Phone\"\n\
    \"0035g00000AbCdE\",\"0015g00000AbCdE\",\"Hana\",\"Brandt\",\"Head of claims\",\"hana@brackwell.example\",\"\"\n\
    \"0035g00000AbCdF\",\"0015g00000AbCdG\",\"\",\"Molnár\",\"Buyer\",\"\",\"+44 20 1\"\n";

const PRICES: &str = "Artikelnummer;Bezeichnung;Einheit;Listenpreis;Währung;Gültig ab\n\
    T-100;Störung, gelöst;Ticket;12,50;EUR;01.01.2027\nA-200;Anruf;Anruf;1.234,00;EUR;01.01.2027\n";

both_databases! {
    async fn a_stranger_has_a_usable_book_with_nothing_but_defaults(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let (proposed, checked) = bring_in(&mut browser, &db, "accounts", ACCOUNTS.as_bytes()).await;
        assert_eq!((&proposed["profile"], &checked["n_new"]), (&json!("salesforce"), &json!(3)));
        assert_eq!(proposed["mapping"]["defaults"], json!({"currency": "EUR", "time_zone": "Europe/London"}),
                   "the firm's currency; where whoever imports lives");
        let (_, checked) = bring_in(&mut browser, &db, "people", CONTACTS.as_bytes()).await;
        assert_eq!(checked["n_new"], 2);
        let (proposed, checked) = bring_in(&mut browser, &db, "list_prices", &latin_1(PRICES)).await;
        assert_eq!(proposed["encoding_guessed"], true);
        assert_eq!((&checked["n_new"], &checked["related"][0]["kind"], &checked["related"][0]["n_new"]),
                   (&json!(2), &json!("products"), &json!(2)));

        let rows = async |browser: &mut Browser, path: &str| browser.get(path).await.expect(200).value()["rows"].clone();
        let accounts = rows(&mut browser, "/api/v1/accounts?sort=name").await;
        let told: Vec<(&str, &str)> = accounts.as_array().unwrap().iter()
            .map(|it| (it["name"].as_str().unwrap(), it["currency"].as_str().unwrap())).collect();
        assert_eq!(told, [("Brackwell Claims", "GBP"), ("Brackwell Insurance", "GBP"), ("Northgate Retail", "EUR")]);
        let people = rows(&mut browser, "/api/v1/people?sort=name").await;
        assert_eq!(people[0]["name"], "Hana Brandt");
        let products = rows(&mut browser, "/api/v1/products?sort=name").await;
        assert_eq!(products[1]["name"], "Störung, gelöst", "Latin-1 was read as it was written");
        let prices = rows(&mut browser, "/api/v1/list-prices?sort=price").await;
        assert_eq!(prices.as_array().map(Vec::len), Some(2));

        // The same files once more change nothing.
        for (kind, file) in [("accounts", ACCOUNTS.as_bytes().to_vec()), ("people", CONTACTS.as_bytes().to_vec()), ("list_prices", latin_1(PRICES))] {
            let (_, again) = bring_in(&mut browser, &db, kind, &file).await;
            assert_eq!((&again["n_new"], &again["n_changed"]), (&json!(0), &json!(0)), "{kind}");
        }
    }

    async fn an_import_is_one_line_of_an_accounts_history(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let account = json!({"external_id": "A-1", "name": "Alder", "time_zone": "UTC", "currency": "EUR"});
        let made = browser.send_json(Method::POST, "/api/v1/accounts", &[], &account).await.expect(201).value();
        let product = json!({"external_id": "P-1", "name": "Service desk", "unit": "ticket"});
        browser.send_json(Method::POST, "/api/v1/products", &[], &product).await.expect(201);
        let figures = |revenue: &str| {
            let month = |n: i32| format!("A-1,P-1,{}-{:02},EUR,{revenue}\n", 2015 + n / 12, n % 12 + 1);
            format!("account,product,month,currency,revenue\n{}", (0..130).map(month).collect::<String>())
        };
        let history = format!("/accounts/{}/history", made["id"].as_str().unwrap());
        bring_in(&mut browser, &db, "actuals", figures("10.00").as_bytes()).await;
        let page = browser.get(&history).await.expect(200).body;
        assert!(page.contains("Revenue by month: 130 imported from the file export.csv"), "{page}");
        assert!(!page.contains("actual created"), "no entry of its own for a figure: {page}");
        assert!(page.contains("Alder: account created"), "what was before it is still on the page: {page}");

        bring_in(&mut browser, &db, "actuals", figures("11.00").as_bytes()).await;
        let page = browser.get(&history).await.expect(200).body;
        assert!(page.contains("Revenue by month: 130 changed by the file export.csv"), "{page}");
        assert!(page.contains("Revenue by month: 130 imported from the file export.csv"), "{page}");
        let api = browser.get(&format!("/api/v1{history}")).await.expect(200).value();
        assert_eq!(api.as_array().map(Vec::len), Some(200), "the API has each change");
    }

    async fn a_large_file_is_checked_by_a_job_and_then_imported(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let mut text = "external_id,name\n".to_owned();
        (0..20_001).for_each(|row| text.push_str(&format!("T-{row},Desk {row}\n")));
        let fields = [("kind", "teams")];
        let job = send(&mut browser, "/import/book", &fields, text.as_bytes()).await.expect(303).location().to_owned();
        assert!(job.starts_with("/import/jobs/"), "{job}");
        let waiting = browser.get(&job).await.expect(200).body;
        assert!(waiting.contains("export.csv is being checked. Nothing is written."), "{waiting}");
        run_jobs(&db).await;
        let checked = browser.get(&job).await.expect(200).body;
        assert!(checked.contains("This file adds 20,001 records.") && checked.contains("Import this file"), "{checked}");
        let secret = checked.split("action=\"").find_map(|it| it.strip_prefix("/import/book/")).unwrap();
        let secret = secret.split('"').next().unwrap().to_owned();
        browser.get(&format!("/import/book/{secret}")).await.expect(303);

        // A program gets the job; a stopped one says so; a wrong file names its cells.
        let sent = send(&mut browser, "/api/v1/book-imports/check", &fields, text.as_bytes()).await.expect(202);
        let location = sent.headers["location"].to_str().unwrap().to_owned();
        browser.json(Method::POST, &format!("{location}/cancel"), &[], "").await;
        run_jobs(&db).await;
        assert_eq!(browser.get(&location).await.expect(200).value()["state"], "cancelled");
        let sent = send(&mut browser, "/api/v1/book-imports/check", &fields, text.as_bytes()).await.expect(202);
        run_jobs(&db).await;
        let done = browser.get(sent.headers["location"].to_str().unwrap()).await.expect(200).value();
        assert_eq!((&done["state"], &done["result"]["n_new"], &done["result"]["batch_id"]),
                   (&json!("done"), &json!(20_001), &Value::Null));
        let wrong = text.replace("T-20000,Desk 20000", "T-20000,");
        let sent = send(&mut browser, "/import/book", &fields, wrong.as_bytes()).await.expect(303).location().to_owned();
        run_jobs(&db).await;
        let refused = browser.get(&sent).await.expect(422).body;
        assert!(refused.contains("20002") && refused.contains("Change how it is read"), "{refused}");
        assert_eq!(browser.get("/api/v1/teams").await.expect(200).value()["n_rows"], 0, "a check writes nothing");

        let import = browser.post(&format!("/import/book/{secret}"), &[]).await.expect(303).location().to_owned();
        run_jobs(&db).await;
        assert!(browser.get(&import).await.expect(200).body.contains("20,001"));
    }
}
