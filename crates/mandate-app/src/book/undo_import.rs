//! Undoing an import of the book: what it made goes to the trash, what it changed goes back to what it was.
//!
//! Only while everything is as the import left it: a record that was changed or put away since would lose that work, so
//! then nothing is undone and the records are named.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{CUSTOM, Draft, FieldProblem, Kind, Parts, Saved, Spec};
use mandate_domain::with_kind;
use mandate_domain::{Clearance, Purpose};
use mandate_store::book::{self as book, Stored};
use mandate_store::exchange::{self as store, Batch, ImportChange};
use mandate_store::{StoreError, WriteTx, boxed};

use super::amendments;
use super::coverage;
use super::custom::{self, CustomFields};
use super::import::rows_at_once;
use super::lookups::Lookups;
use super::plan::{Planned, RowProblem, record_of};
use super::prices;
use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{ErrorKind, Message, UseCaseError};

/// Records that are named when they stand in the way.
const MOST_NAMED: usize = 5;

/// What undoing an import of the book came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneBookImport {
    /// What the file held.
    pub kind: Kind,
    /// Its name.
    pub file_name: String,
    /// Records that went to the trash.
    pub n_trashed: usize,
    /// Records that went back to what they were.
    pub n_restored: usize,
}

/// Why an import was not undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoBookImportError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none of the book.
    #[error("there is no import of the book `{id}`")]
    NotFound {
        /// As given.
        id: String,
    },
    /// It was undone before.
    #[error("this import was undone before")]
    Undone,
    /// It came in before imports kept what undoing them needs.
    #[error("this import came in before imports could be undone")]
    TooOld,
    /// Records were changed, put away or taken out of sight since.
    #[error("{n} records were changed since the import: {}; nothing was undone", told(names, *n_out_of_reach))]
    Changed {
        /// The first of them, by name.
        names: Vec<String>,
        /// How many.
        n: usize,
        /// How many of them lie in the trash or out of the actor's reach.
        n_out_of_reach: usize,
    },
    /// Amendments that it made are in their contracts: in the trash they would leave the contracts amended.
    #[error("{n} amendments are in their contracts already: {}; nothing was undone", names.join(", "))]
    InForce {
        /// The first of them, by name.
        names: Vec<String>,
        /// How many.
        n: usize,
    },
    /// Products that it made are on contract lines that stay.
    #[error("{n} products are on contract lines: {}; nothing was undone", names.join(", "))]
    StillSold {
        /// The first of them, by name.
        names: Vec<String>,
        /// How many.
        n: usize,
    },
    /// It would move prices that somebody else decides, or change who decides.
    #[error("{n} fields would change that you do not decide: {problem}")]
    NotDecided {
        /// The first of them.
        problem: FieldProblem,
        /// How many.
        n: usize,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for UndoBookImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::NotDecided { .. } => ErrorKind::Forbidden,
            Self::Undone
            | Self::TooOld
            | Self::Changed { .. }
            | Self::InForce { .. }
            | Self::StillSold { .. } => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound { .. } => Message::new("error-not-found"),
            Self::Undone => Message::new("facts-undo-undone"),
            Self::TooOld => Message::new("import-undo-too-old"),
            Self::Changed { names, n, n_out_of_reach } => Message::new("import-undo-changed")
                .with("names", names.join(", "))
                .with("named", names.len().to_string())
                .with("hidden", n_out_of_reach.to_string())
                .with("count", n.to_string()),
            Self::InForce { names, n } => used(Message::new("import-undo-in-force"), names, *n),
            Self::StillSold { names, n } => used(Message::new("import-undo-still-sold"), names, *n),
            Self::NotDecided { problem, .. } => super::errors::problem_message(problem),
            Self::Store(error) => error.message(),
        }
    }
}

/// The newest imports of the book that `actor` may undo.
///
/// # Errors
/// [`UndoBookImportError::Denied`].
#[boxed]
pub async fn book_imports(ctx: &Ctx, actor: &Actor, limit: usize) -> Result<Vec<Batch>, UndoBookImportError> {
    authorise(actor, Action::Import)?;
    let mut tx = ctx.begin_read().await?;
    if authorise(actor, Action::Administer).is_ok() {
        return Ok(store::list_batches(&mut tx, "book", limit).await?);
    }
    let Some(user) = actor.user_id() else { return Ok(vec![]) };
    Ok(store::list_batches_of(&mut tx, "book", user, limit).await?)
}

fn used(message: Message, names: &[String], n: usize) -> Message {
    message.with("names", names.join(", ")).with("count", n.to_string())
}

fn told(names: &[String], n_out_of_reach: usize) -> String {
    let hidden = (n_out_of_reach > 0).then(|| format!("{n_out_of_reach} in the trash or out of reach"));
    names.iter().cloned().chain(hidden).collect::<Vec<_>>().join(", ")
}

/// Whether it is the actor's to undo: their own, or any for who keeps the system.
fn is_theirs(actor: &Actor, batch: &Batch) -> bool {
    authorise(actor, Action::Administer).is_ok()
        || actor.user_id().is_some_and(|user| batch.created_by.as_deref() == Some(user.as_str()))
}

/// Undoes an import of the book, whole or not at all.
///
/// # Errors
/// [`UndoBookImportError::Changed`] names what was changed since.
#[boxed]
pub async fn undo_book_import(
    ctx: &Ctx,
    actor: &Actor,
    id: &str,
) -> Result<UndoneBookImport, UndoBookImportError> {
    authorise(actor, Action::Import)?;
    authorise(actor, Action::WriteBook)?;
    authorise(actor, Action::TrashBook)?;
    let not_found = || UndoBookImportError::NotFound { id: id.chars().take(40).collect() };
    let mut tx = ctx.begin_write().await?;
    let found = store::load_batch(&mut tx, id).await?.filter(|batch| batch.profile == "book");
    let found = found.filter(|batch| is_theirs(actor, batch));
    let batch = found.ok_or_else(not_found)?;
    let kind = Kind::parse(&batch.kind).ok_or_else(not_found)?;
    store::mark_undone(&mut tx, id, ctx.now()).await.map_err(|error| match error {
        StoreError::Stale { .. } => UndoBookImportError::Undone,
        other => other.into(),
    })?;
    mandate_store::sources::forget_marks_of_batch(&mut tx, id).await?;
    book::gather_values(&mut tx);
    let Undone { n_trashed, n_restored } = put_all_back(&mut tx, (ctx, actor), kind, id).await?;
    book::keep_gathered_values(&mut tx, ctx.now()).await?;
    if n_trashed + n_restored == 0 && batch.n_new + batch.n_changed > 0 {
        return Err(UndoBookImportError::TooOld);
    }
    let subject = Subject { kind: "import_batch", id, name: &batch.file_name, account_id: None };
    let counts = Changes::new()
        .field("trashed", None, Some(n_trashed.to_string()))
        .field("put_back", None, Some(n_restored.to_string()))
        .into_vec();
    tx.commit(actor.record(ctx.now(), &format!("{}.import_undone", batch.kind), subject, counts)).await?;
    Ok(UndoneBookImport { kind, file_name: batch.file_name, n_trashed, n_restored })
}

/// What was put back so far.
#[derive(Default)]
struct Undone {
    n_trashed: usize,
    n_restored: usize,
}

/// Puts back what the import did, some records at a time: a million are never all in memory. What was written last goes first, so
/// that nothing is left without what it belongs to. What stands in the way is looked for in all of them before anything is told.
async fn put_all_back(
    tx: &mut WriteTx,
    (ctx, actor): (&Ctx, &Actor),
    kind: Kind,
    id: &str,
) -> Result<Undone, UndoBookImportError> {
    let mut kinds: Vec<Kind> =
        store::list_changed_kinds(tx, id).await?.iter().filter_map(|kind| Kind::parse(kind)).collect();
    // Asked for the same rights whether or not it changed anything.
    if !kinds.contains(&kind) {
        kinds.push(kind);
    }
    let (mut in_the_way, mut undone) = (InTheWay::default(), Undone::default());
    for &kind in &kinds {
        with_kind!(kind, R => look_in_the_way::<R>(tx, actor, id, &mut in_the_way).await?);
    }
    in_the_way.refuse()?;
    for &kind in &kinds {
        with_kind!(kind, R => put_kind_back::<R>(tx, (ctx, actor), id, &mut undone).await?);
    }
    Ok(undone)
}

async fn look_in_the_way<R: Stored>(
    tx: &mut WriteTx,
    actor: &Actor,
    id: &str,
    in_the_way: &mut InTheWay,
) -> Result<(), UndoBookImportError> {
    let clearance = clearance(actor);
    refuse_narrow_token::<R>(actor, clearance)?;
    custom::refuse_narrow_token::<UndoBookImportError>(tx, actor, R::KIND).await?;
    let custom = custom::names_of(tx, R::KIND).await?;
    let mut from = 0;
    loop {
        let (changes, next) =
            store::list_changes(tx, (id, R::KIND.as_str()), from, rows_at_once::<R>()).await?;
        if changes.is_empty() {
            return Ok(());
        }
        from = next;
        let stand = stand::<R>(tx, actor, &changes).await?;
        in_the_way.add(&changes, &stand, (clearance, &custom))?;
    }
}

async fn put_kind_back<R: Stored>(
    tx: &mut WriteTx,
    (ctx, actor): (&Ctx, &Actor),
    id: &str,
    undone: &mut Undone,
) -> Result<(), UndoBookImportError> {
    if R::KIND == Kind::Product {
        refuse_still_sold::<R>(tx, actor, id).await?;
    }
    let mut from = 0;
    loop {
        let (changes, next) =
            store::list_changes(tx, (id, R::KIND.as_str()), from, rows_at_once::<R>()).await?;
        if changes.is_empty() {
            return Ok(());
        }
        from = next;
        let n_trashed = changes.iter().filter(|change| change.before.is_none()).count();
        undone.n_trashed += n_trashed;
        undone.n_restored += changes.len() - n_trashed;
        let audit = put_back::<R>(tx, ctx, actor, changes).await?;
        tx.record_so_far(&audit).await?;
    }
}

/// Refuses while products that the import made are on lines; the lines that it made itself are in the trash by now.
async fn refuse_still_sold<R: Stored>(
    tx: &mut WriteTx,
    actor: &Actor,
    id: &str,
) -> Result<(), UndoBookImportError> {
    let (mut names, mut n, mut from) = (vec![], 0, 0);
    loop {
        let (mut changes, next) =
            store::list_changes(tx, (id, R::KIND.as_str()), from, rows_at_once::<R>()).await?;
        if changes.is_empty() {
            break;
        }
        from = next;
        changes.retain(|change| change.before.is_none());
        for saved in stand::<R>(tx, actor, &changes).await?.into_values() {
            if book::count_open_lines(tx, saved.id.as_str()).await? > 0 {
                n += 1;
                names.extend((names.len() < MOST_NAMED).then(|| saved.name().to_owned()));
            }
        }
    }
    if n == 0 { Ok(()) } else { Err(UndoBookImportError::StillSold { names, n }) }
}

async fn stand<R: Stored>(
    tx: &mut WriteTx,
    actor: &Actor,
    changes: &[ImportChange],
) -> Result<BTreeMap<String, Saved<R>>, StoreError> {
    let ids: Vec<&str> = changes.iter().map(|change| change.record_id.as_str()).collect();
    book::load_many(tx, &actor.scope, &ids).await
}

/// Puts what the import added into the trash.
async fn put_away<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    new: &[Saved<R>],
) -> Result<Vec<AuditRecord>, StoreError> {
    book::trash_many(tx, &new.iter().collect::<Vec<_>>(), ctx.now()).await?;
    let mut audit = vec![];
    for saved in new {
        audit.push(super::records::event(tx, ctx, actor, saved, "trashed").await?);
    }
    Ok(audit)
}

async fn put_back<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    changes: Vec<ImportChange>,
) -> Result<Vec<AuditRecord>, UndoBookImportError> {
    let mut stand = stand::<R>(tx, actor, &changes).await?;
    let fields = CustomFields::with_retired(tx, actor, R::KIND).await?;
    let mut held = fields.values(tx, actor, &stand.keys().map(String::as_str).collect()).await?;
    let clearance = clearance(actor);
    let written: Vec<String> = stand.keys().cloned().collect();
    let written: Vec<&str> = written.iter().map(String::as_str).collect();
    let mut covered = coverage::touched::<R>(tx, &written).await?;
    let now = ctx.now();
    let (mut new, mut restored): (Vec<Saved<R>>, Vec<Planned<R>>) = (vec![], vec![]);
    for change in changes {
        let Some(saved) = stand.remove(&change.record_id) else { continue };
        let Some(before) = change.before else {
            new.push(saved);
            continue;
        };
        // What the actor may not read stays as it is: they cannot tell whether the import changed it.
        let mut draft = draft_of(&before).with_currencies_on_record();
        for spec in R::FIELDS.iter().filter(|spec| !clearance.admits(spec.purpose)) {
            draft.take_out(spec.name);
        }
        let record = R::parse(&draft).map_err(|problems| StoreError::Inconsistent {
            table: "import_change",
            id: change.record_id.clone(),
            what: format!("{problems:?}"),
        })?;
        let was = saved.draft(Clearance::EVERYTHING);
        let back = Saved { record: record.keeping(&saved.record, clearance), ..saved };
        let account_id = super::records::account_of(tx, &back).await?;
        let held = held.remove(&change.record_id).unwrap_or_default();
        let custom = fields.put_back(&held, &draft);
        let mut row = Planned::changed(restored.len(), Saved { custom, ..back }, was, account_id);
        row.custom_before = held;
        restored.push(row);
    }
    let audit = put_away(tx, ctx, actor, &new).await?;
    // What was added since may forbid what was: a contract with lines keeps its currency.
    let broken = super::rules::check(tx, actor, &restored).await?;
    let not_theirs = |problem: &&RowProblem| problem.problem == FieldProblem::DecidesHere;
    if let Some(first) = broken.iter().find(not_theirs) {
        let n = broken.iter().filter(not_theirs).count();
        return Err(UndoBookImportError::NotDecided { problem: first.problem.clone(), n });
    }
    if !broken.is_empty() {
        let named = broken.iter().filter_map(|problem| restored.get(problem.number));
        let names = named.map(|row| row.saved.name().to_owned()).take(MOST_NAMED).collect();
        return Err(UndoBookImportError::Changed { names, n: broken.len(), n_out_of_reach: 0 });
    }
    let undecided = prices::decide_prices(tx, (ctx, actor), &mut restored, &Lookups::default()).await?;
    if let Some(first) = undecided.first() {
        return Err(UndoBookImportError::NotDecided { problem: first.problem.clone(), n: undecided.len() });
    }
    prices::keep_decided(tx, ctx, actor, &restored).await?;
    // Where all that the import changed stays, nothing is told either.
    restored.retain(|row| row.parts().open || row.parts().apart || custom::difference(row).1 > 0);
    let changed = restored.iter().map(|planned| record_of(ctx, actor, planned));
    let audit = changed.chain(audit).collect();
    custom::write(tx, ctx, &restored).await?;
    let restored: Vec<(Saved<R>, Parts)> =
        restored.into_iter().map(|row| (row.saved.clone(), row.parts())).collect();
    book::save_many(tx, &restored, now).await?;
    covered.extend(coverage::touched::<R>(tx, &written).await?);
    coverage::count_anew(tx, ctx, covered).await?;
    Ok(audit)
}

/// Refuses a token that may read less than whoever it belongs to: the import would be undone for good, and what the token may not
/// read would stay. Whatever the file held, so that the answer tells nothing of it.
fn refuse_narrow_token<R: Stored>(actor: &Actor, may: Clearance) -> Result<(), Denied> {
    let whole = clearance(&Actor { token_scopes: None, ..actor.clone() });
    let narrowed = |spec: &&Spec| whole.admits(spec.purpose) && !may.admits(spec.purpose);
    match R::FIELDS.iter().find(narrowed).and_then(|spec| spec.purpose).and_then(Action::of_purpose) {
        Some(action) => authorise(actor, action),
        None => Ok(()),
    }
}

/// Records that are not as the import left them, as far as the actor may read them.
#[derive(Default)]
struct InTheWay {
    names: Vec<String>,
    n: usize,
    n_out_of_reach: usize,
    in_force: Vec<String>,
    n_in_force: usize,
}

impl InTheWay {
    fn add<R: Stored>(
        &mut self,
        changes: &[ImportChange],
        stand: &BTreeMap<String, Saved<R>>,
        (clearance, custom): (Clearance, &BTreeSet<&str>),
    ) -> Result<(), UndoBookImportError> {
        if !R::is_whole_for(clearance) && changes.iter().any(|change| change.version_apart.is_none()) {
            return Err(UndoBookImportError::TooOld);
        }
        for change in changes {
            let saved = stand.get(&change.record_id);
            let as_left = saved.filter(|saved| is_as_left(change, saved, clearance));
            if let Some(saved) = as_left.filter(|_| !lacks_field(change, custom)) {
                if change.before.is_none() && is_in_force(saved) {
                    self.n_in_force += 1;
                    self.in_force.extend((self.in_force.len() < MOST_NAMED).then(|| saved.name().to_owned()));
                }
                continue;
            }
            self.n += 1;
            match saved {
                Some(saved) if self.names.len() < MOST_NAMED => self.names.push(saved.name().to_owned()),
                Some(_) => {}
                // What lies in the trash or out of sight is counted and not named.
                None => self.n_out_of_reach += 1,
            }
        }
        Ok(())
    }

    fn refuse(self) -> Result<(), UndoBookImportError> {
        let Self { names, n, n_out_of_reach, in_force, n_in_force } = self;
        match (n, n_in_force) {
            (0, 0) => Ok(()),
            (0, n) => Err(UndoBookImportError::InForce { names: in_force, n }),
            _ => Err(UndoBookImportError::Changed { names, n, n_out_of_reach }),
        }
    }
}

/// Whether it is an amendment whose terms were put into its contract, which nothing takes out again.
fn is_in_force<R: Stored>(saved: &Saved<R>) -> bool {
    R::KIND == Kind::Amendment && amendments::has_amended(&saved.draft(Clearance::NONE))
}

/// Whether the import changed the value of a custom field that was removed since: there is nothing to put it back into.
fn lacks_field(change: &ImportChange, known: &BTreeSet<&str>) -> bool {
    let Some(before) = change.before.as_deref().filter(|before| before.contains(CUSTOM)) else {
        return false;
    };
    let custom = draft_of(before).custom();
    custom.iter().any(|(name, text)| !text.is_empty() && !known.contains(name))
}

fn is_as_left<R: Stored>(change: &ImportChange, saved: &Saved<R>, clearance: Clearance) -> bool {
    match change.version_apart {
        // Before both versions were kept, one counted both.
        None => saved.version_of_all() == change.version,
        // What takes a purpose in any kind is costs: in a column of its own, or in custom fields.
        Some(apart) => {
            let is_apart_as_left = saved.version_apart + saved.version_beside == apart;
            saved.version == change.version && (!clearance.has(Purpose::Cost) || is_apart_as_left)
        }
    }
}

/// Fields as they were kept.
fn draft_of(kept: &str) -> Draft {
    let fields: BTreeMap<String, String> = serde_json::from_str(kept).unwrap_or_default();
    let mut draft = Draft::new();
    for (field, text) in fields {
        draft.set(&field, text);
    }
    draft
}
