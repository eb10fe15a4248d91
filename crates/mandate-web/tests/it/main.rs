//! Page and API tests: the whole service over a fresh database, asked without a network.

#![cfg(test)]

mod access;
mod api_rules;
mod audit;
mod book;
mod browser;
mod coverage;
mod definitions;
mod delivered;
mod explained;
mod facts_api;
mod firewall;
mod frame;
mod identity_api;
mod matrix;
mod measures;
mod measures_api;
mod records;
mod rooms_api;
mod seed;
mod sign_in;
mod single_sign_on;
mod templates;
mod views;
