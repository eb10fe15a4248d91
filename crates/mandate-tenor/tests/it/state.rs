//! Levels over time: the Nile as published, intervals that hold what they should, people who are not heard, bad input.

use mandate_tenor::control::{Control, Verdict, unwatched};
use mandate_tenor::estimate::Estimate;
use mandate_tenor::random::Stream;
use mandate_tenor::reading::{Move, Quadrant, drivers, gap, place};
use mandate_tenor::state::{
    Reading, Side, Spreads, Stakeholder, StateError, estimate_spreads, log_likelihood, states,
};
use proptest::prelude::*;

use crate::kit::{data, near};

const PLAIN: Spreads = Spreads {
    centre: 0.0,
    common: 0.8,
    personal: 0.5,
    common_drift: 0.15,
    personal_drift: 0.1,
    reading: 0.7,
};

fn people(stakes: &[f64]) -> Vec<Stakeholder> {
    let named = |(idx, stake): (usize, &f64)| Stakeholder { name: format!("person {idx}"), stake: *stake };
    stakes.iter().enumerate().map(named).collect()
}

#[test]
fn the_nile_has_the_level_and_the_spreads_of_the_book() {
    let Some(folder) = data("tcpd") else { return };
    let text = std::fs::read_to_string(folder.join("nile.json")).expect("the series");
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let raw = file["series"][0]["raw"].as_array().expect("values");
    let reading = |(month, level): (usize, &serde_json::Value)| Reading {
        month,
        stakeholder: 0,
        level: level.as_f64().expect("a number"),
    };
    let side =
        Side::new(people(&[1.0]), raw.iter().enumerate().map(reading).collect(), raw.len()).expect("a side");
    // Durbin and Koopman (2012), section 2.10: variances 15,099 and 1,469.1; nothing known before.
    let spreads = Spreads {
        centre: 0.0,
        common: 1e7_f64.sqrt(),
        personal: 0.0,
        common_drift: 1469.1_f64.sqrt(),
        personal_drift: 0.0,
        reading: 15_099.0_f64.sqrt(),
    };
    let last = states(&side, &spreads).expect("states").pop().expect("a hundred");
    // Their steady state: q = .0973, P = 4,032; R: predict(StructTS(Nile)) is 798.37.
    near(last.level.value, 798.37, 0.01);
    near(last.level.standard_error.powi(2), 4032.2, 0.5);
    let sides = [side];
    let at = |reading: f64, drift: f64| {
        let moved = Spreads { reading: reading.sqrt(), common_drift: drift.sqrt(), ..spreads };
        log_likelihood(&sides, &moved).expect("a likelihood")
    };
    let top = at(15_099.0, 1469.1);
    near(top, -641.585, 1e-2);
    for (reading, drift) in [(15_500.0, 1469.1), (14_700.0, 1469.1), (15_099.0, 1550.0), (15_099.0, 1390.0)] {
        assert!(at(reading, drift) < top, "{reading} {drift}");
    }
}

/// A side by the model itself, with the true weighted level of each month.
fn drawn(stream: &mut Stream, stakes: &[f64], n_months: usize, heard: f64) -> (Side, Vec<f64>) {
    let start = PLAIN.centre + PLAIN.common * stream.normal();
    let mut levels: Vec<f64> = stakes.iter().map(|_| start + PLAIN.personal * stream.normal()).collect();
    let total: f64 = stakes.iter().sum();
    let (mut readings, mut truth) = (vec![], vec![]);
    for month in 0..n_months {
        let together = PLAIN.common_drift * stream.normal();
        for (stakeholder, level) in levels.iter_mut().enumerate() {
            if month > 0 {
                *level += together + PLAIN.personal_drift * stream.normal();
            }
            if stream.unit() < heard {
                readings.push(Reading {
                    month,
                    stakeholder,
                    level: *level + PLAIN.reading * stream.normal(),
                });
            }
        }
        truth.push(levels.iter().zip(stakes).map(|(level, stake)| level * stake).sum::<f64>() / total);
    }
    (Side::new(people(stakes), readings, n_months).expect("a side"), truth)
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say_however_few_answer() {
    let mut stream = Stream::new(11);
    for heard in [0.1, 0.7] {
        let (mut held, mut n) = (0, 0);
        for _ in 0..1000 {
            let (side, truth) = drawn(&mut stream, &[5.0, 2.0, 1.0, 1.0], 18, heard);
            let found = states(&side, &PLAIN).expect("states");
            for month in [2, 9, 17] {
                held += usize::from(found[month].level.covers(truth[month]));
                n += 1;
            }
        }
        let share = held as f64 / f64::from(n);
        assert!((0.935..=0.965).contains(&share), "{heard}: {share}");
    }
}

#[test]
fn a_portfolios_spreads_are_found() {
    let mut stream = Stream::new(5);
    let sides: Vec<Side> = (0..60).map(|_| drawn(&mut stream, &[3.0, 2.0, 1.0, 1.0], 24, 0.6).0).collect();
    let found = unwatched(|control| estimate_spreads(&sides, control)).expect("spreads");
    for (found, wanted, by) in [
        (found.centre, PLAIN.centre, 0.35),
        (found.common, PLAIN.common, 0.25),
        (found.personal, PLAIN.personal, 0.1),
        (found.common_drift, PLAIN.common_drift, 0.05),
        (found.personal_drift, PLAIN.personal_drift, 0.04),
        (found.reading, PLAIN.reading, 0.03),
    ] {
        near(found, wanted, by);
    }
    let likelihood = |spreads| log_likelihood(&sides, spreads).expect("a likelihood");
    assert!(likelihood(&found) >= likelihood(&PLAIN));
    let cancelled = estimate_spreads(&sides, &mut Control::new(&mut |_| Verdict::Cancel));
    assert!(matches!(cancelled, Err(StateError::Cancelled(_))));
    let few = unwatched(|control| estimate_spreads(&sides[..0], control));
    assert_eq!(few.unwrap_err(), StateError::FewReadings { n_readings: 0, n_needed: 30 });
}

#[test]
fn unknown_is_not_good() {
    let reading = |month, stakeholder| Reading { month, stakeholder, level: 1.5 };
    // Who has nine tenths of the stake never answers; the other is content every month.
    let small =
        Side::new(people(&[9.0, 1.0]), (0..12).map(|month| reading(month, 1)).collect(), 12).expect("a side");
    let last = &states(&small, &PLAIN).expect("states")[11];
    near(last.coverage, 0.1, 1e-12);
    assert!(last.people[0].last_heard.is_none() && last.people[1].last_heard == Some(11));
    assert!(last.level.standard_error > 0.5 && last.people[1].level.standard_error < 0.4, "{last:?}");
    // An answer ages: the interval widens every month without one, and coverage falls to nothing after three.
    let once = Side::new(people(&[1.0]), vec![reading(0, 0)], 6).expect("a side");
    let found = states(&once, &PLAIN).expect("states");
    assert!(found.windows(2).all(|pair| pair[0].level.standard_error < pair[1].level.standard_error));
    assert_eq!(found.iter().map(|state| state.coverage).collect::<Vec<_>>(), [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn the_plane_calls_a_watermelon_and_does_not_guess() {
    let known = |value: f64, standard_error: f64| Some((Estimate { value, standard_error }, 0.0));
    let cases = [
        (known(2.0, 0.5), known(2.0, 0.5), Some(Quadrant::AlignedGood), Move::Keep),
        (known(2.0, 0.5), known(-2.0, 0.5), Some(Quadrant::Watermelon), Move::AskWhatIsNotMeasured),
        (known(-2.0, 0.5), known(2.0, 0.5), Some(Quadrant::Halo), Move::MendBeforeItIsFelt),
        (known(-2.0, 0.0), known(-2.0, 0.5), Some(Quadrant::AlignedBad), Move::RemoveTheCause),
        (known(0.1, 0.5), known(2.0, 0.5), None, Move::FindOut),
        (known(2.0, 0.0), None, None, Move::FindOut),
        (None, known(2.0, 0.1), None, Move::FindOut),
    ];
    for (facts, feelings, quadrant, call) in cases {
        let found = place(facts, feelings);
        assert_eq!((found.quadrant, found.call), (quadrant, call));
        near(found.probabilities.iter().sum(), 1.0, 1e-12);
    }
    let one = |value, standard_error| Estimate { value, standard_error };
    let found = gap(one(-0.5, 0.3), one(0.6, 0.4), one(0.3, 0.0));
    near(found.value, -0.8, 1e-12);
    near(found.standard_error, 0.5, 1e-12);
}

#[test]
fn a_wrong_side_names_the_person_or_the_reading() {
    let reading = Reading { month: 3, stakeholder: 0, level: 1.0 };
    let told = |result: Result<Side, StateError>| result.unwrap_err().to_string();
    assert_eq!(told(Side::new(vec![], vec![], 3)), "a side needs at least one stakeholder and one month");
    assert_eq!(
        told(Side::new(people(&[1.0, -2.0]), vec![], 3)),
        "the stake of `person 1` is -2; give a number above 0"
    );
    let wanted = "reading 1 (from 1) is of month 3 of 3, stakeholder 0 of 1 (from 0)";
    assert_eq!(told(Side::new(people(&[1.0]), vec![reading], 3)), wanted);
    let wanted = "reading 1 (from 1) is NaN; give a finite number";
    assert_eq!(told(Side::new(people(&[1.0]), vec![Reading { level: f64::NAN, ..reading }], 4)), wanted);
    assert_eq!(told(Side::new(people(&[1.0]), vec![], 5000)), "5000 months are more than 1200");
    let side = Side::new(people(&[1.0]), vec![reading], 4).expect("a side");
    let wrong = states(&side, &Spreads { reading: 0.0, ..PLAIN }).unwrap_err();
    assert_eq!(wrong, StateError::Spread { spread: "reading", value: 0.0 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_people_add_is_the_level(
        stakes in prop::collection::vec(1e-3_f64..1e9, 1..8),
        read in prop::collection::vec((0_usize..12, 0_usize..8, -3.0_f64..3.0), 0..60),
        reference in -1.0_f64..1.0,
    ) {
        let n = stakes.len();
        let reading = |(month, who, level): &(usize, usize, f64)| Reading { month: *month, stakeholder: who % n, level: *level };
        let side = Side::new(people(&stakes), read.iter().map(reading).collect(), 12).expect("a side");
        for state in states(&side, &PLAIN).expect("states") {
            let parts = drivers(&side, &state, reference);
            let sums = parts.iter().fold((0.0, 0.0), |sums, part| (sums.0 + part.weighted, sums.1 + part.unweighted));
            prop_assert!((sums.0 - (state.level.value - reference)).abs() < 1e-9);
            prop_assert!((sums.1 - (state.unweighted.value - reference)).abs() < 1e-9);
            prop_assert!(parts.windows(2).all(|pair| pair[0].weighted.abs() >= pair[1].weighted.abs()));
            prop_assert!(state.level.standard_error > 0.0 && (0.0..=1.0 + 1e-12).contains(&state.coverage));
        }
    }
}
