//! Seeded domains of every shape, and the oracle that looks at every package.

use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::frontier::{Front, FrontierError, frontier};
use mandate_deals::model::{Domain, Interaction, Link, Parts, Rules, Term, TermOption, Totals, Worth};

/// SplitMix64: the same stream everywhere.
pub struct Stream(pub u64);

impl Stream {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }
}

/// What a random domain may have.
#[derive(Clone, Copy, Default)]
pub struct Shape {
    pub n_terms: usize,
    pub n_options: usize,
    pub largest: i64,
    pub n_forbidden: usize,
    pub n_links: usize,
    pub n_interactions: usize,
    pub has_floor: bool,
    pub has_cap: bool,
}

pub fn domain(shape: Shape, seed: u64) -> Domain {
    let mut stream = Stream(seed);
    let largest = shape.largest;
    let mut worth = |scale: i64| Worth {
        firm: stream.between(-largest / scale, largest / scale),
        client: stream.between(-largest / scale, largest / scale),
        margin: stream.between(-largest / scale, largest / scale),
        concession: stream.between(0, largest / scale),
    };
    let terms: Vec<Term> = (0..shape.n_terms)
        .map(|term| Term {
            name: format!("t{term}"),
            options: (0..shape.n_options)
                .map(|option| TermOption { name: format!("o{option}"), worth: worth(1) })
                .collect(),
        })
        .collect();
    let tables: Vec<Vec<Vec<Worth>>> = (0..shape.n_interactions)
        .map(|_| (0..shape.n_options).map(|_| (0..shape.n_options).map(|_| worth(2)).collect()).collect())
        .collect();
    let two = |stream: &mut Stream| {
        let first = stream.below(shape.n_terms);
        (first, (first + 1 + stream.below(shape.n_terms - 1)) % shape.n_terms)
    };
    let interactions = tables
        .into_iter()
        .map(|worth| {
            let (first, second) = two(&mut stream);
            Interaction { first, second, worth }
        })
        .collect();
    let forbid = (0..shape.n_forbidden)
        .map(|_| (stream.below(shape.n_terms), stream.below(shape.n_options)))
        .collect();
    let links = (0..shape.n_links)
        .map(|_| {
            let (if_term, then_term) = two(&mut stream);
            let mut some = |n: usize| (0..n).map(|_| stream.below(shape.n_options)).collect::<Vec<_>>();
            let (if_options, then_options) = (some(1), some(1 + shape.n_options / 2));
            Link { if_term, if_options, then_term, then_options }
        })
        .collect();
    let n = shape.n_terms as i64;
    let rules = Rules {
        forbid,
        links,
        margin_floor: shape.has_floor.then(|| stream.between(-largest / 2, largest * n / 3)),
        concession_cap: shape.has_cap.then(|| stream.between(largest * n / 4, largest * n / 2)),
    };
    let disagreement = Totals {
        firm: stream.between(-largest * n / 2, largest * n / 4),
        client: stream.between(-largest * n / 2, largest * n / 4),
    };
    Domain::new(Parts { name: format!("random {seed}"), disagreement, terms, interactions, rules })
        .expect("a domain in range")
}

/// Every package that keeps to the rules, in the order of its positions.
pub fn packages(domain: &Domain) -> Vec<(Totals, Vec<usize>)> {
    let sizes: Vec<usize> = domain.terms().iter().map(|term| term.options.len()).collect();
    let mut package = vec![0; sizes.len()];
    let mut all = vec![];
    loop {
        if domain.keeps_rules(&package) {
            let worth = domain.worth(&package).expect("a package of the domain");
            all.push((worth.totals(), package.clone()));
        }
        let Some(term) = (0..sizes.len()).rev().find(|term| package[*term] + 1 < sizes[*term]) else {
            return all;
        };
        package[term] += 1;
        package[term + 1..].fill(0);
    }
}

/// The undominated totals, the firm's falling, by sorting all.
pub fn efficient(packages: &[(Totals, Vec<usize>)]) -> Vec<Totals> {
    let mut points: Vec<Totals> = packages.iter().map(|(totals, _)| *totals).collect();
    points.sort_unstable_by(|one, other| other.cmp(one));
    let mut front: Vec<Totals> = vec![];
    for point in points {
        if front.last().is_none_or(|last| point.client > last.client) {
            front.push(point);
        }
    }
    front
}

/// The front without limits that matter.
pub fn front_of(domain: &Domain) -> Result<Front, FrontierError> {
    let mut watch = |_: Progress| Verdict::Continue;
    frontier(domain, &mut Control { max_points: Control::MAX_POINTS, watch: &mut watch })
}
