//! All records: every kind of the book with how many of it the reader sees, and what it is for.

use axum::extract::State;
use mandate_app::Action;
use mandate_domain::book::Kind;
use minijinja::{Value, context};

use super::kinds::{home, kind_text_id};
use super::lists;
use crate::access::Routes;
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// The page.
pub(super) fn routes() -> Routes {
    Routes::new().get("/book", Action::ReadBook, page)
}

/// Kinds by what they are about, in the order of the page.
const GROUPS: [(&str, &[Kind]); 5] = [
    (
        "book-group-accounts",
        &[Kind::Account, Kind::Contract, Kind::Amendment, Kind::Product, Kind::ListPrice],
    ),
    (
        "book-group-people",
        &[Kind::Person, Kind::Stake, Kind::Acquaintance, Kind::Expertise, Kind::CareerStep],
    ),
    ("book-group-said", &[Kind::Expectation, Kind::Promise, Kind::Communication, Kind::Review]),
    ("book-group-figures", &[Kind::Opportunity, Kind::Actual, Kind::ExchangeRate]),
    ("book-group-ours", &[Kind::LineOfBusiness, Kind::Team]),
];

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    let mut groups = vec![];
    for (title, kinds) in GROUPS {
        let mut rows: Vec<Value> = vec![];
        for kind in kinds.iter().copied() {
            let count = lists::n_matching(&web, &visit, kind, vec![]).await?;
            let (path, name) = (home(kind).path, home(kind).title);
            let is_account = kind == Kind::Account;
            rows.push(context! {
                name => visit.t(if is_account { "book-account-many" } else { name }),
                href => if is_account { "/portfolio" } else { path },
                count => count.parse().map_or(count, |n| visit.number(n)),
                what => visit.t(&kind_text_id(kind, "form-lead")),
                new_href => visit.may(Action::WriteBook).then(|| format!("{path}/new")),
                new_text => visit.t(&kind_text_id(kind, "add")),
            });
        }
        groups.push(context! { title => visit.t(title), rows => rows });
    }
    let title = visit.t("nav-book");
    let own = context! { title => title.clone(), lead => visit.t("book-all-lead"), groups => groups };
    visit.render(Page::new(title, "nav-book").help("the-book"), "book/all_records.html", own)
}
