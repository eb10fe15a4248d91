//! What a write would do: rows of drafts become records to add, to change or to leave, or problems by row and field.
//!
//! One engine for a form, an API list and a file. It only reads, so a check before an import is the import without its
//! last step. Rows may refer to one another (a parent account in the same file), because new ids are given first.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::audit::{AuditRecord, Changes, SealedChange};
use mandate_domain::book::{Draft, FieldProblem, Kind, Parts, Saved, Shape, Spec};
use mandate_domain::text;
use mandate_domain::{Clearance, Id};
use mandate_store::book::{self as store, ContractOfLine, Known, References, Stored};
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, StoreError, WriteTx};

use super::prices::{self, DecidedPrice};
use super::rules;
use crate::authorise::{Action, clearance};
use crate::ctx::{Actor, Ctx, Subject};

/// Which record a row is about.
pub(super) enum Target<R> {
    /// One that is not there yet.
    New,
    /// This one.
    Existing(Box<Saved<R>>),
    /// The one with the draft's external id, or a new one.
    ByExternalId,
}

/// A row of a write.
pub(super) struct Row<R> {
    /// Its number in messages: of the file's row, or from 1.
    pub(super) number: usize,
    /// The fields given; those not given stay as they are.
    pub(super) draft: Draft,
    /// Which record.
    pub(super) target: Target<R>,
}

/// What happens, or happened, to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is made.
    New,
    /// It is changed.
    Changed,
    /// It is as the draft has it.
    Same,
}

impl Outcome {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

/// A row that can be written.
pub(super) struct Planned<R> {
    pub(super) number: usize,
    pub(super) saved: Saved<R>,
    pub(super) outcome: Outcome,
    /// The fields before; empty for a record that is made.
    pub(super) before: Draft,
    pub(super) account_id: Option<String>,
    /// The prices it moves, and by which rights: of a changed product two.
    pub(super) priced: Vec<DecidedPrice>,
}

impl<R: Stored> Planned<R> {
    /// A record that goes back to what it was.
    pub(super) fn changed(number: usize, saved: Saved<R>, before: Draft, account_id: Option<String>) -> Self {
        Self { number, saved, outcome: Outcome::Changed, before, account_id, priced: vec![] }
    }
}

/// What is wrong with a field of a row.
pub(super) struct RowProblem {
    pub(super) number: usize,
    pub(super) field: &'static str,
    pub(super) problem: FieldProblem,
}

/// What a write would do.
pub(super) struct Plan<R> {
    pub(super) rows: Vec<Planned<R>>,
    pub(super) problems: Vec<RowProblem>,
}

impl<R> Plan<R> {
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| row.outcome == outcome).count()
    }
}

/// A row with its record found: between looking up and parsing.
struct Located<R> {
    number: usize,
    given: Draft,
    before: Option<Saved<R>>,
    id: Id<R>,
    problems: Vec<(&'static str, FieldProblem)>,
}

/// Plans `rows`, in their order.
pub(super) async fn plan<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    rows: Vec<Row<R>>,
) -> Result<Plan<R>, StoreError> {
    let located = locate(tx, ctx, actor, rows).await?;
    let references = find_references(tx, &actor.scope, &located).await?;
    let located: Vec<Located<R>> = located.into_iter().map(|row| resolve(actor, row, &references)).collect();
    let contracts = contracts_of_lines(tx, &located).await?;
    let mut plan = Plan { rows: vec![], problems: vec![] };
    for row in located {
        match parse(row, actor, &contracts) {
            Ok(planned) => plan.rows.push(planned),
            Err(problems) => plan.problems.extend(problems),
        }
    }
    let broken = rules::check(tx, actor, &plan.rows).await?;
    plan.problems.extend(broken);
    let undecided = prices::decide_prices(tx, ctx, actor, &mut plan.rows).await?;
    plan.problems.extend(undecided);
    plan.problems.sort_by_key(|problem| problem.number);
    Ok(plan)
}

/// Finds the record of each row; gives new ones their id.
async fn locate<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    rows: Vec<Row<R>>,
) -> Result<Vec<Located<R>>, StoreError> {
    // As it will be stored; what cannot be stored is left for the parser to refuse.
    let external_id = |draft: &Draft| {
        let given = draft.get("external_id");
        text::optional_line(given, 100).unwrap_or_else(|_| given.to_owned())
    };
    let asked: BTreeSet<String> =
        rows.iter().map(|row| external_id(&row.draft)).filter(|id| !id.is_empty()).collect();
    let known = store::load_known::<R>(tx, &actor.scope, &asked).await?;
    let mut first_rows = BTreeMap::new();
    let mut located = Vec::with_capacity(rows.len());
    for mut row in rows {
        let external_id = external_id(&row.draft);
        let mut problems = vec![];
        let found = known.get(&external_id).filter(|_| !external_id.is_empty());
        // A merged record's id means the record that stands for it, which is known by its own.
        let own_id =
            found.map_or(external_id.as_str(), |known| known.saved.external_id().unwrap_or_default());
        let is_merged = found.is_some() && own_id != external_id;
        if !external_id.is_empty() {
            let named = if own_id.is_empty() { external_id.as_str() } else { own_id };
            let first = *first_rows.entry(named.to_owned()).or_insert(row.number);
            if first != row.number {
                let text = external_id.clone();
                problems.push(("external_id", FieldProblem::Repeated { text, row: first }));
            }
        }
        let before = match row.target {
            Target::New => {
                problems.extend(found.map(|known| taken(known, &external_id)));
                None
            }
            Target::Existing(saved) => {
                let other = found.filter(|known| is_merged || known.saved.id != saved.id);
                problems.extend(other.map(|known| taken(known, &external_id)));
                Some(*saved)
            }
            Target::ByExternalId if external_id.is_empty() => {
                problems.push(("external_id", FieldProblem::Required));
                None
            }
            Target::ByExternalId => match found {
                Some(Known { saved, visible: true }) if saved.deleted_at.is_none() => {
                    if is_merged {
                        row.draft.set("external_id", own_id);
                    }
                    Some(saved.clone())
                }
                Some(known) => {
                    problems.push(taken(known, &external_id));
                    None
                }
                None => None,
            },
        };
        let id = before.as_ref().map_or_else(|| ctx.new_id(), |saved| saved.id.clone());
        // `origin` and the like are not for people to set.
        let given = row.draft.only(R::FIELDS);
        located.push(Located { number: row.number, given, before, id, problems });
    }
    Ok(located)
}

/// What to say of an id of the firm that another record has. Of one out of sight it only says that it is taken.
fn taken<R>(known: &Known<R>, external_id: &str) -> (&'static str, FieldProblem) {
    let text = external_id.to_owned();
    let in_trash = known.visible && known.saved.deleted_at.is_some();
    ("external_id", if in_trash { FieldProblem::InTrash { text } } else { FieldProblem::Taken { text } })
}

fn reference_fields<R: Stored>() -> impl Iterator<Item = (&'static str, Kind)> {
    R::FIELDS.iter().filter_map(|spec| match spec.shape {
        Shape::Reference(kind) => Some((spec.name, kind)),
        _ => None,
    })
}

async fn find_references<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    rows: &[Located<R>],
) -> Result<BTreeMap<Kind, References>, StoreError> {
    let mut asked: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        for (field, kind) in reference_fields::<R>() {
            let text = row.given.get(field).trim();
            if !text.is_empty() {
                asked.entry(kind).or_default().insert(text.to_owned());
            }
        }
    }
    let mut found = BTreeMap::new();
    for (kind, texts) in asked {
        let mut references = store::find_references(tx, scope, kind, &texts).await?;
        if kind == R::KIND {
            for row in rows.iter().filter(|row| row.before.is_none()) {
                references.add(row.id.as_str(), row.given.get("external_id").trim());
            }
        }
        found.insert(kind, references);
    }
    Ok(found)
}

/// Turns what the row names into ids. A reference that stays as it is may lie in the trash or out of sight.
fn resolve<R: Stored>(
    actor: &Actor,
    mut row: Located<R>,
    references: &BTreeMap<Kind, References>,
) -> Located<R> {
    let stored = row.before.as_ref().map(|saved| saved.draft(clearance(actor))).unwrap_or_default();
    for (field, kind) in reference_fields::<R>() {
        let given = row.given.get(field).trim().to_owned();
        if given.is_empty() || given == stored.get(field) {
            continue;
        }
        let meant = references.get(&kind).map(|found| found.meant(&given)).unwrap_or_default();
        let text: String = given.chars().take(60).collect();
        match meant[..] {
            [id] => row.given.set(field, id),
            [] => row.problems.push((field, FieldProblem::UnknownReference { kind, text })),
            _ => row.problems.push((field, FieldProblem::AmbiguousReference { kind, text })),
        }
    }
    let uncleared = |spec: &&Spec| !clearance(actor).admits(spec.purpose);
    for spec in R::FIELDS.iter().filter(uncleared) {
        if !row.given.has(spec.name) {
            continue;
        }
        if row.given.states(spec.name) {
            let right = spec.purpose.and_then(Action::of_purpose).map_or("none", Action::as_str);
            row.problems.push((spec.name, FieldProblem::NotAllowed { right }));
        }
        // Who may not see a value cannot clear it either.
        row.given.take_out(spec.name);
    }
    row
}

async fn contracts_of_lines<R: Stored>(
    tx: &mut ReadTx,
    rows: &[Located<R>],
) -> Result<BTreeMap<String, ContractOfLine>, StoreError> {
    if R::KIND != Kind::ContractLine {
        return Ok(BTreeMap::new());
    }
    let stored =
        |row: &Located<R>| row.before.as_ref().map(|saved| saved.draft(Clearance::NONE)).unwrap_or_default();
    let ids = rows.iter().map(|row| stored(row).overlaid(&row.given).get("contract").to_owned()).collect();
    store::contracts_of_lines(tx, &ids).await
}

fn parse<R: Stored>(
    row: Located<R>,
    actor: &Actor,
    contracts: &BTreeMap<String, ContractOfLine>,
) -> Result<Planned<R>, Vec<RowProblem>> {
    let clearance = clearance(actor);
    // What the actor may not read is not parsed anew: an error about it would tell it.
    let stored = row.before.as_ref().map(|saved| saved.draft(clearance)).unwrap_or_default();
    let mut draft = stored.clone().overlaid(&row.given);
    if row.before.is_none() {
        rules::default_fields(R::KIND, actor, &mut draft);
    }
    // One that could not be looked up is not theirs to learn the currency of.
    let is_named = row.problems.iter().any(|(field, _)| *field == "contract");
    let contract = contracts.get(draft.get("contract")).filter(|_| !is_named);
    if let Some(contract) = contract {
        draft.set("currency", contract.currency.as_str());
    }
    let mut problems = row.problems;
    problems.extend(keeps_currency(&stored, &draft).filter(|_| !is_named));
    let parsed = R::parse(&draft);
    if let Err(found) = &parsed {
        // A field that could not be looked up has been named already.
        let named: BTreeSet<&str> = problems.iter().map(|(field, _)| *field).collect();
        let more: Vec<_> = found.0.iter().filter(|(field, _)| !named.contains(field)).cloned().collect();
        problems.extend(more);
    }
    let number = row.number;
    let (Ok(parsed), true) = (parsed, problems.is_empty()) else {
        return Err(problems
            .into_iter()
            .map(|(field, problem)| RowProblem { number, field, problem })
            .collect());
    };
    let everything = |record: &R| record.draft(Clearance::EVERYTHING);
    let before = row.before.as_ref().map(|saved| everything(&saved.record));
    let record = match &row.before {
        None => parsed,
        Some(before) => parsed.keeping(&before.record, clearance),
    };
    let outcome = match &before {
        None => Outcome::New,
        Some(before) if *before == everything(&record) => Outcome::Same,
        Some(_) => Outcome::Changed,
    };
    let account_id = match R::KIND {
        Kind::Account => Some(row.id.to_string()),
        Kind::ContractLine => contract.map(|contract| contract.account_id.clone()),
        _ => record.account_id().map(str::to_owned),
    };
    // The instant is set when the row is written.
    let epoch = mandate_domain::Instant::from_microseconds(0);
    let saved = match row.before {
        None => Saved::new(row.id, record, epoch),
        Some(before) => Saved { record, ..before },
    };
    let before = before.unwrap_or_default();
    Ok(Planned { number, saved, outcome, before, account_id, priced: vec![] })
}

/// A line stays in the currency of its prices, whichever of them somebody may read.
fn keeps_currency(stored: &Draft, draft: &Draft) -> Option<(&'static str, FieldProblem)> {
    let (was, is) = (stored.get("currency"), draft.get("currency"));
    let moves = stored.has("contract") && stored.get("contract") != draft.get("contract");
    (moves && was != is).then(|| ("contract", FieldProblem::KeepsCurrency { currency: was.to_owned() }))
}

/// Writes what was planned, when nothing is wrong with it; returns an audit record for each new or changed row.
pub(super) async fn apply<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    plan: &mut Plan<R>,
) -> Result<Vec<AuditRecord>, StoreError> {
    let now = ctx.now();
    let mut audit = vec![];
    let (mut new, mut changed) = (vec![], vec![]);
    for row in &mut plan.rows {
        match row.outcome {
            Outcome::Same => continue,
            Outcome::New => {
                row.saved.created_at = now;
                row.saved.updated_at = now;
                new.push(row.saved.clone());
            }
            Outcome::Changed => {
                let parts = Parts::between::<R>(&row.before, &row.saved.draft(Clearance::EVERYTHING));
                changed.push((row.saved.clone(), parts));
                if parts.open {
                    row.saved.updated_at = now;
                    row.saved.version += 1;
                }
                row.saved.version_apart += i64::from(parts.apart);
            }
        }
        audit.push(record_of(ctx, actor, row));
    }
    prices::keep_decided(tx, ctx, actor, &plan.rows).await?;
    store::insert_many(tx, &new).await?;
    store::save_many(tx, &changed, now).await?;
    Ok(audit)
}

/// The record of a new or changed row.
pub(super) fn record_of<R: Stored>(ctx: &Ctx, actor: &Actor, row: &Planned<R>) -> AuditRecord {
    let after = row.saved.draft(Clearance::EVERYTHING);
    let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut changes = Changes::new();
    for (field, to) in after.iter() {
        let (from, to) = (stated(row.before.get(field)), stated(to));
        let purpose = R::FIELDS.iter().find(|spec| spec.name == field).and_then(|spec| spec.purpose);
        changes = match purpose {
            Some(purpose) => {
                changes.sealed_field(field, from, to, SealedChange { purpose, salt: ctx.new_secret() })
            }
            None => changes.field(field, from, to),
        };
    }
    let event = if row.outcome == Outcome::New { "created" } else { "changed" };
    let subject = Subject {
        kind: R::KIND.as_str(),
        id: row.saved.id.as_str(),
        name: row.saved.name(),
        account_id: row.account_id.as_deref(),
    };
    let mut record =
        actor.record(ctx.now(), &format!("{}.{event}", R::KIND.as_str()), subject, changes.into_vec());
    for priced in &row.priced {
        priced.permission.tell(&mut record);
    }
    record
}
