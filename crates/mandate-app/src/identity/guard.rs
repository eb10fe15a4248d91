//! What slows guessing and taking out down: few password hashes at a time, a wait that grows with failed attempts, and
//! so many files an hour.
//!
//! Counts are per person, per address that is tried from one place, and per place (a client address), in memory: a restart
//! forgets them, and several nodes count each for itself. An attempt counts as failed until it went well, so that many
//! at once gain nothing. Who types wrong passwords for somebody else's address makes themselves wait: over all places an
//! address waits a little only, and not where its password was right before.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mandate_domain::Instant;
use mandate_store::boxed;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Limited, TooMany};

/// Failed attempts on one person, or one address from one client address, before waiting begins, and the longest wait.
const ADDRESS: Limit = Limit { n_free: 5, longest_wait_s: 300 };
/// The same for one client address, behind which a whole office may sit.
const CLIENT: Limit = Limit { n_free: 30, longest_wait_s: 900 };
/// The same for one address from anywhere: slows guessing from many places, keeps its owner out for moments.
const ANYWHERE: Limit = Limit { n_free: 100, longest_wait_s: 30 };
/// Without a failure for so long, a count is forgotten.
const FORGET_AFTER_S: i64 = 3600;
/// For so long a client address from which the right password came does not wait for what others try.
const KNOWN_FOR_S: i64 = 30 * 86_400;
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

/// What failed, and where passwords were right.
#[derive(Default)]
struct Tries {
    counts: HashMap<String, Count>,
    known: HashMap<String, Instant>,
}

/// Counts of failed sign-ins and the places for password hashing. One per program, shared by clones of `Ctx`.
#[derive(Clone)]
pub struct SignInGuard {
    tries: Arc<Mutex<Tries>>,
    places: Arc<Semaphore>,
    n_places: usize,
    hashing: Arc<Hashing>,
}

/// How many passwords are hashed now, were hashed at a time at most, and were hashed in all.
#[derive(Default)]
struct Hashing {
    n_now: AtomicUsize,
    n_most: AtomicUsize,
    n_all: AtomicUsize,
}

/// A place to hash a password at; free again when dropped.
pub(super) struct Place {
    hashing: Arc<Hashing>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hashing.n_now.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for SignInGuard {
    fn default() -> Self {
        let n_places = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 4));
        let places = Arc::new(Semaphore::new(n_places));
        Self { tries: Arc::default(), places, n_places, hashing: Arc::default() }
    }
}

impl SignInGuard {
    /// How many passwords may be hashed at a time: each takes 46 MiB.
    pub fn n_places(&self) -> usize {
        self.n_places
    }

    /// How many were hashed at a time at most, since the start.
    pub fn n_most_at_once(&self) -> usize {
        self.hashing.n_most.load(Ordering::Relaxed)
    }

    /// How many were hashed, since the start.
    pub fn n_hashed(&self) -> usize {
        self.hashing.n_all.load(Ordering::Relaxed)
    }

    /// Waits for a place to hash at; `None` when the program ends.
    #[boxed]
    pub(super) async fn place(&self) -> Option<Place> {
        let permit = self.places.clone().acquire_owned().await.ok()?;
        let hashing = self.hashing.clone();
        let n_now = hashing.n_now.fetch_add(1, Ordering::Relaxed) + 1;
        hashing.n_most.fetch_max(n_now, Ordering::Relaxed);
        hashing.n_all.fetch_add(1, Ordering::Relaxed);
        Some(Place { hashing, _permit: permit })
    }

    /// Counts an attempt as failed for now; refused when there were too many. For what only the person themselves comes
    /// to, such as a code after their password. Without a client, as in a session, only the account is counted.
    pub(super) fn begin(&self, account: &str, client: &str, now: Instant) -> Result<(), TooMany> {
        let of_client = (!client.is_empty()).then(|| (client_key(client), CLIENT));
        let keys: Vec<_> = [(address_key(account), ADDRESS)].into_iter().chain(of_client).collect();
        count(&mut self.lock(), &keys, now)
    }

    /// The same for an address that anybody can type: it counts with the client it was typed at, so that a stranger's
    /// wrong passwords keep nobody out elsewhere.
    pub(super) fn begin_typed(&self, address: &str, client: &str, now: Instant) -> Result<(), TooMany> {
        let mut tries = self.lock();
        let pair = pair_key(address, client);
        let anywhere = (!is_known(tries.known.get(&pair), now)).then(|| (anywhere_key(address), ANYWHERE));
        let of_client = (!client.is_empty()).then(|| (client_key(client), CLIENT));
        let keys: Vec<_> = [(pair, ADDRESS)].into_iter().chain(of_client).chain(anywhere).collect();
        count(&mut tries, &keys, now)
    }

    fn lock(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Self::begin`] where nobody says yet who they are: only the client is counted.
    pub(crate) fn begin_unnamed(&self, client: &str, now: Instant) -> Result<(), TooMany> {
        count(&mut self.lock(), &[(client_key(client), CLIENT)], now)
    }

    /// The attempt went well: the address starts afresh, the client gets its attempt back.
    pub(crate) fn succeed(&self, account: &str, client: &str) {
        let counts = &mut self.lock().counts;
        counts.remove(&address_key(account));
        give_back(counts, &client_key(client));
    }

    /// The same after [`Self::begin_typed`]: the client is known for this address from now on. What others tried stays
    /// counted, or each sign-in would let them guess afresh.
    pub(super) fn succeed_typed(&self, address: &str, client: &str, now: Instant) {
        let Tries { counts, known } = &mut *self.lock();
        let pair = pair_key(address, client);
        counts.remove(&pair);
        give_back(counts, &client_key(client));
        if known.len() >= MOST_COUNTS {
            known.retain(|_, at| now < at.plus_seconds(KNOWN_FOR_S));
            drop_older_half(known, |at| *at);
        }
        let earlier = known.insert(pair, now);
        if !is_known(earlier.as_ref(), now) {
            give_back(counts, &anywhere_key(address));
        }
    }
}

fn is_known(right_at: Option<&Instant>, now: Instant) -> bool {
    right_at.is_some_and(|at| now < at.plus_seconds(KNOWN_FOR_S))
}

fn count(tries: &mut Tries, keys: &[(String, Limit)], now: Instant) -> Result<(), TooMany> {
    let counts = &mut tries.counts;
    if counts.len() >= MOST_COUNTS {
        drop_oldest(counts, now);
    }
    let wait_s = keys
        .iter()
        .map(|(key, limit)| counts.get(key).map_or(0, |count| wait_s(*count, *limit, now)))
        .max()
        .unwrap_or(0);
    if wait_s > 0 {
        return Err(TooMany { what: Limited::Attempts, retry_after_s: wait_s });
    }
    for (key, _) in keys {
        let count = counts.entry(key.clone()).or_insert(Count { n_failed: 0, last_at: now });
        if now >= count.last_at.plus_seconds(FORGET_AFTER_S) {
            count.n_failed = 0;
        }
        count.n_failed = count.n_failed.saturating_add(1);
        count.last_at = now;
    }
    Ok(())
}

fn give_back(counts: &mut HashMap<String, Count>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        count.n_failed = count.n_failed.saturating_sub(1);
    }
}

fn address_key(account: &str) -> String {
    format!("address {account}")
}

fn client_key(client: &str) -> String {
    format!("client {client}")
}

/// Neither part holds a line feed.
fn pair_key(address: &str, client: &str) -> String {
    format!("typed {address}\n{client}")
}

fn anywhere_key(address: &str) -> String {
    format!("anywhere {address}")
}

/// Files people took out lately. One per program, shared by clones of `Ctx`.
#[derive(Clone, Default)]
pub struct ExportGuard {
    taken: Arc<Mutex<HashMap<String, VecDeque<Instant>>>>,
}

impl ExportGuard {
    /// Counts a file; `Err` with the seconds to wait when `user` took `most` within the hour.
    pub(crate) fn take(&self, user: &str, most: u32, now: Instant) -> Result<(), i64> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= MOST_COUNTS {
            taken.retain(|_, times| times.back().is_some_and(|at| now < at.plus_seconds(FORGET_AFTER_S)));
        }
        let times = taken.entry(user.to_owned()).or_default();
        while times.front().is_some_and(|at| now >= at.plus_seconds(FORGET_AFTER_S)) {
            times.pop_front();
        }
        let n_over = (times.len() + 1).saturating_sub(most.max(1) as usize);
        match n_over.checked_sub(1).and_then(|idx| times.get(idx)) {
            Some(frees) => Err(seconds_until(frees.plus_seconds(FORGET_AFTER_S), now).max(1)),
            None => {
                times.push_back(now);
                Ok(())
            }
        }
    }
}

/// Doubles from one second on, up to the longest wait.
fn wait_s(count: Count, limit: Limit, now: Instant) -> i64 {
    let Some(n_over) = count.n_failed.checked_sub(limit.n_free) else { return 0 };
    let wait_s = (1_i64 << n_over.min(20)).min(limit.longest_wait_s);
    seconds_until(count.last_at.plus_seconds(wait_s), now)
}

fn seconds_until(until: Instant, now: Instant) -> i64 {
    let left = until.microseconds().saturating_sub(now.microseconds());
    if left <= 0 { 0 } else { (left + 999_999) / 1_000_000 }
}

fn drop_oldest(counts: &mut HashMap<String, Count>, now: Instant) {
    counts.retain(|_, count| now < count.last_at.plus_seconds(FORGET_AFTER_S));
    drop_older_half(counts, |count| count.last_at);
}

/// Drops the older half if there are still too many.
fn drop_older_half<T>(kept: &mut HashMap<String, T>, at: impl Fn(&T) -> Instant) {
    if kept.len() >= MOST_COUNTS {
        let mut times: Vec<Instant> = kept.values().map(&at).collect();
        times.sort_unstable();
        let middle = times[times.len() / 2];
        kept.retain(|_, it| at(it) > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_seconds(1_800_000_000);

    fn wait(retry_after_s: i64) -> Result<(), TooMany> {
        Err(TooMany { what: Limited::Attempts, retry_after_s })
    }

    #[test]
    fn the_wait_grows_and_a_success_ends_it() {
        let guard = SignInGuard::default();
        for _ in 0..5 {
            assert_eq!(guard.begin("anna@firm.example", "10.0.0.1", START), Ok(()));
        }
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.2", START), wait(1));
        let later = START.plus_seconds(1);
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.2", later), Ok(()));
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.2", later), wait(2));
        guard.succeed("anna@firm.example", "10.0.0.2");
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.2", later), Ok(()));
    }

    #[test]
    fn one_client_that_tries_many_addresses_waits_too() {
        let guard = SignInGuard::default();
        for n in 0..30 {
            assert_eq!(guard.begin(&format!("{n}@firm.example"), "10.0.0.1", START), Ok(()));
        }
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.1", START), wait(1));
        assert_eq!(guard.begin("anna@firm.example", "10.0.0.9", START), Ok(()));
    }

    #[test]
    fn a_stranger_with_wrong_passwords_makes_nobody_else_wait() {
        let guard = SignInGuard::default();
        let typed = |client: &str, at| guard.begin_typed("anna@firm.example", client, at);
        for _ in 0..5 {
            assert_eq!(typed("198.51.100.1", START), Ok(()));
        }
        assert_eq!(typed("198.51.100.1", START), wait(1));
        assert_eq!(typed("10.0.0.1", START), Ok(()), "Anna herself");
        guard.succeed_typed("anna@firm.example", "10.0.0.1", START);
        assert_eq!(typed("198.51.100.1", START), wait(1), "her success is none of theirs");
    }

    #[test]
    fn guesses_from_many_places_are_slowed_and_the_owner_waits_half_a_minute_at_most() {
        let guard = SignInGuard::default();
        let typed = |client: &str, at| guard.begin_typed("anna@firm.example", client, at);
        assert_eq!(typed("10.0.0.1", START), Ok(()));
        guard.succeed_typed("anna@firm.example", "10.0.0.1", START);
        let mut n_taken = 0;
        for n in 0..1000_i64 {
            n_taken += i64::from(typed(&format!("198.51.100.{}", n % 250), START.plus_seconds(n)).is_ok());
        }
        assert!((100..=140).contains(&n_taken), "{n_taken} taken");
        let after = START.plus_seconds(1030);
        assert_eq!(typed("198.51.100.251", after), Ok(()), "the longest wait is over");
        assert_eq!(typed("10.9.9.9", after), wait(30), "a place nobody knows");
        assert_eq!(typed("10.0.0.1", after), Ok(()), "where her password was right before");
        assert_eq!(guard.begin_typed("ben@firm.example", "10.9.9.9", after), Ok(()));
    }

    #[test]
    fn people_in_a_session_do_not_wait_for_each_other() {
        let guard = SignInGuard::default();
        for n in 0..40 {
            assert_eq!(guard.begin(&format!("{n}@firm.example"), "", START), Ok(()));
        }
        assert_eq!(guard.begin("anna@firm.example", "", START), Ok(()));
    }

    #[test]
    fn so_many_files_an_hour_and_each_is_forgotten_after_one() {
        let guard = ExportGuard::default();
        for n in 0..10 {
            assert_eq!(guard.take("anna", 10, START.plus_seconds(n * 60)), Ok(()));
        }
        assert_eq!(guard.take("anna", 10, START.plus_seconds(600)), Err(3000));
        assert_eq!(guard.take("ben", 10, START.plus_seconds(600)), Ok(()));
        assert_eq!(guard.take("anna", 10, START.plus_seconds(3600)), Ok(()));
        assert_eq!(guard.take("anna", 10, START.plus_seconds(3600)), Err(60));
        // A firm that allows fewer from now on counts what was taken before.
        assert_eq!(guard.take("anna", 2, START.plus_seconds(3660)), Err(480));
    }

    #[test]
    fn memory_is_bounded() {
        let guard = SignInGuard::default();
        for n in 0..30_000_i64 {
            let _ = guard.begin(&n.to_string(), &format!("client {n}"), START.plus_seconds(n / 100));
        }
        for n in 0..30_000_i64 {
            guard.succeed_typed(&n.to_string(), "10.0.0.1", START.plus_seconds(n / 100));
        }
        let tries = guard.lock();
        assert!(tries.counts.len() <= MOST_COUNTS + 2 && tries.known.len() <= MOST_COUNTS);
    }
}
