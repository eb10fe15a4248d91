//! The one measure of time of this crate: whole seconds since the Unix epoch, UTC.
//!
//! Civil dates and zones exist only in `calendar`, which turns them into instants once. Finer
//! stamps are cut to the second; the sequence number of an event keeps their order.

use std::fmt;

/// A second of UTC, counted from 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    /// Cuts a count of microseconds to the second it lies in (towards the past, also before 1970).
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.div_euclid(1_000_000))
    }

    /// Microseconds since the epoch, as event files hold them; saturates far outside any calendar.
    pub fn as_micros(self) -> i64 {
        self.0.saturating_mul(1_000_000)
    }

    /// Wall seconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<jiff::Timestamp> for Instant {
    fn from(timestamp: jiff::Timestamp) -> Self {
        // `as_second` cuts towards zero; the remainder tells when that went up.
        Self(timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0))
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC, or the bare count of seconds outside jiff's range.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(timestamp) => write!(formatter, "{timestamp}"),
            Err(_) => write!(formatter, "second {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Instant;

    #[test]
    fn microseconds_before_the_epoch_are_cut_towards_the_past() {
        assert_eq!(Instant::from_micros(-1), Instant(-1));
        assert_eq!(Instant::from_micros(1_999_999), Instant(1));
        assert_eq!(Instant::from(jiff::Timestamp::new(-1, -5).unwrap()), Instant(-2));
    }

    #[test]
    fn an_instant_shows_as_utc() {
        assert_eq!(Instant(0).to_string(), "1970-01-01T00:00:00Z");
    }
}
