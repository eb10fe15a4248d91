//! Imports of the book: a CSV or XLSX file of one kind of record, whole or not at all.
//!
//! The file is read and checked without holding the one writer's place; then checked again and written in one transaction,
//! with what is needed to undo it. Rows are matched by `external_id`: known ones are changed where they differ, others are made. A column that the file
//! does not have leaves its field as it is; an empty cell empties it. Every wrong cell is named with row, column and mend,
//! up to a thousand, and all are counted. The rights are those of single writes.

use std::collections::BTreeMap;

use mandate_domain::Purpose;
use mandate_domain::audit::{AuditRecord, FieldChange, Origin, SealedChange};
use mandate_domain::book::{Draft, FieldProblem, Kind, Spec};
use mandate_domain::text::fold;
use mandate_domain::with_kind;
use mandate_store::StoreError;
use mandate_store::book::Stored;
use mandate_store::exchange::{self as store, Batch, ImportChange};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::errors::problem_message;
use super::import_job::report_json;
use super::plan::{Outcome, Plan, Row, RowProblem, Target, apply, plan};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::exchange::table::{Reading, Table, TableError, read_table};
use crate::jobs::{JobError, JobRun};
use crate::progress::Progress;

/// Most errors that are told; the rest is counted.
const MOST_ERRORS: usize = 1_000;
/// Rows of a check that are shown.
const MOST_PREVIEWS: usize = 20;

/// A file as it was given.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
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
    /// The first rows that are new or change something.
    pub previews: Vec<Preview>,
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
}

impl Told<'_> {
    /// `phase` is `reading`, `checking` or `writing`.
    async fn tell(&mut self, phase: &str, n_done: usize, n_total: usize) -> Result<(), ImportError> {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        match self {
            Self::Nobody => {}
            Self::Bar(bar) => bar.report(&format!("{phase} rows"), n_done as u64, n_total as u64),
            Self::Job(run) => run.progress(count(n_done), count(n_total), phase).await?,
        }
        Ok(())
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Check,
    Import,
}

/// Says what importing `file` would do, and changes nothing.
///
/// # Errors
/// As [`import_book`].
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

async fn run<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    file: &ImportFile,
    how: (Told<'_>, Last),
) -> Result<ImportReport, ImportError> {
    let (mut told, last) = how;
    told.tell("reading", 0, 0).await?;
    let bytes = file.bytes.clone();
    let reading = tokio::task::spawn_blocking(move || read_table(&bytes));
    let table = reading.await.map_err(|_| ImportError::Broke)?.map_err(ImportError::File)?;
    let columns = match columns_by_position(&table, R::FIELDS) {
        Ok(columns) => columns,
        Err(errors) => return Err(rows_error(errors, table.rows.len())),
    };
    let n_rows = table.rows.len();
    told.tell("checking", 0, 2 * n_rows).await?;
    let (rows, errors) = drafts::<R>(&table, &columns);
    let planned = plan::<R>(&mut ctx.begin_read().await?, ctx, actor, rows).await?;
    let checked = whole(planned, errors, &columns, n_rows)?;
    if last == Last::Check {
        return Ok(report(&checked, file, &table));
    }
    drop(checked);
    told.tell("writing", n_rows, 2 * n_rows).await?;
    let mut tx = ctx.begin_write().await?;
    // Others may have written since: what counts is decided here.
    let (rows, errors) = drafts::<R>(&table, &columns);
    let planned = plan::<R>(&mut tx, ctx, actor, rows).await?;
    let mut planned = whole(planned, errors, &columns, n_rows)?;
    let mut audit = apply(&mut tx, ctx, actor, &mut planned).await?;
    let mut report = report(&planned, file, &table);
    let batch = batch(ctx, actor, file, &report);
    report.batch_id = Some(batch.id.clone());
    store::insert_batch(&mut tx, &batch).await?;
    store::insert_changes(&mut tx, &batch.id, changes(&planned)).await?;
    audit.push(batch_record(ctx, actor, &batch));
    audit.iter_mut().for_each(|record| record.origin = Origin::Import);
    if let Told::Job(run) = &told {
        run.finish_in(&mut tx, &report_json(&report)).await?;
    }
    tx.commit_all(audit).await?;
    Ok(report)
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
            version_apart: Some(row.saved.version_apart),
            before: (row.outcome == Outcome::Changed).then(|| fields(&row.before)),
        })
        .collect()
}

/// Which field each column of the file holds.
fn columns_by_position(table: &Table, specs: &'static [Spec]) -> Result<Vec<Column>, Vec<RowError>> {
    let names: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
    let mut columns: Vec<Column> = vec![];
    let mut errors = vec![];
    for head in &table.header {
        let word = fold(head).replace([' ', '-'], "_");
        let field = match word.as_str() {
            "id" => Some("external_id"),
            _ => names.iter().copied().find(|name| *name == word),
        };
        let error = |message: Message, text| RowError { row: 1, column: head.clone(), message, text };
        match field {
            None => {
                let known = names.join(", ");
                let text =
                    format!("no field has the name `{head}`; remove the column or name it one of {known}");
                let message = Message::new("import-problem-unknown-column")
                    .with("column", head.as_str())
                    .with("known", known);
                errors.push(error(message, text));
            }
            Some(field) if columns.iter().any(|column| column.field == field) => {
                let text = format!("two columns are called `{field}`; remove one");
                errors.push(error(Message::new("import-problem-twice").with("column", field), text));
            }
            Some(_) => {}
        }
        columns.push(Column { field: field.unwrap_or_default(), head: head.clone() });
    }
    if !columns.iter().any(|column| column.field == "external_id") {
        let text = "the column `external_id` is missing; it says which record a row is about".to_owned();
        let message = Message::new("import-problem-no-id");
        errors.push(RowError { row: 1, column: "external_id".to_owned(), message, text });
    }
    if errors.is_empty() { Ok(columns) } else { Err(errors) }
}

struct Column {
    field: &'static str,
    head: String,
}

fn drafts<R>(table: &Table, columns: &[Column]) -> (Vec<Row<R>>, Vec<RowError>) {
    let (mut rows, mut errors) = (Vec::with_capacity(table.rows.len()), vec![]);
    for row in &table.rows {
        let surplus = row.cells.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty());
        if surplus || row.cells.len() < columns.len() {
            let (given, wanted) = (row.cells.len(), columns.len());
            errors.push(RowError {
                row: row.number,
                column: String::new(),
                message: Message::new("import-problem-cells")
                    .with("given", given.to_string())
                    .with("wanted", wanted.to_string()),
                text: format!(
                    "this row has {given} cells, the header has {wanted}; is a delimiter missing or not quoted?"
                ),
            });
            continue;
        }
        let mut draft = Draft::new();
        for (column, cell) in columns.iter().zip(&row.cells) {
            draft.set(column.field, cell.as_str());
        }
        rows.push(Row { number: row.number, draft, target: Target::ByExternalId });
    }
    (rows, errors)
}

/// The plan when nothing is wrong, else every error in the words of the file's own header.
fn whole<R>(
    plan: Plan<R>,
    mut errors: Vec<RowError>,
    columns: &[Column],
    n_rows: usize,
) -> Result<Plan<R>, ImportError> {
    let heads: BTreeMap<&str, &str> =
        columns.iter().map(|column| (column.field, column.head.as_str())).collect();
    // A column that is missing altogether is one error, not one a row.
    let mut missing = vec![];
    for problem in &plan.problems {
        if !heads.contains_key(problem.field) && problem.problem == FieldProblem::Required {
            if !missing.contains(&problem.field) {
                missing.push(problem.field);
                errors.push(missing_column(problem));
            }
            continue;
        }
        errors.push(RowError {
            row: problem.number,
            column: heads.get(problem.field).copied().unwrap_or(problem.field).to_owned(),
            message: problem_message(&problem.problem),
            text: problem.problem.to_string(),
        });
    }
    if errors.is_empty() { Ok(plan) } else { Err(rows_error(errors, n_rows)) }
}

fn missing_column(problem: &RowProblem) -> RowError {
    let field = problem.field;
    RowError {
        row: 1,
        column: field.to_owned(),
        message: Message::new("import-problem-missing-column").with("column", field),
        text: format!("the column `{field}` is missing; new records need it"),
    }
}

fn rows_error(mut errors: Vec<RowError>, n_rows: usize) -> ImportError {
    errors.sort_by_key(|error| error.row);
    let mut wrong: Vec<usize> = errors.iter().map(|error| error.row).collect();
    wrong.dedup();
    let n_errors = errors.len();
    errors.truncate(MOST_ERRORS);
    ImportError::Rows(RowErrors { errors, n_errors, n_wrong_rows: wrong.len(), n_rows })
}

fn report<R: Stored>(plan: &Plan<R>, file: &ImportFile, table: &Table) -> ImportReport {
    let previews = plan.rows.iter().filter(|row| row.outcome != Outcome::Same).take(MOST_PREVIEWS);
    ImportReport {
        batch_id: None,
        kind: R::KIND,
        file_name: file.name.chars().filter(|it| !it.is_control()).take(200).collect(),
        reading: table.reading.clone(),
        n_rows: plan.rows.len(),
        n_new: plan.count(Outcome::New),
        n_changed: plan.count(Outcome::Changed),
        n_same: plan.count(Outcome::Same),
        previews: previews
            .map(|row| Preview {
                row: row.number,
                external_id: row.saved.external_id().unwrap_or_default().to_owned(),
                name: row.saved.name().to_owned(),
                outcome: row.outcome,
            })
            .collect(),
    }
}

fn batch(ctx: &Ctx, actor: &Actor, file: &ImportFile, report: &ImportReport) -> Batch {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let sha256 = Sha256::digest(&file.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Batch {
        id: ctx.new_id::<Batch>().to_string(),
        kind: report.kind.plural().to_owned(),
        profile: "book".to_owned(),
        file_name: report.file_name.clone(),
        sha256,
        n_rows: count(report.n_rows),
        n_new: count(report.n_new),
        n_changed: count(report.n_changed),
        n_same: count(report.n_same),
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
