//! An account's history in lines: what one import did to records of one kind is one line, everything else a line each.
//!
//! An audit record names the file it came from and no batch, so an import is told by what its records share: the file, who brought it,
//! and that they follow one another. No import touches a record twice; a record that comes again is of an import before.

use std::collections::BTreeSet;

use mandate_domain::Id;
use mandate_domain::book::Account;
use mandate_store::boxed;

use super::{ReadAuditError, StoredRecord, seen_page};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// Records read at once.
const AT_ONCE: i64 = 500;
/// Most records read for one page: of an import that goes on beyond them it is said that there are more.
const MOST_READ: i64 = 5_000;
/// Records further apart than this are of two imports.
const ONE_IMPORT_US: i64 = 600_000_000;

/// One line: a record, or all that an import did alike.
#[derive(Clone, Debug)]
pub struct HistoryLine {
    /// The newest of its records.
    pub newest: StoredRecord,
    /// How many records it stands for; at least, where its import goes on beyond what was read.
    pub n: usize,
    /// Whether its import may have done this to more records than were read.
    pub is_cut: bool,
    /// The file that was imported.
    pub file: Option<String>,
}

/// The newest lines of an account's history.
#[derive(Clone, Debug)]
pub struct History {
    /// The lines, newest first.
    pub lines: Vec<HistoryLine>,
    /// Whether nothing happened before them.
    pub is_whole: bool,
}

/// What the audit record of an imported row gives as its reason.
pub(crate) fn import_reason(row: impl std::fmt::Display, file_name: &str) -> String {
    format!("row {row} of {file_name}")
}

/// The file that an imported record names as where it came from.
fn file_of(record: &StoredRecord) -> Option<&str> {
    let reason = record.reason.as_deref().filter(|_| record.origin == "import")?;
    let (row, file) = reason.strip_prefix("row ")?.split_once(" of ")?;
    row.bytes().all(|byte| byte.is_ascii_digit()).then_some(file)
}

/// Lines of one import so far.
struct Run {
    file: String,
    actor_name: String,
    oldest_us: i64,
    subjects: BTreeSet<(String, String)>,
    lines: Vec<usize>,
}

impl Run {
    fn has(&self, record: &StoredRecord, file: &str) -> bool {
        let subject = (record.subject_kind.clone(), record.subject_id.clone());
        let apart = self.oldest_us.saturating_sub(record.at.microseconds());
        let is_same = self.file == file && self.actor_name == record.actor_name;
        is_same && apart <= ONE_IMPORT_US && !self.subjects.contains(&subject)
    }
}

/// Lines put together from records, the newest first.
#[derive(Default)]
struct Lines {
    lines: Vec<HistoryLine>,
    run: Option<Run>,
}

impl Lines {
    fn push(&mut self, record: StoredRecord) {
        let Some(file) = file_of(&record).map(str::to_owned) else {
            self.run = None;
            self.lines.push(HistoryLine { newest: record, n: 1, is_cut: false, file: None });
            return;
        };
        let run = self.run.take().filter(|run| run.has(&record, &file));
        let mut run = run.unwrap_or_else(|| Run {
            file: file.clone(),
            actor_name: record.actor_name.clone(),
            oldest_us: record.at.microseconds(),
            subjects: BTreeSet::new(),
            lines: vec![],
        });
        run.oldest_us = record.at.microseconds();
        run.subjects.insert((record.subject_kind.clone(), record.subject_id.clone()));
        let alike = run.lines.iter().copied().find(|idx| {
            let newest = &self.lines[*idx].newest;
            newest.subject_kind == record.subject_kind && newest.action == record.action
        });
        match alike {
            Some(idx) => self.lines[idx].n += 1,
            None => {
                run.lines.push(self.lines.len());
                self.lines.push(HistoryLine { newest: record, n: 1, is_cut: false, file: Some(file) });
            }
        }
        self.run = Some(run);
    }
}

impl Lines {
    /// The first `limit` lines; `is_end` where there are no older records.
    fn shown(self, limit: usize, is_end: bool) -> History {
        let Self { mut lines, run } = self;
        let is_whole = is_end && lines.len() <= limit;
        // An import that is the last thing read may go on.
        for idx in run.filter(|_| !is_end).into_iter().flat_map(|run| run.lines) {
            lines[idx].is_cut = true;
        }
        lines.truncate(limit);
        History { lines, is_whole }
    }
}

/// What happened to `account` in at most `limit` lines, newest first, as far as `actor` may see it.
///
/// # Errors
/// [`ReadAuditError`] when the right is missing.
#[boxed]
pub async fn account_history_lines(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
    limit: usize,
) -> Result<History, ReadAuditError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let (mut lines, mut before, mut n_read, mut is_end) = (Lines::default(), i64::MAX, 0, false);
    // One line more than is shown, so that the last that is shown is whole.
    while lines.lines.len() <= limit && n_read < MOST_READ && !is_end {
        match seen_page(&mut tx, actor, account, before, AT_ONCE).await? {
            Some((records, last)) => {
                (before, n_read) = (last, n_read + AT_ONCE);
                records.into_iter().for_each(|record| lines.push(record));
            }
            None => is_end = true,
        }
    }
    Ok(lines.shown(limit, is_end))
}

#[cfg(test)]
mod tests {
    use mandate_domain::Instant;

    use super::*;

    fn record(second: i64, subject: &str, action: &str, reason: Option<&str>) -> StoredRecord {
        StoredRecord {
            seq: second,
            at: Instant::from_seconds(second),
            actor_kind: "user".to_owned(),
            actor_id: None,
            actor_name: "Ada".to_owned(),
            origin: if reason.is_some() { "import" } else { "web" }.to_owned(),
            action: action.to_owned(),
            subject_kind: "actual".to_owned(),
            subject_id: subject.to_owned(),
            subject_name: String::new(),
            account_id: None,
            reason: reason.map(str::to_owned),
            changes: "[]".to_owned(),
            previous_hash: String::new(),
            hash: String::new(),
        }
    }

    fn counts(records: Vec<StoredRecord>) -> Vec<(String, usize)> {
        let mut lines = Lines::default();
        records.into_iter().for_each(|record| lines.push(record));
        lines.lines.into_iter().map(|line| (line.newest.action, line.n)).collect()
    }

    #[test]
    fn an_import_is_a_line_for_each_thing_it_did() {
        let told = counts(vec![
            record(9, "d", "actual.created", Some("row 4 of a.csv")),
            record(9, "c", "actual.changed", Some("row 3 of a.csv")),
            record(9, "b", "actual.created", Some("row 2 of a.csv")),
            record(8, "a", "actual.changed", None),
            record(7, "a", "actual.created", Some("row 2 of a.csv")),
        ]);
        let line = |action: &str, n| (format!("actual.{action}"), n);
        assert_eq!(told, [line("created", 2), line("changed", 1), line("changed", 1), line("created", 1)]);
    }

    #[test]
    fn an_import_that_goes_on_beyond_what_was_read_says_so() {
        let lines = || {
            let mut lines = Lines::default();
            lines.push(record(9, "z", "actual.changed", None));
            for second in (1..=8).rev() {
                let action = if second == 4 { "actual.changed" } else { "actual.created" };
                lines.push(record(second, &second.to_string(), action, Some("row 2 of a.csv")));
            }
            lines
        };
        let told = |history: History| {
            let lines: Vec<(usize, bool)> = history.lines.iter().map(|line| (line.n, line.is_cut)).collect();
            (lines, history.is_whole)
        };
        assert_eq!(told(lines().shown(100, false)), (vec![(1, false), (7, true), (1, true)], false));
        assert_eq!(told(lines().shown(100, true)), (vec![(1, false), (7, false), (1, false)], true));
        assert_eq!(told(lines().shown(1, true)), (vec![(1, false)], false));
    }

    #[test]
    fn two_imports_are_two_lines() {
        let again = counts(vec![
            record(9, "a", "actual.changed", Some("row 2 of a.csv")),
            record(8, "a", "actual.changed", Some("row 2 of a.csv")),
        ]);
        assert_eq!(again.len(), 2, "the same record again");
        let other = counts(vec![
            record(9, "b", "actual.created", Some("row 2 of b.csv")),
            record(8, "a", "actual.created", Some("row 2 of a.csv")),
        ]);
        assert_eq!(other.len(), 2, "another file");
        let later = counts(vec![
            record(9_000, "b", "actual.created", Some("row 9 of a.csv")),
            record(8, "a", "actual.created", Some("row 2 of a.csv")),
        ]);
        assert_eq!(later.len(), 2, "hours apart");
    }
}
