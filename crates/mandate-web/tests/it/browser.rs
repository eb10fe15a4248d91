//! A browser without a screen: keeps cookies, follows no redirect by itself, tells what came.

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use mandate_app::identity::begin_setup;
use mandate_testing::TestDb;
use mandate_web::{Web, WebSettings, router};
use serde_json::{Value, json};
use tower::ServiceExt;

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// As it came, for what is no text.
    pub bytes: axum::body::Bytes,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |it| it.to_str().unwrap())
    }

    /// The body as JSON.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A header's text; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    /// The fields a refusal names.
    pub fn fields(&self) -> Vec<String> {
        let problem = self.value();
        assert_eq!(self.header("content-type"), "application/problem+json", "{problem}");
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|it| it["field"].as_str().unwrap().to_owned()).collect()
    }

    /// Fails with the body when the status is another.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }
}

pub struct Browser {
    service: Router,
    cookies: Vec<(String, String)>,
    bearer: Option<String>,
}

impl Browser {
    pub fn new(db: &TestDb) -> Self {
        let web = Web::new(db.ctx(), WebSettings::default()).unwrap();
        Self { service: router(web), cookies: vec![], bearer: None }
    }

    /// A browser at a service with settings of its own.
    pub fn with_settings(db: &TestDb, settings: WebSettings) -> Self {
        let web = Web::new(db.ctx(), settings).unwrap();
        Self { service: router(web), cookies: vec![], bearer: None }
    }

    /// The same browser, with its cookies, at another time.
    pub fn at(&self, db: &TestDb, now: mandate_domain::Instant) -> Self {
        let web = Web::new(db.ctx_at(now), WebSettings::default()).unwrap();
        Self { service: router(web), cookies: self.cookies.clone(), bearer: self.bearer.clone() }
    }

    /// The same browser, with its cookies, at a service with other surroundings, such as a mail server.
    pub fn over(&self, ctx: mandate_app::Ctx) -> Self {
        let web = Web::new(ctx, WebSettings::default()).unwrap();
        Self { service: router(web), cookies: self.cookies.clone(), bearer: self.bearer.clone() }
    }

    /// A browser at a service with surroundings of its own.
    pub fn on(ctx: mandate_app::Ctx) -> Self {
        let web = Web::new(ctx, WebSettings::default()).unwrap();
        Self { service: router(web), cookies: vec![], bearer: None }
    }

    /// Whoever is signed in at `other`, at this browser's service: both know the same sessions.
    pub fn as_in(&self, other: &Self) -> Self {
        Self { service: self.service.clone(), cookies: other.cookies.clone(), bearer: other.bearer.clone() }
    }

    /// Nobody, at this browser's service.
    pub fn stranger(&self) -> Self {
        Self { service: self.service.clone(), cookies: vec![], bearer: None }
    }

    /// Lets everybody take out more files than tests do.
    pub async fn allow_exports(&mut self) {
        let settings = self.get("/api/v1/settings").await.expect(200);
        let (tag, mut fields) = (settings.header("etag").to_owned(), settings.value());
        fields["exports_per_hour"] = json!(1000);
        self.send_json(Method::PUT, "/api/v1/settings", &[("if-match", &tag)], &fields).await.expect(200);
    }

    /// A cookie's value; empty when there is none.
    pub fn cookie(&self, name: &str) -> &str {
        self.cookies.iter().find(|(kept, _)| kept == name).map_or("", |(_, value)| value)
    }

    /// Sends a form, encoded already, with headers of one's own.
    pub async fn form_with(&mut self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request, Body::from(body.to_owned())).await
    }

    /// A page, asked for from the address `peer`.
    pub async fn get_from(&mut self, peer: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let peer: std::net::SocketAddr = peer.parse().unwrap();
        let mut request = Request::get(path).extension(axum::extract::ConnectInfo(peer));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request, Body::empty()).await
    }

    /// A program with a token for `scopes` that this browser's user makes.
    pub async fn program(&mut self, scopes: &[&str]) -> Self {
        let asked = json!({"name": "A program", "scopes": scopes});
        let made = self.send_json(Method::POST, "/api/v1/tokens", &[], &asked).await.expect(201).value();
        let bearer = Some(made["token"].as_str().unwrap().to_owned());
        Self { service: self.service.clone(), cookies: vec![], bearer }
    }

    /// A browser in which someone new is signed in, with `roles`.
    pub async fn colleague(&mut self, email: &str, roles: &[&str]) -> Self {
        let asked = json!({"email": email, "display_name": "A colleague", "roles": roles});
        let made = self.send_json(Method::POST, "/api/v1/users", &[], &asked).await.expect(201).value();
        let path = made["link"].as_str().unwrap().split_once("/password/").unwrap().1.to_owned();
        let mut other = Self { service: self.service.clone(), cookies: vec![], bearer: None };
        other
            .post(&format!("/password/{path}"), &[("password", "another long enough sentence")])
            .await
            .expect(303);
        other
    }

    /// Sends a value as JSON.
    pub async fn send_json(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        self.json(method, path, headers, &body.to_string()).await
    }

    /// A browser in which the first administrator (also an account manager) is signed in.
    pub async fn signed_in(db: &TestDb) -> Self {
        let mut browser = Self::new(db);
        let secret = begin_setup(&db.ctx()).await.unwrap().unwrap();
        let form = [
            ("display_name", "Ada Owner"),
            ("email", "ada@firm.example"),
            ("password", "a long enough sentence"),
            ("locale", "en-GB"),
            ("time_zone", "Europe/London"),
        ];
        browser.post(&format!("/setup/{}", secret.reveal()), &form).await.expect(303);
        browser
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let body: Vec<String> =
            form.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let request = Request::post(path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(body.join("&"))).await
    }

    pub async fn json(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request =
            Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request, Body::from(body.to_owned())).await
    }

    /// Any request, with its own content type.
    pub async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request, body.into()).await
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match &self.bearer {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        let request =
            request.header(HOST, "localhost:8080").header(COOKIE, cookies.join("; ")).body(body).unwrap();
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        // The templates write a slash as an entity; tests read it as people do.
        let body = String::from_utf8_lossy(&bytes).replace("&#x2f;", "/");
        Answer { status, headers, body, bytes }
    }
}
