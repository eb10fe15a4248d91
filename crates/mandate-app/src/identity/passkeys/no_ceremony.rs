//! In place of the ceremony where the program was built without passkeys: nothing is asked and nothing is proven.

use mandate_domain::identity::User;
use mandate_store::identity::StoredPasskey;

use super::{Asked, Named, NewKey, PasskeyError, RelyingParty};

pub(super) fn ask_for_key(_: &RelyingParty, _: &User, _: &[StoredPasskey]) -> Result<Asked, PasskeyError> {
    Err(PasskeyError::NotBuilt)
}

pub(super) fn new_key(_: &RelyingParty, _: &str, _: &str) -> Result<NewKey, PasskeyError> {
    Err(PasskeyError::NotBuilt)
}

pub(super) fn ask_who(_: &RelyingParty) -> Result<Asked, PasskeyError> {
    Err(PasskeyError::NotBuilt)
}

pub(super) fn named(_: &str) -> Result<Named, PasskeyError> {
    Err(PasskeyError::NotBuilt)
}

pub(super) fn proven(_: &RelyingParty, _: &str, _: &str, _: &str) -> Result<String, PasskeyError> {
    Err(PasskeyError::NotBuilt)
}
