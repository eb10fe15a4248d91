//! What an account is worth a year, as reads join it: the one row of `account_value` that holds on a day (`book::account_values`).

use jiff::civil::Date;
use mandate_domain::book::Worth;
use mandate_domain::{Currency, Money};

use crate::db::{Row, StoreError};

/// Joins the worth of account `a` on the day that the text stands for, as `v`: one row, or none where it is not worked out yet.
macro_rules! worth_on {
    ($day:literal) => {
        concat!(
            " LEFT JOIN account_value v ON v.account_id = a.id AND v.starts_on <= ",
            $day,
            " AND v.ends_on >= ",
            $day
        )
    };
}

pub(super) use worth_on;

/// The columns of `v` that [`read_worth`] takes.
pub(super) const WORTH: &str = "v.value_minor, v.from_contracts, v.n_elsewhere";

/// The join for reads that write the day into their text; only a date gets there.
pub(super) fn joined(day: Date) -> String {
    worth_on!("{day}").replace("{day}", &format!("'{day}'"))
}

/// What stands in the three columns of [`WORTH`] from `first` on, of an account in `currency`.
pub(super) fn read_worth(row: &Row, first: usize, currency: Currency) -> Result<Worth, StoreError> {
    Ok(Worth {
        value: row.int_or_null(first)?.map(|minor| Money::new(minor, currency)),
        from_contracts: row.int_or_null(first + 1)? == Some(1),
        n_elsewhere: row.int_or_null(first + 2)?.unwrap_or(0),
    })
}
