//! The key that signs checkpoints of the audit record: Ed25519, in a file of its own that only its owner may read.
//!
//! It is made at the first start and never leaves the machine: no backup holds it, no page shows it. Whoever verifies
//! needs the public key only, kept away from the machine. A key made by other tools (PKCS#8 in PEM, such as
//! `openssl genpkey -algorithm ed25519` gives) is taken as well.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest, Sha256};

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// The word before a public key, so that a file of them explains itself.
const PUBLIC: &str = "mandate-audit-key";

/// Why there is no key to sign or to verify with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the audit key `{path}` can be neither read nor made")]
    File {
        /// Where.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Others may read it.
    #[error(
        "the audit key `{path}` may be read by others; chmod 600 it, and make a new one if others have it"
    )]
    Open {
        /// Where.
        path: String,
    },
    /// It holds something else.
    #[error(
        "`{path}` holds no Ed25519 key in PKCS#8 PEM; put the key back, or move the file away for a new one"
    )]
    NotAKey {
        /// Where.
        path: String,
    },
    /// The machine has no randomness to give.
    #[error("the machine gives no random numbers for an audit key")]
    Random,
    /// A line is no public key.
    #[error("`{text}` is no public key; write the line that `mandate audit public-key` prints")]
    NotPublic {
        /// The start of what was given.
        text: String,
    },
}

/// The key that signs.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads the key at `path`, or makes one when there is no file.
    ///
    /// # Errors
    /// [`KeyError`]; a key that is there is never replaced.
    pub fn load_or_make(path: &Path) -> Result<Self, KeyError> {
        let shown = || path.display().to_string();
        let failed = |source| KeyError::File { path: shown(), source };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
                if mode & 0o077 != 0 {
                    return Err(KeyError::Open { path: shown() });
                }
                Self::from_pem(&text).ok_or_else(|| KeyError::NotAKey { path: shown() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made =
                    Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError::Random)?;
                let text = format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(made.as_ref()));
                match place_whole(path, text.as_bytes()) {
                    // Another program of ours was quicker: its key is the one.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load_or_make(path),
                    Err(error) => Err(failed(error)),
                    Ok(()) => Self::from_pem(&text).ok_or_else(|| KeyError::NotAKey { path: shown() }),
                }
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn from_pem(text: &str) -> Option<Self> {
        let body = text.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
        let body: String = body.chars().filter(|it| !it.is_whitespace()).collect();
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&STANDARD.decode(body).ok()?).ok().map(Self)
    }

    /// What others verify with.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    pub(super) fn sign(&self, message: &str) -> String {
        STANDARD.encode(self.0.sign(message.as_bytes()).as_ref())
    }
}

/// Writes a private file that appears whole or not at all, and never over another.
fn place_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let partial = folder.join(format!(".audit-key-{}.partial", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&partial)?;
    let placed = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| {
        std::fs::hard_link(&partial, path)?;
        std::fs::File::open(folder)?.sync_all()
    });
    std::fs::remove_file(&partial)?;
    placed
}

/// What a signature is verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// By what a checkpoint names the key that signed it: the start of the key's SHA-256.
    pub fn id(&self) -> String {
        Sha256::digest(self.0).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads a file of lines as `Display` writes them; empty lines and those that begin with `#` are left out.
    ///
    /// # Errors
    /// [`KeyError::NotPublic`] for the first line that is none.
    pub fn read_all(text: &str) -> Result<Vec<Self>, KeyError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Self::read).collect()
    }

    fn read(line: &str) -> Result<Self, KeyError> {
        let refused = || KeyError::NotPublic { text: line.chars().take(40).collect() };
        let words: Vec<&str> = line.split_whitespace().collect();
        let [PUBLIC, id, body] = words[..] else { return Err(refused()) };
        let bytes = STANDARD.decode(body).map_err(|_| refused())?;
        let key = Self(bytes.try_into().map_err(|_| refused())?);
        if key.id() == id { Ok(key) } else { Err(refused()) }
    }

    pub(super) fn verifies(&self, message: &str, signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        UnparsedPublicKey::new(&ED25519, self.0).verify(message.as_bytes(), &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC} {} {}", self.id(), STANDARD.encode(self.0))
    }
}
