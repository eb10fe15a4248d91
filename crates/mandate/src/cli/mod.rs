//! The command line: what can be said, and which function does it.

mod deals;
mod doctor;
mod offline;
mod online;
mod serve;
mod tenor;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::{Failure, Kind};
use crate::operation::{BookImport, Operation};
use crate::settings::{Flags, Settings};

/// How long file work may take after the command itself has ended.
const LINGER: Duration = Duration::from_secs(5);

/// Keeps the mandate of the person who answers for an account: facts, authority, incentives.
#[derive(Debug, Parser)]
#[command(name = "mandate", version, propagate_version = true, disable_help_subcommand = true)]
pub struct Arguments {
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// The data folder [default: $MANDATE_DATA, else ~/.local/share/mandate]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data: Option<String>,
    /// The database: sqlite:FILE or postgres://USER@HOST/NAME [default: mandate.db in the data folder]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub database: Option<String>,
    /// The settings file [default: $MANDATE_CONFIG, else mandate.toml in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server
    Serve(ServeArguments),
    /// Load or remove the demo book
    Demo {
        #[command(subcommand)]
        command: DemoCommand,
    },
    /// Import a file, whole or not at all
    Import(ImportArguments),
    /// Sum up what was delivered
    Facts {
        #[command(subcommand)]
        command: FactsCommand,
    },
    /// Find the packages both sides prefer, from a file
    Deals {
        #[command(subcommand)]
        command: deals::DealsCommand,
    },
    /// Tell raters, scales and real change apart, from a file
    Tenor {
        #[command(subcommand)]
        command: tenor::TenorCommand,
    },
    /// Write a list to a file
    Export {
        /// accounts, people, contracts, contract_lines, products, lines_of_business or teams
        list: String,
        /// The file; its ending, .csv or .xlsx, is its format [default: CSV to standard output]
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Write a backup of everything to a folder that does not exist or is empty
    Backup {
        /// The folder
        folder: PathBuf,
    },
    /// Restore a backup into an empty data folder, checking every file and every table
    Restore {
        /// The backup
        folder: PathBuf,
        /// Only check: restore into a temporary folder and take it away again
        #[arg(long)]
        verify: bool,
        /// The data folder to fill, instead of the configured one
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
    /// Copy everything from one database to another, empty one
    Copy(CopyArguments),
    /// Keep users
    #[command(visible_alias = "users")]
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Print the effective settings and check everything
    Doctor {
        /// Hash every event file, too
        #[arg(long)]
        deep: bool,
    },
    /// Check and sign the audit record
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Print the completion script of a shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
struct ServeArguments {
    /// Load the demo book, if it is not there
    #[arg(long)]
    demo: bool,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, visible_alias = "listen", value_name = "ADDRESS:PORT")]
    address: Option<String>,
    /// The address people use, such as https://mandate.firm.example
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Certificates for TLS of our own, PEM
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Believe a proxy's X-Forwarded-For
    #[arg(long)]
    trust_proxy: bool,
    /// Upgrade a PostgreSQL database: you have a backup of it
    #[arg(long)]
    i_have_a_backup: bool,
}

#[derive(Debug, Args)]
struct ImportArguments {
    /// Parquet or CSV for events, CSV or XLSX for the book
    file: PathBuf,
    /// How it was written: servicenow or events (a log); with --kind: salesforce, hubspot, servicenow, jira, zendesk, or
    /// generic for a guess [default: columns have the fields' own names]
    #[arg(long, required_unless_present = "kind")]
    profile: Option<String>,
    /// What a file of the book holds: accounts, people, contracts, contract_lines, products, list_prices, actuals, lines_of_business,
    /// teams or another kind of record in the plural
    #[arg(long)]
    kind: Option<String>,
    /// Say what it would do and what is wrong, and change nothing
    #[arg(long)]
    check: bool,
    /// Where it comes from. Events: the source's name [default: the profile's]. The book: how the file is read is remembered
    /// under it, and taken from there
    #[arg(long)]
    source: Option<String>,
    /// What every row has in a field that no column gives, such as side=client; may be repeated (the book only)
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Which field a column holds, such as 'Kunde=name'; nothing after = leaves it out; may be repeated (the book only)
    #[arg(long = "column", value_name = "COLUMN=FIELD")]
    columns: Vec<String>,
    /// Its dates: year_first, day_first or month_first (the book only)
    #[arg(long)]
    dates: Option<String>,
    /// Its amounts: point (1,234.50), comma (1.234,50) or either (the book only)
    #[arg(long)]
    decimal: Option<String>,
    /// What its volumes are for: month, quarter or year [default: what the column's name says, else a year] (the book only)
    #[arg(long)]
    volume_per: Option<String>,
    /// Its text, where it is not UTF-8: windows-1252 or utf-16 (the book only)
    #[arg(long)]
    encoding: Option<String>,
    /// Look for rows without a known id that look like a record, and skip, update or create them (the book only)
    #[arg(long)]
    alike: Option<String>,
    /// Time zone of times that state none, such as Europe/Budapest (events only)
    #[arg(long)]
    time_zone: Option<String>,
    /// What a state means, such as 'On Hold=awaiting_other'; may be repeated (events only)
    #[arg(long = "state", value_name = "RAW=CLASS")]
    states: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum DemoCommand {
    /// Load the demo book
    Load {
        /// The same seed and day give the same facts
        #[arg(long, default_value_t = crate::operation::demo::SEED)]
        seed: u64,
        /// About how many events
        #[arg(long, default_value_t = 300_000)]
        events: u32,
        /// Load it though there are accounts of your own
        #[arg(long)]
        beside_own_accounts: bool,
    },
    /// Remove the demo book, for good
    Remove,
}

#[derive(Debug, Subcommand)]
enum FactsCommand {
    /// Cases, events and the share met: as reported, and by our clock
    Summary {
        /// One source of events [default: all but the demo book's]
        #[arg(long)]
        source: Option<String>,
        /// The demo book's sources
        #[arg(long, conflicts_with = "source")]
        demo: bool,
    },
    /// One case's clocks, step by step, and why the source says otherwise
    Explain {
        /// The case: its reference, or source:reference where several sources have it
        case: String,
    },
}

#[derive(Debug, Args)]
struct CopyArguments {
    /// The database to copy; no server may use it
    #[arg(long, value_name = "ADDRESS")]
    from: String,
    /// The database to fill; it has to be empty
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// The data folder with the event files [default: beside a SQLite file, else the configured one]
    #[arg(long, value_name = "FOLDER")]
    from_data: Option<PathBuf>,
    /// The data folder to copy event files to [default: beside a SQLite file, else the configured one]
    #[arg(long, value_name = "FOLDER")]
    to_data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a user; prints the link with which they set their password
    Add {
        /// The address to sign in with
        email: String,
        /// The name pages show
        #[arg(long)]
        name: String,
        /// A role; may be repeated
        #[arg(long = "role", required = true, value_name = "ROLE")]
        roles: Vec<String>,
        /// Language and formats
        #[arg(long, default_value = "en-GB")]
        locale: String,
        /// Time zone
        #[arg(long, default_value = "UTC")]
        time_zone: String,
    },
    /// List users
    List,
    /// Suspend a user and end their sessions
    Suspend {
        /// The address
        email: String,
    },
    /// Print a new link with which a user sets their password
    ResetLink {
        /// The address
        email: String,
    },
    /// Take away the second factor of a user who lost it, and end their sessions
    ResetSecondFactor {
        /// The address
        email: String,
    },
    /// End all sessions of a user
    EndSessions {
        /// The address
        email: String,
    },
    /// Suspend users who are not on a list of the people who still work here, or are marked as left
    Sync {
        /// CSV or XLSX with the column email, and if wanted state and roles
        file: PathBuf,
        /// Say what it would do, and change nothing
        #[arg(long)]
        check: bool,
        /// Do it though more than a third would be suspended
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Recompute the chain of hashes and hold it against the signed checkpoints
    Verify {
        /// The file outside, with the checkpoints that were written there
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
        /// Public keys that were kept elsewhere, as `public-key` prints them [default: this machine's own]
        #[arg(long, value_name = "FILE")]
        public_key: Option<PathBuf>,
    },
    /// Sign the newest record now; prints the checkpoint
    Checkpoint,
    /// Print the public key that verifies checkpoints, to keep elsewhere
    PublicKey,
}

/// Does what was asked.
///
/// # Errors
/// A [`Failure`], whose kind decides the exit code.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Command::Completion { shell } = &arguments.command {
        clap_complete::generate(*shell, &mut Arguments::command(), "mandate", &mut std::io::stdout());
        return Ok(());
    }
    if let Command::Deals { command } = &arguments.command {
        return deals::run(command);
    }
    if let Command::Tenor { command } = &arguments.command {
        return tenor::run(command);
    }
    let settings = Settings::load(&flags(arguments))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::broke(&error))?;
    let outcome = runtime.block_on(stoppable(arguments, &settings));
    // File work that does not end, as on a disk that went away, does not keep the program.
    runtime.shutdown_timeout(LINGER);
    outcome
}

/// Does what was asked, unless a signal comes first: then the work is given up, which undoes what it had begun.
async fn stoppable(arguments: &Arguments, settings: &Settings) -> Result<(), Failure> {
    if let Command::Serve(serve) = &arguments.command {
        return serve::serve(settings, serve).await;
    }
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| Failure::broke(&error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| Failure::broke(&error))?;
    let stopped = || Failure::new(Kind::Stopped, "stopped by a signal; what it had begun was undone");
    tokio::select! {
        biased;
        done = dispatch(arguments, settings) => done,
        _ = terminate.recv() => Err(stopped()),
        _ = interrupt.recv() => Err(stopped()),
    }
}

fn flags(arguments: &Arguments) -> Flags {
    let mut flags = Flags {
        config: arguments.config.clone(),
        data: arguments.data.clone(),
        database: arguments.database.clone(),
        ..Flags::default()
    };
    if let Command::Serve(serve) = &arguments.command {
        flags.address.clone_from(&serve.address);
        flags.base_url.clone_from(&serve.base_url);
        flags.tls_cert.clone_from(&serve.tls_cert);
        flags.tls_key.clone_from(&serve.tls_key);
        flags.trust_proxy = serve.trust_proxy.then(|| "true".to_owned());
    }
    flags
}

async fn dispatch(arguments: &Arguments, settings: &Settings) -> Result<(), Failure> {
    let as_json = arguments.json;
    let operation = match &arguments.command {
        Command::Serve(_) | Command::Completion { .. } | Command::Deals { .. } | Command::Tenor { .. } => {
            return Ok(());
        }
        Command::Restore { folder, verify, to } => {
            let target = if *verify && to.is_none() {
                offline::Target::Trial
            } else {
                offline::Target::Data(to.clone())
            };
            return offline::restore(settings, arguments.database.is_some(), folder, target, as_json).await;
        }
        Command::Copy(copy) => return offline::copy(settings, copy, as_json).await,
        Command::Doctor { deep } => return doctor::doctor(settings, *deep, as_json).await,
        Command::Demo { command: DemoCommand::Remove } => Operation::DemoRemove,
        Command::Demo { command: DemoCommand::Load { seed, events, beside_own_accounts } } => {
            Operation::DemoLoad { seed: *seed, events: *events, beside_own_accounts: *beside_own_accounts }
        }
        Command::Facts { command: FactsCommand::Summary { source, demo } } => {
            Operation::FactsSummary { source: source.clone(), demo: *demo }
        }
        Command::Facts { command: FactsCommand::Explain { case } } => {
            Operation::FactsExplain { case: case.clone() }
        }
        Command::Import(import) => import_operation(import)?,
        Command::Export { list, to } => {
            let format =
                match to.as_ref().and_then(|file| file.extension()).and_then(|ending| ending.to_str()) {
                    Some("xlsx") => "xlsx",
                    _ => "csv",
                };
            let file = to.as_deref().map(online::absolute).transpose()?;
            Operation::Export { list: list.clone(), file, format: format.to_owned() }
        }
        Command::Backup { folder } => Operation::Backup { folder: online::absolute(folder)? },
        Command::Audit { command } => audit(command)?,
        Command::User { command } => user(command)?,
    };
    online::run(settings, &operation, as_json).await
}

fn import_operation(import: &ImportArguments) -> Result<Operation, Failure> {
    let profile = import.profile.clone();
    // `--profile accounts` says what the file holds, as before there were profiles of the book.
    let kind = import.kind.clone().or_else(|| profile.clone()).unwrap_or_default();
    let book = BookImport {
        kind,
        profile: profile.clone().filter(|_| import.kind.is_some()),
        source: import.source.clone(),
        set: import.set.clone(),
        columns: import.columns.clone(),
        dates: import.dates.clone(),
        decimal: import.decimal.clone(),
        volume_per: import.volume_per.clone(),
        encoding: import.encoding.clone(),
        alike: import.alike.clone(),
    };
    Ok(Operation::Import {
        file: online::absolute(&import.file)?,
        profile: if import.kind.is_some() { "book".to_owned() } else { profile.unwrap_or_default() },
        check: import.check,
        source: import.source.clone(),
        time_zone: import.time_zone.clone(),
        states: import.states.clone(),
        book: Box::new(book),
    })
}

fn audit(command: &AuditCommand) -> Result<Operation, Failure> {
    Ok(match command {
        AuditCommand::Verify { checkpoints, public_key } => Operation::AuditVerify {
            checkpoints: checkpoints.as_deref().map(online::absolute).transpose()?,
            public_key: public_key.as_deref().map(online::absolute).transpose()?,
        },
        AuditCommand::Checkpoint => Operation::AuditCheckpoint,
        AuditCommand::PublicKey => Operation::AuditPublicKey,
    })
}

fn user(command: &UserCommand) -> Result<Operation, Failure> {
    Ok(match command {
        UserCommand::Add { email, name, roles, locale, time_zone } => Operation::UserAdd {
            email: email.clone(),
            name: name.clone(),
            roles: roles.clone(),
            locale: locale.clone(),
            time_zone: time_zone.clone(),
        },
        UserCommand::List => Operation::UserList,
        UserCommand::Suspend { email } => Operation::UserSuspend { email: email.clone() },
        UserCommand::ResetLink { email } => Operation::UserResetLink { email: email.clone() },
        UserCommand::ResetSecondFactor { email } => Operation::UserResetSecondFactor { email: email.clone() },
        UserCommand::EndSessions { email } => Operation::UserEndSessions { email: email.clone() },
        UserCommand::Sync { file, check, force } => {
            Operation::UserSync { file: online::absolute(file)?, check: *check, force: *force }
        }
    })
}

#[cfg(test)]
mod tests {
    use mandate_app::Action;

    use super::*;

    /// The commands that do something, as they are typed.
    fn leaves(command: &clap::Command, before: &str, found: &mut Vec<String>) {
        for inner in command.get_subcommands() {
            let name = format!("{before}{}", inner.get_name());
            if inner.has_subcommands() {
                leaves(inner, &format!("{name} "), found);
            } else {
                found.push(name);
            }
        }
    }

    #[test]
    fn the_page_of_rights_names_what_each_command_and_each_job_takes() {
        let page = include_str!("../../../../docs/reference/rights.md");
        let mut commands = vec![];
        leaves(&Arguments::command(), "", &mut commands);
        assert!(commands.len() > 15, "{commands:?}");
        let is_right = |word: &str| Action::ALL.iter().any(|action| word == format!("`{}`", action.as_str()));
        for command in commands {
            let row = page.lines().find(|line| line.starts_with(&format!("| `mandate {command}` |")));
            let right = row.and_then(|row| row.split('|').nth(2)).map(str::trim).unwrap_or_default();
            assert!(
                is_right(right) || right == "the machine",
                "docs/reference/rights.md lacks `mandate {command}`"
            );
        }
        for (kind, action) in serve::registry().rights() {
            let row = format!("| `{kind}` | `{}` |", action.as_str());
            assert!(page.contains(&row), "docs/reference/rights.md lacks {row}");
        }
    }
}
