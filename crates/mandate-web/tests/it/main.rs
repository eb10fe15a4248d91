//! Page and API tests: the whole service over a fresh database, asked without a network.

#![cfg(test)]

mod book;
mod browser;
mod delivered;
mod frame;
mod measures;
mod templates;
