//! The handover from sales to delivery: what open promises lack, across the accounts within reach, and delivery's answer to each.
//!
//! The list needs no right but to read the book; who works on results answers. A missing cost line is told to those only who may read
//! costs: for the others the field is not there.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use mandate_app::book::{self, BookError, HandoverDraft};
use mandate_app::exchange::ExportFormat;
use mandate_app::listing::{ListQuery, Operator};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{HandoverAnswer, Kind, Promise, PromiseState, Saved};
use minijinja::context;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::kinds::{choice_text_id, href};
use super::lists::{column, day, hidden, linked, only, stated};
use super::promises::{flag_column, gap_words, said};
use super::relationship_columns::{choice_column, day_column, linked_column};
use super::timeline::first_line;
use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, IfMatch, ListParameters, Listing, Reading, etag, matched,
};
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader, TableSpec};

const PATH: &str = "/promises/handover";

/// What a promise may lack, as flags of the list; the last is there only for whoever may read costs.
const GAPS: [&str; 6] = ["no_clause", "no_owner", "not_accepted", "no_day", "overdue", "no_cost_line"];

/// The pages and files.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Action::ReadBook, page)
        .get("/promises/handover.csv", Action::Export, csv)
        .get("/promises/handover.xlsx", Action::Export, xlsx)
        .get("/promises/{id}/handover", Action::WorkResults, show)
        .post("/promises/{id}/handover", Action::WorkResults, answer)
        .post("/promises/{id}/handover/reopen", Action::WorkResults, withdraw)
}

/// The list and the answer in the API.
pub(super) fn api_routes() -> Routes {
    Routes::new()
        .api(Action::ReadBook, routes!(list))
        .api(Action::WorkResults, routes!(put_answer))
        .api(Action::WorkResults, routes!(delete_answer))
}

/// Where a promise is answered.
pub(super) fn answer_href(id: &str) -> String {
    format!("/promises/{id}/handover")
}

fn answered(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let sub = said([
        row.text_or_none("handover_by").map(str::to_owned),
        row.date("handover_on").map(|on| visit.date(on)),
        Some(first_line(row.text("handover_words"))),
    ]);
    let cell = match row.text("handover") {
        "" => CellView::badge("watch", visit.t("promise-handover-unanswered")),
        word => {
            let status = if word == "accepted" { "good" } else { "risk" };
            CellView::badge(status, visit.t(&choice_text_id("handover", word)))
        }
    };
    match sub {
        Some(sub) => cell.sub(sub),
        None => cell,
    }
}

fn clause(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let cell = linked(row, "contract", "contract_id", Kind::Contract);
    if row.flag("no_clause") {
        return cell.sub_in("watch", visit.t("book-promise-no-clause"));
    }
    cell.sub(row.text("clause"))
}

fn due(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let cell = day(visit, row, "due_on");
    if row.flag("overdue") { cell.sub_in("risk", visit.t("book-late")) } else { cell }
}

fn columns(costs: bool) -> Vec<Column> {
    let mut columns = vec![
        column("title", "book-promise-field-title", |visit, row| {
            let cell = CellView::name(row.text("title"), href(Kind::Promise, row.key()));
            let sub =
                said([Some(row.text("account").to_owned()), row.text_or_none("made_by").map(str::to_owned)]);
            let cell = cell.sub(sub.unwrap_or_default());
            if row.flag("demo") { cell.tag(visit.t("demo-tag")) } else { cell }
        }),
        column("contract", "field-contract", clause),
        column("delivery_owner", "field-delivery-owner", |visit, row| {
            let cell = linked(row, "delivery_owner", "delivery_owner_id", Kind::Person);
            if row.flag("no_owner") { cell.sub_in("watch", visit.t("book-promise-no-owner")) } else { cell }
        }),
        column("due_on", "field-due-on", due),
        column("handover", "field-handover", answered),
        Column {
            sort: Some("n_gaps"),
            ..column("gaps", "promises-head-gaps", |visit, row| match gap_words(visit, row, &GAPS) {
                words if words.is_empty() => CellView::badge("good", visit.t("promises-no-gap")),
                words => CellView::badge("risk", words),
            })
        },
        hidden(linked_column!("account", "account_id", "field-account", Kind::Account)),
        hidden(linked_column!("made_by", "made_by_id", "field-made-by", Kind::Person)),
        hidden(day_column!("made_on", "field-made-on")),
        hidden(choice_column!("occasion", "field-occasion")),
        hidden(column("clause", "field-clause", |_, row| stated(row.text("clause")))),
        hidden(linked_column!("product", "product_id", "field-product", Kind::Product)),
        hidden(linked_column!("handover_by", "handover_by_id", "field-handover-by", Kind::Person)),
        hidden(day_column!("handover_on", "field-handover-on")),
        hidden(column("handover_words", "field-handover-words", |_, row| {
            stated(&first_line(row.text("handover_words")))
        })),
        flag_column!("no_clause", "field-no-clause"),
        flag_column!("no_owner", "field-no-owner"),
        flag_column!("not_accepted", "field-not-accepted"),
        flag_column!("no_day", "field-no-day"),
        flag_column!("overdue", "field-overdue"),
    ];
    if costs {
        columns.push(flag_column!("no_cost_line", "field-no-cost-line"));
    }
    columns
}

fn spec(web: &Web, visit: &Visit) -> TableSpec {
    let def = book::handover_list(web.ctx(), &visit.actor);
    let may_answer = visit.may(Action::WorkResults);
    TableSpec {
        path: PATH.to_owned(),
        caption: "promise-handover-title",
        action: Action::ReadBook,
        columns: columns(def.field("no_cost_line").is_some()),
        def,
        views: vec![
            ("book-view-all", ""),
            ("promises-view-gaps", "f=n_gaps&op=min&v=1"),
            ("promise-handover-view-unanswered", "f=handover&op=empty&v="),
            ("promise-handover-view-declined", "f=handover&op=is&v=declined"),
            ("promise-handover-view-overdue", "f=overdue&op=is&v=1"),
        ],
        row_href: Box::new(move |row| {
            Some(if may_answer { answer_href(row.key()) } else { href(Kind::Promise, row.key()) })
        }),
        fixed: vec![],
    }
}

/// As the page, with every column, where nobody chose some: a cell's words are no columns of a file.
fn file_spec(web: &Web, visit: &Visit) -> TableSpec {
    let mut spec = spec(web, visit);
    spec.columns.iter_mut().for_each(|column| column.shown = true);
    spec
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    let spec = spec(&web, &visit);
    if let Some(default) = table::to_default(&web, &visit, &spec).await? {
        return Ok(default);
    }
    let n = async |field: Option<(&str, Operator)>| {
        let filters = field.map(|(field, operator)| only(field, operator, "1")).into_iter().collect();
        let query = ListQuery { filters, limit: 1, ..ListQuery::default() };
        let found =
            mandate_app::lists::show_list(web.ctx(), &visit.actor, spec.action, &spec.def, &query).await?;
        Ok::<String, Failure>(found.n_rows.to_string())
    };
    let (all, gaps) = (n(None).await?, n(Some(("n_gaps", Operator::AtLeast))).await?);
    let unanswered = n(Some(("not_accepted", Operator::Is))).await?;
    let title = visit.t("promise-handover-title");
    let mine = visit.actor.person_id().map(|id| format!("{PATH}?f=delivery_owner_id&op=is&v={id}"));
    let own = context! {
        title => title.clone(),
        lead => visit.tr("promise-handover-lead", &[("gaps", &gaps), ("count", &all)]),
        rest => visit.tr("promise-handover-rest", &[("count", &unanswered)]),
        mine_href => mine,
        list => table::view(&web, &visit, &spec).await?,
    };
    let page = Page::new(title, "nav-promises").crumb(visit.t("list-promises"), "/promises").help("promises");
    visit.render(page, "book/handover_list.html", own)
}

async fn csv(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &file_spec(&web, &visit), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &file_spec(&web, &visit), ExportFormat::Xlsx).await
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    answer_page(&web, &visit, &id, &Form::default(), &[]).await
}

/// The promise with what it lacks, and the box for delivery's answer, with what was typed when that was refused.
async fn answer_page(web: &Web, visit: &Visit, id: &str, form: &Form, errors: &[FieldError]) -> PageResult {
    let saved = book::show_any(web.ctx(), &visit.actor, Kind::Promise, id).await?;
    let promise = saved.record::<Promise>().ok_or_else(Failure::not_found)?;
    let details = super::record::details(web, visit, Kind::Promise, &saved.draft).await?;
    let gaps = gaps_of(web, visit, id).await?;
    let open = promise.state == PromiseState::Open;
    let answered = promise.handover.map(HandoverAnswer::as_str);
    let own = context! {
        title => saved.name.clone(),
        lead => visit.t(match (open, promise.handover) {
            (false, _) => "promise-handover-settled",
            (true, None) => "promise-handover-unanswered-lead",
            (true, Some(HandoverAnswer::Accepted)) => "promise-handover-accepted-lead",
            (true, Some(HandoverAnswer::Declined)) => "promise-handover-declined-lead",
        }),
        gaps => gaps,
        details => details,
        open => open,
        answered => answered,
        action => answer_href(id),
        promise_href => href(Kind::Promise, id),
        version => saved.version,
        form => form.view(visit, errors),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page::new(visit.t("field-handover"), "nav-promises")
        .crumb(visit.t("promise-handover-title"), PATH)
        .crumb(saved.name.clone(), href(Kind::Promise, id))
        .help("promises");
    visit.render_with_status(status, page, "book/handover.html", own)
}

/// What an open promise lacks, in words, as the list has it.
async fn gaps_of(web: &Web, visit: &Visit, id: &str) -> Result<String, Failure> {
    let def = book::handover_list(web.ctx(), &visit.actor);
    let query =
        ListQuery { filters: vec![only("promise_id", Operator::Is, id)], limit: 1, ..ListQuery::default() };
    let found =
        mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    let words = |row| gap_words(visit, &RowReader::new(&def, row), &GAPS);
    Ok(found.rows.first().map(words).unwrap_or_default())
}

fn draft_of(form: &Form) -> HandoverDraft {
    HandoverDraft {
        answer: form.get("handover").to_owned(),
        words: form.get("handover_words").to_owned(),
        version: form.get("version").parse().unwrap_or(0),
    }
}

async fn answer(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let answered = book::answer_handover(web.ctx(), &visit.actor, &path_id(&id)?, draft_of(&form)).await;
    match answered {
        Ok(saved) => {
            let accepted = saved.handover == Some(HandoverAnswer::Accepted);
            let text =
                if accepted { "promise-handover-toast-accepted" } else { "promise-handover-toast-declined" };
            let text = visit.tr(text, &[("name", &saved.title)]);
            // Taken back is this answer and no later one.
            let undo = format!("{}/reopen?version={}", answer_href(&id), saved.version);
            Ok(visit.redirect_with(PATH, text, Some(undo)))
        }
        Err(BookError::Fields(problems)) => {
            answer_page(&web, &visit, &id, &form, &BookError::Fields(problems).fields()).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Which version of a promise an address is about.
#[derive(Deserialize)]
struct OfVersion {
    version: Option<i64>,
}

async fn withdraw(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<OfVersion>,
    form: Form,
) -> PageResult {
    let version = form.get("version").parse().ok().or(asked.version);
    let saved = book::withdraw_handover(web.ctx(), &visit.actor, &path_id(&id)?, version).await?;
    let text = visit.tr("promise-handover-toast-withdrawn", &[("name", &saved.title)]);
    Ok(visit.redirect_with(&answer_href(&id), text, None))
}

/// Open promises at the handover from sales to delivery, those that lack most first. `no_cost_line` is there only for whoever may read
/// costs.
#[utoipa::path(get, path = "/promises/handover", tag = "book", operation_id = "list_handover",
    params(ListParameters), responses((status = 200, description = "One page", body = Listing), Reading))]
async fn list(
    caller: Caller,
    State(web): State<Web>,
    crate::api::Query(parameters): crate::api::Query<ListParameters>,
) -> ApiResult {
    let def = book::handover_list(web.ctx(), &caller.actor);
    crate::api::list(&web, &caller, Action::ReadBook, &def, &parameters).await
}

/// Delivery's answer to a promise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PromiseHandoverBody {
    /// `accepted` or `declined`.
    handover: String,
    /// In which words; needed to decline.
    #[serde(default)]
    handover_words: String,
}

/// What delivery says of a promise.
#[derive(Debug, Serialize, ToSchema)]
struct PromiseHandoverView {
    /// The promise.
    promise_id: String,
    /// `accepted` or `declined`; nothing while delivery has not answered.
    handover: Option<&'static str>,
    /// Who of ours answered.
    handover_by_id: Option<String>,
    /// When.
    handover_on: Option<String>,
    /// In which words.
    handover_words: String,
    /// The promise's version now.
    version: i64,
}

fn told(saved: &Saved<Promise>) -> ApiResult {
    let view = PromiseHandoverView {
        promise_id: saved.id.to_string(),
        handover: saved.handover.map(HandoverAnswer::as_str),
        handover_by_id: saved.handover_by_id.as_ref().map(Id::to_string),
        handover_on: saved.handover_on.map(|day| day.to_string()),
        handover_words: saved.handover_words.clone(),
        version: saved.version,
    };
    Ok(([(ETAG, etag(saved.version))], Json(view)).into_response())
}

async fn version(web: &Web, caller: &Caller, id: &Id<Promise>) -> Result<i64, BookError> {
    Ok(book::show::<Promise>(web.ctx(), &caller.actor, id).await?.version)
}

/// Accepts a promise for delivery, or declines it in words; whoever made it is told.
#[utoipa::path(put, path = "/promises/{id}/handover", tag = "book", operation_id = "answer_handover",
    params(("id" = String, Path, description = "The promise's id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = PromiseHandoverBody,
    responses((status = 200, description = "As it stands now", body = PromiseHandoverView), Changing))]
async fn put_answer(
    caller: Caller,
    State(web): State<Web>,
    (Path(id), IfMatch(read)): (Path<String>, IfMatch),
    body: Body<PromiseHandoverBody>,
) -> ApiResult {
    let id = path_id(&id)?;
    let PromiseHandoverBody { handover, handover_words } = body.value;
    let draft = HandoverDraft { answer: handover, words: handover_words, version: read };
    let answered = book::answer_handover(web.ctx(), &caller.actor, &id, draft).await;
    told(&matched(answered, version(&web, &caller, &id)).await?)
}

/// Takes delivery's answer back: the promise waits for one again.
#[utoipa::path(delete, path = "/promises/{id}/handover", tag = "book", operation_id = "withdraw_handover",
    params(("id" = String, Path, description = "The promise's id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, description = "As it stands now", body = PromiseHandoverView), Changing))]
async fn delete_answer(
    caller: Caller,
    State(web): State<Web>,
    (Path(id), IfMatch(read)): (Path<String>, IfMatch),
) -> ApiResult {
    let id = path_id(&id)?;
    let withdrawn = book::withdraw_handover(web.ctx(), &caller.actor, &id, Some(read)).await;
    told(&matched(withdrawn, version(&web, &caller, &id)).await?)
}
