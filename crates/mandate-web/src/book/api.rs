//! The book's API: for every kind a list, one record, create, replace, trash, restore and bulk upsert by the firm's own ids;
//! and the import of a file.
//!
//! The handlers are the same for every kind and written once; the macro only gives each its path and its words in the
//! OpenAPI document.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::{self, AnySaved, BookError};
use mandate_domain::book::{CustomField, Kind};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use utoipa_axum::routes;

use super::json::{draft_of, record_json, refuse, whole_draft};
use super::kinds::home;
use super::schemas::UpsertResult;
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Idempotent, IfMatch, ListParameters, created, etag, matched};
use crate::state::Web;

type Object = Map<String, Value>;

fn answer(saved: &AnySaved) -> ApiResult {
    Ok(([(ETAG, etag(saved.version))], Json(record_json(saved))).into_response())
}

async fn list_of(web: &Web, caller: &Caller, kind: Kind, parameters: &ListParameters) -> ApiResult {
    let def = book::list_with_custom(web.ctx(), &caller.actor, kind).await.map_err(BookError::from)?;
    crate::api::list(web, caller, Action::ReadBook, &def, parameters).await
}

async fn one(web: &Web, caller: &Caller, kind: Kind, id: &str) -> ApiResult {
    answer(&book::show_any(web.ctx(), &caller.actor, kind, id).await?)
}

/// The custom fields that a request may name; asked for only where it names any.
async fn custom_of(
    web: &Web,
    caller: &Caller,
    kind: Kind,
    object: &Object,
) -> Result<Vec<Arc<CustomField>>, BookError> {
    if !object.contains_key("custom") {
        return Ok(vec![]);
    }
    book::custom_fields(web.ctx(), &caller.actor, kind).await
}

async fn add((web, kind): (&Web, Kind), caller: &Caller, key: &Idempotent, body: Body<Object>) -> ApiResult {
    let fields = custom_of(web, caller, kind, &body.value).await?;
    let draft = whole_draft((kind, &fields), &body.value, false)?;
    let actor = &caller.actor;
    key.run(web, caller, &body.bytes, |ctx| async move {
        let saved = book::create_any(&ctx, actor, kind, draft).await?;
        let path = format!("/api/v1{}/{}", home(kind).path, saved.id);
        Ok(created(&path, saved.version, &record_json(&saved)))
    })
    .await
}

async fn replace(
    web: &Web,
    caller: &Caller,
    (kind, id): (Kind, &str),
    version: i64,
    body: Body<Object>,
) -> ApiResult {
    let fields = custom_of(web, caller, kind, &body.value).await?;
    let draft = whole_draft((kind, &fields), &body.value, true)?;
    let changed = book::change_any(web.ctx(), &caller.actor, (kind, id), version, draft).await;
    answer(&matched(changed, version_of(web, caller, (kind, id))).await?)
}

async fn version_of(web: &Web, caller: &Caller, (kind, id): (Kind, &str)) -> Result<i64, BookError> {
    Ok(book::show_any(web.ctx(), &caller.actor, kind, id).await?.version)
}

async fn put_away(web: &Web, caller: &Caller, (kind, id): (Kind, &str), version: i64) -> ApiResult {
    let trashed = book::trash_any(web.ctx(), &caller.actor, (kind, id), Some(version)).await;
    matched(trashed, version_of(web, caller, (kind, id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn bring_back(web: &Web, caller: &Caller, kind: Kind, id: &str) -> ApiResult {
    book::restore_any(web.ctx(), &caller.actor, kind, id).await?;
    answer(&book::show_any(web.ctx(), &caller.actor, kind, id).await?)
}

async fn upsert_all(
    (web, kind): (&Web, Kind),
    caller: &Caller,
    key: &Idempotent,
    body: Body<Vec<Object>>,
) -> ApiResult {
    let mut errors = vec![];
    let mut fields = vec![];
    if let Some(first) = body.value.iter().find(|object| object.contains_key("custom")) {
        fields = custom_of(web, caller, kind, first).await?;
    }
    let drafts = body
        .value
        .iter()
        .enumerate()
        .map(|(position, object)| {
            draft_of((kind, &fields), object, (&format!("{position}."), false), &mut errors)
        })
        .collect();
    refuse(errors)?;
    let actor = &caller.actor;
    key.run(web, caller, &body.bytes, |ctx| async move {
        let upserted = book::upsert_any(&ctx, actor, kind, drafts).await?;
        let results: Vec<UpsertResult> = upserted
            .into_iter()
            .map(|(saved, outcome)| UpsertResult {
                external_id: saved.external_id,
                id: saved.id,
                outcome: outcome.as_str(),
                version: saved.version,
            })
            .collect();
        Ok(Json(json!(results)).into_response())
    })
    .await
}

macro_rules! api {
    ($module:ident, $record:ident, $schemas:ident::$fields:ident, $many:tt, $path:tt, $item:tt, $restore:tt, $upsert:tt) => {
        mod $module {
            use super::super::schemas::{GivenRecord, SavedRecord, UpsertResult};
            use super::super::$schemas::$fields;
            use super::*;
            use crate::api::{Changing, Listing, Making, Reading};

            pub(super) fn routes() -> Routes {
                Routes::new()
                    .api(Action::ReadBook, routes!(list))
        .api(Action::WriteBook, routes!(create))
                    .api(Action::ReadBook, routes!(get))
        .api(Action::WriteBook, routes!(put))
        .api(Action::TrashBook, routes!(delete))
                    .api(Action::TrashBook, routes!(restore))
                    .api(Action::WriteBook, routes!(upsert))
            }

            /// The records that match, page by page.
            #[utoipa::path(get, path = $path, tag = "book", operation_id = concat!("list_", $many),
                params(ListParameters), responses(
                (status = 200, description = "One page", body = Listing), Reading))]
            async fn list(
                caller: Caller,
                State(web): State<Web>,
                crate::api::Query(parameters): crate::api::Query<ListParameters>,
            ) -> ApiResult {
                list_of(&web, &caller, Kind::$record, &parameters).await
            }

            /// Adds a record. `Idempotency-Key` makes it safe to send twice.
            #[utoipa::path(post, path = $path, tag = "book", operation_id = concat!("create_", $many),
                params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
                request_body = GivenRecord<$fields>, responses(
                (status = 201, description = "The record", body = SavedRecord<$fields>), Making))]
            async fn create(
                caller: Caller,
                State(web): State<Web>,
                key: Idempotent,
                body: Body<Object>,
            ) -> ApiResult {
                add((&web, Kind::$record), &caller, &key, body).await
            }

            /// One record with its version in `ETag`.
            #[utoipa::path(get, path = $item, tag = "book", operation_id = concat!("get_", $many),
                params(("id" = String, Path, description = "Its id")), responses(
                (status = 200, description = "The record", body = SavedRecord<$fields>), Reading))]
            async fn get(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
                one(&web, &caller, Kind::$record, &id).await
            }

            /// Replaces a record; fields that are not given are emptied. `If-Match` names the version that was read.
            #[utoipa::path(put, path = $item, tag = "book", operation_id = concat!("replace_", $many),
                params(("id" = String, Path, description = "Its id"),
                       ("If-Match" = String, Header, description = "The `ETag` that was read")),
                request_body = GivenRecord<$fields>, responses(
                (status = 200, description = "The record", body = SavedRecord<$fields>), Changing))]
            async fn put(
                caller: Caller,
                State(web): State<Web>,
                Path(id): Path<String>,
                IfMatch(version): IfMatch,
                body: Body<Object>,
            ) -> ApiResult {
                replace(&web, &caller, (Kind::$record, &id), version, body).await
            }

            /// Puts a record into the trash, whence it can be restored.
            #[utoipa::path(delete, path = $item, tag = "book", operation_id = concat!("trash_", $many),
                params(("id" = String, Path, description = "Its id"),
                       ("If-Match" = String, Header, description = "The `ETag` that was read")), responses(
                (status = 204, description = "It lies in the trash"), Changing))]
            async fn delete(
                caller: Caller,
                State(web): State<Web>,
                Path(id): Path<String>,
                IfMatch(version): IfMatch,
            ) -> ApiResult {
                put_away(&web, &caller, (Kind::$record, &id), version).await
            }

            /// Brings a record back from the trash.
            #[utoipa::path(post, path = $restore, tag = "book", operation_id = concat!("restore_", $many),
                params(("id" = String, Path, description = "Its id")), responses(
                (status = 200, description = "The record", body = SavedRecord<$fields>), Making))]
            async fn restore(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
                bring_back(&web, &caller, Kind::$record, &id).await
            }

            /// Makes or changes up to 1,000 records by `external_id`, whole or not at all. Fields that are not given stay
            /// as they are; null empties one. Errors name fields as `<position>.<field>`.
            #[utoipa::path(post, path = $upsert, tag = "book", operation_id = concat!("upsert_", $many),
                params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
                request_body = Vec<$fields>, responses(
                (status = 200, description = "What became of each, in order", body = Vec<UpsertResult>), Making))]
            async fn upsert(
                caller: Caller,
                State(web): State<Web>,
                key: Idempotent,
                body: Body<Vec<Object>>,
            ) -> ApiResult {
                upsert_all((&web, Kind::$record), &caller, &key, body).await
            }
        }
    };
}

api!(
    accounts,
    Account,
    schemas::AccountFields,
    "accounts",
    "/accounts",
    "/accounts/{id}",
    "/accounts/{id}/restore",
    "/accounts/upsert"
);
api!(
    people,
    Person,
    schemas::PersonFields,
    "people",
    "/people",
    "/people/{id}",
    "/people/{id}/restore",
    "/people/upsert"
);
api!(
    contracts,
    Contract,
    schemas::ContractFields,
    "contracts",
    "/contracts",
    "/contracts/{id}",
    "/contracts/{id}/restore",
    "/contracts/upsert"
);
api!(
    contract_lines,
    ContractLine,
    schemas::ContractLineFields,
    "contract_lines",
    "/contract-lines",
    "/contract-lines/{id}",
    "/contract-lines/{id}/restore",
    "/contract-lines/upsert"
);
api!(
    products,
    Product,
    schemas::ProductFields,
    "products",
    "/products",
    "/products/{id}",
    "/products/{id}/restore",
    "/products/upsert"
);
api!(
    lines_of_business,
    LineOfBusiness,
    schemas::LineOfBusinessFields,
    "lines_of_business",
    "/lines-of-business",
    "/lines-of-business/{id}",
    "/lines-of-business/{id}/restore",
    "/lines-of-business/upsert"
);
api!(
    teams,
    Team,
    schemas::TeamFields,
    "teams",
    "/teams",
    "/teams/{id}",
    "/teams/{id}/restore",
    "/teams/upsert"
);

api!(
    list_prices,
    ListPrice,
    relationship_schemas::ListPriceFields,
    "list_prices",
    "/list-prices",
    "/list-prices/{id}",
    "/list-prices/{id}/restore",
    "/list-prices/upsert"
);
api!(
    exchange_rates,
    ExchangeRate,
    relationship_schemas::ExchangeRateFields,
    "exchange_rates",
    "/exchange-rates",
    "/exchange-rates/{id}",
    "/exchange-rates/{id}/restore",
    "/exchange-rates/upsert"
);
api!(
    amendments,
    Amendment,
    relationship_schemas::AmendmentFields,
    "amendments",
    "/amendments",
    "/amendments/{id}",
    "/amendments/{id}/restore",
    "/amendments/upsert"
);
api!(
    stakes,
    Stake,
    relationship_schemas::StakeFields,
    "stakes",
    "/stakes",
    "/stakes/{id}",
    "/stakes/{id}/restore",
    "/stakes/upsert"
);
api!(
    expertise_entries,
    Expertise,
    relationship_schemas::ExpertiseFields,
    "expertise_entries",
    "/expertise",
    "/expertise/{id}",
    "/expertise/{id}/restore",
    "/expertise/upsert"
);
api!(
    career_steps,
    CareerStep,
    relationship_schemas::CareerStepFields,
    "career_steps",
    "/career-steps",
    "/career-steps/{id}",
    "/career-steps/{id}/restore",
    "/career-steps/upsert"
);
api!(
    acquaintances,
    Acquaintance,
    relationship_schemas::AcquaintanceFields,
    "acquaintances",
    "/acquaintances",
    "/acquaintances/{id}",
    "/acquaintances/{id}/restore",
    "/acquaintances/upsert"
);
api!(
    expectations,
    Expectation,
    relationship_schemas::ExpectationFields,
    "expectations",
    "/expectations",
    "/expectations/{id}",
    "/expectations/{id}/restore",
    "/expectations/upsert"
);
api!(
    promises,
    Promise,
    relationship_schemas::PromiseFields,
    "promises",
    "/promises",
    "/promises/{id}",
    "/promises/{id}/restore",
    "/promises/upsert"
);
api!(
    communications,
    Communication,
    relationship_schemas::CommunicationFields,
    "communications",
    "/communications",
    "/communications/{id}",
    "/communications/{id}/restore",
    "/communications/upsert"
);
api!(
    reviews,
    Review,
    relationship_schemas::ReviewFields,
    "reviews",
    "/reviews",
    "/reviews/{id}",
    "/reviews/{id}/restore",
    "/reviews/upsert"
);
api!(
    opportunities,
    Opportunity,
    relationship_schemas::OpportunityFields,
    "opportunities",
    "/opportunities",
    "/opportunities/{id}",
    "/opportunities/{id}/restore",
    "/opportunities/upsert"
);
api!(
    actuals,
    Actual,
    relationship_schemas::ActualFields,
    "actuals",
    "/actuals",
    "/actuals/{id}",
    "/actuals/{id}/restore",
    "/actuals/upsert"
);

/// The room's API routes.
pub fn routes() -> Routes {
    Routes::new()
        .merge(accounts::routes())
        .merge(people::routes())
        .merge(contracts::routes())
        .merge(contract_lines::routes())
        .merge(products::routes())
        .merge(lines_of_business::routes())
        .merge(teams::routes())
        .merge(list_prices::routes())
        .merge(exchange_rates::routes())
        .merge(amendments::routes())
        .merge(stakes::routes())
        .merge(expertise_entries::routes())
        .merge(career_steps::routes())
        .merge(acquaintances::routes())
        .merge(expectations::routes())
        .merge(promises::routes())
        .merge(communications::routes())
        .merge(reviews::routes())
        .merge(opportunities::routes())
        .merge(actuals::routes())
        .merge(super::account_api::routes())
        .merge(super::account_brief::api_routes())
        .merge(super::coverage_api::routes())
        .merge(super::dates::api_routes())
        .merge(super::timeline::api_routes())
        .merge(super::promises::api_routes())
        .merge(super::handover::api_routes())
        .merge(super::expectations::api_routes())
        .merge(super::growth::api::routes())
        .merge(super::duplicates_api::routes())
        .merge(super::fit::api_routes())
        .merge(super::handovers::api_routes())
        .merge(super::manager_api::routes())
        .merge(super::imports_api::routes())
}
