//! A contract: a master agreement or a statement of work under one, with its term, renewal, notice and price change.
//!
//! All dates are civil dates in the contract's own zone: a term ends at the end of the client's day. Not here: the lines
//! (`contract_line`), the talks about a renewal (room `deals`).

use jiff::ToSpan;
use jiff::civil::Date;

use super::account::Account;
use super::draft::{Draft, LINE, Shape, Spec};
use super::field_problem::{FieldProblem, FieldProblems};
use super::notice::{NoticeDays, NoticeMonths, NoticePeriod};
use super::reader::{Reader, or_empty};
use super::record::{Kind, Record, SearchText};
use crate::money::Currency;
use crate::words::{WordError, words};
use crate::{Clearance, Id};

/// A master agreement or a statement of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContractKind {
    /// The agreement under which statements of work are made.
    Master,
    /// Work agreed under a master agreement, or on its own.
    StatementOfWork,
}

impl ContractKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Master, Self::StatementOfWork];

    /// The word kept in tables, files and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::StatementOfWork => "statement_of_work",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What happens when a term ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Renewal {
    /// It renews unless notice is given.
    Automatic,
    /// It renews only when both agree.
    ByAgreement,
    /// It ends.
    Ends,
}

words!(Renewal { Automatic => "automatic", ByAgreement => "by_agreement", Ends => "ends" });

/// A master agreement or a statement of work with one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// The firm's own id for it.
    pub external_id: Option<String>,
    /// Whose it is.
    pub account_id: Id<Account>,
    /// Which kind.
    pub kind: ContractKind,
    /// The master agreement of a statement of work.
    pub parent_id: Option<Id<Contract>>,
    /// Its title.
    pub title: String,
    /// IANA zone in which its dates are meant.
    pub time_zone: String,
    /// Currency of its prices.
    pub currency: Currency,
    /// First day of the term.
    pub starts_on: Date,
    /// Last day of the term; `None` when it runs until notice is given.
    pub ends_on: Option<Date>,
    /// The day on which a new term begins, or would.
    pub renews_on: Option<Date>,
    /// What happens when the term ends, where that is stated.
    pub renewal: Option<Renewal>,
    /// How many months a renewed term has.
    pub renewal_months: Option<i64>,
    /// The clause that says so, in the contract's words; may be empty.
    pub renewal_clause: String,
    /// Notice period, where there is one.
    pub notice: Option<NoticePeriod>,
    /// The clause that says so, in the contract's words; may be empty.
    pub notice_clause: String,
    /// The next day on which prices may change.
    pub price_change_on: Option<Date>,
    /// The clause that says so, in the contract's words; may be empty.
    pub price_change_clause: String,
}

impl Contract {
    /// The last day of the term: as stated, or the day before the renewal.
    pub fn term_ends_on(&self) -> Option<Date> {
        self.ends_on.or_else(|| self.renews_on.map(|day| day.saturating_sub(1.days())))
    }

    /// Whether its term is over on `today`: what renews by itself runs on unless an end is stated.
    pub fn has_ended(&self, today: Date) -> bool {
        self.runs_until().is_some_and(|last| last < today)
    }

    /// Its last day: none where it runs on.
    pub fn runs_until(&self) -> Option<Date> {
        runs_until(self.renewal, self.ends_on, self.renews_on)
    }

    /// What comes at the end of its term; none where no day is stated.
    pub fn turn(&self) -> Option<Turn> {
        turn(self.renewal, self.ends_on, self.renews_on)
    }

    /// Whether it runs on until somebody gives notice: no day of its end or renewal is stated, and nothing says that it has one.
    pub fn runs_until_notice(&self) -> bool {
        let has_term = matches!(self.renewal, Some(Renewal::Ends | Renewal::ByAgreement));
        self.turn().is_none() && !has_term
    }

    /// The last day on which notice still counts, where the term ends and there is a notice period.
    pub fn notice_deadline(&self) -> Option<Date> {
        Some(self.notice?.deadline(self.term_ends_on()?))
    }
}

/// The last day of a contract: what renews by itself runs on unless an end is stated, any other ends with its term.
pub fn runs_until(renewal: Option<Renewal>, ends_on: Option<Date>, renews_on: Option<Date>) -> Option<Date> {
    let before = || renews_on.map(|day| day.saturating_sub(1.days()));
    if renewal == Some(Renewal::Automatic) { ends_on } else { ends_on.or_else(before) }
}

/// What comes at the end of a contract's term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A new term begins on that day, or would.
    Renews(Date),
    /// That is its last day.
    Ends(Date),
}

impl Turn {
    /// The day.
    pub const fn day(self) -> Date {
        match self {
            Self::Renews(day) | Self::Ends(day) => day,
        }
    }

    /// Whether it ends.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Ends(_))
    }
}

/// What comes at the end of a contract's term: what is said to end, has no renewal, or was given an end though it renews by itself, ends.
pub fn turn(renewal: Option<Renewal>, ends_on: Option<Date>, renews_on: Option<Date>) -> Option<Turn> {
    let was_ended = renewal == Some(Renewal::Automatic) && ends_on.is_some();
    match renews_on {
        Some(day) if renewal != Some(Renewal::Ends) && !was_ended => Some(Turn::Renews(day)),
        _ => runs_until(renewal, ends_on, renews_on).map(Turn::Ends),
    }
}

/// The end and the next renewal. What renews by itself has no end until somebody gives notice: where the last day of its term is given, the
/// day after is that of its renewal, and takes the place of one that would lie in the term. What is said to end has no renewal: where
/// one is given, the day before is its last.
pub(super) fn term(
    renewal: Option<Renewal>,
    ends_on: Option<Date>,
    renews_on: Option<Date>,
) -> (Option<Date>, Option<Date>) {
    if renewal == Some(Renewal::Ends) {
        let last = renews_on.and_then(|day| day.yesterday().ok());
        let is_told_once = last.is_some() && ends_on.is_none_or(|end| Some(end) == last);
        return if is_told_once { (last, None) } else { (ends_on, renews_on) };
    }
    let next = ends_on.and_then(|end| end.tomorrow().ok());
    let is_term = next.is_some_and(|next| renews_on.is_none_or(|day| day <= next));
    if renewal == Some(Renewal::Automatic) && is_term { (None, next) } else { (ends_on, renews_on) }
}

impl Record for Contract {
    const KIND: Kind = Kind::Contract;
    const FIELDS: &'static [Spec] = &[
        Spec::optional("external_id", Shape::Line(100)),
        Spec::required("account", Shape::Reference(Kind::Account)),
        Spec::optional("kind", Shape::Choice(&["master", "statement_of_work"])),
        Spec::optional("parent", Shape::Reference(Kind::Contract)),
        Spec::required("title", Shape::Line(LINE)),
        Spec::required("time_zone", Shape::TimeZone),
        Spec::required("currency", Shape::Currency),
        Spec::required("starts_on", Shape::Date),
        Spec::optional("ends_on", Shape::Date),
        Spec::optional("renews_on", Shape::Date),
        Spec::optional("renewal", Shape::Choice(Renewal::WORDS)),
        Spec::optional("renewal_months", Shape::Whole(1, 120)),
        Spec::optional("renewal_clause", Shape::Paragraphs(4_000)),
        Spec::optional("notice_days", Shape::Whole(1, NoticeDays::MAX as i64)),
        Spec::optional("notice_months", Shape::Whole(1, NoticeMonths::MAX as i64)),
        Spec::optional("notice_clause", Shape::Paragraphs(4_000)),
        Spec::optional("price_change_on", Shape::Date),
        Spec::optional("price_change_clause", Shape::Paragraphs(4_000)),
    ];

    fn parse(draft: &Draft) -> Result<Self, FieldProblems> {
        let mut read = Reader::new(draft);
        let external_id = read.external_id();
        let account_id = read.reference("account", Kind::Account);
        let kind = read.choice("kind", &ContractKind::ALL, ContractKind::as_str);
        let kind = kind.unwrap_or(ContractKind::StatementOfWork);
        let parent_id = read.optional_reference("parent", Kind::Contract);
        if kind == ContractKind::Master && !draft.get("parent").trim().is_empty() {
            read.fail("parent", FieldProblem::MustBeEmpty { field: "kind", value: "master" });
        }
        let title = read.line("title", LINE);
        let time_zone = read.time_zone("time_zone");
        let currency = read.currency("currency");
        let starts_on = read.date("starts_on");
        let mut not_before_start = |field| {
            let date: Option<Date> = read.optional_date(field);
            if let Some(date) = date.filter(|date| *date < starts_on) {
                read.fail(field, FieldProblem::Before { date, field: "starts_on", other: starts_on });
            }
            date
        };
        let ends_on = not_before_start("ends_on");
        let renews_on = not_before_start("renews_on");
        let renewal = read.choice("renewal", Renewal::ALL, Renewal::as_str);
        let renewal_months = read.optional_whole("renewal_months", 1, 120);
        let renewal_clause = read.paragraphs("renewal_clause", 4_000);
        let notice_clause = read.paragraphs("notice_clause", 4_000);
        let notice = NoticePeriod::read(&mut read);
        let price_change_on = read.optional_date("price_change_on");
        let price_change_clause = read.paragraphs("price_change_clause", 4_000);
        let (ends_on, renews_on) = term(renewal, ends_on, renews_on);
        read.finish(Self {
            external_id,
            account_id,
            kind,
            parent_id,
            title,
            time_zone,
            currency,
            starts_on,
            ends_on,
            renews_on,
            renewal,
            renewal_months,
            renewal_clause,
            notice,
            notice_clause,
            price_change_on,
            price_change_clause,
        })
    }

    fn draft(&self, _: Clearance) -> Draft {
        let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
        let draft = Draft::new()
            .with("external_id", self.external_id.clone().unwrap_or_default())
            .with("account", self.account_id.as_str())
            .with("kind", self.kind.as_str())
            .with("parent", self.parent_id.as_ref().map(ToString::to_string).unwrap_or_default())
            .with("title", &self.title)
            .with("time_zone", &self.time_zone)
            .with("currency", self.currency.code())
            .with("starts_on", self.starts_on.to_string())
            .with("ends_on", date(self.ends_on))
            .with("renews_on", date(self.renews_on))
            .with("renewal", self.renewal.map_or("", Renewal::as_str))
            .with("renewal_months", or_empty(self.renewal_months))
            .with("renewal_clause", &self.renewal_clause)
            .with("notice_clause", &self.notice_clause)
            .with("price_change_on", date(self.price_change_on))
            .with("price_change_clause", &self.price_change_clause);
        NoticePeriod::write(self.notice, draft)
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    fn name(&self) -> &str {
        &self.title
    }

    fn account_id(&self) -> Option<&str> {
        Some(self.account_id.as_str())
    }

    fn search_text(&self) -> Option<SearchText> {
        Some(SearchText { title: self.title.clone(), context: String::new() })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Instant;

    fn draft() -> Draft {
        let account: Id<Account> = Id::new(Instant::from_seconds(1), 1);
        Draft::new()
            .with("account", account.as_str())
            .with("title", "Service desk 2024")
            .with("time_zone", "Europe/Berlin")
            .with("currency", "EUR")
            .with("starts_on", "2024-04-01")
            .with("renews_on", "2027-04-01")
            .with("notice_days", "90")
    }

    #[test]
    fn notice_counts_back_from_the_last_day_of_the_term() {
        let contract = Contract::parse(&draft()).expect("a whole draft");
        assert_eq!(contract.term_ends_on(), Some(date(2027, 3, 31)));
        assert_eq!(contract.notice_deadline(), Some(date(2026, 12, 31)));
        assert_eq!(Contract::parse(&contract.draft(Clearance::NONE)), Ok(contract));
    }

    #[test]
    fn notice_is_stated_in_days_or_in_months() {
        let months = Contract::parse(&draft().with("notice_days", "").with("notice_months", "3"));
        let months = months.expect("a whole draft");
        assert_eq!(months.notice_deadline(), Some(date(2026, 12, 31)));
        assert_eq!(Contract::parse(&months.draft(Clearance::NONE)), Ok(months));
        let both = Contract::parse(&draft().with("notice_months", "3")).expect_err("both");
        assert_eq!(both.0, [("notice_months", FieldProblem::NoticeTwice)]);
        let long = Contract::parse(&draft().with("notice_days", "").with("notice_months", "61"));
        let long = long.expect_err("too long");
        assert!(matches!(long.0[0], ("notice_months", FieldProblem::OutOfBounds { .. })));
    }

    #[test]
    fn what_renews_by_itself_renews_the_day_after_its_term() {
        let of = |renewal: &str, ends_on: &str, renews_on: &str| {
            let draft =
                draft().with("renewal", renewal).with("ends_on", ends_on).with("renews_on", renews_on);
            let contract = Contract::parse(&draft).expect("a whole draft");
            (contract.ends_on, contract.renews_on)
        };
        let renews = (None, Some(date(2027, 1, 1)));
        assert_eq!(of("automatic", "2026-12-31", ""), renews);
        // The same file again, over what is stored.
        assert_eq!(of("automatic", "2026-12-31", "2027-01-01"), renews);
        assert_eq!(of("ends", "2026-12-31", ""), (Some(date(2026, 12, 31)), None));
        assert_eq!(of("", "2026-12-31", ""), (Some(date(2026, 12, 31)), None));
        // What is said to end has no renewal; the same file again, over what is stored, changes nothing.
        assert_eq!(of("ends", "", "2027-01-01"), (Some(date(2026, 12, 31)), None));
        assert_eq!(of("ends", "2026-12-31", "2027-01-01"), (Some(date(2026, 12, 31)), None));
        assert_eq!(
            of("ends", "2026-12-31", "2028-01-01"),
            (Some(date(2026, 12, 31)), Some(date(2028, 1, 1)))
        );
        // A new end over the renewal that is stored.
        assert_eq!(of("automatic", "2028-12-31", "2027-01-01"), (None, Some(date(2029, 1, 1))));
        assert_eq!(of("automatic", "2027-01-01", "2027-01-01"), (None, Some(date(2027, 1, 2))));
        let apart = (Some(date(2026, 12, 31)), Some(date(2027, 4, 1)));
        assert_eq!(of("automatic", "2026-12-31", "2027-04-01"), apart);
        let both = (Some(date(2028, 12, 31)), Some(date(2027, 1, 1)));
        assert_eq!(of("by_agreement", "2028-12-31", "2027-01-01"), both);
    }

    #[test]
    fn what_does_not_renew_by_itself_ends_with_its_term() {
        let ended = |renewal: &str, ends_on: &str, renews_on: &str, today| {
            let draft =
                draft().with("renewal", renewal).with("ends_on", ends_on).with("renews_on", renews_on);
            Contract::parse(&draft).expect("a whole draft").has_ended(today)
        };
        for renewal in ["", "by_agreement", "ends"] {
            assert!(ended(renewal, "", "2026-07-01", date(2026, 7, 1)), "{renewal}");
            assert!(!ended(renewal, "", "2026-07-01", date(2026, 6, 30)), "{renewal}");
            assert!(ended(renewal, "2026-06-30", "2027-07-01", date(2026, 7, 1)), "{renewal}");
        }
        assert!(!ended("automatic", "", "2026-07-01", date(2026, 7, 1)));
        assert!(!ended("", "", "", date(2026, 7, 1)));
    }

    #[test]
    fn what_ends_is_told_from_what_renews() {
        let day = date(2027, 4, 1);
        assert_eq!(turn(None, None, Some(day)), Some(Turn::Renews(day)));
        assert_eq!(turn(Some(Renewal::Automatic), None, Some(day)), Some(Turn::Renews(day)));
        assert_eq!(turn(None, Some(date(2027, 3, 31)), Some(day)), Some(Turn::Renews(day)));
        assert_eq!(turn(None, Some(day), None), Some(Turn::Ends(day)));
        assert_eq!(turn(Some(Renewal::Ends), None, Some(day)), Some(Turn::Ends(date(2027, 3, 31))));
        assert_eq!(turn(Some(Renewal::Automatic), Some(day), Some(date(2028, 1, 1))), Some(Turn::Ends(day)));
        assert_eq!(turn(Some(Renewal::Ends), None, None), None);
    }

    #[test]
    fn dates_in_local_spelling_and_ends_before_starts_are_refused() {
        let draft = draft().with("ends_on", "2024-03-31").with("renews_on", "01/04/2027");
        let problems = Contract::parse(&draft).expect_err("two wrong dates");
        assert!(matches!(problems.0[0], ("ends_on", FieldProblem::Before { .. })));
        assert!(matches!(problems.0[1], ("renews_on", FieldProblem::NotADate { .. })));
    }
}
