//! What an import says of misspelt names: the one that was meant, to whoever may see it, and to nobody else.

use mandate_app::book::mapping::Mapping;
use mandate_app::book::mappings::mappings;
use mandate_app::book::{self, ImportError, ImportFile, RowErrors, Told, check_import, import_book};
use mandate_app::{Actor, Ctx};
use mandate_domain::book::{Account, Kind};
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, our_person, user};
use crate::book_import::file;

const PEOPLE: &str = "external_id,name,side,account\nX-1,Hana Brandt,client,Acme Gmbh Wein\nX-2,Jon Feld,client,Brackwel\nX-3,Eve Byrne,client,Nobody\n";

async fn refused(ctx: &Ctx, actor: &Actor, file: &ImportFile) -> RowErrors {
    match check_import(ctx, actor, Kind::Person, file).await {
        Err(ImportError::Rows(errors)) => errors,
        other => panic!("refused for its rows: {other:?}"),
    }
}

fn close(errors: &RowErrors) -> Vec<Option<String>> {
    errors
        .errors
        .iter()
        .map(|error| error.missing.as_ref().and_then(|missing| missing.close.clone()))
        .collect()
}

both_databases! {
    async fn a_name_is_only_suggested_to_who_may_see_it(db: TestDb) {
        let ctx = db.ctx();
        let person = our_person(&ctx, "P-1", "Jonas Feld").await;
        let manager = user(Role::AccountManager, &person);
        book::create::<Account>(&ctx, &manager, account_draft("B-1", "Brackwell")).await.expect("their own");
        book::create::<Account>(&ctx, &Actor::operator(), account_draft("A-1", "ACME GmbH Wien")).await.expect("another’s");
        let people = file(PEOPLE);
        let seen = refused(&ctx, &manager, &people).await;
        assert_eq!(close(&seen), [None, Some("Brackwell".to_owned()), None]);
        assert!(!format!("{seen:?}").contains("Wien"), "{seen:?}");
        let seen = refused(&ctx, &Actor::operator(), &people).await;
        assert_eq!(close(&seen), [Some("ACME GmbH Wien".to_owned()), Some("Brackwell".to_owned()), None]);

        // What was taken is remembered, and told to whoever sees every account.
        let mut mapping = Mapping { source: "CRM".to_owned(), ..Mapping::default() };
        for field in ["external_id", "name", "side", "account"] {
            mapping.columns.insert(field.to_owned(), field.to_owned());
        }
        let meant = [("acme gmbh wein", "ACME GmbH Wien"), ("brackwel", "Brackwell"), ("nobody", "B-1")];
        let meant = meant.map(|(text, name)| (text.to_owned(), name.to_owned()));
        mapping.names.insert("account".to_owned(), meant.into_iter().collect());
        let people = ImportFile { mapping: Some(Box::new(mapping)), ..people };
        let done = import_book(&ctx, &Actor::operator(), Kind::Person, &people, Told::Nobody).await.expect("imported");
        assert_eq!(done.n_new, 3);
        let names = async |actor: &Actor| mappings(&ctx, actor, None, &[]).await.expect("mappings")[0].mapping.names.len();
        assert_eq!([names(&Actor::operator()).await, names(&manager).await], [1, 0]);
    }
}
