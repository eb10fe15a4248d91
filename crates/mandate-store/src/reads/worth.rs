//! What an account is worth a year, as reads take it from its row: the stated value, else what its contracts come to
//! (`book::contract_values`). The rule is `mandate_domain::book::Worth::of`; the SQL here says the same, in the words of an index.

use mandate_domain::book::Worth;
use mandate_domain::{Currency, Money};

use crate::db::{Row, StoreError};

/// The value of account `a`, as the index `account_by_value` has it.
pub(super) const VALUE: &str = "COALESCE(a.annual_value_minor, a.contracts_minor)";
/// What says so: `stated` or `contracts`; nothing without a value.
pub(super) const VALUE_FROM: &str = "CASE WHEN a.annual_value_minor IS NOT NULL THEN 'stated'
    WHEN a.contracts_minor IS NOT NULL THEN 'contracts' END";
/// Contracts in other currencies that it leaves out.
pub(super) const ELSEWHERE: &str =
    "CASE WHEN a.annual_value_minor IS NULL THEN a.contracts_elsewhere ELSE 0 END";
/// The columns that [`read_worth`] takes.
pub(super) const WORTH: &str = "a.annual_value_minor, a.contracts_minor, a.contracts_elsewhere";

/// What stands in the three columns of [`WORTH`] from `first` on, of an account in `currency`.
pub(super) fn read_worth(row: &Row, first: usize, currency: Currency) -> Result<Worth, StoreError> {
    let money = |minor| Money::new(minor, currency);
    let (stated, by_contracts) = (row.int_or_null(first)?, row.int_or_null(first + 1)?);
    Ok(Worth::of(stated.map(money), by_contracts.map(money), row.int(first + 2)?))
}
