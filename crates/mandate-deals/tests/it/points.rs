//! Fair points, gaps and their explanations, held against every package; and the human deals of CaSiNo.

use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::frontier::Chosen;
use mandate_deals::gap::{Change, Gap, GapError, gap};
use mandate_deals::model::{Domain, Parts, Term, TermOption, Totals, Worth};
use mandate_deals::points::{Points, points};
use serde_json::Value;

use crate::kit::{Shape, domain, efficient, packages};
use crate::scenarios::{lines, scenario};

pub fn points_of(domain: &Domain) -> Points {
    let mut watch = |_: Progress| Verdict::Continue;
    let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
    points(domain, domain.disagreement(), &mut control).expect("points")
}

pub fn gap_of(domain: &Domain, offer: &[usize]) -> Result<Gap, GapError> {
    let mut watch = |_: Progress| Verdict::Continue;
    gap(domain, offer, &mut Control { max_points: Control::MAX_POINTS, watch: &mut watch })
}

/// The points of a front with the highest score, in order.
fn highest<S: Ord>(fair: &[Totals], score: impl Fn(i128, i128) -> S, none: Totals) -> Vec<Totals> {
    let of = |totals: &Totals| {
        score(
            i128::from(totals.firm) - i128::from(none.firm),
            i128::from(totals.client) - i128::from(none.client),
        )
    };
    let best = fair.iter().map(of).max();
    fair.iter().copied().filter(|totals| Some(of(totals)) == best).collect()
}

fn totals(domain: &Domain, found: &[Chosen]) -> Vec<Totals> {
    for chosen in found {
        assert!(domain.keeps_rules(&chosen.package));
        assert_eq!(domain.worth(&chosen.package).expect("a package").totals(), chosen.totals);
    }
    found.iter().map(|chosen| chosen.totals).collect()
}

/// As the peers' `solutions` does it, over the front of all packages.
fn check_points(domain: &Domain, front: &[Totals]) {
    let none = domain.disagreement();
    let fair: Vec<Totals> = front.iter().copied().filter(|totals| totals.matches(none)).collect();
    let found = points_of(domain);
    let name = domain.name();
    assert_eq!(totals(domain, &found.welfare), highest(&fair, |x, y| x + y, none), "welfare, {name}");
    assert_eq!(totals(domain, &found.nash), highest(&fair, |x, y| x * y, none), "Nash, {name}");
    assert_eq!(totals(domain, &found.egalitarian), highest(&fair, i128::min, none), "egalitarian, {name}");
    let most = |of: fn(&Totals) -> i64, none: i64| {
        fair.iter().map(|totals| i128::from(of(totals) - none)).max().unwrap_or(0).max(1)
    };
    let (most_firm, most_client) = (most(|t| t.firm, none.firm), most(|t| t.client, none.client));
    let shares = |x: i128, y: i128| (x * most_client).min(y * most_firm);
    assert_eq!(
        totals(domain, &found.kalai_smorodinsky),
        highest(&fair, shares, none),
        "Kalai-Smorodinsky, {name}"
    );
}

/// Recomputed from the options' own numbers, term by term, by other code than the engine's.
fn check_change(domain: &Domain, offer: &[usize], change: &Change) {
    let sum = |package: &[usize], column: fn(&Worth) -> i64| -> i128 {
        let mut sum = 0_i128;
        for (idx, term) in domain.terms().iter().enumerate() {
            sum += i128::from(column(&term.options[package[idx]].worth));
        }
        for pair in domain.interactions() {
            sum += i128::from(column(&pair.worth[package[pair.first]][package[pair.second]]));
        }
        sum
    };
    let gain = |column| sum(&change.package, column) - sum(offer, column);
    assert_eq!(gain(|worth| worth.firm), i128::from(change.gains.firm));
    assert_eq!(gain(|worth| worth.client), i128::from(change.gains.client));
    let parts = change.parts.iter().map(|part| part.gains());
    let (firm, client) = parts.fold((0, 0), |(firm, client), part| (firm + part.firm, client + part.client));
    assert_eq!((firm, client), (change.gains.firm, change.gains.client), "the parts add up");
    assert!(change.gains.firm >= 0 && change.gains.client >= 0, "nobody loses");
    assert!(change.gains.joint() > 0, "somebody gains");
}

fn check_gap(domain: &Domain, offer: &[usize], front: &[Totals]) {
    let found = gap_of(domain, offer).expect("a gap");
    let at = domain.worth(offer).expect("a package").totals();
    let better: Vec<Totals> =
        front.iter().copied().filter(|totals| totals.matches(at) && *totals != at).collect();
    let most = |of: &dyn Fn(&Totals) -> i128| better.iter().map(of).max().unwrap_or(0);
    assert_eq!(found.left, most(&|totals| totals.joint() - at.joint()), "{} {offer:?}", domain.name());
    let firm = found.firm.as_ref().map_or(0, |change| i128::from(change.gains.firm));
    assert_eq!(firm, most(&|totals| i128::from(totals.firm - at.firm)));
    let client = found.client.as_ref().map_or(0, |change| i128::from(change.gains.client));
    assert_eq!(client, most(&|totals| i128::from(totals.client - at.client)));
    let product = |change: &Change| i128::from(change.gains.firm) * i128::from(change.gains.client);
    let shared = found.shared.as_ref().map_or(0, product);
    assert_eq!(
        shared,
        most(&|totals| i128::from(totals.firm - at.firm) * i128::from(totals.client - at.client))
    );
    for change in [&found.joint, &found.firm, &found.client, &found.shared].into_iter().flatten() {
        check_change(domain, offer, change);
    }
}

#[test]
fn points_and_gaps_are_those_of_all_packages() {
    let plain = Shape { n_terms: 5, n_options: 4, largest: 60, ..Shape::default() };
    let shapes = [
        plain,
        Shape { largest: 1_000_000_000_000, ..plain },
        Shape { n_terms: 7, n_options: 5, largest: 1000, ..plain },
        Shape { n_forbidden: 4, n_links: 4, n_interactions: 2, ..plain },
        Shape { has_floor: true, n_links: 2, ..plain },
    ];
    let mut n_gaps = 0;
    for shape in shapes {
        for seed in 0..40 {
            let domain = domain(shape, 7_000 + seed);
            let all = packages(&domain);
            if all.is_empty() {
                continue;
            }
            let front = efficient(&all);
            check_points(&domain, &front);
            for idx in [0, all.len() / 3, all.len() - 1] {
                check_gap(&domain, &all[idx].1, &front);
                n_gaps += 1;
            }
        }
    }
    assert!(n_gaps > 300, "{n_gaps}");
}

#[test]
fn public_scenarios_have_the_points_of_all_their_packages() {
    let Some(lines) = lines("anac_additive.jsonl") else { return };
    for line in &lines {
        let domain = scenario(line);
        check_points(&domain, &efficient(&packages(&domain)));
    }
}

#[test]
fn an_offer_that_is_no_package_is_told_by_term() {
    let domain = domain(Shape { n_terms: 2, n_options: 2, largest: 9, ..Shape::default() }, 1);
    let error = gap_of(&domain, &[0]).expect_err("too short");
    assert_eq!(error.to_string(), "the offer has 1 options, the domain 2 terms");
    let error = gap_of(&domain, &[0, 7]).expect_err("no such option");
    assert_eq!(error.to_string(), "the offer has option 7 of term `t1`, which has 2, counted from 0");
}

/// Three issues of three units each; the firm is A.
pub fn campsite(line: &Value) -> Domain {
    let value = |side: &str, issue: usize| line[side][issue].as_i64().expect("a value");
    let terms = ["Food", "Water", "Firewood"].iter().enumerate().map(|(issue, name)| Term {
        name: (*name).to_owned(),
        options: (0..=3)
            .map(|units| TermOption {
                name: format!("{units} to A"),
                worth: Worth {
                    firm: units * value("va", issue),
                    client: (3 - units) * value("vb", issue),
                    ..Worth::default()
                },
            })
            .collect(),
    });
    let disagreement = Totals { firm: 5, client: 5 };
    Domain::new(Parts { terms: terms.collect(), disagreement, ..Parts::default() }).expect("a domain")
}

#[test]
fn human_deals_are_efficient_where_they_are_known_to_be() {
    let Some(lines) = lines("casino_outcomes.jsonl") else { return };
    let (mut n_agreed, mut n_efficient, mut n_bettered) = (0, 0, 0);
    for line in lines.iter().filter(|line| line["agree"] == true) {
        let domain = campsite(line);
        let deal: Vec<usize> = line["a_gets"]
            .as_array()
            .expect("a deal")
            .iter()
            .map(|units| units.as_u64().expect("units") as usize)
            .collect();
        // A deal that leaves units to nobody is no package of this domain.
        let shared = (0..3).all(|issue| {
            line["a_gets"][issue].as_i64().unwrap_or(0) + line["b_gets"][issue].as_i64().unwrap_or(0) == 3
        });
        assert!(shared, "{}", line["id"]);
        n_agreed += 1;
        let found = gap_of(&domain, &deal).expect("a gap");
        assert_eq!(found.left == 0, line["pareto"] == true, "{}", line["id"]);
        assert_eq!(
            found.left,
            i128::from(line["dominated_gain"].as_i64().expect("a gain")),
            "{}",
            line["id"]
        );
        match found.joint {
            None => n_efficient += 1,
            Some(change) => {
                check_change(&domain, &deal, &change);
                n_bettered += 1;
            }
        }
    }
    assert_eq!((n_agreed, n_efficient, n_bettered), (1005, 677, 328));
}
