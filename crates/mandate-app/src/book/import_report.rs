//! What came of an import or a check of the book: what would become of the rows, or everything that is wrong with them.

use std::collections::BTreeMap;

use mandate_domain::Currency;
use mandate_domain::book::{Kind, Referent};

use super::alike::LooksAlike;
use super::file_twins::FileTwins;
use super::previews::Preview;
use super::related_plan::RelatedCounts;
use super::volume::VolumeRead;
use crate::error::Message;
use crate::exchange::table::Reading;

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
    /// Rows that somebody chose to leave out.
    pub left_out: Vec<usize>,
    /// Lines under the last row that are no rows, as reports have them.
    pub footer_rows: Vec<usize>,
    /// How volumes were read, where the column's name does not say that they are a year's.
    pub volume: Option<VolumeRead>,
    /// What the file's contract lines come to in a year, volume times price, by currency: so that a month taken for a year is seen.
    pub lines_a_year: BTreeMap<Currency, i128>,
    /// Rows without an id of the firm: which record they are about is told by address or name.
    pub n_by_name: usize,
    /// The first rows that are new or change something.
    pub previews: Vec<Preview>,
    /// The first rows that look like a record without their id, where it was looked for.
    pub alike: Vec<LooksAlike>,
    /// How many there are.
    pub n_alike: usize,
    /// What happens to the records that rows carry besides their own, what others belong to first.
    pub related: Vec<RelatedCounts>,
    /// Rows that have nothing of their own, only such records.
    pub n_alone: usize,
    /// New accounts that look like one another, or like others in the book.
    pub twins: FileTwins,
    /// The first rows whose record was merged into that of another row: they change nothing.
    pub merged: Vec<MergedRow>,
    /// How many there are; they count as same.
    pub n_merged: usize,
    /// Cells of ids that have several of which the first counts.
    pub several: Option<SeveralRead>,
}

/// A row whose id of the firm was merged away into the record of another row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedRow {
    /// The row.
    pub row: usize,
    /// Its id.
    pub external_id: String,
    /// What the record is called that stands for it.
    pub name: String,
}

/// How cells with several ids were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeveralRead {
    /// The column of the first.
    pub column: String,
    /// The row of the first.
    pub row: usize,
    /// What stands there.
    pub given: String,
    /// The id that counts.
    pub taken: String,
    /// How many cells there are.
    pub n_cells: usize,
}

/// What is wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The row, as a spreadsheet numbers it.
    pub row: usize,
    /// The column, as the file's header has it.
    pub column: String,
    /// The field it is about; empty where it is about none.
    pub field: &'static str,
    /// What stood there, up to 200 characters; empty for what few may read.
    pub given: String,
    /// What is wrong and how to mend it.
    pub message: Message,
    /// The same in English, for logs and the command line.
    pub text: String,
    /// The record it names, where that is not in the book.
    pub missing: Option<Missing>,
    /// What the row's own record is called in the file; empty where the file does not say.
    pub name: String,
}

/// A record that a cell names and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Among which it was looked for.
    pub referent: Referent,
    /// What it is called in the file.
    pub text: String,
    /// The name that is probably meant.
    pub close: Option<String>,
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
    /// Rows of these that somebody chose to leave out.
    pub left_out: Vec<usize>,
}
