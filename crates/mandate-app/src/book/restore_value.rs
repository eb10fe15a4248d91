//! Giving a field the value back that it had before a change on record.
//!
//! It is an ordinary change, read off the audit record instead of a form: the same right, the same rules, the same check
//! of the version, and a record of its own that says whence the value came. So an old value that would not be accepted
//! today is refused, and whoever may not set a cost cannot restore one either.

use mandate_domain::Id;
use mandate_domain::book::{CUSTOM, Draft, Kind};
use mandate_domain::with_kind;
use mandate_store::audit::{SealedValues, StoredRecord, list_sealed_values};
use mandate_store::book::Stored;
use mandate_store::{ReadTx, StoreError, boxed};

use super::custom_links::without_links;
use super::errors::BookError;
use super::records::{Changed, change_in};
use crate::audit::{RESTORED_FROM, SeenChange, load_visible, seen_changes};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Which value is wanted back.
#[derive(Clone, Debug)]
pub struct RestoreValue {
    /// The audit record of the change, by its hash.
    pub record: String,
    /// The field.
    pub field: String,
    /// The version of the record that was seen.
    pub version: i64,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredValue {
    /// The kind of record.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version now.
    pub version: i64,
    /// Whether anything changed: it may have had that value already.
    pub is_changed: bool,
}

/// Why a value was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreValueError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such change, or none they may see.
    #[error("there is no change of `{field}` in that audit record")]
    NoSuchChange {
        /// The field.
        field: String,
    },
    /// What was changed is not kept by a form: there is nothing to save it through.
    #[error("`{field}` of a {subject_kind} cannot be restored from the audit record")]
    NotRestorable {
        /// The kind of record.
        subject_kind: String,
        /// The field.
        field: String,
    },
    /// The record is gone, another save came first, or the value is not valid any more.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for RestoreValueError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NoSuchChange { .. } => ErrorKind::NotFound,
            Self::NotRestorable { .. } => ErrorKind::Invalid,
            Self::Book(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::NoSuchChange { .. } => Message::new("audit-error-no-change"),
            Self::NotRestorable { .. } => Message::new("audit-error-not-restorable"),
            Self::Book(BookError::Fields(_)) => Message::new("audit-error-no-longer-valid"),
            Self::Book(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Book(error) => error.fields(),
            Self::Denied(_) | Self::NoSuchChange { .. } | Self::NotRestorable { .. } | Self::Store(_) => {
                vec![]
            }
        }
    }
}

/// The kind of a record whose `field` can be restored, if it can: what its form has.
pub fn restorable(subject_kind: &str, field: &str) -> Option<Kind> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == subject_kind)?;
    let is_known = field.starts_with(CUSTOM) || kind.fields().iter().any(|spec| spec.name == field);
    is_known.then_some(kind)
}

/// Gives the field the value back that it had before the change.
///
/// # Errors
/// [`RestoreValueError`]; then nothing was changed.
#[boxed]
pub async fn restore_value(
    ctx: &Ctx,
    actor: &Actor,
    wanted: &RestoreValue,
) -> Result<RestoredValue, RestoreValueError> {
    authorise(actor, Action::WriteBook)?;
    let of_any_kind = Kind::ALL.iter().flat_map(|kind| kind.fields()).find(|spec| spec.name == wanted.field);
    if let Some(action) = of_any_kind.and_then(|spec| spec.purpose).and_then(Action::of_purpose) {
        authorise(actor, action)?;
    }
    let no_change = || RestoreValueError::NoSuchChange { field: wanted.field.clone() };
    let mut tx = ctx.begin_read().await?;
    let record = load_visible(&mut tx, actor, &wanted.record).await?;
    let stored = record.clone().ok_or_else(no_change)?;
    let record =
        without_links(&mut tx, actor, record.into_iter().collect()).await?.pop().ok_or_else(no_change)?;
    // A value they may not see is not theirs to give back, and nothing would stand in its place.
    if value_before(&mut tx, &stored, &wanted.field).await?
        != value_before(&mut tx, &record, &wanted.field).await?
    {
        return Err(no_change());
    }
    let is_it = |change: &SeenChange| change.field == wanted.field && change.is_sealed;
    if wanted.field.starts_with(CUSTOM) && seen_changes(&record.changes).iter().any(is_it) {
        authorise(actor, Action::ReadCost)?;
    }
    let value = value_before(&mut tx, &record, &wanted.field).await?.ok_or_else(no_change)?;
    drop(tx);
    let kind =
        restorable(&record.subject_kind, &wanted.field).ok_or_else(|| RestoreValueError::NotRestorable {
            subject_kind: record.subject_kind.clone(),
            field: wanted.field.clone(),
        })?;
    let draft = Draft::new().with(&wanted.field, value);
    with_kind!(kind, R => save::<R>(ctx, actor, wanted, &record, draft).await)
}

/// What the field was before the change; a sealed value is read from where it is kept apart.
async fn value_before(
    tx: &mut ReadTx,
    record: &StoredRecord,
    field: &str,
) -> Result<Option<String>, StoreError> {
    let changes = seen_changes(&record.changes);
    let Some(position) = changes.iter().position(|change| change.field == field) else { return Ok(None) };
    if !changes[position].is_sealed {
        return Ok(Some(changes[position].from.clone().unwrap_or_default()));
    }
    let sealed = list_sealed_values(tx, record.seq, record.seq).await?;
    let is_it = |values: &SealedValues| usize::try_from(values.position) == Ok(position);
    Ok(sealed.into_iter().find(is_it).map(|values| values.from.unwrap_or_default()))
}

async fn save<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    wanted: &RestoreValue,
    record: &StoredRecord,
    draft: Draft,
) -> Result<RestoredValue, RestoreValueError> {
    let gone = || RestoreValueError::Book(BookError::NotFound { kind: R::KIND });
    let id: Id<R> = Id::parse(&record.subject_id).map_err(|_| gone())?;
    let reason = format!("{RESTORED_FROM}{}", record.seq);
    let Changed { saved, is_changed } =
        change_in(ctx, actor, &id, wanted.version, draft, Some(reason)).await?;
    let name = saved.name().to_owned();
    Ok(RestoredValue { kind: R::KIND, id: id.to_string(), name, version: saved.version, is_changed })
}
