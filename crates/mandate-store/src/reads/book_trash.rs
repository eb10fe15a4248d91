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
    UNION ALL
    SELECT x.id, 'expectation', x.title, x.title_sort, x.account_id, x.deleted_at_us, x.demo
      FROM expectation x JOIN account a ON a.id = x.account_id WHERE x.deleted_at_us IS NOT NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'promise', x.title, x.title_sort, x.account_id, x.deleted_at_us, x.demo
      FROM promise x JOIN account a ON a.id = x.account_id WHERE x.deleted_at_us IS NOT NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'communication', x.title, x.title_sort, x.account_id, x.deleted_at_us, x.demo
      FROM communication x JOIN account a ON a.id = x.account_id WHERE x.deleted_at_us IS NOT NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'review', x.title, x.title_sort, x.account_id, x.deleted_at_us, x.demo
      FROM review x JOIN account a ON a.id = x.account_id WHERE x.deleted_at_us IS NOT NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'opportunity', x.title, x.title_sort, x.account_id, x.deleted_at_us, x.demo
      FROM opportunity x JOIN account a ON a.id = x.account_id WHERE x.deleted_at_us IS NOT NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'stake', p.name, p.name_sort, p.account_id, x.deleted_at_us, x.demo
      FROM stake x JOIN person p ON p.id = x.person_id LEFT JOIN account a ON a.id = p.account_id
     WHERE x.deleted_at_us IS NOT NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'acquaintance', p.name, p.name_sort, p.account_id, x.deleted_at_us, x.demo
      FROM acquaintance x JOIN person p ON p.id = x.client_person_id LEFT JOIN account a ON a.id = p.account_id
     WHERE x.deleted_at_us IS NOT NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'expertise', x.topic, x.topic_sort, p.account_id, x.deleted_at_us, x.demo
      FROM expertise x JOIN person p ON p.id = x.person_id LEFT JOIN account a ON a.id = p.account_id
     WHERE x.deleted_at_us IS NOT NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'career_step', x.position, x.position_sort, p.account_id, x.deleted_at_us, x.demo
      FROM career_step x JOIN person p ON p.id = x.person_id LEFT JOIN account a ON a.id = p.account_id
     WHERE x.deleted_at_us IS NOT NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'amendment', x.title, x.title_sort, c.account_id, x.deleted_at_us, x.demo
      FROM amendment x JOIN contract c ON c.id = x.contract_id JOIN account a ON a.id = c.account_id
     WHERE x.deleted_at_us IS NOT NULL AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'actual', p.name, p.name_sort, x.account_id, x.deleted_at_us, x.demo
      FROM actual x JOIN product p ON p.id = x.product_id JOIN account a ON a.id = x.account_id
     WHERE x.deleted_at_us IS NOT NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT x.id, 'list_price', p.name, p.name_sort, NULL, x.deleted_at_us, x.demo
      FROM list_price x JOIN product p ON p.id = x.product_id WHERE x.deleted_at_us IS NOT NULL
    UNION ALL
    SELECT id, 'exchange_rate', from_currency, from_currency, NULL, deleted_at_us, demo
      FROM exchange_rate WHERE deleted_at_us IS NOT NULL
  ) x LEFT JOIN account owner ON owner.id = x.account_id AND x.kind <> 'account'";

/// The trash of the book.
pub fn trash() -> ListDef {
    let field = |name, kind, sql, sort_sql| Field {
        name,
        kind,
        sql,
        sort_sql,
        filterable: true,
        sortable: true,
        beside: None,
        through: None,
    };
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
