//! What one of ours answers for, as far as a reader reaches: what a handover would carry over; and the list of handovers, one row
//! an account that goes over.
//!
//! Who knows whom is read for every client's person, because each has to be introduced. Not here: handovers as they are stored
//! (`book::handovers`).

use jiff::civil::Date;
use mandate_domain::Id;
use mandate_domain::book::{Matter, Person};
use mandate_domain::identity::User;

use super::Scope;
use super::book_lists::{field, latest, text};
use super::listing::{FieldKind, ListDef};
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError};
use crate::params;

/// Something that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// What.
    pub matter: Matter,
    /// The record.
    pub record_id: String,
    /// The record in a line.
    pub title: String,
    /// The account it belongs to.
    pub account_id: Option<String>,
    /// That account's name.
    pub account: String,
    /// As what they work there, or how well they know the person; else empty.
    pub detail: String,
    /// By when it is due.
    pub due_on: Option<Date>,
}

/// A promise without a delivery owner is owed by whoever made it.
const HOLDINGS: &str = "
    SELECT x.matter, x.record_id, x.title, x.account_id, a.name, x.detail, x.due_on FROM (
      SELECT 'account_manager' AS matter, 1 AS place, id AS record_id, name AS title, id AS account_id, '' AS detail, '' AS due_on
        FROM account WHERE account_manager_id = $1 AND deleted_at_us IS NULL
      UNION ALL
      SELECT 'negotiator', 2, id, name, id, '', '' FROM account WHERE negotiator_id = $1 AND deleted_at_us IS NULL
      UNION ALL
      SELECT 'works_on', 3, w.account_id, c.name, w.account_id, w.role, '' FROM account_person w
        JOIN account c ON c.id = w.account_id WHERE w.person_id = $1 AND c.deleted_at_us IS NULL
      UNION ALL
      SELECT 'promise', 4, id, title, account_id, '', COALESCE(due_on, '') FROM promise
       WHERE (delivery_owner_id = $1 OR (delivery_owner_id IS NULL AND made_by_id = $1)) AND state = 'open' AND deleted_at_us IS NULL
      UNION ALL
      SELECT 'expectation', 5, id, title, account_id, '', COALESCE(due_on, '') FROM expectation
       WHERE manager_id = $1 AND state = 'open' AND deleted_at_us IS NULL
      UNION ALL
      SELECT 'opportunity', 6, id, title, account_id, '', COALESCE(expected_on, '') FROM opportunity
       WHERE owner_id = $1 AND closed_on IS NULL AND deleted_at_us IS NULL
      UNION ALL
      SELECT 'introduction', 7, p.id, p.name, p.account_id, CAST(q.strength AS TEXT), '' FROM acquaintance q
        JOIN person p ON p.id = q.client_person_id
       WHERE q.our_person_id = $1 AND q.deleted_at_us IS NULL AND p.deleted_at_us IS NULL AND p.left_on IS NULL
      UNION ALL
      SELECT 'measure', 8, id, name, account_id, '', '' FROM kpi
       WHERE owner_person_id = $1 AND account_id IS NOT NULL AND deleted_at_us IS NULL
    ) x JOIN account a ON a.id = x.account_id
     WHERE a.deleted_at_us IS NULL";
const UNOWNED: &str = "
    SELECT x.matter, x.record_id, x.title, NULL, '', '', '' FROM (
      SELECT 'product' AS matter, 1 AS place, id AS record_id, name AS title FROM product
       WHERE product_manager_id = $1 AND deleted_at_us IS NULL
      UNION ALL
      SELECT 'line_of_business', 2, id, name FROM line_of_business WHERE head_person_id = $1 AND deleted_at_us IS NULL
      UNION ALL
      SELECT 'team', 3, id, name FROM team WHERE lead_person_id = $1 AND deleted_at_us IS NULL
      UNION ALL
      SELECT 'measure', 4, id, name FROM kpi
       WHERE owner_person_id = $1 AND account_id IS NULL AND deleted_at_us IS NULL
    ) x ORDER BY x.place, x.title, x.record_id";

fn read_holding(row: &Row) -> Result<Holding, StoreError> {
    let due_on = match row.text(6)?.as_str() {
        "" => None,
        _ => Some(row.date(6)?),
    };
    Ok(Holding {
        matter: row.parsed(0, Matter::parse)?,
        record_id: row.text(1)?,
        title: row.text(2)?,
        account_id: row.text_or_null(3)?,
        account: row.text(4)?,
        detail: row.text(5)?,
        due_on,
    })
}

/// Everything `person` answers for within `scope`, by account; what belongs to no account last.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn list_holdings(
    tx: &mut ReadTx,
    scope: &Scope,
    person: &Id<Person>,
) -> Result<Vec<Holding>, StoreError> {
    let (visible, values) = scope.condition("x.account_id", 2);
    let sql = format!(
        "{HOLDINGS} AND ({visible}) ORDER BY a.name_sort, a.id, x.place, x.title, x.record_id, x.detail"
    );
    let values = params![person].into_iter().chain(values).collect();
    let mut rows = tx.fetch_all(&sql, values).await?;
    rows.extend(tx.fetch_all(UNOWNED, params![person]).await?);
    rows.iter().map(read_holding).collect()
}

const USERS_OF: &str = "
    SELECT id, state FROM app_user WHERE person_id = $1 AND account_id IS NULL ORDER BY id";

/// As whom one of ours signs in, and whether they may.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn users_of(tx: &mut ReadTx, person: &Id<Person>) -> Result<Vec<(Id<User>, bool)>, StoreError> {
    let rows = tx.fetch_all(USERS_OF, params![person]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.text(1)? == "active"))).collect()
}

/// Whether the decision rights of handovers are counted: for whoever may read rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// They are.
    Counted,
    /// They are not, and a handover of nothing else is not there.
    LeftOut,
}

macro_rules! from {
    ($which:literal) => {
        concat!("FROM (
    SELECT h.id || ':' || COALESCE(i.account_id, '') AS row_key, h.id AS handover_id, h.kind, h.state, h.effective_on,
           h.from_person_id, i.account_id, COUNT(*) AS n_matters,
           CAST(SUM(CASE WHEN i.state IN ('open', 'refused') AND i.matter <> 'introduction' THEN 1 ELSE 0 END) AS BIGINT) AS n_open,
           CAST(SUM(CASE WHEN i.state IN ('open', 'refused') AND i.matter = 'introduction' THEN 1 ELSE 0 END) AS BIGINT)
             AS n_introductions,
           COALESCE(MAX(CASE WHEN i.matter = 'account_manager' THEN i.to_person_id END), MAX(i.to_person_id)) AS to_person_id
      FROM handover h JOIN handover_item i ON i.handover_id = h.id ", $which, "
     GROUP BY h.id, h.kind, h.state, h.effective_on, h.from_person_id, i.account_id
  ) x LEFT JOIN account a ON a.id = x.account_id
      JOIN person f ON f.id = x.from_person_id LEFT JOIN person s ON s.id = x.to_person_id")
    };
}

/// Accounts that go, or went, from one of ours to another, the latest day first.
pub fn handovers(rights: Rights) -> ListDef {
    use FieldKind::{Choice, Date, Integer, Reference};
    ListDef {
        name: "handovers",
        from: match rights {
            Rights::Counted => from!(""),
            Rights::LeftOut => from!("AND i.matter <> 'decision_right'"),
        },
        condition: "(x.account_id IS NULL OR a.deleted_at_us IS NULL)",
        account_column: Some("x.account_id"),
        unowned_visible: true,
        key: "x.row_key",
        fields: vec![
            text("account", "a.name", "a.name_sort"),
            field("account_id", Reference, "x.account_id"),
            text("from_person", "f.name", "f.name_sort"),
            field("from_person_id", Reference, "x.from_person_id"),
            text("to_person", "s.name", "s.name_sort"),
            field("to_person_id", Reference, "x.to_person_id"),
            field("effective_on", Date, "x.effective_on"),
            field("handover_kind", Choice, "x.kind"),
            field("handover_state", Choice, "x.state"),
            field("n_matters", Integer, "x.n_matters"),
            field("n_open_matters", Integer, "x.n_open"),
            field("n_introductions", Integer, "x.n_introductions"),
            field("handover_id", Reference, "x.handover_id"),
        ],
        default_sort: latest("effective_on"),
        today: None,
        made_by: None,
    }
}
