//! Fit of managers and accounts: what an account wants, what a manager has, and how loads move when accounts do. No score.
//!
//! What is wanted is what the account's industry and its own people's expertise name; what is had is the manager's expertise of the
//! same area and topic. Everything is counted from rows that are on record, so every figure opens to them.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Account;
use super::experience::ExpertiseArea;
use super::person::Person;
use crate::text::fold;
use crate::{Currency, Id};

/// A topic of an area, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// What kind of knowledge.
    pub area: ExpertiseArea,
    /// What.
    pub topic: String,
}

impl Topic {
    /// What makes two of them one.
    pub fn key(&self) -> (ExpertiseArea, String) {
        (self.area, fold(&self.topic))
    }
}

/// A topic that an account wants, and how well somebody knows it: 1 to 4, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedTopic {
    /// What.
    pub topic: Topic,
    /// How well.
    pub level: Option<i64>,
}

/// How well somebody knows each topic an account wants; each once, in the order of areas and names.
pub fn expertise_for(wanted: &[Topic], had: &[(Topic, i64)]) -> Vec<WantedTopic> {
    let mut levels: BTreeMap<(ExpertiseArea, String), i64> = BTreeMap::new();
    for (topic, level) in had {
        let best = levels.entry(topic.key()).or_default();
        *best = (*best).max(*level);
    }
    let once: BTreeMap<(ExpertiseArea, String), &Topic> =
        wanted.iter().rev().map(|topic| (topic.key(), topic)).collect();
    once.into_iter()
        .map(|(key, topic)| WantedTopic { topic: topic.clone(), level: levels.get(&key).copied() })
        .collect()
}

/// An account as fit counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitAccount {
    /// Which.
    pub id: Id<Account>,
    /// Its name.
    pub name: String,
    /// Who manages it.
    pub manager_id: Option<Id<Person>>,
    /// What it pays in a year, in minor units of its currency.
    pub annual_value: Option<(Currency, i64)>,
    /// Open promises, expectations and opportunities.
    pub n_open: i64,
    /// Topics it wants.
    pub wanted: Vec<Topic>,
}

/// What somebody carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Accounts they manage.
    pub n_accounts: usize,
    /// Open promises, expectations and opportunities there.
    pub n_open: i64,
    /// What those accounts pay in a year, by currency, in minor units.
    pub value: BTreeMap<Currency, i128>,
    /// Of how many accounts nobody has stated what they pay.
    pub n_without_value: usize,
    /// Topics their accounts want.
    pub n_wanted: usize,
    /// Topics of those that they have.
    pub n_had: usize,
}

/// The load of each manager in `managers` when every account of `moves` has gone where it says.
pub fn loads(
    managers: &BTreeMap<Id<Person>, Vec<(Topic, i64)>>,
    accounts: &[FitAccount],
    moves: &BTreeMap<Id<Account>, Id<Person>>,
) -> BTreeMap<Id<Person>, Load> {
    let mut loads: BTreeMap<Id<Person>, Load> =
        managers.keys().map(|manager| (manager.clone(), Load::default())).collect();
    let mut wanted: BTreeMap<Id<Person>, Vec<Topic>> = BTreeMap::new();
    for account in accounts {
        let Some(manager) = moves.get(&account.id).or(account.manager_id.as_ref()) else { continue };
        let Some(load) = loads.get_mut(manager) else { continue };
        load.n_accounts += 1;
        load.n_open += account.n_open;
        match account.annual_value {
            Some((currency, minor)) => *load.value.entry(currency).or_default() += i128::from(minor),
            None => load.n_without_value += 1,
        }
        wanted.entry(manager.clone()).or_default().extend(account.wanted.iter().cloned());
    }
    for (manager, topics) in wanted {
        let had = managers.get(&manager).map(Vec::as_slice).unwrap_or_default();
        let lines = expertise_for(&topics, had);
        if let Some(load) = loads.get_mut(&manager) {
            load.n_wanted = lines.len();
            load.n_had = lines.iter().filter(|line| line.level.is_some()).count();
        }
    }
    loads
}

/// The middle of what the others carry, for a comparison: accounts and open matters of everybody but `manager`.
pub fn others_median(loads: &BTreeMap<Id<Person>, Load>, manager: &Id<Person>) -> Option<(usize, i64)> {
    let others: Vec<&Load> = loads.iter().filter(|(id, _)| *id != manager).map(|(_, load)| load).collect();
    let middle = others.len().checked_sub(1)? / 2;
    let mut accounts: Vec<usize> = others.iter().map(|load| load.n_accounts).collect();
    let mut open: Vec<i64> = others.iter().map(|load| load.n_open).collect();
    accounts.sort_unstable();
    open.sort_unstable();
    Some((accounts[middle], open[middle]))
}

/// The managers whose loads differ between two states, in the order of their ids.
pub fn touched(
    before: &BTreeMap<Id<Person>, Load>,
    after: &BTreeMap<Id<Person>, Load>,
) -> BTreeSet<Id<Person>> {
    before.keys().chain(after.keys()).filter(|id| before.get(*id) != after.get(*id)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instant;

    fn id<T>(number: u128) -> Id<T> {
        Id::new(Instant::from_seconds(0), number)
    }

    fn topic(area: ExpertiseArea, topic: &str) -> Topic {
        Topic { area, topic: topic.to_owned() }
    }

    fn account(number: u128, manager: u128, wanted: &[&str]) -> FitAccount {
        FitAccount {
            id: id(number),
            name: format!("Account {number}"),
            manager_id: Some(id(manager)),
            annual_value: (number != 2).then_some((Currency::EUR, 100)),
            n_open: 3,
            wanted: wanted.iter().map(|it| topic(ExpertiseArea::Process, it)).collect(),
        }
    }

    #[test]
    fn a_topic_is_had_whatever_its_letters_and_only_in_its_area() {
        let wanted = [
            topic(ExpertiseArea::Process, "Claims"),
            topic(ExpertiseArea::Process, "claims"),
            topic(ExpertiseArea::Industry, "Insurance"),
        ];
        let had = [
            (topic(ExpertiseArea::Process, "CLAIMS"), 2),
            (topic(ExpertiseArea::Technology, "Insurance"), 4),
        ];
        let lines: Vec<(String, Option<i64>)> =
            expertise_for(&wanted, &had).into_iter().map(|it| (it.topic.topic, it.level)).collect();
        assert_eq!(lines, [("Claims".to_owned(), Some(2)), ("Insurance".to_owned(), None)]);
    }

    #[test]
    fn a_move_takes_load_from_one_and_gives_it_to_the_other() {
        let managers =
            BTreeMap::from([(id(11), vec![(topic(ExpertiseArea::Process, "Claims"), 3)]), (id(12), vec![])]);
        let accounts = [account(1, 11, &["Claims"]), account(2, 11, &["Payroll"]), account(3, 12, &[])];
        let before = loads(&managers, &accounts, &BTreeMap::new());
        assert_eq!((before[&id(11)].n_accounts, before[&id(11)].n_wanted, before[&id(11)].n_had), (2, 2, 1));
        assert_eq!(before[&id(11)].n_without_value, 1);
        let after = loads(&managers, &accounts, &BTreeMap::from([(id(1), id(12))]));
        assert_eq!((after[&id(11)].n_accounts, after[&id(12)].n_accounts), (1, 2));
        assert_eq!(after[&id(12)].value[&Currency::EUR], 200);
        assert_eq!((after[&id(12)].n_wanted, after[&id(12)].n_had), (1, 0), "nobody there knows claims");
        assert_eq!(touched(&before, &after).len(), 2);
        let sum = |loads: &BTreeMap<Id<Person>, Load>| loads.values().map(|load| load.n_open).sum::<i64>();
        assert_eq!(sum(&before), sum(&after), "nothing is lost by moving");
    }

    #[test]
    fn the_comparison_leaves_oneself_out() {
        let managers = BTreeMap::from([(id(11), vec![]), (id(12), vec![]), (id(13), vec![])]);
        let accounts = [account(1, 11, &[]), account(2, 11, &[]), account(3, 12, &[])];
        let loads = loads(&managers, &accounts, &BTreeMap::new());
        assert_eq!(others_median(&loads, &id(11)), Some((0, 0)));
        let alone = BTreeMap::from([(id::<Person>(11), Load::default())]);
        assert_eq!(others_median(&alone, &id(11)), None);
    }
}
