//! Commands through a running server: one writer, always.
//!
//! The server listens on `control.sock` in its data folder, which only the folder's owner can reach. A request is one
//! line of JSON, an [`crate::operation::Operation`]; answers are lines too: any number of `progress`, then one `done` or
//! `error`. A client that goes away stops its operation, whose transaction is undone.

pub mod client;
pub mod server;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::exit::Failure;

/// The socket's name in the data folder.
pub const SOCKET: &str = "control.sock";
/// Longest request in bytes.
const LONGEST: u64 = 1 << 20;

/// One line of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// How far it is.
    Progress {
        /// What is being done.
        label: String,
        /// Units done.
        done: u64,
        /// Units in all; 0 while unknown.
        total: u64,
    },
    /// What came of it.
    Done(Value),
    /// Why it failed.
    Error(Failure),
}
