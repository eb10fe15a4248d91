//! Importing a file of a source as a job: the import by hand, with the rights its owner has by now.
//!
//! What came of the file is kept in the transaction that writes the records, so it is never imported twice. A job may be run again at
//! any point: a file that has ended is only put away.

use mandate_domain::Id;
use mandate_domain::audit::{Changes, Origin};
use mandate_domain::book::Kind;
use mandate_domain::identity::{Role, User, UserState};
use mandate_domain::notification::Topic;
use mandate_domain::source::ArrivalState;
use mandate_store::exchange::{list_mappings, load_batch};
use mandate_store::identity::{Wanted, list_deciders, load_user};
use mandate_store::sources::{self as store, ArrivalEnd, StoredArrival, StoredSource};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::files::{Folders, file_in, put_away};
use super::subject;
use crate::authorise::{Action, authorise};
use crate::book::import_job::refusal_json;
use crate::book::mapping::Mapping;
use crate::book::{ImportError, ImportFile, ImportReport, Told, import_book};
use crate::ctx::{Actor, Ctx};
use crate::error::{Message, UseCaseError};
use crate::exchange::rows::Content;
use crate::exchange::table::TableError;
use crate::identity::actor_in;
use crate::jobs::{JobError, JobRun, message_json};
use crate::notifications::{Notice, notify, notify_surely};
use crate::settings;

/// The kind of these jobs; Mandate asks for them itself.
pub const IMPORT_ARRIVAL: &str = "import_arrival";

/// A file on its way into the book.
pub struct Arriving<'a> {
    run: &'a JobRun,
    source: &'a StoredSource,
    arrival: &'a StoredArrival,
    read_as: &'a str,
}

impl Arriving<'_> {
    /// The name of where it comes from.
    pub(crate) fn source_name(&self) -> &str {
        &self.source.name
    }

    /// The job that does it.
    pub(crate) fn run(&self) -> &JobRun {
        self.run
    }

    /// Keeps that it was imported, in the transaction of its records, and tells its owner.
    pub(crate) async fn finish_in(
        &self,
        ctx: &Ctx,
        tx: &mut WriteTx,
        report: &ImportReport,
    ) -> Result<(), ImportError> {
        let counts = counts_json(report);
        self.run.finish_in(tx, &counts).await?;
        let text = counts.to_string();
        let end = ArrivalEnd {
            state: ArrivalState::Done,
            batch_id: report.batch_id.as_deref(),
            read_as: self.read_as,
            report: &text,
        };
        if !store::end_arrival(tx, &self.arrival.id, end, ctx.now()).await? {
            return Err(ImportError::Stopped(JobError::LeaseLost));
        }
        let notice = notice(self.source, "done");
        notify(ctx, tx, &Actor::system(), &self.arrival.owner_id, &notice).await?;
        Ok(())
    }
}

/// What was done, without what single rows hold.
fn counts_json(report: &ImportReport) -> Value {
    json!({
        "batch_id": report.batch_id, "kind": report.kind.plural(), "file_name": report.file_name, "n_rows": report.n_rows,
        "n_new": report.n_new, "n_changed": report.n_changed, "n_same": report.n_same, "n_skipped": report.n_skipped,
    })
}

fn notice<'a>(source: &'a StoredSource, word: &str) -> Notice<'a> {
    Notice::about(Topic::ImportEnded, "import_source", source.id.as_str()).saying(word)
}

/// Why a file of a source was not imported.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// Whoever it would be imported for may not sign in, or not import any more.
    #[error(
        "whoever set this source up may not import any more; an administrator who may takes it over by saving it"
    )]
    Owner,
    /// The file lies nowhere.
    #[error("the file was gone before it was imported; put it into the folder again")]
    Gone,
    /// The disk or share failed, several times.
    #[error(
        "the file could not be read after several attempts: {what}. See to the disk or share that the folder is on, then put the file into the folder again"
    )]
    Unreadable { what: String },
    /// Somebody stopped it.
    #[error("the import was stopped on request; put the file into the folder again to import it")]
    Stopped,
    /// The work ended on a fault.
    #[error("the import ended on a fault of the program; the log has it. {what}")]
    Broke { what: String },
    /// The file, as an import by hand would refuse it.
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl Refusal {
    fn report(&self, kind: Option<Kind>) -> Value {
        if let (Self::Import(error), Some(kind)) = (self, kind) {
            return refusal_json(kind, error);
        }
        let message = match self {
            Self::Owner => Message::new("import-source-refused-owner"),
            Self::Gone => Message::new("import-source-refused-gone"),
            Self::Unreadable { what } => {
                Message::new("import-source-refused-unreadable").with("what", what.as_str())
            }
            Self::Stopped => Message::new("import-source-refused-stopped"),
            Self::Broke { what } => Message::new("import-source-refused-broke").with("what", what.as_str()),
            Self::Import(error) => error.message(),
        };
        json!({ "message": message_json(&message), "detail": self.to_string(), "n_errors": 0, "errors": [] })
    }
}

/// The owner of a source as they are now; none when they may not sign in or may not import.
#[boxed]
pub(super) async fn owner_of(tx: &mut ReadTx, owner: &Id<User>) -> Result<Option<Actor>, StoreError> {
    let user = load_user(tx, owner).await?.map(|stored| stored.user);
    let Some(user) = user.filter(|user| user.state == UserState::Active && !user.is_of_a_client()) else {
        return Ok(None);
    };
    let settings = settings::load_in(tx).await?;
    let actor = actor_in(tx, &user, &settings, Origin::Import).await?;
    let may = [Action::Import, Action::WriteBook].into_iter().all(|action| authorise(&actor, action).is_ok());
    Ok(may.then_some(actor))
}

/// Does such a job.
///
/// # Errors
/// [`JobError`], with every wrong cell in its result.
#[boxed]
pub async fn run_arrival(ctx: Ctx, run: JobRun) -> Result<Value, JobError> {
    let asked = run.payload()?;
    let id = Id::<StoredArrival>::parse(asked["arrival"].as_str().unwrap_or_default());
    let id = id.map_err(JobError::refused)?;
    let (arrival, source) = {
        let mut tx = ctx.begin_read().await?;
        let Some(arrival) = store::load_arrival(&mut tx, &id).await? else { return Ok(Value::Null) };
        let Some(source) = store::load_source(&mut tx, &arrival.source_id).await? else {
            return Ok(Value::Null);
        };
        (arrival, source)
    };
    let outcome = if arrival.state == ArrivalState::Waiting {
        import(&ctx, &run, (&source, &arrival)).await
    } else {
        Ok(Value::Null)
    };
    let ended = store::load_arrival(&mut ctx.begin_read().await?, &id).await?;
    if let Some(ended) = ended
        && let Err(error) = put_away(&ctx, &source, &ended).await
    {
        // The next look into the folder tries again.
        tracing::warn!(event = "source_folder_failed", source = %source.id, %error, "a file is not put away");
    }
    outcome
}

async fn import(
    ctx: &Ctx,
    run: &JobRun,
    (source, arrival): (&StoredSource, &StoredArrival),
) -> Result<Value, JobError> {
    let refusal = match try_import(ctx, run, (source, arrival)).await {
        Ok(report) => return Ok(report),
        Err(Refusal::Import(ImportError::Stopped(error))) => return Err(error),
        Err(Refusal::Import(ImportError::Store(error))) => return Err(JobError::Store(error)),
        Err(refusal @ Refusal::Unreadable { .. }) if !run.is_last_try() => {
            return Err(JobError::Again { message: refusal.to_string() });
        }
        Err(refusal) => refusal,
    };
    end_refused(ctx, source, arrival, &refusal).await?;
    // What is wrong with single rows stands with the file, for its owner; a job is seen by every administrator.
    Err(JobError::refused(refusal))
}

async fn try_import(
    ctx: &Ctx,
    run: &JobRun,
    (source, arrival): (&StoredSource, &StoredArrival),
) -> Result<Value, Refusal> {
    let store_failed = |error: StoreError| Refusal::Import(ImportError::Store(error));
    let kind = Kind::parse(&source.kind).ok_or(Refusal::Broke { what: source.kind.clone() })?;
    let found = file_in(&Folders::of(ctx, source).of_arrival(&arrival.id)).await;
    let found = found.map_err(|error| Refusal::Unreadable { what: error.to_string() })?;
    let (path, _) = found.ok_or(Refusal::Gone)?;
    let (owner, mapping, last_sha256) = {
        let mut tx = ctx.begin_read().await.map_err(store_failed)?;
        let owner = owner_of(&mut tx, &arrival.owner_id).await.map_err(store_failed)?;
        let mapping = mapping_of(&mut tx, source).await.map_err(store_failed)?;
        let read_as = read_as(mapping.as_ref(), arrival);
        let last = last_sha256(&mut tx, source, &read_as).await.map_err(store_failed)?;
        (owner.ok_or(Refusal::Owner)?, mapping, last)
    };
    let read_as = read_as(mapping.as_ref(), arrival);
    let content = Content::Path(path);
    if let Some(last) = last_sha256 {
        let copy = content.clone();
        let digest = tokio::task::spawn_blocking(move || copy.digest()).await;
        if digest.is_ok_and(|digest| digest.is_ok_and(|digest| digest == last)) {
            return end_same(ctx, run, source, (arrival, &read_as)).await.map_err(Refusal::Import);
        }
    }
    let mapping = mapping.map(Box::new);
    let file =
        ImportFile { mapping, is_unattended: true, ..ImportFile::new(arrival.file_name.clone(), content) };
    let arriving = Arriving { run, source, arrival, read_as: &read_as };
    match import_book(ctx, &owner, kind, &file, Told::Source(&arriving)).await {
        Ok(report) => Ok(counts_json(&report)),
        // The system says so, not what is in the file.
        Err(ImportError::File(TableError::Unreadable { what })) => Err(Refusal::Unreadable { what }),
        Err(error) => Err(error.into()),
    }
}

/// The mapping remembered under the source's name for what it holds.
#[boxed]
pub(super) async fn mapping_of(
    tx: &mut ReadTx,
    source: &StoredSource,
) -> Result<Option<Mapping>, StoreError> {
    let kept = list_mappings(tx).await?;
    let kept = kept.into_iter().find(|it| it.source == source.name && it.kind == source.kind);
    // A field that is gone since makes a mapping unreadable; then columns have to have the fields' own names.
    Ok(kept.and_then(|kept| Mapping::from_text(&kept.mapping).ok()))
}

/// A digest of how a file is read and with whose rights: with another one, the same bytes mean something else.
fn read_as(mapping: Option<&Mapping>, arrival: &StoredArrival) -> String {
    let mapping = mapping.map(Mapping::to_text).unwrap_or_default();
    let digest = Sha256::digest(format!("{} {mapping}", arrival.owner_id));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of the file before, where that was read alike and stands.
async fn last_sha256(
    tx: &mut ReadTx,
    source: &StoredSource,
    read_as: &str,
) -> Result<Option<String>, StoreError> {
    let last = store::load_last_done(tx, &source.id).await?.filter(|last| last.read_as == read_as);
    let Some(batch_id) = last.and_then(|last| last.batch_id) else { return Ok(None) };
    let batch = load_batch(tx, &batch_id).await?;
    // After an undo the same file is to be taken in again.
    Ok(batch.filter(|batch| batch.state == "done").map(|batch| batch.sha256))
}

async fn end_same(
    ctx: &Ctx,
    run: &JobRun,
    source: &StoredSource,
    (arrival, read_as): (&StoredArrival, &str),
) -> Result<Value, ImportError> {
    let mut tx = ctx.begin_write().await?;
    let end = ArrivalEnd { state: ArrivalState::Same, batch_id: None, read_as, report: "{}" };
    if !store::end_arrival(&mut tx, &arrival.id, end, ctx.now()).await? {
        return Err(ImportError::Stopped(JobError::LeaseLost));
    }
    let result = json!({ "same": true });
    run.finish_in(&mut tx, &result).await?;
    let changes = Changes::new().field("file", None, Some(arrival.file_name.clone())).into_vec();
    tx.commit(Actor::system().record(ctx.now(), "source.file_same", subject(source), changes)).await?;
    Ok(result)
}

/// Keeps that a file was refused and tells its owner, and every administrator where it is the owner who may not; answers it as it is
/// now, or none when it had ended.
pub(super) async fn end_refused(
    ctx: &Ctx,
    source: &StoredSource,
    arrival: &StoredArrival,
    refusal: &Refusal,
) -> Result<Option<StoredArrival>, StoreError> {
    let report = refusal.report(Kind::parse(&source.kind)).to_string();
    let mut tx = ctx.begin_write().await?;
    let end = ArrivalEnd { state: ArrivalState::Refused, batch_id: None, read_as: "", report: &report };
    if !store::end_arrival(&mut tx, &arrival.id, end, ctx.now()).await? {
        return Ok(None);
    }
    // What is wrong with its rows is wrong with the same bytes once more; of anything else its address is asked again.
    if !matches!(refusal, Refusal::Import(_)) {
        store::forget_marks(&mut tx, &source.id).await?;
    }
    let system = Actor::system();
    let mut told = vec![arrival.owner_id.clone()];
    let word = if matches!(refusal, Refusal::Owner) {
        let administrators = list_deciders(&mut tx, Wanted::Role(Role::Administrator)).await?;
        told.extend(administrators.iter().filter_map(|it| Id::<User>::parse(&it.id).ok()));
        "owner"
    } else {
        "refused"
    };
    told.sort();
    told.dedup();
    for user in &told {
        notify_surely(ctx, &mut tx, &system, user, &notice(source, word)).await?;
    }
    let changes = Changes::new().field("file", None, Some(arrival.file_name.clone())).into_vec();
    tx.commit(system.record(ctx.now(), "source.file_refused", subject(source), changes)).await?;
    tracing::warn!(event = "source_refused", source = %source.id, arrival = %arrival.id, "a file of a source was refused");
    Ok(Some(StoredArrival {
        state: ArrivalState::Refused,
        report,
        ended_at: Some(ctx.now()),
        ..arrival.clone()
    }))
}
