//! The shapes of prices, promises and what was said, for the OpenAPI document; read and written as those in `schemas`.

use serde::Serialize;
use utoipa::ToSchema;

/// What a product costs before any discount, from a day on until the next price.
#[derive(Default, Serialize, ToSchema)]
pub struct ListPriceFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// What is sold; required.
    product: Option<String>,
    /// Its currency; required.
    currency: Option<String>,
    /// The price is for so many units, at least 1.
    price_per: Option<i64>,
    /// The price, in minor units for `price_per` units; required.
    price: Option<i64>,
    /// The first day on which it holds; required.
    valid_from: Option<String>,
    /// Where it comes from; may be empty.
    note: Option<String>,
}

/// What one unit of a currency was worth in another on a day, and who said so.
#[derive(Default, Serialize, ToSchema)]
pub struct ExchangeRateFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// The currency converted; required.
    from_currency: Option<String>,
    /// The currency it is converted into; required.
    to_currency: Option<String>,
    /// The day of the rate; it holds until the next; required.
    rate_on: Option<String>,
    /// Units of `to_currency` for one unit of `from_currency`; required.
    rate: Option<String>,
    /// Who published it; required.
    source: Option<String>,
}

/// What both sides agreed to change in a contract, from a day on.
#[derive(Default, Serialize, ToSchema)]
pub struct AmendmentFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// The contract it changes; required.
    contract: Option<String>,
    /// Its number; may be empty.
    number: Option<String>,
    /// What it says, in a line; required.
    title: Option<String>,
    /// What it is about: `term`, `price`, `volume`, `scope`, `service_level`, `other`.
    subject: Option<String>,
    /// When it was signed.
    signed_on: Option<String>,
    /// The first day on which it holds; required.
    effective_on: Option<String>,
    /// The last day, of one that holds for a time only.
    effective_until: Option<String>,
    /// The new last day of the term.
    ends_on: Option<String>,
    /// The new renewal day.
    renews_on: Option<String>,
    /// The new notice period, in days.
    notice_days: Option<i64>,
    /// Or in months.
    notice_months: Option<i64>,
    /// The new next day on which prices may change.
    price_change_on: Option<String>,
    /// What changes, in words; may be empty.
    summary: Option<String>,
}

/// How much a client's person has at stake, as an explicit weight with a reason and a date.
#[derive(Default, Serialize, ToSchema)]
pub struct StakeFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Whose stake; required.
    person: Option<String>,
    /// Why it weighs: `decision`, `budget`, `use`; required.
    basis: Option<String>,
    /// How much, 1 to 100; shares are computed from all weights in force; required.
    weight: Option<i64>,
    /// The first day on which it holds; required.
    since: Option<String>,
    /// The last day, once it is over.
    until: Option<String>,
    /// Why that much; required.
    reason: Option<String>,
}

/// What a person of either side knows well, and how well.
#[derive(Default, Serialize, ToSchema)]
pub struct ExpertiseFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Who; required.
    person: Option<String>,
    /// What kind of knowledge: `process`, `industry`, `technology`; required.
    area: Option<String>,
    /// What, such as `claims handling`; required.
    topic: Option<String>,
    /// How well: 1 knows of it, 2 has worked with it, 3 works with it on their own, 4 is asked by others; required.
    level: Option<i64>,
    /// Since which year.
    since_year: Option<i64>,
}

/// A position a person of either side has or had.
#[derive(Default, Serialize, ToSchema)]
pub struct CareerStepFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Who; required.
    person: Option<String>,
    /// The position; required.
    position: Option<String>,
    /// Where; may be empty.
    employer: Option<String>,
    /// From when; required.
    started_on: Option<String>,
    /// Until when; none while they have it.
    ended_on: Option<String>,
    /// What matters of it; may be empty.
    note: Option<String>,
}

/// That one of ours knows a client's person, how well, and how well the client says they get on.
#[derive(Default, Serialize, ToSchema)]
pub struct AcquaintanceFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// The client's person; required.
    client_person: Option<String>,
    /// Who of ours knows them; required.
    our_person: Option<String>,
    /// How well: 1 has met once, 5 is called first; required.
    strength: Option<i64>,
    /// How well they get on as the client says: 1 badly, 5 very well.
    compatibility: Option<i64>,
    /// When that was stated; required.
    stated_on: Option<String>,
    /// What to know of it; may be empty.
    note: Option<String>,
}

/// What a client expects of its account manager, in the client's words.
#[derive(Default, Serialize, ToSchema)]
pub struct ExpectationFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Whose expectation; required.
    account: Option<String>,
    /// What is expected, in the client's words; required.
    title: Option<String>,
    /// Who of the client said it.
    person: Option<String>,
    /// Of whom of ours; of the account manager when it is not stated.
    manager: Option<String>,
    /// When it was said; required.
    stated_on: Option<String>,
    /// By when.
    due_on: Option<String>,
    /// How it will be seen that it is met; may be empty.
    measure: Option<String>,
    /// When our side said that it understood.
    acknowledged_by_us_on: Option<String>,
    /// When the client said that this is what it meant.
    acknowledged_by_client_on: Option<String>,
    /// What was promised for it.
    promise: Option<String>,
    /// How the client sees it: `falls_short`, `as_expected`, `exceeds`.
    perceived: Option<String>,
    /// How, in the client's words; may be empty.
    perceived_words: Option<String>,
    /// When they said so.
    perceived_on: Option<String>,
    /// What the facts say; may be empty.
    actual: Option<String>,
    /// How it stands: `open`, `met`, `not_met`, `withdrawn`.
    state: Option<String>,
    /// When it was met, missed or withdrawn.
    settled_on: Option<String>,
}

/// What was said to a client, where it stands in a contract, who delivers it, and whether it was kept.
#[derive(Default, Serialize, ToSchema)]
pub struct PromiseFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// To whom it was promised; required.
    account: Option<String>,
    /// What was promised, in a line; required.
    title: Option<String>,
    /// When; required.
    made_on: Option<String>,
    /// On what occasion: `sale`, `renewal`, `delivery`, `review`, `other`.
    occasion: Option<String>,
    /// Who of ours said it.
    made_by: Option<String>,
    /// Who of the client heard it.
    made_to: Option<String>,
    /// The contract it stands in, if it does.
    contract: Option<String>,
    /// Where in it; may be empty.
    clause: Option<String>,
    /// The product it is about.
    product: Option<String>,
    /// Who of ours delivers it.
    delivery_owner: Option<String>,
    /// By when.
    due_on: Option<String>,
    /// How it stands: `open`, `kept`, `broken`, `released`.
    state: Option<String>,
    /// When it was kept, broken or released.
    settled_on: Option<String>,
    /// How that shows; may be empty.
    evidence: Option<String>,
    /// What else was said; may be empty.
    details: Option<String>,
    /// Whether delivery took it on: `accepted`, `declined`; nothing while it has not answered.
    handover: Option<String>,
    /// Who of ours answered for delivery.
    handover_by: Option<String>,
    /// When.
    handover_on: Option<String>,
    /// In which words; needed to decline.
    handover_words: Option<String>,
}

/// That our side and a client's spoke or wrote to one another.
#[derive(Default, Serialize, ToSchema)]
pub struct CommunicationFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// With which client; required.
    account: Option<String>,
    /// What it was about, in a line; required.
    title: Option<String>,
    /// On which day, as both sides' calendars have it; required.
    happened_on: Option<String>,
    /// How: `meeting`, `call`, `video`, `email`, `message`, `site_visit`, `event`, `letter`; required.
    channel: Option<String>,
    /// Who turned to whom: `ours`, `theirs`, `both`.
    direction: Option<String>,
    /// What was talked about: `delivery`, `price`, `scope`, `relationship`, `contract`, `expectations`, `other`.
    topic: Option<String>,
    /// Who took part, of both sides.
    people: Option<Vec<String>>,
    /// The contract it was about.
    contract: Option<String>,
    /// Where, of a visit; may be empty.
    place: Option<String>,
    /// What was said; may be empty.
    details: Option<String>,
    /// Expectations of the account, by id or title: which it dealt with.
    expectations: Option<Vec<String>>,
    /// What the client said of them; may be empty.
    said_by_client: Option<String>,
    /// What we said of them; may be empty.
    said_by_us: Option<String>,
    /// What both agreed; may be empty.
    agreed: Option<String>,
    /// When both look at it again.
    next_on: Option<String>,
}

/// A review held with a client: who attended, and which measures were gone through.
#[derive(Default, Serialize, ToSchema)]
pub struct ReviewFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// With which client; required.
    account: Option<String>,
    /// What it was, in a line; required.
    title: Option<String>,
    /// On which day; required.
    held_on: Option<String>,
    /// How high it sits: `operational`, `service`, `executive`.
    level: Option<String>,
    /// Who attended, of both sides.
    people: Option<Vec<String>>,
    /// Measures, by id or name: which were gone through.
    measures: Option<Vec<String>>,
    /// What came of it; may be empty.
    outcome: Option<String>,
    /// When the next one is.
    next_on: Option<String>,
}

/// More that a client may take from us, from trust that is there.
#[derive(Default, Serialize, ToSchema)]
pub struct OpportunityFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Whose; required.
    account: Option<String>,
    /// What it is, in a line; required.
    title: Option<String>,
    /// What kind of growth: `expansion`, `cross_sell`, `new_service`, `renewal`.
    kind: Option<String>,
    /// How far it is: `idea`, `discussed`, `proposed`, `won`, `lost`.
    stage: Option<String>,
    /// Which product.
    product: Option<String>,
    /// The currency of its value; required.
    currency: Option<String>,
    /// What it would bring in a year, in minor units.
    annual_value: Option<i64>,
    /// How likely we think it is, in percent.
    probability: Option<i64>,
    /// When it may be decided.
    expected_on: Option<String>,
    /// The client's person whose trust it comes from.
    trusted_by: Option<String>,
    /// Who of ours follows it.
    owner: Option<String>,
    /// Since when we know of it; required.
    opened_on: Option<String>,
    /// When it was won or lost.
    closed_on: Option<String>,
    /// Why it was won or lost; may be empty.
    reason: Option<String>,
}

/// What an account really paid, took and cost of a product in a month.
#[derive(Default, Serialize, ToSchema)]
pub struct ActualFields {
    /// The firm's own id.
    external_id: Option<String>,
    /// Whose; required.
    account: Option<String>,
    /// Of which product; required.
    product: Option<String>,
    /// In which month; required.
    month: Option<String>,
    /// The currency of its amounts; required.
    currency: Option<String>,
    /// What was invoiced; below zero where more was credited, in minor units.
    revenue: Option<i64>,
    /// How many units were delivered.
    volume: Option<i64>,
    /// What they cost us; for who is cleared for costs, in minor units; null for whoever may not see costs.
    cost: Option<i64>,
}
