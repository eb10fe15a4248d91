//! Settings > Walls: whose product manager's role waits, signing that one may be lifted, and declaring walls off; and the API of it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::identity::walls::{declare_walls, list_walls, sign_wall};
use mandate_app::{Action, FieldError, UseCaseError};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::settings_tabs;
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Making, Reading};
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// The page, its forms and the operations.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/settings/walls", Action::SignWalls, show)
        .post("/settings/walls/{user}/sign", Action::SignWalls, sign)
        .post("/settings/walls/declare", Action::Administer, declare)
        .api(Action::SignWalls, routes!(get_walls))
        .api(Action::SignWalls, routes!(post_signature))
        .api(Action::Administer, routes!(put_walls))
}

async fn show(State(web): State<Web>, visit: Visit) -> PageResult {
    page(&web, &visit, &Form::default(), &[]).await
}

async fn page(web: &Web, visit: &Visit, form: &Form, errors: &[FieldError]) -> PageResult {
    let (down, walls) = list_walls(web.ctx(), &visit.actor).await?;
    let lines: Vec<Value> = walls
        .iter()
        .map(|(user, wall)| {
            let (accounts, when) = (wall.n_accounts.to_string(), visit.moment(wall.last_read_at));
            let (signed, needed) = (wall.n_signed.to_string(), wall.n_needed.to_string());
            let told = [("accounts", &accounts), ("when", &when), ("signed", &signed), ("needed", &needed)];
            context! {
                id => user.id.to_string(), name => user.display_name.clone(),
                text => visit.tr("walls-line", &told.map(|(name, value)| (name, value.as_str()))),
                own => Some(&user.id) == visit.actor.user_id(),
            }
        })
        .collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let own = context! {
        tabs => settings_tabs(visit, "walls-tab"), walls => lines, down => down,
        hats => super::hats::of_both_sides(web, visit).await?,
        may_declare => visit.may(Action::Administer), form => form.view(visit, errors),
    };
    visit.render_with_status(
        status,
        Page::new(visit.t("walls-title"), "nav-settings").crumb(visit.t("nav-settings"), "/settings"),
        "identity/walls.html",
        own,
    )
}

async fn sign(State(web): State<Web>, visit: Visit, Path(user): Path<String>, form: Form) -> PageResult {
    match sign_wall(web.ctx(), &visit.actor, &path_id(&user)?, form.get("reason")).await {
        Ok(()) => Ok(visit.redirect_with("/settings/walls", visit.t("walls-signed"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &form, &error.fields()).await,
    }
}

async fn declare(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let down = form.get("walls") == "off";
    match declare_walls(web.ctx(), &visit.actor, down, form.get("reason")).await {
        Ok(()) => Ok(visit.redirect_with("/settings/walls", visit.t("walls-declared"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &form, &error.fields()).await,
    }
}

/// A wall that stands.
#[derive(Serialize, ToSchema)]
struct WallView {
    user_id: String,
    name: String,
    /// Of how many accounts something sealed was read.
    n_accounts: usize,
    last_read_at: String,
    n_signed: usize,
    n_needed: usize,
}

/// The walls of the firm.
#[derive(Serialize, ToSchema)]
struct WallsView {
    /// Whether they are declared off.
    down: bool,
    walls: Vec<WallView>,
}

/// Whose product manager's role waits for signatures.
#[utoipa::path(get, path = "/walls", tag = "identity", operation_id = "list_walls",
    responses((status = 200, description = "The walls that stand", body = WallsView), Reading))]
async fn get_walls(caller: Caller, State(web): State<Web>) -> ApiResult {
    let (down, walls) = list_walls(web.ctx(), &caller.actor).await?;
    let view =
        |(user, wall): (mandate_domain::identity::User, mandate_app::identity::walls::Wall)| WallView {
            user_id: user.id.to_string(),
            name: user.display_name,
            n_accounts: wall.n_accounts,
            last_read_at: wall.last_read_at.to_string(),
            n_signed: wall.n_signed,
            n_needed: wall.n_needed,
        };
    Ok(Json(WallsView { down, walls: walls.into_iter().map(view).collect() }).into_response())
}

/// Why a wall may be lifted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WallReason {
    reason: String,
}

/// Signs that someone's wall is lifted; with the second signature it is. Only in a session.
#[utoipa::path(post, path = "/walls/{user}/sign", tag = "identity", operation_id = "sign_wall",
    params(("user" = String, Path, description = "Whose wall")), request_body = WallReason,
    responses((status = 204, description = "It is signed"), Making))]
async fn post_signature(
    caller: Caller,
    State(web): State<Web>,
    Path(user): Path<String>,
    body: Body<WallReason>,
) -> ApiResult {
    sign_wall(web.ctx(), &caller.actor, &path_id(&user)?, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whether walls stand in this firm.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WallsBody {
    down: bool,
    reason: String,
}

/// Declares the walls off, or puts them up again.
#[utoipa::path(post, path = "/walls/declare", tag = "identity", operation_id = "declare_walls", request_body = WallsBody,
    responses((status = 204, description = "It is declared"), Making))]
async fn put_walls(caller: Caller, State(web): State<Web>, body: Body<WallsBody>) -> ApiResult {
    declare_walls(web.ctx(), &caller.actor, body.value.down, &body.value.reason).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
