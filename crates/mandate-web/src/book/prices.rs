//! List prices of the book as other pages show them: on a contract's lines that state none, and on a product's page.
//!
//! A price holds until the next of its product and currency. What is shown here is read, never stored on a line.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use mandate_app::Action;
use mandate_app::book::{self, ContractWithLines};
use mandate_app::listing::{ListQuery, Operator, Sort};
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

/// Most prices read of one product.
const MOST_READ: usize = 1_000;

/// A price of the list.
struct Listed {
    id: String,
    unit: String,
    price: Money,
    per: i64,
    valid_from: Date,
}

/// A product's prices, the newest first.
async fn read(web: &Web, visit: &Visit, product: &str) -> Result<Vec<Listed>, Failure> {
    let def = book::list(web.ctx(), &visit.actor, Kind::ListPrice);
    let sort = Some(Sort { field: "valid_from".to_owned(), descending: true });
    let filters = vec![only("product_id", Operator::Is, product)];
    let query = ListQuery { filters, sort, limit: MOST_READ, ..ListQuery::default() };
    let page = mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    let listed = page.rows.iter().filter_map(|row| {
        let row = RowReader::new(&def, row);
        Some(Listed {
            id: row.key().to_owned(),
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
    let mut open: BTreeSet<String> = without.map(|it| it.line.product_id.to_string()).collect();
    let mut found = BTreeMap::new();
    for day in [shown.contract.starts_on, visit.today] {
        if open.is_empty() {
            break;
        }
        let listed = book::contract_list_prices(web.ctx(), &visit.actor, &shown.contract.id, day).await?;
        for it in listed.into_iter().filter(|it| open.remove(it.product_id.as_str())) {
            let amount = visit.formats.money(it.price);
            let amount =
                if it.per == 1 { amount } else { format!("{amount} {}", per_text(visit, it.per, &it.unit)) };
            let since = visit.tr("book-price-from-list", &[("day", &visit.formats.full_date(it.valid_from))]);
            found.insert(it.product_id.to_string(), (amount, since));
        }
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
    let listed = read(web, visit, id).await?;
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
