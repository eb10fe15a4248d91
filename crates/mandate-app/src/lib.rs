//! Use cases: one function each, in the words of the business, called by pages, API, jobs and command line alike.
//!
//! How to add here: name the action in `authorise::Action` and give it a row of the matrix; write `verb_noun(ctx, actor,
//! command)` in the room's module: check the right, begin one transaction, load, let the domain decide, save, commit
//! with an audit record. Steps only: a rule goes to `mandate-domain`, a table to `mandate-store`. One error enum per
//! operation, beside it, with `impl UseCaseError`. Work over 50 ms that a person need not wait for is a job, enqueued in
//! the same transaction; engines run in `spawn_blocking`, between transactions.

pub mod audit;
pub mod authorise;
pub mod backup;
pub mod book;
pub mod copy;
pub mod ctx;
pub mod deals;
pub mod decisions;
pub mod demo;
pub mod doctor;
pub mod error;
pub mod exchange;
pub mod facts;
mod files;
pub mod home;
pub mod idempotency;
pub mod identity;
pub mod jobs;
pub mod lists;
pub mod mail;
pub mod notifications;
pub mod open;
pub mod outbound;
pub mod portal;
pub mod progress;
pub mod search;
pub mod settings;
pub mod sources;
pub mod tenor;
pub mod version;
pub mod views;
pub mod webhooks;

pub use authorise::{Action, Denied};
pub use ctx::{Actor, Ctx, Unverified, Who};
pub use error::{ErrorKind, FieldError, Message, TooMany, UseCaseError};
pub use mandate_store::reads::listing;
