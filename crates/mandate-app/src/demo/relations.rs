//! What the two sides know and say of each other in the demo: who knows whom, who is versed in what, talks, reviews held.
//!
//! Talks follow rules by level; reviews are the days on which clients were taken through measures. Stories take away whom a
//! manager knows, what is talked about and where visits go, and change nothing else: all draws of a talk are made whether
//! it happens or not. Pure, as all of the generator.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::book::{DemoWalkthrough, working_day};
use super::cases::MONTHS_OF_HISTORY;
use super::chance::Chance;
use super::relative::relative_date;
use super::setting::{Setting, products_of};
use super::tables::{
    AccountRow, AcquaintanceRow, ClientPersonRow, ExpertiseRow, RelationStoryRow, TableError, Tables,
    TalkRuleRow,
};

/// What the two sides know and say of each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relations {
    /// Who knows whom.
    pub acquaintances: Vec<AcquaintanceRow>,
    /// Who is versed in what.
    pub expertise: Vec<ExpertiseRow>,
    /// What was said, in the order of accounts.
    pub talks: Vec<DemoTalk>,
    /// Reviews held, by account and day.
    pub reviews: Vec<DemoReviewHeld>,
}

/// The two sides spoke or wrote to one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoTalk {
    /// Its key.
    pub key: String,
    /// The account's key.
    pub account: String,
    /// The day.
    pub happened_on: Date,
    /// How.
    pub channel: String,
    /// Who turned to whom.
    pub direction: String,
    /// About what.
    pub topic: String,
    /// Keys of those of both sides who took part.
    pub people: Vec<String>,
    /// Where, of a visit.
    pub place: String,
    /// In a line.
    pub title: String,
    /// What was said.
    pub details: String,
}

/// A review held with a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoReviewHeld {
    /// Its key.
    pub key: String,
    /// The account's key.
    pub account: String,
    /// The day.
    pub held_on: Date,
    /// How high it sits.
    pub level: String,
    /// In a line.
    pub title: String,
    /// Keys of those of both sides who attended.
    pub people: Vec<String>,
    /// Keys of the measures gone through.
    pub kpis: Vec<String>,
    /// What came of it.
    pub outcome: String,
    /// When the next one is, or was to be.
    pub next_on: Date,
}

impl Relations {
    /// The relations of the setting's tables, over what clients were taken through.
    ///
    /// # Errors
    /// [`TableError`] for a cell that cannot be understood.
    pub fn new(setting: &Setting, seed: u64, walkthroughs: &[DemoWalkthrough]) -> Result<Self, TableError> {
        let tables = &setting.tables;
        for row in &tables.relation_stories {
            if !EFFECTS.contains(&row.effect.as_str()) {
                return Err(TableError::cell("relation_stories.csv", &row.effect, "effect"));
            }
        }
        let mut talks = vec![];
        for (idx, account) in tables.accounts.iter().enumerate() {
            for rule in tables.talk_rules.iter().filter(|rule| rule.level == account.level) {
                talks.extend(talks_by_rule(setting, seed, (idx, account), rule)?);
            }
        }
        talks.extend(talks_by_hand(setting)?);
        Ok(Self {
            acquaintances: acquaintances(tables),
            expertise: expertise(tables),
            talks,
            reviews: reviews(setting, seed, walkthroughs)?,
        })
    }
}

const EFFECTS: [&str; 5] = ["known", "compatibility", "versed", "talks", "visits"];

/// Effects of one kind on one account.
fn effects<'a>(
    tables: &'a Tables,
    account: &'a str,
    effect: &'a str,
) -> impl Iterator<Item = &'a RelationStoryRow> {
    tables.relation_stories.iter().filter(move |row| row.account == account && row.effect == effect)
}

/// The account of a client's person.
fn account_of<'a>(tables: &'a Tables, client_person: &str) -> Option<&'a AccountRow> {
    let person = tables.client_people.iter().find(|person| person.key == client_person)?;
    tables.accounts.iter().find(|account| account.key == person.account)
}

/// Whether a story has it that the account's manager does not know this person.
fn is_unknown(tables: &Tables, account: &AccountRow, client_person: &str) -> bool {
    effects(tables, &account.key, "known").any(|row| row.subject == client_person && row.value == 0)
}

fn acquaintances(tables: &Tables) -> Vec<AcquaintanceRow> {
    let mut known = vec![];
    for row in &tables.acquaintances {
        let Some(account) = account_of(tables, &row.client_person) else {
            known.push(row.clone());
            continue;
        };
        let by_manager = row.our_person == account.manager;
        if by_manager && is_unknown(tables, account, &row.client_person) {
            continue;
        }
        let told = effects(tables, &account.key, "compatibility").find(|it| it.subject == row.client_person);
        let compatibility = match told {
            Some(told) if by_manager => Some(told.value),
            _ => row.compatibility,
        };
        known.push(AcquaintanceRow { compatibility, ..row.clone() });
    }
    known
}

fn expertise(tables: &Tables) -> Vec<ExpertiseRow> {
    let unversed = |row: &ExpertiseRow| {
        tables.accounts.iter().any(|account| {
            account.manager == row.person
                && effects(tables, &account.key, "versed")
                    .any(|told| told.subject == row.topic && told.value == 0)
        })
    };
    tables.expertise.iter().filter(|row| !unversed(row)).cloned().collect()
}

/// The client's person of that role on that day: whoever is about to leave before their successor.
pub(super) fn there<'a>(
    setting: &'a Setting,
    account: &str,
    role: &str,
    on: Date,
) -> Result<Option<&'a ClientPersonRow>, TableError> {
    let tables = &setting.tables;
    let mut stays = None;
    for person in tables.client_people.iter().filter(|it| it.account == account && it.role == role) {
        match tables.leavers.iter().find(|leaver| leaver.person == person.key) {
            Some(leaver) => {
                if on <= relative_date("leavers.csv", &leaver.left_on, setting.today)? {
                    return Ok(Some(person));
                }
            }
            None => stays = stays.or(Some(person)),
        }
    }
    Ok(stays)
}

/// Who of ours plays `part` for an account.
fn ours<'a>(tables: &'a Tables, account: &'a AccountRow, part: &str) -> Result<&'a str, TableError> {
    let unknown = || TableError::cell("talk_rules.csv", part, "part of one of ours");
    match part {
        "account_manager" => Ok(&account.manager),
        "negotiator" => Ok(&account.negotiator),
        "superior" => {
            let manager = tables.our_people.iter().find(|person| person.key == account.manager);
            manager.map(|manager| manager.reports_to.as_str()).ok_or_else(unknown)
        }
        "delivery_lead" => {
            let line = products_of(tables, &account.key).first().map(|product| &product.line);
            let line = tables.lines.iter().find(|row| Some(&row.key) == line);
            line.map(|line| line.head.as_str()).ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

/// Percent of talks that are held; the others fall through in any firm.
const HELD_PERCENT: i64 = 92;
/// Days over which the talks of one rule spread.
const SPREAD_DAYS: i64 = 9;

fn talks_by_rule(
    setting: &Setting,
    seed: u64,
    (idx, account): (usize, &AccountRow),
    rule: &TalkRuleRow,
) -> Result<Vec<DemoTalk>, TableError> {
    let tables = &setting.tables;
    let our_person = ours(tables, account, &rule.ours)?;
    let by_manager = rule.ours == "account_manager";
    let sites: Vec<&str> = tables
        .sites
        .iter()
        .filter(|site| site.account == account.key)
        .map(|site| site.place.as_str())
        .collect();
    let mut chance = Chance::named(seed, &format!("talks|{}|{}", account.key, rule.key));
    let offset = i32::try_from(idx).unwrap_or(0);
    let mut talks: Vec<DemoTalk> = vec![];
    let planned = (1 - MONTHS_OF_HISTORY..=0)
        .filter(|month| (month + offset).rem_euclid(rule.every_months.max(1)) == 0)
        .enumerate();
    for (number, month) in planned {
        // All draws first, so that a story leaves those of other months as they are.
        let (held, told, later) =
            (chance.below(100) < HELD_PERCENT, chance.below(100), chance.below(SPREAD_DAYS));
        let day = rule.day + i8::try_from(later).unwrap_or(0);
        let happened_on = working_day(setting, idx, month, day);
        let Some(client) = there(setting, &account.key, &rule.theirs, happened_on)? else { continue };
        let is_visit = rule.channel == "site_visit";
        let place = if is_visit { sites.get(number % sites.len().max(1)).copied() } else { None };
        let place = place.unwrap_or_default();
        let percent_told = |row: &RelationStoryRow| {
            let hit = (row.from_month..=row.to_month).contains(&month)
                && match row.effect.as_str() {
                    "talks" => row.topic.is_empty() || row.topic == rule.topic,
                    "visits" => is_visit && row.place == place,
                    _ => false,
                };
            hit.then_some(row.value)
        };
        let own = tables.relation_stories.iter().filter(|row| by_manager && row.account == account.key);
        let percent = own.filter_map(percent_told).min().unwrap_or(100);
        let unknown = by_manager && is_unknown(tables, account, &client.key);
        if !held || told >= percent || unknown || happened_on > setting.today {
            continue;
        }
        talks.push(DemoTalk {
            key: format!("{}-{}-{happened_on}", account.key, rule.key),
            account: account.key.clone(),
            happened_on,
            channel: rule.channel.clone(),
            direction: rule.direction.clone(),
            topic: rule.topic.clone(),
            people: vec![client.key.clone(), our_person.to_owned()],
            place: place.to_owned(),
            title: rule.title.clone(),
            details: String::new(),
        });
    }
    Ok(talks)
}

fn talks_by_hand(setting: &Setting) -> Result<Vec<DemoTalk>, TableError> {
    let make = |row: &super::tables::CommunicationRow| {
        Ok(DemoTalk {
            key: row.key.clone(),
            account: row.account.clone(),
            happened_on: relative_date("communications.csv", &row.on, setting.today)?,
            channel: row.channel.clone(),
            direction: row.direction.clone(),
            topic: row.topic.clone(),
            people: row.people.split(' ').map(str::to_owned).collect(),
            place: row.place.clone(),
            title: row.title.clone(),
            details: row.details.clone(),
        })
    };
    setting.tables.communications.iter().map(make).collect()
}

/// One review for each day on which an account's people were taken through measures.
fn reviews(
    setting: &Setting,
    seed: u64,
    walkthroughs: &[DemoWalkthrough],
) -> Result<Vec<DemoReviewHeld>, TableError> {
    let tables = &setting.tables;
    let mut by_day: BTreeMap<(&str, Date), Vec<&DemoWalkthrough>> = BTreeMap::new();
    for held in walkthroughs {
        by_day.entry((held.account.as_str(), held.held_on)).or_default().push(held);
    }
    let days: Vec<(&str, Date)> = by_day.keys().copied().collect();
    let mut reviews = vec![];
    for (position, ((key, held_on), held)) in by_day.into_iter().enumerate() {
        let account = tables.accounts.iter().find(|account| account.key == key);
        let account = account.ok_or_else(|| TableError::cell("walkthroughs.csv", key, "account"))?;
        let plans: BTreeSet<usize> = held.iter().map(|held| held.plan).collect();
        // The highest of those held on one day gives it its name.
        let plans: Vec<_> = plans.into_iter().map(|row| &tables.walkthroughs[row]).collect();
        let highest = plans.iter().find(|plan| plan.review_level == "executive").or(plans.first());
        let plan = highest.ok_or_else(|| TableError::cell("walkthroughs.csv", key, "plan"))?;
        let mut people: BTreeSet<&str> = held.iter().map(|held| held.client_person.as_str()).collect();
        people.extend([account.manager.as_str(), ours(tables, account, "delivery_lead")?]);
        let kpis: BTreeSet<&str> = held.iter().map(|held| held.kpi.as_str()).collect();
        let mut chance = Chance::named(seed, &format!("reviews|{key}|{held_on}"));
        let n_outcomes = i64::try_from(tables.review_outcomes.len()).unwrap_or(1);
        let outcome = usize::try_from(chance.below(n_outcomes)).unwrap_or(0);
        let next = days.get(position + 1).filter(|next| next.0 == key);
        reviews.push(DemoReviewHeld {
            key: format!("{key}-review-{held_on}"),
            account: key.to_owned(),
            held_on,
            level: plan.review_level.clone(),
            title: plan.review_title.clone(),
            people: people.into_iter().map(str::to_owned).collect(),
            kpis: kpis.into_iter().map(str::to_owned).collect(),
            outcome: tables.review_outcomes.get(outcome).map(|row| row.text.clone()).unwrap_or_default(),
            next_on: next.map_or_else(|| held_on.saturating_add(plan.every_months.months()), |next| next.1),
        });
    }
    Ok(reviews)
}
