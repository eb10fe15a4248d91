//! How long work tells how far it is: to a progress bar, a job's row, or nobody.

/// Takes reports of progress.
pub trait Progress: Send {
    /// `n_done` of `n_total` units of `label` are done; `n_total` is 0 while it is not known.
    fn report(&mut self, label: &str, n_done: u64, n_total: u64);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn report(&mut self, _label: &str, _n_done: u64, _n_total: u64) {}
}
