//! Passkeys: what their owner sees of them, how they are named, and how many somebody may have.
//!
//! A passkey is a key pair on a device that asks its owner for a finger, a face or a PIN, so that it is two factors in
//! one. Not here: keys, counters and signatures (`mandate-app`).

use super::User;
use crate::{Id, Instant};

/// Passkeys one person may have: a phone, a computer and some spare ones.
pub const MOST_PASSKEYS: usize = 10;
/// Signs of a name.
const MOST_SIGNS: usize = 60;

/// A passkey, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: Id<Self>,
    /// Whose.
    pub user_id: Id<User>,
    /// What they call it.
    pub name: String,
    /// When it was added.
    pub created_at: Instant,
    /// When it last signed them in.
    pub last_used_at: Option<Instant>,
    /// When it was last refused because a copy of it may exist.
    pub refused_at: Option<Instant>,
}

/// Why a passkey cannot be called so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyNameError {
    /// Nothing but space.
    #[error("a passkey needs a name")]
    Empty,
    /// Too long.
    #[error("a passkey's name has at most {MOST_SIGNS} characters")]
    TooLong,
}

/// A passkey's name as it is kept.
///
/// # Errors
/// [`PasskeyNameError`].
pub fn passkey_name(typed: &str) -> Result<String, PasskeyNameError> {
    let name: String = typed.trim().chars().filter(|sign| !sign.is_control()).collect();
    match name.chars().count() {
        0 => Err(PasskeyNameError::Empty),
        1..=MOST_SIGNS => Ok(name),
        _ => Err(PasskeyNameError::TooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_a_few_words() {
        assert_eq!(passkey_name(" Ada\u{7}'s phone "), Ok("Ada's phone".to_owned()));
        assert_eq!(passkey_name(" \n "), Err(PasskeyNameError::Empty));
        assert_eq!(passkey_name(&"é".repeat(60)).map(|name| name.chars().count()), Ok(60));
        assert_eq!(passkey_name(&"é".repeat(61)), Err(PasskeyNameError::TooLong));
    }
}
