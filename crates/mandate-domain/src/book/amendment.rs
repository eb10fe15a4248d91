//! Amendments: what both sides agreed to change in a contract, from a day on.
//!
//! One that changes the term holds for good and is applied to the contract on its day (`mandate_app::book::amendments`); one with a last
//! day changes no term. Two of one subject may not hold on the same day unless the later one takes over.

use jiff::civil::Date;

use super::contract::{Contract, Renewal, term};
use super::draft::{Draft, Shape, Spec};
use super::field_problem::{FieldProblem, FieldProblems};
use super::notice::{NoticeDays, NoticeMonths, NoticePeriod};
use super::reader::{Reader, not_before, or_empty};
use super::record::{Kind, Record};
use crate::words::{WordError, words};
use crate::{Clearance, Id};

/// What an amendment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AmendmentSubject {
    /// Term, renewal or notice.
    Term,
    /// Prices or when they may change.
    Price,
    /// Volumes.
    Volume,
    /// What is delivered.
    Scope,
    /// Service levels.
    ServiceLevel,
    /// Anything else.
    Other,
}

words!(AmendmentSubject { Term => "term", Price => "price", Volume => "volume", Scope => "scope", ServiceLevel => "service_level", Other => "other" });

/// What both sides agreed to change in a contract, from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// The contract it changes.
    pub contract_id: Id<Contract>,
    /// Its number; may be empty.
    pub number: String,
    /// What it says, in a line.
    pub title: String,
    /// What it is about.
    pub subject: AmendmentSubject,
    /// When it was signed.
    pub signed_on: Option<Date>,
    /// The first day on which it holds.
    pub effective_on: Date,
    /// The last day, of one that holds for a time only.
    pub effective_until: Option<Date>,
    /// The new last day of the term.
    pub ends_on: Option<Date>,
    /// The new renewal day.
    pub renews_on: Option<Date>,
    /// The new notice period.
    pub notice: Option<NoticePeriod>,
    /// The new next day on which prices may change.
    pub price_change_on: Option<Date>,
    /// What changes, in words; may be empty.
    pub summary: String,
    /// Whether its terms were put into the contract.
    pub applied: bool,
}

impl Amendment {
    /// Whether both say something of one subject of one contract for the same day and neither simply follows the other: one that
    /// begins later takes over from one without a last day.
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.contract_id != other.contract_id || self.subject != other.subject {
            return false;
        }
        let (first, second) =
            if self.effective_on <= other.effective_on { (self, other) } else { (other, self) };
        match first.effective_until {
            Some(until) => second.effective_on <= until,
            None => first.effective_on == second.effective_on,
        }
    }

    /// The contract with the terms this states, as [`Contract`] has them.
    #[must_use]
    pub fn amend(&self, contract: &Contract) -> Contract {
        let (ends_on, renews_on) = (self.ends_on.or(contract.ends_on), self.amended_renewal(contract));
        let (ends_on, renews_on) = term(contract.renewal, ends_on, renews_on);
        Contract {
            ends_on,
            renews_on,
            notice: self.notice.or(contract.notice),
            price_change_on: self.price_change_on.or(contract.price_change_on),
            ..contract.clone()
        }
    }

    /// The renewal of the contract with these terms. One that would lie in the new term is the day after it, and of what renews by
    /// itself it always is.
    fn amended_renewal(&self, contract: &Contract) -> Option<Date> {
        if self.renews_on.is_some() {
            return self.renews_on;
        }
        let stored = contract.renews_on?;
        match self.ends_on {
            Some(end) if stored <= end || contract.renewal == Some(Renewal::Automatic) => end.tomorrow().ok(),
            _ => Some(stored),
        }
    }

    /// Whether it changes the contract's terms.
    pub fn changes_terms(&self) -> bool {
        [self.ends_on, self.renews_on, self.price_change_on].iter().any(Option::is_some)
            || self.notice.is_some()
    }
}

impl Record for Amendment {
    const KIND: Kind = Kind::Amendment;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("contract", Shape::Reference(Kind::Contract)),
        Spec::optional("number", Shape::Line(60)),
        Spec::required("title", Shape::Line(200)),
        Spec::optional("subject", Shape::Choice(AmendmentSubject::WORDS)),
        Spec::optional("signed_on", Shape::Date),
        Spec::required("effective_on", Shape::Date),
        Spec::optional("effective_until", Shape::Date),
        Spec::optional("ends_on", Shape::Date),
        Spec::optional("renews_on", Shape::Date),
        Spec::optional("notice_days", Shape::Whole(1, NoticeDays::MAX as i64)),
        Spec::optional("notice_months", Shape::Whole(1, NoticeMonths::MAX as i64)),
        Spec::optional("price_change_on", Shape::Date),
        Spec::optional("summary", Shape::Paragraphs(8_000)),
    ];
    const OWNER: Option<(&'static str, Kind)> = Some(("contract", Kind::Contract));

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let contract_id = read.reference("contract", Kind::Contract);
        let number = read.optional_line("number", 60);
        let title = read.line("title", 200);
        let subject = read
            .choice("subject", AmendmentSubject::ALL, AmendmentSubject::as_str)
            .unwrap_or(AmendmentSubject::Other);
        let signed_on = read.optional_date("signed_on");
        let effective_on = read.date("effective_on");
        let effective_until = read.optional_date("effective_until");
        let ends_on = read.optional_date("ends_on");
        let renews_on = read.optional_date("renews_on");
        let notice = NoticePeriod::read(&mut read);
        let price_change_on = read.optional_date("price_change_on");
        let summary = read.paragraphs("summary", 8_000);
        not_before(&mut read, "effective_until", effective_until, ("effective_on", effective_on));
        let changes_term =
            [ends_on, renews_on, price_change_on].iter().any(Option::is_some) || notice.is_some();
        if effective_until.is_some() && changes_term {
            read.fail("effective_until", FieldProblem::TermForGood);
        }
        read.finish(Self {
            external_id,
            contract_id,
            number,
            title,
            subject,
            signed_on,
            effective_on,
            effective_until,
            ends_on,
            renews_on,
            notice,
            price_change_on,
            summary,
            applied: draft.get("applied") == "yes",
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        let draft = Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("contract", self.contract_id.as_str())
            .with("number", &self.number)
            .with("title", &self.title)
            .with("subject", self.subject.as_str())
            .with("signed_on", or_empty(self.signed_on))
            .with("effective_on", self.effective_on.to_string())
            .with("effective_until", or_empty(self.effective_until))
            .with("ends_on", or_empty(self.ends_on))
            .with("renews_on", or_empty(self.renews_on))
            .with("price_change_on", or_empty(self.price_change_on))
            .with("summary", &self.summary)
            .with("applied", if self.applied { "yes" } else { "" });
        NoticePeriod::write(self.notice, draft)
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.title
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Instant;

    fn contract(renewal: &str, ends_on: &str, renews_on: &str) -> Contract {
        let account: Id<super::super::account::Account> = Id::new(Instant::from_seconds(1), 1);
        let draft = Draft::new()
            .with("account", account.as_str())
            .with("title", "Service desk 2024")
            .with("time_zone", "Europe/Berlin")
            .with("currency", "EUR")
            .with("starts_on", "2024-04-01")
            .with("renewal", renewal)
            .with("ends_on", ends_on)
            .with("renews_on", renews_on);
        Contract::parse(&draft).expect("a whole draft")
    }

    fn amended(contract: &Contract, terms: &[(&str, &str)]) -> Contract {
        let id: Id<Contract> = Id::new(Instant::from_seconds(1), 2);
        let mut draft = Draft::new()
            .with("contract", id.as_str())
            .with("title", "Extension")
            .with("effective_on", "2026-11-01");
        for (field, text) in terms {
            draft.set(field, text);
        }
        Amendment::parse(&draft).expect("a whole draft").amend(contract)
    }

    #[test]
    fn a_new_end_moves_the_renewal_with_it() {
        let days = |contract: &Contract, terms: &[(&str, &str)]| {
            let amended = amended(contract, terms);
            let parsed = Contract::parse(&amended.draft(Clearance::NONE));
            assert_eq!(parsed.as_ref(), Ok(&amended), "as a contract is stored");
            (amended.ends_on, amended.renews_on)
        };
        let automatic = contract("automatic", "2027-03-31", "");
        assert_eq!((automatic.ends_on, automatic.renews_on), (None, Some(date(2027, 4, 1))));
        assert_eq!(days(&automatic, &[("ends_on", "2028-03-31")]), (None, Some(date(2028, 4, 1))));
        assert_eq!(days(&automatic, &[("ends_on", "2026-12-31")]), (None, Some(date(2027, 1, 1))));
        assert_eq!(days(&automatic, &[("renews_on", "2028-04-01")]), (None, Some(date(2028, 4, 1))));
        assert_eq!(days(&automatic, &[("notice_days", "90")]), (None, Some(date(2027, 4, 1))));
        let agreed = contract("by_agreement", "2027-03-31", "2027-04-01");
        let moved = (Some(date(2028, 3, 31)), Some(date(2028, 4, 1)));
        assert_eq!(days(&agreed, &[("ends_on", "2028-03-31")]), moved);
        let ends = contract("ends", "2027-03-31", "");
        assert_eq!(days(&ends, &[("ends_on", "2028-03-31")]), (Some(date(2028, 3, 31)), None));
    }
}
