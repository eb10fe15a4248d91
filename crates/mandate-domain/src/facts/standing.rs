//! Where an account stands: its latest month with results on our clock, held against the goal of its service level.
//!
//! Unknown is a state of its own and never good. Own construction: two points below the goal is "just missed", because
//! a month of a few hundred cases moves by as much through chance alone.

/// How the latest month stands against the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// More than two points below the goal.
    Missed,
    /// Below the goal by at most two points.
    JustMissed,
    /// No settled case, or no goal.
    NotMeasured,
    /// At or above the goal.
    Met,
}

/// Two points, in basis points.
pub const JUST_MISSED_BP: i64 = 200;

impl Standing {
    /// Every state, those that need attention first.
    pub const ALL: [Self; 4] = [Self::Missed, Self::JustMissed, Self::NotMeasured, Self::Met];

    /// The state of a month with `n_met` of `n_settled` cases met against a goal.
    pub fn of(n_met: i64, n_settled: i64, goal_bp: Option<i64>) -> Self {
        let (Some(goal_bp), true) = (goal_bp, 0 < n_settled) else { return Self::NotMeasured };
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
            Self::NotMeasured => 2,
            Self::Met => 3,
        }
    }
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
    fn a_share_is_rounded_half_up() {
        assert_eq!(share_bp(15_803, 24_918), Some(6_342));
        assert_eq!(share_bp(1, 0), None);
    }
}
