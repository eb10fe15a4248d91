//! Importing a file of the book as a job: it survives a restart, can be stopped, and keeps every wrong cell. So can checking one
//! that is too large for somebody to wait for.
//!
//! The import ends in the transaction that writes the records, so it is never done twice. A refused file stays for a day; a check
//! writes nothing and may be asked for as often as one likes.

use mandate_domain::book::Kind;
use mandate_domain::{Currency, Id, Money};
use mandate_store::StoreError;
use mandate_store::boxed;
use serde_json::{Value, json};

use super::alike::LooksAlike;
use super::file_twins::FileTwin;
use super::import::{ImportError, ImportFile, ImportReport, Told, check_import_told, import_book};
use super::import_pass::has_more_rows;
use super::import_report::{MergedRow, Missing, SeveralRead};
use super::previews::{Held, PreviewChange, PreviewValue};
use super::related_plan::RelatedCounts;
use super::uploads::{UploadError, drop_upload, find_upload};
use super::volume::VolumeRead;
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::exchange::table::Reading;
use crate::jobs::{self, JobError, JobRun, StoredJob, message_json, requester};

/// The kind of these jobs.
pub const IMPORT_BOOK: &str = "import_book";

/// The kind of jobs that check.
pub const CHECK_BOOK: &str = "check_book_import";
/// Rows up to which a check is answered at once.
pub const MOST_CHECKED_AT_ONCE: usize = 20_000;

/// What becomes of an upload when its check is through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// It waits to be imported.
    Keep,
    /// It goes.
    Drop,
}

/// Why no import was begun.
#[derive(Debug, thiserror::Error)]
pub enum RequestBookImportError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such upload.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for RequestBookImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Upload(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Upload(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// Puts the import of an uploaded file into the queue; answers the job. A file is imported once: asked again, it
/// answers the job there is, unless that failed or was stopped.
///
/// # Errors
/// [`RequestBookImportError`] when a right is missing or the file is gone.
#[boxed]
pub async fn request_book_import(
    ctx: &Ctx,
    actor: &Actor,
    secret: &str,
) -> Result<Id<StoredJob>, RequestBookImportError> {
    authorise(actor, Action::Import)?;
    authorise(actor, Action::WriteBook)?;
    let found = find_upload(ctx, actor, secret).await;
    let mut tx = ctx.begin_write().await?;
    // Asked before the file is missed: an import that went well has removed it.
    if let Some(job) = jobs::load_asked(&mut tx, actor, IMPORT_BOOK, ("upload", secret)).await? {
        return Ok(job);
    }
    let (kind, file) = found?;
    let payload = json!({ "upload": secret, "kind": kind.plural(), "file_name": file.name });
    let id = jobs::enqueue(ctx, &mut tx, actor, IMPORT_BOOK, &payload).await?;
    let subject = Subject { kind: "job", id: id.as_str(), name: &file.name, account_id: None };
    let action = format!("{}.import_requested", kind.plural());
    tx.commit(actor.record(ctx.now(), &action, subject, vec![])).await?;
    Ok(id)
}

/// Whether a check of the file is a job's: it has more than [`MOST_CHECKED_AT_ONCE`] rows. What cannot be read is told at once.
#[boxed]
pub async fn is_for_a_job(file: &ImportFile) -> bool {
    has_more_rows(file, MOST_CHECKED_AT_ONCE).await.unwrap_or(false)
}

/// Puts the check of an uploaded file into the queue; answers the job.
///
/// # Errors
/// As [`request_book_import`].
#[boxed]
pub async fn request_book_check(
    ctx: &Ctx,
    actor: &Actor,
    secret: &str,
    afterwards: Afterwards,
) -> Result<Id<StoredJob>, RequestBookImportError> {
    authorise(actor, Action::Import)?;
    authorise(actor, Action::WriteBook)?;
    let (kind, file) = find_upload(ctx, actor, secret).await?;
    let mut tx = ctx.begin_write().await?;
    let payload = json!({
        "upload": secret, "kind": kind.plural(), "file_name": file.name, "keep": afterwards == Afterwards::Keep,
    });
    let id = jobs::enqueue(ctx, &mut tx, actor, CHECK_BOOK, &payload).await?;
    let subject = Subject { kind: "job", id: id.as_str(), name: &file.name, account_id: None };
    let action = format!("{}.import_check_requested", kind.plural());
    tx.commit(actor.record(ctx.now(), &action, subject, vec![])).await?;
    Ok(id)
}

/// Whether a job was asked for that takes the file kept under `secret`.
///
/// # Errors
/// [`StoreError`] when the jobs cannot be read.
#[boxed]
pub async fn is_asked_for(ctx: &Ctx, actor: &Actor, secret: &str) -> Result<bool, StoreError> {
    let mut tx = ctx.begin_read().await?;
    Ok(jobs::load_asked(&mut tx, actor, IMPORT_BOOK, ("upload", secret)).await?.is_some())
}

/// The upload that a job is about, and who asked for it.
async fn upload_of(ctx: &Ctx, run: &JobRun, secret: &str) -> Result<(Actor, Kind, ImportFile), JobError> {
    let actor = requester(ctx, run).await?;
    let (kind, file) = find_upload(ctx, &actor, secret).await.map_err(|error| {
        let result = json!({ "message": message_json(&error.message()), "detail": error.to_string() });
        JobError::RefusedWith { message: error.to_string(), result }
    })?;
    Ok((actor, kind, file))
}

/// What a job ends with.
fn ended(kind: Kind, done: Result<ImportReport, ImportError>) -> Result<Value, JobError> {
    match done {
        Ok(report) => Ok(report_json(&report)),
        Err(ImportError::Stopped(error)) => Err(error),
        Err(ImportError::Store(error)) => Err(JobError::Store(error)),
        Err(error) => {
            Err(JobError::RefusedWith { message: error.to_string(), result: refusal_json(kind, &error) })
        }
    }
}

/// Does such a job.
///
/// # Errors
/// [`JobError`], with every wrong cell in its result.
#[boxed]
pub async fn run_book_import(ctx: Ctx, run: JobRun) -> Result<Value, JobError> {
    let asked = run.payload()?;
    let secret = asked["upload"].as_str().unwrap_or_default().to_owned();
    let (actor, kind, file) = upload_of(&ctx, &run, &secret).await?;
    let done = import_book(&ctx, &actor, kind, &file, Told::Job(&run)).await;
    if done.is_ok() {
        drop_upload(&ctx, &actor, &secret).await;
    }
    ended(kind, done)
}

/// Does a check.
///
/// # Errors
/// As [`run_book_import`].
#[boxed]
pub async fn run_book_check(ctx: Ctx, run: JobRun) -> Result<Value, JobError> {
    let asked = run.payload()?;
    let secret = asked["upload"].as_str().unwrap_or_default().to_owned();
    let (actor, kind, file) = upload_of(&ctx, &run, &secret).await?;
    let done = check_import_told(&ctx, &actor, kind, &file, Told::Job(&run)).await;
    // Stopped by a restart it is checked again, and still needs the file.
    let is_over = !matches!(done, Err(ImportError::Stopped(_) | ImportError::Store(_)));
    if asked["keep"] != json!(true) && is_over {
        drop_upload(&ctx, &actor, &secret).await;
    }
    ended(kind, done)
}

/// What an import did, or a check would do, as it is kept and answered.
pub fn report_json(report: &ImportReport) -> Value {
    let previews: Vec<Value> = report
        .previews
        .iter()
        .map(|it| {
            json!({
                "kind": it.kind.plural(), "row": it.row, "external_id": it.external_id, "name": it.name,
                "outcome": it.outcome.as_str(),
                "changes": it.changes.iter().map(change_json).collect::<Vec<_>>(),
                "values": it.values.iter().map(value_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    let related: Vec<Value> = report.related.iter().map(related_json).collect();
    let alike: Vec<Value> = report.alike.iter().map(alike_json).collect();
    let reading = match &report.reading {
        Reading::Csv { delimiter, encoding } => {
            json!({ "format": "csv", "delimiter": delimiter.to_string(), "encoding": encoding })
        }
        Reading::Xlsx { sheet, n_more_sheets } => {
            json!({ "format": "xlsx", "sheet": sheet, "n_more_sheets": n_more_sheets })
        }
    };
    json!({
        "batch_id": report.batch_id, "kind": report.kind.plural(), "file_name": report.file_name,
        "reading": reading, "n_rows": report.n_rows, "n_new": report.n_new, "n_changed": report.n_changed,
        "n_same": report.n_same, "n_skipped": report.n_skipped, "n_left_out": report.left_out.len(),
        "left_out": report.left_out,
        "n_footer_lines": report.footer_rows.len(), "footer_rows": report.footer_rows, "n_by_name": report.n_by_name, "n_alike": report.n_alike, "previews": previews,
        "volume": report.volume.as_ref().map(volume_json), "lines_a_year": lines_a_year(report), "alike": alike, "related": related, "n_alone": report.n_alone,
        "n_twins": report.twins.n_rows, "twins_skipped": report.twins.is_skipped,
        "twins": report.twins.pairs.iter().map(twin_json).collect::<Vec<_>>(),
        "n_merged": report.n_merged, "merged": report.merged.iter().map(merged_json).collect::<Vec<_>>(),
        "several_ids": report.several.as_ref().map(several_json),
    })
}

/// A field that changes; null stands for a record without a name to show.
fn change_json(change: &PreviewChange) -> Value {
    json!({ "field": change.field, "label": change.label, "from": held_json(&change.from), "to": held_json(&change.to) })
}

/// A field of a new record and what it will hold.
fn value_json(value: &PreviewValue) -> Value {
    json!({ "field": value.field, "label": value.label, "value": held_json(&value.held) })
}

fn held_json(held: &Held) -> Option<&str> {
    (!held.is_unnamed).then_some(held.text.as_str())
}

fn twin_json(it: &FileTwin) -> Value {
    json!({ "row": it.row, "name": it.name, "other_row": it.other_row, "other": it.other })
}

/// A row whose record was merged into that of another row.
fn merged_json(it: &MergedRow) -> Value {
    json!({ "row": it.row, "external_id": it.external_id, "name": it.name })
}

fn several_json(it: &SeveralRead) -> Value {
    json!({ "column": it.column, "row": it.row, "given": it.given, "taken": it.taken, "n_cells": it.n_cells })
}

fn volume_json(it: &VolumeRead) -> Value {
    json!({ "per": it.per.as_str(), "row": it.row, "given": it.given, "annual": it.annual })
}

/// What the lines come to in a year, by currency; what does not fit 64 bits is left to the contracts to refuse.
pub fn lines_a_year(report: &ImportReport) -> Vec<Value> {
    let money =
        |(currency, minor): (&Currency, &i128)| Some(Money::new(i64::try_from(*minor).ok()?, *currency));
    let values = report.lines_a_year.iter().filter_map(money);
    values.map(|it| json!({ "currency": it.currency.code(), "annual_value": it.decimal() })).collect()
}

/// What happens to the records of one relation.
pub(super) fn related_json(it: &RelatedCounts) -> Value {
    json!({
        "kind": it.kind.plural(), "field": it.path, "n_new": it.n_new, "n_changed": it.n_changed, "n_same": it.n_same,
    })
}

fn alike_json(alike: &LooksAlike) -> Value {
    json!({
        "row": alike.row, "external_id": alike.external_id, "name": alike.name, "record_id": alike.record_id,
        "record_name": alike.record_name, "record_external_id": alike.record_external_id,
        "same": if alike.by_email { "email" } else { "name" }, "answer": alike.alike.as_str(),
    })
}

/// What is named and not there, and what is probably meant.
fn missing_json(missing: &Missing) -> Value {
    json!({ "kind": missing.referent.kind.as_str(), "text": missing.text, "close": missing.close })
}

/// Everything wrong with a file: the message and the cells, up to a thousand.
pub fn refusal_json(kind: Kind, error: &ImportError) -> Value {
    let mut told = json!({
        "kind": kind.plural(), "message": message_json(&error.message()), "detail": error.to_string(),
        "n_errors": 0, "errors": [],
    });
    if let ImportError::Rows(rows) = error {
        let errors: Vec<Value> = rows
            .errors
            .iter()
            .map(|it| {
                json!({
                    "row": it.row, "column": it.column, "field": it.field, "given": it.given, "detail": it.text,
                    "message": message_json(&it.message), "missing": it.missing.as_ref().map(missing_json),
                    "name": it.name,
                })
            })
            .collect();
        told["n_errors"] = json!(rows.n_errors);
        told["n_rows"] = json!(rows.n_rows);
        told["n_left_out"] = json!(rows.left_out.len());
        told["left_out"] = json!(rows.left_out);
        told["errors"] = json!(errors);
    }
    told
}
