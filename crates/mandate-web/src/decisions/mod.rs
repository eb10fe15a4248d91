//! Decisions on the web: rights and what was used of them, substitutes, policies, and an account's authority gap.
//!
//! Pages and API call the same use cases (`mandate_app::decisions`). Not here: the decisions themselves, which are made
//! where their record is (credits, exclusions, contract lines).

mod account;
pub mod api;
mod own;
mod policies;
mod rights;

use mandate_domain::identity::Amount;

use crate::access::Routes;
use crate::frame::Visit;

/// The room's pages.
pub fn routes() -> Routes {
    Routes::new()
        .merge(rights::routes())
        .merge(own::routes())
        .merge(policies::routes())
        .merge(account::routes())
}

/// An amount as the reader's locale writes it.
fn amount_text(visit: &Visit, amount: Amount) -> String {
    match amount {
        Amount::Money(money) => visit.formats.money(money),
        Amount::Minutes(minutes) => visit.formats.duration(minutes.saturating_mul(60)),
        Amount::BasisPoints(_) => amount.to_string(),
    }
}
