//! What a bulk edit would do to each record: planned as a single edit is, written nowhere but in its rows.

use mandate_domain::Id;
use mandate_domain::book::{CustomField, Draft, FieldProblem, Kind};
use mandate_domain::with_kind;
use mandate_store::book::{self as book, Stored};
use mandate_store::bulk_edits::{self as store, BulkEdit, BulkRow, BulkState, RowState, Step};
use mandate_store::{ReadTx, StoreError, boxed, merge};
use serde_json::{Value, json};

use super::job::{BULK_EDIT, payload};
use super::shown::FieldMove;
use super::work::draft_of;
use super::{AT_ONCE, BulkError, BulkWork, PART, bulk_fields, is_bulk_custom, load_own};
use crate::authorise::{Action, authorise, clearance};
use crate::book::custom::CustomFields;
use crate::book::plan::{Outcome, Row, Target, plan};
use crate::book::records::{cleared, whole};
use crate::book::tags::{TagsError, parsed, plan_tags};
use crate::book::{BookError, problem_message};
use crate::ctx::{Actor, Ctx};
use crate::error::{FieldError, Message, UseCaseError};
use crate::jobs::{self, JobRun, message_json};

/// What is foreseen of one record.
pub(super) struct Foreseen {
    pub(super) state: RowState,
    pub(super) version: Option<i64>,
    pub(super) reason: Option<String>,
    pub(super) moves: Vec<FieldMove>,
}

impl Foreseen {
    pub(super) fn refused(reason: String) -> Self {
        Self { state: RowState::Refuse, version: None, reason: Some(reason), moves: vec![] }
    }
}

/// Why a record is refused, as it is kept: each field's message, or the message of the whole.
pub(super) fn reason_of(error: &impl UseCaseError) -> String {
    let fields = error.fields();
    let told: Vec<Value> = match fields.is_empty() {
        true => vec![json!({ "field": "", "message": message_json(&error.message()) })],
        false => fields
            .iter()
            .map(|it| json!({ "field": it.field, "message": message_json(&it.message) }))
            .collect(),
    };
    Value::Array(told).to_string()
}

/// Says what is to be done, and works out what would happen to each record; more than [`AT_ONCE`] are a job.
///
/// # Errors
/// [`BulkError::Invalid`] when what is to be done does not fit, [`BulkError::OtherStep`] when it is being done already.
#[boxed]
pub async fn foresee(ctx: &Ctx, actor: &Actor, id: &Id<BulkEdit>, work: &BulkWork) -> Result<(), BulkError> {
    authorise(actor, Action::WriteBook)?;
    authorise(actor, work.action())?;
    let mut tx = ctx.begin_write().await?;
    let bulk = load_own(&mut tx, actor, id).await?;
    check_in(&mut tx, actor, bulk.kind, work).await?;
    let from = match bulk.state {
        BulkState::Chosen | BulkState::Checking | BulkState::Checked => bulk.state,
        _ => return Err(BulkError::OtherStep),
    };
    let job_id = match bulk.n_rows > AT_ONCE {
        true => Some(jobs::enqueue(ctx, &mut tx, actor, BULK_EDIT, &payload(id, "check")).await?),
        false => None,
    };
    let text = work.to_text();
    let step = Step { work: &text, from, to: BulkState::Checking, job_id: job_id.as_ref() };
    if !store::step(&mut tx, id, &step, ctx.now()).await? {
        return Err(BulkError::OtherStep);
    }
    store::commit_foreseen(tx).await?;
    if job_id.is_none() {
        foresee_all(ctx, actor, id, None).await.map_err(|error| match error {
            jobs::JobError::Store(error) => BulkError::Store(error),
            _ => BulkError::OtherStep,
        })?;
    }
    Ok(())
}

/// Refuses what cannot be done to any record of the kind, or of the trash where there is none.
///
/// # Errors
/// [`BulkError::Invalid`].
#[boxed]
pub async fn check_work(
    ctx: &Ctx,
    actor: &Actor,
    kind: Option<Kind>,
    work: &BulkWork,
) -> Result<(), BulkError> {
    check_in(&mut ctx.begin_read().await?, actor, kind, work).await
}

async fn check_in(
    tx: &mut ReadTx,
    actor: &Actor,
    kind: Option<Kind>,
    work: &BulkWork,
) -> Result<(), BulkError> {
    let wrong = |field: &str, id: &'static str| {
        let message = Message::new(id).with("field", field);
        vec![FieldError { field: field.to_owned(), message }]
    };
    let fields = match (kind, work) {
        // In the trash there are several kinds, and a record comes out of it before it is changed.
        (None, BulkWork::Restore) | (Some(_), BulkWork::Trash) => vec![],
        (None, _) | (_, BulkWork::Restore) => wrong("do", "bulk-error-not-here"),
        (Some(_), BulkWork::Tags(change)) => match parsed(change) {
            Ok((add, remove)) if add.is_empty() && remove.is_empty() => wrong("add", "bulk-error-no-work"),
            Ok(_) => vec![],
            Err(TagsError::Invalid { fields }) => fields,
            Err(_) => wrong("add", "bulk-error-no-work"),
        },
        (Some(_), BulkWork::Fields(given)) if given.is_empty() => wrong("field", "bulk-error-no-work"),
        (Some(kind), BulkWork::Fields(given)) => {
            let custom = CustomFields::of(tx, actor, kind).await?.0;
            let mut fields = vec![];
            for (field, text) in given {
                if bulk_fields(kind).any(|spec| spec.name == field) {
                    continue;
                }
                match custom.iter().find(|it| it.name == field && is_bulk_custom(it)) {
                    Some(custom) => fields.extend(misfit(custom, text)),
                    None => fields.extend(wrong(field, "bulk-error-no-field")),
                }
            }
            fields
        }
    };
    if fields.is_empty() { Ok(()) } else { Err(BulkError::Invalid { fields }) }
}

/// Why no record can have this text in the custom field; it is the same for all of them. Which record a text means is not: one may be
/// of a record's own account.
fn misfit(field: &CustomField, text: &str) -> Option<FieldError> {
    if field.shape.referent().is_some() && !text.trim().is_empty() {
        return None;
    }
    let problem = match field.read(text) {
        Ok(None) if field.required => FieldProblem::Required,
        Ok(_) => return None,
        Err(problem) => problem,
    };
    Some(FieldError { field: field.name.to_owned(), message: problem_message(&problem) })
}

/// Works out what would happen to every record.
pub(super) async fn foresee_all(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<BulkEdit>,
    run: Option<&JobRun>,
) -> Result<(), jobs::JobError> {
    let (mut after, mut n_done) = (0, 0);
    let mut tx = ctx.begin_read().await?;
    let bulk = store::load_bulk(&mut tx, id).await?;
    drop(tx);
    let Some(bulk) = bulk.filter(|bulk| bulk.state == BulkState::Checking) else { return Ok(()) };
    let Some(work) = BulkWork::parse(&bulk.work) else { return Ok(()) };
    loop {
        let mut tx = ctx.begin_read().await?;
        let mut rows = store::list_bulk_rows(&mut tx, id, &[], (after, PART)).await?;
        let Some(last) = rows.last() else { break };
        after = last.position;
        for row in &mut rows {
            let foreseen = foresee_row(&mut tx, ctx, actor, &work, row).await?;
            row.state = foreseen.state;
            row.version = foreseen.version;
            row.reason = foreseen.reason;
            n_done += 1;
            if let Some(run) = run {
                run.progress(n_done, bulk.n_rows, "checking").await?;
            }
        }
        drop(tx);
        let mut tx = ctx.begin_write().await?;
        if !is_still(&mut tx, &bulk).await? {
            return Ok(());
        }
        store::save_bulk_rows(&mut tx, id, &rows).await?;
        store::commit_foreseen(tx).await?;
    }
    let mut tx = ctx.begin_write().await?;
    if !is_still(&mut tx, &bulk).await? {
        return Ok(());
    }
    let (from, to) = (BulkState::Checking, BulkState::Checked);
    let step = Step { work: &bulk.work, from, to, job_id: bulk.job_id.as_ref() };
    store::step(&mut tx, id, &step, ctx.now()).await?;
    Ok(store::commit_foreseen(tx).await?)
}

/// Whether nobody asked for something else meanwhile, or went on: what this run foresees is nobody's then.
async fn is_still(tx: &mut ReadTx, bulk: &BulkEdit) -> Result<bool, StoreError> {
    let now = store::load_bulk(tx, &bulk.id).await?;
    let run = |bulk: &BulkEdit| (bulk.state, bulk.work.clone(), bulk.job_id.clone());
    Ok(now.is_some_and(|now| run(&now) == run(bulk)))
}

/// What would happen to one record.
pub(super) async fn foresee_row(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    work: &BulkWork,
    row: &BulkRow,
) -> Result<Foreseen, StoreError> {
    let id = row.record_id.as_str();
    match work {
        BulkWork::Fields(fields) => {
            let draft = draft_of(fields);
            with_kind!(row.kind, R => foresee_fields::<R>(tx, ctx, actor, id, draft).await)
        }
        BulkWork::Tags(change) => match plan_tags(tx, actor, (row.kind, id), (change, &[])).await {
            Ok(planned) if planned.is_none() => Ok(unmoved()),
            Ok(planned) => {
                let (from, to) = planned.texts();
                let moves = vec![FieldMove { field: "tags".to_owned(), from, to }];
                Ok(Foreseen { state: RowState::Change, version: None, reason: None, moves })
            }
            Err(TagsError::Store(error)) => Err(error),
            Err(error) => Ok(Foreseen::refused(reason_of(&error))),
        },
        BulkWork::Trash => with_kind!(row.kind, R => foresee_trash::<R>(tx, actor, id).await),
        BulkWork::Restore => with_kind!(row.kind, R => foresee_restore::<R>(tx, actor, id).await),
    }
}

const fn unmoved() -> Foreseen {
    Foreseen { state: RowState::Same, version: None, reason: None, moves: vec![] }
}

fn missing<R: Stored>() -> Foreseen {
    Foreseen::refused(reason_of(&BookError::NotFound { kind: R::KIND }))
}

async fn foresee_fields<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    id: &str,
    draft: Draft,
) -> Result<Foreseen, StoreError> {
    let Ok(id) = Id::<R>::parse(id) else { return Ok(missing::<R>()) };
    let Some(saved) = book::load(tx, &actor.scope, &id).await? else { return Ok(missing::<R>()) };
    let seen = cleared(actor, saved.clone());
    let fields: Vec<String> = draft.iter().map(|(field, _)| field.to_owned()).collect();
    let row = Row { number: 1, draft, target: Target::Existing(Box::new(saved)) };
    let planned = match whole(plan::<R>(tx, ctx, actor, vec![row]).await?) {
        Ok(planned) => planned,
        Err(error) => return Ok(Foreseen::refused(reason_of(&error))),
    };
    let is_changed = planned.count(Outcome::Changed) > 0;
    let (before, after) = match planned.rows.first() {
        Some(row) => (
            seen.draft(clearance(actor)).overlaid(&row.custom_before.draft()),
            row.saved.draft(clearance(actor)).overlaid(&row.saved.custom.draft()),
        ),
        None => (Draft::new(), Draft::new()),
    };
    // Only what was asked for is told, and only where it moves.
    let moved = |field: &String| FieldMove {
        field: field.clone(),
        from: before.get(field).to_owned(),
        to: after.get(field).to_owned(),
    };
    let moves: Vec<FieldMove> = fields.iter().map(moved).filter(|it| it.from != it.to).collect();
    let state = if is_changed { RowState::Change } else { RowState::Same };
    Ok(Foreseen { state, version: Some(seen.version), reason: None, moves })
}

async fn foresee_trash<R: Stored>(tx: &mut ReadTx, actor: &Actor, id: &str) -> Result<Foreseen, StoreError> {
    let Ok(id) = Id::<R>::parse(id) else { return Ok(missing::<R>()) };
    let Some(saved) = book::load(tx, &actor.scope, &id).await? else { return Ok(missing::<R>()) };
    if R::KIND == Kind::Product {
        let n_lines = book::count_open_lines(tx, saved.id.as_str()).await?;
        if n_lines > 0 {
            return Ok(Foreseen::refused(reason_of(&BookError::StillSold { n_lines })));
        }
    }
    let version = Some(cleared(actor, saved).version);
    Ok(Foreseen { state: RowState::Change, version, reason: None, moves: vec![] })
}

async fn foresee_restore<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    id: &str,
) -> Result<Foreseen, StoreError> {
    let Ok(id) = Id::<R>::parse(id) else { return Ok(missing::<R>()) };
    let Some(saved) = book::load_trashed(tx, &actor.scope, &id).await? else { return Ok(missing::<R>()) };
    if merge::stands_for(tx, R::KIND, saved.id.as_str()).await?.is_some() {
        let name = saved.name().to_owned();
        return Ok(Foreseen::refused(reason_of(&BookError::Merged { name })));
    }
    let version = Some(cleared(actor, saved).version);
    Ok(Foreseen { state: RowState::Change, version, reason: None, moves: vec![] })
}
