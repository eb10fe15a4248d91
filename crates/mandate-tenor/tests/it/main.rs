//! All tests of the engine in one binary: against published figures and data, by simulation, and bad input.

mod change;
mod kit;
mod managers;
mod ordinal;
mod scores;
mod state;
mod vignettes;
mod warning;
