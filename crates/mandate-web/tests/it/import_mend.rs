//! What the page of a refused or checked import offers on one press: a name that was meant, rows taken in again, what empty cells mean.

use axum::http::Method;
use mandate_testing::{TestDb, both_databases};
use serde_json::{Value, json};

use crate::book::run_imports;
use crate::browser::Browser;
use crate::import_columns::upload;

/// An account and a product by the API.
async fn book(browser: &mut Browser) {
    for (id, name) in [("A-1", "ACME GmbH Wien"), ("A-2", "Brackwell")] {
        let account = json!({"external_id": id, "name": name, "time_zone": "UTC", "currency": "EUR"});
        browser.send_json(Method::POST, "/api/v1/accounts", &[], &account).await.expect(201);
    }
    let product = json!({"external_id": "P-1", "name": "Service desk", "unit": "ticket"});
    browser.send_json(Method::POST, "/api/v1/products", &[], &product).await.expect(201);
}

/// Uploads a file and says how it is read, where that is asked; answers the address of its check.
async fn checked(browser: &mut Browser, kind: &str, text: &str, said: &[(&str, &str)]) -> String {
    let to = upload(browser, "/import/book", &[("kind", kind)], text).await.expect(303).location().to_owned();
    if !to.ends_with("/columns") {
        return to;
    }
    browser.post(&to, said).await.expect(303).location().to_owned()
}

async fn rows(browser: &mut Browser, path: &str) -> Vec<Value> {
    browser.get(path).await.expect(200).value()["rows"].as_array().cloned().unwrap_or_default()
}

both_databases! {
    async fn a_misspelt_name_is_asked_about_and_taken_for_the_one_that_was_meant(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        book(&mut browser).await;
        let text = "account,product,month,currency,revenue\nAcme Gmbh Wein,Service desk,2027-01,EUR,10\n\
                    Acme Gmbh Wein,Service desk,2027-02,EUR,10\nBrackwel,Service dsk,2027-01,EUR,10\nNobody,Service desk,2027-01,EUR,1\n";
        let check = checked(&mut browser, "actuals", text, &[]).await;
        let page = browser.get(&check).await.expect(422).body;
        for part in ["There is no account “Acme Gmbh Wein”. Did you mean “ACME GmbH Wien”?", "“Brackwel” in account", "It is Service desk",
                     "Take all 3 as proposed", "There is no account “Nobody”. Write its id"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let file = browser.get(&format!("{check}/errors.csv")).await.expect(200).body;
        assert!(file.contains("Did you mean “ACME GmbH Wien”?"), "{file}");
        browser.post(&format!("{check}/names"), &[("n.account.Acme Gmbh Wein", "ACME GmbH Wien")]).await.expect(303);
        let page = browser.get(&check).await.expect(422).body;
        assert!(!page.contains("ACME GmbH Wien") && page.contains("Take all 2 as proposed"), "{page}");
        let rest = [("n.account.Brackwel", "Brackwell"), ("n.product.Service dsk", "Service desk"), ("n.tier.x", "nothing")];
        browser.post(&format!("{check}/names"), &rest).await.expect(303);
        assert!(!browser.get(&check).await.expect(422).body.contains("Did you mean"), "only Nobody is left");
        browser.post(&format!("{check}/leave-out"), &[("rows", "5")]).await.expect(303);
        let page = browser.get(&format!("{check}/columns")).await.expect(200).body;
        assert!(page.contains("What do its names mean?") && page.contains("“acme gmbh wein” in Account"), "{page}");
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        let found = rows(&mut browser, "/api/v1/actuals").await;
        assert_eq!(found.len(), 3, "{found:?}");
    }

    async fn rows_left_out_are_told_and_taken_in_again(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        book(&mut browser).await;
        let text = "account,product,month,currency,revenue\nA-1,P-1,2027-01,EUR,x\nA-1,P-1,2027-02,EUR,y\nA-1,P-1,2027-03,EUR,1\n\"Total of all\"\n";
        let check = checked(&mut browser, "actuals", text, &[]).await;
        assert!(browser.get(&check).await.expect(422).body.contains("Leave these 2 rows out"));
        browser.post(&format!("{check}/leave-out"), &[("rows", "2")]).await.expect(303);
        let page = browser.get(&check).await.expect(422).body;
        for part in ["Row 2 is left out, as you chose.", "Leave this row out", "Take this row in again"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        browser.post(&format!("{check}/leave-out"), &[("rows", "4")]).await.expect(303);
        let page = browser.get(&check).await.expect(422).body;
        assert!(!page.contains("Leave this row out"), "nothing would be left: {page}");
        assert!(page.contains("Take these 2 rows in again"), "{page}");
        browser.post(&format!("{check}/take-in"), &[]).await.expect(303);
        let page = browser.get(&check).await.expect(422).body;
        assert!(page.contains("Leave these 2 rows out") && !page.contains("Take these"), "{page}");
        browser.post(&format!("{check}/leave-out"), &[("rows", "2 3")]).await.expect(303);
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("Row 5, the last line, has one cell") && page.contains("Take these 2 rows in again"), "{page}");
    }

    async fn a_volume_is_asked_what_it_is_for_and_an_empty_one_may_be_zero(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        book(&mut browser).await;
        let lines = "product,unit_price\nService desk,1\n";
        let refused = checked(&mut browser, "contract_lines", lines, &[]).await;
        let page = browser.get(&refused).await.expect(422).body;
        assert!(page.contains("Each row needs its contract and its product, or your own id (external_id). No column is: contract."), "{page}");

        let contract = json!({"external_id": "C-1", "account": "A-1", "title": "Frame", "time_zone": "UTC", "currency": "EUR", "starts_on": "2027-01-01"});
        browser.send_json(Method::POST, "/api/v1/contracts", &[], &contract).await.expect(201);
        let product = json!({"external_id": "P-2", "name": "Field service", "unit": "visit"});
        browser.send_json(Method::POST, "/api/v1/products", &[], &product).await.expect(201);
        let text = "Contract;Product;Volume;Price\nFrame;Service desk;1000;1,50\nFrame;Field service;;2,50\n";
        let columns = upload(&mut browser, "/import/book", &[("kind", "contract_lines")], text).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        assert!(page.contains("“Volume” is for") && page.contains("Choose: a month, a quarter, a year") && !page.contains("<option value=\"year\" selected>A year"), "{page}");
        let said = [("c0", "contract"), ("c1", "product"), ("c2", "annual_volume"), ("c3", "unit_price"),
                    ("dates", "year_first"), ("decimal", "comma"), ("alike", "skip")];
        assert!(browser.post(&columns, &said).await.expect(303).location().ends_with("?volume=1"), "asked first");
        let said: Vec<(&str, &str)> = said.into_iter().chain([("volume_per", "month")]).collect();
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        let page = browser.get(&check).await.expect(422).body;
        assert!(page.contains("One row has no volume.") && page.contains("Take an empty volume as 0"), "{page}");
        browser.post(&format!("{check}/fill"), &[("field", "annual_volume")]).await.expect(303);
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("Volumes are read as a month’s: “1000” in row 2 is 12,000 a year."), "{page}");
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        let volumes: Vec<Value> = rows(&mut browser, "/api/v1/contract-lines").await.iter().map(|it| it["annual_volume"].clone()).collect();
        assert!(volumes.len() == 2 && volumes.contains(&json!(12_000)) && volumes.contains(&json!(0)), "{volumes:?}");
    }

    async fn rows_that_were_left_out_stay_so_when_a_name_is_taken(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        book(&mut browser).await;
        let text = "account,product,month,currency,revenue\nBrackwel,Service desk,2027-01,EUR,10\n\
                    Brackwell,Service desk,2027-02,EUR,x\nBrackwell,Service desk,2027-03,EUR,5\n";
        let check = checked(&mut browser, "actuals", text, &[]).await;
        browser.post(&format!("{check}/leave-out"), &[("rows", "3")]).await.expect(303);
        browser.post(&format!("{check}/names"), &[("n.account.Brackwel", "Brackwell")]).await.expect(303);
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("Row 3 is left out, as you chose.") && page.contains("This file adds 2 records."), "{page}");
    }

    async fn a_name_that_was_taken_is_not_made_anew_with_those_that_are_missing(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        book(&mut browser).await;
        let text = "account,title,kind,currency,starts_on,renewal,time_zone\nNew Harbour,Desk,statement_of_work,EUR,2026-01-01,automatic,UTC\n\
                    Brackwel,Second desk,statement_of_work,EUR,2026-01-01,automatic,UTC\n";
        let check = checked(&mut browser, "contracts", text, &[]).await;
        assert!(browser.get(&check).await.expect(422).body.contains("It is Brackwell"));
        browser.post(&format!("{check}/names"), &[("n.account.Brackwel", "Brackwell")]).await.expect(303);
        browser.post(&format!("{check}/make-missing"), &[("column", "account")]).await.expect(303);
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("This file adds 3 records.") && page.contains("New Harbour"), "two contracts and an account: {page}");
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        let accounts: Vec<Value> = rows(&mut browser, "/api/v1/accounts").await.iter().map(|it| it["name"].clone()).collect();
        assert!(accounts.contains(&json!("New Harbour")) && !accounts.contains(&json!("Brackwel")), "{accounts:?}");
    }

    async fn an_empty_cell_of_another_program_leaves_what_the_book_has(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        let known = json!({"external_id": "H-1", "name": "Lakeside", "tier": "standard", "industry": "Insurance", "time_zone": "UTC", "currency": "EUR"});
        browser.send_json(Method::POST, "/api/v1/accounts", &[], &known).await.expect(201);
        let text = "Record ID;Company;Sector\nH-1;Lakeside;\n";
        let said = [("c0", "external_id"), ("c1", "name"), ("c2", "industry"), ("dates", "year_first"), ("decimal", "either"), ("alike", "skip")];
        let check = checked(&mut browser, "accounts", text, &said).await;
        assert!(browser.get(&check).await.expect(200).body.contains("This file changes nothing."));
        let said: Vec<(&str, &str)> = said.into_iter().chain([("empty_cells", "clear")]).collect();
        let check = checked(&mut browser, "accounts", text, &said).await;
        let page = browser.get(&check).await.expect(200).body;
        assert!(page.contains("This file changes one record.") && page.contains("Insurance"), "{page}");
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        assert_eq!(rows(&mut browser, "/api/v1/accounts").await[0]["industry"], json!(""));
    }

    async fn a_column_that_is_missing_is_told_of_all_rows(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        book(&mut browser).await;
        let contract = json!({"external_id": "C-1", "account": "A-1", "title": "Frame", "time_zone": "UTC", "currency": "EUR", "starts_on": "2027-01-01"});
        browser.send_json(Method::POST, "/api/v1/contracts", &[], &contract).await.expect(201);
        let lines = "external_id,contract,product,unit_price\nL-1,C-1,P-1,1\nL-2,C-1,P-1,2\nL-3,C-1,P-1,3\n";
        let check = checked(&mut browser, "contract_lines", lines, &[]).await;
        let page = browser.get(&check).await.expect(422).body;
        assert!(page.contains("No column holds a volume, so none of the 3 rows has one."), "{page}");
        let people = "external_id,name,side\nP-1,Hana Brandt,client\nP-2,Jon Feld,client\n";
        let check = checked(&mut browser, "people", people, &[]).await;
        let page = browser.get(&check).await.expect(422).body;
        assert!(page.contains("No column names an account, which a client’s person needs, so none of the 2 rows has one."), "{page}");
    }

    async fn a_column_chosen_beside_the_one_that_was_shown_is_read_as_its_name_says(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        book(&mut browser).await;
        let contract = json!({"external_id": "C-1", "account": "A-1", "title": "Frame", "time_zone": "UTC", "currency": "EUR", "starts_on": "2027-01-01"});
        browser.send_json(Method::POST, "/api/v1/contracts", &[], &contract).await.expect(201);
        let text = "Contract;Product;Monthly volume;Yearly commitment;Price\nFrame;Service desk;100;1000;1,50\n";
        let columns = upload(&mut browser, "/import/book", &[("kind", "contract_lines")], text).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        for part in ["name=\"volume_of\" value=\"Monthly volume\"", "<option value=\"month\" selected>A month"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let said = [("c0", "contract"), ("c1", "product"), ("c2", ""), ("c3", "annual_volume"), ("c4", "unit_price"), ("dates", "year_first"),
                    ("decimal", "comma"), ("alike", "skip"), ("volume_of", "Monthly volume"), ("volume_per", "month")];
        let check = browser.post(&columns, &said).await.expect(303).location().to_owned();
        assert!(!browser.get(&check).await.expect(200).body.contains("12,000"));
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        assert_eq!(rows(&mut browser, "/api/v1/contract-lines").await[0]["annual_volume"], json!(1_000));
    }

    async fn contacts_without_a_company_come_in_under_the_account_that_is_chosen(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        book(&mut browser).await;
        let text = "Contact;Company;E-mail\nHana Brandt;Brackwell;hana@b.example\nJon Feld;;jon@b.example\nEve Byrne;;eve@b.example\n";
        let said = [("c0", "name"), ("c1", "account"), ("c2", "email"), ("f.side", "client"),
                    ("dates", "year_first"), ("decimal", "either"), ("alike", "skip")];
        let check = checked(&mut browser, "people", text, &said).await;
        let page = browser.get(&check).await.expect(422).body;
        assert!(page.contains("2 rows name no account") && page.contains("ACME GmbH Wien"), "{page}");
        let id = page.split("<option value=\"").find(|it| it.contains("ACME GmbH Wien")).and_then(|it| it.split('"').next()).unwrap().to_owned();
        browser.post(&format!("{check}/fill"), &[("field", "account"), ("value", "no such account")]).await.expect(422);
        browser.post(&format!("{check}/fill"), &[("field", "account"), ("value", &id)]).await.expect(303);
        assert!(browser.get(&check).await.expect(200).body.contains("This file adds 3 records."));
        let page = browser.get(&format!("{check}/columns")).await.expect(200).body;
        assert!(page.contains("value=\"ACME GmbH Wien\""), "told, and to be changed: {page}");
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        let people = rows(&mut browser, "/api/v1/people?sort=name").await;
        let of: Vec<&Value> = people.iter().map(|it| &it["account"]["name"]).collect();
        assert_eq!(people.len(), 3, "{of:?}");

        // So it is where companies come in with their contacts.
        let text = text.replace("@b.", "@c.").replace("Hana Brandt;Brackwell", "Ada Lind;Newcomer").replace("Jon ", "Joan ").replace("Eve ", "Ivy ");
        let said = [("c0", "name"), ("c1", "account.name"), ("c2", "email"), ("f.side", "client"), ("d.account.currency", "EUR"),
                    ("d.account.time_zone", "UTC"), ("dates", "year_first"), ("decimal", "either"), ("alike", "skip")];
        let check = checked(&mut browser, "people", &text, &said).await;
        assert!(browser.get(&check).await.expect(422).body.contains("2 rows name no account"));
        browser.post(&format!("{check}/fill"), &[("field", "account"), ("value", &id)]).await.expect(303);
        assert!(browser.get(&check).await.expect(200).body.contains("This file adds 4 records."), "three people and a company");
    }

    async fn a_contracts_kind_is_asked_for_and_rows_that_look_like_one_company_are_told(db: TestDb) {
        let mut browser = Browser::signed_in(&db).await;
        book(&mut browser).await;
        let text = "Agreement;Customer;Start date\nFrame;Brackwell;2027-01-01\n";
        let columns = upload(&mut browser, "/import/book", &[("kind", "contracts")], text).await.expect(303).location().to_owned();
        let page = browser.get(&columns).await.expect(200).body;
        let asked = page.split("name=\"d.kind\"").nth(1).and_then(|it| it.split("</select>").next()).unwrap_or_default();
        assert!(asked.contains("<option value=\"statement_of_work\" selected>") && asked.contains("value=\"master\""), "{page}");
        let accounts = "external_id,name,currency,time_zone\nX-1,Österr. Post AG,EUR,UTC\nX-2,Oesterreichische Post AG,EUR,UTC\nX-3,Brackwell Ltd,EUR,UTC\nX-4,Elsewhere,EUR,UTC\n";
        let check = checked(&mut browser, "accounts", accounts, &[]).await;
        let page = browser.get(&check).await.expect(200).body;
        for part in ["3 rows look like others in this file or in the book", "Row 2, Österr. Post AG: row 3 is Oesterreichische Post AG",
                     "Row 4, Brackwell Ltd: in the book is Brackwell", "href=\"/duplicates\"", "This file adds 4 records."] {
            assert!(page.contains(part), "{part}: {page}");
        }
        browser.post(&check, &[]).await.expect(303);
        run_imports(&db).await;
        let page = browser.get("/duplicates").await.expect(200).body;
        assert!(page.contains("Österr. Post AG") && page.contains("Oesterreichische Post AG"), "{page}");

        // An import that cannot be undone says so, and not that somebody was faster.
        let accounts = rows(&mut browser, "/api/v1/accounts").await;
        let one = accounts.iter().find(|it| it["name"] == "Elsewhere").expect("an account");
        let (id, version) = (one["id"].as_str().unwrap(), one["version"].as_i64().unwrap());
        let change = [("if-match", format!("\"{version}\""))];
        let change: Vec<(&str, &str)> = change.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.send_json(Method::PUT, &format!("/api/v1/accounts/{id}"), &change, &json!({"external_id": "X-4", "name": "Elsewhere 2", "currency": "EUR", "time_zone": "UTC"})).await.expect(200);
        let page = browser.get("/import").await.expect(200).body;
        let undo = page.split("action=\"").find(|it| it.starts_with("/import/batches/")).and_then(|it| it.split('"').next()).unwrap().to_owned();
        let page = browser.post(&undo, &[]).await.expect(409).body;
        assert!(page.contains("<h1>Nothing was undone</h1>") && page.contains("Elsewhere 2") && !page.contains("faster"), "{page}");
    }
}
