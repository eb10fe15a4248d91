//! Tests of decision rights: what a right may say, when it decides, and how far a price moves.
//!
//! The days are those of one year; 30 days of grace after a review on 1 June end on 1 July.
//! Prices are minor units for so many units, so that a move of the quantity alone is seen too.

use jiff::civil::date;

use super::*;

fn right() -> DecisionRight {
    DecisionRight {
        id: Id::new(Instant::from_seconds(1), 1),
        holder: Holder::AccountManager,
        each: Amount::Money(Money::new(1_000_000, Currency::EUR)),
        a_month: Some(5_000_000),
        direction: PriceDirection::Either,
        accounts: AccountReach::Own,
        products: vec![],
        valid_from: date(2026, 1, 1),
        valid_until: date(2026, 12, 31),
        review_on: date(2026, 6, 1),
        granted_by: "operator".to_owned(),
        confirmed_by: "operator".to_owned(),
        reason: "Small credits are settled where they arise".to_owned(),
        state: RightState::Active,
        demo: false,
        version: 1,
    }
}

fn refused(right: DecisionRight) -> Vec<&'static str> {
    right.checked().expect_err("refused").iter().map(RightRefusal::field).collect()
}

#[test]
fn a_right_ends_within_two_years_and_is_reviewed_before() {
    assert_eq!(right().checked(), Ok(right()));
    assert!(DecisionRight { valid_until: date(2028, 1, 1), ..right() }.checked().is_ok());
    assert_eq!(refused(DecisionRight { valid_until: date(2028, 1, 2), ..right() }), ["valid_until"]);
    assert_eq!(refused(DecisionRight { valid_until: date(2025, 12, 31), ..right() }), ["valid_until"]);
    assert_eq!(refused(DecisionRight { review_on: date(2027, 1, 1), ..right() }), ["review_on"]);
}

#[test]
fn every_field_at_fault_is_named_at_once() {
    let wrong = DecisionRight {
        each: Amount::Minutes(0),
        a_month: Some(-1),
        accounts: AccountReach::Named(vec![]),
        products: vec![Id::new(Instant::from_seconds(1), 2)],
        reason: " ".to_owned(),
        ..right()
    };
    assert_eq!(refused(wrong), ["limit", "month_limit", "products", "accounts", "reason"]);
    let far = DecisionRight { each: Amount::BasisPoints(MOST_BASIS_POINTS + 1), a_month: None, ..right() };
    assert_eq!(refused(far), ["limit"]);
}

#[test]
fn a_right_that_nobody_confirms_lapses_thirty_days_after_its_review() {
    let on = |month, day| right().standing(date(2026, month, day));
    assert_eq!(right().standing(date(2025, 12, 31)), RightStanding::NotYet);
    assert_eq!(on(5, 31), RightStanding::InForce);
    assert_eq!(on(6, 1), RightStanding::ReviewDue);
    assert_eq!(on(7, 1), RightStanding::ReviewDue);
    assert_eq!(on(7, 2), RightStanding::Lapsed);
    assert_eq!(right().standing(date(2027, 1, 1)), RightStanding::Expired);
    let revoked = DecisionRight { state: RightState::Revoked, ..right() };
    assert_eq!(revoked.standing(date(2026, 2, 1)), RightStanding::Revoked);
}

#[test]
fn a_price_moves_in_basis_points_rounded_up() {
    let price = |minor, per| UnitPrice { minor, per };
    assert_eq!(price_move(price(312, 1), price(300, 1)), Some((385, PriceDirection::Lower)));
    assert_eq!(price_move(price(300, 1), price(312, 1)), Some((400, PriceDirection::Raise)));
    assert_eq!(price_move(price(312, 1), price(312, 1)), None);
    assert_eq!(price_move(price(312, 1), price(3_120, 10)), None, "the same price for ten");
    assert_eq!(price_move(price(312, 1), price(312, 10)), Some((9_000, PriceDirection::Lower)));
    assert_eq!(price_move(price(0, 1), price(1, 1)), Some((MOST_BASIS_POINTS, PriceDirection::Raise)));
    assert_eq!(price_move(price(1, 1), price(i64::MAX, 1)), Some((MOST_BASIS_POINTS, PriceDirection::Raise)));
}

#[test]
fn an_amount_is_told_in_its_own_unit() {
    let told = [
        Amount::Money(Money::new(960_000, Currency::EUR)),
        Amount::BasisPoints(385),
        Amount::BasisPoints(300),
        Amount::Minutes(45),
        Amount::Minutes(90),
        Amount::Minutes(10_080),
    ];
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["EUR 9600.00", "3.85 %", "3 %", "45 min", "1 h 30 min", "168 h"]);
}
