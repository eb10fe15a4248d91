//! What the tables of stakes, expertise, career, who knows whom, expectations, promises, communications, reviews look like.
//!
//! As `tables`, whose macro and trait they use; apart only because a file has its limit.

use mandate_domain::book::{
    Acquaintance, CareerStep, Expectation, ExpectationState, Expertise, ExpertiseArea, HandoverAnswer,
    Perception, Promise, PromiseOccasion, PromiseState, Stake, StakeBasis,
};
use mandate_domain::governance::{Channel, Communication, Direction, Review, ReviewLevel, Topic};
use mandate_domain::text::fold;

use super::tables::{Belongs, Stored, joined, linked, several, statements};
use crate::db::{Row, StoreError, Value};
use crate::params;

impl Stored for Stake {
    statements!(
        "stake",
        "person_id, basis, weight, since, until, reason",
        "person_id = $5, basis = $6, weight = $7, since = $8, until = $9, reason = $10"
    );
    const BELONGS: Belongs =
        Belongs::ToAccount("(SELECT whose.account_id FROM person whose WHERE whose.id = stake.person_id)");
    const NAME_COLUMN: Option<&'static str> = None;

    fn values(&self) -> Vec<Value> {
        params![&self.person_id, self.basis.as_str(), self.weight, self.since, self.until, &self.reason]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            person_id: row.id(first)?,
            basis: row.parsed(first + 1, StakeBasis::parse)?,
            weight: row.int(first + 2)?,
            since: row.date(first + 3)?,
            until: row.date_or_null(first + 4)?,
            reason: row.text(first + 5)?,
        })
    }
}

impl Stored for Expertise {
    statements!(
        "expertise",
        "person_id, area, topic, topic_sort, level, since_year",
        "person_id = $5, area = $6, topic = $7, topic_sort = $8, level = $9, since_year = $10"
    );
    const BELONGS: Belongs = Belongs::ToAccountOrNone(
        "(SELECT whose.account_id FROM person whose WHERE whose.id = expertise.person_id)",
    );
    const NAME_COLUMN: Option<&'static str> = None;

    fn values(&self) -> Vec<Value> {
        params![
            &self.person_id,
            self.area.as_str(),
            &self.topic,
            fold(&self.topic),
            self.level,
            self.since_year
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            person_id: row.id(first)?,
            area: row.parsed(first + 1, ExpertiseArea::parse)?,
            topic: row.text(first + 2)?,
            level: row.int(first + 4)?,
            since_year: row.int_or_null(first + 5)?,
        })
    }
}

impl Stored for CareerStep {
    statements!(
        "career_step",
        "person_id, position, position_sort, employer, started_on, ended_on, note",
        "person_id = $5, position = $6, position_sort = $7, employer = $8, started_on = $9,
         ended_on = $10, note = $11"
    );
    const BELONGS: Belongs = Belongs::ToAccountOrNone(
        "(SELECT whose.account_id FROM person whose WHERE whose.id = career_step.person_id)",
    );
    const NAME_COLUMN: Option<&'static str> = None;

    fn values(&self) -> Vec<Value> {
        params![
            &self.person_id,
            &self.position,
            fold(&self.position),
            &self.employer,
            self.started_on,
            self.ended_on,
            &self.note
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            person_id: row.id(first)?,
            position: row.text(first + 1)?,
            employer: row.text(first + 3)?,
            started_on: row.date(first + 4)?,
            ended_on: row.date_or_null(first + 5)?,
            note: row.text(first + 6)?,
        })
    }
}

impl Stored for Acquaintance {
    statements!(
        "acquaintance",
        "client_person_id, our_person_id, strength, compatibility, stated_on, note",
        "client_person_id = $5, our_person_id = $6, strength = $7, compatibility = $8, stated_on = $9,
         note = $10"
    );
    const BELONGS: Belongs = Belongs::ToAccount(
        "(SELECT whose.account_id FROM person whose WHERE whose.id = acquaintance.client_person_id)",
    );
    const NAME_COLUMN: Option<&'static str> = None;

    fn values(&self) -> Vec<Value> {
        params![
            &self.client_person_id,
            &self.our_person_id,
            self.strength,
            self.compatibility,
            self.stated_on,
            &self.note
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            client_person_id: row.id(first)?,
            our_person_id: row.id(first + 1)?,
            strength: row.int(first + 2)?,
            compatibility: row.int_or_null(first + 3)?,
            stated_on: row.date(first + 4)?,
            note: row.text(first + 5)?,
        })
    }
}

impl Stored for Expectation {
    statements!(
        "expectation",
        "account_id, title, title_sort, person_id, manager_id, stated_on, due_on, measure,
         acknowledged_by_us_on, acknowledged_by_client_on, promise_id, perceived, perceived_words,
         perceived_on, actual, state, settled_on",
        "account_id = $5, title = $6, title_sort = $7, person_id = $8, manager_id = $9, stated_on = $10,
         due_on = $11, measure = $12, acknowledged_by_us_on = $13, acknowledged_by_client_on = $14,
         promise_id = $15, perceived = $16, perceived_words = $17, perceived_on = $18, actual = $19,
         state = $20, settled_on = $21"
    );
    const BELONGS: Belongs = Belongs::ToAccount("expectation.account_id");
    const NAME_COLUMN: Option<&'static str> = Some("title_sort");

    fn values(&self) -> Vec<Value> {
        params![
            &self.account_id,
            &self.title,
            fold(&self.title),
            self.person_id.as_ref(),
            self.manager_id.as_ref(),
            self.stated_on,
            self.due_on,
            &self.measure,
            self.acknowledged_by_us_on,
            self.acknowledged_by_client_on,
            self.promise_id.as_ref(),
            self.perceived.map(Perception::as_str),
            &self.perceived_words,
            self.perceived_on,
            &self.actual,
            self.state.as_str(),
            self.settled_on
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            account_id: row.id(first)?,
            title: row.text(first + 1)?,
            person_id: row.id_or_null(first + 3)?,
            manager_id: row.id_or_null(first + 4)?,
            stated_on: row.date(first + 5)?,
            due_on: row.date_or_null(first + 6)?,
            measure: row.text(first + 7)?,
            acknowledged_by_us_on: row.date_or_null(first + 8)?,
            acknowledged_by_client_on: row.date_or_null(first + 9)?,
            promise_id: row.id_or_null(first + 10)?,
            perceived: row.parsed_or_null(first + 11, Perception::parse)?,
            perceived_words: row.text(first + 12)?,
            perceived_on: row.date_or_null(first + 13)?,
            actual: row.text(first + 14)?,
            state: row.parsed(first + 15, ExpectationState::parse)?,
            settled_on: row.date_or_null(first + 16)?,
        })
    }
}

impl Stored for Promise {
    statements!(
        "promise",
        "account_id, title, title_sort, made_on, occasion, made_by_id, made_to_id, contract_id, clause,
         product_id, delivery_owner_id, due_on, state, settled_on, evidence, details,
         handover, handover_by_id, handover_on, handover_words",
        "account_id = $5, title = $6, title_sort = $7, made_on = $8, occasion = $9, made_by_id = $10,
         made_to_id = $11, contract_id = $12, clause = $13, product_id = $14, delivery_owner_id = $15,
         due_on = $16, state = $17, settled_on = $18, evidence = $19, details = $20, handover = $21,
         handover_by_id = $22, handover_on = $23, handover_words = $24"
    );
    const BELONGS: Belongs = Belongs::ToAccount("promise.account_id");
    const NAME_COLUMN: Option<&'static str> = Some("title_sort");

    fn values(&self) -> Vec<Value> {
        params![
            &self.account_id,
            &self.title,
            fold(&self.title),
            self.made_on,
            self.occasion.as_str(),
            self.made_by_id.as_ref(),
            self.made_to_id.as_ref(),
            self.contract_id.as_ref(),
            &self.clause,
            self.product_id.as_ref(),
            self.delivery_owner_id.as_ref(),
            self.due_on,
            self.state.as_str(),
            self.settled_on,
            &self.evidence,
            &self.details,
            self.handover.map(HandoverAnswer::as_str),
            self.handover_by_id.as_ref(),
            self.handover_on,
            &self.handover_words
        ]
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            account_id: row.id(first)?,
            title: row.text(first + 1)?,
            made_on: row.date(first + 3)?,
            occasion: row.parsed(first + 4, PromiseOccasion::parse)?,
            made_by_id: row.id_or_null(first + 5)?,
            made_to_id: row.id_or_null(first + 6)?,
            contract_id: row.id_or_null(first + 7)?,
            clause: row.text(first + 8)?,
            product_id: row.id_or_null(first + 9)?,
            delivery_owner_id: row.id_or_null(first + 10)?,
            due_on: row.date_or_null(first + 11)?,
            state: row.parsed(first + 12, PromiseState::parse)?,
            settled_on: row.date_or_null(first + 13)?,
            evidence: row.text(first + 14)?,
            details: row.text(first + 15)?,
            handover: row.parsed_or_null(first + 16, HandoverAnswer::parse)?,
            handover_by_id: row.id_or_null(first + 17)?,
            handover_on: row.date_or_null(first + 18)?,
            handover_words: row.text(first + 19)?,
        })
    }
}

impl Stored for Communication {
    statements!(
        "communication",
        "account_id, title, title_sort, happened_on, channel, direction, topic, people, contract_id,
         place, details, expectations, said_by_client, said_by_us, agreed, next_on",
        "account_id = $5, title = $6, title_sort = $7, happened_on = $8, channel = $9, direction = $10,
         topic = $11, people = $12, contract_id = $13, place = $14, details = $15,
         expectations = $16, said_by_client = $17, said_by_us = $18, agreed = $19, next_on = $20"
    );
    const BELONGS: Belongs = Belongs::ToAccount("communication.account_id");
    const NAME_COLUMN: Option<&'static str> = Some("title_sort");

    fn values(&self) -> Vec<Value> {
        params![
            &self.account_id,
            &self.title,
            fold(&self.title),
            self.happened_on,
            self.channel.as_str(),
            self.direction.as_str(),
            self.topic.as_str(),
            joined(&self.person_ids),
            self.contract_id.as_ref(),
            &self.place,
            &self.details,
            joined(&self.expectation_ids),
            &self.said_by_client,
            &self.said_by_us,
            &self.agreed,
            self.next_on
        ]
    }

    fn links(&self) -> Vec<(&'static str, &str)> {
        let people = linked("people", &self.person_ids);
        people.chain(linked("expectations", &self.expectation_ids)).collect()
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            account_id: row.id(first)?,
            title: row.text(first + 1)?,
            happened_on: row.date(first + 3)?,
            channel: row.parsed(first + 4, Channel::parse)?,
            direction: row.parsed(first + 5, Direction::parse)?,
            topic: row.parsed(first + 6, Topic::parse)?,
            person_ids: row.parsed(first + 7, several)?,
            contract_id: row.id_or_null(first + 8)?,
            place: row.text(first + 9)?,
            details: row.text(first + 10)?,
            expectation_ids: row.parsed(first + 11, several)?,
            said_by_client: row.text(first + 12)?,
            said_by_us: row.text(first + 13)?,
            agreed: row.text(first + 14)?,
            next_on: row.date_or_null(first + 15)?,
        })
    }
}

impl Stored for Review {
    statements!(
        "review",
        "account_id, title, title_sort, held_on, level, people, measures, outcome, next_on",
        "account_id = $5, title = $6, title_sort = $7, held_on = $8, level = $9, people = $10,
         measures = $11, outcome = $12, next_on = $13"
    );
    const BELONGS: Belongs = Belongs::ToAccount("review.account_id");
    const NAME_COLUMN: Option<&'static str> = Some("title_sort");

    fn values(&self) -> Vec<Value> {
        params![
            &self.account_id,
            &self.title,
            fold(&self.title),
            self.held_on,
            self.level.as_str(),
            joined(&self.person_ids),
            joined(&self.measure_ids),
            &self.outcome,
            self.next_on
        ]
    }

    fn links(&self) -> Vec<(&'static str, &str)> {
        let people = linked("people", &self.person_ids);
        people.chain(linked("measures", &self.measure_ids)).collect()
    }

    fn read(row: &Row, first: usize, external_id: Option<String>) -> Result<Self, StoreError> {
        Ok(Self {
            external_id,
            account_id: row.id(first)?,
            title: row.text(first + 1)?,
            held_on: row.date(first + 3)?,
            level: row.parsed(first + 4, ReviewLevel::parse)?,
            person_ids: row.parsed(first + 5, several)?,
            measure_ids: row.parsed(first + 6, several)?,
            outcome: row.text(first + 7)?,
            next_on: row.date_or_null(first + 8)?,
        })
    }
}
