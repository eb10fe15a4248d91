//! A client's expectations over the API: the same use cases as the portal's page.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::portal::{
    ExpectationDraft, PortalExpectation, acknowledge_for_client, add_expectation, list_portal_expectations,
    word_expectation,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::READ;
use super::api::inside;
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Changing, Idempotent, IfMatch, Making, Reading};
use crate::failure::path_id;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(READ, routes!(list))
        .api(Action::AnswerPortal, routes!(create))
        .api(Action::AnswerPortal, routes!(put))
        .api(Action::AnswerPortal, routes!(acknowledge))
}

/// An expectation that the client's people see.
#[derive(Serialize, ToSchema)]
struct SharedExpectationView {
    id: String,
    /// What is expected, in the client's words.
    title: String,
    /// Who of the client said it.
    person: Option<String>,
    stated_on: String,
    due_on: Option<String>,
    /// How it will be seen.
    measure: String,
    acknowledged_by_us_on: Option<String>,
    acknowledged_by_client_on: Option<String>,
    /// `open`, `met`, `not_met` or `withdrawn`.
    state: &'static str,
    settled_on: Option<String>,
    /// Whether the reader said it and may word it anew.
    own: bool,
    /// Whether it waits for the client to say that this is what it meant.
    waits: bool,
    /// The version of these words.
    version: i64,
}

fn view(expectation: &PortalExpectation) -> SharedExpectationView {
    let shown = &expectation.shown;
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
    SharedExpectationView {
        id: shown.id.to_string(),
        title: shown.title.clone(),
        person: shown.person.clone(),
        stated_on: shown.stated_on.to_string(),
        due_on: day(shown.due_on),
        measure: shown.measure.clone(),
        acknowledged_by_us_on: day(shown.acknowledged_by_us_on),
        acknowledged_by_client_on: day(shown.acknowledged_by_client_on),
        state: shown.state.as_str(),
        settled_on: day(shown.settled_on),
        own: expectation.own,
        waits: expectation.waits(),
        version: expectation.version,
    }
}

/// The client's expectations: what its people wrote, and what of ours is shared; open ones first.
#[utoipa::path(get, path = "/portal/{account}/expectations", tag = "portal", operation_id = "portal_expectations",
    params(("account" = String, Path, description = "The account's id")),
    responses((status = 200, description = "All of them", body = Vec<SharedExpectationView>), Reading))]
async fn list(caller: Caller, State(web): State<Web>, Path(account): Path<String>) -> ApiResult {
    let found = list_portal_expectations(web.ctx(), &inside(&web, &caller, &account).await?).await?;
    Ok(Json(found.iter().map(view).collect::<Vec<_>>()).into_response())
}

/// Words of an expectation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExpectationWords {
    /// What is expected, in a line.
    title: String,
    /// By when: `2027-03-31`.
    #[serde(default)]
    due_on: Option<String>,
    /// How it will be seen.
    #[serde(default)]
    measure: String,
}

impl ExpectationWords {
    fn draft(&self) -> ExpectationDraft {
        ExpectationDraft {
            title: self.title.clone(),
            due_on: self.due_on.clone().unwrap_or_default(),
            measure: self.measure.clone(),
        }
    }
}

/// The id of what was made.
#[derive(Serialize, ToSchema)]
struct Made {
    id: String,
}

/// Adds an expectation in the caller's name; who looks after the account is told. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/portal/{account}/expectations", tag = "portal", operation_id = "portal_add_expectation",
    params(("account" = String, Path, description = "The account's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = ExpectationWords,
    responses((status = 201, description = "It was added", body = Made), Making))]
async fn create(
    State(web): State<Web>,
    (caller, key): (Caller, Idempotent),
    Path(account): Path<String>,
    body: Body<ExpectationWords>,
) -> ApiResult {
    let entered = inside(&web, &caller, &account).await?;
    let draft = body.value.draft();
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let id = add_expectation(&ctx, &entered, &draft).await?;
        Ok((StatusCode::CREATED, Json(Made { id: id.to_string() })).into_response())
    })
    .await
}

/// Words an expectation of the caller's own anew; we acknowledge it anew.
#[utoipa::path(put, path = "/portal/{account}/expectations/{id}", tag = "portal",
    operation_id = "portal_word_expectation", request_body = ExpectationWords,
    params(("account" = String, Path, description = "The account's id"),
           ("id" = String, Path, description = "The expectation's id"),
           ("If-Match" = String, Header, description = "The expectation's version, as in an `ETag`")),
    responses((status = 204, description = "So it reads now"), Changing))]
async fn put(
    caller: Caller,
    State(web): State<Web>,
    (Path((account, id)), IfMatch(version)): (Path<(String, String)>, IfMatch),
    body: Body<ExpectationWords>,
) -> ApiResult {
    let entered = inside(&web, &caller, &account).await?;
    word_expectation(web.ctx(), &entered, &path_id(&id)?, &body.value.draft(), version).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Says for the client that this is what it meant.
#[utoipa::path(post, path = "/portal/{account}/expectations/{id}/acknowledge", tag = "portal",
    operation_id = "portal_acknowledge_expectation",
    params(("account" = String, Path, description = "The account's id"),
           ("id" = String, Path, description = "The expectation's id"),
           ("If-Match" = String, Header, description = "The expectation's version, as in an `ETag`")),
    responses((status = 204, description = "It was said"), Changing))]
async fn acknowledge(
    caller: Caller,
    State(web): State<Web>,
    (Path((account, id)), IfMatch(version)): (Path<(String, String)>, IfMatch),
) -> ApiResult {
    let entered = inside(&web, &caller, &account).await?;
    acknowledge_for_client(web.ctx(), &entered, &path_id(&id)?, version).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
