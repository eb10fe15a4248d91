//! The book and decision rights: a product that changes on a line, and the fields by which somebody decides.

use mandate_app::book::{
    self, BookError, ImportError, ImportFile, Kind, RestoreValue, Stored, Told, UndoBookImportError,
    import_book, restore_value, undo_book_import, upsert,
};
use mandate_app::decisions::grant_right;
use mandate_app::{Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Account, Contract, ContractLine, Draft, Product, Saved};
use mandate_store::audit::list_after;
use mandate_store::params;
use mandate_testing::{TestDb, both_databases};

use crate::decisions::{Firm, argument, firm, right};

const PRODUCT: &str = "SELECT id FROM product WHERE external_id = $1";

async fn product(db: &TestDb, external_id: &str) -> Id<Product> {
    let mut tx = db.read().await;
    tx.fetch_one(PRODUCT, params![external_id]).await.expect("the product").id(0).expect("an id")
}

async fn set<R: Stored>(ctx: &Ctx, actor: &Actor, id: &Id<R>, draft: Draft) -> Result<Saved<R>, BookError> {
    let version = book::show(ctx, &Actor::operator(), id).await.expect("the record").version;
    book::change(ctx, actor, id, version, draft).await
}

fn person(actor: &Actor) -> &str {
    actor.person_id().expect("a person").as_str()
}

fn fields(error: &dyn UseCaseError) -> Vec<(String, &'static str)> {
    error.fields().into_iter().map(|field| (field.field, field.message.id)).collect()
}

fn file(text: &str) -> ImportFile {
    ImportFile::new("book.csv", text.as_bytes().to_vec())
}

async fn refused_cells(ctx: &Ctx, actor: &Actor, kind: Kind, text: &str) -> Vec<(usize, String)> {
    let refused = import_book(ctx, actor, kind, &file(text), Told::Nobody).await;
    let Err(ImportError::Rows(errors)) = refused else { panic!("{refused:?}") };
    errors.errors.into_iter().map(|error| (error.row, error.column)).collect()
}

async fn n_uses(db: &TestDb, firm: &Firm) -> i64 {
    let sql = "SELECT COUNT(*) FROM decision_use WHERE subject_id = $1";
    let mut tx = db.read().await;
    tx.fetch_one(sql, params![&firm.managed.id]).await.expect("a count").int(0).expect("a number")
}

both_databases! {
    async fn a_price_is_not_moved_by_way_of_another_product(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let line: &Id<ContractLine> = &firm.managed.id;
        let named = Draft::new().with("external_id", "L-1");
        set(&ctx, &Actor::operator(), line, named).await.expect("a name for the file");
        let either = right("price", "2");
        grant_right(&ctx, &firm.administrator, &either).await.expect("two percent either way");
        let undecided = [("product".to_owned(), "decision-refused-any-price")];
        for price in ["40.00", "99.00", "100.00"] {
            let away = Draft::new().with("product", "Tickets").with("unit_price", price);
            let refused = set(&ctx, &firm.ada, line, away.clone()).await.expect_err("the product it had");
            assert_eq!(fields(&refused), undecided, "{price}");
            assert_eq!(argument(&refused, "who"), "Jane Doe");
            let many = upsert::<ContractLine>(&ctx, &firm.ada, vec![away.with("external_id", "L-1")]).await;
            assert_eq!(fields(&many.expect_err("nor by the API")), [("0.product".to_owned(), "decision-refused-any-price")]);
            let text = format!("id,product,unit_price\nL-1,Tickets,{price}\n");
            assert_eq!(refused_cells(&ctx, &firm.ada, Kind::ContractLine, &text).await, [(2, "product".to_owned())]);
        }
        assert_eq!(n_uses(&db, &firm).await, 0);
        let away = Draft::new().with("product", "Tickets");
        set(&ctx, &firm.product_manager, line, away).await.expect("hers, and one that nobody manages");
        assert_eq!(n_uses(&db, &firm).await, 2, "asked about both");
        set(&ctx, &firm.ada, line, Draft::new().with("unit_price", "40.00")).await.expect("nobody manages it");
        let back = Draft::new().with("product", "Claims");
        let refused = set(&ctx, &firm.ada, line, back.clone()).await.expect_err("the product it gets");
        assert_eq!(fields(&refused), undecided);
        set(&ctx, &firm.product_manager, line, back).await.expect("hers again");
    }

    async fn a_line_that_moves_to_another_contract_takes_the_right_to_any_price(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let other = Draft::new()
            .with("external_id", "C-2")
            .with("account", "A-1")
            .with("kind", "master")
            .with("title", "Desk two")
            .with("time_zone", "Europe/London")
            .with("currency", "EUR")
            .with("starts_on", "2024-04-01");
        book::create::<Contract>(&ctx, &Actor::operator(), other).await.expect("a contract");
        grant_right(&ctx, &firm.administrator, &right("price", "2")).await.expect("two percent either way");
        let line: &Id<ContractLine> = &firm.managed.id;
        let moved = Draft::new().with("contract", "C-2").with("unit_price", "99.00");
        let refused = set(&ctx, &firm.ada, line, moved.clone()).await.expect_err("not by a right to two percent");
        assert_eq!(fields(&refused), [("contract".to_owned(), "decision-refused-any-price")]);
        set(&ctx, &firm.product_manager, line, moved).await.expect("whose product it is");
    }

    async fn nobody_takes_what_decides_or_leaves_nobody_in_charge(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let (claims, tickets) = (product(&db, "Claims").await, product(&db, "Tickets").await);
        let account: &Id<Account> = &firm.account.id;
        let with = |field: &str, value: &str| Draft::new().with(field, value);
        let own = |field: &str| vec![(field.to_owned(), "book-problem-decides-here")];
        for value in ["", person(&firm.ada)] {
            let refused = set(&ctx, &firm.ada, &claims, with("product_manager", value)).await.expect_err("decides");
            assert_eq!(fields(&refused), own("product_manager"));
        }
        set(&ctx, &firm.ada, &tickets, with("product_manager", person(&firm.ada))).await.expect_err("nor an empty one");
        for (actor, field, value) in [
            (&firm.ben, "account_manager", person(&firm.ben)),
            (&firm.ada, "account_manager", ""),
            (&firm.ben, "negotiator", person(&firm.ben)),
        ] {
            let refused = set(&ctx, actor, account, with(field, value)).await.expect_err("decides");
            assert_eq!(fields(&refused), own(field));
        }
        let many = with("external_id", "Claims").with("product_manager", "Ada Lovelace");
        let refused = upsert::<Product>(&ctx, &firm.ada, vec![many]).await.expect_err("nor by the API");
        assert_eq!(fields(&refused), own("0.product_manager"));
        let text = "id,product_manager\nClaims,Ada Lovelace\nTickets,Ada Lovelace\n";
        let cells = refused_cells(&ctx, &firm.ada, Kind::Product, text).await;
        assert_eq!(cells, [(2, "product_manager".to_owned()), (3, "product_manager".to_owned())]);
        let kept = book::show(&ctx, &firm.ada, &claims).await.expect("the product");
        assert_eq!(kept.product_manager_id.as_ref(), firm.product_manager.person_id());

        set(&ctx, &firm.ada, &claims, with("product_manager", person(&firm.ben))).await.expect("handed on");
        set(&ctx, &firm.ada, account, with("account_manager", person(&firm.ben))).await.expect("handed on");
        set(&ctx, &firm.ben, account, with("name", "Brackwell Ltd")).await.expect("what he has, he keeps");
        let own = with("account_manager", person(&firm.administrator));
        set(&ctx, &firm.administrator, account, own).await.expect("who grants rights may");
    }

    async fn neither_an_earlier_value_nor_an_undone_import_leaves_nobody_in_charge(db: TestDb) {
        let (ctx, firm, operator) = (db.ctx(), firm(&db).await, Actor::operator());
        let tickets = product(&db, "Tickets").await;
        let text = "id,product_manager\nTickets,Jane Doe\n";
        let report = import_book(&ctx, &firm.ada, Kind::Product, &file(text), Told::Nobody).await.expect("taken in");
        let batch = report.batch_id.expect("a batch");
        let refused = undo_book_import(&ctx, &firm.ada, &batch).await.expect_err("nobody was in charge");
        assert!(matches!(refused, UndoBookImportError::NotDecided { n: 1, .. }), "{refused}");
        assert_eq!((refused.kind(), refused.message().id), (ErrorKind::Forbidden, "book-problem-decides-here"));
        let kept = book::show(&ctx, &operator, &tickets).await.expect("the product");
        assert_eq!(kept.product_manager_id.as_ref(), firm.product_manager.person_id());
        undo_book_import(&ctx, &operator, &batch).await.expect("the operator grants rights");

        let account: &Id<Account> = &firm.account.id;
        let named = Draft::new().with("negotiator", person(&firm.ben));
        set(&ctx, &operator, account, named).await.expect("Ben negotiates");
        let records = list_after(&mut db.read().await, 0, 10_000).await.expect("the records");
        let change = records.last().expect("the change");
        let version = book::show(&ctx, &operator, account).await.expect("the account").version;
        let wanted = RestoreValue { record: change.hash.clone(), field: "negotiator".to_owned(), version };
        let refused = restore_value(&ctx, &firm.ada, &wanted).await.expect_err("nobody negotiated");
        assert_eq!(fields(&refused), [("negotiator".to_owned(), "book-problem-decides-here")], "{refused}");
        restore_value(&ctx, &operator, &wanted).await.expect("the operator grants rights");
    }
}
