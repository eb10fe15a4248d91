//! Merging two records that are one: which side's value stays for each field, and everything that refers to the other goes over.
//!
//! One transaction: the record that is dropped lies in the trash, its ids lead to the one that is kept, and what was measured
//! of an account is derived anew as that of the other. A merge gives nobody a decision they would not have got by a change of
//! fields. Not here: the list of likely duplicates (`duplicates`), undoing (`undo_merge`).

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{Account, Draft, Kind, Person, Saved, Side};
use mandate_domain::identity::{AccountReach, DecisionRight};
use mandate_domain::{Clearance, Id};
use mandate_store::book::{self as store, Stored};
use mandate_store::merge::{self as merges, Merge};
use mandate_store::reads::duplicates::count_users;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::coverage;
use super::errors::BookError;
use super::plan::{Outcome, Plan, Row, Target, apply, plan};
use super::records::{account_of, cleared, event, whole};
use crate::authorise::{Action, Denied, authorise, clearance};
use crate::ctx::{Actor, Ctx, Subject, Who};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::facts::recompute::{Asked, Recompute, RecomputeError};

/// Why two records were not merged, or a merge not undone.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or none they may see.
    #[error("there is no such {}", kind.as_str())]
    NotFound {
        /// The kind asked for.
        kind: Kind,
    },
    /// Only accounts and people are merged.
    #[error("a {} cannot be merged", kind.as_str())]
    NotMergeable {
        /// The kind asked for.
        kind: Kind,
    },
    /// A record with itself.
    #[error("a record cannot be merged with itself")]
    Same,
    /// Somebody merged it before.
    #[error("`{name}` was merged already")]
    Merged {
        /// Its name.
        name: String,
        /// The record that stands for it.
        into: String,
    },
    /// One of ours and one of a client's.
    #[error("one of them is ours and one is a client's")]
    TwoSides,
    /// Both sign in.
    #[error("both people sign in; end the access of one of them first")]
    TwoUsers,
    /// One signs in for an account that the other record does not belong to.
    #[error(
        "one of them signs in for another account; move the record to that account or end the access first"
    )]
    UserElsewhere,
    /// Both have actual figures of the same product and month: money that would be lost or counted twice.
    #[error("both accounts have {n_months} actual figures of the same product and month")]
    SameActuals {
        /// How many.
        n_months: i64,
    },
    /// One is of the demo book, which is removed as a whole.
    #[error("one of them belongs to the demo book")]
    DemoAndOwn,
    /// The merge would change who decides, which is for those who grant rights.
    #[error("merging them would change who decides there")]
    ChangesWhoDecides,
    /// It was undone before.
    #[error("this merge was undone before")]
    Undone,
    /// Something is no longer as the merge left it.
    #[error("changed since the merge: {}; nothing was undone", what.join(", "))]
    Changed {
        /// What: words for kinds of rows, or `record` and `dropped` for the two.
        what: Vec<&'static str>,
    },
    /// Fields are wrong, or another save came first.
    #[error(transparent)]
    Book(#[from] BookError),
    /// Cases could not be derived anew.
    #[error(transparent)]
    Recompute(#[from] RecomputeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for MergeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::NotMergeable { .. } | Self::Same | Self::TwoSides | Self::DemoAndOwn => ErrorKind::Invalid,
            Self::ChangesWhoDecides => ErrorKind::Forbidden,
            Self::Merged { .. }
            | Self::TwoUsers
            | Self::UserElsewhere
            | Self::SameActuals { .. }
            | Self::Undone
            | Self::Changed { .. } => ErrorKind::Conflict,
            Self::Book(error) => error.kind(),
            Self::Recompute(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound { kind } => Message::new("book-error-not-found").with("kind", kind.as_str()),
            Self::NotMergeable { .. } => Message::new("merge-error-kind"),
            Self::Same => Message::new("merge-error-same"),
            Self::Merged { name, .. } => Message::new("merge-error-merged").with("name", name.as_str()),
            Self::TwoSides => Message::new("merge-error-two-sides"),
            Self::TwoUsers => Message::new("merge-error-two-users"),
            Self::UserElsewhere => Message::new("merge-error-user-elsewhere"),
            Self::SameActuals { n_months } => {
                Message::new("merge-error-actuals").with("count", n_months.to_string())
            }
            Self::DemoAndOwn => Message::new("merge-error-demo"),
            Self::ChangesWhoDecides => Message::new("merge-error-decides"),
            Self::Undone => Message::new("merge-error-undone"),
            Self::Changed { what } => Message::new("merge-error-changed").with("what", what.join(", ")),
            Self::Book(error) => error.message(),
            Self::Recompute(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Book(error) => error.fields(),
            _ => vec![],
        }
    }
}

/// One field of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChoice {
    /// Its name.
    pub field: &'static str,
    /// What the record says that is kept.
    pub kept: String,
    /// What the other says.
    pub dropped: String,
    /// Whether the other's stays, if nothing else is said: where only it says something, or was saved later.
    pub takes_dropped: bool,
}

/// What a merge would do.
#[derive(Clone, Debug)]
pub struct MergePreview<R> {
    /// The record that is kept.
    pub kept: Saved<R>,
    /// The record that goes to the trash.
    pub dropped: Saved<R>,
    /// Fields in which they differ.
    pub fields: Vec<FieldChoice>,
    /// How many records of which kind go over, by word.
    pub moved: BTreeMap<&'static str, i64>,
}

/// Two records to merge.
#[derive(Clone, Debug)]
pub struct Merging<R> {
    /// The record that is kept.
    pub keep: Id<R>,
    /// The version of it that was seen.
    pub keep_version: i64,
    /// The record that goes to the trash.
    pub drop: Id<R>,
    /// The version of it that was seen.
    pub drop_version: i64,
    /// Fields that take the value of the record that is dropped.
    pub take: BTreeSet<String>,
}

/// What a merge came to.
#[derive(Clone, Debug)]
pub struct Merged<R> {
    /// The merge, for undoing it.
    pub id: String,
    /// The record that stands for both.
    pub kept: Saved<R>,
    /// The name of the other.
    pub dropped_name: String,
}

/// Both records, live and within reach; of one that was merged before, into what.
#[boxed]
pub(super) async fn load_both<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    first: &Id<R>,
    second: &Id<R>,
) -> Result<(Saved<R>, Saved<R>), MergeError> {
    if !matches!(R::KIND, Kind::Account | Kind::Person) {
        return Err(MergeError::NotMergeable { kind: R::KIND });
    }
    if first == second {
        return Err(MergeError::Same);
    }
    Ok((load_one(tx, actor, first).await?, load_one(tx, actor, second).await?))
}

async fn load_one<R: Stored>(tx: &mut ReadTx, actor: &Actor, id: &Id<R>) -> Result<Saved<R>, MergeError> {
    if let Some(saved) = store::load(tx, &actor.scope, id).await? {
        return Ok(saved);
    }
    let trashed = store::load_trashed(tx, &actor.scope, id).await?;
    if let Some(trashed) = trashed
        && let Some(into) = merges::stands_for(tx, R::KIND, id.as_str()).await?
    {
        return Err(MergeError::Merged { name: trashed.name().to_owned(), into });
    }
    Err(MergeError::NotFound { kind: R::KIND })
}

/// Refuses what no choice of fields would make right.
async fn check<R: Stored>(tx: &mut ReadTx, kept: &Saved<R>, dropped: &Saved<R>) -> Result<(), MergeError> {
    if kept.demo != dropped.demo {
        return Err(MergeError::DemoAndOwn);
    }
    if R::KIND == Kind::Account {
        return match merges::count_same_actuals(tx, kept.id.as_str(), dropped.id.as_str()).await? {
            0 => Ok(()),
            n_months => Err(MergeError::SameActuals { n_months }),
        };
    }
    if side(kept) != side(dropped) {
        return Err(MergeError::TwoSides);
    }
    let not_found = |_| MergeError::NotFound { kind: Kind::Person };
    let (kept_record, dropped_record) = (kept, dropped);
    let kept = Id::<Person>::parse(kept.id.as_str()).map_err(not_found)?;
    let dropped = Id::<Person>::parse(dropped.id.as_str()).map_err(not_found)?;
    match count_users(tx, &kept, &dropped).await? {
        0 => Ok(()),
        // Whoever signs in for one account would speak with the record of another.
        1 if account_of_person(kept_record) != account_of_person(dropped_record) => {
            Err(MergeError::UserElsewhere)
        }
        1 => Ok(()),
        _ => Err(MergeError::TwoUsers),
    }
}

fn account_of_person<R: Stored>(saved: &Saved<R>) -> String {
    saved.draft(Clearance::NONE).get("account").to_owned()
}

/// Refuses accounts of which the actor's own rights name one alone, unless they grant rights: as one, they would reach further.
async fn keep_named_rights<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    (kept, dropped): (&Saved<R>, &Saved<R>),
) -> Result<(), MergeError> {
    let Some(user) = actor.user_id().filter(|_| R::KIND == Kind::Account) else { return Ok(()) };
    if authorise(actor, Action::GrantRights).is_ok() {
        return Ok(());
    }
    // A right of a day that is over in some zone only is looked at, too.
    let today = ctx.now().plus_seconds(-86_400).date_in(&jiff::tz::TimeZone::UTC);
    let widens = |right: &DecisionRight| match &right.accounts {
        AccountReach::Named(named) => {
            let has = |saved: &Saved<R>| named.iter().any(|id| id.as_str() == saved.id.as_str());
            has(kept) != has(dropped)
        }
        _ => false,
    };
    let held = mandate_store::identity::list_rights_held(tx, user, today).await?;
    if held.iter().any(widens) { Err(MergeError::ChangesWhoDecides) } else { Ok(()) }
}

fn side<R: Stored>(saved: &Saved<R>) -> String {
    saved.draft(Clearance::NONE).get("side").to_owned()
}

/// Refuses what would give the actor a decision, or leave nobody in charge, unless they grant rights: what was decided as `had`
/// says is decided as `gets` says. One of ours takes over what another answers for, and their user.
pub(super) fn keep_who_decides<R: Stored>(
    actor: &Actor,
    had: &Draft,
    gets: &Draft,
) -> Result<(), MergeError> {
    if authorise(actor, Action::GrantRights).is_ok() {
        return Ok(());
    }
    let changes = match R::KIND {
        Kind::Account => ["account_manager", "negotiator"].into_iter().any(|field| {
            let (gets, had) = (gets.get(field), had.get(field));
            let takes = actor.person_id().is_some_and(|person| person.as_str() == gets);
            gets != had && (gets.is_empty() || takes)
        }),
        _ => gets.get("side") == Side::Provider.as_str(),
    };
    if changes { Err(MergeError::ChangesWhoDecides) } else { Ok(()) }
}

/// Whether a field names a record of the same kind, which a record cannot be itself.
fn names_its_kind(kind: Kind, field: &str) -> bool {
    match kind {
        Kind::Account => field == "parent",
        Kind::Person => matches!(field, "reports_to" | "successor"),
        _ => false,
    }
}

/// Fields in which the two differ, with what stays of each. The firm's own id is no choice: both keep leading here.
fn choices<R: Stored>(actor: &Actor, kept: &Saved<R>, dropped: &Saved<R>) -> Vec<FieldChoice> {
    let (one, other) = (kept.draft(clearance(actor)), dropped.draft(clearance(actor)));
    let is_newer = dropped.updated_at > kept.updated_at;
    let choice = |field: &'static str| {
        let (mine, theirs) = (one.get(field).to_owned(), other.get(field).to_owned());
        // Nobody is above themselves: what stood under the other stands under the kept one.
        let own = names_its_kind(R::KIND, field) && theirs == kept.id.as_str();
        let takes_dropped =
            !theirs.is_empty() && !own && (mine.is_empty() || is_newer || mine == dropped.id.as_str());
        FieldChoice { field, kept: mine, dropped: theirs, takes_dropped }
    };
    R::FIELDS
        .iter()
        .filter(|spec| spec.name != "external_id" && clearance(actor).admits(spec.purpose))
        .map(|spec| choice(spec.name))
        .filter(|choice| choice.kept != choice.dropped)
        .collect()
}

/// What merging two records would do; nothing is changed.
///
/// # Errors
/// [`MergeError`], as the merge itself would answer.
#[boxed]
pub async fn preview_merge<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    keep: &Id<R>,
    drop: &Id<R>,
) -> Result<MergePreview<R>, MergeError> {
    authorise(actor, Action::WriteBook)?;
    authorise(actor, Action::TrashBook)?;
    let mut tx = ctx.begin_read().await?;
    let (kept, dropped) = load_both(&mut tx, actor, keep, drop).await?;
    check(&mut tx, &kept, &dropped).await?;
    let fields = choices(actor, &kept, &dropped);
    let proposed = fields.iter().filter(|it| it.takes_dropped).map(|it| it.field.to_owned()).collect();
    let gets = kept.draft(Clearance::NONE).overlaid(&taken(actor, &proposed, &kept, &dropped));
    keep_who_decides::<R>(actor, &dropped.draft(Clearance::NONE), &gets)?;
    keep_named_rights(&mut tx, ctx, actor, (&kept, &dropped)).await?;
    let moved = merges::count_rows(&mut tx, R::KIND, keep.as_str(), drop.as_str()).await?;
    Ok(MergePreview { kept: cleared(actor, kept), dropped: cleared(actor, dropped), fields, moved })
}

/// Merges two records: of two people who merge the same at once the second is told, and nothing is lost.
///
/// # Errors
/// [`MergeError::Merged`] when it was merged before, [`StoreError::Stale`] when one of them changed since it was seen.
#[boxed]
pub async fn merge_records<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    merging: &Merging<R>,
) -> Result<Merged<R>, MergeError> {
    authorise(actor, Action::WriteBook)?;
    authorise(actor, Action::TrashBook)?;
    let id = ctx.new_id::<R>().to_string();
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let (kept, dropped) = load_both(&mut tx, actor, &merging.keep, &merging.drop).await?;
        for (saved, version) in [(&kept, merging.keep_version), (&dropped, merging.drop_version)] {
            if cleared(actor, saved.clone()).version != version {
                return Err(StoreError::Stale { table: R::TABLE }.into());
            }
        }
        check(&mut tx, &kept, &dropped).await?;
        let gets = kept.draft(Clearance::NONE).overlaid(&taken(actor, &merging.take, &kept, &dropped));
        keep_who_decides::<R>(actor, &dropped.draft(Clearance::NONE), &gets)?;
        keep_named_rights(&mut tx, ctx, actor, (&kept, &dropped)).await?;
        let (audit, after) = merge_in(&mut tx, ctx, actor, merging, (&id, &kept, &dropped)).await?;
        let asked = cases_of(&mut tx, &kept, &dropped).await?;
        let Some((tx, _)) = recompute.settle(ctx, tx, asked).await? else { continue };
        tx.commit_all(audit).await?;
        return Ok(Merged { id, kept: after, dropped_name: dropped.name().to_owned() });
    }
}

/// The cases of both accounts; of people there are none.
#[boxed]
pub(super) async fn cases_of<R: Stored>(
    tx: &mut ReadTx,
    one: &Saved<R>,
    other: &Saved<R>,
) -> Result<Vec<Asked>, StoreError> {
    let mut asked = vec![];
    if R::KIND == Kind::Account {
        for account in [&one.id, &other.id] {
            asked.extend(Asked::of_account(tx, account.as_str(), None).await?);
        }
    }
    Ok(asked)
}

/// Everything a merge writes, but for what is derived; returns what goes on record, and the kept record as it is now.
async fn merge_in<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    merging: &Merging<R>,
    (id, kept, dropped): (&str, &Saved<R>, &Saved<R>),
) -> Result<(Vec<AuditRecord>, Saved<R>), MergeError> {
    let now = ctx.now();
    let (keep, drop) = (kept.id.as_str(), dropped.id.as_str());
    let mut covered = coverage::touched::<R>(tx, &[keep, drop]).await?;
    let moved = merges::move_rows(tx, R::KIND, keep, drop).await?;
    store::trash(tx, dropped, now).await?;
    merges::insert_alias(tx, R::KIND, (drop, dropped.external_id()), keep).await?;
    let given = taken(actor, &merging.take, kept, dropped);
    let mut plan = planned(tx, ctx, actor, kept.clone(), given).await?;
    let mut audit = apply(tx, ctx, actor, &mut plan, ctx.now()).await?;
    let n_changed = plan.count(Outcome::Changed);
    let after = plan.rows.into_iter().next().map_or_else(|| kept.clone(), |row| row.saved);
    let before: BTreeMap<String, String> = kept
        .draft(Clearance::NONE)
        .iter()
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
        .collect();
    let merge = Merge {
        id: id.to_owned(),
        kind: R::KIND.as_str().to_owned(),
        kept_id: keep.to_owned(),
        dropped_id: drop.to_owned(),
        kept_version: kept.version + i64::from(n_changed > 0),
        dropped_version: dropped.version + 1,
        before: serde_json::to_string(&before).unwrap_or_default(),
        merged_by: actor.user_id().map(ToString::to_string),
        merged_by_name: match &actor.who {
            Who::User { name, .. } => name.clone(),
            Who::Operator | Who::System => "Operator".to_owned(),
        },
        merged_at: now,
        undone_at: None,
    };
    merges::insert_merge(tx, &merge, moved).await?;
    if R::KIND == Kind::Account {
        store::keep_values(tx, &[keep.to_owned(), drop.to_owned()], now).await?;
    }
    covered.extend(coverage::touched::<R>(tx, &[keep, drop]).await?);
    coverage::count_anew(tx, ctx, covered).await?;
    audit.push(event(tx, ctx, actor, dropped, "trashed").await?);
    audit.push(told(tx, ctx, actor, &after, ("merged", dropped.name())).await?);
    Ok((audit, cleared(actor, after)))
}

/// The record that tells of a merge, on the side of the record that is kept.
#[boxed]
pub(super) async fn told<R: Stored>(
    tx: &mut ReadTx,
    ctx: &Ctx,
    actor: &Actor,
    kept: &Saved<R>,
    (event, dropped_name): (&str, &str),
) -> Result<AuditRecord, StoreError> {
    let account_id = account_of(tx, kept).await?;
    let subject = Subject {
        kind: R::KIND.as_str(),
        id: kept.id.as_str(),
        name: kept.name(),
        account_id: account_id.as_deref(),
    };
    let changes = Changes::new().field("merged_record", None, Some(dropped_name.to_owned())).into_vec();
    Ok(actor.record(ctx.now(), &format!("{}.{event}", R::KIND.as_str()), subject, changes))
}

/// The fields the kept record takes over.
fn taken<R: Stored>(actor: &Actor, take: &BTreeSet<String>, kept: &Saved<R>, dropped: &Saved<R>) -> Draft {
    let (mine, theirs) = (kept.draft(clearance(actor)), dropped.draft(clearance(actor)));
    let mut given = Draft::new();
    for choice in choices(actor, kept, dropped) {
        if take.contains(choice.field) {
            given.set(choice.field, theirs.get(choice.field));
        }
    }
    // Neither of the two is above the other any more.
    for spec in R::FIELDS.iter().filter(|spec| names_its_kind(R::KIND, spec.name)) {
        let above = if given.has(spec.name) { given.get(spec.name) } else { mine.get(spec.name) };
        if above == kept.id.as_str() || above == dropped.id.as_str() {
            let theirs = theirs.get(spec.name);
            given.set(spec.name, if theirs == kept.id.as_str() { "" } else { theirs });
        }
    }
    given
}

/// The change of the kept record's fields, by the rules of any other change.
#[boxed]
pub(super) async fn planned<R: Stored>(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    kept: Saved<R>,
    draft: Draft,
) -> Result<Plan<R>, MergeError> {
    let row = Row { number: 1, draft, target: Target::Existing(Box::new(kept)) };
    Ok(whole(plan::<R>(tx, ctx, actor, vec![row]).await?)?)
}

/// Which of the two kinds an id of the API or of a page is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mergeable {
    /// Accounts.
    Accounts,
    /// People.
    People,
}

impl Mergeable {
    /// Of a word for the kind, of one or of many.
    ///
    /// # Errors
    /// [`MergeError::NotMergeable`], or there is no such kind.
    pub fn of(word: &str) -> Result<Self, MergeError> {
        match Kind::parse(word) {
            Some(Kind::Account) => Ok(Self::Accounts),
            Some(Kind::Person) => Ok(Self::People),
            kind => Err(MergeError::NotMergeable { kind: kind.unwrap_or(Kind::Account) }),
        }
    }

    /// The kind.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Accounts => <Account as mandate_domain::book::Record>::KIND,
            Self::People => <Person as mandate_domain::book::Record>::KIND,
        }
    }
}
