//! Sums over months: by priority, by month, for a source, an account or everything a reader may see.

use mandate_domain::facts::source::SourceId;

use super::Scope;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value};
use crate::params;

const SUMS: &str = "CAST(SUM(n_cases) AS BIGINT), CAST(SUM(n_events) AS BIGINT),
       CAST(SUM(n_events_flagged) AS BIGINT), CAST(SUM(n_events_met) AS BIGINT), CAST(SUM(n_reported) AS BIGINT),
       CAST(SUM(n_reported_met) AS BIGINT), CAST(SUM(n_clocked) AS BIGINT), CAST(SUM(n_clock_met) AS BIGINT),
       CAST(SUM(n_running) AS BIGINT), CAST(SUM(n_differs) AS BIGINT), CAST(SUM(n_reopened) AS BIGINT),
       CAST(SUM(clock_sum_s) AS BIGINT), CAST(SUM(excluded_s) AS BIGINT)";

/// Figures of a group of cases: what was reported and what our clock says stand side by side and never mix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Cases.
    pub n_cases: i64,
    /// Events.
    pub n_events: i64,
    /// Events that carry the source's flag.
    pub n_events_flagged: i64,
    /// Events whose flag says "met".
    pub n_events_met: i64,
    /// Cases the source reported on.
    pub n_reported: i64,
    /// Of these, met.
    pub n_reported_met: i64,
    /// Cases our clock has a result for.
    pub n_clocked: i64,
    /// Of these, met.
    pub n_clock_met: i64,
    /// Cases on which our clock still runs.
    pub n_running: i64,
    /// Cases where the two results differ.
    pub n_differs: i64,
    /// Cases that were reopened.
    pub n_reopened: i64,
    /// Seconds our clock counted on cases with a result.
    pub clock_sum_s: i64,
    /// Seconds left out by agreement.
    pub excluded_s: i64,
}

impl Figures {
    fn read(row: &Row, first: usize) -> Result<Self, StoreError> {
        let value = |offset: usize| Ok::<_, StoreError>(row.int_or_null(first + offset)?.unwrap_or(0));
        Ok(Self {
            n_cases: value(0)?,
            n_events: value(1)?,
            n_events_flagged: value(2)?,
            n_events_met: value(3)?,
            n_reported: value(4)?,
            n_reported_met: value(5)?,
            n_clocked: value(6)?,
            n_clock_met: value(7)?,
            n_running: value(8)?,
            n_differs: value(9)?,
            n_reopened: value(10)?,
            clock_sum_s: value(11)?,
            excluded_s: value(12)?,
        })
    }

    /// Adds another group.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.n_cases += other.n_cases;
        self.n_events += other.n_events;
        self.n_events_flagged += other.n_events_flagged;
        self.n_events_met += other.n_events_met;
        self.n_reported += other.n_reported;
        self.n_reported_met += other.n_reported_met;
        self.n_clocked += other.n_clocked;
        self.n_clock_met += other.n_clock_met;
        self.n_running += other.n_running;
        self.n_differs += other.n_differs;
        self.n_reopened += other.n_reopened;
        self.clock_sum_s += other.clock_sum_s;
        self.excluded_s += other.excluded_s;
        self
    }
}

/// Which cases to sum.
#[derive(Clone, Copy, Debug)]
pub enum Over<'a> {
    /// Those of a source.
    Source(&'a SourceId),
    /// Those of an account, of every source.
    Account(&'a str),
}

fn condition(over: Over<'_>, scope: &Scope) -> (String, Vec<Value>) {
    let (column, value) = match over {
        Over::Source(source) => ("source_id", Value::Text(Some(source.as_str().to_owned()))),
        Over::Account(account) => ("account_key", Value::Text(Some(account.to_owned()))),
    };
    let (visible, values) = scope.condition("account_key", 2);
    (format!("{column} = $1 AND {visible}"), [vec![value], values].concat())
}

/// Sums by priority, the most urgent first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn by_priority(
    tx: &mut ReadTx,
    scope: &Scope,
    over: Over<'_>,
) -> Result<Vec<(i64, Figures)>, StoreError> {
    let (condition, values) = condition(over, scope);
    let sql = format!(
        "SELECT priority, {SUMS} FROM delivery_month WHERE {condition} GROUP BY priority ORDER BY priority"
    );
    let rows = tx.fetch_all(&sql, values).await?;
    rows.iter().map(|row| Ok((row.int(0)?, Figures::read(row, 1)?))).collect()
}

/// Sums by month, the oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn by_month(
    tx: &mut ReadTx,
    scope: &Scope,
    over: Over<'_>,
) -> Result<Vec<(String, Figures)>, StoreError> {
    let (condition, values) = condition(over, scope);
    let sql =
        format!("SELECT month, {SUMS} FROM delivery_month WHERE {condition} GROUP BY month ORDER BY month");
    let rows = tx.fetch_all(&sql, values).await?;
    rows.iter().map(|row| Ok((row.text(0)?, Figures::read(row, 1)?))).collect()
}

/// Which sources an account has cases of.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn sources_of(tx: &mut ReadTx, account_id: &str) -> Result<Vec<String>, StoreError> {
    const SOURCES: &str =
        "SELECT DISTINCT source_id FROM delivery_month WHERE account_key = $1 ORDER BY source_id";
    tx.fetch_all(SOURCES, params![account_id]).await?.iter().map(|row| row.text(0)).collect()
}
