//! Figures by account and month: sorted seconds, so that percentiles are exact.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::kpi::{Percent, PercentileRule, percentile};

/// The figures of one account and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupResult {
    /// Account.
    pub account: i32,
    /// Month of the case's last event, as year * 12 + month - 1.
    pub month: i32,
    /// Cases.
    pub n_cases: u64,
    /// Twice the median of the counted seconds: a whole number.
    pub twice_p50: i64,
    /// Ten times the 90th percentile of the counted seconds: a whole number.
    pub ten_p90: i64,
    /// Cases within target.
    pub n_met: u64,
}

/// A hash for keys that are small numbers: one multiplication, upper bits folded down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let product = u128::from(self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

type ByKey<T> = HashMap<u64, T, BuildHasherDefault<KeyHasher>>;

fn key(account: i32, month: i32) -> u64 {
    u64::from(account.cast_unsigned()) << 32 | u64::from(month.cast_unsigned())
}

fn account_and_month(key: u64) -> (i32, i32) {
    (((key >> 32) as u32).cast_signed(), (key as u32).cast_signed())
}

#[derive(Clone, Debug, Default)]
struct Group {
    // INVARIANT: sorted.
    seconds: Vec<i64>,
    n_met: u64,
}

/// All groups.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    by_key: ByKey<Group>,
}

/// Cases that leave and enter groups.
#[derive(Debug, Default)]
pub(super) struct Changes {
    by_key: ByKey<Change>,
}

#[derive(Debug, Default)]
struct Change {
    removed: Vec<i64>,
    added: Vec<i64>,
    met: i64,
}

impl Changes {
    pub fn remove(&mut self, (account, month): (i32, i32), elapsed_s: i64, met: bool) {
        let change = self.by_key.entry(key(account, month)).or_default();
        change.removed.push(elapsed_s);
        change.met -= i64::from(met);
    }

    pub fn add(&mut self, (account, month): (i32, i32), elapsed_s: i64, met: bool) {
        let change = self.by_key.entry(key(account, month)).or_default();
        change.added.push(elapsed_s);
        change.met += i64::from(met);
    }
}

impl Groups {
    /// Takes account, month, seconds and "met" of every case.
    pub fn fill(&mut self, cases: impl Iterator<Item = (i32, i32, i64, bool)>) {
        for (account, month, elapsed_s, met) in cases {
            let group = self.by_key.entry(key(account, month)).or_default();
            group.seconds.push(elapsed_s);
            group.n_met += u64::from(met);
        }
        for group in self.by_key.values_mut() {
            group.seconds.sort_unstable();
            group.seconds.shrink_to_fit();
        }
    }

    /// Applies changes in one merge per group; returns the groups touched, sorted.
    pub fn change(&mut self, changes: Changes) -> Vec<(i32, i32)> {
        let mut touched = Vec::with_capacity(changes.by_key.len());
        for (key, mut change) in changes.by_key {
            touched.push(account_and_month(key));
            let group = self.by_key.entry(key).or_default();
            change.removed.sort_unstable();
            change.added.sort_unstable();
            group.seconds = merged(&group.seconds, &change.removed, &change.added);
            group.n_met = group.n_met.saturating_add_signed(change.met);
            if group.seconds.is_empty() {
                self.by_key.remove(&key);
            }
        }
        touched.sort_unstable();
        touched
    }

    pub fn merge(&mut self, other: Self) {
        for (key, added) in other.by_key {
            let group = self.by_key.entry(key).or_default();
            group.seconds = merged(&group.seconds, &[], &added.seconds);
            group.n_met += added.n_met;
        }
    }

    pub fn result_of(&self, account: i32, month: i32) -> Option<GroupResult> {
        self.by_key.get(&key(account, month)).map(|group| group.result((account, month)))
    }

    pub fn results(&self) -> Vec<GroupResult> {
        let mut results: Vec<GroupResult> =
            self.by_key.iter().map(|(key, group)| group.result(account_and_month(*key))).collect();
        results.sort_unstable_by_key(|result| (result.account, result.month));
        results
    }
}

impl Group {
    fn result(&self, (account, month): (i32, i32)) -> GroupResult {
        let numerator = |percent| {
            let value = percentile(&self.seconds, percent, PercentileRule::Linear);
            // Counted seconds fit 32 bits, so ten times as many fit 64.
            value.and_then(|value| i64::try_from(value.numerator).ok()).unwrap_or_default()
        };
        GroupResult {
            account,
            month,
            n_cases: self.seconds.len() as u64,
            twice_p50: numerator(Percent::P50),
            ten_p90: numerator(Percent::P90),
            n_met: self.n_met,
        }
    }
}

/// `kept` less `removed` plus `added`; all sorted, `removed` a part of `kept`.
fn merged(kept: &[i64], removed: &[i64], added: &[i64]) -> Vec<i64> {
    let mut result = Vec::with_capacity(kept.len() + added.len() - removed.len().min(kept.len()));
    let (mut removed, mut added) = (removed.iter().peekable(), added.iter().peekable());
    for value in kept {
        while let Some(earlier) = added.next_if(|added| *added < value) {
            result.push(*earlier);
        }
        if removed.next_if_eq(&value).is_none() {
            result.push(*value);
        }
    }
    result.extend(added);
    result
}

/// The columns of a batch of results.
pub fn results_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("acct", DataType::Int32, false),
        Field::new("month", DataType::Int32, false),
        Field::new("n_cases", DataType::Int64, false),
        Field::new("twice_p50", DataType::Int64, false),
        Field::new("ten_p90", DataType::Int64, false),
        Field::new("n_met", DataType::Int64, false),
    ]))
}

pub(super) fn to_batch(results: &[GroupResult]) -> RecordBatch {
    let small = |of: fn(&GroupResult) -> i32| -> ArrayRef {
        Arc::new(results.iter().map(of).collect::<Vec<i32>>().into_iter().collect::<Int32Array>())
    };
    let large = |of: fn(&GroupResult) -> i64| -> ArrayRef {
        Arc::new(results.iter().map(of).collect::<Vec<i64>>().into_iter().collect::<Int64Array>())
    };
    let columns = vec![
        small(|result| result.account),
        small(|result| result.month),
        large(|result| result.n_cases.cast_signed()),
        large(|result| result.twice_p50),
        large(|result| result.ten_p90),
        large(|result| result.n_met.cast_signed()),
    ];
    // The columns above are those of the schema, by type and length; an empty batch cannot arise.
    RecordBatch::try_new(results_schema(), columns)
        .unwrap_or_else(|_| RecordBatch::new_empty(results_schema()))
}
