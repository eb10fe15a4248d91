//! The exact front and the cover, held against every package of generated domains of every shape.

use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::digest::digest;
use mandate_deals::frontier::{Exactness, FrontierError, frontier};
use mandate_deals::model::{Domain, Totals};

use crate::kit::{Shape, domain, efficient, front_of, packages};

fn check(shape: Shape, seeds: std::ops::Range<u64>) {
    let mut n_fronts = 0;
    for seed in seeds {
        let domain = domain(shape, seed);
        let all = packages(&domain);
        let expected = efficient(&all);
        match front_of(&domain) {
            Ok(front) => {
                assert_eq!(front.exactness(), Exactness::Exact);
                assert_eq!(front.points(), expected, "seed {seed}");
                for (idx, point) in front.points().iter().enumerate() {
                    let package = front.package(idx).expect("a package behind every point");
                    assert!(domain.keeps_rules(&package), "seed {seed}, {package:?}");
                    assert_eq!(domain.worth(&package).expect("one").totals(), *point, "seed {seed}");
                }
                n_fronts += 1;
            }
            Err(FrontierError::NoPackage | FrontierError::NothingLeft { .. }) => {
                assert!(all.is_empty(), "seed {seed}")
            }
            Err(other) => panic!("seed {seed}: {other}"),
        }
    }
    assert!(n_fronts > 0, "every domain was contradictory");
}

const PLAIN: Shape = Shape {
    n_terms: 5,
    n_options: 4,
    largest: 60,
    n_forbidden: 0,
    n_links: 0,
    n_interactions: 0,
    has_floor: false,
    has_cap: false,
};

#[test]
fn free_terms_give_the_front_of_all_packages() {
    check(PLAIN, 0..150);
    check(Shape { largest: 1_000_000_000_000, ..PLAIN }, 0..40);
    check(Shape { n_terms: 1, n_options: 1, ..PLAIN }, 0..5);
}

#[test]
fn guardrails_and_links_give_the_front_of_all_packages() {
    check(Shape { n_forbidden: 5, n_links: 4, ..PLAIN }, 0..150);
    check(Shape { n_terms: 6, n_options: 3, n_links: 9, ..PLAIN }, 0..100);
}

#[test]
fn interactions_give_the_front_of_all_packages() {
    check(Shape { n_interactions: 3, n_links: 2, ..PLAIN }, 0..150);
    check(Shape { n_interactions: 7, largest: 4_000_000_000_000, ..PLAIN }, 0..40);
}

#[test]
fn floors_and_caps_give_the_front_of_all_packages() {
    check(Shape { has_floor: true, ..PLAIN }, 0..150);
    check(
        Shape { has_floor: true, has_cap: true, n_links: 3, n_interactions: 1, n_forbidden: 2, ..PLAIN },
        0..150,
    );
    check(Shape { has_cap: true, largest: 1_000_000_000, ..PLAIN }, 0..60);
    // Large enough for the coarse pass and its bounds.
    check(Shape { n_terms: 8, n_options: 5, largest: 100_000, has_floor: true, n_links: 3, ..PLAIN }, 0..4);
}

#[test]
fn a_floor_or_cap_of_any_size_is_kept() {
    let plain = Shape { n_terms: 8, n_options: 5, largest: 100_000, ..PLAIN };
    for seed in 0..3 {
        let free = domain(plain, seed);
        let points = front_of(&free).expect("a front").points().to_vec();
        let with = |floor, cap| {
            let mut parts = free.clone().into_parts();
            for option in parts.terms.iter_mut().flat_map(|term| &mut term.options) {
                option.worth.concession -= 70_000;
            }
            (parts.rules.margin_floor, parts.rules.concession_cap) = (floor, cap);
            front_of(&Domain::new(parts).expect("a domain"))
        };
        for (floor, cap) in [
            (Some(i64::MIN), None),
            (None, Some(i64::MAX)),
            (Some(i64::MIN), Some(i64::MAX)),
            (Some(-i64::MAX / 2), Some(i64::MAX / 2)),
        ] {
            assert_eq!(with(floor, cap).expect("a front").points(), points, "{floor:?} {cap:?}");
        }
        assert_eq!(with(Some(i64::MAX), None).expect_err("a floor too high"), FrontierError::NoPackage);
        assert_eq!(with(None, Some(i64::MIN)).expect_err("a cap too low"), FrontierError::NoPackage);
    }
}

#[test]
fn the_same_domain_gives_the_same_digest() {
    let of = |seed| digest(front_of(&domain(PLAIN, seed)).expect("a front").points().iter().copied());
    assert_eq!(of(3), of(3));
    assert_ne!(of(3), of(4));
    // Of the empty text, as every SHA-256 gives it.
    assert_eq!(digest([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/// Every package with gains on both sides is matched by a point of the cover, up to its bound.
fn assert_covers(domain: &Domain, cover: &[Totals], bound_ppm: u64) {
    let none = domain.disagreement();
    let gains = |totals: Totals| {
        (i128::from(totals.firm) - i128::from(none.firm), i128::from(totals.client) - i128::from(none.client))
    };
    let factor = 1_000_000 + i128::from(bound_ppm);
    for (totals, package) in packages(domain) {
        let (firm, client) = gains(totals);
        let covered = cover.iter().map(|point| gains(*point)).any(|(other_firm, other_client)| {
            other_firm * factor >= firm * 1_000_000 && other_client * factor >= client * 1_000_000
        });
        assert!(firm <= 0 || client <= 0 || covered, "{package:?} {totals:?} is beyond {bound_ppm} ppm");
    }
}

#[test]
fn a_search_past_its_limits_answers_with_a_cover_whose_bound_holds() {
    let shapes = [
        Shape { n_terms: 7, n_options: 5, largest: 100_000, ..PLAIN },
        Shape { n_terms: 7, n_options: 5, largest: 100_000, n_links: 4, n_interactions: 1, ..PLAIN },
        Shape { n_terms: 7, n_options: 5, largest: 100_000, has_floor: true, ..PLAIN },
    ];
    let mut n_bounded = 0;
    for (idx, shape) in shapes.into_iter().enumerate() {
        for seed in 0..9 {
            let domain = domain(shape, seed + 10 * idx as u64);
            let mut n_calls = 0;
            let mut watch = |_: Progress| {
                n_calls += 1;
                if n_calls > 6 { Verdict::TimeUp } else { Verdict::Continue }
            };
            let found = frontier(&domain, &mut Control { max_points: 1_000_000, watch: &mut watch });
            let front = match found {
                Ok(front) => front,
                Err(FrontierError::NoPackage) => continue,
                Err(other) => panic!("{other}"),
            };
            for (point, package) in front.points().iter().zip((0..).map_while(|idx| front.package(idx))) {
                assert!(domain.keeps_rules(&package));
                assert_eq!(domain.worth(&package).expect("one").totals(), *point);
            }
            if let Exactness::Cover { bound_ppm: Some(bound_ppm) } = front.exactness() {
                assert_covers(&domain, front.points(), bound_ppm);
                n_bounded += 1;
            }
        }
    }
    assert!(n_bounded >= 6, "{n_bounded} covers with a bound");
}

#[test]
fn a_cancelled_search_says_so_and_progress_rises() {
    let domain = domain(Shape { n_terms: 8, ..PLAIN }, 1);
    let mut seen = vec![];
    let mut watch = |progress: Progress| {
        seen.push(progress.n_done);
        if progress.n_done >= 3 { Verdict::Cancel } else { Verdict::Continue }
    };
    let found = frontier(&domain, &mut Control { max_points: 1_000_000, watch: &mut watch });
    assert_eq!(found.expect_err("cancelled"), FrontierError::Cancelled);
    assert!(seen.is_sorted() && seen.last() == Some(&3), "{seen:?}");
}

#[test]
fn a_cover_of_free_terms_is_as_close_as_asked_where_edges_are_many() {
    for seed in 0..6 {
        let shape = Shape { n_terms: 6, n_options: 6, largest: 1_000_000, ..PLAIN };
        let domain = domain(shape, 900 + seed);
        let front = mandate_deals::frontier::cover(&domain, 1_000).expect("a cover");
        let Exactness::Cover { bound_ppm: Some(bound_ppm) } = front.exactness() else { continue };
        assert_covers(&domain, front.points(), bound_ppm);
    }
    let many = self::domain(Shape { n_terms: 60, n_options: 8, largest: 1_000_000, ..PLAIN }, 5);
    let front = mandate_deals::frontier::cover(&many, 1_000).expect("a cover");
    let Exactness::Cover { bound_ppm: Some(bound_ppm) } = front.exactness() else { panic!("no bound") };
    assert!(bound_ppm <= 1_000, "{bound_ppm}");
    for (idx, point) in front.points().iter().enumerate() {
        let package = front.package(idx).expect("a package");
        assert_eq!(many.worth(&package).expect("one").totals(), *point);
    }
}

#[test]
fn a_cover_holds_against_ten_thousand_exact_points() {
    let mut n_points = 0;
    for seed in 0..16 {
        let shape = Shape { n_terms: 16, n_options: 8, largest: 1_000_000, ..PLAIN };
        let mut parts = domain(shape, 70 + seed).into_parts();
        // What one gains the other loses, nearly: such fronts have thousands of points.
        for option in parts.terms.iter_mut().flat_map(|term| &mut term.options) {
            option.worth.client = option.worth.client / 5 - option.worth.firm;
        }
        let none = Totals { firm: -4_000_000, client: -4_000_000 };
        parts.disagreement = none;
        let domain = Domain::new(parts).expect("a domain");
        let exact = front_of(&domain).expect("a front");
        assert_eq!(exact.exactness(), Exactness::Exact);
        let cover = mandate_deals::frontier::cover(&domain, 1_000).expect("a cover");
        let Exactness::Cover { bound_ppm: Some(bound_ppm) } = cover.exactness() else { continue };
        let factor = 1_000_000 + i128::from(bound_ppm);
        let gain = |one: i64, none: i64| i128::from(one) - i128::from(none);
        for point in
            exact.points().iter().filter(|point| point.firm > none.firm && point.client > none.client)
        {
            let covered = cover.points().iter().any(|other| {
                gain(other.firm, none.firm) * factor >= gain(point.firm, none.firm) * 1_000_000
                    && gain(other.client, none.client) * factor >= gain(point.client, none.client) * 1_000_000
            });
            assert!(covered, "seed {seed}: {point:?} is beyond {bound_ppm} ppm");
            n_points += 1;
        }
    }
    assert!(n_points >= 10_000, "{n_points}");
}
