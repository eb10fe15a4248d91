//! Changing many records at once: choose, see what would happen to each, do it, hear honestly what came of it, undo it.
//!
//! Each record is changed by the use case that a page calls for one, in a transaction of its own, which also marks its row: so rights, rules and
//! the audit record are the same, a crash repeats nothing, and one refusal stops no other. More than [`AT_ONCE`] records are a job.

mod errors;
mod foresee;
mod job;
mod run;
mod shown;
mod work;

use mandate_domain::Id;
use mandate_domain::book::Kind;
use mandate_store::bulk_edits as store;
pub use mandate_store::bulk_edits::{BulkEdit, BulkState, RowState};
use mandate_store::reads::listing::{ListDef, ListQuery, count_rows, list_page, list_row};
use mandate_store::{ReadTx, StoreError, boxed};

pub use errors::BulkError;
pub use foresee::{check_work, foresee};
pub use job::{BULK_EDIT, run_bulk_job};
pub use run::{commit, undo};
pub use shown::{BulkShown, FieldMove, ShownRow, rows, show};
pub use work::{BulkWork, bulk_fields, is_bulk_custom};

use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// Records of one bulk edit.
pub const MOST_AT_ONCE: usize = 5_000;
/// Records that are worked on while one waits.
pub const AT_ONCE: i64 = 200;
/// Rows read at a time.
const PART: usize = 500;

/// Which records of a list.
#[derive(Clone, Debug)]
pub enum Picked {
    /// Those with these ids.
    These(Vec<String>),
    /// All that match.
    Matching(ListQuery),
}

/// Chooses records of a list: of `kind`, or of the trash where there is none.
///
/// # Errors
/// [`BulkError::Nothing`] and [`BulkError::TooMany`], or what the list refuses.
#[boxed]
pub async fn choose(
    ctx: &Ctx,
    actor: &Actor,
    (def, kind): (&ListDef, Option<Kind>),
    picked: Picked,
) -> Result<Id<BulkEdit>, BulkError> {
    authorise(actor, Action::WriteBook)?;
    authorise(actor, if kind.is_some() { Action::ReadBook } else { Action::TrashBook })?;
    let mut tx = ctx.begin_read().await?;
    let records = match picked {
        Picked::These(ids) => these(&mut tx, actor, (def, kind), ids).await?,
        Picked::Matching(query) => matching(&mut tx, actor, (def, kind), query).await?,
    };
    drop(tx);
    if records.is_empty() {
        return Err(BulkError::Nothing);
    }
    let bulk = BulkEdit {
        id: ctx.new_id(),
        kind,
        work: String::new(),
        state: BulkState::Chosen,
        n_rows: i64::try_from(records.len()).unwrap_or(i64::MAX),
        job_id: None,
        made_by: actor.user_id().cloned(),
        created_at: ctx.now(),
    };
    let mut tx = ctx.begin_write().await?;
    store::insert_bulk(&mut tx, &bulk, &records).await?;
    store::commit_foreseen(tx).await?;
    Ok(bulk.id)
}

fn kind_of(def: &ListDef, kind: Option<Kind>, row: &mandate_store::reads::listing::ListRow) -> Option<Kind> {
    kind.or_else(|| Kind::parse(row.cells[def.position("kind")?].text()?))
}

async fn these(
    tx: &mut ReadTx,
    actor: &Actor,
    (def, kind): (&ListDef, Option<Kind>),
    ids: Vec<String>,
) -> Result<Vec<(Kind, String)>, BulkError> {
    let mut records = vec![];
    let mut seen = std::collections::BTreeSet::new();
    if ids.len() > MOST_AT_ONCE {
        return Err(BulkError::TooMany { n: i64::try_from(ids.len()).unwrap_or(i64::MAX) });
    }
    for id in ids {
        if !seen.insert(id.clone()) {
            continue;
        }
        match kind {
            // Whether it is there, and theirs, is told with what is foreseen of it.
            Some(kind) if id.len() <= 60 => records.push((kind, id)),
            Some(_) => {}
            None => {
                let row = list_row(tx, def, actor.reader(), &id).await?;
                records.extend(row.and_then(|row| kind_of(def, kind, &row)).map(|kind| (kind, id)));
            }
        }
    }
    Ok(records)
}

async fn matching(
    tx: &mut ReadTx,
    actor: &Actor,
    (def, kind): (&ListDef, Option<Kind>),
    query: ListQuery,
) -> Result<Vec<(Kind, String)>, BulkError> {
    let mut query = ListQuery { cursor: None, limit: PART, ..query };
    let n = count_rows(tx, def, actor.reader(), &query).await?;
    if usize::try_from(n).is_ok_and(|n| n > MOST_AT_ONCE) {
        return Err(BulkError::TooMany { n });
    }
    let mut records = vec![];
    loop {
        let page = list_page(tx, def, actor.reader(), &query).await?;
        records.extend(page.rows.iter().filter_map(|row| Some((kind_of(def, kind, row)?, row.key.clone()))));
        match page.next {
            Some(next) if records.len() <= MOST_AT_ONCE => query.cursor = Some(next),
            _ => return Ok(records),
        }
    }
}

/// The bulk edit, if it is the actor's own.
async fn load_own(tx: &mut ReadTx, actor: &Actor, id: &Id<BulkEdit>) -> Result<BulkEdit, BulkError> {
    let found = store::load_bulk(tx, id).await?;
    found.filter(|bulk| bulk.made_by.as_ref() == actor.user_id()).ok_or(BulkError::NotFound)
}

/// Forgets bulk edits that nobody touched for 30 days; the server calls it every hour.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn forget_old(ctx: &Ctx) -> Result<u64, StoreError> {
    store::forget_before(ctx.begin_write().await?, ctx.now().plus_seconds(-30 * 24 * 3600)).await
}
