//! Cookies: the session, the theme, and one message that survives a redirect.

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::state::Web;

/// A past-tense message shown once as a toast, with its undo if there is one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flash {
    /// The text, already in the reader's language.
    pub text: String,
    /// Where a POST undoes it; a path of ours.
    pub undo_action: Option<String>,
    /// The undo button's label.
    pub undo_label: Option<String>,
}

/// The value of the cookie `name`.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// The session cookie's name: bound to the host over TLS, which browsers refuse on plain HTTP.
pub fn session_name(web: &Web) -> &'static str {
    if web.is_secure() { "__Host-mandate" } else { "mandate" }
}

/// Sets the session; it ends with the browser, and earlier by the server's own limits.
pub fn set_session(web: &Web, token: &str) -> HeaderValue {
    header(web, &format!("{}={token}; Path=/; HttpOnly; SameSite=Lax", session_name(web)))
}

/// Takes the session away.
pub fn clear_session(web: &Web) -> HeaderValue {
    header(web, &format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", session_name(web)))
}

/// Keeps a secret of signing in for a few minutes: what waits for a second step, or for the provider.
pub fn set_step(web: &Web, step: Step, value: &str) -> HeaderValue {
    let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
    let (name, seconds) = (step_name(web, step), step.seconds());
    header(web, &format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}"))
}

/// Takes it away.
pub fn clear_step(web: &Web, step: Step) -> HeaderValue {
    header(web, &format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", step_name(web, step)))
}

/// What is kept of signing in.
pub fn step(web: &Web, headers: &HeaderMap, step: Step) -> Option<String> {
    let value = value(headers, step_name(web, step))?;
    percent_decode_str(&value).decode_utf8().ok().map(|text| text.into_owned())
}

/// What a browser keeps while somebody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The secret of a sign-in that waits for a second factor.
    SecondFactor,
    /// State, nonce and verifier of a sign-in at the provider.
    Provider,
    /// What a passkey was asked.
    Passkey,
}

impl Step {
    const fn seconds(self) -> u32 {
        match self {
            Self::SecondFactor | Self::Passkey => 300,
            Self::Provider => 600,
        }
    }
}

fn step_name(web: &Web, step: Step) -> &'static str {
    match (step, web.is_secure()) {
        (Step::SecondFactor, true) => "__Host-mandate-step",
        (Step::SecondFactor, false) => "mandate-step",
        (Step::Provider, true) => "__Host-mandate-provider",
        (Step::Provider, false) => "mandate-provider",
        (Step::Passkey, true) => "__Host-mandate-passkey",
        (Step::Passkey, false) => "mandate-passkey",
    }
}

fn flash_name(web: &Web) -> &'static str {
    if web.is_secure() { "__Host-mandate-flash" } else { "mandate-flash" }
}

/// Keeps `flash` for the next page, one minute at most.
pub fn set_flash(web: &Web, flash: &Flash) -> HeaderValue {
    let json = serde_json::to_string(flash).unwrap_or_default();
    let value = utf8_percent_encode(&json, NON_ALPHANUMERIC);
    header(web, &format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60", flash_name(web)))
}

/// Takes the message away once it was shown.
pub fn clear_flash(web: &Web) -> HeaderValue {
    header(web, &format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", flash_name(web)))
}

/// The message kept for this page. An undo that is no path of ours is dropped.
pub fn flash(web: &Web, headers: &HeaderMap) -> Option<Flash> {
    let value = value(headers, flash_name(web))?;
    let json = percent_decode_str(&value).decode_utf8().ok()?;
    let mut flash: Flash = serde_json::from_str(&json).ok()?;
    if flash.undo_action.as_deref().is_some_and(|path| !path.starts_with('/') || path.starts_with("//")) {
        flash.undo_action = None;
    }
    Some(flash)
}

/// The theme chosen by the reader: `light`, `dark`, or the system's.
pub fn theme(headers: &HeaderMap) -> &'static str {
    match value(headers, "theme").as_deref() {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "system",
    }
}

fn header(web: &Web, text: &str) -> HeaderValue {
    let secure = if web.is_secure() { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{text}{secure}")).unwrap_or_else(|_| HeaderValue::from_static(""))
}
