//! Contradictory rules: conflicts and mends held against every package of generated domains.

use mandate_deals::conflict::{Conflict, Relaxation, RuleAt, conflict, sentence};
use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::frontier::FrontierError;
use mandate_deals::model::Domain;

use crate::kit::{Shape, domain, packages};

fn conflict_of(domain: &Domain) -> Option<Conflict> {
    let mut watch = |_: Progress| Verdict::Continue;
    conflict(domain, &mut Control { max_points: 1_000_000, watch: &mut watch }).expect("an answer")
}

/// The domain with some of its rules only, changed by `relaxations`.
fn with_rules(domain: &Domain, kept: &dyn Fn(RuleAt) -> bool, relaxations: &[Relaxation]) -> Domain {
    let mut parts = domain.clone().into_parts();
    let dropped = |rule| relaxations.contains(&Relaxation::Drop(rule));
    let mut idx = 0..;
    parts.rules.forbid.retain(|_| {
        let rule = RuleAt::Guardrail(idx.next().expect("endless"));
        kept(rule) && !dropped(rule)
    });
    let mut idx = 0..;
    parts.rules.links.retain(|_| {
        let rule = RuleAt::Link(idx.next().expect("endless"));
        kept(rule) && !dropped(rule)
    });
    parts.rules.margin_floor = parts.rules.margin_floor.filter(|_| kept(RuleAt::Floor));
    parts.rules.concession_cap = parts.rules.concession_cap.filter(|_| kept(RuleAt::Cap));
    for relaxation in relaxations {
        match relaxation {
            Relaxation::FloorTo(to) => parts.rules.margin_floor = Some(*to),
            Relaxation::CapTo(to) => parts.rules.concession_cap = Some(*to),
            Relaxation::Drop(_) => {}
        }
    }
    Domain::new(parts).expect("a domain")
}

fn every_rule(domain: &Domain) -> Vec<RuleAt> {
    let rules = domain.rules();
    let mut all: Vec<RuleAt> = (0..rules.forbid.len()).map(RuleAt::Guardrail).collect();
    all.extend((0..rules.links.len()).map(RuleAt::Link));
    all.extend(rules.margin_floor.map(|_| RuleAt::Floor));
    all.extend(rules.concession_cap.map(|_| RuleAt::Cap));
    all
}

/// The fewest rules without which some package is left, and how many such sets there are.
fn fewest(domain: &Domain) -> (u32, usize) {
    let all = every_rule(domain);
    let enough = |set: &u32| {
        let kept = |rule| all.iter().position(|other| *other == rule).is_some_and(|idx| set >> idx & 1 == 0);
        !packages(&with_rules(domain, &kept, &[])).is_empty()
    };
    for size in 1..=all.len() as u32 {
        let sets = (0_u32..1 << all.len()).filter(|set| set.count_ones() == size);
        let n = sets.filter(enough).count();
        if n > 0 {
            return (size, n);
        }
    }
    (0, 0)
}

fn check(domain: &Domain, found: &Conflict, seed: u64) {
    let in_conflict = |rule| found.rules.contains(&rule);
    assert!(packages(&with_rules(domain, &in_conflict, &[])).is_empty(), "seed {seed}: {found:?}");
    for left_out in &found.rules {
        let kept = |rule| in_conflict(rule) && rule != *left_out;
        assert!(
            !packages(&with_rules(domain, &kept, &[])).is_empty(),
            "seed {seed}: {left_out:?} is not needed"
        );
    }
    let (size, n) = fewest(domain);
    assert!(found.is_complete, "seed {seed}");
    assert_eq!((found.mends.len(), found.mends[0].len() as u32), (n, size), "seed {seed}: {found:?}");
    for mend in &found.mends {
        assert!(!packages(&with_rules(domain, &|_| true, mend)).is_empty(), "seed {seed}: {mend:?}");
        // One unit less would not do.
        let tighter: Vec<Relaxation> = mend
            .iter()
            .map(|relaxation| match relaxation {
                Relaxation::FloorTo(to) => Relaxation::FloorTo(to + 1),
                Relaxation::CapTo(to) => Relaxation::CapTo(to - 1),
                Relaxation::Drop(rule) => Relaxation::Drop(*rule),
            })
            .collect();
        if tighter != *mend {
            assert!(packages(&with_rules(domain, &|_| true, &tighter)).is_empty(), "seed {seed}: {mend:?}");
        }
    }
}

#[test]
fn conflicts_are_smallest_and_mends_are_least() {
    let plain = Shape { n_terms: 3, n_options: 2, largest: 30, ..Shape::default() };
    let shapes = [
        Shape { n_forbidden: 3, n_links: 4, ..plain },
        Shape { has_floor: true, n_links: 3, n_forbidden: 1, ..plain },
        Shape { has_floor: true, has_cap: true, n_links: 2, n_interactions: 1, ..plain },
        Shape { n_forbidden: 5, n_links: 2, has_cap: true, ..plain },
    ];
    let (mut n_conflicts, mut n_possible) = (0, 0);
    for shape in shapes {
        for seed in 0..60 {
            let domain = domain(shape, 4_000 + seed);
            match conflict_of(&domain) {
                Some(found) => {
                    check(&domain, &found, seed);
                    n_conflicts += 1;
                }
                None => {
                    assert!(!packages(&domain).is_empty(), "seed {seed}");
                    n_possible += 1;
                }
            }
        }
    }
    assert!(n_conflicts >= 30 && n_possible >= 30, "{n_conflicts} {n_possible}");
}

#[test]
fn the_frontier_page_shows_the_sentence() {
    let text = r#"{"terms": [
      {"name": "price", "options": ["today", "6 % lower"], "a": [9, 5], "b": [0, 6], "m": [40, 10]},
      {"name": "term", "options": ["1 year", "3 years"], "a": [1, 2], "b": [2, 1], "m": [0, 15]}],
     "constraints": {"forbid": [[0, 0]], "links": [{"if": [0, [1]], "then": [1, [0]]}], "margin_floor": 20}}"#;
    let domain = mandate_deals::parse::domain(text.as_bytes()).expect("a domain");
    let found = conflict_of(&domain).expect("a contradiction");
    let told = sentence(&domain, &found);
    assert_eq!(
        told,
        "no package keeps to every rule: these contradict each other: link 0, `6 % lower` in term `price` asks for `1 year` in \
         term `term`; guardrail 0, no `today` in term `price`; the margin floor of 20; least of all, do one of these: drop link 0, \
         `6 % lower` in term `price` asks for `1 year` in term `term`; drop guardrail 0, no `today` in term `price`; lower the \
         margin floor to 10"
    );
}

/// Terms all of whose options are forbidden: one guardrail of each has to go.
fn closed(n_terms: usize, n_options: usize) -> Domain {
    let term = |term: usize| {
        let zeros = vec!["0"; n_options].join(", ");
        format!("{{\"name\": \"t{term}\", \"a\": [{zeros}], \"b\": [{zeros}]}}")
    };
    let terms: Vec<String> = (0..n_terms).map(term).collect();
    let forbid =
        (0..n_terms).flat_map(|term| (0..n_options).map(move |option| format!("[{term}, {option}]")));
    let forbid = forbid.collect::<Vec<_>>().join(", ");
    let text = format!("{{\"terms\": [{}], \"constraints\": {{\"forbid\": [{forbid}]}}}}", terms.join(", "));
    mandate_deals::parse::domain(text.as_bytes()).expect("a domain")
}

#[test]
fn a_search_that_ended_early_is_not_told_as_a_proof() {
    let ends = |n_terms, n_options| {
        let domain = closed(n_terms, n_options);
        let found = conflict_of(&domain).expect("a contradiction");
        let told = sentence(&domain, &found);
        (found.is_complete, told.rsplit("; ").next().unwrap_or_default().to_owned())
    };
    assert_eq!(ends(5, 2), (true, "more than 4 rules would have to give".to_owned()));
    let told = "what would have to give was not found among 500 sets of rules";
    assert_eq!(ends(5, 9), (false, told.to_owned()));
    // Three options of three terms: 27 ways.
    let (is_complete, told) = ends(3, 3);
    assert_eq!((is_complete, told.as_str()), (true, "and 22 more"));
}

#[test]
fn a_search_for_conflicts_can_be_cancelled() {
    let shape =
        Shape { n_terms: 3, n_options: 2, largest: 30, n_forbidden: 6, n_links: 6, ..Shape::default() };
    let domain = domain(shape, 1);
    let mut watch = |_: Progress| Verdict::Cancel;
    let found = conflict(&domain, &mut Control { max_points: 1_000, watch: &mut watch });
    assert_eq!(found, Err(FrontierError::Cancelled));
}
