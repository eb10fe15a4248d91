//! Change told from noise: monthly series under a chart with an asked false-alarm rate, and long series cut into segments.
//!
//! Monthly means of answers are few and hang together from month to month; usual charts then cry wolf. Here the limits are
//! simulated for exactly the months and the correlation at hand. Not here: levels and their intervals (`state`).

pub mod chart;
mod evidence;
pub mod lasting;
pub mod pooled;
pub mod segment;

use crate::linear::{Lower, Square, dot};

/// Months before which no change is looked for: the least a level and its noise can be told from.
pub const MIN_BASELINE: usize = 8;

/// Months a series may have: what is longer is no monthly series.
pub const MAX_MONTHS: usize = 240;

/// Why a series or a correlation cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SeriesError {
    #[error("month {month} (from 0) is {value}; give a finite number, or leave it out")]
    NotFinite { month: usize, value: f64 },
    #[error(
        "there are {n_found} months with a value; at least {n_needed} are needed to tell a change from noise"
    )]
    Short { n_found: usize, n_needed: usize },
    #[error("{n_found} months are more than {MAX_MONTHS}")]
    Long { n_found: usize },
    #[error(
        "a correlation of {next} from one month to the next that falls by {decay} a month is none; give 0 <= next <= decay <= 0.95"
    )]
    Correlation { next: f64, decay: f64 },
}

/// A monthly series; months without a value are left out, not filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    months: Vec<usize>,
    values: Vec<f64>,
}

impl Series {
    /// A series of month by month values.
    ///
    /// # Errors
    /// [`SeriesError`]: a value that is no number, or too few or too many months.
    pub fn new(values: &[Option<f64>]) -> Result<Self, SeriesError> {
        if values.len() > MAX_MONTHS {
            return Err(SeriesError::Long { n_found: values.len() });
        }
        let given = values.iter().enumerate().filter_map(|(month, value)| value.map(|value| (month, value)));
        let (months, values): (Vec<usize>, Vec<f64>) = given.unzip();
        if let Some((month, value)) = months.iter().zip(&values).find(|(_, value)| !value.is_finite()) {
            return Err(SeriesError::NotFinite { month: *month, value: *value });
        }
        let (n_found, n_needed) = (values.len(), MIN_BASELINE + 2);
        if n_found < n_needed {
            return Err(SeriesError::Short { n_found, n_needed });
        }
        Ok(Self { months, values })
    }

    /// The months that have a value.
    pub fn months(&self) -> &[usize] {
        &self.months
    }

    /// The values less their mean, in units of their spread; all 0 where they do not differ.
    fn standardised(&self) -> Vec<f64> {
        // Scaled first: squares of huge values must not overflow.
        let largest = self
            .values
            .iter()
            .fold(0.0_f64, |largest, value| largest.max(value.abs()))
            .max(f64::MIN_POSITIVE);
        let n = self.values.len() as f64;
        let mean = self.values.iter().map(|value| value / largest).sum::<f64>() / n;
        let off: Vec<f64> = self.values.iter().map(|value| value / largest - mean).collect();
        let spread = (dot(&off, &off) / n).sqrt();
        if spread < 1e-12 { vec![0.0; off.len()] } else { off.iter().map(|off| off / spread).collect() }
    }
}

/// How months hang together: the correlation of neighbours, and the factor by which it falls with each further month.
///
/// An autoregression seen through the noise of a few answers: the noise lowers the first, not the factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    next: f64,
    decay: f64,
}

impl Correlation {
    /// Months that do not hang together.
    pub const NONE: Self = Self { next: 0.0, decay: 0.0 };

    /// # Errors
    /// [`SeriesError::Correlation`].
    pub fn new(next: f64, decay: f64) -> Result<Self, SeriesError> {
        let holds = (0.0..=0.95).contains(&decay) && (0.0..=decay).contains(&next);
        if holds { Ok(Self { next, decay }) } else { Err(SeriesError::Correlation { next, decay }) }
    }

    /// Of neighbouring months.
    pub fn next(self) -> f64 {
        self.next
    }

    /// The factor for each further month.
    pub fn decay(self) -> f64 {
        self.decay
    }

    fn at(self, months: usize) -> f64 {
        match months {
            0 => 1.0,
            _ => self.next * self.decay.powi(i32::try_from(months - 1).unwrap_or(i32::MAX)),
        }
    }

    /// The factor of the correlation matrix of `months`; `next <= decay` keeps it positive definite.
    fn factor(self, months: &[usize]) -> Lower {
        let mut matrix = Square::zero(months.len());
        for (i, a) in months.iter().enumerate() {
            for (j, b) in months.iter().enumerate() {
                *matrix.at(i, j) = self.at(a.abs_diff(*b));
            }
        }
        matrix
            .cholesky()
            .unwrap_or_else(|_| unreachable!("an autoregression with noise is positive definite"))
    }
}
