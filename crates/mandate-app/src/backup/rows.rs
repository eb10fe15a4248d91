//! Tables as files and as hashes: a header line that names the columns, then a line a row.
//!
//! Integers and text are JSON's; a double is written as its bits, so that not even the last one changes.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use mandate_store::copy::{self, ColumnKind, CopiedRow, Digester, TableShape};
use mandate_store::{ReadTx, StoreError, Value, WriteTx, boxed};
use serde_json::{Value as Json, json};

use super::{BackupError, TableEntry};
use crate::progress::Progress;

/// Rows read at a time.
pub(crate) const BATCH: usize = 2_000;

/// The count and hash of every table.
#[boxed]
pub(crate) async fn digest_tables(
    tx: &mut ReadTx,
    shapes: &[TableShape],
    label: &str,
    progress: &mut dyn Progress,
) -> Result<Vec<TableEntry>, StoreError> {
    let mut entries = Vec::with_capacity(shapes.len());
    for (position, shape) in shapes.iter().enumerate() {
        progress.report(label, position as u64, shapes.len() as u64);
        let (mut digester, mut after) = (Digester::default(), None);
        loop {
            let rows = copy::read_rows(tx, shape, after.as_ref(), BATCH).await?;
            rows.iter().for_each(|row| digester.add(row));
            let is_last = rows.len() < BATCH;
            after = rows.into_iter().next_back();
            if is_last {
                break;
            }
        }
        entries.push(digester.finish(shape).into());
    }
    progress.report(label, shapes.len() as u64, shapes.len() as u64);
    Ok(entries)
}

/// Writes a table to a file; its count and hash.
#[boxed]
pub(super) async fn dump_table(
    tx: &mut ReadTx,
    shape: &TableShape,
    path: &Path,
) -> Result<TableEntry, BackupError> {
    let failed = || BackupError::io(path);
    let mut file = BufWriter::new(File::create_new(path).map_err(failed())?);
    let columns: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
    writeln!(file, "{}", json!({ "table": shape.name, "columns": columns })).map_err(failed())?;
    let (mut digester, mut after) = (Digester::default(), None);
    loop {
        let rows = copy::read_rows(tx, shape, after.as_ref(), BATCH).await?;
        for row in &rows {
            digester.add(row);
            let cells: Vec<Json> = row.iter().map(to_json).collect();
            writeln!(file, "{}", Json::Array(cells)).map_err(failed())?;
        }
        let is_last = rows.len() < BATCH;
        after = rows.into_iter().next_back();
        if is_last {
            break;
        }
    }
    let file = file.into_inner().map_err(|error| error.into_error()).map_err(failed())?;
    file.sync_all().map_err(failed())?;
    Ok(digester.finish(shape).into())
}

/// Inserts a table's file; its rows must name the columns the schema has.
#[boxed]
pub(super) async fn load_table(tx: &mut WriteTx, shape: &TableShape, path: &Path) -> Result<(), BackupError> {
    let failed = || BackupError::io(path);
    let odd =
        |line: usize, what: &str| BackupError::damaged(format!("`{}` line {line}: {what}", path.display()));
    let mut lines = BufReader::new(File::open(path).map_err(failed())?).lines();
    let header = lines.next().transpose().map_err(failed())?.unwrap_or_default();
    let header: Json = serde_json::from_str(&header).map_err(|error| odd(1, &error.to_string()))?;
    let columns: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
    if header["table"] != json!(shape.name) || header["columns"] != json!(columns) {
        return Err(odd(1, "its columns are not those of the schema"));
    }
    let mut rows: Vec<CopiedRow> = Vec::with_capacity(BATCH);
    for (position, line) in lines.enumerate() {
        let line = line.map_err(failed())?;
        let number = position + 2;
        let cells: Vec<Json> =
            serde_json::from_str(&line).map_err(|error| odd(number, &error.to_string()))?;
        if cells.len() != shape.columns.len() {
            return Err(odd(number, "the number of values is not the number of columns"));
        }
        let row: Option<CopiedRow> =
            cells.into_iter().zip(&shape.columns).map(|(cell, (_, kind))| from_json(cell, *kind)).collect();
        rows.push(row.ok_or_else(|| odd(number, "a value does not fit its column"))?);
        if rows.len() == BATCH {
            copy::insert_rows(tx, shape, std::mem::take(&mut rows)).await?;
        }
    }
    copy::insert_rows(tx, shape, rows).await?;
    Ok(())
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Text(Some(text)) => json!(text),
        Value::Int(Some(int)) => json!(int),
        Value::Real(Some(real)) => json!(real.to_bits()),
        // No column holds bytes: `copy::tables` refuses one.
        Value::Text(None) | Value::Int(None) | Value::Real(None) | Value::Bytes(_) => Json::Null,
    }
}

fn from_json(cell: Json, kind: ColumnKind) -> Option<Value> {
    match (kind, cell) {
        (ColumnKind::Text, Json::Null) => Some(Value::Text(None)),
        (ColumnKind::Text, Json::String(text)) => Some(Value::Text(Some(text))),
        (ColumnKind::Int, Json::Null) => Some(Value::Int(None)),
        (ColumnKind::Int, Json::Number(number)) => number.as_i64().map(|int| Value::Int(Some(int))),
        (ColumnKind::Real, Json::Null) => Some(Value::Real(None)),
        (ColumnKind::Real, Json::Number(number)) => {
            number.as_u64().map(|bits| Value::Real(Some(f64::from_bits(bits))))
        }
        _ => None,
    }
}
