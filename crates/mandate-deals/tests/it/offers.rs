//! Three equivalent offers, each condition held against every package of generated domains.

use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::frontier::Exactness;
use mandate_deals::model::{Domain, Parts, Term, TermOption, Totals, Worth};
use mandate_deals::offers::{Offers, OffersError, offers};

use crate::kit::{Shape, Stream, domain, packages};
use crate::points::points_of;

fn offers_of(domain: &Domain) -> Result<Offers, OffersError> {
    let mut watch = |_: Progress| Verdict::Continue;
    let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
    let offered = offers(domain, None, &mut control)?;
    assert_eq!(offered.exactness, Exactness::Exact);
    Ok(offered.offers)
}

fn n_different(one: &[usize], other: &[usize]) -> usize {
    one.iter().zip(other).filter(|(one, other)| one != other).count()
}

fn gains(domain: &Domain, totals: Totals) -> (i128, i128) {
    let none = domain.disagreement();
    (i128::from(totals.firm - none.firm), i128::from(totals.client - none.client))
}

/// Whether no package exceeds both gains by more than half a percent.
fn is_near(domain: &Domain, all: &[(Totals, Vec<usize>)], totals: Totals) -> bool {
    let (firm, client) = gains(domain, totals);
    !all.iter().map(|(other, _)| gains(domain, *other)).any(|(other_firm, other_client)| {
        other_firm * 1000 > firm * 1005 && other_client * 1000 > client * 1005
    })
}

/// Whether three packages of the band around the Nash point differ enough, by going through all.
fn any_three(domain: &Domain, all: &[(Totals, Vec<usize>)]) -> bool {
    let aim = gains(domain, points_of(domain).nash[0].totals).0;
    let low = (aim * 997_500 + 999_999) / 1_000_000;
    let most = all.iter().map(|(totals, _)| gains(domain, *totals)).filter(|(firm, _)| *firm >= low);
    let most = most.map(|(_, client)| client).max().unwrap_or(0);
    let fits = |totals: Totals| {
        let (firm, client) = gains(domain, totals);
        firm >= low && firm * 1000 <= low * 1005 && client * 1005 >= most * 1000
    };
    let fitting: Vec<&Vec<usize>> =
        all.iter().filter(|(totals, _)| fits(*totals)).map(|(_, package)| package).collect();
    let apart = |one: usize, other: usize| n_different(fitting[one], fitting[other]) >= 2;
    (0..fitting.len()).any(|one| {
        (0..one).any(|two| apart(one, two) && (0..two).any(|three| apart(one, three) && apart(two, three)))
    })
}

/// Terms that are opposed like prices, all of nearly one weight: many packages lie close to the frontier.
fn opposed(n_terms: usize, n_options: i64, unit: i64, seed: u64) -> Domain {
    let mut stream = Stream(seed);
    let terms = (0..n_terms).map(|term| {
        let (firm, client) = (unit + stream.between(0, unit / 8), unit + stream.between(0, unit / 8));
        let options = (0..n_options).map(|option| TermOption {
            name: format!("o{option}"),
            worth: Worth {
                firm: option * firm,
                client: (n_options - 1 - option) * client,
                ..Worth::default()
            },
        });
        Term { name: format!("t{term}"), options: options.collect() }
    });
    let terms = terms.collect();
    let most = unit * n_terms as i64;
    let disagreement = Totals { firm: stream.between(0, most), client: stream.between(0, most) };
    Domain::new(Parts { terms, disagreement, ..Parts::default() }).expect("a domain in range")
}

#[test]
fn three_offers_are_equal_for_the_firm_near_the_frontier_and_apart() {
    let plain = Shape { n_terms: 6, n_options: 4, largest: 300, ..Shape::default() };
    let shapes = [
        plain,
        Shape { n_links: 3, n_interactions: 1, n_forbidden: 2, ..plain },
        Shape { has_floor: true, ..plain },
    ];
    let (mut n_three, mut n_none) = (0, 0);
    for kind in 0..4 {
        for seed in 0..25 {
            let domain = match shapes.get(kind) {
                Some(shape) => domain(*shape, 400 + seed),
                None => opposed(6, 5, 20, seed),
            };
            let all = packages(&domain);
            match offers_of(&domain) {
                Ok(Offers::Three(three)) => {
                    n_three += 1;
                    let firm = three.each_ref().map(|offer| gains(&domain, offer.totals).0);
                    let (low, high) = (firm.iter().min(), firm.iter().max());
                    let (low, high) = (low.expect("three"), high.expect("three"));
                    assert!(*low > 0 && high * 1000 <= low * 1005, "seed {seed}: {firm:?}");
                    for (idx, offer) in three.iter().enumerate() {
                        assert!(domain.keeps_rules(&offer.package));
                        assert_eq!(domain.worth(&offer.package).expect("one").totals(), offer.totals);
                        assert!(is_near(&domain, &all, offer.totals), "seed {seed}: {offer:?}");
                        for other in &three[..idx] {
                            assert!(n_different(&offer.package, &other.package) >= 2, "seed {seed}");
                        }
                    }
                    assert_eq!(offers_of(&domain), Ok(Offers::Three(three)), "the same again");
                }
                Ok(Offers::NoThree { proven }) => {
                    assert!(proven, "seed {seed}: so few packages can be gone through");
                    assert!(!any_three(&domain, &all), "kind {kind}, seed {seed}: there are three");
                    n_none += 1;
                }
                Err(OffersError::NoMutualGain) => {
                    let gains = all.iter().map(|(totals, _)| gains(&domain, *totals));
                    assert!(!gains.into_iter().any(|(firm, client)| firm > 0 && client > 0), "seed {seed}");
                }
                Err(OffersError::Frontier(_)) => assert!(all.is_empty(), "seed {seed}"),
                Err(other) => panic!("seed {seed}: {other}"),
            }
        }
    }
    assert!(n_three >= 3 && n_none >= 1, "{n_three} with three, {n_none} without");
}

#[test]
fn three_symmetric_terms_give_the_three_packages() {
    let text = r#"{"terms": [{"a": [10, 0], "b": [0, 10]}, {"a": [10, 0], "b": [0, 10]}, {"a": [10, 0], "b": [0, 10]}]}"#;
    let domain = mandate_deals::parse::domain(text.as_bytes()).expect("a domain");
    let Ok(Offers::Three(three)) = offers_of(&domain) else { panic!("none") };
    let mut packages = (*three).map(|offer| (offer.totals.firm, offer.totals.client, offer.package));
    packages.sort();
    assert_eq!(packages, [(20, 10, vec![0, 0, 1]), (20, 10, vec![0, 1, 0]), (20, 10, vec![1, 0, 0])]);
}

/// Linked terms in which one gains what the other loses, nearly: the front is too large for a cover to be exact.
pub fn entangled(seed: u64, none: i64) -> Domain {
    let shape = Shape { n_terms: 16, n_options: 8, largest: 1_000_000, n_links: 2, ..Shape::default() };
    let mut parts = domain(shape, seed).into_parts();
    for option in parts.terms.iter_mut().flat_map(|term| &mut term.options) {
        option.worth.client = option.worth.client / 5 - option.worth.firm;
    }
    parts.disagreement = Totals { firm: none, client: none };
    Domain::new(parts).expect("a domain")
}

#[test]
fn offers_made_of_a_cover_say_so_and_nothing_found_is_no_refusal() {
    for seed in 0..3 {
        let offered = |none: i64, firm: Option<i64>| {
            let mut watch = |_: Progress| Verdict::TimeUp;
            let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
            offers(&entangled(70 + seed, none), firm, &mut control)
        };
        for firm in [None, Some(0)] {
            let found = offered(-4_000_000, firm).expect("an answer");
            assert!(matches!(found.exactness, Exactness::Cover { .. }), "seed {seed}: {found:?}");
            assert_ne!(found.offers, Offers::NoThree { proven: true }, "seed {seed}");
        }
        assert_eq!(offered(1_000_000_000, None), Err(OffersError::OutOfLimits), "seed {seed}");
        assert_eq!(offered(-4_000_000, Some(1_000_000_000)), Err(OffersError::OutOfLimits), "seed {seed}");
    }
}

#[test]
fn an_aim_out_of_reach_is_refused() {
    let domain = domain(Shape { n_terms: 3, n_options: 3, largest: 100, ..Shape::default() }, 2);
    let mut watch = |_: Progress| Verdict::Continue;
    let mut control = Control { max_points: 1_000, watch: &mut watch };
    let error = offers(&domain, Some(1_000_000), &mut control).expect_err("too much");
    assert_eq!(
        error.to_string(),
        "no package gives the firm 1000000 and the client more than no agreement: ask for less"
    );
}
