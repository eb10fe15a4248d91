//! Decision rights: who may decide what, how much of it, on which accounts and products, and until when.
//!
//! A right is an envelope. It always ends, at most two years on, and is looked at again before that: one that nobody
//! confirms lapses thirty days after its review date, because rights that are never looked at rot. One right can hold
//! for a position, so that it covers every account manager on their own accounts. Not here: whether a decision is
//! covered (policies, `mandate-app`), and which role may ask at all (`authorise`).

use std::fmt;

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::User;
use crate::book::{Account, Product, Tier};
use crate::text::{self, TextError};
use crate::words::{WordError, words};
use crate::{Currency, Id, Instant, Money};

/// What is decided. A room that brings a decision of its own adds one variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionKind {
    /// Agree or waive a service credit, measured in money.
    Credit,
    /// Move the unit price of a contract line, measured in basis points of the price that stands.
    Price,
    /// Agree for our side that a stretch does not count, measured in minutes of the wall clock.
    Exclusion,
}

words!(DecisionKind { Credit => "credit", Price => "price", Exclusion => "exclusion" });

/// Which way a price may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PriceDirection {
    /// Either way.
    Either,
    /// Down only.
    Lower,
    /// Up only.
    Raise,
}

words!(PriceDirection { Either => "either", Lower => "lower", Raise => "raise" });

/// How much is decided, or may be, in the unit of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Of a credit.
    Money(Money),
    /// Of a price.
    BasisPoints(i64),
    /// Of an exclusion.
    Minutes(i64),
}

/// The largest price move that is counted: a price from nothing has no basis points.
pub const MOST_BASIS_POINTS: i64 = 1_000_000;

impl Amount {
    /// Reads what is stored: `currency` is that of a credit, empty otherwise.
    pub fn of(kind: DecisionKind, number: i64, currency: Option<Currency>) -> Self {
        match kind {
            DecisionKind::Credit => Self::Money(Money::new(number, currency.unwrap_or(Currency::EUR))),
            DecisionKind::Price => Self::BasisPoints(number),
            DecisionKind::Exclusion => Self::Minutes(number),
        }
    }

    /// The kind it measures.
    pub const fn kind(self) -> DecisionKind {
        match self {
            Self::Money(_) => DecisionKind::Credit,
            Self::BasisPoints(_) => DecisionKind::Price,
            Self::Minutes(_) => DecisionKind::Exclusion,
        }
    }

    /// Minor units, basis points or minutes.
    pub const fn number(self) -> i64 {
        match self {
            Self::Money(money) => money.minor,
            Self::BasisPoints(number) | Self::Minutes(number) => number,
        }
    }

    /// The currency of money.
    pub const fn currency(self) -> Option<Currency> {
        match self {
            Self::Money(money) => Some(money.currency),
            Self::BasisPoints(_) | Self::Minutes(_) => None,
        }
    }

    /// More than any decision of the kind is: what is asked to see whether somebody decides without a limit.
    pub const fn most(self, direction: PriceDirection) -> i64 {
        match self {
            Self::Money(_) => 1_000_000_000_000,
            Self::BasisPoints(_) if matches!(direction, PriceDirection::Lower) => 10_000,
            Self::BasisPoints(_) => MOST_BASIS_POINTS,
            Self::Minutes(_) => 366 * 24 * 60,
        }
    }

    /// The same unit with another number.
    pub const fn with_number(self, number: i64) -> Self {
        match self {
            Self::Money(money) => Self::Money(Money::new(number, money.currency)),
            Self::BasisPoints(_) => Self::BasisPoints(number),
            Self::Minutes(_) => Self::Minutes(number),
        }
    }
}

/// `EUR 9600.00`, `3.85 %`, `168 h`, `1 h 30 min`: for messages, logs and the command line.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => write!(f, "{money}"),
            Self::BasisPoints(bp) if *bp >= MOST_BASIS_POINTS => write!(f, "{} % or more", bp / 100),
            Self::BasisPoints(bp) if bp % 100 == 0 => write!(f, "{} %", bp / 100),
            Self::BasisPoints(bp) => write!(f, "{}.{:02} %", bp / 100, bp.abs() % 100),
            Self::Minutes(minutes) if *minutes < 60 => write!(f, "{minutes} min"),
            Self::Minutes(minutes) if minutes % 60 == 0 => write!(f, "{} h", minutes / 60),
            Self::Minutes(minutes) => write!(f, "{} h {} min", minutes / 60, minutes % 60),
        }
    }
}

/// A unit price: minor units for so many units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitPrice {
    /// Minor units.
    pub minor: i64,
    /// For so many units, at least 1.
    pub per: i64,
}

/// How far and which way a price moves against the one that stands; `None` when it does not.
///
/// Basis points are rounded up, so that a limit is never passed by rounding, and end at [`MOST_BASIS_POINTS`].
pub fn price_move(from: UnitPrice, to: UnitPrice) -> Option<(i64, PriceDirection)> {
    let before = i128::from(from.minor) * i128::from(to.per);
    let after = i128::from(to.minor) * i128::from(from.per);
    let direction = match after.cmp(&before) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Less => PriceDirection::Lower,
        std::cmp::Ordering::Greater => PriceDirection::Raise,
    };
    if before <= 0 {
        return Some((MOST_BASIS_POINTS, direction));
    }
    let difference = (after - before).abs().saturating_mul(10_000);
    let bp = (difference + before - 1) / before;
    Some((i64::try_from(bp).unwrap_or(MOST_BASIS_POINTS).min(MOST_BASIS_POINTS), direction))
}

/// Whose right it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// This user.
    User(Id<User>),
    /// Whoever manages the account.
    AccountManager,
    /// Whoever negotiates for the account.
    Negotiator,
}

impl Holder {
    /// The word kept in the table.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::AccountManager => "account_manager",
            Self::Negotiator => "negotiator",
        }
    }

    /// The user, if it is one person's.
    pub const fn user(&self) -> Option<&Id<User>> {
        match self {
            Self::User(id) => Some(id),
            Self::AccountManager | Self::Negotiator => None,
        }
    }
}

/// On which accounts a right holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountReach {
    /// Those its holder manages, negotiates or works on.
    Own,
    /// All.
    Every,
    /// Those of a tier.
    Tier(Tier),
    /// These.
    Named(Vec<Id<Account>>),
}

impl AccountReach {
    /// The word kept in the table.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Every => "every",
            Self::Tier(_) => "tier",
            Self::Named(_) => "named",
        }
    }
}

/// Whether somebody took it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RightState {
    /// It stands, as far as its dates let it.
    Active,
    /// It was taken back.
    Revoked,
}

words!(RightState { Active => "active", Revoked => "revoked" });

/// What a right is on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RightStanding {
    /// It decides.
    InForce,
    /// It decides, but its review is due.
    ReviewDue,
    /// Its first day is still to come.
    NotYet,
    /// Nobody confirmed it within the days of grace.
    Lapsed,
    /// Its last day has passed.
    Expired,
    /// It was taken back.
    Revoked,
}

words!(RightStanding {
    InForce => "in_force",
    ReviewDue => "review_due",
    NotYet => "not_yet",
    Lapsed => "lapsed",
    Expired => "expired",
    Revoked => "revoked",
});

/// A decision right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRight {
    /// Its id.
    pub id: Id<DecisionRight>,
    /// Whose it is.
    pub holder: Holder,
    /// The most one decision may be; its unit says what is decided.
    pub each: Amount,
    /// The most that a calendar month's decisions may come to; for a price, of one line.
    pub a_month: Option<i64>,
    /// Which way a price may move; either way for the other kinds.
    pub direction: PriceDirection,
    /// On which accounts.
    pub accounts: AccountReach,
    /// On which products; empty for all. Only a price is about a product.
    pub products: Vec<Id<Product>>,
    /// Its first day.
    pub valid_from: Date,
    /// Its last day.
    pub valid_until: Date,
    /// The day on which somebody says again that it is needed.
    pub review_on: Date,
    /// Who granted it: a user's id, or `operator`.
    pub granted_by: String,
    /// Who granted, changed or confirmed it last, likewise.
    pub confirmed_by: String,
    /// Why.
    pub reason: String,
    /// Whether it was taken back.
    pub state: RightState,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves.
    pub version: i64,
}

/// Why a right is not as it may be, with the field at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RightRefusal {
    /// The limit of one decision.
    #[error("the limit of one decision must be above 0")]
    NoLimit,
    /// The limit of a month.
    #[error("the limit of a month cannot be below that of one decision")]
    MonthBelowEach,
    /// A price right with a limit that no price can reach.
    #[error("a price moves by at most {MOST_BASIS_POINTS} basis points")]
    TooManyBasisPoints,
    /// Products of a right that is not about prices.
    #[error("only a right over prices can be limited to products")]
    ProductsWithoutPrice,
    /// Named accounts, none named.
    #[error("name at least one account")]
    NoAccount,
    /// More than a form should hold.
    #[error("at most {} can be named", DecisionRight::MOST_NAMED)]
    TooManyNamed {
        /// `accounts` or `products`.
        field: &'static str,
    },
    /// Its end precedes its beginning.
    #[error("the last day must not precede the first")]
    Backwards,
    /// It holds for too long.
    #[error("a right holds for at most two years; grant it again then")]
    TooLong,
    /// The review is not within its days.
    #[error("the review must fall within the right's days")]
    ReviewOutside,
    /// The reason.
    #[error(transparent)]
    Reason(#[from] TextError),
}

impl RightRefusal {
    /// The field at fault, as in forms and the API.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NoLimit | Self::TooManyBasisPoints => "limit",
            Self::MonthBelowEach => "month_limit",
            Self::ProductsWithoutPrice => "products",
            Self::NoAccount => "accounts",
            Self::TooManyNamed { field } => field,
            Self::Backwards | Self::TooLong => "valid_until",
            Self::ReviewOutside => "review_on",
            Self::Reason(_) => "reason",
        }
    }
}

impl DecisionRight {
    /// Accounts, or products, that one right names at most.
    pub const MOST_NAMED: usize = 200;
    /// Days after its review date on which an unconfirmed right still decides.
    pub const GRACE_DAYS: i64 = 30;
    /// Days without use after which a right is shown as one that nobody needs.
    pub const UNUSED_DAYS: i64 = 90;

    /// What it decides.
    pub const fn kind(&self) -> DecisionKind {
        self.each.kind()
    }

    /// The right, checked.
    ///
    /// # Errors
    /// Each [`RightRefusal`] there is.
    pub fn checked(self) -> Result<Self, Vec<RightRefusal>> {
        let mut wrong = vec![];
        if self.each.number() <= 0 {
            wrong.push(RightRefusal::NoLimit);
        }
        if self.kind() == DecisionKind::Price && self.each.number() > MOST_BASIS_POINTS {
            wrong.push(RightRefusal::TooManyBasisPoints);
        }
        if self.a_month.is_some_and(|month| month < self.each.number()) {
            wrong.push(RightRefusal::MonthBelowEach);
        }
        if self.kind() != DecisionKind::Price && !self.products.is_empty() {
            wrong.push(RightRefusal::ProductsWithoutPrice);
        }
        if self.products.len() > Self::MOST_NAMED {
            wrong.push(RightRefusal::TooManyNamed { field: "products" });
        }
        match &self.accounts {
            AccountReach::Named(named) if named.is_empty() => wrong.push(RightRefusal::NoAccount),
            AccountReach::Named(named) if named.len() > Self::MOST_NAMED => {
                wrong.push(RightRefusal::TooManyNamed { field: "accounts" });
            }
            _ => {}
        }
        if self.valid_until < self.valid_from {
            wrong.push(RightRefusal::Backwards);
        } else if self.valid_until > day_after(self.valid_from, 2.years()) {
            wrong.push(RightRefusal::TooLong);
        } else if self.review_on < self.valid_from || self.review_on > self.valid_until {
            wrong.push(RightRefusal::ReviewOutside);
        }
        let direction = match self.kind() {
            DecisionKind::Price => self.direction,
            DecisionKind::Credit | DecisionKind::Exclusion => PriceDirection::Either,
        };
        match text::line(&self.reason, 500) {
            Ok(reason) if wrong.is_empty() => Ok(Self { reason, direction, ..self }),
            Ok(_) => Err(wrong),
            Err(error) => {
                wrong.push(error.into());
                Err(wrong)
            }
        }
    }

    /// Whether it decides anything for `user`: whoever granted it, or changed or confirmed it last, gave it to others. A
    /// position's right would else be granted to oneself.
    pub fn counts_for(&self, user: &str) -> bool {
        self.granted_by != user && self.confirmed_by != user
    }

    /// The last day on which it decides though nobody confirmed it.
    pub fn lapses_on(&self) -> Date {
        day_after(self.review_on, Self::GRACE_DAYS.days())
    }

    /// What it is on `today`.
    pub fn standing(&self, today: Date) -> RightStanding {
        match self.state {
            RightState::Revoked => RightStanding::Revoked,
            RightState::Active if today < self.valid_from => RightStanding::NotYet,
            RightState::Active if today > self.valid_until => RightStanding::Expired,
            RightState::Active if today > self.lapses_on() => RightStanding::Lapsed,
            RightState::Active if today >= self.review_on => RightStanding::ReviewDue,
            RightState::Active => RightStanding::InForce,
        }
    }
}

/// `day` moved by `span`; the last day of the calendar where it does not fit.
pub(super) fn day_after(day: Date, span: Span) -> Date {
    day.checked_add(span).unwrap_or(Date::MAX)
}

/// A decision that was made: by which right or policy, how much, by whom and for whom. Never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionUse {
    /// Its id.
    pub id: Id<DecisionUse>,
    /// The right it used, if it was one.
    pub right_id: Option<Id<DecisionRight>>,
    /// The policy that allowed it.
    pub policy: String,
    /// On which account.
    pub account_id: Id<Account>,
    /// About which product, for a price.
    pub product_id: Option<Id<Product>>,
    /// The kind of record decided on, such as `service_credit`.
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// How much.
    pub amount: Amount,
    /// Who decided: a user's id, or `operator`.
    pub decided_by: String,
    /// Their name at the time.
    pub decided_by_name: String,
    /// The absent one they decided for.
    pub for_user_id: Option<Id<User>>,
    /// That one's name at the time.
    pub for_name: Option<String>,
    /// When.
    pub at: Instant,
    /// The month it counts in, on the account's calendar.
    pub month: crate::Month,
    /// Part of the demo book.
    pub demo: bool,
}

#[cfg(test)]
#[path = "decision_right_tests.rs"]
mod tests;
