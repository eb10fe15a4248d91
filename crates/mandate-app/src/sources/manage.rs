//! Sources: set up, renamed, paused, resumed, removed.
//!
//! A source works with the rights of its owner: whoever set it up, or saved or resumed it last. So nobody makes somebody else's
//! rights do what they choose, and who takes over for a colleague who left saves it anew. By a token it takes every right the owner
//! would import with, or a narrow token would become a wide one.

use std::path::Path;

use mandate_domain::Id;
use mandate_domain::Instant;
use mandate_domain::audit::Changes;
use mandate_domain::book::Kind;
use mandate_domain::identity::User;
use mandate_domain::source::{LONGEST_NAME, SourceName, SourceNameError, SourcePause};
use mandate_store::boxed;
use mandate_store::sources::{self as store, StoredSource};
use mandate_store::{ReadTx, StoreError, identity};
use tokio::fs;

use super::arrival_job::{mapping_of, owner_of};
use super::arrivals::{ArrivalLine, line as arrival_line};
use super::fetch::FetchLine;
use super::fetch_draft::{self, FetchDraft};
use super::files::Folders;
use super::{MOST_SOURCES, SourceError, subject};
use crate::authorise::{Action, authorise};
use crate::book::mapping::Mapping;
use crate::ctx::{Actor, Ctx};
use crate::error::{FieldError, Message};

/// A source as it is to be.
#[derive(Clone, Debug, Default)]
pub struct SourceDraft {
    /// Its name, under which its mapping is remembered.
    pub name: String,
    /// What its files hold: a kind in the plural. Fixed once it is set up.
    pub kind: String,
    /// The address that is asked for its file, if any.
    pub fetch: Option<FetchDraft>,
}

/// A source with how it stands.
#[derive(Clone, Debug)]
pub struct SourceLine {
    /// Its id.
    pub id: Id<StoredSource>,
    /// Its name.
    pub name: String,
    /// What its files hold.
    pub kind: Kind,
    /// The folder into which files are put.
    pub folder: String,
    /// Why nothing can be put there or taken from there, if so.
    pub folder_problem: Option<String>,
    /// With whose rights files are imported.
    pub owner_id: Id<User>,
    /// Their name now.
    pub owner_name: String,
    /// Whether they may import.
    pub owner_may: bool,
    /// Why nothing is taken.
    pub pause: Option<SourcePause>,
    /// How files are read; without one their columns have the fields' own names.
    pub mapping: Option<Mapping>,
    /// The address that is asked, and how that went.
    pub fetch: Option<FetchLine>,
    /// The newest file.
    pub last: Option<ArrivalLine>,
    /// When it was set up.
    pub created_at: Instant,
    /// Counts saves.
    pub version: i64,
}

/// What an owner reads with while their files are imported.
const READS: [Action; 2] = [Action::ReadBook, Action::ReadCost];

fn may_keep(actor: &Actor) -> Result<&Id<User>, SourceError> {
    for action in [Action::Administer, Action::Import, Action::WriteBook] {
        authorise(actor, action)?;
    }
    let in_person = Actor { token_scopes: None, ..actor.clone() };
    for action in READS.into_iter().filter(|action| authorise(&in_person, *action).is_ok()) {
        authorise(actor, action)?;
    }
    actor.user_id().ok_or(SourceError::NoOwner)
}

pub(super) async fn find(tx: &mut ReadTx, id: &Id<StoredSource>) -> Result<StoredSource, SourceError> {
    store::load_source(tx, id).await?.ok_or(SourceError::NotFound)
}

fn name_of(draft: &SourceDraft) -> Result<SourceName, FieldError> {
    SourceName::parse(&draft.name).map_err(|error| {
        let message = match error {
            SourceNameError::Empty => Message::new("import-source-error-name-empty"),
            SourceNameError::TooLong => {
                Message::new("import-source-error-name-long").with("most", LONGEST_NAME.to_string())
            }
            SourceNameError::Characters => Message::new("import-source-error-name-characters"),
        };
        FieldError { field: "name".to_owned(), message }
    })
}

fn kind_of(draft: &SourceDraft) -> Result<Kind, FieldError> {
    Kind::parse(draft.kind.trim()).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.plural()).collect();
        let message = Message::new("import-source-error-kind")
            .with("word", draft.kind.chars().take(40).collect::<String>())
            .with("known", known.join(", "));
        FieldError { field: "kind".to_owned(), message }
    })
}

async fn require_free(
    tx: &mut ReadTx,
    (name, kind): (&SourceName, Kind),
    own: Option<&Id<StoredSource>>,
) -> Result<(), SourceError> {
    let other = store::load_named(tx, name.as_str(), kind.plural()).await?;
    if other.is_none_or(|other| Some(&other.id) == own) {
        return Ok(());
    }
    let message = Message::new("import-source-error-name-taken");
    Err(SourceError::Fields(vec![FieldError { field: "name".to_owned(), message }]))
}

/// Every source, the oldest first.
///
/// # Errors
/// [`SourceError::Denied`].
#[boxed]
pub async fn list_sources(ctx: &Ctx, actor: &Actor) -> Result<Vec<SourceLine>, SourceError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_read().await?;
    let mut lines = vec![];
    for source in store::list_sources(&mut tx).await? {
        lines.push(line(ctx, &mut tx, actor, source).await?);
    }
    Ok(lines)
}

/// A source.
///
/// # Errors
/// [`SourceError::NotFound`] when there is none.
#[boxed]
pub async fn load_source(ctx: &Ctx, actor: &Actor, id: &Id<StoredSource>) -> Result<SourceLine, SourceError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_read().await?;
    let source = find(&mut tx, id).await?;
    Ok(line(ctx, &mut tx, actor, source).await?)
}

async fn line(
    ctx: &Ctx,
    tx: &mut ReadTx,
    actor: &Actor,
    source: StoredSource,
) -> Result<SourceLine, StoreError> {
    let owner = identity::load_user(tx, &source.owner_id).await?;
    let folder = Folders::of(ctx, &source).incoming;
    let last = store::list_arrivals(tx, &source.id, "", "", 1).await?.into_iter().next();
    Ok(SourceLine {
        folder_problem: folder_problem(&folder).await,
        folder: folder.display().to_string(),
        owner_name: owner.map(|stored| stored.user.display_name).unwrap_or_default(),
        owner_may: owner_of(tx, &source.owner_id).await?.is_some(),
        mapping: mapping_of(tx, &source).await?,
        fetch: store::load_fetch(tx, &source.id).await?.map(FetchLine::from),
        last: last.map(|arrival| arrival_line(actor, arrival)),
        kind: Kind::parse(&source.kind).unwrap_or(Kind::Account),
        id: source.id,
        name: source.name,
        owner_id: source.owner_id,
        pause: source.pause,
        created_at: source.created_at,
        version: source.version,
    })
}

/// What hinders: a folder that cannot be read, or from which nothing can be moved.
async fn folder_problem(folder: &Path) -> Option<String> {
    if let Err(error) = fs::read_dir(folder).await {
        return Some(error.to_string());
    }
    let about = fs::metadata(folder).await.map_err(|error| error.to_string());
    match about {
        Ok(about) if about.permissions().readonly() => Some("it is read-only".to_owned()),
        Ok(_) => None,
        Err(what) => Some(what),
    }
}

/// Sets a source up and makes its folder.
///
/// # Errors
/// [`SourceError::Fields`] naming every field that does not fit; then none was kept.
#[boxed]
pub async fn add_source(ctx: &Ctx, actor: &Actor, draft: &SourceDraft) -> Result<SourceLine, SourceError> {
    let owner = may_keep(actor)?.clone();
    let mut errors = vec![];
    let fetch = fetch_draft::check(draft.fetch.as_ref(), None, &mut errors);
    let (name, kind) = match (name_of(draft), kind_of(draft)) {
        (Ok(name), Ok(kind)) if errors.is_empty() => (name, kind),
        (name, kind) => {
            let first = name.err().into_iter().chain(kind.err());
            return Err(SourceError::Fields(first.chain(errors).collect()));
        }
    };
    let mut tx = ctx.begin_write().await?;
    require_free(&mut tx, (&name, kind), None).await?;
    if MOST_SOURCES <= store::count_sources(&mut tx).await? {
        return Err(SourceError::TooMany);
    }
    let source = StoredSource {
        id: ctx.new_id(),
        folder: free_folder(&mut tx, &name, kind).await?,
        name: name.as_str().to_owned(),
        kind: kind.plural().to_owned(),
        owner_id: owner,
        pause: None,
        created_at: ctx.now(),
        version: 1,
    };
    store::insert_source(&mut tx, &source).await?;
    let fetch = fetch.map(|fetch| fetch.stored(ctx, &source.id, None)).transpose()?;
    store::save_fetch(&mut tx, &source.id, fetch.as_ref()).await?;
    // Before it is kept: a source whose folder cannot be made is none.
    Folders::of(ctx, &source)
        .make()
        .await
        .map_err(|(path, source)| SourceError::Folder { path: path.display().to_string(), source })?;
    let line = line(ctx, &mut tx, actor, source.clone()).await?;
    let changes = Changes::new()
        .field("name", None, Some(source.name.clone()))
        .field("kind", None, Some(source.kind.clone()))
        .field("folder", None, Some(source.folder.clone()));
    let changes = fetch_draft::changes(changes, None, fetch.as_ref());
    tx.commit(actor.record(ctx.now(), "source.created", subject(&source), changes.into_vec())).await?;
    Ok(line)
}

/// A folder no other source has: names may differ only in letters that folders leave out.
async fn free_folder(tx: &mut ReadTx, name: &SourceName, kind: Kind) -> Result<String, StoreError> {
    let plain = name.folder(kind.plural());
    let (mut folder, mut n) = (plain.clone(), 1);
    while store::is_folder_taken(tx, &folder).await? {
        n += 1;
        folder = format!("{plain}-{n}");
    }
    Ok(folder)
}

/// Saves a source under a name; whoever does is its owner from now on. Its folder stays the one it had.
///
/// # Errors
/// [`SourceError::Fields`], or stale when another save came first.
#[boxed]
pub async fn change_source(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<StoredSource>,
    draft: &SourceDraft,
    version: i64,
) -> Result<SourceLine, SourceError> {
    let owner = may_keep(actor)?.clone();
    let mut tx = ctx.begin_write().await?;
    let before = find(&mut tx, id).await?;
    let fetch_before = store::load_fetch(&mut tx, id).await?;
    let mut errors = vec![];
    let fetch = fetch_draft::check(draft.fetch.as_ref(), fetch_before.as_ref(), &mut errors);
    let name = match name_of(draft) {
        Ok(name) if errors.is_empty() => name,
        name => return Err(SourceError::Fields(name.err().into_iter().chain(errors).collect())),
    };
    let kind = Kind::parse(&before.kind).unwrap_or(Kind::Account);
    require_free(&mut tx, (&name, kind), Some(id)).await?;
    if version != before.version {
        return Err(StoreError::Stale { table: "import_source" }.into());
    }
    let mut after = StoredSource { name: name.as_str().to_owned(), owner_id: owner, ..before.clone() };
    let fetch = fetch.map(|fetch| fetch.stored(ctx, id, fetch_before.as_ref())).transpose()?;
    if after == before && fetch == fetch_before {
        return Ok(line(ctx, &mut tx, actor, before).await?);
    }
    store::save_source(&mut tx, &after).await?;
    store::save_fetch(&mut tx, id, fetch.as_ref()).await?;
    // With another owner or mapping the same file means something else.
    store::forget_marks(&mut tx, id).await?;
    after.version += 1;
    let changes = Changes::new().field("name", Some(before.name), Some(after.name.clone())).field(
        "owner_id",
        Some(before.owner_id.to_string()),
        Some(after.owner_id.to_string()),
    );
    let changes = fetch_draft::changes(changes, fetch_before.as_ref(), fetch.as_ref());
    let line = line(ctx, &mut tx, actor, after.clone()).await?;
    tx.commit(actor.record(ctx.now(), "source.changed", subject(&after), changes.into_vec())).await?;
    Ok(line)
}

/// Pauses a source: what is put into its folder stays there.
///
/// # Errors
/// [`SourceError::Paused`] when it was.
#[boxed]
pub async fn pause_source(ctx: &Ctx, actor: &Actor, id: &Id<StoredSource>) -> Result<(), SourceError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let source = find(&mut tx, id).await?;
    if !store::pause(&mut tx, id, SourcePause::Asked).await? {
        return Err(SourceError::Paused);
    }
    let changes = Changes::new().field("pause", None, Some(SourcePause::Asked.as_str().to_owned()));
    Ok(tx.commit(actor.record(ctx.now(), "source.paused", subject(&source), changes.into_vec())).await?)
}

/// Resumes a source, with the rights of whoever does; what lies in its folder is taken, and its address asked.
///
/// # Errors
/// [`SourceError::NotPaused`] when it was not.
#[boxed]
pub async fn resume_source(ctx: &Ctx, actor: &Actor, id: &Id<StoredSource>) -> Result<(), SourceError> {
    let owner = may_keep(actor)?.clone();
    let mut tx = ctx.begin_write().await?;
    let source = find(&mut tx, id).await?;
    if !store::resume(&mut tx, id, &owner).await? {
        return Err(SourceError::NotPaused);
    }
    store::fetch_at_once(&mut tx, id, ctx.now()).await?;
    let before = source.pause.map(|pause| pause.as_str().to_owned());
    let changes = Changes::new().field("pause", before, None).field(
        "owner_id",
        Some(source.owner_id.to_string()),
        Some(owner.to_string()),
    );
    Ok(tx.commit(actor.record(ctx.now(), "source.resumed", subject(&source), changes.into_vec())).await?)
}

/// Removes a source with what is told of its files. Its mapping stays, what was imported stays, and so do files that lie in its folders.
///
/// # Errors
/// [`SourceError::Working`] while a file is imported, or stale when a save came between.
#[boxed]
pub async fn remove_source(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<StoredSource>,
    version: i64,
) -> Result<(), SourceError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_write().await?;
    let source = find(&mut tx, id).await?;
    if version != source.version {
        return Err(StoreError::Stale { table: "import_source" }.into());
    }
    if store::load_waiting(&mut tx, id).await?.is_some() {
        return Err(SourceError::Working);
    }
    store::remove_source(&mut tx, id).await?;
    tx.commit(actor.record(ctx.now(), "source.removed", subject(&source), vec![])).await?;
    let folders = Folders::of(ctx, &source);
    for empty in [&folders.incoming, &folders.taken, &folders.coming] {
        // One with files in it stays.
        let _ = fs::remove_dir(empty).await;
    }
    Ok(())
}
