//! What is wrong with a field of a draft.
//!
//! The messages a page shows come from the catalogue; `Display` serves logs and the command line.

use std::fmt;

use jiff::civil::Date;

use super::record::Kind;
use crate::money::{MoneyError, RateError};
use crate::month::MonthError;
use crate::text::TextError;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    /// Nothing stated where something must be.
    #[error("this may not be empty")]
    Required,
    /// A text that cannot be stored.
    #[error(transparent)]
    Text(#[from] TextError),
    /// None of the words of the field.
    #[error("`{text}` is none of {choices}")]
    NotAChoice {
        /// What was given.
        text: String,
        /// The words, joined by commas.
        choices: String,
    },
    /// No currency.
    #[error("`{text}` is not a currency in use; write the three letters of ISO 4217 such as EUR or USD")]
    NotACurrency {
        /// What was given.
        text: String,
    },
    /// No country.
    #[error("`{text}` is not a country; write its name in English or its code such as DE or USA")]
    NotACountry {
        /// What was given.
        text: String,
    },
    /// No time zone.
    #[error("`{text}` is not a time zone; write one like Europe/Berlin")]
    NotATimeZone {
        /// What was given.
        text: String,
    },
    /// No amount.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// An amount below zero where there can be none.
    #[error("`{text}` is below zero")]
    Negative {
        /// What was given.
        text: String,
    },
    /// No whole number.
    #[error("`{text}` is not a whole number")]
    NotAWholeNumber {
        /// What was given.
        text: String,
    },
    /// A number outside the bounds of the field.
    #[error("`{text}` is outside {least} to {most}")]
    OutOfBounds {
        /// What was given.
        text: String,
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// No civil date.
    #[error("`{text}` is not a date; write it like 2027-03-31")]
    NotADate {
        /// What was given.
        text: String,
    },
    /// A date before the one it must follow.
    #[error("{date} lies before {field} ({other})")]
    Before {
        /// The date given.
        date: Date,
        /// The field it must not precede.
        field: &'static str,
        /// That field's date.
        other: Date,
    },
    /// No e-mail address.
    #[error("`{text}` is not an e-mail address")]
    NotAnEmail {
        /// What was given.
        text: String,
    },
    /// No such record, or none this person may see.
    #[error("there is no {} `{text}`", kind.as_str())]
    UnknownReference {
        /// The kind looked for.
        kind: Kind,
        /// What was given.
        text: String,
    },
    /// Several records have this name, so it does not say which.
    #[error("several {} are called `{text}`; use the id instead", kind.plural())]
    AmbiguousReference {
        /// The kind looked for.
        kind: Kind,
        /// What was given.
        text: String,
    },
    /// A record that would belong to itself.
    #[error("a record cannot belong to itself")]
    OwnParent,
    /// A field that must stay empty because of another.
    #[error("this stays empty when {field} is {value}")]
    MustBeEmpty {
        /// The other field.
        field: &'static str,
        /// Its value.
        value: &'static str,
    },
    /// Another record has this id of the firm.
    #[error("`{text}` is taken by another record")]
    Taken {
        /// What was given.
        text: String,
    },
    /// A price that somebody else decides.
    #[error("this moves the price by {amount}; {who} may decide that")]
    NotDecided {
        /// How far it moves.
        amount: crate::identity::Amount,
        /// The most they may move it themselves now, if at all.
        most: Option<crate::identity::Amount>,
        /// Who may; empty when nobody may yet.
        who: String,
        /// Who grants rights, when nobody may yet.
        administrators: String,
    },
    /// The record of this id lies in the trash.
    #[error("the record with `{text}` lies in the trash; restore it first")]
    InTrash {
        /// What was given.
        text: String,
    },
    /// A field this person may not set.
    #[error("setting this needs the right `{right}`")]
    NotAllowed {
        /// The right.
        right: &'static str,
    },
    /// A currency that prices of lines are stated in.
    #[error("this contract has lines priced in {currency}; make a new contract for another currency")]
    HasLines {
        /// The currency now.
        currency: String,
    },
    /// A contract in another currency than the line's prices.
    #[error("this line is priced in {currency}; make a new line under a contract in another currency")]
    KeepsCurrency {
        /// The currency of its prices.
        currency: String,
    },
    /// A master agreement of another account.
    #[error("that contract belongs to another account, or is no master agreement")]
    NotItsMaster,
    /// A record with this id of the firm came before in the same file or request.
    #[error("`{text}` stands in row {row} already")]
    Repeated {
        /// The id.
        text: String,
        /// The first row with it.
        row: usize,
    },
    /// Another row of the same file says something else of the same record.
    #[error("row {row} says `{text}` of the same record; say one thing in both")]
    SaysElse {
        /// What it says.
        text: String,
        /// That row.
        row: usize,
    },
    /// Whoever decides there, changed by somebody who would decide instead.
    #[error(
        "you cannot take this yourself or leave nobody in charge; hand it to a colleague, or ask an administrator"
    )]
    DecidesHere,
    /// No exchange rate.
    #[error(transparent)]
    Rate(#[from] RateError),
    /// No month.
    #[error(transparent)]
    Month(#[from] MonthError),
    /// A rate of a currency into itself.
    #[error("both currencies are the same; a rate is between two")]
    SameCurrency,
    /// No such measure, or none this person may see.
    #[error("there is no measure `{text}`")]
    UnknownMeasure {
        /// What was given.
        text: String,
    },
    /// More of them than a field holds.
    #[error("{given} are named here, at most {most} fit")]
    TooMany {
        /// How many.
        given: usize,
        /// How many fit.
        most: usize,
    },
    /// A field that another one needs.
    #[error("this is needed when {field} is stated")]
    NeededFor {
        /// The other field.
        field: &'static str,
    },
    /// A new term that would end again.
    #[error("an amendment that changes the term holds for good; leave this empty")]
    TermForGood,
    /// An amendment of the same subject that holds then already.
    #[error(
        "amendment `{title}` of the same subject holds from {from}{}; let one end before the other begins",
        until.map(|until| format!(" until {until}")).unwrap_or_default()
    )]
    Overlaps {
        /// The other's title.
        title: String,
        /// Its first day.
        from: Date,
        /// Its last day, where it has one.
        until: Option<Date>,
    },
    /// A notice period in days and in months.
    #[error("state notice in days or in months, not in both; empty one of the two")]
    NoticeTwice,
    /// Terms of an amendment that are in the contract already.
    #[error("these terms are in the contract already; state the correction as a new amendment")]
    AppliedAlready,
    /// No figure at all.
    #[error("state at least one of revenue, volume and cost")]
    NoFigure,
    /// Something of another account.
    #[error("this belongs to another account")]
    OfAnotherAccount,
    /// A second record of what there can be one of.
    #[error("there is a record of this already (`{external_id}`); change that one")]
    Twice {
        /// Its id of the firm, or what it is known by.
        external_id: String,
    },
    /// No key of a custom field.
    #[error("`{text}` is not a key; write small letters a to z, digits and underscores, a letter first")]
    NotAKey {
        /// What was given.
        text: String,
    },
    /// What of a definition cannot change.
    #[error("this stays `{value}`; retire the field and make another one")]
    Fixed {
        /// What it is.
        value: String,
    },
    /// A choice that records may have made.
    #[error("`{text}` cannot be taken out, records may hold it")]
    ChoiceGone {
        /// The choice.
        text: String,
    },
    /// No text of a choice.
    #[error("`{text}` cannot be a choice: at most {most} characters, without a semicolon")]
    NotAChoiceText {
        /// What was given.
        text: String,
        /// The most characters.
        most: usize,
    },
    /// No number with so few decimals.
    #[error("`{text}` is not a number with at most {decimals} decimals; write it like 12.5")]
    NotADecimal {
        /// What was given.
        text: String,
        /// The most decimals.
        decimals: u8,
    },
    /// No web address.
    #[error("`{text}` is not a web address; write it like https://example.com")]
    NotAWebAddress {
        /// What was given.
        text: String,
    },
    /// A field that this kind of record does not have.
    #[error("there is no such field")]
    NoSuchField,
    /// An account outside the actor's own.
    #[error("you can only add accounts that you manage or negotiate")]
    NotOwn,
}

/// What is wrong with a draft: fields in the order they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldProblems(pub Vec<(&'static str, FieldProblem)>);

impl FieldProblems {
    /// One problem.
    pub fn one(field: &'static str, problem: FieldProblem) -> Self {
        Self(vec![(field, problem)])
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for FieldProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (field, problem)) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "; " };
            write!(f, "{separator}{field}: {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldProblems {}
