//! The arithmetic of measures: cases in, a figure with its interval out. The engine sums up; here it is asked.
//!
//! Verdicts compare exact fractions, never rounded ones. Counts and rates of counts need no engine.

use mandate_domain::facts::kpi::{
    Aggregate, Counted, Exact, Figure, KpiDefinition, MICRO, MeasuredCase, MeasuredClock, verdict,
};
use mandate_facts::clock::{ClockKind, ClockResult, Outcome};
use mandate_facts::event::{Priority, Symbol};
use mandate_facts::instant::Instant;
use mandate_facts::kpi::{
    self as engine, Interval, KpiState, KpiValue, Level, Percent, PercentileRule, wilson_interval,
};

/// The figure of a definition over `cases`, of which it takes those its filter admits.
pub fn figure<'a>(definition: &KpiDefinition, cases: impl IntoIterator<Item = &'a MeasuredCase>) -> Figure {
    let admitted = cases.into_iter().filter(|case| definition.filter.admits(case.place()));
    let mut counts = Counts::default();
    let mut state = engine_definition(definition).and_then(|definition| KpiState::new(definition).ok());
    for case in admitted {
        let clock = case.clock(definition.clock);
        counts.add(case, clock.met);
        if let Some(state) = &mut state {
            state.take(&case_fact(definition.clock, case));
        }
    }
    if counts.n_cases == 0 {
        return Figure::NONE;
    }
    let reported_micro = if definition.is_reported() { counts.reported().map(Exact::micro) } else { None };
    let Measured { n, numerator, value, interval } = match state {
        Some(state) => counts.of_engine(&state.value()),
        None => counts.of_counts(&definition.aggregate),
    };
    let [low_micro, high_micro] = match interval {
        Some(interval) => [Some(micro(interval.low)), Some(micro(interval.high))],
        None => [None, None],
    };
    Figure {
        n,
        numerator,
        value_micro: value.map(Exact::micro),
        low_micro,
        high_micro,
        reported_micro,
        verdict: verdict(definition, value, n),
    }
}

struct Measured {
    n: i64,
    numerator: i64,
    value: Option<Exact>,
    interval: Option<Interval>,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "an interval is an estimate"
)]
fn micro(value: f64) -> i64 {
    (value * MICRO as f64).round() as i64
}

/// What the engine computes; counts and their rates are our own.
fn engine_definition(definition: &KpiDefinition) -> Option<engine::KpiDefinition> {
    let aggregate = match &definition.aggregate {
        Aggregate::ShareWithinTarget => engine::Aggregate::ShareWithinTarget,
        Aggregate::ShareWithin { seconds } => engine::Aggregate::ShareWithin { seconds: *seconds },
        Aggregate::Percentile { percent } => engine::Aggregate::Percentile {
            percent: Percent::new(u32::from(*percent), 100).ok()?,
            rule: PercentileRule::Linear,
        },
        Aggregate::Mean => engine::Aggregate::Mean,
        Aggregate::WeightedPool { weights } => engine::Aggregate::WeightedPool {
            weights: weights.iter().map(|(priority, weight)| (Priority(*priority), *weight)).collect(),
        },
        Aggregate::Count | Aggregate::Rate { .. } | Aggregate::PerUnits { .. } => return None,
    };
    Some(engine::KpiDefinition { filter: engine::Filter::default(), aggregate })
}

/// The case as the engine takes it; it is filtered here, so places are left out.
fn case_fact(clock: MeasuredClock, case: &MeasuredCase) -> engine::CaseFact {
    let figure = case.clock(clock);
    let outcome = match figure.met {
        Some(true) => Outcome::Met,
        Some(false) => Outcome::Missed,
        None if figure.running => Outcome::Running,
        None => Outcome::NotApplicable,
    };
    engine::CaseFact {
        clock: match clock {
            MeasuredClock::Resolution => ClockKind::Resolution,
            MeasuredClock::Response => ClockKind::Response,
            MeasuredClock::Update => ClockKind::Update,
        },
        result: ClockResult {
            elapsed_s: figure.seconds,
            target_s: case.target_s,
            outcome,
            started_at: None,
            stopped_at: None,
            breached_at: None,
            due_at: None,
            paused_s: 0,
            closed_s: 0,
            excluded_s: case.excluded_s,
            stopped_s: 0,
            dropped_s: 0,
        },
        priority: Priority(case.priority),
        account: Symbol::NONE,
        group: Symbol::NONE,
        category: Symbol::NONE,
        kind: Symbol::NONE,
        last_event_at: Instant(0),
    }
}

/// What can be counted of cases.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    n_cases: i64,
    n_settled: i64,
    n_missed: i64,
    n_reopened: i64,
    n_reassigned: i64,
    n_differing: i64,
    n_reported: i64,
    n_reported_met: i64,
}

impl Counts {
    fn add(&mut self, case: &MeasuredCase, met: Option<bool>) {
        self.n_cases += 1;
        self.n_settled += i64::from(met.is_some());
        self.n_missed += i64::from(met == Some(false));
        self.n_reopened += i64::from(case.n_reopened > 0);
        self.n_reassigned += case.n_reassigned;
        self.n_differing += i64::from(case.differs);
        self.n_reported += i64::from(case.reported_met.is_some());
        self.n_reported_met += i64::from(case.reported_met == Some(true));
    }

    fn of(&self, counted: Counted) -> i64 {
        match counted {
            Counted::Cases => self.n_cases,
            Counted::Settled => self.n_settled,
            Counted::Missed => self.n_missed,
            Counted::Reopened => self.n_reopened,
            Counted::Reassigned => self.n_reassigned,
            Counted::Differing => self.n_differing,
        }
    }

    fn reported(&self) -> Option<Exact> {
        let share = Exact { numerator: self.n_reported_met.into(), denominator: self.n_reported.into() };
        (self.n_reported > 0).then_some(share)
    }

    fn of_engine(&self, value: &KpiValue) -> Measured {
        let nothing = Measured { n: self.n_settled, numerator: 0, value: None, interval: None };
        let exact = |fraction: engine::Fraction| Exact {
            numerator: fraction.numerator,
            denominator: fraction.denominator,
        };
        match value {
            KpiValue::Share { share, n_cases, intervals } => Measured {
                n: i64::try_from(*n_cases).unwrap_or(i64::MAX),
                // A pool's numerator is a sum of weights: what is counted then is the cases within target.
                numerator: if intervals.is_some() {
                    i64::try_from(share.numerator).unwrap_or(i64::MAX)
                } else {
                    self.n_settled - self.n_missed
                },
                value: Some(exact(*share)),
                interval: intervals.map(|[eighty, _]| eighty),
            },
            KpiValue::Seconds { seconds, n_cases, intervals } => Measured {
                n: i64::try_from(*n_cases).unwrap_or(i64::MAX),
                numerator: i64::try_from(*n_cases).unwrap_or(i64::MAX),
                value: Some(exact(*seconds)),
                interval: intervals[0],
            },
            KpiValue::Count { .. } | KpiValue::Rate { .. } | KpiValue::TooFew { .. } => nothing,
        }
    }

    fn of_counts(&self, aggregate: &Aggregate) -> Measured {
        match aggregate {
            Aggregate::Rate { of, over, scale } => self.rate(*of, *over, *scale),
            Aggregate::PerUnits { of, units } => {
                let numerator = self.of(*of);
                let value = Exact { numerator: numerator.into(), denominator: i128::from(*units).max(1) };
                Measured { n: self.n_cases, numerator, value: Some(value), interval: None }
            }
            _ => Measured {
                n: self.n_cases,
                numerator: self.n_cases,
                value: Some(Exact { numerator: self.n_cases.into(), denominator: 1 }),
                interval: None,
            },
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "an interval is an estimate")]
    fn rate(&self, of: Counted, over: Counted, scale: i64) -> Measured {
        let (numerator, whole) = (self.of(of), self.of(over));
        // Hand-overs are no cases: a case can have several, so their rate is no share.
        let is_share = of != Counted::Reassigned && over == Counted::Cases
            || of == Counted::Missed && over == Counted::Settled;
        let interval = match (u64::try_from(numerator), u64::try_from(whole)) {
            (Ok(part), Ok(whole)) if is_share => wilson_interval(part, whole, Level::Eighty),
            _ => None,
        };
        let value = Exact {
            numerator: i128::from(numerator) * i128::from(scale),
            denominator: i128::from(whole.max(1)),
        };
        Measured {
            n: whole,
            numerator,
            value: (whole > 0).then_some(value),
            interval: interval.map(|interval| Interval {
                low: interval.low * scale as f64,
                high: interval.high * scale as f64,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use mandate_domain::Month;
    use mandate_domain::facts::case_filter::CaseFilter;
    use mandate_domain::facts::kpi::{ClockFigure, Direction, Verdict};

    use super::*;

    fn case(priority: u8, met: Option<bool>, seconds: i64) -> MeasuredCase {
        let clock = ClockFigure { met, running: met.is_none(), seconds };
        MeasuredCase {
            id: format!("s:{priority}-{seconds}"),
            case_ref: String::new(),
            source_id: "s".to_owned(),
            month: Month::parse("2026-10").expect("a month"),
            priority,
            group: String::new(),
            team_id: None,
            category: String::new(),
            kind: String::new(),
            resolution: clock,
            target_s: Some(100),
            met_without_exclusions: met,
            excluded_s: 0,
            response: clock,
            update: clock,
            reported_met: Some(seconds < 50),
            n_reopened: i64::from(seconds == 10),
            n_reassigned: 2,
            differs: false,
        }
    }

    /// Times 10, 20, 30, 50 minutes as seconds / 60, the last one missed, and one that runs.
    fn cases() -> Vec<MeasuredCase> {
        vec![
            case(1, Some(true), 10),
            case(2, Some(true), 20),
            case(3, Some(true), 30),
            case(3, Some(false), 50),
            case(4, None, 5),
        ]
    }

    fn definition(aggregate: Aggregate, filter: &str) -> KpiDefinition {
        let filter = CaseFilter::parse(filter).expect("a filter");
        KpiDefinition::new(
            MeasuredClock::Resolution,
            aggregate,
            Direction::HigherIsBetter,
            Some(750_000),
            filter,
        )
        .expect("a definition")
    }

    #[test]
    fn an_account_is_judged_from_the_case_on_that_lets_a_perfect_run_prove_itself() {
        use mandate_domain::facts::standing::cases_needed;
        let low = |n: i64| {
            let n = u64::try_from(n).expect("a count");
            wilson_interval(n, n, Level::Eighty).expect("cases").low
        };
        for (goal_bp, floor) in [(9_000, 0.88), (9_500, 0.93), (9_900, 0.97), (10_000, 0.98)] {
            let needed = cases_needed(goal_bp);
            assert!(low(needed) >= floor && low(needed - 1) < floor, "{goal_bp}: {needed}");
        }
        assert!(low(cases_needed(8_000)) > 0.78, "ten cases are more than that goal takes");
    }

    #[test]
    fn a_share_counts_settled_cases_and_carries_wilsons_interval() {
        let share = figure(&definition(Aggregate::ShareWithinTarget, ""), &cases());
        assert_eq!((share.n, share.numerator, share.value_micro), (4, 3, Some(750_000)));
        assert_eq!(share.verdict, Verdict::TooFew, "four cases give no verdict");
        assert_eq!(share.reported_micro, Some(800_000), "the source flags four of five");
        // Wilson at 80 %: z = 1.281552, centre (0.75 + z2/8) / (1 + z2/4) = 0.677230, half 0.244690.
        let (low, high) = (share.low_micro.expect("low"), share.high_micro.expect("high"));
        assert!((low - 432_540).abs() < 5 && (high - 921_920).abs() < 5, "{low} {high}");
    }

    #[test]
    fn the_filter_decides_which_cases_count() {
        let severe = figure(&definition(Aggregate::ShareWithinTarget, "priority=1,2"), &cases());
        assert_eq!((severe.n, severe.value_micro), (2, Some(1_000_000)));
        let none = figure(&definition(Aggregate::ShareWithinTarget, "priority=9"), &cases());
        assert_eq!(none, Figure::NONE);
    }

    #[test]
    fn percentiles_and_means_are_exact() {
        let percentile =
            |percent| figure(&definition(Aggregate::Percentile { percent }, ""), &cases()).value_micro;
        assert_eq!(percentile(50), Some(25_000_000), "between 20 and 30");
        assert_eq!(percentile(90), Some(44_000_000), "30 + 0.7 x 20");
        assert_eq!(figure(&definition(Aggregate::Mean, ""), &cases()).value_micro, Some(27_500_000));
    }

    #[test]
    fn counts_and_rates_are_what_they_say() {
        assert_eq!(figure(&definition(Aggregate::Count, ""), &cases()).value_micro, Some(5_000_000));
        let reopened = Aggregate::Rate { of: Counted::Reopened, over: Counted::Cases, scale: 100 };
        assert_eq!(
            figure(&definition(reopened, ""), &cases()).value_micro,
            Some(20_000_000),
            "1 of 5 per 100"
        );
        let reassigned = Aggregate::Rate { of: Counted::Reassigned, over: Counted::Cases, scale: 1 };
        let reassigned = figure(&definition(reassigned, ""), &cases());
        assert_eq!((reassigned.value_micro, reassigned.low_micro), (Some(2_000_000), None));
        let per_users = Aggregate::PerUnits { of: Counted::Cases, units: 1_000 };
        assert_eq!(figure(&definition(per_users, ""), &cases()).value_micro, Some(5_000));
    }

    #[test]
    fn a_weighted_pool_weighs_by_priority() {
        let pool = Aggregate::WeightedPool { weights: vec![(1, 4), (3, 1)] };
        let pool = figure(&definition(pool, ""), &cases());
        assert_eq!(pool.value_micro, Some(833_333), "(4 + 1) of (4 + 1 + 1)");
        assert_eq!((pool.n, pool.numerator, pool.low_micro), (4, 3, None));
    }
}
