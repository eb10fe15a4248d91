//! Lists of prices and growth: list prices, exchange rates, amendments, opportunities, actuals. Built as `book_lists`, whose
//! helpers they use.

use mandate_domain::{Clearance, Purpose};

use super::book_lists::{by, field, latest, shown, text};
use super::listing::{FieldKind, ListDef};

/// List prices, by product.
pub fn list_prices() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Money, Reference, Text};
    ListDef {
        name: "list_prices",
        from: "FROM list_price l JOIN product p ON p.id = l.product_id",
        condition: "l.deleted_at_us IS NULL AND p.deleted_at_us IS NULL",
        account_column: None,
        unowned_visible: true,
        key: "l.id",
        fields: vec![
            text("product", "p.name", "p.name_sort"),
            field("product_id", Reference, "l.product_id"),
            field("external_id", Reference, "l.external_id"),
            field("unit", Choice, "p.unit"),
            field("currency", Choice, "l.currency"),
            field("price_per", Integer, "l.price_per"),
            field("price", Money, "l.price_minor"),
            field("valid_from", Date, "l.valid_from"),
            field(
                "valid_until",
                Date,
                "(SELECT MIN(n.valid_from) FROM list_price n WHERE n.product_id = l.product_id AND n.currency = l.currency
                     AND l.valid_from < n.valid_from AND n.deleted_at_us IS NULL)",
            ),
            shown("note", Text, "l.note"),
            field("demo", Flag, "l.demo"),
            field("updated_at", Instant, "l.updated_at_us"),
            shown("version", Integer, "l.version"),
        ],
        default_sort: by("product"),
        today: None,
        made_by: None,
    }
}

/// Exchange rates, the newest first. The rate is text: a float would not print what was published.
pub fn exchange_rates() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "exchange_rates",
        from: "FROM exchange_rate r",
        condition: "r.deleted_at_us IS NULL",
        account_column: None,
        unowned_visible: true,
        key: "r.id",
        fields: vec![
            field("from_currency", Choice, "r.from_currency"),
            field("to_currency", Choice, "r.to_currency"),
            field("external_id", Reference, "r.external_id"),
            field("rate_on", Date, "r.rate_on"),
            field("rate_billionths", Integer, "r.rate_billionths"),
            shown("source", Text, "r.source"),
            field("demo", Flag, "r.demo"),
            field("updated_at", Instant, "r.updated_at_us"),
            shown("version", Integer, "r.version"),
        ],
        default_sort: latest("rate_on"),
        today: None,
        made_by: None,
    }
}

/// Amendments of contracts, the latest to take effect first.
pub fn amendments() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "amendments",
        from: "FROM amendment m
               JOIN contract c ON c.id = m.contract_id
               JOIN account a ON a.id = c.account_id",
        condition: "m.deleted_at_us IS NULL AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("c.account_id"),
        unowned_visible: false,
        key: "m.id",
        fields: vec![
            text("title", "m.title", "m.title_sort"),
            shown("number", Text, "m.number"),
            field("external_id", Reference, "m.external_id"),
            text("contract", "c.title", "c.title_sort"),
            field("contract_id", Reference, "m.contract_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "c.account_id"),
            field("subject", Choice, "m.subject"),
            field("signed_on", Date, "m.signed_on"),
            field("effective_on", Date, "m.effective_on"),
            field("effective_until", Date, "m.effective_until"),
            field("ends_on", Date, "m.ends_on"),
            field("renews_on", Date, "m.renews_on"),
            field("notice_days", Integer, "m.notice_days"),
            field("notice_months", Integer, "m.notice_months"),
            field("price_change_on", Date, "m.price_change_on"),
            shown("summary", Text, "m.summary"),
            field("applied", Flag, "m.applied"),
            field("demo", Flag, "m.demo"),
            field("updated_at", Instant, "m.updated_at_us"),
            shown("version", Integer, "m.version"),
        ],
        default_sort: latest("effective_on"),
        today: None,
        made_by: None,
    }
}

/// Opportunities, the next to be decided first.
pub fn opportunities() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Money, Reference, Text};
    ListDef {
        name: "opportunities",
        from: "FROM opportunity o
               JOIN account a ON a.id = o.account_id
               LEFT JOIN product p ON p.id = o.product_id
               LEFT JOIN person t ON t.id = o.trusted_by_id
               LEFT JOIN person w ON w.id = o.owner_id",
        condition: "o.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("o.account_id"),
        unowned_visible: false,
        key: "o.id",
        fields: vec![
            text("title", "o.title", "o.title_sort"),
            field("external_id", Reference, "o.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "o.account_id"),
            field("kind", Choice, "o.kind"),
            field("stage", Choice, "o.stage"),
            text("product", "p.name", "p.name_sort"),
            field("product_id", Reference, "o.product_id"),
            field("currency", Choice, "o.currency"),
            field("annual_value", Money, "o.annual_value_minor"),
            field("probability", Integer, "o.probability"),
            field("expected_on", Date, "o.expected_on"),
            text("trusted_by", "t.name", "t.name_sort"),
            field("trusted_by_id", Reference, "o.trusted_by_id"),
            text("owner", "w.name", "w.name_sort"),
            field("owner_id", Reference, "o.owner_id"),
            field("opened_on", Date, "o.opened_on"),
            field("closed_on", Date, "o.closed_on"),
            shown("reason", Text, "o.reason"),
            field("demo", Flag, "o.demo"),
            field("updated_at", Instant, "o.updated_at_us"),
            shown("version", Integer, "o.version"),
        ],
        default_sort: by("expected_on"),
        today: None,
        made_by: None,
    }
}

/// Revenue, volumes and costs by month, the newest first. Whoever may read costs sees the version with that of the cost in it.
pub fn actuals(clearance: Clearance) -> ListDef {
    use FieldKind::{Choice, Flag, Instant, Integer, Money, Reference};
    let version = if clearance.has(Purpose::Cost) {
        "x.version + COALESCE((SELECT k.version FROM actual_cost k WHERE k.actual_id = x.id), 0)"
    } else {
        "x.version"
    };
    ListDef {
        name: "actuals",
        from: "FROM actual x JOIN account a ON a.id = x.account_id JOIN product p ON p.id = x.product_id",
        condition: "x.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("x.account_id"),
        unowned_visible: false,
        key: "x.id",
        fields: vec![
            field("month", Choice, "x.month"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "x.account_id"),
            text("product", "p.name", "p.name_sort"),
            field("product_id", Reference, "x.product_id"),
            field("external_id", Reference, "x.external_id"),
            field("unit", Choice, "p.unit"),
            field("currency", Choice, "x.currency"),
            field("revenue", Money, "x.revenue_minor"),
            field("volume", Integer, "x.volume"),
            field("cost", Money, "(SELECT k.cost_minor FROM actual_cost k WHERE k.actual_id = x.id)"),
            field("demo", Flag, "x.demo"),
            field("updated_at", Instant, "x.updated_at_us"),
            shown("version", Integer, version),
        ],
        default_sort: latest("month"),
        today: None,
        made_by: None,
    }
}
