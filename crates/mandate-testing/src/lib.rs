//! mandate-testing
