//! What a write would do: rows of drafts become records to add, to change or to leave, or problems by row and field.
//!
//! One engine for a form, an API list and a file. It only reads, so a check before an import is the import without its
//! last step. Rows may refer to one another (a parent account in the same file), because new ids are given first.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::audit::{AuditRecord, Changes, SealedChange};
use mandate_domain::book::{
    CustomValues, Draft, FieldProblem, FieldProblems, Kind, Parts, Referent, Saved, Shape, Side, Spec, parts,
};
use mandate_domain::country::Country;
use mandate_domain::text;
use mandate_domain::{Clearance, Id, Instant};
use mandate_store::book::{self as store, Known, Owner, Stored};
use mandate_store::reads::Scope;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::amendments;
use super::coverage;
use super::custom::{self, CustomFields, overwritten};
use super::custom_links::{Naming, hide_links, resolve_links};
use super::known_by;
use super::known_by::name_field;
use super::lookups::Lookups;
use super::plan_measures::{measures, resolve_measures};
use super::prices::{self, DecidedPrice};
use super::rules;
use super::titles;
use crate::authorise::{Action, clearance};
use crate::ctx::{Actor, Ctx, Subject};
use crate::notifications::tell_of_assignments;

/// Which record a row is about.
#[derive(Clone)]
pub(super) enum Target<R> {
    /// One that is not there yet.
    New,
    /// This one.
    Existing(Box<Saved<R>>),
    /// The one with the draft's external id, or a new one.
    ByExternalId,
    /// One that its name tells (`known_by`), which is found before anything is planned.
    ByName,
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
    /// The custom fields before.
    pub(super) custom_before: CustomValues,
    /// What custom fields held that the actor did not see and writes over.
    pub(super) overwritten: CustomValues,
    pub(super) account_id: Option<String>,
    /// The prices it moves, and by which rights: of a changed product two.
    pub(super) priced: Vec<DecidedPrice>,
}

impl<R: Stored> Planned<R> {
    /// A record that goes back to what it was.
    pub(super) fn changed(number: usize, saved: Saved<R>, before: Draft, account_id: Option<String>) -> Self {
        let custom_before = saved.custom.clone();
        Self {
            number,
            saved,
            outcome: Outcome::Changed,
            before,
            custom_before,
            overwritten: CustomValues::default(),
            account_id,
            priced: vec![],
        }
    }

    /// Which parts of the record's own row differ: a custom field that all its readers see is of it.
    pub(super) fn parts(&self) -> Parts {
        let parts = Parts::between::<R>(&self.before, &self.saved.draft(Clearance::EVERYTHING));
        Parts { open: parts.open || custom::difference(self).0, ..parts }
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
pub(super) struct Located<R> {
    number: usize,
    pub(super) given: Draft,
    custom: Draft,
    before: Option<Saved<R>>,
    id: Id<R>,
    pub(super) problems: Vec<(&'static str, FieldProblem)>,
}

/// Plans `rows`, in their order.
#[boxed]
pub(super) async fn plan<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    rows: Vec<Row<R>>,
) -> Result<Plan<R>, StoreError> {
    plan_with(tx, ctx, actor, rows, &mut Lookups::default()).await
}

/// As [`plan`], with what was looked up before in the same transaction.
#[boxed]
pub(super) async fn plan_with<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    rows: Vec<Row<R>>,
    lookups: &mut Lookups,
) -> Result<Plan<R>, StoreError> {
    let mut located = locate(tx, ctx, actor, (rows, &lookups.defaults)).await?;
    fill(&mut located, &lookups.defaults);
    let new = located.iter_mut().filter(|row| lookups.tells_roles && row.before.is_none());
    new.for_each(|row| titles::tell_role(&mut row.given));
    find_references(tx, &actor.scope, &located, lookups).await?;
    let measures = measures(tx, &actor.scope, &located).await?;
    let mut located: Vec<Located<R>> = located.into_iter().map(|row| resolve(actor, row, lookups)).collect();
    located.iter_mut().for_each(|row| resolve_measures(row, &measures));
    let owners = owners(tx, &located, lookups).await?;
    let fields = CustomFields::of(tx, actor, R::KIND).await?;
    let ids = located.iter().filter(|row| row.before.is_some()).map(|row| row.id.as_str()).collect();
    let stored = fields.stored(tx, actor, &ids).await?;
    let mut held = stored.clone();
    hide_links(tx, actor, &fields, &mut held).await?;
    let naming = located.iter_mut().map(|row| naming(row, &held)).collect();
    resolve_links((&mut *tx, actor), &fields, lookups, naming).await?;
    let mut plan = Plan { rows: vec![], problems: vec![] };
    for row in located {
        match parse(row, actor, &owners, (&fields, &held, &stored)) {
            Ok(planned) => plan.rows.push(planned),
            Err(problems) => plan.problems.extend(problems),
        }
    }
    let broken = rules::check(tx, actor, &plan.rows).await?;
    plan.problems.extend(broken);
    let undecided = prices::decide_prices(tx, (ctx, actor), &mut plan.rows, lookups).await?;
    plan.problems.extend(undecided);
    plan.problems.sort_by_key(|problem| problem.number);
    Ok(plan)
}

/// What a row names in custom fields.
fn naming<'a, R: Stored>(row: &'a mut Located<R>, held: &'a BTreeMap<String, CustomValues>) -> Naming<'a> {
    let stored = row.before.as_ref().map(|saved| saved.draft(Clearance::NONE)).unwrap_or_default();
    let draft = stored.overlaid(&row.given);
    let account = if R::KIND == Kind::Account { row.id.as_str() } else { draft.get("account") };
    let (account, held) = (account.to_owned(), held.get(row.id.as_str()));
    Naming { given: &mut row.custom, held, account, problems: &mut row.problems }
}

/// Whether records of this kind name one another: then a file of them is planned whole, since any row may name any other.
pub(super) fn names_its_own<R: Stored>() -> bool {
    R::FIELDS.iter().any(|spec| spec.shape == Shape::Reference(R::KIND))
}

/// Gives new records what counts for them, before anything is looked up: a default may name another record.
fn fill<R: Stored>(located: &mut [Located<R>], defaults: &Draft) {
    let (own, custom) = (defaults.clone().only(R::FIELDS), defaults.custom());
    let mut ours = own.clone();
    ours.take_out("account");
    for row in located.iter_mut().filter(|row| row.before.is_none()) {
        // Our own people are of no account, whatever counts for clients'; the side may be what new records have.
        let of = if row.given.states("side") { &row.given } else { defaults };
        let is_ours = R::KIND == Kind::Person && text::fold(of.get("side")) == Side::Provider.as_str();
        let own = if is_ours { &ours } else { &own };
        if R::KIND == Kind::Account
            && !row.given.states("time_zone")
            && let Some(country) = Country::find(row.given.get("country"))
        {
            row.given.set("time_zone", country.zone(own.get("time_zone")));
        }
        row.given = std::mem::take(&mut row.given).filled_from(own);
        row.custom = std::mem::take(&mut row.custom).filled_from(&custom);
    }
}

/// Finds the record of each row; gives new ones their id.
async fn locate<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    (rows, defaults): (Vec<Row<R>>, &Draft),
) -> Result<Vec<Located<R>>, StoreError> {
    // As it will be stored; what cannot be stored is left for the parser to refuse.
    let external_id = |draft: &Draft| {
        let given = draft.get("external_id");
        text::optional_line(given, 100).unwrap_or_else(|_| given.to_owned())
    };
    let rows: Vec<Row<R>> = rows.into_iter().map(|row| known_by::with_natural_key(row, defaults)).collect();
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
            Target::New | Target::ByName => {
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
        let custom = row.draft.custom();
        let given = row.draft.only(R::FIELDS);
        located.push(Located { number: row.number, given, custom, before, id, problems });
    }
    Ok(located)
}

/// What to say of an id of the firm that another record has. Of one out of sight it only says that it is taken.
fn taken<R>(known: &Known<R>, external_id: &str) -> (&'static str, FieldProblem) {
    let text = external_id.to_owned();
    let in_trash = known.visible && known.saved.deleted_at.is_some();
    ("external_id", if in_trash { FieldProblem::InTrash { text } } else { FieldProblem::Taken { text } })
}

fn reference_fields<R: Stored>() -> impl Iterator<Item = (&'static Spec, Referent)> {
    R::FIELDS.iter().filter_map(|spec| Some((spec, spec.shape.referent()?)))
}

/// What a field names: one text, or several where it takes several.
pub(super) fn named(spec: &Spec, text: &str) -> Vec<String> {
    if spec.shape.takes_several() {
        return parts(text).map(str::to_owned).collect();
    }
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect()
}

async fn find_references<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    rows: &[Located<R>],
    lookups: &mut Lookups,
) -> Result<(), StoreError> {
    let mut asked: BTreeMap<Referent, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        for (spec, referent) in reference_fields::<R>() {
            let texts = asked.entry(referent).or_default();
            for text in named(spec, row.given.get(spec.name)) {
                if !texts.contains(&text) {
                    texts.insert(text);
                }
            }
        }
    }
    for (referent, texts) in asked {
        let keeps_own = referent.kind == R::KIND && !lookups.forgets_own;
        let references = lookups.look_up(tx, scope, referent, texts).await?;
        if keeps_own {
            for row in rows.iter().filter(|row| row.before.is_none()) {
                let name = row.given.get(name_field(R::KIND));
                references.add_new(row.id.as_str(), row.given.get("external_id").trim(), name);
            }
        }
    }
    Ok(())
}

/// Turns what the row names into ids. A reference that stays as it is may lie in the trash or out of sight.
fn resolve<R: Stored>(actor: &Actor, mut row: Located<R>, lookups: &Lookups) -> Located<R> {
    let stored = row.before.as_ref().map(|saved| saved.draft(clearance(actor))).unwrap_or_default();
    for (spec, referent) in reference_fields::<R>() {
        let (field, kind) = (spec.name, referent.kind);
        // The account stands before the fields whose namesakes it tells apart.
        let account = if row.given.has("account") { row.given.get("account") } else { stored.get("account") };
        let account = account.to_owned();
        let kept: BTreeSet<&str> = parts(stored.get(field)).collect();
        let mut ids = vec![];
        for given in named(spec, row.given.get(field)) {
            if kept.contains(given.as_str()) {
                ids.push(given);
                continue;
            }
            let meant = lookups.meant(referent, &given, &account);
            let text: String = given.chars().take(60).collect();
            match meant[..] {
                [id] => ids.push(id.to_owned()),
                [] => row.problems.push((field, FieldProblem::UnknownReference { kind, text })),
                _ => row.problems.push((field, FieldProblem::AmbiguousReference { kind, text })),
            }
        }
        if !ids.is_empty() {
            ids.sort();
            row.given.set(field, ids.join(";"));
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

/// What the rows take from the records they belong to, where their kind belongs to another.
async fn owners<R: Stored>(
    tx: &mut ReadTx,
    rows: &[Located<R>],
    lookups: &Lookups,
) -> Result<BTreeMap<String, Owner>, StoreError> {
    let Some((field, kind)) = R::OWNER else { return Ok(BTreeMap::new()) };
    let stored =
        |row: &Located<R>| row.before.as_ref().map(|saved| saved.draft(Clearance::NONE)).unwrap_or_default();
    let ids = rows.iter().map(|row| stored(row).overlaid(&row.given).get(field).to_owned()).collect();
    let mut owners = store::list_owners(tx, kind, &ids).await?;
    lookups.lay_over(&ids, &mut owners);
    Ok(owners)
}

fn parse<R: Stored>(
    row: Located<R>,
    actor: &Actor,
    owners: &BTreeMap<String, Owner>,
    (fields, held, held_by_all): (
        &CustomFields,
        &BTreeMap<String, CustomValues>,
        &BTreeMap<String, CustomValues>,
    ),
) -> Result<Planned<R>, Vec<RowProblem>> {
    let clearance = clearance(actor);
    // What the actor may not read is not parsed anew: an error about it would tell it.
    let stored = row.before.as_ref().map(|saved| saved.draft(clearance)).unwrap_or_default();
    let mut draft = stored.clone().overlaid(&row.given);
    if row.before.is_none() {
        rules::default_fields(R::KIND, actor, &mut draft);
    }
    // One that could not be looked up is not theirs to learn the currency of.
    let owner_field = R::OWNER.map_or("", |(field, _)| field);
    let is_named = row.problems.iter().any(|(field, _)| *field == owner_field);
    let owner = owners.get(draft.get(owner_field)).filter(|_| !is_named);
    let draft = with_currency::<R>(draft, &stored, owner);
    let mut problems = row.problems;
    if R::KIND == Kind::ContractLine {
        problems.extend(keeps_currency(&stored, &draft).filter(|_| !is_named));
    }
    let parsed = R::parse(&draft);
    problems.extend(parsed.as_ref().err().map(|found| unnamed(found, &problems)).into_iter().flatten());
    let number = row.number;
    let was = row.before.as_ref().map(|_| held.get(row.id.as_str()).cloned().unwrap_or_default());
    let all = held_by_all.get(row.id.as_str());
    let custom = fields.laid_over((was.as_ref(), all), &row.custom, &mut problems);
    let custom_before = was.unwrap_or_default();
    let overwritten = overwritten(&custom_before, all, &custom);
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
        Some(before) if *before == everything(&record) && custom_before == custom => Outcome::Same,
        Some(_) => Outcome::Changed,
    };
    let account_id = match R::KIND {
        Kind::Account => Some(row.id.to_string()),
        _ if R::OWNER.is_some() => owner.and_then(|owner| owner.account_id.clone()),
        _ => record.account_id().map(str::to_owned),
    };
    // The instant is set when the row is written.
    let epoch = Instant::from_microseconds(0);
    let saved = match row.before {
        None => Saved { custom, ..Saved::new(row.id, record, epoch) },
        Some(before) => Saved { record, custom, ..before },
    };
    let before = before.unwrap_or_default();
    Ok(Planned { number, saved, outcome, before, custom_before, overwritten, account_id, priced: vec![] })
}

/// The problems of fields that have none yet: one that could not be looked up has been named already.
fn unnamed(
    found: &FieldProblems,
    named: &[(&'static str, FieldProblem)],
) -> Vec<(&'static str, FieldProblem)> {
    let is_named = |field: &str| named.iter().any(|(name, _)| *name == field);
    found.0.iter().filter(|(field, _)| !is_named(field)).cloned().collect()
}

/// With the currency of what the record belongs to. That, and one that stays as it is, is read though it went out of use since: it keeps
/// nobody from changing the rest.
fn with_currency<R: Stored>(mut draft: Draft, stored: &Draft, owner: Option<&Owner>) -> Draft {
    if let Some(currency) = owner.and_then(|owner| owner.currency.as_deref()) {
        draft.set("currency", currency);
        return draft.with_currencies_on_record();
    }
    let mut currencies = R::FIELDS.iter().filter(|spec| spec.shape == Shape::Currency);
    let stay = currencies.all(|spec| stored.get(spec.name).eq_ignore_ascii_case(draft.get(spec.name).trim()));
    if stay { draft.with_currencies_on_record() } else { draft }
}

/// A line stays in the currency of its prices, whichever of them somebody may read.
fn keeps_currency(stored: &Draft, draft: &Draft) -> Option<(&'static str, FieldProblem)> {
    let (was, is) = (stored.get("currency"), draft.get("currency"));
    let moves = stored.has("contract") && stored.get("contract") != draft.get("contract");
    (moves && was != is).then(|| ("contract", FieldProblem::KeepsCurrency { currency: was.to_owned() }))
}

/// Writes what was planned, as of `now`, when nothing is wrong with it; returns an audit record for each new or changed row.
#[boxed]
pub(super) async fn apply<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    plan: &mut Plan<R>,
    now: Instant,
) -> Result<Vec<AuditRecord>, StoreError> {
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
                let parts = row.parts();
                changed.push((row.saved.clone(), parts));
                if parts.open {
                    row.saved.updated_at = now;
                    row.saved.version += 1;
                }
                row.saved.version_apart += i64::from(parts.apart);
            }
        }
        row.saved.version_beside += custom::difference(row).1;
        audit.push(record_of(ctx, actor, row));
    }
    prices::keep_decided(tx, ctx, actor, &plan.rows).await?;
    let covered = coverage::touched_by_plan(tx, &plan.rows).await?;
    store::insert_many(tx, &new).await?;
    store::save_many(tx, &changed, now).await?;
    custom::write(tx, ctx, &plan.rows).await?;
    coverage::count_anew(tx, ctx, covered).await?;
    if R::KIND == Kind::Amendment {
        audit.extend(amendments::apply_due(tx, ctx, actor).await?);
    }
    tell_of_assignments(ctx, tx, actor, &given(&plan.rows)).await?;
    Ok(audit)
}

/// Whose accounts are from now on: person, as what, account.
fn given<R: Stored>(rows: &[Planned<R>]) -> Vec<(String, &'static str, String)> {
    let mut given = vec![];
    for row in rows.iter().filter(|row| R::KIND == Kind::Account && row.outcome != Outcome::Same) {
        let after = row.saved.draft(Clearance::NONE);
        for capacity in ["account_manager", "negotiator"] {
            let person = after.get(capacity);
            if !person.is_empty() && person != row.before.get(capacity) {
                given.push((person.to_owned(), capacity, row.saved.id.to_string()));
            }
        }
    }
    given
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
    changes = custom::told(ctx, row, changes);
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
