//! The protocol of passkeys (W3C Web Authentication), by `webauthn-rs`: what a browser is asked and what its answer proves.
//!
//! The only file that knows the package. The device must have checked the person each time, and keep the key so that it
//! finds it by itself, because nobody types an address. Which make of device it is, is not asked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mandate_domain::identity::User;
use mandate_store::identity::StoredPasskey;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Key, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::{Asked, Named, NewKey, PasskeyError, RelyingParty, handle_of, not_accepted};

impl From<WebauthnError> for PasskeyError {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::Copied,
            other => not_accepted(other),
        }
    }
}

fn party(rp: &RelyingParty) -> Result<Webauthn, PasskeyError> {
    let origin = Url::parse(&rp.origin).map_err(not_accepted)?;
    Ok(WebauthnBuilder::new(&rp.id, &origin)?.rp_name("Mandate").build()?)
}

/// Asks for a new key for `user`, on none of the devices that hold a `known` one.
pub(super) fn ask_for_key(
    rp: &RelyingParty,
    user: &User,
    known: &[StoredPasskey],
) -> Result<Asked, PasskeyError> {
    let mut exclude = vec![];
    for passkey in known {
        exclude
            .push(serde_json::from_str::<Key>(&passkey.credential).map_err(not_accepted)?.cred_id().clone());
    }
    let handle = Uuid::from_bytes(handle_of(&user.id));
    let (options, state) =
        party(rp)?.start_passkey_registration(handle, &user.email, &user.display_name, Some(exclude))?;
    let mut options = serde_json::to_value(options).map_err(not_accepted)?;
    // The package discourages keys that a device finds by itself, because some sticks hold few; ours are found so.
    let selection = &mut options["publicKey"]["authenticatorSelection"];
    selection["residentKey"] = "required".into();
    selection["requireResidentKey"] = true.into();
    Ok(Asked { options: options.to_string(), state: serde_json::to_string(&state).map_err(not_accepted)? })
}

/// The key that a device made for what was asked.
pub(super) fn new_key(rp: &RelyingParty, state: &str, answer: &str) -> Result<NewKey, PasskeyError> {
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(not_accepted)?;
    let state: PasskeyRegistration = serde_json::from_str(state).map_err(not_accepted)?;
    let key = party(rp)?.finish_passkey_registration(&answer, &state)?;
    let credential_id = URL_SAFE_NO_PAD.encode(key.cred_id().as_slice());
    Ok(NewKey { credential_id, credential: serde_json::to_string(&key).map_err(not_accepted)? })
}

/// Asks for any key of ours.
pub(super) fn ask_who(rp: &RelyingParty) -> Result<Asked, PasskeyError> {
    let (options, state) = party(rp)?.start_discoverable_authentication()?;
    let mut options = serde_json::to_value(options).map_err(not_accepted)?;
    // The package asks quietly, for a browser to offer keys while an address is typed; ours is asked by a button.
    if let Some(options) = options.as_object_mut() {
        options.remove("mediation");
    }
    Ok(Asked { options: options.to_string(), state: serde_json::to_string(&state).map_err(not_accepted)? })
}

/// Which key an answer names, before anything of it is proven.
pub(super) fn named(answer: &str) -> Result<Named, PasskeyError> {
    let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(not_accepted)?;
    let handle = answer.get_user_unique_id().map(<[u8]>::to_vec).unwrap_or_default();
    Ok(Named { credential_id: URL_SAFE_NO_PAD.encode(answer.get_credential_id()), handle })
}

/// The key with its new counter, if the answer proves that its device was there and checked the person.
pub(super) fn proven(
    rp: &RelyingParty,
    state: &str,
    answer: &str,
    credential: &str,
) -> Result<String, PasskeyError> {
    let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(not_accepted)?;
    let state: DiscoverableAuthentication = serde_json::from_str(state).map_err(not_accepted)?;
    let mut key: Key = serde_json::from_str(credential).map_err(not_accepted)?;
    let proven = party(rp)?.finish_discoverable_authentication_v2(&answer, state, &key)?;
    if !proven.user_verified() {
        return Err(not_accepted("the device did not check the person"));
    }
    key.update_credential(&proven);
    serde_json::to_string(&key).map_err(not_accepted)
}
