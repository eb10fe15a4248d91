//! Cases as measures see them: read by account and month in pages by key, and the few that a page shows as examples.

use mandate_domain::book::Account;
use mandate_domain::facts::kpi::{ClockFigure, MeasuredCase};
use mandate_domain::{Id, Month};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError};
use crate::facts::places::{AT_ONCE, Marks, Place, values};
use crate::params;

const COLUMNS: &str = "
    id, case_ref, source_id, month, priority, group_ref, team_id, category, kind, clock_outcome, clock_s, target_s,
    outcome_without_exclusions, excluded_s, response_outcome, response_s, update_outcome, update_s, reported_met,
    n_reopened, n_reassigned, differs";

/// Where the account stands behind [`COLUMNS`].
const ACCOUNT: usize = 22;

/// Where the next page of [`list_measured_cases`] begins: the month and id of the last case read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AfterCase {
    /// Its month.
    pub month: Month,
    /// Its id.
    pub id: String,
}

/// Up to `limit` cases of an account in the months `from` to `until`, by month and id.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_measured_cases(
    tx: &mut ReadTx,
    account: &Id<Account>,
    from: Month,
    until: Month,
    after: Option<&AfterCase>,
    limit: i64,
) -> Result<Vec<MeasuredCase>, StoreError> {
    let (month, id) = match after {
        Some(after) => (after.month.to_string(), after.id.clone()),
        None => (from.to_string(), String::new()),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM delivery_case
          WHERE account_id = $1 AND month <= $2 AND (month, id) > ($3, $4)
          ORDER BY month, id LIMIT $5"
    );
    tx.fetch_all(&sql, params![account, until, month, id, limit]).await?.iter().map(read_case).collect()
}

/// Hands the cases of `places` to `take`, those of one account and month together; places without a case are left out.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn each_measured_place(
    tx: &mut ReadTx,
    places: &[Place],
    mut take: impl FnMut(&Id<Account>, Month, &[MeasuredCase]) + Send,
) -> Result<(), StoreError> {
    for part in places.chunks(AT_ONCE) {
        let sql = format!(
            "SELECT {COLUMNS}, account_id
               FROM (VALUES {}) AS place CROSS JOIN delivery_case
              WHERE account_id = place.column1 AND month = place.column2 ORDER BY account_id, month",
            Marks { n_before: 0, n_places: part.len() }.places()
        );
        let mut open: Option<(Id<Account>, Vec<MeasuredCase>)> = None;
        tx.each_row(&sql, values(part).collect(), |row| {
            let (case, account) = (read_case(row)?, row.id(ACCOUNT)?);
            match &mut open {
                Some((of, cases)) if *of == account && cases[0].month == case.month => cases.push(case),
                _ => {
                    if let Some((of, cases)) = open.replace((account, vec![case])) {
                        take(&of, cases[0].month, &cases);
                    }
                }
            }
            Ok(())
        })
        .await?;
        if let Some((of, cases)) = open {
            take(&of, cases[0].month, &cases);
        }
    }
    Ok(())
}

const MONTHS: &str = "SELECT MIN(month), MAX(month) FROM delivery_case WHERE account_id = $1";
const ALL_MONTHS: &str = "SELECT MIN(month), MAX(month) FROM delivery_case";
const MEASURED_ACCOUNTS: &str = "
    SELECT DISTINCT account_id FROM delivery_case
     WHERE account_id IS NOT NULL AND (source_id = $1 OR $1 = '') ORDER BY account_id";

/// The first and last month in which an account (or any) has cases.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn case_months(
    tx: &mut ReadTx,
    account: Option<&Id<Account>>,
) -> Result<Option<(Month, Month)>, StoreError> {
    let row = match account {
        Some(account) => tx.fetch_one(MONTHS, params![account]).await?,
        None => tx.fetch_one(ALL_MONTHS, vec![]).await?,
    };
    let first = row.parsed_or_null(0, Month::parse)?;
    Ok(first.zip(row.parsed_or_null(1, Month::parse)?))
}

/// The accounts that have cases, of one source or of any.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_measured_accounts(
    tx: &mut ReadTx,
    source_id: Option<&str>,
) -> Result<Vec<Id<Account>>, StoreError> {
    let rows = tx.fetch_all(MEASURED_ACCOUNTS, params![source_id.unwrap_or_default()]).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

const CHOICES: [(&str, &str); 3] = [
    (
        "group",
        "SELECT DISTINCT group_ref FROM delivery_case WHERE account_id = $1 AND group_ref <> '' ORDER BY 1 LIMIT 200",
    ),
    (
        "category",
        "SELECT DISTINCT category FROM delivery_case WHERE account_id = $1 AND category <> '' ORDER BY 1 LIMIT 200",
    ),
    (
        "kind",
        "SELECT DISTINCT kind FROM delivery_case WHERE account_id = $1 AND kind <> '' ORDER BY 1 LIMIT 200",
    ),
];

/// What a filter could name, by field (`group`, `category`, `kind`): the values an account's cases have.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn filter_choices(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<(&'static str, Vec<String>)>, StoreError> {
    let mut choices = vec![];
    for (field, sql) in CHOICES {
        let rows = tx.fetch_all(sql, params![account]).await?;
        choices.push((field, rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?));
    }
    Ok(choices)
}

fn read_case(row: &Row) -> Result<MeasuredCase, StoreError> {
    let clock = |outcome: usize, seconds: usize| {
        let outcome = row.text(outcome)?;
        Ok::<_, StoreError>(ClockFigure {
            met: met(&outcome),
            running: outcome == "running",
            seconds: row.int(seconds)?,
        })
    };
    Ok(MeasuredCase {
        id: row.text(0)?,
        case_ref: row.text(1)?,
        source_id: row.text(2)?,
        month: row.month(3)?,
        priority: u8::try_from(row.int(4)?).unwrap_or(0),
        group: row.text(5)?,
        team_id: row.text_or_null(6)?,
        category: row.text(7)?,
        kind: row.text(8)?,
        resolution: clock(9, 10)?,
        target_s: row.int_or_null(11)?,
        met_without_exclusions: met(&row.text(12)?),
        excluded_s: row.int(13)?,
        response: clock(14, 15)?,
        update: clock(16, 17)?,
        reported_met: row.int_or_null(18)?.map(|flag| flag != 0),
        n_reopened: row.int(19)?,
        n_reassigned: row.int(20)?,
        differs: row.flag(21)?,
    })
}

/// What a clock's word says: met or missed, or nothing yet.
fn met(outcome: &str) -> Option<bool> {
    match outcome {
        "met" => Some(true),
        "missed" => Some(false),
        _ => None,
    }
}

const CASE_ACCOUNT: &str = "SELECT account_id FROM delivery_case WHERE id = $1";
const CASES_BETWEEN: &str = "
    SELECT id, source_id, case_ref, month FROM delivery_case
     WHERE account_id = $1 AND (id = $2 OR $2 = '') AND opened_at_us < $3 AND last_event_at_us > $4
     ORDER BY source_id, id";

/// The account of a case, if there is such a case and its account is stated.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_case_account(tx: &mut ReadTx, case_id: &str) -> Result<Option<Id<Account>>, StoreError> {
    match tx.fetch_optional(CASE_ACCOUNT, params![case_id]).await? {
        Some(row) => row.id_or_null(0),
        None => Ok(None),
    }
}

/// Which case, and where its events are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseKey {
    /// Its id.
    pub id: String,
    /// The source it came from.
    pub source_id: String,
    /// The source's own id.
    pub case_ref: String,
    /// The month it counts for.
    pub month: Month,
}

/// The cases of an account (or the one named) that were open at some time from `from` to before `until`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_cases_between(
    tx: &mut ReadTx,
    account: &Id<Account>,
    case_id: Option<&str>,
    from: mandate_domain::Instant,
    until: mandate_domain::Instant,
) -> Result<Vec<CaseKey>, StoreError> {
    let values = params![account, case_id.unwrap_or_default(), until, from];
    tx.fetch_all(CASES_BETWEEN, values)
        .await?
        .iter()
        .map(|row| {
            Ok(CaseKey {
                id: row.text(0)?,
                source_id: row.text(1)?,
                case_ref: row.text(2)?,
                month: row.month(3)?,
            })
        })
        .collect()
}
