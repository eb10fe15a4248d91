//! The arithmetic of growth that stands beside its reads: weighted values and discounts from the list price.
//! What is read from the book is tested on both databases in `tests/it`.

use mandate_domain::Instant;

use super::*;

#[test]
fn a_weighted_value_is_rounded_once_and_never_grows() {
    let euro = |minor| Money::new(minor, Currency::EUR);
    assert_eq!(weighted(euro(1_001), 50), euro(501));
    assert_eq!(weighted(euro(i64::MAX), 100), euro(i64::MAX));
    assert_eq!(weighted(euro(999), 0), euro(0));
}

#[test]
fn a_discount_minds_for_how_many_units_each_price_is() {
    let line = PricedLine {
        contract_id: Id::new(Instant::from_seconds(1), 1),
        contract: "Master".to_owned(),
        account_id: Id::new(Instant::from_seconds(1), 2),
        starts_on: jiff::civil::date(2026, 1, 1),
        price: Money::new(90, Currency::EUR),
        price_per: 1,
        listed: Some((Money::new(10_000, Currency::EUR), 100, jiff::civil::date(2026, 1, 1))),
    };
    assert_eq!(discount_bp(&line), Some(1_000));
    assert_eq!(discount_bp(&PricedLine { price_per: 100, ..line.clone() }), Some(9_910));
    assert_eq!(discount_bp(&PricedLine { listed: None, ..line }), None);
}
