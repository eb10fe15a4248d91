//! What Mandate asks of other servers on somebody's behalf: the shape of a request and of its answer.
//!
//! Only the web floor knows HTTP, so the binary gives the surroundings an [`Outbound`]; tests give one of their own. Nothing is asked
//! but what somebody set up. Which addresses may be asked is decided where a name is resolved, for what a name means can change.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use mandate_domain::book::Kind;

/// An answer that is waited for.
pub type Asked<'a> = Pin<Box<dyn Future<Output = Result<OutAnswer, OutProblem>> + Send + 'a>>;

/// Asks other servers.
pub trait Outbound: Send + Sync {
    /// Asks once, over a connection of its own, and follows no redirect.
    fn ask(&self, request: OutRequest) -> Asked<'_>;

    /// Where a record is found in our own API.
    fn record_address(&self, kind: Kind, id: &str) -> String;
}

/// A request.
#[derive(Clone, Debug)]
pub struct OutRequest {
    /// An address as `mandate_domain::webhook::OutAddress` has it.
    pub address: String,
    /// Headers beside `host`, `user-agent` and `content-length`.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// What is sent with POST; without it the address is asked with GET.
    pub body: Option<Vec<u8>>,
    /// Bytes of the answer that are read; of a longer one the rest is left.
    pub most_bytes: usize,
    /// How long all of it may take.
    pub patience: Duration,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutAnswer {
    /// Its status.
    pub status: u16,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body, as far as it was read.
    pub body: Vec<u8>,
    /// Whether there was more.
    pub is_cut: bool,
}

/// Why there was no answer, in words for whoever keeps the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct OutProblem {
    /// What happened and, where that helps, what to do.
    pub what: String,
}
