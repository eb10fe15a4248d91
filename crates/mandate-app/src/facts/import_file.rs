//! Importing a file of events: `mandate import FILE --profile servicenow`, the upload page, the job.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mandate_domain::facts::source::{Profile, SourceId, StateClass};
use mandate_store::boxed;
use sha2::{Digest, Sha256};

use super::events::read_event_lines;
use super::ingest::{Incoming, IngestReport, Known, Reader, Watch, ingest};
use super::ingest_error::IngestError;
use super::stage::{CHUNK_ROWS, Stager};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::exchange::event_rows::{Pseudonyms, Rows};
use crate::exchange::event_table::{EventTable, LARGEST_FILE_BYTES, TableError};
use crate::exchange::servicenow::{Columns, IncidentReader};

/// A file of events and how to read it.
#[derive(Clone)]
pub struct ImportEvents {
    /// Where it lies.
    pub path: PathBuf,
    /// The name it was given under; its ending tells what it should be.
    pub file_name: String,
    /// How it is read.
    pub profile: Profile,
    /// The source; the profile's own name when nobody says.
    pub source: Option<SourceId>,
    /// IANA zone of times that state none.
    pub time_zone: Option<String>,
    /// What states mean, over what is known and what the profile proposes.
    pub states: Vec<(String, StateClass)>,
    /// Told how far the import is; can stop it.
    pub watch: Option<Watch>,
}

impl ImportEvents {
    /// A file read with a profile, everything else as the profile has it.
    pub fn new(path: &Path, profile: Profile) -> Self {
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self {
            path: path.to_owned(),
            file_name,
            profile,
            source: None,
            time_zone: None,
            states: vec![],
            watch: None,
        }
    }
}

/// Imports a file of events, whole or not at all. The same file again, or events that are known, change nothing.
///
/// # Errors
/// [`IngestError`], with every wrong row for a file that can be read.
#[boxed]
pub async fn import_events(
    ctx: &Ctx,
    actor: &Actor,
    command: ImportEvents,
) -> Result<IngestReport, IngestError> {
    authorise(actor, Action::Import)?;
    let path = command.path.clone();
    let sha256 =
        tokio::task::spawn_blocking(move || file_sha256(&path)).await.map_err(|_| IngestError::Stopped)??;
    let incoming = incoming(&command, sha256)?;
    ingest(ctx, actor, &incoming, reader(command)).await
}

/// What the file is to become.
pub(super) fn incoming(command: &ImportEvents, sha256: String) -> Result<Incoming, IngestError> {
    let source = match &command.source {
        Some(source) => source.clone(),
        None => SourceId::parse(command.profile.as_str()).map_err(|_| IngestError::Stopped)?,
    };
    let name = match command.profile {
        Profile::ServiceNow if source.as_str() == "servicenow" => "ServiceNow".to_owned(),
        _ => source.to_string(),
    };
    Ok(Incoming {
        source,
        name,
        profile: command.profile,
        time_zone: command.time_zone.clone(),
        states: command.states.clone(),
        demo: false,
        makes_accounts: command.profile == Profile::ServiceNow,
        kind: "events",
        file_name: command.file_name.clone(),
        sha256,
    })
}

pub(super) fn reader(command: ImportEvents) -> Reader {
    Arc::new(move |known, stager, rows, names| match command.profile {
        Profile::ServiceNow => read_incidents(&command, known, stager, rows, names),
        Profile::Events => read_event_file(&command, known, stager, rows, names),
    })
}

fn read_incidents(
    command: &ImportEvents,
    known: &Known,
    stager: &mut Stager,
    rows: &mut Rows,
    names: &mut Pseudonyms,
) -> Result<(), IngestError> {
    let mut table = EventTable::open(&command.path, &command.file_name)?;
    let columns = Columns::find(&table)
        .map_err(|columns| IngestError::MissingColumns { columns, profile: Profile::ServiceNow.as_str() })?;
    let n_rows = table.n_rows();
    let mut reader = IncidentReader::new(columns, known.source.as_str(), &known.zone, &known.states);
    while let Some((first, cells)) = table.next_cells()? {
        reader.read(&cells, first, rows, names);
        tell(command.watch.as_ref(), rows.n_rows, n_rows)?;
        if CHUNK_ROWS <= rows.rows.len() {
            stager.take(rows)?;
        }
    }
    Ok(())
}

fn read_event_file(
    command: &ImportEvents,
    known: &Known,
    stager: &mut Stager,
    rows: &mut Rows,
    names: &mut Pseudonyms,
) -> Result<(), IngestError> {
    let file = File::open(&command.path).map_err(TableError::Open)?;
    let bytes = file.metadata().map_err(TableError::Open)?.len();
    if LARGEST_FILE_BYTES < bytes {
        return Err(TableError::TooLarge { bytes, limit: LARGEST_FILE_BYTES }.into());
    }
    let mut reader = std::io::BufReader::with_capacity(1 << 16, file);
    read_event_lines(&mut reader, known, rows, names, |rows| {
        tell(command.watch.as_ref(), rows.n_rows, None)?;
        if CHUNK_ROWS <= rows.rows.len() { stager.take(rows).map_err(IngestError::from) } else { Ok(()) }
    })
}

fn tell(watch: Option<&Watch>, n_done: u64, n_total: Option<u64>) -> Result<(), IngestError> {
    match watch.map(|watch| watch(n_done, n_total)) {
        Some(std::ops::ControlFlow::Break(())) => Err(IngestError::Cancelled),
        _ => Ok(()),
    }
}

fn file_sha256(path: &Path) -> Result<String, IngestError> {
    let mut file = File::open(path).map_err(TableError::Open)?;
    let bytes = file.metadata().map_err(TableError::Open)?.len();
    if LARGEST_FILE_BYTES < bytes {
        return Err(TableError::TooLarge { bytes, limit: LARGEST_FILE_BYTES }.into());
    }
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(TableError::Open)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
