//! The first pass: events packed into 24 bytes and parted by a hash of their case.
//!
//! The hash is a bijection of 64 bits: its upper 8 bits choose the part, so the lower 56 still name
//! the case exactly and leave 8 bits of the key for priority and state. Parts are small enough for
//! the second pass to work within the cache.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int8Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, PrimitiveArray, RecordBatch};
use arrow_schema::DataType;

use super::{OperatorSpec, PushError};
use crate::event::StateClass;

/// log2 of the number of parts.
pub(super) const PART_BITS: u32 = 8;
pub(super) const N_PARTS: usize = 1 << PART_BITS;
/// Events in a chunk: 24 kB, so that the unfilled ends of all parts waste some 3 MB.
const CHUNK_EVENTS: usize = 1024;

/// An event in 24 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed {
    /// 56 bits of the case, then 4 bits of priority and 4 of state.
    pub key: u64,
    /// Seconds from the start of the calendar.
    pub at: u32,
    pub seq: i32,
    /// Seconds from the start of the calendar.
    pub opened: u32,
    pub account: i32,
}

impl Packed {
    pub fn case_key(&self) -> u64 {
        self.key >> 8
    }

    pub fn state(&self) -> u8 {
        (self.key & 15) as u8
    }

    pub fn priority(&self) -> u8 {
        (self.key >> 4 & 15) as u8
    }

    /// Sorts like (time, sequence).
    pub fn order(&self) -> u64 {
        u64::from(self.at) << 32 | u64::from(self.seq.cast_unsigned() ^ 0x8000_0000)
    }
}

const MIX_1: u64 = 0xbf58_476d_1ce4_e5b9;
const MIX_2: u64 = 0x94d0_49bb_1331_11eb;

/// SplitMix64's finaliser (Steele, Lea and Flood 2014): a bijection.
fn mix(mut value: u64) -> u64 {
    value = (value ^ value >> 30).wrapping_mul(MIX_1);
    value = (value ^ value >> 27).wrapping_mul(MIX_2);
    value ^ value >> 31
}

/// The case behind a part and a case key: `mix` undone.
pub(super) fn case_id(part: usize, case_key: u64) -> i64 {
    let mut value = (part as u64) << (64 - PART_BITS) | case_key;
    value = value ^ value >> 31 ^ value >> 62;
    value = value.wrapping_mul(inverse(MIX_2));
    value = value ^ value >> 27 ^ value >> 54;
    value = value.wrapping_mul(inverse(MIX_1));
    (value ^ value >> 30 ^ value >> 60).cast_signed()
}

/// Inverse of an odd number modulo 2^64, by Newton's iteration.
const fn inverse(odd: u64) -> u64 {
    let mut guess = odd;
    let mut round = 0;
    while round < 6 {
        guess = guess.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(guess)));
        round += 1;
    }
    guess
}

/// The events of one part, in chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    full: Vec<Vec<Packed>>,
    current: Vec<Packed>,
}

impl Part {
    #[inline]
    fn push(&mut self, event: Packed) {
        if self.current.len() == self.current.capacity() {
            self.turn();
        }
        self.current.push(event);
    }

    #[cold]
    fn turn(&mut self) {
        let filled = std::mem::replace(&mut self.current, Vec::with_capacity(CHUNK_EVENTS));
        if !filled.is_empty() {
            self.full.push(filled);
        }
    }

    pub fn len(&self) -> usize {
        self.full.iter().map(Vec::len).sum::<usize>() + self.current.len()
    }

    pub fn chunks(&self) -> impl Iterator<Item = &[Packed]> {
        self.full.iter().map(Vec::as_slice).chain(std::iter::once(self.current.as_slice()))
    }

    fn append(&mut self, other: Self) {
        self.full.extend(other.full);
        if !other.current.is_empty() {
            self.full.push(other.current);
        }
    }
}

/// Takes batches; see the [module](super).
///
/// # Shapes and units
/// Columns by name, without missing values: `case_id` int64, `acct` int32, `prio` int8 (0 to 15),
/// `state` int8 ([`StateClass`] codes), `seq` int32, `ts` and `opened` timestamp\[us\]. Rows in any
/// order, the events of a case in any batches. Stamps are cut to the second; `seq` orders within it.
#[derive(Clone, Debug)]
pub struct ClockOperator {
    spec: OperatorSpec,
    parts: Vec<Part>,
}

impl ClockOperator {
    /// An operator that has seen nothing.
    pub fn new(spec: OperatorSpec) -> Self {
        Self { spec, parts: vec![Part::default(); N_PARTS] }
    }

    /// Takes a batch.
    ///
    /// # Errors
    /// [`PushError`]; nothing of the batch was taken then.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), PushError> {
        let columns = Columns::of(batch)?;
        let origin = self.spec.calendar.covers_from().0;
        let span = self.spec.calendar.covers_until().0 - origin;
        columns.check(origin, span)?;
        let Columns { case_id, account, priority, state, seq, at, opened } = columns;
        for row in 0..case_id.len() {
            let mixed = mix(case_id[row].cast_unsigned());
            let attributes = (priority[row] << 4 | state[row]).cast_unsigned();
            let event = Packed {
                key: mixed << PART_BITS | u64::from(attributes),
                at: (at[row].div_euclid(1_000_000) - origin) as u32,
                seq: seq[row],
                opened: (opened[row].div_euclid(1_000_000) - origin) as u32,
                account: account[row],
            };
            self.parts[(mixed >> (64 - PART_BITS)) as usize].push(event);
        }
        Ok(())
    }

    /// What was taken, ready to be merged or evaluated.
    pub fn finish(self) -> Partial {
        Partial { spec: self.spec, parts: self.parts }
    }
}

/// Events of some batches, not yet timed: those of other threads or nodes can still be added.
#[derive(Clone, Debug)]
pub struct Partial {
    pub(super) spec: OperatorSpec,
    pub(super) parts: Vec<Part>,
}

impl Partial {
    /// Adds the events of other parts of the input; a case may be spread over all of them. The
    /// specification of the first holds.
    #[must_use]
    pub fn merge(mut self, others: impl IntoIterator<Item = Self>) -> Self {
        for other in others {
            for (part, added) in self.parts.iter_mut().zip(other.parts) {
                part.append(added);
            }
        }
        self
    }

    /// Events held.
    pub fn n_events(&self) -> usize {
        self.parts.iter().map(Part::len).sum()
    }
}

/// The columns of a batch as slices.
struct Columns<'a> {
    case_id: &'a [i64],
    account: &'a [i32],
    priority: &'a [i8],
    state: &'a [i8],
    seq: &'a [i32],
    at: &'a [i64],
    opened: &'a [i64],
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, PushError> {
        Ok(Self {
            case_id: values::<Int64Type>(batch, "case_id")?,
            account: values::<Int32Type>(batch, "acct")?,
            priority: values::<Int8Type>(batch, "prio")?,
            state: values::<Int8Type>(batch, "state")?,
            seq: values::<Int32Type>(batch, "seq")?,
            at: values::<TimestampMicrosecondType>(batch, "ts")?,
            opened: values::<TimestampMicrosecondType>(batch, "opened")?,
        })
    }

    /// Whether every value can be packed. Whole columns at a time, so that it costs next to nothing.
    fn check(&self, origin: i64, span: i64) -> Result<(), PushError> {
        let (low, high) = (origin.saturating_mul(1_000_000), (origin + span).saturating_mul(1_000_000));
        for (column, moments) in [("ts", self.at), ("opened", self.opened)] {
            let outside = |moment: &i64| !(low..=high).contains(moment);
            if moments.iter().fold(false, |any, moment| any | outside(moment)) {
                let row = moments.iter().position(outside).unwrap_or_default();
                return Err(PushError::OutsideCalendar { row, column });
            }
        }
        let last_code = (StateClass::ALL.len() - 1) as i8;
        let unmapped = |code: &i8| !(0..=last_code).contains(code);
        if self.state.iter().fold(false, |any, code| any | unmapped(code)) {
            let row = self.state.iter().position(unmapped).unwrap_or_default();
            return Err(PushError::UnmappedState { row, code: self.state[row] });
        }
        let odd = |priority: &i8| !(0..=15).contains(priority);
        if self.priority.iter().fold(false, |any, priority| any | odd(priority)) {
            let row = self.priority.iter().position(odd).unwrap_or_default();
            return Err(PushError::Priority { row, priority: self.priority[row] });
        }
        Ok(())
    }
}

fn values<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    column: &'static str,
) -> Result<&'a [T::Native], PushError> {
    let array = batch.column_by_name(column).ok_or(PushError::MissingColumn { column })?;
    let typed: Option<&PrimitiveArray<T>> = match (array.data_type(), T::DATA_TYPE) {
        // A zone changes nothing: the values are UTC either way.
        (DataType::Timestamp(unit, _), DataType::Timestamp(wanted, _)) if *unit == wanted => {
            array.as_primitive_opt::<T>()
        }
        (found, wanted) if *found == wanted => array.as_primitive_opt::<T>(),
        _ => None,
    };
    let wrong_type =
        || PushError::WrongType { column, wanted: T::DATA_TYPE, found: array.data_type().clone() };
    let typed = typed.ok_or_else(wrong_type)?;
    if array.null_count() > 0 {
        return Err(PushError::MissingValues { column });
    }
    Ok(typed.values())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{PART_BITS, case_id, mix};

    proptest! {
        #[test]
        fn a_case_is_found_again_from_its_part_and_key(case in any::<i64>()) {
            let mixed = mix(case.cast_unsigned());
            let part = (mixed >> (64 - PART_BITS)) as usize;
            prop_assert_eq!(case_id(part, mixed << PART_BITS >> PART_BITS), case);
        }
    }
}
