//! Global search: records of every kind that hold the words asked for, within what the actor may see.
//!
//! Kinds come in the order of the palette. What may not be seen is neither found nor counted.

use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::search::{self as store, Hit};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};

pub use mandate_store::search::Hit as SearchHit;

/// Kinds in the order of the palette; others follow.
const ORDER: [&str; 8] =
    ["account", "person", "contract", "product", "line_of_business", "team", "measure", "case"];
/// Most records of a kind.
const PER_KIND: usize = 6;

/// The records of one kind that were found, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchGroup {
    /// The kind, such as `account`.
    pub kind: String,
    /// Up to six records.
    pub hits: Vec<Hit>,
}

/// Why nothing could be searched.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for SearchError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// Finds records by the words of `text`, in groups by kind.
///
/// # Errors
/// [`SearchError`] when the right is missing.
#[boxed]
pub async fn search(ctx: &Ctx, actor: &Actor, text: &str) -> Result<Vec<SearchGroup>, SearchError> {
    authorise(actor, Action::ReadBook)?;
    let text: String = text.chars().take(200).filter(|character| *character != '\0').collect();
    let mut tx = ctx.begin_read().await?;
    let hits = store::find(&mut tx, &actor.scope, &text, PER_KIND).await?;
    ctx.count_reads(actor, hits.len());
    let mut groups: Vec<SearchGroup> = vec![];
    for hit in hits {
        match groups.iter_mut().find(|group| group.kind == hit.kind) {
            Some(group) => group.hits.push(hit),
            None => groups.push(SearchGroup { kind: hit.kind.clone(), hits: vec![hit] }),
        }
    }
    groups.sort_by_key(|group| ORDER.iter().position(|kind| *kind == group.kind).unwrap_or(ORDER.len()));
    Ok(groups)
}
