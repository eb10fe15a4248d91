//! Whole tables, row by row: what backup, restore, `copy` and `doctor` need of a database, whatever the tables mean.
//!
//! Tables are taken in the order the migrations create them, so that a row never comes before the row it refers to;
//! rows in the order of their primary key, which both databases sort alike. Not here: files (`mandate-app`).

use sha2::{Digest, Sha256};

use crate::boxed;
use crate::db::dialect;
use crate::db::{MIGRATIONS, MigrateError, ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

/// Keeps itself: a copy is migrated by its own program first.
const NOT_COPIED: &str = "schema_migration";
const SCHEMA_VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM schema_migration";
const EVENT_FILES: &str = "SELECT path, sha256, n_bytes, state FROM event_file ORDER BY path";

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A 64-bit integer.
    Int,
    /// A double.
    Real,
}

/// A table's name, columns and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableShape {
    /// Its name.
    pub name: String,
    /// Columns by name, so that both databases list them alike.
    pub columns: Vec<(String, ColumnKind)>,
    /// Positions in `columns` of the primary key's columns, in the key's order.
    key: Vec<usize>,
}

/// One row, in the order of [`TableShape::columns`].
pub type CopiedRow = Vec<Value>;

/// How many rows a table has, and the hash of them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDigest {
    /// The table.
    pub table: String,
    /// Its rows.
    pub n_rows: i64,
    /// SHA-256 over all values, each with its length, rows in the order of the key.
    pub sha256: String,
}

/// An event file as the manifest has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestFile {
    /// Relative to the folder of events.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its size.
    pub n_bytes: i64,
    /// Whether its events count; else it was withdrawn or merged and may be gone.
    pub active: bool,
}

/// The version of the schema; 0 before the first migration.
///
/// # Errors
/// [`StoreError`] when there is no such table.
#[boxed]
pub async fn schema_version(tx: &mut ReadTx) -> Result<i64, StoreError> {
    tx.fetch_one(SCHEMA_VERSION, vec![]).await?.int(0)
}

/// The newest version this program knows.
pub fn newest_version() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// The event files of the manifest, whatever their state.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn event_files(tx: &mut ReadTx) -> Result<Vec<ManifestFile>, StoreError> {
    let read = |row: &Row| {
        Ok(ManifestFile {
            path: row.text(0)?,
            sha256: row.text(1)?,
            n_bytes: row.int(2)?,
            active: row.text(3)? == "active",
        })
    };
    tx.fetch_all(EVENT_FILES, vec![]).await?.iter().map(read).collect()
}

/// Every table that is copied, in the order in which rows may be inserted.
///
/// # Errors
/// [`StoreError::Inconsistent`] for a table without a key or a column of a kind nobody copies.
#[boxed]
pub async fn tables(tx: &mut ReadTx) -> Result<Vec<TableShape>, StoreError> {
    let mut names = dialect::table_names(tx).await?;
    names.retain(|name| name != NOT_COPIED);
    let created = MIGRATIONS.iter().flat_map(|migration| migration.created_tables()).collect::<Vec<_>>();
    names.sort_by_key(|name| created.iter().position(|table| table == name).unwrap_or(usize::MAX));
    let mut shapes = Vec::with_capacity(names.len());
    for name in names {
        shapes.push(shape(tx, name).await?);
    }
    Ok(shapes)
}

async fn shape(tx: &mut ReadTx, name: String) -> Result<TableShape, StoreError> {
    let odd = |what: String| StoreError::Inconsistent { table: "schema", id: name.clone(), what };
    let mut columns = vec![];
    for (column, kind) in dialect::columns(tx, &name).await? {
        let kind = match kind.as_str() {
            "text" => ColumnKind::Text,
            "int" => ColumnKind::Int,
            "real" => ColumnKind::Real,
            _ => return Err(odd(format!("column {column} is of a kind that is not copied"))),
        };
        columns.push((column, kind));
    }
    columns.sort_by(|a, b| a.0.cmp(&b.0));
    let mut key = vec![];
    for column in dialect::key_columns(tx, &name).await? {
        let position = columns.iter().position(|(name, _)| *name == column);
        key.push(position.ok_or_else(|| odd(format!("its key column {column} is missing")))?);
    }
    if key.is_empty() {
        return Err(odd("it has no primary key".to_owned()));
    }
    Ok(TableShape { name, columns, key })
}

/// Up to `limit` rows that follow `after` in the order of the key.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn read_rows(
    tx: &mut ReadTx,
    shape: &TableShape,
    after: Option<&CopiedRow>,
    limit: usize,
) -> Result<Vec<CopiedRow>, StoreError> {
    let names: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
    let key: Vec<&str> = shape.key.iter().map(|position| names[*position]).collect();
    let mut values = vec![];
    let condition = match after {
        None => String::new(),
        Some(row) => {
            values.extend(shape.key.iter().map(|position| row[*position].clone()));
            let places: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
            format!("WHERE ({}) > ({})", key.join(", "), places.join(", "))
        }
    };
    values.extend(params![limit]);
    let sql = format!(
        "SELECT {} FROM {} {condition} ORDER BY {} LIMIT ${}",
        names.join(", "),
        shape.name,
        key.join(", "),
        values.len(),
    );
    let rows = tx.fetch_all(&sql, values).await?;
    rows.iter().map(|row| read_row(shape, row)).collect()
}

fn read_row(shape: &TableShape, row: &Row) -> Result<CopiedRow, StoreError> {
    let read = |(position, (_, kind)): (usize, &(String, ColumnKind))| match kind {
        ColumnKind::Text => row.text_or_null(position).map(Value::Text),
        ColumnKind::Int => row.int_or_null(position).map(Value::Int),
        ColumnKind::Real => row.real_or_null(position).map(Value::Real),
    };
    shape.columns.iter().enumerate().map(read).collect()
}

/// Inserts rows as they are.
///
/// # Errors
/// [`StoreError::Duplicate`] when a key is there already.
#[boxed]
pub async fn insert_rows(
    tx: &mut WriteTx,
    shape: &TableShape,
    rows: Vec<CopiedRow>,
) -> Result<(), StoreError> {
    let names: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
    let insert = format!("INSERT INTO {} ({})", shape.name, names.join(", "));
    tx.insert_many(&insert, rows, "").await.map(|_| ())
}

/// The first table that has rows, if any: a copy goes only into an empty database.
///
/// # Errors
/// [`StoreError`] when a table cannot be read.
#[boxed]
pub async fn first_filled(tx: &mut ReadTx, shapes: &[TableShape]) -> Result<Option<String>, StoreError> {
    for shape in shapes {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", shape.name);
        if tx.fetch_optional(&sql, vec![]).await?.is_some() {
            return Ok(Some(shape.name.clone()));
        }
    }
    Ok(None)
}

/// Rows of a table, for progress.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_rows(tx: &mut ReadTx, shape: &TableShape) -> Result<i64, StoreError> {
    tx.fetch_one(&format!("SELECT COUNT(*) FROM {}", shape.name), vec![]).await?.int(0)
}

/// Commits a copy. Bookkeeping: the audit chain is among what was copied, and one more record would make the copy
/// differ from what it is a copy of.
///
/// # Errors
/// [`StoreError`] when the commit fails; then nothing was kept.
#[boxed]
pub async fn commit(tx: WriteTx) -> Result<(), StoreError> {
    tx.commit_bookkeeping().await
}

/// Brings an empty database to the schema of this program.
///
/// # Errors
/// [`MigrateError`].
#[boxed]
pub async fn prepare(db: &crate::Db, now: mandate_domain::Instant) -> Result<(), MigrateError> {
    db.migrate(now).await.map(|_| ())
}

/// Hashes the rows of a table as they go by.
pub struct Digester {
    hasher: Sha256,
    n_rows: i64,
}

impl Default for Digester {
    fn default() -> Self {
        Self { hasher: Sha256::new(), n_rows: 0 }
    }
}

impl Digester {
    /// Takes the next row, in the order of the key.
    pub fn add(&mut self, row: &CopiedRow) {
        self.n_rows += 1;
        for value in row {
            match value {
                Value::Text(Some(text)) => {
                    self.hasher.update(format!("t{}:", text.len()));
                    self.hasher.update(text);
                }
                Value::Int(Some(int)) => self.hasher.update(format!("i{int};")),
                Value::Real(Some(real)) => self.hasher.update(format!("r{:016x};", real.to_bits())),
                Value::Bytes(Some(bytes)) => {
                    self.hasher.update(format!("b{}:", bytes.len()));
                    self.hasher.update(bytes);
                }
                Value::Text(None) | Value::Int(None) | Value::Real(None) | Value::Bytes(None) => {
                    self.hasher.update("-");
                }
            }
        }
        self.hasher.update("\n");
    }

    /// The digest of the rows taken.
    pub fn finish(self, shape: &TableShape) -> TableDigest {
        let sha256 = self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        TableDigest { table: shape.name.clone(), n_rows: self.n_rows, sha256 }
    }
}
