//! Tests of service credits: tiers, caps, earn-back, states.

use proptest::prelude::*;

use super::*;
use crate::Currency;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn credit(state: CreditState, computed: i64) -> ServiceCredit {
    ServiceCredit {
        id: Id::new(Instant::from_seconds(0), 1),
        rule_id: Id::new(Instant::from_seconds(0), 2),
        account_id: Id::new(Instant::from_seconds(0), 3),
        month: Month::parse("2026-10").expect("a month"),
        computed: eur(computed),
        credit: eur(computed),
        state,
        derivation: vec![],
        credit_note: None,
        reason: String::new(),
        client_person_id: None,
        changed_by: None,
        changed_at: Instant::from_seconds(0),
        version: 1,
    }
}

fn step() -> CreditStep {
    CreditStep {
        reason: "said so".to_owned(),
        client_person_id: Some(Id::new(Instant::from_seconds(0), 9)),
        credit_note: "CN-1".to_owned(),
    }
}

#[test]
fn exactly_five_moves_are_open() {
    let mut open = vec![];
    for state in CreditState::ALL {
        for wanted in CreditMove::ALL {
            if let Ok(moved) = credit(*state, 320_000).moved(*wanted, step()) {
                open.push(format!("{} {} {}", state.as_str(), wanted.as_str(), moved.state.as_str()));
            }
        }
    }
    let expected = [
        "computed propose proposed",
        "proposed withdraw computed",
        "proposed agree agreed",
        "proposed waive waived",
        "agreed note noted",
    ];
    assert_eq!(open, expected);
}

#[test]
fn an_agreed_credit_keeps_its_amount_when_the_facts_change() {
    let agreed = credit(CreditState::Agreed, 320_000).recomputed(eur(160_000), vec![]);
    assert_eq!((agreed.credit, agreed.difference_minor()), (eur(320_000), -160_000));
    let computed = credit(CreditState::Computed, 320_000).recomputed(eur(160_000), vec![]);
    assert_eq!((computed.credit, computed.difference_minor()), (eur(160_000), 0));
}

#[test]
fn a_waiver_needs_a_reason_a_name_and_a_note_its_number() {
    let proposed = || credit(CreditState::Proposed, 1);
    let without_reason = proposed().moved(CreditMove::Waive, CreditStep { reason: String::new(), ..step() });
    assert_eq!(without_reason, Err(CreditMoveError::NoReason));
    let unnamed = proposed().moved(CreditMove::Agree, CreditStep { client_person_id: None, ..step() });
    assert_eq!(unnamed, Err(CreditMoveError::NobodyNamed));
    let unnumbered = credit(CreditState::Agreed, 1)
        .moved(CreditMove::Note, CreditStep { credit_note: String::new(), ..step() });
    assert_eq!(unnumbered, Err(CreditMoveError::NoNumber));
    assert!(matches!(
        credit(CreditState::Computed, 0).moved(CreditMove::Propose, step()),
        Err(CreditMoveError::Nothing { .. })
    ));
}

#[test]
fn forty_three_minutes_past_the_target_are_two_begun_half_hours() {
    // The mock-up's case: 16,988 s counted of 14,400 s allowed, EUR 1,600 a begun half hour, cap EUR 9,600.
    let (total, mut lines) = started_periods(&[("INC-24817".to_owned(), 2_588)], 1_800, 160_000);
    assert_eq!(total, 320_000);
    assert_eq!(capped(total, 960_000, &mut lines), 320_000);
    assert_eq!(lines[0].base, 2);
    let exact = started_periods(&[("a".to_owned(), 1_800), ("b".to_owned(), 0)], 1_800, 160_000);
    assert_eq!(exact.0, 160_000, "a period that is exactly full is one, and a case on time gives nothing");
}

#[test]
fn the_cap_holds_and_says_so() {
    let cases: Vec<(String, i64)> = (0..10).map(|idx| (format!("c{idx}"), 1)).collect();
    let (total, mut lines) = started_periods(&cases, 1_800, 160_000);
    assert_eq!(total, 1_600_000);
    assert_eq!(capped(total, 960_000, &mut lines), 960_000);
    assert!(lines.iter().any(|line| line.kind == LineKind::Cap && line.amount == 1_600_000));
}

#[test]
fn tiers_that_do_not_get_dearer_are_refused() {
    assert!(CreditMethod::parse("attainment", "9500:500, 9000:1000").is_ok());
    for tiers in ["", "9500", "9000:500,9500:1000", "9500:1000,9000:500", "0:1", "9500:10001", "x:1"] {
        assert!(CreditMethod::parse("attainment", tiers).is_err(), "{tiers}");
    }
    for tiers in ["", "0:5", "1800:0", "1800:5,900:5"] {
        assert!(CreditMethod::parse("started_periods", tiers).is_err(), "{tiers}");
    }
    assert!(CreditMethod::parse("gift", "1:1").is_err());
}

proptest! {
    #[test]
    fn no_text_breaks_the_tier_reader(word in "attainment|started_periods", tiers in "\\PC{0,40}|[0-9:,]{0,40}") {
        if let Ok(method) = CreditMethod::parse(&word, &tiers) {
            prop_assert_eq!(CreditMethod::parse(method.word(), &method.tiers_text()), Ok(method));
        }
    }

    #[test]
    fn derivation_lines_add_up_to_the_total(over in proptest::collection::vec(-5_000_i64..50_000, 0..20),
        period in 1_i64..7_200, each in 1_i64..1_000_000, cap in 1_i64..10_000_000) {
        let cases: Vec<(String, i64)> = over.into_iter().map(|s| ("c".to_owned(), s)).collect();
        let (uncapped, mut lines) = started_periods(&cases, period, each);
        let sum: i64 = lines.iter().filter(|line| line.kind == LineKind::CaseOver).filter_map(|line| line.minor).sum();
        prop_assert_eq!(sum, uncapped);
        prop_assert_eq!(capped(uncapped, cap, &mut lines), uncapped.min(cap));
    }
}
