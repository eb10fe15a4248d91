//! Governance: what the two sides say to one another.
//!
//! A first slice as plain records, read and kept by the book's machinery ([`crate::book::Record`]). Not here yet: cadence, agenda,
//! actions, notices and the re-pricing clock, which build on these.

mod conversation;

pub use conversation::{Channel, Communication, Direction, Review, ReviewLevel, Topic};
