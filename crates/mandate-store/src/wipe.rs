//! The demo book's one named operation on rows of other rooms: how much of it there is, and its physical removal.
//!
//! Removal takes every row marked `demo`, every row that hangs on a demo account, source or measure, and what was
//! derived from them. A firm's own records that point at a demo record lose that pointer; a demo product, calendar or
//! custom field that a firm's own record came to use becomes the firm's own. The audit record stays. Files are
//! the caller's to remove, after the commit.

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};

/// How much of the demo book, and of a firm's own book, there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoCounts {
    /// Accounts of the demo book.
    pub n_accounts: i64,
    /// Its sources of events.
    pub n_sources: i64,
    /// Its cases.
    pub n_cases: i64,
    /// Its events.
    pub n_events: i64,
    /// Accounts of the firm's own, in the trash or not.
    pub n_own_accounts: i64,
}

const COUNTS: &str = "
    SELECT (SELECT COUNT(*) FROM account WHERE demo = 1),
           (SELECT COUNT(*) FROM event_source WHERE demo = 1),
           (SELECT CAST(COALESCE(SUM(n_cases), 0) AS BIGINT) FROM event_source WHERE demo = 1),
           (SELECT CAST(COALESCE(SUM(n_events), 0) AS BIGINT) FROM event_source WHERE demo = 1),
           (SELECT COUNT(*) FROM account WHERE demo = 0)";
const SOURCES: &str = "SELECT id FROM event_source WHERE demo = 1 ORDER BY id";

/// How much there is.
///
/// # Errors
/// [`StoreError`] when it cannot be counted.
#[boxed]
pub async fn count_demo(tx: &mut ReadTx) -> Result<DemoCounts, StoreError> {
    let row = tx.fetch_one(COUNTS, vec![]).await?;
    Ok(DemoCounts {
        n_accounts: row.int(0)?,
        n_sources: row.int(1)?,
        n_cases: row.int(2)?,
        n_events: row.int(3)?,
        n_own_accounts: row.int(4)?,
    })
}

/// Sources of events that belong to the demo book.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_demo_sources(tx: &mut ReadTx) -> Result<Vec<String>, StoreError> {
    tx.fetch_all(SOURCES, vec![]).await?.iter().map(|row| row.text(0)).collect()
}

macro_rules! demo {
    (account) => {
        "(SELECT id FROM account WHERE demo = 1)"
    };
    (source) => {
        "(SELECT id FROM event_source WHERE demo = 1)"
    };
    (person) => {
        "(SELECT id FROM person WHERE demo = 1 OR account_id IN (SELECT id FROM account WHERE demo = 1))"
    };
    (contract) => {
        "(SELECT id FROM contract WHERE demo = 1 OR account_id IN (SELECT id FROM account WHERE demo = 1))"
    };
    (kpi) => {
        "(SELECT id FROM kpi WHERE demo = 1 OR account_id IN (SELECT id FROM account WHERE demo = 1)
             OR source_id IN (SELECT id FROM event_source WHERE demo = 1))"
    };
    (rule) => {
        "(SELECT id FROM service_credit_rule WHERE demo = 1 OR account_id IN (SELECT id FROM account WHERE demo = 1)
             OR kpi_id IN (SELECT id FROM kpi WHERE demo = 1))"
    };
    (level) => {
        "(SELECT id FROM service_level WHERE demo = 1 OR source_id IN (SELECT id FROM event_source WHERE demo = 1)
             OR account_id IN (SELECT id FROM account WHERE demo = 1))"
    };
    (level_version) => {
        concat!("(SELECT id FROM service_level_version WHERE service_level_id IN ", demo!(level), ")")
    };
    (calendar) => {
        "(SELECT id FROM calendar WHERE demo = 1)"
    };
    (calendar_version) => {
        concat!("(SELECT id FROM calendar_version WHERE calendar_id IN ", demo!(calendar), ")")
    };
    (right) => {
        "(SELECT id FROM decision_right WHERE demo = 1
             OR holder_user_id IN (SELECT id FROM app_user WHERE demo = 1))"
    };
    (user) => {
        "(SELECT id FROM app_user WHERE demo = 1 OR account_id IN (SELECT id FROM account WHERE demo = 1))"
    };
    (batch) => {
        "(SELECT batch_id FROM event_file WHERE source_id IN (SELECT id FROM event_source WHERE demo = 1))"
    };
}

macro_rules! statements {
    ($([$head:literal $($name:ident $tail:literal)*]),* $(,)?) => {
        &[$(concat!($head $(, demo!($name), $tail)*)),*]
    };
}

/// In this order: what a firm's own records keep, then rows before what they refer to.
const REMOVE: &[&str] = statements! {
    ["DELETE FROM record_merge_row WHERE merge_id IN
       (SELECT id FROM record_merge WHERE dropped_id IN " account " OR dropped_id IN " person ")"],
    ["DELETE FROM record_merge WHERE dropped_id IN " account " OR dropped_id IN " person ""],
    ["DELETE FROM record_alias WHERE old_id IN " account " OR old_id IN " person ""],
    ["DELETE FROM not_duplicate WHERE first_id IN " account " OR first_id IN " person " OR second_id IN " account "
       OR second_id IN " person ""],
    ["UPDATE product SET demo = 0 WHERE demo = 1 AND id IN
       (SELECT product_id FROM contract_line WHERE contract_id NOT IN " contract ")"],
    ["UPDATE product SET demo = 0 WHERE demo = 1 AND (id IN (SELECT product_id FROM list_price WHERE demo = 0)
       OR id IN (SELECT product_id FROM actual WHERE account_id NOT IN " account "))"],
    ["UPDATE calendar SET demo = 0 WHERE demo = 1 AND id IN
       (SELECT calendar_id FROM service_level_version WHERE service_level_id NOT IN " level ")"],
    ["UPDATE account SET account_manager_id = NULL, version = version + 1 WHERE demo = 0 AND account_manager_id IN " person ""],
    ["UPDATE account SET negotiator_id = NULL, version = version + 1 WHERE demo = 0 AND negotiator_id IN " person ""],
    ["UPDATE account SET contracts_until = '0001-01-01' WHERE demo = 0 AND id IN (SELECT account_id FROM contract WHERE demo = 1)"],
    ["UPDATE account SET parent_id = NULL, version = version + 1 WHERE demo = 0 AND parent_id IN " account ""],
    ["UPDATE line_of_business SET head_person_id = NULL WHERE demo = 0 AND head_person_id IN " person ""],
    ["UPDATE team SET lead_person_id = NULL WHERE demo = 0 AND lead_person_id IN " person ""],
    ["UPDATE team SET line_of_business_id = NULL WHERE demo = 0 AND line_of_business_id IN
       (SELECT id FROM line_of_business WHERE demo = 1)"],
    ["UPDATE product SET product_manager_id = NULL WHERE demo = 0 AND product_manager_id IN " person ""],
    ["UPDATE product SET line_of_business_id = NULL WHERE demo = 0 AND line_of_business_id IN
       (SELECT id FROM line_of_business WHERE demo = 1)"],
    ["UPDATE person SET team_id = NULL WHERE demo = 0 AND team_id IN (SELECT id FROM team WHERE demo = 1)"],
    ["UPDATE person SET reports_to_id = NULL WHERE demo = 0 AND reports_to_id IN " person ""],
    ["UPDATE person SET successor_id = NULL WHERE demo = 0 AND successor_id IN " person ""],
    ["UPDATE expectation SET manager_id = NULL WHERE account_id NOT IN " account " AND manager_id IN " person ""],
    ["UPDATE promise SET made_by_id = NULL WHERE account_id NOT IN " account " AND made_by_id IN " person ""],
    ["UPDATE promise SET delivery_owner_id = NULL WHERE account_id NOT IN " account " AND delivery_owner_id IN " person ""],
    ["UPDATE promise SET handover_by_id = NULL WHERE account_id NOT IN " account " AND handover_by_id IN " person ""],
    ["UPDATE promise SET product_id = NULL WHERE account_id NOT IN " account " AND product_id IN
       (SELECT id FROM product WHERE demo = 1)"],
    ["UPDATE opportunity SET owner_id = NULL WHERE account_id NOT IN " account " AND owner_id IN " person ""],
    ["UPDATE opportunity SET product_id = NULL WHERE account_id NOT IN " account " AND product_id IN
       (SELECT id FROM product WHERE demo = 1)"],
    ["DELETE FROM custom_value WHERE target_id IN " person " OR target_id IN " account ""],
    ["UPDATE custom_value_cost SET target_id = NULL, text_value = NULL
       WHERE target_id IN " person " OR target_id IN " account ""],
    ["UPDATE kpi SET owner_person_id = NULL WHERE demo = 0 AND owner_person_id IN " person ""],
    ["UPDATE app_user SET person_id = NULL WHERE demo = 0 AND person_id IN " person ""],
    ["UPDATE delivery_case SET team_id = NULL WHERE team_id IN (SELECT id FROM team WHERE demo = 1)"],
    ["UPDATE delivery_case SET account_id = NULL WHERE source_id NOT IN " source " AND account_id IN " account ""],

    ["DELETE FROM credit_answer WHERE account_id IN " account " OR credit_id IN
       (SELECT id FROM service_credit WHERE rule_id IN " rule ")"],
    ["DELETE FROM decision_use WHERE demo = 1 OR account_id IN " account " OR right_id IN " right ""],
    ["DELETE FROM handover_item WHERE record_id IN " right ""],
    ["DELETE FROM decision_right_account WHERE right_id IN " right ""],
    ["DELETE FROM decision_right_product WHERE right_id IN " right ""],
    ["DELETE FROM decision_right WHERE id IN " right ""],
    ["DELETE FROM delegation WHERE demo = 1 OR absent_user_id IN " user " OR substitute_user_id IN " user ""],
    ["DELETE FROM service_credit WHERE rule_id IN " rule ""],
    ["DELETE FROM service_credit_rule WHERE id IN " rule ""],
    ["DELETE FROM result_review WHERE account_id IN " account " OR kpi_id IN " kpi ""],
    ["DELETE FROM kpi_walkthrough WHERE account_id IN " account " OR kpi_id IN " kpi ""],
    ["DELETE FROM kpi_value WHERE account_id IN " account " OR kpi_id IN " kpi ""],
    ["DELETE FROM kpi_reason WHERE account_id IN " account " OR kpi_id IN " kpi ""],
    ["DELETE FROM kpi_share WHERE account_id IN " account " OR kpi_id IN " kpi ""],
    ["DELETE FROM handover_item WHERE record_id IN " kpi ""],
    ["DELETE FROM kpi_version WHERE kpi_id IN " kpi ""],
    ["DELETE FROM search_entry WHERE kind = 'measure' AND record_id IN " kpi ""],
    ["DELETE FROM kpi WHERE id IN " kpi ""],
    ["DELETE FROM exclusion WHERE demo = 1 OR account_id IN " account ""],
    ["DELETE FROM account_standing WHERE account_id IN " account ""],
    ["DELETE FROM account_coverage WHERE account_id IN " account ""],
    ["DELETE FROM delivery_month WHERE source_id IN " source " OR account_key IN " account ""],
    ["DELETE FROM delivery_case WHERE source_id IN " source ""],
    ["DELETE FROM service_level_target WHERE service_level_version_id IN " level_version ""],
    ["DELETE FROM service_level_version WHERE service_level_id IN " level ""],
    ["DELETE FROM service_level WHERE id IN " level ""],
    ["DELETE FROM calendar_window WHERE calendar_version_id IN " calendar_version ""],
    ["DELETE FROM calendar_exception WHERE calendar_version_id IN " calendar_version ""],
    ["DELETE FROM calendar_version WHERE calendar_id IN " calendar ""],
    ["DELETE FROM calendar WHERE demo = 1"],
    ["DELETE FROM import_batch WHERE id IN " batch ""],
    ["DELETE FROM event_file WHERE source_id IN " source ""],
    ["DELETE FROM state_mapping WHERE source_id IN " source ""],
    ["DELETE FROM person_pseudonym WHERE source_id IN " source ""],
    ["DELETE FROM event_source WHERE demo = 1"],

    ["DELETE FROM handover_item WHERE account_id IN " account " OR to_person_id IN " person "
       OR handover_id IN (SELECT id FROM handover WHERE from_person_id IN " person ")"],
    ["DELETE FROM handover_item WHERE record_id IN (SELECT id FROM product WHERE demo = 1)
       OR record_id IN (SELECT id FROM team WHERE demo = 1) OR record_id IN (SELECT id FROM line_of_business WHERE demo = 1)"],
    ["DELETE FROM handover WHERE from_person_id IN " person " OR id NOT IN (SELECT handover_id FROM handover_item)"],
    ["DELETE FROM manager_decision WHERE account_id IN " account " OR manager_id IN " person ""],
    ["DELETE FROM candid_note WHERE demo = 1 OR account_id IN " account ""],
    ["DELETE FROM note_mention WHERE user_id IN " user ""],
    ["DELETE FROM attachment WHERE record_id IN " account ""],
    ["DELETE FROM attachment WHERE record_id IN " person ""],
    ["DELETE FROM attachment WHERE record_id IN " contract ""],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM contract_line WHERE contract_id IN " contract ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM product WHERE demo = 1)"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM team WHERE demo = 1)"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM line_of_business WHERE demo = 1)"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM expectation WHERE account_id IN " account ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM promise WHERE account_id IN " account ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM communication WHERE account_id IN " account ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM review WHERE account_id IN " account ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM opportunity WHERE account_id IN " account ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM actual WHERE account_id IN " account ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM stake WHERE person_id IN " person ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM expertise WHERE person_id IN " person ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM career_step WHERE person_id IN " person ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM acquaintance WHERE client_person_id IN " person " OR our_person_id IN " person ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM amendment WHERE contract_id IN " contract ")"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM list_price WHERE demo = 1)"],
    ["DELETE FROM attachment WHERE record_id IN (SELECT id FROM exchange_rate WHERE demo = 1)"],
    ["DELETE FROM attachment_piece WHERE sha256 NOT IN (SELECT sha256 FROM attachment WHERE removed_at_us IS NULL)"],
    ["DELETE FROM record_tag WHERE record_id IN " account ""],
    ["DELETE FROM record_tag WHERE record_id IN " person ""],
    ["DELETE FROM record_tag WHERE record_id IN " contract ""],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM contract_line WHERE contract_id IN " contract ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM product WHERE demo = 1)"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM team WHERE demo = 1)"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM line_of_business WHERE demo = 1)"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM expectation WHERE account_id IN " account ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM promise WHERE account_id IN " account ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM communication WHERE account_id IN " account ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM review WHERE account_id IN " account ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM opportunity WHERE account_id IN " account ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM actual WHERE account_id IN " account ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM stake WHERE person_id IN " person ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM expertise WHERE person_id IN " person ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM career_step WHERE person_id IN " person ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM acquaintance WHERE client_person_id IN " person " OR our_person_id IN " person ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM amendment WHERE contract_id IN " contract ")"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM list_price WHERE demo = 1)"],
    ["DELETE FROM record_tag WHERE record_id IN (SELECT id FROM exchange_rate WHERE demo = 1)"],
    ["DELETE FROM tag_rename_row WHERE record_id IN " account ""],
    ["DELETE FROM tag_rename_row WHERE record_id IN " person ""],
    ["DELETE FROM tag_rename_row WHERE record_id IN " contract ""],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM contract_line WHERE contract_id IN " contract ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM product WHERE demo = 1)"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM team WHERE demo = 1)"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM line_of_business WHERE demo = 1)"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM expectation WHERE account_id IN " account ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM promise WHERE account_id IN " account ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM communication WHERE account_id IN " account ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM review WHERE account_id IN " account ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM opportunity WHERE account_id IN " account ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM actual WHERE account_id IN " account ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM stake WHERE person_id IN " person ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM expertise WHERE person_id IN " person ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM career_step WHERE person_id IN " person ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM acquaintance WHERE client_person_id IN " person " OR our_person_id IN " person ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM amendment WHERE contract_id IN " contract ")"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM list_price WHERE demo = 1)"],
    ["DELETE FROM tag_rename_row WHERE record_id IN (SELECT id FROM exchange_rate WHERE demo = 1)"],
    ["DELETE FROM tag_rename WHERE id NOT IN (SELECT rename_id FROM tag_rename_row)"],
    ["DELETE FROM bulk_edit_row WHERE bulk_id IN (SELECT id FROM bulk_edit WHERE made_by IN " user ")"],
    ["DELETE FROM bulk_edit WHERE made_by IN " user ""],
    ["DELETE FROM bulk_edit_row WHERE record_id IN " account ""],
    ["DELETE FROM bulk_edit_row WHERE record_id IN " person ""],
    ["DELETE FROM bulk_edit_row WHERE record_id IN " contract ""],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM contract_line WHERE contract_id IN " contract ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM product WHERE demo = 1)"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM team WHERE demo = 1)"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM line_of_business WHERE demo = 1)"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM expectation WHERE account_id IN " account ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM promise WHERE account_id IN " account ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM communication WHERE account_id IN " account ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM review WHERE account_id IN " account ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM opportunity WHERE account_id IN " account ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM actual WHERE account_id IN " account ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM stake WHERE person_id IN " person ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM expertise WHERE person_id IN " person ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM career_step WHERE person_id IN " person ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM acquaintance WHERE client_person_id IN " person " OR our_person_id IN " person ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM amendment WHERE contract_id IN " contract ")"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM list_price WHERE demo = 1)"],
    ["DELETE FROM bulk_edit_row WHERE record_id IN (SELECT id FROM exchange_rate WHERE demo = 1)"],
    ["DELETE FROM note WHERE record_id IN " account ""],
    ["DELETE FROM note WHERE record_id IN " person ""],
    ["DELETE FROM note WHERE record_id IN " contract ""],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM contract_line WHERE contract_id IN " contract ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM product WHERE demo = 1)"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM team WHERE demo = 1)"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM line_of_business WHERE demo = 1)"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM expectation WHERE account_id IN " account ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM promise WHERE account_id IN " account ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM communication WHERE account_id IN " account ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM review WHERE account_id IN " account ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM opportunity WHERE account_id IN " account ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM actual WHERE account_id IN " account ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM stake WHERE person_id IN " person ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM expertise WHERE person_id IN " person ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM career_step WHERE person_id IN " person ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM acquaintance WHERE client_person_id IN " person " OR our_person_id IN " person ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM amendment WHERE contract_id IN " contract ")"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM list_price WHERE demo = 1)"],
    ["DELETE FROM note WHERE record_id IN (SELECT id FROM exchange_rate WHERE demo = 1)"],
    ["DELETE FROM note_mention WHERE note_id NOT IN (SELECT id FROM note)"],
    ["DELETE FROM notification WHERE user_id IN " user " OR account_id IN " account ""],
    ["DELETE FROM notification WHERE record_id IN " account ""],
    ["DELETE FROM notification WHERE record_id IN " person ""],
    ["DELETE FROM notification WHERE record_id IN " contract ""],
    ["DELETE FROM notification_choice WHERE user_id IN " user ""],
    ["DELETE FROM notification_time WHERE user_id IN " user ""],
    ["DELETE FROM sealed_reading WHERE account_id IN " account " OR user_id IN " user ""],
    ["DELETE FROM wall_signature WHERE user_id IN " user " OR signed_by IN " user ""],
    ["DELETE FROM mail WHERE user_id IN " user ""],
    ["DELETE FROM provider_link WHERE user_id IN " user ""],
    ["DELETE FROM passkey_challenge WHERE user_id IN " user ""],
    ["DELETE FROM passkey WHERE user_id IN " user ""],
    ["DELETE FROM pending_sign_in WHERE user_id IN " user ""],
    ["DELETE FROM recovery_code WHERE user_id IN " user ""],
    ["DELETE FROM second_factor WHERE user_id IN " user ""],
    ["DELETE FROM session WHERE user_id IN " user ""],
    ["DELETE FROM api_token WHERE user_id IN " user ""],
    ["DELETE FROM setup_link WHERE user_id IN " user ""],
    ["DELETE FROM default_view WHERE user_id IN " user " OR view_id IN (SELECT id FROM saved_view WHERE user_id IN " user ")"],
    ["DELETE FROM saved_view WHERE user_id IN " user ""],
    ["DELETE FROM idempotency_key WHERE user_id IN " user ""],
    ["DELETE FROM user_role WHERE user_id IN " user ""],
    ["DELETE FROM app_user WHERE demo = 1 OR account_id IN " account ""],

    ["DELETE FROM search_entry WHERE account_id IN " account " OR (kind = 'person' AND record_id IN " person ")"],
    ["DELETE FROM search_entry WHERE kind = 'contract' AND record_id IN " contract ""],
    ["DELETE FROM search_entry WHERE kind = 'product' AND record_id IN (SELECT id FROM product WHERE demo = 1)"],
    ["DELETE FROM search_entry WHERE kind = 'team' AND record_id IN (SELECT id FROM team WHERE demo = 1)"],
    ["DELETE FROM search_entry WHERE kind = 'line_of_business'
        AND record_id IN (SELECT id FROM line_of_business WHERE demo = 1)"],
    ["DELETE FROM record_link WHERE record_id IN (SELECT id FROM communication WHERE account_id IN " account ")
       OR record_id IN (SELECT id FROM review WHERE account_id IN " account ") OR target_id IN " person ""],
    ["DELETE FROM review WHERE account_id IN " account ""],
    ["DELETE FROM communication WHERE account_id IN " account ""],
    ["DELETE FROM opportunity WHERE account_id IN " account ""],
    ["DELETE FROM expectation_share WHERE account_id IN " account "
       OR expectation_id IN (SELECT id FROM expectation WHERE account_id IN " account ")"],
    ["DELETE FROM expectation WHERE account_id IN " account ""],
    ["DELETE FROM promise WHERE account_id IN " account ""],
    ["DELETE FROM acquaintance WHERE client_person_id IN " person " OR our_person_id IN " person ""],
    ["DELETE FROM stake WHERE person_id IN " person ""],
    ["DELETE FROM expertise WHERE person_id IN " person ""],
    ["DELETE FROM career_step WHERE person_id IN " person ""],
    ["DELETE FROM actual_cost WHERE actual_id IN (SELECT id FROM actual WHERE account_id IN " account ")"],
    ["DELETE FROM actual WHERE account_id IN " account ""],
    ["DELETE FROM amendment WHERE contract_id IN " contract ""],
    ["DELETE FROM list_price WHERE demo = 1 OR product_id IN (SELECT id FROM product WHERE demo = 1)"],
    ["DELETE FROM exchange_rate WHERE demo = 1"],
    ["DELETE FROM account_person WHERE account_id IN " account " OR person_id IN " person ""],
    ["DELETE FROM contract_line_cost WHERE contract_line_id IN
       (SELECT id FROM contract_line WHERE contract_id IN " contract ")"],
    ["DELETE FROM contract_line WHERE contract_id IN " contract ""],
    ["DELETE FROM contract WHERE id IN " contract ""],
    ["DELETE FROM person WHERE id IN " person ""],
    ["DELETE FROM account WHERE demo = 1"],
    ["DELETE FROM team WHERE demo = 1"],
    ["DELETE FROM product WHERE demo = 1"],
    ["DELETE FROM line_of_business WHERE demo = 1"],
    ["DELETE FROM custom_value WHERE record_id NOT IN (
       SELECT id FROM line_of_business UNION ALL SELECT id FROM team UNION ALL SELECT id FROM product
       UNION ALL SELECT id FROM account UNION ALL SELECT id FROM person UNION ALL SELECT id FROM contract
       UNION ALL SELECT id FROM contract_line UNION ALL SELECT id FROM list_price
       UNION ALL SELECT id FROM exchange_rate UNION ALL SELECT id FROM amendment UNION ALL SELECT id FROM stake
       UNION ALL SELECT id FROM expertise UNION ALL SELECT id FROM career_step
       UNION ALL SELECT id FROM acquaintance UNION ALL SELECT id FROM expectation
       UNION ALL SELECT id FROM promise UNION ALL SELECT id FROM communication UNION ALL SELECT id FROM review
       UNION ALL SELECT id FROM opportunity UNION ALL SELECT id FROM actual)"],
    ["DELETE FROM custom_value_cost WHERE record_id NOT IN (
       SELECT id FROM line_of_business UNION ALL SELECT id FROM team UNION ALL SELECT id FROM product
       UNION ALL SELECT id FROM account UNION ALL SELECT id FROM person UNION ALL SELECT id FROM contract
       UNION ALL SELECT id FROM contract_line UNION ALL SELECT id FROM list_price
       UNION ALL SELECT id FROM exchange_rate UNION ALL SELECT id FROM amendment UNION ALL SELECT id FROM stake
       UNION ALL SELECT id FROM expertise UNION ALL SELECT id FROM career_step
       UNION ALL SELECT id FROM acquaintance UNION ALL SELECT id FROM expectation
       UNION ALL SELECT id FROM promise UNION ALL SELECT id FROM communication UNION ALL SELECT id FROM review
       UNION ALL SELECT id FROM opportunity UNION ALL SELECT id FROM actual)"],
    ["DELETE FROM custom_field WHERE demo = 1 AND id NOT IN (SELECT field_id FROM custom_value)
       AND id NOT IN (SELECT field_id FROM custom_value_cost)"],
    ["UPDATE custom_field SET demo = 0 WHERE demo = 1"],
};

/// Removes the demo book for good; how many rows went.
///
/// # Errors
/// [`StoreError`] when a row cannot be removed; then none is.
#[boxed]
pub async fn wipe_demo(tx: &mut WriteTx) -> Result<u64, StoreError> {
    let mut n_rows = 0;
    for statement in REMOVE {
        let touched = tx.execute(statement, vec![]).await?;
        if statement.starts_with("DELETE") {
            n_rows += touched;
        }
    }
    Ok(n_rows)
}
