//! The second pass: the events of each part gathered by case, sorted and timed.
//!
//! A case is folded into a small state that a later event can continue. An event that comes before
//! the last one known cannot: its case is named, and is timed anew once all its events are given.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;

use super::groups::{Changes, GroupResult, Groups, to_batch};
use super::packed::{N_PARTS, PART_BITS, Packed, Part, Partial, case_id};
use super::{CaseAttributes, OperatorSpec};

/// Why events could not be timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// Two events of a case with the same time and sequence.
    #[error("case {case_id} has two events with the same time and sequence")]
    Duplicate {
        /// The case.
        case_id: i64,
    },
    /// A case in two states that were to be disjoint.
    #[error("case {case_id} is in both states; only states of different cases can be merged")]
    Shared {
        /// The case.
        case_id: i64,
    },
}

/// A case after its last known event.
#[derive(Clone, Copy, Debug)]
struct CaseState {
    case_key: u64,
    /// Time and sequence of the last event.
    last_order: u64,
    /// Open seconds counted up to the last event.
    elapsed_s: i64,
    /// Open seconds of the calendar before the last event.
    since_s: i64,
    account: i32,
    state: u8,
    priority: u8,
}

impl CaseState {
    fn first(spec: &OperatorSpec, event: &Packed) -> Self {
        let origin = spec.calendar.covers_from().0;
        let opened_s = spec.calendar.prefix(origin + i64::from(event.opened));
        let now_s = spec.calendar.prefix(origin + i64::from(event.at));
        Self {
            case_key: event.case_key(),
            last_order: event.order(),
            // Retroactive start: what the first event states is taken to hold since the opening.
            elapsed_s: if spec.runs_in(event.state()) { now_s - opened_s } else { 0 },
            since_s: now_s,
            account: event.account,
            state: event.state(),
            priority: event.priority(),
        }
    }

    fn take(&mut self, spec: &OperatorSpec, event: &Packed) {
        let now_s = spec.calendar.prefix(spec.calendar.covers_from().0 + i64::from(event.at));
        if spec.runs_in(self.state) {
            self.elapsed_s += now_s - self.since_s;
        }
        self.since_s = now_s;
        self.last_order = event.order();
        self.state = event.state();
        match spec.attributes {
            CaseAttributes::OfLastEvent => {
                self.account = event.account;
                self.priority = event.priority();
            }
            CaseAttributes::Lowest => {
                self.account = self.account.min(event.account);
                self.priority = self.priority.min(event.priority());
            }
        }
    }

    fn group(&self, spec: &OperatorSpec) -> (i32, i32) {
        let at = spec.calendar.covers_from().0 + (self.last_order >> 32).cast_signed();
        (self.account, spec.month_of(at))
    }

    fn met(&self, spec: &OperatorSpec) -> bool {
        self.elapsed_s <= spec.targets.of(self.priority)
    }
}

/// The cases of one part, found by an open-addressing table.
#[derive(Clone, Debug, Default)]
struct CaseTable {
    /// Position in `cases` plus one; 0 is free. Its length is a power of two or zero.
    slots: Vec<u32>,
    cases: Vec<CaseState>,
}

impl CaseTable {
    /// The slot that holds `case_key`, or the free one where it belongs. The table must not be full.
    fn slot(slots: &[u32], case_key: u64, holds: impl Fn(u32) -> bool) -> usize {
        // The key is a hash already; its upper bits choose the slot.
        let mut slot = (case_key << PART_BITS >> (64 - slots.len().trailing_zeros())) as usize;
        while slots[slot] != 0 && !holds(slots[slot] - 1) {
            slot = (slot + 1) & (slots.len() - 1);
        }
        slot
    }

    fn find(&self, case_key: u64) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let holds = |idx: u32| self.cases[idx as usize].case_key == case_key;
        (self.slots[Self::slot(&self.slots, case_key, holds)] as usize).checked_sub(1)
    }

    fn insert(&mut self, case: CaseState) {
        if self.slots.len() < 2 * (self.cases.len() + 1) {
            self.grow();
        }
        let slot = Self::slot(&self.slots, case.case_key, |_| false);
        self.cases.push(case);
        self.slots[slot] = self.cases.len() as u32;
    }

    fn grow(&mut self) {
        let n_slots = (2 * (self.cases.len() + 1)).next_power_of_two().max(16);
        let mut slots = vec![0; n_slots];
        for (idx, case) in self.cases.iter().enumerate() {
            let slot = Self::slot(&slots, case.case_key, |_| false);
            slots[slot] = idx as u32 + 1;
        }
        self.slots = slots;
    }
}

/// Buffers of the second pass, kept from part to part.
#[derive(Default)]
struct Workspace {
    slots: Vec<u32>,
    keys: Vec<u64>,
    counts: Vec<u32>,
    case_of: Vec<u32>,
    sorted: Vec<Packed>,
}

impl Workspace {
    /// Gathers the events of a part by case; calls `each` with the sorted events of every case.
    fn by_case<E>(&mut self, part: &Part, mut each: impl FnMut(&[Packed]) -> Result<(), E>) -> Result<(), E> {
        let n_events = part.len();
        if n_events == 0 {
            return Ok(());
        }
        self.slots.clear();
        // More slots than events, so never full; a case has several events, so mostly empty.
        self.slots.resize((n_events + 1).next_power_of_two(), 0);
        self.keys.clear();
        self.counts.clear();
        self.case_of.clear();
        for event in part.chunks().flatten() {
            let case_key = event.case_key();
            let slot = CaseTable::slot(&self.slots, case_key, |idx| self.keys[idx as usize] == case_key);
            let case = match self.slots[slot] {
                0 => {
                    self.keys.push(case_key);
                    self.counts.push(0);
                    self.slots[slot] = self.keys.len() as u32;
                    self.keys.len() as u32 - 1
                }
                known => known - 1,
            };
            self.counts[case as usize] += 1;
            self.case_of.push(case);
        }
        // Counts become the position at which the next event of each case goes.
        let mut position = 0;
        for count in &mut self.counts {
            position += std::mem::replace(count, position);
        }
        let Some(any) = part.chunks().flatten().next() else { return Ok(()) };
        self.sorted.clear();
        self.sorted.resize(n_events, *any);
        for (event, case) in part.chunks().flatten().zip(&self.case_of) {
            let place = &mut self.counts[*case as usize];
            self.sorted[*place as usize] = *event;
            *place += 1;
        }
        let mut begin = 0;
        for end in &self.counts {
            let events = &mut self.sorted[begin..*end as usize];
            sort_by_order(events);
            each(events)?;
            begin = *end as usize;
        }
        Ok(())
    }
}

/// Insertion sort for the usual handful of events, the library's sort for long cases.
fn sort_by_order(events: &mut [Packed]) {
    if 24 < events.len() {
        events.sort_unstable_by_key(Packed::order);
        return;
    }
    for idx in 1..events.len() {
        let event = events[idx];
        let mut place = idx;
        while place > 0 && event.order() < events[place - 1].order() {
            events[place] = events[place - 1];
            place -= 1;
        }
        events[place] = event;
    }
}

fn check_doubles(part: usize, sorted: &[Packed]) -> Result<(), EvaluateError> {
    match sorted.windows(2).find(|pair| pair[0].order() == pair[1].order()) {
        Some(pair) => Err(EvaluateError::Duplicate { case_id: case_id(part, pair[0].case_key()) }),
        None => Ok(()),
    }
}

fn fold(spec: &OperatorSpec, sorted: &[Packed]) -> Option<CaseState> {
    let (first, later) = sorted.split_first()?;
    let mut case = CaseState::first(spec, first);
    later.iter().for_each(|event| case.take(spec, event));
    Some(case)
}

/// Timed cases and their groups: what results are read from, and what later events continue.
#[derive(Clone, Debug)]
pub struct Evaluated {
    spec: OperatorSpec,
    parts: Vec<CaseTable>,
    groups: Groups,
}

/// What later events changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Cases that are new or were timed on.
    pub n_cases: usize,
    /// Groups that were computed anew: account and month (year * 12 + month - 1), sorted.
    pub groups: Vec<(i32, i32)>,
    /// Cases with an event before their last known one, sorted. Nothing of them was changed; give
    /// all their events to [`Evaluated::replace_cases`].
    pub needs_history: Vec<i64>,
}

impl Partial {
    /// Times all cases and sums them up, on `n_threads` threads (at least one).
    ///
    /// # Errors
    /// [`EvaluateError::Duplicate`].
    ///
    /// # Source
    /// Own construction: hash partitioning, then counting sort by case within the cache;
    /// `docs/methods/facts-clock.md`.
    pub fn evaluate(self, n_threads: usize) -> Result<Evaluated, EvaluateError> {
        let Self { spec, parts } = self;
        let queue: Vec<Mutex<Option<Part>>> = parts.into_iter().map(|part| Mutex::new(Some(part))).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut workspace = Workspace::default();
            let mut done = Vec::new();
            loop {
                let idx = next.fetch_add(1, Ordering::Relaxed);
                let Some(slot) = queue.get(idx) else { return Ok(done) };
                let part = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                let mut cases = Vec::new();
                workspace.by_case(&part.unwrap_or_default(), |sorted| {
                    check_doubles(idx, sorted)?;
                    cases.extend(fold(&spec, sorted));
                    Ok(())
                })?;
                let mut table = CaseTable { slots: Vec::new(), cases };
                table.grow();
                done.push((idx, table));
            }
        };
        let mut tables = vec![CaseTable::default(); N_PARTS];
        let results = std::thread::scope(|scope| {
            let others: Vec<_> = (1..n_threads).map(|_| scope.spawn(work)).collect();
            let mut results = vec![work()];
            results.extend(others.into_iter().filter_map(|thread| thread.join().ok()));
            results
        });
        for done in results {
            for (idx, table) in done? {
                tables[idx] = table;
            }
        }
        let mut groups = Groups::default();
        groups.fill(tables.iter().flat_map(|table| &table.cases).map(|case| {
            let (account, month) = case.group(&spec);
            (account, month, case.elapsed_s, case.met(&spec))
        }));
        Ok(Evaluated { spec, parts: tables, groups })
    }
}

impl Evaluated {
    /// Cases timed.
    pub fn n_cases(&self) -> usize {
        self.parts.iter().map(|table| table.cases.len()).sum()
    }

    /// The figures of every account and month, sorted.
    pub fn results(&self) -> Vec<GroupResult> {
        self.groups.results()
    }

    /// The figures of one account and month (year * 12 + month - 1).
    pub fn result_of(&self, account: i32, month: i32) -> Option<GroupResult> {
        self.groups.result_of(account, month)
    }

    /// The figures as a batch of [`results_schema`](super::results_schema).
    pub fn results_batch(&self) -> RecordBatch {
        to_batch(&self.results())
    }

    /// Continues cases with events that came after all their known ones, and adds new cases. Only
    /// the groups these touch are computed anew.
    ///
    /// # Errors
    /// [`EvaluateError::Duplicate`] for two equal new events; an event equal to a known one counts
    /// as needing history. After an error nothing was changed.
    pub fn refresh(&mut self, later: &Partial) -> Result<Refreshed, EvaluateError> {
        self.apply(later, false)
    }

    /// Times cases anew from all their events, old and new.
    ///
    /// # Errors
    /// As [`Self::refresh`].
    pub fn replace_cases(&mut self, complete: &Partial) -> Result<Refreshed, EvaluateError> {
        self.apply(complete, true)
    }

    fn apply(&mut self, given: &Partial, anew: bool) -> Result<Refreshed, EvaluateError> {
        let mut workspace = Workspace::default();
        let mut refreshed = Refreshed::default();
        let mut updates: Vec<(usize, CaseState)> = Vec::new();
        for (idx, (part, table)) in given.parts.iter().zip(&self.parts).enumerate() {
            workspace.by_case(part, |sorted| {
                check_doubles(idx, sorted)?;
                let known = table.find(sorted[0].case_key()).map(|place| table.cases[place]);
                let case = match known.filter(|_| !anew) {
                    Some(known) if sorted[0].order() <= known.last_order => {
                        refreshed.needs_history.push(case_id(idx, known.case_key));
                        None
                    }
                    Some(mut known) => {
                        sorted.iter().for_each(|event| known.take(&self.spec, event));
                        Some(known)
                    }
                    None => fold(&self.spec, sorted),
                };
                updates.extend(case.map(|case| (idx, case)));
                Ok(())
            })?;
        }
        let mut changes = Changes::default();
        refreshed.n_cases = updates.len();
        for (idx, case) in updates {
            let table = &mut self.parts[idx];
            match table.find(case.case_key) {
                Some(place) => {
                    let before = std::mem::replace(&mut table.cases[place], case);
                    changes.remove(before.group(&self.spec), before.elapsed_s, before.met(&self.spec));
                }
                None => table.insert(case),
            }
            changes.add(case.group(&self.spec), case.elapsed_s, case.met(&self.spec));
        }
        refreshed.groups = self.groups.change(changes);
        refreshed.needs_history.sort_unstable();
        Ok(refreshed)
    }

    /// Adds the state of other cases: what nodes that each hold whole cases send to one.
    ///
    /// # Errors
    /// [`EvaluateError::Shared`] when a case is in both; `self` is then unchanged.
    pub fn merge(&mut self, other: Self) -> Result<(), EvaluateError> {
        for (idx, (table, added)) in self.parts.iter().zip(&other.parts).enumerate() {
            if let Some(case) = added.cases.iter().find(|case| table.find(case.case_key).is_some()) {
                return Err(EvaluateError::Shared { case_id: case_id(idx, case.case_key) });
            }
        }
        for (table, added) in self.parts.iter_mut().zip(other.parts) {
            added.cases.into_iter().for_each(|case| table.insert(case));
        }
        self.groups.merge(other.groups);
        Ok(())
    }
}
