//! Handovers: what one of our people answers for goes over to others on a day, with a checklist of what no program can hand over.
//!
//! What a field of a record says goes over by itself on its day; that two people know one another does not, so each thread is an
//! introduction that somebody has to make. A matter that cannot go over says why and stays. Not here: who may (`mandate-app`).

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::draft::Draft;
use super::field_problem::{FieldProblem, FieldProblems};
use super::person::Person;
use super::reader::Reader;
use super::record::Kind;
use crate::identity::User;
use crate::words::{WordError, words};
use crate::{Id, Instant};

/// Why things go over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandoverKind {
    /// Somebody leaves the firm.
    Leaves,
    /// Somebody takes on other work.
    Moves,
    /// Accounts are shared out anew.
    Reorganisation,
    /// It was decided that an account gets another manager.
    Replacement,
}

words!(HandoverKind {
    Leaves => "leaves", Moves => "moves", Reorganisation => "reorganisation", Replacement => "replacement"
});

/// How it stands with a handover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandoverState {
    /// Its day has not come.
    Planned,
    /// It was carried out.
    Done,
    /// It was called off before its day.
    Cancelled,
    /// It was carried out and taken back.
    Undone,
}

words!(HandoverState { Planned => "planned", Done => "done", Cancelled => "cancelled", Undone => "undone" });

/// What goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Matter {
    /// An account's one manager.
    AccountManager,
    /// An account's negotiator.
    Negotiator,
    /// Work on an account in another role.
    WorksOn,
    /// An open promise to deliver.
    Promise,
    /// An open expectation of this person by name.
    Expectation,
    /// An opportunity that is not closed.
    Opportunity,
    /// A client's person who has to get to know the successor.
    Introduction,
    /// A product's profit and loss.
    Product,
    /// The head of a line of business.
    LineOfBusiness,
    /// The lead of a team.
    Team,
    /// A measure that somebody answers for.
    Measure,
    /// A decision right granted to somebody by name.
    DecisionRight,
}

words!(Matter {
    AccountManager => "account_manager", Negotiator => "negotiator", WorksOn => "works_on", Promise => "promise",
    Expectation => "expectation", Opportunity => "opportunity", Introduction => "introduction", Product => "product",
    LineOfBusiness => "line_of_business", Team => "team", Measure => "measure",
    DecisionRight => "decision_right",
});

impl Matter {
    /// The field that names who has it, and of which kind of record; none where no field does.
    pub const fn field(self) -> Option<(Kind, &'static str)> {
        Some(match self {
            Self::AccountManager => (Kind::Account, "account_manager"),
            Self::Negotiator => (Kind::Account, "negotiator"),
            Self::Promise => (Kind::Promise, "delivery_owner"),
            Self::Expectation => (Kind::Expectation, "manager"),
            Self::Opportunity => (Kind::Opportunity, "owner"),
            Self::Product => (Kind::Product, "product_manager"),
            Self::LineOfBusiness => (Kind::LineOfBusiness, "head"),
            Self::Team => (Kind::Team, "lead"),
            Self::WorksOn | Self::Introduction | Self::Measure | Self::DecisionRight => return None,
        })
    }

    /// The kind of record it is about; none of what is no record of the book.
    pub const fn kind(self) -> Option<Kind> {
        match (self, self.field()) {
            (Self::Measure | Self::DecisionRight, _) => None,
            (_, Some((kind, _))) => Some(kind),
            (Self::Introduction, None) => Some(Kind::Person),
            (_, None) => Some(Kind::Account),
        }
    }

    /// Whether it goes over on the day by itself; an introduction is made by people.
    pub const fn goes_by_itself(self) -> bool {
        !matches!(self, Self::Introduction)
    }
}

/// How it stands with one matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemState {
    /// Not done.
    Open,
    /// It went over, or the introduction was made.
    Done,
    /// It could not go over; the refusal says why.
    Refused,
    /// It stays where it is, on purpose.
    Stays,
    /// It went over and was taken back.
    Back,
}

words!(ItemState { Open => "open", Done => "done", Refused => "refused", Stays => "stays", Back => "back" });

/// Why a matter did not go over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemRefusal {
    /// Nobody is named to take it; an account has exactly one manager at any time.
    NoSuccessor,
    /// Somebody else has it by now.
    HeldByOther,
    /// The record lies in the trash.
    Gone,
    /// The successor lies in the trash, or left.
    SuccessorGone,
    /// It was settled or closed meanwhile.
    Settled,
    /// Whoever planned it would give themselves what they decide by.
    DecidesHere,
    /// The record breaks a rule of its own.
    BreaksARule,
    /// The successor does not sign in to Mandate, or not as whom it was planned for.
    NoUser,
}

words!(ItemRefusal {
    NoSuccessor => "no_successor", HeldByOther => "held_by_other", Gone => "gone", SuccessorGone => "successor_gone",
    Settled => "settled", DecidesHere => "decides_here", BreaksARule => "breaks_a_rule",
    NoUser => "no_user",
});

/// A handover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// Its id.
    pub id: Id<Handover>,
    /// Why.
    pub kind: HandoverKind,
    /// Who hands over.
    pub from_person_id: Id<Person>,
    /// From which day on the others answer for it.
    pub effective_on: Date,
    /// In which zone that day begins.
    pub time_zone: String,
    /// What to know of it; may be empty.
    pub reason: String,
    /// How it stands.
    pub state: HandoverState,
    /// Who planned it.
    pub planned_by: Option<Id<User>>,
    /// Their name then.
    pub planned_by_name: String,
    /// When it was carried out.
    pub done_at: Option<Instant>,
    /// By whom.
    pub done_by_name: String,
    /// Counts its saves.
    pub version: i64,
}

/// One matter of a handover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverItem {
    /// Its id.
    pub id: Id<HandoverItem>,
    /// Its place in the list.
    pub position: i64,
    /// What it is.
    pub matter: Matter,
    /// The record it is about.
    pub record_id: String,
    /// The account that belongs to; none of a product, a line of business, a team.
    pub account_id: Option<String>,
    /// The record in a line, as it was when this was planned.
    pub title: String,
    /// As what somebody works on the account, how well they know the person, 1 to 5, or as whom the successor of a right signs in; else
    /// empty.
    pub detail: String,
    /// Who takes it.
    pub to_person_id: Option<Id<Person>>,
    /// How it stands.
    pub state: ItemState,
    /// Why it did not go over.
    pub refusal: Option<ItemRefusal>,
    /// What the field said before it went over, for taking it back.
    pub value_before: String,
    /// When it was done.
    pub done_at: Option<Instant>,
    /// By whom.
    pub done_by_name: String,
    /// Counts its saves.
    pub version: i64,
}

/// Why a handover cannot take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandoverRefusal {
    /// Its day came, or it was called off.
    #[error("this handover is {}; only a planned one can be changed or called off", state.as_str())]
    NotPlanned {
        /// How it stands.
        state: HandoverState,
    },
    /// It was called off or taken back.
    #[error("this handover is {}; plan a new one", state.as_str())]
    Over {
        /// How it stands.
        state: HandoverState,
    },
    /// It was never carried out.
    #[error("this handover is {}; only one that was carried out can be taken back", state.as_str())]
    NotDone {
        /// How it stands.
        state: HandoverState,
    },
}

impl Handover {
    /// The first instant of its day.
    pub fn due_at(&self) -> Instant {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        // A day that begins in no zone is beyond what the calendar holds, and never comes.
        self.effective_on
            .to_zoned(zone)
            .map_or(Instant::from_seconds(i64::MAX / 1_000_000), |it| it.timestamp().into())
    }

    /// Whether it is to be carried out now.
    pub fn is_due(&self, now: Instant) -> bool {
        self.state == HandoverState::Planned && self.due_at() <= now
    }

    /// # Errors
    /// [`HandoverRefusal::NotPlanned`].
    pub fn may_change(&self) -> Result<(), HandoverRefusal> {
        match self.state {
            HandoverState::Planned => Ok(()),
            state => Err(HandoverRefusal::NotPlanned { state }),
        }
    }

    /// Whether it may be carried out: also a second time, for what was refused or left open the first time.
    ///
    /// # Errors
    /// [`HandoverRefusal::Over`].
    pub fn may_carry_out(&self) -> Result<(), HandoverRefusal> {
        match self.state {
            HandoverState::Planned | HandoverState::Done => Ok(()),
            state => Err(HandoverRefusal::Over { state }),
        }
    }

    /// # Errors
    /// [`HandoverRefusal::NotDone`].
    pub fn may_undo(&self) -> Result<(), HandoverRefusal> {
        match self.state {
            HandoverState::Done => Ok(()),
            state => Err(HandoverRefusal::NotDone { state }),
        }
    }
}

impl HandoverItem {
    /// Whether it is still to be done.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, ItemState::Open | ItemState::Refused)
    }
}

/// What is typed of a handover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverTerms {
    /// Why.
    pub kind: HandoverKind,
    /// Who hands over.
    pub from: Id<Person>,
    /// From which day on.
    pub effective_on: Date,
    /// In which zone.
    pub time_zone: String,
    /// What to know of it.
    pub reason: String,
}

impl HandoverTerms {
    /// Reads `kind`, `from`, `effective_on`, `time_zone` and `reason`. A day before `earliest` is refused: what happened stays
    /// as it was.
    ///
    /// # Errors
    /// [`FieldProblems`] with everything that is wrong.
    pub fn parse(draft: &Draft, earliest: Date) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let kind = read.required_choice("kind", HandoverKind::ALL, |kind| kind.as_str());
        let from = read.reference("from", Kind::Person);
        let effective_on = match read.optional_date("effective_on") {
            Some(date) if date < earliest => {
                read.fail("effective_on", FieldProblem::Before { date, field: "today", other: earliest });
                date
            }
            Some(date) => date,
            None => {
                if !draft.states("effective_on") {
                    read.fail("effective_on", FieldProblem::Required);
                }
                earliest
            }
        };
        let time_zone = read.time_zone("time_zone");
        let reason = read.paragraphs("reason", 2_000);
        read.finish(Self { kind, from, effective_on, time_zone, reason })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn terms() -> Draft {
        Draft::new()
            .with("kind", "leaves")
            .with("from", Id::<Person>::new(Instant::from_seconds(0), 1).to_string())
            .with("effective_on", "2026-12-01")
            .with("time_zone", "Europe/Berlin")
    }

    fn handover(state: HandoverState) -> Handover {
        Handover {
            id: Id::new(Instant::from_seconds(0), 1),
            kind: HandoverKind::Leaves,
            from_person_id: Id::new(Instant::from_seconds(0), 2),
            effective_on: date(2026, 12, 1),
            time_zone: "Europe/Berlin".to_owned(),
            reason: String::new(),
            state,
            planned_by: None,
            planned_by_name: "Operator".to_owned(),
            done_at: None,
            done_by_name: String::new(),
            version: 1,
        }
    }

    #[test]
    fn a_day_that_is_past_is_refused_and_a_missing_one_named_once() {
        let late = HandoverTerms::parse(&terms(), date(2026, 12, 2)).expect_err("past");
        assert_eq!(late.0.len(), 1);
        assert!(matches!(late.0[0], ("effective_on", FieldProblem::Before { .. })), "{late:?}");
        let none = HandoverTerms::parse(&Draft::new(), date(2026, 12, 1)).expect_err("nothing stated");
        let fields: Vec<&str> = none.0.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["kind", "from", "effective_on", "time_zone"]);
        assert!(HandoverTerms::parse(&terms(), date(2026, 12, 1)).is_ok());
    }

    #[test]
    fn it_is_due_when_its_day_begins_in_its_zone() {
        let planned = handover(HandoverState::Planned);
        let begins: jiff::Timestamp = "2026-11-30T23:00:00Z".parse().expect("an instant");
        let begins = Instant::from(begins);
        assert!(planned.is_due(begins));
        assert!(!planned.is_due(begins.plus_seconds(-1)));
        assert!(!handover(HandoverState::Cancelled).is_due(begins.plus_seconds(1)));
    }

    #[test]
    fn each_step_asks_for_its_state() {
        use HandoverState::{Cancelled, Done, Planned, Undone};
        let allowed = |state| {
            let it = handover(state);
            (it.may_change().is_ok(), it.may_carry_out().is_ok(), it.may_undo().is_ok())
        };
        assert_eq!(allowed(Planned), (true, true, false));
        assert_eq!(allowed(Done), (false, true, true));
        assert_eq!(allowed(Cancelled), (false, false, false));
        assert_eq!(allowed(Undone), (false, false, false));
    }
}
