//! The data folder: private to its owner, and used by one process at a time while its database is SQLite.
//!
//! The lock is the operating system's, on `mandate.lock`: it goes away with its holder, however that ends. What is
//! written in the file only tells people who holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::exit::{Failure, Kind};

const LOCK: &str = "mandate.lock";
const RUNNING: &str = "server.running";

/// The folder's lock, held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the folder is not ours.
#[derive(Debug)]
pub enum LockError {
    /// Another process holds it; what it wrote of itself.
    Held(String),
    /// The folder cannot be used.
    Failed(Failure),
}

/// Makes the folder, for its owner only.
///
/// # Errors
/// A [`Failure`] naming the folder.
pub fn prepare(folder: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed(folder))
}

/// Takes the folder's lock; `purpose` is what others are told.
///
/// # Errors
/// [`LockError::Held`] when another process has it.
pub fn lock(folder: &Path, purpose: &str) -> Result<Lock, LockError> {
    prepare(folder).map_err(LockError::Failed)?;
    let path = folder.join(LOCK);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(failed(&path)).map_err(LockError::Failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            return Err(LockError::Held(holder.trim().to_owned()));
        }
        Err(TryLockError::Error(error)) => return Err(LockError::Failed(failed(&path)(error))),
    }
    let told = format!("{purpose} (process {})\n", std::process::id());
    let written = file.set_len(0).and_then(|()| file.write_all(told.as_bytes()));
    written.map_err(failed(&path)).map_err(LockError::Failed)?;
    Ok(Lock { _file: file })
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Failed(failure) => failure,
            LockError::Held(holder) => {
                let holder = if holder.is_empty() { "another process".to_owned() } else { holder };
                Failure::new(
                    Kind::Busy,
                    format!("the data folder is in use by {holder}; wait for it or stop it"),
                )
            }
        }
    }
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::new(Kind::Failed, format!("could not use `{path}`: {error}"))
}

/// Tells the next start whether this one ended well.
#[derive(Debug)]
pub struct RunningMark {
    path: PathBuf,
}

impl RunningMark {
    /// Sets the mark; true when the last server left its own, so it did not end well.
    ///
    /// # Errors
    /// A [`Failure`] naming the file.
    pub fn set(folder: &Path) -> Result<(Self, bool), Failure> {
        let path = folder.join(RUNNING);
        let was_there = path.exists();
        fs::write(&path, format!("{}\n", std::process::id())).map_err(failed(&path))?;
        Ok((Self { path }, was_there))
    }

    /// Takes the mark away: all is written.
    pub fn clear(self) {
        // That it stays behind costs one needless check at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_user_and_says_which() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = lock(folder.path(), "the server").expect("free");
        let Err(LockError::Held(holder)) = lock(folder.path(), "a command") else { panic!("two users") };
        assert!(holder.starts_with("the server (process "), "{holder}");
        drop(held);
        lock(folder.path(), "a command").expect("free again");
    }
}
