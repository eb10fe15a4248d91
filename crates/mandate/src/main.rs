//! The program: serves, or does one command and ends with a code that scripts can rely on.
//!
//! How to add a command: a variant of `cli::Command` and, when it needs the database, one of
//! `operation::Operation`, so that it works in this process and through a running server alike.

mod cli;
mod control;
mod data_folder;
mod exit;
mod logging;
mod operation;
mod output;
mod settings;
mod settings_mail;
mod settings_sign_on;

use std::process::ExitCode;

use clap::Parser as _;

/// Keeps a third less after an import than the system's allocator (203 against 294 MB, docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match cli::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::failure(&failure, arguments.json);
            failure.kind.exit_code()
        }
    }
}
