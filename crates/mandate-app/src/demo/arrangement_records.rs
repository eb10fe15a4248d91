//! The demo's arrangements: decisions about an account's manager, handovers planned, and which expectations clients see.
//!
//! They are what people decided, in rows of their own. What a handover carries is read from the book as a real one would read
//! it. Not here: custom fields and tags (`custom_records`).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use mandate_domain::book::{
    Expectation, Handover, HandoverKind, HandoverState, ManagerDecision, ManagerDecisionState,
    ManagerOutcome, Person, Saved,
};
use mandate_domain::identity::User;
use mandate_domain::{Id, Instant};
use mandate_store::book::SharedBy;
use mandate_store::reads::Scope;
use mandate_store::reads::handovers::list_holdings;
use mandate_store::{StoreError, WriteTx, book as store, boxed};

use super::book::DemoBook;
use super::records::{Ids, Records, external_id, find, find_optional};
use super::relationship_records::{RelationshipRecords, word};
use super::relative::{optional_date, relative_date};
use super::tables::{HandoverRow, ManagerDecisionRow, SharedExpectationRow, TableError, Tables};
use crate::book::handovers::items_of;
use crate::ctx::Ctx;

const DECISIONS: &str = "manager_decisions.csv";
const HANDOVERS: &str = "handovers.csv";
const SHARED: &str = "shared_expectations.csv";

/// A handover whose matters are read when the book stands: its accounts and who takes them.
#[derive(Debug)]
struct Arranged {
    handover: Handover,
    accounts: BTreeSet<String>,
    successor: Id<Person>,
}

/// An expectation that its client sees.
#[derive(Debug)]
struct Shown {
    expectation: Saved<Expectation>,
    shared_by: SharedBy,
    user: Id<User>,
}

/// What people decided and showed.
#[derive(Debug)]
pub(super) struct ArrangementRecords {
    handovers: Vec<Arranged>,
    decisions: Vec<ManagerDecision>,
    shown: Vec<Shown>,
}

impl ArrangementRecords {
    /// The records of `book`, over its sign-ins and expectations.
    pub(super) fn new(
        ctx: &Ctx,
        book: &DemoBook,
        ids: &Ids,
        (records, relations): (&Records, &RelationshipRecords),
    ) -> Result<Self, TableError> {
        let tables = book.tables();
        let ours = tables.users.iter().map(|row| row.person.as_str());
        let theirs = tables.client_users.iter().map(|row| row.person.as_str());
        let users = ours.chain(theirs).zip(&records.users).map(|(key, stored)| (key, &stored.user)).collect();
        let handover_ids = tables.handovers.iter().map(|row| (row.key.clone(), ctx.new_id())).collect();
        let make = Make { ctx, today: book.setting.today, tables, ids, users, handover_ids };
        Ok(Self {
            handovers: tables.handovers.iter().map(|row| make.handover(row)).collect::<Result<_, _>>()?,
            decisions: tables
                .manager_decisions
                .iter()
                .map(|row| make.decision(row))
                .collect::<Result<_, _>>()?,
            shown: tables
                .shared_expectations
                .iter()
                .map(|row| make.shown(row, &relations.expectations))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Stores them; the rest of the book stands.
    #[boxed]
    pub(super) async fn store(&self, tx: &mut WriteTx, ctx: &Ctx) -> Result<(), StoreError> {
        let now: Instant = ctx.now();
        for Arranged { handover, accounts, successor } in &self.handovers {
            let holdings = list_holdings(tx, &Scope::Everything, &handover.from_person_id).await?;
            let items = items_of(ctx, &holdings, accounts, &(Some(successor.clone()), BTreeMap::new()));
            store::insert_handover(tx, handover, &items, now).await?;
        }
        for decision in &self.decisions {
            store::insert_manager_decision(tx, decision, now).await?;
            if decision.ended_on.is_some() {
                store::end_manager_decision(tx, decision, now).await?;
            }
        }
        for Shown { expectation, shared_by, user } in &self.shown {
            let place = (&expectation.id, &expectation.account_id);
            store::share_expectation(tx, place, *shared_by, Some(user), now).await?;
        }
        Ok(())
    }
}

struct Make<'a> {
    ctx: &'a Ctx,
    today: Date,
    tables: &'a Tables,
    ids: &'a Ids,
    users: BTreeMap<&'a str, &'a User>,
    handover_ids: BTreeMap<String, Id<Handover>>,
}

impl Make<'_> {
    fn user(&self, table: &'static str, key: &str) -> Result<&User, TableError> {
        self.users.get(key).copied().ok_or_else(|| TableError::cell(table, key, "user"))
    }

    fn person(&self, table: &'static str, key: &str) -> Result<Id<Person>, TableError> {
        find(&self.ids.people, table, key, "person")
    }

    fn handover(&self, row: &HandoverRow) -> Result<Arranged, TableError> {
        let planner = self.user(HANDOVERS, &row.planned_by)?;
        let accounts = row.accounts.split(' ').map(|key| find(&self.ids.accounts, HANDOVERS, key, "account"));
        let handover = Handover {
            id: find(&self.handover_ids, HANDOVERS, &row.key, "handover")?,
            kind: word(HANDOVERS, &row.kind, HandoverKind::parse, "kind of handover")?,
            from_person_id: self.person(HANDOVERS, &row.from)?,
            effective_on: relative_date(HANDOVERS, &row.effective_on, self.today)?,
            time_zone: row.time_zone.clone(),
            reason: row.reason.clone(),
            state: HandoverState::Planned,
            planned_by: Some(planner.id.clone()),
            planned_by_name: planner.display_name.clone(),
            done_at: None,
            done_by_name: String::new(),
            version: 1,
        };
        Ok(Arranged {
            handover,
            accounts: accounts.map(|id| id.map(|id| id.to_string())).collect::<Result<_, _>>()?,
            successor: self.person(HANDOVERS, &row.successor)?,
        })
    }

    fn decision(&self, row: &ManagerDecisionRow) -> Result<ManagerDecision, TableError> {
        let decided_by = self.user(DECISIONS, &row.decided_by)?;
        let ended_on = optional_date(DECISIONS, &row.ended_on, self.today)?;
        Ok(ManagerDecision {
            id: self.ctx.new_id(),
            account_id: find(&self.ids.accounts, DECISIONS, &row.account, "account")?,
            manager_id: self.person(DECISIONS, &row.manager)?,
            outcome: word(DECISIONS, &row.outcome, ManagerOutcome::parse, "outcome")?,
            reason: row.reason.clone(),
            measures: row.measures.clone(),
            seen_by: row.seen_by.clone(),
            until_on: relative_date(DECISIONS, &row.until_on, self.today)?,
            decided_on: relative_date(DECISIONS, &row.decided_on, self.today)?,
            decided_by: Some(decided_by.id.clone()),
            decided_by_name: decided_by.display_name.clone(),
            state: word(DECISIONS, &row.state, ManagerDecisionState::parse, "state of a decision")?,
            ended_by_name: ended_on.map(|_| decided_by.display_name.clone()).unwrap_or_default(),
            ended_on,
            ending: row.ending.clone(),
            handover_id: find_optional(&self.handover_ids, DECISIONS, &row.handover, "handover")?,
            version: 1,
        })
    }

    fn shown(
        &self,
        row: &SharedExpectationRow,
        expectations: &[Saved<Expectation>],
    ) -> Result<Shown, TableError> {
        let key = external_id(&format!("expectation-{}", row.expectation));
        let found = expectations.iter().find(|it| it.external_id.as_ref() == Some(&key)).cloned();
        let by_client = self.tables.client_people.iter().any(|person| person.key == row.shared_by);
        Ok(Shown {
            expectation: found.ok_or_else(|| TableError::cell(SHARED, &row.expectation, "expectation"))?,
            shared_by: if by_client { SharedBy::Client } else { SharedBy::Us },
            user: self.user(SHARED, &row.shared_by)?.id.clone(),
        })
    }
}
