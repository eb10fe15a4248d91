//! What a stranger found with a sign-in, the source and eighteen minutes: ways to a cost or a note that no single room had closed.

use mandate_app::book::{
    self, BookError, ImportReport, Told, check_import, import_book, show_trashed, undo_book_import,
};
use mandate_app::decisions::account_decisions;
use mandate_app::facts::event_sources::imports;
use mandate_app::listing::ListQuery;
use mandate_app::lists::show_list;
use mandate_app::{Action, Actor, Ctx};
use mandate_domain::Id;
use mandate_domain::book::{Account, Contract, ContractLine, Draft, Kind, Product, Saved};
use mandate_domain::identity::Role;
use mandate_store::audit::list_after;
use mandate_testing::{STARTED_AT, TestDb, both_databases};

use crate::book::{account_draft, contract_with_line, cost_for, fields, our_person, user};
use crate::book_import::file;
use crate::decisions::{firm, one_of_ours};

/// An account manager without the right to read costs, their account's line that costs 2.50, and one that costs nothing known.
async fn account_manager(ctx: &Ctx) -> (Actor, Saved<Contract>, [Saved<ContractLine>; 2]) {
    let person = our_person(ctx, "P-1", "Jonas Feld").await;
    let manager = user(Role::AccountManager, &person);
    let account: Saved<Account> =
        book::create(ctx, &manager, account_draft("A-1", "Own")).await.expect("an account");
    let (contract, line) = contract_with_line(ctx, &account).await;
    let without = Draft::new()
        .with("external_id", "L-2")
        .with("contract", contract.id.as_str())
        .with("product", line.product_id.as_str())
        .with("annual_volume", "10")
        .with("unit_price", "3.00");
    let without = book::create(ctx, &Actor::operator(), without).await.expect("a line");
    (manager, contract, [line, without])
}

async fn import(ctx: &Ctx, actor: &Actor, kind: Kind, text: &str) -> ImportReport {
    import_book(ctx, actor, kind, &file(text), Told::Nobody).await.expect("an import")
}

both_databases! {
    async fn no_error_tells_whether_a_line_costs_anything_or_how_much(db: TestDb) {
        let ctx = db.ctx();
        let (manager, _, [costly, without]) = account_manager(&ctx).await;
        assert_eq!(cost_for(&Actor::operator(), &costly), Some(250));
        let yen = Draft::new()
            .with("external_id", "C-JPY")
            .with("account", "A-1")
            .with("title", "In yen")
            .with("time_zone", "UTC")
            .with("currency", "JPY")
            .with("starts_on", "2026-01-01");
        book::create::<Contract>(&ctx, &manager, yen).await.expect("a contract of their own account");
        let moved = || Draft::new().with("contract", "C-JPY").with("unit_price", "4").with("list_price", "4");
        let mut told = vec![];
        for line in [&costly, &without] {
            let refused = book::change(&ctx, &manager, &line.id, 1, moved()).await.expect_err("another currency");
            assert_eq!(fields(&refused), ["contract"]);
            told.push(refused.to_string());
        }
        assert_eq!(told[0], told[1], "with a cost and without");
        let text = "external_id,contract,unit_price,list_price\nL-1,C-JPY,4,4\n";
        let checked = check_import(&ctx, &manager, Kind::ContractLine, &file(text)).await.expect_err("the same");
        let said = format!("{checked:?} {checked}");
        assert!(!said.contains("2.50") && !said.contains("unit_cost"), "{said}");
        book::change(&ctx, &Actor::operator(), &costly.id, 1, moved()).await.expect_err("nor by who reads costs");
        // Nor does a contract out of reach tell that it is there, or its currency.
        book::create::<Account>(&ctx, &Actor::operator(), account_draft("B-1", "Elsewhere")).await.expect("another account");
        let never = Id::<Contract>::new(STARTED_AT, 4711).to_string();
        let mut told = vec![];
        for currency in ["JPY", "GBP"] {
            let foreign = Draft::new()
                .with("account", "B-1")
                .with("title", currency)
                .with("time_zone", "UTC")
                .with("currency", currency)
                .with("starts_on", "2026-01-01");
            let foreign: Saved<Contract> = book::create(&ctx, &Actor::operator(), foreign).await.expect("a contract");
            told.push((foreign.id.to_string(), "4.25"));
        }
        told.push((never, "4.25"));
        let mut answers = vec![];
        for (contract, price) in told {
            let asked = Draft::new().with("contract", contract.as_str()).with("unit_price", price);
            let refused = book::change(&ctx, &manager, &costly.id, 1, asked).await.expect_err("not there");
            answers.push(refused.to_string().replace(&contract, "X"));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }

    async fn an_undo_neither_tells_that_a_cost_was_changed_nor_takes_it_back(db: TestDb) {
        let ctx = db.ctx();
        let (manager, _, [line, other]) = account_manager(&ctx).await;
        let operator = Actor::operator();
        for (dearer, n) in [(true, 1), (false, 2)] {
            let text = format!("external_id,annual_volume\nL-1,{n}\nL-2,{n}\n");
            let batch = import(&ctx, &manager, Kind::ContractLine, &text).await.batch_id.expect("a batch");
            let seen = book::show(&ctx, &manager, &line.id).await.expect("the line");
            if dearer {
                let whole = book::show(&ctx, &operator, &line.id).await.expect("the line");
                let cost = Draft::new().with("unit_cost", "9.99");
                book::change(&ctx, &operator, &line.id, whole.version, cost).await.expect("dearer");
            }
            let same = book::show(&ctx, &manager, &line.id).await.expect("the line");
            assert_eq!((same.version, same.updated_at), (seen.version, seen.updated_at));
            let undone = undo_book_import(&ctx, &manager, &batch).await.expect("undone, whether or not");
            assert_eq!((undone.n_trashed, undone.n_restored), (0, 2));
            let after = book::show(&ctx, &operator, &line.id).await.expect("the line");
            assert_eq!((after.annual_volume, cost_for(&operator, &after)), (120_000, Some(999)), "the cost stays");
        }
        // Work that they may see stops an undo as before; who reads costs is stopped by a cost, too.
        let batch = import(&ctx, &manager, Kind::ContractLine, "external_id,annual_volume\nL-2,7\n").await.batch_id;
        let seen = book::show(&ctx, &manager, &other.id).await.expect("the line");
        book::change(&ctx, &manager, &other.id, seen.version, Draft::new().with("annual_volume", "8")).await.expect("work");
        undo_book_import(&ctx, &manager, &batch.expect("a batch")).await.expect_err("later work");
        let batch = import(&ctx, &operator, Kind::ContractLine, "external_id,annual_volume\nL-1,7\n").await.batch_id;
        let whole = book::show(&ctx, &operator, &line.id).await.expect("the line");
        let cost = Draft::new().with("unit_cost", "5.00");
        book::change(&ctx, &operator, &line.id, whole.version, cost).await.expect("cheaper");
        undo_book_import(&ctx, &operator, &batch.expect("a batch")).await.expect_err("a cost they may see");
        assert!(show_trashed(&ctx, &manager, &line.id).await.is_err(), "nothing was put away");
        // A token that reads less than its owner would undo an import for good and leave the costs.
        let owner = one_of_ours(&db, 9, "Ida Brandl", &[Role::Administrator]).await;
        let text = "external_id,unit_cost\nL-1,83.19\n";
        let batch = import(&ctx, &owner, Kind::ContractLine, text).await.batch_id.expect("a batch");
        let scopes = ["import", "book:write", "book:trash", "administer"].map(str::to_owned).to_vec();
        let token = Actor { token_scopes: Some(scopes), ..owner.clone() };
        undo_book_import(&ctx, &token, &batch).await.expect_err("not without reading costs");
        undo_book_import(&ctx, &owner, &batch).await.expect("their owner does");
        let back = book::show(&ctx, &operator, &line.id).await.expect("the line");
        assert_eq!(cost_for(&operator, &back), Some(500), "as before the import");
    }

    async fn the_hash_of_an_imported_file_is_for_who_reads_costs(db: TestDb) {
        let ctx = db.ctx();
        account_manager(&ctx).await;
        let operator = Actor::operator();
        import(&ctx, &operator, Kind::ContractLine, "external_id,unit_cost\nL-1,83.19\n").await;
        let lead = one_of_ours(&db, 5, "Lukas Kern", &[Role::DeliveryLead]).await;
        let query = ListQuery { limit: 9, ..ListQuery::default() };
        for (actor, sees) in [(&operator, true), (&lead, false)] {
            let def = imports(actor);
            assert_eq!(def.field("sha256").is_some(), sees);
            show_list(&ctx, actor, Action::ReadFacts, &def, &query).await.expect("a list");
        }
        // With the def of somebody who is cleared, too.
        let uncleared = show_list(&ctx, &lead, Action::ReadFacts, &imports(&operator), &query).await.expect_err("not his");
        assert!(uncleared.to_string().contains("not cleared"), "{uncleared}");
        let mut tx = db.read().await;
        let records = list_after(&mut tx, 0, 100).await.expect("the audit record");
        let imported = records.iter().find(|it| it.action == "contract_lines.imported").expect("its record");
        assert!(imported.changes.contains("\"field\":\"sha256\",\"sealed\":\"cost\""), "{}", imported.changes);
    }

    async fn a_colleagues_notes_do_not_show_in_who_else_decides(db: TestDb) {
        let (ctx, firm) = (db.ctx(), firm(&db).await);
        let dora = one_of_ours(&db, 8, "Dora Haas", &[Role::Negotiator]).await;
        let dora = Actor { verified_at: Some(ctx.now()), ..dora };
        let stored = book::show::<ContractLine>(&ctx, &Actor::operator(), &firm.managed.id).await.expect("the line");
        let manager = Draft::new().with("product_manager", dora.person_id().expect("a person").as_str());
        let product: Saved<Product> =
            book::change(&ctx, &Actor::operator(), &stored.product_id, 1, manager).await.expect("Dora manages it");
        assert_eq!(product.name, "Claims");
        let told = async |reader: &Actor| {
            let shown = account_decisions(&ctx, reader, &firm.account.id).await.expect("the page");
            format!("{:?} {:?}", shown.mine, shown.gap)
        };
        let jane = Actor { roles: vec![Role::ProductManager], ..firm.product_manager.clone() };
        let (before, to_ada) = (told(&jane).await, told(&firm.ada).await);
        assert!(before.contains("Dora Haas"));
        let about = book::candid::About { account: &firm.account.id, person: None };
        book::candid::read_notes(&ctx, &dora, about).await.expect("the notes");
        assert_eq!(told(&jane).await, before, "a product manager learns of no reading");
        assert_ne!(told(&firm.ada).await, to_ada, "who reads notes themselves sees that Dora does not decide");
        let asked = Draft::new().with("unit_price", "99.00");
        let refused = book::change(&ctx, &dora, &firm.managed.id, 1, asked).await.expect_err("Dora is refused");
        assert!(matches!(refused, BookError::Fields(_)), "{refused:?}");
    }
}
