//! Growth: retained and expanded revenue, opportunities, revenue at risk, who has which product; an account's and a product's figures.
//!
//! Each page is made of tables that were reckoned (`shown`), and each table is a file of the same cells: `?table=` names it. Not here: the
//! lists of opportunities and actuals, which are kinds of record like the others.

mod account;
pub(super) mod api;
mod cross_sell;
mod firm;
mod product;
mod shown;

use crate::access::Routes;

/// The pages and their files.
pub(super) fn routes() -> Routes {
    Routes::new()
        .merge(firm::routes())
        .merge(cross_sell::routes())
        .merge(account::routes())
        .merge(product::routes())
}
