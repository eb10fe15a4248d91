//! Commands that work with a server running or not: in this process when the data folder is free, else through it.

use std::path::{Path, PathBuf};

use mandate_app::Ctx;
use mandate_app::mail::MailServer;
use mandate_app::open::{HasBackup, Upgraded, open, upgrade};
use mandate_app::progress::Progress;
use serde_json::Value;

use crate::control::client;
use crate::data_folder::{self, Lock, LockError};
use crate::exit::{Failure, Kind};
use crate::operation::{Env, Operation, sound};
use crate::output::{self, Bar};
use crate::settings::{Settings, upgrade_assured};

/// Does an operation and prints its outcome.
///
/// # Errors
/// The operation's [`Failure`]; [`Kind::Busy`] when another command has the data folder.
pub async fn run(settings: &Settings, operation: &Operation, as_json: bool) -> Result<(), Failure> {
    let value = done(settings, operation, as_json).await?;
    output::outcome(&value, &operation.text(&value), as_json);
    sound(&value)
}

/// Does an operation, here or through the server.
///
/// # Errors
/// As [`run`].
pub async fn done(settings: &Settings, operation: &Operation, as_json: bool) -> Result<Value, Failure> {
    let mut bar = Bar::new(as_json);
    let _lock = match lock(settings, operation.purpose()) {
        Ok(lock) => lock,
        Err(LockError::Held(holder)) => {
            return match client::run(&settings.data, operation, &mut bar).await {
                Some(outcome) => outcome,
                None => Err(LockError::Held(holder).into()),
            };
        }
        Err(failed) => return Err(failed.into()),
    };
    here(settings, operation, &mut bar).await
}

/// The folder's lock, which only a SQLite database needs: PostgreSQL has many users by nature.
fn lock(settings: &Settings, purpose: &str) -> Result<Option<Lock>, LockError> {
    match settings.sqlite_file() {
        Some(_) => data_folder::lock(&settings.data, purpose).map(Some),
        None => Ok(None),
    }
}

async fn here(
    settings: &Settings,
    operation: &Operation,
    progress: &mut dyn Progress,
) -> Result<Value, Failure> {
    if let Some(file) = settings.sqlite_file()
        && !file.exists()
        && !operation.makes_database()
    {
        let message = format!(
            "there is no database at `{}`; start one with `mandate serve`, or name its folder with --data",
            file.display()
        );
        return Err(Failure::bad_input(message));
    }
    let ctx = ready(settings, HasBackup::No).await?;
    let env = Env { ctx: ctx.clone(), base_url: settings.base_url.clone() };
    let outcome = operation.run(&env, progress).await;
    ctx.close().await;
    outcome
}

/// Opens the database and brings it up to date.
///
/// # Errors
/// A [`Failure`] naming the place.
pub async fn ready(settings: &Settings, has_backup: HasBackup) -> Result<Ctx, Failure> {
    data_folder::prepare(&settings.data)?;
    let ctx = open(&settings.database, &settings.data)
        .await
        .map_err(|error| Failure::new(Kind::Busy, crate::exit::chain(&error)))?
        .with_checkpoint_places(settings.checkpoint_places.clone())
        .with_imports_folder(settings.imports.clone());
    let ctx = match settings.mail.clone().map(MailServer::new).transpose() {
        Ok(Some(server)) => ctx.with_mail(server),
        Ok(None) => ctx,
        Err(error) => return Err(Failure::bad_input(error.to_string())),
    };
    let has_backup = if upgrade_assured() { HasBackup::Yes } else { has_backup };
    match upgrade(&ctx, has_backup).await {
        Ok(Upgraded::From { from, to, backup }) => {
            let kept = backup.map(|path| format!("; the database of before is {}", path.display()));
            eprintln!("Upgraded the database from version {from} to {to}{}", kept.unwrap_or_default());
            Ok(ctx)
        }
        Ok(Upgraded::UpToDate | Upgraded::New) => Ok(ctx),
        Err(error) => {
            ctx.close().await;
            Err(Failure::broke(&error))
        }
    }
}

/// A path as the server will understand it, too.
///
/// # Errors
/// A [`Failure`] for an empty path.
pub fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::bad_input(format!("`{}`: {error}", path.display())))
}
