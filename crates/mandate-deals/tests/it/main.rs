//! All tests of the engine in one binary: against every package, against published scenarios, and bad input.

mod bad_input;
mod conflict;
mod frontier;
mod kit;
mod learn;
mod offers;
mod points;
mod scenarios;
mod share;
mod value;
