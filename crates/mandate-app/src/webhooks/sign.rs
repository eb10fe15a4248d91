//! Signatures of the Standard Webhooks specification: HMAC-SHA256 over id, time and body, with a secret that both sides have.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>. A secret is written `whsec_`
//! and its bytes in base64; a signature `v1,` and the code in base64. While a secret is replaced, old and new sign, with a space between.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mandate_domain::{Id, Instant};
use mandate_store::webhooks::{StoredEndpoint, StoredSecret};
use ring::hmac;

use crate::ctx::Ctx;
use crate::identity::{KeyError, Sealed, open_secret, seal_secret};

const PREFIX: &str = "whsec_";
const TABLE: &str = "webhook_endpoint";

/// A secret that signs, on its way to whoever set the endpoint up; never logged, stored sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    pub(super) fn fresh(ctx: &Ctx) -> Self {
        Self(ctx.new_secret().to_vec())
    }

    /// As both sides write it.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    pub(super) fn sealed(&self, ctx: &Ctx, id: &Id<StoredEndpoint>) -> Result<StoredSecret, KeyError> {
        let Sealed { key_id, text } = seal_secret(ctx, TABLE, id.as_str(), &self.0)?;
        Ok(StoredSecret { key_id, text })
    }

    fn opened(ctx: &Ctx, id: &Id<StoredEndpoint>, stored: &StoredSecret) -> Result<Self, KeyError> {
        let sealed = Sealed { key_id: stored.key_id.clone(), text: stored.text.clone() };
        Ok(Self(open_secret(ctx, TABLE, id.as_str(), &sealed)?))
    }
}

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(..)")
    }
}

/// The signature of a message: `v1,` and the code in base64.
pub fn signature(secret: &SigningSecret, id: &str, at: Instant, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{id}.{}.", at.seconds()).as_bytes());
    context.update(body);
    format!("v1,{}", STANDARD.encode(context.sign()))
}

/// The headers by which a receiver knows the message is ours, new, and which one it is.
pub(super) fn headers(
    ctx: &Ctx,
    endpoint: &StoredEndpoint,
    id: &str,
    body: &[u8],
) -> Result<Vec<(Cow<'static, str>, String)>, KeyError> {
    let now = ctx.now();
    let mut signatures =
        vec![signature(&SigningSecret::opened(ctx, &endpoint.id, &endpoint.secret)?, id, now, body)];
    for (previous, _) in endpoint.previous.iter().filter(|(_, until)| now < *until) {
        let previous = SigningSecret::opened(ctx, &endpoint.id, previous)?;
        signatures.push(signature(&previous, id, now, body));
    }
    Ok(vec![
        ("content-type".into(), "application/json".to_owned()),
        ("webhook-id".into(), id.to_owned()),
        ("webhook-timestamp".into(), now.seconds().to_string()),
        ("webhook-signature".into(), signatures.join(" ")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_own_example_gives_its_signature() {
        // The example of the reference libraries (standard-webhooks, javascript/src/index.test.ts and others).
        let secret = SigningSecret(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64"));
        assert_eq!(secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let at = Instant::from_seconds(1_614_265_330);
        let signed = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
