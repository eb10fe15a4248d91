//! The book's lists: accounts with their standing, people, contracts with their lines, products, lines of business, teams.
//!
//! Fields that end in `_id` are for links and filters; pages show the name beside them. Unit costs are a field of their
//! own (`unit_cost`, `annual_cost`), taken out of the def for readers without the right to read costs.

use jiff::civil::Date;
use mandate_domain::{Clearance, Purpose};

use super::listing::{Field, FieldKind, ListDef, Named, OrderThrough, Sort, Through};
use super::turn::{is_ended, turn_on};
use super::worth::{ELSEWHERE, VALUE, VALUE_FROM};

/// A field to filter and sort by.
pub(super) const fn field(name: &'static str, kind: FieldKind, sql: &'static str) -> Field {
    Field { name, kind, sql, sort_sql: None, filterable: true, sortable: true, beside: None, through: None }
}

/// A text with its folded column.
pub(super) const fn text(name: &'static str, sql: &'static str, sort_sql: &'static str) -> Field {
    Field {
        name,
        kind: FieldKind::Text,
        sql,
        sort_sql: Some(sort_sql),
        filterable: true,
        sortable: true,
        beside: None,
        through: None,
    }
}

/// A field that is only shown.
pub(super) const fn shown(name: &'static str, kind: FieldKind, sql: &'static str) -> Field {
    Field { name, kind, sql, sort_sql: None, filterable: false, sortable: false, beside: None, through: None }
}

/// A field with the way from another table.
const fn through(field: Field, through: &'static Through) -> Field {
    Field { through: Some(through), ..field }
}

/// The largest or newest first.
pub(super) fn latest(field: &str) -> Sort {
    Sort { field: field.to_owned(), descending: true }
}

/// The smallest, earliest or first of the alphabet first.
pub(super) fn by(field: &str) -> Sort {
    Sort { field: field.to_owned(), descending: false }
}

/// The earliest renewal of a live contract that is still to come.
const NEXT_RENEWAL: &str = concat!(
    "(SELECT MIN(r.renews_on) FROM contract r
    WHERE r.account_id = a.id AND r.deleted_at_us IS NULL AND r.renews_on >= {today} AND NOT ",
    is_ended!("r"),
    ")"
);

/// The earliest day on which a live contract renews or ends that is still to come.
const NEXT_TURN: &str = concat!(
    "(SELECT MIN(",
    turn_on!("r"),
    ") FROM contract r WHERE r.account_id = a.id AND r.deleted_at_us IS NULL AND ",
    turn_on!("r"),
    " >= {today})"
);
/// What happens on that day: where both do, what ends is told.
const NEXT_TURN_KIND: &str = concat!(
    "(SELECT CASE WHEN ",
    is_ended!("r"),
    " THEN 'ends' ELSE 'renews' END FROM contract r
    WHERE r.account_id = a.id AND r.deleted_at_us IS NULL AND ",
    turn_on!("r"),
    " >= {today} ORDER BY ",
    turn_on!("r"),
    ", CASE WHEN ",
    is_ended!("r"),
    " THEN 0 ELSE 1 END LIMIT 1)"
);

/// Accounts by the next renewal or end, from the contracts: of each account the first alone.
static BY_NEXT_TURN: Through = Through {
    order: Some(OrderThrough {
        from: "FROM contract r CROSS JOIN account a
               LEFT JOIN account_standing s ON s.account_id = a.id
               LEFT JOIN person m ON m.id = a.account_manager_id
               LEFT JOIN person n ON n.id = a.negotiator_id",
        condition: concat!(
            "a.id = r.account_id AND ",
            turn_on!("r"),
            " >= {today} AND r.deleted_at_us IS NULL AND NOT EXISTS (
            SELECT 1 FROM contract e WHERE e.account_id = r.account_id AND e.deleted_at_us IS NULL AND ",
            turn_on!("e"),
            " >= {today} AND (",
            turn_on!("e"),
            " < ",
            turn_on!("r"),
            " OR (",
            turn_on!("e"),
            " = ",
            turn_on!("r"),
            " AND e.id < r.id)))"
        ),
        sort: turn_on!("r"),
        key: "a.id",
    }),
    named: None,
};

/// Accounts by their next renewal, from the contracts: of each account the first alone.
static BY_NEXT_RENEWAL: Through = Through {
    order: Some(OrderThrough {
        from: "FROM contract r CROSS JOIN account a
               LEFT JOIN account_standing s ON s.account_id = a.id
               LEFT JOIN person m ON m.id = a.account_manager_id
               LEFT JOIN person n ON n.id = a.negotiator_id",
        condition: concat!(
            "a.id = r.account_id AND r.renews_on >= {today} AND r.deleted_at_us IS NULL AND NOT ",
            is_ended!("r"),
            " AND NOT EXISTS (
            SELECT 1 FROM contract e WHERE e.account_id = r.account_id AND e.deleted_at_us IS NULL AND e.renews_on >= {today}
               AND NOT ",
            is_ended!("e"),
            " AND (e.renews_on < r.renews_on OR (e.renews_on = r.renews_on AND e.id < r.id)))"
        ),
        sort: "r.renews_on",
        key: "a.id",
    }),
    named: None,
};
/// Accounts by their state, from the standings.
static BY_STATE: Through = Through {
    order: Some(OrderThrough {
        from: "FROM account_standing s CROSS JOIN account a
               LEFT JOIN person m ON m.id = a.account_manager_id
               LEFT JOIN person n ON n.id = a.negotiator_id",
        condition: "a.id = s.account_id",
        sort: "s.state_rank",
        key: "s.account_id",
    }),
    named: None,
};
/// Accounts by their account manager's name, from the managers: there are few.
static MANAGED_BY: Through = Through {
    order: Some(OrderThrough {
        from: "FROM (SELECT x.id, x.name_sort
                       FROM (SELECT DISTINCT account_manager_id AS id FROM account) d CROSS JOIN person x
                      WHERE x.id = d.id ORDER BY x.name_sort, x.id LIMIT 1000000) m
               CROSS JOIN account a
               LEFT JOIN account_standing s ON s.account_id = a.id
               LEFT JOIN person n ON n.id = a.negotiator_id",
        condition: "a.account_manager_id = m.id",
        sort: "m.name_sort",
        key: "a.id",
    }),
    named: Some(Named {
        column: "a.account_manager_id",
        among:
            "SELECT x.id FROM (SELECT DISTINCT account_manager_id AS id FROM account) d CROSS JOIN person x
                 WHERE x.id = d.id AND x.name_sort",
    }),
};
static NEGOTIATED_BY: Through = Through {
    order: None,
    named: Some(Named {
        column: "a.negotiator_id",
        among: "SELECT x.id FROM (SELECT DISTINCT negotiator_id AS id FROM account) d CROSS JOIN person x
                 WHERE x.id = d.id AND x.name_sort",
    }),
};

/// Accounts with their standing, those that need attention first. `today` decides which renewal is the next.
pub fn accounts(today: Date) -> ListDef {
    use FieldKind::{BasisPoints, Choice, Date, Flag, Instant, Integer, Money, Reference, Text};
    ListDef {
        name: "accounts",
        from: "FROM account a
               LEFT JOIN account_standing s ON s.account_id = a.id
               LEFT JOIN person m ON m.id = a.account_manager_id
               LEFT JOIN person n ON n.id = a.negotiator_id",
        condition: "a.deleted_at_us IS NULL",
        account_column: Some("a.id"),
        unowned_visible: false,
        key: "a.id",
        fields: vec![
            text("name", "a.name", "a.name_sort"),
            field("external_id", Reference, "a.external_id"),
            field("tier", Choice, "a.tier"),
            field("industry", Choice, "a.industry"),
            field("country", Choice, "a.country"),
            field("time_zone", Choice, "a.time_zone"),
            field("currency", Choice, "a.currency"),
            field("annual_value", Money, VALUE),
            field("annual_value_from", Choice, VALUE_FROM),
            field("n_elsewhere", Integer, ELSEWHERE),
            through(text("account_manager", "m.name", "m.name_sort"), &MANAGED_BY),
            field("account_manager_id", Reference, "a.account_manager_id"),
            through(text("negotiator", "n.name", "n.name_sort"), &NEGOTIATED_BY),
            field("negotiator_id", Reference, "a.negotiator_id"),
            field("parent_id", Reference, "a.parent_id"),
            through(field("renews_or_ends_on", Date, NEXT_TURN), &BY_NEXT_TURN),
            Field { sortable: false, ..field("renews_or_ends", Choice, NEXT_TURN_KIND) },
            through(field("next_renewal_on", Date, NEXT_RENEWAL), &BY_NEXT_RENEWAL),
            field("source", Choice, "a.origin"),
            field("demo", Flag, "a.demo"),
            field("updated_at", Instant, "a.updated_at_us"),
            field("state", Choice, "s.state"),
            through(field("state_rank", Integer, "s.state_rank"), &BY_STATE),
            field("month", Choice, "s.month"),
            shown("first_month", Choice, "s.first_month"),
            field("n_cases", Integer, "s.n_cases"),
            field("n_reported", Integer, "s.n_reported"),
            field("n_reported_met", Integer, "s.n_reported_met"),
            field("n_clocked", Integer, "s.n_clocked"),
            field("n_clock_met", Integer, "s.n_clock_met"),
            field("n_differs", Integer, "s.n_differs"),
            field("reported_bp", BasisPoints, "s.reported_bp"),
            field("clock_bp", BasisPoints, "s.clock_bp"),
            field("previous_clock_bp", BasisPoints, "s.previous_clock_bp"),
            field("goal_bp", BasisPoints, "s.goal_bp"),
            field("assumed", Flag, "s.assumed"),
            shown("months", Text, "s.months"),
            field("total_cases", Integer, "s.total_cases"),
            field("total_reported", Integer, "s.total_reported"),
            field("total_reported_met", Integer, "s.total_reported_met"),
            field("total_clocked", Integer, "s.total_clocked"),
            field("total_clock_met", Integer, "s.total_clock_met"),
            field("total_differs", Integer, "s.total_differs"),
            shown("version", Integer, "a.version"),
        ],
        default_sort: by("state_rank"),
        today: Some(today),
        made_by: None,
    }
}

/// People who are there, and whose account is: the few accounts in the trash are found once, where a join would look for each
/// person's account.
const LIVING: &str = "p.deleted_at_us IS NULL AND (p.account_id IS NULL OR p.account_id NOT IN (
    SELECT gone.id FROM account gone WHERE gone.deleted_at_us IS NOT NULL))";
/// How many of ours know a client's person. Of ours nothing is counted: it would tell of accounts out of the reader's reach.
const N_KNOWN: &str = "CASE WHEN p.side = 'client' THEN (SELECT COUNT(*) FROM acquaintance q
    WHERE q.deleted_at_us IS NULL AND q.client_person_id = p.id) END";
/// When a client's person last took part in a communication.
const LAST_CONTACT: &str = "CASE WHEN p.side = 'client' THEN (SELECT MAX(m.happened_on) FROM record_link k
    JOIN communication m ON m.id = k.record_id
    WHERE k.target_id = p.id AND k.record_kind = 'communication' AND m.deleted_at_us IS NULL) END";

/// People by their role, by an index that no filter by a role takes: each role is held by many.
static BY_ROLE: Through = Through {
    order: Some(OrderThrough {
        from: "FROM person p LEFT JOIN account a ON a.id = p.account_id LEFT JOIN team t ON t.id = p.team_id",
        condition: "",
        sort: "lower(p.role)",
        key: "p.id",
    }),
    named: None,
};
/// People by their account's name, from the accounts.
static OF_ACCOUNT: Through = Through {
    order: Some(OrderThrough {
        from: "FROM account a CROSS JOIN person p LEFT JOIN team t ON t.id = p.team_id",
        condition: "p.account_id = a.id",
        sort: "a.name_sort",
        key: "p.id",
    }),
    named: Some(Named { column: "p.account_id", among: "SELECT x.id FROM account x WHERE x.name_sort" }),
};
/// People by their team's name, from the teams.
static OF_TEAM: Through = Through {
    order: Some(OrderThrough {
        from: "FROM team t CROSS JOIN person p LEFT JOIN account a ON a.id = p.account_id",
        condition: "p.team_id = t.id",
        sort: "t.name_sort",
        key: "p.id",
    }),
    named: Some(Named { column: "p.team_id", among: "SELECT x.id FROM team x WHERE x.name_sort" }),
};
/// People by their last communication, from the communications.
static BY_LAST_CONTACT: Through = Through {
    order: Some(OrderThrough {
        from: "FROM (SELECT k.target_id, MAX(m.happened_on) AS last_on FROM communication m
                       JOIN record_link k ON k.record_id = m.id AND k.record_kind = 'communication'
                      WHERE m.deleted_at_us IS NULL GROUP BY k.target_id) talked
               CROSS JOIN person p
               LEFT JOIN account a ON a.id = p.account_id LEFT JOIN team t ON t.id = p.team_id",
        condition: "p.id = talked.target_id AND p.side = 'client'",
        sort: "talked.last_on",
        key: "p.id",
    }),
    named: None,
};

/// People of both sides; a reader of some accounts sees the people of those and all of ours.
pub fn people() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "people",
        from: "FROM person p
               LEFT JOIN account a ON a.id = p.account_id
               LEFT JOIN team t ON t.id = p.team_id",
        condition: LIVING,
        account_column: Some("p.account_id"),
        unowned_visible: true,
        key: "p.id",
        fields: vec![
            text("name", "p.name", "p.name_sort"),
            field("external_id", Reference, "p.external_id"),
            field("side", Choice, "p.side"),
            through(field("role", Choice, "p.role"), &BY_ROLE),
            shown("job_title", Text, "p.job_title"),
            through(text("account", "a.name", "a.name_sort"), &OF_ACCOUNT),
            field("account_id", Reference, "p.account_id"),
            through(text("team", "t.name", "t.name_sort"), &OF_TEAM),
            field("team_id", Reference, "p.team_id"),
            shown("email", Text, "p.email"),
            shown("phone", Text, "p.phone"),
            shown("authority", Text, "p.authority"),
            field("reports_to_id", Reference, "p.reports_to_id"),
            field("left_on", Date, "p.left_on"),
            field("successor_id", Reference, "p.successor_id"),
            field("n_known", Integer, N_KNOWN),
            through(field("last_contact_on", Date, LAST_CONTACT), &BY_LAST_CONTACT),
            field("demo", Flag, "p.demo"),
            field("updated_at", Instant, "p.updated_at_us"),
            shown("version", Integer, "p.version"),
        ],
        default_sort: by("name"),
        today: None,
        made_by: None,
    }
}

/// Contracts, the next renewal first.
pub fn contracts() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "contracts",
        from: "FROM contract c JOIN account a ON a.id = c.account_id",
        condition: "c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("c.account_id"),
        unowned_visible: false,
        key: "c.id",
        fields: vec![
            text("title", "c.title", "c.title_sort"),
            field("external_id", Reference, "c.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "c.account_id"),
            field("kind", Choice, "c.kind"),
            field("parent_id", Reference, "c.parent_id"),
            field("time_zone", Choice, "c.time_zone"),
            field("currency", Choice, "c.currency"),
            field("starts_on", Date, "c.starts_on"),
            field("ends_on", Date, "c.ends_on"),
            field("renews_on", Date, "c.renews_on"),
            field("renewal", Choice, "c.renewal"),
            field("renewal_months", Integer, "c.renewal_months"),
            shown("renewal_clause", Text, "c.renewal_clause"),
            field("notice_days", Integer, "c.notice_days"),
            field("notice_months", Integer, "c.notice_months"),
            shown("notice_clause", Text, "c.notice_clause"),
            field("notice_on", Date, "c.notice_on"),
            field("price_change_on", Date, "c.price_change_on"),
            shown("price_change_clause", Text, "c.price_change_clause"),
            field(
                "n_lines",
                Integer,
                "(SELECT COUNT(*) FROM contract_line l WHERE l.contract_id = c.id AND l.deleted_at_us IS NULL)",
            ),
            field("demo", Flag, "c.demo"),
            field("updated_at", Instant, "c.updated_at_us"),
            shown("version", Integer, "c.version"),
        ],
        default_sort: by("renews_on"),
        today: None,
        made_by: None,
    }
}

/// Lines of contracts. The year's value is computed from these fields (`ContractLine::annual_value`), not in SQL. Whoever may
/// read costs sees the version with that of the cost in it, as they do on the record.
pub fn contract_lines(clearance: Clearance) -> ListDef {
    use FieldKind::{Choice, Flag, Instant, Integer, Money, Reference};
    let version = if clearance.has(Purpose::Cost) {
        "l.version + COALESCE((SELECT k.version FROM contract_line_cost k WHERE k.contract_line_id = l.id), 0)"
    } else {
        "l.version"
    };
    ListDef {
        name: "contract_lines",
        from: "FROM contract_line l
               JOIN contract c ON c.id = l.contract_id
               JOIN account a ON a.id = c.account_id
               JOIN product p ON p.id = l.product_id",
        condition: "l.deleted_at_us IS NULL AND c.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("c.account_id"),
        unowned_visible: false,
        key: "l.id",
        fields: vec![
            text("product", "p.name", "p.name_sort"),
            field("product_id", Reference, "l.product_id"),
            field("external_id", Reference, "l.external_id"),
            text("contract", "c.title", "c.title_sort"),
            field("contract_id", Reference, "l.contract_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "c.account_id"),
            field("unit", Choice, "p.unit"),
            field("annual_volume", Integer, "l.annual_volume"),
            field("price_per", Integer, "l.price_per"),
            field("currency", Choice, "c.currency"),
            field("unit_price", Money, "l.unit_price_minor"),
            field("list_price", Money, "l.list_price_minor"),
            field(
                "unit_cost",
                Money,
                "(SELECT k.unit_cost_minor FROM contract_line_cost k WHERE k.contract_line_id = l.id)",
            ),
            field("demo", Flag, "l.demo"),
            field("updated_at", Instant, "l.updated_at_us"),
            shown("version", Integer, version),
        ],
        default_sort: by("account"),
        today: None,
        made_by: None,
    }
}

/// Products with their managers.
pub fn products() -> ListDef {
    use FieldKind::{Choice, Flag, Instant, Integer, Reference};
    ListDef {
        name: "products",
        from: "FROM product p
               LEFT JOIN person m ON m.id = p.product_manager_id
               LEFT JOIN line_of_business b ON b.id = p.line_of_business_id",
        condition: "p.deleted_at_us IS NULL",
        account_column: None,
        unowned_visible: true,
        key: "p.id",
        fields: vec![
            text("name", "p.name", "p.name_sort"),
            field("external_id", Reference, "p.external_id"),
            field("unit", Choice, "p.unit"),
            text("product_manager", "m.name", "m.name_sort"),
            field("product_manager_id", Reference, "p.product_manager_id"),
            text("line_of_business", "b.name", "b.name_sort"),
            field("line_of_business_id", Reference, "p.line_of_business_id"),
            field("demo", Flag, "p.demo"),
            field("updated_at", Instant, "p.updated_at_us"),
            shown("version", Integer, "p.version"),
        ],
        default_sort: by("name"),
        today: None,
        made_by: None,
    }
}

/// Lines of business with their heads.
pub fn lines_of_business() -> ListDef {
    use FieldKind::{Flag, Instant, Integer, Reference};
    ListDef {
        name: "lines_of_business",
        from: "FROM line_of_business b LEFT JOIN person h ON h.id = b.head_person_id",
        condition: "b.deleted_at_us IS NULL",
        account_column: None,
        unowned_visible: true,
        key: "b.id",
        fields: vec![
            text("name", "b.name", "b.name_sort"),
            field("external_id", Reference, "b.external_id"),
            text("head", "h.name", "h.name_sort"),
            field("head_id", Reference, "b.head_person_id"),
            field(
                "n_teams",
                Integer,
                "(SELECT COUNT(*) FROM team t WHERE t.line_of_business_id = b.id AND t.deleted_at_us IS NULL)",
            ),
            field(
                "n_products",
                Integer,
                "(SELECT COUNT(*) FROM product p WHERE p.line_of_business_id = b.id AND p.deleted_at_us IS NULL)",
            ),
            field("demo", Flag, "b.demo"),
            field("updated_at", Instant, "b.updated_at_us"),
            shown("version", Integer, "b.version"),
        ],
        default_sort: by("name"),
        today: None,
        made_by: None,
    }
}

/// Teams with their leads.
pub fn teams() -> ListDef {
    use FieldKind::{Flag, Instant, Integer, Reference};
    ListDef {
        name: "teams",
        from: "FROM team t
               LEFT JOIN line_of_business b ON b.id = t.line_of_business_id
               LEFT JOIN person l ON l.id = t.lead_person_id",
        condition: "t.deleted_at_us IS NULL",
        account_column: None,
        unowned_visible: true,
        key: "t.id",
        fields: vec![
            text("name", "t.name", "t.name_sort"),
            field("external_id", Reference, "t.external_id"),
            text("line_of_business", "b.name", "b.name_sort"),
            field("line_of_business_id", Reference, "t.line_of_business_id"),
            text("lead", "l.name", "l.name_sort"),
            field("lead_id", Reference, "t.lead_person_id"),
            field(
                "n_people",
                Integer,
                "(SELECT COUNT(*) FROM person p WHERE p.team_id = t.id AND p.deleted_at_us IS NULL)",
            ),
            field("demo", Flag, "t.demo"),
            field("updated_at", Instant, "t.updated_at_us"),
            shown("version", Integer, "t.version"),
        ],
        default_sort: by("name"),
        today: None,
        made_by: None,
    }
}
