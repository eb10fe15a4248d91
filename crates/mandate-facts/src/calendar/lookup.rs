//! Prefix sums over open windows: constant-time look-ups of open seconds.
//!
//! Windows are sorted and merged; `before[i]` is the open seconds in front of window i. A table of
//! buckets of 2^16 seconds (18 h) leads to the first window that can matter, and the walk from
//! there passes at most the windows of a day.

use std::fmt;

use crate::instant::Instant;

/// A stretch of open time, opening included, closing not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenWindow {
    /// First open second.
    pub opens: Instant,
    /// First second that is closed again.
    pub closes: Instant,
}

/// An instant for which the calendar has no version, or past its last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at} lies outside the calendar, which covers {from} to {until}; add a version or a later last day")]
pub struct OutsideCalendar {
    /// The instant asked for.
    pub at: Instant,
    /// Start of the first version.
    pub from: Instant,
    /// End of the last day.
    pub until: Instant,
}

/// A compiled calendar; see [`Calendar::compile`](super::Calendar::compile).
#[derive(Clone, PartialEq, Eq)]
pub struct Calendar {
    from: i64,
    until: i64,
    /// log2 of the seconds in a bucket.
    shift: u32,
    first_in_bucket: Vec<u32>,
    // INVARIANT: sorted, disjoint, not touching; ends with a sentinel at i64::MAX of no length.
    opens: Vec<i64>,
    closes: Vec<i64>,
    before: Vec<i64>,
}

impl fmt::Debug for Calendar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (Instant(self.from), Instant(self.until));
        write!(formatter, "Calendar({from} to {until}, {} windows)", self.opens.len() - 1)
    }
}

impl Calendar {
    /// The 24x7 calendar, from 1900 to 2200.
    pub fn always_open() -> Self {
        let (from, until) = (Instant(-2_208_988_800), Instant(7_258_118_400));
        Self::from_windows(&[OpenWindow { opens: from, closes: until }], from, until)
    }

    /// `windows` sorted, merged and within `from`..`until`.
    pub(super) fn from_windows(windows: &[OpenWindow], from: Instant, until: Instant) -> Self {
        let mut calendar = Self {
            from: from.0,
            until: until.0,
            // One bucket is enough for one window: 2^40 seconds are 34,000 years.
            shift: if windows.len() <= 1 { 40 } else { 16 },
            first_in_bucket: Vec::new(),
            opens: windows.iter().map(|window| window.opens.0).collect(),
            closes: windows.iter().map(|window| window.closes.0).collect(),
            before: Vec::with_capacity(windows.len() + 1),
        };
        let mut total = 0;
        for window in windows {
            calendar.before.push(total);
            total += window.closes.seconds_since(window.opens);
        }
        calendar.before.push(total);
        calendar.opens.push(i64::MAX);
        calendar.closes.push(i64::MAX);
        let last_bucket = (calendar.until - calendar.from) >> calendar.shift;
        let mut idx = 0;
        for bucket in 0..=last_bucket {
            let bucket_start = calendar.from + (bucket << calendar.shift);
            while calendar.closes[idx] <= bucket_start {
                idx += 1;
            }
            // At most 110,000 days of at most 86,400 windows a day would overflow; days hold few.
            calendar.first_in_bucket.push(u32::try_from(idx).unwrap_or(u32::MAX));
        }
        calendar
    }

    /// First instant covered.
    pub fn covers_from(&self) -> Instant {
        Instant(self.from)
    }

    /// First instant no longer covered.
    pub fn covers_until(&self) -> Instant {
        Instant(self.until)
    }

    /// Whether look-ups at `at` are answered; the end itself is.
    pub fn covers(&self, at: Instant) -> bool {
        self.from <= at.0 && at.0 <= self.until
    }

    fn check(&self, at: Instant) -> Result<(), OutsideCalendar> {
        if self.covers(at) {
            return Ok(());
        }
        Err(OutsideCalendar { at, from: Instant(self.from), until: Instant(self.until) })
    }

    /// First window that closes after `at`, which must be covered.
    fn window_at(&self, at: i64) -> usize {
        let bucket = (at - self.from) >> self.shift;
        // The bucket is within the table for every covered instant.
        let mut idx = self.first_in_bucket[bucket as usize] as usize;
        while self.closes[idx] <= at {
            idx += 1;
        }
        idx
    }

    /// Open seconds from the start of the calendar to `at`, in constant time.
    ///
    /// # Errors
    /// [`OutsideCalendar`].
    pub fn open_seconds_before(&self, at: Instant) -> Result<i64, OutsideCalendar> {
        self.check(at)?;
        Ok(self.prefix(at.0))
    }

    /// As [`Self::open_seconds_before`] for an instant known to be covered.
    pub(crate) fn prefix(&self, at: i64) -> i64 {
        let idx = self.window_at(at);
        self.before[idx] + (at - self.opens[idx]).max(0)
    }

    /// Open seconds between two instants: negative when `to` comes first.
    ///
    /// # Shapes and units
    /// Instants in seconds since the epoch; `from` counts, `to` does not.
    ///
    /// # Errors
    /// [`OutsideCalendar`] when either instant has no version.
    ///
    /// # Source
    /// Own construction; `docs/methods/facts-calendar.md`.
    pub fn open_seconds_between(&self, from: Instant, to: Instant) -> Result<i64, OutsideCalendar> {
        Ok(self.open_seconds_before(to)? - self.open_seconds_before(from)?)
    }

    /// Whether service is given at `at`.
    ///
    /// # Errors
    /// [`OutsideCalendar`].
    pub fn is_open(&self, at: Instant) -> Result<bool, OutsideCalendar> {
        self.check(at)?;
        Ok(self.opens[self.window_at(at.0)] <= at.0)
    }

    /// The earliest instant at which `open_s` open seconds have passed since `start`: the moment a
    /// target is used up. `None` when the calendar ends before.
    ///
    /// # Shapes and units
    /// `open_s` in seconds; zero or less answers `start`. A target that is used up exactly at
    /// closing time is reached at closing time, not when service opens again.
    ///
    /// # Errors
    /// [`OutsideCalendar`] when `start` has no version.
    ///
    /// # Source
    /// Own construction; `docs/methods/facts-calendar.md`.
    pub fn after_open_seconds(
        &self,
        start: Instant,
        open_s: i64,
    ) -> Result<Option<Instant>, OutsideCalendar> {
        self.check(start)?;
        if open_s <= 0 {
            return Ok(Some(start));
        }
        let Some(goal) = self.prefix(start.0).checked_add(open_s) else { return Ok(None) };
        // The last window with less than the goal in front of it.
        let idx = self.before.partition_point(|before| *before < goal) - 1;
        let at = self.opens[idx].saturating_add(goal - self.before[idx]);
        Ok((at <= self.closes[idx] && at <= self.until).then_some(Instant(at)))
    }

    /// The open windows between two instants, cut to them: for drawing.
    ///
    /// # Errors
    /// [`OutsideCalendar`] when either instant has no version.
    pub fn windows_between(&self, from: Instant, to: Instant) -> Result<Vec<OpenWindow>, OutsideCalendar> {
        self.check(from)?;
        self.check(to)?;
        let mut windows = Vec::new();
        let mut idx = self.window_at(from.0);
        while self.opens[idx] < to.0 {
            let (opens, closes) = (self.opens[idx].max(from.0), self.closes[idx].min(to.0));
            windows.push(OpenWindow { opens: Instant(opens), closes: Instant(closes) });
            idx += 1;
        }
        Ok(windows)
    }
}
