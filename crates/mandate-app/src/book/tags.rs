//! Tags on records of the book: read by whoever may read the record, given and taken by whoever may write to the book.
//!
//! A tag is no field of its record: it changes no version, so it never stands in the way of somebody's edit. Which tags are in use is
//! told within the reader's reach only. Not here: renaming, merging and retiring a tag ([`super::tags_kept`]).

use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{Kind, MOST_TAGS, Tag, TagError, tags_of};
use mandate_domain::text::{TextError, fold};
pub use mandate_store::book::RecordTag;
use mandate_store::book::{self as store, Place};
use mandate_store::reads::tags_in_use as reads;
pub use mandate_store::reads::tags_in_use::TagInUse;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Why tags were not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TagsError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No such record, tag or renaming within reach.
    #[error("there is no such {what}")]
    NotFound {
        /// Which of them.
        what: &'static str,
    },
    /// Fields that do not fit.
    #[error("{} fields do not fit", fields.len())]
    Invalid {
        /// What is wrong with them.
        fields: Vec<FieldError>,
    },
    /// A renaming that was undone before.
    #[error("this was undone before")]
    Undone,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for TagsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Undone => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::Invalid { .. } => Message::new("error-invalid"),
            Self::Undone => Message::new("tag-error-undone"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid { fields } => fields.clone(),
            Self::Denied(_) | Self::NotFound { .. } | Self::Undone | Self::Store(_) => vec![],
        }
    }
}

/// The tags of one record.
#[derive(Clone, Debug)]
pub struct RecordTags {
    /// The record's name.
    pub name: String,
    /// Its tags, in the order of the alphabet.
    pub tags: Vec<RecordTag>,
}

/// Tags to give and to take, as typed: each text may hold several with commas between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagChange {
    /// To give.
    pub add: Vec<String>,
    /// To take.
    pub remove: Vec<String>,
}

/// What became of a record's tags.
#[derive(Clone, Debug)]
pub struct ChangedTags {
    /// The record's name.
    pub name: String,
    /// Its tags now.
    pub tags: Vec<RecordTag>,
    /// Those it did not have before.
    pub added: Vec<String>,
    /// Those it has no more.
    pub removed: Vec<String>,
}

pub(super) async fn reached(
    tx: &mut ReadTx,
    actor: &Actor,
    (kind, id): (Kind, &str),
) -> Result<Place, TagsError> {
    let place = store::load_place(tx, &actor.scope, kind, id).await?;
    place.ok_or(TagsError::NotFound { what: "record" })
}

/// The tags of a record.
///
/// # Errors
/// [`TagsError::NotFound`] when there is no such record, or none they may see.
#[boxed]
pub async fn record_tags(ctx: &Ctx, actor: &Actor, of: (Kind, &str)) -> Result<RecordTags, TagsError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let place = reached(&mut tx, actor, of).await?;
    Ok(RecordTags { name: place.name, tags: store::list_tags(&mut tx, of).await? })
}

/// What a change of a record's tags comes to.
#[derive(Clone, Debug)]
pub(super) struct PlannedTags {
    pub(super) place: Place,
    pub(super) before: Vec<RecordTag>,
    /// Those it did not have.
    pub(super) added: Vec<Tag>,
    /// Those it had retired, and has in use again.
    pub(super) revived: Vec<Tag>,
    pub(super) removed: Vec<Tag>,
    /// Those that are retired again.
    pub(super) retired: Vec<Tag>,
}

impl PlannedTags {
    pub(super) fn is_none(&self) -> bool {
        [&self.added, &self.revived, &self.removed, &self.retired].iter().all(|tags| tags.is_empty())
    }

    /// The texts of those that are brought back or taken and had been retired.
    pub(super) fn were_retired(&self) -> Vec<String> {
        let is_moved =
            |tag: &Tag| self.removed.contains(tag) || self.revived.iter().any(|it| it.fold() == tag.fold());
        let had = self.before.iter().filter(|it| it.is_retired && is_moved(&it.tag));
        had.map(|it| it.tag.text().to_owned()).collect()
    }

    /// The texts of the tags before and after.
    pub(super) fn texts(&self) -> (String, String) {
        let was: Vec<&Tag> = self.before.iter().map(|it| &it.tag).collect();
        let stays = was.iter().copied().filter(|tag| !self.removed.contains(tag));
        let mut is: Vec<&Tag> = stays.chain(&self.added).collect();
        is.sort();
        let told = |tags: &[&Tag]| tags.iter().map(|tag| tag.text()).collect::<Vec<_>>().join(", ");
        (told(&was), told(&is))
    }
}

/// Works out a change of a record's tags, and of those of `retire` that it has or gets, and writes nothing.
pub(super) async fn plan_tags(
    tx: &mut ReadTx,
    actor: &Actor,
    of: (Kind, &str),
    (change, retire): (&TagChange, &[String]),
) -> Result<PlannedTags, TagsError> {
    let place = reached(tx, actor, of).await?;
    let (add, remove) = parsed(change)?;
    let before = store::list_tags(tx, of).await?;
    let has = |tag: &Tag| before.iter().find(|it| it.tag.fold() == tag.fold());
    let removed: Vec<Tag> = remove.iter().filter_map(|tag| has(tag).map(|it| it.tag.clone())).collect();
    // One that is retired here comes back by being given again.
    let fresh: Vec<&Tag> = add.iter().filter(|tag| has(tag).is_none_or(|it| it.is_retired)).collect();
    let folds: Vec<&str> = fresh.iter().map(|tag| tag.fold()).collect();
    let first = reads::written_first(tx, &actor.scope, &folds).await?;
    let as_first = |tag: &Tag| {
        let written = first.get(tag.fold()).and_then(|text| Tag::parse(text).ok());
        written.unwrap_or_else(|| tag.clone())
    };
    let (added, revived): (Vec<Tag>, Vec<Tag>) =
        fresh.into_iter().map(as_first).partition(|tag| has(tag).is_none());
    if !added.is_empty() && before.len() + added.len() - removed.len() > MOST_TAGS {
        let message = Message::new("tag-error-too-many").with("most", MOST_TAGS.to_string());
        return Err(TagsError::Invalid { fields: vec![FieldError { field: "add".to_owned(), message }] });
    }
    let retire: Vec<String> = retire.iter().map(|text| fold(text)).collect();
    let in_use = before.iter().filter(|it| !it.is_retired && !removed.contains(&it.tag)).map(|it| &it.tag);
    let retired: Vec<Tag> = in_use
        .chain(&added)
        .chain(&revived)
        .filter(|tag| retire.iter().any(|it| it == tag.fold()))
        .cloned()
        .collect();
    Ok(PlannedTags { place, before, added, revived, removed, retired })
}

/// The tags of a change, or all that is wrong with it.
pub(super) fn parsed(change: &TagChange) -> Result<(Vec<Tag>, Vec<Tag>), TagsError> {
    let mut fields = vec![];
    let mut read = |field: &str, texts: &[String]| match tags_of(&texts.join(",")) {
        Ok(tags) => tags,
        Err((text, error)) => {
            fields.push(FieldError { field: field.to_owned(), message: problem(&text, &error) });
            vec![]
        }
    };
    let (add, remove) = (read("add", &change.add), read("remove", &change.remove));
    if let Some(both) = add.iter().find(|tag| remove.iter().any(|it| it.fold() == tag.fold())) {
        let message = Message::new("tag-error-both").with("tag", both.text());
        fields.push(FieldError { field: "remove".to_owned(), message });
    }
    if fields.is_empty() { Ok((add, remove)) } else { Err(TagsError::Invalid { fields }) }
}

/// What is wrong with `text` as a tag, and how to mend it.
pub(super) fn problem(text: &str, error: &TagError) -> Message {
    match error {
        TagError::Text(TextError::Empty) => Message::new("book-problem-required"),
        TagError::Text(TextError::TooLong { length, limit }) => Message::new("book-problem-too-long")
            .with("length", length.to_string())
            .with("limit", limit.to_string()),
        TagError::Text(TextError::ControlCharacter { position }) => {
            Message::new("book-problem-control-character").with("position", position.to_string())
        }
        TagError::Nothing => Message::new("tag-error-nothing").with("tag", text),
        TagError::Separator => Message::new("tag-error-separator").with("tag", text),
    }
}

/// Gives a record tags and takes others off it; what is so already stays.
///
/// # Errors
/// [`TagsError`]; then nothing was changed.
#[boxed]
pub async fn change_tags(
    ctx: &Ctx,
    actor: &Actor,
    of: (Kind, &str),
    change: &TagChange,
) -> Result<ChangedTags, TagsError> {
    Ok(change_tags_in(ctx, actor, of, (change, &[])).await?.0)
}

/// As [`change_tags`], which also retires tags there; and whether anything was changed.
#[boxed]
pub(super) async fn change_tags_in(
    ctx: &Ctx,
    actor: &Actor,
    of: (Kind, &str),
    wanted: (&TagChange, &[String]),
) -> Result<(ChangedTags, bool), TagsError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let planned = plan_tags(&mut tx, actor, of, wanted).await?;
    let texts = |tags: &[Tag]| tags.iter().map(|tag| tag.text().to_owned()).collect::<Vec<_>>();
    let (added, removed) = (texts(&planned.added), texts(&planned.removed));
    if planned.is_none() {
        let unchanged = ChangedTags { name: planned.place.name, tags: planned.before, added, removed };
        return Ok((unchanged, false));
    }
    let audit = write_tags(ctx, &mut tx, actor, of, &planned).await?;
    let tags = store::list_tags(&mut tx, of).await?;
    tx.commit(audit).await?;
    Ok((ChangedTags { name: planned.place.name, tags, added, removed }, true))
}

async fn write_tags(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    of: (Kind, &str),
    planned: &PlannedTags,
) -> Result<AuditRecord, StoreError> {
    let gone: Vec<&str> = planned.removed.iter().map(Tag::fold).collect();
    store::remove_tags(tx, of, &gone).await?;
    let new: Vec<_> = planned.added.iter().map(|tag| (ctx.new_id(), tag.clone())).collect();
    store::add_tags(tx, of, &new, ctx.now()).await?;
    for tag in &planned.revived {
        store::set_retired(tx, of, tag.fold(), false).await?;
    }
    for tag in &planned.retired {
        store::set_retired(tx, of, tag.fold(), true).await?;
    }
    let (from, to) = planned.texts();
    Ok(tagged(ctx, actor, of, &planned.place, (&from, &to)))
}

/// That a record's tags changed, on record.
pub(super) fn tagged(
    ctx: &Ctx,
    actor: &Actor,
    (kind, id): (Kind, &str),
    place: &Place,
    (from, to): (&str, &str),
) -> AuditRecord {
    let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let changes = Changes::new().field("tags", stated(from), stated(to)).into_vec();
    let account_id = place.account_id.as_deref();
    let subject = Subject { kind: kind.as_str(), id, name: &place.name, account_id };
    actor.record(ctx.now(), &format!("{}.tagged", kind.as_str()), subject, changes)
}

/// Every tag in use within reach, by the alphabet.
///
/// # Errors
/// [`TagsError::Denied`].
#[boxed]
pub async fn tags_in_use(ctx: &Ctx, actor: &Actor) -> Result<Vec<TagInUse>, TagsError> {
    authorise(actor, Action::ReadBook)?;
    Ok(reads::list_tags_in_use(&mut ctx.begin_read().await?, &actor.scope).await?)
}

/// Tags to offer to who types: those in use within reach that hold `text`, the most used first, no retired ones.
///
/// # Errors
/// [`TagsError::Denied`].
#[boxed]
pub async fn suggested_tags(
    ctx: &Ctx,
    actor: &Actor,
    text: &str,
    limit: usize,
) -> Result<Vec<String>, TagsError> {
    let wanted = fold(text);
    let mut found = tags_in_use(ctx, actor).await?;
    found.retain(|tag| !tag.is_retired() && tag.fold.contains(&wanted));
    found.sort_by(|one, other| other.n_records.cmp(&one.n_records).then_with(|| one.fold.cmp(&other.fold)));
    Ok(found.into_iter().take(limit).map(|tag| tag.text).collect())
}
