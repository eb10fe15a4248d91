//! `/api/v1`: who of ours works on an account, and what lies in the trash.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::book::{self, BookError, WorkingPeople};
use mandate_app::{Action, Message};
use mandate_domain::Id;
use mandate_domain::book::{Account, PersonRole, Side};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, IfMatch, ListParameters, Listing, Query, Reading, Words, etag, list,
    matched,
};
use crate::failure::path_id;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(working_people))
        .api(Action::WriteBook, routes!(put_working_people))
        .api(Action::TrashBook, routes!(trash))
}

/// One of our people who works on an account, and as what.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Works {
    /// Who.
    person_id: String,
    /// As what, such as `delivery_lead`.
    #[schema(example = "delivery_lead")]
    role: String,
}

/// Who works on an account.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Working {
    /// Our people beside its manager and negotiator; who works on it sees it.
    people: Vec<Works>,
}

fn answer(working: &WorkingPeople) -> ApiResult {
    let works = |(id, role): &(Id<_>, PersonRole)| Works {
        person_id: id.to_string(),
        role: role.as_str().to_owned(),
    };
    let body = Working { people: working.people.iter().map(works).collect() };
    Ok(([(ETAG, etag(working.version))], Json(body)).into_response())
}

/// Who of ours works on an account beside its manager and negotiator; the version of that list in `ETag`.
#[utoipa::path(get, path = "/accounts/{id}/working-people", tag = "book", operation_id = "list_working_people",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "All of them", body = Working), Reading))]
async fn working_people(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    answer(&book::working_people(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}

/// Replaces who works on an account.
#[utoipa::path(put, path = "/accounts/{id}/working-people", tag = "book", operation_id = "replace_working_people",
    params(("id" = String, Path, description = "The account's id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = Working, responses((status = 200, description = "All of them", body = Working), Changing))]
async fn put_working_people(
    caller: Caller,
    State(web): State<Web>,
    (Path(id), IfMatch(version)): (Path<String>, IfMatch),
    body: Body<Working>,
) -> ApiResult {
    let id = path_id(&id)?;
    let mut words = Words::default();
    let mut people = vec![];
    for (idx, works) in body.value.people.iter().enumerate() {
        let role =
            PersonRole::parse(&works.role).filter(|role| PersonRole::of(Side::Provider).contains(role));
        if role.is_none() {
            let known = PersonRole::of(Side::Provider).into_iter().map(PersonRole::as_str);
            let message = Message::new("user-error-role")
                .with("role", works.role.chars().take(40).collect::<String>())
                .with("known", known.collect::<Vec<_>>().join(", "));
            words.wrong(&format!("people.{idx}.role"), message);
        }
        people.extend(words.id(&format!("people.{idx}.person_id"), &works.person_id).zip(role));
    }
    let asked = WorkingPeople { people: words.done(Some(people))?, version };
    let saved = book::set_working_people(web.ctx(), &caller.actor, &id, asked).await;
    answer(&matched(saved, list_version(&web, &caller, &id)).await?)
}

async fn list_version(web: &Web, caller: &Caller, id: &Id<Account>) -> Result<i64, BookError> {
    Ok(book::working_people(web.ctx(), &caller.actor, id).await?.version)
}

/// What lies in the trash, put there last first. `kind` and `id` of a row lead to its `restore`.
#[utoipa::path(get, path = "/trash", tag = "book", operation_id = "list_trash", params(ListParameters),
    responses((status = 200, description = "One page", body = Listing), Reading))]
async fn trash(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::TrashBook, &book::trash_list(), &parameters).await
}
