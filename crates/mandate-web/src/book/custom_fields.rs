//! Settings > Fields: the custom fields of each kind of record, defining, changing, removing and bringing back; and the API of it.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::book::custom_fields::{
    CustomFieldError, Removed, StoredField, bring_back_field, change_field, define_field, list_definitions,
    remove_field, show_definition,
};
use mandate_app::{Action, FieldError, Message, UseCaseError};
use mandate_domain::book::{CUSTOM_TYPES, Draft, Kind};

use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::json::refuse;
use super::kinds::home;
use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, Idempotent, IfMatch, Making, Reading, created, etag, matched,
};
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::identity::settings_tabs;
use crate::state::Web;

/// What a form or a request says of a definition.
const PARTS: [&str; 11] = [
    "key", "label", "label_de", "help", "type", "decimals", "currency", "choices", "required", "read_for",
    "position",
];

/// The pages and the operations.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/settings/fields", Action::Administer, list)
        .get("/settings/fields/new", Action::Administer, new)
        .post("/settings/fields/new", Action::Administer, define)
        .get("/settings/fields/{id}", Action::Administer, edit)
        .post("/settings/fields/{id}", Action::Administer, change)
        .post("/settings/fields/{id}/remove", Action::Administer, remove)
        .post("/settings/fields/{id}/restore", Action::Administer, bring_back)
        .api(Action::ReadBook, routes!(get_fields))
        .api(Action::Administer, routes!(post_field))
        .api(Action::ReadBook, routes!(get_field))
        .api(Action::Administer, routes!(put_field))
        .api(Action::Administer, routes!(delete_field))
        .api(Action::Administer, routes!(restore_field))
}

fn type_text_id(word: &str) -> String {
    format!("custom-field-type-{}", word.replace('_', "-"))
}

fn kind_text(visit: &Visit, kind: Kind) -> String {
    match kind {
        Kind::Account => visit.t("book-account-many"),
        Kind::ContractLine => visit.t("book-contract-line-many"),
        kind => visit.t(home(kind).title),
    }
}

async fn list(State(web): State<Web>, visit: Visit) -> PageResult {
    let fields = list_definitions(web.ctx(), &visit.actor, None).await?;
    let line = |stored: &StoredField| {
        let field = &stored.field;
        let kind = visit.t(&type_text_id(field.shape.as_str()));
        let currency = field.shape.currency().map(|it| format!(" ({})", it.code())).unwrap_or_default();
        let mut tags = vec![];
        if field.required {
            tags.push(visit.t("custom-field-required"));
        }
        if field.purpose.is_some() {
            tags.push(visit.t("custom-field-for-cost"));
        }
        if stored.retired_at.is_some() {
            tags.push(visit.t("custom-field-retired"));
        }
        context! {
            id => field.id.to_string(), version => stored.version, label => field.label.clone(),
            key => field.key(), kind => format!("{kind}{currency}"), tags => tags,
            retired => stored.retired_at.is_some(),
        }
    };
    let groups: Vec<Value> = Kind::ALL
        .into_iter()
        .filter_map(|kind| {
            let of_kind: Vec<Value> =
                fields.iter().filter(|stored| stored.field.kind == kind).map(line).collect();
            (!of_kind.is_empty()).then(|| {
                context! {
                    title => kind_text(&visit, kind), fields => of_kind,
                    new_href => format!("/settings/fields/new?kind={}", kind.plural()),
                }
            })
        })
        .collect();
    let n_live = fields.iter().filter(|stored| stored.retired_at.is_none()).count();
    let own = context! {
        tabs => settings_tabs(&visit, "settings-tab-fields"), groups => groups,
        lead => visit.tr("custom-field-lead", &[("count", &n_live.to_string())]),
    };
    let page = Page::new(visit.t("custom-field-title"), "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .help("custom-fields");
    visit.render(page, "book/custom_fields.html", own)
}

struct Asked<'a> {
    kind: &'a str,
    stored: Option<&'a StoredField>,
    notice: Option<String>,
    form: &'a Form,
    errors: &'a [FieldError],
}

fn form_page(visit: &Visit, status: StatusCode, asked: &Asked<'_>) -> PageResult {
    let option = |value: &str, text: String| context! { value => value, text => text };
    let kinds: Vec<Value> =
        Kind::ALL.into_iter().map(|kind| option(kind.plural(), kind_text(visit, kind))).collect();
    let types: Vec<Value> =
        CUSTOM_TYPES.into_iter().map(|word| option(word, visit.t(&type_text_id(word)))).collect();
    let stored = asked.stored;
    let title = match stored {
        Some(stored) => visit.tr("custom-field-edit", &[("name", &stored.field.label)]),
        None => visit.t("custom-field-add"),
    };
    let own = context! {
        title => title.clone(), form => asked.form.view(visit, asked.errors), notice => asked.notice.clone(),
        kinds => kinds, types => types, kind => asked.kind, is_new => stored.is_none(),
        type_text => stored.map(|it| visit.t(&type_text_id(it.field.shape.as_str()))),
        kind_text => stored.map(|it| kind_text(visit, it.field.kind)),
        action => stored.map_or_else(
            || "/settings/fields/new".to_owned(),
            |it| format!("/settings/fields/{}", it.field.id),
        ),
        submit => visit.t(if stored.is_some() { "book-save" } else { "custom-field-add" }),
    };
    let page = Page::new(title, "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .crumb(visit.t("custom-field-title"), "/settings/fields")
        .help("custom-fields");
    visit.render_with_status(status, page, "book/custom_field_form.html", own)
}

async fn new(visit: Visit, Query(given): Query<BTreeMap<String, String>>) -> PageResult {
    let form = Form::from_pairs([
        ("type", "text".to_owned()),
        ("required", "no".to_owned()),
        ("read_for", "all".to_owned()),
    ]);
    let kind = given.get("kind").and_then(|word| Kind::parse(word)).unwrap_or(Kind::Account);
    let asked = Asked { kind: kind.plural(), stored: None, notice: None, form: &form, errors: &[] };
    form_page(&visit, StatusCode::OK, &asked)
}

fn draft_of(form: &Form) -> Draft {
    let sent = PARTS.into_iter().filter(|name| form.has(name));
    sent.fold(Draft::new(), |draft, name| draft.with(name, form.get(name)))
}

async fn define(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let Some(kind) = Kind::parse(form.get("kind")) else {
        return Err(Failure::bad_request(Message::new("custom-field-error-kind")));
    };
    match define_field(web.ctx(), &visit.actor, kind, &draft_of(&form)).await {
        Ok(stored) => {
            let text = visit.tr("custom-field-added", &[("name", &stored.field.label)]);
            Ok(visit.redirect_with("/settings/fields", text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors = error.fields();
            let kind = kind.plural();
            let asked = Asked { kind, stored: None, notice: None, form: &form, errors: &errors };
            form_page(&visit, StatusCode::UNPROCESSABLE_ENTITY, &asked)
        }
    }
}

fn form_of(stored: &StoredField) -> Form {
    let draft = stored.field.draft();
    let mut form =
        Form::from_owned(draft.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect());
    form.push("version", stored.version.to_string());
    form
}

async fn edit(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let stored = show_definition(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let form = form_of(&stored);
    let kind = stored.field.kind.plural();
    let asked = Asked { kind, stored: Some(&stored), notice: None, form: &form, errors: &[] };
    form_page(&visit, StatusCode::OK, &asked)
}

fn version(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(0)
}

async fn change(State(web): State<Web>, visit: Visit, Path(id): Path<String>, mut form: Form) -> PageResult {
    let id = path_id(&id)?;
    let changed = change_field(web.ctx(), &visit.actor, &id, version(&form), &draft_of(&form)).await;
    let error = match changed {
        Ok(stored) => {
            let text = visit.tr("custom-field-saved", &[("name", &stored.field.label)]);
            return Ok(visit.redirect_with("/settings/fields", text, None));
        }
        Err(error) => error,
    };
    let is_stale = error.kind() == mandate_app::ErrorKind::Stale;
    if error.fields().is_empty() && !is_stale {
        return Err(error.into());
    }
    let stored = show_definition(web.ctx(), &visit.actor, &id).await?;
    let (status, notice) = if is_stale {
        form.replace("version", stored.version.to_string());
        (StatusCode::CONFLICT, Some(visit.t("book-stale")))
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, None)
    };
    let kind = stored.field.kind.plural();
    let asked = Asked { kind, stored: Some(&stored), notice, form: &form, errors: &error.fields() };
    form_page(&visit, status, &asked)
}

async fn remove(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let (stored, removed) = remove_field(web.ctx(), &visit.actor, &path_id(&id)?, version(&form)).await?;
    let name = stored.field.label.as_str();
    let (text, undo) = match removed {
        Removed::Retired => ("custom-field-was-retired", Some(format!("/settings/fields/{id}/restore"))),
        Removed::Gone => ("custom-field-was-removed", None),
    };
    Ok(visit.redirect_with("/settings/fields", visit.tr(text, &[("name", name)]), undo))
}

async fn bring_back(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let stored = bring_back_field(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let text = visit.tr("custom-field-was-restored", &[("name", &stored.field.label)]);
    Ok(visit.redirect_with("/settings/fields", text, None))
}

/// A custom field.
#[derive(Serialize, ToSchema)]
struct CustomFieldView {
    id: String,
    /// The kind of record, such as `account`.
    kind: &'static str,
    /// Its name in `custom` objects; in lists, filters and files `custom.` and the key.
    key: String,
    label: String,
    /// Empty where there is none.
    label_de: String,
    help: String,
    /// `text`, `long_text`, `whole`, `decimal`, `amount`, `date`, `yes_no`, `choice`, `choices`, `web`, `email`, `person` or `account`.
    r#type: &'static str,
    /// Of a `decimal`: how many there are at most.
    decimals: Option<u8>,
    /// Of an `amount`.
    currency: Option<String>,
    /// What can be chosen.
    choices: Vec<String>,
    /// Whether whoever makes a record must state it.
    required: bool,
    /// `all`, or `cost` for who may read costs.
    read_for: &'static str,
    /// Its place among the fields of its kind.
    position: i64,
    /// Since when it is retired.
    retired_at: Option<String>,
    /// Counts saves; also in `ETag`.
    version: i64,
    created_at: String,
    updated_at: String,
}

impl From<&StoredField> for CustomFieldView {
    fn from(stored: &StoredField) -> Self {
        let field = &stored.field;
        Self {
            id: field.id.to_string(),
            kind: field.kind.as_str(),
            key: field.key().to_owned(),
            label: field.label.clone(),
            label_de: field.label_de.clone(),
            help: field.help.clone(),
            r#type: field.shape.as_str(),
            decimals: field.shape.decimals(),
            currency: field.shape.currency().map(|currency| currency.code().to_owned()),
            choices: field.shape.choices().to_vec(),
            required: field.required,
            read_for: if field.purpose.is_some() { "cost" } else { "all" },
            position: field.position,
            retired_at: stored.retired_at.map(|at| at.to_string()),
            version: stored.version,
            created_at: stored.created_at.to_string(),
            updated_at: stored.updated_at.to_string(),
        }
    }
}

/// A definition. What is not given stays as it is, and is as usual in a new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomFieldBody {
    /// The kind of record, such as `account`; of a new field only.
    kind: Option<String>,
    /// Small letters a to z, digits and underscores, a letter first; never changes.
    #[schema(example = "region")]
    key: Option<String>,
    #[schema(example = "Region")]
    label: Option<String>,
    label_de: Option<String>,
    help: Option<String>,
    /// `text`, `long_text`, `whole`, `decimal`, `amount`, `date`, `yes_no`, `choice`, `choices`, `web`, `email`, `person` or `account`; never changes.
    #[schema(example = "text")]
    r#type: Option<String>,
    /// Of a `decimal`, 1 to 6; 2 when not given.
    decimals: Option<i64>,
    /// Of an `amount`: ISO 4217.
    currency: Option<String>,
    /// What can be chosen; more may be added, none taken out.
    choices: Option<Vec<String>>,
    required: Option<bool>,
    /// `all` or `cost`; never changes.
    read_for: Option<String>,
    position: Option<i64>,
}

impl CustomFieldBody {
    fn draft(self) -> Draft {
        let number = |number: Option<i64>| number.map(|it| it.to_string());
        let required = self.required.map(|it| if it { "yes" } else { "no" }.to_owned());
        let given = [
            ("key", self.key),
            ("label", self.label),
            ("label_de", self.label_de),
            ("help", self.help),
            ("type", self.r#type),
            ("decimals", number(self.decimals)),
            ("currency", self.currency),
            ("choices", self.choices.map(|choices| choices.join("\n"))),
            ("required", required),
            ("read_for", self.read_for),
            ("position", number(self.position)),
        ];
        given.into_iter().fold(Draft::new(), |draft, (name, text)| match text {
            Some(text) => draft.with(name, text),
            None => draft,
        })
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CustomFieldsParameters {
    /// One kind of record only, such as `accounts`.
    #[serde(default)]
    kind: Option<String>,
}

fn kind_named(word: Option<&str>) -> Result<Option<Kind>, Failure> {
    let Some(word) = word else { return Ok(None) };
    let kind = Kind::parse(word);
    if kind.is_none() {
        let message = Message::new("custom-field-error-kind");
        refuse(vec![FieldError { field: "kind".to_owned(), message }])?;
    }
    Ok(kind)
}

fn answer(stored: &StoredField) -> ApiResult {
    let tag = etag(stored.version);
    Ok(([(axum::http::header::ETAG, tag)], Json(CustomFieldView::from(stored))).into_response())
}

/// The custom fields the caller may know of, by kind and place; retired ones for administrators only.
#[utoipa::path(get, path = "/custom-fields", tag = "book", operation_id = "list_custom_fields",
    params(CustomFieldsParameters),
    responses((status = 200, description = "The fields", body = Vec<CustomFieldView>), Reading))]
async fn get_fields(
    caller: Caller,
    State(web): State<Web>,
    crate::api::Query(asked): crate::api::Query<CustomFieldsParameters>,
) -> ApiResult {
    let kind = kind_named(asked.kind.as_deref())?;
    let fields = list_definitions(web.ctx(), &caller.actor, kind).await?;
    Ok(Json(fields.iter().map(CustomFieldView::from).collect::<Vec<_>>()).into_response())
}

/// Defines a field. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/custom-fields", tag = "book", operation_id = "create_custom_field",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = CustomFieldBody,
    responses((status = 201, description = "The field", body = CustomFieldView), Making))]
async fn post_field(
    caller: Caller,
    State(web): State<Web>,
    key: Idempotent,
    body: Body<CustomFieldBody>,
) -> ApiResult {
    let Some(kind) = kind_named(body.value.kind.as_deref())? else {
        let message = Message::new("book-problem-required");
        refuse(vec![FieldError { field: "kind".to_owned(), message }])?;
        return Err(Failure::bad_request(Message::new("custom-field-error-kind")));
    };
    let draft = body.value.draft();
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let stored = define_field(&ctx, actor, kind, &draft).await?;
        let path = format!("/api/v1/custom-fields/{}", stored.field.id);
        Ok(created(&path, stored.version, &CustomFieldView::from(&stored)))
    })
    .await
}

/// One field with its version in `ETag`.
#[utoipa::path(get, path = "/custom-fields/{id}", tag = "book", operation_id = "get_custom_field",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The field", body = CustomFieldView), Reading))]
async fn get_field(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    answer(&show_definition(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}

/// Changes a field; what is not given stays. `If-Match` names the version that was read.
#[utoipa::path(put, path = "/custom-fields/{id}", tag = "book", operation_id = "replace_custom_field",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = CustomFieldBody,
    responses((status = 200, description = "The field", body = CustomFieldView), Changing))]
async fn put_field(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<CustomFieldBody>,
) -> ApiResult {
    let id = path_id(&id)?;
    if body.value.kind.is_some() {
        let message = Message::new("custom-field-error-kind-stays");
        refuse(vec![FieldError { field: "kind".to_owned(), message }])?;
    }
    let changed = change_field(web.ctx(), &caller.actor, &id, version, &body.value.draft()).await;
    answer(&matched(changed, version_of(&web, &caller, &id)).await?)
}

async fn version_of(
    web: &Web,
    caller: &Caller,
    id: &mandate_domain::Id<mandate_domain::book::CustomField>,
) -> Result<i64, CustomFieldError> {
    Ok(show_definition(web.ctx(), &caller.actor, id).await?.version)
}

/// Retires a field that records hold values of, and removes any other.
#[utoipa::path(delete, path = "/custom-fields/{id}", tag = "book", operation_id = "remove_custom_field",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 204, description = "It is out of sight"), Changing))]
async fn delete_field(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    let id = path_id(&id)?;
    let removed = remove_field(web.ctx(), &caller.actor, &id, version).await;
    matched(removed, version_of(&web, &caller, &id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Brings a retired field back, with what records hold in it.
#[utoipa::path(post, path = "/custom-fields/{id}/restore", tag = "book", operation_id = "restore_custom_field",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The field", body = CustomFieldView), Making))]
async fn restore_field(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    answer(&bring_back_field(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}
