//! The source tables of the demo book, as they stand in the folder `demo/` and in this binary.
//!
//! One struct per table, one field per column; a column too many or too few is an error that names table and line. What
//! a cell means (a relative date, a holiday rule) is decided where it is used; here only the shape is checked.

use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why the source tables make no demo book.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A row that does not fit the table's columns.
    #[error("demo table `{table}` cannot be read")]
    Row {
        /// The file's name.
        table: &'static str,
        /// Line and column, and what is wrong there.
        source: csv::Error,
    },
    /// A cell that names something no other table has, or that cannot be understood.
    #[error("demo table `{table}`: `{value}` is not a known {expected}")]
    Cell {
        /// The file's name.
        table: &'static str,
        /// What the cell says.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl TableError {
    pub(super) fn cell(table: &'static str, value: impl Into<String>, expected: &'static str) -> Self {
        Self::Cell { table, value: value.into(), expected }
    }
}

macro_rules! rows {
    ($(#[$doc:meta] $name:ident { $($(#[$attribute:meta])? $field:ident: $kind:ty),* $(,)? })*) => { $(
        #[$doc]
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "the columns are described in docs/guide/demo-book.md")]
        pub struct $name { $($(#[$attribute])? pub $field: $kind),* }
    )* };
}

rows! {
    /// `lines_of_business.csv`.
    LineRow { key: String, name: String, head: String }
    /// `teams.csv`.
    TeamRow { key: String, name: String, line: String, lead: String, calendar: String }
    /// `products.csv`.
    ProductRow { key: String, name: String, unit: String, line: String, manager: String, price_per: i64, case_weight: i64 }
    /// `product_prices.csv`: the list, and what a unit costs us.
    PriceRow { product: String, currency: String, list_price_minor: i64, unit_cost_minor: i64 }
    /// `categories.csv`: what cases are about, and how urgent.
    CategoryRow {
        key: String, product: String, name: String, share: i64,
        p1_permille: i64, p2_permille: i64, p3_permille: i64, p4_permille: i64,
    }
    /// `team_cover.csv`: which team serves a product for the accounts of a zone.
    CoverRow { product: String, zone: String, team: String }
    /// `our_people.csv`.
    OurPersonRow { key: String, name: String, job_title: String, role: String, team: String, time_zone: String, reports_to: String }
    /// `client_people.csv`.
    ClientPersonRow { key: String, account: String, name: String, job_title: String, role: String }
    /// `accounts.csv`.
    AccountRow {
        key: String, name: String, parent: String, tier: String, industry: String, country: String, time_zone: String, currency: String,
        manager: String, negotiator: String, cases_per_month: i64, level: String, calendar: String,
        service_percent: i64,
    }
    /// `contracts.csv`; dates count in months from the month of the load.
    ContractRow {
        key: String, account: String, kind: String, parent: String, title: String, starts_on: String,
        ends_on: String, renews_on: String, notice_days: Option<u16>, notice_months: Option<u8>, price_change_on: String,
        price_change_clause: String,
    }
    /// `contract_lines.csv`.
    ContractLineRow { contract: String, product: String, annual_volume: i64, unit_price_minor: i64 }
    /// `calendars.csv`.
    CalendarRow {
        key: String, name: String, time_zone: String, valid_from: String, first_weekday: i8, last_weekday: i8,
        opens: String, closes: String,
    }
    /// `holidays.csv`.
    HolidayRow { calendar: String, rule: String, observed: String, name: String }
    /// `levels.csv`: targets in open minutes by priority.
    LevelRow {
        level: String, clock: String, goal_percent: i64, clause: String,
        p1_minutes: i64, p2_minutes: i64, p3_minutes: i64, p4_minutes: i64,
    }
    /// `shape.csv`: how long work takes, in percent of the target.
    ShapeRow { permille: i64, percent_of_target: i64 }
    /// `rhythm.csv`: when cases come.
    RhythmRow { kind: String, index: usize, weight: i64 }
    /// `process.csv`: how cases run.
    ProcessRow { name: String, value: i64, unit: String, what: String }
    /// `stories.csv`: one effect of a story on some cases.
    StoryRow {
        story: String, account: String, manager: String, team: String, category: String, cases: String,
        from_month: i32, to_month: i32, effect: String, percent: i64, note: String,
    }
    /// `story_prices.csv`: one effect of a story on a contract line.
    StoryPriceRow {
        story: String, contract: String, product: String, price_percent_x100: i64, volume_percent_x100: i64,
        note: String,
    }
    /// `users.csv`.
    UserRow { person: String, roles: String, locale: String }
    /// `client_users.csv`: who of the clients' people signs in to the portal.
    ClientUserRow { person: String, account: String, administrator: u8, locale: String }
    /// `candid_notes.csv`: what was said in confidence; about the account where no person is named.
    CandidNoteRow { account: String, person: String, author: String, days_ago: i64, text: String }
    /// `kpis.csv`: measures by product, for every account that buys it.
    KpiRow {
        key: String, name: String, product: String, categories: String, priorities: String, clock: String,
        aggregate: String, parameter: Option<i64>, direction: String, target_micro: Option<i64>, cadence: String,
    }
    /// `kpi_reasons.csv`: why a measure matters, in the client's words.
    KpiReasonRow { kpi: String, account: String, text: String, person: String, said_on: String }
    /// `walkthroughs.csv`: the cadence in which clients are taken through their measures.
    WalkthroughRow {
        level: String, role: String, every_months: i32, day: i8, note: String, review_level: String,
        review_title: String,
    }
    /// `exclusions.csv`.
    ExclusionRow {
        key: String, account: String, from: String, from_time: String, until: String, until_time: String,
        ground: String, clause: String, note: String, proposed_by: String, decided_by: String, state: String,
    }
    /// `reviews.csv`: what clients say of published results.
    ReviewRow { account: String, kpi: String, month: i32, case: String, verdict: String, person: String, note: String }
    /// `credit_rules.csv`.
    CreditRuleRow {
        key: String, account: String, contract: String, kpi: String, method: String, tiers: String,
        at_risk_percent: i64, earn_back_months: i64, clause: String, valid_from: String,
    }
    /// `decision_rights.csv`: limits in minor units, basis points or minutes.
    DecisionRightRow {
        key: String, holder: String, kind: String, limit: i64, month_limit: Option<i64>, currency: String,
        direction: String, accounts: String, products: String, valid_from: String, valid_until: String,
        review_on: String, granted_by: String, reason: String,
    }
    /// `delegations.csv`: who decides for whom.
    DelegationRow { absent: String, substitute: String, from: String, until: String, kinds: String, reason: String }
    /// `decision_uses.csv`: what was decided by which right; `absent` where a substitute decided.
    DecisionUseRow {
        right: String, account: String, product: String, amount: i64, on: String, decided_by: String, absent: String,
    }
    /// `leavers.csv`: who left, and who took over.
    LeaverRow { person: String, left_on: String, successor: String, note: String }
    /// `list_prices.csv`: a list from a day on, in percent of the one in force; of all products where none is named.
    ListPriceRow { product: String, valid_from: String, percent_x100: i64, note: String }
    /// `exchange_rates.csv`: a rate at the end of a month, in millionths; straight between the months named.
    ExchangeRateRow { from: String, to: String, month: i32, rate_micro: i64 }
    /// `amendments.csv`.
    AmendmentRow {
        key: String, story: String, contract: String, number: String, title: String, subject: String,
        signed_on: String, effective_on: String, effective_until: String, ends_on: String, renews_on: String,
        notice_days: Option<u16>, price_change_on: String, summary: String,
    }
    /// `stakes.csv`.
    StakeRow { person: String, basis: String, weight: i64, since: String, until: String, reason: String }
    /// `expertise.csv`.
    ExpertiseRow { person: String, area: String, topic: String, level: i64, since_year: Option<i64> }
    /// `careers.csv`; days are days, or count in months from the month of the load.
    CareerRow {
        person: String, position: String, employer: String, started_on: String, ended_on: String, note: String,
    }
    /// `acquaintances.csv`.
    AcquaintanceRow {
        client_person: String, our_person: String, strength: i64, compatibility: Option<i64>, stated_on: String,
        note: String,
    }
    /// `sites.csv`: where an account can be visited.
    SiteRow { account: String, place: String }
    /// `talk_rules.csv`: who talks with whom about what, by level.
    TalkRuleRow {
        key: String, level: String, ours: String, theirs: String, topic: String, channel: String,
        direction: String, every_months: i32, day: i8, title: String,
    }
    /// `communications.csv`: what was said beside the rules.
    CommunicationRow {
        key: String, story: String, account: String, on: String, channel: String, direction: String,
        topic: String, people: String, place: String, title: String, details: String,
    }
    /// `relation_stories.csv`: one effect of a story on what the two sides know and say of each other.
    RelationStoryRow {
        story: String, account: String, effect: String, subject: String, topic: String, place: String,
        from_month: i32, to_month: i32, value: i64, note: String,
    }
    /// `review_outcomes.csv`: what comes of reviews.
    ReviewOutcomeRow { text: String }
    /// `expectations.csv`.
    ExpectationRow {
        key: String, story: String, account: String, title: String, person: String, manager: String,
        stated_on: String, due_on: String, measure: String, acknowledged_by_us_on: String,
        acknowledged_by_client_on: String, promise: String, perceived: String, perceived_words: String,
        perceived_on: String, actual: String, state: String, settled_on: String,
    }
    /// `promises.csv`.
    PromiseRow {
        key: String, story: String, account: String, title: String, made_on: String, occasion: String,
        made_by: String, made_to: String, contract: String, clause: String, product: String,
        delivery_owner: String, due_on: String, state: String, settled_on: String, evidence: String,
        details: String, handover: String, handover_by: String, handover_on: String, handover_words: String,
    }
    /// `opportunities.csv`.
    OpportunityRow {
        key: String, account: String, title: String, kind: String, stage: String, product: String,
        annual_value_minor: Option<i64>, probability: Option<i64>, expected_on: String, trusted_by: String,
        owner: String, opened_on: String, closed_on: String, reason: String,
    }
    /// `manager_decisions.csv`: what was decided about an account's manager, and what came of it.
    ManagerDecisionRow {
        key: String, story: String, account: String, manager: String, outcome: String, reason: String,
        measures: String, seen_by: String, until_on: String, decided_on: String, decided_by: String, state: String,
        ended_on: String, ending: String, handover: String,
    }
    /// `handovers.csv`: what one of ours answers for at these accounts goes over; the matters follow from the book.
    HandoverRow {
        key: String, story: String, from: String, kind: String, effective_on: String, time_zone: String, reason: String,
        planned_by: String, accounts: String, successor: String,
    }
    /// `shared_expectations.csv`: what a client sees in the portal, and who showed it or wrote it there.
    SharedExpectationRow { expectation: String, shared_by: String }
    /// `custom_fields.csv`: what the firm added to a kind of record.
    CustomFieldRow {
        kind: String, key: String, label: String, label_de: String, help: String, #[serde(rename = "type")] shape: String,
        choices: String, currency: String, required: String, read_for: String,
    }
    /// `custom_values.csv`: what a record holds in such a field.
    CustomValueRow { kind: String, record: String, field: String, value: String }
    /// `record_tags.csv`: the tags of a record.
    RecordTagRow { kind: String, record: String, tags: String }
    /// `actual_changes.csv`: where volumes went another way than the contract says, in percent of it.
    ActualChangeRow {
        account: String, product: String, from_month: i32, to_month: i32, volume_percent: i64, note: String,
    }
}

macro_rules! tables {
    ($($field:ident: $row:ty = $file:literal),* $(,)?) => {
        /// All source tables.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "one field per table, named like its file")]
        pub struct Tables { $(pub $field: Vec<$row>),* }

        impl Tables {
            /// The tables built into this binary.
            ///
            /// # Errors
            /// [`TableError::Row`] naming the table and the line.
            pub fn embedded() -> Result<Self, TableError> {
                Ok(Self {
                    $($field: read($file, include_str!(concat!("../../../../demo/", $file)))?),*
                })
            }
        }
    };
}

tables! {
    lines: LineRow = "lines_of_business.csv",
    teams: TeamRow = "teams.csv",
    products: ProductRow = "products.csv",
    prices: PriceRow = "product_prices.csv",
    categories: CategoryRow = "categories.csv",
    cover: CoverRow = "team_cover.csv",
    our_people: OurPersonRow = "our_people.csv",
    client_people: ClientPersonRow = "client_people.csv",
    accounts: AccountRow = "accounts.csv",
    contracts: ContractRow = "contracts.csv",
    contract_lines: ContractLineRow = "contract_lines.csv",
    calendars: CalendarRow = "calendars.csv",
    holidays: HolidayRow = "holidays.csv",
    levels: LevelRow = "levels.csv",
    shape: ShapeRow = "shape.csv",
    rhythm: RhythmRow = "rhythm.csv",
    process: ProcessRow = "process.csv",
    stories: StoryRow = "stories.csv",
    story_prices: StoryPriceRow = "story_prices.csv",
    users: UserRow = "users.csv",
    client_users: ClientUserRow = "client_users.csv",
    candid_notes: CandidNoteRow = "candid_notes.csv",
    kpis: KpiRow = "kpis.csv",
    kpi_reasons: KpiReasonRow = "kpi_reasons.csv",
    walkthroughs: WalkthroughRow = "walkthroughs.csv",
    exclusions: ExclusionRow = "exclusions.csv",
    reviews: ReviewRow = "reviews.csv",
    credit_rules: CreditRuleRow = "credit_rules.csv",
    decision_rights: DecisionRightRow = "decision_rights.csv",
    delegations: DelegationRow = "delegations.csv",
    decision_uses: DecisionUseRow = "decision_uses.csv",
    leavers: LeaverRow = "leavers.csv",
    list_prices: ListPriceRow = "list_prices.csv",
    exchange_rates: ExchangeRateRow = "exchange_rates.csv",
    amendments: AmendmentRow = "amendments.csv",
    stakes: StakeRow = "stakes.csv",
    expertise: ExpertiseRow = "expertise.csv",
    careers: CareerRow = "careers.csv",
    acquaintances: AcquaintanceRow = "acquaintances.csv",
    sites: SiteRow = "sites.csv",
    talk_rules: TalkRuleRow = "talk_rules.csv",
    communications: CommunicationRow = "communications.csv",
    relation_stories: RelationStoryRow = "relation_stories.csv",
    review_outcomes: ReviewOutcomeRow = "review_outcomes.csv",
    expectations: ExpectationRow = "expectations.csv",
    promises: PromiseRow = "promises.csv",
    opportunities: OpportunityRow = "opportunities.csv",
    actual_changes: ActualChangeRow = "actual_changes.csv",
    manager_decisions: ManagerDecisionRow = "manager_decisions.csv",
    handovers: HandoverRow = "handovers.csv",
    shared_expectations: SharedExpectationRow = "shared_expectations.csv",
    custom_fields: CustomFieldRow = "custom_fields.csv",
    custom_values: CustomValueRow = "custom_values.csv",
    record_tags: RecordTagRow = "record_tags.csv",
}

impl Tables {
    /// The tables without the rows of one story, as if it had not happened.
    #[must_use]
    pub fn without_story(mut self, story: &str) -> Self {
        self.stories.retain(|row| row.story != story);
        self.story_prices.retain(|row| row.story != story);
        self.relation_stories.retain(|row| row.story != story);
        self.amendments.retain(|row| row.story != story);
        self.communications.retain(|row| row.story != story);
        self.expectations.retain(|row| row.story != story);
        self.promises.retain(|row| row.story != story);
        self.manager_decisions.retain(|row| row.story != story);
        self.handovers.retain(|row| row.story != story);
        // What a client sees goes with the expectation.
        let kept = |key: &str| self.expectations.iter().any(|row| row.key == key);
        self.shared_expectations.retain(|row| kept(&row.expectation));
        self
    }
}

fn read<T: DeserializeOwned + Debug>(table: &'static str, text: &str) -> Result<Vec<T>, TableError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|source| TableError::Row { table, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_in_this_binary_can_be_read() {
        let tables = Tables::embedded().expect("readable tables");
        assert_eq!(tables.accounts.len(), 40);
        assert!(tables.clone().without_story("002").stories.len() < tables.stories.len());
    }

    #[test]
    fn a_row_that_does_not_fit_names_table_and_line() {
        let error = read::<UserRow>("users.csv", "person,roles,locale\nx,y\n").expect_err("a short row");
        let cause = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(error.to_string().contains("users.csv") && cause.contains("line: 2"), "{error}: {cause}");
    }
}
