//! Tests of measures: definitions, aggregates, verdicts.

use proptest::prelude::*;

use super::*;
use crate::Instant;

fn month(text: &str) -> Month {
    Month::parse(text).expect("a month")
}

fn share(target_micro: i64) -> KpiDefinition {
    KpiDefinition::new(
        MeasuredClock::Resolution,
        Aggregate::ShareWithinTarget,
        Direction::HigherIsBetter,
        Some(target_micro),
        CaseFilter::default(),
    )
    .expect("a definition")
}

fn kpi(from: &[&str]) -> Kpi {
    let version = |(idx, from): (usize, &&str)| KpiVersion {
        id: Id::new(Instant::from_seconds(1), idx as u128),
        valid_from: month(from),
        definition: share(950_000),
    };
    Kpi {
        id: Id::new(Instant::from_seconds(0), 1),
        external_id: None,
        scope: KpiScope::Everything,
        name: "Solved in time".to_owned(),
        owner_person_id: None,
        cadence: Cadence::Monthly,
        assumed: false,
        demo: false,
        version: 1,
        versions: from.iter().enumerate().map(version).collect(),
    }
}

#[test]
fn the_version_valid_in_a_month_gives_its_value() {
    let kpi = kpi(&["2026-01", "2026-07"]);
    let since = |text| kpi.version_for(month(text)).map(|version| version.valid_from.to_string());
    assert_eq!(since("2025-12"), None);
    assert_eq!(since("2026-06"), Some("2026-01".to_owned()));
    assert_eq!(since("2026-07"), Some("2026-07".to_owned()));
}

#[test]
fn a_new_definition_never_restates_a_reviewed_month() {
    let kpi = kpi(&["2026-01", "2026-07"]);
    assert_eq!(kpi.revise(month("2026-09"), None), Ok(Revision::Added));
    assert!(matches!(kpi.revise(month("2026-07"), None), Ok(Revision::Corrected(_))));
    assert!(kpi.revise(month("2026-06"), None).is_err(), "June belongs to the version before");
    let refused = kpi.revise(month("2026-07"), Some(month("2026-08"))).expect_err("August was reviewed");
    assert_eq!(
        refused.to_string(),
        "the definition in force since 2026-07 stands; a new one can begin in 2026-09 or later"
    );
}

#[test]
fn a_value_that_only_rounds_to_the_target_misses_it() {
    let nearly = Exact { numerator: 9_499_999_996, denominator: 10_000_000_000 };
    assert_eq!(nearly.micro(), 950_000);
    assert_eq!(verdict(&share(950_000), Some(nearly), 100), Verdict::Missed);
    let just = Exact { numerator: 19, denominator: 20 };
    assert_eq!(verdict(&share(950_000), Some(just), 20), Verdict::Met);
}

#[test]
fn few_cases_give_a_value_and_no_verdict() {
    let all = Exact { numerator: 4, denominator: 4 };
    assert_eq!(verdict(&share(950_000), Some(all), 4), Verdict::TooFew);
    assert_eq!(verdict(&share(950_000), None, 0), Verdict::NotMeasured);
}

#[test]
fn targets_outside_the_unit_are_refused() {
    let target = |target_micro| {
        KpiDefinition::new(
            MeasuredClock::Resolution,
            Aggregate::ShareWithinTarget,
            Direction::HigherIsBetter,
            Some(target_micro),
            CaseFilter::default(),
        )
    };
    assert_eq!(target(1_000_001), Err(DefinitionError::Target { target_micro: 1_000_001 }));
    assert!(target(1_000_000).is_ok());
}

#[test]
fn the_room_left_is_the_misses_a_target_still_allows() {
    let figure = Figure { n: 25, numerator: 24, ..Figure::NONE };
    assert_eq!(room_left(&figure, 950_000), 0, "25 cases allow one miss, and one missed");
    let figure = Figure { n: 100, numerator: 98, ..Figure::NONE };
    assert_eq!(room_left(&figure, 950_000), 3);
    let figure = Figure { n: 100, numerator: 90, ..Figure::NONE };
    assert_eq!(room_left(&figure, 950_000), -5);
}

#[test]
fn weights_and_words_are_read_back() {
    let pool = Aggregate::parse("weighted_pool:2=3,1=4", None).expect("a pool");
    assert_eq!(pool.word(), "weighted_pool:1=4,2=3");
    for text in ["weighted_pool:", "weighted_pool:1=0", "weighted_pool:1=1,1=2", "weighted_pool:12=1"] {
        assert!(matches!(Aggregate::parse(text, None), Err(DefinitionError::Weights { .. })), "{text}");
    }
    assert_eq!(
        Aggregate::parse("percentile", Some(100)),
        Err(DefinitionError::Parameter { least: 1, most: 99 })
    );
    assert!(Aggregate::parse("rate:reopened:cases", Some(100)).is_ok());
    assert!(Aggregate::parse("rate:reopened", Some(100)).is_err());
}

proptest! {
    #[test]
    fn no_text_breaks_the_aggregate_reader(word in "\\PC{0,40}|(rate|per_units|weighted_pool)[:a-z=0-9,]{0,30}",
        parameter in proptest::option::of(any::<i64>())) {
        if let Ok(aggregate) = Aggregate::parse(&word, parameter) {
            prop_assert_eq!(Aggregate::parse(&aggregate.word(), aggregate.parameter()), Ok(aggregate));
        }
    }

    #[test]
    fn room_left_and_verdict_agree(n in 5_i64..2_000, missed in 0_i64..2_000, target in 0_i64..1_000_001) {
        let within = (n - missed).max(0);
        let figure = Figure { n, numerator: within, ..Figure::NONE };
        let value = Exact { numerator: within.into(), denominator: n.into() };
        let met = verdict(&share(target), Some(value), n) == Verdict::Met;
        prop_assert_eq!(met, room_left(&figure, target) >= 0);
    }
}
