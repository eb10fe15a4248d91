//! `/api/v1/handovers`: what somebody holds, planning, giving, ticking introductions off, carrying out, calling off, taking back.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{ETAG, HeaderMap};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::handovers::{
    HandoverDraft, HandoverError, HandoverPage, Ticked, cancel_handover, carry_out_handover, change_handover,
    give_items, handover_list, plan_handover, preview_handover, reopen_introduction, show_handover,
    tick_introduction, undo_handover,
};
use mandate_domain::Id;
use mandate_domain::book::{Draft, Handover, HandoverItem, ItemRefusal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, Idempotent, IfMatch, ListParameters, Listing, Making, Query, Reading,
    created, etag, list, matched,
};
use crate::failure::{Failure, path_id};
use crate::state::Web;

/// The routes.
pub(in crate::book) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(list_handovers))
        .api(Action::WriteBook, routes!(preview))
        .api(Action::WriteBook, routes!(plan))
        .api(Action::ReadBook, routes!(show))
        .api(Action::WriteBook, routes!(change))
        .api(Action::WriteBook, routes!(give))
        .api(Action::WriteBook, routes!(introduced))
        .api(Action::WriteBook, routes!(reopened))
        .api(Action::WriteBook, routes!(cancel))
        .api(Action::WriteBook, routes!(carry_out))
        .api(Action::WriteBook, routes!(undo))
}

/// Something that somebody answers for.
#[derive(Serialize, ToSchema)]
struct HoldingView {
    /// What: `account_manager`, `negotiator`, `works_on`, `promise`, `expectation`, `opportunity`, `introduction`, `product`,
    /// `line_of_business`, `team`.
    matter: &'static str,
    /// The record.
    record_id: String,
    /// The record in a line.
    title: String,
    /// The account it belongs to.
    account_id: Option<String>,
    /// As what they work there, or how well they know the person.
    detail: String,
    /// By when it is due.
    due_on: Option<String>,
}

/// What a handover would carry over.
#[derive(Serialize, ToSchema)]
struct HoldingsView {
    /// Who holds it.
    person_id: String,
    /// Their name.
    name: String,
    /// Everything in reach.
    holdings: Vec<HoldingView>,
}

/// One matter of a handover.
#[derive(Serialize, ToSchema)]
struct HandoverItemView {
    id: String,
    /// What, as in a preview.
    matter: &'static str,
    record_id: String,
    account_id: Option<String>,
    title: String,
    detail: String,
    /// Who takes it.
    to_person_id: Option<String>,
    /// `open`, `done`, `refused`, `stays` or `back`.
    state: &'static str,
    /// Why it did not go over: `no_successor`, `held_by_other`, `gone`, `successor_gone`, `settled`, `decides_here`, `breaks_a_rule`.
    refusal: Option<&'static str>,
    done_at: Option<String>,
    done_by_name: Option<String>,
    version: i64,
}

/// A handover with the matters in reach.
#[derive(Serialize, ToSchema)]
struct HandoverView {
    id: String,
    /// `leaves`, `moves`, `reorganisation` or `replacement`.
    kind: &'static str,
    /// `planned`, `done`, `cancelled` or `undone`.
    state: &'static str,
    from_person_id: String,
    effective_on: String,
    time_zone: String,
    reason: String,
    planned_by_name: String,
    done_at: Option<String>,
    version: i64,
    items: Vec<HandoverItemView>,
}

fn item_view(item: &HandoverItem) -> HandoverItemView {
    HandoverItemView {
        id: item.id.to_string(),
        matter: item.matter.as_str(),
        record_id: item.record_id.clone(),
        account_id: item.account_id.clone(),
        title: item.title.clone(),
        detail: item.detail.clone(),
        to_person_id: item.to_person_id.as_ref().map(ToString::to_string),
        state: item.state.as_str(),
        refusal: item.refusal.map(ItemRefusal::as_str),
        done_at: item.done_at.map(|at| at.to_string()),
        done_by_name: Some(item.done_by_name.clone()).filter(|name| !name.is_empty()),
        version: item.version,
    }
}

fn view(found: &HandoverPage) -> HandoverView {
    let it = &found.handover;
    HandoverView {
        id: it.id.to_string(),
        kind: it.kind.as_str(),
        state: it.state.as_str(),
        from_person_id: it.from_person_id.to_string(),
        effective_on: it.effective_on.to_string(),
        time_zone: it.time_zone.clone(),
        reason: it.reason.clone(),
        planned_by_name: it.planned_by_name.clone(),
        done_at: it.done_at.map(|at| at.to_string()),
        version: it.version,
        items: found.items.iter().map(item_view).collect(),
    }
}

fn answer(found: &HandoverPage) -> axum::response::Response {
    let mut headers = HeaderMap::new();
    headers.insert(ETAG, etag(found.handover.version));
    (headers, Json(view(found))).into_response()
}

/// Accounts that go, or went, from one of ours to another, one row an account.
#[utoipa::path(get, path = "/handovers", tag = "book", operation_id = "list_handovers", params(ListParameters),
    responses((status = 200, description = "One page", body = Listing), Reading))]
async fn list_handovers(
    caller: Caller,
    State(web): State<Web>,
    Query(parameters): Query<ListParameters>,
) -> ApiResult {
    list(&web, &caller, Action::ReadBook, &handover_list(&caller.actor), &parameters).await
}

/// Who would hand over.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FromParameter {
    /// One of our people, by id.
    from: String,
}

/// What one of ours answers for, as far as the caller reaches; nothing is changed.
#[utoipa::path(get, path = "/handovers/preview", tag = "book", operation_id = "preview_handover", params(FromParameter),
    responses((status = 200, description = "Everything they hold", body = HoldingsView), Reading))]
async fn preview(caller: Caller, State(web): State<Web>, Query(asked): Query<FromParameter>) -> ApiResult {
    let found = preview_handover(web.ctx(), &caller.actor, &path_id(&asked.from)?).await?;
    let holdings = found.holdings.into_iter().map(|it| HoldingView {
        matter: it.matter.as_str(),
        record_id: it.record_id,
        title: it.title,
        account_id: it.account_id,
        detail: it.detail,
        due_on: it.due_on.map(|day| day.to_string()),
    });
    let view = HoldingsView {
        person_id: found.from.to_string(),
        name: found.from_name,
        holdings: holdings.collect(),
    };
    Ok(Json(view).into_response())
}

/// A handover to plan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandoverBody {
    /// `leaves`, `moves`, `reorganisation` or `replacement`.
    kind: String,
    /// Who hands over, by id.
    from: String,
    /// From which day on the others answer for it.
    effective_on: String,
    /// In which zone that day begins.
    time_zone: String,
    #[serde(default)]
    reason: String,
    /// Who takes what has no successor of its own, by id.
    #[serde(default)]
    successor: String,
    /// Who takes what belongs to an account, or a record without one: person's id by its id.
    #[serde(default)]
    successors: BTreeMap<String, String>,
    /// The accounts, and records without one, that go over; all where none is named.
    #[serde(default)]
    only: BTreeSet<String>,
}

/// Plans a handover; Mandate carries it out when its day begins. 422 names each account whose successor cannot take it.
#[utoipa::path(post, path = "/handovers", tag = "book", operation_id = "plan_handover",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = HandoverBody, responses((status = 201, description = "It is planned", body = HandoverView), Making))]
async fn plan(
    caller: Caller,
    State(web): State<Web>,
    key: Idempotent,
    body: Body<HandoverBody>,
) -> ApiResult {
    let asked = body.value;
    let terms = Draft::new()
        .with("kind", asked.kind)
        .with("from", asked.from)
        .with("effective_on", asked.effective_on)
        .with("time_zone", asked.time_zone)
        .with("reason", asked.reason);
    let draft =
        HandoverDraft { terms, successor: asked.successor, successors: asked.successors, only: asked.only };
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, async |ctx| {
        let planned = plan_handover(&ctx, actor, &draft).await?;
        let path = format!("/api/v1/handovers/{}", planned.handover.id);
        Ok(created(&path, planned.handover.version, &view(&planned)))
    })
    .await
}

/// A handover with the matters in reach.
#[utoipa::path(get, path = "/handovers/{id}", tag = "book", operation_id = "show_handover",
    params(("id" = String, Path, description = "The handover's id")),
    responses((status = 200, description = "The handover", body = HandoverView), Reading))]
async fn show(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    Ok(answer(&show_handover(web.ctx(), &caller.actor, &path_id(&id)?).await?))
}

/// What changes of a planned handover; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandoverChange {
    effective_on: Option<String>,
    time_zone: Option<String>,
    reason: Option<String>,
}

async fn version(web: &Web, caller: &Caller, id: &Id<Handover>) -> Result<i64, HandoverError> {
    Ok(show_handover(web.ctx(), &caller.actor, id).await?.handover.version)
}

/// Changes day, zone or reason of a planned handover.
#[utoipa::path(patch, path = "/handovers/{id}", tag = "book", operation_id = "change_handover",
    params(("id" = String, Path, description = "The handover's id"), ("If-Match" = String, Header, description = "The version that was read")),
    request_body = HandoverChange, responses((status = 200, description = "It is changed", body = HandoverView), Changing))]
async fn change(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(read): IfMatch,
    body: Body<HandoverChange>,
) -> ApiResult {
    let id = path_id(&id)?;
    let mut draft = Draft::new();
    let asked = body.value;
    for (field, value) in
        [("effective_on", asked.effective_on), ("time_zone", asked.time_zone), ("reason", asked.reason)]
    {
        if let Some(value) = value {
            draft.set(field, value);
        }
    }
    let changed = change_handover(web.ctx(), &caller.actor, (&id, Some(read)), &draft).await;
    Ok(answer(&matched(changed, version(&web, &caller, &id)).await?))
}

/// A matter in the version that was seen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeenItem {
    id: String,
    version: i64,
}

/// Matters for somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GiveBody {
    /// The matters.
    items: Vec<SeenItem>,
    /// Who takes them, by id; null leaves them where they are.
    successor: Option<String>,
}

/// Gives open matters to a successor, or leaves them where they are.
#[utoipa::path(post, path = "/handovers/{id}/give", tag = "book", operation_id = "give_handover_items",
    params(("id" = String, Path, description = "The handover's id")), request_body = GiveBody,
    responses((status = 200, description = "They are given", body = HandoverView), Making))]
async fn give(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    body: Body<GiveBody>,
) -> ApiResult {
    let id = path_id(&id)?;
    let mut items = vec![];
    for item in &body.value.items {
        items.push((path_id(&item.id)?, item.version));
    }
    let successor = body.value.successor.as_deref();
    Ok(answer(&give_items(web.ctx(), &caller.actor, &id, &items, successor).await?))
}

/// An introduction that was made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IntroducedBody {
    item: String,
    version: i64,
    /// On which day; today without.
    on: Option<String>,
}

/// Says that the successor was introduced: from then on the book has them know one another.
#[utoipa::path(post, path = "/handovers/{id}/introduced", tag = "book", operation_id = "tick_introduction",
    params(("id" = String, Path, description = "The handover's id")), request_body = IntroducedBody,
    responses((status = 200, description = "It is ticked off", body = HandoverView), Making))]
async fn introduced(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    body: Body<IntroducedBody>,
) -> ApiResult {
    let (id, item) = (path_id(&id)?, path_id(&body.value.item)?);
    let ticked = Ticked { handover: &id, item: &item, version: body.value.version };
    let today = web.ctx().now().date_in(&jiff::tz::TimeZone::UTC);
    let on = match &body.value.on {
        None => today,
        Some(text) => text.trim().parse().map_err(|_| {
            let message = mandate_app::Message::new("book-problem-date").with("text", text.as_str());
            let field = mandate_app::FieldError { field: "on".to_owned(), message: message.clone() };
            Failure { fields: vec![field], ..Failure::of(mandate_app::ErrorKind::Invalid, message) }
        })?,
    };
    Ok(answer(&tick_introduction(web.ctx(), &caller.actor, &ticked, on).await?))
}

/// Says that an introduction was not made after all.
#[utoipa::path(post, path = "/handovers/{id}/reopened", tag = "book", operation_id = "reopen_introduction",
    params(("id" = String, Path, description = "The handover's id")), request_body = SeenItem,
    responses((status = 200, description = "It is open again", body = HandoverView), Making))]
async fn reopened(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    body: Body<SeenItem>,
) -> ApiResult {
    let (id, item) = (path_id(&id)?, path_id(&body.value.id)?);
    let ticked = Ticked { handover: &id, item: &item, version: body.value.version };
    Ok(answer(&reopen_introduction(web.ctx(), &caller.actor, &ticked).await?))
}

/// Carries a handover out now, or again for what was refused; each matter says what became of it.
#[utoipa::path(post, path = "/handovers/{id}/carry-out", tag = "book", operation_id = "carry_out_handover",
    params(("id" = String, Path, description = "The handover's id")),
    responses((status = 200, description = "It is carried out", body = HandoverView), Making))]
async fn carry_out(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    Ok(answer(&carry_out_handover(web.ctx(), &caller.actor, (&path_id(&id)?, None)).await?))
}

/// Calls a planned handover off.
#[utoipa::path(post, path = "/handovers/{id}/cancel", tag = "book", operation_id = "cancel_handover",
    params(("id" = String, Path, description = "The handover's id")),
    responses((status = 200, description = "It is called off", body = HandoverView), Making))]
async fn cancel(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    Ok(answer(&cancel_handover(web.ctx(), &caller.actor, (&path_id(&id)?, None)).await?))
}

/// Takes back what went over, whole or not at all: 409 names what was changed since.
#[utoipa::path(post, path = "/handovers/{id}/undo", tag = "book", operation_id = "undo_handover",
    params(("id" = String, Path, description = "The handover's id")),
    responses((status = 200, description = "All is as it was", body = HandoverView), Making))]
async fn undo(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    Ok(answer(&undo_handover(web.ctx(), &caller.actor, (&path_id(&id)?, None)).await?))
}
