//! What the reader may decide on an account and who decides the rest; what its manager answers for against what they may
//! decide: the authority gap.
//!
//! Nothing is estimated and nothing weighed: each amount comes from asking the policies in full, as the decision itself
//! would. What no decision right speaks of yet (what delivery does about a measure) is said to be somebody else's.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mandate_domain::book::Account;
use mandate_domain::facts::credit::CreditState;
use mandate_domain::facts::exclusion::{ExclusionState, Side};
use mandate_domain::identity::{Amount, Decider, DecisionKind, DecisionRight, PriceDirection};
use mandate_domain::{Currency, Id, Month};
use mandate_store::facts::{credits, exclusions};
use mandate_store::identity::{self as store, Wanted};
use mandate_store::reads::decisions::{
    DecidedProduct, PricedLine, list_missed_measures, list_priced_lines, load_decided_product,
    reaches_account,
};
use mandate_store::{ReadTx, StoreError, boxed};

use super::decide::{MOST_RIGHTS, WhoDecides, administrators, principals, who_could};
use super::deciders::{decider_of, list_named};
use super::desk::{Asked, Desk, Reach};
use super::errors::RightError;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// Products whose prices are looked at: an account has a handful.
const MOST_PRODUCTS: usize = 30;
/// Months of credits that still await a decision.
const MONTHS_BACK: i32 = 24;

/// How much somebody may decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Nothing.
    Nothing,
    /// Up to so much at once.
    UpTo(Amount),
    /// Any amount.
    Any,
}

/// One thing the reader may, or may not, decide on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MayDecide {
    /// What is decided.
    pub kind: DecisionKind,
    /// About which product and which way, for a price.
    pub price: Option<(String, PriceDirection)>,
    /// How much, at once and now.
    pub extent: Extent,
    /// What is left of the right's month.
    pub left_this_month: Option<Amount>,
    /// The right it would use.
    pub right: Option<Id<DecisionRight>>,
    /// The right's last day.
    pub until: Option<Date>,
    /// What the policy says that lets them.
    pub by: String,
    /// Whose right it is, where the reader decides for an absent colleague.
    pub for_name: Option<String>,
    /// Who decides what goes beyond.
    pub beyond: Vec<WhoDecides>,
    /// Whom to ask when nobody does.
    pub administrators: Vec<String>,
}

/// What an account's manager answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answerable {
    /// A measure below its goal.
    Measure {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// The month in which it missed.
        month: String,
    },
    /// A service credit that awaits a decision.
    Credit {
        /// The month.
        month: String,
        /// How much.
        amount: Amount,
    },
    /// An exclusion that the client proposed and that awaits our answer.
    Exclusion {
        /// What happened.
        note: String,
        /// How long.
        amount: Amount,
    },
    /// The price of a product on this account.
    Price {
        /// The product.
        product: String,
        /// Contract lines with it.
        n_lines: usize,
    },
}

/// One row of the authority gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapLine {
    /// What the manager answers for.
    pub about: Answerable,
    /// What they may decide of it themselves.
    pub extent: Extent,
    /// Whether that is all of it: for a price, any move down.
    pub whole: bool,
    /// Who decides the rest; of delivery, the head of the line of business.
    pub beyond: Vec<WhoDecides>,
    /// Whom to ask where nobody with a right decides: heads of delivery.
    pub heads: Vec<String>,
}

/// What the reader may decide, and the gap of the account's manager.
#[derive(Clone, Debug)]
pub struct AccountDecisions {
    /// The account.
    pub account_id: Id<Account>,
    /// Its name.
    pub account_name: String,
    /// What the reader may decide.
    pub mine: Vec<MayDecide>,
    /// The account's manager.
    pub manager: Option<String>,
    /// Whether the manager has a sign-in, without which nobody decides anything here.
    pub manager_signs_in: bool,
    /// What the manager answers for.
    pub gap: Vec<GapLine>,
    /// Of when it is.
    pub period: GapPeriod,
}

/// Of when what the manager answers for is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapPeriod {
    /// Measures: the newest month that is over. What a running month gives so far is no result.
    pub measures_until: Month,
    /// Credits: the first month of which open ones are looked at.
    pub credits_since: Month,
    /// Exclusions and prices: this day, on the account's calendar.
    pub on: Date,
}

impl AccountDecisions {
    /// How many things the manager answers for, and how many of them they may decide whole.
    pub fn counts(&self) -> (usize, usize) {
        (self.gap.len(), self.gap.iter().filter(|line| line.whole).count())
    }
}

/// What the reader may decide on an account, and its authority gap.
///
/// # Errors
/// [`RightError::NotFound`] when the account is out of reach.
#[boxed]
pub async fn account_decisions(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
) -> Result<AccountDecisions, RightError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let not_found = RightError::NotFound { what: "account" };
    if !reaches_account(&mut tx, &actor.scope, account).await? {
        return Err(not_found);
    }
    let Some(desk) = Desk::open(ctx, &mut tx, account).await? else { return Err(not_found) };
    let room = Room::read(&mut tx, actor, desk).await?;
    let mine = match decider_of(&mut tx, actor).await? {
        Some(own) => room.mine(&mut tx, &own).await?,
        None => vec![],
    };
    let manager = match &room.desk.account.manager_id {
        Some(person) => list_named(&mut tx, actor, Wanted::Person(person.as_str())).await?.pop(),
        None => None,
    };
    let gap = room.gap(&mut tx, manager.as_ref()).await?;
    Ok(AccountDecisions {
        account_id: account.clone(),
        account_name: room.desk.account.name.clone(),
        mine,
        manager: room.desk.account.manager_name.clone(),
        manager_signs_in: manager.is_some(),
        gap,
        period: room.period(),
    })
}

/// A product with the lines it stands on.
struct Priced {
    product: DecidedProduct,
    lines: Vec<PricedLine>,
}

/// What was read of an account once.
struct Room {
    desk: Desk,
    /// To whom people are named.
    reader: Actor,
    priced: Vec<Priced>,
    rights: BTreeMap<DecisionKind, Vec<DecisionRight>>,
}

impl Room {
    async fn read(tx: &mut ReadTx, reader: &Actor, desk: Desk) -> Result<Self, StoreError> {
        let mut by_product: Vec<(Id<mandate_domain::book::Product>, Vec<PricedLine>)> = vec![];
        for line in list_priced_lines(tx, &desk.account.id, desk.today).await? {
            match by_product.iter().position(|(product, _)| *product == line.product) {
                Some(idx) => by_product[idx].1.push(line),
                None if by_product.len() < MOST_PRODUCTS => {
                    by_product.push((line.product.clone(), vec![line]));
                }
                None => {}
            }
        }
        let mut priced = vec![];
        for (product, lines) in by_product {
            if let Some(product) = load_decided_product(tx, &product).await? {
                priced.push(Priced { product, lines });
            }
        }
        let mut rights = BTreeMap::new();
        for kind in DecisionKind::ALL {
            rights.insert(*kind, store::list_rights_at(tx, &desk.place(*kind), MOST_RIGHTS).await?);
        }
        Ok(Self { desk, reader: reader.clone(), priced, rights })
    }

    fn asked(&self, kind: DecisionKind) -> Asked<'static> {
        let currency: Option<Currency> = Some(self.desk.account.currency);
        let (amount, direction) = (Amount::of(kind, 1, currency), PriceDirection::Either);
        Asked { amount, direction, product: None, line: "" }
    }

    fn priced<'a>(&self, priced: &'a Priced, direction: PriceDirection) -> Asked<'a> {
        let line = priced.lines.first().map_or("", |line| line.id.as_str());
        Asked { direction, product: Some(&priced.product), line, ..self.asked(DecisionKind::Price) }
    }

    fn rights(&self, kind: DecisionKind) -> &[DecisionRight] {
        self.rights.get(&kind).map_or(&[], Vec::as_slice)
    }

    async fn mine(&self, tx: &mut ReadTx, own: &Decider) -> Result<Vec<MayDecide>, StoreError> {
        let mut mine = vec![];
        for kind in [DecisionKind::Credit, DecisionKind::Exclusion] {
            mine.push(self.may_decide(tx, own, self.asked(kind)).await?);
        }
        for priced in &self.priced {
            for direction in [PriceDirection::Lower, PriceDirection::Raise] {
                mine.push(self.may_decide(tx, own, self.priced(priced, direction)).await?);
            }
        }
        Ok(mine)
    }

    async fn may_decide(
        &self,
        tx: &mut ReadTx,
        own: &Decider,
        asked: Asked<'_>,
    ) -> Result<MayDecide, StoreError> {
        let kind = asked.amount.kind();
        let mut best: Option<(Reach, Option<String>)> = None;
        let given = self.rights(kind).iter().filter(|right| right.counts_for(&own.id));
        let rights: Vec<DecisionRight> = given.cloned().collect();
        for (decider, substitute) in principals(tx, own, kind, self.desk.today).await? {
            // A decision takes the role right first, which is the reader's own whoever they decide for.
            if !own.roles.iter().any(|role| super::role_right(kind).roles().contains(role)) {
                break;
            }
            let reach = self.desk.reach(tx, (&decider, substitute), &rights, asked).await?;
            let Some(reach) = reach else { continue };
            let further = |best: &(Reach, Option<String>)| {
                best.0.most.unwrap_or(i64::MAX) < reach.most.unwrap_or(i64::MAX)
            };
            if best.as_ref().is_none_or(further) {
                best = Some((reach, substitute.then(|| decider.name.clone())));
            }
        }
        let most = best.as_ref().map_or(Some(0), |(reach, _)| reach.most);
        let beyond = self.beyond(tx, asked, most, &own.id).await?;
        let nobody = most.is_some() && beyond.iter().all(|one| one.user_id.is_none());
        let administrators = if nobody { administrators(tx).await? } else { vec![] };
        let right = best.as_ref().and_then(|(reach, _)| reach.ground.right.as_ref());
        let left = right
            .and_then(|right| right.a_month)
            .zip(best.as_ref())
            .map(|(month, (reach, _))| asked.amount.with_number((month - reach.ground.used).max(0)));
        Ok(MayDecide {
            kind,
            price: asked.product.map(|product| (product.name.clone(), asked.direction)),
            extent: extent(asked.amount, most),
            left_this_month: left,
            right: right.map(|right| right.id.clone()),
            until: right.map(|right| right.valid_until.min(right.lapses_on())),
            by: best
                .as_ref()
                .map(|(reach, _)| self.desk.policies.says(&reach.ground.policy).to_owned())
                .unwrap_or_default(),
            for_name: best.and_then(|(_, name)| name),
            beyond,
            administrators,
        })
    }

    /// Who decides just beyond `most`; nobody where there is no limit.
    async fn beyond(
        &self,
        tx: &mut ReadTx,
        asked: Asked<'_>,
        most: Option<i64>,
        except: &str,
    ) -> Result<Vec<WhoDecides>, StoreError> {
        match most {
            None => Ok(vec![]),
            Some(most) => {
                let amount = asked.amount.with_number(most + 1);
                who_could(tx, &self.desk, &self.reader, Asked { amount, ..asked }, Some(except)).await
            }
        }
    }

    fn period(&self) -> GapPeriod {
        let month = self.desk.month;
        GapPeriod {
            measures_until: month.plus(-1),
            credits_since: month.plus(-MONTHS_BACK),
            on: self.desk.today,
        }
    }

    async fn gap(&self, tx: &mut ReadTx, manager: Option<&Decider>) -> Result<Vec<GapLine>, StoreError> {
        let mut lines = vec![];
        for missed in list_missed_measures(tx, &self.desk.account.id, self.period().measures_until).await? {
            lines.push(GapLine {
                about: Answerable::Measure { id: missed.id, name: missed.name, month: missed.month },
                extent: Extent::Nothing,
                whole: false,
                beyond: vec![],
                heads: missed.head_name.into_iter().collect(),
            });
        }
        for (about, amount) in self.waiting(tx).await? {
            let asked = Asked { amount, ..self.asked(amount.kind()) };
            lines.push(self.gap_line(tx, manager, about, asked, amount.number()).await?);
        }
        for priced in &self.priced {
            let about =
                Answerable::Price { product: priced.product.name.clone(), n_lines: priced.lines.len() };
            let asked = self.priced(priced, PriceDirection::Lower);
            lines.push(self.gap_line(tx, manager, about, asked, asked.amount.most(asked.direction)).await?);
        }
        Ok(lines)
    }

    /// Credits and exclusions that await a decision of ours.
    async fn waiting(&self, tx: &mut ReadTx) -> Result<Vec<(Answerable, Amount)>, StoreError> {
        let (account, month) = (&self.desk.account.id, self.desk.month);
        let mut waiting = vec![];
        for credit in credits::list_credits(tx, account, self.period().credits_since, month).await? {
            let open = matches!(credit.state, CreditState::Computed | CreditState::Proposed);
            if open && credit.credit.minor > 0 {
                let amount = Amount::Money(credit.credit);
                waiting.push((Answerable::Credit { month: credit.month.to_string(), amount }, amount));
            }
        }
        for exclusion in exclusions::list_exclusions(tx, account).await? {
            if exclusion.state == ExclusionState::Proposed && exclusion.proposed.side == Side::Client {
                let amount = Amount::Minutes((exclusion.time.wall_seconds() + 59) / 60);
                waiting.push((Answerable::Exclusion { note: exclusion.note, amount }, amount));
            }
        }
        Ok(waiting)
    }

    /// What the manager may decide of something that takes `needed`.
    async fn gap_line(
        &self,
        tx: &mut ReadTx,
        manager: Option<&Decider>,
        about: Answerable,
        asked: Asked<'_>,
        needed: i64,
    ) -> Result<GapLine, StoreError> {
        let kind = asked.amount.kind();
        let may_at_all =
            manager.filter(|one| one.roles.iter().any(|role| super::role_right(kind).roles().contains(role)));
        let reach = match may_at_all {
            Some(manager) => self.desk.reach(tx, (manager, false), self.rights(kind), asked).await?,
            None => None,
        };
        let most = reach.map_or(Some(0), |reach| reach.most);
        let whole = most.is_none_or(|most| most >= needed);
        let except = manager.map_or("", |manager| manager.id.as_str());
        let beyond = if whole {
            vec![]
        } else {
            let amount = if kind == DecisionKind::Price {
                asked.amount.with_number(most.unwrap_or(0) + 1)
            } else {
                asked.amount.with_number(needed)
            };
            who_could(tx, &self.desk, &self.reader, Asked { amount, ..asked }, Some(except)).await?
        };
        Ok(GapLine { about, extent: extent(asked.amount, most), whole, beyond, heads: vec![] })
    }
}

fn extent(unit: Amount, most: Option<i64>) -> Extent {
    match most {
        None => Extent::Any,
        Some(0) => Extent::Nothing,
        Some(most) => Extent::UpTo(unit.with_number(most)),
    }
}
