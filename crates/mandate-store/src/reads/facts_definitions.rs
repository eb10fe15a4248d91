//! What the pages of sources, service levels and imports need beside the records themselves: names of accounts, files by
//! month, import batches.

use std::collections::BTreeMap;

use mandate_domain::Month;
use mandate_domain::facts::source::SourceId;
use mandate_domain::text::fold;

use super::listing::{Field, FieldKind, ListDef, Sort};
use super::{MadeBy, Scope};
use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::exchange::{Batch, read_batch};
use crate::params;

/// Most accounts a form suggests.
const MOST_SUGGESTED: i64 = 500;

const FILES_BY_MONTH: &str = "
    SELECT month, state, COUNT(*), CAST(SUM(n_events) AS BIGINT), CAST(SUM(n_bytes) AS BIGINT)
      FROM event_file WHERE source_id = $1 GROUP BY month, state ORDER BY month DESC, state";
const BATCHES: &str = "
    SELECT id, kind, profile, file_name, sha256, n_rows, n_new, n_changed, n_same, state, report, created_by, created_at_us
      FROM import_batch WHERE id IN (SELECT f.batch_id FROM event_file f WHERE f.source_id = $1)
     ORDER BY created_at_us DESC, id DESC LIMIT $2";

/// Event files of one month that stand alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthFiles {
    /// The month, UTC.
    pub month: Month,
    /// `active`, `withdrawn`, or `merged` into another file.
    pub state: String,
    /// Files.
    pub n_files: i64,
    /// Events in them.
    pub n_events: i64,
    /// Their length in bytes.
    pub n_bytes: i64,
}

/// The files of a source by month, the newest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn files_by_month(tx: &mut ReadTx, source: &SourceId) -> Result<Vec<MonthFiles>, StoreError> {
    let rows = tx.fetch_all(FILES_BY_MONTH, params![source.as_str()]).await?;
    rows.iter()
        .map(|row| {
            Ok(MonthFiles {
                month: row.month(0)?,
                state: row.text(1)?,
                n_files: row.int(2)?,
                n_events: row.int(3)?,
                n_bytes: row.int(4)?,
            })
        })
        .collect()
}

/// Cases and events of each source that `scope` reaches; sources without any are left out.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn counts_by_source(
    tx: &mut ReadTx,
    scope: &Scope,
) -> Result<BTreeMap<String, (i64, i64)>, StoreError> {
    let (condition, values) = scope.condition("c.account_id", 1);
    let sql = format!(
        "SELECT c.source_id, COUNT(*), CAST(SUM(c.n_events) AS BIGINT) FROM delivery_case c
          WHERE {condition} GROUP BY c.source_id"
    );
    let rows = tx.fetch_all(&sql, values).await?;
    rows.iter().map(|row| Ok((row.text(0)?, (row.int(1)?, row.int(2)?)))).collect()
}

/// The newest imports that brought events of a source.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn batches_of_source(
    tx: &mut ReadTx,
    source: &SourceId,
    limit: i64,
) -> Result<Vec<Batch>, StoreError> {
    tx.fetch_all(BATCHES, params![source.as_str(), limit]).await?.iter().map(read_batch).collect()
}

/// Names of the accounts in `scope` that have a service level of their own, by id.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn accounts_with_levels(
    tx: &mut ReadTx,
    scope: &Scope,
) -> Result<BTreeMap<String, String>, StoreError> {
    let (condition, values) = scope.condition("a.id", 1);
    let sql = format!(
        "SELECT a.id, a.name FROM account a
          WHERE a.id IN (SELECT l.account_id FROM service_level l WHERE l.account_id IS NOT NULL) AND {condition}"
    );
    tx.fetch_all(&sql, values).await?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Accounts in `scope` that a person may mean by `text`: its id, the firm's own id or the name; two at most, so that the
/// caller can tell one from several.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn accounts_named(
    tx: &mut ReadTx,
    scope: &Scope,
    text: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let (condition, values) = scope.condition("a.id", 3);
    let sql = format!(
        "SELECT a.id, a.name FROM account a
          WHERE a.deleted_at_us IS NULL AND (a.id = $1 OR a.external_id = $1 OR a.name_sort = $2) AND {condition}
          ORDER BY a.id LIMIT 2"
    );
    let bound = params![text, fold(text)].into_iter().chain(values).collect();
    tx.fetch_all(&sql, bound).await?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Names of accounts in `scope`, for a form to suggest.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn account_names(tx: &mut ReadTx, scope: &Scope) -> Result<Vec<String>, StoreError> {
    let (condition, values) = scope.condition("a.id", 2);
    let sql = format!(
        "SELECT a.name FROM account a WHERE a.deleted_at_us IS NULL AND {condition} ORDER BY a.name_sort, a.id LIMIT $1"
    );
    let bound = params![MOST_SUGGESTED].into_iter().chain(values).collect();
    tx.fetch_all(&sql, bound).await?.iter().map(|row| row.text(0)).collect()
}

const fn field(name: &'static str, kind: FieldKind, sql: &'static str) -> Field {
    Field { name, kind, sql, sort_sql: None, filterable: true, sortable: true, beside: None, through: None }
}

/// Imports, the newest first; those that one user made when `made_by` says so.
pub fn imports(made_by: Option<MadeBy>) -> ListDef {
    use FieldKind::{Choice, Instant, Integer, Reference};
    ListDef {
        name: "imports",
        from: "FROM import_batch b",
        condition: "1 = 1",
        account_column: None,
        unowned_visible: true,
        key: "b.id",
        fields: vec![
            field("id", Reference, "b.id"),
            field("kind", Choice, "b.kind"),
            field("profile", Choice, "b.profile"),
            field("file_name", Choice, "b.file_name"),
            field("sha256", Reference, "b.sha256"),
            field("state", Choice, "b.state"),
            field("n_rows", Integer, "b.n_rows"),
            field("n_new", Integer, "b.n_new"),
            field("n_changed", Integer, "b.n_changed"),
            field("n_same", Integer, "b.n_same"),
            field("created_at", Instant, "b.created_at_us"),
            field("undone_at", Instant, "b.undone_at_us"),
        ],
        default_sort: Sort { field: "created_at".to_owned(), descending: true },
        today: None,
        made_by,
    }
}

/// Event files, the newest month first. They hold the events of many accounts: who sees some only is shown none.
pub fn event_files(scope: &Scope) -> ListDef {
    use FieldKind::{Choice, Instant, Integer, Reference};
    ListDef {
        name: "event_files",
        from: "FROM event_file f",
        condition: if *scope == Scope::Everything { "1 = 1" } else { "1 = 0" },
        account_column: None,
        unowned_visible: true,
        key: "f.path",
        fields: vec![
            field("path", Reference, "f.path"),
            field("source_id", Reference, "f.source_id"),
            field("month", Choice, "f.month"),
            field("state", Choice, "f.state"),
            field("n_events", Integer, "f.n_events"),
            field("n_bytes", Integer, "f.n_bytes"),
            field("sha256", Reference, "f.sha256"),
            field("min_at", Instant, "f.min_at_us"),
            field("max_at", Instant, "f.max_at_us"),
            field("batch_id", Reference, "f.batch_id"),
        ],
        default_sort: Sort { field: "month".to_owned(), descending: true },
        today: None,
        made_by: None,
    }
}
