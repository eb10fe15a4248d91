//! Page and API tests: the whole service over a fresh database, asked without a network.

#![cfg(test)]

mod access;
mod addresses;
mod api_rules;
mod audit;
mod book;
mod browser;
mod coverage;
mod coverage_pages;
mod custom_fields;
mod decisions;
mod definitions;
mod delivered;
mod duplicates;
mod explained;
mod facts_api;
mod files;
mod firewall;
mod frame;
mod german;
mod growth;
mod identity_api;
mod import_columns;
mod light;
mod mail;
mod markup;
mod matrix;
mod measures;
mod measures_api;
mod notes;
mod notifications;
mod portal;
mod portal_access;
mod reach;
mod records;
mod rooms_api;
mod safety;
mod seed;
mod seed_records;
mod sign_in;
mod single_sign_on;
mod smtp;
mod templates;
mod views;
