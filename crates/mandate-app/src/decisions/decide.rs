//! Deciding: allowed by which right or policy and for whom, or refused with who could.
//!
//! Whoever decides needs their role right first; this asks for the decision right on top of it. The operator and
//! Mandate itself are exempt, and that they decided stands on record like every other use.

use mandate_domain::Id;
use mandate_domain::audit::{AuditActor, AuditRecord, Changes};
use mandate_domain::book::{Account, Product};
use mandate_domain::identity::{
    Amount, Decider, DecisionKind, DecisionRight, DecisionUse, PriceDirection, Role, User,
};
use mandate_store::identity::{self as store, Wanted};
use mandate_store::reads::decisions::{DecidedProduct, load_decided_product};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::deciders::{decider_of, list_deciders, list_named};
use super::desk::{Asked, Desk, Ground};
use crate::ctx::{Actor, Ctx, Who};
use crate::error::{ErrorKind, Message, UseCaseError};

/// How many people a refusal names.
const MOST_NAMED: usize = 5;
/// Rights on one account that are looked through for somebody who could.
pub(super) const MOST_RIGHTS: usize = 200;

/// A decision to be made.
#[derive(Clone, Debug)]
pub struct Decision {
    /// On which account.
    pub account_id: Id<Account>,
    /// About which product, for a price.
    pub product_id: Option<Id<Product>>,
    /// How much of what.
    pub amount: Amount,
    /// Which way, for a price.
    pub direction: PriceDirection,
    /// The kind of record it is made on, such as `service_credit`.
    pub subject_kind: &'static str,
    /// Its id.
    pub subject_id: String,
}

/// By what a decision is allowed.
#[derive(Clone, Debug)]
pub struct Permission {
    /// The right it uses, if it takes one.
    pub right: Option<DecisionRight>,
    /// The policy.
    pub policy: String,
    /// The absent one whose right it is.
    pub absent: Option<Decider>,
    month: mandate_domain::Month,
}

/// Why somebody could decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They have a right that covers it.
    Right,
    /// They manage the product.
    ProductManager,
    /// A policy lets them, as a sponsor.
    Sponsor,
    /// A policy lets them.
    Policy,
}

impl Why {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::ProductManager => "product_manager",
            Self::Sponsor => "sponsor",
            Self::Policy => "policy",
        }
    }
}

/// Somebody who could decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoDecides {
    /// Their name.
    pub name: String,
    /// Their user's id; none for a product manager without a sign-in.
    pub user_id: Option<String>,
    /// Why they could.
    pub why: Why,
}

/// A decision that the one who asks may not make.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no decision right covers {amount} here{}", told(who, administrators))]
pub struct Refusal {
    /// How much of what was asked.
    pub amount: Amount,
    /// The most they may decide there now, if anything.
    pub most: Option<Amount>,
    /// Who could, those with a right first.
    pub who: Vec<WhoDecides>,
    /// Who grants rights.
    pub administrators: Vec<String>,
    /// Whether that is only the one who asks: nobody grants their own right, so another way is named.
    pub asks_the_only_administrator: bool,
}

impl Refusal {
    /// The names of those who could.
    pub fn names(&self) -> String {
        names(&self.who)
    }
}

fn names(who: &[WhoDecides]) -> String {
    who.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn told(who: &[WhoDecides], administrators: &[String]) -> String {
    match (who.is_empty(), administrators.is_empty()) {
        (false, _) => format!("; {} may decide it", names(who)),
        (true, false) => format!("; {} may grant a right to it", administrators.join(", ")),
        (true, true) => String::new(),
    }
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// No right covers it.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for DecideError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) => ErrorKind::Forbidden,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Refused(refusal) => refusal_message(refusal),
            Self::Store(error) => error.message(),
        }
    }
}

/// A refusal as a message of the catalogue: what they may decide, and who decides this.
pub fn refusal_message(refusal: &Refusal) -> Message {
    let message = if refusal.who.is_empty() && refusal.asks_the_only_administrator {
        Message::new("decision-refused-alone")
    } else if refusal.who.is_empty() {
        Message::new("decision-refused-nobody").with("administrators", refusal.administrators.join(", "))
    } else {
        Message::new("decision-refused").with("who", refusal.names())
    };
    let most = refusal.most.map_or_else(|| "none".to_owned(), |most| most.to_string());
    message
        .with("kind", refusal.amount.kind().as_str())
        .with("amount", refusal.amount.to_string())
        .with("most", most)
}

/// Whose rights `actor` may use for decisions of `kind` on that day: their own, then those of the absent.
#[boxed]
pub(super) async fn principals(
    tx: &mut ReadTx,
    own: &Decider,
    kind: DecisionKind,
    today: jiff::civil::Date,
) -> Result<Vec<(Decider, bool)>, StoreError> {
    let mut principals = vec![(own.clone(), false)];
    let Ok(user) = Id::<User>::parse(&own.id) else { return Ok(principals) };
    for named in store::list_delegations_to(tx, &user, today).await? {
        if named.delegation.kinds.contains(&kind) {
            let absent = named.delegation.absent_user_id.as_str();
            let absent = list_deciders(tx, Wanted::User(absent)).await?;
            // Who may not know what they know decides for nobody else with it either.
            let walled = |absent: Decider| Decider { walled: absent.walled || own.walled, ..absent };
            principals.extend(absent.into_iter().map(|absent| (walled(absent), true)));
        }
    }
    Ok(principals)
}

/// Asks whether `actor` may make this decision; nothing is written.
///
/// # Errors
/// [`DecideError::Refused`] names who could.
#[boxed]
pub async fn decide(
    ctx: &Ctx,
    tx: &mut ReadTx,
    actor: &Actor,
    decision: &Decision,
) -> Result<Permission, DecideError> {
    let Some(desk) = Desk::open(ctx, tx, &decision.account_id).await? else {
        let (table, what) = ("account", "a decision on an account that is not there".to_owned());
        return Err(StoreError::Inconsistent { table, id: decision.account_id.to_string(), what }.into());
    };
    let Some(own) = decider_of(tx, actor).await? else {
        let policy = if actor.who == Who::Operator { "operator" } else { "system" };
        let policy = policy.to_owned();
        return Ok(Permission { right: None, policy, absent: None, month: desk.month });
    };
    let product = match &decision.product_id {
        Some(product) => load_decided_product(tx, product).await?,
        None => None,
    };
    let asked = Asked {
        amount: decision.amount,
        direction: decision.direction,
        product: product.as_ref(),
        line: &decision.subject_id,
    };
    let (mut most, mut unlimited) = (0, false);
    for (decider, substitute) in principals(tx, &own, asked.amount.kind(), desk.today).await? {
        let mut rights = store::list_rights_of(tx, &desk.place(asked.amount.kind()), &decider.id).await?;
        // Nor may they use, for somebody absent, what they gave out themselves.
        rights.retain(|right| right.counts_for(&own.id));
        let whom = (&decider, substitute);
        if let Some(Ground { right, policy, .. }) = desk.ground(tx, whom, &rights, asked).await? {
            let absent = substitute.then(|| decider.clone());
            return Ok(Permission { right, policy, absent, month: desk.month });
        }
        if let Some(reach) = desk.reach(tx, whom, &rights, asked).await? {
            unlimited |= reach.most.is_none();
            most = most.max(reach.most.unwrap_or(0));
        }
    }
    let who = who_could(tx, &desk, actor, asked, Some(&own.id)).await?;
    let nobody = who.iter().all(|one| one.user_id.is_none());
    let granting = if nobody { list_administrators(tx).await? } else { vec![] };
    let alone = matches!(granting.as_slice(), [only] if only.id == own.id);
    let most = (most > 0 && !unlimited).then(|| decision.amount.with_number(most));
    Err(DecideError::Refused(Box::new(Refusal {
        amount: decision.amount,
        most,
        who,
        administrators: names_of(granting),
        asks_the_only_administrator: alone,
    })))
}

#[boxed]
pub(super) async fn administrators(tx: &mut ReadTx) -> Result<Vec<String>, StoreError> {
    Ok(names_of(list_administrators(tx).await?))
}

async fn list_administrators(tx: &mut ReadTx) -> Result<Vec<Decider>, StoreError> {
    store::list_deciders(tx, Wanted::Role(Role::Administrator)).await
}

fn names_of(deciders: Vec<Decider>) -> Vec<String> {
    deciders.into_iter().map(|one| one.name).take(MOST_NAMED).collect()
}

/// Who could decide it, as `reader` may know, other than `except`: those with a right, the product's manager, sponsors, whoever a policy lets.
pub(super) async fn who_could(
    tx: &mut ReadTx,
    desk: &Desk,
    reader: &Actor,
    asked: Asked<'_>,
    except: Option<&str>,
) -> Result<Vec<WhoDecides>, StoreError> {
    let rights = store::list_rights_at(tx, &desk.place(asked.amount.kind()), MOST_RIGHTS).await?;
    let everyone = list_named(tx, reader, Wanted::Everyone).await?;
    let manager = asked.product.and_then(|product| product.manager_id.as_ref());
    let rank = |decider: &Decider| {
        let holds = |right: &DecisionRight| desk.may_hold(right, decider);
        let manages = manager.is_some() && decider.person_id.as_ref() == manager;
        (!rights.iter().any(holds), !manages, !decider.roles.contains(&Role::Sponsor))
    };
    let mut candidates: Vec<&Decider> =
        everyone.iter().filter(|decider| except != Some(decider.id.as_str())).collect();
    candidates.sort_by_key(|decider| rank(decider));
    let mut who = vec![];
    for decider in candidates {
        if who.len() == MOST_NAMED {
            break;
        }
        if let Some(ground) = desk.ground(tx, (decider, false), &rights, asked).await? {
            let manages = manager.is_some() && decider.person_id.as_ref() == manager;
            let why = match ground.right {
                Some(_) => Why::Right,
                None if manages => Why::ProductManager,
                None if decider.roles.contains(&Role::Sponsor) => Why::Sponsor,
                None => Why::Policy,
            };
            who.push(WhoDecides { name: decider.name.clone(), user_id: Some(decider.id.clone()), why });
        }
    }
    who.extend(without_sign_in(&everyone, asked.product));
    Ok(who)
}

/// The product's manager, where the book knows them and they have no sign-in: they decide, and somebody records it.
fn without_sign_in(everyone: &[Decider], product: Option<&DecidedProduct>) -> Option<WhoDecides> {
    let product = product?;
    let manager = product.manager_id.as_ref()?;
    if everyone.iter().any(|decider| decider.person_id.as_ref() == Some(manager)) {
        return None;
    }
    Some(WhoDecides { name: product.manager_name.clone()?, user_id: None, why: Why::ProductManager })
}

impl Permission {
    /// Keeps that it was used, in the transaction of the decision.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    #[boxed]
    pub async fn keep(
        &self,
        ctx: &Ctx,
        tx: &mut WriteTx,
        actor: &Actor,
        decision: &Decision,
    ) -> Result<(), StoreError> {
        let name = match &actor.who {
            Who::User { name, .. } => name.as_str(),
            Who::Operator => "operator",
            Who::System => "system",
        };
        let used = DecisionUse {
            id: ctx.new_id(),
            right_id: self.right.as_ref().map(|right| right.id.clone()),
            policy: self.policy.clone(),
            account_id: decision.account_id.clone(),
            product_id: decision.product_id.clone(),
            subject_kind: decision.subject_kind.to_owned(),
            subject_id: decision.subject_id.clone(),
            amount: decision.amount,
            decided_by: crate::facts::exclusion::recorder(actor),
            decided_by_name: name.to_owned(),
            for_user_id: self.absent.as_ref().and_then(|absent| Id::parse(&absent.id).ok()),
            for_name: self.absent.as_ref().map(|absent| absent.name.clone()),
            at: ctx.now(),
            month: self.month,
            demo: false,
        };
        store::insert_use(tx, &used).await
    }

    /// Writes by what it was decided into the decision's audit record; of a substitute, both names.
    pub fn tell(&self, record: &mut AuditRecord) {
        if let (AuditActor::User { name, .. }, Some(absent)) = (&mut record.actor, &self.absent) {
            let both = both_names(name, &absent.name);
            // A line that changes its product is decided twice, and may be so for the same absent one.
            if !name.ends_with(&both_names("", &absent.name)) {
                *name = both;
            }
        }
        let right = self.right.as_ref().map(|right| right.id.to_string());
        let said = Changes::new().field("decided_by_policy", None, Some(self.policy.clone())).field(
            "decided_by_right",
            None,
            right,
        );
        for change in said.into_vec() {
            if !record.changes.contains(&change) {
                record.changes.push(change);
            }
        }
    }
}

/// Both names of a decision that a substitute made, as pages and the record show them.
pub fn both_names(substitute: &str, absent: &str) -> String {
    format!("{substitute} for {absent}")
}
