//! What was delivered to one account: its figures by month and priority, and the cases where source and clock differ.

use std::collections::BTreeMap;

use mandate_domain::Id;
use mandate_domain::Month;
use mandate_domain::book::Account;

use super::list_through::by_name;
use super::listing::{Field, FieldKind, ListDef, ListError, ListQuery, Sort, conditions};
use super::worth::{ELSEWHERE, VALUE};
use super::{Reader, Scope, list_beside};
use crate::boxed;
use crate::db::{Question, ReadTx, Row, StoreError, Value};
use crate::params;

/// Figures of a group of cases; both readings side by side, never mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Cases whose last event lies in the period.
    pub n_cases: i64,
    /// Their events.
    pub n_events: i64,
    /// Events that carry the source's running flag.
    pub n_events_flagged: i64,
    /// Of these, flagged as met.
    pub n_events_met: i64,
    /// Cases the source reported on.
    pub n_reported: i64,
    /// Of these, met.
    pub n_reported_met: i64,
    /// Cases our clock has a result for.
    pub n_clocked: i64,
    /// Of these, met.
    pub n_clock_met: i64,
    /// Cases still running.
    pub n_running: i64,
    /// Cases where the two differ.
    pub n_differs: i64,
    /// Reopenings.
    pub n_reopened: i64,
    /// Hand-overs between groups.
    pub n_reassigned: i64,
    /// Sum of counted seconds.
    pub clock_sum_s: i64,
    /// Agreed exclusions, seconds.
    pub excluded_s: i64,
}

impl Figures {
    /// Adds another group.
    pub fn add(&mut self, other: &Self) {
        self.n_cases += other.n_cases;
        self.n_events += other.n_events;
        self.n_events_flagged += other.n_events_flagged;
        self.n_events_met += other.n_events_met;
        self.n_reported += other.n_reported;
        self.n_reported_met += other.n_reported_met;
        self.n_clocked += other.n_clocked;
        self.n_clock_met += other.n_clock_met;
        self.n_running += other.n_running;
        self.n_differs += other.n_differs;
        self.n_reopened += other.n_reopened;
        self.n_reassigned += other.n_reassigned;
        self.clock_sum_s += other.clock_sum_s;
        self.excluded_s += other.excluded_s;
    }
}

/// The figures of one month and priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthPriority {
    /// The month.
    pub month: Month,
    /// 1 to 4; 0 when not stated.
    pub priority: i64,
    /// The figures.
    pub figures: Figures,
    /// Median of counted seconds, doubled, so that it is a whole number.
    pub clock_p50_x2_s: Option<i64>,
    /// 90th percentile of counted seconds, times ten.
    pub clock_p90_x10_s: Option<i64>,
}

const SUMS: &str = "
       CAST(SUM(d.n_cases) AS BIGINT), CAST(SUM(d.n_events) AS BIGINT), CAST(SUM(d.n_events_flagged) AS BIGINT),
       CAST(SUM(d.n_events_met) AS BIGINT), CAST(SUM(d.n_reported) AS BIGINT),
       CAST(SUM(d.n_reported_met) AS BIGINT), CAST(SUM(d.n_clocked) AS BIGINT), CAST(SUM(d.n_clock_met) AS BIGINT),
       CAST(SUM(d.n_running) AS BIGINT), CAST(SUM(d.n_differs) AS BIGINT), CAST(SUM(d.n_reopened) AS BIGINT),
       CAST(SUM(d.n_reassigned) AS BIGINT), CAST(SUM(d.clock_sum_s) AS BIGINT), CAST(SUM(d.excluded_s) AS BIGINT)";

fn figures(row: &Row, from: usize) -> Result<Figures, StoreError> {
    let at = |offset: usize| row.int_or_null(from + offset).map(Option::unwrap_or_default);
    Ok(Figures {
        n_cases: at(0)?,
        n_events: at(1)?,
        n_events_flagged: at(2)?,
        n_events_met: at(3)?,
        n_reported: at(4)?,
        n_reported_met: at(5)?,
        n_clocked: at(6)?,
        n_clock_met: at(7)?,
        n_running: at(8)?,
        n_differs: at(9)?,
        n_reopened: at(10)?,
        n_reassigned: at(11)?,
        clock_sum_s: at(12)?,
        excluded_s: at(13)?,
    })
}

/// An account's figures by month and priority, oldest first; nothing when it is out of `scope`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_account_months(
    tx: &mut ReadTx,
    scope: &Scope,
    account: &Id<Account>,
) -> Result<Vec<MonthPriority>, StoreError> {
    let (condition, values) = scope.condition("d.account_key", 2);
    // Percentiles do not add up: they are kept where a month and priority has one source.
    let sql = format!(
        "SELECT d.month, d.priority, {SUMS}, CASE WHEN COUNT(*) = 1 THEN MIN(d.clock_p50_x2_s) END,
                CASE WHEN COUNT(*) = 1 THEN MIN(d.clock_p90_x10_s) END
           FROM delivery_month d WHERE d.account_key = $1 AND {condition}
          GROUP BY d.month, d.priority ORDER BY d.month, d.priority"
    );
    let bound = params![account].into_iter().chain(values).collect();
    let rows = tx.fetch_all(&sql, bound).await?;
    rows.iter()
        .map(|row| {
            Ok(MonthPriority {
                month: row.month(0)?,
                priority: row.int(1)?,
                figures: figures(row, 2)?,
                clock_p50_x2_s: row.int_or_null(16)?,
                clock_p90_x10_s: row.int_or_null(17)?,
            })
        })
        .collect()
}

/// Figures of one source, as the room's first page shows them.
#[derive(Clone, Debug)]
pub struct SourceFigures {
    /// The source's id.
    pub source_id: String,
    /// Its name.
    pub name: String,
    /// Part of the demo book.
    pub demo: bool,
    /// How far its data reaches.
    pub data_until: Option<mandate_domain::Instant>,
    /// The figures of what the reader may see of it.
    pub figures: Figures,
}

/// Figures by source, as far as `scope` reaches, the newest data first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_source_figures(tx: &mut ReadTx, scope: &Scope) -> Result<Vec<SourceFigures>, StoreError> {
    let (condition, values) = scope.condition("d.account_key", 1);
    let sql = format!(
        "SELECT s.id, s.name, s.demo, s.data_until_us, {SUMS}
           FROM event_source s LEFT JOIN delivery_month d ON d.source_id = s.id AND {condition}
          GROUP BY s.id, s.name, s.demo, s.data_until_us
          ORDER BY s.demo, s.data_until_us DESC NULLS LAST, s.id"
    );
    let rows = tx.fetch_all(&sql, values).await?;
    rows.iter()
        .map(|row| {
            Ok(SourceFigures {
                source_id: row.text(0)?,
                name: row.text(1)?,
                demo: row.flag(2)?,
                data_until: row.instant_or_null(3)?,
                figures: figures(row, 4)?,
            })
        })
        .collect()
}

/// What the accounts of a reader come to.
#[derive(Clone, Debug, Default)]
pub struct PortfolioFigures {
    /// Accounts.
    pub n_accounts: i64,
    /// Of these, in the demo book.
    pub n_demo: i64,
    /// Accounts by state of their newest month.
    pub by_state: Vec<(String, i64)>,
    /// Accounts with an annual value.
    pub n_valued: i64,
    /// Of these, what their running contracts come to, because none is stated.
    pub n_from_contracts: i64,
    /// Running contracts in another currency than their account's, which no value holds.
    pub n_elsewhere: i64,
    /// Annual value by currency, never summed across.
    pub annual_values: Vec<(String, i64)>,
    /// Cases of the newest months our clock has a result for.
    pub n_clocked: i64,
    /// Of these, met.
    pub n_clock_met: i64,
    /// Cases of the newest months the source reported on.
    pub n_reported: i64,
    /// Of these, met.
    pub n_reported_met: i64,
    /// Cases of the newest months where the two differ.
    pub n_differs: i64,
}

/// Values are added up in two parts, so many minor units and the rest: two that are each within 64 bits may be beyond them together,
/// which a database answers with an error, and nobody would see the portfolio.
const PART: i64 = 1_000_000_000;

/// What accounts come to by currency, of rows of `account a`.
fn by_currency(rows: &str) -> String {
    format!(
        "SELECT a.currency, COUNT(*), CAST(SUM(a.demo) AS BIGINT), COUNT({VALUE}), COUNT(a.annual_value_minor),
                CAST(SUM({ELSEWHERE}) AS BIGINT), CAST(SUM({VALUE} / {PART}) AS BIGINT), CAST(SUM({VALUE} % {PART}) AS BIGINT)
           {rows} GROUP BY a.currency ORDER BY a.currency"
    )
}

/// What they come to by state, of rows of `account_standing s`.
fn by_state(rows: &str) -> String {
    format!(
        "SELECT COALESCE(s.state, 'not_measured'), COUNT(*),
                CAST(SUM(COALESCE(s.n_clocked, 0)) AS BIGINT), CAST(SUM(COALESCE(s.n_clock_met, 0)) AS BIGINT),
                CAST(SUM(COALESCE(s.n_reported, 0)) AS BIGINT),
                CAST(SUM(COALESCE(s.n_reported_met, 0)) AS BIGINT), CAST(SUM(COALESCE(s.n_differs, 0)) AS BIGINT)
           {rows} GROUP BY 1 ORDER BY 1"
    )
}

/// What the accounts in `scope` come to, in each account's newest month.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn portfolio_figures(tx: &mut ReadTx, scope: &Scope) -> Result<PortfolioFigures, StoreError> {
    let (condition, values) = scope.condition("a.id", 1);
    // One walk of an index (`account_in_short`); then the standings alone, which an account may lack.
    let all = format!("FROM account a WHERE a.deleted_at_us IS NULL AND {condition}");
    // All of them are in reach: SQLite, which keeps no figures of the tables, would look for the standing of each account.
    let join = match scope {
        Scope::Everything => "CROSS JOIN account a WHERE a.id = s.account_id",
        _ => "JOIN account a ON a.id = s.account_id WHERE 1 = 1",
    };
    let measured = format!("FROM account_standing s {join} AND a.deleted_at_us IS NULL AND {condition}");
    figures_of(tx, (&by_currency(&all), &by_state(&measured)), values).await
}

/// The same of the rows of the list of accounts that match; the order and page of `query` say nothing here.
///
/// # Errors
/// As [`list_page`](super::listing::list_page).
pub async fn matching_figures(
    tx: &mut ReadTx,
    def: &ListDef,
    reader: Reader<'_>,
    query: &ListQuery,
) -> Result<PortfolioFigures, ListError> {
    def.check_cleared(reader)?;
    let (_, counted) = by_name(tx, def, (reader.scope, query)).await?;
    let matching = conditions(def, reader.scope, (query, &counted))?;
    let rows = format!("{} WHERE {}", def.from, matching.sql);
    let (rows, values) = list_beside::filled((def, reader.scope), rows, matching.values);
    let measured = format!("{rows} AND s.account_id IS NOT NULL");
    Ok(figures_of(tx, (&by_currency(&rows), &by_state(&measured)), values).await?)
}

async fn figures_of(
    tx: &mut ReadTx,
    (by_currency, by_state): (&str, &str),
    values: Vec<Value>,
) -> Result<PortfolioFigures, StoreError> {
    let question = Question::new(&format!("{by_currency};{by_state}"), &values);
    if let Some(kept) = tx.recall(&question).await? {
        return Ok(kept);
    }
    let mut sums = PortfolioFigures::default();
    for row in tx.fetch_all(by_currency, values.clone()).await? {
        sums.n_accounts += row.int(1)?;
        sums.n_demo += row.int(2)?;
        sums.n_valued += row.int(3)?;
        sums.n_from_contracts += row.int(3)? - row.int(4)?;
        sums.n_elsewhere += row.int(5)?;
        if let (Some(parts), Some(rest)) = (row.int_or_null(6)?, row.int_or_null(7)?) {
            let value = i128::from(parts) * i128::from(PART) + i128::from(rest);
            // More than can be counted is left out, as everywhere (`mandate_domain::book::values_on`).
            if let Ok(value) = i64::try_from(value) {
                sums.annual_values.push((row.text(0)?, value));
            }
        }
    }
    sums.annual_values.sort_by_key(|(_, value)| std::cmp::Reverse(*value));
    let mut states = BTreeMap::new();
    let mut n_unmeasured = sums.n_accounts;
    for row in tx.fetch_all(by_state, values).await? {
        let n = row.int(1)?;
        n_unmeasured -= n;
        states.insert(row.text(0)?, n);
        sums.n_clocked += row.int(2)?;
        sums.n_clock_met += row.int(3)?;
        sums.n_reported += row.int(4)?;
        sums.n_reported_met += row.int(5)?;
        sums.n_differs += row.int(6)?;
    }
    if n_unmeasured > 0 {
        *states.entry("not_measured".to_owned()).or_insert(0) += n_unmeasured;
    }
    sums.by_state = states.into_iter().collect();
    tx.keep(question, &sums);
    Ok(sums)
}

const fn field(name: &'static str, kind: FieldKind, sql: &'static str) -> Field {
    Field { name, kind, sql, sort_sql: None, filterable: true, sortable: true, beside: None, through: None }
}

/// Cases, the newest last event first.
pub fn cases() -> ListDef {
    use FieldKind::{Choice, Duration, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "cases",
        from: "FROM delivery_case c LEFT JOIN account a ON a.id = c.account_id LEFT JOIN team t ON t.id = c.team_id",
        condition: "1 = 1",
        account_column: Some("c.account_id"),
        unowned_visible: false,
        key: "c.id",
        fields: vec![
            field("case_ref", Reference, "c.case_ref"),
            field("source_id", Reference, "c.source_id"),
            Field { sort_sql: Some("a.name_sort"), ..field("account", Text, "a.name") },
            field("account_id", Reference, "c.account_id"),
            Field { sort_sql: Some("t.name_sort"), ..field("team", Text, "t.name") },
            field("priority", Integer, "c.priority"),
            field("category", Choice, "c.category"),
            field("state_class", Choice, "c.state_class"),
            field("opened_at", Instant, "c.opened_at_us"),
            field("last_event_at", Instant, "c.last_event_at_us"),
            field("resolved_at", Instant, "c.resolved_at_us"),
            field("month", Choice, "c.month"),
            field("n_events", Integer, "c.n_events"),
            field("n_reopened", Integer, "c.n_reopened"),
            field("n_reassigned", Integer, "c.n_reassigned"),
            field("reported_met", Flag, "c.reported_met"),
            field("clock_outcome", Choice, "c.clock_outcome"),
            field("clock_s", Duration, "c.clock_s"),
            field("target_s", Duration, "c.target_s"),
            field("paused_s", Duration, "c.paused_s"),
            field("excluded_s", Duration, "c.excluded_s"),
            field("differs", Flag, "c.differs"),
        ],
        default_sort: Sort { field: "last_event_at".to_owned(), descending: true },
        today: None,
        made_by: None,
    }
}
