//! Which hats one of ours wears: roles they sign in with, accounts they manage, negotiate or work on, products they manage.
//!
//! Accounts out of the reader's scope are neither named nor counted. What somebody has read that is sealed is not told here, only
//! that a wall was lifted for them and by whom.

use mandate_domain::book::{Account, Person};
use mandate_domain::identity::{Role, SealedReading, User, WallSignature};
use mandate_domain::{Id, Instant};

use super::Scope;
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError};
use crate::identity::list_sealed_readings;
use crate::params;

const ON_ACCOUNTS: &str = "
    SELECT x.capacity, a.id, a.name FROM (
      SELECT 'account_manager' AS capacity, id AS account_id FROM account WHERE account_manager_id = $1
      UNION ALL
      SELECT 'negotiator', id FROM account WHERE negotiator_id = $1
      UNION ALL
      SELECT role, account_id FROM account_person WHERE person_id = $1
    ) x JOIN account a ON a.id = x.account_id WHERE a.deleted_at_us IS NULL";
const PRODUCTS: &str = "
    SELECT 'product_manager', id, name FROM product WHERE product_manager_id = $1 AND deleted_at_us IS NULL ORDER BY name_sort, id";
const USERS: &str = "SELECT id FROM app_user WHERE person_id = $1 AND state = 'active' ORDER BY id";
const ROLES: &str = "SELECT role FROM user_role WHERE user_id = $1 ORDER BY role";
const SIGNED: &str = "
    SELECT signed_by, signed_at_us, signed_by_name FROM wall_signature WHERE user_id = $1 ORDER BY signed_at_us, id";
const DECLARED: &str = "
    SELECT actor_name, at_us, reason FROM audit_record WHERE action = 'walls.declared_off' ORDER BY seq DESC LIMIT 1";
const ON_ACCOUNT: &str = "
    SELECT p.id, p.name FROM person p WHERE p.deleted_at_us IS NULL AND p.side = 'provider' AND (
           p.id IN (SELECT account_manager_id FROM account WHERE id = $1)
        OR p.id IN (SELECT negotiator_id FROM account WHERE id = $1)
        OR p.id IN (SELECT person_id FROM account_person WHERE account_id = $1)
        OR p.id IN (SELECT d.product_manager_id FROM product d JOIN contract_line l ON l.product_id = d.id
                      JOIN contract c ON c.id = l.contract_id
                     WHERE c.account_id = $1 AND c.deleted_at_us IS NULL AND l.deleted_at_us IS NULL AND d.deleted_at_us IS NULL))
     ORDER BY p.name_sort, p.id";

const OF_PRODUCTS: &str = "
    SELECT p.id, p.name FROM person p WHERE p.deleted_at_us IS NULL AND p.side = 'provider' AND (
           p.id IN (SELECT d.product_manager_id FROM product d WHERE d.deleted_at_us IS NULL)
        OR p.id IN (SELECT u.person_id FROM app_user u JOIN user_role r ON r.user_id = u.id
                     WHERE r.role = 'product_manager' AND u.state = 'active'))
     ORDER BY p.name_sort, p.id";

/// A hat somebody wears: as what, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hat {
    /// As what: `account_manager`, `negotiator`, `product_manager`, or the role of their work.
    pub capacity: String,
    /// The account, or of a product manager the product.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Who signed, in which name, under the lifting of a wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSignature {
    /// The signature.
    pub signature: WallSignature,
    /// The signer's name then.
    pub name: String,
}

/// What is kept of the user that somebody signs in as.
#[derive(Clone, Debug)]
pub struct UserHats {
    /// Who.
    pub user: Id<User>,
    /// In which roles.
    pub roles: Vec<Role>,
    /// What they have read that is sealed: for the rule, not to be told.
    pub readings: Vec<SealedReading>,
    /// Who signed for them.
    pub signatures: Vec<NamedSignature>,
}

/// That the firm has declared its walls off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredOff {
    /// Who did.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: String,
}

fn read_hat(row: &Row) -> Result<Hat, StoreError> {
    Ok(Hat { capacity: row.text(0)?, id: row.text(1)?, name: row.text(2)? })
}

/// The hats of `person`: on accounts in `scope` by name, then products.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_hats(tx: &mut ReadTx, scope: &Scope, person: &Id<Person>) -> Result<Vec<Hat>, StoreError> {
    let (visible, values) = scope.condition("a.id", 2);
    let values = params![person].into_iter().chain(values).collect();
    let sql = format!("{ON_ACCOUNTS} AND ({visible}) ORDER BY a.name_sort, a.id, x.capacity");
    let mut rows = tx.fetch_all(&sql, values).await?;
    rows.extend(tx.fetch_all(PRODUCTS, params![person]).await?);
    rows.iter().map(read_hat).collect()
}

/// The user that `person` signs in as, if they do.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_user_hats(tx: &mut ReadTx, person: &Id<Person>) -> Result<Option<UserHats>, StoreError> {
    let Some(row) = tx.fetch_optional(USERS, params![person]).await? else { return Ok(None) };
    let user: Id<User> = row.id(0)?;
    let roles = tx.fetch_all(ROLES, params![&user]).await?;
    let roles = roles.iter().map(|row| row.parsed(0, Role::parse)).collect::<Result<_, _>>()?;
    let readings = list_sealed_readings(tx, &user).await?;
    let signed = tx.fetch_all(SIGNED, params![&user]).await?;
    let signatures = signed
        .iter()
        .map(|row| {
            let signature = WallSignature { signed_by: row.id(0)?, signed_at: row.instant(1)? };
            Ok(NamedSignature { signature, name: row.text(2)? })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Some(UserHats { user, roles, readings, signatures }))
}

/// When, by whom and why the walls were last declared off.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn last_declared_off(tx: &mut ReadTx) -> Result<Option<DeclaredOff>, StoreError> {
    let row = tx.fetch_optional(DECLARED, vec![]).await?;
    row.map(|row| {
        Ok(DeclaredOff {
            by: row.text(0)?,
            at: row.instant(1)?,
            reason: row.text_or_null(2)?.unwrap_or_default(),
        })
    })
    .transpose()
}

/// Our people who manage products, in the book or by the role they sign in with.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_product_managers(tx: &mut ReadTx) -> Result<Vec<(Id<Person>, String)>, StoreError> {
    let rows = tx.fetch_all(OF_PRODUCTS, vec![]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?))).collect()
}

/// Our people who wear a hat on `account`, also by a product that is sold to it. The caller has loaded the account in scope.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_people_on(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<(Id<Person>, String)>, StoreError> {
    let rows = tx.fetch_all(ON_ACCOUNT, params![account]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?))).collect()
}
