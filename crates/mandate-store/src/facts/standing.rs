//! Where each account stands: one row an account, derived from its months, so that lists of accounts read no cases.

use std::collections::BTreeMap;

use mandate_domain::facts::standing::{Standing, judged_months, share_bp};
use mandate_domain::{Instant, Month};

use super::places::AT_ONCE;
use crate::boxed;
use crate::db::{ReadTx, StoreError, Value, WriteTx};
use crate::params;

const SAVE: &str = "
    INSERT INTO account_standing (account_id, month, first_month, n_cases, n_reported, n_reported_met, n_clocked, n_clock_met,
           n_differs, reported_bp, clock_bp, previous_clock_bp, goal_bp, assumed, months, total_cases, total_reported,
           total_reported_met, total_clocked, total_clock_met, total_differs, state, state_rank, updated_at_us)";
const ON_CONFLICT: &str = "ON CONFLICT (account_id) DO UPDATE SET
       month = excluded.month, first_month = excluded.first_month, n_cases = excluded.n_cases, n_reported = excluded.n_reported,
       n_reported_met = excluded.n_reported_met, n_clocked = excluded.n_clocked,
       n_clock_met = excluded.n_clock_met, n_differs = excluded.n_differs, reported_bp = excluded.reported_bp,
       clock_bp = excluded.clock_bp, previous_clock_bp = excluded.previous_clock_bp, goal_bp = excluded.goal_bp,
       assumed = excluded.assumed, months = excluded.months, total_cases = excluded.total_cases,
       total_reported = excluded.total_reported, total_reported_met = excluded.total_reported_met,
       total_clocked = excluded.total_clocked, total_clock_met = excluded.total_clock_met,
       total_differs = excluded.total_differs, state = excluded.state, state_rank = excluded.state_rank,
       updated_at_us = excluded.updated_at_us";
const DELETE: &str = "DELETE FROM account_standing WHERE account_id = $1";

/// The goal an account's cases are held against, and whether anybody confirmed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Share of cases to be met; `None` without a service level.
    pub goal_bp: Option<i64>,
    /// Whether it was only proposed.
    pub assumed: bool,
}

/// The figures of one month of an account, over all sources and priorities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct MonthFigures {
    /// The month.
    month: String,
    /// Cases whose last event lies in it.
    n_cases: i64,
    /// Cases the source reported on.
    n_reported: i64,
    /// Of these, met.
    n_reported_met: i64,
    /// Cases our clock has a result for.
    n_clocked: i64,
    /// Of these, met.
    n_clock_met: i64,
    /// Cases where the two differ.
    n_differs: i64,
}

impl MonthFigures {
    /// Several months together, under the name of the last.
    fn sum(months: &[Self]) -> Self {
        let total = |of: fn(&Self) -> i64| months.iter().map(of).sum();
        Self {
            month: months.last().map(|last| last.month.clone()).unwrap_or_default(),
            n_cases: total(|it| it.n_cases),
            n_reported: total(|it| it.n_reported),
            n_reported_met: total(|it| it.n_reported_met),
            n_clocked: total(|it| it.n_clocked),
            n_clock_met: total(|it| it.n_clock_met),
            n_differs: total(|it| it.n_differs),
        }
    }

    fn state(&self, goal: Goal) -> Standing {
        Standing::of(self.n_clock_met, self.n_clocked, goal.goal_bp)
    }
}

/// The months of accounts, oldest first; accounts without cases are left out.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
async fn list_months(
    tx: &mut ReadTx,
    account_keys: &[&String],
) -> Result<BTreeMap<String, Vec<MonthFigures>>, StoreError> {
    let marks: Vec<String> = (1..=account_keys.len()).map(|idx| format!("${idx}")).collect();
    let sql = format!(
        "SELECT account_key, month, CAST(SUM(n_cases) AS BIGINT), CAST(SUM(n_reported) AS BIGINT),
                CAST(SUM(n_reported_met) AS BIGINT), CAST(SUM(n_clocked) AS BIGINT), CAST(SUM(n_clock_met) AS BIGINT),
                CAST(SUM(n_differs) AS BIGINT)
           FROM delivery_month WHERE account_key IN ({}) GROUP BY account_key, month ORDER BY account_key, month",
        marks.join(", ")
    );
    let keys = account_keys.iter().map(|key| Value::Text(Some((*key).clone()))).collect();
    let mut found: BTreeMap<String, Vec<MonthFigures>> = BTreeMap::new();
    for row in tx.fetch_all(&sql, keys).await? {
        found.entry(row.text(0)?).or_default().push(MonthFigures {
            month: row.text(1)?,
            n_cases: row.int(2)?,
            n_reported: row.int(3)?,
            n_reported_met: row.int(4)?,
            n_clocked: row.int(5)?,
            n_clock_met: row.int(6)?,
            n_differs: row.int(7)?,
        });
    }
    Ok(found)
}

/// Computes the standing of each account anew; an account without cases loses its row.
///
/// # Errors
/// [`StoreError`] when months cannot be read or standings not kept.
#[boxed]
pub async fn rebuild_standings(
    tx: &mut WriteTx,
    accounts: &BTreeMap<String, Goal>,
    now: Instant,
) -> Result<(), StoreError> {
    let all: Vec<(&String, &Goal)> = accounts.iter().collect();
    for part in all.chunks(AT_ONCE) {
        let keys: Vec<&String> = part.iter().map(|(account_id, _)| *account_id).collect();
        let months = list_months(tx, &keys).await?;
        let mut rows = Vec::with_capacity(part.len());
        for (account_id, goal) in part {
            match months.get(*account_id) {
                Some(months) => rows.push(standing_values(account_id, **goal, months, now)),
                None => {
                    tx.execute(DELETE, params![*account_id]).await?;
                }
            }
        }
        tx.insert_many(SAVE, rows, ON_CONFLICT).await?;
    }
    Ok(())
}

fn standing_values(account_id: &str, goal: Goal, months: &[MonthFigures], now: Instant) -> Vec<Value> {
    let decided = judged(months, goal.goal_bp);
    // Without any result the latest month is shown.
    let (first, last) = decided.unwrap_or((months.len() - 1, months.len() - 1));
    let latest = MonthFigures::sum(&months[first..=last]);
    // Compared with what the same rule would have judged before, if that was enough to tell.
    let before = judged(&months[..first], goal.goal_bp)
        .map(|(first, last)| MonthFigures::sum(&months[first..=last]))
        .filter(|before| before.state(goal) != Standing::TooFew);
    let total = |of: fn(&MonthFigures) -> i64| months.iter().map(of).sum::<i64>();
    let state = latest.state(goal);
    params![
        account_id,
        &months[last].month,
        &months[first].month,
        latest.n_cases,
        latest.n_reported,
        latest.n_reported_met,
        latest.n_clocked,
        latest.n_clock_met,
        latest.n_differs,
        share_bp(latest.n_reported_met, latest.n_reported),
        share_bp(latest.n_clock_met, latest.n_clocked),
        before.and_then(|month| share_bp(month.n_clock_met, month.n_clocked)),
        goal.goal_bp,
        goal.assumed,
        packed(&months[..=last]),
        total(|month| month.n_cases),
        total(|month| month.n_reported),
        total(|month| month.n_reported_met),
        total(|month| month.n_clocked),
        total(|month| month.n_clock_met),
        total(|month| month.n_differs),
        state.as_str(),
        state.rank(),
        now
    ]
}

/// The months an account is judged on, by position; none when one of them is no month.
fn judged(months: &[MonthFigures], goal_bp: Option<i64>) -> Option<(usize, usize)> {
    let settled: Vec<(Month, i64)> = months
        .iter()
        .filter_map(|it| Month::parse(&it.month).ok().map(|month| (month, it.n_clocked)))
        .collect();
    judged_months(&settled, goal_bp).filter(|_| settled.len() == months.len())
}

/// Twelve months up to the latest, oldest first, as `month:clock_bp:reported_bp` with nothing where there is no
/// result, joined by spaces; a month without cases is there with nothing twice, so that a gap stays a gap.
fn packed(months: &[MonthFigures]) -> String {
    let known: BTreeMap<&str, &MonthFigures> =
        months.iter().map(|month| (month.month.as_str(), month)).collect();
    let Some(last) = months.last().and_then(|month| mandate_domain::Month::parse(&month.month).ok()) else {
        return String::new();
    };
    let text = |share: Option<i64>| share.map(|share| share.to_string()).unwrap_or_default();
    let parts: Vec<String> = (0..12)
        .map(|idx| {
            let month = last.plus(idx - 11).to_string();
            let figures = known.get(month.as_str());
            let clock = figures.and_then(|month| share_bp(month.n_clock_met, month.n_clocked));
            let reported = figures.and_then(|month| share_bp(month.n_reported_met, month.n_reported));
            format!("{month}:{}:{}", text(clock), text(reported))
        })
        .collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_one_case_is_judged_together_with_those_before_it() {
        let month = |name: &str, n_clocked, n_clock_met| MonthFigures {
            month: name.to_owned(),
            n_cases: n_clocked,
            n_clocked,
            n_clock_met,
            ..MonthFigures::default()
        };
        let months = [month("2026-08", 30, 30), month("2026-09", 30, 29), month("2026-10", 1, 0)];
        let goal = Goal { goal_bp: Some(9_500), assumed: false };
        assert_eq!(judged(&months, goal.goal_bp), Some((1, 2)));
        let both = MonthFigures::sum(&months[1..]);
        assert_eq!((both.n_clocked, both.state(goal)), (31, Standing::JustMissed), "29 of 31 are 93.5 %");
        assert_eq!(months[2].state(goal), Standing::TooFew, "the one case alone says nothing");
        let values = standing_values("a", goal, &months, Instant::from_seconds(0));
        assert_eq!(values[1..3], params!["2026-10", "2026-09"]);
    }

    #[test]
    fn a_month_without_cases_stays_a_gap() {
        let month = |name: &str, n_clock_met| MonthFigures {
            month: name.to_owned(),
            n_cases: 4,
            n_clocked: 4,
            n_clock_met,
            ..MonthFigures::default()
        };
        let text = packed(&[month("2026-01", 3), month("2026-03", 4)]);
        assert!(text.ends_with("2026-01:7500: 2026-02:: 2026-03:10000:"), "{text}");
        assert_eq!(text.split(' ').count(), 12);
    }
}
