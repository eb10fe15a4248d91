//! Imports of the book: a CSV or XLSX file of one kind of record, whole or not at all.
//!
//! A file is never held whole: it is read to its end, then checked chunk by chunk without holding the one writer's place, then
//! checked again and written in one transaction, with what is needed to undo it. Rows are matched by `external_id`: known ones are changed where they differ, others are made. A column that the file
//! does not have leaves its field as it is; an empty cell empties it. Every wrong cell is named with row, column and mend,
//! up to a thousand, and all are counted. The rights are those of single writes.

use std::marker::PhantomData;

use mandate_domain::Purpose;
use mandate_domain::audit::{AuditRecord, FieldChange, Origin, SealedChange};
use mandate_domain::book::{Draft, Kind, Shape, Spec};
use mandate_domain::with_kind;
use mandate_store::book::Stored;
use mandate_store::exchange::{self as store, Batch, ImportChange};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};
use serde_json::{Value, json};

use super::alike::{self, LooksAlike};
use super::custom::CustomFields;
use super::import_job::report_json;
use super::import_rows::{Columns, Seen, Wrong, refused_header};
use super::mapping::Mapping;
use super::mappings;
use super::plan::{Lookups, Outcome, Plan, Row, apply, names_its_own, with_natural_key};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::exchange::rows::{Content, HowRead, Rows};
use crate::exchange::table::{MOST_CSV_ROWS, MOST_ROWS, Reading, TableError};
use crate::jobs::{JobError, JobRun};
use crate::progress::Progress;
use crate::sources::Arriving;

/// Rows that look like a record, shown one by one.
const MOST_ALIKE: usize = 100;
/// Rows of a check that are shown.
const MOST_PREVIEWS: usize = 20;

/// A file as it was given, and how it is to be read.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// Its name.
    pub name: String,
    /// Its bytes, or where they are.
    pub content: Content,
    /// What its columns and words mean; without one they are the fields' own.
    pub mapping: Option<Box<Mapping>>,
}

impl ImportFile {
    /// A file whose columns have the fields' own names.
    pub fn new(name: impl Into<String>, content: impl Into<Content>) -> Self {
        Self { name: name.into(), content: content.into(), mapping: None }
    }

    fn how_read(&self) -> HowRead {
        self.mapping.as_ref().map(|mapping| mapping.how_read()).unwrap_or_default()
    }

    /// Its name as it is kept.
    fn plain_name(&self) -> String {
        self.name.chars().filter(|it| !it.is_control()).take(200).collect()
    }
}

/// What an import did, or a check would do.
#[derive(Clone, Debug)]
pub struct ImportReport {
    /// The batch, when it was imported.
    pub batch_id: Option<String>,
    /// What the file holds.
    pub kind: Kind,
    /// Its name.
    pub file_name: String,
    /// How it was read.
    pub reading: Reading,
    /// Rows under the header.
    pub n_rows: usize,
    /// Records made.
    pub n_new: usize,
    /// Records changed.
    pub n_changed: usize,
    /// Records that were as the file has them.
    pub n_same: usize,
    /// Rows that were left out, because a record looks like them.
    pub n_skipped: usize,
    /// The first rows that are new or change something.
    pub previews: Vec<Preview>,
    /// The first rows that look like a record without their id, where it was looked for.
    pub alike: Vec<LooksAlike>,
    /// How many there are.
    pub n_alike: usize,
}

/// One row of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Its number.
    pub row: usize,
    /// The firm's own id.
    pub external_id: String,
    /// The record's name.
    pub name: String,
    /// What happens to it.
    pub outcome: Outcome,
}

/// What is wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The row, as a spreadsheet numbers it.
    pub row: usize,
    /// The column, as the file's header has it.
    pub column: String,
    /// What stood there, up to 200 characters; empty for what few may read.
    pub given: String,
    /// What is wrong and how to mend it.
    pub message: Message,
    /// The same in English, for logs and the command line.
    pub text: String,
}

/// Everything that is wrong with a file's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowErrors {
    /// The first thousand, by row.
    pub errors: Vec<RowError>,
    /// How many there are.
    pub n_errors: usize,
    /// How many rows have one.
    pub n_wrong_rows: usize,
    /// Rows under the header.
    pub n_rows: usize,
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
const CHUNK: usize = 2_000;

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
    let (n_rows, digest) = count_rows::<R>(file).await?;
    told.tell("checking", 0, 2 * n_rows).await?;
    let specs = columns_with_custom(ctx, actor, R::KIND).await?;
    let mut pass = Pass::<R>::open(file, &specs, (n_rows, digest.clone())).await?;
    let mut tx = ctx.begin_read().await?;
    while let Some(chunk) = pass.next_chunk(&mut tx, ctx, actor).await? {
        pass.note(&chunk);
        told.tell("checking", pass.n_done, 2 * n_rows).await?;
    }
    drop(tx);
    let report = pass.finish()?;
    if last == Last::Check {
        return Ok(report);
    }
    told.tell("writing", n_rows, 2 * n_rows).await?;
    write::<R>(ctx, actor, (file, &specs), (told, n_rows, digest)).await
}

/// Checks the file once more, since others may have written meanwhile, and writes it, chunk by chunk in one transaction.
async fn write<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    (file, specs): (&ImportFile, &[Spec]),
    (mut told, n_rows, digest): (Told<'_>, usize, String),
) -> Result<ImportReport, ImportError> {
    let mut pass = Pass::<R>::open(file, specs, (n_rows, digest)).await?;
    let header = pass.header();
    let mut tx = ctx.begin_write().await?;
    let batch = batch(ctx, actor, file, (R::KIND, &pass.digest));
    // What the changes belong to stands first; its counts are known at the end.
    store::insert_batch(&mut tx, &batch).await?;
    let mut n_changes = 0;
    while let Some(mut chunk) = pass.next_chunk(&mut tx, ctx, actor).await? {
        pass.refuse_wrong()?;
        let mut audit = apply(&mut tx, ctx, actor, &mut chunk).await?;
        tell_rows(&mut audit, &chunk, &batch.file_name);
        tx.record_so_far(&audit).await?;
        let changes = changes(&chunk);
        let n_more = i64::try_from(changes.len()).unwrap_or(i64::MAX);
        store::insert_changes(&mut tx, &batch.id, n_changes, changes).await?;
        n_changes += n_more;
        pass.note(&chunk);
        // A job is told through the database, whose one writer this is.
        if let Told::Bar(_) = told {
            told.tell("writing", n_rows + pass.n_done, 2 * n_rows).await?;
        }
    }
    let mut report = pass.finish()?;
    report.batch_id = Some(batch.id.clone());
    let counts = [report.n_rows, report.n_new, report.n_changed, report.n_same];
    let [n_rows, n_new, n_changed, n_same] = counts.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    let batch = Batch { n_rows, n_new, n_changed, n_same, ..batch };
    store::save_counts(&mut tx, &batch).await?;
    mappings::remember(&mut tx, ctx, (R::KIND, &header), file.mapping.as_deref()).await?;
    let reason = told.reason();
    let record = AuditRecord { origin: Origin::Import, reason, ..batch_record(ctx, actor, &batch) };
    told.finish_in(ctx, &mut tx, &report).await?;
    tx.commit(record).await?;
    Ok(report)
}

/// Says in each record from which row of which file it comes.
fn tell_rows<R>(audit: &mut [AuditRecord], chunk: &Plan<R>, file_name: &str) {
    let written = chunk.rows.iter().filter(|row| row.outcome != Outcome::Same);
    for (record, row) in audit.iter_mut().zip(written) {
        record.origin = Origin::Import;
        record.reason = Some(format!("row {} of {file_name}", row.number));
    }
}

/// Reads the file once: whether it is a table to its end, how many rows it has, and the digest of its bytes.
async fn count_rows<R: Stored>(file: &ImportFile) -> Result<(usize, String), ImportError> {
    let (content, how) = (file.content.clone(), file.how_read());
    let most = if names_its_own::<R>() { MOST_ROWS } else { MOST_CSV_ROWS };
    blocking(move || {
        let mut rows = Rows::open(&content, how)?;
        let mut n_rows = 0;
        loop {
            let some = rows.next_rows(CHUNK)?.len();
            n_rows += some;
            if n_rows > most {
                return Err(TableError::TooManyRows { most });
            }
            if some == 0 {
                return Ok((n_rows, rows.digest()));
            }
        }
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TableError> + Send + 'static,
) -> Result<T, ImportError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ImportError::Broke)?.map_err(ImportError::File)
}

/// One way through a file: a chunk of rows after the other, planned.
struct Pass<'a, R> {
    rows: Option<Rows>,
    columns: Columns,
    mapping: Option<&'a Mapping>,
    digest: String,
    lookups: Lookups,
    seen: Seen,
    wrong: Wrong,
    n_rows: usize,
    n_done: usize,
    report: ImportReport,
    of: PhantomData<R>,
}

impl<'a, R: Stored> Pass<'a, R> {
    async fn open(
        file: &'a ImportFile,
        specs: &[Spec],
        (n_rows, digest): (usize, String),
    ) -> Result<Self, ImportError> {
        let (content, how) = (file.content.clone(), file.how_read());
        let rows = blocking(move || Rows::open(&content, how)).await?;
        let mapping = file.mapping.as_deref();
        let columns = Columns::of(rows.header(), (specs, R::NATURAL_KEY), mapping);
        let report = ImportReport {
            batch_id: None,
            kind: R::KIND,
            file_name: file.plain_name(),
            reading: rows.reading().clone(),
            n_rows,
            n_new: 0,
            n_changed: 0,
            n_same: 0,
            n_skipped: 0,
            previews: vec![],
            alike: vec![],
            n_alike: 0,
        };
        Ok(Self {
            rows: Some(rows),
            columns: columns.map_err(|errors| refused_header(errors, n_rows))?,
            mapping,
            digest,
            lookups: Lookups::default(),
            seen: Seen::default(),
            wrong: Wrong::default(),
            n_rows,
            n_done: 0,
            report,
            of: PhantomData,
        })
    }

    /// Plans the next rows; `None` at the end of the file.
    async fn next_chunk(
        &mut self,
        tx: &mut ReadTx,
        ctx: &Ctx,
        actor: &Actor,
    ) -> Result<Option<Plan<R>>, ImportError> {
        let Some(mut rows) = self.rows.take() else { return Ok(None) };
        // Of people, who reports to whom may stand further down.
        let names_people = R::KIND == Kind::Person
            && R::FIELDS.iter().any(|spec| spec.shape == Shape::Anyone && self.columns.holds(spec.name));
        let n = if names_people { MOST_ROWS + 1 } else { rows_at_once::<R>() };
        let (rows, read) = blocking(move || rows.next_rows(n).map(|read| (rows, read))).await?;
        if read.is_empty() {
            // Checked and written must be the same text.
            let same = rows.digest() == self.digest && self.n_done == self.n_rows;
            return if same { Ok(None) } else { Err(ImportError::File(TableError::Moved)) };
        }
        self.rows = Some(rows);
        self.n_done += read.len();
        let mut errors = vec![];
        let drafts = self.columns.drafts::<R>(&read, self.mapping, &mut errors);
        let drafts: Vec<Row<R>> = drafts.into_iter().map(with_natural_key).collect();
        let repeated = self.seen.add(&drafts);
        let (mut plan, looked) =
            alike::plan(tx, (ctx, actor), drafts, (self.mapping, &mut self.lookups)).await?;
        self.report.n_skipped += looked.n_skipped;
        self.report.n_alike += looked.found.len();
        let room = MOST_ALIKE.saturating_sub(self.report.alike.len());
        self.report.alike.extend(looked.found.into_iter().take(room));
        plan.problems.extend(repeated);
        plan.problems.sort_by_key(|problem| problem.number);
        self.wrong.add(&self.columns, &read, errors, &plan.problems);
        Ok(Some(plan))
    }

    /// Counts what was planned.
    fn note(&mut self, plan: &Plan<R>) {
        self.report.n_new += plan.count(Outcome::New);
        self.report.n_changed += plan.count(Outcome::Changed);
        self.report.n_same += plan.count(Outcome::Same);
        let room = MOST_PREVIEWS.saturating_sub(self.report.previews.len());
        let more = plan.rows.iter().filter(|row| row.outcome != Outcome::Same).take(room);
        self.report.previews.extend(more.map(|row| Preview {
            row: row.number,
            external_id: row.saved.external_id().unwrap_or_default().to_owned(),
            name: row.saved.name().to_owned(),
            outcome: row.outcome,
        }));
    }

    fn header(&self) -> Vec<String> {
        self.rows.as_ref().map(|rows| rows.header().to_vec()).unwrap_or_default()
    }

    fn refuse_wrong(&mut self) -> Result<(), ImportError> {
        std::mem::take(&mut self.wrong).refuse(self.n_rows)
    }

    fn finish(mut self) -> Result<ImportReport, ImportError> {
        self.refuse_wrong()?;
        Ok(self.report)
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
            before: (row.outcome == Outcome::Changed)
                .then(|| fields(&row.before.clone().overlaid(&row.custom_before.draft()))),
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
