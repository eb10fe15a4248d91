//! Commands that no running server may see: restoring, and copying between databases.

use std::path::{Path, PathBuf};

use mandate_app::backup::{self, RestoreTarget};
use mandate_app::copy::{self, CopyRequest};
use mandate_app::identity::KEY_FILE;
use mandate_app::open::DbUrl;
use serde_json::json;

use super::CopyArguments;
use super::online::absolute;
use crate::data_folder::{self, Lock};
use crate::exit::Failure;
use crate::output::{self, Bar};
use crate::settings::{Settings, database_url, show_database};

/// Where a backup goes.
pub enum Target {
    /// A temporary folder, taken away again.
    Trial,
    /// The named data folder, or the configured one.
    Data(Option<PathBuf>),
}

/// Restores a backup, or tries to.
///
/// # Errors
/// A [`Failure`]; then the target is as empty as before.
pub async fn restore(
    settings: &Settings,
    names_database: bool,
    folder: &Path,
    target: Target,
    as_json: bool,
) -> Result<(), Failure> {
    let mut bar = Bar::new(as_json);
    // Held to the end: dropping it takes the folder away.
    let trial = tempfile::tempdir().map_err(|error| Failure::broke(&error))?;
    let (data_folder, is_trial) = match &target {
        Target::Trial => (trial.path().join("data"), true),
        Target::Data(Some(to)) => (absolute(to)?, false),
        Target::Data(None) => (settings.data.clone(), false),
    };
    let beside = DbUrl::Sqlite(data_folder.join("mandate.db"));
    let database = match (&target, names_database) {
        (Target::Trial, _) | (Target::Data(Some(_)), false) => beside,
        _ => settings.database.clone(),
    };
    let _lock = data_folder::lock(&data_folder, "`mandate restore`")?;
    let to = RestoreTarget { data_folder: data_folder.clone(), database };
    let manifest = backup::restore(folder, &to, &mut bar).await?.manifest;
    drop(bar);
    let rows: i64 = manifest.tables.iter().map(|table| table.n_rows).sum();
    let value = json!({
        "made_at": manifest.made_at, "format": manifest.format, "schema_version": manifest.schema_version,
        "rows": rows, "files": manifest.files.len(), "audit_records": manifest.audit_records,
        "audit_hash": manifest.audit_hash, "restored_to": if is_trial { None } else { Some(&data_folder) },
    });
    let done = if is_trial {
        "The backup is whole and restores".to_owned()
    } else {
        format!("Restored to {}", data_folder.display())
    };
    let mut text = format!(
        "{done}: made {}, {rows} rows, {} files, {} audit records, every one checked.",
        manifest.made_at,
        manifest.files.len(),
        manifest.audit_records
    );
    let has_factors = manifest.tables.iter().any(|table| table.table == "second_factor" && table.n_rows > 0);
    if has_factors && !is_trial && !data_folder.join(KEY_FILE).exists() {
        text.push_str(&format!(
            "\nPut {KEY_FILE} of the old data folder into this one: second factors do not open without it."
        ));
    }
    output::outcome(&value, &text, as_json);
    Ok(())
}

/// Copies one database to another.
///
/// # Errors
/// A [`Failure`]; then the target has no rows.
pub async fn copy(settings: &Settings, arguments: &CopyArguments, as_json: bool) -> Result<(), Failure> {
    let (from, to) = (database_url(&arguments.from)?, database_url(&arguments.to)?);
    let from_data = folder_of(settings, &from, arguments.from_data.as_deref())?;
    let to_data = folder_of(settings, &to, arguments.to_data.as_deref())?;
    if let DbUrl::Sqlite(path) = &from
        && !path.exists()
    {
        return Err(Failure::bad_input(format!("there is no database at `{}`", path.display())));
    }
    let _locks = locks(&[(&from, &from_data), (&to, &to_data)])?;
    let folders = (from_data != to_data).then_some((from_data, to_data));
    let request = CopyRequest { from, to, folders };
    let mut bar = Bar::new(as_json);
    let copied = copy::copy(&request, &mut bar).await?;
    drop(bar);
    let rows: i64 = copied.tables.iter().map(|table| table.n_rows).sum();
    let n_files = request.folders.is_some().then_some(copied.n_event_files);
    let value = json!({
        "from": show_database(&request.from), "to": show_database(&request.to), "rows": rows,
        "event_files": n_files, "tables": copied.tables,
    });
    let files = n_files.map_or(String::new(), |n_files| format!(" and {n_files} event files"));
    let text = format!(
        "Copied {rows} rows of {} tables{files} to {}; every table has the same hash on both sides.",
        copied.tables.len(),
        show_database(&request.to)
    );
    output::outcome(&value, &text, as_json);
    Ok(())
}

fn folder_of(settings: &Settings, database: &DbUrl, named: Option<&Path>) -> Result<PathBuf, Failure> {
    match (named, database) {
        (Some(folder), _) => absolute(folder),
        (None, DbUrl::Sqlite(path)) => Ok(path.parent().unwrap_or(Path::new("/")).to_path_buf()),
        (None, DbUrl::SqliteInMemory | DbUrl::Postgres(_)) => Ok(settings.data.clone()),
    }
}

/// One lock for each folder that holds a SQLite database of this copy.
fn locks(ends: &[(&DbUrl, &PathBuf)]) -> Result<Vec<Lock>, Failure> {
    let mut folders: Vec<PathBuf> = vec![];
    for (database, folder) in ends {
        if let DbUrl::Sqlite(path) = database {
            folders.push(path.parent().unwrap_or(Path::new("/")).to_path_buf());
            folders.push((*folder).clone());
        }
    }
    folders.sort_unstable();
    folders.dedup();
    folders.iter().map(|folder| data_folder::lock(folder, "`mandate copy`").map_err(Failure::from)).collect()
}
