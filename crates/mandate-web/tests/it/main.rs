//! Page and API tests: the whole service over a fresh database, asked without a network.

#![cfg(test)]

mod access;
mod api_rules;
mod book;
mod browser;
mod coverage;
mod decisions;
mod definitions;
mod delivered;
mod explained;
mod facts_api;
mod frame;
mod identity_api;
mod measures;
mod measures_api;
mod records;
mod rooms_api;
mod templates;
mod views;
