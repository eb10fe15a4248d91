//! Everything that happened with an account, in one list: talks, reviews, promises made and settled, expectations, contracts and
//! amendments, people who left, measures gone through, opportunities, the newest first.
//!
//! A row is a day on which something happened, so one promise has two: when it was made and when it was kept or broken; measures gone
//! through on one day are one row. What
//! takes a purpose to read stands in none of these tables. Instants are shown as days of UTC.

use super::MadeBy;
use super::book_lists::{field, latest, shown, text};
use super::listing::{FieldKind, ListDef};

const FROM: &str = "FROM (
    SELECT m.id || ':talk' AS id, 'communication' AS kind, 'talk' AS event, m.id AS record_id, m.account_id, m.happened_on AS day,
           m.title, m.title_sort, m.channel AS word,
           CASE WHEN m.agreed <> '' THEN m.agreed ELSE m.details END AS text, CAST(NULL AS TEXT) AS only_for
      FROM communication m WHERE m.deleted_at_us IS NULL
    UNION ALL
    SELECT v.id || ':review', 'review', 'review', v.id, v.account_id, v.held_on, v.title, v.title_sort, v.level, v.outcome, NULL
      FROM review v WHERE v.deleted_at_us IS NULL
    UNION ALL
    SELECT r.id || ':made', 'promise', 'promised', r.id, r.account_id, r.made_on, r.title, r.title_sort, r.occasion, r.details, NULL
      FROM promise r WHERE r.deleted_at_us IS NULL
    UNION ALL
    SELECT r.id || ':settled', 'promise', 'promise_settled', r.id, r.account_id, r.settled_on, r.title, r.title_sort, r.state,
           r.evidence, NULL
      FROM promise r WHERE r.settled_on IS NOT NULL AND r.deleted_at_us IS NULL
    UNION ALL
    SELECT e.id || ':stated', 'expectation', 'expected', e.id, e.account_id, e.stated_on, e.title, e.title_sort, '', e.measure, NULL
      FROM expectation e WHERE e.deleted_at_us IS NULL
    UNION ALL
    SELECT e.id || ':settled', 'expectation', 'expectation_settled', e.id, e.account_id, e.settled_on, e.title, e.title_sort,
           e.state, e.actual, NULL
      FROM expectation e WHERE e.settled_on IS NOT NULL AND e.deleted_at_us IS NULL
    UNION ALL
    SELECT c.id || ':starts', 'contract', 'contract_starts', c.id, c.account_id, c.starts_on, c.title, c.title_sort, c.kind, '', NULL
      FROM contract c WHERE c.deleted_at_us IS NULL
    UNION ALL
    SELECT m.id || ':effective', 'amendment', 'amended', m.id, c.account_id, m.effective_on, m.title, m.title_sort, m.subject,
           m.summary, NULL
      FROM amendment m JOIN contract c ON c.id = m.contract_id WHERE m.deleted_at_us IS NULL AND c.deleted_at_us IS NULL
    UNION ALL
    SELECT o.id || ':opened', 'opportunity', 'opportunity_opened', o.id, o.account_id, o.opened_on, o.title, o.title_sort, o.kind, '', NULL
      FROM opportunity o WHERE o.deleted_at_us IS NULL
    UNION ALL
    SELECT o.id || ':closed', 'opportunity', 'opportunity_closed', o.id, o.account_id, o.closed_on, o.title, o.title_sort, o.stage,
           o.reason, NULL
      FROM opportunity o WHERE o.closed_on IS NOT NULL AND o.deleted_at_us IS NULL
    UNION ALL
    SELECT p.id || ':left', 'person', 'left', p.id, p.account_id, p.left_on, p.name, p.name_sort, '', p.job_title, NULL
      FROM person p WHERE p.left_on IS NOT NULL AND p.account_id IS NOT NULL AND p.deleted_at_us IS NULL
    UNION ALL
    SELECT MIN(w.id) || ':walk', 'measure', 'walked_through', MIN(k.id), w.account_id, w.held_on, MIN(k.name), MIN(k.name_sort),
           CAST(COUNT(*) AS TEXT), MIN(w.note), NULL
      FROM kpi_walkthrough w JOIN kpi k ON k.id = w.kpi_id GROUP BY w.account_id, w.held_on
    UNION ALL
    SELECT d.id || ':decided', 'manager', 'manager_decided', d.id, d.account_id, d.decided_on, p.name, p.name_sort, d.outcome,
           d.reason, COALESCE((SELECT MIN(u.id) FROM app_user u WHERE u.person_id = d.manager_id), '-')
      FROM manager_decision d JOIN person p ON p.id = d.manager_id
    UNION ALL
    SELECT d.id || ':ended', 'manager', 'manager_decision_ended', d.id, d.account_id, d.ended_on, p.name, p.name_sort, d.state,
           d.ending, COALESCE((SELECT MIN(u.id) FROM app_user u WHERE u.person_id = d.manager_id), '-')
      FROM manager_decision d JOIN person p ON p.id = d.manager_id WHERE d.ended_on IS NOT NULL
  ) x JOIN account a ON a.id = x.account_id";

/// What happened with accounts; pages of one account filter by it. What is for whoever it concerns alone (a decision about an
/// account's manager) is shown to `own`, or to everybody where that is nothing.
pub fn timeline(own: Option<MadeBy>) -> ListDef {
    use FieldKind::{Choice, Date, Reference, Text};
    ListDef {
        name: "timeline",
        from: FROM,
        condition: "a.deleted_at_us IS NULL",
        account_column: Some("x.account_id"),
        unowned_visible: false,
        key: "x.id",
        fields: vec![
            field("day", Date, "x.day"),
            field("event", Choice, "x.event"),
            text("title", "x.title", "x.title_sort"),
            field("kind", Choice, "x.kind"),
            field("record_id", Reference, "x.record_id"),
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "x.account_id"),
            shown("word", Choice, "x.word"),
            shown("text", Text, "x.text"),
        ],
        default_sort: latest("day"),
        today: None,
        made_by: own,
    }
}

/// The column that holds whose alone a row is.
pub const ONLY_FOR: &str = "x.only_for";
