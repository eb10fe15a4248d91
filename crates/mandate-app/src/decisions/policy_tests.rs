//! The tests beside a set of policies: one line each, in words an administrator can read and write.
//!
//! `allow credit roles=sponsor amount=100` says who decides what, and how it must come out. What a line does not say is
//! the plainest case: no role, an account of somebody else, no right, nothing used this month.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{ToSpan, civil};
use mandate_domain::book::{Person, Product, Tier};
use mandate_domain::identity::{
    AccountReach, Amount, Decider, DecisionKind, DecisionRight, Holder, PriceDirection, RightState, Role,
};
use mandate_domain::{Currency, Id, Instant};
use mandate_store::reads::decisions::{DecidedAccount, DecidedProduct};

use super::question::Question;

/// Why a line is no test.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the tests: `{word}` is not understood; {expected}")]
pub struct TestLineError {
    /// The line, from 1.
    pub line: usize,
    /// The word at fault.
    pub word: String,
    /// What could stand there.
    pub expected: &'static str,
}

/// A test of policies.
#[derive(Clone, Debug)]
pub struct PolicyTest {
    /// The line, from 1.
    pub line: usize,
    /// The line's text.
    pub text: String,
    /// Whether the decision must be allowed.
    pub allowed: bool,
    decider: Decider,
    substitute: bool,
    account: DecidedAccount,
    product: Option<DecidedProduct>,
    amount: Amount,
    direction: PriceDirection,
    right: Option<DecisionRight>,
    used: i64,
}

/// The day on which tests take place.
const TODAY: Date = civil::date(2026, 11, 21);

const KEYS: &str = "write roles, manages, negotiates, works, tier, product_manager, amount, currency, direction, used, \
                    substitute, walled, right, limit, month_limit, right_kind, right_currency, right_direction, accounts, \
                    products, from, until, lapses or revoked, then = and a value";

fn id<T>(number: u128) -> Id<T> {
    Id::new(Instant::from_seconds(0), number)
}

impl PolicyTest {
    /// The question it puts.
    pub fn question(&self) -> Question<'_> {
        Question {
            decider: &self.decider,
            substitute: self.substitute,
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

/// Reads the tests; empty lines and those that begin with `#` are left out.
///
/// # Errors
/// [`TestLineError`] for the first word that is not understood.
pub fn read_tests(text: &str) -> Result<Vec<PolicyTest>, TestLineError> {
    let lines = text.lines().enumerate().map(|(idx, line)| (idx + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| read_test(number, line))
        .collect()
}

/// The words of one line, looked up by key.
struct Words<'a> {
    line: usize,
    pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> Words<'a> {
    fn error(&self, word: &str, expected: &'static str) -> TestLineError {
        TestLineError { line: self.line, word: word.chars().take(40).collect(), expected }
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    fn number(&self, key: &str) -> Result<Option<i64>, TestLineError> {
        let value = self.get(key).map(|value| value.parse().map_err(|_| self.error(value, "write digits")));
        value.transpose()
    }

    fn flag(&self, key: &str) -> Result<bool, TestLineError> {
        match self.get(key) {
            None | Some("no") => Ok(false),
            Some("yes") => Ok(true),
            Some(other) => Err(self.error(other, "write yes or no")),
        }
    }

    fn direction(&self, key: &str) -> Result<PriceDirection, TestLineError> {
        let word = self.get(key).unwrap_or("either");
        PriceDirection::parse(word).map_err(|_| self.error(word, "write lower, raise or either"))
    }

    fn currency(&self, key: &str) -> Result<Currency, TestLineError> {
        let word = self.get(key).unwrap_or("EUR");
        Currency::parse(word).map_err(|_| self.error(word, "write a currency such as EUR"))
    }
}

const KNOWN: [&str; 23] = [
    "roles",
    "manages",
    "negotiates",
    "works",
    "tier",
    "product_manager",
    "amount",
    "currency",
    "direction",
    "used",
    "substitute",
    "walled",
    "right",
    "limit",
    "month_limit",
    "right_kind",
    "right_currency",
    "right_direction",
    "accounts",
    "products",
    "from",
    "until",
    "lapses",
];

fn read_test(line: usize, text: &str) -> Result<PolicyTest, TestLineError> {
    let mut words = Words { line, pairs: vec![] };
    let mut given = text.split_whitespace();
    let outcome = given.next().unwrap_or_default();
    let allowed = match outcome {
        "allow" => true,
        "refuse" => false,
        _ => return Err(words.error(outcome, "begin with allow or refuse")),
    };
    let kind = given.next().unwrap_or_default();
    let kind = DecisionKind::parse(kind)
        .map_err(|_| words.error(kind, "write credit, price or exclusion after allow or refuse"))?;
    for word in given {
        match word.split_once('=') {
            Some((key, value)) if KNOWN.contains(&key) || key == "revoked" => words.pairs.push((key, value)),
            _ => return Err(words.error(word, KEYS)),
        }
    }
    let me: Id<Person> = id(1);
    let roles = words.get("roles").unwrap_or_default();
    let roles: Result<Vec<Role>, _> =
        roles.split('|').filter(|word| !word.is_empty()).map(Role::parse).collect();
    let roles = roles.map_err(|error| words.error(&error.word, "write roles with | between them"))?;
    let decider = Decider {
        id: id::<Decider>(2).to_string(),
        name: "Whoever decides".to_owned(),
        person_id: Some(me.clone()),
        roles,
        walled: words.flag("walled")?,
    };
    let amount = words.number("amount")?.ok_or_else(|| words.error(text, "say the amount"))?;
    let currency = words.currency("currency")?;
    Ok(PolicyTest {
        line,
        text: text.to_owned(),
        allowed,
        substitute: words.flag("substitute")?,
        account: account(&words, &me)?,
        product: product(&words, kind, &me)?,
        amount: Amount::of(kind, amount, Some(currency)),
        direction: words.direction("direction")?,
        right: right(&words, kind, &decider)?,
        used: words.number("used")?.unwrap_or(0),
        decider,
    })
}

fn account(words: &Words<'_>, me: &Id<Person>) -> Result<DecidedAccount, TestLineError> {
    let other: Id<Person> = id(3);
    let manager = if words.flag("manages")? { me } else { &other };
    let negotiator = if words.flag("negotiates")? { me } else { &other };
    let mut people = BTreeSet::from([manager.to_string(), negotiator.to_string()]);
    if words.flag("works")? {
        people.insert(me.to_string());
    }
    let tier = words.get("tier").unwrap_or("standard");
    Ok(DecidedAccount {
        id: id(4),
        name: String::new(),
        tier: Tier::parse(tier).ok_or_else(|| words.error(tier, "write key or standard"))?,
        time_zone: "UTC".to_owned(),
        currency: Currency::EUR,
        manager_id: Some(manager.clone()),
        manager_name: None,
        negotiator_id: Some(negotiator.clone()),
        people,
    })
}

fn product(
    words: &Words<'_>,
    kind: DecisionKind,
    me: &Id<Person>,
) -> Result<Option<DecidedProduct>, TestLineError> {
    let manager_id = match words.get("product_manager") {
        Some("none") => None,
        Some("self") => Some(me.clone()),
        None | Some("other") => Some(id(3)),
        Some(word) => return Err(words.error(word, "write self, other or none")),
    };
    let product = DecidedProduct { id: this_product(), name: String::new(), manager_id, manager_name: None };
    Ok((kind == DecisionKind::Price).then_some(product))
}

fn this_product() -> Id<Product> {
    id(5)
}

fn right(
    words: &Words<'_>,
    kind: DecisionKind,
    decider: &Decider,
) -> Result<Option<DecisionRight>, TestLineError> {
    let holder = match words.get("right") {
        None => return Ok(None),
        Some("user") => Id::parse(&decider.id).map(Holder::User).map_err(|_| words.error("user", KEYS))?,
        Some("somebody") => Holder::User(id(6)),
        Some("account_manager") => Holder::AccountManager,
        Some("negotiator") => Holder::Negotiator,
        Some(word) => return Err(words.error(word, "write user, somebody, account_manager or negotiator")),
    };
    let kind = match words.get("right_kind") {
        None => kind,
        Some(word) => DecisionKind::parse(word).map_err(|_| words.error(word, "write a kind of decision"))?,
    };
    let limit = words.number("limit")?.ok_or_else(|| words.error("right", "say the right's limit"))?;
    let accounts = match words.get("accounts") {
        None | Some("every") => AccountReach::Every,
        Some("own") => AccountReach::Own,
        Some("this") => AccountReach::Named(vec![id(4)]),
        Some("other") => AccountReach::Named(vec![id(7)]),
        Some(word) => AccountReach::Tier(
            Tier::parse(word)
                .ok_or_else(|| words.error(word, "write every, own, this, other, key or standard"))?,
        ),
    };
    let products = match words.get("products") {
        None | Some("every") => vec![],
        Some("this") => vec![this_product()],
        Some("other") => vec![id(8)],
        Some(word) => return Err(words.error(word, "write every, this or other")),
    };
    let currency =
        words.currency(if words.get("right_currency").is_some() { "right_currency" } else { "currency" })?;
    let day = |key: &str, otherwise: i64| {
        let days = words.number(key)?.unwrap_or(otherwise).clamp(-100_000, 100_000);
        Ok(TODAY.checked_add(days.days()).unwrap_or(TODAY))
    };
    let state = if words.flag("revoked")? { RightState::Revoked } else { RightState::Active };
    Ok(Some(DecisionRight {
        id: id(9),
        holder,
        each: Amount::of(kind, limit, Some(currency)),
        a_month: words.number("month_limit")?,
        direction: words.direction("right_direction")?,
        accounts,
        products,
        valid_from: day("from", -100)?,
        valid_until: day("until", 100)?,
        review_on: day("lapses", 60)?.checked_sub(DecisionRight::GRACE_DAYS.days()).unwrap_or(TODAY),
        granted_by: String::new(),
        confirmed_by: String::new(),
        reason: String::new(),
        state,
        demo: false,
        version: 1,
    }))
}
