//! What the client says of a published result, and who was taken through a measure.
//!
//! A month's result is agreed or contested by a named client person, as a whole or for one case; every word stays on
//! record and the newest stands. Agreeing with the whole settles what was contested of it before.

use crate::book::{Account, Person};
use crate::facts::kpi::{Kpi, WordError, words};
use crate::{Id, Instant, Month};

/// What the client says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReviewVerdict {
    /// It is so.
    Agreed,
    /// It is not.
    Contested,
}

words!(ReviewVerdict { Agreed => "agreed", Contested => "contested" });

/// One word of the client on one month's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultReview {
    /// Its id.
    pub id: Id<ResultReview>,
    /// Which measure.
    pub kpi_id: Id<Kpi>,
    /// Whose result.
    pub account_id: Id<Account>,
    /// Of which month.
    pub month: Month,
    /// One case of it, or the whole.
    pub case_id: Option<String>,
    /// What was said.
    pub verdict: ReviewVerdict,
    /// By whom.
    pub client_person_id: Option<Id<Person>>,
    /// In which words.
    pub note: String,
    /// The user who recorded it.
    pub recorded_by: Option<String>,
    /// When.
    pub at: Instant,
}

/// Why a word cannot be recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// The month is not over.
    #[error("{month} is not over yet; a result is agreed or contested once it is complete")]
    NotOver {
        /// The month.
        month: Month,
    },
    /// Nothing was measured.
    #[error("there is no result for {month}")]
    NoResult {
        /// The month.
        month: Month,
    },
    /// Contested without saying why.
    #[error("say what is contested")]
    NoReason,
}

/// Whether a client's word on `month` may be recorded, as of `current`, the month that runs.
///
/// # Errors
/// [`ReviewError`] when the month is not over, has no result, or is contested without a reason.
pub fn check_review(
    verdict: ReviewVerdict,
    note: &str,
    month: Month,
    current: Month,
    has_result: bool,
) -> Result<(), ReviewError> {
    if month >= current {
        Err(ReviewError::NotOver { month })
    } else if !has_result {
        Err(ReviewError::NoResult { month })
    } else if verdict == ReviewVerdict::Contested && note.is_empty() {
        Err(ReviewError::NoReason)
    } else {
        Ok(())
    }
}

/// How a month's result stands with the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was said.
    Open,
    /// Agreed as a whole; the word that says so.
    Agreed(Id<ResultReview>),
    /// Contested: the words that stand, newest first.
    Contested(Vec<Id<ResultReview>>),
}

impl Standing {
    /// The standing's word in the API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Agreed(_) => "agreed",
            Self::Contested(_) => "contested",
        }
    }
}

/// How one month's result stands after all that was said of it, in any order.
pub fn standing(reviews: &[ResultReview]) -> Standing {
    let mut newest_first: Vec<&ResultReview> = reviews.iter().collect();
    newest_first.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    let mut seen: Vec<Option<&str>> = vec![];
    let mut contested = vec![];
    for review in newest_first {
        let case = review.case_id.as_deref();
        if seen.contains(&case) {
            continue;
        }
        seen.push(case);
        match (review.verdict, case) {
            (ReviewVerdict::Contested, _) => contested.push(review.id.clone()),
            (ReviewVerdict::Agreed, None) => {
                // What was contested before is settled by agreeing with the whole.
                return if contested.is_empty() {
                    Standing::Agreed(review.id.clone())
                } else {
                    Standing::Contested(contested)
                };
            }
            (ReviewVerdict::Agreed, Some(_)) => {}
        }
    }
    if contested.is_empty() { Standing::Open } else { Standing::Contested(contested) }
}

/// A client person was taken through a measure by one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walkthrough {
    /// Its id.
    pub id: Id<Walkthrough>,
    /// Which measure.
    pub kpi_id: Id<Kpi>,
    /// Whose.
    pub account_id: Id<Account>,
    /// Who was taken through it.
    pub client_person_id: Id<Person>,
    /// By whom.
    pub our_person_id: Option<Id<Person>>,
    /// On which day.
    pub held_on: jiff::civil::Date,
    /// What came of it.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(second: i64, case: Option<&str>, verdict: ReviewVerdict) -> ResultReview {
        ResultReview {
            id: Id::new(Instant::from_seconds(second), 1),
            kpi_id: Id::new(Instant::from_seconds(0), 1),
            account_id: Id::new(Instant::from_seconds(0), 2),
            month: Month::parse("2026-10").expect("a month"),
            case_id: case.map(str::to_owned),
            verdict,
            client_person_id: None,
            note: "because".to_owned(),
            recorded_by: None,
            at: Instant::from_seconds(second),
        }
    }

    #[test]
    fn the_newest_word_stands() {
        use ReviewVerdict::{Agreed, Contested};
        assert_eq!(standing(&[]), Standing::Open);
        let agreed = word(1, None, Agreed);
        let contested = word(2, None, Contested);
        assert_eq!(
            standing(&[contested.clone(), agreed.clone()]),
            Standing::Contested(vec![contested.id.clone()])
        );
        let agreed_again = word(3, None, Agreed);
        let all = [contested, agreed, agreed_again.clone()];
        assert_eq!(standing(&all), Standing::Agreed(agreed_again.id));
    }

    #[test]
    fn a_contested_case_stands_until_it_or_the_whole_is_agreed() {
        use ReviewVerdict::{Agreed, Contested};
        let whole = word(1, None, Agreed);
        let case = word(2, Some("c1"), Contested);
        assert_eq!(standing(&[whole.clone(), case.clone()]), Standing::Contested(vec![case.id.clone()]));
        let settled = word(3, Some("c1"), Agreed);
        assert_eq!(standing(&[whole.clone(), case.clone(), settled]), Standing::Agreed(whole.id));
        let later = word(4, None, Agreed);
        assert_eq!(standing(&[case, later.clone()]), Standing::Agreed(later.id));
    }

    #[test]
    fn only_a_finished_month_with_a_result_can_be_answered() {
        use ReviewVerdict::{Agreed, Contested};
        let month = |text| Month::parse(text).expect("a month");
        let check = |verdict, note, of, has_result| {
            check_review(verdict, note, month(of), month("2026-11"), has_result)
        };
        assert_eq!(check(Agreed, "", "2026-10", true), Ok(()));
        assert_eq!(check(Agreed, "", "2026-11", true), Err(ReviewError::NotOver { month: month("2026-11") }));
        assert_eq!(
            check(Agreed, "", "2026-10", false),
            Err(ReviewError::NoResult { month: month("2026-10") })
        );
        assert_eq!(check(Contested, "", "2026-10", true), Err(ReviewError::NoReason));
    }
}
