//! Notes on records of the book: read by whoever may read the record, changed and withdrawn by their author.
//!
//! Whom a note mentions is told in its own transaction. A colleague who may not see the record cannot be mentioned: nobody is
//! told of what they may not see. Whether they may is asked of their roles, never of walls, which do not show in a refusal.

use std::collections::BTreeSet;

use mandate_domain::Id;
use mandate_domain::audit::{Changes, Origin};
use mandate_domain::book::{Kind, Note, mentioned, open_note_text};
use mandate_domain::identity::{Decider, User, UserState};
use mandate_domain::notification::Topic;
use mandate_domain::text::{TextError, fold};
use mandate_store::book::{self as store, Place};
use mandate_store::identity::{Wanted, list_deciders, load_user};
use mandate_store::reads::listing::ListDef;
use mandate_store::reads::notes_list;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Who};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::identity::actor_of;
use crate::notifications::{Notice, notify};
use crate::settings::{self, FirmSettings};

/// Notes shown of one record; the list has all.
const MOST_SHOWN: usize = 100;
/// Colleagues offered at a time.
const MOST_OFFERED: usize = 8;
/// Namesakes and others looked through to find them.
const MOST_LOOKED_AT: usize = 60;
/// Colleagues told by one note.
const MOST_TOLD: usize = 50;

/// Why a note was not read, written or withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No such record or note within reach.
    #[error("there is no such {what}")]
    NotFound {
        /// Which of them.
        what: &'static str,
    },
    /// Another's note.
    #[error("a note is changed and withdrawn by who wrote it")]
    NotOwn,
    /// Fields that do not fit.
    #[error("{} fields do not fit", fields.len())]
    Invalid {
        /// What is wrong with them.
        fields: Vec<FieldError>,
    },
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for NoteError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::NotOwn => ErrorKind::Forbidden,
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::NotOwn => Message::new("note-error-not-own"),
            Self::Invalid { .. } => Message::new("error-invalid"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid { fields } => fields.clone(),
            _ => vec![],
        }
    }
}

/// Which record notes are about.
#[derive(Clone, Copy, Debug)]
pub struct NotesOf<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: &'a str,
}

/// A note as it is typed.
#[derive(Clone, Debug, Default)]
pub struct NoteDraft {
    /// What it says.
    pub text: String,
    /// Colleagues to tell beside those it mentions: ids or whole names.
    pub tell: Vec<String>,
}

/// A note for its reader.
#[derive(Clone, Debug)]
pub struct ShownNote {
    /// The note.
    pub note: Note,
    /// Whether the reader wrote it.
    pub is_own: bool,
    /// Who was told of it, by name.
    pub told: Vec<String>,
}

/// The notes of one record.
#[derive(Clone, Debug)]
pub struct RecordNotes {
    /// The record's name.
    pub name: String,
    /// The account it belongs to, or is.
    pub account_id: Option<String>,
    /// The newest first, at most a hundred.
    pub notes: Vec<ShownNote>,
    /// How many there are.
    pub n_notes: i64,
}

/// A colleague who may be told of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Their user's id.
    pub id: String,
    /// Their name.
    pub name: String,
}

/// The list of notes, for the API and exports.
pub fn notes_list() -> ListDef {
    notes_list::notes()
}

async fn reached(tx: &mut ReadTx, actor: &Actor, of: NotesOf<'_>) -> Result<Place, NoteError> {
    let place = store::load_place(tx, &actor.scope, of.kind, of.id).await?;
    place.ok_or(NoteError::NotFound { what: "record" })
}

/// The notes of a record.
///
/// # Errors
/// [`NoteError::NotFound`] when there is no such record, or none they may see.
pub async fn record_notes(ctx: &Ctx, actor: &Actor, of: NotesOf<'_>) -> Result<RecordNotes, NoteError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let place = reached(&mut tx, actor, of).await?;
    let found = store::list_notes(&mut tx, (of.kind, of.id), MOST_SHOWN).await?;
    let n_notes = store::count_notes(&mut tx, (of.kind, of.id)).await?;
    let mut notes = Vec::with_capacity(found.len());
    for note in found {
        notes.push(shown(&mut tx, actor, note).await?);
    }
    Ok(RecordNotes { name: place.name, account_id: place.account_id, notes, n_notes })
}

async fn shown(tx: &mut ReadTx, actor: &Actor, note: Note) -> Result<ShownNote, StoreError> {
    let mut told = vec![];
    for user in store::list_mentions(tx, &note.id).await? {
        told.extend(load_user(tx, &user).await?.map(|stored| stored.user.display_name));
    }
    Ok(ShownNote { is_own: is_own(actor, &note), note, told })
}

fn is_own(actor: &Actor, note: &Note) -> bool {
    note.author_id.is_some() && note.author_id.as_ref() == actor.user_id()
}

/// One note, if its reader may see the record.
///
/// # Errors
/// [`NoteError::NotFound`] also for a note on a record out of reach.
#[boxed]
pub async fn show_note(ctx: &Ctx, actor: &Actor, id: &Id<Note>) -> Result<ShownNote, NoteError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let (note, _) = load(&mut tx, actor, id).await?;
    Ok(shown(&mut tx, actor, note).await?)
}

async fn load(tx: &mut ReadTx, actor: &Actor, id: &Id<Note>) -> Result<(Note, Place), NoteError> {
    let missing = NoteError::NotFound { what: "note" };
    let note = store::load_note(tx, id).await?.ok_or(missing)?;
    let place = store::load_place(tx, &actor.scope, note.kind, &note.record_id).await?;
    let place = place.ok_or(NoteError::NotFound { what: "note" })?;
    Ok((note, place))
}

/// Writes a note and tells whom it mentions.
///
/// # Errors
/// [`NoteError`]; then nothing was kept and nobody told.
pub async fn write_note(
    ctx: &Ctx,
    actor: &Actor,
    of: NotesOf<'_>,
    draft: &NoteDraft,
) -> Result<Note, NoteError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let place = reached(&mut tx, actor, of).await?;
    let (text, told) = checked(&mut tx, of, draft).await?;
    let now = ctx.now();
    let note = Note {
        id: ctx.new_id(),
        kind: of.kind,
        record_id: of.id.to_owned(),
        text,
        author_id: actor.user_id().cloned(),
        author_name: match &actor.who {
            Who::User { name, .. } => name.clone(),
            Who::Operator | Who::System => "Operator".to_owned(),
        },
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store::insert_note(&mut tx, &note).await?;
    tell(ctx, &mut tx, actor, (&note, &told)).await?;
    let changes = Changes::new().field("text", None, Some(note.text.clone())).into_vec();
    tx.commit(actor.record(now, "note.written", subject(&note, &place), changes)).await?;
    Ok(note)
}

/// Changes the text of one's own note; who is mentioned for the first time is told.
///
/// # Errors
/// [`NoteError::NotOwn`] for another's, [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn change_note(
    ctx: &Ctx,
    actor: &Actor,
    (id, version): (&Id<Note>, i64),
    draft: &NoteDraft,
) -> Result<Note, NoteError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let (before, place) = load_own(&mut tx, actor, (id, version)).await?;
    let of = NotesOf { kind: before.kind, id: &before.record_id };
    let (text, told) = checked(&mut tx, of, draft).await?;
    let known: BTreeSet<Id<User>> = store::list_mentions(&mut tx, id).await?.into_iter().collect();
    let fresh: Vec<Id<User>> = told.into_iter().filter(|user| !known.contains(user)).collect();
    if text == before.text && fresh.is_empty() {
        return Ok(before);
    }
    let now = ctx.now();
    store::save_note(&mut tx, &before, &text, now).await?;
    tell(ctx, &mut tx, actor, (&before, &fresh)).await?;
    let changes = Changes::new().field("text", Some(before.text.clone()), Some(text.clone())).into_vec();
    tx.commit(actor.record(now, "note.changed", subject(&before, &place), changes)).await?;
    Ok(Note { text, version: version + 1, updated_at: now, ..before })
}

/// Withdraws one's own note.
///
/// # Errors
/// As [`change_note`].
#[boxed]
pub async fn withdraw_note(
    ctx: &Ctx,
    actor: &Actor,
    (id, version): (&Id<Note>, i64),
) -> Result<Note, NoteError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let (note, place) = load_own(&mut tx, actor, (id, version)).await?;
    let now = ctx.now();
    store::withdraw_note(&mut tx, &note, now).await?;
    tx.commit(actor.record(now, "note.withdrawn", subject(&note, &place), vec![])).await?;
    Ok(note)
}

async fn load_own(
    tx: &mut ReadTx,
    actor: &Actor,
    (id, version): (&Id<Note>, i64),
) -> Result<(Note, Place), NoteError> {
    let (note, place) = load(tx, actor, id).await?;
    if !is_own(actor, &note) {
        return Err(NoteError::NotOwn);
    }
    if note.version != version {
        return Err(StoreError::Stale { table: "note" }.into());
    }
    Ok((note, place))
}

fn subject<'a>(note: &'a Note, place: &'a Place) -> Subject<'a> {
    Subject { kind: "note", id: note.id.as_str(), name: &place.name, account_id: place.account_id.as_deref() }
}

/// Tells those whom a note mentions, and keeps that it did.
async fn tell(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    (note, told): (&Note, &[Id<User>]),
) -> Result<(), StoreError> {
    store::insert_mentions(tx, &note.id, told).await?;
    for user in told {
        let notice = Notice::about(Topic::Mentioned, note.kind.as_str(), &note.record_id);
        notify(ctx, tx, actor, user, &notice.saying(note.id.as_str())).await?;
    }
    Ok(())
}

/// The text and whom to tell, or all that is wrong with them.
async fn checked(
    tx: &mut ReadTx,
    of: NotesOf<'_>,
    draft: &NoteDraft,
) -> Result<(String, Vec<Id<User>>), NoteError> {
    let mut fields = vec![];
    let mut wrong = |field: &str, message| fields.push(FieldError { field: field.to_owned(), message });
    let text = open_note_text(&draft.text);
    if let Err(error) = &text {
        wrong("text", text_message(error));
    }
    let colleagues = list_deciders(tx, Wanted::Everyone).await?;
    let settings = settings::load_in(tx).await?;
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for typed in draft.tell.iter().map(|typed| typed.trim()).filter(|typed| !typed.is_empty()) {
        let meant = meant(tx, &settings, of, colleagues.iter().filter(|it| is_meant(it, typed))).await?;
        match told_of(meant, typed) {
            Ok(one) => drop(told.insert(one)),
            Err(message) => wrong("tell", message),
        }
    }
    let names: Vec<String> = colleagues.iter().map(|it| it.name.clone()).collect();
    let mut by_name: std::collections::BTreeMap<String, Vec<&Decider>> = std::collections::BTreeMap::new();
    for position in mentioned(&draft.text, &names) {
        by_name.entry(fold(&names[position])).or_default().push(&colleagues[position]);
    }
    for namesakes in by_name.into_values() {
        // Whoever is named beside is the one that is meant.
        if namesakes.iter().any(|one| told.contains(one.id.as_str())) {
            continue;
        }
        let name = namesakes[0].name.clone();
        match told_of(meant(tx, &settings, of, namesakes.into_iter()).await?, &name) {
            Ok(one) => drop(told.insert(one)),
            Err(message) => wrong("text", message),
        }
    }
    if told.len() > MOST_TOLD {
        wrong("tell", Message::new("note-error-too-many").with("most", MOST_TOLD.to_string()));
    }
    match text {
        Ok(text) if fields.is_empty() => {
            Ok((text, told.into_iter().filter_map(|id| Id::parse(id).ok()).collect()))
        }
        _ => Err(NoteError::Invalid { fields }),
    }
}

fn text_message(error: &TextError) -> Message {
    crate::facts::kpi::text_message(error)
}

fn is_meant(colleague: &Decider, typed: &str) -> bool {
    colleague.id == typed || fold(&colleague.name) == fold(typed.trim_start_matches('@'))
}

/// Who of several may be meant: how many there are, and those of them who may see the record.
struct Meant<'a> {
    n_known: usize,
    may_see: Vec<&'a str>,
}

async fn meant<'a>(
    tx: &mut ReadTx,
    settings: &FirmSettings,
    of: NotesOf<'_>,
    among: impl Iterator<Item = &'a Decider>,
) -> Result<Meant<'a>, StoreError> {
    let mut meant = Meant { n_known: 0, may_see: vec![] };
    for colleague in among {
        meant.n_known += 1;
        if may_see(tx, settings, of, colleague).await? {
            meant.may_see.push(&colleague.id);
        }
    }
    Ok(meant)
}

fn told_of<'a>(meant: Meant<'a>, typed: &str) -> Result<&'a str, Message> {
    let name: String = typed.chars().take(60).collect();
    match meant.may_see[..] {
        [one] => Ok(one),
        [] if meant.n_known == 0 => Err(Message::new("note-error-nobody").with("name", name)),
        [] => Err(Message::new("note-error-may-not-see").with("name", name)),
        _ => Err(Message::new("note-error-namesakes").with("name", name)),
    }
}

/// Whether a colleague, by their roles, may see the record.
async fn may_see(
    tx: &mut ReadTx,
    settings: &FirmSettings,
    of: NotesOf<'_>,
    colleague: &Decider,
) -> Result<bool, StoreError> {
    let Ok(id) = Id::<User>::parse(&colleague.id) else { return Ok(false) };
    let Some(stored) = load_user(tx, &id).await? else { return Ok(false) };
    let user = stored.user;
    if user.state != UserState::Active || user.is_of_a_client() {
        return Ok(false);
    }
    let reader = actor_of(&user, settings, Origin::Web);
    if authorise(&reader, Action::ReadBook).is_err() {
        return Ok(false);
    }
    Ok(store::load_place(tx, &reader.scope, of.kind, of.id).await?.is_some())
}

/// Colleagues whose name holds each word of `text` and who may be told of the record, some of them.
///
/// # Errors
/// [`NoteError::NotFound`] when there is no such record, or none they may see.
pub async fn colleagues(
    ctx: &Ctx,
    actor: &Actor,
    of: NotesOf<'_>,
    text: &str,
) -> Result<Vec<Colleague>, NoteError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_read().await?;
    reached(&mut tx, actor, of).await?;
    let settings = settings::load_in(&mut tx).await?;
    let wanted = fold(&text.chars().take(100).collect::<String>());
    let own = actor.user_id().map(Id::as_str);
    let all = list_deciders(&mut tx, Wanted::Everyone).await?;
    let matches = |it: &&Decider| {
        let name = fold(&it.name);
        wanted.split(' ').all(|word| name.contains(word)) && Some(it.id.as_str()) != own
    };
    let mut found = vec![];
    for colleague in all.iter().filter(matches).take(MOST_LOOKED_AT) {
        if found.len() == MOST_OFFERED {
            break;
        }
        if may_see(&mut tx, &settings, of, colleague).await? {
            found.push(Colleague { id: colleague.id.clone(), name: colleague.name.clone() });
        }
    }
    Ok(found)
}
