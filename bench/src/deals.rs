//! The deals engine on generated domains: CPU milliseconds of the front, the cover, the points and the gap, five seeds each.
//!
//! `bench-deals table` prints the Markdown table of docs/benchmarks.md; `domain MODE TERMS OPTIONS SEED FILE` writes a domain file
//! for the peers, `frontier FILE` answers one as `mandate deals frontier` does, `learn` is a learner for their `learner.py`. Modes
//! are those of the peers' `gen.py`: `s` mixed, `h` hard (equal weights, strictly opposed).

use std::hint::black_box;

use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::digest::digest;
use mandate_deals::frontier::{Exactness, cover, frontier};
use mandate_deals::gap::gap;
use mandate_deals::learn::learn;
use mandate_deals::model::{Domain, Link, Parts, Rules, Term, TermOption, Totals, Worth};
use mandate_deals::offers::{Offers, offers};
use mandate_deals::parse;
use mandate_deals::points::points;
use mandate_deals::said::heard;

/// SplitMix64.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Gamma(1.5): half of it an exponential, half a squared normal.
    fn gamma(&mut self) -> f64 {
        let normal = (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
        -(1.0 - self.unit()).ln() + normal * normal / 2.0
    }
}

fn weights(n: usize, mut draw: impl FnMut() -> f64) -> Vec<f64> {
    let raw: Vec<f64> = (0..n).map(|_| draw()).collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|weight| weight / sum).collect()
}

fn spread(values: &[f64]) -> Vec<f64> {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    values.iter().map(|value| (value - low) / (high - low)).collect()
}

/// A domain as the peers' `gen.py` makes it; `unit` is what each party's best options add up to.
fn domain(mode: &str, n_terms: usize, n_options: usize, seed: u64, unit: f64) -> Domain {
    let mut stream = Stream(seed);
    let hard = mode == "h";
    let mut both = [vec![], vec![]];
    for side in &mut both {
        *side = weights(n_terms, || if hard { stream.between(0.5, 1.5) } else { stream.gamma() });
    }
    let mut terms = vec![];
    for term in 0..n_terms {
        let mut x: Vec<f64> = (0..n_options).map(|_| stream.unit()).collect();
        let (a, b): (Vec<f64>, Vec<f64>) = if hard {
            x.sort_by(f64::total_cmp);
            let powers = (stream.between(0.6, 1.6), stream.between(0.6, 1.6));
            spread(&x).into_iter().map(|x| (x.powf(powers.0), (1.0 - x).powf(powers.1))).unzip()
        } else {
            let opposed: Vec<f64> = x.iter().map(|x| 0.5 * stream.unit() + 0.5 * (1.0 - x)).collect();
            spread(&x).into_iter().zip(spread(&opposed)).unzip()
        };
        let whole = |value: f64, side: usize| (value * both[side][term] * unit).round() as i64;
        let options = a.iter().zip(&b).enumerate().map(|(idx, (a, b))| {
            let firm = whole(*a, 0);
            let top = whole(1.0, 0) as f64;
            let margin = (0.6 * firm as f64 + top * (0.4 * stream.unit() - 0.2)).round() as i64;
            TermOption {
                name: format!("o{idx}"),
                worth: Worth { firm, client: whole(*b, 1), margin, concession: 0 },
            }
        });
        terms.push(Term { name: format!("t{term}"), options: options.collect() });
    }
    let name = format!("{mode}_{n_terms}x{n_options}_{seed}");
    Domain::new(Parts { name, terms, ..Parts::default() }).expect("a domain in range")
}

/// Guardrails, links and a margin floor such that the package with the highest margins stays feasible.
fn constrained(
    domain: Domain,
    n_forbidden: usize,
    links: &[(usize, usize)],
    floor: f64,
    seed: u64,
) -> Domain {
    let mut stream = Stream(seed ^ 0xabcd);
    let mut parts = domain.into_parts();
    let n_options = parts.terms[0].options.len();
    let margins: Vec<Vec<i64>> = parts
        .terms
        .iter()
        .map(|term| term.options.iter().map(|option| option.worth.margin).collect())
        .collect();
    let kept: Vec<usize> = margins
        .iter()
        .map(|margins| (0..n_options).max_by_key(|option| margins[*option]).unwrap_or_default())
        .collect();
    let mut rules = Rules::default();
    while rules.forbid.len() < n_forbidden {
        let pair = (stream.below(margins.len()), stream.below(n_options));
        if kept[pair.0] != pair.1 && !rules.forbid.contains(&pair) {
            rules.forbid.push(pair);
        }
    }
    for (if_term, then_term) in links {
        let mut some = |n: usize| (0..n).map(|_| stream.below(n_options)).collect::<Vec<_>>();
        let if_options = some(n_options * 3 / 10);
        let mut then_options = some(n_options / 2);
        then_options.push(kept[*then_term]);
        rules.links.push(Link { if_term: *if_term, if_options, then_term: *then_term, then_options });
    }
    let (low, high) = margins.iter().fold((0, 0), |(low, high), margins| {
        (low + margins.iter().min().unwrap_or(&0), high + margins.iter().max().unwrap_or(&0))
    });
    rules.margin_floor = Some(low + ((high - low) as f64 * floor) as i64);
    parts.rules = rules;
    Domain::new(parts).expect("a domain in range")
}

/// CPU seconds of this process, which has one thread.
fn cpu_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The median of enough runs, in milliseconds.
fn median_ms(mut work: impl FnMut()) -> f64 {
    let mut runs = vec![];
    let begun = cpu_s();
    while runs.len() < 3 || (runs.len() < 101 && cpu_s() - begun < 1.0) {
        // What takes less than a millisecond is timed in batches.
        let n = if runs.first().is_some_and(|first: &f64| *first < 0.001) { 50 } else { 1 };
        let start = cpu_s();
        (0..n).for_each(|_| work());
        runs.push((cpu_s() - start) / f64::from(n));
    }
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2] * 1000.0
}

fn unlimited(_: Progress) -> Verdict {
    Verdict::Continue
}

/// One line of the table: the worst of five seeds.
fn row(name: &str, goal: &str, measure: impl Fn(u64) -> (f64, String)) {
    let runs: Vec<(f64, String)> = (1..=5).map(measure).collect();
    let all: Vec<String> = runs.iter().map(|(ms, _)| format!("{ms:.3}")).collect();
    let (worst, what) = runs.iter().max_by(|one, other| one.0.total_cmp(&other.0)).expect("five runs");
    println!("| {name} | {goal} | {worst:.3} | {} | {what} |", all.join(", "));
}

fn front_ms(domain: &Domain) -> (f64, String) {
    let mut watch = unlimited;
    let mut found = 0;
    let ms = median_ms(|| {
        let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
        let front = black_box(frontier(black_box(domain), &mut control)).expect("a front");
        assert_eq!(front.exactness(), Exactness::Exact);
        found = front.points().len();
    });
    (ms, format!("{found} points"))
}

fn table() {
    println!("| what | goal, ms | worst ms | five seeds | of the worst |\n| --- | --- | ---: | --- | --- |");
    row("front, s 20x10", "0.57 (25x numpy's 14.3)", |seed| front_ms(&domain("s", 20, 10, seed, 1e6)));
    row("front, h 20x10", "5", |seed| front_ms(&domain("h", 20, 10, seed, 1e6)));
    row("front, h 20x10, totals of 10^12", "", |seed| front_ms(&domain("h", 20, 10, seed, 1e12)));
    row("front, h 50x10", "200", |seed| front_ms(&domain("h", 50, 10, seed, 1e6)));
    row("front, h 20x50", "1000", |seed| front_ms(&domain("h", 20, 50, seed, 1e6)));
    row("front, s 10x10, 10 forbidden, 5 links, floor .7", "", |seed| {
        let links: Vec<_> = (0..5).map(|idx| (2 * idx, 2 * idx + 1)).collect();
        front_ms(&constrained(domain("s", 10, 10, seed, 1e6), 10, &links, 0.7, seed))
    });
    row("front, s 20x10, 20 forbidden, 10 links, floor .7", "50", |seed| {
        let links: Vec<_> = (0..10).map(|idx| (2 * idx, 2 * idx + 1)).collect();
        front_ms(&constrained(domain("s", 20, 10, seed, 1e6), 20, &links, 0.7, seed))
    });
    row("front, the same, links in one component of 10 terms", "50", |seed| {
        let links: Vec<_> = (0..10).map(|idx| (idx, (idx + 1) % 10)).collect();
        front_ms(&constrained(domain("s", 20, 10, seed, 1e6), 20, &links, 0.7, seed))
    });
    near();
    row("three offers, s 20x10", "20", |seed| offers_ms(&domain("s", 20, 10, seed, 1e6)));
    row("three offers, h 20x10", "20", |seed| offers_ms(&domain("h", 20, 10, seed, 1e6)));
    row("three offers, s 100x10", "20", |seed| offers_ms(&domain("s", 100, 10, seed, 1e6)));
}

fn offers_ms(domain: &Domain) -> (f64, String) {
    let mut watch = unlimited;
    let mut what = "";
    let ms = median_ms(|| {
        let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
        what = match black_box(offers(domain, None, &mut control)).expect("offers").offers {
            Offers::Three(_) => "three",
            Offers::NoThree { proven: true } => "none, proven",
            Offers::NoThree { proven: false } => "none found",
        };
    });
    (ms, what.to_owned())
}

/// What does without the front.
fn near() {
    for mode in ["s", "h"] {
        row(&format!("cover of 0.1 %, {mode} 100x50"), "100", |seed| {
            let domain = domain(mode, 100, 50, seed, 1e6);
            let mut what = String::new();
            let ms = median_ms(|| {
                let front = black_box(cover(black_box(&domain), 1_000)).expect("a cover");
                what = format!("{} points, {:?}", front.points().len(), front.exactness());
            });
            (ms, what)
        });
        row(&format!("four points, {mode} 100x10"), "2", |seed| {
            let domain = domain(mode, 100, 10, seed, 1e6);
            let mut watch = unlimited;
            let ms = median_ms(|| {
                let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
                black_box(points(&domain, Totals::default(), &mut control)).expect("points");
            });
            (ms, String::new())
        });
        row(&format!("gap of an offer, {mode} 100x10"), "2", |seed| {
            let domain = domain(mode, 100, 10, seed, 1e6);
            let mut stream = Stream(seed);
            let offer: Vec<usize> = (0..100).map(|_| stream.below(10)).collect();
            let mut watch = unlimited;
            let mut what = String::new();
            let ms = median_ms(|| {
                let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
                let found = black_box(gap(&domain, &offer, &mut control)).expect("a gap");
                what = format!("{} left", found.left);
            });
            (ms, what)
        });
    }
}

/// The domain as a file for the peers.
fn json(domain: &Domain) -> String {
    let terms: Vec<String> = domain
        .terms()
        .iter()
        .map(|term| {
            let column = |of: fn(&Worth) -> i64| {
                term.options.iter().map(|option| of(&option.worth).to_string()).collect::<Vec<_>>().join(", ")
            };
            let (a, b) = (column(|worth| worth.firm), column(|worth| worth.client));
            format!("{{\"name\": \"{}\", \"a\": [{a}], \"b\": [{b}]}}", term.name)
        })
        .collect();
    format!("{{\"name\": \"{}\", \"terms\": [{}]}}\n", domain.name(), terms.join(",\n"))
}

/// A learner for the peers' `learner.py`: a line in, a line out.
fn learn_lines() {
    for line in std::io::stdin().lines() {
        let heard = heard(line.expect("a line").as_bytes()).expect("a line of things said");
        let mut watch = unlimited;
        let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
        let learned =
            learn(&heard.firm, &heard.prior, &heard.said, heard.seed, &mut control).expect("learned");
        let terms: Vec<String> =
            (0..heard.firm.len()).map(|term| format!("{:?}", learned.means(term))).collect();
        println!("{{\"b\": [{}]}}", terms.join(", "));
    }
}

/// Front, digest and CPU time of a domain file, as the peers print them.
fn frontier_of(file: &str) {
    let domain = parse::domain(&std::fs::read(file).expect("a file")).expect("a domain");
    let mut watch = unlimited;
    let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
    let front = frontier(&domain, &mut control).expect("a front");
    let (ms, _) = front_ms(&domain);
    let digest = digest(front.points().iter().copied());
    let n_points = front.points().len();
    println!(
        "{{\"peer\": \"mandate\", \"front\": {n_points}, \"cpu_s\": {}, \"digest\": \"{digest}\"}}",
        ms / 1000.0
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["table"] => table(),
        ["domain", mode, n_terms, n_options, seed, file] => {
            let number = |text: &str| text.parse::<usize>().expect("a number");
            let made = domain(mode, number(n_terms), number(n_options), number(seed) as u64, 1e6);
            std::fs::write(file, json(&made)).expect("a file");
        }
        ["learn"] => learn_lines(),
        ["frontier", file] => frontier_of(file),
        _ => {
            eprintln!("bench-deals table | learn | frontier FILE | domain s|h TERMS OPTIONS SEED FILE");
            std::process::exit(2);
        }
    }
}
