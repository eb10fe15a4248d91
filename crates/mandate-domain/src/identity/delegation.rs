//! Delegation: who decides for an absent colleague, from day to day.
//!
//! The substitute decides with the absent one's rights and keeps only their own roles; both names stand on record. What
//! somebody holds only as a substitute cannot be handed on. A delegation decides nothing while either of the two is
//! suspended. Not here: whether the substitute's roles let them decide at all (`mandate-app`).

use jiff::ToSpan;
use jiff::civil::Date;

use super::decision_right::{DecisionKind, day_after};
use super::{Role, User};
use crate::text::{self, TextError};
use crate::{Id, Instant};

/// Who decides for whom, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Its id.
    pub id: Id<Delegation>,
    /// Who is away.
    pub absent_user_id: Id<User>,
    /// Who decides for them.
    pub substitute_user_id: Id<User>,
    /// Its first day.
    pub from_on: Date,
    /// Its last day.
    pub until_on: Date,
    /// What the substitute decides; at least one.
    pub kinds: Vec<DecisionKind>,
    /// Why.
    pub reason: String,
    /// When it was ended before its last day.
    pub ended_at: Option<Instant>,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves.
    pub version: i64,
}

/// Why a delegation is not as it may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DelegationRefusal {
    /// To oneself.
    #[error("name somebody else")]
    Oneself,
    /// Its end precedes its beginning.
    #[error("the last day must not precede the first")]
    Backwards,
    /// Its last day has passed.
    #[error("the last day has passed")]
    Past,
    /// Longer than an absence.
    #[error("a substitute is named for at most {} days", Delegation::MOST_DAYS)]
    TooLong,
    /// Nothing to decide.
    #[error("choose what the substitute decides")]
    NoKind,
    /// The reason.
    #[error(transparent)]
    Reason(#[from] TextError),
}

impl DelegationRefusal {
    /// The field at fault, as in forms and the API.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Oneself => "substitute",
            Self::Backwards | Self::Past | Self::TooLong => "until_on",
            Self::NoKind => "kinds",
            Self::Reason(_) => "reason",
        }
    }
}

impl Delegation {
    /// Days from the first to the last, both counted.
    pub const MOST_DAYS: i64 = 60;

    /// The delegation, checked on `today`.
    ///
    /// # Errors
    /// Each [`DelegationRefusal`] there is.
    pub fn checked(self, today: Date) -> Result<Self, Vec<DelegationRefusal>> {
        let mut wrong = vec![];
        if self.absent_user_id == self.substitute_user_id {
            wrong.push(DelegationRefusal::Oneself);
        }
        if self.until_on < self.from_on {
            wrong.push(DelegationRefusal::Backwards);
        } else if self.until_on < today {
            wrong.push(DelegationRefusal::Past);
        } else if self.until_on >= day_after(self.from_on, Self::MOST_DAYS.days()) {
            wrong.push(DelegationRefusal::TooLong);
        }
        if self.kinds.is_empty() {
            wrong.push(DelegationRefusal::NoKind);
        }
        let mut kinds = self.kinds.clone();
        kinds.sort_unstable();
        kinds.dedup();
        match text::optional_line(&self.reason, 200) {
            Ok(reason) if wrong.is_empty() => Ok(Self { reason, kinds, ..self }),
            Ok(_) => Err(wrong),
            Err(error) => {
                wrong.push(error.into());
                Err(wrong)
            }
        }
    }

    /// Whether it holds on `today`.
    pub fn holds_on(&self, today: Date) -> bool {
        self.ended_at.is_none() && self.from_on <= today && today <= self.until_on
    }
}

/// Someone with a sign-in, as far as deciding is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The user's id, or `operator`.
    pub id: String,
    /// The name pages show.
    pub name: String,
    /// Who that is in the book, if anyone.
    pub person_id: Option<Id<crate::book::Person>>,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Whether a wall stands for them: they have read what is sealed, and too few have signed since.
    pub walled: bool,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn delegation(until_on: Date) -> Delegation {
        Delegation {
            id: Id::new(Instant::from_seconds(1), 1),
            absent_user_id: Id::new(Instant::from_seconds(1), 2),
            substitute_user_id: Id::new(Instant::from_seconds(1), 3),
            from_on: date(2026, 11, 1),
            until_on,
            kinds: vec![DecisionKind::Price, DecisionKind::Credit, DecisionKind::Price],
            reason: "Leave".to_owned(),
            ended_at: None,
            demo: false,
            version: 1,
        }
    }

    #[test]
    fn a_substitute_is_named_for_sixty_days_at_most() {
        let today = date(2026, 11, 21);
        let field = |made: Result<Delegation, Vec<DelegationRefusal>>| made.expect_err("refused")[0].field();
        let sixty = delegation(date(2026, 12, 30)).checked(today).expect("sixty days");
        assert_eq!(sixty.kinds, [DecisionKind::Credit, DecisionKind::Price]);
        assert_eq!(field(delegation(date(2026, 12, 31)).checked(today)), "until_on");
        assert_eq!(field(delegation(date(2026, 11, 20)).checked(today)), "until_on", "it has passed");
        let own = Delegation { substitute_user_id: sixty.absent_user_id.clone(), ..sixty.clone() };
        assert_eq!(field(own.checked(today)), "substitute");
        assert_eq!(field(Delegation { kinds: vec![], ..sixty }.checked(today)), "kinds");
    }

    #[test]
    fn it_holds_from_its_first_day_to_its_last_unless_ended() {
        let it = delegation(date(2026, 11, 30));
        assert!(!it.holds_on(date(2026, 10, 31)) && it.holds_on(date(2026, 11, 1)));
        assert!(it.holds_on(date(2026, 11, 30)) && !it.holds_on(date(2026, 12, 1)));
        let ended = Delegation { ended_at: Some(Instant::from_seconds(9)), ..it };
        assert!(!ended.holds_on(date(2026, 11, 15)));
    }
}
