//! Effects of managers: the dyestuff of the textbooks, accounts given unevenly, managers who do not differ, bad input.

use mandate_tenor::control::{Cancelled, Control, Verdict, unwatched};
use mandate_tenor::managers::{Managers, ManagersError, effects};
use mandate_tenor::random::Stream;
use mandate_tenor::table::Covariate;
use proptest::prelude::*;

use crate::kit::near;

/// Yields of five preparations from each of six batches (Davies 1947; R `lme4`, `Dyestuff`).
const DYESTUFF: [[f64; 5]; 6] = [
    [1545.0, 1440.0, 1440.0, 1520.0, 1580.0],
    [1540.0, 1555.0, 1490.0, 1560.0, 1495.0],
    [1595.0, 1550.0, 1605.0, 1510.0, 1560.0],
    [1445.0, 1440.0, 1595.0, 1465.0, 1545.0],
    [1595.0, 1630.0, 1515.0, 1635.0, 1625.0],
    [1520.0, 1455.0, 1450.0, 1480.0, 1445.0],
];

type Column<T> = Vec<Option<T>>;

fn of(
    outcomes: &[Option<f64>],
    managers: &[Option<String>],
    covariates: &[Covariate],
) -> Result<Managers, ManagersError> {
    unwatched(|control| effects(outcomes, managers, covariates, control))
}

#[test]
fn the_dyestuff_is_fitted_as_r_fits_it() {
    let outcomes: Column<f64> = DYESTUFF.iter().flatten().map(|value| Some(*value)).collect();
    let batches: Column<String> = (0..30).map(|idx| Some("ABCDEF"[idx / 5..=idx / 5].to_owned())).collect();
    let found = of(&outcomes, &batches, &[]).expect("effects");
    // lmer(Yield ~ 1 + (1|Batch), Dyestuff): REML criterion 319.6543, variances 1764.05 and 2451.25, 1527.50 (19.38).
    near(found.criterion, 319.6543, 1e-4);
    near(found.between, 1764.05, 0.01);
    near(found.within, 2451.25, 0.01);
    near(found.constant.value, 1527.5, 1e-9);
    near(found.constant.standard_error, 19.38, 0.005);
    // In a balanced layout an effect is the batch's mean less the general one, times 1 - 2451.25 / 11271.5.
    for (manager, yields) in found.managers.iter().zip(DYESTUFF) {
        let off = yields.iter().sum::<f64>() / 5.0 - 1527.5;
        near(manager.effect.value, off * (1.0 - 2451.25 / 11_271.5), 1e-3);
    }
    assert_eq!(found.managers[0].name, "A");
    near(found.managers[0].effect.value, -17.607, 1e-3);
}

/// Managers whose accounts differ: the better the manager, the harder the accounts, when `unfair`.
fn drawn(seed: u64, spread: f64, unfair: f64) -> (Column<f64>, Column<String>, Covariate, Vec<f64>) {
    let mut stream = Stream::new(seed);
    let (mut outcomes, mut managers, mut values, mut truth) = (vec![], vec![], vec![], vec![]);
    for manager in 0..25 {
        let effect = spread * stream.normal();
        truth.push(effect);
        for _ in 0..3 + manager % 10 {
            let hard = unfair * effect + stream.normal();
            outcomes.push(Some(2.0 - 1.5 * hard + effect + stream.normal()));
            managers.push(Some(format!("manager {manager:02}")));
            values.push(Some(hard));
        }
    }
    (outcomes, managers, Covariate { name: "hard".to_owned(), values }, truth)
}

#[test]
fn who_was_given_hard_accounts_is_not_blamed_and_intervals_hold() {
    let (mut held, mut n, mut raw, mut adjusted) = (0, 0, 0.0, 0.0);
    for seed in 0..60 {
        let (outcomes, managers, hard, truth) = drawn(seed, 0.8, 0.0);
        let found = of(&outcomes, &managers, &[hard]).expect("effects");
        for (manager, truth) in found.managers.iter().zip(&truth) {
            held += usize::from(manager.effect.covers(*truth));
            n += 1;
        }
        // The better a manager, the harder their accounts: without what the accounts were, good managers look bad.
        let (outcomes, managers, hard, truth) = drawn(seed, 0.8, 1.0);
        let agreement = |covariates: &[Covariate]| -> f64 {
            let found = of(&outcomes, &managers, covariates).expect("effects");
            found.managers.iter().zip(&truth).map(|(manager, truth)| manager.effect.value * truth).sum()
        };
        raw += agreement(&[]);
        adjusted += agreement(&[hard]);
    }
    let share = held as f64 / f64::from(n);
    assert!((0.925..=0.965).contains(&share), "{share}");
    assert!(raw < 0.0 && adjusted > 0.0, "{raw} {adjusted}");
}

#[test]
fn managers_who_do_not_differ_are_not_told_apart() {
    let mut n_none = 0;
    for seed in 0..40 {
        let (outcomes, managers, hard, _) = drawn(seed, 0.0, 0.0);
        let found = of(&outcomes, &managers, &[hard]).expect("effects");
        assert!(found.between < 0.4, "{seed}: {}", found.between);
        if found.between == 0.0 {
            n_none += 1;
            assert!(found.managers.iter().all(|one| one.effect.value == 0.0 && one.chance_above == 0.5));
        }
    }
    assert!((10..=35).contains(&n_none), "{n_none} of 40");
}

#[test]
fn what_cannot_be_fitted_names_the_row_or_covariate() {
    let (outcomes, managers, hard, _) = drawn(1, 1.0, 0.0);
    let n_rows = outcomes.len();
    let refused =
        |outcomes: &[Option<f64>], covariates: &[Covariate]| of(outcomes, &managers, covariates).unwrap_err();
    let mut wrong = outcomes.clone();
    wrong[4] = Some(f64::NAN);
    let told = "row 5 (from 1) has the outcome NaN; give a finite number, or leave the row out";
    assert_eq!(refused(&wrong, &[]).to_string(), told);
    let told = ManagersError::Lengths { column: "managers".to_owned(), n_found: n_rows, n_rows: 3 };
    assert_eq!(refused(&outcomes[..3], &[]), told);
    let twice = [hard.clone(), Covariate { name: "again".to_owned(), ..hard.clone() }];
    assert_eq!(refused(&outcomes, &twice), ManagersError::Dependent { covariate: "again".to_owned() });
    let infinite = [Covariate { name: "size".to_owned(), values: vec![Some(f64::INFINITY); n_rows] }];
    assert_eq!(refused(&outcomes, &infinite), ManagersError::Covariate { covariate: "size".to_owned() });
    assert_eq!(refused(&vec![None; n_rows], &[]), ManagersError::FewManagers { n_managers: 0 });
    let few = of(&outcomes[..13], &managers[..13], &[]);
    assert!(few.is_ok(), "three managers with 3, 4 and 5 accounts, and one more: {few:?}");
    let one_each: Column<String> = (0..n_rows).map(|idx| Some(idx.to_string())).collect();
    let told = ManagersError::FewRows { n_rows, n_unknowns: n_rows };
    assert_eq!(of(&outcomes, &one_each, &[]).unwrap_err(), told);
    let exact: Column<f64> = hard.values.iter().map(|value| value.map(|value| 3.0 * value)).collect();
    assert_eq!(refused(&exact, &[hard]), ManagersError::NothingLeft);
    let stopped = effects(&outcomes, &managers, &[], &mut Control::new(&mut |_| Verdict::Cancel));
    assert_eq!(stopped.unwrap_err(), ManagersError::Cancelled(Cancelled));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_accounts_are_fitted_or_refused(
        rows in prop::collection::vec((prop::option::weighted(0.9, -1e6_f64..1e6), 0_u8..6, -1e3_f64..1e3), 0..50),
    ) {
        let outcomes: Column<f64> = rows.iter().map(|row| row.0).collect();
        let managers: Column<String> = rows.iter().map(|row| Some(row.1.to_string())).collect();
        let size = Covariate { name: "size".to_owned(), values: rows.iter().map(|row| Some(row.2)).collect() };
        let Ok(found) = of(&outcomes, &managers, &[size]) else { return Ok(()) };
        prop_assert!(found.between >= 0.0 && found.within > 0.0);
        for manager in &found.managers {
            prop_assert!(manager.effect.value.is_finite() && (0.0..=1.0).contains(&manager.chance_above));
        }
        prop_assert!(found.managers.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
