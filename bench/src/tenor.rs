//! The tenor engine's table: fits beside R's figures, change points scored, and detectors on simulated answers.
//!
//! `bench-tenor` prints the Markdown of docs/benchmarks.md. MANDATE_TEST_DATA names the folder with the data; what is simulated
//! comes from fixed seeds, so that figures other than times are the same on every machine.

use std::path::{Path, PathBuf};

use mandate_tenor::change::Series;
use mandate_tenor::change::chart::{Asked, Judged, judge};
use mandate_tenor::change::lasting::{Verdict as Lasts, lasting};
use mandate_tenor::change::pooled::pooled_correlation;
use mandate_tenor::change::segment::changes_of_line;
use mandate_tenor::control::unwatched;
use mandate_tenor::ordinal::{self, Answers};
use mandate_tenor::random::Stream;
use mandate_tenor::table::{Covariate, Row, Table};
use mandate_tenor::vignettes::{self, Survey};
use rustix::time::{ClockId, clock_gettime};

fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// The median CPU time of `n` runs, and the last result.
fn timed<T>(n: usize, mut work: impl FnMut() -> T) -> (f64, T) {
    let mut times = vec![];
    let mut last = None;
    for _ in 0..n {
        let begun = cpu_ms();
        last = Some(work());
        times.push(cpu_ms() - begun);
    }
    times.sort_by(f64::total_cmp);
    (times[n / 2], last.expect("at least one run"))
}

fn table(path: &Path) -> Table {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cells =
        |line: &str| line.split(',').map(|cell| cell.trim_matches('"').to_owned()).collect::<Vec<_>>();
    let mut lines = text.lines();
    let columns = cells(lines.next().expect("a header"));
    let rows = lines.enumerate().map(|(idx, line)| Row { line: idx + 2, cells: cells(line) }).collect();
    Table::new(columns, rows).expect("a table")
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn fits(data: &Path) {
    let wine = table(&data.join("raters/wine_clmm.csv"));
    let (ms, fit) = timed(51, || {
        let covariates = wine.covariates(&names(&["temp", "contact"])).expect("covariates");
        let (codes, judges) =
            (wine.codes("rating", &[]).expect("codes"), wine.names("judge").expect("names"));
        let answers = Answers::new(&codes, &judges, &covariates).expect("answers");
        unwatched(|control| ordinal::fit(&answers, control)).expect("a fit")
    });
    println!("| what | figures | goal | CPU ms | goal, ms |\n| --- | --- | --- | ---: | ---: |");
    println!(
        "| ordinal mixed model, wine | logLik {:.4}, temp {:.4}, contact {:.4}, variance {:.4} | -81.5654, 3.0630, 1.8349, 1.2795 | {ms:.2} | 200 |",
        fit.log_likelihood,
        fit.coefficients[0].1.value,
        fit.coefficients[1].1.value,
        fit.rater_variance()
    );
    let efficacy = table(&data.join("raters/mexchn.csv"));
    let codes = |name: &str| efficacy.codes(name, &[0]).expect("codes");
    let (ms, fit) = timed(11, || {
        let rated: Vec<_> =
            (1..=5).map(|idx| format!("xsay{idx}")).map(|name| (name.clone(), codes(&name))).collect();
        let covariates =
            efficacy.covariates(&names(&["china", "age", "male", "educyrs"])).expect("covariates");
        let survey = Survey::new(&codes("xsayself"), &rated, &covariates).expect("a survey");
        unwatched(|control| vignettes::fit(&survey, control)).expect("a fit")
    });
    let china = fit.coefficients[0].1;
    println!(
        "| vignettes, political efficacy | logLik {:.3}, China {:.4} ({:.4}) | -7062.159, -0.3639 (0.0904) | {ms:.0} | 500 |",
        fit.log_likelihood, china.value, china.standard_error
    );
}

/// The values of a file of the data set, without those that are missing.
fn raw(path: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // The time axis may have such a list, too; that of the values is the last.
    let last = text.rsplit("\"raw\":").next().unwrap_or_default();
    let list = last.split('[').nth(1).and_then(|rest| rest.split(']').next());
    list.unwrap_or_default().split(',').filter_map(|value| value.trim().parse().ok()).collect()
}

fn segments(data: &Path) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(data.join("tcpd"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let series: Vec<Vec<f64>> = paths
        .iter()
        .filter(|path| {
            path.extension().is_some_and(|ending| ending == "json") && !path.ends_with("annotations.json")
        })
        .map(|path| raw(path))
        .filter(|values| values.len() > 2)
        .collect();
    let (ms, n) = timed(5, || {
        let of =
            |values: &Vec<f64>| unwatched(|control| changes_of_line(values, control)).expect("changes").len();
        series.iter().map(of).sum::<usize>()
    });
    println!(
        "\nLines on all {} series of TCPD: {n} change points, {ms:.0} ms CPU. F1 and covering are held by a test.\n",
        series.len()
    );
}

/// Monthly means of answers from 1 to 5, as the peers' `false_alarms.py` makes them.
struct Months {
    autoregression: f64,
    n_raters: usize,
}

impl Months {
    fn draw(&self, stream: &mut Stream, n: usize, shift: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut latent = stream.normal();
        let month = |month| {
            if month > 0 {
                latent = self.autoregression * latent
                    + (1.0 - self.autoregression.powi(2)).sqrt() * stream.normal();
            }
            let level = 3.5 + 0.5 * latent + shift(month);
            let answer = |_| (level + 0.9 * stream.normal()).round().clamp(1.0, 5.0);
            (0..self.n_raters).map(answer).sum::<f64>() / self.n_raters as f64
        };
        (0..n).map(month).collect()
    }

    /// The standard deviation of an observed month.
    fn sd(&self) -> f64 {
        let long = self.draw(&mut Stream::new(1), 200_000, |_| 0.0);
        let mean = long.iter().sum::<f64>() / long.len() as f64;
        (long.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / long.len() as f64).sqrt()
    }

    /// Accounts of two years; from month 12 on they move by `shift`, every other one downwards.
    fn portfolio(&self, stream: &mut Stream, n: usize, shift: f64) -> Vec<Series> {
        let account = |idx: usize| {
            let signed = if idx % 2 == 0 { shift } else { -shift };
            let values = self.draw(stream, 24, |month| if month >= 12 { signed } else { 0.0 });
            Series::new(&values.into_iter().map(Some).collect::<Vec<_>>()).expect("a series")
        };
        (0..n).map(account).collect()
    }
}

fn judged(series: &[Series], seed: u64) -> Vec<Judged> {
    unwatched(|control| {
        let correlation = pooled_correlation(series, control).expect("a correlation");
        judge(series, &Asked { false_alarm: 0.05, correlation, n_runs: 20_000, seed }, control)
            .expect("judgements")
    })
}

const CASES: [(f64, usize); 6] = [(0.0, 3), (0.0, 6), (0.0, 12), (0.5, 3), (0.5, 6), (0.5, 12)];

fn false_alarms() {
    println!(
        "| AR | raters | portfolio | series | false alarms online, % | looking back, % |\n| ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    let portfolios =
        CASES.iter().map(|case| (*case, 250, 40)).chain([((0.0, 6), 40, 50), ((0.5, 6), 40, 50)]);
    for ((autoregression, n_raters), n_accounts, n_portfolios) in portfolios {
        let months = Months { autoregression, n_raters };
        let (mut stream, mut online, mut back) = (Stream::new(17), 0_u32, 0_u32);
        for seed in 0..n_portfolios {
            for one in judged(&months.portfolio(&mut stream, n_accounts, 0.0), seed) {
                online += u32::from(one.online.is_some());
                back += u32::from(one.looking_back.is_some());
            }
        }
        let n = n_accounts as u64 * n_portfolios;
        let percent = |found: u32| 100.0 * f64::from(found) / n as f64;
        println!(
            "| {autoregression} | {n_raters} | {n_accounts} | {n} | {:.2} | {:.2} |",
            percent(online),
            percent(back)
        );
    }
}

fn power() {
    println!(
        "\n| AR | raters | shift, SD | changed in each portfolio | found online | months to it | looking back |\n| ---: | ---: | ---: | --- | ---: | ---: | ---: |"
    );
    for (autoregression, n_raters, sds, n_changed) in [
        (0.0, 6, 1.0, 50),
        (0.0, 6, 2.0, 50),
        (0.5, 6, 1.0, 50),
        (0.5, 6, 2.0, 50),
        (0.0, 3, 2.0, 50),
        (0.5, 12, 2.0, 50),
        (0.0, 6, 1.0, 125),
    ] {
        let months = Months { autoregression, n_raters };
        let shift = sds * months.sd();
        let mut stream = Stream::new(29);
        let (mut online, mut back, mut delay, mut n) = (0_u32, 0_u32, 0, 0_u32);
        for seed in 0..30 {
            let mut series = months.portfolio(&mut stream, n_changed, shift);
            series.extend(months.portfolio(&mut stream, 500 - n_changed, 0.0));
            for one in &judged(&series, seed)[..n_changed] {
                n += 1;
                if let Some(change) = one.online.filter(|change| change.told_in >= 12) {
                    online += 1;
                    delay += change.told_in - 12;
                }
                back += u32::from(one.looking_back.is_some());
            }
        }
        let share = |found: u32| f64::from(found) / f64::from(n);
        let months = delay as f64 / f64::from(online.max(1));
        println!(
            "| {autoregression} | {n_raters} | {sds} | {n_changed} of 500 | {:.3} | {months:.1} | {:.3} |",
            share(online),
            share(back)
        );
    }
}

fn mix() {
    println!(
        "\n| AR | size, SD | called sustained | of them hold | of those that last |\n| ---: | ---: | ---: | ---: | ---: |"
    );
    for (autoregression, sds) in [(0.0, 1.5), (0.0, 2.0), (0.0, 3.0), (0.5, 1.5), (0.5, 2.0), (0.5, 3.0)] {
        let months = Months { autoregression, n_raters: 6 };
        let (sd, mut stream, n) = (months.sd(), Stream::new(3), 9000);
        // How months hang together comes from other accounts of the portfolio.
        let others = months.portfolio(&mut stream, 500, 0.0);
        let correlation = unwatched(|control| pooled_correlation(&others, control)).expect("a correlation");
        let (mut called, mut right) = (0_u32, 0_u32);
        for idx in 0..n {
            let (kind, size) = (idx % 3, if idx % 2 == 0 { sds * sd } else { -sds * sd });
            let shift = |month: usize| match (month.checked_sub(12), kind) {
                (Some(_), 0) => size,
                (Some(age), 1) => size * (1.0 - age as f64 / 6.0).max(0.0),
                _ => 0.0,
            };
            let values: Vec<_> = months.draw(&mut stream, 19, shift).into_iter().map(Some).collect();
            let is_called =
                lasting(&Series::new(&values).expect("a series"), correlation).verdict == Lasts::Sustained;
            called += u32::from(is_called);
            right += u32::from(is_called && kind == 0);
        }
        let (hold, found) =
            (f64::from(right) / f64::from(called.max(1)), f64::from(right) / f64::from(n / 3));
        println!("| {autoregression} | {sds} | {called} of {n} | {hold:.3} | {found:.3} |");
    }
}

/// Two sides that feel `gap` apart, the second answering by thresholds `severity` higher; the fit's coefficient of the side.
fn gap() {
    let (n, n_each, gap, severity) = (5000_u32, 200, -0.3, 0.6);
    let levels = [-0.8, 0.0, 0.9];
    let (mut covered, mut sum, mut naive) = (0_u32, 0.0, 0.0);
    for seed in 0..u64::from(n) {
        let mut stream = Stream::new(seed);
        let (mut own, mut sides) = (vec![], vec![]);
        let mut rated: Vec<(String, Vec<Option<i64>>)> =
            levels.iter().map(|level| (level.to_string(), vec![])).collect();
        for person in 0..2 * n_each {
            let side = f64::from(person % 2);
            let code = |latent: f64| {
                let above = [-1.2, -0.4, 0.4, 1.2].iter().filter(|cut| latent > **cut + severity * side);
                Some(1 + above.count() as i64)
            };
            own.push(code(gap * side + stream.normal()));
            for (level, (_, codes)) in levels.iter().zip(&mut rated) {
                codes.push(code(level + 0.7 * stream.normal()));
            }
            sides.push(Some(side));
        }
        let side = Covariate { name: "side".to_owned(), values: sides };
        let survey = Survey::new(&own, &rated, &[side]).expect("a survey");
        let estimate =
            unwatched(|control| vignettes::fit(&survey, control)).expect("a fit").coefficients[0].1;
        covered += u32::from(estimate.covers(gap));
        sum += estimate.value / f64::from(n);
        if seed < 200 {
            naive += unwatched(|control| vignettes::fit_plain(&survey, control)).expect("a fit").coefficients
                [0]
            .1
            .value
                / 200.0;
        }
    }
    println!(
        "\nTwo sides, gap {gap}, severity {severity}: mean estimate {sum:.4}, 95 % intervals that hold the gap {:.2} % of {n}; answers as they are {naive:.3}.",
        100.0 * f64::from(covered) / f64::from(n)
    );
}

fn main() {
    let begun = cpu_ms();
    match std::env::var_os("MANDATE_TEST_DATA").map(PathBuf::from) {
        Some(data) => {
            fits(&data);
            segments(&data);
        }
        None => eprintln!("MANDATE_TEST_DATA is not set: no published data was read"),
    }
    false_alarms();
    power();
    mix();
    gap();
    println!("\nAll of it: {:.0} s CPU.", (cpu_ms() - begun) / 1e3);
}
