//! Doing a bulk edit and undoing it, record by record, each through the use case of a single change.
//!
//! A record's row is marked in the transaction of its change ([`Ctx::marking`]). What is refused is noted with its reason and stops nothing;
//! only a database that fails stops the work, which then goes on from where it stood.

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::with_kind;
use mandate_store::book::{self as book, Stored};
use mandate_store::bulk_edits::{self as store, BulkEdit, BulkRow, BulkState, Mark, RowState, Step};
use mandate_store::{StoreError, boxed};

use super::foresee::reason_of;
use super::job::{BULK_EDIT, payload};
use super::work::{draft_from, draft_of, fields_text, retired_from, tags_from, tags_text};
use super::{AT_ONCE, BulkError, BulkWork, PART, load_own};
use crate::authorise::{Action, authorise, clearance};
use crate::book::BookError;
use crate::book::custom::load_into;
use crate::book::records::{self, change_in, cleared};
use crate::book::tags::{TagChange, TagsError, change_tags_in, plan_tags};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::UseCaseError;
use crate::jobs::{self, JobError, JobRun};

/// Does what was foreseen.
///
/// # Errors
/// [`BulkError::OtherStep`] unless what would happen is known, or the work stopped half-way.
#[boxed]
pub async fn commit(ctx: &Ctx, actor: &Actor, id: &Id<BulkEdit>) -> Result<(), BulkError> {
    begin(ctx, actor, id, Way::On).await
}

/// Undoes what was done: each record that is still as it was left goes back to what it was.
///
/// # Errors
/// [`BulkError::OtherStep`] unless it is done, or stopped half-way.
#[boxed]
pub async fn undo(ctx: &Ctx, actor: &Actor, id: &Id<BulkEdit>) -> Result<(), BulkError> {
    begin(ctx, actor, id, Way::Back).await
}

/// On, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    On,
    Back,
}

impl Way {
    /// The state while it is gone, and that at its end.
    const fn states(self) -> (BulkState, BulkState) {
        match self {
            Self::On => (BulkState::Running, BulkState::Done),
            Self::Back => (BulkState::Undoing, BulkState::Undone),
        }
    }

    /// The rows whose turn it is.
    const fn turn(self) -> RowState {
        match self {
            Self::On => RowState::Change,
            Self::Back => RowState::Changed,
        }
    }

    const fn may_begin(self, state: BulkState) -> bool {
        match self {
            Self::On => matches!(state, BulkState::Checked | BulkState::Running),
            // Work that stopped half-way is undone as far as it went.
            Self::Back => matches!(state, BulkState::Done | BulkState::Running | BulkState::Undoing),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::On => "do",
            Self::Back => "undo",
        }
    }
}

async fn begin(ctx: &Ctx, actor: &Actor, id: &Id<BulkEdit>, way: Way) -> Result<(), BulkError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let bulk = load_own(&mut tx, actor, id).await?;
    let work =
        BulkWork::parse(&bulk.work).filter(|_| way.may_begin(bulk.state)).ok_or(BulkError::OtherStep)?;
    authorise(actor, work.action())?;
    let is_at_work = matches!(bulk.state, BulkState::Running | BulkState::Undoing);
    if let (true, Some(job)) = (is_at_work, &bulk.job_id) {
        let job = mandate_store::jobs::load_job(&mut tx, job).await?;
        if job.is_some_and(|job| !job.state.is_final()) {
            return Err(BulkError::OtherStep);
        }
    }
    let job_id = match bulk.n_rows > AT_ONCE {
        true => Some(jobs::enqueue(ctx, &mut tx, actor, BULK_EDIT, &payload(id, way.word())).await?),
        false => None,
    };
    let (to, _) = way.states();
    let step = Step { work: &bulk.work, from: bulk.state, to, job_id: job_id.as_ref() };
    if !store::step(&mut tx, id, &step, ctx.now()).await? {
        return Err(BulkError::OtherStep);
    }
    let event = if way == Way::On { "bulk_edit.begun" } else { "bulk_edit.undo_begun" };
    let changes = Changes::new().field("n_records", None, Some(bulk.n_rows.to_string())).into_vec();
    tx.commit(actor.record(ctx.now(), event, subject(&bulk, &work), changes)).await?;
    if job_id.is_some() {
        return Ok(());
    }
    go(ctx, actor, id, way, None).await.map_err(|error| match error {
        JobError::Store(error) => BulkError::Store(error),
        _ => BulkError::OtherStep,
    })
}

fn subject<'a>(bulk: &'a BulkEdit, work: &BulkWork) -> Subject<'a> {
    Subject { kind: "bulk_edit", id: bulk.id.as_str(), name: work.word(), account_id: None }
}

/// Goes through the records whose turn it is; begun again it goes on from where it stood.
pub(super) async fn go(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<BulkEdit>,
    way: Way,
    run: Option<&JobRun>,
) -> Result<(), JobError> {
    let (during, end) = way.states();
    let mut tx = ctx.begin_read().await?;
    let bulk = store::load_bulk(&mut tx, id).await?;
    drop(tx);
    let Some(bulk) = bulk.filter(|bulk| bulk.state == during) else { return Ok(()) };
    let Some(work) = BulkWork::parse(&bulk.work) else { return Ok(()) };
    let mut after = 0;
    loop {
        let mut tx = ctx.begin_read().await?;
        let rows = store::list_bulk_rows(&mut tx, id, &[way.turn()], (after, PART)).await?;
        drop(tx);
        let Some(last) = rows.last() else { break };
        after = last.position;
        for row in rows {
            if let Some(run) = run {
                run.progress(row.position, bulk.n_rows, way.word()).await?;
            }
            let done = match way {
                Way::On => change_one(ctx, actor, id, &work, &row).await,
                Way::Back => undo_one(ctx, actor, id, &work, &row).await,
            };
            let had_turn = note(ctx, id, way, &row, done).await?;
            if !had_turn && !is_during(ctx, id, during).await? {
                return Ok(());
            }
        }
    }
    let mut tx = ctx.begin_write().await?;
    let step = Step { work: &bulk.work, from: during, to: end, job_id: bulk.job_id.as_ref() };
    if !store::step(&mut tx, id, &step, ctx.now()).await? {
        return Ok(());
    }
    let counts = store::count_bulk_rows(&mut tx, id).await?;
    let mut changes = Changes::new();
    for (state, n) in &counts {
        changes = changes.field(state.as_str(), None, Some(n.to_string()));
    }
    let event = if way == Way::On { "bulk_edit.done" } else { "bulk_edit.undone" };
    if let Some(run) = run {
        run.finish_in(&mut tx, &serde_json::json!({ "bulk_edit": id.to_string() })).await?;
    }
    tx.commit(actor.record(ctx.now(), event, subject(&bulk, &work), changes.into_vec())).await?;
    Ok(())
}

/// Whether a bulk edit still is in this state: another step may have ended the work.
async fn is_during(ctx: &Ctx, id: &Id<BulkEdit>, during: BulkState) -> Result<bool, StoreError> {
    let mut tx = ctx.begin_read().await?;
    Ok(store::load_bulk(&mut tx, id).await?.is_some_and(|bulk| bulk.state == during))
}

/// What came of a record's turn.
enum Turn {
    /// It was changed, and its row marked with it.
    Done,
    /// Its turn came before, or comes no more.
    Passed,
    /// There was nothing to change.
    Nothing,
    /// It was refused.
    Refused(String),
}

/// A refusal as what came of it; a database that failed as an error.
fn refused<E: UseCaseError>(
    error: E,
    store: impl FnOnce(E) -> Result<StoreError, E>,
) -> Result<Turn, StoreError> {
    match store(error) {
        // Somebody else did it, or the work was ended.
        Ok(StoreError::Stale { table: "bulk_edit_row" }) => Ok(Turn::Passed),
        Ok(error @ (StoreError::Stale { .. } | StoreError::Duplicate { .. })) => {
            Ok(Turn::Refused(reason_of(&error)))
        }
        Ok(error) => Err(error),
        Err(error) => Ok(Turn::Refused(reason_of(&error))),
    }
}

fn of_book(error: BookError) -> Result<StoreError, BookError> {
    match error {
        BookError::Store(error) => Ok(error),
        other => Err(other),
    }
}

fn of_tags(error: TagsError) -> Result<StoreError, TagsError> {
    match error {
        TagsError::Store(error) => Ok(error),
        other => Err(other),
    }
}

/// Notes what came of a record's turn where no change marked its row; false when its turn had passed, and what came of it stays.
async fn note(
    ctx: &Ctx,
    id: &Id<BulkEdit>,
    way: Way,
    row: &BulkRow,
    done: Result<Turn, StoreError>,
) -> Result<bool, StoreError> {
    let (nothing, refused) = match way {
        Way::On => (RowState::Unchanged, RowState::Refused),
        Way::Back => (RowState::Undone, RowState::Kept),
    };
    let (to, reason) = match done? {
        Turn::Done => return Ok(true),
        Turn::Passed => return Ok(false),
        Turn::Nothing => (nothing, None),
        Turn::Refused(reason) => (refused, Some(reason)),
    };
    let mut tx = ctx.begin_write().await?;
    let noted = Mark { to, reason, version_after: None, ..mark(id, row, way) };
    match store::mark(&mut tx, &noted).await {
        Err(StoreError::Stale { .. }) => return Ok(false),
        marked => marked?,
    }
    store::commit_foreseen(tx).await?;
    Ok(true)
}

fn mark(id: &Id<BulkEdit>, row: &BulkRow, way: Way) -> Mark {
    let to = match way {
        Way::On => RowState::Changed,
        Way::Back => RowState::Undone,
    };
    let (during, _) = way.states();
    // Each save of what everybody reads counts one.
    let version_after = row.version.map(|version| version + 1).filter(|_| way == Way::On);
    let (bulk_id, position) = (id.to_string(), row.position);
    Mark { bulk_id, position, from: way.turn(), to, during, reason: None, before: None, version_after }
}

async fn change_one(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<BulkEdit>,
    work: &BulkWork,
    row: &BulkRow,
) -> Result<Turn, StoreError> {
    match work {
        BulkWork::Fields(_) => with_kind!(row.kind, R => change_fields::<R>(ctx, actor, id, work, row).await),
        BulkWork::Tags(change) => change_its_tags(ctx, actor, (id, Way::On), row, (change, &[])).await,
        BulkWork::Trash => with_kind!(row.kind, R => put_away::<R>(ctx, actor, (id, Way::On), row).await),
        BulkWork::Restore => with_kind!(row.kind, R => bring_back::<R>(ctx, actor, (id, Way::On), row).await),
    }
}

async fn undo_one(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<BulkEdit>,
    work: &BulkWork,
    row: &BulkRow,
) -> Result<Turn, StoreError> {
    let before = row.before.as_deref().unwrap_or_default();
    match work {
        BulkWork::Fields(_) => with_kind!(row.kind, R => undo_fields::<R>(ctx, actor, id, row).await),
        BulkWork::Tags(_) => {
            let kept = serde_json::from_str(before).unwrap_or_default();
            let given = tags_from(&kept);
            let back = TagChange { add: given.remove, remove: given.add };
            change_its_tags(ctx, actor, (id, Way::Back), row, (&back, &retired_from(&kept))).await
        }
        BulkWork::Trash => with_kind!(row.kind, R => bring_back::<R>(ctx, actor, (id, Way::Back), row).await),
        BulkWork::Restore => {
            let row = BulkRow { version: row.version_after, ..row.clone() };
            with_kind!(row.kind, R => put_away::<R>(ctx, actor, (id, Way::Back), &row).await)
        }
    }
}

fn missing<R: Stored>() -> Turn {
    Turn::Refused(reason_of(&BookError::NotFound { kind: R::KIND }))
}

async fn change_fields<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<BulkEdit>,
    work: &BulkWork,
    row: &BulkRow,
) -> Result<Turn, StoreError> {
    let BulkWork::Fields(fields) = work else { return Ok(Turn::Nothing) };
    let (Ok(record), Some(version)) = (Id::<R>::parse(&row.record_id), row.version) else {
        return Ok(missing::<R>());
    };
    let mut tx = ctx.begin_read().await?;
    let Some(mut saved) = book::load(&mut tx, &actor.scope, &record).await? else {
        return Ok(missing::<R>());
    };
    load_into(&mut tx, actor, &mut saved).await?;
    drop(tx);
    // Of the version that was seen; of any other the change is refused.
    let custom = saved.custom.draft();
    let before = fields_text(&cleared(actor, saved).draft(clearance(actor)).overlaid(&custom), fields);
    let marking = ctx.marking(Mark { before: Some(before), ..mark(id, row, Way::On) });
    let reason = Some(format!("bulk edit {id}"));
    match change_in(&marking, actor, &record, version, draft_of(fields), reason).await {
        Ok(changed) if changed.is_changed => Ok(Turn::Done),
        Ok(_) => Ok(Turn::Nothing),
        Err(error) => refused(error, of_book),
    }
}

async fn undo_fields<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<BulkEdit>,
    row: &BulkRow,
) -> Result<Turn, StoreError> {
    let (Ok(record), Some(version)) = (Id::<R>::parse(&row.record_id), row.version_after) else {
        return Ok(missing::<R>());
    };
    let draft = draft_from(row.before.as_deref().unwrap_or_default());
    let marking = ctx.marking(mark(id, row, Way::Back));
    let reason = Some(format!("bulk edit {id} undone"));
    match change_in(&marking, actor, &record, version, draft, reason).await {
        Ok(changed) if changed.is_changed => Ok(Turn::Done),
        Ok(_) => Ok(Turn::Nothing),
        Err(error) => refused(error, of_book),
    }
}

async fn change_its_tags(
    ctx: &Ctx,
    actor: &Actor,
    (id, way): (&Id<BulkEdit>, Way),
    row: &BulkRow,
    (change, retire): (&TagChange, &[String]),
) -> Result<Turn, StoreError> {
    let of = (row.kind, row.record_id.as_str());
    let mut tx = ctx.begin_read().await?;
    let planned = match plan_tags(&mut tx, actor, of, (change, retire)).await {
        Ok(planned) if planned.is_none() => return Ok(Turn::Nothing),
        Ok(planned) => planned,
        Err(error) => return refused(error, of_tags),
    };
    drop(tx);
    let texts = |tags: &[mandate_domain::book::Tag]| -> Vec<String> {
        tags.iter().map(|tag| tag.text().to_owned()).collect()
    };
    // Exactly what is planned is done and undone: what the record has or lacks already is not this edit's.
    let (mut add, remove) = (texts(&planned.added), texts(&planned.removed));
    let before = (way == Way::On).then(|| tags_text(&add, &remove, &planned.were_retired()));
    add.extend(texts(&planned.revived));
    let marking = ctx.marking(Mark { before, ..mark(id, row, way) });
    match change_tags_in(&marking, actor, of, (&TagChange { add, remove }, retire)).await {
        Ok((_, false)) => Ok(Turn::Nothing),
        Ok(_) => Ok(Turn::Done),
        Err(error) => refused(error, of_tags),
    }
}

async fn put_away<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    (id, way): (&Id<BulkEdit>, Way),
    row: &BulkRow,
) -> Result<Turn, StoreError> {
    let Ok(record) = Id::<R>::parse(&row.record_id) else { return Ok(missing::<R>()) };
    let marking = ctx.marking(mark(id, row, way));
    match records::trash::<R>(&marking, actor, &record, row.version).await {
        Ok(_) => Ok(Turn::Done),
        Err(error) => refused(error, of_book),
    }
}

async fn bring_back<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    (id, way): (&Id<BulkEdit>, Way),
    row: &BulkRow,
) -> Result<Turn, StoreError> {
    let Ok(record) = Id::<R>::parse(&row.record_id) else { return Ok(missing::<R>()) };
    if way == Way::Back {
        let mut tx = ctx.begin_read().await?;
        let lying = book::load_trashed(&mut tx, &actor.scope, &record).await?;
        let Some(lying) = lying else { return Ok(missing::<R>()) };
        // Put away again since: that is not this edit's to undo.
        if Some(cleared(actor, lying).version) != row.version_after {
            return Ok(Turn::Refused(reason_of(&StoreError::Stale { table: R::TABLE })));
        }
    }
    let marking = ctx.marking(mark(id, row, way));
    match records::restore::<R>(&marking, actor, &record).await {
        Ok(_) => Ok(Turn::Done),
        Err(error) => refused(error, of_book),
    }
}
