//! The rules of growth held to their worked example, to what must always be so, and to months nobody stated.
//! The rules themselves stand in `growth`; what is read and shown of them is tested where that is done.
//! Random books are small on purpose, so that a counterexample can be read.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::Instant;
use crate::book::ExchangeRate;
use crate::money::Rate;

fn month(text: &str) -> Month {
    Month::parse(text).expect("a month")
}

fn account(number: u128) -> Id<Account> {
    Id::new(Instant::from_seconds(1), number)
}

fn product(number: u128) -> Id<Product> {
    Id::new(Instant::from_seconds(2), number)
}

fn row(whose: u128, of: u128, in_month: &str, minor: i64, code: &str) -> RevenueRow {
    let currency = Currency::parse(code).expect("a currency");
    RevenueRow {
        account_id: account(whose),
        product_id: product(of),
        month: month(in_month),
        revenue: Money::new(minor, currency),
    }
}

fn rate(from: &str, on: Date, rate: &str) -> ExchangeRate {
    ExchangeRate {
        external_id: None,
        from_currency: Currency::parse(from).expect("a currency"),
        to_currency: Currency::EUR,
        rate_on: on,
        rate: Rate::parse(rate).expect("a rate"),
        source: "ECB".to_owned(),
    }
}

fn since(first: &str) -> Tenure {
    Tenure { first_month: month(first), ended_on: None }
}

fn no_rates() -> Rates {
    Rates::new(Currency::EUR, [])
}

const OCTOBER: &str = "2026-10";

fn october() -> Period {
    Period { first: month(OCTOBER), last: month(OCTOBER) }
}

/// The worked example of `docs/methods/growth.md`.
#[test]
fn the_growth_page_shows_what_the_rules_compute() {
    let rows = [
        row(1, 1, "2025-10", 100_000, "EUR"),
        row(1, 1, OCTOBER, 130_000, "EUR"),
        row(2, 1, "2025-10", 50_000, "EUR"),
        row(2, 1, OCTOBER, 30_000, "EUR"),
        row(2, 2, OCTOBER, 5_000, "EUR"),
        row(3, 2, "2025-10", 40_000, "EUR"),
        row(4, 1, OCTOBER, 25_000, "EUR"),
        row(5, 1, "2025-10", 20_000, "USD"),
        row(5, 1, OCTOBER, 20_000, "USD"),
        row(6, 1, "2025-10", 9_000, "EUR"),
    ];
    let mut tenures: BTreeMap<_, _> = [1, 2, 3, 5, 6].map(|it| (account(it), since("2024-01"))).into();
    tenures.insert(account(3), Tenure { ended_on: Some(date(2026, 3, 31)), ..since("2024-01") });
    tenures.insert(account(4), since(OCTOBER));
    let rates = Rates::new(
        Currency::EUR,
        [rate("USD", date(2025, 10, 31), "1"), rate("USD", date(2026, 10, 30), "0.8")],
    );
    let found = retention(&rows, &tenures, october(), &rates);
    let total = found.total;
    assert_eq!(total.opening, 100_000 + 50_000 + 40_000 + 16_000);
    assert_eq!(
        (total.expansion, total.contraction, total.churned, total.new),
        (30_000, 15_000, 40_000, 25_000)
    );
    assert_eq!((total.retained(), total.closing()), (181_000, 206_000));
    assert_eq!((total.nrr_bp(), total.grr_bp()), (Some(8_786), Some(7_330)));
    // The dollar fell by a fifth and the account pays what it paid: no movement, at the one rate of October 2026.
    let dollars = found.accounts.iter().find(|it| it.account_id == account(5)).expect("the account");
    assert_eq!(dollars.movement, Movement { opening: 16_000, ..Movement::default() });
    assert_eq!(found.rates.len(), 1);
    // Account 6 has no figures for October 2026 and contracts that go on: not stated, and in no sum.
    let silent = found.accounts.iter().find(|it| it.account_id == account(6)).expect("the account");
    assert_eq!((silent.movement, silent.not_stated.len()), (Movement::default(), 1));
    // Product 2 came to account 2: expansion of the account, new for the product.
    let second = found.products.iter().find(|(id, _)| *id == product(2)).expect("the product");
    assert_eq!((second.1.new, second.1.churned), (5_000, 40_000));
}

#[test]
fn an_amount_without_a_rate_leaves_its_month_out_and_is_named() {
    let rows = [
        row(1, 1, "2025-10", 10_000, "EUR"),
        row(1, 1, OCTOBER, 11_000, "EUR"),
        row(2, 1, "2025-10", 70_000, "JPY"),
        row(2, 1, OCTOBER, 9_000, "EUR"),
    ];
    let tenures = [1, 2].map(|it| (account(it), since("2024-01"))).into();
    let found = retention(&rows, &tenures, october(), &no_rates());
    assert_eq!(found.total, Movement { opening: 10_000, expansion: 1_000, ..Movement::default() });
    let yen = Currency::parse("JPY").expect("a currency");
    assert_eq!(found.left_out, [Money::new(9_000, Currency::EUR), Money::new(70_000, yen)]);
    assert_eq!(found.accounts[1].without_rate, [month(OCTOBER)]);
}

#[test]
fn a_credited_month_lowers_what_is_retained_and_no_account_without_opening_has_a_share() {
    let rows = [
        row(1, 1, "2025-10", 10_000, "EUR"),
        row(1, 1, OCTOBER, -2_500, "EUR"),
        row(2, 1, "2025-10", -4_000, "EUR"),
        row(2, 1, OCTOBER, 6_000, "EUR"),
    ];
    let tenures = [1, 2].map(|it| (account(it), since("2024-01"))).into();
    let found = retention(&rows, &tenures, october(), &no_rates());
    assert_eq!((found.total.churned, found.total.new), (12_500, 6_000));
    assert_eq!(found.total.nrr_bp(), Some(-2_500));
    assert_eq!(found.accounts[1].movement.nrr_bp(), None);
}

#[test]
fn periods_follow_the_fiscal_year() {
    let april = FiscalStart::new(4).expect("a month");
    let of = |kind, newest| Period::of(kind, month(newest), april);
    let months = |first, last| Period { first: month(first), last: month(last) };
    assert_eq!(of(PeriodKind::FiscalYear, "2026-02"), months("2025-04", "2026-02"));
    assert_eq!(of(PeriodKind::YearBefore, "2026-02"), months("2024-04", "2025-03"));
    assert_eq!(of(PeriodKind::Quarter, "2026-02"), months("2026-01", "2026-02"));
    assert_eq!(of(PeriodKind::LastTwelve, "2026-02"), months("2025-03", "2026-02"));
    assert_eq!(of(PeriodKind::LastTwelve, "2026-02").months().count(), 12);
    assert_eq!(FiscalStart::new(13), Err(FiscalStartError { given: 13 }));
}

proptest! {
    #[test]
    fn the_bridge_always_closes(opening in -1_000_000_i128..1_000_000, closing in -1_000_000_i128..1_000_000) {
        let moved = Movement::between(opening, closing);
        prop_assert_eq!(moved.closing(), closing);
        prop_assert!(moved.grr_bp().is_none_or(|share| share <= 10_000));
        prop_assert!(moved.grr_bp() <= moved.nrr_bp());
        prop_assert!(moved.expansion == 0 || moved.contraction + moved.churned == 0);
    }

    #[test]
    fn the_same_rate_change_for_all_leaves_every_share_as_it_is(
        amounts in proptest::collection::vec((1_i64..10_000_000, 0_i64..10_000_000), 1..20),
        then in 1_000_i64..2_000_000_000,
    ) {
        let mut rows = vec![];
        let mut tenures = BTreeMap::new();
        for (idx, (before, after)) in (0_u128..).zip(&amounts) {
            rows.push(row(idx, 1, "2025-10", *before, "USD"));
            rows.push(row(idx, 1, OCTOBER, *after, "USD"));
            tenures.insert(account(idx), since("2024-01"));
        }
        let now = rate("USD", date(2026, 10, 30), "1");
        let mut old = rate("USD", date(2025, 10, 31), "1");
        old.rate = Rate::from_billionths(then).expect("above zero");
        let found = retention(&rows, &tenures, october(), &Rates::new(Currency::EUR, [old, now.clone()]));
        let steady = retention(&rows, &tenures, october(), &Rates::new(Currency::EUR, [now]));
        prop_assert_eq!(found.total, steady.total);
    }

    #[test]
    fn the_products_of_a_period_add_up_to_its_accounts(
        amounts in proptest::collection::vec((0_u128..4, 0_u128..3, -1_000_i64..100_000, 0_i64..100_000), 1..30),
    ) {
        let mut rows = vec![];
        for (whose, of, before, after) in &amounts {
            rows.push(row(*whose, *of, "2025-10", *before, "EUR"));
            rows.push(row(*whose, *of, OCTOBER, *after, "EUR"));
        }
        let tenures = (0..4).map(|it| (account(it), since("2024-01"))).collect();
        let found = retention(&rows, &tenures, october(), &no_rates());
        let closing: i128 = amounts.iter().map(|(.., after)| i128::from(*after)).sum();
        let by_product: i128 = found.products.iter().map(|(_, it)| it.closing()).sum();
        prop_assert_eq!((found.total.closing(), by_product), (closing, closing));
    }
}
