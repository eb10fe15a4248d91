//! Where each kind of record lives and how pages speak of it.

use mandate_app::book::AnySaved;
use mandate_domain::book::{Kind, PersonRole};

use crate::frame::Visit;

/// Where a kind lives.
#[derive(Clone, Copy, Debug)]
pub struct Home {
    /// Its list's path.
    pub path: &'static str,
    /// The navigation entry it stands under.
    pub nav: &'static str,
    /// Message id of its list's title.
    pub title: &'static str,
    /// The guide page that explains it.
    pub guide: &'static str,
    /// The icon of its empty state.
    pub icon: &'static str,
}

const fn home_at(
    path: &'static str,
    nav: &'static str,
    (title, guide): (&'static str, &'static str),
    icon: &'static str,
) -> Home {
    Home { path, nav, title, guide, icon }
}

/// Where `kind` lives.
pub const fn home(kind: Kind) -> Home {
    match kind {
        Kind::Account => home_at("/accounts", "nav-portfolio", ("nav-portfolio", "import-the-book"), "bldg"),
        Kind::Person => home_at("/people", "nav-people", ("nav-people", "import-the-book"), "people"),
        Kind::Contract => {
            home_at("/contracts", "nav-contracts", ("nav-contracts", "import-the-book"), "file")
        }
        Kind::ContractLine => {
            home_at("/contract-lines", "nav-contracts", ("nav-contracts", "import-the-book"), "list")
        }
        Kind::Product => home_at("/products", "nav-products", ("nav-products", "import-the-book"), "box"),
        Kind::LineOfBusiness => home_at(
            "/lines-of-business",
            "nav-lines-of-business",
            ("nav-lines-of-business", "import-the-book"),
            "flow",
        ),
        Kind::Team => home_at("/teams", "nav-teams", ("nav-teams", "import-the-book"), "people"),
        Kind::ListPrice => home_at("/list-prices", "nav-products", ("list-list-prices", "the-book"), "coin"),
        Kind::ExchangeRate => {
            home_at("/exchange-rates", "nav-book", ("list-exchange-rates", "the-book"), "sync")
        }
        Kind::Amendment => home_at("/amendments", "nav-contracts", ("list-amendments", "the-book"), "edit"),
        Kind::Stake => home_at("/stakes", "nav-people", ("list-stakes", "the-book"), "gauge"),
        Kind::Expertise => home_at("/expertise", "nav-people", ("list-expertise", "the-book"), "star"),
        Kind::CareerStep => home_at("/career-steps", "nav-people", ("list-career-steps", "the-book"), "flow"),
        Kind::Acquaintance => {
            home_at("/acquaintances", "nav-people", ("list-acquaintances", "the-book"), "link")
        }
        Kind::Expectation => {
            home_at("/expectations", "nav-expectations", ("list-expectations", "the-book"), "flag")
        }
        Kind::Promise => home_at("/promises", "nav-promises", ("list-promises", "the-book"), "check"),
        Kind::Communication => {
            home_at("/communications", "nav-communications", ("list-communications", "the-book"), "chat")
        }
        Kind::Review => home_at("/reviews", "nav-communications", ("list-reviews", "the-book"), "clock"),
        Kind::Opportunity => {
            home_at("/opportunities", "nav-growth", ("list-opportunities", "the-book"), "arrow")
        }
        Kind::Actual => home_at("/actuals", "nav-growth", ("list-actuals", "the-book"), "table"),
    }
}

/// The page of a record of `kind`, for links.
pub(crate) fn href(kind: Kind, id: &str) -> String {
    format!("{}/{id}", home(kind).path)
}

/// The page on which a record is shown: a line stands on its contract's.
pub(crate) fn page_of(saved: &AnySaved) -> String {
    match saved.kind {
        Kind::ContractLine => href(Kind::Contract, saved.draft.get("contract")),
        kind => href(kind, &saved.id),
    }
}

/// The message id of a choice's word: `choice-role-account-manager`.
pub(crate) fn choice_text_id(field: &str, word: &str) -> String {
    format!("choice-{}-{}", field.replace('_', "-"), word.replace('_', "-"))
}

/// A person's role; of a role that says nothing the title that their firm gave them.
pub(crate) fn role_text(visit: &Visit, role: PersonRole, job_title: &str) -> String {
    match role {
        PersonRole::Other if !job_title.is_empty() => job_title.to_owned(),
        role => visit.t(&choice_text_id("role", role.as_str())),
    }
}

/// A message id with the kind in it: `book-person-title`.
pub(crate) fn kind_text_id(kind: Kind, rest: &str) -> String {
    format!("book-{}-{rest}", kind.as_str().replace('_', "-"))
}
