//! A bulk edit as its maker sees it: where it stands, how many records in which state, and the records themselves.
//!
//! Names and values are read when they are shown, within the reader's reach of then; a reason is told of records they may still see.

use std::collections::BTreeMap;

use mandate_domain::Id;
use mandate_domain::book::Kind;
use mandate_domain::with_kind;
use mandate_store::book::{self as book, Stored};
use mandate_store::bulk_edits::{self as store, BulkEdit, BulkRow, RowState};
use mandate_store::jobs::JobState;
use mandate_store::{ReadTx, StoreError, boxed};
use serde_json::Value;

use super::foresee::foresee_row;
use super::{BulkError, BulkState, BulkWork, load_own};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// A bulk edit.
#[derive(Clone, Debug)]
pub struct BulkShown {
    /// As it is kept.
    pub bulk: BulkEdit,
    /// What is to be done; none while that is not said.
    pub work: Option<BulkWork>,
    /// How many records in which state.
    pub counts: BTreeMap<RowState, i64>,
    /// Whether the work stands still half-way: its job ended, or the program stopped.
    pub is_stopped: bool,
}

impl BulkShown {
    /// How many records are in `state`.
    pub fn count(&self, state: RowState) -> i64 {
        self.counts.get(&state).copied().unwrap_or(0)
    }

    /// Whether something is at work on it.
    pub const fn is_at_work(&self) -> bool {
        matches!(self.bulk.state, BulkState::Checking | BulkState::Running | BulkState::Undoing)
            && !self.is_stopped
    }
}

/// A field that would move, or moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMove {
    /// The field.
    pub field: String,
    /// What it is.
    pub from: String,
    /// What it would be.
    pub to: String,
}

/// A record of a bulk edit.
#[derive(Clone, Debug)]
pub struct ShownRow {
    /// Its place.
    pub position: i64,
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub record_id: String,
    /// Its name; none where it is not there for the reader.
    pub name: Option<String>,
    /// Whether it can be opened: it lies not in the trash.
    pub is_there: bool,
    /// What is foreseen, or came of it.
    pub state: RowState,
    /// Why it is refused: an array of `{field, message}`.
    pub reason: Value,
    /// What would move; told before it is done.
    pub moves: Vec<FieldMove>,
}

/// A bulk edit of one's own.
///
/// # Errors
/// [`BulkError::NotFound`] for another's.
#[boxed]
pub async fn show(ctx: &Ctx, actor: &Actor, id: &Id<BulkEdit>) -> Result<BulkShown, BulkError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_read().await?;
    let bulk = load_own(&mut tx, actor, id).await?;
    let counts = store::count_bulk_rows(&mut tx, id).await?;
    let job = match &bulk.job_id {
        Some(job) => mandate_store::jobs::load_job(&mut tx, job).await?,
        None => None,
    };
    let is_under_way = matches!(bulk.state, BulkState::Checking | BulkState::Running | BulkState::Undoing);
    // Without a job it is done while one waits: who sees it in the middle sees it after a crash.
    let is_over =
        job.is_none_or(|job| matches!(job.state, JobState::Done | JobState::Failed | JobState::Cancelled));
    let work = BulkWork::parse(&bulk.work);
    Ok(BulkShown { bulk, work, counts, is_stopped: is_under_way && is_over })
}

/// Some records of a bulk edit of one's own, those after `after`; of all states, or of these.
///
/// # Errors
/// As [`show`].
#[boxed]
pub async fn rows(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<BulkEdit>,
    states: &[RowState],
    page: (i64, usize),
) -> Result<Vec<ShownRow>, BulkError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_read().await?;
    let bulk = load_own(&mut tx, actor, id).await?;
    let work = BulkWork::parse(&bulk.work);
    let mut shown = vec![];
    for row in store::list_bulk_rows(&mut tx, id, states, page).await? {
        let named = name_of(&mut tx, actor, &row).await?;
        let is_there = named.as_ref().is_some_and(|(_, is_there)| *is_there);
        let name = named.map(|(name, _)| name);
        let moves = match (&work, row.state) {
            (Some(work), RowState::Change) => foresee_row(&mut tx, ctx, actor, work, &row).await?.moves,
            _ => vec![],
        };
        let is_theirs = name.is_some() || matches!(row.state, RowState::Refuse | RowState::Chosen);
        let kept = row.reason.as_deref().filter(|_| is_theirs);
        shown.push(ShownRow {
            position: row.position,
            kind: row.kind,
            name,
            is_there,
            state: row.state,
            reason: kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default(),
            moves,
            record_id: row.record_id,
        });
    }
    ctx.count_reads(actor, shown.len());
    Ok(shown)
}

async fn name_of(
    tx: &mut ReadTx,
    actor: &Actor,
    row: &BulkRow,
) -> Result<Option<(String, bool)>, StoreError> {
    with_kind!(row.kind, R => name_in::<R>(tx, actor, &row.record_id).await)
}

async fn name_in<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    id: &str,
) -> Result<Option<(String, bool)>, StoreError> {
    let Ok(id) = Id::<R>::parse(id) else { return Ok(None) };
    if let Some(saved) = book::load(tx, &actor.scope, &id).await? {
        return Ok(Some((saved.name().to_owned(), true)));
    }
    // Only who may open the trash learns what lies there.
    if authorise(actor, Action::TrashBook).is_err() {
        return Ok(None);
    }
    let lying = book::load_trashed(tx, &actor.scope, &id).await?;
    Ok(lying.map(|saved| (saved.name().to_owned(), false)))
}
