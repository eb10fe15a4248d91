//! Files of ours on disk: private, complete or absent, and known by their hash.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

/// Makes a folder that only its owner may enter, with its parents.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes sure a file's bytes, or a folder's names, are on disk.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Work on disk that is taken away unless it is kept: when it fails, and when it is given up half way, as by a signal.
///
/// File work outside the async threads goes on for a moment after that; it holds what [`Unfinished::share`] gives, so
/// that what it still makes is taken away too.
pub(crate) struct Unfinished(Arc<Leftover>);

/// See [`Unfinished::share`].
pub(crate) struct Leftover {
    clear: Box<dyn Fn() + Send + Sync>,
    kept: AtomicBool,
}

impl Unfinished {
    /// `clear` takes away what was begun; it may run twice.
    pub(crate) fn new(clear: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Leftover { clear: Box::new(clear), kept: AtomicBool::new(false) }))
    }

    /// A folder with everything in it.
    pub(crate) fn folder(path: &Path) -> Self {
        let path = path.to_path_buf();
        Self::new(move || remove_folder(&path))
    }

    /// Held by file work that may outlive this.
    pub(crate) fn share(&self) -> Arc<Leftover> {
        Arc::clone(&self.0)
    }

    /// The work is whole and stays.
    pub(crate) fn keep(&self) {
        self.0.kept.store(true, Ordering::Relaxed);
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.clear_unless_kept();
    }
}

impl Leftover {
    fn clear_unless_kept(&self) {
        if !self.kept.load(Ordering::Relaxed) {
            (self.clear)();
        }
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        self.clear_unless_kept();
    }
}

/// Removes a folder with everything in it; a database that is just closing may add a file meanwhile, so it tries again.
pub(crate) fn remove_folder(path: &Path) {
    for _ in 0..20 {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                std::thread::sleep(Duration::from_millis(20));
            }
            // What cannot be removed stays: nothing more can be done about it here.
            _ => return,
        }
    }
}

/// Removes a file that may not be there.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A file's size and the SHA-256 of its bytes in hexadecimal.
pub(crate) fn hash_file(path: &Path) -> io::Result<(u64, String)> {
    stream(path, |_| Ok(()))
}

/// Copies a file to a path whose folders are made, onto disk; its size and hash.
pub(crate) fn copy_file(from: &Path, to: &Path) -> io::Result<(u64, String)> {
    if let Some(folder) = to.parent() {
        create_private_folder(folder)?;
    }
    let mut target = File::create_new(to)?;
    let found = stream(from, |bytes| target.write_all(bytes))?;
    target.sync_all()?;
    Ok(found)
}

fn stream(path: &Path, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<(u64, String)> {
    let mut source = File::open(path)?;
    let (mut hasher, mut n_bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; 256 << 10]);
    loop {
        let n_read = source.read(&mut buffer)?;
        if n_read == 0 {
            break;
        }
        hasher.update(&buffer[..n_read]);
        take(&buffer[..n_read])?;
        n_bytes += n_read as u64;
    }
    Ok((n_bytes, hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Every file below `folder`, as paths relative to it with `/`, sorted; links are not followed but listed.
pub(crate) fn list_files(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = vec![];
    let mut open = vec![PathBuf::new()];
    while let Some(relative) = open.pop() {
        for entry in fs::read_dir(folder.join(&relative))? {
            let entry = entry?;
            let path = relative.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether a path is relative and stays below its folder: what a manifest may name.
pub(crate) fn is_below(path: &str) -> bool {
    let path = Path::new(path);
    !path.as_os_str().is_empty()
        && path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}
