//! `/healthz` (alive), `/readyz` (database reachable) and `/metrics` (Prometheus text, no personal data).

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Extensions, HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use mandate_app::mail::MailServer;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::failure::Failure;
use crate::state::Web;

/// Route template, method and status class of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestLabels {
    route: String,
    method: String,
    status: u16,
}

impl EncodeLabelSet for RequestLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder) -> Result<(), std::fmt::Error> {
        [("route", self.route.as_str()), ("method", self.method.as_str())].encode(encoder)?;
        [("status", self.status.to_string())].encode(encoder)
    }
}

/// Counters of the web floor.
pub struct Figures {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Histogram,
    in_flight: Gauge<i64, AtomicI64>,
    mail_sent: Counter,
    mail_failed: Counter,
}

impl Default for Figures {
    fn default() -> Self {
        Self::new()
    }
}

impl Figures {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("mandate");
        let requests = Family::default();
        let seconds = Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]);
        let in_flight = Gauge::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Time to answer a request", seconds.clone());
        registry.register("http_requests_in_flight", "Requests being answered", in_flight.clone());
        let (mail_sent, mail_failed) = (Counter::default(), Counter::default());
        registry.register("mail_sent", "Mails that went out", mail_sent.clone());
        registry.register("mail_failed", "Attempts at mail that failed", mail_failed.clone());
        Self { registry, requests, seconds, in_flight, mail_sent, mail_failed }
    }

    /// The sender counts for itself, below this floor; its counts are taken over when somebody looks.
    fn take_over_mail(&self, server: &MailServer) {
        self.mail_sent.inner().store(server.n_sent(), Ordering::Relaxed);
        self.mail_failed.inner().store(server.n_failed(), Ordering::Relaxed);
    }

    /// A request has come in.
    pub fn begun(&self) {
        self.in_flight.inc();
    }

    /// A request was answered. `route` is the template, never the path, so that no id becomes a label.
    pub fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        self.in_flight.dec();
        self.seconds.observe(took.as_secs_f64());
        let labels = RequestLabels { route: route.to_owned(), method: method.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
    }
}

/// Alive: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: the database answers too.
pub async fn readyz(State(web): State<Web>) -> Response {
    match tokio::time::timeout(Duration::from_secs(2), web.ctx().database_version()).await {
        Ok(Ok(_)) => "ready\n".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response(),
    }
}

/// Whether the request comes from this machine itself, and not through a proxy on it.
fn is_from_here(headers: &HeaderMap, extensions: &Extensions) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"];
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(peer)| peer.ip().is_loopback())
        && !forwarded.iter().any(|name| headers.contains_key(*name))
}

/// Whether people come by an address of this machine only, so that there is no proxy.
fn is_used_here_only(base_url: &str) -> bool {
    let Ok(address) = base_url.parse::<Uri>() else { return false };
    let host = address.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Prometheus text. How often which route was asked for tells of what is sealed, so it is for this machine only; behind a
/// proxy on it, which may tell nothing of whom it asks for, only if the operator says that it passes this on to nobody.
pub async fn metrics(State(web): State<Web>, headers: HeaderMap, extensions: Extensions) -> Response {
    let settings = web.settings();
    let is_open = settings.metrics || is_used_here_only(&settings.base_url);
    if !is_open || !is_from_here(&headers, &extensions) {
        return Failure::not_found().into_response();
    }
    if let Some(server) = web.ctx().mail_server() {
        web.figures().take_over_mail(server);
    }
    let mut text = String::new();
    match encode(&mut text, &web.figures().registry) {
        Ok(()) => ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
