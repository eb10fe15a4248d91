//! Lists of people and of what was said: stakes, expertise, career, who knows whom, expectations, promises, communications,
//! reviews. Built as `book_lists`, whose helpers they use.

use jiff::civil::Date;

use super::book_lists::{by, field, latest, shown, text};
use super::listing::{FieldKind, ListDef};

/// Stakes of clients' people, the heaviest first.
pub fn stakes() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "stakes",
        from: "FROM stake s
               JOIN person p ON p.id = s.person_id
               JOIN account a ON a.id = p.account_id",
        condition: "s.deleted_at_us IS NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("p.account_id"),
        unowned_visible: false,
        key: "s.id",
        fields: vec![
            text("person", "p.name", "p.name_sort"),
            field("person_id", Reference, "s.person_id"),
            field("external_id", Reference, "s.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "p.account_id"),
            field("basis", Choice, "s.basis"),
            field("weight", Integer, "s.weight"),
            field("since", Date, "s.since"),
            field("until", Date, "s.until"),
            shown("reason", Text, "s.reason"),
            field("demo", Flag, "s.demo"),
            field("updated_at", Instant, "s.updated_at_us"),
            shown("version", Integer, "s.version"),
        ],
        default_sort: latest("weight"),
        today: None,
        made_by: None,
    }
}

/// What people know well, by topic.
pub fn expertise() -> ListDef {
    use FieldKind::{Choice, Flag, Instant, Integer, Reference};
    ListDef {
        name: "expertise",
        from: "FROM expertise e
               JOIN person p ON p.id = e.person_id
               LEFT JOIN account a ON a.id = p.account_id",
        condition: "e.deleted_at_us IS NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("p.account_id"),
        unowned_visible: true,
        key: "e.id",
        fields: vec![
            text("topic", "e.topic", "e.topic_sort"),
            field("area", Choice, "e.area"),
            text("person", "p.name", "p.name_sort"),
            field("person_id", Reference, "e.person_id"),
            field("side", Choice, "p.side"),
            field("external_id", Reference, "e.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "p.account_id"),
            field("level", Integer, "e.level"),
            field("since_year", Integer, "e.since_year"),
            field("demo", Flag, "e.demo"),
            field("updated_at", Instant, "e.updated_at_us"),
            shown("version", Integer, "e.version"),
        ],
        default_sort: by("topic"),
        today: None,
        made_by: None,
    }
}

/// Positions people have and had, the newest first.
pub fn career_steps() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "career_steps",
        from: "FROM career_step s
               JOIN person p ON p.id = s.person_id
               LEFT JOIN account a ON a.id = p.account_id",
        condition: "s.deleted_at_us IS NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("p.account_id"),
        unowned_visible: true,
        key: "s.id",
        fields: vec![
            text("position", "s.position", "s.position_sort"),
            text("person", "p.name", "p.name_sort"),
            field("person_id", Reference, "s.person_id"),
            field("side", Choice, "p.side"),
            field("external_id", Reference, "s.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "p.account_id"),
            shown("employer", Text, "s.employer"),
            field("started_on", Date, "s.started_on"),
            field("ended_on", Date, "s.ended_on"),
            shown("note", Text, "s.note"),
            field("demo", Flag, "s.demo"),
            field("updated_at", Instant, "s.updated_at_us"),
            shown("version", Integer, "s.version"),
        ],
        default_sort: latest("started_on"),
        today: None,
        made_by: None,
    }
}

/// When both last took part in one communication.
const LAST_CONTACT: &str = "(SELECT MAX(m.happened_on) FROM communication m
    JOIN record_link lc ON lc.record_kind = 'communication' AND lc.record_id = m.id AND lc.target_id = q.client_person_id
    JOIN record_link lo ON lo.record_kind = 'communication' AND lo.record_id = m.id AND lo.target_id = q.our_person_id
   WHERE m.deleted_at_us IS NULL)";

/// Who knows whom, by the client's person.
pub fn acquaintances() -> ListDef {
    use FieldKind::{Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "acquaintances",
        from: "FROM acquaintance q
               JOIN person p ON p.id = q.client_person_id
               JOIN account a ON a.id = p.account_id
               JOIN person o ON o.id = q.our_person_id",
        condition: "q.deleted_at_us IS NULL AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("p.account_id"),
        unowned_visible: false,
        key: "q.id",
        fields: vec![
            text("client_person", "p.name", "p.name_sort"),
            field("client_person_id", Reference, "q.client_person_id"),
            text("our_person", "o.name", "o.name_sort"),
            field("our_person_id", Reference, "q.our_person_id"),
            field("external_id", Reference, "q.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "p.account_id"),
            field("strength", Integer, "q.strength"),
            field("compatibility", Integer, "q.compatibility"),
            field("stated_on", Date, "q.stated_on"),
            field("last_contact_on", Date, LAST_CONTACT),
            shown("note", Text, "q.note"),
            field("demo", Flag, "q.demo"),
            field("updated_at", Instant, "q.updated_at_us"),
            shown("version", Integer, "q.version"),
        ],
        default_sort: by("client_person"),
        today: None,
        made_by: None,
    }
}

/// What clients expect of their account managers; `today` decides what is late.
pub fn expectations(today: Date) -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "expectations",
        from: "FROM expectation e
               JOIN account a ON a.id = e.account_id
               LEFT JOIN person p ON p.id = e.person_id
               LEFT JOIN person m ON m.id = COALESCE(e.manager_id, a.account_manager_id)
               LEFT JOIN promise r ON r.id = e.promise_id AND r.deleted_at_us IS NULL",
        condition: "e.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("e.account_id"),
        unowned_visible: false,
        key: "e.id",
        fields: vec![
            text("title", "e.title", "e.title_sort"),
            field("external_id", Reference, "e.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "e.account_id"),
            text("person", "p.name", "p.name_sort"),
            field("person_id", Reference, "e.person_id"),
            text("manager", "m.name", "m.name_sort"),
            field("manager_id", Reference, "COALESCE(e.manager_id, a.account_manager_id)"),
            field("stated_on", Date, "e.stated_on"),
            field("due_on", Date, "e.due_on"),
            shown("measure", Text, "e.measure"),
            field("acknowledged_by_us_on", Date, "e.acknowledged_by_us_on"),
            field("acknowledged_by_client_on", Date, "e.acknowledged_by_client_on"),
            text("promise", "r.title", "r.title_sort"),
            field("promise_id", Reference, "r.id"),
            field("perceived", Choice, "e.perceived"),
            shown("perceived_words", Text, "e.perceived_words"),
            field("perceived_on", Date, "e.perceived_on"),
            shown("actual", Text, "e.actual"),
            field("state", Choice, "e.state"),
            field("settled_on", Date, "e.settled_on"),
            field(
                "late",
                Flag,
                "CAST(CASE WHEN e.state = 'open' AND e.due_on < {today} THEN 1 ELSE 0 END AS BIGINT)",
            ),
            field("demo", Flag, "e.demo"),
            field("updated_at", Instant, "e.updated_at_us"),
            shown("version", Integer, "e.version"),
        ],
        default_sort: by("due_on"),
        today: Some(today),
        made_by: None,
    }
}

/// What an open promise lacks at the handover from sales to delivery.
const GAP: &str =
    "CAST(CASE WHEN r.state = 'open' AND (r.contract_id IS NULL OR r.clause = '' OR r.delivery_owner_id IS NULL
    OR r.due_on IS NULL) THEN 1 ELSE 0 END AS BIGINT)";

/// What was promised to clients; `today` decides what is late.
pub fn promises(today: Date) -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "promises",
        from: "FROM promise r
               JOIN account a ON a.id = r.account_id
               LEFT JOIN person b ON b.id = r.made_by_id
               LEFT JOIN person t ON t.id = r.made_to_id
               LEFT JOIN person o ON o.id = r.delivery_owner_id
               LEFT JOIN person h ON h.id = r.handover_by_id
               LEFT JOIN contract c ON c.id = r.contract_id
               LEFT JOIN product p ON p.id = r.product_id",
        condition: "r.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("r.account_id"),
        unowned_visible: false,
        key: "r.id",
        fields: vec![
            text("title", "r.title", "r.title_sort"),
            field("external_id", Reference, "r.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "r.account_id"),
            field("made_on", Date, "r.made_on"),
            field("occasion", Choice, "r.occasion"),
            text("made_by", "b.name", "b.name_sort"),
            field("made_by_id", Reference, "r.made_by_id"),
            text("made_to", "t.name", "t.name_sort"),
            field("made_to_id", Reference, "r.made_to_id"),
            text("contract", "c.title", "c.title_sort"),
            field("contract_id", Reference, "r.contract_id"),
            shown("clause", Text, "r.clause"),
            text("product", "p.name", "p.name_sort"),
            field("product_id", Reference, "r.product_id"),
            text("delivery_owner", "o.name", "o.name_sort"),
            field("delivery_owner_id", Reference, "r.delivery_owner_id"),
            field("due_on", Date, "r.due_on"),
            field("state", Choice, "r.state"),
            field("settled_on", Date, "r.settled_on"),
            field("gap", Flag, GAP),
            field(
                "late",
                Flag,
                "CAST(CASE WHEN r.state = 'open' AND r.due_on < {today} THEN 1 ELSE 0 END AS BIGINT)",
            ),
            shown("evidence", Text, "r.evidence"),
            shown("details", Text, "r.details"),
            field("handover", Choice, "r.handover"),
            text("handover_by", "h.name", "h.name_sort"),
            field("handover_by_id", Reference, "r.handover_by_id"),
            field("handover_on", Date, "r.handover_on"),
            shown("handover_words", Text, "r.handover_words"),
            field("demo", Flag, "r.demo"),
            field("updated_at", Instant, "r.updated_at_us"),
            shown("version", Integer, "r.version"),
        ],
        default_sort: by("due_on"),
        today: Some(today),
        made_by: None,
    }
}

/// How many took part, by kind of record and its alias.
macro_rules! n_people {
    ($kind:literal, $id:literal) => {
        concat!(
            "(SELECT COUNT(*) FROM record_link k WHERE k.record_kind = '",
            $kind,
            "' AND k.record_id = ",
            $id,
            " AND k.field = 'people')"
        )
    };
}

/// What the two sides said to one another, the newest first.
pub fn communications() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "communications",
        from: "FROM communication m
               JOIN account a ON a.id = m.account_id
               LEFT JOIN contract c ON c.id = m.contract_id",
        condition: "m.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("m.account_id"),
        unowned_visible: false,
        key: "m.id",
        fields: vec![
            text("title", "m.title", "m.title_sort"),
            field("external_id", Reference, "m.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "m.account_id"),
            field("happened_on", Date, "m.happened_on"),
            field("channel", Choice, "m.channel"),
            field("direction", Choice, "m.direction"),
            field("topic", Choice, "m.topic"),
            field("n_people", Integer, n_people!("communication", "m.id")),
            text("contract", "c.title", "c.title_sort"),
            field("contract_id", Reference, "m.contract_id"),
            shown("place", Text, "m.place"),
            shown("details", Text, "m.details"),
            field(
                "n_expectations",
                Integer,
                "(SELECT COUNT(*) FROM record_link k WHERE k.record_kind = 'communication' AND k.record_id = m.id
                   AND k.field = 'expectations')",
            ),
            shown("said_by_client", Text, "m.said_by_client"),
            shown("said_by_us", Text, "m.said_by_us"),
            shown("agreed", Text, "m.agreed"),
            field("next_on", Date, "m.next_on"),
            field("demo", Flag, "m.demo"),
            field("updated_at", Instant, "m.updated_at_us"),
            shown("version", Integer, "m.version"),
        ],
        default_sort: latest("happened_on"),
        today: None,
        made_by: None,
    }
}

/// Reviews held, the newest first.
pub fn reviews() -> ListDef {
    use FieldKind::{Choice, Date, Flag, Instant, Integer, Reference, Text};
    ListDef {
        name: "reviews",
        from: "FROM review v JOIN account a ON a.id = v.account_id",
        condition: "v.deleted_at_us IS NULL AND a.deleted_at_us IS NULL",
        account_column: Some("v.account_id"),
        unowned_visible: false,
        key: "v.id",
        fields: vec![
            text("title", "v.title", "v.title_sort"),
            field("external_id", Reference, "v.external_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "v.account_id"),
            field("held_on", Date, "v.held_on"),
            field("level", Choice, "v.level"),
            field("n_people", Integer, n_people!("review", "v.id")),
            field(
                "n_measures",
                Integer,
                "(SELECT COUNT(*) FROM record_link k WHERE k.record_kind = 'review' AND k.record_id = v.id
                     AND k.field = 'measures')",
            ),
            field("next_on", Date, "v.next_on"),
            shown("outcome", Text, "v.outcome"),
            field("demo", Flag, "v.demo"),
            field("updated_at", Instant, "v.updated_at_us"),
            shown("version", Integer, "v.version"),
        ],
        default_sort: latest("held_on"),
        today: None,
        made_by: None,
    }
}
