//! One record of whichever kind, for those who only know its kind's word: pages, the API, bulk work.
//!
//! What the typed functions do, with the record as the fields its reader may see. So a page is compiled once and not once a kind.

use std::any::Any;

use mandate_domain::book::{CustomValues, Draft, Kind, Record, Saved};
use mandate_domain::{Id, Instant, with_kind};
use mandate_store::book::Stored;
use mandate_store::boxed;

use super::errors::BookError;
use super::plan::Outcome;
use super::records;
use super::upsert::{self, UpsertError};
use crate::authorise::clearance;
use crate::ctx::{Actor, Ctx};

/// A record as its reader may see it.
#[derive(Debug)]
pub struct AnySaved {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts the saves of what the reader may see.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last saved.
    pub updated_at: Instant,
    /// Its name; empty of a kind that has none.
    pub name: String,
    /// The firm's own id.
    pub external_id: Option<String>,
    /// The fields that the reader may see.
    pub draft: Draft,
    /// The custom fields that the reader may see; they stand in `draft`, too.
    pub custom: CustomValues,
    record: Box<dyn Any + Send + Sync>,
}

impl AnySaved {
    fn of<R: Stored>(actor: &Actor, saved: Saved<R>) -> Self {
        Self {
            kind: R::KIND,
            id: saved.id.to_string(),
            demo: saved.demo,
            version: saved.version,
            created_at: saved.created_at,
            updated_at: saved.updated_at,
            name: saved.name().to_owned(),
            external_id: saved.external_id().map(str::to_owned),
            draft: saved.draft(clearance(actor)).overlaid(&saved.custom.draft()),
            custom: saved.custom,
            record: Box::new(saved.record),
        }
    }

    /// The record itself, if it is of that kind.
    pub fn record<R: Record>(&self) -> Option<&R> {
        self.record.downcast_ref()
    }
}

/// The id of a record of `R`, or that there is none.
fn id_of<R: Stored>(id: &str) -> Result<Id<R>, BookError> {
    Id::parse(id).map_err(|_| BookError::NotFound { kind: R::KIND })
}

/// As [`records::show`].
///
/// # Errors
/// As there.
#[boxed]
pub async fn show_any(ctx: &Ctx, actor: &Actor, kind: Kind, id: &str) -> Result<AnySaved, BookError> {
    with_kind!(kind, R => Ok(AnySaved::of(actor, records::show::<R>(ctx, actor, &id_of(id)?).await?)))
}

/// As [`records::create`].
///
/// # Errors
/// As there.
#[boxed]
pub async fn create_any(ctx: &Ctx, actor: &Actor, kind: Kind, draft: Draft) -> Result<AnySaved, BookError> {
    with_kind!(kind, R => Ok(AnySaved::of(actor, records::create::<R>(ctx, actor, draft).await?)))
}

/// As [`records::change`].
///
/// # Errors
/// As there.
#[boxed]
pub async fn change_any(
    ctx: &Ctx,
    actor: &Actor,
    (kind, id): (Kind, &str),
    version: i64,
    draft: Draft,
) -> Result<AnySaved, BookError> {
    with_kind!(kind, R => {
        Ok(AnySaved::of(actor, records::change::<R>(ctx, actor, &id_of(id)?, version, draft).await?))
    })
}

/// As [`records::trash`].
///
/// # Errors
/// As there.
#[boxed]
pub async fn trash_any(
    ctx: &Ctx,
    actor: &Actor,
    (kind, id): (Kind, &str),
    version: Option<i64>,
) -> Result<AnySaved, BookError> {
    with_kind!(kind, R => Ok(AnySaved::of(actor, records::trash::<R>(ctx, actor, &id_of(id)?, version).await?)))
}

/// As [`records::restore`].
///
/// # Errors
/// As there.
#[boxed]
pub async fn restore_any(ctx: &Ctx, actor: &Actor, kind: Kind, id: &str) -> Result<AnySaved, BookError> {
    with_kind!(kind, R => Ok(AnySaved::of(actor, records::restore::<R>(ctx, actor, &id_of(id)?).await?)))
}

/// As [`upsert::upsert`].
///
/// # Errors
/// As there.
#[boxed]
pub async fn upsert_any(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    drafts: Vec<Draft>,
) -> Result<Vec<(AnySaved, Outcome)>, UpsertError> {
    with_kind!(kind, R => {
        let done = upsert::upsert::<R>(ctx, actor, drafts).await?;
        Ok(done.into_iter().map(|it| (AnySaved::of(actor, it.saved), it.outcome)).collect())
    })
}
