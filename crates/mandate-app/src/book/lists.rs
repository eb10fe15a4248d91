//! The book's lists, as one actor may see them.

use mandate_domain::book::Kind;
use mandate_store::reads::listing::{ListDef, custom_fields, with_version_beside};
use mandate_store::reads::timeline::{self, ONLY_FOR};
use mandate_store::reads::{
    MadeBy, book_lists, commercial_lists, list_tags, promise_lists, relationship_lists,
};
use mandate_store::{StoreError, boxed};

use super::custom::CustomFields;

use crate::authorise::{Action, authorise, clearance};
use crate::ctx::{Actor, Ctx};

/// The list of records of `kind` for `actor`: what takes a purpose is no field of it for whoever is not cleared.
pub fn list(ctx: &Ctx, actor: &Actor, kind: Kind) -> ListDef {
    let today = ctx.now().date_in(&jiff::tz::TimeZone::UTC);
    let mut def = match kind {
        Kind::Account => book_lists::accounts(today),
        Kind::Person => book_lists::people(),
        Kind::Contract => book_lists::contracts(),
        Kind::ContractLine => book_lists::contract_lines(clearance(actor)),
        Kind::Product => book_lists::products(),
        Kind::LineOfBusiness => book_lists::lines_of_business(),
        Kind::Team => book_lists::teams(),
        Kind::ListPrice => commercial_lists::list_prices(),
        Kind::ExchangeRate => commercial_lists::exchange_rates(),
        Kind::Amendment => commercial_lists::amendments(),
        Kind::Opportunity => commercial_lists::opportunities(),
        Kind::Actual => commercial_lists::actuals(clearance(actor)),
        Kind::Stake => relationship_lists::stakes(),
        Kind::Expertise => relationship_lists::expertise(),
        Kind::CareerStep => relationship_lists::career_steps(),
        Kind::Acquaintance => relationship_lists::acquaintances(),
        Kind::Expectation => relationship_lists::expectations(today),
        Kind::Promise => relationship_lists::promises(today),
        Kind::Communication => relationship_lists::communications(),
        Kind::Review => relationship_lists::reviews(),
    };
    def.fields.push(list_tags::tags(kind));
    def.cleared(clearance(actor))
}

/// As [`list`], with the custom fields that the actor may see.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_with_custom(ctx: &Ctx, actor: &Actor, kind: Kind) -> Result<ListDef, StoreError> {
    let mut def = list(ctx, actor, kind);
    let fields = CustomFields::of(&mut ctx.begin_read().await?, actor, kind).await?;
    if fields.0.iter().any(|field| field.purpose.is_some()) {
        with_version_beside(&mut def);
    }
    let key = def.key;
    def.fields.extend(fields.0.iter().flat_map(|field| custom_fields(key, field)));
    Ok(def.cleared(clearance(actor)))
}

/// What ends, renews or may be re-priced when, across the book.
pub fn contract_dates(ctx: &Ctx) -> ListDef {
    mandate_store::reads::contract_dates::contract_dates(ctx.now().date_in(&jiff::tz::TimeZone::UTC))
}

/// Every account beside every product, and whether it has it.
pub fn cross_sell(ctx: &Ctx) -> ListDef {
    mandate_store::reads::cross_sell::cross_sell(ctx.now().date_in(&jiff::tz::TimeZone::UTC))
}

/// Everything that happened with accounts, the newest first, as `actor` may know it: decisions about an account's manager are for
/// those who may decide, and for that manager.
pub fn timeline(actor: &Actor) -> ListDef {
    let own = || MadeBy { column: ONLY_FOR, user: actor.user_id().cloned(), and_common: true };
    timeline::timeline(authorise(actor, Action::DecideManagers).is_err().then(own))
}

/// Expected, promised, perceived and actual side by side, those with most gaps first.
pub fn matters(ctx: &Ctx) -> ListDef {
    promise_lists::matters(ctx.now().date_in(&jiff::tz::TimeZone::UTC))
}

/// What open promises lack at the handover from sales to delivery; a missing cost only for whoever may read costs.
pub fn handover_list(ctx: &Ctx, actor: &Actor) -> ListDef {
    let today = ctx.now().date_in(&jiff::tz::TimeZone::UTC);
    promise_lists::handover(today).cleared(clearance(actor))
}

/// The list of the trash.
pub fn trash_list() -> ListDef {
    mandate_store::reads::book_trash::trash()
}
