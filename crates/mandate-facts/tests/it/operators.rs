//! The operator over batches: the same figures however the events arrive, and only touched cases anew.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Int8Array, Int32Array, Int64Array, RecordBatch, TimestampMicrosecondArray, UInt8Array,
};
use mandate_facts::clock::{ClockSpec, Targets, measure};
use mandate_facts::event::{Case, Event, Priority, StateClass, Symbol};
use mandate_facts::exclusion::AgreedExclusions;
use mandate_facts::instant::Instant;
use mandate_facts::operator::{
    CaseAttributes, ClockOperator, EvaluateError, OperatorSpec, Partial, PriorityTargets, PushError,
    SpecError,
};
use proptest::prelude::*;

use crate::incident_log::peers_calendar;
use crate::random_cases::Random;

#[derive(Clone, Copy, Debug)]
struct Row {
    case_id: i64,
    account: i32,
    priority: i8,
    state: i8,
    seq: i32,
    at: i64,
    opened: i64,
}

const START: i64 = 1_462_060_800; // 2016-05-01

fn spec(attributes: CaseAttributes) -> OperatorSpec {
    let targets = PriorityTargets::new(&[14_400, 28_800, 144_000], 288_000).unwrap();
    OperatorSpec::new(Arc::new(peers_calendar()), targets, &[StateClass::Active], attributes, "UTC").unwrap()
}

fn batch(rows: &[Row]) -> RecordBatch {
    let moments = |of: fn(&Row) -> i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| of(row) * 1_000_000)))
    };
    let small =
        |of: fn(&Row) -> i8| -> ArrayRef { Arc::new(Int8Array::from_iter_values(rows.iter().map(of))) };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("case_id", Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.case_id)))),
        ("acct", Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.account)))),
        ("prio", small(|row| row.priority)),
        ("state", small(|row| row.state)),
        ("seq", Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.seq)))),
        ("ts", moments(|row| row.at)),
        ("opened", moments(|row| row.opened)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn partial(rows: &[Row], attributes: CaseAttributes) -> Partial {
    let mut operator = ClockOperator::new(spec(attributes));
    for part in rows.chunks(37) {
        operator.push(&batch(part)).unwrap();
    }
    operator.finish()
}

/// Random events: `n_cases` cases, several events each, in random order.
fn random_rows(random: &mut Random, n_cases: i64) -> Vec<Row> {
    let mut rows = Vec::new();
    for case_id in 0..n_cases {
        let opened = START + 60 * random.below(60 * 24 * 90);
        let mut at = opened;
        for seq in 0..1 + random.below(9) {
            at += 60 * random.below(2_000);
            rows.push(Row {
                case_id: case_id * 7_919 - 1_000,
                account: random.below(4) as i32,
                priority: random.below(5) as i8,
                state: random.below(4) as i8,
                seq: seq as i32 - 3,
                at,
                opened,
            });
        }
    }
    for last in (1..rows.len()).rev() {
        rows.swap(last, random.below(last as i64 + 1) as usize);
    }
    rows
}

/// The clock of `clock`, case by case.
fn measured_one_by_one(rows: &[Row]) -> (i64, i64) {
    let calendar = peers_calendar();
    let mut sorted = rows.to_vec();
    sorted.sort_by_key(|row| (row.case_id, row.at, row.seq));
    let (mut elapsed_s, mut n_met) = (0, 0);
    for case_rows in sorted.chunk_by(|left, right| left.case_id == right.case_id) {
        let event = |row: &Row| Event {
            at: Instant(row.at),
            seq: row.seq.into(),
            state: Some(StateClass::from_code(row.state).unwrap()),
            // The operator takes priority 0 as it stands; the clock as "not stated".
            priority: Priority(row.priority as u8 + 1),
            group: Symbol::NONE,
            kind: Symbol::NONE,
        };
        let events: Vec<Event> = case_rows.iter().map(event).collect();
        let targets = Targets::constant(&[288_000, 14_400, 28_800, 144_000, 288_000]).unwrap();
        let case = Case { opened_at: Instant(case_rows[0].opened), events: &events };
        let last = events[events.len() - 1].at;
        let clock = ClockSpec::resolution(targets);
        let result = measure(&clock, &calendar, &AgreedExclusions::default(), &case, last).unwrap();
        elapsed_s += result.elapsed_s;
        n_met += i64::from(result.elapsed_s <= result.target_s.unwrap());
    }
    (elapsed_s, n_met)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn order_batches_threads_and_merging_change_nothing(seed in any::<u64>(), cut in 0_usize..100) {
        let rows = random_rows(&mut Random(seed), 200);
        let mut sorted = rows.clone();
        sorted.sort_by_key(|row| (row.case_id, row.at, row.seq));
        for attributes in [CaseAttributes::Lowest, CaseAttributes::OfLastEvent] {
            let whole = partial(&sorted, attributes).evaluate(1).unwrap().results();
            let (one, other) = rows.split_at(rows.len() * cut / 100);
            let merged = partial(one, attributes).merge([partial(other, attributes)]);
            prop_assert_eq!(merged.n_events(), rows.len());
            prop_assert_eq!(&merged.evaluate(2).unwrap().results(), &whole);
            let (odd, even): (Vec<Row>, Vec<Row>) = rows.iter().partition(|row| row.case_id % 2 != 0);
            let mut nodes = partial(&odd, attributes).evaluate(1).unwrap();
            nodes.merge(partial(&even, attributes).evaluate(1).unwrap()).unwrap();
            prop_assert_eq!(&nodes.results(), &whole);
            prop_assert_eq!(nodes.results_batch().num_rows(), whole.len());
        }
    }

    #[test]
    fn the_operator_and_the_clock_agree(seed in any::<u64>()) {
        let rows = random_rows(&mut Random(seed), 100);
        let evaluated = partial(&rows, CaseAttributes::OfLastEvent).evaluate(1).unwrap();
        prop_assert_eq!(evaluated.n_cases(), 100);
        let n_met: u64 = evaluated.results().iter().map(|group| group.n_met).sum();
        prop_assert_eq!(n_met as i64, measured_one_by_one(&rows).1);
        // One account and month at a time, the median of a single case is its elapsed time.
        let mut alone_s = 0;
        let mut cases: Vec<i64> = rows.iter().map(|row| row.case_id).collect();
        cases.sort_unstable();
        cases.dedup();
        for case_id in cases {
            let of: Vec<Row> = rows.iter().filter(|row| row.case_id == case_id).copied().collect();
            let results = partial(&of, CaseAttributes::OfLastEvent).evaluate(1).unwrap().results();
            alone_s += results[0].twice_p50 / 2;
        }
        prop_assert_eq!(alone_s, measured_one_by_one(&rows).0);
    }

    #[test]
    fn later_events_give_the_figures_of_a_full_run(seed in any::<u64>(), percent in 1_usize..100) {
        let mut rows = random_rows(&mut Random(seed), 200);
        rows.sort_by_key(|row| (row.at, row.case_id, row.seq));
        for attributes in [CaseAttributes::Lowest, CaseAttributes::OfLastEvent] {
            let whole = partial(&rows, attributes).evaluate(1).unwrap().results();
            let (old, new) = rows.split_at(rows.len() * percent / 100);
            let mut known = partial(old, attributes).evaluate(2).unwrap();
            let before = known.results();
            let refreshed = known.refresh(&partial(new, attributes)).unwrap();
            prop_assert!(refreshed.needs_history.is_empty());
            prop_assert_eq!(&known.results(), &whole);
            let untouched = before.iter().filter(|group| !refreshed.groups.contains(&(group.account, group.month)));
            for group in untouched {
                prop_assert_eq!(known.result_of(group.account, group.month), Some(*group));
            }
        }
    }

    #[test]
    fn late_events_name_their_cases_and_only_these_are_timed_anew(seed in any::<u64>()) {
        let mut random = Random(seed);
        let rows = random_rows(&mut random, 150);
        let attributes = CaseAttributes::OfLastEvent;
        let whole = partial(&rows, attributes).evaluate(1).unwrap().results();
        let (late, known_rows): (Vec<Row>, Vec<Row>) = rows.iter().partition(|_| random.below(10) == 0);
        let mut known = partial(&known_rows, attributes).evaluate(1).unwrap();
        let refreshed = known.refresh(&partial(&late, attributes)).unwrap();
        let history: Vec<Row> =
            rows.iter().filter(|row| refreshed.needs_history.contains(&row.case_id)).copied().collect();
        let replaced = known.replace_cases(&partial(&history, attributes)).unwrap();
        prop_assert_eq!(replaced.n_cases, refreshed.needs_history.len());
        prop_assert_eq!(known.results(), whole);
    }
}

fn row() -> Row {
    Row { case_id: 5, account: 1, priority: 1, state: 0, seq: 0, at: START, opened: START }
}

fn push(rows: &[Row]) -> Result<(), PushError> {
    ClockOperator::new(spec(CaseAttributes::Lowest)).push(&batch(rows))
}

#[test]
fn a_bad_batch_is_refused_with_the_row_that_is_wrong() {
    let outside = PushError::OutsideCalendar { row: 1, column: "ts" };
    assert_eq!(push(&[row(), Row { at: 0, ..row() }]), Err(outside));
    let opened = PushError::OutsideCalendar { row: 0, column: "opened" };
    assert_eq!(push(&[Row { opened: i64::from(u32::MAX), ..row() }]), Err(opened));
    assert_eq!(push(&[Row { state: -100, ..row() }]), Err(PushError::UnmappedState { row: 0, code: -100 }));
    assert_eq!(push(&[Row { priority: 16, ..row() }]), Err(PushError::Priority { row: 0, priority: 16 }));
    let missing = batch(&[row()]).project(&[0, 1, 2]).unwrap();
    let refused = ClockOperator::new(spec(CaseAttributes::Lowest)).push(&missing);
    assert_eq!(refused, Err(PushError::MissingColumn { column: "state" }));
    let odd: ArrayRef = Arc::new(UInt8Array::from(vec![1]));
    let odd = RecordBatch::try_from_iter([("case_id", odd)]).unwrap();
    let refused = ClockOperator::new(spec(CaseAttributes::Lowest)).push(&odd);
    assert!(matches!(refused, Err(PushError::WrongType { column: "case_id", .. })), "{refused:?}");
    let gap: ArrayRef = Arc::new(Int64Array::from(vec![None]));
    let gap = RecordBatch::try_from_iter_with_nullable([("case_id", gap, true)]).unwrap();
    let refused = ClockOperator::new(spec(CaseAttributes::Lowest)).push(&gap);
    assert_eq!(refused, Err(PushError::MissingValues { column: "case_id" }));
}

#[test]
fn a_doubled_event_and_a_shared_case_are_refused_by_name() {
    let attributes = CaseAttributes::Lowest;
    let doubled = partial(&[row(), row()], attributes).evaluate(1);
    assert_eq!(doubled.unwrap_err(), EvaluateError::Duplicate { case_id: 5 });
    let mut one = partial(&[row()], attributes).evaluate(1).unwrap();
    let other = partial(&[row()], attributes).evaluate(1).unwrap();
    assert_eq!(one.merge(other), Err(EvaluateError::Shared { case_id: 5 }));
    let again = one.refresh(&partial(&[row()], attributes)).unwrap();
    assert_eq!(again.needs_history, vec![5], "a known event once more");
}

#[test]
fn nothing_in_nothing_out() {
    let empty = partial(&[], CaseAttributes::Lowest).evaluate(2).unwrap();
    assert_eq!(empty.n_cases(), 0);
    assert_eq!(empty.results_batch().num_rows(), 0);
}

#[test]
fn an_operator_cannot_be_set_up_with_an_unknown_zone_or_a_target_of_zero() {
    assert!(PriorityTargets::new(&[14_400, 0], 60).is_err());
    let targets = PriorityTargets::new(&[60], 60).unwrap();
    let refused = OperatorSpec::new(
        Arc::new(peers_calendar()),
        targets,
        &[StateClass::Active],
        CaseAttributes::Lowest,
        "Mars/Base",
    );
    assert_eq!(refused.unwrap_err(), SpecError::UnknownZone { zone: "Mars/Base".to_owned() });
}
