//! Page and API tests: the whole service over a fresh database, asked without a network.

mod browser;
mod frame;
mod templates;
