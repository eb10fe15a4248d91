//! Which rows of a list are within their reader's reach.

use super::listing::ListDef;
use super::scope::Scope;
use crate::db::Value;

/// The rows of accounts in reach, with those that belong to none where these are everyone's to see.
pub(super) fn within(def: &ListDef, scope: &Scope, column: &str) -> (String, Vec<Value>) {
    let (sql, values) = scope.condition(column, 1);
    if !def.unowned_visible {
        return (sql, values);
    }
    let Some((table, key, account)) =
        own_columns(def, column).filter(|_| matches!(scope, Scope::OwnAccounts(_)))
    else {
        return (format!("{sql} OR {column} IS NULL"), values);
    };
    // PostgreSQL would ask both of each of a million rows; as two sets of keys each has its index.
    let (theirs, values) = scope.condition(&format!("theirs.{account}"), 1);
    let sql = format!(
        "{} IN (SELECT theirs.{key} FROM {table} theirs WHERE {theirs}
           UNION ALL SELECT nobodys.{key} FROM {table} nobodys WHERE nobodys.{account} IS NULL)",
        def.key
    );
    (sql, values)
}

/// The list's own table, its key and its account's column, where the account stands in the row itself.
fn own_columns<'a>(def: &ListDef, column: &'a str) -> Option<(&'static str, &'static str, &'a str)> {
    let mut words = def.from.split_ascii_whitespace().skip(1);
    let (table, alias) = (words.next()?, words.next()?);
    let key = def.key.strip_prefix(alias)?.strip_prefix('.')?;
    Some((table, key, column.strip_prefix(alias)?.strip_prefix('.')?))
}
