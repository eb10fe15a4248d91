//! What clients say of results: inserted, never changed; the newest word stands.

use mandate_domain::book::Account;
use mandate_domain::facts::kpi::Kpi;
use mandate_domain::facts::result::{ResultReview, ReviewVerdict};
use mandate_domain::{Id, Month};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const INSERT: &str = "
    INSERT INTO result_review (id, kpi_id, account_id, month, case_id, verdict, client_person_id, note, created_by,
           created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const OF_ACCOUNT: &str = "
    SELECT id, kpi_id, account_id, month, case_id, verdict, client_person_id, note, created_by, created_at_us
      FROM result_review
     WHERE account_id = $1 AND (kpi_id = $2 OR $2 = '') AND month >= $3 AND month <= $4
     ORDER BY created_at_us DESC, id DESC";
const NEWEST_REVIEWED: &str = "
    SELECT MAX(month) FROM (
      SELECT month FROM result_review WHERE kpi_id = $1
       UNION ALL
      SELECT credit.month FROM service_credit credit JOIN service_credit_rule rule ON rule.id = credit.rule_id
       WHERE rule.kpi_id = $1 AND credit.state <> 'computed') reviewed";

/// Stores a client's word.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_review(tx: &mut WriteTx, review: &ResultReview) -> Result<(), StoreError> {
    let values = params![
        &review.id,
        &review.kpi_id,
        &review.account_id,
        review.month,
        review.case_id.clone(),
        review.verdict.as_str(),
        review.client_person_id.as_ref(),
        &review.note,
        review.recorded_by.clone(),
        review.at,
    ];
    tx.execute(INSERT, values).await?;
    Ok(())
}

/// What was said of one measure's (or any measure's) results of an account in some months, newest first.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_reviews(
    tx: &mut ReadTx,
    account: &Id<Account>,
    kpi: Option<&Id<Kpi>>,
    from: Month,
    until: Month,
) -> Result<Vec<ResultReview>, StoreError> {
    let kpi = kpi.map_or("", Id::as_str);
    tx.fetch_all(OF_ACCOUNT, params![account, kpi, from, until]).await?.iter().map(read_review).collect()
}

/// The newest month for which a client has said anything of the measure, or a credit on it was proposed.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn newest_reviewed_month(tx: &mut ReadTx, kpi: &Id<Kpi>) -> Result<Option<Month>, StoreError> {
    tx.fetch_one(NEWEST_REVIEWED, params![kpi]).await?.parsed_or_null(0, Month::parse)
}

fn read_review(row: &Row) -> Result<ResultReview, StoreError> {
    Ok(ResultReview {
        id: row.id(0)?,
        kpi_id: row.id(1)?,
        account_id: row.id(2)?,
        month: row.month(3)?,
        case_id: row.text_or_null(4)?,
        verdict: row.parsed(5, ReviewVerdict::parse)?,
        client_person_id: row.id_or_null(6)?,
        note: row.text(7)?,
        recorded_by: row.text_or_null(8)?,
        at: row.instant(9)?,
    })
}
