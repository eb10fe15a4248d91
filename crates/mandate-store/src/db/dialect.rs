//! The few statements that differ by database, each with the reason.

use super::{ReadTx, StoreError};

/// Table names of the database, sorted; the two databases keep them in different catalogues.
///
/// # Errors
/// [`StoreError`] when the catalogue cannot be read.
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
