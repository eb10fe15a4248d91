//! Scorecards of delivery leads: customer-delivery measures beside technical ones, never blended into one score.
//!
//! A line counts the cases that the lead's teams held last in one month. Figures are counts, so that lines of several
//! teams and months add up; shares and rates are taken at the end. A service credit is of an account and a month, not of a
//! team: it stands, whole and once, with every team that missed cases of that account and month.

use std::collections::BTreeMap;

use crate::{Money, Month};

/// Counts of one team and month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScorecardCounts {
    /// Cases that came to rest with the team.
    pub n_cases: i64,
    /// Of those, with a result on our clock.
    pub n_clocked: i64,
    /// Of those, within target.
    pub n_clock_met: i64,
    /// With the source's own flag.
    pub n_reported: i64,
    /// Of those, met.
    pub n_reported_met: i64,
    /// Cases reopened at least once.
    pub n_reopened: i64,
    /// Hand-overs between groups.
    pub n_reassigned: i64,
    /// Still running: the backlog.
    pub n_running: i64,
    /// Cases a client person contested.
    pub n_contested: i64,
    /// Counted seconds of settled clocks, sorted, for percentiles.
    pub seconds: Vec<i64>,
    /// Service credits, by id, of accounts and months in which the team missed cases; waived ones are not among them.
    pub credits: BTreeMap<String, Money>,
}

impl ScorecardCounts {
    /// Adds the counts of other cases.
    pub fn add(&mut self, other: &Self) {
        self.n_cases += other.n_cases;
        self.n_clocked += other.n_clocked;
        self.n_clock_met += other.n_clock_met;
        self.n_reported += other.n_reported;
        self.n_reported_met += other.n_reported_met;
        self.n_reopened += other.n_reopened;
        self.n_reassigned += other.n_reassigned;
        self.n_running += other.n_running;
        self.n_contested += other.n_contested;
        self.seconds.extend_from_slice(&other.seconds);
        self.seconds.sort_unstable();
        // A credit that two teams had a part in stays one.
        self.credits.extend(other.credits.iter().map(|(id, amount)| (id.clone(), *amount)));
    }

    /// What the service credits come to, currency by currency, the code first in the alphabet first.
    pub fn credit_sums(&self) -> Vec<Money> {
        let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
        for amount in self.credits.values() {
            let sum = sums.entry(amount.currency.code()).or_insert(Money::new(0, amount.currency));
            sum.minor = sum.minor.saturating_add(amount.minor);
        }
        sums.into_values().collect()
    }

    /// `part` of `whole` in basis points, rounded half up; `None` of nothing.
    pub const fn share_bp(part: i64, whole: i64) -> Option<i64> {
        if whole <= 0 { None } else { Some((part * 20_000 + whole) / (2 * whole)) }
    }

    /// Share within target on our clock.
    pub const fn clock_bp(&self) -> Option<i64> {
        Self::share_bp(self.n_clock_met, self.n_clocked)
    }

    /// Share met by the source's own flag.
    pub const fn reported_bp(&self) -> Option<i64> {
        Self::share_bp(self.n_reported_met, self.n_reported)
    }

    /// Share of cases reopened at least once.
    pub const fn reopened_bp(&self) -> Option<i64> {
        Self::share_bp(self.n_reopened, self.n_cases)
    }

    /// Hand-overs per 100 cases, rounded half up.
    pub const fn reassigned_per_100(&self) -> Option<i64> {
        match Self::share_bp(self.n_reassigned, self.n_cases) {
            Some(bp) => Some((bp + 50) / 100),
            None => None,
        }
    }
}

/// One line of a scorecard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScorecardLine {
    /// The team's id; `None` for all of the lead's teams together.
    pub team_id: Option<String>,
    /// The team's name.
    pub team_name: String,
    /// The month; `None` for all months together.
    pub month: Option<Month>,
    /// The counts.
    pub counts: ScorecardCounts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn teams_add_up_by_cases_not_by_shares() {
        let mut all = ScorecardCounts { n_cases: 10, n_clocked: 10, n_clock_met: 10, ..Default::default() };
        all.add(&ScorecardCounts { n_cases: 90, n_clocked: 90, n_clock_met: 45, ..Default::default() });
        assert_eq!(all.clock_bp(), Some(5_500), "55 of 100, not the mean of 100 % and 50 %");
        assert_eq!(all.reported_bp(), None);
    }

    #[test]
    fn a_credit_that_two_teams_had_a_part_in_counts_once_and_currencies_are_never_added() {
        use crate::Currency;
        let credits = |given: &[(&str, i64, Currency)]| ScorecardCounts {
            credits: given
                .iter()
                .map(|(id, minor, of)| ((*id).to_owned(), Money::new(*minor, *of)))
                .collect(),
            ..Default::default()
        };
        let gbp = Currency::parse("GBP").expect("a currency");
        let mut all = credits(&[("a", 320_000, Currency::EUR), ("b", 100, gbp)]);
        all.add(&credits(&[("a", 320_000, Currency::EUR), ("c", 1_000, Currency::EUR)]));
        assert_eq!(all.credit_sums(), [Money::new(321_000, Currency::EUR), Money::new(100, gbp)]);
    }

    #[test]
    fn rates_are_rounded_half_up() {
        let counts = ScorecardCounts { n_cases: 3, n_reopened: 1, n_reassigned: 5, ..Default::default() };
        assert_eq!(counts.reopened_bp(), Some(3_333));
        assert_eq!(counts.reassigned_per_100(), Some(167));
    }
}
