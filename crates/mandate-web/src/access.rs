//! Who may call which route: every route is laid with an [`Access`], and what has none is not served.
//!
//! Rooms lay their routes in [`Routes`], whose every function asks for the access; axum's own routers stay in here and in
//! `routes.rs`. [`gate`] runs before any handler: it finds the route's access, resumes the session or token, refuses
//! (401, the sign-in page, 403), and hands who asks to the handler's extractors, so that a handler without a gate has
//! nobody to act for. The same rows make `docs/reference/routes.md`, the OpenAPI document's `x-action` and the tests of every
//! role on every route. Rows and fields are the use cases' part (`authorise`, scope, labels).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::handler::Handler;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use mandate_app::authorise::Denied;
use mandate_app::identity::{SessionUser, tell_of_many_reads};
use mandate_app::{Action, Actor, UseCaseError, authorise};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::cookies;
use crate::failure::Failure;
use crate::state::Web;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone, signed in or not; the reason stands in the reference.
    Anyone(&'static str),
    /// Whoever is signed in, whatever a token's scopes: it tells or ends nothing but the asker's own sign-in.
    SignedIn,
    /// Who is signed in and has the right.
    Needs(Action),
    /// Who is signed in and has one of the rights; which of them it takes depends on what is asked, and the use case knows.
    NeedsOneOf(&'static [Action]),
}

impl From<Action> for Access {
    fn from(action: Action) -> Self {
        Self::Needs(action)
    }
}

impl Access {
    /// As the OpenAPI document and the reference write it: the right's word, or `anyone`.
    pub fn word(self) -> String {
        match self {
            Self::Anyone(_) => "anyone".to_owned(),
            Self::SignedIn => "signed in".to_owned(),
            Self::Needs(action) => action.as_str().to_owned(),
            Self::NeedsOneOf(actions) => {
                actions.iter().map(|action| action.as_str()).collect::<Vec<_>>().join(" or ")
            }
        }
    }

    /// Whether `actor` may call the route.
    fn admits(self, actor: &Actor) -> Result<(), Denied> {
        match self {
            Self::Anyone(_) | Self::SignedIn => Ok(()),
            Self::Needs(action) => authorise::authorise(actor, action),
            Self::NeedsOneOf(actions) => {
                let mut refused = Denied { action: Action::Administer };
                for action in actions {
                    match authorise::authorise(actor, *action) {
                        Ok(()) => return Ok(()),
                        Err(denied) => refused = denied,
                    }
                }
                Err(refused)
            }
        }
    }
}

/// One route: method, path template and who may call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRow {
    /// The method; `HEAD` goes with `GET`.
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: String,
    /// Who may call it.
    pub access: Access,
}

/// The routes of a room, pages and API, each with who may call it.
pub struct Routes {
    pages: Router<Web>,
    api: OpenApiRouter<Web>,
    page_rows: Vec<RouteRow>,
    api_rows: Vec<RouteRow>,
}

impl Default for Routes {
    fn default() -> Self {
        Self::new()
    }
}

impl Routes {
    /// No routes.
    pub fn new() -> Self {
        Self { pages: Router::new(), api: OpenApiRouter::new(), page_rows: vec![], api_rows: vec![] }
    }

    /// A page, or a file a page offers.
    #[must_use]
    pub fn get<H: Handler<T, Web>, T: 'static>(
        self,
        path: &str,
        access: impl Into<Access>,
        handler: H,
    ) -> Self {
        self.page(Method::GET, path, access.into(), on(MethodFilter::GET, handler))
    }

    /// A form that is sent.
    #[must_use]
    pub fn post<H: Handler<T, Web>, T: 'static>(
        self,
        path: &str,
        access: impl Into<Access>,
        handler: H,
    ) -> Self {
        self.page(Method::POST, path, access.into(), on(MethodFilter::POST, handler))
    }

    /// A form with a file of at most `most_bytes`; `None` where the handler reads the body piece by piece and bounds it itself.
    #[must_use]
    pub fn upload<H: Handler<T, Web>, T: 'static>(
        self,
        path: &str,
        access: impl Into<Access>,
        handler: H,
        most_bytes: Option<usize>,
    ) -> Self {
        let limit = most_bytes.map_or_else(DefaultBodyLimit::disable, DefaultBodyLimit::max);
        self.page(Method::POST, path, access.into(), on(MethodFilter::POST, handler).layer(limit))
    }

    #[expect(clippy::disallowed_methods, reason = "with its row in the table")]
    fn page(mut self, method: Method, path: &str, access: Access, methods: MethodRouter<Web>) -> Self {
        self.page_rows.push(RouteRow { method, path: path.to_owned(), access });
        self.pages = self.pages.route(path, methods);
        self
    }

    /// Operations of the API that need the same right: `.api(Action::ReadBook, routes!(list))`. Paths are those below `/api/v1`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "with its row in the table")]
    pub fn api(mut self, access: impl Into<Access>, methods: UtoipaMethodRouter<Web>) -> Self {
        let methods = self.api_rows_of(access.into(), methods);
        self.api = self.api.routes(methods);
        self
    }

    /// As [`Routes::api`], for operations that read a file piece by piece (`None`) or of at most `most_bytes`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "with its row in the table")]
    pub fn api_upload(
        mut self,
        access: impl Into<Access>,
        methods: UtoipaMethodRouter<Web>,
        most_bytes: Option<usize>,
    ) -> Self {
        let limit = most_bytes.map_or_else(DefaultBodyLimit::disable, DefaultBodyLimit::max);
        let methods = self.api_rows_of(access.into(), methods);
        self.api = self.api.merge(OpenApiRouter::new().routes(methods).layer(limit));
        self
    }

    fn api_rows_of(
        &mut self,
        access: Access,
        (schemas, mut paths, methods): UtoipaMethodRouter<Web>,
    ) -> UtoipaMethodRouter<Web> {
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                let said = ExtensionsBuilder::new().add("x-action", access.word()).build();
                operation.extensions.get_or_insert_default().merge(said);
                self.api_rows.push(RouteRow { method, path: path.clone(), access });
            }
        }
        (schemas, paths, methods)
    }

    /// These and those of another room.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.pages = self.pages.merge(other.pages);
        self.api = self.api.merge(other.api);
        self.page_rows.extend(other.page_rows);
        self.api_rows.extend(other.api_rows);
        self
    }

    /// The routers to serve, the OpenAPI document and the table: the API lies below `/api/v1`.
    pub(crate) fn into_parts(
        self,
        description: utoipa::openapi::OpenApi,
    ) -> (Router<Web>, utoipa::openapi::OpenApi, RouteTable) {
        let (api, openapi) =
            OpenApiRouter::with_openapi(description).nest("/api/v1", self.api).split_for_parts();
        let below = |row: RouteRow| RouteRow { path: format!("/api/v1{}", row.path), ..row };
        let rows = self.page_rows.into_iter().chain(self.api_rows.into_iter().map(below)).collect();
        (self.pages.merge(api), openapi, RouteTable::new(rows))
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, item.get.as_mut()),
        (Method::PUT, item.put.as_mut()),
        (Method::POST, item.post.as_mut()),
        (Method::DELETE, item.delete.as_mut()),
        (Method::PATCH, item.patch.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.map(|operation| (method, operation)))
}

/// All routes that are served.
#[derive(Debug)]
pub struct RouteTable {
    rows: Vec<RouteRow>,
    by_path: BTreeMap<String, Vec<(Method, Access)>>,
}

impl RouteTable {
    fn new(rows: Vec<RouteRow>) -> Self {
        let mut by_path: BTreeMap<String, Vec<(Method, Access)>> = BTreeMap::new();
        for row in &rows {
            by_path.entry(row.path.clone()).or_default().push((row.method.clone(), row.access));
        }
        Self { rows, by_path }
    }

    /// Every route, in the order in which rooms lay them.
    pub fn rows(&self) -> &[RouteRow] {
        &self.rows
    }

    /// Who may call `method` on the route with the template `path`; `Err` where the table does not have the path.
    fn access(&self, method: &Method, path: &str) -> Result<Option<Access>, NotInTheTable> {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        let methods = self.by_path.get(path).ok_or(NotInTheTable)?;
        Ok(methods.iter().find(|(known, _)| known == method).map(|(_, access)| *access))
    }
}

/// A route that is served and stands in no table.
struct NotInTheTable;

/// Whoever asks, as the gate found them; extractors take it from the request.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// Who.
    pub session: SessionUser,
    /// Their session's secret, unless a token asks.
    pub session_token: Option<String>,
}

/// Lets a request through to its handler if the table has its route and whoever asks has the right.
///
/// A path without a route goes on to the fallback, a method that a path does not have to "method not allowed".
pub(crate) async fn gate(
    State((web, table)): State<(Web, Arc<RouteTable>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let (mut reader, uri) = (None, request.uri().clone());
    let Some(path) = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()) else {
        return next.run(request).await;
    };
    match table.access(request.method(), &path) {
        Err(NotInTheTable) => {
            tracing::error!(route = path, "a route stands in no table of rights and is not served");
            return Failure::not_found().into_response();
        }
        Ok(None | Some(Access::Anyone(_))) => {}
        Ok(Some(access)) => {
            let is_api = request.uri().path().starts_with("/api/v1/");
            let proof = Proof::of(&web, &request, is_api);
            match admit(&web, proof, access).await {
                Ok(asker) => {
                    // Our first page is not theirs: a client's person is led to their own.
                    if path == "/" && asker.session.user.is_of_a_client() {
                        return crate::frame::redirect("/portal");
                    }
                    if request.method().is_safe() {
                        reader = Some(asker.session.actor.clone());
                    }
                    request.extensions_mut().insert(asker);
                }
                Err(Refused::Failed(failure)) => return failure.into_response(),
                Err(Refused::Stranger) if is_api => return crate::api::unauthorised(),
                Err(Refused::Stranger) => return crate::frame::to_sign_in(request.uri()),
            }
        }
    }
    let answer = next.run(request).await;
    if let Some(reader) = reader.as_ref().filter(|_| answer.status() == StatusCode::NOT_FOUND)
        && let Some(onward) = crate::book::duplicates::lead_on(&web, reader, &uri).await
    {
        return onward;
    }
    if let Some(reader) = reader.filter(|_| answer.status().is_success()) {
        note_read(&web, &reader, &path).await;
    }
    answer
}

/// Counts the record that a page or an answer is about, and tells the administrators of somebody who read a great many.
async fn note_read(web: &Web, reader: &Actor, path: &str) {
    // How a job stands and what a guide says is no record.
    if path.contains('{') && !path.contains("/jobs/") && !path.starts_with("/help") {
        web.ctx().count_reads(reader, 1);
    }
    let Some(id) = reader.user_id() else { return };
    let told = tell_of_many_reads(web.ctx(), reader, |administrator, many| {
        crate::portal::mail_many_reads(web, administrator, id, many)
    });
    if let Err(error) = told.await {
        tracing::error!(%error, "that somebody read a great many records could not be told");
    }
}

/// What a request brings to say who asks.
enum Proof {
    Token(String),
    Session(String),
    Nothing,
}

impl Proof {
    /// A bearer token counts under `/api` only, and then alone.
    fn of(web: &Web, request: &Request, is_api: bool) -> Self {
        let header = request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        match header.and_then(|header| header.strip_prefix("Bearer ")) {
            Some(token) if is_api => Self::Token(token.trim().to_owned()),
            _ => cookies::value(request.headers(), cookies::session_name(web))
                .map_or(Self::Nothing, Self::Session),
        }
    }
}

async fn admit(web: &Web, proof: Proof, access: Access) -> Result<Asker, Refused> {
    let found = match proof {
        Proof::Token(token) => (mandate_app::identity::authenticate_token(web.ctx(), &token).await?, None),
        Proof::Session(token) => {
            (mandate_app::identity::resume_session(web.ctx(), &token).await?, Some(token))
        }
        Proof::Nothing => (None, None),
    };
    let (Some(session), session_token) = found else { return Err(Refused::Stranger) };
    access.admits(&session.actor)?;
    Ok(Asker { session, session_token })
}

enum Refused {
    Stranger,
    Failed(Box<Failure>),
}

impl<E: UseCaseError> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(Box::new(Failure::from(error)))
    }
}

/// The asker the gate found; a handler whose route lets anyone in has none.
pub(crate) fn asker(extensions: &axum::http::Extensions) -> Result<Asker, Failure> {
    extensions.get::<Asker>().cloned().ok_or_else(|| {
        tracing::error!("a handler asks who acts, and its route lets anyone in");
        Failure::not_found()
    })
}
