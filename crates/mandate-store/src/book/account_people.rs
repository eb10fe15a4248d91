//! Which of our people work on which account, and as what. The one accountable manager stands on the account itself.

use mandate_domain::Id;
use mandate_domain::book::{Account, Person, PersonRole};

use crate::boxed;
use crate::db::{ReadTx, StoreError, WriteTx};
use crate::params;

const LIST: &str =
    "SELECT person_id, role FROM account_person WHERE account_id = $1 ORDER BY role, person_id";
const CLEAR: &str = "DELETE FROM account_person WHERE account_id = $1";
const ADD: &str = "INSERT INTO account_person (account_id, person_id, role)";

/// Who works on `account`, and as what.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_working_people(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<(Id<Person>, PersonRole)>, StoreError> {
    let rows = tx.fetch_all(LIST, params![account]).await?;
    let role = |text: &str| PersonRole::parse(text).ok_or_else(|| format!("`{text}` is no role"));
    rows.iter().map(|row| Ok((row.id(0)?, row.parsed(1, role)?))).collect()
}

/// Replaces who works on `account`.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn set_working_people(
    tx: &mut WriteTx,
    account: &Id<Account>,
    people: &[(Id<Person>, PersonRole)],
) -> Result<(), StoreError> {
    tx.execute(CLEAR, params![account]).await?;
    let rows = people.iter().map(|(person, role)| params![account, person, role.as_str()]).collect();
    tx.insert_many(ADD, rows, "ON CONFLICT (account_id, person_id, role) DO NOTHING").await?;
    Ok(())
}
