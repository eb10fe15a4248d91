//! The list of notes on all records a reader may see, for the API, exports and an account's page.
//!
//! Each kind of record has its branch, which says where its account stands; a kind without one shows no notes here rather than
//! those of records out of reach. A note whose record lies in the trash, or belongs to an account there, is not listed.

use super::listing::{Field, FieldKind, ListDef, Sort};

const FROM: &str = "FROM (
    SELECT n.id AS note_id, a.name AS record, a.name_sort AS record_sort, a.id AS account_id
      FROM note n JOIN account a ON a.id = n.record_id WHERE n.kind = 'account' AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, p.name, p.name_sort, p.account_id
      FROM note n JOIN person p ON p.id = n.record_id LEFT JOIN account a ON a.id = p.account_id
     WHERE n.kind = 'person' AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, c.title, c.title_sort, c.account_id
      FROM note n JOIN contract c ON c.id = n.record_id JOIN account a ON a.id = c.account_id
     WHERE n.kind = 'contract' AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, p.name, p.name_sort, c.account_id
      FROM note n JOIN contract_line l ON l.id = n.record_id JOIN contract c ON c.id = l.contract_id
      JOIN account a ON a.id = c.account_id JOIN product p ON p.id = l.product_id
     WHERE n.kind = 'contract_line' AND l.deleted_at_us IS NULL AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.name, x.name_sort, NULL
      FROM note n JOIN product x ON x.id = n.record_id WHERE n.kind = 'product' AND x.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.name, x.name_sort, NULL
      FROM note n JOIN team x ON x.id = n.record_id WHERE n.kind = 'team' AND x.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.name, x.name_sort, NULL
      FROM note n JOIN line_of_business x ON x.id = n.record_id
     WHERE n.kind = 'line_of_business' AND x.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.title, x.title_sort, x.account_id
      FROM note n JOIN expectation x ON x.id = n.record_id JOIN account a ON a.id = x.account_id
     WHERE n.kind = 'expectation' AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.title, x.title_sort, x.account_id
      FROM note n JOIN promise x ON x.id = n.record_id JOIN account a ON a.id = x.account_id
     WHERE n.kind = 'promise' AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.title, x.title_sort, x.account_id
      FROM note n JOIN communication x ON x.id = n.record_id JOIN account a ON a.id = x.account_id
     WHERE n.kind = 'communication' AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.title, x.title_sort, x.account_id
      FROM note n JOIN review x ON x.id = n.record_id JOIN account a ON a.id = x.account_id
     WHERE n.kind = 'review' AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.title, x.title_sort, x.account_id
      FROM note n JOIN opportunity x ON x.id = n.record_id JOIN account a ON a.id = x.account_id
     WHERE n.kind = 'opportunity' AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, p.name, p.name_sort, p.account_id
      FROM note n JOIN stake x ON x.id = n.record_id JOIN person p ON p.id = x.person_id LEFT JOIN account a ON a.id = p.account_id
     WHERE n.kind = 'stake' AND x.deleted_at_us IS NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, p.name, p.name_sort, p.account_id
      FROM note n JOIN expertise x ON x.id = n.record_id JOIN person p ON p.id = x.person_id LEFT JOIN account a ON a.id = p.account_id
     WHERE n.kind = 'expertise' AND x.deleted_at_us IS NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, p.name, p.name_sort, p.account_id
      FROM note n JOIN career_step x ON x.id = n.record_id JOIN person p ON p.id = x.person_id LEFT JOIN account a ON a.id = p.account_id
     WHERE n.kind = 'career_step' AND x.deleted_at_us IS NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, p.name, p.name_sort, p.account_id
      FROM note n JOIN acquaintance x ON x.id = n.record_id JOIN person p ON p.id = x.client_person_id LEFT JOIN account a ON a.id = p.account_id
     WHERE n.kind = 'acquaintance' AND x.deleted_at_us IS NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.title, x.title_sort, c.account_id
      FROM note n JOIN amendment x ON x.id = n.record_id JOIN contract c ON c.id = x.contract_id
      JOIN account a ON a.id = c.account_id
     WHERE n.kind = 'amendment' AND x.deleted_at_us IS NULL AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, p.name, p.name_sort, x.account_id
      FROM note n JOIN actual x ON x.id = n.record_id JOIN product p ON p.id = x.product_id
      JOIN account a ON a.id = x.account_id
     WHERE n.kind = 'actual' AND x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, p.name, p.name_sort, NULL
      FROM note n JOIN list_price x ON x.id = n.record_id JOIN product p ON p.id = x.product_id
     WHERE n.kind = 'list_price' AND x.deleted_at_us IS NULL
    UNION ALL
    SELECT n.id, x.from_currency, x.from_currency, NULL
      FROM note n JOIN exchange_rate x ON x.id = n.record_id WHERE n.kind = 'exchange_rate' AND x.deleted_at_us IS NULL
  ) x JOIN note n ON n.id = x.note_id LEFT JOIN account owner ON owner.id = x.account_id";

/// The same over the rows of another table that has a kind and a record's id, such as tags: one text, so that none forgets a kind.
pub(super) fn places_of(table: &str) -> String {
    FROM.replace(" note n ", &format!(" {table} n "))
}

const fn field(
    name: &'static str,
    kind: FieldKind,
    sql: &'static str,
    sort_sql: Option<&'static str>,
) -> Field {
    Field { name, kind, sql, sort_sql, filterable: true, sortable: true, beside: None, through: None }
}

/// Notes, the newest first.
pub fn notes() -> ListDef {
    use FieldKind::{Choice, Instant, Integer, Reference, Text};
    ListDef {
        name: "notes",
        from: FROM,
        condition: "n.deleted_at_us IS NULL",
        account_column: Some("x.account_id"),
        unowned_visible: true,
        key: "n.id",
        fields: vec![
            field("id", Reference, "n.id", None),
            field("kind", Choice, "n.kind", None),
            field("record_id", Reference, "n.record_id", None),
            field("record", Text, "x.record", Some("x.record_sort")),
            field("account_id", Reference, "x.account_id", None),
            field("account", Text, "owner.name", Some("owner.name_sort")),
            Field { sortable: false, filterable: false, ..field("text", Text, "n.text", None) },
            field("author_id", Reference, "n.author_id", None),
            field("author", Choice, "n.author_name", None),
            field("version", Integer, "n.version", None),
            field("created_at", Instant, "n.created_at_us", None),
            field("updated_at", Instant, "n.updated_at_us", None),
        ],
        default_sort: Sort { field: "created_at".to_owned(), descending: true },
        today: None,
        made_by: None,
    }
}

#[cfg(test)]
mod tests {
    use mandate_domain::book::Kind;

    use super::*;

    #[test]
    fn every_kind_of_record_has_its_branch() {
        for kind in Kind::ALL {
            assert!(
                FROM.contains(&format!("n.kind = '{}'", kind.as_str())),
                "notes on {} are not listed",
                kind.as_str()
            );
        }
    }
}
