//! Packages both sides prefer: exact frontiers, fair points, what an offer leaves, offers and sharing.
//!
//! A package is one option for each term. Each party's value is a sum of integers over the terms
//! and over listed pairs of terms, in one unit (micro-units of utility, or minor units of one
//! currency). Everything is exact integer arithmetic; where an answer is not exact it says so and
//! carries its bound.
//!
//! How to add here: a rule on packages goes to [`model`] and [`frontier`], a way to choose among
//! packages to [`points`], a source of values to [`value`]. Each needs a page in `docs/methods`, a
//! property test against every package, and a worked example whose numbers are a test. Nothing here
//! reads a clock, a file or a random source: time limits and cancelling come as [`control::Control`].

#![forbid(unsafe_code)]

pub mod conflict;
pub mod control;
pub mod digest;
pub mod frontier;
pub mod gap;
pub mod json;
pub mod learn;
pub mod learned;
pub mod model;
pub mod offers;
pub mod parse;
mod parse_value;
pub mod points;
pub mod said;
pub mod share;
pub mod value;
