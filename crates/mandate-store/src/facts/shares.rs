//! What of the facts a client's people see: shared measures; and what they say of a proposed credit, newest first.

use mandate_domain::book::Account;
use mandate_domain::facts::credit::{CreditAnswer, ServiceCredit};
use mandate_domain::facts::kpi::Kpi;
use mandate_domain::facts::result::ReviewVerdict;
use mandate_domain::identity::User;
use mandate_domain::money::Currency;
use mandate_domain::{Id, Instant, Money};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const SHARED: &str = "SELECT kpi_id FROM kpi_share WHERE account_id = $1 ORDER BY kpi_id";
const SHARE: &str = "
    INSERT INTO kpi_share (kpi_id, account_id, shared_by, shared_at_us) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kpi_id, account_id) DO NOTHING";
const UNSHARE: &str = "DELETE FROM kpi_share WHERE kpi_id = $1 AND account_id = $2";
const ANSWER: &str = "
    INSERT INTO credit_answer (id, credit_id, account_id, verdict, credit_minor, client_person_id, note, created_by,
           created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const ANSWERS: &str = "
    SELECT a.id, a.credit_id, a.account_id, a.verdict, a.credit_minor, c.currency, a.client_person_id, a.note,
           a.created_by, a.created_at_us
      FROM credit_answer a JOIN service_credit c ON c.id = a.credit_id
     WHERE a.account_id = $1 AND (a.credit_id = $2 OR $2 = '')
     ORDER BY a.created_at_us DESC, a.id DESC";

/// The measures that are shared with the client of `account`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_shared_kpis(tx: &mut ReadTx, account: &Id<Account>) -> Result<Vec<Id<Kpi>>, StoreError> {
    tx.fetch_all(SHARED, params![account]).await?.iter().map(|row| row.id(0)).collect()
}

/// Shares a measure; sharing it twice is no error.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn share_kpi(
    tx: &mut WriteTx,
    kpi: &Id<Kpi>,
    account: &Id<Account>,
    by: Option<&Id<User>>,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(SHARE, params![kpi, account, by, now]).await.map(|_| ())
}

/// Stops sharing a measure.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn unshare_kpi(tx: &mut WriteTx, kpi: &Id<Kpi>, account: &Id<Account>) -> Result<(), StoreError> {
    tx.execute(UNSHARE, params![kpi, account]).await.map(|_| ())
}

/// Keeps what the client says of a credit.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn insert_credit_answer(tx: &mut WriteTx, answer: &CreditAnswer) -> Result<(), StoreError> {
    let values = params![
        &answer.id,
        &answer.credit_id,
        &answer.account_id,
        answer.verdict.as_str(),
        answer.credit.minor,
        answer.client_person_id.as_ref(),
        &answer.note,
        answer.recorded_by.clone(),
        answer.at,
    ];
    tx.execute(ANSWER, values).await.map(|_| ())
}

/// What the client of `account` said of one credit, or of any, newest first.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_credit_answers(
    tx: &mut ReadTx,
    account: &Id<Account>,
    credit: Option<&Id<ServiceCredit>>,
) -> Result<Vec<CreditAnswer>, StoreError> {
    let values = params![account, credit.map_or("", Id::as_str)];
    tx.fetch_all(ANSWERS, values).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<CreditAnswer, StoreError> {
    Ok(CreditAnswer {
        id: row.id(0)?,
        credit_id: row.id(1)?,
        account_id: row.id(2)?,
        verdict: row.parsed(3, ReviewVerdict::parse)?,
        credit: Money::new(row.int(4)?, row.parsed(5, Currency::stored)?),
        client_person_id: row.id_or_null(6)?,
        note: row.text(7)?,
        recorded_by: row.text_or_null(8)?,
        at: row.instant(9)?,
    })
}
