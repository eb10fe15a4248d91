//! Tests of use cases, each on both databases.

mod book;
mod book_import;
