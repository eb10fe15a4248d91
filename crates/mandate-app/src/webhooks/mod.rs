//! Webhooks: other programs are told what happened, signed, at least once, as far as somebody's rights reach.
//!
//! The outbox is the audit record itself ([`queue`]); the sender ([`send`]) makes each body anew from it, so that what was queued
//! is not told to whoever may not see it by then. Bodies are thin: what happened to which record, which fields, where to ask.
//! Signatures are those of the Standard Webhooks specification ([`sign`]). Nobody is promised an order.

mod deliveries;
mod endpoints;
mod errors;
mod queue;
mod send;
mod sign;
mod told;

pub use deliveries::{
    DeliveryLine, Pong, STATES, list_deliveries, load_delivery, ping_endpoint, send_delivery_again,
};
pub use endpoints::{
    EndpointDraft, EndpointLine, add_endpoint, change_endpoint, list_endpoints, load_endpoint,
    pause_endpoint, remove_endpoint, resume_endpoint, rotate_endpoint_secret,
};
pub(crate) use endpoints::{address_message, host};
pub use errors::WebhookError;
pub use mandate_store::webhooks::{Attempt, StoredDelivery, StoredEndpoint};
pub use queue::queue_webhooks;
pub use send::{forget_old_deliveries, send_webhooks, send_webhooks_due};
pub use sign::{SigningSecret, signature};

use crate::authorise::Action;

/// What an endpoint may read at most, of what its reader may: never what only people read who prove themselves just before.
const READS: [Action; 3] = [Action::ReadBook, Action::ReadCost, Action::ReadAudit];

/// Most endpoints of a firm.
pub const MOST_ENDPOINTS: i64 = 20;
