//! Figures by account, month and priority, derived from cases.
//!
//! Whole groups are replaced, and no case leaves the database for it: one statement sums up two hundred places. Sums of
//! several groups can be added up, percentiles cannot; those of one group are kept as whole numbers.

use std::collections::BTreeSet;

use mandate_domain::facts::source::SourceId;

use super::places::{AT_ONCE, Marks, Place, values};
use crate::boxed;
use crate::db::{StoreError, WriteTx};
use crate::params;

/// Percentiles are whole numbers by linear interpolation (Hyndman and Fan, type 7), as `mandate_facts::kpi::percentile`
/// gives them: of `n` rising values the one at place `(n - 1) p`, between its neighbours when that is no whole number;
/// times 2 for the median, times 10 for the ninth decile.
const INSERT: &str = "
    INSERT INTO delivery_month (source_id, account_key, month, priority, n_cases, n_events, n_events_flagged,
           n_events_met, n_reported, n_reported_met, n_clocked, n_clock_met, n_running, n_differs, n_reopened,
           n_reassigned, clock_sum_s, clock_p50_x2_s, clock_p90_x10_s, excluded_s)
    SELECT source_id, account_key, month, priority, COUNT(*), SUM(n_events), SUM(n_events_flagged), SUM(n_events_met),
           COUNT(reported_met), SUM(CASE WHEN reported_met = 1 THEN 1 ELSE 0 END),
           SUM(settled), SUM(CASE WHEN clock_outcome = 'met' THEN 1 ELSE 0 END),
           SUM(CASE WHEN clock_outcome = 'running' THEN 1 ELSE 0 END), SUM(differs),
           SUM(CASE WHEN n_reopened > 0 THEN 1 ELSE 0 END), SUM(n_reassigned), SUM(settled * clock_s),
           SUM(CASE WHEN settled = 0 THEN NULL WHEN idx = last / 2 THEN clock_s * (2 - last % 2)
                    WHEN idx = last / 2 + 1 THEN clock_s * (last % 2) ELSE 0 END),
           SUM(CASE WHEN settled = 0 THEN NULL WHEN idx = last * 9 / 10 THEN clock_s * (10 - last * 9 % 10)
                    WHEN idx = last * 9 / 10 + 1 THEN clock_s * (last * 9 % 10) ELSE 0 END),
           SUM(excluded_s)
      FROM (SELECT ranked.*,
                   ROW_NUMBER() OVER (PARTITION BY account_key, month, priority, settled ORDER BY clock_s) - 1 AS idx,
                   COUNT(*) OVER (PARTITION BY account_key, month, priority, settled) - 1 AS last
              FROM (SELECT c.source_id, COALESCE(c.account_id, '') AS account_key, c.month, c.priority, c.n_events,
                           c.n_events_flagged, c.n_events_met, c.reported_met, c.clock_outcome, c.clock_s, c.differs,
                           c.n_reopened, c.n_reassigned, c.excluded_s,
                           CASE WHEN c.clock_outcome IN ('met', 'missed') THEN 1 ELSE 0 END AS settled
                      FROM ";
const GROUPED: &str = ") AS ranked) AS placed GROUP BY source_id, account_key, month, priority";

/// Computes the groups of `places` (account key and month) anew, for one source.
///
/// # Errors
/// [`StoreError`] when cases cannot be read or figures not kept.
#[boxed]
pub async fn rebuild_months(
    tx: &mut WriteTx,
    source: &SourceId,
    places: &BTreeSet<Place>,
) -> Result<(), StoreError> {
    let (stated, not_stated): (Vec<Place>, Vec<Place>) =
        places.iter().cloned().partition(|(account, _)| !account.is_empty());
    for part in stated.chunks(AT_ONCE) {
        let marks = Marks { n_before: 1, n_places: part.len() };
        let bound = || params![source.as_str()].into_iter().chain(values(part)).collect();
        // The accounts stand alone too: by them, not by the source alone, SQLite looks a group up.
        let gone = format!(
            "DELETE FROM delivery_month
              WHERE account_key IN ({}) AND (source_id, account_key, month) IN (VALUES {})",
            marks.accounts(),
            marks.places_after_first(),
        );
        tx.execute(&gone, bound()).await?;
        // The cross join has each place looked up in the index, instead of every case of the source held against them.
        let cases = format!(
            "(VALUES {}) AS place CROSS JOIN delivery_case c
              WHERE c.source_id = $1 AND c.account_id = place.column1 AND c.month = place.column2",
            marks.places(),
        );
        tx.execute(&format!("{INSERT}{cases}{GROUPED}"), bound()).await?;
    }
    for (_, month) in &not_stated {
        let gone = "DELETE FROM delivery_month WHERE source_id = $1 AND account_key = '' AND month = $2";
        tx.execute(gone, params![source.as_str(), month]).await?;
        let cases = "delivery_case c WHERE c.source_id = $1 AND c.account_id IS NULL AND c.month = $2";
        tx.execute(&format!("{INSERT}{cases}{GROUPED}"), params![source.as_str(), month]).await?;
    }
    Ok(())
}
