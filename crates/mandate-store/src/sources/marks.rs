//! By what an address is asked only for what is new: the marks of what it gave last. They are forgotten when that did not come into
//! the book, or stands there no more, so that it is asked for again.

use mandate_domain::{Id, Instant};

use super::StoredSource;
use crate::boxed;
use crate::db::{StoreError, WriteTx};
use crate::params;

const FETCH_AT_ONCE: &str = "
    UPDATE import_fetch SET next_at_us = $1, failing_since_us = NULL, etag = '', last_modified = '', digest = ''
     WHERE source_id = $2";
const FORGET: &str =
    "UPDATE import_fetch SET etag = '', last_modified = '', digest = '' WHERE source_id = $1";
const FORGET_OF_BATCH: &str = "
    UPDATE import_fetch SET etag = '', last_modified = '', digest = ''
     WHERE source_id IN (SELECT a.source_id FROM import_arrival a WHERE a.batch_id = $1)";

/// Lets the address of a source be asked at `now` for everything, as if it had never been asked.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn fetch_at_once(
    tx: &mut WriteTx,
    source: &Id<StoredSource>,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(FETCH_AT_ONCE, params![now, source]).await.map(|_| ())
}

/// Lets the address of a source be asked for everything at its next time.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn forget_marks(tx: &mut WriteTx, source: &Id<StoredSource>) -> Result<(), StoreError> {
    tx.execute(FORGET, params![source]).await.map(|_| ())
}

/// As [`forget_marks`], of the source that brought this import; of one that came by hand nothing.
///
/// # Errors
/// [`StoreError`] when it cannot be kept.
#[boxed]
pub async fn forget_marks_of_batch(tx: &mut WriteTx, batch: &str) -> Result<(), StoreError> {
    tx.execute(FORGET_OF_BATCH, params![batch]).await.map(|_| ())
}
