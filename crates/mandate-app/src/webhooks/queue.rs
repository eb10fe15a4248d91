//! From the audit record into the queue: what happened since an endpoint was last looked after, as far as it is to hear of it.
//!
//! A look is a read. What is queued and how far was read are committed together, and a record is queued once for an endpoint, so
//! that whoever ends in between loses nothing and doubles nothing.

use mandate_domain::webhook::Pause;
use mandate_store::StoreError;
use mandate_store::audit::list_after;
use mandate_store::boxed;
use mandate_store::webhooks::{self as store, NewDelivery, StoredEndpoint};

use super::send::pause_by_itself;
use super::told::{Told, reader, told};
use crate::ctx::Ctx;

/// Audit records looked at in one go.
const AT_ONCE: i64 = 200;

/// Queues what every endpoint is to hear of, up to now; says how much that was.
///
/// # Errors
/// [`StoreError`] when the audit record cannot be read or the queue not be kept.
#[boxed]
pub async fn queue_webhooks(ctx: &Ctx) -> Result<usize, StoreError> {
    let mut n_queued = 0;
    loop {
        let behind = store::list_behind(&mut ctx.begin_read().await?).await?;
        if behind.is_empty() {
            return Ok(n_queued);
        }
        for endpoint in behind {
            n_queued += queue_for(ctx, &endpoint).await?;
        }
    }
}

async fn queue_for(ctx: &Ctx, endpoint: &StoredEndpoint) -> Result<usize, StoreError> {
    let (read_to, found) = {
        let mut tx = ctx.begin_read().await?;
        let Some(reader) = reader(&mut tx, &endpoint.reader_id).await? else {
            drop(tx);
            pause_by_itself(ctx, ctx.begin_write().await?, endpoint, Pause::Reader).await?;
            return Ok(0);
        };
        let records = list_after(&mut tx, endpoint.read_to, AT_ONCE).await?;
        let read_to = records.last().map_or(endpoint.read_to, |record| record.seq);
        let mut found: Vec<(String, Told)> = vec![];
        for record in records {
            let hash = record.hash.clone();
            if let Some(told) = told(&mut tx, endpoint, &reader, record).await? {
                found.push((hash, told));
            }
        }
        (read_to, found)
    };
    let deliveries: Vec<NewDelivery<'_>> = found
        .iter()
        .map(|(hash, told)| NewDelivery { id: ctx.new_id(), record_hash: hash, event: told.event() })
        .collect();
    let mut tx = ctx.begin_write().await?;
    // Removed, paused or changed since the look: the next look sees it as it is.
    let now = store::load_endpoint(&mut tx, &endpoint.id).await?;
    if now.is_none_or(|now| now.version != endpoint.version || now.read_to != endpoint.read_to) {
        return Ok(0);
    }
    store::queue(&mut tx, &endpoint.id, &deliveries, read_to, ctx.now()).await?;
    store::commit_queue(tx).await?;
    Ok(deliveries.len())
}
