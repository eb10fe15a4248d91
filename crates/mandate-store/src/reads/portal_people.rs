//! A client's people in the book with their addresses: to find who is invited to the portal.

use mandate_domain::Id;
use mandate_domain::book::{Account, Person};

use crate::boxed;
use crate::db::{ReadTx, StoreError};
use crate::params;

const CLIENT_PEOPLE: &str = "
    SELECT id, email FROM person
     WHERE account_id = $1 AND side = 'client' AND deleted_at_us IS NULL ORDER BY id";

/// The client's people of an account and their addresses, which may be empty.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn client_people_with_address(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<(Id<Person>, String)>, StoreError> {
    let rows = tx.fetch_all(CLIENT_PEOPLE, params![account]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?))).collect()
}
