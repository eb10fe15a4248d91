//! Figures by account, month and priority, derived from cases: whole groups are replaced.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::facts::case::Outcome;
use mandate_domain::facts::source::SourceId;

use super::cases::Place;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

const FIGURES: &str = "
    SELECT COALESCE(account_id, ''), month, priority, n_events, n_events_flagged, n_events_met, reported_met,
           clock_outcome, clock_s, differs, n_reopened, n_reassigned, excluded_s
      FROM delivery_case";
const DELETE: &str = "DELETE FROM delivery_month WHERE source_id = $1 AND account_key = $2 AND month = $3";
const DELETE_ACCOUNTS: &str =
    "DELETE FROM delivery_month WHERE source_id = $1 AND account_key >= $2 AND account_key <= $3";
const INSERT: &str = "
    INSERT INTO delivery_month (source_id, account_key, month, priority, n_cases, n_events, n_events_flagged,
           n_events_met, n_reported, n_reported_met, n_clocked, n_clock_met, n_running, n_differs, n_reopened,
           n_reassigned, clock_sum_s, clock_p50_x2_s, clock_p90_x10_s, excluded_s)";
/// From so many places on, passes over ranges of accounts are cheaper than one query a place.
const MANY_PLACES: usize = 2_000;
/// Accounts of one pass, and places written at once: their groups are held, whatever the source's size.
const AT_ONCE: usize = 200;

#[derive(Default)]
struct Group {
    n_cases: i64,
    n_events: i64,
    n_events_flagged: i64,
    n_events_met: i64,
    n_reported: i64,
    n_reported_met: i64,
    n_clocked: i64,
    n_clock_met: i64,
    n_running: i64,
    n_differs: i64,
    n_reopened: i64,
    n_reassigned: i64,
    excluded_s: i64,
    settled_s: Vec<i64>,
}

type Groups = BTreeMap<(String, String, i64), Group>;

impl Group {
    fn take(&mut self, row: &Row) -> Result<(), StoreError> {
        self.n_cases += 1;
        self.n_events += row.int(3)?;
        self.n_events_flagged += row.int(4)?;
        self.n_events_met += row.int(5)?;
        if let Some(met) = row.int_or_null(6)? {
            self.n_reported += 1;
            self.n_reported_met += i64::from(met != 0);
        }
        match Outcome::parse(&row.text(7)?) {
            outcome if outcome.is_settled() => {
                self.n_clocked += 1;
                self.n_clock_met += i64::from(outcome == Outcome::Met);
                self.settled_s.push(row.int(8)?);
            }
            Outcome::Running => self.n_running += 1,
            _ => {}
        }
        self.n_differs += row.int(9)?;
        self.n_reopened += i64::from(0 < row.int(10)?);
        self.n_reassigned += row.int(11)?;
        self.excluded_s += row.int(12)?;
        Ok(())
    }

    fn values(mut self, source: &SourceId, place: &(String, String, i64)) -> Vec<Value> {
        self.settled_s.sort_unstable();
        let sum_s: i64 = self.settled_s.iter().fold(0, |sum, seconds| sum.saturating_add(*seconds));
        params![
            source.as_str(),
            &place.0,
            &place.1,
            place.2,
            self.n_cases,
            self.n_events,
            self.n_events_flagged,
            self.n_events_met,
            self.n_reported,
            self.n_reported_met,
            self.n_clocked,
            self.n_clock_met,
            self.n_running,
            self.n_differs,
            self.n_reopened,
            self.n_reassigned,
            sum_s,
            scaled_percentile(&self.settled_s, 1, 2),
            scaled_percentile(&self.settled_s, 9, 10),
            self.excluded_s,
        ]
    }
}

/// The percentile `numerator / denominator` of rising values, times `denominator`: a whole number, by linear
/// interpolation (Hyndman and Fan, type 7), as `mandate_facts::kpi::percentile` gives it.
pub fn scaled_percentile(sorted: &[i64], numerator: usize, denominator: i64) -> Option<i64> {
    let last = sorted.len().checked_sub(1)?;
    let parts = usize::try_from(denominator).ok().filter(|parts| 0 < *parts)?;
    let position = last * numerator;
    let above = i64::try_from(position % parts).ok()?;
    let low = *sorted.get(position / parts)?;
    let high = *sorted.get((position / parts + 1).min(last))?;
    low.checked_mul(denominator - above)?.checked_add(high.checked_mul(above)?)
}

async fn collect(
    tx: &mut ReadTx,
    groups: &mut Groups,
    condition: &str,
    values: Vec<Value>,
) -> Result<(), StoreError> {
    // One case at a time: of a million cases only the counted seconds are held.
    let sql = format!("{FIGURES} WHERE {condition}");
    tx.each_row(&sql, values, |row| {
        groups.entry((row.text(0)?, row.text(1)?, row.int(2)?)).or_default().take(row)
    })
    .await
}

/// Computes the groups of `places` (account key and month) anew, for one source.
///
/// # Errors
/// [`StoreError`] when cases cannot be read or figures not kept.
pub async fn rebuild_months(
    tx: &mut WriteTx,
    source: &SourceId,
    places: &BTreeSet<Place>,
) -> Result<(), StoreError> {
    let accounts: BTreeSet<&str> = places.iter().map(|(account, _)| account.as_str()).collect();
    let accounts: Vec<&str> = accounts.into_iter().collect();
    if places.len() <= MANY_PLACES {
        let places: Vec<&Place> = places.iter().collect();
        for part in places.chunks(AT_ONCE) {
            let mut groups = Groups::new();
            for (account, month) in part {
                tx.execute(DELETE, params![source.as_str(), account, month]).await?;
                collect_place(tx, &mut groups, source, (account, month)).await?;
            }
            write(tx, source, groups).await?;
        }
        return Ok(());
    }
    for part in accounts.chunks(AT_ONCE) {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        tx.execute(DELETE_ACCOUNTS, params![source.as_str(), *first, *last]).await?;
        let mut groups = Groups::new();
        let range = "source_id = $1 AND account_id >= $2 AND account_id <= $3";
        collect(tx, &mut groups, range, params![source.as_str(), *first, *last]).await?;
        if first.is_empty() {
            let none = "source_id = $1 AND account_id IS NULL";
            collect(tx, &mut groups, none, params![source.as_str()]).await?;
        }
        write(tx, source, groups).await?;
    }
    Ok(())
}

async fn collect_place(
    tx: &mut ReadTx,
    groups: &mut Groups,
    source: &SourceId,
    (account, month): (&str, &str),
) -> Result<(), StoreError> {
    if account.is_empty() {
        let condition = "source_id = $1 AND month = $2 AND account_id IS NULL";
        return collect(tx, groups, condition, params![source.as_str(), month]).await;
    }
    let condition = "source_id = $1 AND month = $2 AND account_id = $3";
    collect(tx, groups, condition, params![source.as_str(), month, account]).await
}

async fn write(tx: &mut WriteTx, source: &SourceId, groups: Groups) -> Result<(), StoreError> {
    let rows = groups.into_iter().map(|(place, group)| group.values(source, &place)).collect();
    tx.insert_many(INSERT, rows, "").await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::scaled_percentile;

    #[test]
    fn percentiles_are_whole_numbers_by_linear_interpolation() {
        let minutes = [10, 20, 30, 50];
        assert_eq!(scaled_percentile(&minutes, 1, 2), Some(50), "2 x 25");
        assert_eq!(scaled_percentile(&minutes, 9, 10), Some(440), "10 x 44");
        assert_eq!(scaled_percentile(&[], 1, 2), None);
    }
}
