//! Where each kind of record lives and how pages speak of it.

use mandate_app::book::Stored;
use mandate_domain::book::{
    Account, Contract, ContractLine, Kind, LineOfBusiness, Person, Product, Saved, Team,
};

/// A kind of record with pages.
pub trait PageRecord: Stored {
    /// Its list's path.
    const PATH: &'static str;
    /// The navigation entry it stands under.
    const NAV: &'static str;
    /// The guide page that explains it.
    const GUIDE: &'static str = "import-the-book";
    /// The icon of its empty state.
    const ICON: &'static str;

    /// The page on which a record is shown.
    fn page_of(saved: &Saved<Self>) -> String {
        format!("{}/{}", Self::PATH, saved.id)
    }
}

impl PageRecord for Account {
    const PATH: &'static str = "/accounts";
    const NAV: &'static str = "nav-portfolio";
    const ICON: &'static str = "bldg";
}

impl PageRecord for Person {
    const PATH: &'static str = "/people";
    const NAV: &'static str = "nav-people";
    const ICON: &'static str = "people";
}

impl PageRecord for Contract {
    const PATH: &'static str = "/contracts";
    const NAV: &'static str = "nav-contracts";
    const ICON: &'static str = "file";
}

impl PageRecord for ContractLine {
    const PATH: &'static str = "/contract-lines";
    const NAV: &'static str = "nav-contracts";
    const ICON: &'static str = "list";

    fn page_of(saved: &Saved<Self>) -> String {
        format!("/contracts/{}", saved.contract_id)
    }
}

impl PageRecord for Product {
    const PATH: &'static str = "/products";
    const NAV: &'static str = "nav-products";
    const ICON: &'static str = "box";
}

impl PageRecord for LineOfBusiness {
    const PATH: &'static str = "/lines-of-business";
    const NAV: &'static str = "nav-lines-of-business";
    const ICON: &'static str = "flow";
}

impl PageRecord for Team {
    const PATH: &'static str = "/teams";
    const NAV: &'static str = "nav-teams";
    const ICON: &'static str = "people";
}

/// The page of a record of `kind`, for links.
pub(crate) fn href(kind: Kind, id: &str) -> String {
    let path = match kind {
        Kind::Account => Account::PATH,
        Kind::Person => Person::PATH,
        Kind::Contract => Contract::PATH,
        Kind::ContractLine => ContractLine::PATH,
        Kind::Product => Product::PATH,
        Kind::LineOfBusiness => LineOfBusiness::PATH,
        Kind::Team => Team::PATH,
    };
    format!("{path}/{id}")
}

/// The message id of a choice's word: `choice-role-account-manager`.
pub(crate) fn choice_text_id(field: &str, word: &str) -> String {
    format!("choice-{}-{}", field.replace('_', "-"), word.replace('_', "-"))
}

/// A message id with the kind in it: `book-person-title`.
pub(super) fn kind_text_id(kind: Kind, rest: &str) -> String {
    format!("book-{}-{rest}", kind.as_str().replace('_', "-"))
}
