//! The demo's relations as records: stakes, expertise, careers, who knows whom, talks, reviews, expectations, promises.
//!
//! As `records`: every row with an id of its own, marked as demo, every reference resolved or an error that names the table.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mandate_domain::book::{
    Account, Acquaintance, CareerStep, Expectation, ExpectationState, Expertise, ExpertiseArea,
    HandoverAnswer, Perception, Person, Promise, PromiseOccasion, PromiseState, Saved, Stake, StakeBasis,
};
use mandate_domain::facts::kpi::Kpi;
use mandate_domain::governance::{Channel, Communication, Direction, Review, ReviewLevel, Topic};
use mandate_domain::{Id, Instant};
use mandate_store::{StoreError, WriteTx, book as store, boxed};

use super::book::DemoBook;
use super::fact_records::FactRecords;
use super::records::{Ids, external_id, find, find_optional};
use super::relative::{optional_date, optional_day, relative_date};
use super::tables::{ExpectationRow, PromiseRow, TableError, Tables};
use crate::ctx::Ctx;

/// What the two sides know, say, expect and promise, in the order in which they refer to each other.
#[derive(Debug)]
pub(super) struct RelationshipRecords {
    pub stakes: Vec<Saved<Stake>>,
    pub expertise: Vec<Saved<Expertise>>,
    pub careers: Vec<Saved<CareerStep>>,
    pub acquaintances: Vec<Saved<Acquaintance>>,
    pub communications: Vec<Saved<Communication>>,
    pub reviews: Vec<Saved<Review>>,
    pub promises: Vec<Saved<Promise>>,
    pub expectations: Vec<Saved<Expectation>>,
}

impl RelationshipRecords {
    /// The records of `book`, over the measures of its facts.
    pub(super) fn new(
        ctx: &Ctx,
        book: &DemoBook,
        ids: &Ids,
        facts: &FactRecords,
    ) -> Result<Self, TableError> {
        let promise_ids = book.tables().promises.iter().map(|row| (row.key.clone(), ctx.new_id())).collect();
        let measure = |kpi: &Kpi| Some((kpi.external_id.clone()?, kpi.id.clone()));
        let measure_ids = facts.kpis.iter().filter_map(measure).collect();
        let make = Make { ctx, book, tables: book.tables(), ids, now: ctx.now(), promise_ids, measure_ids };
        let tables = book.tables();
        Ok(Self {
            stakes: all(&tables.stakes, |row| make.stake(row))?,
            expertise: all(&book.relations.expertise, |row| make.expertise(row))?,
            careers: all(&tables.careers, |row| make.career_step(row))?,
            acquaintances: all(&book.relations.acquaintances, |row| make.acquaintance(row))?,
            communications: all(&book.relations.talks, |row| make.communication(row))?,
            reviews: all(&book.relations.reviews, |row| make.review(row))?,
            promises: all(&tables.promises, |row| make.promise(row))?,
            expectations: all(&tables.expectations, |row| make.expectation(row))?,
        })
    }

    /// Stores them.
    #[boxed]
    pub(super) async fn store(&self, tx: &mut WriteTx) -> Result<(), StoreError> {
        store::insert_many(tx, &self.stakes).await?;
        store::insert_many(tx, &self.expertise).await?;
        store::insert_many(tx, &self.careers).await?;
        store::insert_many(tx, &self.acquaintances).await?;
        store::insert_many(tx, &self.communications).await?;
        store::insert_many(tx, &self.reviews).await?;
        store::insert_many(tx, &self.promises).await?;
        store::insert_many(tx, &self.expectations).await
    }
}

/// A record of each row.
pub(super) fn all<Row, T>(
    rows: &[Row],
    make: impl Fn(&Row) -> Result<Saved<T>, TableError>,
) -> Result<Vec<Saved<T>>, TableError> {
    rows.iter().map(make).collect()
}

/// The word of a cell.
pub(super) fn word<T, E>(
    table: &'static str,
    cell: &str,
    parse: impl Fn(&str) -> Result<T, E>,
    expected: &'static str,
) -> Result<T, TableError> {
    parse(cell).map_err(|_| TableError::cell(table, cell, expected))
}

const STAKES: &str = "stakes.csv";
const EXPERTISE: &str = "expertise.csv";
const CAREERS: &str = "careers.csv";
const ACQUAINTANCES: &str = "acquaintances.csv";
const COMMUNICATIONS: &str = "communications.csv";
const REVIEWS: &str = "walkthroughs.csv";
const PROMISES: &str = "promises.csv";
const EXPECTATIONS: &str = "expectations.csv";

struct Make<'a> {
    ctx: &'a Ctx,
    book: &'a DemoBook,
    tables: &'a Tables,
    ids: &'a Ids,
    now: Instant,
    promise_ids: BTreeMap<String, Id<Promise>>,
    /// By the firm's own id of a measure.
    measure_ids: BTreeMap<String, Id<Kpi>>,
}

impl Make<'_> {
    fn saved<T>(&self, record: T) -> Saved<T> {
        self.saved_as(self.ctx.new_id(), record)
    }

    fn saved_as<T>(&self, id: Id<T>, record: T) -> Saved<T> {
        Saved { demo: true, ..Saved::new(id, record, self.now) }
    }

    fn today(&self) -> Date {
        self.book.setting.today
    }

    fn person(&self, table: &'static str, key: &str) -> Result<Id<Person>, TableError> {
        find(&self.ids.people, table, key, "person")
    }

    fn optional_person(&self, table: &'static str, key: &str) -> Result<Option<Id<Person>>, TableError> {
        find_optional(&self.ids.people, table, key, "person")
    }

    /// A person of the clients, as those tables want who hold a client's view.
    fn client(&self, table: &'static str, key: &str) -> Result<Id<Person>, TableError> {
        if self.tables.client_people.iter().any(|person| person.key == key) {
            self.person(table, key)
        } else {
            Err(TableError::cell(table, key, "client's person"))
        }
    }

    fn account(&self, table: &'static str, key: &str) -> Result<Id<Account>, TableError> {
        find(&self.ids.accounts, table, key, "account")
    }

    fn stake(&self, row: &super::tables::StakeRow) -> Result<Saved<Stake>, TableError> {
        Ok(self.saved(Stake {
            external_id: Some(external_id(&format!("stake-{}-{}", row.person, row.since))),
            person_id: self.client(STAKES, &row.person)?,
            basis: word(STAKES, &row.basis, StakeBasis::parse, "basis of a stake")?,
            weight: row.weight,
            since: relative_date(STAKES, &row.since, self.today())?,
            until: optional_date(STAKES, &row.until, self.today())?,
            reason: row.reason.clone(),
        }))
    }

    fn expertise(&self, row: &super::tables::ExpertiseRow) -> Result<Saved<Expertise>, TableError> {
        let key = format!("expertise-{}-{}-{}", row.person, row.area, row.topic.replace(' ', "-"));
        Ok(self.saved(Expertise {
            external_id: Some(external_id(&key.to_lowercase())),
            person_id: self.person(EXPERTISE, &row.person)?,
            area: word(EXPERTISE, &row.area, ExpertiseArea::parse, "area of expertise")?,
            topic: row.topic.clone(),
            level: row.level,
            since_year: row.since_year,
        }))
    }

    fn career_step(&self, row: &super::tables::CareerRow) -> Result<Saved<CareerStep>, TableError> {
        let started_on = optional_day(CAREERS, &row.started_on, self.today())?;
        let started_on = started_on.ok_or_else(|| TableError::cell(CAREERS, &row.person, "first day"))?;
        Ok(self.saved(CareerStep {
            external_id: Some(external_id(&format!("career-{}-{}", row.person, row.started_on))),
            person_id: self.person(CAREERS, &row.person)?,
            position: row.position.clone(),
            employer: row.employer.clone(),
            started_on,
            ended_on: optional_day(CAREERS, &row.ended_on, self.today())?,
            note: row.note.clone(),
        }))
    }

    fn acquaintance(&self, row: &super::tables::AcquaintanceRow) -> Result<Saved<Acquaintance>, TableError> {
        let key = format!("knows-{}-{}", row.our_person, row.client_person);
        Ok(self.saved(Acquaintance {
            external_id: Some(external_id(&key)),
            client_person_id: self.client(ACQUAINTANCES, &row.client_person)?,
            our_person_id: self.person(ACQUAINTANCES, &row.our_person)?,
            strength: row.strength,
            compatibility: row.compatibility,
            stated_on: relative_date(ACQUAINTANCES, &row.stated_on, self.today())?,
            note: row.note.clone(),
        }))
    }

    fn people(&self, table: &'static str, keys: &[String]) -> Result<Vec<Id<Person>>, TableError> {
        keys.iter().map(|key| self.person(table, key)).collect()
    }

    fn communication(&self, talk: &super::relations::DemoTalk) -> Result<Saved<Communication>, TableError> {
        Ok(self.saved(Communication {
            external_id: Some(external_id(&format!("talk-{}", talk.key))),
            account_id: self.account(COMMUNICATIONS, &talk.account)?,
            title: talk.title.clone(),
            happened_on: talk.happened_on,
            channel: word(COMMUNICATIONS, &talk.channel, Channel::parse, "channel")?,
            direction: word(COMMUNICATIONS, &talk.direction, Direction::parse, "direction")?,
            topic: word(COMMUNICATIONS, &talk.topic, Topic::parse, "topic")?,
            person_ids: self.people(COMMUNICATIONS, &talk.people)?,
            contract_id: None,
            place: talk.place.clone(),
            details: talk.details.clone(),
            expectation_ids: vec![],
            said_by_client: String::new(),
            said_by_us: String::new(),
            agreed: String::new(),
            next_on: None,
        }))
    }

    fn review(&self, held: &super::relations::DemoReviewHeld) -> Result<Saved<Review>, TableError> {
        let measure = |kpi: &String| {
            let known = self.measure_ids.get(&external_id(&format!("{}-{kpi}", held.account)));
            known.cloned().ok_or_else(|| TableError::cell(REVIEWS, kpi, "measure"))
        };
        Ok(self.saved(Review {
            external_id: Some(external_id(&held.key)),
            account_id: self.account(REVIEWS, &held.account)?,
            title: held.title.clone(),
            held_on: held.held_on,
            level: word(REVIEWS, &held.level, ReviewLevel::parse, "level of a review")?,
            person_ids: self.people(REVIEWS, &held.people)?,
            measure_ids: held.kpis.iter().map(measure).collect::<Result<_, _>>()?,
            outcome: held.outcome.clone(),
            next_on: Some(held.next_on),
        }))
    }

    fn promise(&self, row: &PromiseRow) -> Result<Saved<Promise>, TableError> {
        let date = |cell: &str| optional_date(PROMISES, cell, self.today());
        let promise = Promise {
            external_id: Some(external_id(&format!("promise-{}", row.key))),
            account_id: self.account(PROMISES, &row.account)?,
            title: row.title.clone(),
            made_on: relative_date(PROMISES, &row.made_on, self.today())?,
            occasion: word(PROMISES, &row.occasion, PromiseOccasion::parse, "occasion")?,
            made_by_id: self.optional_person(PROMISES, &row.made_by)?,
            made_to_id: Some(self.client(PROMISES, &row.made_to)?),
            contract_id: find_optional(&self.ids.contracts, PROMISES, &row.contract, "contract")?,
            clause: row.clause.clone(),
            product_id: find_optional(&self.ids.products, PROMISES, &row.product, "product")?,
            delivery_owner_id: self.optional_person(PROMISES, &row.delivery_owner)?,
            due_on: date(&row.due_on)?,
            state: word(PROMISES, &row.state, PromiseState::parse, "state of a promise")?,
            settled_on: date(&row.settled_on)?,
            evidence: row.evidence.clone(),
            details: row.details.clone(),
            handover: match row.handover.as_str() {
                "" => None,
                answer => Some(word(PROMISES, answer, HandoverAnswer::parse, "answer to a handover")?),
            },
            handover_by_id: self.optional_person(PROMISES, &row.handover_by)?,
            handover_on: date(&row.handover_on)?,
            handover_words: row.handover_words.clone(),
        };
        Ok(self.saved_as(find(&self.promise_ids, PROMISES, &row.key, "promise")?, promise))
    }

    fn expectation(&self, row: &ExpectationRow) -> Result<Saved<Expectation>, TableError> {
        let date = |cell: &str| optional_date(EXPECTATIONS, cell, self.today());
        let perceived = match row.perceived.as_str() {
            "" => None,
            perceived => Some(word(EXPECTATIONS, perceived, Perception::parse, "perception")?),
        };
        Ok(self.saved(Expectation {
            external_id: Some(external_id(&format!("expectation-{}", row.key))),
            account_id: self.account(EXPECTATIONS, &row.account)?,
            title: row.title.clone(),
            person_id: Some(self.client(EXPECTATIONS, &row.person)?),
            manager_id: self.optional_person(EXPECTATIONS, &row.manager)?,
            stated_on: relative_date(EXPECTATIONS, &row.stated_on, self.today())?,
            due_on: date(&row.due_on)?,
            measure: row.measure.clone(),
            acknowledged_by_us_on: date(&row.acknowledged_by_us_on)?,
            acknowledged_by_client_on: date(&row.acknowledged_by_client_on)?,
            promise_id: find_optional(&self.promise_ids, EXPECTATIONS, &row.promise, "promise")?,
            perceived,
            perceived_words: row.perceived_words.clone(),
            perceived_on: date(&row.perceived_on)?,
            actual: row.actual.clone(),
            state: word(EXPECTATIONS, &row.state, ExpectationState::parse, "state of an expectation")?,
            settled_on: date(&row.settled_on)?,
        }))
    }
}
