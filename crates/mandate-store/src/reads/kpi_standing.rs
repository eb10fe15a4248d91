//! Lists of measures: all definitions, for the page where they are kept.

use super::listing::{Field, FieldKind, ListDef, Sort};

const FROM: &str = "
    FROM kpi k
    JOIN kpi_version v ON v.kpi_id = k.id
     AND v.valid_from = (SELECT MAX(newest.valid_from) FROM kpi_version newest WHERE newest.kpi_id = k.id)
    LEFT JOIN account a ON a.id = k.account_id
    LEFT JOIN event_source s ON s.id = k.source_id
    LEFT JOIN person p ON p.id = k.owner_person_id";

/// Every measure with its newest definition.
pub fn definitions() -> ListDef {
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
        name: "measures",
        from: FROM,
        condition: "k.deleted_at_us IS NULL",
        account_column: Some("k.account_id"),
        unowned_visible: true,
        key: "k.id",
        fields: vec![
            field("name", FieldKind::Text, "k.name", Some("k.name_sort")),
            field("account", FieldKind::Text, "a.name", Some("a.name_sort")),
            field("source", FieldKind::Choice, "s.name", None),
            field("clock", FieldKind::Choice, "v.clock_kind", None),
            field("aggregate", FieldKind::Choice, "v.aggregate", None),
            field("parameter", FieldKind::Integer, "v.parameter", None),
            field("direction", FieldKind::Choice, "v.direction", None),
            field("target_micro", FieldKind::Integer, "v.target_micro", None),
            field("filter", FieldKind::Choice, "v.filter", None),
            field("cadence", FieldKind::Choice, "k.cadence", None),
            field("owner", FieldKind::Text, "p.name", Some("p.name_sort")),
            field("assumed", FieldKind::Flag, "k.assumed", None),
            field("valid_from", FieldKind::Choice, "v.valid_from", None),
            field("account_id", FieldKind::Reference, "k.account_id", None),
        ],
        default_sort: Sort { field: "name".to_owned(), descending: false },
        today: None,
        made_by: None,
    }
}
