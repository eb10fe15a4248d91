//! A naive reading of the shipped policies in plain ifs, against which the evaluator of policies is held.
//!
//! Shares no code with it but the types of a question. Amounts lie around the limits and days around the ends of a
//! right's days, because random numbers would hardly ever meet them.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use mandate_app::decisions::{Policies, Question, Verdict};
use mandate_domain::book::{Account, Person, Product, Tier};
use mandate_domain::identity::{
    AccountReach, Amount, Decider, DecisionKind, DecisionRight, Holder, PriceDirection, RightState, Role,
    User,
};
use mandate_domain::{Currency, Id, Instant, Money};
use mandate_store::reads::decisions::{DecidedAccount, DecidedProduct};

/// SplitMix64: the same seed gives the same questions everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    fn id<T>(&mut self, n: u64) -> Id<T> {
        Id::new(Instant::from_seconds(0), u128::from(self.below(n)))
    }
}

struct Case {
    decider: Decider,
    account: DecidedAccount,
    product: Option<DecidedProduct>,
    amount: Amount,
    direction: PriceDirection,
    right: Option<DecisionRight>,
    used: i64,
}

const TODAY: Date = date(2026, 11, 21);

impl Case {
    fn random(random: &mut Random) -> Self {
        let kind = random.pick(DecisionKind::ALL);
        let limits = [1, 299, 300, 10_079, 10_080, 10_081, 249_999, 250_000, 250_001, 500_000];
        let currency = random.pick(&["EUR", "EUR", "EUR", "USD", "JPY", "GBP"]);
        let currency = Currency::parse(currency).expect("a currency");
        let person = |random: &mut Random| (!random.one_in(6)).then(|| random.id::<Person>(2));
        let (manager_id, negotiator_id) = (person(random), person(random));
        let mut people: BTreeSet<String> =
            (0..random.below(3)).map(|_| random.id::<Person>(3).to_string()).collect();
        people.extend(manager_id.iter().chain(&negotiator_id).map(ToString::to_string));
        let n_roles = random.below(3);
        let decider = Decider {
            id: random.id::<User>(2).to_string(),
            name: String::new(),
            person_id: person(random),
            roles: (0..n_roles).map(|_| random.pick(&Role::ALL)).collect(),
            walled: random.one_in(3),
        };
        let account = DecidedAccount {
            id: random.id(3),
            name: String::new(),
            tier: random.pick(&Tier::ALL),
            time_zone: "UTC".to_owned(),
            currency,
            manager_id,
            manager_name: None,
            negotiator_id,
            people,
        };
        let product = (kind == DecisionKind::Price && !random.one_in(4)).then(|| DecidedProduct {
            id: random.id(3),
            name: String::new(),
            manager_id: person(random),
            manager_name: None,
        });
        let right = (!random.one_in(4)).then(|| Self::right(random, kind, &limits));
        Self {
            decider,
            account,
            product,
            amount: Amount::of(kind, random.pick(&limits), Some(currency)),
            direction: random.pick(PriceDirection::ALL),
            right,
            used: random.pick(&[0, 0, 1, 249_999, 250_000, 250_001]),
        }
    }

    /// Mostly in force and of the kind, else nothing would ever be allowed.
    fn right(random: &mut Random, kind: DecisionKind, limits: &[i64]) -> DecisionRight {
        let kind = if random.one_in(10) { random.pick(DecisionKind::ALL) } else { kind };
        let currency =
            random.pick(&[Currency::EUR, Currency::EUR, Currency::parse("USD").expect("a currency")]);
        let shifted = |random: &mut Random, usual: i64| {
            let days = if random.one_in(12) { random.pick(&[-31, -30, -1, 0, 1]) } else { usual };
            TODAY.checked_add(days.days()).expect("a day")
        };
        let each = if random.one_in(3) { random.pick(limits) } else { 250_001 };
        let n_named = random.below(4);
        let accounts = match random.below(4) {
            0 => AccountReach::Own,
            1 => AccountReach::Every,
            2 => AccountReach::Tier(random.pick(&Tier::ALL)),
            _ => AccountReach::Named((0..n_named).map(|_| random.id::<Account>(3)).collect()),
        };
        let holder = match random.below(4) {
            0 | 1 => Holder::User(random.id(2)),
            2 => Holder::AccountManager,
            _ => Holder::Negotiator,
        };
        let n_products = if random.one_in(2) { 0 } else { random.below(3) };
        DecisionRight {
            id: random.id(9),
            holder,
            each: Amount::of(kind, each, Some(currency)),
            a_month: random.one_in(2).then(|| each + random.pick(&[0, 1, 250_000])),
            direction: random.pick(PriceDirection::ALL),
            accounts,
            products: (0..n_products).map(|_| random.id::<Product>(3)).collect(),
            valid_from: shifted(random, -90),
            valid_until: shifted(random, 90),
            review_on: shifted(random, 60),
            granted_by: String::new(),
            confirmed_by: String::new(),
            reason: String::new(),
            state: if random.one_in(20) { RightState::Revoked } else { RightState::Active },
            demo: false,
            version: 1,
        }
    }

    fn question(&self) -> Question<'_> {
        Question {
            decider: &self.decider,
            substitute: false,
            account: &self.account,
            product: self.product.as_ref(),
            amount: self.amount,
            direction: self.direction,
            today: TODAY,
            right: self.right.as_ref(),
            used_this_month: self.used,
        }
    }
}

/// The policy that allows it, by the rules as people tell them to each other.
fn expected(case: &Case) -> Option<&'static str> {
    match &case.right {
        Some(right) => covered_by_right(case, right).then_some("granted_right"),
        None => match case.amount {
            Amount::Money(money) => credit_without_right(case, money),
            Amount::BasisPoints(_) => price_without_right(case),
            Amount::Minutes(minutes) => {
                let may = case.decider.roles.contains(&Role::AccountManager)
                    || case.decider.roles.contains(&Role::DeliveryLead);
                (may && minutes <= 7 * 24 * 60).then_some("exclusions_up_to_a_week")
            }
        },
    }
}

fn covered_by_right(case: &Case, right: &DecisionRight) -> bool {
    if right.state == RightState::Revoked || TODAY < right.valid_from || TODAY > right.valid_until {
        return false;
    }
    if TODAY > right.review_on.checked_add(30.days()).expect("a day") {
        return false;
    }
    let me = case.decider.person_id.as_ref();
    let holds = match &right.holder {
        Holder::User(user) => user.as_str() == case.decider.id,
        Holder::AccountManager => me.is_some() && me == case.account.manager_id.as_ref(),
        Holder::Negotiator => me.is_some() && me == case.account.negotiator_id.as_ref(),
    };
    let here = match &right.accounts {
        AccountReach::Own => me.is_some_and(|me| case.account.people.contains(me.as_str())),
        AccountReach::Every => true,
        AccountReach::Tier(tier) => *tier == case.account.tier,
        AccountReach::Named(named) => named.contains(&case.account.id),
    };
    let product = right.products.is_empty()
        || case.product.as_ref().is_some_and(|product| right.products.contains(&product.id));
    let way = right.direction == PriceDirection::Either || right.direction == case.direction;
    let same_unit = match (right.each, case.amount) {
        (Amount::Money(limit), Amount::Money(asked)) => limit.currency == asked.currency,
        (Amount::BasisPoints(_), Amount::BasisPoints(_)) | (Amount::Minutes(_), Amount::Minutes(_)) => true,
        _ => false,
    };
    let fits = case.amount.number() <= right.each.number();
    let in_month = right.a_month.is_none_or(|month| case.used + case.amount.number() <= month);
    holds && here && product && way && same_unit && fits && in_month
}

fn credit_without_right(case: &Case, money: Money) -> Option<&'static str> {
    let manages = case.decider.person_id.is_some() && case.decider.person_id == case.account.manager_id;
    let small = matches!(money.currency.code(), "EUR" | "USD" | "GBP" | "CHF")
        && money.minor <= 250_000
        && case.used + money.minor <= 500_000;
    if case.decider.roles.contains(&Role::AccountManager) && manages && small {
        // Of two policies that allow it, the first by name.
        Some("account_manager_small_credits")
    } else if case.decider.roles.contains(&Role::Sponsor) {
        Some("sponsor_decides_credits")
    } else {
        None
    }
}

fn price_without_right(case: &Case) -> Option<&'static str> {
    let manager = case.product.as_ref().and_then(|product| product.manager_id.as_ref());
    match manager {
        Some(manager) => {
            let may = case.decider.person_id.as_ref() == Some(manager) && !case.decider.walled;
            may.then_some("product_manager_decides_prices")
        }
        None => {
            let writes = [Role::AccountManager, Role::Negotiator, Role::Administrator];
            let may = case.decider.roles.iter().any(|role| writes.contains(role));
            may.then_some("prices_without_product_manager")
        }
    }
}

#[test]
fn the_policies_answer_random_questions_as_the_naive_reading_does() {
    let long = std::env::var_os("MANDATE_DECISIONS_LONG").is_some();
    let n_questions = if long { 1_000_000 } else { 50_000 };
    let policies = Policies::shipped().expect("the shipped policies");
    let mut random = Random(2026);
    let (mut n_allowed, mut n_by_right) = (0, 0);
    for number in 0..n_questions {
        let case = Case::random(&mut random);
        let answer = policies.ask(&case.question());
        let allowed_by = match &answer {
            Verdict::Allowed { policy } => Some(policy.as_str()),
            Verdict::Refused { .. } => None,
        };
        let expected = expected(&case);
        assert_eq!(allowed_by, expected, "question {number}: {:?}", case.question());
        n_allowed += i32::from(expected.is_some());
        n_by_right += i32::from(expected == Some("granted_right"));
    }
    // A generator that hardly ever meets a limit would show nothing.
    assert!(
        n_allowed > n_questions / 20 && n_by_right > n_questions / 100,
        "{n_allowed}, {n_by_right} by a right"
    );
    if long {
        println!("{n_questions} questions, {n_allowed} allowed, {n_by_right} of them by a right");
    }
}
