//! Decisions: who may decide how much of what, by which right, for whom, and who decides the rest.
//!
//! A use case that decides (a credit, a price, an exclusion) asks [`decide`] inside its transaction, after its role
//! right, and keeps the use with its commit. Policies say what is covered; rights carry the limits; a substitute decides
//! with the absent one's rights. Not here: roles (`authorise`), and what a decision changes (its own room).

mod policy;
mod policy_tests;
mod question;

pub use policy::{
    MOST_BYTES, MOST_POLICIES, Policies, PolicyLine, PolicyRefusal, SCHEMA, SHIPPED_POLICIES, SHIPPED_TESTS,
    Verdict,
};
pub use policy_tests::{PolicyTest, TestLineError, read_tests};
pub use question::Question;
