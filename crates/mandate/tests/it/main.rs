//! Tests of the whole: the invariants of ARCHITECTURE.md that can be read off the files.

#![cfg(test)]

mod tidy;
