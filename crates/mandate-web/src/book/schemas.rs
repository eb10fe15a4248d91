//! The shapes of the book's records for the OpenAPI document. Values are read and written by `json`, from the records'
//! own fields; a test holds these shapes to those fields.

use serde::Serialize;
use utoipa::ToSchema;

use mandate_domain::book::Kind;

use super::relationship_schemas::{
    AcquaintanceFields, ActualFields, AmendmentFields, CareerStepFields, CommunicationFields,
    ExchangeRateFields, ExpectationFields, ExpertiseFields, ListPriceFields, OpportunityFields,
    PromiseFields, ReviewFields, StakeFields,
};

/// An account.
#[derive(Default, Serialize, ToSchema)]
pub struct AccountFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Its name; required.
    name: Option<String>,
    /// `key` or `standard`.
    tier: Option<String>,
    /// Its trade.
    industry: Option<String>,
    /// Its country: read from its name in English or German or its code of two or three letters, kept as its short name in English.
    country: Option<String>,
    /// IANA zone; required of a new account whose country does not say it.
    time_zone: Option<String>,
    /// ISO 4217 code; required.
    currency: Option<String>,
    /// What it pays in a year, in minor units.
    annual_value: Option<i64>,
    /// The account it is a part of: an id, the firm's own id or a name that only one has. So for all references.
    parent: Option<String>,
    /// One of our people.
    account_manager: Option<String>,
    /// One of our people.
    negotiator: Option<String>,
}

/// A person of ours or of a client.
#[derive(Default, Serialize, ToSchema)]
pub struct PersonFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// `provider` (ours) or `client`; required.
    side: Option<String>,
    /// The client's account; required for a client's person.
    account: Option<String>,
    /// Their name; required.
    name: Option<String>,
    /// Their job title.
    job_title: Option<String>,
    /// What they are in the relationship, such as `account_manager` or `governance_lead`.
    role: Option<String>,
    /// Their address.
    email: Option<String>,
    /// Their number.
    phone: Option<String>,
    /// The team they work in; ours only.
    team: Option<String>,
    /// What they may decide, in words.
    authority: Option<String>,
    /// Whom they report to, on their own side.
    reports_to: Option<String>,
    /// Their last day, once they left, `2027-01-01`.
    left_on: Option<String>,
    /// Who came after them.
    successor: Option<String>,
}

/// A contract.
#[derive(Default, Serialize, ToSchema)]
pub struct ContractFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Whose it is; required.
    account: Option<String>,
    /// `master` or `statement_of_work`.
    kind: Option<String>,
    /// The master agreement of a statement of work.
    parent: Option<String>,
    /// Its title; required.
    title: Option<String>,
    /// IANA zone of its dates; required.
    time_zone: Option<String>,
    /// ISO 4217 code of its prices; required.
    currency: Option<String>,
    /// First day of the term, `2027-01-01`; required.
    starts_on: Option<String>,
    /// Last day of the term.
    ends_on: Option<String>,
    /// The day on which a new term begins.
    renews_on: Option<String>,
    /// What happens when the term ends: `automatic`, `by_agreement`, `ends`.
    renewal: Option<String>,
    /// How many months a renewed term has.
    renewal_months: Option<i64>,
    /// The clause that says so.
    renewal_clause: Option<String>,
    /// The clause on notice.
    notice_clause: Option<String>,
    /// Days of notice before the term ends, 1 to 730.
    notice_days: Option<i64>,
    /// Or months of notice, 1 to 60.
    notice_months: Option<i64>,
    /// The next day on which prices may change.
    price_change_on: Option<String>,
    /// The clause that says so.
    price_change_clause: Option<String>,
}

/// A line of a contract. Prices are in minor units of the contract's currency for `price_per` units.
#[derive(Default, Serialize, ToSchema)]
pub struct ContractLineFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// The contract; required.
    contract: Option<String>,
    /// What is sold; required.
    product: Option<String>,
    /// Units a year; required.
    annual_volume: Option<i64>,
    /// Prices are for so many units; 1 when not given.
    price_per: Option<i64>,
    /// Price; required.
    unit_price: Option<i64>,
    /// Price before any discount.
    list_price: Option<i64>,
    /// What it costs us; null for whoever may not see costs.
    unit_cost: Option<i64>,
}

/// A product.
#[derive(Default, Serialize, ToSchema)]
pub struct ProductFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Its name; required.
    name: Option<String>,
    /// What is counted, such as `ticket`; required.
    unit: Option<String>,
    /// Who owns its profit and loss.
    product_manager: Option<String>,
    /// Which line of business delivers it.
    line_of_business: Option<String>,
}

/// A line of business.
#[derive(Default, Serialize, ToSchema)]
pub struct LineOfBusinessFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Its name; required.
    name: Option<String>,
    /// Who heads it.
    head: Option<String>,
}

/// A team.
#[derive(Default, Serialize, ToSchema)]
pub struct TeamFields {
    /// The firm's own id; the name of the assignment group in its service desk.
    external_id: Option<String>,
    /// Its name; required.
    name: Option<String>,
    /// The line of business it belongs to.
    line_of_business: Option<String>,
    /// Who leads it.
    lead: Option<String>,
}

/// A record as it is given.
#[derive(Serialize, ToSchema)]
pub struct GivenRecord<T: ToSchema> {
    /// Its own fields.
    #[serde(flatten)]
    fields: T,
    /// Its custom fields by key; without it all of them stay as they are.
    custom: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A record as stored.
#[derive(Serialize, ToSchema)]
pub struct SavedRecord<T: ToSchema> {
    /// Its own fields.
    #[serde(flatten)]
    fields: T,
    /// Its custom fields by key, with values of their types; `/custom-fields` says which there are.
    custom: serde_json::Map<String, serde_json::Value>,
    /// Its id.
    id: String,
    /// Part of the demo book.
    demo: bool,
    /// Counts saves; also in `ETag`.
    version: i64,
    /// When it was made, in UTC.
    created_at: String,
    /// When it was last saved, in UTC.
    updated_at: String,
}

/// What became of one record of a bulk upsert.
#[derive(Serialize, ToSchema)]
pub struct UpsertResult {
    /// The firm's own id.
    pub(super) external_id: Option<String>,
    /// The record's id.
    pub(super) id: String,
    /// `new`, `changed` or `same`.
    pub(super) outcome: &'static str,
    /// Its version now.
    pub(super) version: i64,
}

/// The fields that the document tells of a kind; for the test that holds it to the records.
pub fn documented_fields(kind: Kind) -> Vec<String> {
    fn names<T: Default + Serialize>() -> Vec<String> {
        match serde_json::to_value(T::default()) {
            Ok(serde_json::Value::Object(object)) => object.keys().cloned().collect(),
            _ => vec![],
        }
    }
    match kind {
        Kind::Account => names::<AccountFields>(),
        Kind::Person => names::<PersonFields>(),
        Kind::Contract => names::<ContractFields>(),
        Kind::ContractLine => names::<ContractLineFields>(),
        Kind::Product => names::<ProductFields>(),
        Kind::LineOfBusiness => names::<LineOfBusinessFields>(),
        Kind::Team => names::<TeamFields>(),
        Kind::ListPrice => names::<ListPriceFields>(),
        Kind::ExchangeRate => names::<ExchangeRateFields>(),
        Kind::Amendment => names::<AmendmentFields>(),
        Kind::Stake => names::<StakeFields>(),
        Kind::Expertise => names::<ExpertiseFields>(),
        Kind::CareerStep => names::<CareerStepFields>(),
        Kind::Acquaintance => names::<AcquaintanceFields>(),
        Kind::Expectation => names::<ExpectationFields>(),
        Kind::Promise => names::<PromiseFields>(),
        Kind::Communication => names::<CommunicationFields>(),
        Kind::Review => names::<ReviewFields>(),
        Kind::Opportunity => names::<OpportunityFields>(),
        Kind::Actual => names::<ActualFields>(),
    }
}
