//! Answers that are asked for again and again while nothing was written: how many rows match, what the accounts come to.
//!
//! An answer is kept under its whole statement with every bound value, and under the state of the database it was read from: the
//! last record of the audit chain, which every commit that is a business event makes longer. So it is the answer that the same
//! statement gives the same reader now, whoever wrote in between, in this process or another; whoever may see other rows asks
//! with other text or other values. Not here: what is written without a record (sessions, jobs, mail): a statement is
//! kept only where it reads from [`ON_RECORD`] alone.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Answer, ReadTx, StoreError, Value};

/// Tables that change only in a commit with an audit record; a test holds the bookkeeping to that.
const ON_RECORD: [&str; 33] = [
    "account",
    "account_person",
    "account_standing",
    "acquaintance",
    "amendment",
    "career_step",
    "communication",
    "contract",
    "contract_line",
    "contract_line_cost",
    "custom_value",
    "custom_value_cost",
    "delivery_case",
    "delivery_month",
    "expectation",
    "expectation_share",
    "expertise",
    "exchange_rate",
    "kpi_value",
    "line_of_business",
    "list_price",
    "note",
    "note_mention",
    "opportunity",
    "person",
    "product",
    "promise",
    "record_link",
    "record_tag",
    "review",
    "stake",
    "tag_rename",
    "team",
];
/// So many answers are new; then the older ones are forgotten, and these are the older ones.
const MOST_NEW: usize = 1_000;
/// A longer question is not kept: a reader writes the values.
const LONGEST: usize = 8_192;

/// What decides whether the tables are the same. What contracts come to is worked out anew without a record when one begins or ends
/// (`book::recount_values`); the day from which on that is due moves with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    /// The last record of the audit chain: its place and its hash, so that a database put back to an earlier day counts as another.
    last: Option<(i64, String)>,
    /// The first day after which what contracts come to no longer holds.
    contracts_until: Option<String>,
}

/// In these words the first entry of an index answers it.
const CONTRACTS_UNTIL: &str = "SELECT MIN(contracts_until) FROM account WHERE contracts_until IS NOT NULL";

#[derive(Default)]
struct Kept {
    state: State,
    new: Answers,
    older: Answers,
}

type Answers = HashMap<String, Arc<dyn Any + Send + Sync>>;

impl Kept {
    /// What is asked for again stays among the new, so that the sums of the firm outlast those of many accounts.
    fn find(&mut self, asked: &str) -> Option<&Arc<dyn Any + Send + Sync>> {
        if let Some((asked, answer)) = self.older.remove_entry(asked) {
            self.insert(asked, answer);
        }
        self.new.get(asked)
    }

    fn insert(&mut self, asked: String, answer: Arc<dyn Any + Send + Sync>) {
        if self.new.len() >= MOST_NEW {
            self.older = std::mem::take(&mut self.new);
        }
        self.new.insert(asked, answer);
    }
}

/// The answers of one database that still hold.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Kept>>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The memory as one reading transaction has it: it sees one state of the database from beginning to end.
pub(super) struct Recall {
    memory: Memory,
    state: Option<State>,
}

impl Recall {
    pub(super) fn of(memory: &Memory) -> Self {
        Self { memory: memory.clone(), state: None }
    }
}

/// A statement with its values; none where its answer may not be kept.
#[derive(Clone, Debug)]
pub(crate) struct Question(Option<String>);

impl Question {
    pub(crate) fn new(sql: &str, values: &[Value]) -> Self {
        let text = format!("{sql}\0{values:?}");
        Self((text.len() <= LONGEST && reads_on_record_only(sql)).then_some(text))
    }
}

fn reads_on_record_only(sql: &str) -> bool {
    let spaced = sql.replace('(', " ( ").replace(')', " ) ").replace(',', " , ");
    let words: Vec<&str> = spaced.split_ascii_whitespace().collect();
    let begins = |word: &str| word.eq_ignore_ascii_case("FROM") || word.eq_ignore_ascii_case("JOIN");
    words.iter().enumerate().filter(|(_, word)| begins(word)).all(|(at, _)| {
        let is_known = words.get(at + 1).is_some_and(|table| *table == "(" || ON_RECORD.contains(table));
        // Tables divided by commas would hide from this: none of ours are.
        is_known && !words.iter().skip(at + 2).take(2).any(|word| *word == ",")
    })
}

impl ReadTx {
    /// The answer to `question` that was kept, if it still holds.
    ///
    /// # Errors
    /// [`StoreError`] when the state of the database cannot be read.
    pub(crate) async fn recall<T: Clone + 'static>(
        &mut self,
        question: &Question,
    ) -> Result<Option<T>, StoreError> {
        let Some(asked) = question.0.as_ref().filter(|_| self.recall.is_some()) else { return Ok(None) };
        let state = match self.recall.as_ref().and_then(|recall| recall.state.clone()) {
            Some(state) => state,
            None => State {
                last: crate::audit::last_record(self).await?,
                contracts_until: self.fetch_one(CONTRACTS_UNTIL, vec![]).await?.text_or_null(0)?,
            },
        };
        let Some(recall) = &mut self.recall else { return Ok(None) };
        let found = {
            let mut kept = recall.memory.lock();
            let is_of_now = kept.state == state;
            let answer = kept.find(asked).filter(|_| is_of_now);
            answer.and_then(|answer| answer.downcast_ref::<T>()).cloned()
        };
        recall.state = Some(state);
        Ok(found)
    }

    /// The one number that a statement answers: as it was kept, or counted now and kept.
    ///
    /// # Errors
    /// As [`ReadTx::fetch_one`].
    pub(crate) fn count_once<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> Answer<'a, i64> {
        Box::pin(async move {
            let question = Question::new(sql, &values);
            if let Some(kept) = self.recall(&question).await? {
                return Ok(kept);
            }
            let counted = self.fetch_one(sql, values).await?.int(0)?;
            self.keep(question, &counted);
            Ok(counted)
        })
    }

    /// Keeps the answer to a question that [`ReadTx::recall`] did not know.
    pub(crate) fn keep<T: Clone + Send + Sync + 'static>(&self, question: Question, answer: &T) {
        let Some(recall) = &self.recall else { return };
        let (Some(asked), Some(state)) = (question.0, &recall.state) else { return };
        let mut kept = recall.memory.lock();
        if kept.state != *state {
            *kept = Kept { state: state.clone(), ..Kept::default() };
        }
        kept.insert(asked, Arc::new(answer.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_kept_only_where_all_its_tables_are_on_record() {
        for sql in [
            "SELECT COUNT(*) FROM (SELECT 1 FROM account a LEFT JOIN person m ON m.id = a.account_manager_id) counted",
            "SELECT a.currency, COUNT(*) FROM account a WHERE a.id IN (SELECT own.id FROM account own
              UNION SELECT works.account_id FROM account_person works) GROUP BY a.currency",
        ] {
            assert!(reads_on_record_only(sql), "{sql}");
        }
        for sql in [
            "SELECT COUNT(*) FROM job",
            "SELECT 1 FROM account a JOIN session s ON s.user_id = a.id",
            "SELECT 1 FROM account a, session s",
            "SELECT 1 FROM account, session",
            "WITH x AS (SELECT 1 FROM session) SELECT 1 FROM x",
        ] {
            assert!(!reads_on_record_only(sql), "{sql}");
        }
        assert!(Question::new("SELECT 1 FROM account", &[]).0.is_some());
        let long = Value::Text(Some("x".repeat(LONGEST)));
        assert!(Question::new("SELECT 1 FROM account WHERE name = $1", &[long]).0.is_none());
    }

    #[test]
    fn what_is_asked_again_outlasts_what_was_asked_once() {
        let mut kept = Kept::default();
        let asked_once = |n: usize| format!("account {n}");
        kept.insert("firm".to_owned(), Arc::new(1_i64));
        for n in 0..5 * MOST_NEW {
            kept.insert(asked_once(n), Arc::new(2_i64));
            if n % (MOST_NEW / 2) == 0 {
                assert!(kept.find("firm").is_some(), "{n}");
            }
        }
        assert!(kept.find(&asked_once(0)).is_none());
        assert!(kept.find(&asked_once(5 * MOST_NEW - 1)).is_some());
        assert!(kept.new.len() + kept.older.len() <= 2 * MOST_NEW);
    }

    #[test]
    fn what_is_committed_without_a_record_touches_no_table_whose_answers_are_kept() {
        fn files(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    files(&path, found);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    found.push((path.display().to_string(), text));
                }
            }
        }
        let mut found = vec![];
        files(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        // The first two write before anybody reads: a migration, and a copy into an empty database.
        // The third is what the state minds beside the chain.
        let begun_later =
            ["db/migrate.rs", "src/copy.rs", "book/contract_values.rs", "db/memory.rs", "db/transaction.rs"];
        let bookkeeping = found.iter().filter(|(path, text)| {
            text.contains("commit_bookkeeping()") && !begun_later.iter().any(|it| path.ends_with(it))
        });
        let mut n_files = 0;
        for (path, text) in bookkeeping {
            n_files += 1;
            let words: Vec<&str> = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_').collect();
            for at in words.windows(2) {
                let deletes = at[0] == "FROM" && text.contains(&format!("DELETE FROM {} ", at[1]));
                let writes = deletes || matches!(at[0], "INTO" | "UPDATE");
                assert!(!(writes && ON_RECORD.contains(&at[1])), "{path} writes {}", at[1]);
            }
        }
        assert!(n_files > 10, "only {n_files} files were looked through");
    }
}
