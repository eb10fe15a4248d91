//! Rows of events on their way in: what was read, what is wrong with it, and people as pseudonyms.
//!
//! A pseudonym is a keyed hash: the same person has the same one in every file of this installation, and nobody without
//! the key can tell who it is or check a guess. The first thousand problems are kept, all are counted.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;
use mandate_facts::io::EventRow;
use sha2::{Digest, Sha256};

use super::event_table::Stamp;

/// Problems kept to be shown.
pub const MOST_PROBLEMS: usize = 1_000;

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The row: in CSV the head is row 1, elsewhere the first row or line is.
    pub row: u64,
    /// The column or field.
    pub column: &'static str,
    /// What is wrong.
    pub kind: RowProblemKind,
}

/// The ways in which a row can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowProblemKind {
    /// A value that must be there and is not.
    #[error("is empty; every event needs one")]
    Missing,
    /// A value in no form that is understood.
    #[error("holds `{text}`, which cannot be read")]
    Unreadable {
        /// What it holds, cut to 60 characters.
        text: String,
    },
    /// A state nobody mapped.
    #[error(
        "holds the state `{state}`, which nobody has mapped; say what it means under Facts, Sources, or with --state '{state}=active'"
    )]
    UnmappedState {
        /// The state.
        state: String,
    },
    /// An event that happened before its case was opened.
    #[error("lies before case `{case_ref}` was opened; correct the time, or the opening")]
    BeforeOpened {
        /// The case.
        case_ref: String,
    },
    /// A time without a zone, from a source that states none.
    #[error("holds `{text}` without a time zone; write an offset such as Z or +01:00")]
    NoZone {
        /// What it holds.
        text: String,
    },
    /// The same moment of the same case with other values.
    #[error(
        "tells another story of case `{case_ref}` at the same time and sequence as an earlier event; correct one of them"
    )]
    Contradicts {
        /// The case.
        case_ref: String,
    },
    /// An account the book does not hold.
    #[error("names the account `{account}`, which does not exist; add it first, or correct the id")]
    UnknownAccount {
        /// Its id as given.
        account: String,
    },
    /// A case of an account that the writer does not see.
    #[error("speaks of case `{case_ref}`, which is out of your reach; leave it to who sees all accounts")]
    OutOfReach {
        /// The case.
        case_ref: String,
    },
    /// A line that is not one JSON object.
    #[error("is not an event: {what}")]
    NotAnEvent {
        /// What the reader said.
        what: String,
    },
    /// A value longer than any source writes.
    #[error("has {length} characters, at most {limit} fit")]
    TooLong {
        /// Characters given.
        length: usize,
        /// Characters that fit.
        limit: usize,
    },
}

/// `row 118, column sys_updated_at: lies before case ...`
impl std::fmt::Display for RowProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {}, column `{}` {}", self.row, self.column, self.kind)
    }
}

/// Rows read so far and not yet written, with their numbers; and what was wrong.
#[derive(Default)]
pub struct Rows {
    /// Number and event, in the order of the file.
    pub rows: Vec<(u64, EventRow)>,
    /// The first problems.
    pub problems: Vec<RowProblem>,
    /// How many there were.
    pub n_problems: u64,
    /// Rows looked at, good or bad.
    pub n_rows: u64,
    /// Events moved to the opening of their case, because their record is older than its stated opening.
    pub n_before_opening: u64,
}

/// Characters a text of an event may have.
const LONGEST_TEXT: usize = 400;

impl Rows {
    /// Takes a row that could be read.
    pub fn push(&mut self, number: u64, row: EventRow) {
        let texts: [(&'static str, &String); 6] = [
            ("case", &row.case_ref),
            ("event_id", &row.event_id),
            ("account", &row.account_ref),
            ("group", &row.group_ref),
            ("category", &row.category),
            ("state", &row.raw_state),
        ];
        let long = texts.into_iter().find(|(_, text)| LONGEST_TEXT < text.len());
        if let Some((column, text)) = long {
            let kind = RowProblemKind::TooLong { length: text.chars().count(), limit: LONGEST_TEXT };
            return self.refuse(RowProblem { row: number, column, kind });
        }
        self.n_rows += 1;
        self.rows.push((number, row));
    }

    /// Notes a row that could not.
    pub fn refuse(&mut self, problem: RowProblem) {
        self.n_rows += 1;
        self.note(problem);
    }

    /// Notes a problem of a row that was counted already.
    pub fn note(&mut self, problem: RowProblem) {
        self.n_problems += 1;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

/// Turns names into pseudonyms and remembers them.
pub struct Pseudonyms {
    key: [u8; 32],
    by_name: HashMap<String, String>,
}

impl Pseudonyms {
    /// Pseudonyms under an installation's key.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, by_name: HashMap::new() }
    }

    /// The pseudonym of a name; empty for none.
    pub fn of(&mut self, name: Option<String>) -> String {
        let Some(name) = name else { return String::new() };
        if let Some(known) = self.by_name.get(&name) {
            return known.clone();
        }
        // The key has a fixed length and the hash is cut, so neither can be stretched into another.
        let digest = Sha256::new().chain_update(self.key).chain_update(name.as_bytes()).finalize();
        let text: String = digest[..10].iter().map(|byte| format!("{byte:02x}")).collect();
        let pseudonym = format!("p{text}");
        self.by_name.insert(name, pseudonym.clone());
        pseudonym
    }

    /// Every pseudonym given out, with its name, sorted.
    pub fn into_names(self) -> Vec<(String, String)> {
        let sorted: BTreeMap<String, String> =
            self.by_name.into_iter().map(|(name, pseudonym)| (pseudonym, name)).collect();
        sorted.into_iter().collect()
    }
}

/// A time as an instant: a wall clock reading is one of `zone`. `None` outside the years that can be told.
pub fn wall_to_us(stamp: Stamp, zone: &TimeZone) -> Option<i64> {
    let us = match stamp {
        Stamp::At(us) => us,
        Stamp::Wall(us) if *zone == TimeZone::UTC => us,
        Stamp::Wall(us) => {
            let wall = jiff::Timestamp::from_microsecond(us).ok()?.to_zoned(TimeZone::UTC).datetime();
            zone.to_ambiguous_timestamp(wall).compatible().ok()?.as_microsecond()
        }
    };
    jiff::Timestamp::from_microsecond(us).ok().map(|_| us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_is_read_in_its_zone() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        // 2016-07-01 12:00 in Berlin is 10:00 UTC.
        assert_eq!(wall_to_us(Stamp::Wall(1_467_374_400_000_000), &berlin), Some(1_467_367_200_000_000));
        assert_eq!(wall_to_us(Stamp::At(7), &berlin), Some(7));
    }

    #[test]
    fn a_pseudonym_is_steady_and_depends_on_the_key() {
        let mut one = Pseudonyms::new([1; 32]);
        let caller = one.of(Some("Caller 2403".to_owned()));
        assert_eq!(one.of(Some("Caller 2403".to_owned())), caller);
        assert_ne!(Pseudonyms::new([2; 32]).of(Some("Caller 2403".to_owned())), caller);
        assert_eq!(one.of(None), "");
        assert_eq!(one.into_names(), [(caller, "Caller 2403".to_owned())]);
    }
}
