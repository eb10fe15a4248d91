//! Saved views and which of them a person opens a list with.
//!
//! A view that lies in the trash, or that its owner no longer shares, is nobody else's default either: the reads join what
//! the reader may see, and the choice itself stays, so that bringing the view back brings the default back.

use mandate_domain::identity::{SavedView, User};
use mandate_domain::{Id, Instant};

use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, WriteTx};
use crate::params;

const VISIBLE: &str = "
    SELECT v.id, v.user_id, v.list, v.name, v.query, v.shared, v.version, u.display_name, d.view_id
      FROM saved_view v
      JOIN app_user u ON u.id = v.user_id
      LEFT JOIN default_view d ON d.view_id = v.id AND d.user_id = $1
     WHERE v.deleted_at_us IS NULL AND (v.user_id = $1 OR v.shared = 1) AND ($2 = '' OR v.list = $2)
     ORDER BY v.list, v.created_at_us, v.id LIMIT 1000";
const ONE: &str = "
    SELECT v.id, v.user_id, v.list, v.name, v.query, v.shared, v.version, u.display_name, d.view_id
      FROM saved_view v
      JOIN app_user u ON u.id = v.user_id
      LEFT JOIN default_view d ON d.view_id = v.id AND d.user_id = $1
     WHERE v.deleted_at_us IS NULL AND (v.user_id = $1 OR v.shared = 1) AND v.id = $2";
const DELETED: &str = "
    SELECT v.id, v.user_id, v.list, v.name, v.query, v.shared, v.version, u.display_name, d.view_id
      FROM saved_view v
      JOIN app_user u ON u.id = v.user_id
      LEFT JOIN default_view d ON d.view_id = v.id AND d.user_id = $1
     WHERE v.deleted_at_us IS NOT NULL AND (v.user_id = $1 OR v.shared = 1) AND v.id = $2";
const INSERT: &str = "
    INSERT INTO saved_view (id, user_id, list, name, query, shared, version, created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, 1, $7)";
const SAVE: &str = "
    UPDATE saved_view SET name = $1, query = $2, shared = $3, version = version + 1
     WHERE id = $4 AND version = $5 AND deleted_at_us IS NULL";
const TRASH: &str = "
    UPDATE saved_view SET deleted_at_us = $1, version = version + 1
     WHERE id = $2 AND version = $3 AND deleted_at_us IS NULL";
const RESTORE: &str = "
    UPDATE saved_view SET deleted_at_us = NULL, version = version + 1
     WHERE id = $1 AND version = $2 AND deleted_at_us IS NOT NULL";
const CHOOSE: &str = "
    INSERT INTO default_view (user_id, list, view_id) VALUES ($1, $2, $3)
    ON CONFLICT (user_id, list) DO UPDATE SET view_id = excluded.view_id";
const CLEAR: &str = "DELETE FROM default_view WHERE user_id = $1 AND view_id = $2";

/// A view as one reader finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedView {
    /// The view.
    pub view: SavedView,
    /// Its owner's name.
    pub owner_name: String,
    /// Whether this reader opens the list with it.
    pub is_default: bool,
}

/// A person's own views and those shared with everybody, of one list or (empty) of all; oldest first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn list_views(tx: &mut ReadTx, user: &Id<User>, list: &str) -> Result<Vec<ListedView>, StoreError> {
    tx.fetch_all(VISIBLE, params![user, list]).await?.iter().map(read).collect()
}

/// One of the views that `user` finds.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_view(
    tx: &mut ReadTx,
    user: &Id<User>,
    id: &Id<SavedView>,
) -> Result<Option<ListedView>, StoreError> {
    tx.fetch_optional(ONE, params![user, id]).await?.as_ref().map(read).transpose()
}

/// A view in the trash that was `user`'s to find.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn load_deleted_view(
    tx: &mut ReadTx,
    user: &Id<User>,
    id: &Id<SavedView>,
) -> Result<Option<ListedView>, StoreError> {
    tx.fetch_optional(DELETED, params![user, id]).await?.as_ref().map(read).transpose()
}

/// Adds a view.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn insert_view(tx: &mut WriteTx, view: &SavedView, now: Instant) -> Result<(), StoreError> {
    let values = params![&view.id, &view.user_id, &view.list, &view.name, &view.query, view.shared, now];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Saves a view's name, query and whether it is shared; refused as stale when another save came first.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn save_view(tx: &mut WriteTx, view: &SavedView) -> Result<(), StoreError> {
    let values = params![&view.name, &view.query, view.shared, &view.id, view.version];
    fresh(tx.execute(SAVE, values).await?)
}

/// Puts a view into the trash; refused as stale when another save came first.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn trash_view(tx: &mut WriteTx, view: &SavedView, now: Instant) -> Result<(), StoreError> {
    fresh(tx.execute(TRASH, params![now, &view.id, view.version]).await?)
}

/// Brings a view back; refused as stale when it was brought back meanwhile.
///
/// # Errors
/// [`StoreError::Stale`].
#[boxed]
pub async fn restore_view(tx: &mut WriteTx, view: &SavedView) -> Result<(), StoreError> {
    fresh(tx.execute(RESTORE, params![&view.id, view.version]).await?)
}

/// Makes `user` open the view's list with it.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn choose_default_view(
    tx: &mut WriteTx,
    user: &Id<User>,
    view: &SavedView,
) -> Result<(), StoreError> {
    tx.execute(CHOOSE, params![user, &view.list, &view.id]).await.map(|_| ())
}

/// Makes `user` open the view's list as it is.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn clear_default_view(
    tx: &mut WriteTx,
    user: &Id<User>,
    view: &SavedView,
) -> Result<(), StoreError> {
    tx.execute(CLEAR, params![user, &view.id]).await.map(|_| ())
}

fn fresh(n_touched: u64) -> Result<(), StoreError> {
    if n_touched == 0 { Err(StoreError::Stale { table: "saved_view" }) } else { Ok(()) }
}

fn read(row: &Row) -> Result<ListedView, StoreError> {
    let view = SavedView {
        id: row.id(0)?,
        user_id: row.id(1)?,
        list: row.text(2)?,
        name: row.text(3)?,
        query: row.text(4)?,
        shared: row.flag(5)?,
        version: row.int(6)?,
    };
    Ok(ListedView { view, owner_name: row.text(7)?, is_default: row.text_or_null(8)?.is_some() })
}
