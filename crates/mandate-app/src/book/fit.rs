//! Fit of managers and accounts: expertise, load, expectations and what the client says, each explained by its rows; and what changes
//! if accounts move. No score: a reader weighs the factors.
//!
//! Everything lies within the reader's accounts. The rules are the domain's (`mandate_domain::book` `fit`); nothing is written, and a
//! move that was tried out leads into a handover.

use std::collections::BTreeMap;

use mandate_domain::Id;
use mandate_domain::book::{
    Account, FitAccount, Kind, Load, Person, Topic, WantedTopic, expertise_for, loads, others_median, touched,
};
use mandate_store::boxed;
use mandate_store::reads::fit::{FitExpectation, FitFacts, fit_facts};

pub use mandate_store::reads::fit::FitStatement;

use super::errors::BookError;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// What a manager was expected to do, by how it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Open.
    pub open: usize,
    /// Met.
    pub met: usize,
    /// Not met.
    pub missed: usize,
    /// Fall short as the client sees it.
    pub falls_short: usize,
}

fn expected<'a>(all: impl Iterator<Item = &'a FitExpectation>) -> Expected {
    let mut counts = Expected::default();
    for it in all {
        match it.state.as_str() {
            "open" => counts.open += 1,
            "met" => counts.met += 1,
            "not_met" => counts.missed += 1,
            _ => {}
        }
        counts.falls_short += usize::from(it.perceived == "falls_short");
    }
    counts
}

/// How one manager fits one account, factor by factor.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The manager.
    pub manager: Id<Person>,
    /// Their name.
    pub name: String,
    /// Whether they manage the account now.
    pub is_manager: bool,
    /// Each topic the account wants, and how well they know it.
    pub expertise: Vec<WantedTopic>,
    /// What they carry now.
    pub load: Load,
    /// The middle of what the others carry: accounts, open matters.
    pub others: Option<(usize, i64)>,
    /// What this account expects of them.
    pub expected_here: Expected,
    /// What all accounts in reach expect of them.
    pub expected: Expected,
    /// What this client's people say of how they get on.
    pub statements: Vec<FitStatement>,
}

/// A manager with what they carry.
#[derive(Clone, Debug)]
pub struct Carries {
    /// Who.
    pub manager: Id<Person>,
    /// Their name.
    pub name: String,
    /// What they carry.
    pub load: Load,
    /// What they would carry after the moves, where that differs.
    pub after: Option<Load>,
    /// What is expected of them.
    pub expected: Expected,
    /// How many of the clients' people say that they get on badly (1, 2), so-so (3), well (4, 5).
    pub said: (usize, usize, usize),
}

/// An account that moves.
#[derive(Clone, Debug)]
pub struct Move {
    /// Which.
    pub account: FitAccount,
    /// From whom.
    pub from: Option<(Id<Person>, String)>,
    /// To whom.
    pub to: (Id<Person>, String),
    /// Each topic the account wants: how well the one and the other know it.
    pub expertise: Vec<(WantedTopic, Option<i64>)>,
    /// What this client's people say of the other.
    pub statements: Vec<FitStatement>,
}

/// Managers, accounts, and moves that are tried out.
#[derive(Clone, Debug)]
pub struct FitOverview {
    /// Managers by name.
    pub managers: Vec<Carries>,
    /// Accounts in reach, by name.
    pub accounts: Vec<FitAccount>,
    /// The moves, by the account's name.
    pub moves: Vec<Move>,
}

struct Known {
    facts: FitFacts,
    had: BTreeMap<Id<Person>, Vec<(Topic, i64)>>,
    names: BTreeMap<Id<Person>, String>,
}

impl Known {
    fn of(facts: FitFacts) -> Self {
        let mut had: BTreeMap<Id<Person>, Vec<(Topic, i64)>> =
            facts.managers.iter().map(|(id, _)| (id.clone(), vec![])).collect();
        for (person, topic, level) in &facts.had {
            if let Some(topics) = had.get_mut(person) {
                topics.push((topic.clone(), *level));
            }
        }
        let names = facts.managers.iter().cloned().collect();
        Self { facts, had, names }
    }

    fn topics(&self, manager: &Id<Person>) -> &[(Topic, i64)] {
        self.had.get(manager).map(Vec::as_slice).unwrap_or_default()
    }

    fn statements(&self, manager: &Id<Person>, account: &Id<Account>) -> Vec<FitStatement> {
        let about = |it: &&FitStatement| it.our_person_id == *manager && it.account_id == *account;
        self.facts.statements.iter().filter(about).cloned().collect()
    }

    fn expected(&self, manager: &Id<Person>) -> Expected {
        expected(self.facts.expectations.iter().filter(|it| it.manager_id == *manager))
    }
}

async fn known(ctx: &Ctx, actor: &Actor) -> Result<Known, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let facts = fit_facts(&mut tx, &actor.scope).await?;
    ctx.count_reads(actor, facts.accounts.len());
    Ok(Known::of(facts))
}

/// How each manager fits an account, whoever manages it first, then by name.
///
/// # Errors
/// [`BookError::NotFound`] when the account is not there, or not theirs to see.
#[boxed]
pub async fn account_fit(ctx: &Ctx, actor: &Actor, id: &Id<Account>) -> Result<Vec<Fit>, BookError> {
    let known = known(ctx, actor).await?;
    let account = known.facts.accounts.iter().find(|account| account.id == *id);
    let account = account.ok_or(BookError::NotFound { kind: Kind::Account })?;
    let carried = loads(&known.had, &known.facts.accounts, &BTreeMap::new());
    let mut fits: Vec<Fit> = known
        .facts
        .managers
        .iter()
        .map(|(manager, name)| Fit {
            manager: manager.clone(),
            name: name.clone(),
            is_manager: account.manager_id.as_ref() == Some(manager),
            expertise: expertise_for(&account.wanted, known.topics(manager)),
            load: carried.get(manager).cloned().unwrap_or_default(),
            others: others_median(&carried, manager),
            expected_here: expected(
                known
                    .facts
                    .expectations
                    .iter()
                    .filter(|it| it.manager_id == *manager && it.account_id == *id),
            ),
            expected: known.expected(manager),
            statements: known.statements(manager, id),
        })
        .collect();
    fits.sort_by_key(|fit| !fit.is_manager);
    Ok(fits)
}

/// Managers and accounts, and what changes if the accounts of `moves` (account, manager) go where they say. A move of an account or
/// to a manager that is not there, or to whoever has it, is left out.
///
/// # Errors
/// [`BookError::Denied`].
#[boxed]
pub async fn fit_overview(
    ctx: &Ctx,
    actor: &Actor,
    moves: &BTreeMap<String, String>,
) -> Result<FitOverview, BookError> {
    let known = known(ctx, actor).await?;
    let mut asked: BTreeMap<Id<Account>, Id<Person>> = BTreeMap::new();
    for account in &known.facts.accounts {
        let to = moves.get(account.id.as_str()).and_then(|to| Id::<Person>::parse(to).ok());
        if let Some(to) =
            to.filter(|to| known.names.contains_key(to) && account.manager_id.as_ref() != Some(to))
        {
            asked.insert(account.id.clone(), to);
        }
    }
    let before = loads(&known.had, &known.facts.accounts, &BTreeMap::new());
    let after = loads(&known.had, &known.facts.accounts, &asked);
    let changed = touched(&before, &after);
    let managers = known
        .facts
        .managers
        .iter()
        .map(|(manager, name)| Carries {
            manager: manager.clone(),
            name: name.clone(),
            load: before.get(manager).cloned().unwrap_or_default(),
            after: changed.contains(manager).then(|| after.get(manager).cloned().unwrap_or_default()),
            expected: known.expected(manager),
            said: said(known.facts.statements.iter().filter(|it| it.our_person_id == *manager)),
        })
        .collect();
    let tried = known.facts.accounts.iter().filter_map(|account| {
        let to = asked.get(&account.id)?;
        let had_by_from = account.manager_id.as_ref().map(|from| known.topics(from)).unwrap_or_default();
        let had_by_to = expertise_for(&account.wanted, known.topics(to));
        let expertise = expertise_for(&account.wanted, had_by_from);
        Some(Move {
            account: account.clone(),
            from: account.manager_id.clone().map(|from| {
                let name = known.names.get(&from).cloned().unwrap_or_default();
                (from, name)
            }),
            to: (to.clone(), known.names.get(to).cloned().unwrap_or_default()),
            expertise: expertise.into_iter().zip(had_by_to.into_iter().map(|it| it.level)).collect(),
            statements: known.statements(to, &account.id),
        })
    });
    let moves = tried.collect();
    Ok(FitOverview { managers, moves, accounts: known.facts.accounts })
}

fn said<'a>(all: impl Iterator<Item = &'a FitStatement>) -> (usize, usize, usize) {
    all.fold((0, 0, 0), |(badly, so_so, well), it| match it.compatibility {
        ..=2 => (badly + 1, so_so, well),
        3 => (badly, so_so + 1, well),
        _ => (badly, so_so, well + 1),
    })
}
