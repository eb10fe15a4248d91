//! Sources of values: every figure of the method's page, recomputed here by other means, and what is refused.

use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::gap::gap;
use mandate_deals::model::{Domain, Totals};
use mandate_deals::parse::domain;
use mandate_deals::value::{Chance, Demand, Response, Tolerances, ValueError, demand, risky};
use proptest::prelude::*;

const PAGE: &str = include_str!("../../../../docs/methods/deals-values.md");

/// The terms as the page shows them, each the one line of its example.
fn terms() -> Vec<&'static str> {
    let found: Vec<&str> = PAGE
        .lines()
        .map(|line| line.trim_matches('`'))
        .filter(|line| line.starts_with("{\"name\""))
        .collect();
    assert_eq!(found.len(), 6);
    found
}

fn file(terms: &[&str]) -> Domain {
    domain(format!("{{\"terms\": [{}]}}", terms.join(", ")).as_bytes()).expect("a domain")
}

/// What each option of a term gives both.
fn values(term: &str) -> Vec<(i64, i64)> {
    let domain = file(&[term]);
    let options = domain.terms()[0].options.iter();
    options.map(|option| (option.worth.firm, option.worth.client)).collect()
}

/// As the page writes money.
fn money(minor: i64) -> String {
    let (whole, cents) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    let digits = whole.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits")).collect();
    format!("{}{}.{cents:02}", if minor < 0 { "-" } else { "" }, groups.join(","))
}

fn page_has(text: &str) {
    assert!(PAGE.contains(text), "the page lacks: {text}");
}

#[test]
fn a_price_with_its_demand() {
    let found = values(terms()[1]);
    let lower = 500_000.0 * 0.94_f64.powf(-1.3);
    let volume = lower.round() as i64;
    // The area beside the demand curve, in a million steps.
    let area: f64 = (0..1_000_000)
        .map(|step| {
            let price = 940.0 + 60.0 * (f64::from(step) + 0.5) / 1e6;
            500_000.0 * (price / 1000.0).powf(-1.3) * 60.0 / 1e6
        })
        .sum();
    assert_eq!(found[1], (350_000_000, 0));
    assert_eq!(found[0].0, 640 * volume);
    assert!((found[0].1 as f64 - area).abs() <= 1.0, "{} {area}", found[0].1);
    let row = format!(
        "| 9.40 | {},{:03} | {} | {} |",
        volume / 1000,
        volume % 1000,
        money(found[0].0),
        money(found[0].1)
    );
    page_has(&row);
    let (loss, more) = (350_000_000 - found[0].0, found[0].1);
    page_has(&format!(
        "gives up {}, the client gains {}: {} more",
        money(loss),
        money(more),
        money(more - loss)
    ));
}

#[test]
fn payments_at_each_sides_own_rate() {
    let found = values(terms()[2]);
    assert_eq!(found[0], (120_000_000, -120_000_000));
    let later = ((126_500_000.0_f64 / 1.05).round() as i64, -(126_500_000.0_f64 / 1.12).round() as i64);
    assert_eq!(found[1], later);
    page_has(&format!("| 1,265,000.00 in a year | {} | {} |", money(later.0), money(later.1)));
    let gained = (money(later.0 - 120_000_000), money(later.1 + 120_000_000));
    page_has(&format!("| gained by waiting | {} | {} |", gained.0, gained.1));
}

#[test]
fn forecasts_and_capabilities() {
    let found = values(terms()[3]);
    // 0.8 x 30,000 - 0.2 x 40,000, and -(0.4 x 30,000 - 0.6 x 40,000).
    assert_eq!(found, [(0, 0), (1_600_000, 1_200_000)]);
    page_has("the\nfirm expects 16,000.00, the client 12,000.00");
    assert_eq!(values(terms()[5]), [(0, 0), (4_000_000, 8_000_000)]);
    assert_eq!(values(terms()[0]), [(0, 0), (-4_000_000, 9_000_000)]);
}

#[test]
fn a_risk_at_each_sides_tolerance() {
    let found = values(terms()[4]);
    let certain = |tolerance: f64, amounts: [f64; 2]| {
        let expected = 0.9 * (-amounts[0] / tolerance).exp() + 0.1 * (-amounts[1] / tolerance).exp();
        (-tolerance * expected.ln()).round() as i64
    };
    let alone = certain(2e7, [0.0, -3e7]);
    let borne = certain(2e8, [4.5e6, -2.55e7]);
    assert_eq!(found, [(0, alone), (borne, -4_500_000)]);
    page_has(&format!("| the client bears it | 0.00 | {} |", money(alone)));
    page_has(&format!("| the firm bears it for 45,000.00 | {} | -45,000.00 |", money(borne)));
    assert!(alone < -4_500_000 && borne > 0, "both gain");
}

#[test]
fn all_differences_together_are_found_by_the_gap() {
    let domain = file(&terms());
    let mut watch = |_: Progress| Verdict::Continue;
    let mut control = Control { max_points: 1_000_000, watch: &mut watch };
    let found = gap(&domain, &[0, 1, 0, 0, 0, 0], &mut control).expect("a gap");
    let joint = found.joint.expect("something is left");
    assert_eq!(joint.package, [1, 0, 1, 1, 1, 1]);
    let sum = |of: fn(&(i64, i64)) -> i64| {
        terms()
            .iter()
            .enumerate()
            .map(|(idx, term)| {
                let all = values(term);
                let (from, to) = if idx == 1 { (1, 0) } else { (0, 1) };
                of(&all[to]) - of(&all[from])
            })
            .sum::<i64>()
    };
    assert_eq!((joint.gains.firm, joint.gains.client), (sum(|v| v.0), sum(|v| v.1)));
    let gains = (money(joint.gains.firm), money(joint.gains.client));
    page_has(&format!("the firm gains {} and the client {}.", gains.0, gains.1));
}

#[test]
fn a_table_of_demand_is_added_up_by_trapezoids() {
    let table = vec![(800, 1_000), (900, 600), (1_100, 500)];
    let of = Demand { price_minor: 1_000, volume: 0, unit_cost_minor: 500, response: Response::Table(table) };
    // At 850 between 1,000 and 600: 800. From 850 to 900 700 x 50, from 900 to 1,000 575 x 100.
    assert_eq!(demand(&of, 850), Ok(Totals { firm: 350 * 800, client: 35_000 + 57_500 }));
    assert_eq!(demand(&of, 1_100), Ok(Totals { firm: 600 * 500, client: -52_500 }));
    assert_eq!(demand(&of, 799), Err(ValueError::OutsideTable { price: 799, low: 800, high: 1_100 }));
    let one = Demand {
        price_minor: 1_000,
        volume: 100,
        unit_cost_minor: 0,
        response: Response::Elasticity { ppm: -1_000_000 },
    };
    // What is spent stays the same; -100 x 1,000 x ln(0.5).
    assert_eq!(demand(&one, 500), Ok(Totals { firm: 100_000, client: 69_315 }));
}

#[test]
fn what_makes_no_sense_is_told_by_term_and_option() {
    let error =
        |term: &str| domain(format!("{{\"terms\": [{term}]}}").as_bytes()).expect_err("wrong").to_string();
    assert_eq!(
        error(
            r#"{"name": "price", "demand": {"price": 10, "volume": 5, "unit_cost": 1, "elasticity": -1.5, "prices": [9, 0]}}"#
        ),
        "line 1, column 117: term `price`, option 1, counted from 0: a price has to be above 0, not 0"
    );
    assert_eq!(
        error(
            r#"{"name": "bonus", "contingent": {"firm": [0.5, 0.6], "client": [0.5, 0.5], "options": [[1, 2]]}}"#
        ),
        "line 1, column 99: term `bonus`, option 0, counted from 0: the firm's probabilities have to be 0 or more and add up to 1, not 1100000 millionths"
    );
    assert_eq!(
        error(r#"{"name": "x", "a": [1], "capability": {"options": [null]}}"#),
        "line 1, column 12: `capability` needs to be the only source of the term's values: no other one, and neither `a` nor `b`"
    );
    assert_eq!(
        error(r#"{"name": "x", "payments": {"firm_rate": 1e-9, "client_rate": 0, "options": []}}"#),
        "line 1, column 52: `firm_rate` needs a number with at most six decimals, such as -1.3"
    );
    let huge = Demand {
        price_minor: 1,
        volume: i64::MAX,
        unit_cost_minor: i64::MIN,
        response: Response::Elasticity { ppm: -20_000_000 },
    };
    assert_eq!(demand(&huge, 1), Err(ValueError::TooLarge));
    assert_eq!(risky(&[], Tolerances::default()), Err(ValueError::NoOutcomes));
}

#[test]
fn a_large_tolerance_gives_the_mean_and_what_a_double_cannot_hold_is_refused() {
    let chance = |firm| Chance { ppm: 500_000, amounts: Totals { firm, client: 0 } };
    let of = |most, firm_minor| {
        let tolerances = Tolerances { firm_minor: Some(firm_minor), client_minor: None };
        risky(&[chance(0), chance(most)], tolerances).map(|totals| totals.firm)
    };
    assert!((of(1_000_000, 1_000_000_000_000_000).expect("a sum") - 500_000).abs() <= 1);
    assert_eq!(of(1_000_000, i64::MAX), Err(ValueError::TooLarge));
    assert_eq!(of(1 << 54, 1_000_000), Err(ValueError::TooLarge));
    let response = Response::Elasticity { ppm: -1_300_000 };
    let of = Demand { price_minor: 100, volume: (1 << 53) + 1, unit_cost_minor: 1, response };
    assert_eq!(of.volume_at(120), Err(ValueError::TooLarge));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_facts_panic(numbers in prop::collection::vec(any::<i64>(), 8), ppm in -20_000_000_i64..1) {
        let response = Response::Elasticity { ppm };
        let of = Demand { price_minor: numbers[0], volume: numbers[1], unit_cost_minor: numbers[2], response };
        let _ = demand(&of, numbers[3]);
        let table = Response::Table(vec![(numbers[4], numbers[5]), (numbers[6], numbers[7])]);
        let _ = demand(&Demand { response: table, ..of }, numbers[3]);
        let chance = |ppm, firm, client| Chance { ppm, amounts: Totals { firm, client } };
        let chances = [chance(400_000, numbers[0], numbers[1]), chance(600_000, numbers[2], numbers[3])];
        let tolerances = Tolerances { firm_minor: Some(numbers[4]), client_minor: None };
        let _ = risky(&chances, tolerances);
    }

    #[test]
    fn a_certain_sum_lies_between_the_worst_and_the_mean(
        low in -1_000_000_000_i64..1_000_000_000,
        span in 0_i64..1_000_000_000,
        ppm in 0_i64..=1_000_000,
        tolerance in 1_000_i64..10_000_000_000,
    ) {
        let chance = |ppm, firm| Chance { ppm, amounts: Totals { firm, client: 0 } };
        let chances = [chance(ppm, low), chance(1_000_000 - ppm, low + span)];
        let of = |firm_minor| risky(&chances, Tolerances { firm_minor, client_minor: None }).map(|t| t.firm);
        let (averse, neutral) = (of(Some(tolerance)).expect("a sum"), of(None).expect("a mean"));
        prop_assert!(averse <= neutral + 1 && averse >= low - 1);
    }
}
