//! Everything that is wrong with a file of the book, gathered while its rows are read: the first thousand cells, the rest counted.

use std::collections::{BTreeSet, HashMap};

use mandate_domain::book::FieldProblem;
use mandate_store::{ReadTx, StoreError};

use super::import::ImportError;
use super::import_report::{RowError, RowErrors};
use super::import_rows::{Columns, MOST_GIVEN, head_error};
use super::near_names;
use super::plan::RowProblem;
use super::related::RelatedProblem;
use crate::ctx::Actor;
use crate::error::Message;
use crate::exchange::table::TableRow;

/// Most errors that are told; the rest is counted.
const MOST_ERRORS: usize = 1_000;

/// Everything that is wrong with a file so far.
#[derive(Default)]
pub(super) struct Wrong {
    missing: Vec<RowError>,
    /// Rows about nothing in the book that cannot make a new record for want of a column.
    lacking: Vec<RowError>,
    n_lacking: usize,
    /// Other rows of a file without ids are about what is there.
    pub(super) is_any_there: bool,
    errors: Vec<RowError>,
    n_errors: usize,
    n_wrong_rows: usize,
    /// What is wrong now is with related records.
    pub(super) is_related: bool,
    /// Rows that are counted as wrong already for what they say of related records.
    related_rows: BTreeSet<usize>,
}

impl Wrong {
    /// Adds what is wrong with some `rows`.
    pub(super) fn add(
        &mut self,
        columns: &Columns,
        rows: &[TableRow],
        mut errors: Vec<RowError>,
        problems: &[RowProblem],
    ) {
        if errors.is_empty() && problems.is_empty() {
            return;
        }
        let by_number: HashMap<usize, &TableRow> = rows.iter().map(|row| (row.number, row)).collect();
        let mut lacking = None;
        for problem in problems {
            let field = problem.field;
            if problem.problem == FieldProblem::Required && !columns.holds(field) {
                if !self.missing.iter().any(|error| error.column == field) {
                    self.missing.push(missing_column(field));
                }
                let has_name = columns.telling_column().is_some() && !self.is_related;
                if has_name && lacking != Some(problem.number) {
                    lacking = Some(problem.number);
                    self.n_lacking += 1;
                    if self.lacking.len() < MOST_ERRORS {
                        self.lacking.push(columns.nothing_there(problem, &by_number));
                    }
                }
            } else {
                errors.push(columns.error_of(problem, &by_number));
            }
        }
        errors.sort_by_key(|error| error.row);
        let mut wrong: Vec<usize> = errors.iter().map(|error| error.row).collect();
        wrong.dedup();
        self.n_wrong_rows += wrong.iter().filter(|row| !self.related_rows.contains(row)).count();
        if self.is_related {
            self.related_rows.extend(wrong);
        }
        self.n_errors += errors.len();
        let room = MOST_ERRORS.saturating_sub(self.errors.len());
        self.errors.extend(errors.into_iter().take(room));
    }

    /// Adds what is wrong with related records, whose rows are read no more.
    pub(super) fn add_related(&mut self, columns: &Columns, problems: Vec<RelatedProblem>) {
        for RelatedProblem { problem, given } in problems {
            let row = TableRow { number: problem.number, cells: vec![] };
            let n_before = self.errors.len();
            self.add(columns, std::slice::from_ref(&row), vec![], &[problem]);
            for error in self.errors.iter_mut().skip(n_before).filter(|error| error.row == row.number) {
                error.given = given.chars().take(MOST_GIVEN).collect();
            }
        }
    }

    /// Says of what is named and not there what is probably meant.
    pub(super) async fn suggest(&mut self, tx: &mut ReadTx, actor: &Actor) -> Result<(), StoreError> {
        near_names::suggest(tx, actor, &mut self.errors).await
    }

    /// Whether there is anything.
    pub(super) fn is_any(&self) -> bool {
        self.n_errors + self.missing.len() > 0
    }

    /// Nothing, or why the file of `n_rows`, those left out among them, is refused.
    pub(super) fn refuse(mut self, n_rows: usize, left_out: &[usize]) -> Result<(), ImportError> {
        // Where some are there a name that is not is rather misspelt than new.
        if self.is_any_there && self.n_lacking > 0 {
            self.missing.retain(|error| error.column.contains('.'));
            self.n_errors += self.n_lacking;
            self.n_wrong_rows += self.n_lacking;
            self.errors.append(&mut self.lacking);
        }
        self.errors.sort_by_key(|error| error.row);
        let n_errors = self.n_errors + self.missing.len();
        if n_errors == 0 {
            return Ok(());
        }
        let n_wrong_rows = self.n_wrong_rows + usize::from(!self.missing.is_empty());
        let errors = self.missing.into_iter().chain(self.errors).take(MOST_ERRORS).collect();
        let left_out = left_out.to_vec();
        Err(ImportError::Rows(RowErrors { errors, n_errors, n_wrong_rows, n_rows, left_out }))
    }
}

/// The header is what is wrong.
pub(super) fn refused_header(errors: Vec<RowError>, n_rows: usize) -> ImportError {
    let (n_errors, left_out) = (errors.len(), vec![]);
    ImportError::Rows(RowErrors { n_errors, n_wrong_rows: 1, n_rows, errors, left_out })
}

fn missing_column(field: &'static str) -> RowError {
    let message = Message::new("import-problem-missing-column").with("column", field);
    head_error(field, message, format!("the column `{field}` is missing; new records need it"))
}
