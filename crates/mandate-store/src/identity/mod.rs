//! Identity: users and their roles; sessions, tokens and one-time links beside them.
//!
//! Secrets are stored as hashes only: a password by argon2id, tokens and links (256 random bits) by SHA-256. The
//! `touch_` functions commit bookkeeping, which is no business event.

mod decision_rights;
mod decision_uses;
mod delegations;
mod links;
mod passkeys;
mod pending;
mod provider_links;
mod second_factor;
mod sessions;
mod tokens;
mod views;
mod walls;

use mandate_domain::book::{Account, Side};
use mandate_domain::identity::{Role, User, UserState};
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value, WriteTx};
use crate::params;

pub use decision_rights::{
    Place, insert_right, list_rights_at, list_rights_held, list_rights_of, load_right, names_in_right,
    save_right,
};
pub use decision_uses::{
    StoredPolicies, UseSummary, insert_policies, insert_use, list_policies, list_substituted, list_uses,
    load_policies, newest_policy_version, summarise_uses, used_alone, used_of_right,
};
pub use delegations::{
    NamedDelegation, Wanted, end_delegation, end_delegations_of, insert_delegation, list_deciders,
    list_delegations, list_delegations_of, list_delegations_to, load_delegation,
};
pub use links::{Link, LinkPurpose, insert_link, load_link, use_link, void_links, void_links_lapsing};
pub use passkeys::{
    PasskeyChallenge, StoredPasskey, delete_expired_challenges, delete_passkey, delete_passkeys,
    insert_passkey, keep_challenge, list_passkeys, load_passkey, note_passkey_refusal, note_passkey_use,
    rename_passkey, take_challenge,
};
pub use pending::{
    PendingSignIn, delete_expired_pending, delete_pending, delete_pending_of_user, fail_pending,
    insert_pending, load_pending,
};
pub use provider_links::{
    count_provider_links, delete_provider_links, list_subjects, load_provider_user, save_provider_link,
};
pub use second_factor::{
    StoredFactor, begin_second_factor, confirm_second_factor, count_recovery_codes, delete_second_factor,
    list_factor_keys, list_users_with_second_factor, load_second_factor, replace_recovery_codes,
    use_recovery_code, use_step,
};
pub use sessions::{
    StoredSession, delete_expired_sessions, delete_session, delete_sessions, insert_session, list_sessions,
    load_session, renew_session, touch_session,
};
pub use tokens::{
    StoredToken, insert_token, list_tokens, load_token, revoke_token, revoke_tokens, touch_token,
};
pub use views::{
    ListedView, choose_default_view, clear_default_view, insert_view, list_views, load_deleted_view,
    load_view, restore_view, save_view, trash_view,
};
pub use walls::{
    NewSignature, insert_wall_signature, list_sealed_readings, list_wall_signatures, list_walled,
    manages_a_product, note_sealed_reading,
};

const COUNT: &str = "SELECT COUNT(*) FROM app_user WHERE demo = 0";
const BY_ID: &str = "
    SELECT id, person_id, email, display_name, locale, time_zone, single_keys, state, demo, version, password_hash, account_id
      FROM app_user WHERE id = $1";
const BY_EMAIL: &str = "
    SELECT id, person_id, email, display_name, locale, time_zone, single_keys, state, demo, version, password_hash, account_id
      FROM app_user WHERE email_fold = $1";
const PAGE: &str = "
    SELECT id, person_id, email, display_name, locale, time_zone, single_keys, state, demo, version, password_hash, account_id
      FROM app_user WHERE email_fold > $1 ORDER BY email_fold LIMIT $2";
const OF_ACCOUNT: &str = "
    SELECT id, person_id, email, display_name, locale, time_zone, single_keys, state, demo, version, password_hash, account_id
      FROM app_user WHERE account_id = $1 ORDER BY email_fold";
const ROLES: &str = "SELECT role FROM user_role WHERE user_id = $1 ORDER BY role";
const INSERT: &str = "
    INSERT INTO app_user (id, person_id, email, email_fold, display_name, password_hash, locale, time_zone,
           single_keys, state, demo, version, created_at_us, updated_at_us, account_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $12, $13)";
const SAVE: &str = "
    UPDATE app_user SET person_id = $1, display_name = $2, locale = $3, time_zone = $4, single_keys = $5, state = $6,
           updated_at_us = $7, version = version + 1,
           ended_by_client = CASE WHEN $6 = 'suspended' THEN ended_by_client ELSE 0 END
     WHERE id = $8 AND version = $9";
const SAVE_PASSWORD: &str =
    "UPDATE app_user SET password_hash = $1, updated_at_us = $2, version = version + 1 WHERE id = $3";
const CLEAR_PASSWORD: &str = "UPDATE app_user SET password_hash = NULL WHERE id = $1";
const ENDED_BY_CLIENT: &str = "SELECT ended_by_client FROM app_user WHERE id = $1";
const SAVE_ENDED_BY: &str = "UPDATE app_user SET ended_by_client = $1 WHERE id = $2";
const SAVE_HASH: &str = "UPDATE app_user SET password_hash = $1 WHERE id = $2";
const CLEAR_ROLES: &str = "DELETE FROM user_role WHERE user_id = $1";
const COUNT_ROLE: &str = "
    SELECT COUNT(*) FROM app_user JOIN user_role ON user_role.user_id = app_user.id
     WHERE user_role.role = $1 AND app_user.state = 'active' AND app_user.id <> $2";

/// A user with what signing in needs.
#[derive(Clone, Debug)]
pub struct StoredUser {
    /// The user.
    pub user: User,
    /// The argon2id hash in PHC form; none until the person has chosen a password.
    pub password_hash: Option<String>,
}

/// How many users there are, without those of the demo book.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_users(tx: &mut ReadTx) -> Result<i64, StoreError> {
    tx.fetch_one(COUNT, vec![]).await?.int(0)
}

/// How many active users other than `except` hold `role`.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn count_others_with_role(
    tx: &mut ReadTx,
    role: Role,
    except: &Id<User>,
) -> Result<i64, StoreError> {
    tx.fetch_one(COUNT_ROLE, params![role.as_str(), except]).await?.int(0)
}

/// The user with this id.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_user(tx: &mut ReadTx, id: &Id<User>) -> Result<Option<StoredUser>, StoreError> {
    load(tx, BY_ID, params![id]).await
}

/// The user with this address, in its folded form.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_user_by_email(tx: &mut ReadTx, email_fold: &str) -> Result<Option<StoredUser>, StoreError> {
    load(tx, BY_EMAIL, params![email_fold]).await
}

/// Up to `limit` users whose folded address follows `after` (empty: from the first), by address.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_users(tx: &mut ReadTx, after: &str, limit: usize) -> Result<Vec<StoredUser>, StoreError> {
    let rows = tx.fetch_all(PAGE, params![after, limit]).await?;
    let mut users = Vec::with_capacity(rows.len());
    for row in &rows {
        users.push(read_user(tx, row).await?);
    }
    Ok(users)
}

/// The users of a client's organisation, by address.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_users_of_account(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<StoredUser>, StoreError> {
    let rows = tx.fetch_all(OF_ACCOUNT, params![account]).await?;
    let mut users = Vec::with_capacity(rows.len());
    for row in &rows {
        users.push(read_user(tx, row).await?);
    }
    Ok(users)
}

/// Adds a user with their roles.
///
/// # Errors
/// [`StoreError::Duplicate`] when the address is taken.
#[boxed]
pub async fn insert_user(tx: &mut WriteTx, stored: &StoredUser, now: Instant) -> Result<(), StoreError> {
    let user = &stored.user;
    let values = params![
        &user.id,
        user.person_id.as_ref(),
        &user.email,
        user.email.to_lowercase(),
        &user.display_name,
        stored.password_hash.clone(),
        &user.locale,
        &user.time_zone,
        user.single_keys,
        user.state.as_str(),
        user.demo,
        now,
        user.account_id.as_ref(),
    ];
    tx.execute(INSERT, values).await?;
    save_roles(tx, user).await
}

/// Saves a user's profile, person, state and roles; refused as stale when another save came first.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn save_user(tx: &mut WriteTx, user: &User, now: Instant) -> Result<(), StoreError> {
    let values = params![
        user.person_id.as_ref(),
        &user.display_name,
        &user.locale,
        &user.time_zone,
        user.single_keys,
        user.state.as_str(),
        now,
        &user.id,
        user.version,
    ];
    match tx.execute(SAVE, values).await? {
        0 => Err(StoreError::Stale { table: "app_user" }),
        _ => save_roles(tx, user).await,
    }
}

/// Saves a password's hash.
///
/// # Errors
/// [`StoreError::Inconsistent`] when there is no such user.
#[boxed]
pub async fn save_password(
    tx: &mut WriteTx,
    id: &Id<User>,
    password_hash: &str,
    now: Instant,
) -> Result<(), StoreError> {
    match tx.execute(SAVE_PASSWORD, params![password_hash, now, id]).await? {
        1 => Ok(()),
        _ => Err(StoreError::Inconsistent {
            table: "app_user",
            id: id.to_string(),
            what: "there is no such user".to_owned(),
        }),
    }
}

/// Forgets the password of one who was out and is let in again.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn clear_password(tx: &mut WriteTx, id: &Id<User>) -> Result<(), StoreError> {
    tx.execute(CLEAR_PASSWORD, params![id]).await.map(|_| ())
}

/// Which side ended the access of a suspended user; ours, unless a client's administrator did.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_access_ended_by(tx: &mut ReadTx, id: &Id<User>) -> Result<Side, StoreError> {
    let by_client = tx.fetch_one(ENDED_BY_CLIENT, params![id]).await?.flag(0)?;
    Ok(if by_client { Side::Client } else { Side::Provider })
}

/// Keeps which side ended the access of a user who was just suspended. [`save_user`] forgets it when it is given back.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn save_access_ended_by(tx: &mut WriteTx, id: &Id<User>, by: Side) -> Result<(), StoreError> {
    tx.execute(SAVE_ENDED_BY, params![by == Side::Client, id]).await.map(|_| ())
}

/// Saves the same password's hash at a higher cost: no change that anybody made, so the version stays.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn save_rehashed(tx: &mut WriteTx, id: &Id<User>, password_hash: &str) -> Result<(), StoreError> {
    tx.execute(SAVE_HASH, params![password_hash, id]).await.map(|_| ())
}

async fn save_roles(tx: &mut WriteTx, user: &User) -> Result<(), StoreError> {
    tx.execute(CLEAR_ROLES, params![&user.id]).await?;
    let rows = user.roles.iter().map(|role| params![&user.id, role.as_str()]).collect();
    tx.insert_many("INSERT INTO user_role (user_id, role)", rows, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}

async fn load(tx: &mut ReadTx, sql: &str, values: Vec<Value>) -> Result<Option<StoredUser>, StoreError> {
    match tx.fetch_optional(sql, values).await? {
        Some(row) => read_user(tx, &row).await.map(Some),
        None => Ok(None),
    }
}

async fn read_user(tx: &mut ReadTx, row: &Row) -> Result<StoredUser, StoreError> {
    let id: Id<User> = row.id(0)?;
    let mut roles = vec![];
    for role in tx.fetch_all(ROLES, params![&id]).await? {
        roles.push(role.parsed(0, Role::parse)?);
    }
    roles.sort_unstable();
    let user = User {
        id,
        person_id: row.id_or_null(1)?,
        email: row.text(2)?,
        display_name: row.text(3)?,
        roles,
        locale: row.text(4)?,
        time_zone: row.text(5)?,
        single_keys: row.flag(6)?,
        state: row.parsed(7, UserState::parse)?,
        demo: row.flag(8)?,
        version: row.int(9)?,
        account_id: row.id_or_null(11)?,
    };
    Ok(StoredUser { user, password_hash: row.text_or_null(10)? })
}
