//! Tests of the whole: the invariants of ARCHITECTURE.md that can be read off the files, and the program as operators use it.

#![cfg(test)]

mod cli;
mod cli_copy;
mod cli_deals;
mod cli_events;
mod cli_help;
mod cli_mail;
mod cli_signals;
mod cli_tenor;
mod cli_users;
mod redaction;
mod served;
mod sign_in_load;
mod tidy;
