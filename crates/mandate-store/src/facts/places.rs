//! Groups of cases by account and month, many to a statement: a statement costs more than the rows of a place.

use crate::db::Value;

/// Where a case stands: account key (empty: not stated) and month.
pub type Place = (String, String);

/// Places or accounts of one statement.
pub(crate) const AT_ONCE: usize = 200;

/// Places in a statement's text, bound behind `n_before` other values.
pub(crate) struct Marks {
    pub n_before: usize,
    pub n_places: usize,
}

impl Marks {
    fn joined(&self, write: impl Fn(usize, usize) -> String) -> String {
        let mark = |idx| write(self.n_before + 2 * idx + 1, self.n_before + 2 * idx + 2);
        (0..self.n_places).map(mark).collect::<Vec<_>>().join(", ")
    }

    /// `$2, $4, ...`
    pub(crate) fn accounts(&self) -> String {
        self.joined(|account, _| format!("${account}"))
    }

    /// `($2, $3), ($4, $5), ...`
    pub(crate) fn places(&self) -> String {
        self.joined(|account, month| format!("(${account}, ${month})"))
    }

    /// `($1, $2, $3), ($1, $4, $5), ...`
    pub(crate) fn places_after_first(&self) -> String {
        self.joined(|account, month| format!("($1, ${account}, ${month})"))
    }
}

/// The values of places, in the order of their marks.
pub(crate) fn values(places: &[Place]) -> impl Iterator<Item = Value> {
    let text = |text: &String| Value::Text(Some(text.clone()));
    places.iter().flat_map(move |(account, month)| [text(account), text(month)])
}
