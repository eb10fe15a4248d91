//! Files of the book: imported whole or not at all, and lists written out.

use std::io::Write as _;
use std::path::Path;

use mandate_app::book::{ImportError, ImportFile, Kind, Told, check_import, import_book, list as book_list};
use mandate_app::exchange::{ExportFormat, export_list};
use mandate_app::listing::ListQuery;
use mandate_app::progress::Progress;
use mandate_app::{Action, Actor, Ctx};
use serde_json::{Value, json};

use crate::exit::{Failure, Kind as FailureKind};

/// Wrong cells that are told one by one.
const MOST_TOLD: usize = 100;

fn kind(word: &str) -> Result<Kind, Failure> {
    Kind::parse(word).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.plural()).collect();
        Failure::bad_input(format!("`{word}` is not known here; write one of {}", known.join(", ")))
    })
}

/// Imports a file, or says what importing it would do.
///
/// # Errors
/// A [`Failure`] naming every wrong cell; then nothing was imported.
pub async fn import(
    ctx: &Ctx,
    actor: &Actor,
    file: &Path,
    profile: &str,
    check: bool,
    progress: &mut dyn Progress,
) -> Result<Value, Failure> {
    let kind = kind(profile)?;
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::bad_input(format!("could not read `{}`: {error}", file.display())))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let given = ImportFile { name, bytes };
    let done = if check {
        check_import(ctx, actor, kind, &given).await
    } else {
        import_book(ctx, actor, kind, &given, Told::Bar(progress)).await
    };
    let report = done.map_err(failure)?;
    Ok(json!({
        "profile": kind.plural(), "file": report.file_name, "imported": !check, "batch": report.batch_id,
        "rows": report.n_rows, "new": report.n_new, "changed": report.n_changed, "same": report.n_same,
    }))
}

fn failure(error: ImportError) -> Failure {
    let ImportError::Rows(rows) = &error else { return error.into() };
    let mut details: Vec<String> = rows
        .errors
        .iter()
        .take(MOST_TOLD)
        .map(|wrong| format!("row {}, column `{}`: {}", wrong.row, wrong.column, wrong.text))
        .collect();
    if let Some(n_more @ 1..) = rows.n_errors.checked_sub(details.len()) {
        details.push(format!("and {n_more} more"));
    }
    Failure { details, ..Failure::from(error) }
}

/// What an import did, in words.
pub fn import_text(value: &Value) -> String {
    let verb =
        if value["imported"] == json!(true) { "Imported" } else { "Nothing imported yet; it would take in" };
    format!(
        "{verb} {} rows of {} from {}: {} new, {} changed, {} as they were.",
        value["rows"],
        value["profile"].as_str().unwrap_or_default(),
        value["file"].as_str().unwrap_or_default(),
        value["new"],
        value["changed"],
        value["same"]
    )
}

/// Writes a whole list.
///
/// # Errors
/// A [`Failure`] when there is no such list or the file cannot be written.
pub async fn export(
    ctx: &Ctx,
    actor: &Actor,
    list: &str,
    file: Option<&Path>,
    format: &str,
) -> Result<Value, Failure> {
    let def = book_list(ctx, actor, kind(list)?);
    let format = if format == "xlsx" { ExportFormat::Xlsx } else { ExportFormat::Csv };
    let query = ListQuery::default();
    let made = export_list(ctx, actor, Action::ReadBook, &def, &query, &[], format).await?;
    match file {
        None => {
            let text = String::from_utf8_lossy(&made.bytes).into_owned();
            Ok(json!({ "list": list, "rows": made.n_rows, "text": text }))
        }
        Some(file) => {
            write_whole(file, &made.bytes)?;
            Ok(json!({ "list": list, "rows": made.n_rows, "file": file }))
        }
    }
}

/// A file appears under its name only when it is whole.
fn write_whole(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(FailureKind::Failed, format!("could not write `{}`: {error}", file.display()))
    };
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut partial = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    partial.write_all(bytes).map_err(failed)?;
    partial.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What an export did, or the CSV itself.
pub fn export_text(value: &Value) -> String {
    match value["text"].as_str() {
        Some(text) => text.to_owned(),
        None => format!("Wrote {} rows to {}.", value["rows"], value["file"].as_str().unwrap_or_default()),
    }
}
