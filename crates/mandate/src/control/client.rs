//! The command line's end of the control socket.

use std::path::Path;

use mandate_app::progress::Progress;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::{Reply, SOCKET};
use crate::exit::{Failure, Kind};
use crate::operation::Operation;

/// Lets the server that has the data folder do `operation`. `None` when no server listens there.
///
/// # Errors
/// The [`Failure`] the server tells, or that it went away.
pub async fn run(
    data: &Path,
    operation: &Operation,
    progress: &mut dyn Progress,
) -> Option<Result<Value, Failure>> {
    let stream = UnixStream::connect(data.join(SOCKET)).await.ok()?;
    Some(talk(stream, operation, progress).await)
}

async fn talk(
    stream: UnixStream,
    operation: &Operation,
    progress: &mut dyn Progress,
) -> Result<Value, Failure> {
    let gone = |error: std::io::Error| {
        Failure::new(
            Kind::Busy,
            format!("the running server went away: {error}; look at its log, then try again"),
        )
    };
    let (read, mut write) = stream.into_split();
    let mut line = serde_json::to_string(operation).map_err(|error| Failure::broke(&error))?;
    line.push('\n');
    write.write_all(line.as_bytes()).await.map_err(gone)?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await.map_err(gone)? {
        match serde_json::from_str(&line).map_err(|error| Failure::broke(&error))? {
            Reply::Progress { label, done, total } => progress.report(&label, done, total),
            Reply::Done(value) => return Ok(value),
            Reply::Error(failure) => return Err(failure),
        }
    }
    Err(gone(std::io::ErrorKind::UnexpectedEof.into()))
}
