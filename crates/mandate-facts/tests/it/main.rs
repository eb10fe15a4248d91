//! Tests of the engine as a whole: golden cases, the naive clock, the real log, files, operators.

#![cfg(test)]

mod bad_input;
mod files;
mod golden;
mod incident_log;
mod naive;
mod operators;
mod random_cases;
mod worked_examples;
