//! Many records by the firm's own ids in one request: made or changed, whole or not at all.

use mandate_domain::book::{Draft, Saved};
use mandate_store::StoreError;
use mandate_store::book::Stored;
use mandate_store::boxed;

use super::errors::problem_message;
use super::plan::{Outcome, Row, Target, apply, plan};
use super::records::cleared;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Most records of one request.
pub const MOST_RECORDS: usize = 1_000;

/// What became of one record.
#[derive(Clone, Debug)]
pub struct Upserted<R> {
    /// The record as stored now.
    pub saved: Saved<R>,
    /// Whether it was made, changed or as it was.
    pub outcome: Outcome,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum UpsertError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// More records than one request takes.
    #[error("{given} records were sent, at most {MOST_RECORDS} fit one request")]
    TooMany {
        /// How many.
        given: usize,
    },
    /// Some records are wrong, so none was written.
    #[error("nothing was written: {} fields are wrong", fields.len())]
    Records {
        /// Each wrong field, named `<position>.<field>` with positions from 0.
        fields: Vec<FieldError>,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for UpsertError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::TooMany { .. } | Self::Records { .. } => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::TooMany { given } => Message::new("book-error-too-many")
                .with("given", given.to_string())
                .with("most", MOST_RECORDS.to_string()),
            Self::Records { fields } => {
                Message::new("book-error-nothing-written").with("count", fields.len().to_string())
            }
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Records { fields } => fields.clone(),
            Self::Denied(_) | Self::TooMany { .. } | Self::Store(_) => vec![],
        }
    }
}

/// Makes or changes each record by its external id, which every draft must have. Answers in the order of `drafts`.
///
/// # Errors
/// [`UpsertError::Records`] with every wrong field of every record; then nothing was written.
#[boxed]
pub async fn upsert<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    drafts: Vec<Draft>,
) -> Result<Vec<Upserted<R>>, UpsertError> {
    authorise(actor, Action::WriteBook)?;
    if drafts.len() > MOST_RECORDS {
        return Err(UpsertError::TooMany { given: drafts.len() });
    }
    let rows = drafts
        .into_iter()
        .enumerate()
        .map(|(position, draft)| Row { number: position, draft, target: Target::ByExternalId })
        .collect();
    let mut tx = ctx.begin_write().await?;
    let mut plan = plan::<R>(&mut tx, ctx, actor, rows).await?;
    if !plan.problems.is_empty() {
        let field = |problem: &super::plan::RowProblem| FieldError {
            field: format!("{}.{}", problem.number, problem.field),
            message: problem_message(&problem.problem),
        };
        return Err(UpsertError::Records { fields: plan.problems.iter().map(field).collect() });
    }
    let audit = apply(&mut tx, ctx, actor, &mut plan, ctx.now()).await?;
    if !audit.is_empty() {
        tx.commit_all(audit).await?;
    }
    let results =
        plan.rows.into_iter().map(|row| Upserted { saved: cleared(actor, row.saved), outcome: row.outcome });
    Ok(results.collect())
}
