//! Limits, progress and cancelling of long work, all as arguments: the engine has no clock.
//!
//! The caller's watch is asked at every step and within long ones; what it answers is obeyed at once. The same watch
//! gives the same bytes. Not here: measuring time, which the caller does.

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps that are done.
    pub n_done: usize,
    /// Steps there are.
    pub n_total: usize,
    /// Points held at this moment.
    pub n_points: usize,
}

/// What a watch wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Continue,
    /// Time is up: answer with a certified cover instead.
    TimeUp,
    /// Stop without an answer.
    Cancel,
}

/// Limits and watch of one call.
pub struct Control<'a> {
    /// Points that may be held at once; beyond it the answer is a cover. A point takes up to 16 bytes, one under a floor or
    /// cap 48.
    pub max_points: usize,
    /// Asked at every step.
    pub watch: &'a mut dyn FnMut(Progress) -> Verdict,
}

impl std::fmt::Debug for Control<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Control").field("max_points", &self.max_points).finish_non_exhaustive()
    }
}

/// Why exact work ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    Limit,
    Cancelled,
}

impl Control<'_> {
    /// Points held at once where nothing else is said: about 2 GB at most.
    pub const MAX_POINTS: usize = 40_000_000;

    pub(crate) fn check(&mut self, n_done: usize, n_total: usize, n_points: usize) -> Result<(), Halt> {
        if n_points > self.max_points {
            return Err(Halt::Limit);
        }
        match (self.watch)(Progress { n_done, n_total, n_points }) {
            Verdict::Continue => Ok(()),
            Verdict::TimeUp => Err(Halt::Limit),
            Verdict::Cancel => Err(Halt::Cancelled),
        }
    }
}
