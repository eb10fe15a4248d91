//! Why a record of the book was not found, made or changed; and each problem of a field as a message of the catalogue.

use mandate_domain::book::{FieldProblem, FieldProblems, Kind};
use mandate_domain::identity::{Amount, MOST_BASIS_POINTS};
use mandate_domain::money::MoneyError;
use mandate_domain::text::TextError;
use mandate_store::StoreError;

use crate::authorise::Denied;
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Why a record of the book was not found, made or changed.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or none they may see.
    #[error("there is no such {}", kind.as_str())]
    NotFound {
        /// The kind asked for.
        kind: Kind,
    },
    /// It was merged: undoing that brings it back, with all that went over.
    #[error("`{name}` was merged into another record; undo the merge to bring it back")]
    Merged {
        /// Its name.
        name: String,
    },
    /// Fields are wrong.
    #[error(transparent)]
    Fields(#[from] FieldProblems),
    /// A product that contracts still sell.
    #[error(
        "this product stands in {n_lines} lines of contracts; move those to another product or put them away first"
    )]
    StillSold {
        /// In how many lines.
        n_lines: i64,
    },
    /// A record of the same thing was made while this one lay in the trash.
    #[error("there is another record of the same by now; change that one instead")]
    ReplacedMeanwhile,
    /// Another save came first, or the database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BookError {
    /// Whether another save came first.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Store(StoreError::Stale { .. }))
    }
}

impl UseCaseError for BookError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Merged { .. } => ErrorKind::Conflict,
            Self::Fields(_) => ErrorKind::Invalid,
            Self::StillSold { .. } | Self::ReplacedMeanwhile => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::NotFound { kind } => Message::new("book-error-not-found").with("kind", kind.as_str()),
            Self::Merged { name } => Message::new("merge-error-restore").with("name", name.as_str()),
            Self::Fields(problems) => {
                Message::new("book-error-fields").with("count", problems.0.len().to_string())
            }
            Self::StillSold { n_lines } => {
                Message::new("book-error-still-sold").with("count", n_lines.to_string())
            }
            Self::ReplacedMeanwhile => Message::new("book-error-replaced-meanwhile"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Fields(problems) => field_errors(problems),
            Self::Denied(_)
            | Self::NotFound { .. }
            | Self::Merged { .. }
            | Self::StillSold { .. }
            | Self::ReplacedMeanwhile
            | Self::Store(_) => vec![],
        }
    }
}

fn field_errors(problems: &FieldProblems) -> Vec<FieldError> {
    let error = |(field, problem): &(&'static str, FieldProblem)| FieldError {
        field: (*field).to_owned(),
        message: problem_message(problem),
    };
    problems.0.iter().map(error).collect()
}

/// A problem of a field as a message: what is wrong and how to mend it.
pub fn problem_message(problem: &FieldProblem) -> Message {
    let given = |id, text: &str| Message::new(id).with("text", text);
    match problem {
        FieldProblem::Required => Message::new("book-problem-required"),
        FieldProblem::Text(error) => text_message(error),
        FieldProblem::NotAChoice { text, choices } => {
            given("book-problem-choice", text).with("choices", choices.as_str())
        }
        FieldProblem::NotACurrency { text } => given("book-problem-currency", text),
        FieldProblem::NotACountry { text } => given("book-problem-country", text),
        FieldProblem::NotATimeZone { text } => given("book-problem-time-zone", text),
        FieldProblem::Money(error) => money_message(error),
        FieldProblem::Negative { text } => given("book-problem-negative", text),
        FieldProblem::NotAWholeNumber { text } => given("book-problem-whole-number", text),
        FieldProblem::OutOfBounds { text, least, most } => {
            given("book-problem-bounds", text).with("least", least.to_string()).with("most", most.to_string())
        }
        FieldProblem::NotADate { text } => given("book-problem-date", text),
        FieldProblem::Before { date, field, other } => Message::new("book-problem-before")
            .with("date", date.to_string())
            .with("field", *field)
            .with("other", other.to_string()),
        FieldProblem::NotAnEmail { text } => given("book-problem-email", text),
        FieldProblem::UnknownReference { kind, text } => {
            given("book-problem-unknown", text).with("kind", kind.as_str())
        }
        FieldProblem::AmbiguousReference { kind, text } => {
            given("book-problem-ambiguous", text).with("kind", kind.plural())
        }
        FieldProblem::OwnParent => Message::new("book-problem-own-parent"),
        FieldProblem::MustBeEmpty { field, value } => {
            Message::new("book-problem-must-be-empty").with("field", *field).with("value", *value)
        }
        FieldProblem::Taken { text } => given("book-problem-taken", text),
        FieldProblem::InTrash { text } => given("book-problem-in-trash", text),
        FieldProblem::NotDecided { amount, most, who, administrators } => {
            not_decided(*amount, *most, who, administrators)
        }
        FieldProblem::NotAllowed { right } => Message::new("book-problem-not-allowed").with("right", *right),
        FieldProblem::Repeated { text, row } => in_row("book-problem-repeated", text, *row),
        FieldProblem::SaysElse { text, row } => in_row("book-problem-says-else", text, *row),
        FieldProblem::DecidesHere => Message::new("book-problem-decides-here"),
        FieldProblem::NotOwn => Message::new("book-problem-not-own"),
        FieldProblem::Rate(error) => given("book-problem-rate", &error.text),
        FieldProblem::Month(error) => given("book-problem-month", &error.text),
        FieldProblem::SameCurrency => Message::new("book-problem-same-currency"),
        FieldProblem::UnknownMeasure { text } => given("book-problem-unknown-measure", text),
        FieldProblem::TooMany { given, most } => Message::new("book-problem-too-many")
            .with("given", given.to_string())
            .with("most", most.to_string()),
        FieldProblem::NeededFor { field } => Message::new("book-problem-needed-for").with("field", *field),
        FieldProblem::NoFigure => Message::new("book-problem-no-figure"),
        FieldProblem::OfAnotherAccount => Message::new("book-problem-of-another-account"),
        FieldProblem::HasLines { .. }
        | FieldProblem::KeepsCurrency { .. }
        | FieldProblem::NotItsMaster
        | FieldProblem::TermForGood
        | FieldProblem::NoticeTwice
        | FieldProblem::Overlaps { .. }
        | FieldProblem::AppliedAlready => contract_message(problem),
        FieldProblem::NotAKey { .. }
        | FieldProblem::Fixed { .. }
        | FieldProblem::ChoiceGone { .. }
        | FieldProblem::NotAChoiceText { .. }
        | FieldProblem::NotADecimal { .. }
        | FieldProblem::NotAWebAddress { .. }
        | FieldProblem::NoSuchField => custom_message(problem),
        FieldProblem::Twice { external_id } => given("book-problem-twice", external_id),
    }
}

/// What another row of the same file has to do with it.
fn in_row(id: &'static str, text: &str, row: usize) -> Message {
    Message::new(id).with("text", text).with("row", row.to_string())
}

/// What is wrong with a contract, its lines or its amendments.
fn contract_message(problem: &FieldProblem) -> Message {
    match problem {
        FieldProblem::HasLines { currency } => {
            Message::new("book-problem-has-lines").with("currency", currency.as_str())
        }
        FieldProblem::KeepsCurrency { currency } => {
            Message::new("book-problem-keeps-currency").with("currency", currency.as_str())
        }
        FieldProblem::NotItsMaster => Message::new("book-problem-not-its-master"),
        FieldProblem::TermForGood => Message::new("book-problem-term-for-good"),
        FieldProblem::NoticeTwice => Message::new("book-problem-notice-twice"),
        FieldProblem::Overlaps { title, from, until } => Message::new("book-problem-overlaps")
            .with("title", title.as_str())
            .with("from", from.to_string())
            .with("until", until.map_or_else(|| "none".to_owned(), |until| until.to_string())),
        _ => Message::new("book-problem-applied-already"),
    }
}

/// What is wrong with a custom field, or with the definition of one.
fn custom_message(problem: &FieldProblem) -> Message {
    let given = |id, text: &str| Message::new(id).with("text", text);
    match problem {
        FieldProblem::NotAKey { text } => given("book-problem-key", text),
        FieldProblem::Fixed { value } => Message::new("book-problem-fixed").with("value", value.as_str()),
        FieldProblem::ChoiceGone { text } => given("book-problem-choice-gone", text),
        FieldProblem::NotAChoiceText { text, most } => {
            given("book-problem-choice-text", text).with("most", most.to_string())
        }
        FieldProblem::NotADecimal { text, decimals } => {
            given("book-problem-decimal", text).with("decimals", decimals.to_string())
        }
        FieldProblem::NotAWebAddress { text } => given("book-problem-web", text),
        _ => Message::new("book-problem-no-such-field"),
    }
}

/// The same words as any refused decision; of the largest move there is, what asks for it.
fn not_decided(amount: Amount, most: Option<Amount>, who: &str, administrators: &str) -> Message {
    let is_any_price = amount == Amount::BasisPoints(MOST_BASIS_POINTS);
    let message = if is_any_price {
        let whose = if who.is_empty() { "nobody" } else { "somebody" };
        Message::new("decision-refused-any-price")
            .with("whose", whose)
            .with("who", who)
            .with("administrators", administrators)
    } else if who.is_empty() {
        Message::new("decision-refused-nobody").with("administrators", administrators)
    } else {
        Message::new("decision-refused").with("who", who)
    };
    message
        .with("kind", amount.kind().as_str())
        .with("amount", amount.to_string())
        .with("most", most.map_or_else(|| "none".to_owned(), |most| most.to_string()))
}

fn text_message(error: &TextError) -> Message {
    match error {
        TextError::Empty => Message::new("book-problem-required"),
        TextError::TooLong { length, limit } => Message::new("book-problem-too-long")
            .with("length", length.to_string())
            .with("limit", limit.to_string()),
        TextError::ControlCharacter { position } => {
            Message::new("book-problem-control-character").with("position", position.to_string())
        }
    }
}

fn quoted(number: &str) -> String {
    format!("“{number}”")
}

/// What is said of an amount that cannot be read, here and in other rooms.
pub(crate) fn money_message(error: &MoneyError) -> Message {
    match error {
        MoneyError::NotANumber { text } => Message::new("book-problem-amount").with("text", text.as_str()),
        // In quotes, an amount is not grouped when the message is written: it is what somebody types.
        MoneyError::TooFine { text, digits, currency, fitting } => Message::new("book-problem-too-fine")
            .with("text", text.as_str())
            .with("digits", digits.to_string())
            .with("currency", currency.code())
            .with("fitting", quoted(fitting)),
        MoneyError::LikeThousands { text, fitting, whole } => Message::new("book-problem-two-readings")
            .with("text", text.as_str())
            .with("fitting", quoted(fitting))
            .with("whole", quoted(whole)),
        MoneyError::MixedCurrencies { .. } | MoneyError::TooLarge => Message::new("book-problem-too-large"),
    }
}
