//! What came of the files of a source.
//!
//! Whoever administers sees that a file came, how it ended and the counts. What single rows hold, or what is wrong with them, is for the
//! one with whose rights it was imported: others may not see the accounts in it.

use mandate_domain::book::Kind;
use mandate_domain::identity::User;
use mandate_domain::source::ArrivalState;
use mandate_domain::{Id, Instant};
use mandate_store::boxed;
use mandate_store::sources::{self as store, StoredArrival, StoredSource};
use serde_json::Value;

use super::SourceError;
use super::manage::find;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{FieldError, Message};

/// Files a page.
const A_PAGE: usize = 50;
/// Files among which the batches of a page are looked for.
const MOST_LOOKED_AT: usize = 500;

/// Rows of a file that was imported, by what happened to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub n_rows: i64,
    /// Records made.
    pub n_new: i64,
    /// Records changed.
    pub n_changed: i64,
    /// Records that were as the file has them.
    pub n_same: i64,
    /// Rows left out, because they look like a record that is there.
    pub n_skipped: i64,
}

/// A file that came, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalLine {
    /// Its id.
    pub id: Id<StoredArrival>,
    /// Its name.
    pub file_name: String,
    /// Its bytes.
    pub n_bytes: i64,
    /// What came of it.
    pub state: ArrivalState,
    /// With whose rights.
    pub owner_id: Id<User>,
    /// The batch, if it was imported.
    pub batch_id: Option<String>,
    /// Its rows, if it was imported.
    pub counts: Option<Counts>,
    /// Why it was refused, as a message that is kept.
    pub message: Option<Value>,
    /// The same in English.
    pub detail: String,
    /// How many cells are wrong.
    pub n_errors: i64,
    /// What is wrong, cell by cell; for its owner only.
    pub errors: Option<Value>,
    /// When it was taken.
    pub came_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// Files of a source.
#[derive(Clone, Debug)]
pub struct ArrivalPage {
    /// The newest first.
    pub rows: Vec<ArrivalLine>,
    /// The `before` of the next page.
    pub next: Option<String>,
}

pub(super) fn line(actor: &Actor, arrival: StoredArrival) -> ArrivalLine {
    let report: Value = serde_json::from_str(&arrival.report).unwrap_or_default();
    let n = |name: &str| report[name].as_i64().unwrap_or(0);
    let counts = (arrival.state == ArrivalState::Done).then(|| Counts {
        n_rows: n("n_rows"),
        n_new: n("n_new"),
        n_changed: n("n_changed"),
        n_same: n("n_same"),
        n_skipped: n("n_skipped"),
    });
    let is_refused = arrival.state == ArrivalState::Refused;
    let is_own = actor.user_id() == Some(&arrival.owner_id);
    ArrivalLine {
        counts,
        message: is_refused.then(|| report["message"].clone()),
        detail: report["detail"].as_str().unwrap_or_default().to_owned(),
        n_errors: n("n_errors"),
        errors: (is_refused && is_own && n("n_errors") > 0).then(|| report["errors"].clone()),
        id: arrival.id,
        file_name: arrival.file_name,
        n_bytes: arrival.n_bytes,
        state: arrival.state,
        owner_id: arrival.owner_id,
        batch_id: arrival.batch_id,
        came_at: arrival.came_at,
        ended_at: arrival.ended_at,
    }
}

/// Files of a source in `state` (empty: in any), the newest first.
///
/// # Errors
/// [`SourceError::NotFound`] when there is no such source, [`SourceError::Fields`] for another state or place.
#[boxed]
pub async fn list_arrivals(
    ctx: &Ctx,
    actor: &Actor,
    source: &Id<StoredSource>,
    state: &str,
    before: &str,
) -> Result<ArrivalPage, SourceError> {
    authorise(actor, Action::Administer)?;
    let mut errors = vec![];
    if !state.is_empty() && ArrivalState::parse(state).is_none() {
        let known = ArrivalState::ALL.map(ArrivalState::as_str).join(", ");
        let message = Message::new("import-source-error-state")
            .with("word", state.chars().take(40).collect::<String>())
            .with("known", known);
        errors.push(FieldError { field: "state".to_owned(), message });
    }
    if !before.is_empty() && Id::<StoredArrival>::parse(before).is_err() {
        errors.push(FieldError {
            field: "before".to_owned(),
            message: Message::new("import-source-error-before"),
        });
    }
    if !errors.is_empty() {
        return Err(SourceError::Fields(errors));
    }
    let mut tx = ctx.begin_read().await?;
    find(&mut tx, source).await?;
    let mut found = store::list_arrivals(&mut tx, source, state, before, A_PAGE + 1).await?;
    let has_more = A_PAGE < found.len();
    found.truncate(A_PAGE);
    let next = found.last().filter(|_| has_more).map(|arrival| arrival.id.to_string());
    Ok(ArrivalPage { rows: found.into_iter().map(|arrival| line(actor, arrival)).collect(), next })
}

/// A file of a source, with what it held.
///
/// # Errors
/// [`SourceError::NotFound`] when there is none.
#[boxed]
pub async fn load_arrival(
    ctx: &Ctx,
    actor: &Actor,
    source: &Id<StoredSource>,
    id: &Id<StoredArrival>,
) -> Result<(Kind, ArrivalLine), SourceError> {
    authorise(actor, Action::Administer)?;
    let mut tx = ctx.begin_read().await?;
    let kept = find(&mut tx, source).await?;
    let arrival = store::load_arrival(&mut tx, id).await?.filter(|arrival| arrival.source_id == *source);
    let kind = Kind::parse(&kept.kind).unwrap_or(Kind::Account);
    Ok((kind, line(actor, arrival.ok_or(SourceError::NotFound)?)))
}

/// Which batches of late came from which source, for whoever imports: batch and name.
///
/// # Errors
/// [`SourceError::Denied`].
#[boxed]
pub async fn sources_of_batches(ctx: &Ctx, actor: &Actor) -> Result<Vec<(String, String)>, SourceError> {
    authorise(actor, Action::Import)?;
    Ok(store::list_sources_of_batches(&mut ctx.begin_read().await?, MOST_LOOKED_AT).await?)
}
