//! Asking other servers: one request over one connection, HTTPS by our own TLS, no redirects, and no address inside.
//!
//! The name is resolved here, every address it has is looked at, and one of those is connected to: what a name means may be another
//! the next moment. Addresses of private networks and of this machine are refused, or a page of settings would be a way to ask what
//! only this machine reaches; the operator may allow them (`outbound_private` in the settings file).

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::http::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue, USER_AGENT};
use axum::http::{Method, Request, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use mandate_app::outbound::{Asked, OutAnswer, OutProblem, OutRequest, Outbound};
use mandate_domain::book::Kind;
use mandate_domain::webhook::OutAddress;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::identity::trusted_authorities;

/// Whether addresses of private networks and of this machine may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateAddresses {
    /// They may: the operator said so.
    Allowed,
    /// They may not.
    Refused,
}

/// Asks other servers for the use cases.
pub struct Asker {
    private: PrivateAddresses,
    base_url: String,
    tls: OnceLock<Option<Arc<ClientConfig>>>,
}

impl Asker {
    /// `base_url` is the address people use, without a trailing slash. Certificates of authorities are read at the first need.
    pub fn new(base_url: &str, private: PrivateAddresses) -> Self {
        Self { private, base_url: base_url.trim_end_matches('/').to_owned(), tls: OnceLock::new() }
    }

    async fn ask_now(&self, request: OutRequest) -> Result<OutAnswer, OutProblem> {
        let OutRequest { address, headers, body, most_bytes, .. } = request;
        let bad = |_| problem("the address cannot be asked; write it anew in the settings");
        let address = OutAddress::parse(&address).map_err(|error| problem(error.to_string()))?;
        let uri: Uri = address.as_str().parse().map_err(|_| bad(()))?;
        let host = uri.host().ok_or_else(|| bad(()))?.trim_matches(['[', ']']).to_owned();
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = connect(&self.resolve(&host, port).await?).await?;
        let request = self.request(&uri, headers, body)?;
        if !is_tls {
            return speak(stream, request, most_bytes).await;
        }
        let config = self.tls.get_or_init(trusted_authorities).clone().ok_or_else(|| {
            problem(
                "this machine has no certificates of authorities to check the server's certificate against",
            )
        })?;
        let name = ServerName::try_from(host).map_err(|_| bad(()))?;
        let stream = TlsConnector::from(config)
            .connect(name, stream)
            .await
            .map_err(|error| problem(format!("TLS failed: {error}")))?;
        speak(stream, request, most_bytes).await
    }

    fn request(
        &self,
        uri: &Uri,
        headers: Vec<(Cow<'static, str>, String)>,
        body: Option<Vec<u8>>,
    ) -> Result<Request<Full<Bytes>>, OutProblem> {
        let bad = |_| problem("a header holds what no header may");
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let path = uri.path_and_query().map_or("/", |it| it.as_str());
        let authority = uri.authority().map_or("", |it| it.as_str());
        let body = body.unwrap_or_default();
        let mut built = Request::builder()
            .method(&method)
            .uri(path)
            .header(HOST, HeaderValue::from_str(authority).map_err(bad)?)
            .header(USER_AGENT, concat!("Mandate/", env!("CARGO_PKG_VERSION")));
        if method == Method::POST {
            built = built.header(CONTENT_LENGTH, body.len());
        }
        for (name, value) in headers {
            let value = HeaderValue::from_str(&value).map_err(bad)?;
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| problem("a header has a name that no header may have"))?;
            built = built.header(name, value);
        }
        built.body(Full::new(Bytes::from(body))).map_err(|error| problem(error.to_string()))
    }

    /// Where `host` is, unless any of its addresses is inside.
    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutProblem> {
        let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => tokio::net::lookup_host((host, port))
                .await
                .map_err(|_| problem(format!("there is no server of the name `{host}`")))?
                .collect(),
        };
        if self.private == PrivateAddresses::Refused && found.iter().any(|it| !is_public(it.ip())) {
            return Err(problem(format!(
                "`{host}` is of a private network or this machine; whoever operates Mandate may allow that with outbound_private"
            )));
        }
        Ok(found)
    }
}

impl Outbound for Asker {
    fn ask(&self, request: OutRequest) -> Asked<'_> {
        let patience = request.patience;
        Box::pin(async move {
            let too_late = |_| problem(format!("it did not answer within {} seconds", patience.as_secs()));
            tokio::time::timeout(patience, self.ask_now(request)).await.map_err(too_late)?
        })
    }

    fn record_address(&self, kind: Kind, id: &str) -> String {
        format!("{}/api/v1/{}/{id}", self.base_url, kind.plural().replace('_', "-"))
    }
}

fn problem(what: impl Into<String>) -> OutProblem {
    OutProblem { what: what.into() }
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, OutProblem> {
    TcpStream::connect(addresses).await.map_err(|error| problem(format!("no connection: {error}")))
}

async fn speak<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    most_bytes: usize,
) -> Result<OutAnswer, OutProblem>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| problem(format!("it does not speak HTTP as it should: {error}"));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let driver = AbortOnDrop(tokio::spawn(connection));
    let (parts, body) = sender.send_request(request).await.map_err(failed)?.into_parts();
    let (body, is_cut) = read(body, most_bytes).await.map_err(failed)?;
    drop(driver);
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    Ok(OutAnswer { status: parts.status.as_u16(), headers, body, is_cut })
}

/// Ends the connection's own task with the request, also when that takes too long.
struct AbortOnDrop(tokio::task::JoinHandle<Result<(), hyper::Error>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn read(mut body: Incoming, most_bytes: usize) -> Result<(Vec<u8>, bool), hyper::Error> {
    let mut bytes = vec![];
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            let room = most_bytes - bytes.len();
            if room < data.len() {
                bytes.extend_from_slice(&data[..room]);
                return Ok((bytes, true));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok((bytes, false))
}

/// Whether anybody on the Internet may be at `address`: not of a private network, this machine, a group, or a way around these.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    );
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // An IPv4 address in the clothes of another: mapped, translated (RFC 6052), 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, ORCHID, benchmarks, documentation: nobody's server.
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // All that is given out to the public lies in 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_told_from_what_is_public() {
        for inside in [
            "127.0.0.1",
            "127.8.9.1",
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001:0:1::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(inside.parse().expect(inside)), "{inside}");
        }
        for public in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "8.8.8.8",
            "2606:4700::1111",
            "2a00::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(public.parse().expect(public)), "{public}");
        }
    }

    #[tokio::test]
    async fn an_address_inside_is_not_even_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asker = Asker::new("https://mandate.example", PrivateAddresses::Refused);
        for host in ["127.0.0.1", "localhost"] {
            let request = OutRequest {
                address: format!("http://{host}:{port}/"),
                headers: vec![],
                body: Some(vec![]),
                most_bytes: 10,
                patience: std::time::Duration::from_secs(5),
            };
            let told = asker.ask(request).await.expect_err("refused").what;
            assert!(told.contains("outbound_private"), "{told}");
        }
        let nobody = tokio::time::timeout(std::time::Duration::from_millis(1), listener.accept()).await;
        assert!(nobody.is_err(), "somebody connected");
    }

    #[test]
    fn a_record_is_found_in_the_api() {
        let asker = Asker::new("https://mandate.example/", PrivateAddresses::Refused);
        assert_eq!(
            asker.record_address(Kind::ContractLine, "1"),
            "https://mandate.example/api/v1/contract-lines/1"
        );
    }
}
