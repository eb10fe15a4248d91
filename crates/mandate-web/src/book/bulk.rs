//! Many records at once: the bar over a list, what is to be done, what would happen to each record, and what came of it.
//!
//! One address stands for a bulk edit through all its steps, so a reload shows where it is. Not here: what may be done and how, which is
//! `mandate_app::book::bulk`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use mandate_app::book::bulk::{
    self, BulkError, BulkShown, BulkState, BulkWork, Picked, RowState, ShownRow, bulk_fields,
};
use mandate_app::book::tags::{TagChange, suggested_tags};
use mandate_app::jobs::{JobStatusError, cancel_job};
use mandate_app::listing::ListQuery;
use mandate_app::{Action, FieldError, Message, UseCaseError, book};
use mandate_domain::book::{CustomField, CustomShape, Draft, Kind, Shape, Spec};
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;

use super::form::{field_view, number_field};
use super::kinds::{home, href, kind_text_id};
use super::{custom, lists, record};
use crate::access::Routes;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit, redirect};
use crate::numbers::Numbers;
use crate::state::Web;
use crate::table::field_text_id;
use crate::table_request::TableRequest;

/// Records shown on a page of a bulk edit.
const ROWS_SHOWN: usize = 50;
/// Records of the file of those that were refused: all there may be.
const MOST_IN_FILE: usize = bulk::MOST_AT_ONCE;
/// Tags offered while one types.
const TAGS_OFFERED: usize = 50;

/// Pages under `/bulk`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/bulk", Action::WriteBook, choose)
        .get("/bulk/{bulk}", Action::WriteBook, show)
        .post("/bulk/{bulk}/check", Action::WriteBook, check)
        .post("/bulk/{bulk}/commit", Action::WriteBook, commit)
        .post("/bulk/{bulk}/undo", Action::WriteBook, undo)
        .post("/bulk/{bulk}/stop", Action::WriteBook, stop)
        .get("/bulk/{bulk}/progress.json", Action::WriteBook, progress)
        .get("/bulk/{bulk}/refused.csv", Action::WriteBook, refused_csv)
        .merge(super::bulk_api::routes())
}

/// The bar over a list of `kind`, or of the trash; nothing for who may not write.
pub(crate) fn bar(visit: &Visit, kind: Option<Kind>) -> Option<Value> {
    if !visit.may(Action::WriteBook) {
        return None;
    }
    let act = |value: &str, id: &str| context! { value => value, text => visit.t(id) };
    let mut actions = vec![];
    if kind.is_some() {
        actions.push(act("fields", "bulk-do-fields"));
        actions.push(act("tags", "bulk-do-tags"));
    }
    if visit.may(Action::TrashBook) {
        let (word, id) =
            if kind.is_some() { ("trash", "bulk-do-trash") } else { ("restore", "bulk-do-restore") };
        actions.push(act(word, id));
    }
    let query = visit.uri.query().unwrap_or_default();
    Some(context! { kind => kind.map_or("trash", Kind::as_str), query => query, actions => actions })
}

/// The list that a bulk edit was chosen from.
fn list_path(kind: Option<Kind>) -> &'static str {
    match kind {
        None => "/trash",
        Some(Kind::Account) => "/portfolio",
        Some(kind) => home(kind).path,
    }
}

fn path_of(id: &str) -> String {
    format!("/bulk/{id}")
}

async fn choose(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let kind = match form.get("kind") {
        "trash" => None,
        word => {
            let message = Message::new("bulk-error-no-kind");
            let fields = vec![FieldError { field: "kind".to_owned(), message }];
            Some(Kind::parse(word).ok_or(BulkError::Invalid { fields })?)
        }
    };
    let def = match kind {
        Some(kind) => {
            book::list_with_custom(web.ctx(), &visit.actor, kind).await.map_err(book::BookError::from)?
        }
        None => book::trash_list(),
    };
    let picked = if form.has("all") {
        let query = match kind {
            Some(kind) => {
                TableRequest::parse(form.get("query")).list_query(&lists::spec(&web, &visit, kind).await?)
            }
            None => ListQuery::default(),
        };
        Picked::Matching(query)
    } else {
        Picked::These(form.all("id").into_iter().map(str::to_owned).collect())
    };
    let id = match bulk::choose(web.ctx(), &visit.actor, (&def, kind), picked).await {
        Ok(id) => id,
        Err(error @ (BulkError::Nothing | BulkError::TooMany { .. })) => {
            return Ok(visit.redirect_with(list_path(kind), visit.message(&error.message()), None));
        }
        Err(error) => return Err(error.into()),
    };
    let work = match form.get("do") {
        "trash" => BulkWork::Trash,
        "restore" => BulkWork::Restore,
        word => {
            return Ok(redirect(&format!(
                "{}?do={}",
                path_of(id.as_str()),
                if word == "tags" { "tags" } else { "fields" }
            )));
        }
    };
    bulk::foresee(web.ctx(), &visit.actor, &id, &work).await?;
    Ok(redirect(&path_of(id.as_str())))
}

#[derive(Deserialize, Default)]
struct Asked {
    /// What is to be done, while that is being said.
    #[serde(rename = "do", default)]
    what: String,
    /// Rows after this one.
    #[serde(default)]
    after: i64,
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult {
    let shown = bulk::show(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let may_say = shown.bulk.state == BulkState::Checked
        || (shown.bulk.state == BulkState::Checking && shown.is_stopped);
    if shown.bulk.state == BulkState::Chosen || (may_say && !asked.what.is_empty()) {
        return form_page(&web, &visit, &shown, (&asked.what, &Form::default()), &[]).await;
    }
    step_page(&web, &visit, &shown, asked.after).await
}

fn framed(visit: &Visit, shown: &BulkShown) -> Page {
    let kind = shown.bulk.kind;
    let (title, nav) = match kind {
        None => (visit.t("trash-title"), "nav-settings"),
        Some(Kind::Account) => (visit.t("nav-portfolio"), "nav-portfolio"),
        Some(kind) => (visit.t(home(kind).title), home(kind).nav),
    };
    Page::new(visit.t("bulk-title"), nav).help("bulk-edit").crumb(title, list_path(kind))
}

/// What is to be done: the fields of the kind, or tags.
async fn form_page(
    web: &Web,
    visit: &Visit,
    shown: &BulkShown,
    (what, form): (&str, &Form),
    errors: &[FieldError],
) -> PageResult {
    let mut fields = vec![];
    let kind = shown.bulk.kind;
    if let (Some(kind), false) = (kind, what == "tags") {
        for spec in bulk_fields(kind) {
            let control = field_view((web, visit), (kind, spec), form, errors).await?;
            let is_ticked = form.all("field").contains(&spec.name);
            fields.push(context! { is_ticked => is_ticked, ..control });
        }
    }
    let custom = open_custom(web, visit, kind).await?;
    if what != "tags" {
        let controls = custom::controls((web, visit), &custom, form, errors).await?.into_iter().zip(&custom);
        fields.extend(controls.map(|(control, field)| {
            context! { is_ticked => form.all("field").contains(&field.name), ..control }
        }));
    }
    let offered = suggested_tags(web.ctx(), &visit.actor, "", TAGS_OFFERED).await?;
    let count = shown.bulk.n_rows.to_string();
    let named = |error: &FieldError| {
        let text = visit.message(&error.message);
        let label = kind.and_then(|kind| label_of(visit, (kind, &custom), &error.field));
        let told = label.map_or_else(|| text.clone(), |label| format!("{label}: {text}"));
        (error.field.clone(), told)
    };
    let own = context! {
        state => "form", what => if what == "tags" { "tags" } else { "fields" }, fields => fields, offered => offered,
        form => form.view_with(errors.iter().map(named).collect()), path => path_of(shown.bulk.id.as_str()),
        list_href => list_path(kind), lead => visit.tr("bulk-lead-form", &[("count", &count)]),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.render_with_status(status, framed(visit, shown), "book/bulk.html", own)
}

/// The custom fields that may be changed of many records at once.
async fn open_custom(web: &Web, visit: &Visit, kind: Option<Kind>) -> Result<Vec<Arc<CustomField>>, Failure> {
    let Some(kind) = kind else { return Ok(vec![]) };
    let mut fields = book::custom_fields(web.ctx(), &visit.actor, kind).await?;
    fields.retain(|field| bulk::is_bulk_custom(field));
    Ok(fields)
}

/// What people call a field of a kind; none of what is no field of it.
fn label_of(visit: &Visit, (kind, custom): (Kind, &[Arc<CustomField>]), name: &str) -> Option<String> {
    if kind.fields().iter().any(|spec| spec.name == name) {
        return Some(visit.t(&field_text_id(name)));
    }
    let field = custom.iter().find(|field| field.name == name)?;
    Some(field.label_in(visit.formats.tag()).to_owned())
}

async fn check(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let bulk_id = path_id(&id)?;
    let shown = bulk::show(web.ctx(), &visit.actor, &bulk_id).await?;
    let what = form.get("do").to_owned();
    let work = match what.as_str() {
        "tags" => {
            let texts = |name: &str| form.all(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
            BulkWork::Tags(TagChange { add: texts("add"), remove: texts("remove") })
        }
        "trash" => BulkWork::Trash,
        "restore" => BulkWork::Restore,
        _ => {
            let custom = open_custom(&web, &visit, shown.bulk.kind).await?;
            let numbers = numbers_of(&visit, shown.bulk.kind, &custom, &form);
            if !numbers.problems().is_empty() {
                return form_page(&web, &visit, &shown, (&what, &form), numbers.problems()).await;
            }
            BulkWork::Fields(fields_of(shown.bulk.kind, &custom, numbers.form()))
        }
    };
    match bulk::foresee(web.ctx(), &visit.actor, &bulk_id, &work).await {
        Ok(()) => Ok(redirect(&path_of(&id))),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => form_page(&web, &visit, &shown, (&what, &form), &error.fields()).await,
    }
}

/// The ticked numbers, as the visitor writes them.
fn numbers_of(visit: &Visit, kind: Option<Kind>, custom: &[Arc<CustomField>], form: &Form) -> Numbers {
    let ticked = form.all("field");
    Numbers::read(visit.formats.number_style(), form, |name| {
        number_field((kind.filter(|_| ticked.contains(&name))?, custom), name)
    })
}

/// The ticked fields with what each is to have.
fn fields_of(kind: Option<Kind>, custom: &[Arc<CustomField>], form: &Form) -> BTreeMap<String, String> {
    let ticked = form.all("field");
    let of_kind = kind.map(Kind::fields).unwrap_or_default().iter();
    let several = |spec: &Spec| spec.shape.takes_several();
    let built_in = of_kind.map(|spec| (spec.name, several(spec)));
    let added = custom.iter().map(|field| (field.name, matches!(field.shape, CustomShape::Choices(_))));
    built_in
        .chain(added)
        .filter(|(name, _)| ticked.contains(name))
        .map(|(name, several)| {
            let value = if several { form.all(name).join(";") } else { form.get(name).to_owned() };
            (name.to_owned(), value)
        })
        .collect()
}

/// Where a bulk edit stands, once it is said what is to be done.
async fn step_page(web: &Web, visit: &Visit, shown: &BulkShown, after: i64) -> PageResult {
    let (id, state) = (&shown.bulk.id, shown.bulk.state);
    let count = |of: RowState| shown.count(of).to_string();
    let own = if shown.is_at_work() {
        context! {
            state => "running", n_done => n_done(shown), n_total => shown.bulk.n_rows,
            progress => visit.tr("bulk-progress", &[("count", &shown.bulk.n_rows.to_string())]),
        }
    } else {
        let found = bulk::rows(web.ctx(), &visit.actor, id, &[], (after, ROWS_SHOWN)).await?;
        let custom = open_custom(web, visit, shown.bulk.kind).await?;
        let mut rows = vec![];
        for row in &found {
            rows.push(row_view(web, visit, &custom, row).await?);
        }
        let next = found.last().filter(|_| found.len() == ROWS_SHOWN).map(|last| last.position);
        let words: &[(&'static str, &str)] = match state {
            BulkState::Checking | BulkState::Checked => &[
                ("changed", &count(RowState::Change)),
                ("unchanged", &count(RowState::Same)),
                ("refused", &count(RowState::Refuse)),
            ],
            BulkState::Undoing | BulkState::Undone => &[
                ("changed", &count(RowState::Undone)),
                ("unchanged", "0"),
                ("refused", &count(RowState::Kept)),
            ],
            _ => &[
                ("changed", &(shown.count(RowState::Changed)).to_string()),
                ("unchanged", &(shown.count(RowState::Unchanged) + shown.count(RowState::Same)).to_string()),
                ("refused", &(shown.count(RowState::Refused) + shown.count(RowState::Refuse)).to_string()),
            ],
        };
        let lead = match state {
            BulkState::Checking | BulkState::Checked => visit.tr("bulk-would", words),
            BulkState::Undoing | BulkState::Undone => visit.tr("bulk-undone", words),
            _ => visit.tr("bulk-did", words),
        };
        let n_refused = [RowState::Refuse, RowState::Refused, RowState::Kept]
            .map(|of| shown.count(of))
            .iter()
            .sum::<i64>();
        context! {
            state => "rows", lead => lead, rows => rows, is_stopped => shown.is_stopped,
            may_commit => (state == BulkState::Checked && shown.count(RowState::Change) > 0) || (state == BulkState::Running && shown.is_stopped),
            commit_text => visit.tr("bulk-commit", &[("count", &count(RowState::Change))]),
            may_check => state == BulkState::Checking && shown.is_stopped,
            may_undo => (state == BulkState::Done && shown.count(RowState::Changed) > 0) || (shown.is_stopped && matches!(state, BulkState::Running | BulkState::Undoing)),
            edit_href => matches!(state, BulkState::Checked | BulkState::Checking).then(|| edit_href(shown)).flatten(),
            refused_href => (n_refused > 0).then(|| format!("{}/refused.csv", path_of(id.as_str()))),
            next_href => next.map(|after| format!("{}?after={after}", path_of(id.as_str()))),
            first_href => (after > 0).then(|| path_of(id.as_str())),
            range => visit.tr("bulk-range", &[("from", &found.first().map_or(0, |row| row.position).to_string()), ("to", &found.last().map_or(0, |row| row.position).to_string()), ("count", &shown.bulk.n_rows.to_string())]),
        }
    };
    let rest = context! { path => path_of(id.as_str()), list_href => list_path(shown.bulk.kind), what => shown.work.as_ref().map(BulkWork::word) };
    visit.render(framed(visit, shown), "book/bulk.html", context! { ..own, ..rest })
}

/// Where what is to be done is said anew.
fn edit_href(shown: &BulkShown) -> Option<String> {
    match shown.work.as_ref()? {
        BulkWork::Fields(_) => Some(format!("{}?do=fields", path_of(shown.bulk.id.as_str()))),
        BulkWork::Tags(_) => Some(format!("{}?do=tags", path_of(shown.bulk.id.as_str()))),
        BulkWork::Trash | BulkWork::Restore => None,
    }
}

/// How many records had their turn in the step at hand.
fn n_done(shown: &BulkShown) -> i64 {
    let waiting = match shown.bulk.state {
        BulkState::Checking => RowState::Chosen,
        BulkState::Undoing => RowState::Changed,
        _ => RowState::Change,
    };
    shown.bulk.n_rows - shown.count(waiting)
}

async fn row_view(
    web: &Web,
    visit: &Visit,
    custom: &[Arc<CustomField>],
    row: &ShownRow,
) -> Result<Value, Failure> {
    let (status, word) = match row.state {
        RowState::Change => ("good", "bulk-state-change"),
        RowState::Changed => ("good", "bulk-state-changed"),
        RowState::Undone => ("good", "bulk-state-undone"),
        RowState::Refuse => ("risk", "bulk-state-refuse"),
        RowState::Refused => ("risk", "bulk-state-refused"),
        RowState::Kept => ("risk", "bulk-state-kept"),
        RowState::Same | RowState::Unchanged => ("unknown", "bulk-state-same"),
        RowState::Chosen => ("unknown", "bulk-state-chosen"),
    };
    let mut moves = vec![];
    for it in &row.moves {
        let from = value_text(web, visit, (row.kind, custom, &it.field), &it.from).await?;
        let to = value_text(web, visit, (row.kind, custom, &it.field), &it.to).await?;
        let field = label_of(visit, (row.kind, custom), &it.field)
            .unwrap_or_else(|| visit.t(&field_text_id(&it.field)));
        moves.push(visit.tr("bulk-move", &[("field", &field), ("from", &from), ("to", &to)]));
    }
    Ok(context! {
        name => row.name.clone().map(|name| if name.is_empty() { visit.t(&kind_text_id(row.kind, "one")) } else { name })
            .unwrap_or_else(|| visit.t("bulk-no-name")),
        href => (row.is_there && row.kind != Kind::ContractLine).then(|| href(row.kind, &row.record_id)),
        status => status, state => visit.t(word), moves => moves, reasons => reasons(visit, custom, row),
    })
}

/// Why a record is refused, in the reader's words.
fn reasons(visit: &Visit, custom: &[Arc<CustomField>], row: &ShownRow) -> Vec<String> {
    let told = row.reason.as_array().map(Vec::as_slice).unwrap_or_default();
    told.iter()
        .filter_map(|it| {
            let text = visit.kept(&it["message"])?;
            let label = it["field"].as_str().and_then(|name| label_of(visit, (row.kind, custom), name));
            Some(label.map_or_else(|| text.clone(), |label| format!("{label}: {text}")))
        })
        .collect()
}

/// A field's value as its page shows it; an amount as it is typed, because its currency is the record's.
pub(super) async fn value_text(
    web: &Web,
    visit: &Visit,
    (kind, custom, field): (Kind, &[Arc<CustomField>], &str),
    text: &str,
) -> Result<String, Failure> {
    if text.is_empty() {
        return Ok(visit.t("bulk-empty"));
    }
    if let Some(field) = custom.iter().find(|it| it.name == field) {
        let told = custom::told(web, visit, field, text).await?;
        return Ok(told.map_or_else(|| visit.t("bulk-no-name"), |(value, _)| value));
    }
    let shape = kind.fields().iter().find(|spec| spec.name == field).map(|spec| spec.shape);
    if shape.is_none_or(|shape| matches!(shape, Shape::Money | Shape::Amount)) {
        return Ok(text.to_owned());
    }
    let told = record::details(web, visit, kind, &Draft::new().with(field, text)).await?;
    let value = told.first().and_then(|it| it.get_attr("value").ok());
    Ok(value.map_or_else(|| visit.t("bulk-no-name"), |value| value.to_string()))
}

async fn commit(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    bulk::commit(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    Ok(redirect(&path_of(&id)))
}

async fn undo(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    bulk::undo(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    Ok(redirect(&path_of(&id)))
}

/// Stops the job at the next record; what was done stays, and can be gone on with or undone.
async fn stop(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let shown = bulk::show(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    if let Some(job) = &shown.bulk.job_id {
        match cancel_job(web.ctx(), &visit.actor, job).await {
            // Too late: the page says what came of it.
            Ok(()) | Err(JobStatusError::Ended) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(redirect(&path_of(&id)))
}

/// What the page's script polls.
async fn progress(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let shown = bulk::show(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let is_at_work = shown.is_at_work();
    let answer = json!({
        "done": n_done(&shown), "total": shown.bulk.n_rows, "state": if is_at_work { "running" } else { "done" },
        "message": visit.tr("bulk-progress", &[("count", &shown.bulk.n_rows.to_string())]),
        "href": (!is_at_work).then(|| path_of(&id)),
    });
    Ok(Json(answer).into_response())
}

/// The records that are, or would be, refused, with why.
async fn refused_csv(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let states = [RowState::Refuse, RowState::Refused, RowState::Kept];
    let found = bulk::rows(web.ctx(), &visit.actor, &path_id(&id)?, &states, (0, MOST_IN_FILE)).await?;
    let shown = bulk::show(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let custom = open_custom(&web, &visit, shown.bulk.kind).await?;
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|row| {
            let name = row.name.clone().unwrap_or_else(|| visit.t("bulk-no-name"));
            vec![
                row.kind.as_str().to_owned(),
                row.record_id.clone(),
                name,
                reasons(&visit, &custom, row).join(" "),
            ]
        })
        .collect();
    let heads = ["trash-kind", "bulk-id", "field-name", "bulk-why"].map(|id| visit.t(id));
    let bytes = mandate_app::exchange::csv_of(&heads.each_ref().map(String::as_str), &rows);
    Ok(super::import::csv_file("refused.csv", bytes))
}
