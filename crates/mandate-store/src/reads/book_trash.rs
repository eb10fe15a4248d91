//! The trash: every deleted record of the book, latest first.
//!
//! Records that lie here keep their id and the firm's own id. What belongs to an account in the trash is hidden with it
//! and not listed by itself. Contract lines are listed under their contract's account.

use super::listing::{Field, FieldKind, ListDef, Sort};

const FROM: &str = "FROM (
    SELECT id, 'account' AS kind, name AS title, name_sort AS title_sort, id AS account_id, deleted_at_us, demo
      FROM account WHERE deleted_at_us IS NOT NULL
    UNION ALL
    SELECT p.id, 'person', p.name, p.name_sort, p.account_id, p.deleted_at_us, p.demo
      FROM person p LEFT JOIN account a ON a.id = p.account_id
     WHERE p.deleted_at_us IS NOT NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT c.id, 'contract', c.title, c.title_sort, c.account_id, c.deleted_at_us, c.demo
      FROM contract c JOIN account a ON a.id = c.account_id
     WHERE c.deleted_at_us IS NOT NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT l.id, 'contract_line', p.name, p.name_sort, c.account_id, l.deleted_at_us, l.demo
      FROM contract_line l JOIN contract c ON c.id = l.contract_id JOIN account a ON a.id = c.account_id
      JOIN product p ON p.id = l.product_id
     WHERE l.deleted_at_us IS NOT NULL AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT id, 'product', name, name_sort, NULL, deleted_at_us, demo FROM product WHERE deleted_at_us IS NOT NULL
    UNION ALL
    SELECT id, 'line_of_business', name, name_sort, NULL, deleted_at_us, demo
      FROM line_of_business WHERE deleted_at_us IS NOT NULL
    UNION ALL
    SELECT id, 'team', name, name_sort, NULL, deleted_at_us, demo FROM team WHERE deleted_at_us IS NOT NULL
  ) x LEFT JOIN account owner ON owner.id = x.account_id AND x.kind <> 'account'";

/// The trash of the book.
pub fn trash() -> ListDef {
    let field =
        |name, kind, sql, sort_sql| Field { name, kind, sql, sort_sql, filterable: true, sortable: true };
    ListDef {
        name: "trash",
        from: FROM,
        condition: "1 = 1",
        account_column: Some("x.account_id"),
        unowned_visible: true,
        key: "x.id",
        fields: vec![
            field("title", FieldKind::Text, "x.title", Some("x.title_sort")),
            field("kind", FieldKind::Choice, "x.kind", None),
            field("account", FieldKind::Text, "owner.name", Some("owner.name_sort")),
            field("deleted_at", FieldKind::Instant, "x.deleted_at_us", None),
            field("demo", FieldKind::Flag, "x.demo", None),
        ],
        default_sort: Sort { field: "deleted_at".to_owned(), descending: true },
        today: None,
        made_by: None,
    }
}
