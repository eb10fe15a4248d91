//! Files of ours on disk: private, complete or absent, and known by their hash.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

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
