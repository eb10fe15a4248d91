//! Who reads a great many records within an hour is told of to the administrators, once an hour: on record, in the log and
//! by mail where mail goes out. Nobody is stopped: whoever may read may read, and a synchronisation reads much by nature.
//!
//! Records are counted per person, whatever sign-in or token they come by: rows of lists, of searches and of files, and
//! each page or answer about one record. Counts are in memory, each node's its own; a restart forgets them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use mandate_domain::audit::Changes;
use mandate_domain::identity::{Role, User};
use mandate_domain::{Id, Instant};
use mandate_store::StoreError;
use mandate_store::identity::{Wanted, list_deciders, load_user};

use crate::ctx::{Actor, Ctx, Subject};
use crate::mail::{MailAbout, MailText, queue};
use crate::settings;

/// An hour counts from the first record read in it.
const WINDOW_S: i64 = 3600;
/// The firm's setting is looked up again after so many records; it cannot be set lower.
pub(crate) const LOOK_AT: u64 = 100;
/// People counted; beyond this the counts of past hours are dropped.
const MOST_COUNTS: usize = 20_000;
/// A mail about it is of use for a day.
const TOLD_HOLDS_S: i64 = 86_400;

/// Somebody who read much.
#[derive(Clone, Copy, Debug)]
pub struct ManyReads<'a> {
    /// Their name.
    pub name: &'a str,
    /// How many records, so far.
    pub n_read: u64,
    /// More than how many are told of.
    pub most: u32,
}

#[derive(Clone, Copy)]
struct Count {
    since: Instant,
    n_read: u64,
    /// From how many on the firm's setting is looked up; `None` once it was told.
    look_at: Option<u64>,
}

/// How many records people read lately. One per program, shared by clones of `Ctx`.
#[derive(Clone, Default)]
pub struct ReadCounts {
    counts: Arc<Mutex<HashMap<String, Count>>>,
}

impl ReadCounts {
    pub(crate) fn add(&self, user: &str, n_read: u64, now: Instant) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_COUNTS {
            counts.retain(|_, count| !is_over(count, now));
        }
        let fresh = Count { since: now, n_read: 0, look_at: Some(LOOK_AT) };
        let count = counts.entry(user.to_owned()).or_insert(fresh);
        if is_over(count, now) {
            *count = fresh;
        }
        count.n_read = count.n_read.saturating_add(n_read);
    }

    /// How many `user` read in this hour, where it is time to compare that with the firm's setting.
    fn due(&self, user: &str) -> Option<u64> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get_mut(user)?;
        count.look_at.filter(|look_at| count.n_read > *look_at)?;
        count.look_at = Some(count.n_read.saturating_add(LOOK_AT));
        Some(count.n_read)
    }

    /// Claims the telling, so that of two requests at once one tells; `false` when it was told in this hour.
    fn claim(&self, user: &str) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get_mut(user).is_some_and(|count| count.look_at.take().is_some())
    }
}

fn is_over(count: &Count, now: Instant) -> bool {
    now >= count.since.plus_seconds(WINDOW_S)
}

/// Tells the administrators when `actor` read more records within an hour than the firm's setting; costs nothing where not.
///
/// `write` makes the mail to one administrator.
///
/// # Errors
/// [`StoreError`] when it could not be kept; then it is not told in this hour.
pub async fn tell_of_many_reads(
    ctx: &Ctx,
    actor: &Actor,
    write: impl Fn(&User, ManyReads<'_>) -> MailText + Send + Sync,
) -> Result<(), StoreError> {
    let Some(id) = actor.user_id() else { return Ok(()) };
    let Some(n_read) = ctx.read_counts().due(id.as_str()) else { return Ok(()) };
    let most = settings::load_settings(ctx).await?.reads_per_hour;
    if n_read <= most.into() || !ctx.read_counts().claim(id.as_str()) {
        return Ok(());
    }
    let mut tx = ctx.begin_write().await?;
    let Some(reader) = load_user(&mut tx, id).await? else { return Ok(()) };
    let reader = reader.user;
    tracing::warn!(user = %reader.id, n_read, most, "somebody read a great many records within an hour");
    let many = ManyReads { name: &reader.display_name, n_read, most };
    for administrator in list_deciders(&mut tx, Wanted::Role(Role::Administrator)).await? {
        let Ok(administrator) = Id::parse(&administrator.id) else { continue };
        if let Some(told) = load_user(&mut tx, &administrator).await? {
            let about = MailAbout { kind: "many_reads", holds_s: TOLD_HOLDS_S };
            queue(ctx, &mut tx, &told.user, about, &write(&told.user, many)).await?;
        }
    }
    let name = &reader.display_name;
    let subject = Subject { kind: "user", id: reader.id.as_str(), name, account_id: None };
    let changes = Changes::new().field("records_read", None, Some(n_read.to_string())).field(
        "more_than",
        None,
        Some(most.to_string()),
    );
    let record = Actor::system().record(ctx.now(), "user.read_much", subject, changes.into_vec());
    tx.commit(record).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_seconds(1_800_000_000);

    #[test]
    fn it_is_looked_at_each_hundred_and_told_once_an_hour() {
        let counts = ReadCounts::default();
        counts.add("anna", 100, START);
        assert_eq!(counts.due("anna"), None, "not more than a hundred");
        counts.add("anna", 1, START);
        assert_eq!((counts.due("anna"), counts.due("anna")), (Some(101), None));
        counts.add("anna", 101, START.plus_seconds(60));
        assert_eq!(counts.due("anna"), Some(202));
        assert_eq!((counts.claim("anna"), counts.claim("anna")), (true, false));
        counts.add("anna", 5_000, START.plus_seconds(3_599));
        assert_eq!(
            (counts.due("anna"), counts.due("ben")),
            (None, None),
            "told in this hour; Ben read nothing"
        );
        counts.add("anna", 150, START.plus_seconds(3_600));
        assert_eq!(counts.due("anna"), Some(150), "an hour later it begins anew");
    }

    #[test]
    fn memory_is_bounded() {
        let counts = ReadCounts::default();
        for n in 0..60_000_i64 {
            counts.add(&n.to_string(), 1, START.plus_seconds(n));
        }
        assert!(counts.counts.lock().expect("a lock").len() <= MOST_COUNTS);
    }
}
