//! Decisions: who may decide how much of what, by which right, for whom, and who decides the rest.
//!
//! A use case that decides (a credit, a price, an exclusion) asks [`decide`] inside its transaction, after its role
//! right, and keeps the use with its commit. Policies say what is covered; rights carry the limits; a substitute decides
//! with the absent one's rights. Not here: roles (`authorise`), and what a decision changes (its own room).

mod decide;
mod deciders;
mod delegate;
mod desk;
mod errors;
mod may_decide;
mod policy;
mod policy_tests;
mod question;
mod rights;
mod save_policies;
mod substituted;

pub use decide::{
    DecideError, Decision, Permission, Refusal, WhoDecides, Why, both_names, decide, refusal_message,
};
pub use delegate::{
    DelegationDraft, all_delegations, choose_users, delegate, end_delegation, own_delegations, role_right,
};
pub use desk::PolicyCache;
pub use errors::RightError;
pub use mandate_store::identity::NamedDelegation;
pub use may_decide::{
    AccountDecisions, Answerable, Extent, GapLine, GapPeriod, MayDecide, account_decisions,
};
pub use policy::{
    MOST_BYTES, MOST_POLICIES, Policies, PolicyLine, PolicyRefusal, SCHEMA, SHIPPED_POLICIES, SHIPPED_TESTS,
    Verdict,
};
pub use policy_tests::{PolicyTest, TestLineError, read_tests};
pub use question::{Known, Question, Unaskable};
pub use rights::{
    RightDraft, RightPage, change_right, confirm_right, grant_right, is_unused, revoke_right, rights_list,
    show_right,
};
pub(crate) use rights::{hand_right_over, name_of};
pub use save_policies::{PolicyPage, save_policies, show_policies};
pub use substituted::Substituted;
pub(crate) use substituted::substituted;
