//! What an account is worth a year, as pages and the API tell it: the amount, and what says so.

use mandate_domain::book::Worth;

use crate::frame::Visit;
use crate::table::{CellView, RowReader};

/// The word for what says a value: `stated` or `contracts`; none without a value.
pub(crate) fn value_from(worth: &Worth) -> Option<&'static str> {
    worth.value.map(|_| if worth.from_contracts { "contracts" } else { "stated" })
}

fn note(visit: &Visit, from_contracts: bool, n_elsewhere: i64) -> Option<String> {
    let elsewhere = || visit.tr("value-elsewhere", &[("count", &n_elsewhere.to_string())]);
    match (from_contracts, n_elsewhere) {
        (false, 0) => None,
        (true, 0) => Some(visit.t("value-from-contracts")),
        (true, _) => Some(format!("{}, {}", visit.t("value-from-contracts"), elsewhere())),
        (false, _) => Some(elsewhere()),
    }
}

/// "from contracts, plus 2 contracts in other currencies"; none of a stated value.
pub(crate) fn worth_note(visit: &Visit, worth: &Worth) -> Option<String> {
    note(visit, worth.from_contracts, worth.n_elsewhere)
}

/// The amount with its note behind it, in one line; none without a value.
pub(crate) fn worth_text(visit: &Visit, worth: &Worth) -> Option<String> {
    let value = visit.money(worth.value?);
    Some(match worth_note(visit, worth) {
        Some(note) => format!("{value} ({note})"),
        None => value,
    })
}

/// The cell of a list whose rows have `annual_value`, `annual_value_from` and `n_elsewhere`.
pub(crate) fn worth_cell(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let value = row.money("annual_value", "currency");
    let cell = value.map_or_else(CellView::none, |value| CellView::figure(visit.money(value)));
    let from_contracts = row.text("annual_value_from") == "contracts";
    match note(visit, from_contracts, row.integer("n_elsewhere").unwrap_or(0)) {
        Some(note) => cell.sub(note),
        None => cell,
    }
}
