//! Likely duplicates of accounts and of people: the list, what is there already when one is added, and "these are two".
//!
//! Whoever may merge sees the list, and of it only pairs both of which are within their reach. Adding a record that looks like
//! another is never refused. Not here: merging (`merge`, `undo_merge`).

use std::collections::BTreeMap;

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::book::{Account, Draft, Kind, Person, Saved};
use mandate_store::book::{self as store, Stored};
use mandate_store::reads::duplicates::{self as reads, PersonToBe};
use mandate_store::{ReadTx, StoreError, boxed, merge};

pub use mandate_store::reads::duplicates::{Alike, LikelyPair, Reason};

use super::merge::{MergeError, load_both};
use super::records::account_of;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};

/// Pairs that are shown at once; of merged or dismissed ones the next take the place.
pub const MOST_PAIRS: usize = 100;

/// Accounts up to which a list tells that some look alike: their names are read for it with each page.
pub const MOST_COMPARED: i64 = 5_000;

/// One of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A few words beside it: an industry, a job title.
    pub context: String,
    /// The firm's own id.
    pub external_id: Option<String>,
    /// When it was added.
    pub created_at: mandate_domain::Instant,
}

/// Two records that are likely one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twins {
    /// The one that was made first; of two that were made at once, the one of the lesser id.
    pub first: Twin,
    /// The other.
    pub second: Twin,
    /// What they share.
    pub reasons: Vec<Reason>,
}

impl Twins {
    /// Whether both were made at once, by one import or one request: then neither was there first.
    pub fn were_made_at_once(&self) -> bool {
        self.first.created_at == self.second.created_at
    }
}

/// Likely duplicates of a kind, and how many there are with those not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwinList {
    /// Those shown, the likeliest first.
    pub pairs: Vec<Twins>,
    /// How many were found.
    pub n_pairs: usize,
}

/// Likely duplicates, of accounts or of people.
///
/// # Errors
/// [`MergeError::Denied`]; [`MergeError::NotMergeable`] of another kind.
#[boxed]
pub async fn likely_duplicates(ctx: &Ctx, actor: &Actor, kind: Kind) -> Result<TwinList, MergeError> {
    authorise(actor, Action::WriteBook)?;
    authorise(actor, Action::TrashBook)?;
    match kind {
        Kind::Account => list::<Account>(ctx, actor).await,
        Kind::Person => list::<Person>(ctx, actor).await,
        _ => Err(MergeError::NotMergeable { kind }),
    }
}

async fn list<R: Stored>(ctx: &Ctx, actor: &Actor) -> Result<TwinList, MergeError> {
    let mut tx = ctx.begin_read().await?;
    let mut found = reads::likely_pairs(&mut tx, &actor.scope, R::KIND).await?;
    let n_pairs = found.len();
    found.truncate(MOST_PAIRS);
    let ids: Vec<&str> = found.iter().flat_map(|pair| [pair.first.as_str(), pair.second.as_str()]).collect();
    let records: BTreeMap<String, Saved<R>> = store::load_many(&mut tx, &actor.scope, &ids).await?;
    let twins = found.iter().filter_map(|pair| {
        // Ids are in the order of their making to the millisecond only, and an import may bring those of another book.
        let mut both = [twin(records.get(&pair.first)?), twin(records.get(&pair.second)?)];
        both.sort_by_key(|twin| twin.created_at);
        let [first, second] = both;
        Some(Twins { first, second, reasons: pair.reasons.iter().copied().collect() })
    });
    let pairs: Vec<Twins> = twins.collect();
    ctx.count_reads(actor, pairs.len());
    Ok(TwinList { pairs, n_pairs })
}

/// Whether any two of the actor's accounts bear one name, for whoever may merge them. All names are read: not to be asked of more than
/// [`MOST_COMPARED`].
///
/// # Errors
/// [`MergeError`] when the database failed.
#[boxed]
pub async fn has_alike_accounts(ctx: &Ctx, actor: &Actor) -> Result<bool, MergeError> {
    if authorise(actor, Action::WriteBook).is_err() || authorise(actor, Action::TrashBook).is_err() {
        return Ok(false);
    }
    Ok(reads::has_alike_accounts(&mut ctx.begin_read().await?, &actor.scope).await?)
}

/// A record as one of a pair.
pub(super) fn twin<R: Stored>(saved: &Saved<R>) -> Twin {
    Twin {
        id: saved.id.to_string(),
        name: saved.name().to_owned(),
        context: saved.search_text().map(|text| text.context).unwrap_or_default(),
        external_id: saved.external_id().map(str::to_owned),
        created_at: saved.created_at,
    }
}

/// Remembers that two records are two, however alike they look.
///
/// # Errors
/// [`MergeError::NotFound`] unless both are within reach.
#[boxed]
pub async fn dismiss<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    first: &Id<R>,
    second: &Id<R>,
) -> Result<(), MergeError> {
    authorise(actor, Action::WriteBook)?;
    authorise(actor, Action::TrashBook)?;
    let mut tx = ctx.begin_write().await?;
    let (one, other) = load_both(&mut tx, actor, first, second).await?;
    let now = ctx.now();
    let pair = (first.as_str(), second.as_str());
    merge::say_not_duplicate(&mut tx, R::KIND, pair, actor.user_id(), now).await?;
    let account_id = account_of(&mut tx, &one).await?;
    let subject = Subject {
        kind: R::KIND.as_str(),
        id: one.id.as_str(),
        name: one.name(),
        account_id: account_id.as_deref(),
    };
    let changes = Changes::new().field("not_a_duplicate_of", None, Some(other.name().to_owned())).into_vec();
    let event = format!("{}.told_apart", R::KIND.as_str());
    tx.commit(actor.record(now, &event, subject, changes)).await?;
    Ok(())
}

/// What is there already like the record that `draft` would make; of kinds that are not merged, nothing. Whoever adds
/// it is told, and may add it all the same.
///
/// # Errors
/// [`MergeError::Denied`], or the database failed.
#[boxed]
pub async fn alike(ctx: &Ctx, actor: &Actor, kind: Kind, draft: &Draft) -> Result<Vec<Alike>, MergeError> {
    authorise(actor, Action::ReadBook)?;
    if !matches!(kind, Kind::Account | Kind::Person) {
        return Ok(vec![]);
    }
    let mut tx = ctx.begin_read().await?;
    Ok(match kind {
        Kind::Account => reads::accounts_alike(&mut tx, &actor.scope, draft.get("name")).await?,
        _ => people_alike(&mut tx, actor, draft).await?,
    })
}

async fn people_alike(tx: &mut ReadTx, actor: &Actor, draft: &Draft) -> Result<Vec<Alike>, StoreError> {
    let to_be = PersonToBe {
        account_id: draft.get("account").trim(),
        name: draft.get("name"),
        email: draft.get("email"),
        phone: draft.get("phone"),
    };
    reads::people_alike(tx, &actor.scope, to_be).await
}

/// Where a merged record's id leads: to the record that stands for it, if the actor may see that.
///
/// # Errors
/// [`MergeError`] when the database failed.
#[boxed]
pub async fn stands_now<R: Stored>(
    ctx: &Ctx,
    actor: &Actor,
    old: &Id<R>,
) -> Result<Option<Id<R>>, MergeError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let Some(kept) = merge::stands_for(&mut tx, R::KIND, old.as_str()).await? else { return Ok(None) };
    let Ok(kept) = Id::<R>::parse(&kept) else { return Ok(None) };
    Ok(store::load(&mut tx, &actor.scope, &kept).await?.map(|saved| saved.id))
}
