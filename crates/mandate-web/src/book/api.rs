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
use mandate_app::authorise::clearance;
use mandate_app::book::{self, BookError};
use mandate_domain::Id;
use mandate_domain::book::{Account, Contract, ContractLine, LineOfBusiness, Person, Product, Saved, Team};
use serde_json::{Map, Value, json};
use utoipa_axum::routes;

use super::json::{draft_of, record_json, refuse, whole_draft};
use super::kinds::PageRecord;
use super::schemas::UpsertResult;
use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Idempotent, IfMatch, ListParameters, created, etag, matched};
use crate::failure::path_id;
use crate::state::Web;

type Object = Map<String, Value>;

fn answer<R: PageRecord>(caller: &Caller, saved: &Saved<R>) -> ApiResult {
    let clearance = clearance(&caller.actor);
    Ok(([(ETAG, etag(saved.version))], Json(record_json(saved, clearance))).into_response())
}

async fn list_of<R: PageRecord>(web: &Web, caller: &Caller, parameters: &ListParameters) -> ApiResult {
    let def = book::list(web.ctx(), &caller.actor, R::KIND);
    crate::api::list(web, caller, Action::ReadBook, &def, parameters).await
}

async fn one<R: PageRecord>(web: &Web, caller: &Caller, id: &str) -> ApiResult {
    answer(caller, &book::show::<R>(web.ctx(), &caller.actor, &path_id(id)?).await?)
}

async fn add<R: PageRecord>(web: &Web, caller: &Caller, key: &Idempotent, body: Body<Object>) -> ApiResult {
    let draft = whole_draft::<R>(&body.value, false)?;
    let actor = &caller.actor;
    key.run(web, caller, &body.bytes, |ctx| async move {
        let saved = book::create::<R>(&ctx, actor, draft).await?;
        Ok(created(
            &format!("/api/v1{}/{}", R::PATH, saved.id),
            saved.version,
            &record_json(&saved, clearance(&caller.actor)),
        ))
    })
    .await
}

async fn replace<R: PageRecord>(
    web: &Web,
    caller: &Caller,
    id: &str,
    version: i64,
    body: Body<Object>,
) -> ApiResult {
    let draft = whole_draft::<R>(&body.value, true)?;
    let id = path_id::<R>(id)?;
    let changed = book::change::<R>(web.ctx(), &caller.actor, &id, version, draft).await;
    answer(caller, &matched(changed, version_of(web, caller, &id)).await?)
}

async fn version_of<R: PageRecord>(web: &Web, caller: &Caller, id: &Id<R>) -> Result<i64, BookError> {
    Ok(book::show::<R>(web.ctx(), &caller.actor, id).await?.version)
}

async fn put_away<R: PageRecord>(web: &Web, caller: &Caller, id: &str, version: i64) -> ApiResult {
    let id = path_id::<R>(id)?;
    let trashed = book::trash::<R>(web.ctx(), &caller.actor, &id, Some(version)).await;
    matched(trashed, version_of(web, caller, &id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn bring_back<R: PageRecord>(web: &Web, caller: &Caller, id: &str) -> ApiResult {
    let id = path_id::<R>(id)?;
    book::restore(web.ctx(), &caller.actor, &id).await?;
    answer(caller, &book::show(web.ctx(), &caller.actor, &id).await?)
}

async fn upsert_all<R: PageRecord>(
    web: &Web,
    caller: &Caller,
    key: &Idempotent,
    body: Body<Vec<Object>>,
) -> ApiResult {
    let mut errors = vec![];
    let drafts = body
        .value
        .iter()
        .enumerate()
        .map(|(position, object)| draft_of::<R>(object, &format!("{position}."), &mut errors))
        .collect();
    refuse(errors)?;
    let actor = &caller.actor;
    key.run(web, caller, &body.bytes, |ctx| async move {
        let upserted = book::upsert::<R>(&ctx, actor, drafts).await?;
        let results: Vec<UpsertResult> = upserted
            .iter()
            .map(|it| UpsertResult {
                external_id: it.saved.external_id().map(str::to_owned),
                id: it.saved.id.to_string(),
                outcome: it.outcome.as_str(),
                version: it.saved.version,
            })
            .collect();
        Ok(Json(json!(results)).into_response())
    })
    .await
}

macro_rules! api {
    ($module:ident, $record:ident, $fields:ident, $many:tt, $path:tt, $item:tt, $restore:tt, $upsert:tt) => {
        mod $module {
            use super::super::schemas::{$fields, SavedRecord, UpsertResult};
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
                list_of::<$record>(&web, &caller, &parameters).await
            }

            /// Adds a record. `Idempotency-Key` makes it safe to send twice.
            #[utoipa::path(post, path = $path, tag = "book", operation_id = concat!("create_", $many),
                params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
                request_body = $fields, responses(
                (status = 201, description = "The record", body = SavedRecord<$fields>), Making))]
            async fn create(
                caller: Caller,
                State(web): State<Web>,
                key: Idempotent,
                body: Body<Object>,
            ) -> ApiResult {
                add::<$record>(&web, &caller, &key, body).await
            }

            /// One record with its version in `ETag`.
            #[utoipa::path(get, path = $item, tag = "book", operation_id = concat!("get_", $many),
                params(("id" = String, Path, description = "Its id")), responses(
                (status = 200, description = "The record", body = SavedRecord<$fields>), Reading))]
            async fn get(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
                one::<$record>(&web, &caller, &id).await
            }

            /// Replaces a record; fields that are not given are emptied. `If-Match` names the version that was read.
            #[utoipa::path(put, path = $item, tag = "book", operation_id = concat!("replace_", $many),
                params(("id" = String, Path, description = "Its id"),
                       ("If-Match" = String, Header, description = "The `ETag` that was read")),
                request_body = $fields, responses(
                (status = 200, description = "The record", body = SavedRecord<$fields>), Changing))]
            async fn put(
                caller: Caller,
                State(web): State<Web>,
                Path(id): Path<String>,
                IfMatch(version): IfMatch,
                body: Body<Object>,
            ) -> ApiResult {
                replace::<$record>(&web, &caller, &id, version, body).await
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
                put_away::<$record>(&web, &caller, &id, version).await
            }

            /// Brings a record back from the trash.
            #[utoipa::path(post, path = $restore, tag = "book", operation_id = concat!("restore_", $many),
                params(("id" = String, Path, description = "Its id")), responses(
                (status = 200, description = "The record", body = SavedRecord<$fields>), Making))]
            async fn restore(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
                bring_back::<$record>(&web, &caller, &id).await
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
                upsert_all::<$record>(&web, &caller, &key, body).await
            }
        }
    };
}

api!(
    accounts,
    Account,
    AccountFields,
    "accounts",
    "/accounts",
    "/accounts/{id}",
    "/accounts/{id}/restore",
    "/accounts/upsert"
);
api!(
    people,
    Person,
    PersonFields,
    "people",
    "/people",
    "/people/{id}",
    "/people/{id}/restore",
    "/people/upsert"
);
api!(
    contracts,
    Contract,
    ContractFields,
    "contracts",
    "/contracts",
    "/contracts/{id}",
    "/contracts/{id}/restore",
    "/contracts/upsert"
);
api!(
    contract_lines,
    ContractLine,
    ContractLineFields,
    "contract_lines",
    "/contract-lines",
    "/contract-lines/{id}",
    "/contract-lines/{id}/restore",
    "/contract-lines/upsert"
);
api!(
    products,
    Product,
    ProductFields,
    "products",
    "/products",
    "/products/{id}",
    "/products/{id}/restore",
    "/products/upsert"
);
api!(
    lines_of_business,
    LineOfBusiness,
    LineOfBusinessFields,
    "lines_of_business",
    "/lines-of-business",
    "/lines-of-business/{id}",
    "/lines-of-business/{id}/restore",
    "/lines-of-business/upsert"
);
api!(teams, Team, TeamFields, "teams", "/teams", "/teams/{id}", "/teams/{id}/restore", "/teams/upsert");

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
        .merge(super::account_api::routes())
        .merge(super::duplicates_api::routes())
        .merge(super::imports_api::routes())
}
