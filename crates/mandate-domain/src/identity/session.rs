//! How long a session holds: an idle limit and an absolute one, both set by the firm.

use crate::Instant;

/// The two limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    idle_minutes: u32,
    absolute_hours: u32,
}

/// Why limits are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionLimitsError {
    /// Below 5 minutes nobody can work, above a day the limit is none.
    #[error("a session may idle for 5 to 1440 minutes, not {given}")]
    Idle {
        /// Minutes given.
        given: u32,
    },
    /// At least an hour, at most 30 days.
    #[error("a session may last 1 to 720 hours, not {given}")]
    Absolute {
        /// Hours given.
        given: u32,
    },
}

/// When a session began, was last used, and ends at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// When the person signed in.
    pub created_at: Instant,
    /// The last use on record; written at most once a minute.
    pub last_seen_at: Instant,
    /// The absolute end, fixed at sign-in.
    pub expires_at: Instant,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle_minutes: 30, absolute_hours: 12 }
    }
}

impl SessionLimits {
    /// Checks both limits.
    ///
    /// # Errors
    /// [`SessionLimitsError`] naming the one that is out of range.
    pub fn new(idle_minutes: u32, absolute_hours: u32) -> Result<Self, SessionLimitsError> {
        if !(5..=1440).contains(&idle_minutes) {
            return Err(SessionLimitsError::Idle { given: idle_minutes });
        }
        if !(1..=720).contains(&absolute_hours) {
            return Err(SessionLimitsError::Absolute { given: absolute_hours });
        }
        Ok(Self { idle_minutes, absolute_hours })
    }

    /// Minutes without use after which a session ends.
    pub const fn idle_minutes(self) -> u32 {
        self.idle_minutes
    }

    /// Hours after which a session ends, used or not.
    pub const fn absolute_hours(self) -> u32 {
        self.absolute_hours
    }

    /// The times of a session that begins now.
    pub fn begin(self, now: Instant) -> SessionTimes {
        let expires_at = now.plus_seconds(i64::from(self.absolute_hours) * 3600);
        SessionTimes { created_at: now, last_seen_at: now, expires_at }
    }

    /// Whether a session still holds.
    pub fn hold(self, times: SessionTimes, now: Instant) -> bool {
        let idle_until = times.last_seen_at.plus_seconds(i64::from(self.idle_minutes) * 60);
        now < times.expires_at && now < idle_until
    }
}

impl SessionTimes {
    /// Whether the last use should be written down: at most once a minute.
    pub fn is_due(self, now: Instant) -> bool {
        now >= self.last_seen_at.plus_seconds(60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_after_idling_and_at_its_absolute_end() {
        let limits = SessionLimits::default();
        let start = Instant::from_seconds(1_800_000_000);
        let times = limits.begin(start);
        assert!(limits.hold(times, start.plus_seconds(30 * 60 - 1)));
        assert!(!limits.hold(times, start.plus_seconds(30 * 60)));
        let used = SessionTimes { last_seen_at: start.plus_seconds(12 * 3600 - 60), ..times };
        assert!(limits.hold(used, start.plus_seconds(12 * 3600 - 1)));
        assert!(!limits.hold(used, start.plus_seconds(12 * 3600)));
        assert!(!times.is_due(start.plus_seconds(59)));
        assert!(times.is_due(start.plus_seconds(60)));
    }
}
