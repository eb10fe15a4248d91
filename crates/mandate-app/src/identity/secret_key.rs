//! The key file of the data folder: what second factors are encrypted with, so that a copy of the database holds none.
//!
//! `secrets.key` is made at the first need, readable by its owner only, and is in no backup: kept apart, neither is
//! worth anything without the other. Each secret names the key it was sealed with and is bound to its table and user,
//! so that it opens nowhere else. Not here: recovery codes and tokens, which are hashes.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::ctx::Ctx;

/// The key file's name in the data folder.
pub const KEY_FILE: &str = "secrets.key";
const KEY_BYTES: usize = 32;

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file failed.
    #[error("could not use the key file `{path}`: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Not thirty-two bytes.
    #[error("the key file `{path}` is damaged; put the one back that was kept with the backups")]
    Damaged {
        /// Which.
        path: String,
    },
    /// Another key than the one it was sealed with.
    #[error(
        "the key file `{path}` is another one (`{found}`) than second factors were sealed with (`{needed}`); put the right one back, or reset second factors with `mandate user reset-second-factor`"
    )]
    Another {
        /// Which file.
        path: String,
        /// The name of the key it holds; empty for none.
        found: String,
        /// The name of the key that is needed.
        needed: String,
    },
    /// Changed since it was sealed, or moved to another user.
    #[error("a second factor does not open: it was changed in the database")]
    Tampered,
}

/// A sealed secret.
pub(crate) struct Sealed {
    /// Names the key.
    pub key_id: String,
    /// Nonce and ciphertext in base64.
    pub text: String,
}

struct Key {
    id: String,
    key: LessSafeKey,
}

fn path_of(ctx: &Ctx) -> PathBuf {
    ctx.data_folder().join(KEY_FILE)
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let path = path.display().to_string();
    move |source| KeyError::Io { path, source }
}

/// The name of the key the data folder has; `None` without one.
///
/// # Errors
/// [`KeyError`] when there is one that cannot be read.
pub(crate) fn key_id(ctx: &Ctx) -> Result<Option<String>, KeyError> {
    Ok(read(&path_of(ctx))?.map(|key| key.id))
}

/// Seals the secret of `user` for `table`.
pub(crate) fn seal(ctx: &Ctx, table: &str, user: &str, secret: &[u8]) -> Result<Sealed, KeyError> {
    let key = read_or_make(ctx)?;
    let random = ctx.new_secret();
    let mut nonce = [0; NONCE_LEN];
    nonce.copy_from_slice(&random[..NONCE_LEN]);
    let mut bytes = secret.to_vec();
    let bound = Aad::from(format!("{table} {user}"));
    key.key
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut bytes)
        .map_err(|_| KeyError::Tampered)?;
    let text = STANDARD_NO_PAD.encode([&nonce[..], &bytes].concat());
    Ok(Sealed { key_id: key.id, text })
}

/// Opens what [`seal`] made.
pub(crate) fn open(ctx: &Ctx, table: &str, user: &str, sealed: &Sealed) -> Result<Vec<u8>, KeyError> {
    let path = path_of(ctx);
    let found = read(&path)?;
    let another = |found: String| KeyError::Another {
        path: path.display().to_string(),
        found,
        needed: sealed.key_id.clone(),
    };
    let key = found.ok_or_else(|| another(String::new()))?;
    if key.id != sealed.key_id {
        return Err(another(key.id));
    }
    let bytes = STANDARD_NO_PAD.decode(&sealed.text).map_err(|_| KeyError::Tampered)?;
    let (nonce, ciphertext) = bytes.split_at_checked(NONCE_LEN).ok_or(KeyError::Tampered)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyError::Tampered)?;
    let mut ciphertext = ciphertext.to_vec();
    let bound = Aad::from(format!("{table} {user}"));
    let opened = key.key.open_in_place(nonce, bound, &mut ciphertext).map_err(|_| KeyError::Tampered)?;
    Ok(opened.to_vec())
}

fn read(path: &Path) -> Result<Option<Key>, KeyError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path)(error)),
    };
    let damaged = || KeyError::Damaged { path: path.display().to_string() };
    if bytes.len() != KEY_BYTES {
        return Err(damaged());
    }
    let id = Sha256::digest(&bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| damaged())?;
    Ok(Some(Key { id, key: LessSafeKey::new(key) }))
}

/// The key; made under another name and linked to its own, so that of two programs that make it at once both use one.
fn read_or_make(ctx: &Ctx) -> Result<Key, KeyError> {
    let path = path_of(ctx);
    if let Some(key) = read(&path)? {
        return Ok(key);
    }
    let draft = ctx.data_folder().join(format!("{KEY_FILE}.{}", ctx.new_id::<Key>().as_str()));
    let made = write_private(&draft, &ctx.new_secret()).and_then(|()| std::fs::hard_link(&draft, &path));
    // The draft is another name of the same file, or of one that came too late.
    let _ = std::fs::remove_file(&draft);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(io_error(&path)(error)),
        _ => {}
    }
    read(&path)?.ok_or_else(|| KeyError::Damaged { path: path.display().to_string() })
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
