//! Who may decide what in the demo: decision rights, who stands in for whom, and what was decided by which right.
//!
//! One right is overdue for its review, one ends this month and one was never used, as in any firm. Uses are the demo's
//! own past; nothing of them is enforced, because loading is exempt.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::book::Tier;
use mandate_domain::identity::{
    AccountReach, Amount, DecisionKind, DecisionRight, DecisionUse, Delegation, Holder, PriceDirection,
    RightState, User,
};
use mandate_domain::{Currency, Id, Instant, Month};
use mandate_store::{StoreError, WriteTx, boxed, identity};

use super::records::{Ids, Records, find};
use super::relative::relative_date;
use super::tables::{DecisionRightRow, DecisionUseRow, DelegationRow, TableError, Tables};
use crate::ctx::Ctx;

/// The records of decisions, in the order in which they refer to each other.
#[derive(Debug)]
pub(super) struct DecisionRecords {
    rights: Vec<DecisionRight>,
    delegations: Vec<Delegation>,
    uses: Vec<DecisionUse>,
}

impl DecisionRecords {
    /// The records of `tables` on `today`, over the book's `records`.
    pub(super) fn new(
        ctx: &Ctx,
        (tables, today): (&Tables, Date),
        ids: &Ids,
        records: &Records,
    ) -> Result<Self, TableError> {
        let users: BTreeMap<&str, &User> = tables
            .users
            .iter()
            .zip(&records.users)
            .map(|(row, stored)| (row.person.as_str(), &stored.user))
            .collect();
        let mut make = Make { ctx, today, ids, records, users, rights: BTreeMap::new() };
        let rights: Vec<DecisionRight> =
            tables.decision_rights.iter().map(|row| make.right(row)).collect::<Result<_, _>>()?;
        make.rights =
            tables.decision_rights.iter().map(|row| row.key.clone()).zip(rights.iter().cloned()).collect();
        Ok(Self {
            delegations: tables
                .delegations
                .iter()
                .map(|row| make.delegation(row))
                .collect::<Result<_, _>>()?,
            uses: tables.decision_uses.iter().map(|row| make.used(row)).collect::<Result<_, _>>()?,
            rights,
        })
    }

    /// Stores them.
    #[boxed]
    pub(super) async fn store(&self, tx: &mut WriteTx, ctx: &Ctx) -> Result<(), StoreError> {
        for right in &self.rights {
            identity::insert_right(tx, right, ctx.now()).await?;
        }
        for delegation in &self.delegations {
            identity::insert_delegation(tx, delegation, ctx.now()).await?;
        }
        for used in &self.uses {
            identity::insert_use(tx, used).await?;
        }
        Ok(())
    }
}

const RIGHTS: &str = "decision_rights.csv";
const DELEGATIONS: &str = "delegations.csv";
const USES: &str = "decision_uses.csv";

struct Make<'a> {
    ctx: &'a Ctx,
    today: Date,
    ids: &'a Ids,
    records: &'a Records,
    users: BTreeMap<&'a str, &'a User>,
    rights: BTreeMap<String, DecisionRight>,
}

impl Make<'_> {
    fn user(&self, table: &'static str, key: &str) -> Result<&User, TableError> {
        self.users.get(key).copied().ok_or_else(|| TableError::cell(table, key, "user"))
    }

    fn right(&self, row: &DecisionRightRow) -> Result<DecisionRight, TableError> {
        let cell = |value: &str, expected| TableError::cell(RIGHTS, value, expected);
        let day = |text: &str| relative_date(RIGHTS, text, self.today);
        let kind = DecisionKind::parse(&row.kind).map_err(|_| cell(&row.kind, "kind of decision"))?;
        let holder = match row.holder.as_str() {
            "account_manager" => Holder::AccountManager,
            "negotiator" => Holder::Negotiator,
            key => Holder::User(self.user(RIGHTS, key)?.id.clone()),
        };
        let currency = (!row.currency.is_empty()).then(|| Currency::parse(&row.currency)).transpose();
        let currency = currency.map_err(|_| cell(&row.currency, "currency"))?;
        let accounts = match (row.accounts.as_str(), row.accounts.strip_prefix("named:")) {
            ("own", _) => AccountReach::Own,
            ("every", _) => AccountReach::Every,
            (_, Some(named)) => AccountReach::Named(
                named
                    .split(' ')
                    .map(|key| find(&self.ids.accounts, RIGHTS, key, "account"))
                    .collect::<Result<_, _>>()?,
            ),
            (tier, None) => AccountReach::Tier(Tier::parse(tier).ok_or_else(|| cell(tier, "reach"))?),
        };
        let products = row.products.split(' ').filter(|key| !key.is_empty());
        let right = DecisionRight {
            id: self.ctx.new_id(),
            holder,
            each: Amount::of(kind, row.limit, currency),
            a_month: row.month_limit,
            direction: PriceDirection::parse(&row.direction)
                .map_err(|_| cell(&row.direction, "direction"))?,
            accounts,
            products: products
                .map(|key| find(&self.ids.products, RIGHTS, key, "product"))
                .collect::<Result<_, _>>()?,
            valid_from: day(&row.valid_from)?,
            valid_until: day(&row.valid_until)?,
            review_on: day(&row.review_on)?,
            granted_by: self.user(RIGHTS, &row.granted_by)?.id.to_string(),
            confirmed_by: self.user(RIGHTS, &row.granted_by)?.id.to_string(),
            reason: row.reason.clone(),
            state: RightState::Active,
            demo: true,
            version: 1,
        };
        right.checked().map_err(|_| cell(&row.key, "right that may be granted"))
    }

    fn delegation(&self, row: &DelegationRow) -> Result<Delegation, TableError> {
        let kinds: Result<Vec<DecisionKind>, _> = row.kinds.split(' ').map(DecisionKind::parse).collect();
        let made = Delegation {
            id: self.ctx.new_id(),
            absent_user_id: self.user(DELEGATIONS, &row.absent)?.id.clone(),
            substitute_user_id: self.user(DELEGATIONS, &row.substitute)?.id.clone(),
            from_on: relative_date(DELEGATIONS, &row.from, self.today)?,
            until_on: relative_date(DELEGATIONS, &row.until, self.today)?,
            kinds: kinds.map_err(|_| TableError::cell(DELEGATIONS, &row.kinds, "kind of decision"))?,
            reason: row.reason.clone(),
            ended_at: None,
            demo: true,
            version: 1,
        };
        made.checked(self.today)
            .map_err(|_| TableError::cell(DELEGATIONS, &row.absent, "delegation that may be made"))
    }

    fn used(&self, row: &DecisionUseRow) -> Result<DecisionUse, TableError> {
        let right = self.rights.get(&row.right).ok_or_else(|| TableError::cell(USES, &row.right, "right"))?;
        let account_id = find(&self.ids.accounts, USES, &row.account, "account")?;
        let product =
            (!row.product.is_empty()).then(|| find(&self.ids.products, USES, &row.product, "product"));
        let product_id = product.transpose()?;
        let on = relative_date(USES, &row.on, self.today)?;
        let at = on.at(10, 0, 0, 0).to_zoned(TimeZone::UTC);
        let at: Instant = at.map_err(|_| TableError::cell(USES, &row.on, "day"))?.timestamp().into();
        let decider = self.user(USES, &row.decided_by)?;
        let absent = (!row.absent.is_empty()).then(|| self.user(USES, &row.absent)).transpose()?;
        // A price is of a line; what was decided on a credit or a stretch is told by its account alone.
        let line = self.records.contract_lines.iter().find(|line| {
            let contract = self.records.contracts.iter().find(|contract| contract.id == line.contract_id);
            Some(&line.product_id) == product_id.as_ref()
                && contract.is_some_and(|contract| contract.account_id == account_id)
        });
        let (subject_kind, subject_id) = match line {
            Some(line) => ("contract_line", line.id.to_string()),
            None => ("account", account_id.to_string()),
        };
        Ok(DecisionUse {
            id: self.ctx.new_id::<DecisionUse>(),
            right_id: Some(right.id.clone()),
            policy: "granted_right".to_owned(),
            account_id,
            product_id,
            subject_kind: subject_kind.to_owned(),
            subject_id,
            amount: right.each.with_number(row.amount),
            decided_by: decider.id.to_string(),
            decided_by_name: decider.display_name.clone(),
            for_user_id: absent.map(|absent| Id::clone(&absent.id)),
            for_name: absent.map(|absent| absent.display_name.clone()),
            at,
            month: Month::of(on),
            demo: true,
        })
    }
}
