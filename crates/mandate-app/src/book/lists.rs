//! The book's lists, as one actor may see them.

use mandate_domain::book::Kind;
use mandate_store::reads::book_lists;
use mandate_store::reads::listing::ListDef;

use crate::authorise::clearance;
use crate::ctx::{Actor, Ctx};

/// The list of records of `kind` for `actor`: what takes a purpose is no field of it for whoever is not cleared.
pub fn list(ctx: &Ctx, actor: &Actor, kind: Kind) -> ListDef {
    let def = match kind {
        Kind::Account => book_lists::accounts(ctx.now().date_in(&jiff::tz::TimeZone::UTC)),
        Kind::Person => book_lists::people(),
        Kind::Contract => book_lists::contracts(),
        Kind::ContractLine => book_lists::contract_lines(clearance(actor)),
        Kind::Product => book_lists::products(),
        Kind::LineOfBusiness => book_lists::lines_of_business(),
        Kind::Team => book_lists::teams(),
    };
    def.cleared(clearance(actor))
}

/// The list of the trash.
pub fn trash_list() -> ListDef {
    mandate_store::reads::book_trash::trash()
}
