//! Exclusions: time both sides agreed not to count (the client caused it, force majeure, planned work).
//!
//! One side proposes, the other answers; nobody answers their own proposal, and only an agreed exclusion changes a
//! figure. Until the client signs in, one of ours records the client's part, on behalf of a named client person and by
//! an act of its own. Not here: what the clocks make of it (the engine).

use crate::book::{Account, Person};
use crate::facts::kpi::{WordError, words};
use crate::{Id, Instant};

/// Why time is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ground {
    /// The client caused it.
    ClientCaused,
    /// Nobody could have prevented it.
    ForceMajeure,
    /// Work both sides had planned.
    PlannedWork,
}

words!(Ground {
    ClientCaused => "client_caused",
    ForceMajeure => "force_majeure",
    PlannedWork => "planned_work",
});

/// A side of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// We.
    Provider,
    /// They.
    Client,
}

words!(Side { Provider => "provider", Client => "client" });

impl Side {
    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Provider => Self::Client,
            Self::Client => Self::Provider,
        }
    }
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExclusionState {
    /// Waiting for the other side.
    Proposed,
    /// In force.
    Agreed,
    /// Turned down.
    Refused,
    /// Taken back by who proposed it.
    Withdrawn,
}

words!(ExclusionState {
    Proposed => "proposed",
    Agreed => "agreed",
    Refused => "refused",
    Withdrawn => "withdrawn",
});

/// What is done to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The other side agrees.
    Agree,
    /// The other side refuses.
    Refuse,
    /// The proposing side takes it back.
    Withdraw,
}

words!(Answer { Agree => "agree", Refuse => "refuse", Withdraw => "withdraw" });

/// The time left out: from the first microsecond to before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExcludedTime {
    // INVARIANT: from < until, at most LONGEST_DAYS apart.
    from: Instant,
    until: Instant,
}

/// Longest time one exclusion may leave out.
pub const LONGEST_DAYS: i64 = 366;

/// Why times are no exclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExcludedTimeError {
    /// It ends before it begins, or at once.
    #[error("the end must be later than the beginning")]
    Backwards,
    /// Longer than any single event.
    #[error("one exclusion leaves out at most {LONGEST_DAYS} days; propose several")]
    TooLong,
}

impl ExcludedTime {
    /// # Errors
    /// [`ExcludedTimeError`] when `until` is not later than `from`, or more than a year.
    pub fn new(from: Instant, until: Instant) -> Result<Self, ExcludedTimeError> {
        if until <= from {
            Err(ExcludedTimeError::Backwards)
        } else if from.plus_seconds(LONGEST_DAYS * 86_400) < until {
            Err(ExcludedTimeError::TooLong)
        } else {
            Ok(Self { from, until })
        }
    }

    /// The first instant left out.
    pub const fn from(self) -> Instant {
        self.from
    }

    /// The first instant that counts again.
    pub const fn until(self) -> Instant {
        self.until
    }

    /// Seconds by the wall clock.
    pub const fn wall_seconds(self) -> i64 {
        (self.until.microseconds() - self.from.microseconds()) / 1_000_000
    }
}

/// Someone's part in a proposal: for whom it was said and who wrote it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose side.
    pub side: Side,
    /// Who said it; always named for the client's side.
    pub person_id: Option<Id<Person>>,
    /// The user who recorded it.
    pub recorded_by: String,
    /// When.
    pub at: Instant,
}

/// An exclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// Its id.
    pub id: Id<Exclusion>,
    /// Whose cases.
    pub account_id: Id<Account>,
    /// One case, or (`None`) every case of the account.
    pub case_id: Option<String>,
    /// What is left out.
    pub time: ExcludedTime,
    /// Why.
    pub ground: Ground,
    /// Clause of the contract that allows it.
    pub clause: String,
    /// What happened.
    pub note: String,
    /// Where it stands.
    pub state: ExclusionState,
    /// Who proposed it.
    pub proposed: Part,
    /// Who answered, once someone has.
    pub answered: Option<Part>,
    /// What they said to it.
    pub answer_note: String,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves.
    pub version: i64,
}

/// Why an answer does not stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The proposing side answered its own proposal.
    #[error("the side that proposed an exclusion cannot answer it; the other side does")]
    OwnProposal,
    /// The other side tried to take it back.
    #[error("only the side that proposed an exclusion can withdraw it")]
    NotOwnProposal,
    /// It was answered before.
    #[error("this exclusion is {} already", state.as_str())]
    Settled {
        /// Where it stands.
        state: ExclusionState,
    },
    /// The client's answer without a name.
    #[error("name the client person who said it")]
    NobodyNamed,
    /// A refusal without a reason.
    #[error("a refusal needs a reason")]
    NoReason,
}

impl Exclusion {
    /// The exclusion after `part` gave `answer` with `note`.
    ///
    /// # Errors
    /// [`AnswerError`], one variant for each way in which an answer does not stand.
    pub fn answered(self, answer: Answer, part: Part, note: String) -> Result<Self, AnswerError> {
        if self.state != ExclusionState::Proposed {
            return Err(AnswerError::Settled { state: self.state });
        }
        if part.side == Side::Client && part.person_id.is_none() {
            return Err(AnswerError::NobodyNamed);
        }
        let own = part.side == self.proposed.side;
        let state = match (answer, own) {
            (Answer::Withdraw, true) => ExclusionState::Withdrawn,
            (Answer::Withdraw, false) => return Err(AnswerError::NotOwnProposal),
            (_, true) => return Err(AnswerError::OwnProposal),
            (Answer::Agree, false) => ExclusionState::Agreed,
            (Answer::Refuse, false) if note.is_empty() => return Err(AnswerError::NoReason),
            (Answer::Refuse, false) => ExclusionState::Refused,
        };
        Ok(Self { state, answered: Some(part), answer_note: note, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(side: Side, named: bool) -> Part {
        let person_id = named.then(|| Id::new(Instant::from_seconds(1), 7));
        Part { side, person_id, recorded_by: "u".to_owned(), at: Instant::from_seconds(5) }
    }

    fn proposed(side: Side) -> Exclusion {
        Exclusion {
            id: Id::new(Instant::from_seconds(0), 1),
            account_id: Id::new(Instant::from_seconds(0), 2),
            case_id: None,
            time: ExcludedTime::new(Instant::from_seconds(10), Instant::from_seconds(20)).expect("a time"),
            ground: Ground::PlannedWork,
            clause: "7.4".to_owned(),
            note: "Power test".to_owned(),
            state: ExclusionState::Proposed,
            proposed: part(side, true),
            answered: None,
            answer_note: String::new(),
            demo: false,
            version: 1,
        }
    }

    #[test]
    fn the_other_side_agrees_and_only_once() {
        let agreed = proposed(Side::Provider)
            .answered(Answer::Agree, part(Side::Client, true), String::new())
            .expect("agreed");
        assert_eq!(agreed.state, ExclusionState::Agreed);
        let again = agreed.answered(Answer::Refuse, part(Side::Client, true), "no".to_owned());
        assert_eq!(again, Err(AnswerError::Settled { state: ExclusionState::Agreed }));
    }

    #[test]
    fn nobody_answers_their_own_proposal() {
        for side in [Side::Provider, Side::Client] {
            for answer in [Answer::Agree, Answer::Refuse] {
                let own = proposed(side).answered(answer, part(side, true), "x".to_owned());
                assert_eq!(own, Err(AnswerError::OwnProposal));
            }
            let other = proposed(side).answered(Answer::Withdraw, part(side.other(), true), String::new());
            assert_eq!(other, Err(AnswerError::NotOwnProposal));
            let taken_back = proposed(side).answered(Answer::Withdraw, part(side, true), String::new());
            assert_eq!(taken_back.map(|it| it.state), Ok(ExclusionState::Withdrawn));
        }
    }

    #[test]
    fn the_clients_word_needs_a_name_and_a_refusal_a_reason() {
        let unnamed =
            proposed(Side::Provider).answered(Answer::Agree, part(Side::Client, false), String::new());
        assert_eq!(unnamed, Err(AnswerError::NobodyNamed));
        let silent =
            proposed(Side::Provider).answered(Answer::Refuse, part(Side::Client, true), String::new());
        assert_eq!(silent, Err(AnswerError::NoReason));
    }

    #[test]
    fn an_exclusion_has_a_length() {
        let (early, late) = (Instant::from_seconds(10), Instant::from_seconds(20));
        assert_eq!(ExcludedTime::new(late, early), Err(ExcludedTimeError::Backwards));
        assert_eq!(ExcludedTime::new(early, early), Err(ExcludedTimeError::Backwards));
        let year = early.plus_seconds(367 * 86_400);
        assert_eq!(ExcludedTime::new(early, year), Err(ExcludedTimeError::TooLong));
    }
}
