//! Where an account stands: its latest results on our clock, held against the goal of its service level.
//!
//! Unknown is a state of its own and never good. Own construction: two points below the goal is "just missed", because
//! a month of a few hundred cases moves by as much through chance alone. One case is no month: months are taken together,
//! the latest first, until there are enough cases to tell ([`cases_needed`]); `docs/methods/facts-kpi.md` argues both.

use crate::Month;

/// How the latest results stand against the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// More than two points below the goal.
    Missed,
    /// Below the goal by at most two points.
    JustMissed,
    /// Settled cases, but too few of a year to tell.
    TooFew,
    /// No settled case, or no goal.
    NotMeasured,
    /// At or above the goal.
    Met,
}

/// Two points, in basis points.
pub const JUST_MISSED_BP: i64 = 200;

impl Standing {
    /// Every state, those that need attention first.
    pub const ALL: [Self; 5] = [Self::Missed, Self::JustMissed, Self::TooFew, Self::NotMeasured, Self::Met];

    /// The state of a period with `n_met` of `n_settled` cases met against a goal.
    pub fn of(n_met: i64, n_settled: i64, goal_bp: Option<i64>) -> Self {
        let (Some(goal_bp), true) = (goal_bp, 0 < n_settled) else { return Self::NotMeasured };
        if n_settled < cases_needed(goal_bp) {
            return Self::TooFew;
        }
        // Compared without rounding: 94.996 % does not meet 95 %.
        let (share, goal) = (i128::from(n_met) * 10_000, i128::from(n_settled) * i128::from(goal_bp));
        if goal <= share {
            Self::Met
        } else if goal - i128::from(n_settled) * i128::from(JUST_MISSED_BP) <= share {
            Self::JustMissed
        } else {
            Self::Missed
        }
    }

    /// The word kept in tables and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::JustMissed => "just_missed",
            Self::TooFew => "too_few",
            Self::NotMeasured => "not_measured",
            Self::Met => "met",
        }
    }

    /// Reads the word; anything else is "not measured".
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or(Self::NotMeasured)
    }

    /// Position in the order of attention, from 0.
    pub const fn rank(self) -> i64 {
        match self {
            Self::Missed => 0,
            Self::JustMissed => 1,
            Self::TooFew | Self::NotMeasured => 2,
            Self::Met => 3,
        }
    }
}

/// Fewest cases to judge by, whatever the goal.
const FEWEST_CASES: i64 = 10;
/// The square of the normal quantile of an 80 % interval (1.2816), in ten-thousandths.
const Z_SQUARED_E4: i64 = 16_424;

/// How many settled cases it takes to tell an account that keeps `goal_bp` from one that misses it.
///
/// So many that even if all were met, Wilson's 80 % interval would end at or above the goal less two points; with fewer, a
/// perfect result would be no evidence, nor the lack of it. For all of n met the lower end is n / (n + z²).
pub fn cases_needed(goal_bp: i64) -> i64 {
    let floor_bp = (goal_bp - JUST_MISSED_BP).clamp(0, 10_000 - JUST_MISSED_BP);
    let (of, per) = (Z_SQUARED_E4 * floor_bp, 10_000 * (10_000 - floor_bp));
    ((of + per - 1) / per).max(FEWEST_CASES)
}

/// Which of an account's months it is judged on: the shortest run of the latest ones that has `cases_needed`, at most a year
/// back from the last month with a result; else that whole year.
///
/// `months` are (month, settled cases), oldest first, gaps left out. Positions of the first and the last; `None` without any
/// settled case.
pub fn judged_months(months: &[(Month, i64)], goal_bp: Option<i64>) -> Option<(usize, usize)> {
    let last = months.iter().rposition(|(_, n)| 0 < *n)?;
    let needed = goal_bp.map_or(1, cases_needed);
    let earliest = months[last].0.plus(-11);
    let (mut first, mut n_settled) = (last, 0);
    for (idx, (month, n)) in months[..=last].iter().enumerate().rev() {
        if needed <= n_settled || *month < earliest {
            break;
        }
        n_settled += n;
        first = if 0 < *n { idx } else { first };
    }
    Some((first, last))
}

/// A share in basis points, rounded half up; `None` of nothing.
pub fn share_bp(n_met: i64, n: i64) -> Option<i64> {
    if n <= 0 {
        return None;
    }
    let doubled = i128::from(n_met) * 20_000 + i128::from(n);
    i64::try_from(doubled.div_euclid(i128::from(n) * 2)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_points_below_the_goal_is_just_missed_and_nothing_is_never_good() {
        assert_eq!(Standing::of(95, 100, Some(9_500)), Standing::Met);
        assert_eq!(Standing::of(94_996, 100_000, Some(9_500)), Standing::JustMissed);
        assert_eq!(Standing::of(93, 100, Some(9_500)), Standing::JustMissed);
        assert_eq!(Standing::of(92_999, 100_000, Some(9_500)), Standing::Missed);
        assert_eq!(Standing::of(0, 0, Some(9_500)), Standing::NotMeasured);
        assert_eq!(Standing::of(10, 10, None), Standing::NotMeasured);
    }

    #[test]
    fn one_case_is_too_few_to_judge_by_and_a_perfect_run_must_be_able_to_prove_itself() {
        assert_eq!(Standing::of(0, 1, Some(9_500)), Standing::TooFew);
        assert_eq!(Standing::of(21, 21, Some(9_500)), Standing::TooFew);
        assert_eq!(Standing::of(22, 22, Some(9_500)), Standing::Met);
        assert_eq!(Standing::of(0, 22, Some(9_500)), Standing::Missed);
        let needed: Vec<i64> = [0, 5_000, 8_000, 9_000, 9_500, 9_900, 10_000].map(cases_needed).into();
        assert_eq!(needed, [10, 10, 10, 13, 22, 54, 81]);
    }

    #[test]
    fn months_are_taken_together_until_there_are_enough_cases_and_no_longer_than_a_year() {
        let months = |given: &[(&str, i64)]| -> Vec<(Month, i64)> {
            given.iter().map(|(month, n)| (Month::parse(month).expect("a month"), *n)).collect()
        };
        let goal = Some(9_500);
        let steady =
            months(&[("2026-07", 40), ("2026-08", 12), ("2026-09", 9), ("2026-10", 2), ("2026-11", 0)]);
        assert_eq!(judged_months(&steady, goal), Some((1, 3)), "12 + 9 + 2 are 23 cases");
        assert_eq!(judged_months(&steady[..1], goal), Some((0, 0)));
        assert_eq!(judged_months(&steady, None), Some((3, 3)), "without a goal there is nothing to judge");
        let sparse = months(&[("2024-01", 100), ("2025-12", 3), ("2026-10", 2)]);
        assert_eq!(judged_months(&sparse, goal), Some((1, 2)), "January 2024 is more than a year back");
        assert_eq!(judged_months(&months(&[("2026-10", 0)]), goal), None);
    }

    #[test]
    fn a_share_is_rounded_half_up() {
        assert_eq!(share_bp(15_803, 24_918), Some(6_342));
        assert_eq!(share_bp(1, 0), None);
    }
}
