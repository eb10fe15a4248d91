//! Early warning: R's figures on its cars, calibration on simulated accounts, unknown signals, bad input.

use mandate_tenor::control::{Cancelled, Control, Verdict, unwatched};
use mandate_tenor::random::Stream;
use mandate_tenor::warning::{Outlook, Signals, Warning, WarningError, evaluate, fit};
use proptest::prelude::*;

use crate::kit::{names, near};

/// Weight of the cars of Motor Trend 1974 (R's `mtcars`), and whether the gearbox is manual.
const CARS: [(f64, bool); 32] = [
    (2.620, true),
    (2.875, true),
    (2.320, true),
    (3.215, false),
    (3.440, false),
    (3.460, false),
    (3.570, false),
    (3.190, false),
    (3.150, false),
    (3.440, false),
    (3.440, false),
    (4.070, false),
    (3.730, false),
    (3.780, false),
    (5.250, false),
    (5.424, false),
    (5.345, false),
    (2.200, true),
    (1.615, true),
    (1.835, true),
    (2.465, false),
    (3.520, false),
    (3.435, false),
    (3.840, false),
    (3.845, false),
    (1.935, true),
    (2.140, true),
    (1.513, true),
    (3.170, true),
    (2.770, true),
    (3.570, true),
    (2.780, true),
];

#[test]
fn the_cars_are_fitted_as_r_fits_them() {
    let cases: Vec<Signals> = CARS.iter().map(|(weight, _)| vec![Some(*weight)]).collect();
    let manual: Vec<bool> = CARS.iter().map(|(_, manual)| *manual).collect();
    let found = unwatched(|control| fit(&names(&["weight"]), &cases, &manual, 0.0, control)).expect("a fit");
    // R: glm(am ~ wt, binomial, mtcars): 12.040, -4.024 (1.436); residual deviance 19.176.
    let signal = &found.signals()[0];
    near(signal.weight / signal.sd, -4.024, 5e-4);
    // R's error is that of its last step but one.
    near(found.standard_errors()[1] / signal.sd, 1.436, 1e-3);
    near(found.base() - signal.weight * signal.mean / signal.sd, 12.040, 5e-4);
    let chances = cases.iter().map(|case| found.chance(case).expect("a chance").chance);
    let deviance: f64 =
        chances.zip(&manual).map(|(p, manual)| -2.0 * if *manual { p } else { 1.0 - p }.ln()).sum();
    near(deviance, 19.176, 5e-4);
}

/// Accounts with four signals, of which the third says nothing; one in five values is unknown.
fn accounts(seed: u64, n: usize) -> (Vec<Signals>, Vec<bool>) {
    let mut stream = Stream::new(seed);
    let account = |_| {
        let signals: Vec<f64> = (0..4).map(|_| stream.normal()).collect();
        let odds = -1.5 + 1.0 * signals[0] - 0.7 * signals[1] + 0.4 * signals[3];
        let bad = stream.logistic() < odds;
        (
            signals.into_iter().map(|signal| (stream.unit() > 0.2).then_some(10.0 + 3.0 * signal)).collect(),
            bad,
        )
    };
    (0..n).map(account).unzip()
}

fn fitted(n: usize) -> Warning {
    let (cases, bad) = accounts(1, n);
    let signals = names(&["missed dates", "tone", "logo colour", "turnover"]);
    unwatched(|control| fit(&signals, &cases, &bad, 1.0, control)).expect("a fit")
}

#[test]
fn chances_on_other_accounts_come_as_often_as_they_say() {
    let warning = fitted(8000);
    let (cases, bad) = accounts(2, 20_000);
    let chances = cases.iter().map(|case| warning.chance(case).expect("a chance").chance);
    let said: Vec<(f64, bool)> = chances.zip(bad).collect();
    let found = evaluate(&said, 10).expect("an evaluation");
    for band in &found.bands {
        near(band.said, band.came, 0.035);
    }
    assert!(found.auc > 0.72 && found.brier < 0.16, "{found:?}");
    assert!(found.bands.windows(2).all(|pair| pair[0].said <= pair[1].said));
    let weights: Vec<f64> = warning.signals().iter().map(|signal| signal.weight).collect();
    assert!(weights[2].abs() < 0.15 && weights[0] > 0.6 && weights[1] < -0.4, "{weights:?}");
}

#[test]
fn unknown_is_never_quiet() {
    let warning = fitted(2000);
    let of = |case: [Option<f64>; 4]| warning.chance(&case.to_vec()).expect("a chance");
    let calm = of([Some(5.0), Some(14.0), Some(10.0), Some(7.0)]);
    assert_eq!(calm.outlook(0.3), Outlook::Quiet);
    assert_eq!(calm.reasons[0].signal, "missed dates");
    let storm = of([Some(16.0), Some(5.0), None, Some(13.0)]);
    assert_eq!(storm.outlook(0.3), Outlook::Trouble);
    // Nothing known: the chance is that of the typical account, below the threshold, and says nothing.
    let nobody = of([None; 4]);
    assert!(nobody.chance < 0.3 && nobody.coverage == 0.0);
    assert_eq!(nobody.outlook(0.3), Outlook::Unknown);
    assert!(nobody.reasons.iter().all(|reason| reason.adds == 0.0 && !reason.is_known));
    assert_eq!(of([Some(5.0), None, None, None]).outlook(0.3), Outlook::Unknown);
}

#[test]
fn an_evaluation_is_that_of_the_textbook() {
    // Of 2 times 3 pairs: 4 right, 1 tie, 1 wrong.
    let said = [(0.9, true), (0.4, true), (0.4, false), (0.6, false), (0.1, false)];
    let found = evaluate(&said, 2).expect("an evaluation");
    near(found.auc, 4.5 / 6.0, 1e-12);
    near(found.brier, (0.01 + 0.36 + 0.16 + 0.36 + 0.01) / 5.0, 1e-12);
    assert_eq!(found.bands.iter().map(|band| band.n).collect::<Vec<_>>(), [2, 3]);
    // Wilson: 1 of 3 lies between .062 and .792.
    near(found.bands[1].interval.0, 0.0615, 1e-3);
    near(found.bands[1].interval.1, 0.7923, 1e-3);
    for nothing in [&said[..2], &[], &[(1.5, true), (0.2, false)]] {
        assert_eq!(evaluate(nothing, 2).unwrap_err(), WarningError::NothingToEvaluate);
    }
}

#[test]
fn what_cannot_be_fitted_names_the_case_and_the_signal() {
    let (cases, bad) = accounts(3, 200);
    let signals = names(&["a", "b", "c", "d"]);
    let with = |cases: &[Signals], bad: &[bool], penalty: f64| {
        unwatched(|control| fit(&signals, cases, bad, penalty, control)).unwrap_err()
    };
    let mut wrong = cases.clone();
    wrong[6] = vec![None; 3];
    assert_eq!(with(&wrong, &bad, 1.0), WarningError::Lengths { position: 7, n_found: 3, n_signals: 4 });
    wrong[6] = vec![None, Some(f64::INFINITY), None, None];
    let told = "case 7 (from 1), signal `b`: inf is no finite number; leave it out where it is not known";
    assert_eq!(with(&wrong, &bad, 1.0).to_string(), told);
    let constant: Vec<Signals> =
        cases.iter().map(|case| vec![case[0], Some(4.0), case[2], case[3]]).collect();
    assert_eq!(with(&constant, &bad, 1.0), WarningError::Constant { signal: "b".to_owned() });
    let few = WarningError::FewCases { n_fewer: 0, n_signals: 4, n_needed: 8 };
    assert_eq!(with(&cases, &[false; 200], 1.0), few);
    assert_eq!(with(&cases, &bad, -1.0), WarningError::Penalty { penalty: -1.0 });
    let twice: Vec<Signals> = cases.iter().map(|case| vec![case[0], case[0], case[2], case[3]]).collect();
    assert_eq!(with(&twice, &bad, 0.0), WarningError::NoMaximum);
    let apart: Vec<Signals> = bad.iter().map(|bad| vec![Some(f64::from(u8::from(*bad)))]).collect();
    let refused = unwatched(|control| fit(&names(&["a"]), &apart, &bad, 0.0, control));
    assert_eq!(refused.unwrap_err(), WarningError::NoMaximum);
    assert!(unwatched(|control| fit(&names(&["a"]), &apart, &bad, 1.0, control)).is_ok());
    let stopped = fit(&signals, &cases, &bad, 1.0, &mut Control::new(&mut |_| Verdict::Cancel));
    assert_eq!(stopped.unwrap_err(), WarningError::Cancelled(Cancelled));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reasons_add_up_to_the_chance(values in prop::collection::vec(prop::option::of(-40.0_f64..60.0), 4)) {
        let warning = fitted(300);
        let found = warning.chance(&values).expect("a chance");
        let odds = warning.base() + found.reasons.iter().map(|reason| reason.adds).sum::<f64>();
        prop_assert!((1.0 / (1.0 + (-odds).exp()) - found.chance).abs() < 1e-12);
        prop_assert!(found.interval.0 <= found.chance && found.chance <= found.interval.1);
        prop_assert!((0.0..=1.0 + 1e-12).contains(&found.coverage));
        prop_assert!(found.reasons.windows(2).all(|pair| pair[0].adds.abs() >= pair[1].adds.abs()));
    }
}
