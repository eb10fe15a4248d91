//! Service credits: rules of contracts, and the credits they give by month.
//!
//! A derivation is kept as a JSON array of lines, so that a credit shows years later how it came about.

use mandate_domain::book::Account;
use mandate_domain::facts::credit::{
    CreditMethod, CreditRule, CreditState, DerivationLine, LineKind, ServiceCredit,
};
use mandate_domain::{Currency, Id, Instant, Money, Month};
use serde_json::json;

use super::kpis::one_row;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;
use crate::reads::Scope;

const INSERT_RULE: &str = "
    INSERT INTO service_credit_rule (id, external_id, account_id, contract_id, kpi_id, method, tiers, at_risk_cap_minor,
           monthly_fee_minor, currency, earn_back_months, clause, valid_from, demo, version, created_at_us,
           updated_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $15)";
const SAVE_RULE: &str = "
    UPDATE service_credit_rule
       SET external_id = $1, contract_id = $2, method = $3, tiers = $4, at_risk_cap_minor = $5, monthly_fee_minor = $6,
           earn_back_months = $7, clause = $8, valid_from = $9, version = version + 1, updated_at_us = $10
     WHERE id = $11 AND version = $12 AND deleted_at_us IS NULL";
const RULE_COLUMNS: &str = "
    r.id, r.external_id, r.account_id, r.contract_id, r.kpi_id, r.method, r.tiers, r.at_risk_cap_minor,
    r.monthly_fee_minor, r.currency, r.earn_back_months, r.clause, r.valid_from, r.demo, r.version";

/// Stores a new rule.
///
/// # Errors
/// [`StoreError::Duplicate`] when the firm's own id is taken.
#[boxed]
pub async fn insert_rule(tx: &mut WriteTx, rule: &CreditRule, now: Instant) -> Result<(), StoreError> {
    let values = params![
        &rule.id,
        rule.external_id.clone(),
        &rule.account_id,
        rule.contract_id.clone(),
        &rule.kpi_id,
        rule.method.word(),
        rule.method.tiers_text(),
        rule.at_risk_cap.minor,
        rule.monthly_fee.minor,
        rule.at_risk_cap.currency.code(),
        rule.earn_back_months,
        &rule.clause,
        rule.valid_from,
        rule.demo,
        now,
    ];
    tx.execute(INSERT_RULE, values).await?;
    Ok(())
}

/// Stores a changed rule as read at its version.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_rule(tx: &mut WriteTx, rule: &CreditRule, now: Instant) -> Result<(), StoreError> {
    let values = params![
        rule.external_id.clone(),
        rule.contract_id.clone(),
        rule.method.word(),
        rule.method.tiers_text(),
        rule.at_risk_cap.minor,
        rule.monthly_fee.minor,
        rule.earn_back_months,
        &rule.clause,
        rule.valid_from,
        now,
        &rule.id,
        rule.version,
    ];
    one_row(tx.execute(SAVE_RULE, values).await?, "service_credit_rule")
}

/// The rule, if `scope` reaches its account.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_rule(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<CreditRule>,
) -> Result<Option<CreditRule>, StoreError> {
    let (condition, mut values) = scope.condition("r.account_id", 2);
    let sql = format!(
        "SELECT {RULE_COLUMNS} FROM service_credit_rule r WHERE r.id = $1 AND r.deleted_at_us IS NULL AND {condition}"
    );
    values.splice(0..0, params![id]);
    tx.fetch_optional(&sql, values).await?.as_ref().map(read_rule).transpose()
}

/// An account's rules.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_rules(tx: &mut ReadTx, account: &Id<Account>) -> Result<Vec<CreditRule>, StoreError> {
    let sql = format!(
        "SELECT {RULE_COLUMNS} FROM service_credit_rule r
          WHERE r.account_id = $1 AND r.deleted_at_us IS NULL ORDER BY r.id"
    );
    tx.fetch_all(&sql, params![account]).await?.iter().map(read_rule).collect()
}

fn money(row: &Row, minor: usize, currency: usize) -> Result<Money, StoreError> {
    Ok(Money::new(row.int(minor)?, row.parsed(currency, Currency::stored)?))
}

fn read_rule(row: &Row) -> Result<CreditRule, StoreError> {
    let tiers = row.text(6)?;
    Ok(CreditRule {
        id: row.id(0)?,
        external_id: row.text_or_null(1)?,
        account_id: row.id(2)?,
        contract_id: row.text_or_null(3)?,
        kpi_id: row.id(4)?,
        method: row.parsed(5, |word| CreditMethod::parse(word, &tiers))?,
        at_risk_cap: money(row, 7, 9)?,
        monthly_fee: money(row, 8, 9)?,
        earn_back_months: row.int(10)?,
        clause: row.text(11)?,
        valid_from: row.month(12)?,
        demo: row.flag(13)?,
        version: row.int(14)?,
    })
}

const INSERT_CREDIT: &str = "
    INSERT INTO service_credit (id, rule_id, account_id, month, computed_minor, credit_minor, currency, state, derivation,
           reason, changed_at_us, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)";
const SAVE_CREDIT: &str = "
    UPDATE service_credit
       SET computed_minor = $1, credit_minor = $2, state = $3, derivation = $4, credit_note = $5, reason = $6,
           client_person_id = $7, changed_by = $8, changed_at_us = $9, version = version + 1
     WHERE id = $10 AND version = $11";
const CREDIT_COLUMNS: &str = "
    c.id, c.rule_id, c.account_id, c.month, c.computed_minor, c.credit_minor, c.currency, c.state, c.derivation,
    c.credit_note, c.reason, c.client_person_id, c.changed_by, c.changed_at_us, c.version";

/// Stores a new credit.
///
/// # Errors
/// [`StoreError::Duplicate`] when the rule has one for that month.
#[boxed]
pub async fn insert_credit(tx: &mut WriteTx, credit: &ServiceCredit) -> Result<(), StoreError> {
    let values = params![
        &credit.id,
        &credit.rule_id,
        &credit.account_id,
        credit.month,
        credit.computed.minor,
        credit.credit.minor,
        credit.credit.currency.code(),
        credit.state.as_str(),
        derivation_text(&credit.derivation),
        &credit.reason,
        credit.changed_at,
    ];
    tx.execute(INSERT_CREDIT, values).await?;
    Ok(())
}

/// Stores a moved or recomputed credit as read at its version.
///
/// # Errors
/// [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_credit(tx: &mut WriteTx, credit: &ServiceCredit) -> Result<(), StoreError> {
    let values = params![
        credit.computed.minor,
        credit.credit.minor,
        credit.state.as_str(),
        derivation_text(&credit.derivation),
        credit.credit_note.clone(),
        &credit.reason,
        credit.client_person_id.as_ref(),
        credit.changed_by.clone(),
        credit.changed_at,
        &credit.id,
        credit.version,
    ];
    one_row(tx.execute(SAVE_CREDIT, values).await?, "service_credit")
}

/// The credit, if `scope` reaches its account.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_credit(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<ServiceCredit>,
) -> Result<Option<ServiceCredit>, StoreError> {
    let (condition, mut values) = scope.condition("c.account_id", 2);
    let sql = format!("SELECT {CREDIT_COLUMNS} FROM service_credit c WHERE c.id = $1 AND {condition}");
    values.splice(0..0, params![id]);
    tx.fetch_optional(&sql, values).await?.as_ref().map(read_credit).transpose()
}

/// The credit of a rule for a month.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_credit_for(
    tx: &mut ReadTx,
    rule: &Id<CreditRule>,
    month: Month,
) -> Result<Option<ServiceCredit>, StoreError> {
    let sql = format!("SELECT {CREDIT_COLUMNS} FROM service_credit c WHERE c.rule_id = $1 AND c.month = $2");
    tx.fetch_optional(&sql, params![rule, month]).await?.as_ref().map(read_credit).transpose()
}

/// An account's credits in some months, newest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_credits(
    tx: &mut ReadTx,
    account: &Id<Account>,
    from: Month,
    until: Month,
) -> Result<Vec<ServiceCredit>, StoreError> {
    let sql = format!(
        "SELECT {CREDIT_COLUMNS} FROM service_credit c
          WHERE c.account_id = $1 AND c.month >= $2 AND c.month <= $3 ORDER BY c.month DESC, c.id"
    );
    tx.fetch_all(&sql, params![account, from, until]).await?.iter().map(read_credit).collect()
}

const ACCOUNTS: &str = "SELECT DISTINCT account_id FROM service_credit ORDER BY account_id";

/// The accounts that have any credit.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn accounts_with_credits(tx: &mut ReadTx) -> Result<Vec<Id<Account>>, StoreError> {
    tx.fetch_all(ACCOUNTS, vec![]).await?.iter().map(|row| row.id(0)).collect()
}

fn read_credit(row: &Row) -> Result<ServiceCredit, StoreError> {
    Ok(ServiceCredit {
        id: row.id(0)?,
        rule_id: row.id(1)?,
        account_id: row.id(2)?,
        month: row.month(3)?,
        computed: money(row, 4, 6)?,
        credit: money(row, 5, 6)?,
        state: row.parsed(7, CreditState::parse)?,
        derivation: row.parsed(8, parse_derivation)?,
        credit_note: row.text_or_null(9)?,
        reason: row.text(10)?,
        client_person_id: row.id_or_null(11)?,
        changed_by: row.text_or_null(12)?,
        changed_at: row.instant(13)?,
        version: row.int(14)?,
    })
}

fn derivation_text(lines: &[DerivationLine]) -> String {
    let lines = lines.iter().map(|line| {
        json!({
            "kind": line.kind.as_str(),
            "case": line.case_ref,
            "amount": line.amount,
            "base": line.base,
            "minor": line.minor,
        })
    });
    serde_json::Value::Array(lines.collect()).to_string()
}

fn parse_derivation(text: &str) -> Result<Vec<DerivationLine>, String> {
    let lines: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    lines
        .iter()
        .map(|line| {
            let kind = LineKind::parse(line["kind"].as_str().unwrap_or_default());
            Ok(DerivationLine {
                kind: kind.map_err(|error| error.to_string())?,
                case_ref: line["case"].as_str().map(str::to_owned),
                amount: line["amount"].as_i64().unwrap_or(0),
                base: line["base"].as_i64().unwrap_or(0),
                minor: line["minor"].as_i64(),
            })
        })
        .collect()
}
