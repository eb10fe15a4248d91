//! List prices of the book as other pages show them: on a contract's lines that state none, and on a product's page.
//!
//! A price holds until the next of its product and currency. What is shown here is read, never stored on a line.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mandate_app::Action;
use mandate_app::book::{self, ContractWithLines};
use mandate_app::listing::{Filter, ListQuery, Operator, Sort};
use mandate_domain::book::Kind;
use mandate_domain::{Currency, Money};
use minijinja::{Value, context};

use super::kinds::href;
use super::lists::only;
use crate::failure::Failure;
use crate::frame::Visit;
use crate::pages::view;
use crate::state::Web;
use crate::table::{CellView, RowReader};

/// Most prices read for one page.
const MOST_READ: usize = 1_000;

/// A price of the list.
struct Listed {
    id: String,
    product_id: String,
    unit: String,
    price: Money,
    per: i64,
    valid_from: Date,
}

/// The prices that match, the newest first.
async fn read(web: &Web, visit: &Visit, filters: Vec<Filter>) -> Result<Vec<Listed>, Failure> {
    let def = book::list(web.ctx(), &visit.actor, Kind::ListPrice);
    let sort = Some(Sort { field: "valid_from".to_owned(), descending: true });
    let query = ListQuery { filters, sort, limit: MOST_READ, ..ListQuery::default() };
    let page = mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    let listed = page.rows.iter().filter_map(|row| {
        let row = RowReader::new(&def, row);
        Some(Listed {
            id: row.key().to_owned(),
            product_id: row.text("product_id").to_owned(),
            unit: row.text("unit").to_owned(),
            price: row.money("price", "currency")?,
            per: row.integer("price_per").unwrap_or(1),
            valid_from: row.date("valid_from")?,
        })
    });
    Ok(listed.collect())
}

/// What a price is for: "per ticket", "for 100 units (ticket)".
pub(super) fn per_text(visit: &Visit, per: i64, unit: &str) -> String {
    match per {
        1 => visit.tr("book-price-per-one", &[("unit", unit)]),
        many => visit.tr("book-price-per-many", &[("count", &many.to_string()), ("unit", unit)]),
    }
}

/// The price of the list for each product of the contract whose line states none, in the contract's currency: the one that held when
/// the contract started, else the one that holds today. By product: amount, and since when it is on the list.
pub(super) async fn of_lines(
    web: &Web,
    visit: &Visit,
    shown: &ContractWithLines,
) -> Result<BTreeMap<String, (String, String)>, Failure> {
    let without = shown.lines.iter().filter(|it| it.line.list_price_minor.is_none());
    let products: Vec<String> = without.map(|it| it.line.product_id.to_string()).collect();
    if products.is_empty() {
        return Ok(BTreeMap::new());
    }
    let of_products =
        Filter { field: "product_id".to_owned(), operator: Operator::Is, values: products.clone() };
    let in_currency = only("currency", Operator::Is, shown.contract.currency.code());
    let listed = read(web, visit, vec![of_products, in_currency]).await?;
    let on =
        |product: &str, day: Date| listed.iter().find(|it| it.product_id == product && it.valid_from <= day);
    let mut found = BTreeMap::new();
    for product in products {
        let held = on(&product, shown.contract.starts_on).or_else(|| on(&product, visit.today));
        let Some(it) = held else { continue };
        let amount = visit.formats.money(it.price);
        let amount =
            if it.per == 1 { amount } else { format!("{amount} {}", per_text(visit, it.per, &it.unit)) };
        let since = visit.tr("book-price-from-list", &[("day", &visit.formats.full_date(it.valid_from))]);
        found.insert(product, (amount, since));
    }
    Ok(found)
}

/// The price of each currency that holds on `today`, or else the next that will; the newest first in `listed`.
fn current(listed: &[Listed], today: Date) -> Vec<&Listed> {
    let mut by_currency: BTreeMap<Currency, &Listed> = BTreeMap::new();
    for it in listed {
        let held = by_currency.get(&it.price.currency);
        // Going back in time: a later one is only the better one while it has begun.
        if held.is_none_or(|held| held.valid_from > today) {
            by_currency.insert(it.price.currency, it);
        }
    }
    by_currency.into_values().collect()
}

/// A product's prices of today as a table with the way to all of them; nothing where the list has none.
pub(super) async fn of_product(web: &Web, visit: &Visit, id: &str) -> Result<Option<Value>, Failure> {
    let listed = read(web, visit, vec![only("product_id", Operator::Is, id)]).await?;
    if listed.is_empty() {
        return Ok(None);
    }
    let rows = current(&listed, visit.today).into_iter().map(|it| {
        let amount = CellView::text(visit.formats.money(it.price)).link(href(Kind::ListPrice, &it.id));
        vec![
            amount.sub(per_text(visit, it.per, &it.unit)),
            CellView::text(it.price.currency.code()),
            CellView::text(visit.formats.full_date(it.valid_from)),
        ]
    });
    let rows: Vec<Vec<CellView>> = rows.collect();
    let head = |id: &str, num: bool| context! { text => visit.t(id), num => num, lo => false };
    Ok(Some(context! {
        title => visit.t("book-related-prices"),
        heads => vec![head("field-list-price", true), head("field-currency", false), head("field-valid-from", false)],
        rows => view(rows), more => (),
        all_text => visit.tr("book-related-prices-all", &[("count", &listed.len().to_string())]),
        all_href => format!("/list-prices?f=product_id&op=is&v={id}"),
    }))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn listed(currency: Currency, year: i16) -> Listed {
        Listed {
            id: year.to_string(),
            product_id: String::new(),
            unit: String::new(),
            price: Money::new(1, currency),
            per: 1,
            valid_from: date(year, 1, 1),
        }
    }

    #[test]
    fn the_price_that_holds_is_the_newest_that_has_begun_else_the_next() {
        let dollar = Currency::parse("USD").expect("a currency");
        let newest_first = [
            listed(dollar, 2029),
            listed(Currency::EUR, 2028),
            listed(dollar, 2028),
            listed(Currency::EUR, 2026),
            listed(Currency::EUR, 2024),
        ];
        let today = date(2026, 11, 23);
        let ids: Vec<&str> = current(&newest_first, today).iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["2026", "2028"]);
    }
}
