//! Why a right, a delegation or a set of policies was not found, made or changed; each as a message of the catalogue.

use mandate_domain::identity::{DelegationRefusal, RightRefusal};
use mandate_store::StoreError;

use super::policy::PolicyRefusal;
use crate::authorise::Denied;
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::facts::kpi::text_message;

/// Why nothing about rights was kept or shown.
#[derive(Debug, thiserror::Error)]
pub enum RightError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or none they may know of.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of record.
        what: &'static str,
    },
    /// Fields that cannot be used.
    #[error("{} fields cannot be used", fields.len())]
    Invalid {
        /// Which, and why.
        fields: Vec<FieldError>,
    },
    /// A right of their own.
    #[error("nobody grants, changes or confirms a right of their own; another administrator does")]
    OwnRight,
    /// It was revoked, or ended, before.
    #[error("it does not stand any more")]
    Over,
    /// The policies do not stand.
    #[error(transparent)]
    Policies(#[from] PolicyRefusal),
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for RightError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Invalid { .. } | Self::Policies(_) => ErrorKind::Invalid,
            Self::OwnRight => ErrorKind::Forbidden,
            Self::Over => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::Invalid { fields } => {
                Message::new("right-error-fields").with("count", fields.len().to_string())
            }
            Self::OwnRight => Message::new("right-error-own"),
            Self::Over => Message::new("right-error-over"),
            Self::Policies(refusal) => policy_message(refusal),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid { fields } => fields.clone(),
            Self::Policies(refusal) => {
                let about_tests = matches!(
                    refusal,
                    PolicyRefusal::TestLine(_) | PolicyRefusal::NoTests | PolicyRefusal::TestsFail { .. }
                );
                let field = if about_tests { "tests" } else { "policies" };
                vec![FieldError { field: field.to_owned(), message: policy_message(refusal) }]
            }
            _ => vec![],
        }
    }
}

fn policy_message(refusal: &PolicyRefusal) -> Message {
    match refusal {
        PolicyRefusal::TooLong => Message::new("policy-error-long"),
        PolicyRefusal::Unreadable { what } | PolicyRefusal::Invalid { what } => {
            Message::new("policy-error-unreadable").with("what", what.as_str())
        }
        PolicyRefusal::Unnamed { what } => Message::new("policy-error-unnamed").with("what", what.as_str()),
        PolicyRefusal::Template { policy } => {
            Message::new("policy-error-template").with("policy", policy.as_str())
        }
        PolicyRefusal::TestLine(error) => Message::new("policy-error-test-line")
            .with("line", error.line.to_string())
            .with("word", error.word.as_str())
            .with("expected", error.expected),
        PolicyRefusal::NoTests => Message::new("policy-error-no-tests"),
        PolicyRefusal::TestsFail { lines } => {
            let first = lines.first();
            Message::new("policy-error-tests-fail")
                .with("count", lines.len().to_string())
                .with("line", first.map_or(0, |(line, _)| *line).to_string())
                .with("text", first.map(|(_, text)| text.clone()).unwrap_or_default())
        }
    }
}

/// What is wrong with a right, by field.
pub(super) fn right_fields(refusals: &[RightRefusal]) -> Vec<FieldError> {
    let field = |refusal: &RightRefusal| FieldError {
        field: refusal.field().to_owned(),
        message: match refusal {
            RightRefusal::NoLimit => Message::new("right-problem-no-limit"),
            RightRefusal::MonthBelowEach => Message::new("right-problem-month"),
            RightRefusal::TooManyBasisPoints => Message::new("right-problem-basis-points"),
            RightRefusal::ProductsWithoutPrice => Message::new("right-problem-products"),
            RightRefusal::NoAccount => Message::new("right-problem-no-account"),
            RightRefusal::TooManyNamed { .. } => Message::new("right-problem-too-many"),
            RightRefusal::Backwards => Message::new("right-problem-backwards"),
            RightRefusal::TooLong => Message::new("right-problem-too-long"),
            RightRefusal::ReviewOutside => Message::new("right-problem-review"),
            RightRefusal::Reason(error) => text_message(error),
        },
    };
    refusals.iter().map(field).collect()
}

/// What is wrong with a delegation, by field.
pub(super) fn delegation_fields(refusals: &[DelegationRefusal]) -> Vec<FieldError> {
    let field = |refusal: &DelegationRefusal| FieldError {
        field: refusal.field().to_owned(),
        message: match refusal {
            DelegationRefusal::Oneself => Message::new("delegation-problem-oneself"),
            DelegationRefusal::Backwards => Message::new("right-problem-backwards"),
            DelegationRefusal::Past => Message::new("delegation-problem-past"),
            DelegationRefusal::TooLong => Message::new("delegation-problem-too-long"),
            DelegationRefusal::NoKind => Message::new("delegation-problem-no-kind"),
            DelegationRefusal::Reason(error) => text_message(error),
        },
    };
    refusals.iter().map(field).collect()
}
