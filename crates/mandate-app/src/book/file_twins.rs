//! Rows of a file that are likely one company, or one that is in the book: names without their legal form, words cut short, umlauts
//! written out, as the list of likely duplicates has it.
//!
//! Only told, never in the way. Names are kept of files up to [`MOST_ROWS_COMPARED`]; the book's are read one by one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mandate_domain::book::Kind;
use mandate_domain::book::alike::CompanyName;
use mandate_store::book::{self as store, Stored};
use mandate_store::reads::book_pages;
use mandate_store::{ReadTx, StoreError, boxed};

use super::plan::{Outcome, Plan};
use crate::ctx::Actor;

/// Most new accounts of a file that are compared.
pub const MOST_ROWS_COMPARED: usize = 20_000;
/// Pairs that are told.
const MOST_PAIRS: usize = 20;
/// What a word that more names share says of them is nothing.
const MOST_SHARING: usize = 200;

/// A row, and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTwin {
    /// The row.
    pub row: usize,
    /// Its name.
    pub name: String,
    /// The row of the other; none where that is in the book.
    pub other_row: Option<usize>,
    /// The name of the other.
    pub other: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTwins {
    /// The first pairs.
    pub pairs: Vec<FileTwin>,
    /// How many rows look like others.
    pub n_rows: usize,
    /// There were too many rows to compare.
    pub is_skipped: bool,
}

/// The new accounts of a file so far.
#[derive(Default)]
pub(super) struct Newcomers {
    rows: Vec<(usize, String)>,
    is_full: bool,
}

impl Newcomers {
    /// Takes the new accounts of some rows.
    pub(super) fn add<R: Stored>(&mut self, plan: &Plan<R>) {
        if R::KIND != Kind::Account || self.is_full {
            return;
        }
        let new = plan.rows.iter().filter(|row| row.outcome == Outcome::New);
        self.rows.extend(new.map(|row| (row.number, row.saved.name().to_owned())));
        if self.rows.len() > MOST_ROWS_COMPARED {
            *self = Self { rows: vec![], is_full: true };
        }
    }

    /// Those that look like one another, or like a record within the actor's reach.
    #[boxed]
    pub(super) async fn twins(self, tx: &mut ReadTx, actor: &Actor) -> Result<FileTwins, StoreError> {
        if self.rows.is_empty() {
            return Ok(FileTwins { is_skipped: self.is_full, ..FileTwins::default() });
        }
        let names = Names::of(&self.rows);
        let mut met: BTreeSet<usize> = BTreeSet::new();
        let mut pairs: Vec<(usize, Other)> = vec![];
        for (at, name) in names.names.iter().enumerate() {
            for other in names.near(name).into_iter().filter(|other| *other > at) {
                met.extend([at, other]);
                if pairs.len() < MOST_PAIRS {
                    pairs.push((at, Other::Row(other)));
                }
            }
        }
        let mut take = |id: String, name: &str| {
            for at in names.near(&CompanyName::read(name)) {
                met.insert(at);
                if pairs.len() < MOST_PAIRS {
                    pairs.push((at, Other::Record(id.clone())));
                }
            }
        };
        store::each_name(tx, &actor.scope, Kind::Account.into(), &mut take).await?;
        let ids: Vec<String> = pairs.iter().filter_map(|(_, other)| other.id().cloned()).collect();
        let known = book_pages::names(tx, &actor.scope, Kind::Account, &ids).await?;
        let pairs = pairs.into_iter().filter_map(|(at, other)| self.pair(at, &other, &known)).collect();
        Ok(FileTwins { pairs, n_rows: met.len(), is_skipped: false })
    }

    fn pair(&self, at: usize, other: &Other, known: &BTreeMap<String, String>) -> Option<FileTwin> {
        let (row, name) = self.rows.get(at)?.clone();
        let (other_row, other) = match other {
            Other::Row(at) => self.rows.get(*at).map(|(row, name)| (Some(*row), name.clone()))?,
            Other::Record(id) => (None, known.get(id)?.clone()),
        };
        Some(FileTwin { row, name, other_row, other })
    }
}

enum Other {
    Row(usize),
    Record(String),
}

impl Other {
    const fn id(&self) -> Option<&String> {
        match self {
            Self::Row(_) => None,
            Self::Record(id) => Some(id),
        }
    }
}

/// The names of the rows, found by what they share.
struct Names {
    names: Vec<CompanyName>,
    by_key: HashMap<String, Vec<usize>>,
    /// By a word at its place among so many.
    by_word: HashMap<(usize, usize, String), Vec<usize>>,
}

impl Names {
    fn of(rows: &[(usize, String)]) -> Self {
        let names: Vec<CompanyName> = rows.iter().map(|(_, name)| CompanyName::read(name)).collect();
        let (mut by_key, mut by_word): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for (at, name) in names.iter().enumerate() {
            by_key.entry(name.key()).or_default().push(at);
            for (place, word) in name.whole_words() {
                by_word.entry((name.n_words(), place, word.to_owned())).or_default().push(at);
            }
        }
        Self { names, by_key, by_word }
    }

    /// The rows of the same key, or with words cut short where this name or theirs has some.
    fn near(&self, name: &CompanyName) -> BTreeSet<usize> {
        let key = name.key();
        let few = |found: &&Vec<usize>| found.len() <= MOST_SHARING;
        let mut found: BTreeSet<usize> =
            self.by_key.get(&key).filter(few).into_iter().flatten().copied().collect();
        for (place, word) in name.whole_words() {
            let sharing = self.by_word.get(&(name.n_words(), place, word.to_owned())).filter(few);
            found.extend(sharing.into_iter().flatten().copied().filter(|at| {
                let other = self.names.get(*at);
                other.is_some_and(|it| (it.has_short() || name.has_short()) && it.is_likely(name))
            }));
        }
        found
    }
}
