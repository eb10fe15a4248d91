//! The desk at which a decision is made: the policies in force, the account, the day, and who may do how much there.
//!
//! A right is tried before what needs none, and the tightest right first, so that a wide right is spent last and a use is
//! put down to the right that had to be granted for it.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::book::Account;
use mandate_domain::identity::{Amount, Decider, DecisionKind, DecisionRight, Holder, PriceDirection};
use mandate_domain::{Id, Month};
use mandate_store::identity::{self as store, Place};
use mandate_store::reads::decisions::{DecidedAccount, DecidedProduct, load_decided_account};
use mandate_store::{ReadTx, StoreError, boxed};

use super::policy::{Policies, Verdict};
use super::question::{Known, Question};
use crate::ctx::Ctx;

/// The policies that were read last, kept until a newer version is saved; shared by every clone of a `Ctx`.
#[derive(Clone, Default)]
pub struct PolicyCache(Arc<Mutex<Option<Arc<Policies>>>>);

impl PolicyCache {
    fn of(&self, version: i64) -> Option<Arc<Policies>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|policies| policies.version() == version).cloned()
    }

    fn keep(&self, policies: &Arc<Policies>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(policies));
    }
}

/// The policies in force in this transaction.
///
/// # Errors
/// [`StoreError::Inconsistent`] when what is stored no longer stands: then nothing is decided.
#[boxed]
pub(crate) async fn policies_in_force(ctx: &Ctx, tx: &mut ReadTx) -> Result<Arc<Policies>, StoreError> {
    let version = store::newest_policy_version(tx).await?;
    if let Some(kept) = ctx.policies().of(version) {
        return Ok(kept);
    }
    let read = match store::load_policies(tx, version).await? {
        Some(stored) => Policies::read(version, &stored.policies, &stored.tests),
        None => Policies::shipped(),
    };
    let inconsistent =
        |what: String| StoreError::Inconsistent { table: "decision_policy", id: version.to_string(), what };
    let read = Arc::new(read.map_err(|refusal| inconsistent(refusal.to_string()))?);
    ctx.policies().keep(&read);
    Ok(read)
}

/// What is asked at a desk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// How much of what.
    pub(crate) amount: Amount,
    /// Which way, for a price.
    pub(crate) direction: PriceDirection,
    /// About which product, for a price.
    pub(crate) product: Option<&'a DecidedProduct>,
    /// The line whose price it is, because a month's moves of a price are counted by line.
    pub(crate) line: &'a str,
}

/// By what somebody may decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ground {
    /// The right, if it takes one.
    pub(crate) right: Option<DecisionRight>,
    /// The policy.
    pub(crate) policy: String,
    /// What the right, or the person without one, decided this month before.
    pub(crate) used: i64,
}

/// How much somebody may decide, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The largest amount; `None` where there is no limit.
    pub(crate) most: Option<i64>,
    /// By what.
    pub(crate) ground: Ground,
}

/// The desk.
pub(crate) struct Desk {
    pub(crate) policies: Arc<Policies>,
    pub(crate) account: DecidedAccount,
    /// On the account's calendar.
    pub(crate) today: Date,
    pub(crate) month: Month,
}

impl Desk {
    /// The desk of an account, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    #[boxed]
    pub(crate) async fn open(
        ctx: &Ctx,
        tx: &mut ReadTx,
        account: &Id<Account>,
    ) -> Result<Option<Self>, StoreError> {
        let policies = policies_in_force(ctx, tx).await?;
        let Some(account) = load_decided_account(tx, account).await? else { return Ok(None) };
        let zone = TimeZone::get(&account.time_zone).unwrap_or(TimeZone::UTC);
        let today = ctx.now().date_in(&zone);
        Ok(Some(Self { policies, account, today, month: Month::of(today) }))
    }

    pub(crate) fn place(&self, kind: DecisionKind) -> Place<'_> {
        Place { kind, account: &self.account.id, tier: self.account.tier, today: self.today }
    }

    /// By what `decider` may decide it, trying `rights` in their order and then what needs none.
    pub(crate) async fn ground(
        &self,
        tx: &mut ReadTx,
        (decider, substitute): (&Decider, bool),
        rights: &[DecisionRight],
        asked: Asked<'_>,
    ) -> Result<Option<Ground>, StoreError> {
        let held = || rights.iter().filter(|right| self.may_hold(right, decider));
        let Ok(known) = Known::of([decider], [&self.account], asked.product, held()) else { return Ok(None) };
        for right in held().map(Some).chain(alone(decider, asked)) {
            let used = self.used(tx, decider, right, asked).await?;
            let question = self.question(decider, substitute, right, used, asked);
            if let Verdict::Allowed { policy } = self.policies.ask_knowing(&question, &known) {
                return Ok(Some(Ground { right: right.cloned(), policy, used }));
            }
        }
        Ok(None)
    }

    /// The most that `decider` may decide at once where `asked` says; its amount gives only the unit.
    pub(crate) async fn reach(
        &self,
        tx: &mut ReadTx,
        (decider, substitute): (&Decider, bool),
        rights: &[DecisionRight],
        asked: Asked<'_>,
    ) -> Result<Option<Reach>, StoreError> {
        let without_limit = asked.amount.most(asked.direction);
        let mut best: Option<(i64, Ground)> = None;
        for right in rights.iter().map(Some).chain(alone(decider, asked)) {
            if right.is_some_and(|right| !self.may_hold(right, decider)) {
                continue;
            }
            let used = self.used(tx, decider, right, asked).await?;
            let unit = match right {
                Some(right) => right.each,
                None => asked.amount,
            };
            let question = self.question(decider, substitute, right, used, Asked { amount: unit, ..asked });
            let Some(most) = self.policies.most(&question, without_limit) else { continue };
            if best.as_ref().is_some_and(|(best, _)| *best >= most) {
                continue;
            }
            let asked_again = self.policies.ask(&Question { amount: unit.with_number(most), ..question });
            if let Verdict::Allowed { policy } = asked_again {
                best = Some((most, Ground { right: right.cloned(), policy, used }));
            }
        }
        Ok(best.map(|(most, ground)| Reach { most: (most < without_limit).then_some(most), ground }))
    }

    /// Whether it is worth asking: a right of somebody else, or one that they gave out, decides nothing for `decider`.
    pub(super) fn may_hold(&self, right: &DecisionRight, decider: &Decider) -> bool {
        let me = decider.person_id.as_ref();
        if !right.counts_for(&decider.id) {
            return false;
        }
        match &right.holder {
            Holder::User(user) => user.as_str() == decider.id,
            Holder::AccountManager => me.is_some() && me == self.account.manager_id.as_ref(),
            Holder::Negotiator => me.is_some() && me == self.account.negotiator_id.as_ref(),
        }
    }

    async fn used(
        &self,
        tx: &mut ReadTx,
        decider: &Decider,
        right: Option<&DecisionRight>,
        asked: Asked<'_>,
    ) -> Result<i64, StoreError> {
        let kind = asked.amount.kind();
        let line = if kind == DecisionKind::Price { asked.line } else { "" };
        match right {
            Some(right) if right.a_month.is_none() => Ok(0),
            Some(right) => store::used_of_right(tx, &right.id, self.month, line).await,
            None => store::used_alone(tx, (&self.account.id, kind), self.month, (&decider.id, line)).await,
        }
    }

    fn question<'a>(
        &'a self,
        decider: &'a Decider,
        substitute: bool,
        right: Option<&'a DecisionRight>,
        used_this_month: i64,
        asked: Asked<'a>,
    ) -> Question<'a> {
        Question {
            decider,
            substitute,
            account: &self.account,
            product: asked.product,
            amount: asked.amount,
            direction: asked.direction,
            today: self.today,
            right,
            used_this_month,
        }
    }
}

/// What is asked after the rights: without one, unless a wall closes it. Policies that were saved before they could speak of
/// walls do not open one.
fn alone(decider: &Decider, asked: Asked<'_>) -> Option<Option<&'static DecisionRight>> {
    let manager = asked.product.and_then(|product| product.manager_id.as_ref());
    let manages = manager.is_some() && manager == decider.person_id.as_ref();
    (!(decider.walled && manages)).then_some(None)
}
