//! The state of a relationship as both sides see it: raters' scales, levels, change that is real.
//!
//! Answers are ordered categories by raters of two sides. A fit returns estimates with their standard
//! errors, never a bare point; a simulation takes a seed and returns it. A level nobody measured has a
//! wide interval: unknown is never good.
//!
//! How to add here: input that must hold gets a type whose constructor checks it and names the place
//! and the mend ([`table`], [`ordinal::Answers`]). A method gets a page in `docs/methods`, a published
//! example or a peer's figures as a test, and tests of bad input. Nothing here reads a clock, a file or
//! a random source: long work asks [`control::Control`] whether to go on.

#![forbid(unsafe_code)]

pub mod change;
pub mod control;
pub mod estimate;
mod linear;
pub mod managers;
mod minimise;
mod normal;
pub mod ordinal;
pub mod random;
pub mod reading;
pub mod state;
pub mod table;
pub mod vignettes;
pub mod warning;
