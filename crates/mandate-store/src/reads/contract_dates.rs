//! What ends, renews, may be re-priced or changes by an amendment, and until when notice counts: every such day of every live
//! contract that is still to come, the next first.
//!
//! Days are those of the contract's own zone; a day that has begun there and not yet elsewhere still counts as coming.

use jiff::ToSpan;
use jiff::civil::Date;

use super::book_lists::{by, field, shown, text};
use super::listing::{FieldKind, ListDef};
use super::turn::is_ended;

const FROM: &str = concat!(
    "FROM (
    SELECT c.id || ':ends' AS id, c.id AS contract_id, c.account_id, 'ends' AS what, c.ends_on AS day, c.renewal_clause AS clause
      FROM contract c WHERE c.ends_on IS NOT NULL AND c.deleted_at_us IS NULL AND ", is_ended!("c"), "
    UNION ALL
    SELECT c.id || ':renews', c.id, c.account_id, 'renews', c.renews_on, c.renewal_clause
      FROM contract c WHERE c.deleted_at_us IS NULL AND NOT ", is_ended!("c"), "
    UNION ALL
    SELECT c.id || ':notice', c.id, c.account_id, 'notice', c.notice_on, c.notice_clause
      FROM contract c WHERE c.notice_on IS NOT NULL AND c.deleted_at_us IS NULL
    UNION ALL
    SELECT c.id || ':price', c.id, c.account_id, 'price', c.price_change_on, c.price_change_clause
      FROM contract c WHERE c.price_change_on IS NOT NULL AND c.deleted_at_us IS NULL
    UNION ALL
    SELECT m.id || ':amendment', m.contract_id, c.account_id, 'amendment', m.effective_on, m.title
      FROM amendment m JOIN contract c ON c.id = m.contract_id
     WHERE m.deleted_at_us IS NULL AND c.deleted_at_us IS NULL
  ) x JOIN contract c ON c.id = x.contract_id JOIN account a ON a.id = x.account_id
      LEFT JOIN person m ON m.id = a.account_manager_id"
);

/// The days of contracts from `today` on.
pub fn contract_dates(today: Date) -> ListDef {
    use FieldKind::{Choice, Date, Flag, Reference, Text};
    ListDef {
        name: "contract_dates",
        from: FROM,
        condition: "x.day >= {today} AND a.deleted_at_us IS NULL",
        account_column: Some("x.account_id"),
        unowned_visible: false,
        key: "x.id",
        fields: vec![
            field("day", Date, "x.day"),
            field("what", Choice, "x.what"),
            text("contract", "c.title", "c.title_sort"),
            field("contract_id", Reference, "x.contract_id"),
            field("kind", Choice, "c.kind"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "x.account_id"),
            text("account_manager", "m.name", "m.name_sort"),
            field("account_manager_id", Reference, "a.account_manager_id"),
            field("time_zone", Choice, "c.time_zone"),
            field(
                "price_first_talked_on",
                Date,
                "(SELECT MIN(t.happened_on) FROM communication t WHERE t.account_id = x.account_id AND t.topic = 'price'
                     AND (t.contract_id IS NULL OR t.contract_id = x.contract_id) AND t.deleted_at_us IS NULL
                     AND c.starts_on <= t.happened_on)",
            ),
            shown("clause", Text, "x.clause"),
            field("demo", Flag, "c.demo"),
        ],
        default_sort: by("day"),
        today: Some(today.saturating_sub(1.day())),
        made_by: None,
    }
}
