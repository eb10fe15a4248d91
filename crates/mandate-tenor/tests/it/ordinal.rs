//! The ordinal mixed model: R's figures on Randall's wine, simulated raters, and answers that cannot be fitted.

use mandate_tenor::control::{Cancelled, Control, Verdict, unwatched};
use mandate_tenor::ordinal::{Answers, AnswersError, OrdinalError, OrdinalFit, fit};
use mandate_tenor::random::Stream;
use mandate_tenor::table::{Covariate, Row, Table, TableError};
use proptest::prelude::*;

use crate::kit::{data_table, names, near, table};

fn answers(table: &Table, response: &str, fixed: &[&str], random: &str) -> Result<Answers, AnswersError> {
    let codes = table.codes(response, &[]).expect("codes");
    let raters = table.names(random).expect("raters");
    Answers::new(&codes, &raters, &table.covariates(&names(fixed)).expect("covariates"))
}

fn fitted(answers: &Answers) -> OrdinalFit {
    unwatched(|control| fit(answers, control)).expect("a fit")
}

#[test]
fn the_bitterness_of_wine_is_fitted_as_r_fits_it() {
    let Some(table) = data_table("raters", "wine_clmm.csv") else { return };
    let fit = fitted(&answers(&table, "rating", &["temp", "contact"], "judge").expect("answers"));
    // R ordinal, clmm(rating ~ temp + contact + (1|judge)), nAGQ = 1.
    near(fit.log_likelihood, -81.5654, 5e-5);
    let wanted = [("temp = warm", 3.0630, 0.5954), ("contact = yes", 1.8349, 0.5125)];
    for ((name, estimate), (wanted, value, standard_error)) in fit.coefficients.iter().zip(wanted) {
        assert_eq!(name, wanted);
        near(estimate.value, value, 1e-4);
        near(estimate.standard_error, standard_error, 1e-3);
    }
    near(fit.rater_variance(), 1.2795, 2e-4);
    let thresholds = [(-1.6237, 0.6824), (1.5134, 0.6038), (4.2285, 0.8090), (6.0888, 0.9725)];
    for ((below, above, estimate), (value, standard_error)) in fit.thresholds.iter().zip(thresholds) {
        assert_eq!(below + 1, *above);
        near(estimate.value, value, 1e-3);
        near(estimate.standard_error, standard_error, 1e-3);
    }
    assert_eq!((fit.n_answers, fit.n_left_out, fit.raters.len()), (72, 0, 9));
    // Leniency is shrunk: of 8 answers each judge's own mean says less than all judges together with it.
    let lowest =
        fit.raters.iter().min_by(|a, b| a.leniency.value.total_cmp(&b.leniency.value)).expect("judges");
    assert_eq!((lowest.name.as_str(), lowest.n_answers), ("7", 8));
    near(lowest.leniency.value, -1.911, 1e-3);
    assert!(fit.raters.iter().all(|judge| judge.leniency.standard_error < fit.rater_sd.value));
}

#[test]
fn raters_are_told_apart_without_covariates_too() {
    let text = (0..60).fold("rating,judge\n".to_owned(), |text, idx| {
        text + &format!("{},{}\n", 1 + (idx * 7 % 5 + idx % 6) / 2, idx % 6)
    });
    let fit = fitted(&answers(&table(&text), "rating", &[], "judge").expect("answers"));
    assert!(fit.coefficients.is_empty() && fit.raters.len() == 6 && fit.log_likelihood < 0.0);
    assert!(fit.raters[5].leniency.value > fit.raters[0].leniency.value, "{:?}", fit.raters);
}

/// Answers of `n_raters` with a known spread and effect, on five categories.
fn simulated(seed: u64, n_raters: usize, n_each: usize, spread: f64, effect: f64) -> Answers {
    let mut stream = Stream::new(seed);
    let (mut codes, mut raters, mut side) = (vec![], vec![], vec![]);
    for rater in 0..n_raters {
        let leniency = spread * stream.normal();
        for _ in 0..n_each {
            let x = f64::from(u8::from(stream.unit() < 0.5));
            let latent = effect * x + leniency + stream.logistic();
            codes.push(Some(1 + [-2.0, -0.5, 0.5, 2.0].iter().filter(|cut| latent > **cut).count() as i64));
            raters.push(Some(format!("rater {rater:03}")));
            side.push(Some(x));
        }
    }
    Answers::new(&codes, &raters, &[Covariate { name: "side".to_owned(), values: side }]).expect("answers")
}

#[test]
fn known_effects_are_found_and_raters_who_do_not_differ_are_no_error() {
    let (mut covered, n) = (0, 400);
    for seed in 0..n {
        let fit = fitted(&simulated(seed, 60, 12, 1.0, 0.8));
        covered += usize::from(fit.coefficients[0].1.covers(0.8));
        assert!((0.6..1.5).contains(&fit.rater_sd.value), "{seed}: {:?}", fit.rater_sd);
    }
    // 95 % with three standard errors of a share of 400.
    assert!((367..=393).contains(&covered), "{covered} of {n}");
    for seed in 0..10 {
        let fit = fitted(&simulated(seed, 30, 10, 0.0, 0.8));
        assert!(fit.rater_sd.value < 0.5 && fit.coefficients[0].1.standard_error.is_finite(), "{fit:?}");
    }
}

#[test]
fn the_same_answers_on_another_scale_give_the_same_fit() {
    let text = |shift: f64, by: f64| {
        let mut stream = Stream::new(3);
        let mut text = "rating,year,judge\n".to_owned();
        for row in 0..120 {
            let (year, judge) = (f64::from(row % 12), row % 8);
            let rating = 1 + (year / 4.0 + stream.logistic() + f64::from(judge) / 4.0).clamp(0.0, 3.9) as i64;
            text += &format!("{rating},{},{judge}\n", shift + by * year);
        }
        text
    };
    let [plain, years] = [(0.0, 1.0), (2014.0, 0.25)].map(|(shift, by)| {
        fitted(&answers(&table(&text(shift, by)), "rating", &["year"], "judge").expect("answers"))
    });
    near(plain.log_likelihood, years.log_likelihood, 1e-7);
    near(plain.coefficients[0].1.value, years.coefficients[0].1.value / 4.0, 1e-5);
    near(plain.coefficients[0].1.standard_error, years.coefficients[0].1.standard_error / 4.0, 1e-5);
    let shifted = years.thresholds[0].2.value - years.coefficients[0].1.value * 2014.0;
    near(plain.thresholds[0].2.value, shifted, 1e-3);
}

#[test]
fn a_wrong_table_names_the_line_the_column_and_the_mend() {
    let said = |error: TableError| error.to_string();
    let ragged = Table::new(names(&["a", "b"]), vec![Row { line: 2, cells: names(&["1"]) }]);
    assert_eq!(said(ragged.unwrap_err()), "line 2: 1 cells where the header has 2");
    assert_eq!(
        said(Table::new(names(&["a", "a"]), vec![]).unwrap_err()),
        "the header has the column `a` twice; rename one"
    );
    assert_eq!(said(Table::new(names(&["a"]), vec![]).unwrap_err()), "there are no rows below the header");
    let table = table("rating,temp,judge\n1,cold,1\ngood,cold,2\n");
    let told = "line 3, column `rating`: `good` is not a whole number; answers are codes such as 1 to 5";
    assert_eq!(said(table.codes("rating", &[]).unwrap_err()), told);
    assert_eq!(
        said(table.codes("bitter", &[]).unwrap_err()),
        "there is no column `bitter`; the file has rating, temp, judge"
    );
    let told = "column `temp` is the same in every row that is used; leave it out";
    assert_eq!(said(table.covariates(&names(&["temp"])).unwrap_err()), told);
    let told = "column `judge` is asked for twice";
    assert_eq!(said(table.covariates(&names(&["judge", "judge"])).unwrap_err()), told);
}

#[test]
fn a_level_found_only_in_rows_that_are_left_out_is_no_covariate() {
    let site = ["east", "north", "south", "west"];
    let rows = (0..160).fold("rating,site,age,judge\n".to_owned(), |text, idx| {
        // Nobody at `south` answered, nobody at `west` gave an age.
        let (at, level) = (idx % 4, 1 + (idx * 7 + idx / 5) % 4);
        let rating = if site[at] == "south" { "NA".to_owned() } else { level.to_string() };
        let age = if site[at] == "west" { "NA".to_owned() } else { (20 + idx * 3 % 37).to_string() };
        text + &format!("{rating},{},{age},{}\n", site[at], idx % 9)
    });
    let table = table(&rows);
    let codes = table.codes("rating", &[]).expect("codes");
    let raters = table.names("judge").expect("raters");
    let asked = names(&["site", "age"]);
    let is_answered = |row: usize| codes[row].is_some() && raters[row].is_some();
    let covariates = table.covariates_of(&asked, &is_answered).expect("covariates");
    let of: Vec<&str> = covariates.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(of, ["site = north", "age"]);
    let fitted = fitted(&Answers::new(&codes, &raters, &covariates).expect("answers"));
    assert_eq!((fitted.n_answers, fitted.n_left_out), (80, 80));
    // Where only one site is left, it is the site that is told.
    let told = "column `site` is the same in every row that is used; leave it out";
    let one = table.covariates_of(&asked, &|row| is_answered(row) && row % 4 == 0);
    assert_eq!(one.unwrap_err().to_string(), told);
}

#[test]
fn answers_that_cannot_be_fitted_say_why() {
    let text = |row: &dyn Fn(usize) -> String| {
        (0..60).fold("rating,x,y,judge\n".to_owned(), |text, idx| text + &row(idx) + "\n")
    };
    let one = table(&text(&|idx| format!("3,{},{},{}", idx % 2, idx % 3, idx % 5)));
    assert_eq!(answers(&one, "rating", &["x"], "judge").unwrap_err(), AnswersError::OneCategory);
    let codes: Vec<Option<i64>> = (0..80_000).map(|idx| Some(idx % 61)).collect();
    let raters: Vec<Option<String>> = (0..80_000).map(|idx| Some(format!("r{}", idx / 2))).collect();
    assert_eq!(Answers::new(&codes, &raters, &[]).unwrap_err(), AnswersError::ManyCategories { n_found: 61 });
    let few = table(&text(&|idx| format!("{},{},{},{}", idx % 4, idx % 2, idx % 3, idx % 2)));
    assert_eq!(
        answers(&few, "rating", &["x"], "judge").unwrap_err(),
        AnswersError::FewRaters { n_raters: 2 }
    );
    let twice = table(&text(&|idx| format!("{},{},{},{}", idx % 4, idx % 7, 2 * (idx % 7) + 1, idx % 5)));
    let told = AnswersError::Dependent { covariate: "y".to_owned() };
    assert_eq!(answers(&twice, "rating", &["x", "y"], "judge").unwrap_err(), told);
    let missing = table(&text(&|idx| format!("{},{},NA,{}", idx % 4, idx % 2, idx % 5)));
    assert_eq!(
        Answers::new(
            &missing.codes("rating", &[]).expect("codes"),
            &missing.names("judge").expect("raters"),
            &[Covariate { name: "y".to_owned(), values: vec![None; 60] }]
        )
        .unwrap_err(),
        AnswersError::OneCategory
    );
    let apart = table(&text(&|idx| format!("{},{},{},{}", 1 + idx % 2, idx % 2, idx % 3, idx % 5)));
    let apart = answers(&apart, "rating", &["x"], "judge").expect("answers");
    let told = OrdinalError::Separated { covariate: "x".to_owned() };
    assert_eq!(unwatched(|control| fit(&apart, control)).unwrap_err(), told);
    let cancelled = fit(&simulated(1, 10, 5, 1.0, 1.0), &mut Control::new(&mut |_| Verdict::Cancel));
    assert_eq!(cancelled.unwrap_err(), OrdinalError::Cancelled(Cancelled));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Whatever the codes, there is an answer or an error, never a panic, and no estimate that is no number.
    #[test]
    fn any_answers_are_fitted_or_refused(
        rows in prop::collection::vec((-3_i64..4, 0_u8..6, -1e6_f64..1e6, prop::bool::weighted(0.9)), 0..60),
    ) {
        let codes: Vec<_> = rows.iter().map(|row| row.3.then_some(row.0)).collect();
        let raters: Vec<_> = rows.iter().map(|row| Some(row.1.to_string())).collect();
        let values = rows.iter().map(|row| Some(row.2)).collect();
        let Ok(answers) = Answers::new(&codes, &raters, &[Covariate { name: "x".to_owned(), values }]) else { return Ok(()) };
        if let Ok(fit) = unwatched(|control| fit(&answers, control)) {
            prop_assert!(fit.log_likelihood.is_finite() && fit.log_likelihood <= 0.0);
            prop_assert!(fit.thresholds.windows(2).all(|pair| pair[0].2.value < pair[1].2.value));
            prop_assert!(fit.coefficients.iter().all(|(_, estimate)| estimate.value.is_finite() && estimate.standard_error > 0.0));
            prop_assert!(fit.raters.iter().all(|rater| rater.leniency.value.is_finite()));
        }
    }
}
