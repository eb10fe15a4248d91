//! What the program can find out about its own health: database, schema, audit chain, event files, clock, people.
//!
//! Each check says what was found and, when it is wrong, what to do. Folders, locks and settings files are the
//! binary's part. Nothing here is changed.

use std::collections::BTreeSet;

use mandate_store::StoreError;
use mandate_store::audit::{ChainState, last_at, verify_chain};
use mandate_store::boxed;
use mandate_store::copy::{self, ManifestFile};
use mandate_store::identity as users;
use mandate_store::reads::old_amounts::{OldAmounts, list_old_amounts};

use crate::authorise::{Action, Denied, authorise};
use crate::backup::EVENTS;
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::files;
use crate::identity::{KEY_FILE, key_id};
use crate::progress::Progress;
use crate::settings;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// Works, but look at it.
    Notice,
    /// Wrong.
    Problem,
}

impl Verdict {
    /// The word in outputs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Notice => "notice",
            Self::Problem => "problem",
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found, and what to do.
    pub detail: String,
}

impl Check {
    /// A check that found `detail`.
    pub fn new(name: &'static str, verdict: Verdict, detail: impl Into<String>) -> Self {
        Self { name, verdict, detail: detail.into() }
    }
}

/// How closely event files are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// That they are there, with their size.
    Names,
    /// That their bytes give their hash.
    Contents,
}

/// Why the checks could not run.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// Not theirs to see.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for DoctorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// Runs every check, in the order they are shown.
///
/// # Errors
/// [`DoctorError`] when the database cannot be asked at all.
#[boxed]
pub async fn examine(
    ctx: &Ctx,
    actor: &Actor,
    depth: Depth,
    progress: &mut dyn Progress,
) -> Result<Vec<Check>, DoctorError> {
    authorise(actor, Action::Administer)?;
    let version = format!("{} at {}", ctx.db().version().await?, ctx.db().place());
    let mut checks = vec![Check::new("database", Verdict::Fine, version)];
    checks.push(schema(ctx).await?);
    progress.report("checking the database", 0, 0);
    checks.push(integrity(ctx).await?);
    checks.push(audit(ctx).await?);
    checks.push(checkpoints(ctx));
    checks.extend(event_files(ctx, depth, progress).await?);
    checks.push(clock(ctx).await?);
    checks.push(zones());
    checks.push(people(ctx).await?);
    checks.push(second_factors(ctx).await?);
    checks.push(crate::mail::examine(ctx).await?);
    checks.push(firm(ctx).await?);
    checks.extend(old_amounts(ctx).await?);
    checks.push(values(ctx).await?);
    Ok(checks)
}

/// What the database itself finds wrong; after an unclean stop the server asks this in the background.
///
/// # Errors
/// [`StoreError`] when the check cannot run.
#[boxed]
pub async fn integrity_problems(ctx: &Ctx) -> Result<Vec<String>, StoreError> {
    ctx.db().integrity_problems().await
}

async fn values(ctx: &Ctx) -> Result<Check, StoreError> {
    let n_wrong = crate::book::count_wrong_values(ctx).await?;
    Ok(match n_wrong {
        0 => Check::new("annual values", Verdict::Fine, "as stated, or as running contracts come to"),
        n => Check::new(
            "annual values",
            Verdict::Notice,
            format!(
                "{n} accounts show another annual value than they state or their contracts come to; restart the server after an upgrade, else save them anew"
            ),
        ),
    })
}

async fn schema(ctx: &Ctx) -> Result<Check, StoreError> {
    let found = copy::schema_version(&mut ctx.begin_read().await?).await?;
    let known = copy::newest_version();
    Ok(match found.cmp(&known) {
        std::cmp::Ordering::Equal => Check::new("schema", Verdict::Fine, format!("version {found}")),
        std::cmp::Ordering::Less => {
            let detail = format!("version {found}; this program brings it to {known} at its next start");
            Check::new("schema", Verdict::Notice, detail)
        }
        std::cmp::Ordering::Greater => {
            let detail = format!("version {found} is newer than this program, which knows {known}");
            Check::new("schema", Verdict::Problem, detail)
        }
    })
}

async fn integrity(ctx: &Ctx) -> Result<Check, StoreError> {
    let problems = ctx.db().integrity_problems().await?;
    Ok(match problems.first() {
        None => Check::new("integrity", Verdict::Fine, "the database finds nothing wrong with itself"),
        Some(first) => {
            let detail = format!("{} problems, first: {first}; restore the last good backup", problems.len());
            Check::new("integrity", Verdict::Problem, detail)
        }
    })
}

async fn audit(ctx: &Ctx) -> Result<Check, StoreError> {
    Ok(match verify_chain(&mut ctx.begin_read().await?).await? {
        ChainState::Whole { n_records, last_hash } => {
            Check::new("audit", Verdict::Fine, format!("{n_records} records, last hash {last_hash}"))
        }
        ChainState::Broken { seq, what } => {
            Check::new("audit", Verdict::Problem, format!("record {seq}: {what}"))
        }
    })
}

/// A record that whoever owns the machine could rewrite whole proves nothing, unless its checkpoints lie elsewhere.
fn checkpoints(ctx: &Ctx) -> Check {
    match &ctx.checkpoint_places().folder {
        Some(folder) => Check::new("checkpoints", Verdict::Fine, format!("kept in {}", folder.display())),
        None => Check::new(
            "checkpoints",
            Verdict::Notice,
            "signed checkpoints of the audit record stay in this database only; name a folder outside in audit_checkpoints",
        ),
    }
}

async fn event_files(ctx: &Ctx, depth: Depth, progress: &mut dyn Progress) -> Result<Vec<Check>, StoreError> {
    let listed = copy::event_files(&mut ctx.begin_read().await?).await?;
    let folder = ctx.data_folder().join(EVENTS);
    let (n_active, mut wrong) = (listed.iter().filter(|file| file.active).count(), vec![]);
    for (position, file) in listed.iter().filter(|file| file.active).enumerate() {
        progress.report("checking event files", position as u64, n_active as u64);
        let path = folder.join(&file.path);
        let expected = file.clone();
        let looked = tokio::task::spawn_blocking(move || look(&path, &expected, depth)).await;
        if let Some(what) = looked.unwrap_or_else(|_| Some("could not be read".to_owned())) {
            wrong.push(format!("`{}` {what}", file.path));
        }
    }
    let mut checks = vec![match wrong.first() {
        None => Check::new("event files", Verdict::Fine, format!("{n_active} files, as the manifest says")),
        Some(_) => {
            let shown = wrong.iter().take(20).cloned().collect::<Vec<_>>().join("; ");
            let detail = format!("{} of {n_active}: {shown}; restore them from a backup", wrong.len());
            Check::new("event files", Verdict::Problem, detail)
        }
    }];
    let known: BTreeSet<&str> = listed.iter().map(|file| file.path.as_str()).collect();
    let on_disk = files::list_files(&folder).unwrap_or_default();
    let extra: Vec<&String> = on_disk.iter().filter(|path| !known.contains(path.as_str())).collect();
    if let Some(first) = extra.first() {
        let detail = format!(
            "{} files no manifest row names, such as `{first}`; left by an import that was stopped, they count for nothing",
            extra.len()
        );
        checks.push(Check::new("stray files", Verdict::Notice, detail));
    }
    Ok(checks)
}

fn look(path: &std::path::Path, expected: &ManifestFile, depth: Depth) -> Option<String> {
    let Ok(found) = std::fs::metadata(path) else { return Some("is missing".to_owned()) };
    if i64::try_from(found.len()) != Ok(expected.n_bytes) {
        return Some(format!("has {} bytes, not {}", found.len(), expected.n_bytes));
    }
    if depth == Depth::Contents {
        return match files::hash_file(path) {
            Ok((_, sha256)) if sha256 == expected.sha256 => None,
            Ok(_) => Some("does not give its hash".to_owned()),
            Err(error) => Some(format!("could not be read: {error}")),
        };
    }
    None
}

async fn clock(ctx: &Ctx) -> Result<Check, StoreError> {
    let last = last_at(&mut ctx.begin_read().await?).await?;
    let now = ctx.now();
    Ok(match last {
        Some(last) if last > now.plus_seconds(60) => {
            let detail = format!("it is {now}, but the audit record has {last}; set the machine's clock");
            Check::new("clock", Verdict::Problem, detail)
        }
        _ => Check::new("clock", Verdict::Fine, now.to_string()),
    })
}

fn zones() -> Check {
    let known = jiff::tz::db().available().count();
    match jiff::tz::TimeZone::get("Europe/Budapest") {
        Ok(_) => Check::new("time zones", Verdict::Fine, format!("{known} zones known")),
        Err(error) => Check::new("time zones", Verdict::Problem, format!("no zone data: {error}")),
    }
}

async fn people(ctx: &Ctx) -> Result<Check, StoreError> {
    let n_users = users::count_users(&mut ctx.begin_read().await?).await?;
    Ok(if n_users == 0 {
        let detail = "nobody can sign in yet; `mandate serve` prints the set-up address";
        Check::new("users", Verdict::Notice, detail)
    } else {
        Check::new("users", Verdict::Fine, format!("{n_users}"))
    })
}

/// Whether what second factors are sealed with is in the data folder: a restore does not bring it.
async fn second_factors(ctx: &Ctx) -> Result<Check, StoreError> {
    let mut tx = ctx.begin_read().await?;
    let n_users = users::list_users_with_second_factor(&mut tx).await?.len();
    let needed = users::list_factor_keys(&mut tx).await?;
    let found = match key_id(ctx) {
        Ok(found) => found,
        Err(error) => return Ok(Check::new("second factors", Verdict::Problem, error.to_string())),
    };
    let missing: Vec<&String> = needed.iter().filter(|id| found.as_ref() != Some(*id)).collect();
    if missing.is_empty() {
        return Ok(Check::new("second factors", Verdict::Fine, format!("{n_users} users have one")));
    }
    let detail = format!(
        "{n_users} users have one, but {KEY_FILE} in the data folder is not the key they are sealed with; put it back \
         from where it is kept, or reset them with `mandate user reset-second-factor`"
    );
    Ok(Check::new("second factors", Verdict::Problem, detail))
}

async fn firm(ctx: &Ctx) -> Result<Check, StoreError> {
    let settings = settings::load_settings(ctx).await?;
    let seen = if settings.account_managers_see_all { "all accounts" } else { "their own accounts" };
    let limits = settings.session_limits;
    let detail = format!(
        "account managers see {seen}; sessions end after {} minutes idle, {} hours in all",
        limits.idle_minutes(),
        limits.absolute_hours()
    );
    Ok(Check::new("firm", Verdict::Fine, detail))
}

/// Amounts saved while their currency had other decimals here than it has in ISO 4217; nothing where there are none.
async fn old_amounts(ctx: &Ctx) -> Result<Option<Check>, StoreError> {
    let found = list_old_amounts(&mut ctx.begin_read().await?).await?;
    let told: Vec<String> =
        found.iter().map(|OldAmounts { currency, kind, n }| format!("{kind} in {currency}: {n}")).collect();
    Ok((!told.is_empty()).then(|| {
        let detail = format!(
            "{}; last saved before these currencies had the decimals of ISO 4217: state the amounts anew where they are not right",
            told.join(", ")
        );
        Check::new("amounts", Verdict::Notice, detail)
    }))
}
