//! Fields of a list that stand in another table: which way a database gets from there to the rows.
//!
//! Of a million rows the hundred first by what another record says are found from that record's index, not by asking every row;
//! and rows whose other record has a name are found from the names. The planner of SQLite keeps no figures of the tables, so
//! that the way is written out for it: `CROSS JOIN` keeps the order there, and is a plain join to PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use super::Scope;
use super::list_operator::{Operator, like_pattern};
use super::listing::{Field, FieldKind, ListDef, ListQuery};
use crate::db::{ReadTx, StoreError, Value};

/// The way from another table to a list's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Through {
    /// For an order: `FROM` the other table, in its order, to the list's rows; each row that states the field once.
    pub order: Option<Order>,
    /// For a text looked for: the row's column that names the other record.
    pub named: Option<Named>,
}

/// An order that another table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// `FROM ... CROSS JOIN ...`, with every table that the list's conditions name.
    pub from: &'static str,
    /// What holds besides the list's own conditions.
    pub condition: &'static str,
    /// What is sorted by.
    pub sort: &'static str,
    /// The list's key, as that order has it.
    pub key: &'static str,
}

/// Records that rows name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The row's column with the other record's id.
    pub column: &'static str,
    /// `SELECT x.id FROM ... WHERE x.name_sort`, which a comparison follows.
    pub among: &'static str,
}

/// From how many named records on a page's rows are asked one by one: one in a few is then among those that are sought.
const MANY: usize = 1_000;
/// From how many on rows are counted one by one.
pub(super) const MOST: usize = 10_000;

/// The fields whose rows are found from the names looked for, because few other records have them; of others each row is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct ByName(BTreeSet<&'static str>);

impl ByName {
    /// The way to the rows for this field, where it goes by the names.
    pub(super) fn of(&self, field: &Field, operator: Operator) -> Option<Named> {
        sought(field, operator).filter(|_| self.0.contains(field.name))
    }
}

fn sought(field: &Field, operator: Operator) -> Option<Named> {
    let is_text = operator == Operator::Contains && field.kind == FieldKind::Text;
    field.through.and_then(|through| through.named).filter(|_| is_text)
}

/// How the rows of a page are found, and how they are counted.
///
/// Whoever sees some accounts only has few rows: these are asked one by one.
pub(super) async fn by_name(
    tx: &mut ReadTx,
    def: &ListDef,
    (scope, query): (&Scope, &ListQuery),
) -> Result<(ByName, ByName), StoreError> {
    // Of a field that is sought twice, the filter that finds the most counts: all of them go the same way.
    let mut found: BTreeMap<&'static str, usize> = BTreeMap::new();
    for filter in query.filters.iter().filter(|_| *scope == Scope::Everything) {
        let Some(field) = def.field(&filter.field) else { continue };
        let Some(named) = sought(field, filter.operator) else { continue };
        let mut n_found = 0;
        for value in &filter.values {
            let sql =
                format!("SELECT COUNT(*) FROM ({} LIKE $1 ESCAPE '\\' LIMIT {MOST}) found", named.among);
            let n_named = tx.count_once(&sql, vec![Value::Text(Some(like_pattern(value)))]).await?;
            n_found += usize::try_from(n_named).unwrap_or(MOST);
        }
        let most = found.entry(field.name).or_default();
        *most = n_found.max(*most);
    }
    let below = |most: usize| {
        let few = found.iter().filter(|(_, n_found)| **n_found < most);
        ByName(few.map(|(name, _)| *name).collect())
    };
    // PostgreSQL counts the rows of many names faster by joining them.
    let most_counted = if tx.is_postgres() { MANY } else { MOST };
    Ok((below(MANY), below(most_counted)))
}
