//! Cancelling of long work, as an argument: the engine has no clock.
//!
//! The caller's watch is asked at every step; what it answers is obeyed at once. A watch that goes on gives the same
//! numbers as none. Not here: measuring time, which the caller does.

/// What a watch wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Continue,
    /// Stop without an answer.
    Cancel,
}

/// The work was stopped by its watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled before there was an answer")]
pub struct Cancelled;

/// Watch of one call.
pub struct Control<'a> {
    /// Asked at every step, with the number of steps done.
    pub watch: &'a mut dyn FnMut(usize) -> Verdict,
    n_done: usize,
}

impl std::fmt::Debug for Control<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Control").field("n_done", &self.n_done).finish_non_exhaustive()
    }
}

impl<'a> Control<'a> {
    /// A call under `watch`.
    pub fn new(watch: &'a mut dyn FnMut(usize) -> Verdict) -> Self {
        Self { watch, n_done: 0 }
    }

    pub(crate) fn step(&mut self) -> Result<(), Cancelled> {
        self.n_done = self.n_done.saturating_add(1);
        match (self.watch)(self.n_done) {
            Verdict::Continue => Ok(()),
            Verdict::Cancel => Err(Cancelled),
        }
    }
}

/// Runs `work` with a watch that always goes on.
pub fn unwatched<T>(work: impl FnOnce(&mut Control<'_>) -> T) -> T {
    work(&mut Control::new(&mut |_| Verdict::Continue))
}
