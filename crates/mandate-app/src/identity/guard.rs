//! What slows guessing down: few password hashes at a time, and a wait that grows with failed sign-ins.
//!
//! Counts are per address and per client address, in memory: a restart forgets them, and several nodes count each for
//! itself. An attempt counts as failed until it went well, so that many at once gain nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use mandate_domain::Instant;
use tokio::sync::Semaphore;

/// Failed attempts on one address before waiting begins, and the longest wait.
const ADDRESS: Limit = Limit { n_free: 5, longest_wait_s: 300 };
/// The same for one client address, behind which a whole office may sit.
const CLIENT: Limit = Limit { n_free: 30, longest_wait_s: 900 };
/// Without a failure for so long, a count is forgotten.
const FORGET_AFTER_S: i64 = 3600;
/// Counts kept; beyond this the oldest are dropped, so that memory is bounded.
const MOST_COUNTS: usize = 20_000;

#[derive(Clone, Copy)]
struct Limit {
    n_free: u32,
    longest_wait_s: i64,
}

#[derive(Clone, Copy)]
struct Count {
    n_failed: u32,
    last_at: Instant,
}

/// Counts of failed sign-ins and the places for password hashing. One per program, shared by clones of `Ctx`.
#[derive(Clone)]
pub struct SignInGuard {
    counts: Arc<Mutex<HashMap<String, Count>>>,
    places: Arc<Semaphore>,
}

impl Default for SignInGuard {
    fn default() -> Self {
        let n_places = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 4));
        Self { counts: Arc::default(), places: Arc::new(Semaphore::new(n_places)) }
    }
}

impl SignInGuard {
    pub(super) fn places(&self) -> Arc<Semaphore> {
        self.places.clone()
    }

    /// Counts an attempt as failed for now; `Err` with the seconds to wait when there were too many.
    pub(super) fn begin(&self, email_fold: &str, client: &str, now: Instant) -> Result<(), i64> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_COUNTS {
            drop_oldest(&mut counts, now);
        }
        let keys = [(address_key(email_fold), ADDRESS), (client_key(client), CLIENT)];
        let wait_s = keys
            .iter()
            .map(|(key, limit)| counts.get(key).map_or(0, |count| wait_s(*count, *limit, now)))
            .max()
            .unwrap_or(0);
        if wait_s > 0 {
            return Err(wait_s);
        }
        for (key, _) in keys {
            let count = counts.entry(key).or_insert(Count { n_failed: 0, last_at: now });
            if now >= count.last_at.plus_seconds(FORGET_AFTER_S) {
                count.n_failed = 0;
            }
            count.n_failed = count.n_failed.saturating_add(1);
            count.last_at = now;
        }
        Ok(())
    }

    /// The attempt went well: the address starts afresh, the client gets its attempt back.
    pub(super) fn succeed(&self, email_fold: &str, client: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(&address_key(email_fold));
        if let Some(count) = counts.get_mut(&client_key(client)) {
            count.n_failed = count.n_failed.saturating_sub(1);
        }
    }
}

fn address_key(email_fold: &str) -> String {
    format!("address {email_fold}")
}

fn client_key(client: &str) -> String {
    format!("client {client}")
}

/// Doubles from one second on, up to the longest wait.
fn wait_s(count: Count, limit: Limit, now: Instant) -> i64 {
    let Some(n_over) = count.n_failed.checked_sub(limit.n_free) else { return 0 };
    let wait_s = (1_i64 << n_over.min(20)).min(limit.longest_wait_s);
    let until = count.last_at.plus_seconds(wait_s);
    let left = until.microseconds().saturating_sub(now.microseconds());
    if left <= 0 { 0 } else { (left + 999_999) / 1_000_000 }
}

fn drop_oldest(counts: &mut HashMap<String, Count>, now: Instant) {
    counts.retain(|_, count| now < count.last_at.plus_seconds(FORGET_AFTER_S));
    if counts.len() >= MOST_COUNTS {
        let mut times: Vec<Instant> = counts.values().map(|count| count.last_at).collect();
        times.sort_unstable();
        let middle = times[times.len() / 2];
        counts.retain(|_, count| count.last_at > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_seconds(1_800_000_000);

    #[test]
    fn the_wait_grows_and_a_success_ends_it() {
        let guard = SignInGuard::default();
        for _ in 0..5 {
            assert_eq!(guard.begin("anna@firm.example", "10.0.0.1", START), Ok(()));
        }
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.2", START), Err(1));
        let later = START.plus_seconds(1);
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.2", later), Ok(()));
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.2", later), Err(2));
        guard.succeed("anna@firm.example", "10.0.0.2");
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.2", later), Ok(()));
    }

    #[test]
    fn one_client_that_tries_many_addresses_waits_too() {
        let guard = SignInGuard::default();
        for n in 0..30 {
            assert_eq!(guard.begin(&format!("{n}@firm.example"), "10.0.0.1", START), Ok(()));
        }
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.1", START), Err(1));
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.9", START), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let guard = SignInGuard::default();
        for n in 0..30_000_i64 {
            let _ = guard.begin(&n.to_string(), &format!("client {n}"), START.plus_seconds(n / 100));
        }
        assert!(guard.counts.lock().expect("a lock").len() <= MOST_COUNTS + 2);
    }
}
