//! Hats on pages and in the API: what one of ours is where, and which walls are off for them by it. Cards of the person's page, of
//! the account's people and of the walls' settings.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::identity::hats::{HatWall, PersonHats, hats_of, hats_of_both_sides, hats_on};
use mandate_domain::Id;
use mandate_domain::book::{Account, Kind, Person};
use minijinja::{Value, context};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Caller, Reading};
use crate::book::kinds::{choice_text_id, href};
use crate::failure::{Failure, path_id};
use crate::frame::{Visit, role_text_id};
use crate::state::Web;

/// The operations.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(get_hats))
        .api(Action::ReadBook, routes!(get_account_hats))
        .api(Action::SignWalls, routes!(get_both_sides))
}

/// The card of a person's page.
///
/// # Errors
/// [`Failure`] when they cannot be read.
pub(crate) async fn of_person(web: &Web, visit: &Visit, id: &Id<Person>) -> Result<Value, Failure> {
    Ok(view(visit, &hats_of(web.ctx(), &visit.actor, id).await?))
}

/// The card of an account: who wears several hats there.
///
/// # Errors
/// [`Failure`] when they cannot be read.
pub(crate) async fn on_account(web: &Web, visit: &Visit, id: &Id<Account>) -> Result<Vec<Value>, Failure> {
    Ok(hats_on(web.ctx(), &visit.actor, id).await?.iter().map(|it| view(visit, it)).collect())
}

/// The card of the walls' settings: who wears hats of both sides.
///
/// # Errors
/// [`Failure`] when they cannot be read.
pub(super) async fn of_both_sides(web: &Web, visit: &Visit) -> Result<Vec<Value>, Failure> {
    Ok(hats_of_both_sides(web.ctx(), &visit.actor).await?.iter().map(|it| view(visit, it)).collect())
}

fn view(visit: &Visit, it: &PersonHats) -> Value {
    let hats: Vec<Value> = it
        .hats
        .iter()
        .map(|hat| {
            let kind = if hat.capacity == "product_manager" { Kind::Product } else { Kind::Account };
            let capacity = visit.t(&choice_text_id("role", &hat.capacity));
            context! { capacity => capacity, name => hat.name.clone(), href => href(kind, &hat.id) }
        })
        .collect();
    let roles: Vec<String> = it.roles.iter().map(|role| visit.t(&role_text_id(*role))).collect();
    context! {
        name => it.name.clone(), href => href(Kind::Person, it.person.as_str()), hats => hats, roles => roles.join(", "),
        any => !it.hats.is_empty() || !it.roles.is_empty(),
        wall => wall(visit, &it.wall), tone => if it.wall == HatWall::Up { "good" } else { "watch" },
    }
}

/// What holds between their hats, in words; nothing where they are of one side.
fn wall(visit: &Visit, wall: &HatWall) -> Option<String> {
    match wall {
        HatWall::None => None,
        HatWall::Up => Some(visit.t("hats-wall-up")),
        HatWall::Lifted { signed } => {
            let signer =
                |(name, at): &(String, mandate_domain::Instant)| format!("{name} ({})", visit.moment(*at));
            let who: Vec<String> = signed.iter().map(signer).collect();
            Some(visit.tr("hats-wall-lifted", &[("who", &who.join(", "))]))
        }
        HatWall::DeclaredOff(None) => Some(visit.t("hats-wall-off")),
        HatWall::DeclaredOff(Some(off)) => {
            let told =
                [("by", off.by.clone()), ("when", visit.moment(off.at)), ("reason", off.reason.clone())];
            let told: Vec<(&'static str, &str)> =
                told.iter().map(|(key, text)| (*key, text.as_str())).collect();
            Some(visit.tr("hats-wall-declared", &told))
        }
    }
}

/// A hat: as what, and where.
#[derive(Serialize, ToSchema)]
struct HatView {
    /// `account_manager`, `negotiator`, `product_manager`, or the role of their work.
    capacity: String,
    /// The account, or of a product manager the product.
    id: String,
    name: String,
}

/// What one of ours is where, as far as the caller reaches.
#[derive(Serialize, ToSchema)]
struct HatsView {
    person_id: String,
    name: String,
    /// The roles they sign in with.
    roles: Vec<&'static str>,
    hats: Vec<HatView>,
    /// The wall between a product manager and who faces the client: `none` where their hats are of one side, `up`, `lifted` (two others
    /// signed), `declared_off` (by the firm).
    wall: &'static str,
    /// Who signed that it is lifted, or declared the walls off.
    by: Vec<String>,
    /// Why the walls were declared off.
    reason: Option<String>,
}

fn api_view(it: PersonHats) -> HatsView {
    let (by, reason) = match &it.wall {
        HatWall::Lifted { signed } => (signed.iter().map(|(name, _)| name.clone()).collect(), None),
        HatWall::DeclaredOff(Some(off)) => (vec![off.by.clone()], Some(off.reason.clone())),
        _ => (vec![], None),
    };
    HatsView {
        person_id: it.person.to_string(),
        name: it.name,
        roles: it.roles.iter().map(|role| role.as_str()).collect(),
        wall: it.wall.as_str(),
        hats: it
            .hats
            .into_iter()
            .map(|hat| HatView { capacity: hat.capacity, id: hat.id, name: hat.name })
            .collect(),
        by,
        reason,
    }
}

/// The hats of one of our people, and the wall between them.
#[utoipa::path(get, path = "/people/{id}/hats", tag = "identity", operation_id = "show_person_hats",
    params(("id" = String, Path, description = "The person's id")),
    responses((status = 200, description = "Their hats", body = HatsView), Reading))]
async fn get_hats(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let found = hats_of(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(Json(api_view(found)).into_response())
}

/// Who of ours wears several hats on an account, also by a product that is sold to it.
#[utoipa::path(get, path = "/accounts/{id}/hats", tag = "identity", operation_id = "show_account_hats",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "Who wears several", body = Vec<HatsView>), Reading))]
async fn get_account_hats(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let found = hats_on(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    Ok(Json(found.into_iter().map(api_view).collect::<Vec<_>>()).into_response())
}

/// Everybody who wears hats of both sides of the wall.
#[utoipa::path(get, path = "/walls/hats", tag = "identity", operation_id = "list_hats_of_both_sides",
    responses((status = 200, description = "Who wears both", body = Vec<HatsView>), Reading))]
async fn get_both_sides(caller: Caller, State(web): State<Web>) -> ApiResult {
    let found = hats_of_both_sides(web.ctx(), &caller.actor).await?;
    Ok(Json(found.into_iter().map(api_view).collect::<Vec<_>>()).into_response())
}
