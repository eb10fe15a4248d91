//! What taking events in would come to, with nothing kept: the rows are read, checked and held against what is known.
//!
//! The files that an import would write go to a folder of the check's own, because a later chunk is held against an
//! earlier one; it is taken away at the end. A kill leaves it to the sweep of uploads.

use std::path::{Path, PathBuf};

use mandate_store::boxed;
use mandate_store::reads::{Scope, facts_names};

use super::import_file::{ImportEvents, incoming, reader};
use super::ingest::{IngestReport, Staging, look, refuse_unknown_accounts, stage, used_states};
use super::ingest_error::IngestError;
use super::propose;
use super::stage::StageError;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::files;

/// Taken away when dropped, also when the check is given up half way.
struct Scratch(PathBuf);

impl Scratch {
    fn make(path: PathBuf) -> Result<Self, StageError> {
        files::create_private_folder(&path)?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays goes with the uploads that nobody came back for.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Says what importing a file of events would do, and keeps nothing of it.
///
/// # Errors
/// As [`super::import_events`].
#[boxed]
pub async fn check_events(
    ctx: &Ctx,
    actor: &Actor,
    command: ImportEvents,
) -> Result<IngestReport, IngestError> {
    authorise(actor, Action::Import)?;
    let incoming = incoming(&command, String::new())?;
    let before = look(ctx, actor, &incoming).await?;
    let name = format!("check-{}", ctx.new_id::<ImportEvents>());
    let scratch = Scratch::make(ctx.data_folder().join("uploads").join(name))?;
    // Pseudonyms are not kept, so any key will do; only with the right one can known events be told.
    let key = before.key.unwrap_or_else(|| ctx.new_secret());
    let staging = Staging { key, out: Some(scratch.path().to_owned()) };
    let work = stage(ctx, &before, reader(command), staging).await?;
    let mut tx = ctx.begin_read().await?;
    let accounts = facts_names::account_ids(&mut tx, &Scope::Everything).await?;
    refuse_unknown_accounts(&incoming, &work.staged, &before.reach, &accounts)?;
    let teams = facts_names::team_ids(&mut tx).await?;
    let missing = |known: bool| u64::from(!known);
    let used = used_states(&before, &work);
    let proposed = before.proposal.as_ref().map(|proposal| &proposal.source);
    let zone = before.source.as_ref().or(proposed).filter(|source| source.time_zone_assumed);
    Ok(IngestReport {
        source: incoming.source.to_string(),
        batch_id: None,
        n_rows: work.n_rows,
        n_new: work.staged.n_new,
        n_corrected: work.staged.n_corrected,
        n_same: work.staged.n_same,
        n_cases: work.staged.touched.len() as u64,
        n_accounts_made: work.staged.account_refs.keys().map(|it| missing(accounts.contains_key(it))).sum(),
        n_teams_made: work.staged.group_refs.iter().map(|it| missing(teams.contains_key(it))).sum(),
        n_before_opening: work.n_before_opening,
        assumed_states: propose::assumed_states(&incoming, &used),
        assumed_zone: zone.map(|source| source.time_zone.clone()),
        proposed_service_level: before.proposal.is_some(),
    })
}
