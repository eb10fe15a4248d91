//! The few statements that differ by database, each with the reason.

use super::{ReadTx, StoreError, WriteTx};
use crate::boxed;

/// Table names of the database, sorted; the two databases keep them in different catalogues.
///
/// # Errors
/// [`StoreError`] when the catalogue cannot be read.
#[boxed]
pub async fn table_names(tx: &mut ReadTx) -> Result<Vec<String>, StoreError> {
    const SQLITE: &str = "
        SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    const POSTGRES: &str = "
        SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1";
    let sql = if tx.is_postgres() { POSTGRES } else { SQLITE };
    tx.fetch_all(sql, vec![]).await?.iter().map(|row| row.text(0)).collect()
}

/// Column names and kinds (`text`, `int`, `real`, `bytes`) of a table, in order; catalogues differ.
///
/// # Errors
/// [`StoreError`] when the catalogue cannot be read.
#[boxed]
pub async fn columns(tx: &mut ReadTx, table: &str) -> Result<Vec<(String, String)>, StoreError> {
    const SQLITE: &str = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid";
    const POSTGRES: &str = "
        SELECT column_name::text, data_type::text FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
    let sql = if tx.is_postgres() { POSTGRES } else { SQLITE };
    let rows = tx.fetch_all(sql, crate::params![table]).await?;
    rows.iter()
        .map(|row| {
            let kind = match row.text(1)?.to_ascii_lowercase().as_str() {
                "text" => "text",
                "integer" | "bigint" => "int",
                "real" | "double precision" => "real",
                "blob" | "bytea" => "bytes",
                _ => "other",
            };
            Ok((row.text(0)?, kind.to_owned()))
        })
        .collect()
}

/// Column names of a table's primary key, in the key's order; catalogues differ.
///
/// # Errors
/// [`StoreError`] when the catalogue cannot be read.
#[boxed]
pub async fn key_columns(tx: &mut ReadTx, table: &str) -> Result<Vec<String>, StoreError> {
    const SQLITE: &str = "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk";
    const POSTGRES: &str = "
        SELECT usage.column_name::text
          FROM information_schema.table_constraints con
          JOIN information_schema.key_column_usage usage
            ON usage.constraint_name = con.constraint_name AND usage.table_schema = con.table_schema
           AND usage.table_name = con.table_name
         WHERE con.constraint_type = 'PRIMARY KEY' AND con.table_schema = current_schema() AND con.table_name = $1
         ORDER BY usage.ordinal_position";
    let sql = if tx.is_postgres() { POSTGRES } else { SQLITE };
    tx.fetch_all(sql, crate::params![table]).await?.iter().map(|row| row.text(0)).collect()
}

/// The first version that keeps the day until which notice counts.
pub(super) const NOTICE_DAYS_ARE_KEPT_FROM: i64 = 17;

/// Fills in the day until which notice counts for contracts saved before it was kept: the databases count days differently.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub(super) async fn fill_notice_days(tx: &mut WriteTx) -> Result<(), StoreError> {
    const SQLITE: &str = "
        UPDATE contract SET notice_on = date(COALESCE(ends_on, date(renews_on, '-1 day')), '-' || notice_days || ' days')
         WHERE notice_days IS NOT NULL AND COALESCE(ends_on, renews_on) IS NOT NULL";
    const POSTGRES: &str = "
        UPDATE contract
           SET notice_on = CAST(COALESCE(CAST(ends_on AS DATE), CAST(renews_on AS DATE) - 1) - CAST(notice_days AS INTEGER) AS TEXT)
         WHERE notice_days IS NOT NULL AND COALESCE(ends_on, renews_on) IS NOT NULL";
    let sql = if tx.is_postgres() { POSTGRES } else { SQLITE };
    tx.execute(sql, vec![]).await?;
    Ok(())
}

/// The first version whose audit tables refuse changes.
pub(super) const AUDIT_IS_SEALED_FROM: i64 = 8;

/// Lets the audit tables refuse UPDATE and DELETE: the two databases write triggers differently. They keep accidents
/// and our own mistakes away; whoever owns the database can drop them, and then the chain and its checkpoints tell.
///
/// # Errors
/// [`StoreError`] when a trigger cannot be made.
#[boxed]
pub(super) async fn seal_audit(tx: &mut WriteTx) -> Result<(), StoreError> {
    const SQLITE: [&str; 4] = [
        "CREATE TRIGGER audit_record_update BEFORE UPDATE ON audit_record
         BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END",
        "CREATE TRIGGER audit_record_delete BEFORE DELETE ON audit_record
         BEGIN SELECT RAISE(ABORT, 'audit records are never removed'); END",
        "CREATE TRIGGER audit_checkpoint_update BEFORE UPDATE ON audit_checkpoint
         BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never changed'); END",
        "CREATE TRIGGER audit_checkpoint_delete BEFORE DELETE ON audit_checkpoint
         BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never removed'); END",
    ];
    const POSTGRES: [&str; 3] = [
        "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'audit records are never changed or removed'; END $$",
        "CREATE TRIGGER audit_record_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
        "CREATE TRIGGER audit_checkpoint_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
    ];
    let statements: &[&str] = if tx.is_postgres() { &POSTGRES } else { &SQLITE };
    for statement in statements {
        tx.execute(statement, vec![]).await?;
    }
    Ok(())
}

/// The first version whose PostgreSQL has indexes of names of its own.
pub(super) const NAMES_ARE_INDEXED_APART_FROM: i64 = 31;

/// Lets PostgreSQL go through people by name without a look at each, and find names by any part of them where its extension
/// `pg_trgm` is installed and this user may use it: without it a search for part of a name reads them all.
///
/// # Errors
/// [`StoreError`] when an index cannot be made.
#[boxed]
pub(super) async fn index_names_apart(tx: &mut WriteTx) -> Result<(), StoreError> {
    const BY_NAME: &str =
        "CREATE INDEX person_by_name ON person (name_sort, id, deleted_at_us, account_id, team_id)";
    const PARTS: &str = "
        DO $$ BEGIN
          CREATE EXTENSION IF NOT EXISTS pg_trgm;
          CREATE INDEX IF NOT EXISTS account_by_parts ON account USING gin (name_sort gin_trgm_ops);
          CREATE INDEX IF NOT EXISTS person_by_parts ON person USING gin (name_sort gin_trgm_ops);
        EXCEPTION WHEN OTHERS THEN
          RAISE NOTICE 'pg_trgm cannot be used: a search for part of a name reads all names';
        END $$";
    if tx.is_postgres() {
        // All that is asked of a person on the way through names: PostgreSQL then looks at the index alone. SQLite would count by it,
        // and meet a million people's accounts in no order.
        tx.execute("DROP INDEX person_by_name", vec![]).await?;
        tx.execute(BY_NAME, vec![]).await?;
        tx.execute(PARTS, vec![]).await?;
    }
    Ok(())
}

/// Takes the indexes of `tables` away that no rule of the data hangs on, where at least a third of a table's rows will have come
/// from this transaction of `n_new` rows; answers their statements for [`put_back_indexes`].
///
/// A million entries in no order cost SQLite most of the time of an import: each touches another page of each index. Made anew at
/// the end they are sorted once. Other readers see the database before the transaction, whole; undone it comes back as it was.
/// On PostgreSQL nothing is taken away: there it would keep readers out until the end.
///
/// # Errors
/// [`StoreError`] when one cannot be taken away.
#[boxed]
pub(crate) async fn set_aside_indexes(
    tx: &mut WriteTx,
    tables: &[&'static str],
    n_new: i64,
) -> Result<Vec<String>, StoreError> {
    const INDEXES: &str = "
        SELECT name, sql FROM sqlite_master
         WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%' ORDER BY name";
    let mut taken = vec![];
    if tx.is_postgres() {
        return Ok(taken);
    }
    for table in tables {
        let last = tx.fetch_one(&format!("SELECT MAX(rowid) FROM {table}"), vec![]).await?.int_or_null(0)?;
        if last.unwrap_or(0) / 2 > n_new {
            continue;
        }
        for row in tx.fetch_all(INDEXES, crate::params![*table]).await? {
            tx.execute(&format!("DROP INDEX {}", row.text(0)?), vec![]).await?;
            taken.push(row.text(1)?);
        }
    }
    Ok(taken)
}

async fn make(tx: &mut WriteTx, indexes: Vec<String>) -> Result<(), StoreError> {
    for statement in indexes {
        tx.execute(&statement, vec![]).await?;
    }
    Ok(())
}

/// Makes the indexes again that [`set_aside_indexes`] took away.
///
/// # Errors
/// [`StoreError`] when one cannot be made.
#[boxed]
pub(crate) async fn put_back_indexes(tx: &mut WriteTx, indexes: Vec<String>) -> Result<(), StoreError> {
    if indexes.is_empty() {
        return Ok(());
    }
    // One more thread sorts while rows are read.
    tx.execute("PRAGMA threads = 1", vec![]).await?;
    let made = make(tx, indexes).await;
    tx.execute("PRAGMA threads = 0", vec![]).await?;
    made
}
