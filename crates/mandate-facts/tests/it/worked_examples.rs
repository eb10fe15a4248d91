//! The worked examples of `docs/methods/facts-*.md`, number by number, and properties of credits.

use mandate_facts::clock::{ClockKind, ClockResult, Outcome};
use mandate_facts::credit::{
    CreditMove, CreditRule, CreditState, CreditTerms, EarnBack, EarnBackResult, FeeMinor, Measured, Scale,
    TermsError, Tier,
};
use mandate_facts::event::{Priority, Symbol};
use mandate_facts::instant::Instant;
use mandate_facts::kpi::{
    Aggregate, CaseFact, DefinitionError, Filter, Fraction, KpiDefinition, KpiState, KpiValue, Percent,
    PercentileRule, compute,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn fact(elapsed_s: i64, outcome: Outcome, priority: u8) -> CaseFact {
    let result = ClockResult {
        elapsed_s,
        target_s: Some(3_600),
        outcome,
        started_at: Some(Instant(0)),
        stopped_at: None,
        breached_at: None,
        due_at: None,
        paused_s: 0,
        closed_s: 0,
        excluded_s: 0,
        stopped_s: 0,
        dropped_s: 0,
    };
    CaseFact {
        clock: ClockKind::Resolution,
        result,
        priority: Priority(priority),
        account: Symbol::NONE,
        group: Symbol::NONE,
        category: Symbol::NONE,
        kind: Symbol::NONE,
        last_event_at: Instant(0),
    }
}

/// Ten, twenty, thirty minutes met; fifty-five met; seventy missed; one still running.
fn facts() -> Vec<CaseFact> {
    let mut facts: Vec<CaseFact> =
        [10, 20, 30, 55].map(|minutes| fact(minutes * 60, Outcome::Met, 2)).to_vec();
    facts.push(fact(70 * 60, Outcome::Missed, 1));
    facts.push(fact(5 * 60, Outcome::Running, 3));
    facts
}

fn value(aggregate: Aggregate) -> KpiValue {
    compute(&KpiDefinition { filter: Filter::default(), aggregate }, &facts()).unwrap()
}

#[test]
fn the_kpi_page_shows_what_the_engine_computes() {
    let KpiValue::Share { share, n_cases, intervals: Some([_, ninety_five]) } =
        value(Aggregate::ShareWithinTarget)
    else {
        panic!("a share with intervals")
    };
    assert_eq!((share.numerator, share.denominator, n_cases), (4, 5, 5));
    assert_eq!(share.basis_points(), 8_000);
    assert!((ninety_five.low - 0.3755).abs() < 1e-4 && (ninety_five.high - 0.9638).abs() < 1e-4);
    let percentile = |percent, rule| match value(Aggregate::Percentile { percent, rule }) {
        KpiValue::Seconds { seconds, .. } => seconds,
        other => panic!("{other:?}"),
    };
    let p50 = percentile(Percent::P50, PercentileRule::Linear);
    assert_eq!((p50.numerator, p50.denominator), (2 * 1_800, 2));
    let p90 = percentile(Percent::P90, PercentileRule::Linear);
    assert_eq!((p90.numerator, p90.denominator), (10 * 3_840, 10), "64 minutes");
    assert_eq!(percentile(Percent::P90, PercentileRule::NearestRank).rounded(), 4_200);
    let KpiValue::Seconds { seconds, .. } = value(Aggregate::Mean) else { panic!("a mean") };
    assert_eq!((seconds.numerator, seconds.denominator, seconds.rounded()), (11_100, 5, 2_220));
    assert_eq!(value(Aggregate::Count), KpiValue::Count { n_cases: 6 });
    let rate = Fraction { numerator: 1, denominator: 200 };
    assert_eq!(value(Aggregate::MissedPer { units: 200 }), KpiValue::Rate { rate });
    let weights = vec![(Priority(1), 5), (Priority(2), 2)];
    let KpiValue::Share { share, intervals: None, .. } = value(Aggregate::WeightedPool { weights }) else {
        panic!("a pooled share")
    };
    assert_eq!((share.numerator, share.denominator), (8, 13));
}

#[test]
fn too_few_cases_are_a_value_and_nonsense_is_refused() {
    let filter = Filter { priorities: Some(vec![Priority(9)]), ..Filter::default() };
    let definition = KpiDefinition { filter, aggregate: Aggregate::Mean };
    assert_eq!(compute(&definition, &facts()), Ok(KpiValue::TooFew { n_cases: 0, needed: 1 }));
    let rate = KpiDefinition { filter: Filter::default(), aggregate: Aggregate::CountPer { units: 0 } };
    assert_eq!(compute(&rate, &facts()), Err(DefinitionError::NoUnits { units: 0 }));
}

fn terms() -> CreditTerms {
    let tiers = [(9_500, 2_500), (9_000, 5_000), (8_500, 10_000)];
    let tiers = tiers.map(|(below_bp, credit_bp)| Tier { below_bp, credit_bp }).to_vec();
    let periods = Scale::StartedPeriods { period_s: 1_800, credit_bp: 1_000 };
    let rules = vec![
        CreditRule { weight_bp: 6_000, scale: Scale::Attainment { tiers } },
        CreditRule { weight_bp: 7_000, scale: periods },
    ];
    CreditTerms::new(rules, 1_000).unwrap()
}

fn attainment(numerator: i128, denominator: i128) -> Measured {
    Measured::Attainment(Fraction { numerator, denominator })
}

#[test]
fn the_credit_page_shows_what_the_engine_computes() {
    // 100,000.00 a month, 10 % at risk. 93.2 %: tier 1, 25 % of 60 %. 31 min and 1 s over: 2 + 1 periods.
    let credits = terms()
        .credits(FeeMinor(10_000_000), &[attainment(932, 1_000), Measured::SecondsOver(vec![1_860, 1])]);
    let credits = credits.unwrap();
    assert_eq!(credits.at_risk_minor, 1_000_000);
    assert_eq!(credits.lines_minor, vec![150_000, 210_000]);
    assert_eq!((credits.uncapped_minor, credits.total_minor), (360_000, 360_000));
    // 80 % and twenty periods: 60 % + 70 % of the amount at risk, cut to 100 % in proportion.
    let worst =
        terms().credits(FeeMinor(10_000_000), &[attainment(4, 5), Measured::SecondsOver(vec![36_000])]);
    let worst = worst.unwrap();
    assert_eq!(worst.uncapped_minor, 1_300_000);
    assert_eq!((worst.total_minor, worst.lines_minor), (1_000_000, vec![461_538, 538_462]));
    let edge = terms().credits(FeeMinor(10_000_000), &[attainment(95, 100), Measured::TooFew]).unwrap();
    assert_eq!(edge.total_minor, 0, "exactly 95 % is not below 95 %");
    let just =
        terms().credits(FeeMinor(10_000_000), &[attainment(94_996, 100_000), Measured::TooFew]).unwrap();
    assert_eq!(just.total_minor, 150_000, "94.996 % is, whatever it is rounded to");
    let earn_back = EarnBack { at_least_bp: 9_700, n_periods: 3, returned_bp: 5_000 };
    let reached = Fraction { numerator: 97, denominator: 100 };
    let short = Fraction { numerator: 96, denominator: 100 };
    assert_eq!(earn_back.apply(150_001, &[reached; 3]), EarnBackResult::Earned { returned_minor: 75_001 });
    assert_eq!(earn_back.apply(150_001, &[reached, short]), EarnBackResult::Lost);
    assert_eq!(earn_back.apply(150_001, &[reached]), EarnBackResult::Open { n_missing: 2 });
}

#[test]
fn a_credit_reaches_a_note_only_through_proposal_and_agreement() {
    let all =
        [CreditMove::Propose, CreditMove::Withdraw, CreditMove::Agree, CreditMove::Waive, CreditMove::Note];
    let open =
        |state: CreditState| all.into_iter().filter(move |wanted| state.moved(*wanted).is_ok()).count();
    let counts = [
        CreditState::Computed,
        CreditState::Proposed,
        CreditState::Agreed,
        CreditState::Waived,
        CreditState::Noted,
    ]
    .map(open);
    assert_eq!(counts, [1, 3, 1, 0, 0]);
    let noted = CreditState::Computed
        .moved(CreditMove::Propose)
        .and_then(|state| state.moved(CreditMove::Agree))
        .and_then(|state| state.moved(CreditMove::Note));
    assert_eq!(noted, Ok(CreditState::Noted));
    let refused = CreditState::Computed.moved(CreditMove::Note).unwrap_err();
    assert_eq!(refused.to_string(), "a credit that is computed cannot be noted");
}

#[test]
fn credit_terms_that_make_no_sense_are_refused() {
    let rule = |below: [i64; 2]| CreditRule {
        weight_bp: 10_000,
        scale: Scale::Attainment {
            tiers: vec![
                Tier { below_bp: below[0], credit_bp: 100 },
                Tier { below_bp: below[1], credit_bp: 200 },
            ],
        },
    };
    assert_eq!(CreditTerms::new(Vec::new(), 1_000), Err(TermsError::NoRule));
    assert_eq!(CreditTerms::new(vec![rule([9_000, 9_500])], 1_000), Err(TermsError::Tiers { rule_idx: 0 }));
    assert_eq!(CreditTerms::new(vec![rule([9_500, 9_000])], 0), Err(TermsError::AtRisk { at_risk_bp: 0 }));
    assert!(terms().credits(FeeMinor(1), &[Measured::TooFew]).is_err());
    assert!(terms().credits(FeeMinor(1), &[Measured::SecondsOver(Vec::new()), Measured::TooFew]).is_err());
    assert!(terms().credits(FeeMinor(-1), &[Measured::TooFew, Measured::TooFew]).is_err());
}

proptest! {
    #[test]
    fn credits_add_up_and_never_exceed_the_amount_at_risk(
        fee in 0_i64..1_000_000_000_000, met in 0_i128..1_000, over in vec(0_i64..100_000, 0..20),
    ) {
        let credits =
            terms().credits(FeeMinor(fee), &[attainment(met, 1_000), Measured::SecondsOver(over)]).unwrap();
        prop_assert_eq!(credits.lines_minor.iter().sum::<i64>(), credits.total_minor);
        prop_assert!(credits.total_minor <= credits.at_risk_minor);
        prop_assert!(credits.lines_minor.iter().all(|line| 0 <= *line));
        prop_assert_eq!(credits.total_minor, credits.uncapped_minor.min(credits.at_risk_minor));
    }

    #[test]
    fn states_of_a_kpi_merge_in_any_order_to_the_whole(
        seconds in vec((1_i64..100_000, 1_u8..4), 1..60), cut in 0_usize..60,
    ) {
        let outcome = |seconds| if seconds <= 3_600 { Outcome::Met } else { Outcome::Missed };
        let facts: Vec<CaseFact> =
            seconds.iter().map(|(seconds, priority)| fact(*seconds, outcome(*seconds), *priority)).collect();
        let (one, other) = facts.split_at(cut.min(facts.len()));
        for aggregate in [
            Aggregate::ShareWithinTarget,
            Aggregate::Mean,
            Aggregate::Percentile { percent: Percent::P90, rule: PercentileRule::Linear },
            Aggregate::WeightedPool { weights: vec![(Priority(1), 3), (Priority(2), 1)] },
        ] {
            let definition = KpiDefinition { filter: Filter::default(), aggregate };
            let state = |facts: &[CaseFact]| {
                let mut state = KpiState::new(definition.clone()).unwrap();
                facts.iter().for_each(|fact| state.take(fact));
                state
            };
            let (mut left, mut right) = (state(one), state(other));
            let whole = compute(&definition, &facts).unwrap();
            let before = right.clone();
            right.merge(&left).unwrap();
            left.merge(&before).unwrap();
            prop_assert_eq!(&left.value(), &whole);
            prop_assert_eq!(&right.value(), &whole);
        }
    }
}
