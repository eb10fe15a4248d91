//! The candid conversation: both sides' words on what was expected, what they agreed, and when they look again.
//!
//! Kept as a communication that names the expectations it dealt with, so that lists, the timeline and the API have it. One that leaves a
//! side's words out is a note of ours and no conversation, and is refused.

use mandate_domain::book::{Draft, FieldProblem, FieldProblems, Saved};
use mandate_domain::governance::{Communication, Topic};
use mandate_store::boxed;

use super::errors::BookError;
use super::records;
use crate::ctx::{Actor, Ctx};

/// What a conversation cannot leave out, beside what every communication states.
const NEEDED: [&str; 5] = ["expectations", "people", "said_by_client", "said_by_us", "agreed"];

/// Keeps a candid conversation.
///
/// # Errors
/// [`BookError::Fields`] with everything that is wrong or missing; then nothing was kept.
#[boxed]
pub async fn converse(ctx: &Ctx, actor: &Actor, draft: Draft) -> Result<Saved<Communication>, BookError> {
    let missing: Vec<(&'static str, FieldProblem)> = NEEDED
        .into_iter()
        .filter(|field| draft.get(field).trim().is_empty())
        .map(|field| (field, FieldProblem::Required))
        .collect();
    if !missing.is_empty() {
        return Err(BookError::Fields(FieldProblems(missing)));
    }
    records::create(ctx, actor, draft.with("topic", Topic::Expectations.as_str())).await
}
