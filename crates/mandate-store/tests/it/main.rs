//! Tests of the store, each on both databases. They stand here and not beside the code because the test kit depends on
//! the store: unit tests inside it would see two versions of its types.

#![cfg(test)]

mod audit_chain;
mod book;
mod kept_answers;
mod labels;
mod list_through;
mod listing;
mod migrations;
mod transactions;
