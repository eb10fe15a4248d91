//! The real program on the filled data folder: started, asked for its memory, stopped.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::http::Connection;

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub port: u16,
    /// From the start of the process to the first 200 of `/readyz`.
    pub start_ms: f64,
}

impl Server {
    /// Starts `binary` on `data` (on `database` where one is named) and waits until it is ready.
    pub async fn start(binary: &str, data: &Path, database: Option<&str>) -> Result<Self, Failure> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"]).arg(data);
        // The developer's own settings stay out of it.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MANDATE_")) {
            command.env_remove(name);
        }
        if let Some(url) = database {
            command.env("MANDATE_DATABASE", url);
        }
        let log = std::fs::File::create(data.join("bench-server.log"))?;
        let begun = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut server = Self { child, port, start_ms: 0.0 };
        while begun.elapsed() < PATIENCE {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("the server ended ({status}); see bench-server.log in the data folder").into());
            }
            if server.is_ready().await {
                server.start_ms = begun.elapsed().as_secs_f64() * 1_000.0;
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Err("the server did not get ready".into())
    }

    async fn is_ready(&self) -> bool {
        let Ok(mut connection) = Connection::open(self.port).await else { return false };
        connection.get("/readyz", "", true).await.is_ok_and(|answer| answer.status == 200)
    }

    /// Resident memory now and at most so far, in MB.
    pub fn memory_mb(&self) -> Result<(f64, f64), Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kb = line.and_then(|line| line.split_whitespace().next()).and_then(|it| it.parse::<f64>().ok());
            kb.map_or(0.0, |kb| kb / 1_024.0)
        };
        Ok((value("VmRSS:"), value("VmHWM:")))
    }

    /// Asks it to end, and waits.
    pub fn stop(mut self) -> Result<(), Failure> {
        Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Only after an error; a stopped server has ended before.
            drop(self.child.kill());
        }
    }
}
