//! Sharing: exact sums, nobody worse, the Shapley value by every order of arrival, and the price of a veto.

use mandate_deals::control::{Control, Progress, Verdict};
use mandate_deals::frontier::FrontierError;
use mandate_deals::gap::GapError;
use mandate_deals::parse::domain;
use mandate_deals::share::{
    Baseline, ShareError, VetoError, batches, credit, not_superadditive, pro_rata, shapley, veto_prices,
};
use proptest::prelude::*;

use crate::offers::entangled;

/// What each adds on arrival, over all orders, times the number of orders.
fn by_orders(table: &[i64], n: usize) -> Vec<i128> {
    fn add(table: &[i64], n: usize, there: usize, values: &mut [i128]) {
        for result in (0..n).filter(|result| there >> result & 1 == 0) {
            let after = there | 1 << result;
            let orders: i128 = (1..=(n - after.count_ones() as usize) as i128).product();
            values[result] += orders * i128::from(table[after] - table[there]);
            add(table, n, after, values);
        }
    }
    let mut values = vec![0; n];
    add(table, n, 0, &mut values);
    values
}

#[test]
fn the_sharing_page_shows_what_the_engine_computes() {
    let baselines = [
        Baseline { transfer_price_minor: 1_000, volume: 300 },
        Baseline { transfer_price_minor: 2_500, volume: 80 },
    ];
    let credited = credit(&baselines, 620_000).expect("credits");
    assert_eq!((credited.credits_minor, credited.deal_account_minor), (vec![300_000, 200_000], 120_000));
    assert_eq!(pro_rata(120_000, &[3, 3, 1]).expect("shares"), [51_429, 51_428, 17_143]);
    // Nobody, A, B, A and B, C, A and C, B and C, all.
    let table = [0, 10, 20, 60, 0, 30, 50, 120];
    assert_eq!(shapley(&table).expect("shares").shares_minor, [39, 53, 28]);
    assert_eq!(by_orders(&table, 3), [230, 320, 170]);
    assert_eq!(not_superadditive(&table), None);
    assert_eq!(not_superadditive(&[0, 10, 20, 25]), Some((1, 2)));
    assert_eq!(batches(11, 4).expect("batches"), [0..4, 4..8]);
    assert_eq!(batches(3, 0), Err(ShareError::NoDeals));
}

#[test]
fn of_a_loss_each_has_its_own_value() {
    // A costs 100 wherever it comes, B brings 60 wherever it comes.
    let found = shapley(&[0, -100, 60, -40]).expect("shares");
    assert_eq!((found.shares_minor, found.is_lifted), (vec![-100, 60], false));
    // Minus a half each: of equal remainders the first gets more.
    let found = shapley(&[0, 0, 0, -1]).expect("shares");
    assert_eq!((found.shares_minor, found.is_lifted), (vec![0, -1], false));
    let far = [0, i64::MIN, i64::MAX, i64::MIN];
    let told = "result 0: its share leaves the range of 64 bits; use a larger unit";
    assert_eq!(shapley(&far).expect_err("out of range").to_string(), told);
}

#[test]
fn a_veto_costs_the_joint_value_it_keeps_away() {
    let text = r#"{"terms": [{"a": [600, 540], "b": [0, 84]}, {"a": [500, 585], "b": [300, 290]}]}"#;
    let domain = domain(text.as_bytes()).expect("a domain");
    let mut watch = |_: Progress| Verdict::Continue;
    let mut control = Control { max_points: 1_000, watch: &mut watch };
    let prices = veto_prices(&domain, &[0, 0], &[vec![0], vec![1], vec![]], &mut control).expect("prices");
    // Either term alone makes somebody lose, so either veto costs all of the 99.
    assert_eq!(prices, [99, 99, 0]);
    let error = veto_prices(&domain, &[0, 0], &[vec![7]], &mut control).expect_err("no such term");
    assert_eq!(error.to_string(), "veto 0 names term 7; there are 2, counted from 0");
}

#[test]
fn a_veto_has_no_price_where_only_a_cover_fits_the_limits() {
    let domain = entangled(70, 0);
    let mut watch = |_: Progress| Verdict::TimeUp;
    let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
    let error = veto_prices(&domain, &[0; 16], &[vec![0]], &mut control).expect_err("no price");
    assert_eq!(error, VetoError::Gap(GapError::Frontier(FrontierError::OutOfLimits)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shares_add_up_and_nobody_is_worse_when_the_firm_gains(
        sum in any::<i64>().prop_map(|sum| sum / 2),
        weights in prop::collection::vec(any::<u32>(), 1..20),
    ) {
        match pro_rata(sum, &weights) {
            Ok(shares) => {
                prop_assert_eq!(shares.iter().map(|share| i128::from(*share)).sum::<i128>(), i128::from(sum));
                prop_assert!(shares.iter().all(|share| share.signum() * sum.signum() >= 0));
            }
            Err(error) => prop_assert_eq!(error, ShareError::NoWeight),
        }
    }

    #[test]
    fn the_shapley_value_is_the_mean_over_orders_of_arrival(
        table in prop::collection::vec(-1_000_000_i64..1_000_000, 32),
    ) {
        let table: Vec<i64> = std::iter::once(0).chain(table.into_iter().skip(1)).collect();
        let found = shapley(&table).expect("shares");
        prop_assert_eq!(found.shares_minor.iter().sum::<i64>(), table[31]);
        if table[31] >= 0 {
            prop_assert!(found.shares_minor.iter().all(|share| *share >= 0));
        }
        if !found.is_lifted && table[31] != 0 {
            for (share, value) in found.shares_minor.iter().zip(by_orders(&table, 5)) {
                // Rounded by less than one: 120 orders.
                prop_assert!((i128::from(*share) * 120 - value).abs() < 120, "{share} {value}");
            }
        }
    }
}
