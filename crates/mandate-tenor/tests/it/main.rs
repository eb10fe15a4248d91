//! All tests of the engine in one binary: against published figures and data, by simulation, and bad input.

mod kit;
mod ordinal;
mod state;
mod vignettes;
