//! Our side of an expectation: showing it to the client's people in the portal, and saying that we understood it.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::{self, AnySaved, SharedBy};
use mandate_domain::book::{Draft, Expectation, Kind};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::kinds::href;
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Making, Reading};
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;

/// Where the forms of the record's page are sent.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/expectations/{id}/share", Action::ShareWithClient, share)
        .post("/expectations/{id}/unshare", Action::ShareWithClient, unshare)
        .post("/expectations/{id}/acknowledge", Action::WriteBook, acknowledge)
        .post("/expectations/{id}/acknowledge/withdraw", Action::WriteBook, withdraw)
}

/// Sharing in the API; acknowledging is a change of the record.
pub(super) fn api_routes() -> Routes {
    Routes::new().api(Action::ReadBook, routes!(show_share)).api(Action::ShareWithClient, routes!(post_share))
}

/// What the record's page shows of it: who sees it, whether we acknowledged it, and what the reader may do. Nothing for other kinds.
///
/// # Errors
/// [`Failure`] when it cannot be read.
pub(super) async fn box_of(web: &Web, visit: &Visit, saved: &AnySaved) -> Result<Option<Value>, Failure> {
    let Some(expectation) = saved.record::<Expectation>() else { return Ok(None) };
    let shared = book::expectation_shared(web.ctx(), &visit.actor, &path_id(&saved.id)?).await?;
    let day = |day: Option<jiff::civil::Date>| day.map(|day| visit.formats.full_date(day));
    Ok(Some(context! {
        shown => visit.t(match shared {
            None => "expectation-not-shared",
            Some(SharedBy::Us) => "expectation-shared",
            Some(SharedBy::Client) => "expectation-of-client",
        }),
        may_share => visit.may(Action::ShareWithClient) && shared.is_none(),
        may_unshare => visit.may(Action::ShareWithClient) && shared == Some(SharedBy::Us),
        ours => day(expectation.acknowledged_by_us_on),
        theirs => day(expectation.acknowledged_by_client_on),
        may_acknowledge => visit.may(Action::WriteBook) && expectation.acknowledged_by_us_on.is_none(),
        path => href(Kind::Expectation, &saved.id),
        version => saved.version,
    }))
}

async fn set_shared(web: &Web, visit: &Visit, id: &str, shown: bool) -> PageResult {
    let (saved, now) = book::share_expectation(web.ctx(), &visit.actor, &path_id(id)?, shown).await?;
    let path = href(Kind::Expectation, saved.id.as_str());
    let (text, undo) = match now {
        Some(SharedBy::Client) => ("expectation-of-client", None),
        Some(SharedBy::Us) => ("expectation-toast-shared", Some(format!("{path}/unshare"))),
        None => ("expectation-toast-unshared", Some(format!("{path}/share"))),
    };
    Ok(visit.redirect_with(&path, visit.t(text), undo))
}

async fn share(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    set_shared(&web, &visit, &id, true).await
}

async fn unshare(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    set_shared(&web, &visit, &id, false).await
}

/// Sets or empties the day on which we acknowledged; a form names the version it was read from, an undo does not.
async fn set_acknowledged(web: &Web, visit: &Visit, id: &str, form: &Form, is_ours: bool) -> PageResult {
    let id = path_id(id)?;
    let shown = book::show::<Expectation>(web.ctx(), &visit.actor, &id).await?;
    let version = form.get("version").parse().unwrap_or(shown.version);
    // Somebody further east may have said it on a day that has not begun here.
    let day = if is_ours { visit.today.max(shown.stated_on).to_string() } else { String::new() };
    let draft = Draft::new().with("acknowledged_by_us_on", &day);
    let saved = book::change::<Expectation>(web.ctx(), &visit.actor, &id, version, draft).await?;
    let path = href(Kind::Expectation, saved.id.as_str());
    let (text, undo) = match saved.acknowledged_by_us_on {
        Some(_) => ("expectation-toast-acknowledged", Some(format!("{path}/acknowledge/withdraw"))),
        None => ("expectation-toast-not-acknowledged", None),
    };
    Ok(visit.redirect_with(&path, visit.t(text), undo))
}

async fn acknowledge(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    set_acknowledged(&web, &visit, &id, &form, true).await
}

async fn withdraw(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    set_acknowledged(&web, &visit, &id, &form, false).await
}

/// Whether the client's people see an expectation.
#[derive(Debug, Serialize, ToSchema)]
struct ExpectationShare {
    /// Whether they do.
    shown: bool,
    /// `client` for what they wrote themselves, which stays; `us` for what one of ours shared.
    by: Option<&'static str>,
}

fn told(shared: Option<SharedBy>) -> ApiResult {
    let by = shared.map(|by| match by {
        SharedBy::Client => "client",
        SharedBy::Us => "us",
    });
    Ok(Json(ExpectationShare { shown: shared.is_some(), by }).into_response())
}

/// Whether the client's people see an expectation in the portal.
#[utoipa::path(get, path = "/expectations/{id}/share", tag = "book", operation_id = "show_expectation_share",
    params(("id" = String, Path, description = "The expectation's id")),
    responses((status = 200, description = "Whether they do", body = ExpectationShare), Reading))]
async fn show_share(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    told(book::expectation_shared(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}

/// Whether they are to see it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShareBody {
    /// Whether they are.
    shown: bool,
}

/// Shows an expectation to the client's people in the portal, or stops showing it; what they wrote themselves stays.
#[utoipa::path(post, path = "/expectations/{id}/share", tag = "book", operation_id = "share_expectation",
    params(("id" = String, Path, description = "The expectation's id")), request_body = ShareBody,
    responses((status = 200, description = "As it stands now", body = ExpectationShare), Making))]
async fn post_share(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    body: Body<ShareBody>,
) -> ApiResult {
    let id = path_id(&id)?;
    let (_, shared) = book::share_expectation(web.ctx(), &caller.actor, &id, body.value.shown).await?;
    told(shared)
}
