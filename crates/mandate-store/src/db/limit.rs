//! How long a statement of a request may run: one that runs longer is stopped, and the request refused in words.
//!
//! PostgreSQL stops it by itself (`statement_timeout`). SQLite asks every few thousand steps whether it may go on, which is
//! answered from a clock that each statement starts anew. Not here: imports, jobs and the command line, which take what they need.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Sqlite, Transaction};

use crate::boxed;

/// Steps of SQLite's machine between two questions whether to go on: some hundred microseconds.
const STEPS: i32 = 10_000;
/// No statement runs that is limited.
const NEVER: u64 = u64::MAX;

/// The clock of one transaction's statements.
pub(super) struct Deadline {
    begun: Instant,
    limit: Duration,
    /// Milliseconds after `begun` at which the running statement is stopped.
    ends_at: Arc<AtomicU64>,
}

impl Deadline {
    /// Limits the statements of `connection`.
    #[boxed]
    pub(super) async fn set(
        connection: &mut Transaction<'static, Sqlite>,
        limit: Duration,
    ) -> Result<Self, sqlx::Error> {
        let deadline = Self { begun: Instant::now(), limit, ends_at: Arc::new(AtomicU64::new(NEVER)) };
        let (begun, ends_at) = (deadline.begun, deadline.ends_at.clone());
        connection.lock_handle().await?.set_progress_handler(STEPS, move || {
            let ends_at = ends_at.load(Ordering::Relaxed);
            ends_at == NEVER || milliseconds(begun.elapsed()) < ends_at
        });
        Ok(deadline)
    }

    /// A statement begins.
    pub(super) fn start(&self) {
        self.ends_at.store(milliseconds(self.begun.elapsed() + self.limit), Ordering::Relaxed);
    }
}

impl Drop for Deadline {
    /// The connection goes back to the pool, where somebody without a limit may take it.
    fn drop(&mut self) {
        self.ends_at.store(NEVER, Ordering::Relaxed);
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(NEVER)
}
