//! `/api/v1` of what clients say: why a measure matters to them, what they say of results, who was taken through.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::facts::kpi::{MeasureError, ReasonDraft, save_reason};
use mandate_app::facts::kpi_read::{KpiReason, show_measure};
use mandate_app::facts::result::{ReviewDraft, WalkthroughDraft, record_review, record_walkthrough};
use mandate_domain::Id;
use mandate_domain::book::Account;
use mandate_domain::facts::kpi::Kpi;
use mandate_domain::facts::result::{ResultReview, Walkthrough};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Changing, Idempotent, IfMatch, Making, Words, etag, matched};
use crate::failure::path_id;
use crate::state::Web;

/// The API of what clients say.
pub fn routes() -> Routes {
    Routes::new()
        .api(Action::WorkResults, routes!(put_reason))
        .api(Action::WorkResults, routes!(create_walkthrough))
        .api(Action::WorkResults, routes!(create_review))
}

/// Why a measure matters to a client.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    text: String,
    client_person_id: Option<String>,
    said_on: Option<String>,
    /// Counts saves; give it as `If-Match`.
    version: i64,
}

pub(super) fn reason_view(reason: &KpiReason) -> ReasonView {
    ReasonView {
        text: reason.text.clone(),
        client_person_id: reason.person_id.as_ref().map(Id::to_string),
        said_on: reason.said_on.map(|day| day.to_string()),
        version: reason.version,
    }
}

/// What a client said of a month's result.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewView {
    id: String,
    month: String,
    /// One case of it; null for the whole.
    case_id: Option<String>,
    /// `agreed` or `contested`.
    verdict: &'static str,
    client_person_id: Option<String>,
    note: String,
    recorded_by: Option<String>,
    at: String,
}

pub(super) fn review_view(review: &ResultReview) -> ReviewView {
    ReviewView {
        id: review.id.to_string(),
        month: review.month.to_string(),
        case_id: review.case_id.clone(),
        verdict: review.verdict.as_str(),
        client_person_id: review.client_person_id.as_ref().map(Id::to_string),
        note: review.note.clone(),
        recorded_by: review.recorded_by.clone(),
        at: review.at.to_string(),
    }
}

/// Who was taken through a measure, by whom and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct WalkthroughView {
    id: String,
    client_person_id: String,
    our_person_id: Option<String>,
    held_on: String,
    note: String,
}

pub(super) fn walkthrough_view(walk: &Walkthrough) -> WalkthroughView {
    WalkthroughView {
        id: walk.id.to_string(),
        client_person_id: walk.client_person_id.to_string(),
        our_person_id: walk.our_person_id.as_ref().map(Id::to_string),
        held_on: walk.held_on.to_string(),
        note: walk.note.clone(),
    }
}

/// The client's words on why a measure matters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    text: String,
    /// Who of the client said so.
    #[serde(default)]
    client_person_id: Option<String>,
    /// On which day.
    #[serde(default)]
    #[schema(example = "2026-11-02")]
    said_on: Option<String>,
}

impl ReasonBody {
    fn draft(&self, version: i64) -> Result<ReasonDraft, crate::failure::Failure> {
        let mut words = Words::default();
        let draft = ReasonDraft {
            text: self.text.clone(),
            person_id: words.id_if("client_person_id", self.client_person_id.as_deref()),
            said_on: self.said_on.as_deref().and_then(|text| words.day("said_on", text)),
            version,
        };
        words.done(Some(draft))
    }
}

/// Keeps why a measure matters to a client; `If-Match: "0"` when nobody has said so yet.
#[utoipa::path(put, path = "/accounts/{account}/measures/{id}/reason", tag = "measures",
    params(("account" = String, Path, description = "The account's id"),
           ("id" = String, Path, description = "The measure's id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = ReasonBody, responses((status = 204, description = "Kept; its version in `ETag`"), Changing))]
async fn put_reason(
    State(web): State<Web>,
    caller: Caller,
    (Path((account, kpi)), IfMatch(version)): (Path<(String, String)>, IfMatch),
    body: Body<ReasonBody>,
) -> ApiResult {
    let (account, kpi) = (path_id(&account)?, path_id(&kpi)?);
    let draft = body.value.draft(version)?;
    let saved = save_reason(web.ctx(), &caller.actor, &kpi, &account, &draft).await;
    matched(saved, reason_version(&web, &caller, &account, &kpi)).await?;
    Ok((StatusCode::NO_CONTENT, [(ETAG, etag(version + 1))]).into_response())
}

async fn reason_version(
    web: &Web,
    caller: &Caller,
    account: &Id<Account>,
    kpi: &Id<Kpi>,
) -> Result<i64, MeasureError> {
    let page = show_measure(web.ctx(), &caller.actor, account, kpi, None).await?;
    Ok(page.reason.map_or(0, |reason| reason.version))
}

/// Who was taken through a measure.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WalkthroughBody {
    client_person_id: String,
    /// Who of ours did it; without one whoever records it.
    #[serde(default)]
    our_person_id: Option<String>,
    #[schema(example = "2026-11-02")]
    held_on: String,
    #[serde(default)]
    note: String,
}

/// Records that a client person was taken through a measure. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/accounts/{account}/measures/{id}/walkthroughs", tag = "measures",
    params(("account" = String, Path, description = "The account's id"),
           ("id" = String, Path, description = "The measure's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = WalkthroughBody,
    responses((status = 201, description = "Recorded", body = WalkthroughView), Making))]
async fn create_walkthrough(
    State(web): State<Web>,
    (caller, key): (Caller, Idempotent),
    Path((account, kpi)): Path<(String, String)>,
    body: Body<WalkthroughBody>,
) -> ApiResult {
    let mut words = Words::default();
    let draft = WalkthroughDraft {
        client_person_id: words.id("client_person_id", &body.value.client_person_id),
        our_person_id: words.id_if("our_person_id", body.value.our_person_id.as_deref()),
        held_on: words.day("held_on", &body.value.held_on),
        note: body.value.note.clone(),
    };
    let draft = words.done(Some(draft))?;
    let place = (path_id(&account)?, path_id(&kpi)?);
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let kept = record_walkthrough(&ctx, actor, &place.1, &place.0, &draft).await?;
        Ok((StatusCode::CREATED, Json(walkthrough_view(&kept))).into_response())
    })
    .await
}

/// What a client says of a month's result.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewBody {
    #[schema(example = "2026-10")]
    month: String,
    /// One case of it; without one the whole.
    #[serde(default)]
    case_id: Option<String>,
    /// `agreed` or `contested`.
    verdict: String,
    client_person_id: String,
    /// In which words; required to contest.
    #[serde(default)]
    note: String,
}

/// Records that a client person agreed with a result, or contests it. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/accounts/{account}/measures/{id}/reviews", tag = "measures",
    params(("account" = String, Path, description = "The account's id"),
           ("id" = String, Path, description = "The measure's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = ReviewBody,
    responses((status = 201, description = "Recorded", body = ReviewView), Making))]
async fn create_review(
    State(web): State<Web>,
    (caller, key): (Caller, Idempotent),
    Path((account, kpi)): Path<(String, String)>,
    body: Body<ReviewBody>,
) -> ApiResult {
    let mut words = Words::default();
    let month = words.month("month", &body.value.month);
    let client_person_id = words.id("client_person_id", &body.value.client_person_id);
    let draft = ReviewDraft {
        month: words.done(month)?,
        case_id: body.value.case_id.clone(),
        verdict: body.value.verdict.clone(),
        client_person_id,
        note: body.value.note.clone(),
    };
    let place = (path_id(&account)?, path_id(&kpi)?);
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let kept = record_review(&ctx, actor, &place.1, &place.0, &draft).await?;
        Ok((StatusCode::CREATED, Json(review_view(&kept))).into_response())
    })
    .await
}
