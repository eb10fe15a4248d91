//! Planning and writing the records that rows carry besides their own (`related`), as if they stood in a file of their own.
//!
//! Each is found by the firm's own id, else by its name: one that has no id yet takes the row's. What new ones lack comes from the
//! mapping; what is there is never changed by that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mandate_domain::book::{Draft, FieldProblem, Kind, Saved, Side};
use mandate_domain::text::fold;
use mandate_domain::{Clearance, Id};
use mandate_store::book::{self as store, Known, Owner, Stored};
use mandate_store::exchange::Batch;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::import::write_planned;
use super::known_by::{are_close, email_of};
use super::lookups::Lookups;
use super::plan::{Outcome, Plan, Row, RowProblem, Target, plan_with};
use super::previews::Preview;
use super::related::{Gathered, ID, OneEach, Related, RelatedProblem, merge, readable};
use crate::ctx::{Actor, Ctx};

/// Records of a relation that are shown one by one.
const MOST_PREVIEWS: usize = 5;
/// Problems that are told in every row; more than a list of errors has.
const MOST_TOLD: usize = 2_000;

/// Plans the records of the relation at `at`; every key has an id afterwards, also where something is wrong, so that the rows that
/// name it are not wrong besides.
async fn plan_related<R: Stored>(
    tx: &mut ReadTx,
    (ctx, actor): (&Ctx, &Actor),
    (related, at): (&mut Related, usize),
    lookups: &mut Lookups,
) -> Result<(Plan<R>, Vec<RelatedProblem>), StoreError> {
    let (done, rest) = related.all.split_at_mut(at);
    let Some(gathered) = rest.first_mut() else {
        return Ok((Plan { rows: vec![], problems: vec![] }, vec![]));
    };
    let mut entries = linked(gathered, done);
    if !done.iter().any(|it| it.relation.above == gathered.relation.path && it.relation.field == "account") {
        name_accounts(tx, actor, &mut entries, lookups).await?;
    }
    let OneEach { mut drafts, same_as, mut problems } = gathered.one_each(entries);
    let name = gathered.relation.name_field();
    let meant = by_own_ids::<R>(tx, actor, &mut drafts, name).await?;
    let known = known_ids::<R>(tx, actor, &drafts).await?;
    let namesakes = namesakes::<R>(tx, actor, &drafts, (name, &known)).await?;
    let mut rows: Vec<Row<R>> = vec![];
    let mut planned = Planning { same_as, ..Planning::default() };
    let mut named = vec![];
    for ((idx, mut draft), own) in drafts.into_iter().zip(&meant) {
        let Some(number) = gathered.entries.get(idx).map(|entry| entry.number) else { continue };
        match own.as_ref().map_or_else(|| locate(&draft, name, &known, &namesakes), named_one) {
            Located::Named(saved) => {
                // What it was found by stays as it is stored.
                if own.is_none() && !draft.states(ID) {
                    draft.take_out(name);
                }
                named.push((idx, number, draft, saved));
            }
            Located::Several => problems.push(several::<R>(gathered, (number, name), &draft)),
            Located::Stranger => problems.push(stranger::<R>(gathered, number, &draft)),
            // By the id of a record that was merged it is only found: what the row says is of the other.
            Located::Merged(saved) => named.push((idx, number, Draft::new(), saved)),
            Located::ById(id) => {
                planned.at.insert(id, rows.len());
                planned.entry_of.insert(number, idx);
                rows.push(Row { number, draft, target: Target::ByExternalId });
            }
            Located::New => {
                planned.entry_of.insert(number, idx);
                let draft = gathered.defaults.clone().overlaid(&draft);
                let target = if draft.states(ID) { Target::ByExternalId } else { Target::New };
                rows.push(Row { number, draft, target });
            }
        }
    }
    for (idx, number, draft, saved) in named {
        // One record that is named in two ways is planned once.
        if let Some(first) = planned.at.get(saved.id.as_str()).and_then(|at| rows.get_mut(*at)) {
            planned.same_as.extend(planned.entry_of.get(&first.number).map(|same| (idx, *same)));
            let found = merge(gathered.relation, (first.number, &mut first.draft), number, &draft);
            problems
                .extend(found.into_iter().map(|problem| RelatedProblem { problem, given: String::new() }));
            continue;
        }
        planned.at.insert(saved.id.to_string(), rows.len());
        planned.entry_of.insert(number, idx);
        rows.push(Row { number, draft, target: Target::Existing(Box::new(saved.clone())) });
    }
    rows.sort_by_key(|row| row.number);
    let own = std::mem::take(&mut lookups.defaults);
    let plan = plan_with::<R>(tx, ctx, actor, rows, lookups).await?;
    lookups.defaults = own;
    keep_ids(gathered, ctx, &plan, &planned, lookups);
    problems.extend(plan.problems.iter().map(|found| planned.problem(gathered, found)));
    Ok((plan, in_every_row(gathered, problems)))
}

/// What is wrong with a record, in each row that names it, as far as rows are told one by one: whoever leaves them out wants all of
/// them.
fn in_every_row(gathered: &Gathered, problems: Vec<RelatedProblem>) -> Vec<RelatedProblem> {
    let rows: HashMap<usize, &[u32]> = gathered.rows().collect();
    let mut all = vec![];
    for RelatedProblem { problem, given } in problems {
        let room = MOST_TOLD.saturating_sub(all.len());
        for row in rows.get(&problem.number).copied().unwrap_or_default().iter().take(room) {
            let number = usize::try_from(*row).unwrap_or(usize::MAX);
            let problem = RowProblem { number, field: problem.field, problem: problem.problem.clone() };
            all.push(RelatedProblem { problem, given: given.clone() });
        }
        all.push(RelatedProblem { problem, given });
    }
    all.sort_by_key(|found| found.problem.number);
    all
}

/// Which entry is planned as what.
#[derive(Default)]
struct Planning {
    /// The entry of each row, by its number.
    entry_of: BTreeMap<usize, usize>,
    /// The row of each record that is there.
    at: BTreeMap<String, usize>,
    /// Entries that turned out to be the record of another one.
    same_as: HashMap<usize, usize>,
}

impl Planning {
    /// A problem of a row, with what its entry gave.
    fn problem(&self, gathered: &Gathered, found: &RowProblem) -> RelatedProblem {
        let given = self.entry_of.get(&found.number).and_then(|idx| gathered.entries.get(*idx));
        let given = given.map(|entry| readable(entry.draft.get(found.field))).unwrap_or_default();
        gathered.problem(found.number, found.field, found.problem.clone(), &given)
    }
}

/// The records whose ids of the firm the entries have, by these.
async fn known_ids<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    drafts: &[(usize, Draft)],
) -> Result<BTreeMap<String, KnownId<R>>, StoreError> {
    let stated = drafts.iter().filter(|(_, draft)| draft.states(ID));
    let asked: BTreeSet<String> = stated.map(|(_, draft)| draft.get(ID).to_owned()).collect();
    let known = store::load_known::<R>(tx, &actor.scope, &asked).await?;
    let id = |external_id: &str, Known { saved, visible }: Known<R>| {
        let is_merged = visible && saved.deleted_at.is_none() && saved.external_id() != Some(external_id);
        KnownId {
            id: saved.id.to_string(),
            is_stranger: is_stranger(&saved),
            stands_for_it: is_merged.then_some(saved),
        }
    };
    let known = known.into_iter().map(|(external_id, known)| {
        let known = id(&external_id, known);
        (external_id, known)
    });
    Ok(known.collect())
}

/// What an id of the firm means.
struct KnownId<R> {
    id: String,
    is_stranger: bool,
    /// The record that stands for it, where its own was merged.
    stands_for_it: Option<Saved<R>>,
}

/// Of people only ours come beside another record.
fn is_stranger<R: Stored>(saved: &Saved<R>) -> bool {
    R::KIND == Kind::Person && saved.draft(Clearance::NONE).get("side") != Side::Provider.as_str()
}

fn stranger<R: Stored>(gathered: &Gathered, number: usize, draft: &Draft) -> RelatedProblem {
    let text: String = readable(draft.get(ID));
    let given = text.clone();
    gathered.problem(number, ID, FieldProblem::UnknownReference { kind: R::KIND, text }, &given)
}

/// The record of each entry that has Mandate's own id in place of the firm's, as its own exports do, or an id in place of a name; what
/// was an id is taken out.
async fn by_own_ids<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    drafts: &mut [(usize, Draft)],
    name: &str,
) -> Result<Vec<Option<Saved<R>>>, StoreError> {
    let nameless = drafts.iter().filter(|(_, draft)| !draft.states(ID));
    let texts = nameless.map(|(_, draft)| draft.get(name).trim().to_owned()).collect();
    let named = store::find_references(tx, &actor.scope, R::KIND, &texts).await?;
    let own_id = |draft: &Draft| match draft.states(ID) {
        true => Some(draft.get(ID)).filter(|id| Id::<R>::parse(id).is_ok()).map(str::to_owned),
        false => named.id_of(draft.get(name).trim()).map(str::to_owned),
    };
    let ids: Vec<Option<String>> = drafts.iter().map(|(_, draft)| own_id(draft)).collect();
    let asked: BTreeSet<&str> = ids.iter().flatten().map(String::as_str).collect();
    let asked: Vec<&str> = asked.into_iter().collect();
    let own = store::load_many::<R>(tx, &actor.scope, &asked).await?;
    let of = |(id, (_, draft)): (Option<String>, &mut (usize, Draft))| {
        let saved = own.get(&id?)?.clone();
        draft.take_out(if draft.states(ID) { ID } else { name });
        Some(saved)
    };
    Ok(ids.into_iter().zip(drafts).map(of).collect())
}

fn several<R: Stored>(
    gathered: &Gathered,
    (number, name): (usize, &'static str),
    draft: &Draft,
) -> RelatedProblem {
    let text: String = draft.get(name).chars().take(60).collect();
    let given = text.clone();
    gathered.problem(number, name, FieldProblem::AmbiguousReference { kind: R::KIND, text }, &given)
}

/// The records that have the name or the address of an entry whose id of the firm is not known, by these.
async fn namesakes<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    drafts: &[(usize, Draft)],
    (name, known): (&str, &BTreeMap<String, KnownId<R>>),
) -> Result<HashMap<String, Vec<Saved<R>>>, StoreError> {
    let unknown = || drafts.iter().map(|(_, draft)| draft).filter(|draft| !known.contains_key(draft.get(ID)));
    let names = unknown().map(|draft| fold(draft.get(name))).filter(|name| !name.is_empty()).collect();
    let emails = unknown().map(email_of).filter(|email| !email.is_empty()).collect();
    let mut found: HashMap<String, Vec<Saved<R>>> = HashMap::new();
    for saved in store::load_alike::<R>(tx, &actor.scope, &names, &emails).await? {
        if is_stranger(&saved) {
            continue;
        }
        let email = email_of(&saved.draft(Clearance::NONE));
        if !email.is_empty() {
            found.entry(email).or_default().push(saved.clone());
        }
        found.entry(fold(saved.name())).or_default().push(saved);
    }
    Ok(found)
}

/// The entries with the ids of what they belong to.
fn linked(gathered: &Gathered, done: &[Gathered]) -> Vec<(usize, Draft)> {
    let mut drafts = vec![];
    for (idx, entry) in gathered.entries.iter().enumerate() {
        let mut draft = entry.draft.clone();
        if !draft.states(ID) && !draft.states(gathered.relation.name_field()) {
            continue;
        }
        for further in done.iter().filter(|it| it.relation.above == gathered.relation.path) {
            let id = further.ids.get(draft.get(further.relation.field)).cloned();
            match id {
                Some(id) => draft.set(further.relation.field, id),
                None => draft.take_out(further.relation.field),
            }
        }
        drafts.push((idx, draft));
    }
    drafts
}

/// An account that stands in one cell is the same by its id of the firm and by its name; what names none is told when it is planned.
async fn name_accounts(
    tx: &mut ReadTx,
    actor: &Actor,
    entries: &mut [(usize, Draft)],
    lookups: &mut Lookups,
) -> Result<(), StoreError> {
    let of = |draft: &Draft| draft.get("account").trim().to_owned();
    let texts: BTreeSet<String> =
        entries.iter().map(|(_, draft)| of(draft)).filter(|it| !it.is_empty()).collect();
    if texts.is_empty() {
        return Ok(());
    }
    lookups.look_up(tx, &actor.scope, Kind::Account.into(), texts).await?;
    for (_, draft) in entries {
        let text = of(draft);
        if !text.is_empty()
            && let [id] = lookups.meant(Kind::Account.into(), &text, "")[..]
        {
            draft.set("account", id);
        }
    }
    Ok(())
}

enum Located<'a, R> {
    ById(String),
    Named(&'a Saved<R>),
    /// This one, into which the one with its id was merged.
    Merged(&'a Saved<R>),
    Several,
    /// A client's person where one of ours is named.
    Stranger,
    New,
}

fn named_one<R: Stored>(saved: &Saved<R>) -> Located<'_, R> {
    if is_stranger(saved) { Located::Stranger } else { Located::Named(saved) }
}

/// The record that an entry means: by its id; else the only one of its address or name, which for one with an id has none yet.
fn locate<'a, R: Stored>(
    draft: &Draft,
    name: &str,
    known: &'a BTreeMap<String, KnownId<R>>,
    namesakes: &'a HashMap<String, Vec<Saved<R>>>,
) -> Located<'a, R> {
    if let Some(KnownId { id, is_stranger, stands_for_it }) = known.get(draft.get(ID)) {
        return match stands_for_it {
            _ if *is_stranger => Located::Stranger,
            Some(saved) => Located::Merged(saved),
            None => Located::ById(id.clone()),
        };
    }
    let email = email_of(draft);
    let of = |text: &str| namesakes.get(text).map(Vec::as_slice).unwrap_or_default();
    let given = fold(draft.get(name));
    let mailbox = if email.is_empty() { &[] } else { of(&email) };
    // A mailbox of several people has names that share nothing.
    let namesakes = || mailbox.iter().filter(|saved| fold(saved.name()) == given);
    let close = || mailbox.iter().filter(|saved| are_close(&fold(saved.name()), &given));
    let of_name: Vec<&Saved<R>> = match (namesakes().count(), close().count()) {
        // An address in place of a name tells nothing but whose it is.
        (0, 0) if given == email => mailbox.iter().collect(),
        (0, 0) => of(&given).iter().collect(),
        (0, _) => close().collect(),
        _ => namesakes().collect(),
    };
    let fits = |saved: &&Saved<R>| {
        let same_account = match (saved.account_id(), draft.get("account")) {
            (Some(own), account) if !account.is_empty() => own == account,
            _ => true,
        };
        let other = email_of(&saved.draft(Clearance::NONE));
        // Two addresses are two people.
        let one_address = email.is_empty() || other.is_empty() || email == other;
        same_account && one_address && (!draft.states(ID) || saved.external_id().is_none())
    };
    let fitting: Vec<&Saved<R>> = of_name.into_iter().filter(fits).collect();
    match fitting[..] {
        [] => Located::New,
        [only] => Located::Named(only),
        // Which of them takes the id is not for a file to say.
        _ => Located::Several,
    }
}

fn keep_ids<R: Stored>(
    gathered: &mut Gathered,
    ctx: &Ctx,
    plan: &Plan<R>,
    planned: &Planning,
    lookups: &mut Lookups,
) {
    let mut ids: HashMap<usize, String> = HashMap::new();
    for row in &plan.rows {
        let Some(idx) = planned.entry_of.get(&row.number) else { continue };
        ids.insert(*idx, row.saved.id.to_string());
        if row.outcome == Outcome::New {
            gathered.made_ids.insert(row.saved.id.to_string());
            gathered.made.extend(row.saved.external_id().map(str::to_owned));
        }
        if R::KIND == Kind::Contract {
            let currency = row.saved.draft(Clearance::NONE).get("currency").to_owned();
            let owner = Owner { currency: Some(currency), account_id: row.account_id.clone() };
            lookups.owned_by(row.saved.id.as_str(), owner);
        }
    }
    for (key, idx) in &gathered.by_key {
        // What means another may mean a third that way: one that is there under both names.
        let mut idx = idx;
        while let Some(same) = planned.same_as.get(idx) {
            idx = same;
        }
        let id = ids.entry(*idx).or_insert_with(|| ctx.new_id::<R>().to_string()).clone();
        lookups.made(R::KIND, &id);
        gathered.ids.insert(key.clone(), id);
    }
}

/// What became, or would become, of related records.
#[derive(Default)]
pub(super) struct Done {
    pub(super) counts: Vec<RelatedCounts>,
    pub(super) previews: Vec<Preview>,
    pub(super) problems: Vec<RelatedProblem>,
}

impl Done {
    fn note<R: Stored>(&mut self, path: &'static str, plan: &Plan<R>, clearance: Clearance) {
        self.counts.push(RelatedCounts::of(path, plan));
        let shown = plan.rows.iter().filter(|row| row.outcome != Outcome::Same).take(MOST_PREVIEWS);
        self.previews.extend(shown.map(|row| Preview::of(row, clearance)));
    }
}

/// Only the kinds that come beside others, so that no code is made for the rest.
macro_rules! with_related {
    ($kind:expr, $record:ident => $work:expr) => {
        match $kind {
            Kind::LineOfBusiness => {
                type $record = mandate_domain::book::LineOfBusiness;
                $work
            }
            Kind::Team => {
                type $record = mandate_domain::book::Team;
                $work
            }
            Kind::Product => {
                type $record = mandate_domain::book::Product;
                $work
            }
            Kind::Contract => {
                type $record = mandate_domain::book::Contract;
                $work
            }
            Kind::Person => {
                type $record = mandate_domain::book::Person;
                $work
            }
            // `relations` leads to no other.
            _ => {
                type $record = mandate_domain::book::Account;
                $work
            }
        }
    };
}

/// Says what would become of the related records.
#[boxed]
pub(super) async fn check(
    tx: &mut ReadTx,
    who: (&Ctx, &Actor),
    related: &mut Related,
    (lookups, shown): (&mut Lookups, Clearance),
) -> Result<Done, StoreError> {
    let mut done = Done::default();
    for at in 0..related.all.len() {
        let Some(relation) = related.all.get(at).map(|it| it.relation) else { continue };
        with_related!(relation.kind, R => {
            let (plan, problems) = plan_related::<R>(tx, who, (related, at), lookups).await?;
            done.problems.extend(problems);
            done.note(relation.path, &plan, shown);
        });
    }
    Ok(done)
}

/// Writes the related records, those that others belong to first; nothing more once something is wrong. Answers how many changes
/// it kept.
#[boxed]
pub(super) async fn write(
    tx: &mut WriteTx,
    who: (&Ctx, &Actor),
    related: &mut Related,
    (lookups, batch, shown): (&mut Lookups, &Batch, Clearance),
) -> Result<(Done, i64), StoreError> {
    let (mut done, mut n_changes) = (Done::default(), 0);
    for at in 0..related.all.len() {
        let Some(relation) = related.all.get(at).map(|it| it.relation) else { continue };
        with_related!(relation.kind, R => {
            let (mut plan, problems) = plan_related::<R>(tx, who, (related, at), lookups).await?;
            done.problems.extend(problems);
            if !done.problems.is_empty() {
                break;
            }
            n_changes += write_planned::<R>(tx, who, &mut plan, (batch, n_changes)).await?;
            done.note(relation.path, &plan, shown);
        });
    }
    Ok((done, n_changes))
}

/// How many records of a relation are new, changed or as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedCounts {
    /// The way to them from the file's own records.
    pub path: &'static str,
    /// Their kind.
    pub kind: Kind,
    /// Records made.
    pub n_new: usize,
    /// Records changed.
    pub n_changed: usize,
    /// Records that were as the file has them.
    pub n_same: usize,
}

impl RelatedCounts {
    pub(super) fn of<R: Stored>(path: &'static str, plan: &Plan<R>) -> Self {
        let count = |outcome| plan.count(outcome);
        Self {
            path,
            kind: R::KIND,
            n_new: count(Outcome::New),
            n_changed: count(Outcome::Changed),
            n_same: count(Outcome::Same),
        }
    }
}
