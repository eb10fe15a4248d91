//! A bulk edit as a job: it survives a restart, tells how far it is and can be stopped.

use mandate_domain::Id;
use mandate_domain::audit::Origin;
use mandate_store::bulk_edits::BulkEdit;
use serde_json::{Value, json};

use super::foresee::foresee_all;
use super::run::{Way, go};
use crate::ctx::{Actor, Ctx};
use crate::jobs::{JobError, JobRun, requester};

/// The kind of these jobs.
pub const BULK_EDIT: &str = "bulk_edit";

/// What such a job is given: which bulk edit, and which step of it.
pub(super) fn payload(id: &Id<BulkEdit>, step: &str) -> Value {
    json!({ "bulk_edit": id.to_string(), "step": step })
}

/// Does such a job; run again it goes on from where it stood.
///
/// # Errors
/// [`JobError`] when it was stopped or the database failed; what a record was refused for stands in its row.
pub async fn run_bulk_job(ctx: Ctx, run: JobRun) -> Result<Value, JobError> {
    let asked = run.payload()?;
    let id =
        Id::<BulkEdit>::parse(asked["bulk_edit"].as_str().unwrap_or_default()).map_err(JobError::refused)?;
    let actor = Actor { origin: Origin::Job, ..requester(&ctx, &run).await? };
    match asked["step"].as_str() {
        Some("check") => foresee_all(&ctx, &actor, &id, Some(&run)).await?,
        Some("do") => go(&ctx, &actor, &id, Way::On, Some(&run)).await?,
        Some("undo") => go(&ctx, &actor, &id, Way::Back, Some(&run)).await?,
        _ => return Err(JobError::refused("a bulk edit is checked, done or undone")),
    }
    Ok(json!({ "bulk_edit": id.to_string() }))
}
