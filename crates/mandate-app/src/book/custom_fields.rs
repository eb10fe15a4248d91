//! Custom fields by an administrator: defining, changing, removing and bringing back.
//!
//! A field that any record has ever held a value of is retired, not removed: values stay and come back with it, histories and undos
//! go on naming it. Kind, key, type and reader
//! stay as they were made. Whoever is not cleared for a field is told of none. Not here: the values (`custom`).

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::book::{CUSTOM, CustomField, Draft, FieldProblem, FieldProblems, Kind, MOST_FIELDS};
use mandate_store::book as store;
pub use mandate_store::book::StoredField;
use mandate_store::{ReadTx, StoreError, boxed};

use super::errors::BookError;
use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Why a custom field was not found, made or changed.
#[derive(Debug, thiserror::Error)]
pub enum CustomFieldError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or none they may know of.
    #[error("there is no such custom field")]
    NotFound,
    /// What is wrong with the definition.
    #[error(transparent)]
    Fields(#[from] FieldProblems),
    /// Another save came first, or the database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for CustomFieldError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Fields(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::NotFound => Message::new("custom-field-error-not-found"),
            Self::Fields(problems) => BookError::Fields(problems.clone()).message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Fields(problems) => BookError::Fields(problems.clone()).fields(),
            Self::Denied(_) | Self::NotFound | Self::Store(_) => vec![],
        }
    }
}

/// What became of a field that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// Records hold, or once held, values of it: it is out of sight, and can be brought back.
    Retired,
    /// Nobody ever used it: it is gone.
    Gone,
}

/// Every field that the actor may know of, by kind and place; of one kind, where one is named. Retired ones are told to whoever
/// defines fields.
///
/// # Errors
/// [`CustomFieldError::Denied`].
#[boxed]
pub async fn list_definitions(
    ctx: &Ctx,
    actor: &Actor,
    kind: Option<Kind>,
) -> Result<Vec<StoredField>, CustomFieldError> {
    let defines = authorise(actor, Action::Administer).is_ok();
    if !defines {
        authorise(actor, Action::ReadBook)?;
    }
    let mut fields = store::list_custom_fields(&mut ctx.begin_read().await?, kind).await?;
    fields.retain(|stored| {
        clearance(actor).admits(stored.field.purpose) && (defines || stored.retired_at.is_none())
    });
    Ok(fields)
}

/// One field.
///
/// # Errors
/// [`CustomFieldError::NotFound`] when there is none, or none the actor may know of.
#[boxed]
pub async fn show_definition(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<CustomField>,
) -> Result<StoredField, CustomFieldError> {
    let defines = authorise(actor, Action::Administer).is_ok();
    if !defines {
        authorise(actor, Action::ReadBook)?;
    }
    let stored = load(&mut ctx.begin_read().await?, actor, id).await?;
    if defines || stored.retired_at.is_none() { Ok(stored) } else { Err(CustomFieldError::NotFound) }
}

async fn load(tx: &mut ReadTx, actor: &Actor, id: &Id<CustomField>) -> Result<StoredField, CustomFieldError> {
    let found = store::load_custom_field(tx, id).await?;
    found.filter(|it| clearance(actor).admits(it.field.purpose)).ok_or(CustomFieldError::NotFound)
}

/// Defines a field of `kind`.
///
/// # Errors
/// [`CustomFieldError::Fields`] with everything that is wrong with `draft`.
#[boxed]
pub async fn define_field(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    draft: &Draft,
) -> Result<StoredField, CustomFieldError> {
    authorise(actor, Action::Administer)?;
    let mut draft = draft.clone();
    let mut tx = ctx.begin_write().await?;
    let known = store::list_custom_fields(&mut tx, Some(kind)).await?;
    if !draft.states("position") {
        // Behind all others, with room between.
        let last = known.iter().map(|stored| stored.field.position).max().unwrap_or(0);
        draft.set("position", (last + 10).min(9_999).to_string());
    }
    let name = format!("{CUSTOM}{}", draft.get("key").trim());
    let mut problems = vec![];
    if known.iter().any(|stored| stored.field.name == name) {
        let text = draft.get("key").trim().chars().take(60).collect();
        problems.push(("key", FieldProblem::Taken { text }));
    }
    if known.len() >= MOST_FIELDS {
        problems.push(("key", FieldProblem::TooMany { given: known.len() + 1, most: MOST_FIELDS }));
    }
    if !clearance(actor).has(mandate_domain::Purpose::Cost) && draft.get("read_for") == "cost" {
        problems.push(("read_for", FieldProblem::NotAllowed { right: Action::ReadCost.as_str() }));
    }
    let field = with_problems(CustomField::parse((ctx.new_id(), kind), &draft, None), problems)?;
    let now = ctx.now();
    store::insert_custom_field(&mut tx, &field, now).await?;
    let changes = difference(&Draft::new(), &field.draft());
    tx.commit(actor.record(now, "custom_field.created", subject(&field), changes.into_vec())).await?;
    let id = field.id;
    show_definition(ctx, actor, &id).await
}

/// Changes what may change of a field: label, help, order, whether it is required, more choices. `version` is the one that was read.
///
/// # Errors
/// [`CustomFieldError::Fields`] with everything that is wrong, [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn change_field(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<CustomField>,
    version: i64,
    draft: &Draft,
) -> Result<StoredField, CustomFieldError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let stored = load(&mut tx, actor, id).await?;
    if stored.version != version {
        return Err(StoreError::Stale { table: "custom_field" }.into());
    }
    let before = stored.field.draft();
    // Currency and type stay as they are, also a currency that went out of use.
    let draft = before.clone().overlaid(draft).with_currencies_on_record();
    let field = CustomField::parse((id.clone(), stored.field.kind), &draft, Some(&stored.field))?;
    let changes = difference(&before, &field.draft());
    if changes.is_empty() {
        return Ok(stored);
    }
    let now = ctx.now();
    store::save_custom_field(&mut tx, &field, version, now).await?;
    tx.commit(actor.record(now, "custom_field.changed", subject(&field), changes.into_vec())).await?;
    show_definition(ctx, actor, id).await
}

/// Retires a field that records hold or once held values of, and removes any other. `version` is the one that was read.
///
/// # Errors
/// [`CustomFieldError::NotFound`], also of one that is retired; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn remove_field(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<CustomField>,
    version: i64,
) -> Result<(StoredField, Removed), CustomFieldError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let stored = load(&mut tx, actor, id).await?;
    if stored.version != version {
        return Err(StoreError::Stale { table: "custom_field" }.into());
    }
    let now = ctx.now();
    let (removed, action) = if store::is_custom_field_used(&mut tx, id).await? {
        if stored.retired_at.is_some() {
            return Err(CustomFieldError::NotFound);
        }
        store::retire_custom_field(&mut tx, &stored, Some(now), now).await?;
        (Removed::Retired, "custom_field.retired")
    } else {
        store::remove_custom_field(&mut tx, &stored).await?;
        (Removed::Gone, "custom_field.removed")
    };
    tx.commit(actor.record(now, action, subject(&stored.field), vec![])).await?;
    Ok((stored, removed))
}

/// Brings a retired field back, with what records hold in it.
///
/// # Errors
/// [`CustomFieldError::NotFound`] when it is not retired.
#[boxed]
pub async fn bring_back_field(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<CustomField>,
) -> Result<StoredField, CustomFieldError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let stored = load(&mut tx, actor, id).await?;
    if stored.retired_at.is_none() {
        return Err(CustomFieldError::NotFound);
    }
    let now = ctx.now();
    store::retire_custom_field(&mut tx, &stored, None, now).await?;
    tx.commit(actor.record(now, "custom_field.restored", subject(&stored.field), vec![])).await?;
    show_definition(ctx, actor, id).await
}

fn subject(field: &CustomField) -> Subject<'_> {
    Subject { kind: "custom_field", id: field.id.as_str(), name: &field.label, account_id: None }
}

fn difference(before: &Draft, after: &Draft) -> Changes {
    let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let changed = after.iter().filter(|(name, to)| before.get(name) != *to);
    changed
        .fold(Changes::new(), |changes, (name, to)| changes.field(name, stated(before.get(name)), stated(to)))
}

/// What parsing found wrong, and what was found wrong besides.
fn with_problems(
    parsed: Result<CustomField, FieldProblems>,
    mut problems: Vec<(&'static str, FieldProblem)>,
) -> Result<CustomField, FieldProblems> {
    match parsed {
        Ok(field) if problems.is_empty() => Ok(field),
        Ok(_) => Err(FieldProblems(problems)),
        Err(found) => {
            problems.extend(found.0);
            Err(FieldProblems(problems))
        }
    }
}
