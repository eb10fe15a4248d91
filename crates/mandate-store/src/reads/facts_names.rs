//! Which account and which team the names in event files stand for: the firm's own ids of the book's records; and which
//! cases a writer reaches.
//!
//! Deriving a case asks for all accounts; whether a writer may name one is asked within their scope.

use std::collections::BTreeMap;

use mandate_domain::book::Kind;
use mandate_domain::facts::source::SourceId;

use super::Scope;
use crate::db::{ReadTx, StoreError, Value};
use crate::{boxed, merge, params};

const TEAMS: &str = "SELECT external_id, id FROM team WHERE external_id IS NOT NULL";
const GROUP_NAMES: &str = "SELECT external_id, name FROM team WHERE external_id IS NOT NULL";

/// Ids of accounts by the firm's own ids; also those in the trash, whose facts are kept.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn account_ids(tx: &mut ReadTx, scope: &Scope) -> Result<BTreeMap<String, String>, StoreError> {
    let (condition, values) = scope.condition("a.id", 1);
    let sql =
        format!("SELECT a.external_id, a.id FROM account a WHERE a.external_id IS NOT NULL AND {condition}");
    let rows = tx.fetch_all(&sql, values).await?;
    let mut ids: BTreeMap<String, String> =
        rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect::<Result<_, StoreError>>()?;
    // What was merged is named by event files for ever, and means the account that stands for it, where that is in reach.
    for (external_id, kept) in merge::external_ids(tx, Kind::Account).await? {
        ids.remove(&external_id);
        let in_reach = *scope == Scope::Everything || {
            let (condition, values) = scope.condition("a.id", 2);
            let sql = format!("SELECT a.id FROM account a WHERE a.id = $1 AND {condition}");
            let values = params![&kept].into_iter().chain(values).collect();
            tx.fetch_optional(&sql, values).await?.is_some()
        };
        if in_reach {
            ids.insert(external_id, kept);
        }
    }
    Ok(ids)
}

/// Which of the given cases of a source are kept, and whether `scope` reaches them; one without an account is reached by
/// who sees all accounts only.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn cases_within(
    tx: &mut ReadTx,
    scope: &Scope,
    source: &SourceId,
    case_refs: &[&str],
) -> Result<BTreeMap<String, bool>, StoreError> {
    let mut found = BTreeMap::new();
    for part in case_refs.chunks(1_000) {
        let marks: Vec<String> = (1..=part.len()).map(|idx| format!("${idx}")).collect();
        let (condition, scope_values) = scope.condition("c.account_id", part.len() + 1);
        let sql = format!(
            "SELECT c.case_ref, CAST(CASE WHEN {condition} THEN 1 ELSE 0 END AS BIGINT) FROM delivery_case c WHERE c.id IN ({})",
            marks.join(", ")
        );
        let id = |case_ref: &&str| Value::Text(Some(format!("{source}:{case_ref}")));
        let bound = part.iter().map(id).chain(scope_values).collect();
        for row in tx.fetch_all(&sql, bound).await? {
            found.insert(row.text(0)?, row.int(1)? == 1);
        }
    }
    Ok(found)
}

/// Ids of teams by the firm's own ids.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn team_ids(tx: &mut ReadTx) -> Result<BTreeMap<String, String>, StoreError> {
    pairs(tx, TEAMS).await
}

/// Names of teams by the firm's own ids: what pages call the groups of a source's events.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn group_names(tx: &mut ReadTx) -> Result<BTreeMap<String, String>, StoreError> {
    pairs(tx, GROUP_NAMES).await
}

async fn pairs(tx: &mut ReadTx, sql: &str) -> Result<BTreeMap<String, String>, StoreError> {
    tx.fetch_all(sql, vec![]).await?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}
