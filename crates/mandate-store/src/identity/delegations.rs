//! Delegations, and who can decide at all: users with their roles, as far as deciding is concerned.
//!
//! A delegation counts only while both users are active; that is asked of the users' rows each time, beside the
//! suspension itself, which ends what somebody handed on and what was handed to them for good.

use jiff::civil::Date;
use mandate_domain::identity::{Decider, DecisionKind, Delegation, Role, User};
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const INSERT: &str = "
    INSERT INTO delegation (id, absent_user_id, substitute_user_id, from_on, until_on, kinds, reason, ended_at_us, demo,
           version, created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, 1, $9)";
const END: &str = "
    UPDATE delegation SET ended_at_us = $1, version = version + 1
     WHERE id = $2 AND version = $3 AND ended_at_us IS NULL";
const COLUMNS: &str = "
    d.id, d.absent_user_id, d.substitute_user_id, d.from_on, d.until_on, d.kinds, d.reason, d.ended_at_us, d.demo,
    d.version";
const USERS: &str = "
    FROM delegation d
    JOIN app_user a ON a.id = d.absent_user_id
    JOIN app_user s ON s.id = d.substitute_user_id";
const DECIDERS: &str = "
    SELECT u.id, u.display_name, u.person_id, r.role
      FROM app_user u JOIN user_role r ON r.user_id = u.id
     WHERE u.state = 'active' AND u.account_id IS NULL AND ($1 = '' OR u.id = $1) AND ($2 = '' OR u.person_id = $2)
       AND ($3 = '' OR u.id IN (SELECT h.user_id FROM user_role h WHERE h.role = $3))
     ORDER BY u.display_name, u.id, r.role LIMIT 2000";

/// A delegation with both names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDelegation {
    /// The delegation.
    pub delegation: Delegation,
    /// Who is away.
    pub absent_name: String,
    /// Who decides for them.
    pub substitute_name: String,
}

/// Adds a delegation.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_delegation(tx: &mut WriteTx, made: &Delegation, now: Instant) -> Result<(), StoreError> {
    let kinds: Vec<&str> = made.kinds.iter().map(|kind| kind.as_str()).collect();
    let values = params![
        &made.id,
        &made.absent_user_id,
        &made.substitute_user_id,
        made.from_on,
        made.until_on,
        kinds.join(" "),
        &made.reason,
        made.demo,
        now,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Ends a delegation now; refused as stale when it was ended or changed meanwhile.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn end_delegation(tx: &mut WriteTx, made: &Delegation, now: Instant) -> Result<(), StoreError> {
    match tx.execute(END, params![now, &made.id, made.version]).await? {
        0 => Err(StoreError::Stale { table: "delegation" }),
        _ => Ok(()),
    }
}

/// Ends every delegation that `user` made or was given and that has not passed on `today`; returns what was ended.
///
/// # Errors
/// [`StoreError`] when they cannot be written.
#[boxed]
pub async fn end_delegations_of(
    tx: &mut WriteTx,
    user: &Id<User>,
    today: Date,
    now: Instant,
) -> Result<Vec<NamedDelegation>, StoreError> {
    let open = list_delegations_of(tx, user, today).await?;
    for named in &open {
        end_delegation(tx, &named.delegation, now).await?;
    }
    Ok(open)
}

/// Delegations that hold on `today` for `substitute`, both users being active.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_delegations_to(
    tx: &mut ReadTx,
    substitute: &Id<User>,
    today: Date,
) -> Result<Vec<NamedDelegation>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, a.display_name, s.display_name {USERS}
          WHERE d.substitute_user_id = $1 AND d.ended_at_us IS NULL AND d.from_on <= $2 AND d.until_on >= $2
            AND a.state = 'active' AND s.state = 'active'
          ORDER BY d.from_on, d.id"
    );
    tx.fetch_all(&sql, params![substitute, today]).await?.iter().map(read).collect()
}

/// Delegations that `user` made or was given and that have not passed on `today`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_delegations_of(
    tx: &mut ReadTx,
    user: &Id<User>,
    today: Date,
) -> Result<Vec<NamedDelegation>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, a.display_name, s.display_name {USERS}
          WHERE (d.absent_user_id = $1 OR d.substitute_user_id = $1) AND d.ended_at_us IS NULL AND d.until_on >= $2
          ORDER BY d.from_on, d.id"
    );
    tx.fetch_all(&sql, params![user, today]).await?.iter().map(read).collect()
}

/// Every delegation that has not passed on `today`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_delegations(tx: &mut ReadTx, today: Date) -> Result<Vec<NamedDelegation>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, a.display_name, s.display_name {USERS}
          WHERE d.ended_at_us IS NULL AND d.until_on >= $1 ORDER BY d.from_on, d.id LIMIT 500"
    );
    tx.fetch_all(&sql, params![today]).await?.iter().map(read).collect()
}

/// The delegation with this id, ended or not.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_delegation(
    tx: &mut ReadTx,
    id: &Id<Delegation>,
) -> Result<Option<NamedDelegation>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, a.display_name, s.display_name {USERS} WHERE d.id = $1");
    tx.fetch_optional(&sql, params![id]).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<NamedDelegation, StoreError> {
    let kinds: Result<Vec<DecisionKind>, _> =
        row.text(5)?.split_whitespace().map(DecisionKind::parse).collect();
    let id: Id<Delegation> = row.id(0)?;
    let kinds = kinds.map_err(|error| StoreError::Inconsistent {
        table: "delegation",
        id: id.to_string(),
        what: error.to_string(),
    })?;
    let delegation = Delegation {
        id,
        absent_user_id: row.id(1)?,
        substitute_user_id: row.id(2)?,
        from_on: row.date(3)?,
        until_on: row.date(4)?,
        kinds,
        reason: row.text(6)?,
        ended_at: row.instant_or_null(7)?,
        demo: row.flag(8)?,
        version: row.int(9)?,
    };
    Ok(NamedDelegation { delegation, absent_name: row.text(10)?, substitute_name: row.text(11)? })
}

/// Which active users are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// All.
    Everyone,
    /// The one with this id.
    User(&'a str),
    /// Those who are this person in the book.
    Person(&'a str),
    /// Those with this role.
    Role(Role),
}

/// Active users of ours with their roles, by name; the client's people decide nothing for us. Walls are
/// not looked at; see `list_walled`.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn list_deciders(tx: &mut ReadTx, wanted: Wanted<'_>) -> Result<Vec<Decider>, StoreError> {
    let (user, person, role) = match wanted {
        Wanted::Everyone => ("", "", ""),
        Wanted::User(id) => (id, "", ""),
        Wanted::Person(id) => ("", id, ""),
        Wanted::Role(role) => ("", "", role.as_str()),
    };
    let mut deciders: Vec<Decider> = vec![];
    for row in tx.fetch_all(DECIDERS, params![user, person, role]).await? {
        let (id, role) = (row.text(0)?, row.parsed(3, Role::parse)?);
        match deciders.last_mut() {
            Some(last) if last.id == id => last.roles.push(role),
            _ => deciders.push(Decider {
                id,
                name: row.text(1)?,
                person_id: row.id_or_null(2)?,
                roles: vec![role],
                walled: false,
            }),
        }
    }
    Ok(deciders)
}
