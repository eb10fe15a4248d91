//! The kept figures of coverage: a write of very many accounts leaves them to the job, and nothing old is shown meanwhile.

use mandate_app::book::{self, COUNT_COVERAGE, run_count};
use mandate_app::jobs::{Registry, run_until_idle};
use mandate_app::listing::{Cell, ListQuery};
use mandate_app::lists::show_list;
use mandate_app::{Action, Actor, Ctx};
use mandate_domain::book::{Account, Draft};
use mandate_testing::{TestDb, both_databases};

use crate::book::account_draft;

/// How many accounts have figures, and how many there are.
async fn counted(ctx: &Ctx) -> (usize, usize) {
    let def = book::coverage_list();
    let query = ListQuery { limit: 2_000, ..ListQuery::default() };
    let page = show_list(ctx, &Actor::operator(), Action::ReadBook, &def, &query).await.expect("a list");
    let position = def.position("n_client_people").expect("a field");
    let n_counted = page.rows.iter().filter(|row| matches!(row.cells[position], Cell::Integer(_))).count();
    (n_counted, page.rows.len())
}

fn accounts(n: usize, name: &str) -> Vec<Draft> {
    (0..n).map(|nth| account_draft(&format!("A-{nth}"), &format!("{name} {nth}"))).collect()
}

both_databases! {
    async fn a_write_of_very_many_accounts_drops_their_figures_and_asks_the_job(db: TestDb) {
        let (ctx, operator) = (db.ctx(), Actor::operator());
        book::upsert::<Account>(&ctx, &operator, accounts(3, "Few")).await.expect("kept");
        assert_eq!(counted(&ctx).await, (3, 3), "few are counted with the write");
        book::upsert::<Account>(&ctx, &operator, accounts(501, "Many")).await.expect("kept");
        assert_eq!(counted(&ctx).await, (0, 501), "nothing old is shown");
        let registry = Registry::new().with(COUNT_COVERAGE, Action::Administer, run_count);
        assert_eq!(run_until_idle(&ctx, &registry).await.expect("run"), 1);
        assert_eq!(counted(&ctx).await, (501, 501));
    }
}
