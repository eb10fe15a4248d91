//! Fit of managers and accounts: each factor from rows on record, within the reader's accounts; and moves that change nothing yet.

use std::collections::BTreeMap;

use mandate_app::book::fit::{account_fit, fit_overview};
use mandate_app::book::{self, Stored};
use mandate_app::{Actor, Ctx, ErrorKind, UseCaseError};
use mandate_domain::book::{Account, Acquaintance, Draft, Expectation, Expertise, Person, Saved};
use mandate_domain::identity::Role;
use mandate_testing::{TestDb, both_databases};

use crate::book::{account_draft, our_person, user};

async fn made<R: Stored>(ctx: &Ctx, draft: Draft) -> Saved<R> {
    book::create(ctx, &Actor::operator(), draft).await.expect("a record")
}

async fn knows(ctx: &Ctx, person: &Saved<Person>, area: &str, topic: &str, level: &str) {
    let draft = Draft::new()
        .with("person", person.id.as_str())
        .with("area", area)
        .with("topic", topic)
        .with("level", level);
    made::<Expertise>(ctx, draft).await;
}

both_databases! {
    async fn each_factor_is_counted_from_its_rows_and_a_move_is_only_tried(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        let (jonas, mara) = (our_person(&ctx, "P-1", "Jonas Feld").await, our_person(&ctx, "P-2", "Mara Lind").await);
        let draft = |id: &str, name: &str, by: &Saved<Person>| account_draft(id, name).with("account_manager", by.id.as_str()).with("industry", "Insurance");
        let own: Saved<Account> = made(&ctx, draft("A-1", "Brackwell", &jonas).with("annual_value", "1000")).await;
        let second: Saved<Account> = made(&ctx, draft("A-2", "Nordholm", &jonas)).await;
        let other: Saved<Account> = made(&ctx, draft("A-3", "Corwen", &mara)).await;
        let anna: Saved<Person> = made(&ctx, Draft::new().with("side", "client").with("account", own.id.as_str()).with("name", "Anna Roth")).await;
        knows(&ctx, &anna, "process", "Claims handling", "4").await;
        knows(&ctx, &jonas, "industry", "insurance", "2").await;
        knows(&ctx, &mara, "process", "claims handling", "3").await;
        let says = Draft::new().with("client_person", anna.id.as_str()).with("our_person", jonas.id.as_str()).with("strength", "4")
            .with("compatibility", "2").with("note", "He talks over us.").with("stated_on", "2026-06-01");
        made::<Acquaintance>(&ctx, says).await;
        let short = Draft::new().with("account", own.id.as_str()).with("title", "Call first").with("stated_on", "2026-05-01").with("perceived", "falls_short");
        made::<Expectation>(&ctx, short).await;

        let fits = account_fit(&ctx, &operator, &own.id).await.expect("fit");
        let told: Vec<(&str, Vec<Option<i64>>)> =
            fits.iter().map(|fit| (fit.name.as_str(), fit.expertise.iter().map(|it| it.level).collect())).collect();
        assert_eq!(told, [("Jonas Feld", vec![None, Some(2)]), ("Mara Lind", vec![Some(3), None])], "process, then industry");
        assert_eq!((fits[0].load.n_accounts, fits[0].load.n_open, fits[0].others), (2, 1, Some((1, 0))));
        assert_eq!((fits[0].expected_here.open, fits[0].expected_here.falls_short), (1, 1));
        assert_eq!((fits[0].statements[0].words.as_str(), fits[0].statements[0].compatibility), ("He talks over us.", 2));
        assert!(fits[1].statements.is_empty());

        let moves = BTreeMap::from([
            (own.id.to_string(), mara.id.to_string()), (other.id.to_string(), mara.id.to_string()), ("nothing".to_owned(), "nobody".to_owned()),
        ]);
        let tried = fit_overview(&ctx, &operator, &moves).await.expect("an overview");
        let names: Vec<&str> = tried.moves.iter().map(|it| it.account.name.as_str()).collect();
        assert_eq!(names, ["Brackwell"], "Mara has Corwen already");
        let after: Vec<(usize, Option<usize>)> =
            tried.managers.iter().map(|it| (it.load.n_accounts, it.after.as_ref().map(|after| after.n_accounts))).collect();
        assert_eq!(after, [(2, Some(1)), (1, Some(2))]);
        assert_eq!(tried.managers[0].said, (1, 0, 0));
        let still = book::show(&ctx, &operator, &own.id).await.expect("the account");
        assert_eq!(still.account_manager_id.as_ref(), Some(&jonas.id), "nothing moved");

        let sees = user(Role::AccountManager, &mara);
        let seen = fit_overview(&ctx, &sees, &moves).await.expect("an overview");
        let carried: Vec<(&str, usize)> = seen.managers.iter().map(|it| (it.name.as_str(), it.load.n_accounts)).collect();
        assert_eq!(carried, [("Mara Lind", 1)], "others are there only by accounts she does not see");
        assert!(seen.moves.is_empty());
        assert_eq!(account_fit(&ctx, &sees, &second.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}
