//! Runs one test body on one database and clears up after it, whether it passed or panicked.
//!
//! A panic in the body is caught, the database removed, the panic passed on.

use std::future::Future;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::thread::Result as Ended;

use futures_util::FutureExt as _;
use tokio::runtime::{Builder, Runtime};

use crate::{TestDb, postgres, sqlite};

/// Names a PostgreSQL server on which databases may be made, such as `postgres://postgres@127.0.0.1:5433/postgres`.
const SERVER: &str = "MANDATE_TEST_POSTGRES";

/// Runs `body` on a fresh SQLite file.
pub fn run_on_sqlite<F>(body: impl FnOnce(TestDb) -> F)
where
    F: Future<Output = ()>,
{
    let runtime = runtime();
    let ended = runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let (url, open) = sqlite::open(folder.path()).await;
        let db = TestDb::new(open.clone(), url, folder);
        let ended = AssertUnwindSafe(body(db)).catch_unwind().await;
        open.close().await;
        ended
    });
    pass_on(ended);
}

/// Runs `body` on a fresh PostgreSQL database; says so and returns when there is no server to make one on.
pub fn run_on_postgres<F>(test: &str, body: impl FnOnce(TestDb) -> F)
where
    F: Future<Output = ()>,
{
    let Some(server) = server(test) else { return };
    let runtime = runtime();
    let ended = runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let (name, url, open) = postgres::open(&server).await;
        let db = TestDb::new(open.clone(), url, folder);
        let ended = AssertUnwindSafe(body(db)).catch_unwind().await;
        open.close().await;
        postgres::remove(&server, &name).await;
        ended
    });
    pass_on(ended);
}

/// The server's address; `None` after telling that the test is skipped.
fn server(test: &str) -> Option<String> {
    if let Ok(server) = std::env::var(SERVER)
        && !server.is_empty()
    {
        return Some(server);
    }
    let required = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    assert!(
        !required("CI") && !required("MANDATE_REQUIRE_POSTGRES"),
        "no PostgreSQL ({SERVER} is not set), and this run requires one; `make test` starts one"
    );
    // Not `eprintln!`, which the test harness keeps to itself when a test passes.
    drop(writeln!(std::io::stderr(), "SKIPPED: no PostgreSQL ({SERVER} is not set): {test}"));
    None
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime for the test")
}

fn pass_on(ended: Ended<()>) {
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
}
