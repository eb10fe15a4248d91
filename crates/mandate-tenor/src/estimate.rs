//! An estimate with its standard error: what every fit returns, never a bare point.
//!
//! Intervals are those of large samples (estimate plus or minus a multiple of the standard error). Where a method has a
//! better one it returns that instead.

/// Standard errors to each side of a 95 % interval.
pub const HALF_95: f64 = 1.959_963_984_540_054;

/// A value and how far off it may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its standard error; 0 where the value is fixed.
    pub standard_error: f64,
}

impl Estimate {
    /// The ends of the 95 % interval.
    pub fn interval(self) -> (f64, f64) {
        (self.value - HALF_95 * self.standard_error, self.value + HALF_95 * self.standard_error)
    }

    /// Whether the 95 % interval holds `truth`.
    pub fn covers(self, truth: f64) -> bool {
        let (low, high) = self.interval();
        low <= truth && truth <= high
    }
}
