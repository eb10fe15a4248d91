//! What commands do to the firm's data: one enum, run in this process when nobody else has the data folder, and by the
//! running server otherwise. Both ways give the same JSON and the same failures.

mod audit;
pub mod demo;
mod events;
mod files;
mod users;

pub use files::BookImport;

use std::path::{Path, PathBuf};

use mandate_app::authorise::{Action, authorise};
use mandate_app::backup::back_up;
use mandate_app::doctor::{Depth, Verdict, examine};
use mandate_app::identity::KEY_FILE;
use mandate_app::progress::Progress;
use mandate_app::{Actor, Ctx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::exit::{Failure, Kind};
use crate::output::columns;

/// One piece of work, as it also travels to a running server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "op", content = "args", rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// Writes a backup to a folder.
    Backup {
        /// Absolute.
        folder: PathBuf,
    },
    /// Imports a file.
    Import {
        /// Absolute.
        file: PathBuf,
        /// What the file holds.
        profile: String,
        /// Say what it would do, and change nothing.
        check: bool,
        /// The source of events; the profile's own when nobody says.
        source: Option<String>,
        /// Zone of times that state none.
        time_zone: Option<String>,
        /// What states of events mean, each as `raw state=class`.
        states: Vec<String>,
        /// How a file of the book is read.
        #[serde(default)]
        book: Box<BookImport>,
    },
    /// Loads the demo book.
    DemoLoad {
        /// The same seed gives the same facts.
        seed: u64,
        /// About how many events.
        events: u32,
        /// Though there are accounts of the firm's own.
        beside_own_accounts: bool,
    },
    /// Removes the demo book.
    DemoRemove,
    /// Sums what was delivered.
    FactsSummary {
        /// One source.
        source: Option<String>,
        /// The demo book's sources.
        demo: bool,
    },
    /// Explains one case's clocks.
    FactsExplain {
        /// Its reference, or source:reference.
        case: String,
    },
    /// Writes a list to a file.
    Export {
        /// What is listed.
        list: String,
        /// Absolute; CSV text comes back without one.
        file: Option<PathBuf>,
        /// `csv` or `xlsx`.
        format: String,
    },
    /// Checks health.
    Doctor {
        /// Hash every event file.
        deep: bool,
    },
    /// Walks the audit chain and holds it against checkpoints.
    AuditVerify {
        /// Absolute: the file outside.
        checkpoints: Option<PathBuf>,
        /// Absolute: public keys.
        public_key: Option<PathBuf>,
    },
    /// Signs the newest audit record.
    AuditCheckpoint,
    /// Tells the public key of checkpoints.
    AuditPublicKey,
    /// Makes a user and a link with which they set their password.
    UserAdd {
        /// The address to sign in with.
        email: String,
        /// The name pages show.
        name: String,
        /// Words of roles.
        roles: Vec<String>,
        /// Language and formats.
        locale: String,
        /// IANA zone.
        time_zone: String,
    },
    /// Lists users.
    UserList,
    /// Suspends a user.
    UserSuspend {
        /// The address.
        email: String,
    },
    /// Makes a new link with which a user sets their password.
    UserResetLink {
        /// The address.
        email: String,
    },
    /// Takes a user's second factor away.
    UserResetSecondFactor {
        /// The address.
        email: String,
    },
    /// Ends all sessions of a user.
    UserEndSessions {
        /// The address.
        email: String,
    },
    /// Follows a list of the people who still work here.
    UserSync {
        /// Absolute.
        file: PathBuf,
        /// Say what it would do, and change nothing.
        check: bool,
        /// Though it suspends more than a third.
        force: bool,
    },
}

/// The surroundings of an operation.
#[derive(Clone)]
pub struct Env {
    /// The use cases' surroundings.
    pub ctx: Ctx,
    /// The address people use, for links.
    pub base_url: String,
}

impl Operation {
    /// What others are told while it holds the data folder.
    pub const fn purpose(&self) -> &'static str {
        match self {
            Self::Backup { .. } => "`mandate backup`",
            Self::Import { .. } => "`mandate import`",
            Self::Export { .. } => "`mandate export`",
            Self::DemoLoad { .. } | Self::DemoRemove => "`mandate demo`",
            Self::FactsSummary { .. } | Self::FactsExplain { .. } => "`mandate facts`",
            Self::Doctor { .. } => "`mandate doctor`",
            Self::AuditVerify { .. } => "`mandate audit verify`",
            Self::AuditCheckpoint | Self::AuditPublicKey => "`mandate audit`",
            Self::UserAdd { .. }
            | Self::UserList
            | Self::UserSuspend { .. }
            | Self::UserResetLink { .. }
            | Self::UserResetSecondFactor { .. }
            | Self::UserEndSessions { .. }
            | Self::UserSync { .. } => "`mandate user`",
        }
    }

    /// The right it takes. The operator of the machine has every right; it is named so that one table says what each command
    /// comes down to.
    pub const fn action(&self) -> Action {
        match self {
            Self::Backup { .. } | Self::DemoLoad { .. } | Self::DemoRemove | Self::Doctor { .. } => {
                Action::Administer
            }
            Self::Import { .. } => Action::Import,
            Self::FactsSummary { .. } | Self::FactsExplain { .. } => Action::ReadFacts,
            Self::Export { .. } => Action::Export,
            Self::AuditVerify { .. } | Self::AuditPublicKey => Action::ReadAudit,
            Self::AuditCheckpoint => Action::Administer,
            Self::UserAdd { .. }
            | Self::UserList
            | Self::UserSuspend { .. }
            | Self::UserResetLink { .. }
            | Self::UserResetSecondFactor { .. }
            | Self::UserEndSessions { .. }
            | Self::UserSync { .. } => Action::Administer,
        }
    }

    /// Whether it may begin with a database that is not there yet; else a mistyped folder would look like an empty firm.
    pub const fn makes_database(&self) -> bool {
        matches!(self, Self::UserAdd { .. } | Self::DemoLoad { .. } | Self::Import { check: false, .. })
    }

    /// Does it, as the operator.
    ///
    /// # Errors
    /// A [`Failure`] with its kind; then nothing was changed.
    pub async fn run(&self, env: &Env, progress: &mut dyn Progress) -> Result<Value, Failure> {
        let (ctx, operator) = (&env.ctx, Actor::operator());
        authorise(&operator, self.action())?;
        match self {
            Self::Backup { folder } => {
                let made = back_up(ctx, &operator, folder, progress).await?;
                let key = ctx.data_folder().join(KEY_FILE);
                let needs_key = key.exists().then(|| key.display().to_string());
                Ok(json!({
                    "key_file_apart": needs_key,
                    "folder": folder, "made_at": made.made_at, "files": made.files.len(),
                    "bytes": made.files.iter().map(|file| file.n_bytes).sum::<u64>(),
                    "rows": made.tables.iter().map(|table| table.n_rows).sum::<i64>(),
                    "audit_records": made.audit_records, "audit_hash": made.audit_hash,
                }))
            }
            Self::Import { file, profile, check, source, time_zone, states, book } => {
                if events::is_profile(profile) {
                    let (source, time_zone) = (source.as_deref(), time_zone.as_deref());
                    let how = events::How { profile, source, time_zone, states, check: *check };
                    return events::import(ctx, &operator, file, how, progress).await;
                }
                files::import(ctx, &operator, file, book, *check, progress).await
            }
            Self::DemoLoad { seed, events, beside_own_accounts } => {
                let options = demo::options(*seed, *events, *beside_own_accounts);
                demo::load(ctx, &operator, &options, progress).await
            }
            Self::DemoRemove => demo::remove(ctx, &operator).await,
            Self::FactsSummary { source, demo } => {
                events::summarise(ctx, &operator, source.as_deref(), *demo).await
            }
            Self::FactsExplain { case } => events::explain_case(ctx, &operator, case).await,
            Self::Export { list, file, format } => {
                files::export(ctx, &operator, list, file.as_deref(), format).await
            }
            Self::Doctor { deep } => {
                let depth = if *deep { Depth::Contents } else { Depth::Names };
                let checks = examine(ctx, &operator, depth, progress).await?;
                let sound = checks.iter().all(|check| check.verdict != Verdict::Problem);
                let shown: Vec<Value> = checks
                    .iter()
                    .map(|check| json!({ "check": check.name, "verdict": check.verdict.as_str(), "found": check.detail }))
                    .collect();
                Ok(json!({ "sound": sound, "checks": shown }))
            }
            Self::AuditVerify { checkpoints, public_key } => {
                audit::verify(ctx, &operator, checkpoints.as_deref(), public_key.as_deref()).await
            }
            Self::AuditCheckpoint => audit::checkpoint(ctx, &operator).await,
            Self::AuditPublicKey => audit::key(ctx, &operator),
            Self::UserAdd { .. }
            | Self::UserList
            | Self::UserSuspend { .. }
            | Self::UserResetLink { .. }
            | Self::UserResetSecondFactor { .. }
            | Self::UserEndSessions { .. }
            | Self::UserSync { .. } => users::run(self, env, &operator).await,
        }
    }

    /// The outcome in words.
    pub fn text(&self, value: &Value) -> String {
        let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        match self {
            Self::Backup { folder } => backup_text(folder, value),
            Self::Import { profile, .. } if events::is_profile(profile) => events::import_text(value),
            Self::Import { .. } => files::import_text(value),
            Self::DemoLoad { .. } => demo::load_text(value),
            Self::DemoRemove => format!("Removed the demo book: {} rows and its event files.", value["rows"]),
            Self::FactsSummary { .. } => events::summary_text(value),
            Self::FactsExplain { .. } => word("text"),
            Self::Export { .. } => files::export_text(value),
            Self::Doctor { .. } => checks_text(value),
            Self::AuditVerify { .. } => audit::verify_text(value),
            Self::AuditCheckpoint | Self::AuditPublicKey => word("line"),
            Self::UserAdd { .. }
            | Self::UserList
            | Self::UserSuspend { .. }
            | Self::UserResetLink { .. }
            | Self::UserResetSecondFactor { .. }
            | Self::UserEndSessions { .. }
            | Self::UserSync { .. } => users::outcome(self, value),
        }
    }
}

fn backup_text(folder: &Path, value: &Value) -> String {
    let mut text = format!(
        "Backed up to {}: {} rows, {} files, {} bytes.\nAudit checkpoint: record {}, hash {}",
        folder.display(),
        value["rows"],
        value["files"],
        value["bytes"],
        value["audit_records"],
        value["audit_hash"].as_str().unwrap_or_default(),
    );
    if let Some(key) = value["key_file_apart"].as_str() {
        text.push_str(&format!(
            "\nSecond factors open only with {key}, which is not in the backup: keep a copy of it in another place."
        ));
    }
    text
}

/// Checks, one a line.
pub fn checks_text(value: &Value) -> String {
    let text = |cell: &Value| cell.as_str().unwrap_or_default().to_owned();
    let row = |check: &Value| vec![text(&check["check"]), text(&check["verdict"]), text(&check["found"])];
    let rows: Vec<Vec<String>> = value["checks"].as_array().into_iter().flatten().map(row).collect();
    columns(&["check", "verdict", "found"], &rows)
}

/// A check that found something wrong ends with its own code; what it found was printed already.
///
/// # Errors
/// [`Kind::Found`] when `value` says it is not sound.
pub fn sound(value: &Value) -> Result<(), Failure> {
    if value["sound"] == json!(false) { Err(Failure::new(Kind::Found, String::new())) } else { Ok(()) }
}
