//! Measures: definitions with their versions, reasons, walk-throughs, and values by account and month.
//!
//! Values are derived and replaced whenever cases change; definitions follow each other by month and only the newest
//! can be corrected. Not here: cases (`reads::kpi_cases`), what the client says of a value (`results`).

use mandate_domain::book::{Account, Person};
use mandate_domain::facts::case_filter::CaseFilter;
use mandate_domain::facts::kpi::{
    Aggregate, Cadence, Direction, Figure, Kpi, KpiDefinition, KpiScope, KpiVersion, MeasuredClock, Verdict,
};
use mandate_domain::facts::result::Walkthrough;
use mandate_domain::{Id, Instant, Month, text};

use super::places::{AT_ONCE, Marks, Place, values};
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const INSERT: &str = "
    INSERT INTO kpi (id, external_id, account_id, source_id, name, name_sort, owner_person_id, cadence, assumed, demo,
           version, created_at_us, updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)";
const SAVE: &str = "
    UPDATE kpi SET external_id = $1, name = $2, name_sort = $3, owner_person_id = $4, cadence = $5, assumed = $6,
           version = version + 1, updated_at_us = $7
     WHERE id = $8 AND version = $9 AND deleted_at_us IS NULL";
const TRASH: &str = "
    UPDATE kpi SET deleted_at_us = $1, version = version + 1
     WHERE id = $2 AND version = $3 AND deleted_at_us IS NULL";
const RESTORE: &str = "
    UPDATE kpi SET deleted_at_us = NULL, version = version + 1 WHERE id = $1 AND deleted_at_us IS NOT NULL";
const INSERT_VERSION: &str = "
    INSERT INTO kpi_version (id, kpi_id, valid_from, clock_kind, aggregate, parameter, direction, target_micro, filter,
           created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const CORRECT_VERSION: &str = "
    UPDATE kpi_version SET clock_kind = $1, aggregate = $2, parameter = $3, direction = $4, target_micro = $5,
           filter = $6
     WHERE id = $7";
const COLUMNS: &str = "
    k.id, k.external_id, k.account_id, k.source_id, k.name, k.owner_person_id, k.cadence, k.assumed, k.demo, k.version,
    v.id, v.valid_from, v.clock_kind, v.aggregate, v.parameter, v.direction, v.target_micro, v.filter";
const FROM: &str = "FROM kpi k JOIN kpi_version v ON v.kpi_id = k.id";

/// Stores a new measure with its definitions.
///
/// # Errors
/// [`StoreError::Duplicate`] when the firm's own id is taken.
#[boxed]
pub async fn insert_kpi(tx: &mut WriteTx, kpi: &Kpi, now: Instant) -> Result<(), StoreError> {
    let (account_id, source_id) = match &kpi.scope {
        KpiScope::Account(id) => (Some(id.to_string()), None),
        KpiScope::Source(id) => (None, Some(id.clone())),
        KpiScope::Everything => (None, None),
    };
    let values = params![
        &kpi.id,
        kpi.external_id.clone(),
        account_id,
        source_id,
        &kpi.name,
        text::fold(&kpi.name),
        kpi.owner_person_id.as_ref(),
        kpi.cadence.as_str(),
        kpi.assumed,
        kpi.demo,
        now,
    ];
    tx.execute(INSERT, values).await?;
    for version in &kpi.versions {
        insert_version(tx, &kpi.id, version, now).await?;
    }
    Ok(())
}

/// Stores one more definition of `kpi_id`.
///
/// # Errors
/// [`StoreError::Duplicate`] when one begins in that month already.
#[boxed]
pub async fn insert_version(
    tx: &mut WriteTx,
    kpi_id: &Id<Kpi>,
    version: &KpiVersion,
    now: Instant,
) -> Result<(), StoreError> {
    let definition = &version.definition;
    let values = params![
        &version.id,
        kpi_id,
        version.valid_from,
        definition.clock.as_str(),
        definition.aggregate.word(),
        definition.aggregate.parameter(),
        definition.direction.as_str(),
        definition.target_micro(),
        definition.filter.to_string(),
        now,
    ];
    tx.execute(INSERT_VERSION, values).await?;
    Ok(())
}

/// Replaces a definition under which no result was shown to anyone yet.
///
/// # Errors
/// [`StoreError::Stale`] when it is gone.
#[boxed]
pub async fn correct_version(tx: &mut WriteTx, version: &KpiVersion) -> Result<(), StoreError> {
    let definition = &version.definition;
    let values = params![
        definition.clock.as_str(),
        definition.aggregate.word(),
        definition.aggregate.parameter(),
        definition.direction.as_str(),
        definition.target_micro(),
        definition.filter.to_string(),
        &version.id,
    ];
    one_row(tx.execute(CORRECT_VERSION, values).await?, "kpi_version")
}

/// Stores name, owner, cadence and mark of `kpi` as read at its version.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_kpi(tx: &mut WriteTx, kpi: &Kpi, now: Instant) -> Result<(), StoreError> {
    let values = params![
        kpi.external_id.clone(),
        &kpi.name,
        text::fold(&kpi.name),
        kpi.owner_person_id.as_ref(),
        kpi.cadence.as_str(),
        kpi.assumed,
        now,
        &kpi.id,
        kpi.version,
    ];
    one_row(tx.execute(SAVE, values).await?, "kpi")
}

/// Puts a measure into the trash; its values and what was said of them stay.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn trash_kpi(tx: &mut WriteTx, id: &Id<Kpi>, version: i64, now: Instant) -> Result<(), StoreError> {
    one_row(tx.execute(TRASH, params![now, id, version]).await?, "kpi")
}

/// Brings a measure back from the trash.
///
/// # Errors
/// [`StoreError::Stale`] when it is not there.
#[boxed]
pub async fn restore_kpi(tx: &mut WriteTx, id: &Id<Kpi>) -> Result<(), StoreError> {
    one_row(tx.execute(RESTORE, params![id]).await?, "kpi")
}

pub(crate) fn one_row(n_rows: u64, table: &'static str) -> Result<(), StoreError> {
    if n_rows == 1 { Ok(()) } else { Err(StoreError::Stale { table }) }
}

/// The measure with its definitions, unless it is in the trash.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_kpi(tx: &mut ReadTx, id: &Id<Kpi>) -> Result<Option<Kpi>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE k.id = $1 AND k.deleted_at_us IS NULL ORDER BY k.id, v.valid_from"
    );
    Ok(read_kpis(&tx.fetch_all(&sql, params![id]).await?)?.pop())
}

/// Every measure that is not in the trash.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_kpis(tx: &mut ReadTx) -> Result<Vec<Kpi>, StoreError> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE k.deleted_at_us IS NULL ORDER BY k.id, v.valid_from");
    read_kpis(&tx.fetch_all(&sql, vec![]).await?)
}

/// The measures of a source, to see whether an import has proposed any.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_kpis_of_source(tx: &mut ReadTx, source_id: &str) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM kpi WHERE source_id = $1";
    tx.fetch_one(COUNT, params![source_id]).await?.int(0)
}

/// Rows ordered by measure and begin of the definition.
fn read_kpis(rows: &[Row]) -> Result<Vec<Kpi>, StoreError> {
    let mut kpis: Vec<Kpi> = vec![];
    for row in rows {
        let id: Id<Kpi> = row.id(0)?;
        let version =
            KpiVersion { id: row.id(10)?, valid_from: row.month(11)?, definition: read_definition(row, 12)? };
        if let Some(last) = kpis.last_mut().filter(|last| last.id == id) {
            last.versions.push(version);
            continue;
        }
        let scope = match (row.id_or_null(2)?, row.text_or_null(3)?) {
            (Some(account_id), _) => KpiScope::Account(account_id),
            (None, Some(source_id)) => KpiScope::Source(source_id),
            (None, None) => KpiScope::Everything,
        };
        kpis.push(Kpi {
            id,
            external_id: row.text_or_null(1)?,
            scope,
            name: row.text(4)?,
            owner_person_id: row.id_or_null(5)?,
            cadence: row.parsed(6, Cadence::parse)?,
            assumed: row.flag(7)?,
            demo: row.flag(8)?,
            version: row.int(9)?,
            versions: vec![version],
        });
    }
    Ok(kpis)
}

/// The six columns of a definition, from `first` on.
fn read_definition(row: &Row, first: usize) -> Result<KpiDefinition, StoreError> {
    let parameter = row.int_or_null(first + 2)?;
    let aggregate = row.parsed(first + 1, |word| Aggregate::parse(word, parameter))?;
    let clock = row.parsed(first, MeasuredClock::parse)?;
    let direction = row.parsed(first + 3, Direction::parse)?;
    let target_micro = row.int_or_null(first + 4)?;
    let filter = row.parsed(first + 5, CaseFilter::parse)?;
    KpiDefinition::new(clock, aggregate, direction, target_micro, filter).map_err(|error| {
        StoreError::Inconsistent { table: "kpi_version", id: String::new(), what: error.to_string() }
    })
}

/// A value as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KpiValueRow {
    /// Which measure.
    pub kpi_id: Id<Kpi>,
    /// Whose.
    pub account_id: Id<Account>,
    /// Which month.
    pub month: Month,
    /// The definition it was computed by.
    pub kpi_version_id: Id<KpiVersion>,
    /// The figures.
    pub figure: Figure,
}

const DROP_VALUES_OF_KPI: &str = "DELETE FROM kpi_value WHERE kpi_id = $1 AND month >= $2";
const INSERT_VALUES: &str = "
    INSERT INTO kpi_value (kpi_id, account_id, month, kpi_version_id, n, numerator, value_micro, low_micro, high_micro,
           reported_micro, verdict)";

/// Forgets every measure's values of some accounts and months, before new ones are stored.
///
/// # Errors
/// [`StoreError`] when they cannot be removed.
#[boxed]
pub async fn drop_values(tx: &mut WriteTx, places: &[Place]) -> Result<(), StoreError> {
    for part in places.chunks(AT_ONCE) {
        let marks = Marks { n_before: 0, n_places: part.len() };
        let sql = format!("DELETE FROM kpi_value WHERE (account_id, month) IN (VALUES {})", marks.places());
        tx.execute(&sql, values(part).collect()).await?;
    }
    Ok(())
}

/// Forgets one measure's values from a month on, for all accounts.
///
/// # Errors
/// [`StoreError`] when they cannot be removed.
#[boxed]
pub async fn drop_values_of_kpi(tx: &mut WriteTx, kpi: &Id<Kpi>, from: Month) -> Result<(), StoreError> {
    tx.execute(DROP_VALUES_OF_KPI, params![kpi, from]).await?;
    Ok(())
}

/// Stores values.
///
/// # Errors
/// [`StoreError::Duplicate`] when one of them is there already.
#[boxed]
pub async fn insert_values(tx: &mut WriteTx, values: &[KpiValueRow]) -> Result<(), StoreError> {
    let row = |value: &KpiValueRow| {
        let figure = &value.figure;
        params![
            &value.kpi_id,
            &value.account_id,
            value.month,
            &value.kpi_version_id,
            figure.n,
            figure.numerator,
            figure.value_micro,
            figure.low_micro,
            figure.high_micro,
            figure.reported_micro,
            figure.verdict.as_str(),
        ]
    };
    tx.insert_many(INSERT_VALUES, values.iter().map(row).collect(), "").await?;
    Ok(())
}

const VALUES: &str = "
    SELECT kpi_id, account_id, month, kpi_version_id, n, numerator, value_micro, low_micro, high_micro, reported_micro,
           verdict
      FROM kpi_value WHERE kpi_id = $1 AND account_id = $2 ORDER BY month";
const VALUES_OF_ACCOUNT: &str = "
    SELECT kpi_id, account_id, month, kpi_version_id, n, numerator, value_micro, low_micro, high_micro, reported_micro,
           verdict
      FROM kpi_value WHERE account_id = $1 AND month >= $2 AND month <= $3 ORDER BY kpi_id, month";

/// A measure's values for an account, oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_values(
    tx: &mut ReadTx,
    kpi: &Id<Kpi>,
    account: &Id<Account>,
) -> Result<Vec<KpiValueRow>, StoreError> {
    tx.fetch_all(VALUES, params![kpi, account]).await?.iter().map(read_value).collect()
}

/// All measures' values of an account in some months.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_values_of_account(
    tx: &mut ReadTx,
    account: &Id<Account>,
    from: Month,
    until: Month,
) -> Result<Vec<KpiValueRow>, StoreError> {
    tx.fetch_all(VALUES_OF_ACCOUNT, params![account, from, until]).await?.iter().map(read_value).collect()
}

fn read_value(row: &Row) -> Result<KpiValueRow, StoreError> {
    Ok(KpiValueRow {
        kpi_id: row.id(0)?,
        account_id: row.id(1)?,
        month: row.month(2)?,
        kpi_version_id: row.id(3)?,
        figure: Figure {
            n: row.int(4)?,
            numerator: row.int(5)?,
            value_micro: row.int_or_null(6)?,
            low_micro: row.int_or_null(7)?,
            high_micro: row.int_or_null(8)?,
            reported_micro: row.int_or_null(9)?,
            verdict: row.parsed(10, Verdict::parse)?,
        },
    })
}

/// Why a measure matters to one client, in the client's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KpiReason {
    /// The words.
    pub text: String,
    /// Who said them.
    pub person_id: Option<Id<Person>>,
    /// On which day.
    pub said_on: Option<jiff::civil::Date>,
    /// Counts saves.
    pub version: i64,
}

const REASON: &str = "
    SELECT text, person_id, said_on, version FROM kpi_reason WHERE kpi_id = $1 AND account_id = $2";
const INSERT_REASON: &str = "
    INSERT INTO kpi_reason (kpi_id, account_id, text, person_id, said_on, version) VALUES ($1, $2, $3, $4, $5, 1)";
const SAVE_REASON: &str = "
    UPDATE kpi_reason SET text = $1, person_id = $2, said_on = $3, version = version + 1
     WHERE kpi_id = $4 AND account_id = $5 AND version = $6";

/// Why the measure matters to the client, if anyone has said so.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_reason(
    tx: &mut ReadTx,
    kpi: &Id<Kpi>,
    account: &Id<Account>,
) -> Result<Option<KpiReason>, StoreError> {
    let Some(row) = tx.fetch_optional(REASON, params![kpi, account]).await? else { return Ok(None) };
    Ok(Some(KpiReason {
        text: row.text(0)?,
        person_id: row.id_or_null(1)?,
        said_on: row.date_or_null(2)?,
        version: row.int(3)?,
    }))
}

/// Stores the client's words; version 0 means that there were none yet.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_reason(
    tx: &mut WriteTx,
    kpi: &Id<Kpi>,
    account: &Id<Account>,
    reason: &KpiReason,
) -> Result<(), StoreError> {
    let (text, person, said_on) = (&reason.text, reason.person_id.as_ref(), reason.said_on);
    if reason.version == 0 {
        let done = tx.execute(INSERT_REASON, params![kpi, account, text, person, said_on]).await;
        return match done {
            Err(StoreError::Duplicate { .. }) => Err(StoreError::Stale { table: "kpi_reason" }),
            done => done.map(|_| ()),
        };
    }
    let values = params![text, person, said_on, kpi, account, reason.version];
    one_row(tx.execute(SAVE_REASON, values).await?, "kpi_reason")
}

const INSERT_WALKTHROUGH: &str = "
    INSERT INTO kpi_walkthrough (id, kpi_id, account_id, client_person_id, our_person_id, held_on, note, created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const WALKTHROUGHS: &str = "
    SELECT id, kpi_id, account_id, client_person_id, our_person_id, held_on, note
      FROM kpi_walkthrough WHERE account_id = $1 AND (kpi_id = $2 OR $2 = '')
     ORDER BY held_on DESC, id DESC";

/// Stores that a client person was taken through a measure.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_walkthrough(
    tx: &mut WriteTx,
    walkthrough: &Walkthrough,
    now: Instant,
) -> Result<(), StoreError> {
    let values = params![
        &walkthrough.id,
        &walkthrough.kpi_id,
        &walkthrough.account_id,
        &walkthrough.client_person_id,
        walkthrough.our_person_id.as_ref(),
        walkthrough.held_on,
        &walkthrough.note,
        now,
    ];
    tx.execute(INSERT_WALKTHROUGH, values).await?;
    Ok(())
}

/// Who was taken through one measure of an account, or through any, newest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_walkthroughs(
    tx: &mut ReadTx,
    account: &Id<Account>,
    kpi: Option<&Id<Kpi>>,
) -> Result<Vec<Walkthrough>, StoreError> {
    let kpi = kpi.map_or("", Id::as_str);
    let rows = tx.fetch_all(WALKTHROUGHS, params![account, kpi]).await?;
    rows.iter()
        .map(|row| {
            Ok(Walkthrough {
                id: row.id(0)?,
                kpi_id: row.id(1)?,
                account_id: row.id(2)?,
                client_person_id: row.id(3)?,
                our_person_id: row.id_or_null(4)?,
                held_on: row.date(5)?,
                note: row.text(6)?,
            })
        })
        .collect()
}
