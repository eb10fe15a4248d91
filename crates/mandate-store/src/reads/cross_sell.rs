//! Cross-sell: every account beside every product, and whether it has it, had it, may take it or never had it.
//!
//! It has a product with revenue of it within the last twelve months or a line of a contract that runs; it had it with either before.
//! Not here: what would fit whom, which nobody stated.

use jiff::civil::Date;

use super::book_lists::{by, field, text};
use super::listing::{FieldKind, ListDef};
use super::running::runs;
use super::worth::{ELSEWHERE, VALUE, VALUE_FROM};

const STATE: &str = concat!(
    "CASE
    WHEN EXISTS (SELECT 1 FROM contract_line l JOIN contract c ON c.id = l.contract_id
          WHERE c.account_id = a.id AND l.product_id = p.id AND ",
    runs!("{today}"),
    "
            AND l.deleted_at_us IS NULL AND c.deleted_at_us IS NULL)
      OR EXISTS (SELECT 1 FROM actual x WHERE x.account_id = a.id AND x.product_id = p.id AND x.revenue_minor > 0
          AND x.month > CAST(CAST(substr({today}, 1, 4) AS INTEGER) - 1 AS TEXT) || substr({today}, 5, 3)
          AND x.deleted_at_us IS NULL) THEN 'has'
    WHEN EXISTS (SELECT 1 FROM opportunity o WHERE o.account_id = a.id AND o.product_id = p.id
          AND o.stage IN ('idea', 'discussed', 'proposed') AND o.deleted_at_us IS NULL) THEN 'open'
    WHEN EXISTS (SELECT 1 FROM actual x WHERE x.account_id = a.id AND x.product_id = p.id AND x.revenue_minor > 0
          AND x.deleted_at_us IS NULL)
      OR EXISTS (SELECT 1 FROM contract_line l JOIN contract c ON c.id = l.contract_id
          WHERE c.account_id = a.id AND l.product_id = p.id AND l.deleted_at_us IS NULL AND c.deleted_at_us IS NULL) THEN 'had'
    ELSE 'never' END"
);

/// Accounts beside products, by account.
pub fn cross_sell(today: Date) -> ListDef {
    use FieldKind::{Choice, Flag, Integer, Money, Reference};
    ListDef {
        name: "cross_sell",
        from: "FROM account a CROSS JOIN product p LEFT JOIN person m ON m.id = a.account_manager_id",
        condition: "a.deleted_at_us IS NULL AND p.deleted_at_us IS NULL",
        account_column: Some("a.id"),
        unowned_visible: false,
        key: "(a.id || ':' || p.id)",
        fields: vec![
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "a.id"),
            text("product", "p.name", "p.name_sort"),
            field("product_id", Reference, "p.id"),
            field("state", Choice, STATE),
            field("tier", Choice, "a.tier"),
            field("industry", Choice, "a.industry"),
            field("currency", Choice, "a.currency"),
            field("annual_value", Money, VALUE),
            field("annual_value_from", Choice, VALUE_FROM),
            field("n_elsewhere", Integer, ELSEWHERE),
            text("account_manager", "m.name", "m.name_sort"),
            field("account_manager_id", Reference, "a.account_manager_id"),
            field("demo", Flag, "a.demo"),
        ],
        default_sort: by("account"),
        today: Some(today),
        made_by: None,
    }
}
