//! Names that measure pages and reports show: accounts, people, users, teams, by id.

use std::collections::HashMap;

use mandate_domain::Id;
use mandate_domain::book::{Account, Person};

use super::Scope;
use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::params;

/// What pages of measures show of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName {
    /// Its id.
    pub id: Id<Account>,
    /// Its name.
    pub name: String,
    /// IANA zone of its contracts.
    pub time_zone: String,
    /// Currency code.
    pub currency: String,
    /// Name of our account manager.
    pub manager: Option<String>,
}

/// A person to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their job title.
    pub job_title: String,
}

const OUR_PERSON: &str =
    "SELECT COUNT(*) FROM person WHERE id = $1 AND side = 'provider' AND deleted_at_us IS NULL";

/// The account, if `scope` reaches it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_account_name(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<Account>,
) -> Result<Option<AccountName>, StoreError> {
    let (condition, mut values) = scope.condition("a.id", 2);
    let sql = format!(
        "SELECT a.id, a.name, a.time_zone, a.currency, p.name FROM account a
           LEFT JOIN person p ON p.id = a.account_manager_id
          WHERE a.id = $1 AND a.deleted_at_us IS NULL AND {condition}"
    );
    values.splice(0..0, params![id]);
    let Some(row) = tx.fetch_optional(&sql, values).await? else { return Ok(None) };
    Ok(Some(AccountName {
        id: row.id(0)?,
        name: row.text(1)?,
        time_zone: row.text(2)?,
        currency: row.text(3)?,
        manager: row.text_or_null(4)?,
    }))
}

/// The first account by name that `scope` reaches.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn first_account(tx: &mut ReadTx, scope: &Scope) -> Result<Option<Id<Account>>, StoreError> {
    let (condition, values) = scope.condition("a.id", 1);
    let sql = format!(
        "SELECT a.id FROM account a WHERE a.deleted_at_us IS NULL AND {condition}
          ORDER BY a.name_sort, a.id LIMIT 1"
    );
    tx.fetch_optional(&sql, values).await?.map(|row| row.id(0)).transpose()
}

const CLIENT_PEOPLE: &str = "
    SELECT id, name, job_title FROM person
     WHERE account_id = $1 AND side = 'client' AND deleted_at_us IS NULL ORDER BY name_sort, id";

/// The client's people of an account.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_client_people(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<PersonName>, StoreError> {
    read_people(&tx.fetch_all(CLIENT_PEOPLE, params![account]).await?)
}

fn read_people(rows: &[crate::db::Row]) -> Result<Vec<PersonName>, StoreError> {
    rows.iter()
        .map(|row| Ok(PersonName { id: row.text(0)?, name: row.text(1)?, job_title: row.text(2)? }))
        .collect()
}

/// Whether the person is one of ours.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn is_our_person(tx: &mut ReadTx, id: &Id<Person>) -> Result<bool, StoreError> {
    let row = tx.fetch_one(OUR_PERSON, params![id]).await?;
    Ok(row.int(0)? > 0)
}

/// The kinds of record whose names can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// People of either side.
    Person,
    /// Users.
    User,
    /// Teams.
    Team,
    /// Sources of events.
    Source,
    /// Contracts.
    Contract,
}

/// Names by id; ids that are gone are left out. People in the trash keep their name, because the record names them.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn names(
    tx: &mut ReadTx,
    kind: Named,
    ids: impl IntoIterator<Item = String>,
) -> Result<HashMap<String, String>, StoreError> {
    let (column, table) = match kind {
        Named::Person => ("name", "person"),
        Named::User => ("display_name", "app_user"),
        Named::Team => ("name", "team"),
        Named::Source => ("name", "event_source"),
        Named::Contract => ("title", "contract"),
    };
    let mut ids: Vec<String> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut names = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let places: Vec<String> = (1..=chunk.len()).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT id, {column} FROM {table} WHERE id IN ({})", places.join(", "));
        let values = chunk.iter().map(crate::db::IntoValue::into_value).collect();
        for row in tx.fetch_all(&sql, values).await? {
            names.insert(row.text(0)?, row.text(1)?);
        }
    }
    Ok(names)
}
