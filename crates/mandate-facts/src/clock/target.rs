//! Targets by priority, in versions: a case keeps the version in force when it was opened.

use crate::event::Priority;
use crate::instant::Instant;

/// Targets agreed from a moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetVersion {
    /// First instant at which a case can open under this version.
    pub valid_from: Instant,
    /// Open seconds allowed, by priority; a priority not listed has no target.
    pub seconds_by_priority: Vec<(Priority, i64)>,
    /// Open seconds allowed for priorities not listed, if any.
    pub otherwise_s: Option<i64>,
}

/// Versions of targets, the latest last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    // INVARIANT: not empty, strictly rising by `valid_from`, every target at least one second.
    versions: Vec<TargetVersion>,
}

/// Why versions are not usable as targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetsError {
    /// An empty list.
    #[error("a clock needs at least one version of its targets")]
    NoVersion,
    /// A target of zero or less, which every case would miss.
    #[error("the target of {seconds} s for priority {priority} is not positive", priority = priority.0)]
    NotPositive {
        /// The priority; 0 for "all others".
        priority: Priority,
        /// The target that was given.
        seconds: i64,
    },
    /// A priority with two targets.
    #[error("priority {priority} has two targets in one version", priority = priority.0)]
    Twice {
        /// The priority.
        priority: Priority,
    },
    /// A version that does not start after the one in front of it.
    #[error("the targets valid from {valid_from} do not start after the version before them")]
    OutOfOrder {
        /// Start of the version.
        valid_from: Instant,
    },
}

impl Targets {
    /// Checks versions once, where they enter.
    ///
    /// # Errors
    /// [`TargetsError`]: no version, a target of zero or less, a priority twice, versions unsorted.
    pub fn new(versions: Vec<TargetVersion>) -> Result<Self, TargetsError> {
        if versions.is_empty() {
            return Err(TargetsError::NoVersion);
        }
        for version in &versions {
            let others = version.otherwise_s.map(|seconds| (Priority::NOT_STATED, seconds));
            for (priority, seconds) in version.seconds_by_priority.iter().copied().chain(others) {
                if seconds <= 0 {
                    return Err(TargetsError::NotPositive { priority, seconds });
                }
            }
            for (idx, (priority, _)) in version.seconds_by_priority.iter().enumerate() {
                if version.seconds_by_priority[..idx].iter().any(|(earlier, _)| earlier == priority) {
                    return Err(TargetsError::Twice { priority: *priority });
                }
            }
        }
        if let Some(pair) = versions.windows(2).find(|pair| pair[1].valid_from <= pair[0].valid_from) {
            return Err(TargetsError::OutOfOrder { valid_from: pair[1].valid_from });
        }
        Ok(Self { versions })
    }

    /// One version for all times: `seconds` for priorities 1, 2, ... in order.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn constant(seconds: &[i64]) -> Result<Self, TargetsError> {
        let numbered = (1..=u8::MAX).map(Priority).zip(seconds.iter().copied());
        Self::new(vec![TargetVersion {
            valid_from: Instant(i64::MIN),
            seconds_by_priority: numbered.collect(),
            otherwise_s: None,
        }])
    }

    /// Open seconds allowed for a case of `priority` that was opened at `opened_at`; `None` when no
    /// version was in force or it names no target.
    pub fn target_s(&self, priority: Priority, opened_at: Instant) -> Option<i64> {
        let later = self.versions.partition_point(|version| version.valid_from <= opened_at);
        let version = &self.versions[later.checked_sub(1)?];
        let listed = version.seconds_by_priority.iter().find(|(known, _)| *known == priority);
        listed.map(|(_, seconds)| *seconds).or(version.otherwise_s)
    }

    /// All versions, the latest last.
    pub fn versions(&self) -> &[TargetVersion] {
        &self.versions
    }
}

#[cfg(test)]
mod tests {
    use super::{TargetVersion, Targets, TargetsError};
    use crate::event::Priority;
    use crate::instant::Instant;

    #[test]
    fn a_target_of_zero_is_refused() {
        let refused = TargetsError::NotPositive { priority: Priority(2), seconds: 0 };
        assert_eq!(Targets::constant(&[60, 0]), Err(refused));
        assert_eq!(Targets::new(Vec::new()), Err(TargetsError::NoVersion));
    }

    #[test]
    fn a_case_keeps_the_version_in_force_when_it_was_opened() {
        let version = |from: i64, seconds: i64| TargetVersion {
            valid_from: Instant(from),
            seconds_by_priority: vec![(Priority(1), seconds)],
            otherwise_s: None,
        };
        let targets = Targets::new(vec![version(100, 60), version(200, 30)]).unwrap();
        assert_eq!(targets.target_s(Priority(1), Instant(99)), None);
        assert_eq!(targets.target_s(Priority(1), Instant(199)), Some(60));
        assert_eq!(targets.target_s(Priority(1), Instant(200)), Some(30));
        assert_eq!(targets.target_s(Priority(2), Instant(200)), None);
        let disorder = TargetsError::OutOfOrder { valid_from: Instant(100) };
        assert_eq!(Targets::new(vec![version(100, 60), version(100, 30)]), Err(disorder));
    }
}
