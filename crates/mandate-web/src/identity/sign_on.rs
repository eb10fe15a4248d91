//! The sign-on provider's protocol (OpenID Connect, code flow): where a person is sent, and what their return proves.
//!
//! State, nonce and the secret of the code (PKCE) go into a cookie of the browser that began, so that a return of another
//! browser, or a second return, proves nothing. What is proven is a [`ProvenPerson`]; whom that lets in is decided by
//! `mandate-app`.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use mandate_app::identity::{ProvenPerson, ProviderRules};
use mandate_app::{ErrorKind, Message, UseCaseError};
use mandate_domain::Instant;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenClaims, IdTokenFields,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};

use super::sign_on_http::Asker;

/// What the provider says of itself is asked again after so many seconds.
const METADATA_HOLDS_S: i64 = 300;
/// Signatures that are believed: with a key only the provider has.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 6] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// What providers call a second factor (RFC 8176, and what two of them add).
const SECOND_FACTORS: [&str; 7] = ["mfa", "otp", "hwk", "sms", "fido", "fpt", "face"];

/// The provider, as the machine's settings name it.
#[derive(Clone, Debug)]
pub struct SignOnSettings {
    /// What the button calls it.
    pub name: String,
    /// Its address.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What we share with it; none for a public client.
    pub client_secret: Option<String>,
    /// Scopes that are asked for beside `openid email profile`.
    pub more_scopes: Vec<String>,
    /// The claim that holds the person's groups.
    pub groups_claim: Option<String>,
    /// What it may say.
    pub rules: ProviderRules,
}

/// Every claim beside the standard ones.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct OtherClaims(HashMap<String, serde_json::Value>);

impl AdditionalClaims for OtherClaims {}

type Fields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Relying = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
type Claims = IdTokenClaims<OtherClaims, CoreGenderClaim>;
type Info = UserInfoClaims<OtherClaims, CoreGenderClaim>;

/// Why the provider proved nobody. What exactly was wrong stands in the log, not on the page.
#[derive(Debug, thiserror::Error)]
pub enum SignOnError {
    /// No answer, or one that is none.
    #[error("the sign-on provider could not be asked: {what}")]
    Unreachable {
        /// What happened, with its causes.
        what: String,
    },
    /// It said no.
    #[error("the sign-on provider refused: `{code}`")]
    Denied {
        /// Its word for why.
        code: String,
    },
    /// Another browser, an old return, or one that was answered before.
    #[error("this return from the sign-on provider belongs to no sign-in that was begun here")]
    NotBegun,
    /// Its answer does not hold.
    #[error("the sign-on provider's answer does not hold: {what}")]
    Unproven {
        /// What is wrong.
        what: String,
    },
    /// The settings.
    #[error("the settings of the sign-on provider do not fit: {what}")]
    Settings {
        /// What is wrong.
        what: String,
    },
}

impl UseCaseError for SignOnError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreachable { .. } => ErrorKind::Unavailable,
            Self::Denied { .. } | Self::NotBegun | Self::Unproven { .. } => ErrorKind::Forbidden,
            Self::Settings { .. } => ErrorKind::Internal,
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Unreachable { .. } => Message::new("provider-error-unreachable"),
            Self::Denied { .. } => Message::new("provider-error-denied"),
            Self::NotBegun => Message::new("provider-error-not-begun"),
            Self::Unproven { .. } => Message::new("provider-error-unproven"),
            Self::Settings { .. } => Message::new("provider-error-settings"),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn unreachable(error: &dyn std::error::Error) -> SignOnError {
    SignOnError::Unreachable { what: chain(error) }
}

/// What the browser keeps between leaving and returning.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begun {
    /// Sent along, and back.
    state: String,
    /// Stands in the proof.
    nonce: String,
    /// Shows that whoever returns began.
    verifier: String,
    /// Where the person wanted to go.
    pub next: String,
    /// Whether a session is confirmed, rather than begun.
    pub confirms: bool,
}

/// Why somebody is sent to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in; whoever is signed in there need not type anything.
    SignIn,
    /// To confirm who they are: the provider asks them again.
    Confirm,
}

/// The sign-on provider; clones share what it said of itself.
#[derive(Clone)]
pub struct SignOn {
    settings: SignOnSettings,
    asker: Asker,
    redirect: String,
    known: Arc<RwLock<Option<(Instant, CoreProviderMetadata)>>>,
}

impl SignOn {
    /// For the service at `base_url`.
    pub fn new(settings: SignOnSettings, base_url: &str) -> Self {
        let redirect = format!("{base_url}/sign-in/callback");
        Self { settings, asker: Asker::new(), redirect, known: Arc::default() }
    }

    /// What the button calls it.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Where to send the person, and what their browser keeps meanwhile.
    ///
    /// # Errors
    /// [`SignOnError`] when the provider cannot be asked about itself.
    pub async fn begin(
        &self,
        purpose: Purpose,
        next: &str,
        now: Instant,
    ) -> Result<(String, Begun), SignOnError> {
        let client = self.client(now).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge);
        for scope in &self.settings.more_scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        if purpose == Purpose::Confirm {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        let (url, state, nonce) = request.url();
        let begun = Begun {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            next: next.to_owned(),
            confirms: purpose == Purpose::Confirm,
        };
        Ok((url.to_string(), begun))
    }

    /// What the person's return proves.
    ///
    /// # Errors
    /// [`SignOnError`]: nothing.
    pub async fn complete(
        &self,
        begun: Begun,
        returned: &Returned,
        now: Instant,
    ) -> Result<ProvenPerson, SignOnError> {
        if begun.state.is_empty() || returned.state != begun.state {
            return Err(SignOnError::NotBegun);
        }
        if let Some(code) = &returned.error {
            return Err(SignOnError::Denied { code: code.chars().take(80).collect() });
        }
        let code = returned.code.clone().ok_or(SignOnError::NotBegun)?;
        let client = self.client(now).await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| SignOnError::Settings { what: error.to_string() })?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier))
            .request_async(&self.asker)
            .await
            .map_err(|error| SignOnError::Unproven { what: chain(&error) })?;
        let token =
            answer.id_token().ok_or_else(|| SignOnError::Unproven { what: "no id token".to_owned() })?;
        let nonce = Nonce::new(begun.nonce);
        let verified = |client: &Relying| -> Result<Claims, SignOnError> {
            let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
            let claims = token.claims(&verifier, &nonce);
            claims.cloned().map_err(|error| SignOnError::Unproven { what: chain(&error) })
        };
        let claims = match verified(&client) {
            Ok(claims) => claims,
            // The provider may have changed its keys since it was asked.
            Err(_) => verified(&self.fresh_client(now).await?)?,
        };
        if begun.confirms {
            let at = claims.auth_time().map(|at| at.timestamp());
            if at.is_none_or(|at| now >= Instant::from_seconds(at).plus_seconds(300)) {
                return Err(SignOnError::Unproven { what: "nobody was asked again".to_owned() });
            }
        }
        let info = match claims.email() {
            Some(_) => None,
            None => self.ask_who(&client, answer.access_token(), &claims).await?,
        };
        Ok(self.proven(&claims, info.as_ref()))
    }

    /// Some providers tell the address only to whoever asks for it with the token.
    async fn ask_who(
        &self,
        client: &Relying,
        token: &openidconnect::AccessToken,
        claims: &Claims,
    ) -> Result<Option<Info>, SignOnError> {
        let subject = claims.subject().clone();
        let Ok(request) = client.user_info(token.clone(), Some(subject)) else { return Ok(None) };
        let info = request.request_async(&self.asker).await;
        info.map(Some).map_err(|error| SignOnError::Unproven { what: chain(&error) })
    }

    fn proven(&self, claims: &Claims, info: Option<&Info>) -> ProvenPerson {
        let email = claims.email().filter(|_| claims.email_verified() == Some(true));
        let told = info.and_then(|info| info.email().filter(|_| info.email_verified() == Some(true)));
        let name = claims.name().or_else(|| info.and_then(Info::name));
        let groups = self.settings.groups_claim.as_deref().map(|claim| {
            let found = claims.additional_claims().0.get(claim);
            let found = found.or_else(|| info.and_then(|info| info.additional_claims().0.get(claim)));
            found.map(groups_of).unwrap_or_default()
        });
        let methods = claims.auth_method_refs();
        ProvenPerson {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            verified_email: email.or(told).map(|email| email.to_string()),
            name: name.and_then(|name| name.get(None)).map(|name| name.to_string()),
            groups: groups.unwrap_or_default(),
            second_factor: methods
                .map(|methods| methods.iter().any(|it| SECOND_FACTORS.contains(&it.as_str()))),
        }
    }

    async fn client(&self, now: Instant) -> Result<Relying, SignOnError> {
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        match known {
            Some((at, metadata)) if now < at.plus_seconds(METADATA_HOLDS_S) => self.relying(metadata),
            _ => self.fresh_client(now).await,
        }
    }

    async fn fresh_client(&self, now: Instant) -> Result<Relying, SignOnError> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone())
            .map_err(|error| SignOnError::Settings { what: error.to_string() })?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.asker)
            .await
            .map_err(|error| unreachable(&error))?;
        *self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Some((now, metadata.clone()));
        self.relying(metadata)
    }

    fn relying(&self, metadata: CoreProviderMetadata) -> Result<Relying, SignOnError> {
        let redirect = RedirectUrl::new(self.redirect.clone())
            .map_err(|error| SignOnError::Settings { what: error.to_string() })?;
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let id = ClientId::new(self.settings.client_id.clone());
        Ok(Client::from_provider_metadata(metadata, id, secret).set_redirect_uri(redirect))
    }
}

/// What the provider sends the browser back with.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Returned {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

/// Groups as providers write them: a list of words, or one.
fn groups_of(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(one) => vec![one.clone()],
        serde_json::Value::Array(all) => all.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn groups_are_a_list_of_words_or_one() {
        assert_eq!(groups_of(&json!(["a", 1, "b"])), ["a", "b"]);
        assert_eq!(groups_of(&json!("a")), ["a"]);
        assert!(groups_of(&json!({"a": true})).is_empty());
    }
}
