//! Candid notes: read by who faces the client, after confirming who they are; each reading is on record.
//!
//! Nothing of a note leaves but by [`read_notes`], which needs the clearance, the account in reach and a fresh proof, and writes
//! the reading down (in the audit record, and for the wall between roles) before it answers. Whether there is a note is part of
//! the secret: whoever is not cleared is told nothing of it, but for readers of the audit record, which names each writing.

use mandate_domain::book::{Account, CandidNote, Person, note_text};
use mandate_domain::text::TextError;
use mandate_domain::{Id, Instant, Purpose};
use mandate_store::reads::kpi_people::{AccountName, load_account_name};
use mandate_store::{ReadTx, StoreError, book as store, boxed, identity};

use crate::audit::reading;
use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx, Subject, Unverified, Who};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};

/// Why a note was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum CandidError {
    /// Not theirs to see; on pages there is nothing to say so.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// They have to confirm who they are first.
    #[error(transparent)]
    Unverified(#[from] Unverified),
    /// No such account, person or note within reach.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of record.
        what: &'static str,
    },
    /// The text is empty or too long.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The database failed, or it was withdrawn meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for CandidError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Unverified(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Text(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Unverified(error) => error.message(),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::Text(error) => crate::facts::kpi::text_message(error),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Text(_) => vec![FieldError { field: "text".to_owned(), message: self.message() }],
            _ => vec![],
        }
    }
}

/// A note that was opened for its reader.
#[derive(Clone, Debug)]
pub struct OpenNote {
    /// Its id.
    pub id: Id<CandidNote>,
    /// The person it is about; `None`: the account.
    pub person_id: Option<Id<Person>>,
    /// What it says.
    pub text: String,
    /// Who wrote it.
    pub author: String,
    /// Whether the reader wrote it.
    pub own: bool,
    /// When.
    pub at: Instant,
    /// Counts saves.
    pub version: i64,
}

/// What a note is about: an account, or one of its client's people.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The account.
    pub account: &'a Id<Account>,
    /// The person, if it is about one.
    pub person: Option<&'a Id<Person>>,
}

/// The account and, where one is named, whether the person is of it.
async fn reached(tx: &mut ReadTx, actor: &Actor, about: About<'_>) -> Result<AccountName, CandidError> {
    let found = load_account_name(tx, &actor.scope, about.account).await?;
    let account = found.ok_or(CandidError::NotFound { what: "account" })?;
    if let Some(id) = about.person {
        let person = store::load(tx, &actor.scope, id).await?;
        let of_account = person.is_some_and(|person| person.account_id.as_ref() == Some(about.account));
        if !of_account {
            return Err(CandidError::NotFound { what: "person" });
        }
    }
    Ok(account)
}

/// Opens the notes on an account (with those on its people) or on one person, and notes the reading.
///
/// # Errors
/// [`CandidError`]; then nothing was read, and nothing is said of what there is.
pub async fn read_notes(ctx: &Ctx, actor: &Actor, about: About<'_>) -> Result<Vec<OpenNote>, CandidError> {
    authorise(actor, Action::ReadCandid)?;
    let now = ctx.now();
    actor.require_verified(now)?;
    let mut tx = ctx.begin_write().await?;
    let account = reached(&mut tx, actor, about).await?;
    let notes = store::list_candid_notes(&mut tx, &actor.scope, about.account, about.person).await?;
    if let Some(user) = actor.user_id() {
        identity::note_sealed_reading(&mut tx, user, about.account, Purpose::Candid, now).await?;
    }
    let clearance = clearance(actor);
    let mut open = vec![];
    for note in notes {
        let text = note.text.reveal(clearance).map_err(|_| Denied { action: Action::ReadCandid })?.clone();
        open.push(OpenNote {
            text,
            own: note.author_id.is_some() && note.author_id.as_ref() == actor.user_id(),
            id: note.id,
            person_id: note.person_id,
            author: note.author_name,
            at: note.created_at,
            version: note.version,
        });
    }
    // The same record whether there are notes or not: it says who looked, never what there was.
    let subject = subject(about.account.as_str(), &account);
    tx.commit(reading(ctx, actor, subject)).await?;
    Ok(open)
}

/// The record names the account, not the note: ids of sealed records stay among those who may read them.
fn subject<'a>(id: &'a str, account: &'a AccountName) -> Subject<'a> {
    Subject { kind: "candid_note", id, name: &account.name, account_id: Some(id) }
}

/// Writes a note.
///
/// # Errors
/// [`CandidError`]; then nothing was kept.
pub async fn write_note(
    ctx: &Ctx,
    actor: &Actor,
    about: About<'_>,
    text: &str,
) -> Result<Id<CandidNote>, CandidError> {
    authorise(actor, Action::WriteCandid)?;
    let now = ctx.now();
    actor.require_verified(now)?;
    let text = note_text(text)?;
    let mut tx = ctx.begin_write().await?;
    let account = reached(&mut tx, actor, about).await?;
    let note = CandidNote {
        id: ctx.new_id(),
        account_id: about.account.clone(),
        person_id: about.person.cloned(),
        text,
        author_id: actor.user_id().cloned(),
        author_name: match &actor.who {
            Who::User { name, .. } => name.clone(),
            Who::Operator | Who::System => "Operator".to_owned(),
        },
        demo: false,
        version: 1,
        created_at: now,
    };
    let id = note.id.clone();
    store::insert_candid_notes(&mut tx, &[note]).await?;
    // Whoever wrote it knows it.
    if let Some(user) = actor.user_id() {
        identity::note_sealed_reading(&mut tx, user, about.account, Purpose::Candid, now).await?;
    }
    let subject = subject(about.account.as_str(), &account);
    tx.commit(actor.record(now, "candid_note.written", subject, vec![])).await?;
    Ok(id)
}

/// Withdraws one's own note; a sponsor may withdraw anyone's.
///
/// # Errors
/// [`CandidError`]; then nothing was changed.
#[boxed]
pub async fn withdraw_note(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<CandidNote>,
    version: i64,
) -> Result<(), CandidError> {
    authorise(actor, Action::WriteCandid)?;
    let now = ctx.now();
    actor.require_verified(now)?;
    let mut tx = ctx.begin_write().await?;
    let found = store::load_candid_note(&mut tx, &actor.scope, id).await?;
    let note = found.ok_or(CandidError::NotFound { what: "note" })?;
    let own = note.author_id.is_some() && note.author_id.as_ref() == actor.user_id();
    if !own && !actor.has(mandate_domain::identity::Role::Sponsor) {
        return Err(Denied { action: Action::WriteCandid }.into());
    }
    if note.version != version {
        return Err(StoreError::Stale { table: "candid_note" }.into());
    }
    store::withdraw_candid_note(&mut tx, &note, now).await?;
    let found = load_account_name(&mut tx, &actor.scope, &note.account_id).await?;
    let account = found.ok_or(CandidError::NotFound { what: "account" })?;
    let subject = subject(note.account_id.as_str(), &account);
    tx.commit(actor.record(now, "candid_note.withdrawn", subject, vec![])).await?;
    Ok(())
}
