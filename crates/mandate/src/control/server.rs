//! The server's end of the control socket.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use mandate_app::progress::Progress;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use super::{LONGEST, Reply, SOCKET};
use crate::exit::{Failure, Kind};
use crate::operation::{Env, Operation};

/// Makes the socket; the caller holds the folder's lock, so an old one belongs to nobody.
///
/// # Errors
/// A [`Failure`] naming the socket, such as a path longer than the system allows.
pub fn bind(data: &Path) -> Result<UnixListener, Failure> {
    let path = data.join(SOCKET);
    let failed = |error: std::io::Error| {
        Failure::new(Kind::Failed, format!("could not make the control socket `{}`: {error}", path.display()))
    };
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&path).map_err(failed)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

/// Takes the socket away.
pub fn unbind(data: &Path) {
    // The next server takes it away too.
    let _ = std::fs::remove_file(data.join(SOCKET));
}

/// Answers requests until it is aborted.
pub async fn run(listener: UnixListener, env: Env) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let env = env.clone();
                tokio::spawn(async move { answer(stream, env).await });
            }
            Err(error) => {
                tracing::warn!(%error, "a command was not accepted");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
    }
}

/// Sends progress on without waiting: a reader that is slow misses some of it.
struct Sender(mpsc::Sender<Reply>);

impl Progress for Sender {
    fn report(&mut self, label: &str, n_done: u64, n_total: u64) {
        let _ = self.0.try_send(Reply::Progress { label: label.to_owned(), done: n_done, total: n_total });
    }
}

async fn answer(stream: UnixStream, env: Env) {
    let (read, mut write) = stream.into_split();
    let mut reader = BufReader::new(read.take(LONGEST));
    let mut line = String::new();
    let operation = match reader.read_line(&mut line).await {
        Ok(0) | Err(_) => return,
        Ok(_) => serde_json::from_str::<Operation>(&line),
    };
    let operation = match operation {
        Ok(operation) => operation,
        Err(error) => {
            let message =
                format!("the running server does not know this command: {error}; is it another version?");
            send(&mut write, &Reply::Error(Failure::bad_input(message))).await;
            return;
        }
    };
    tracing::info!(purpose = operation.purpose(), "a command came through the control socket");
    let (sender, mut progress) = mpsc::channel(16);
    let mut work = tokio::spawn(async move {
        let mut sender = Sender(sender);
        operation.run(&env, &mut sender).await
    });
    let mut rest = [0; 1];
    let ended = loop {
        tokio::select! {
            biased;
            Some(reply) = progress.recv() => {
                if !send(&mut write, &reply).await {
                    work.abort();
                    return;
                }
            }
            ended = &mut work => break ended,
            gone = reader.read(&mut rest) => {
                if !matches!(gone, Ok(n) if n > 0) {
                    tracing::info!("a command was stopped by whoever gave it");
                    work.abort();
                    return;
                }
            }
        }
    };
    let reply = match ended {
        Ok(Ok(value)) => Reply::Done(value),
        Ok(Err(failure)) => Reply::Error(failure),
        Err(error) => Reply::Error(Failure::broke(&error)),
    };
    send(&mut write, &reply).await;
}

async fn send(write: &mut OwnedWriteHalf, reply: &Reply) -> bool {
    let Ok(mut line) = serde_json::to_string(reply) else { return false };
    line.push('\n');
    write.write_all(line.as_bytes()).await.is_ok()
}
