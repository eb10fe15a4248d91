//! `/api/v1/duplicates` and `/api/v1/merges`: likely duplicates, telling two apart, merging and undoing, of accounts and people.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::Stored;
use mandate_app::book::duplicates::{Twin, dismiss, likely_duplicates};
use mandate_app::book::merge::{Mergeable, Merging, merge_records, preview_merge};
use mandate_app::book::undo_merge::{PastMerge, kind_of_merge, past_merges, undo_merge};
use mandate_domain::book::{Account, Kind, Person};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Idempotent, Making, Query, Reading};
use crate::failure::path_id;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::TrashBook, routes!(list_duplicates))
        .api(Action::TrashBook, routes!(tell_apart))
        .api(Action::TrashBook, routes!(list_merges))
        .api(Action::TrashBook, routes!(preview))
        .api(Action::TrashBook, routes!(merge))
        .api(Action::TrashBook, routes!(undo))
}

/// Which kind is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct KindParameter {
    /// `accounts` or `people`.
    #[param(example = "people")]
    kind: String,
}

/// One of two records that are likely one.
#[derive(Serialize, ToSchema)]
struct TwinView {
    id: String,
    name: String,
    /// A few words beside it: an industry, a job title.
    context: String,
    external_id: Option<String>,
    created_at: String,
}

/// Two records that are likely one; the one made first comes first, of two that were made at once the one of the lesser id.
#[derive(Serialize, ToSchema)]
struct TwinsView {
    first: TwinView,
    second: TwinView,
    /// What they share: `name`, `email`, `phone`, `domain`.
    reasons: Vec<&'static str>,
}

/// Likely duplicates.
#[derive(Serialize, ToSchema)]
struct TwinListView {
    /// The likeliest first, at most 100.
    pairs: Vec<TwinsView>,
    /// How many were found.
    n_pairs: usize,
}

fn twin(twin: &Twin) -> TwinView {
    TwinView {
        id: twin.id.clone(),
        name: twin.name.clone(),
        context: twin.context.clone(),
        external_id: twin.external_id.clone(),
        created_at: twin.created_at.to_string(),
    }
}

/// Likely duplicates: the same name, address, telephone number; of accounts also people who write from one domain.
#[utoipa::path(get, path = "/duplicates", tag = "book", operation_id = "list_duplicates", params(KindParameter),
    responses((status = 200, description = "The likeliest first", body = TwinListView), Reading))]
async fn list_duplicates(
    caller: Caller,
    State(web): State<Web>,
    Query(asked): Query<KindParameter>,
) -> ApiResult {
    let kind = Mergeable::of(&asked.kind)?.kind();
    let found = likely_duplicates(web.ctx(), &caller.actor, kind).await?;
    let pair = |pair: &mandate_app::book::duplicates::Twins| TwinsView {
        first: twin(&pair.first),
        second: twin(&pair.second),
        reasons: pair.reasons.iter().map(|reason| reason.as_str()).collect(),
    };
    let pairs = found.pairs.iter().map(pair).collect();
    Ok(Json(TwinListView { pairs, n_pairs: found.n_pairs }).into_response())
}

/// Two records that are two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApartBody {
    /// `accounts` or `people`.
    kind: String,
    first: String,
    second: String,
}

/// Remembers that two records are no duplicates.
#[utoipa::path(post, path = "/duplicates/apart", tag = "book", operation_id = "tell_apart", request_body = ApartBody,
    responses((status = 204, description = "It is remembered"), Making))]
async fn tell_apart(caller: Caller, State(web): State<Web>, body: Body<ApartBody>) -> ApiResult {
    let ApartBody { kind, first, second } = &body.value;
    match Mergeable::of(kind)? {
        Mergeable::Accounts => {
            dismiss::<Account>(web.ctx(), &caller.actor, &path_id(first)?, &path_id(second)?).await?;
        }
        Mergeable::People => {
            dismiss::<Person>(web.ctx(), &caller.actor, &path_id(first)?, &path_id(second)?).await?;
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A merge that was made.
#[derive(Serialize, ToSchema)]
struct MergeView {
    id: String,
    /// The record that stands for both.
    kept_id: String,
    kept_name: String,
    /// The record that went to the trash.
    dropped_id: String,
    dropped_name: String,
    by: String,
    at: String,
    /// When it was undone; null while it holds.
    undone_at: Option<String>,
}

fn merge_view(merge: PastMerge) -> MergeView {
    MergeView {
        id: merge.id,
        kept_id: merge.kept_id,
        kept_name: merge.kept_name,
        dropped_id: merge.dropped_id,
        dropped_name: merge.dropped_name,
        by: merge.by,
        at: merge.at.to_string(),
        undone_at: merge.undone_at.map(|at| at.to_string()),
    }
}

/// The newest merges, undone ones too.
#[utoipa::path(get, path = "/merges", tag = "book", operation_id = "list_merges", params(KindParameter),
    responses((status = 200, description = "At most 100, newest first", body = Vec<MergeView>), Reading))]
async fn list_merges(
    caller: Caller,
    State(web): State<Web>,
    Query(asked): Query<KindParameter>,
) -> ApiResult {
    let kind = Mergeable::of(&asked.kind)?.kind();
    let merges = past_merges(web.ctx(), &caller.actor, kind, 100).await?;
    Ok(Json(merges.into_iter().map(merge_view).collect::<Vec<_>>()).into_response())
}

/// Two records to look at.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PairParameters {
    /// `accounts` or `people`.
    kind: String,
    /// The record that is kept.
    keep: String,
    /// The record that goes to the trash.
    drop: String,
}

/// One field in which they differ.
#[derive(Serialize, ToSchema)]
struct FieldChoiceView {
    field: &'static str,
    kept: String,
    dropped: String,
    /// Whether the value of the dropped one is proposed: it is the only one, or the newer.
    takes_dropped: bool,
}

/// What a merge would do.
#[derive(Serialize, ToSchema)]
struct MergePreviewView {
    keep_version: i64,
    drop_version: i64,
    fields: Vec<FieldChoiceView>,
    /// How many records of which kind go over, by word.
    #[schema(value_type = Object)]
    moved: serde_json::Value,
}

/// What merging two records would do; nothing is changed.
#[utoipa::path(get, path = "/merges/preview", tag = "book", operation_id = "preview_merge", params(PairParameters),
    responses((status = 200, description = "Both sides", body = MergePreviewView), Making))]
async fn preview(caller: Caller, State(web): State<Web>, Query(asked): Query<PairParameters>) -> ApiResult {
    match Mergeable::of(&asked.kind)? {
        Mergeable::Accounts => preview_two::<Account>(&web, &caller, &asked).await,
        Mergeable::People => preview_two::<Person>(&web, &caller, &asked).await,
    }
}

async fn preview_two<R: Stored>(web: &Web, caller: &Caller, asked: &PairParameters) -> ApiResult {
    let (keep, drop) = (path_id::<R>(&asked.keep)?, path_id::<R>(&asked.drop)?);
    let found = preview_merge(web.ctx(), &caller.actor, &keep, &drop).await?;
    let fields = found
        .fields
        .into_iter()
        .map(|it| FieldChoiceView {
            field: it.field,
            kept: it.kept,
            dropped: it.dropped,
            takes_dropped: it.takes_dropped,
        })
        .collect();
    let view = MergePreviewView {
        keep_version: found.kept.version,
        drop_version: found.dropped.version,
        fields,
        moved: serde_json::json!(found.moved),
    };
    Ok(Json(view).into_response())
}

/// Two records to merge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeBody {
    /// `accounts` or `people`.
    kind: String,
    /// The record that is kept, and the version of it that was seen.
    keep: String,
    keep_version: i64,
    /// The record that goes to the trash, and the version of it that was seen.
    drop: String,
    drop_version: i64,
    /// Fields that take the value of the dropped record.
    #[serde(default)]
    take: BTreeSet<String>,
}

/// What a merge came to.
#[derive(Serialize, ToSchema)]
struct MergedView {
    /// The merge, for undoing it.
    id: String,
    kept_id: String,
    /// The version of the kept record now.
    version: i64,
}

/// Merges two records: one goes to the trash, and all that refers to it goes over. 409 when somebody merged it before, or
/// when one of them changed since it was seen.
#[utoipa::path(post, path = "/merges", tag = "book", operation_id = "merge_records",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = MergeBody, responses((status = 201, description = "They are one", body = MergedView), Making))]
async fn merge(caller: Caller, State(web): State<Web>, key: Idempotent, body: Body<MergeBody>) -> ApiResult {
    match Mergeable::of(&body.value.kind)? {
        Mergeable::Accounts => merge_two::<Account>(&web, &caller, &key, body).await,
        Mergeable::People => merge_two::<Person>(&web, &caller, &key, body).await,
    }
}

async fn merge_two<R: Stored>(
    web: &Web,
    caller: &Caller,
    key: &Idempotent,
    body: Body<MergeBody>,
) -> ApiResult {
    let asked = body.value;
    let merging = Merging::<R> {
        keep: path_id(&asked.keep)?,
        keep_version: asked.keep_version,
        drop: path_id(&asked.drop)?,
        drop_version: asked.drop_version,
        take: asked.take,
    };
    let actor = &caller.actor;
    key.run(web, caller, &body.bytes, async |ctx| {
        let merged = merge_records(&ctx, actor, &merging).await?;
        let view =
            MergedView { id: merged.id, kept_id: merged.kept.id.to_string(), version: merged.kept.version };
        Ok((StatusCode::CREATED, Json(view)).into_response())
    })
    .await
}

/// The record that stands again.
#[derive(Serialize, ToSchema)]
struct StandsAgain {
    /// `account` or `person`.
    kind: &'static str,
    id: String,
    name: String,
}

/// Undoes a merge, whole or not at all: 409 says what was changed since.
#[utoipa::path(post, path = "/merges/{id}/undo", tag = "book", operation_id = "undo_merge",
    params(("id" = String, Path, description = "The merge's id")),
    responses((status = 200, description = "Both stand again", body = StandsAgain), Making))]
async fn undo(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let view = match kind_of_merge(web.ctx(), &caller.actor, &id).await? {
        Kind::Person => again(undo_merge::<Person>(web.ctx(), &caller.actor, &id).await?),
        _ => again(undo_merge::<Account>(web.ctx(), &caller.actor, &id).await?),
    };
    Ok(Json(view).into_response())
}

fn again<R: Stored>(saved: mandate_domain::book::Saved<R>) -> StandsAgain {
    StandsAgain { kind: R::KIND.as_str(), id: saved.id.to_string(), name: saved.name().to_owned() }
}
