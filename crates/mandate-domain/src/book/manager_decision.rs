//! The decision about an account's manager: what is to improve until when and how it will be seen, or that another takes the account.
//!
//! A decision names its reason and who made it; it is ended by a word about what came of it, never changed. Not here: who may decide,
//! and the handover that a replacement leads into (`handover`).

use jiff::civil::Date;

use super::account::Account;
use super::draft::Draft;
use super::field_problem::{FieldProblem, FieldProblems};
use super::handover::Handover;
use super::person::Person;
use super::reader::Reader;
use crate::Id;
use crate::identity::User;
use crate::words::{WordError, words};

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ManagerOutcome {
    /// The manager stays, and something improves.
    Improvement,
    /// Another takes the account.
    Replacement,
}

words!(ManagerOutcome { Improvement => "improvement", Replacement => "replacement" });

/// How it stands with a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ManagerDecisionState {
    /// It is being carried out.
    Open,
    /// What was asked for is there.
    Reached,
    /// It is not.
    Missed,
    /// It no longer holds.
    Withdrawn,
}

words!(ManagerDecisionState { Open => "open", Reached => "reached", Missed => "missed", Withdrawn => "withdrawn" });

/// A decision about an account's manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerDecision {
    /// Its id.
    pub id: Id<ManagerDecision>,
    /// The account.
    pub account_id: Id<Account>,
    /// Its manager then.
    pub manager_id: Id<Person>,
    /// What was decided.
    pub outcome: ManagerOutcome,
    /// Why.
    pub reason: String,
    /// What is done about it; of a replacement it may be empty.
    pub measures: String,
    /// How it will be seen; of a replacement it may be empty.
    pub seen_by: String,
    /// Until when, or from when another has the account.
    pub until_on: Date,
    /// When it was decided.
    pub decided_on: Date,
    /// By whom.
    pub decided_by: Option<Id<User>>,
    /// Their name then.
    pub decided_by_name: String,
    /// How it stands.
    pub state: ManagerDecisionState,
    /// When it ended.
    pub ended_on: Option<Date>,
    /// Who said so.
    pub ended_by_name: String,
    /// What came of it.
    pub ending: String,
    /// The handover a replacement led into.
    pub handover_id: Option<Id<Handover>>,
    /// Counts its saves.
    pub version: i64,
}

/// What is typed of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerDecisionTerms {
    /// What is decided.
    pub outcome: ManagerOutcome,
    /// Why.
    pub reason: String,
    /// What is done about it.
    pub measures: String,
    /// How it will be seen.
    pub seen_by: String,
    /// Until when, or from when.
    pub until_on: Date,
}

/// The longest text of a decision's field.
const TEXT: usize = 4_000;

impl ManagerDecisionTerms {
    /// Reads `outcome`, `reason`, `measures`, `seen_by` and `until_on`, which is not before `today`.
    ///
    /// # Errors
    /// [`FieldProblems`] with everything that is wrong.
    pub fn parse(draft: &Draft, today: Date) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let outcome = read.required_choice("outcome", ManagerOutcome::ALL, ManagerOutcome::as_str);
        let reason = read.required_paragraphs("reason", TEXT);
        let improves = outcome == ManagerOutcome::Improvement && draft.states("outcome");
        let mut text = |field| {
            if improves { read.required_paragraphs(field, TEXT) } else { read.paragraphs(field, TEXT) }
        };
        let (measures, seen_by) = (text("measures"), text("seen_by"));
        let until_on = match read.optional_date("until_on") {
            Some(date) if date < today => {
                read.fail("until_on", FieldProblem::Before { date, field: "today", other: today });
                date
            }
            Some(date) => date,
            None => {
                if !draft.states("until_on") {
                    read.fail("until_on", FieldProblem::Required);
                }
                today
            }
        };
        read.finish(Self { outcome, reason, measures, seen_by, until_on })
    }
}

/// Why a decision was not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this decision ended before")]
pub struct DecisionEnded;

impl ManagerDecision {
    /// The decision with what came of it.
    ///
    /// # Errors
    /// [`DecisionEnded`] when it has ended, or `state` is open.
    pub fn ended(
        &self,
        (state, ending): (ManagerDecisionState, String),
        (on, by): (Date, String),
    ) -> Result<Self, DecisionEnded> {
        if self.state != ManagerDecisionState::Open || state == ManagerDecisionState::Open {
            return Err(DecisionEnded);
        }
        Ok(Self { state, ending, ended_on: Some(on), ended_by_name: by, ..self.clone() })
    }

    /// Whether it is open past its day.
    pub fn is_late(&self, today: Date) -> bool {
        self.state == ManagerDecisionState::Open && self.until_on < today
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn fields(draft: &Draft) -> Vec<&'static str> {
        let problems =
            ManagerDecisionTerms::parse(draft, date(2026, 11, 21)).expect_err("something is wrong");
        problems.0.iter().map(|(field, _)| *field).collect()
    }

    #[test]
    fn an_improvement_says_what_until_when_and_how_it_is_seen() {
        assert_eq!(fields(&Draft::new()), ["outcome", "reason", "until_on"]);
        let bare = Draft::new().with("outcome", "improvement").with("until_on", "2026-11-20");
        assert_eq!(fields(&bare), ["reason", "measures", "seen_by", "until_on"]);
        let replaced = Draft::new()
            .with("outcome", "replacement")
            .with("reason", "Asked for")
            .with("until_on", "2026-12-01");
        assert!(ManagerDecisionTerms::parse(&replaced, date(2026, 11, 21)).is_ok());
    }
}
