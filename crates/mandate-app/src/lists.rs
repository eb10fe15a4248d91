//! One page of any list, within the actor's right and scope.

use mandate_store::reads::listing::{
    ListDef, ListError, ListPage, ListQuery, ListRow, count_some, list_page, list_row,
};
use mandate_store::{StoreError, boxed};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};

/// Why a list could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowListError {
    /// Not theirs to see.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The request names what is not there, or the database failed.
    #[error(transparent)]
    List(#[from] ListError),
}

impl From<StoreError> for ShowListError {
    fn from(error: StoreError) -> Self {
        Self::List(error.into())
    }
}

impl UseCaseError for ShowListError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::List(ListError::Query(_)) => ErrorKind::Invalid,
            Self::List(ListError::Store(error)) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::List(ListError::Query(error)) => Message::new("error-list").with("what", error.to_string()),
            Self::List(ListError::Store(error)) => error.message(),
        }
    }
}

/// One page of `def` as `actor` may see it; `action` is the right it takes.
///
/// # Errors
/// [`ShowListError`] when the right is missing or the request names what is not there.
#[boxed]
pub async fn show_list(
    ctx: &Ctx,
    actor: &Actor,
    action: Action,
    def: &ListDef,
    query: &ListQuery,
) -> Result<ListPage, ShowListError> {
    authorise(actor, action)?;
    let mut tx = ctx.begin_read().await.map_err(ListError::Store)?;
    let page = list_page(&mut tx, def, actor.reader(), query).await?;
    ctx.count_reads(actor, page.rows.len());
    Ok(page)
}

/// How many rows of `def` match as `actor` may see them, up to `MOST_COUNTED`, and whether that is all.
///
/// # Errors
/// As [`show_list`].
#[boxed]
pub async fn count_list(
    ctx: &Ctx,
    actor: &Actor,
    action: Action,
    def: &ListDef,
    query: &ListQuery,
) -> Result<(i64, bool), ShowListError> {
    authorise(actor, action)?;
    let mut tx = ctx.begin_read().await.map_err(ListError::Store)?;
    Ok(count_some(&mut tx, def, actor.reader(), query).await?)
}

/// The row of `def` with this key as `actor` may see it; `None` where it is not there or not theirs.
///
/// # Errors
/// [`ShowListError::Denied`] when the right is missing.
#[boxed]
pub async fn show_list_row(
    ctx: &Ctx,
    actor: &Actor,
    action: Action,
    def: &ListDef,
    key: &str,
) -> Result<Option<ListRow>, ShowListError> {
    authorise(actor, action)?;
    let mut tx = ctx.begin_read().await.map_err(ListError::Store)?;
    Ok(list_row(&mut tx, def, actor.reader(), key).await?)
}
