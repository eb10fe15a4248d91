//! Asking the sign-on provider: one request over one connection, HTTPS by our own TLS, small answers, no redirects.
//!
//! Plain HTTP is spoken to this machine only (the settings file sees to that), which tests and a provider beside us need.
//! A redirect is not followed: it could lead anywhere.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer.
const LARGEST_ANSWER: usize = 1 << 20;

/// Why the provider gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// An address that cannot be asked.
    #[error("`{uri}` is no address that can be asked")]
    Address {
        /// Which.
        uri: String,
    },
    /// No certificates to check the provider's against.
    #[error("this machine has no certificates of authorities to check the provider's certificate against")]
    NoRoots,
    /// It took too long.
    #[error("the provider did not answer within {} seconds", PATIENCE.as_secs())]
    TooLate,
    /// The connection.
    #[error("the connection failed")]
    Io(#[from] std::io::Error),
    /// TLS.
    #[error("TLS failed")]
    Tls(#[from] rustls::Error),
    /// HTTP.
    #[error("the provider did not speak HTTP")]
    Http(#[from] hyper::Error),
    /// The body.
    #[error("the answer was not whole: {what}")]
    Body {
        /// What happened.
        what: String,
    },
}

/// Asks; clones share the certificates of authorities.
#[derive(Clone)]
pub struct Asker {
    tls: Option<Arc<ClientConfig>>,
}

impl Asker {
    /// With the machine's certificates of authorities.
    pub fn new() -> Self {
        Self { tls: trusted_authorities() }
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, AskError> {
        tokio::time::timeout(PATIENCE, self.ask_now(request)).await.map_err(|_| AskError::TooLate)?
    }

    async fn ask_now(&self, request: HttpRequest) -> Result<HttpResponse, AskError> {
        let uri = request.uri().clone();
        let bad = || AskError::Address { uri: uri.to_string() };
        let host = uri.host().ok_or_else(bad)?.trim_matches(['[', ']']).to_owned();
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        if !is_tls {
            return speak(stream, request).await;
        }
        let config = self.tls.clone().ok_or(AskError::NoRoots)?;
        let name = ServerName::try_from(host).map_err(|_| bad())?;
        speak(TlsConnector::from(config).connect(name, stream).await?, request).await
    }
}

/// TLS that believes the machine's certificates of authorities; `None` when it has none.
pub(crate) fn trusted_authorities() -> Option<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // One that cannot be read must not keep the others from being used.
        let _ = roots.add(certificate);
    }
    if roots.is_empty() {
        return None;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
    config.ok().map(Arc::new)
}

impl<'c> AsyncHttpClient<'c> for Asker {
    type Error = AskError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, AskError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

async fn speak<S>(stream: S, request: HttpRequest) -> Result<HttpResponse, AskError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    // One server, asked by its path: the host stands in its own header.
    if let Some(authority) = parts.uri.authority()
        && let Ok(host) = axum::http::HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(axum::http::header::HOST, host);
    }
    let path = parts.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
    parts.uri = path.parse().map_err(|_| AskError::Address { uri: path })?;
    let request = axum::http::Request::from_parts(parts, Full::new(Bytes::from(body)));
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let collected = Limited::new(body, LARGEST_ANSWER).collect().await;
    driver.abort();
    let bytes = collected.map_err(|error| AskError::Body { what: error.to_string() })?.to_bytes();
    Ok(axum::http::Response::from_parts(parts, bytes.to_vec()))
}
