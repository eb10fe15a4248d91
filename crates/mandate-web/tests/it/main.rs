//! Page and API tests: the whole service over a fresh database, asked without a network.

#![cfg(test)]

mod book;
mod browser;
mod definitions;
mod delivered;
mod explained;
mod facts_api;
mod frame;
mod measures;
mod records;
mod templates;
mod views;
