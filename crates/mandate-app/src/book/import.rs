//! Imports of the book: a CSV or XLSX file of one kind of record, whole or not at all.
//!
//! A file is never held whole: it is read to its end, then checked chunk by chunk without holding the one writer's place, then
//! checked again and written in one transaction, with what is needed to undo it. Rows are matched by `external_id`, without such a
//! column by what tells them (`known_by`): known ones are changed where they differ, others are made. A column that the file does
//! not have leaves its field as it is; an empty cell empties it. Every wrong cell is named with row, column and mend, up to a
//! thousand, and all are counted. The rights are those of single writes.

use std::collections::BTreeSet;

use mandate_domain::Purpose;
use mandate_domain::audit::{AuditRecord, FieldChange, Origin, SealedChange};
use mandate_domain::book::{Draft, Kind, Spec};
use mandate_domain::with_kind;
use mandate_store::book::{self, Stored};
use mandate_store::exchange::{self as store, Batch, ImportChange};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};
use serde_json::{Value, json};

use super::custom::CustomFields;
use super::custom_links::touched;
use super::import_job::{related_json, report_json};
use super::import_pass::{Pass, read_through};
pub use super::import_report::{ImportReport, MergedRow, Missing, RowError, RowErrors, SeveralRead};
use super::mapping::Mapping;
use super::mappings;
use super::plan::{Outcome, Plan, apply, names_its_own};
use super::related_plan::RelatedCounts;
use super::relations::related_fields;
use crate::audit::import_reason;
use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::exchange::rows::{Content, HowRead};
use crate::exchange::table::{MOST_ROWS, TableError};
use crate::jobs::{JobError, JobRun};
use crate::progress::Progress;
use crate::sources::Arriving;

/// Rows that look like a record, shown one by one.
pub(super) const MOST_ALIKE: usize = 100;
/// Rows of a check that are shown.
pub(super) const MOST_PREVIEWS: usize = 20;

/// A file as it was given, and how it is to be read.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// Its name.
    pub name: String,
    /// Its bytes, or where they are.
    pub content: Content,
    /// What its columns and words mean; without one they are the fields' own.
    pub mapping: Option<Box<Mapping>>,
    /// Rows that somebody chose to leave out.
    pub left_out: BTreeSet<usize>,
    /// Nobody looks at what a check says: what is no row is an error, too.
    pub is_unattended: bool,
}

impl ImportFile {
    /// A file whose columns have the fields' own names.
    pub fn new(name: impl Into<String>, content: impl Into<Content>) -> Self {
        Self {
            name: name.into(),
            content: content.into(),
            mapping: None,
            left_out: BTreeSet::new(),
            is_unattended: false,
        }
    }

    pub(super) fn how_read(&self) -> HowRead {
        let how = self.mapping.as_ref().map(|mapping| mapping.how_read()).unwrap_or_default();
        HowRead { no_footer: self.is_unattended, ..how }
    }

    /// Its name as it is kept.
    pub(super) fn plain_name(&self) -> String {
        self.name.chars().filter(|it| !it.is_control()).take(200).collect()
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The file as a whole.
    #[error("nothing was imported: {0}")]
    File(#[source] TableError),
    /// Its rows or its header.
    #[error("nothing was imported: {} cells in {} of {} rows are wrong", .0.n_errors, .0.n_wrong_rows, .0.n_rows)]
    Rows(RowErrors),
    /// The work stopped on a fault of the program.
    #[error("the import stopped on a fault of the program; the log has it")]
    Broke,
    /// Someone asked to stop it, or another runner has taken it over.
    #[error(transparent)]
    Stopped(#[from] JobError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who is told how far an import is.
pub enum Told<'a> {
    /// Nobody.
    Nobody,
    /// A progress bar.
    Bar(&'a mut dyn Progress),
    /// The job that does it, which may be stopped before anything is written.
    Job(&'a JobRun),
    /// The same of a file that came from a source.
    Source(&'a Arriving<'a>),
}

impl Told<'_> {
    /// `phase` is `reading`, `checking` or `writing`.
    async fn tell(&mut self, phase: &str, n_done: usize, n_total: usize) -> Result<(), ImportError> {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        match self {
            Self::Nobody => {}
            Self::Bar(bar) => bar.report(&format!("{phase} rows"), n_done as u64, n_total as u64),
            Self::Job(run) => run.progress(count(n_done), count(n_total), phase).await?,
            Self::Source(it) => it.run().progress(count(n_done), count(n_total), phase).await?,
        }
        Ok(())
    }

    /// As [`Told::tell`], within the transaction: a job is told through the database, whose one writer that is.
    async fn tell_bar(&mut self, phase: &str, n_done: usize, n_total: usize) -> Result<(), ImportError> {
        if matches!(self, Self::Bar(_)) { self.tell(phase, n_done, n_total).await } else { Ok(()) }
    }

    /// Ends the job in the transaction of the records.
    async fn finish_in(
        &mut self,
        ctx: &Ctx,
        tx: &mut WriteTx,
        report: &ImportReport,
    ) -> Result<(), ImportError> {
        match self {
            Self::Nobody | Self::Bar(_) => Ok(()),
            Self::Job(run) => Ok(run.finish_in(tx, &report_json(report)).await?),
            Self::Source(it) => it.finish_in(ctx, tx, report).await,
        }
    }

    /// Where the file comes from, if not from somebody's hand.
    fn reason(&self) -> Option<String> {
        match self {
            Self::Source(it) => Some(format!("from the source {}", it.source_name())),
            Self::Nobody | Self::Bar(_) | Self::Job(_) => None,
        }
    }
}

impl UseCaseError for ImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::File(_) | Self::Rows(_) => ErrorKind::Invalid,
            Self::Broke => ErrorKind::Internal,
            Self::Stopped(_) => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::File(error) => error.message(),
            Self::Rows(errors) => Message::new("import-error-rows")
                .with("errors", errors.n_errors.to_string())
                .with("wrong", errors.n_wrong_rows.to_string())
                .with("rows", errors.n_rows.to_string()),
            Self::Broke => Message::new("error-internal"),
            Self::Stopped(_) => Message::new("import-stopped"),
            Self::Store(error) => error.message(),
        }
    }
}

/// The columns that a file of `kind` may have; `external_id` and those required for new records come marked.
pub fn columns_of(kind: Kind) -> &'static [Spec] {
    kind.fields()
}

/// The same with the custom fields that the actor may see.
///
/// # Errors
/// [`ImportError::Denied`] when the right is missing.
#[boxed]
pub async fn columns_with_custom(ctx: &Ctx, actor: &Actor, kind: Kind) -> Result<Vec<Spec>, ImportError> {
    authorise(actor, Action::Import)?;
    let custom = CustomFields::of(&mut ctx.begin_read().await?, actor, kind).await?;
    Ok(kind.fields().iter().copied().chain(custom.0.iter().map(|field| field.spec())).collect())
}

/// As [`columns_with_custom`], with what rows may say of other records besides (`relations`).
///
/// # Errors
/// As there.
#[boxed]
pub async fn import_columns(ctx: &Ctx, actor: &Actor, kind: Kind) -> Result<Vec<Spec>, ImportError> {
    let mut columns = columns_with_custom(ctx, actor, kind).await?;
    columns.extend(related_fields(kind));
    Ok(columns)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Check,
    Import,
}

/// Says what importing `file` would do, and changes nothing.
///
/// # Errors
/// As [`import_book`].
#[boxed]
pub async fn check_import(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    file: &ImportFile,
) -> Result<ImportReport, ImportError> {
    by_kind(ctx, actor, kind, file, (Told::Nobody, Last::Check)).await
}

/// As [`check_import`], and tells how far it is.
///
/// # Errors
/// As [`import_book`].
pub async fn check_import_told(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    file: &ImportFile,
    told: Told<'_>,
) -> Result<ImportReport, ImportError> {
    by_kind(ctx, actor, kind, file, (told, Last::Check)).await
}

/// Imports a file of records of `kind`, whole or not at all, and tells how far it is.
///
/// # Errors
/// [`ImportError::File`] when it is no table, [`ImportError::Rows`] with every wrong cell; then nothing was imported.
pub async fn import_book(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    file: &ImportFile,
    told: Told<'_>,
) -> Result<ImportReport, ImportError> {
    by_kind(ctx, actor, kind, file, (told, Last::Import)).await
}

async fn by_kind(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    file: &ImportFile,
    how: (Told<'_>, Last),
) -> Result<ImportReport, ImportError> {
    authorise(actor, Action::Import)?;
    authorise(actor, Action::WriteBook)?;
    with_kind!(kind, R => run::<R>(ctx, actor, file, how).await)
}

/// Rows that are planned and written at once.
pub(super) const CHUNK: usize = 2_000;

/// How many rows of a kind are planned at once: all, where any may name any other.
pub(super) fn rows_at_once<R: Stored>() -> usize {
    if names_its_own::<R>() { MOST_ROWS + 1 } else { CHUNK }
}

async fn run<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    file: &ImportFile,
    how: (Told<'_>, Last),
) -> Result<ImportReport, ImportError> {
    let (mut told, last) = how;
    told.tell("reading", 0, 0).await?;
    let whole = read_through::<R>(file).await?;
    let n_rows = whole.n_rows;
    // A check is done when it has checked.
    let n_total = if last == Last::Check { n_rows } else { 2 * n_rows };
    told.tell("checking", 0, n_total).await?;
    let specs = import_columns(ctx, actor, R::KIND).await?;
    let mut pass = Pass::<R>::open(file, &specs, whole.clone()).await?;
    // What a job came to is kept, and told to whoever may see the job.
    if matches!(told, Told::Nobody) {
        pass.shown = clearance(actor);
    }
    pass.gather(ctx, actor).await?;
    // Who waits at a terminal stops it by ending it: where rows stand alone they are checked as they are written.
    if last == Last::Import && matches!(told, Told::Bar(_)) && pass.stands_alone() {
        return write(ctx, actor, (file, pass, None), told).await;
    }
    let mut tx = ctx.begin_read().await?;
    pass.check_related(&mut tx, ctx, actor).await?;
    while let Some(chunk) = pass.next_chunk(&mut tx, ctx, actor).await? {
        pass.note(&chunk);
        told.tell("checking", pass.n_done, n_total).await?;
    }
    pass.suggest(&mut tx, actor).await?;
    pass.find_twins(&mut tx, actor).await?;
    pass.name_previews(&mut tx, actor).await?;
    drop(tx);
    let (report, ahead) = pass.finish()?;
    if last == Last::Check {
        return Ok(report);
    }
    told.tell("writing", n_rows, n_total).await?;
    let mut pass = Pass::<R>::open(file, &specs, whole).await?;
    pass.ahead = ahead;
    write(ctx, actor, (file, pass, Some(report.n_new)), told).await
}

/// Checks the file once more, since others may have written meanwhile, and writes it, chunk by chunk in one transaction.
async fn write<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    (file, mut pass, n_new): (&ImportFile, Pass<R>, Option<usize>),
    mut told: Told<'_>,
) -> Result<ImportReport, ImportError> {
    let header = pass.header();
    let mut tx = ctx.begin_write().await?;
    book::gather_values(&mut tx);
    let batch = batch(ctx, actor, file, (R::KIND, pass.digest()));
    // What the changes belong to stands first; its counts are known at the end.
    store::insert_batch(&mut tx, &batch).await?;
    let mut n_changes = pass.write_related(&mut tx, ctx, actor, &batch).await?;
    if pass.stands_alone() {
        pass = write_and_plan(&mut tx, (ctx, actor), pass, (&batch, n_new, &mut told)).await?;
    } else {
        while let Some(mut chunk) = pass.next_chunk(&mut tx, ctx, actor).await? {
            pass.refuse_wrong()?;
            n_changes += write_planned(&mut tx, (ctx, actor), &mut chunk, (&batch, n_changes)).await?;
            n_changes += pass.write_ties(&mut tx, (ctx, actor), (&batch, n_changes)).await?;
            pass.note(&chunk);
            told.tell_bar("writing", pass.n_rows() + pass.n_done, 2 * pass.n_rows()).await?;
        }
    }
    pass.refuse_wrong()?;
    pass.name_previews(&mut tx, actor).await?;
    let (mut report, _) = pass.finish()?;
    report.batch_id = Some(batch.id.clone());
    let batch = with_counts(batch, &report);
    store::save_counts(&mut tx, &batch).await?;
    // A source reads by what was remembered before it began; what somebody remembered since stays.
    if !matches!(told, Told::Source(_)) {
        mappings::remember(&mut tx, (ctx, actor), (R::KIND, &header), file.mapping.as_deref()).await?;
    }
    let reason = told.reason();
    let record = AuditRecord { origin: Origin::Import, reason, ..batch_record(ctx, actor, &batch) };
    book::keep_gathered_values(&mut tx, ctx.now()).await?;
    told.finish_in(ctx, &mut tx, &report).await?;
    tx.commit(record).await?;
    Ok(report)
}

/// As planning and writing in turn, for rows that say nothing of one another: the next are planned, on a thread of their own,
/// while some are written. They are looked up in what was there before the transaction, where nobody else writes now. Once a row
/// is wrong the rest is only planned, so that all that is wrong is told.
async fn write_and_plan<R: Stored>(
    tx: &mut WriteTx,
    (ctx, actor): (&Ctx, &Actor),
    pass: Pass<R>,
    (batch, n_new, told): (&Batch, Option<usize>, &mut Told<'_>),
) -> Result<Pass<R>, ImportError> {
    let before = ctx.begin_read().await?;
    let mut n_changes = 0;
    let (mut pass, mut before, mut next) = plan_apart((ctx, actor), pass, before).await?;
    // The first rows tell of the others, where nobody has counted.
    let all_new = next.as_ref().is_some_and(|chunk| chunk.count(Outcome::New) == chunk.rows.len());
    let n_new = n_new.unwrap_or(if all_new { pass.n_rows() } else { 0 });
    let aside = book::set_aside::<R>(tx, n_new).await?;
    while let Some(mut chunk) = next {
        pass.note(&chunk);
        let is_wrong = pass.is_wrong();
        let planning = plan_apart((ctx, actor), pass, before);
        let planned = if is_wrong {
            planning.await
        } else {
            let writing = write_planned(tx, (ctx, actor), &mut chunk, (batch, n_changes));
            let (written, planned) = tokio::join!(writing, planning);
            n_changes += written?;
            planned
        };
        (pass, before, next) = planned?;
        told.tell_bar("writing", pass.n_rows() + pass.n_done, 2 * pass.n_rows()).await?;
    }
    pass.suggest(tx, actor).await?;
    pass.refuse_wrong()?;
    book::put_back(tx, aside).await?;
    Ok(pass)
}

type Ahead<R> = (Pass<R>, ReadTx, Option<Plan<R>>);

/// Plans the next rows in a task, begun at once; gives back what it was given.
fn plan_apart<R: Stored>(
    (ctx, actor): (&Ctx, &Actor),
    mut pass: Pass<R>,
    mut before: ReadTx,
) -> impl Future<Output = Result<Ahead<R>, ImportError>> + use<R> {
    let (ctx, actor) = (ctx.clone(), actor.clone());
    let planning = tokio::spawn(async move {
        let next = pass.next_chunk(&mut before, &ctx, &actor).await?;
        Ok((pass, before, next))
    });
    async move { planning.await.map_err(|_| ImportError::Broke)? }
}

/// Writes what was planned, all of an import as of one instant, and what undoing it needs after the `first` changes; answers how many there are more.
pub(super) async fn write_planned<R: Stored>(
    tx: &mut WriteTx,
    (ctx, actor): (&Ctx, &Actor),
    plan: &mut Plan<R>,
    (batch, first): (&Batch, i64),
) -> Result<i64, StoreError> {
    let mut audit = apply(tx, ctx, actor, plan, batch.created_at).await?;
    tell_rows(&mut audit, plan, &batch.file_name);
    tx.record_so_far(&audit).await?;
    let changes = changes(plan);
    let n_more = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    store::insert_changes(tx, &batch.id, first, changes).await?;
    Ok(n_more)
}

/// Says in each record from which row of which file it comes.
fn tell_rows<R>(audit: &mut [AuditRecord], chunk: &Plan<R>, file_name: &str) {
    let written = chunk.rows.iter().filter(|row| row.outcome != Outcome::Same);
    for (record, row) in audit.iter_mut().zip(written) {
        record.origin = Origin::Import;
        record.reason = Some(import_reason(row.number, file_name));
    }
}

/// The batch counts every record, related ones too; its report says how many of each kind these are.
fn with_counts(batch: Batch, report: &ImportReport) -> Batch {
    let all = |own: usize, of: fn(&RelatedCounts) -> usize| {
        i64::try_from(own + report.related.iter().map(of).sum::<usize>()).unwrap_or(i64::MAX)
    };
    let related = report.related.iter().filter(|it| it.n_new + it.n_changed + it.n_same > 0);
    let related: Vec<Value> = related.map(related_json).collect();
    Batch {
        n_rows: i64::try_from(report.n_rows).unwrap_or(i64::MAX),
        n_new: all(report.n_new, |it| it.n_new),
        n_changed: all(report.n_changed, |it| it.n_changed),
        n_same: all(report.n_same, |it| it.n_same),
        report: if related.is_empty() { batch.report } else { json!({ "related": related }).to_string() },
        ..batch
    }
}

/// What undoing the import needs to know of each record that it made or changed.
fn changes<R: Stored>(planned: &Plan<R>) -> Vec<ImportChange> {
    let fields = |draft: &Draft| {
        let fields: serde_json::Map<String, Value> =
            draft.iter().map(|(field, text)| (field.to_owned(), json!(text))).collect();
        Value::Object(fields).to_string()
    };
    let written = planned.rows.iter().filter(|row| row.outcome != Outcome::Same);
    written
        .map(|row| ImportChange {
            kind: R::KIND.as_str().to_owned(),
            record_id: row.saved.id.to_string(),
            version: row.saved.version,
            version_apart: Some(row.saved.version_apart + row.saved.version_beside),
            before: (row.outcome == Outcome::Changed).then(|| {
                let custom = touched(&row.custom_before, &row.saved.custom);
                fields(&row.before.clone().overlaid(&custom).overlaid(&row.overwritten.draft()))
            }),
        })
        .collect()
}

fn batch(ctx: &Ctx, actor: &Actor, file: &ImportFile, (kind, sha256): (Kind, &str)) -> Batch {
    Batch {
        id: ctx.new_id::<Batch>().to_string(),
        kind: kind.plural().to_owned(),
        profile: "book".to_owned(),
        file_name: file.plain_name(),
        sha256: sha256.to_owned(),
        n_rows: 0,
        n_new: 0,
        n_changed: 0,
        n_same: 0,
        state: "done".to_owned(),
        report: "{}".to_owned(),
        created_by: actor.user_id().map(ToString::to_string),
        created_at: ctx.now(),
    }
}

fn batch_record(ctx: &Ctx, actor: &Actor, batch: &Batch) -> AuditRecord {
    let count = |field: &str, n: i64| FieldChange {
        field: field.to_owned(),
        from: None,
        to: Some(n.to_string()),
        sealed: None,
    };
    // Of a file with a few unknown costs the hash tells them: whoever tries all of them finds it.
    let sealed = SealedChange { purpose: Purpose::Cost, salt: ctx.new_secret() };
    let changes = vec![
        FieldChange {
            field: "sha256".to_owned(),
            from: None,
            to: Some(batch.sha256.clone()),
            sealed: Some(sealed),
        },
        count("rows", batch.n_rows),
        count("new", batch.n_new),
        count("changed", batch.n_changed),
        count("same", batch.n_same),
    ];
    let subject = Subject { kind: "import_batch", id: &batch.id, name: &batch.file_name, account_id: None };
    actor.record(ctx.now(), &format!("{}.imported", batch.kind), subject, changes)
}
