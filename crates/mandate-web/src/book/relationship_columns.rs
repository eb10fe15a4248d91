//! Columns of the lists of people and of what was said, with their built-in views and what each asks attention for.

use mandate_app::listing::{Filter, Operator};
use mandate_domain::book::Kind;

use super::kinds::choice_text_id;
use super::lists::{column, count, day, external_id, figure, hidden, linked, low, name, only, stated};
use crate::frame::Visit;
use crate::table::{CellView, Column, RowReader};

/// A column of a choice's word.
macro_rules! choice_column {
    ($field:literal, $head:literal) => {
        column($field, $head, |visit, row| match row.text($field) {
            "" => CellView::none(),
            word => CellView::text(visit.t(&choice_text_id($field, word))),
        })
    };
}
/// A column of a civil date.
macro_rules! day_column {
    ($field:literal, $head:literal) => {
        column($field, $head, |visit, row| day(visit, row, $field))
    };
}
/// A column of the name of another record.
macro_rules! linked_column {
    ($field:literal, $id:literal, $head:literal, $kind:expr) => {
        column($field, $head, |_, row| linked(row, $field, $id, $kind))
    };
}
/// A column of a whole number.
macro_rules! count_column {
    ($field:literal, $head:literal) => {
        figure(column($field, $head, |visit, row| count(visit, row, $field)))
    };
}
pub(super) use {choice_column, count_column, day_column, linked_column};

/// The day something is due, in words when it passed.
fn due(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    match row.date(field) {
        Some(on) if row.flag("late") => CellView::text(visit.date(on)).sub_in("risk", visit.t("book-late")),
        Some(on) => CellView::text(visit.date(on)),
        None => CellView::none(),
    }
}

pub(super) fn stakes() -> Vec<Column> {
    vec![
        column("person", "field-person", |visit, row| name(visit, row, Kind::Stake, "person", String::new())),
        linked_column!("account", "account_id", "field-account", Kind::Account),
        choice_column!("basis", "field-basis"),
        count_column!("weight", "field-weight"),
        day_column!("since", "field-since"),
        low(day_column!("until", "field-until")),
        low(column("reason", "field-reason", |_, row| stated(row.text("reason")))),
        external_id(),
    ]
}

pub(super) fn expertise() -> Vec<Column> {
    vec![
        column("topic", "field-topic", |visit, row| {
            let area = visit.t(&choice_text_id("area", row.text("area")));
            name(visit, row, Kind::Expertise, "topic", area)
        }),
        linked_column!("person", "person_id", "field-person", Kind::Person),
        choice_column!("side", "field-side"),
        count_column!("level", "book-expertise-field-level"),
        low(column("since_year", "field-since-year", |_, row| {
            row.integer("since_year").map_or_else(CellView::none, |year| CellView::text(year.to_string()))
        })),
        external_id(),
    ]
}

pub(super) fn career_steps() -> Vec<Column> {
    vec![
        column("position", "field-position", |visit, row| {
            name(visit, row, Kind::CareerStep, "position", row.text("employer").to_owned())
        }),
        linked_column!("person", "person_id", "field-person", Kind::Person),
        choice_column!("side", "field-side"),
        day_column!("started_on", "field-started-on"),
        day_column!("ended_on", "field-ended-on"),
        external_id(),
    ]
}

pub(super) fn acquaintances() -> Vec<Column> {
    vec![
        column("client_person", "field-client-person", |visit, row| {
            name(visit, row, Kind::Acquaintance, "client_person", row.text("account").to_owned())
        }),
        linked_column!("our_person", "our_person_id", "field-our-person", Kind::Person),
        count_column!("strength", "field-strength"),
        count_column!("compatibility", "field-compatibility"),
        day_column!("last_contact_on", "field-last-contact-on"),
        low(day_column!("stated_on", "field-stated-on")),
        external_id(),
    ]
}

pub(super) fn expectations() -> Vec<Column> {
    vec![
        column("title", "book-expectation-field-title", |visit, row| {
            name(visit, row, Kind::Expectation, "title", row.text("account").to_owned())
        }),
        low(linked_column!("person", "person_id", "field-person", Kind::Person)),
        linked_column!("manager", "manager_id", "field-manager", Kind::Person),
        column("due_on", "field-due-on", |visit, row| due(visit, row, "due_on")),
        choice_column!("perceived", "field-perceived"),
        choice_column!("state", "field-state"),
        hidden(day_column!("stated_on", "field-stated-on")),
        hidden(day_column!("acknowledged_by_us_on", "field-acknowledged-by-us-on")),
        hidden(day_column!("acknowledged_by_client_on", "field-acknowledged-by-client-on")),
        hidden(linked_column!("promise", "promise_id", "field-promise", Kind::Promise)),
        external_id(),
    ]
}

pub(super) fn promises() -> Vec<Column> {
    vec![
        column("title", "book-promise-field-title", |visit, row| {
            name(visit, row, Kind::Promise, "title", row.text("account").to_owned())
        }),
        low(linked_column!("made_by", "made_by_id", "field-made-by", Kind::Person)),
        column("contract", "field-contract", |visit, row| {
            match linked(row, "contract", "contract_id", Kind::Contract) {
                cell if row.text("contract").is_empty() => {
                    cell.sub_in("watch", visit.t("book-promise-no-clause"))
                }
                cell if row.text("clause").is_empty() => {
                    cell.sub_in("watch", visit.t("book-promise-no-clause"))
                }
                cell => cell.sub(row.text("clause")),
            }
        }),
        column("delivery_owner", "field-delivery-owner", |visit, row| {
            match linked(row, "delivery_owner", "delivery_owner_id", Kind::Person) {
                cell if row.text("delivery_owner").is_empty() => {
                    cell.sub_in("watch", visit.t("book-promise-no-owner"))
                }
                cell => cell,
            }
        }),
        column("due_on", "field-due-on", |visit, row| due(visit, row, "due_on")),
        choice_column!("state", "field-state"),
        hidden(day_column!("made_on", "field-made-on")),
        hidden(choice_column!("occasion", "field-occasion")),
        hidden(linked_column!("product", "product_id", "field-product", Kind::Product)),
        external_id(),
    ]
}

pub(super) fn communications() -> Vec<Column> {
    vec![
        column("title", "book-communication-field-title", |visit, row| {
            name(visit, row, Kind::Communication, "title", row.text("account").to_owned())
        }),
        day_column!("happened_on", "field-happened-on"),
        choice_column!("channel", "field-channel"),
        low(choice_column!("direction", "field-direction")),
        choice_column!("topic", "field-topic"),
        low(count_column!("n_people", "field-n-people")),
        hidden(count_column!("n_expectations", "field-n-expectations")),
        hidden(day_column!("next_on", "field-next-on")),
        hidden(linked_column!("contract", "contract_id", "field-contract", Kind::Contract)),
        external_id(),
    ]
}

pub(super) fn reviews() -> Vec<Column> {
    vec![
        column("title", "book-review-field-title", |visit, row| {
            name(visit, row, Kind::Review, "title", row.text("account").to_owned())
        }),
        day_column!("held_on", "field-held-on"),
        choice_column!("level", "field-level"),
        count_column!("n_people", "field-n-people"),
        count_column!("n_measures", "field-n-measures"),
        day_column!("next_on", "field-next-on"),
        external_id(),
    ]
}

/// The built-in views of a kind's list: message id and query string.
pub(super) fn views(kind: Kind) -> Vec<(&'static str, &'static str)> {
    match kind {
        Kind::Promise => vec![
            ("book-view-all", ""),
            ("book-view-open", "f=state&op=is&v=open"),
            ("book-view-gaps", "f=gap&op=is&v=1"),
            ("book-view-late", "f=late&op=is&v=1"),
        ],
        Kind::Expectation => vec![
            ("book-view-all", ""),
            ("book-view-open", "f=state&op=is&v=open"),
            ("book-view-late", "f=late&op=is&v=1"),
        ],
        Kind::Communication => vec![
            ("book-view-all", ""),
            ("book-view-about-price", "f=topic&op=is&v=price"),
            ("book-view-site-visits", "f=channel&op=is&v=site_visit"),
        ],
        Kind::Opportunity => vec![
            ("book-view-all", ""),
            ("book-view-open", "f=stage&op=is&v=idea&v=discussed&v=proposed"),
            ("book-view-won", "f=stage&op=is&v=won"),
        ],
        Kind::Expertise | Kind::CareerStep => vec![
            ("book-view-everyone", ""),
            ("book-view-clients", "f=side&op=is&v=client"),
            ("book-view-ours", "f=side&op=is&v=provider"),
        ],
        _ => vec![],
    }
}

/// What of a kind's records asks for something first: the second sentence of its list counts these.
pub(super) fn asking(visit: &Visit, kind: Kind) -> Vec<Filter> {
    let flag = |field, value| vec![only(field, Operator::Is, value)];
    let empty = |field| vec![only(field, Operator::IsEmpty, "1")];
    let since = |field, days: i32| {
        let from = visit.today.saturating_sub(jiff::Span::new().days(days));
        vec![only(field, Operator::AtLeast, from.to_string())]
    };
    match kind {
        Kind::Promise => flag("gap", "1"),
        Kind::Expectation => flag("late", "1"),
        Kind::Communication => since("happened_on", 31),
        Kind::ExchangeRate => since("rate_on", 31),
        Kind::Review => since("next_on", 0),
        Kind::ListPrice => since("valid_from", -1),
        Kind::Amendment => flag("applied", "0"),
        Kind::Stake => empty("until"),
        Kind::CareerStep => empty("ended_on"),
        Kind::Expertise => flag("side", "provider"),
        Kind::Acquaintance => vec![only("strength", Operator::AtLeast, "4")],
        Kind::Actual => empty("revenue"),
        Kind::Opportunity => {
            let stages = ["idea", "discussed", "proposed"].map(str::to_owned).to_vec();
            vec![Filter { field: "stage".to_owned(), operator: Operator::Is, values: stages }]
        }
        _ => vec![],
    }
}
