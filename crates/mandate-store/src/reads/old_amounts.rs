//! Amounts that were saved before the decimals of their currency followed ISO 4217, for `doctor`: what is stored did not change, what it
//! means did (`mandate_domain::currency`).
//!
//! Counted is what was last saved before the migration that came with that version; saving it anew takes it out. After a copy into another
//! database everything is older than its migrations: rather looked at once too often.

use crate::boxed;
use crate::db::{ReadTx, StoreError};

/// How many records of one kind hold amounts in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldAmounts {
    /// The code of the currency.
    pub currency: String,
    /// The kind of record, in the plural.
    pub kind: String,
    /// How many.
    pub n: i64,
}

// Those of the list that had two decimals here before; the migration is that of notice in months.
const OLD_AMOUNTS: &str = "
    SELECT o.currency, o.kind, COUNT(*)
      FROM (SELECT c.currency, 'contract lines' AS kind, l.updated_at_us
              FROM contract_line l JOIN contract c ON c.id = l.contract_id WHERE l.deleted_at_us IS NULL
            UNION ALL SELECT p.currency, 'list prices', p.updated_at_us FROM list_price p WHERE p.deleted_at_us IS NULL
            UNION ALL SELECT a.currency, 'accounts', a.updated_at_us FROM account a
             WHERE a.annual_value_minor IS NOT NULL AND a.deleted_at_us IS NULL
            UNION ALL SELECT p.currency, 'opportunities', p.updated_at_us FROM opportunity p
             WHERE p.annual_value_minor IS NOT NULL AND p.deleted_at_us IS NULL
            UNION ALL SELECT x.currency, 'actuals', x.updated_at_us FROM actual x
             WHERE x.revenue_minor IS NOT NULL AND x.deleted_at_us IS NULL
            UNION ALL SELECT r.currency, 'credit rules', r.updated_at_us FROM service_credit_rule r WHERE r.deleted_at_us IS NULL) o
     WHERE o.currency IN ('BIF', 'CLF', 'DJF', 'GNF', 'KMF', 'RWF', 'UYI', 'UYW', 'VUV', 'XPF')
       AND o.updated_at_us < (SELECT s.applied_at_us FROM schema_migration s WHERE s.version = 32)
     GROUP BY o.currency, o.kind ORDER BY o.currency, o.kind";

/// Records with such amounts, by currency and kind.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn list_old_amounts(tx: &mut ReadTx) -> Result<Vec<OldAmounts>, StoreError> {
    let rows = tx.fetch_all(OLD_AMOUNTS, vec![]).await?;
    rows.iter()
        .map(|row| Ok(OldAmounts { currency: row.text(0)?, kind: row.text(1)?, n: row.int(2)? }))
        .collect()
}
