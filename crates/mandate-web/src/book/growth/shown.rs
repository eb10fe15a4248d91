//! A table that was reckoned, as a page shows it and as a file holds it: one set of cells for both.

use mandate_app::Action;
use mandate_app::book::growth::{InOne, Sums};
use mandate_app::exchange::{ExportFormat, FigureCell, FigureTable, figures_file};
use mandate_domain::book::UsedRate;
use mandate_domain::book::growth::shown;
use mandate_domain::{Currency, Money};
use minijinja::{Value, context};
use serde::Deserialize;

use crate::failure::{Failure, PageResult};
use crate::frame::Visit;
use crate::state::Web;
use crate::table::download;

/// Rows of a table on a page before somebody asks for the whole of it, and then; its file and the API have all.
const AT_FIRST: usize = 12;
const ON_THE_PAGE: usize = 500;
/// A table of more columns has room for short amounts only; its file has them to the cent.
const WIDE: usize = 6;
/// Columns that a page shows as a note under the one before them; a file has them for themselves.
const BESIDE: &[&str] = &["field-annual-value-from", "growth-risk-what"];

/// What an address of these pages asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The period, in its word.
    #[serde(default)]
    pub(super) period: String,
    /// The table of a file.
    #[serde(default)]
    pub(super) table: String,
    /// The table of a page that is shown with all its rows.
    #[serde(default)]
    pub(super) all: String,
}

/// A row and the page it opens.
pub(super) struct ShownRow {
    /// Where the first cell leads.
    pub(super) href: Option<String>,
    /// As many cells as heads.
    pub(super) cells: Vec<FigureCell>,
}

/// A table of a page.
pub(super) struct Shown {
    /// Its name in addresses and files.
    pub(super) key: &'static str,
    /// Message id of its title.
    pub(super) title: &'static str,
    /// What stands under the title.
    pub(super) caption: Option<String>,
    /// What is said without rows.
    pub(super) empty: String,
    /// Message ids of the heads.
    pub(super) heads: Vec<&'static str>,
    /// The rows.
    pub(super) rows: Vec<ShownRow>,
}

/// An amount that fits a cell.
pub(super) fn money(minor: i128, currency: Currency) -> FigureCell {
    FigureCell::Money(Money::new(shown(minor), currency))
}

/// A cell, or an empty one.
pub(super) fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> FigureCell) -> FigureCell {
    value.map_or(FigureCell::Empty, cell)
}

/// Words of a cell.
pub(super) fn words(text: impl Into<String>) -> FigureCell {
    FigureCell::Text(text.into())
}

fn cell_text(visit: &Visit, cell: &FigureCell, wide: bool) -> String {
    match cell {
        FigureCell::Money(money) if wide => visit.money(*money),
        FigureCell::Empty => "\u{2013}".to_owned(),
        FigureCell::Text(text) => text.clone(),
        FigureCell::Money(money) => visit.formats.money(*money),
        FigureCell::Share(basis_points) => visit.formats.percent(*basis_points),
        FigureCell::Number(number) => visit.number(*number),
        FigureCell::Day(day) => visit.formats.full_date(*day),
    }
}

impl Shown {
    /// As the template draws it; `path` is the page's, to which the files belong.
    pub(super) fn view(&self, visit: &Visit, path: &str, asked: &Asked) -> Value {
        let is_figure = |cell: &FigureCell| {
            matches!(cell, FigureCell::Money(_) | FigureCell::Share(_) | FigureCell::Number(_))
        };
        let numeric: Vec<bool> = (0..self.heads.len())
            .map(|column| self.rows.iter().any(|row| row.cells.get(column).is_some_and(is_figure)))
            .collect();
        let own: Vec<usize> =
            (0..self.heads.len()).filter(|column| !BESIDE.contains(&self.heads[*column])).collect();
        let head =
            |column: &usize| context! { text => visit.t(self.heads[*column]), num => numeric[*column] };
        let heads: Vec<Value> = own.iter().map(head).collect();
        let (n_rows, wide) = (self.rows.len(), WIDE < own.len());
        let shown = if asked.all == self.key { ON_THE_PAGE } else { AT_FIRST };
        let rows = self.rows.iter().take(shown).map(|row| {
            let note = |column: usize| match (self.heads.get(column), row.cells.get(column)) {
                (Some(head), Some(FigureCell::Text(text))) if BESIDE.contains(head) => Some(text.clone()),
                _ => None,
            };
            let cell = |column: &usize| {
                let text = row.cells.get(*column).map(|cell| cell_text(visit, cell, wide));
                context! { text => text, sub => note(column + 1) }
            };
            let cells: Vec<Value> = own.iter().map(cell).collect();
            context! { href => row.href.clone(), cells => cells }
        });
        let query = if asked.period.is_empty() { String::new() } else { format!("&period={}", asked.period) };
        let file = |ending: &str| format!("{path}.{ending}?table={}{query}", self.key);
        let count = visit.number(i64::try_from(n_rows).unwrap_or(i64::MAX));
        let cut = [("most", ON_THE_PAGE.to_string()), ("count", count.clone())];
        let cut = cut.each_ref().map(|(name, text)| (*name, text.as_str()));
        context! {
            key => self.key, title => visit.t(self.title), caption => self.caption.clone(),
            heads => heads, rows => rows.collect::<Vec<_>>(), empty => self.empty.clone(),
            csv => file("csv"), xlsx => file("xlsx"),
            all => (shown == AT_FIRST && AT_FIRST < n_rows).then(|| context! {
                text => visit.tr("growth-all-rows", &[("count", &count)]),
                href => format!("{path}?all={}{query}#t-{}", self.key, self.key),
            }),
            cut => (shown == ON_THE_PAGE && ON_THE_PAGE < n_rows).then(|| visit.tr("growth-cut", &cut)),
        }
    }

    fn table(&self, visit: &Visit) -> FigureTable {
        FigureTable {
            name: format!("growth-{}", self.key),
            heads: self.heads.iter().map(|head| visit.t(head)).collect(),
            rows: self.rows.iter().map(|row| row.cells.clone()).collect(),
            currency_head: visit.t("field-currency"),
        }
    }
}

/// The table `key` of a page as a file; not found when the page has none of that name.
pub(super) async fn file(
    web: &Web,
    visit: &Visit,
    tables: &[Shown],
    key: &str,
    format: ExportFormat,
) -> PageResult {
    let table = tables.iter().find(|table| table.key == key).ok_or_else(Failure::not_found)?;
    Ok(download(figures_file(web.ctx(), &visit.actor, &table.table(visit), format).await?))
}

/// "1 USD was 0.8 EUR on 30 October 2026 (ECB)", once for each rate.
pub(super) fn rates<'a>(visit: &Visit, rates: impl IntoIterator<Item = &'a UsedRate>) -> Vec<String> {
    let line = |used: &UsedRate| {
        visit.tr(
            "growth-rate",
            &[
                ("from", used.from_currency.code()),
                ("to", used.to_currency.code()),
                ("rate", &used.rate.to_string()),
                ("day", &visit.formats.full_date(used.rate_on)),
                ("source", &used.source),
            ],
        )
    };
    rates.into_iter().map(line).collect()
}

/// Pairs of currencies between which a rate is missing: "JPY and EUR, CHF and EUR".
pub(super) fn missing_pairs(
    visit: &Visit,
    from: impl IntoIterator<Item = Currency>,
    into: Currency,
) -> String {
    let pair = |from: Currency| visit.tr("growth-rate-pair", &[("from", from.code()), ("to", into.code())]);
    from.into_iter().map(pair).collect::<Vec<_>>().join(", ")
}

/// What is in no sum for want of a rate, between which currencies it is missing, and where to add it for who may.
pub(super) fn left_out(
    visit: &Visit,
    amounts: impl IntoIterator<Item = Money>,
    into: Currency,
) -> Option<Value> {
    let amounts: Vec<Money> = amounts.into_iter().collect();
    if amounts.is_empty() {
        return None;
    }
    let told: Vec<String> = amounts.iter().map(|it| visit.formats.money(*it)).collect();
    let pairs = missing_pairs(visit, amounts.iter().map(|it| it.currency), into);
    let add = |amount: &Money| {
        let (from, to) = (amount.currency.code(), into.code());
        context! {
            text => visit.tr("growth-rate-add", &[("from", from), ("to", to)]),
            href => format!("/exchange-rates/new?from_currency={from}&to_currency={to}"),
        }
    };
    let may_add = visit.may(Action::WriteBook);
    let links: Vec<Value> = amounts.iter().filter(|_| may_add).map(add).collect();
    let text = visit.tr("growth-left-out", &[("amounts", &told.join(", ")), ("pairs", &pairs)]);
    Some(context! { text => text, links => links })
}

/// What a sum in one currency leaves out.
pub(super) fn left_out_of(visit: &Visit, sum: &InOne, into: Currency) -> Option<Value> {
    left_out(visit, sum.left_out.iter().map(|(currency, minor)| Money::new(shown(*minor), *currency)), into)
}

/// Every currency of a sum, and what all of it comes to where there are several.
pub(super) fn sums_text(visit: &Visit, sums: &Sums, reporting: Currency) -> String {
    let amount = |currency: Currency, minor: i128| visit.money(Money::new(shown(minor), currency));
    let each: Vec<String> =
        sums.by_currency.iter().map(|(currency, minor)| amount(*currency, *minor)).collect();
    let other = sums.by_currency.keys().any(|currency| *currency != reporting);
    if each.is_empty() {
        return "\u{2013}".to_owned();
    }
    if !other || sums.in_one.left_out.len() == sums.by_currency.len() {
        return each.join(" · ");
    }
    let together = amount(reporting, sums.in_one.minor);
    visit.tr("growth-together", &[("each", &each.join(" · ")), ("sum", &together)])
}
