//! Columns of the lists of prices and growth.

use mandate_domain::Rate;
use mandate_domain::book::Kind;

use super::kinds::choice_text_id;
use super::lists::{column, count, day, external_id, figure, hidden, linked, low, name, stated};
use super::prices::per_text;
use super::relationship_columns::{choice_column, count_column, day_column, linked_column};
use crate::frame::Visit;
use crate::table::{CellView, Column, RowReader};

/// An amount to the minor unit, in the row's currency.
fn exact(visit: &Visit, row: &RowReader<'_>, field: &str) -> CellView {
    row.money(field, "currency")
        .map_or_else(CellView::none, |money| CellView::figure(visit.formats.money(money)))
}

/// What a price is for.
fn per(visit: &Visit, row: &RowReader<'_>) -> String {
    per_text(visit, row.integer("price_per").unwrap_or(1), row.text("unit"))
}

pub(super) fn list_prices() -> Vec<Column> {
    vec![
        column("product", "field-product", |visit, row| {
            name(visit, row, Kind::ListPrice, "product", row.text("note").to_owned())
        }),
        figure(column("price", "field-price", |visit, row| exact(visit, row, "price").sub(per(visit, row)))),
        low(column("currency", "field-currency", |_, row| stated(row.text("currency")))),
        day_column!("valid_from", "field-valid-from"),
        column("valid_until", "field-valid-until", |visit, row| match row.date("valid_until") {
            Some(next) => CellView::text(visit.date(next.yesterday().unwrap_or(next))),
            None => CellView::text(visit.t("book-until-next")),
        }),
        external_id(),
    ]
}

pub(super) fn exchange_rates() -> Vec<Column> {
    vec![
        column("from_currency", "field-from-currency", |visit, row| {
            let pair = format!("1 {}", row.text("from_currency"));
            let cell = CellView::name(&pair, super::kinds::href(Kind::ExchangeRate, row.key()));
            if row.flag("demo") { cell.tag(visit.t("demo-tag")) } else { cell }
        }),
        figure(column("rate_billionths", "field-rate", |_, row| {
            let rate = row.integer("rate_billionths").and_then(|it| Rate::from_billionths(it).ok());
            rate.map_or_else(CellView::none, |rate| {
                CellView::figure(format!("{rate} {}", row.text("to_currency")))
            })
        })),
        day_column!("rate_on", "field-rate-on"),
        column("source", "field-source", |_, row| stated(row.text("source"))),
        external_id(),
    ]
}

pub(super) fn amendments() -> Vec<Column> {
    vec![
        column("title", "book-amendment-field-title", |visit, row| {
            name(visit, row, Kind::Amendment, "title", row.text("number").to_owned())
        }),
        linked_column!("contract", "contract_id", "field-contract", Kind::Contract),
        low(linked_column!("account", "account_id", "field-account", Kind::Account)),
        choice_column!("subject", "field-subject"),
        column("effective_on", "field-effective-on", |visit, row| {
            let cell = day(visit, row, "effective_on");
            if row.flag("applied") { cell } else { cell.sub(visit.t("book-amendment-not-yet")) }
        }),
        low(day_column!("effective_until", "field-effective-until")),
        hidden(day_column!("signed_on", "field-signed-on")),
        external_id(),
    ]
}

pub(super) fn opportunities() -> Vec<Column> {
    vec![
        column("title", "book-opportunity-field-title", |visit, row| {
            name(visit, row, Kind::Opportunity, "title", row.text("account").to_owned())
        }),
        choice_column!("kind", "field-kind"),
        choice_column!("stage", "field-stage"),
        figure(column("annual_value", "field-annual-value", |visit, row| {
            let money = row.money("annual_value", "currency");
            money.map_or_else(CellView::none, |money| CellView::figure(visit.money(money)))
        })),
        low(count_column!("probability", "field-probability")),
        day_column!("expected_on", "field-expected-on"),
        low(linked_column!("trusted_by", "trusted_by_id", "field-trusted-by", Kind::Person)),
        low(linked_column!("owner", "owner_id", "field-owner", Kind::Person)),
        hidden(linked_column!("product", "product_id", "field-product", Kind::Product)),
        external_id(),
    ]
}

pub(super) fn actuals(may_cost: bool) -> Vec<Column> {
    let mut columns = vec![
        column("month", "field-month", |visit, row| {
            let text = row.month("month").map(|month| visit.formats.month(month)).unwrap_or_default();
            let cell = CellView::name(&text, super::kinds::href(Kind::Actual, row.key()));
            if row.flag("demo") { cell.tag(visit.t("demo-tag")) } else { cell }
        }),
        linked_column!("account", "account_id", "field-account", Kind::Account),
        linked_column!("product", "product_id", "field-product", Kind::Product),
        figure(column("revenue", "field-revenue", |visit, row| exact(visit, row, "revenue"))),
        figure(column("volume", "field-volume", |visit, row| {
            count(visit, row, "volume").sub(row.text("unit"))
        })),
    ];
    if may_cost {
        columns.push(figure(column("cost", "field-cost", |visit, row| exact(visit, row, "cost"))));
    }
    columns.push(external_id());
    columns
}
