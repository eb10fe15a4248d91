//! Expected, promised, perceived and actual side by side, and what open promises lack at the handover from sales to delivery.
//!
//! A row of the first is a matter: an expectation with the promise that answers it, or a promise that answers no expectation. Gaps are
//! flags, counted in `n_gaps`, by which both lists are sorted. A missing cost line is no gap that is counted: the field is there for
//! those only who may read costs, and a count would tell the others.

use jiff::civil::Date;

use super::book_lists::{field, latest, shown, text};
use super::listing::{Field, FieldKind, ListDef};

macro_rules! flag {
    ($condition:expr) => {
        concat!("CAST(CASE WHEN ", $condition, " THEN 1 ELSE 0 END AS BIGINT)")
    };
}
macro_rules! not_promised {
    () => {
        flag!("e.state = 'open' AND r.id IS NULL")
    };
}
macro_rules! no_clause {
    () => {
        flag!("r.state = 'open' AND (r.contract_id IS NULL OR r.clause = '')")
    };
}
macro_rules! no_owner {
    () => {
        flag!("r.state = 'open' AND r.delivery_owner_id IS NULL")
    };
}
macro_rules! overdue {
    () => {
        flag!("(e.state = 'open' AND e.due_on < {today}) OR (r.state = 'open' AND r.due_on < {today})")
    };
}
macro_rules! perceived_worse {
    () => {
        flag!(
            "e.perceived = 'falls_short' AND e.state <> 'withdrawn' AND (e.state = 'met' OR r.state = 'kept')"
        )
    };
}

/// An expectation and its promise, or a promise that no expectation names.
const MATTERS: &str = "FROM (
    SELECT w.id AS id, 'expectation' AS kind, w.account_id AS account_id, w.id AS expectation_id, s.id AS promise_id,
           w.title AS title, w.title_sort AS title_sort
      FROM expectation w LEFT JOIN promise s ON s.id = w.promise_id AND s.deleted_at_us IS NULL
     WHERE w.deleted_at_us IS NULL
    UNION ALL
    SELECT s.id, 'promise', s.account_id, NULL, s.id, s.title, s.title_sort
      FROM promise s
     WHERE s.deleted_at_us IS NULL
       AND NOT EXISTS (SELECT 1 FROM expectation w WHERE w.promise_id = s.id AND w.deleted_at_us IS NULL)
  ) x
  JOIN account a ON a.id = x.account_id
  LEFT JOIN expectation e ON e.id = x.expectation_id
  LEFT JOIN promise r ON r.id = x.promise_id
  LEFT JOIN person t ON t.id = COALESCE(e.person_id, r.made_to_id)
  LEFT JOIN person b ON b.id = r.made_by_id
  LEFT JOIN person o ON o.id = r.delivery_owner_id
  LEFT JOIN contract c ON c.id = r.contract_id
  LEFT JOIN product p ON p.id = r.product_id";

/// The newest month for which the account's volume of the promised product is stated.
macro_rules! volume_month {
    () => {
        "(SELECT MAX(v.month) FROM actual v WHERE v.account_id = x.account_id AND v.product_id = r.product_id
            AND v.volume IS NOT NULL AND v.deleted_at_us IS NULL)"
    };
}
const VOLUME: &str = concat!(
    "(SELECT CAST(SUM(u.volume) AS BIGINT) FROM actual u WHERE u.account_id = x.account_id
        AND u.product_id = r.product_id AND u.deleted_at_us IS NULL AND u.month = ",
    volume_month!(),
    ")"
);

/// What is expected, of a list of matters.
fn expected() -> Vec<Field> {
    use FieldKind::{Choice, Date, Reference, Text};
    vec![
        text("title", "x.title", "x.title_sort"),
        field("kind", Choice, "x.kind"),
        text("account", "a.name", "a.name_sort"),
        field("account_id", Reference, "x.account_id"),
        field("expectation_id", Reference, "x.expectation_id"),
        text("person", "t.name", "t.name_sort"),
        field("person_id", Reference, "t.id"),
        field("stated_on", Date, "e.stated_on"),
        field("expected_by", Date, "e.due_on"),
        shown("measure", Text, "e.measure"),
        field("acknowledged_by_us_on", Date, "e.acknowledged_by_us_on"),
        field("acknowledged_by_client_on", Date, "e.acknowledged_by_client_on"),
        field("expectation_state", Choice, "e.state"),
    ]
}

/// What is promised for it, how it is perceived, and what is.
fn promised() -> Vec<Field> {
    use FieldKind::{Choice, Date, Integer, Reference, Text};
    vec![
        text("promise", "r.title", "r.title_sort"),
        field("promise_id", Reference, "r.id"),
        field("made_on", Date, "r.made_on"),
        field("occasion", Choice, "r.occasion"),
        text("made_by", "b.name", "b.name_sort"),
        field("made_by_id", Reference, "r.made_by_id"),
        text("contract", "c.title", "c.title_sort"),
        field("contract_id", Reference, "r.contract_id"),
        shown("clause", Text, "r.clause"),
        text("delivery_owner", "o.name", "o.name_sort"),
        field("delivery_owner_id", Reference, "r.delivery_owner_id"),
        field("promised_for", Date, "r.due_on"),
        field("promise_state", Choice, "r.state"),
        field("settled_on", Date, "COALESCE(r.settled_on, e.settled_on)"),
        field("perceived", Choice, "e.perceived"),
        shown("perceived_words", Text, "e.perceived_words"),
        field("perceived_on", Date, "e.perceived_on"),
        field("talked_on", Date, TALKED_ON),
        shown("actual", Text, "e.actual"),
        shown("evidence", Text, "r.evidence"),
        text("product", "p.name", "p.name_sort"),
        field("product_id", Reference, "r.product_id"),
        shown("unit", Text, "p.unit"),
        shown("volume_month", Choice, volume_month!()),
        shown("volume", Integer, VOLUME),
    ]
}

/// What is missing, and who sees it.
fn missing() -> Vec<Field> {
    use FieldKind::{Flag, Integer};
    vec![
        field("not_promised", Flag, not_promised!()),
        field("no_clause", Flag, no_clause!()),
        field("no_owner", Flag, no_owner!()),
        field("overdue", Flag, overdue!()),
        field("perceived_worse", Flag, perceived_worse!()),
        field(
            "n_gaps",
            Integer,
            concat!(
                not_promised!(),
                " + ",
                no_clause!(),
                " + ",
                no_owner!(),
                " + ",
                overdue!(),
                " + ",
                perceived_worse!()
            ),
        ),
        field(
            "shown_to_client",
            Flag,
            flag!(
                "EXISTS (SELECT 1 FROM expectation_share z WHERE z.expectation_id = e.id AND z.account_id = e.account_id)"
            ),
        ),
        field("demo", Flag, "COALESCE(e.demo, r.demo)"),
    ]
}

/// When both sides last talked about an expectation.
const TALKED_ON: &str = "(SELECT MAX(m.happened_on) FROM record_link k JOIN communication m ON m.id = k.record_id
    WHERE k.record_kind = 'communication' AND k.field = 'expectations' AND k.target_id = e.id AND m.deleted_at_us IS NULL)";

/// Expected, promised, perceived and actual side by side, those with most gaps first; `today` decides what is overdue.
pub fn matters(today: Date) -> ListDef {
    ListDef {
        name: "matters",
        from: MATTERS,
        condition: "a.deleted_at_us IS NULL",
        account_column: Some("x.account_id"),
        unowned_visible: false,
        key: "x.id",
        fields: [expected(), promised(), missing()].concat(),
        default_sort: latest("n_gaps"),
        today: Some(today),
        made_by: None,
    }
}

macro_rules! not_accepted {
    () => {
        flag!("r.handover IS NULL OR r.handover <> 'accepted'")
    };
}
macro_rules! no_day {
    () => {
        flag!("r.due_on IS NULL")
    };
}
macro_rules! past_its_day {
    () => {
        flag!("r.due_on < {today}")
    };
}
/// No line of the contract, of the promised product where one is named, says what a unit costs.
const NO_COST_LINE: &str = "CAST(CASE WHEN EXISTS (SELECT 1 FROM contract_line l
    JOIN contract_line_cost k ON k.contract_line_id = l.id
    WHERE l.contract_id = r.contract_id AND (r.product_id IS NULL OR l.product_id = r.product_id)
      AND l.deleted_at_us IS NULL AND k.unit_cost_minor IS NOT NULL) THEN 0 ELSE 1 END AS BIGINT)";

/// Open promises at the handover from sales to delivery, those that lack most first; `today` decides what is overdue.
pub fn handover(today: Date) -> ListDef {
    use FieldKind::{Choice, Date, Flag, Integer, Reference, Text};
    ListDef {
        name: "handover",
        from: "FROM promise r
               JOIN account a ON a.id = r.account_id
               LEFT JOIN person b ON b.id = r.made_by_id
               LEFT JOIN person o ON o.id = r.delivery_owner_id
               LEFT JOIN person h ON h.id = r.handover_by_id
               LEFT JOIN contract c ON c.id = r.contract_id
               LEFT JOIN product p ON p.id = r.product_id",
        condition: "r.state = 'open' AND r.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("r.account_id"),
        unowned_visible: false,
        key: "r.id",
        fields: vec![
            text("title", "r.title", "r.title_sort"),
            field("promise_id", Reference, "r.id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "r.account_id"),
            field("made_on", Date, "r.made_on"),
            field("occasion", Choice, "r.occasion"),
            text("made_by", "b.name", "b.name_sort"),
            field("made_by_id", Reference, "r.made_by_id"),
            text("contract", "c.title", "c.title_sort"),
            field("contract_id", Reference, "r.contract_id"),
            shown("clause", Text, "r.clause"),
            text("product", "p.name", "p.name_sort"),
            field("product_id", Reference, "r.product_id"),
            text("delivery_owner", "o.name", "o.name_sort"),
            field("delivery_owner_id", Reference, "r.delivery_owner_id"),
            field("due_on", Date, "r.due_on"),
            field("handover", Choice, "r.handover"),
            field("handover_on", Date, "r.handover_on"),
            text("handover_by", "h.name", "h.name_sort"),
            field("handover_by_id", Reference, "r.handover_by_id"),
            shown("handover_words", Text, "r.handover_words"),
            field("no_clause", Flag, no_clause!()),
            field("no_owner", Flag, no_owner!()),
            field("not_accepted", Flag, not_accepted!()),
            field("no_day", Flag, no_day!()),
            field("overdue", Flag, past_its_day!()),
            field("no_cost_line", Flag, NO_COST_LINE),
            field(
                "n_gaps",
                Integer,
                concat!(
                    no_clause!(),
                    " + ",
                    no_owner!(),
                    " + ",
                    not_accepted!(),
                    " + ",
                    no_day!(),
                    " + ",
                    past_its_day!()
                ),
            ),
            field("demo", Flag, "r.demo"),
            shown("version", Integer, "r.version"),
        ],
        default_sort: latest("n_gaps"),
        today: Some(today),
        made_by: None,
    }
}
