//! The import of the book in three steps: choose a file, check what it would do, see what it did (`import_job`).
//!
//! The file waits in the data folder between the steps, for whoever gave it. Nothing is written before the last step,
//! which a job does; a file with one wrong cell is not written at all.

use axum::extract::multipart::Field;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book::guess::propose;
use mandate_app::book::import_job::{
    Afterwards, is_for_a_job, refusal_json, report_json, request_book_check, request_book_import,
};
use mandate_app::book::{
    self, ImportError, Incoming, book_imports, check_import, columns_of, columns_with_custom, import_columns,
    undo_book_import,
};
use mandate_app::exchange::csv_of;
use mandate_app::exchange::table::MOST_CSV_BYTES;
use mandate_app::sources::sources_of_batches;
use mandate_domain::book::{Kind, Shape};
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::Value as Json;

use super::import_hints::{close_names, fills, left_out, missing_hints, rows_to_leave_out, told_of_rows};
use super::import_views::{alike_view, error_text, errors_view, report_view};
use super::kinds::kind_text_id;
use crate::access::Routes;
use crate::failure::{Failure, PageResult};
use crate::form::{LARGEST_FORM, read_text};
use crate::frame::{Page, Visit, redirect};
use crate::state::Web;
use crate::table::field_text_id;

/// Imports that the first page lists.
const MOST_LISTED: usize = 10;

/// The import's pages.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/import", Action::Import, choose)
        .upload("/import/book", Action::Import, upload, Some(MOST_CSV_BYTES + (1 << 20)))
        .get("/import/book/{secret}", Action::Import, check)
        .post("/import/book/{secret}", Action::Import, import)
        .get("/import/book/{secret}/errors.csv", Action::Import, errors_csv)
        .post("/import/batches/{id}/undo", Action::Import, undo)
        .merge(super::import_job::routes())
        .merge(super::import_columns::routes())
        .merge(super::import_mend::routes())
        .get("/import/template/{kind}", Action::Import, template)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
}

pub(super) fn stepper(visit: &Visit, now: usize) -> Vec<Value> {
    ["import-step-file", "import-step-check", "import-step-result"]
        .into_iter()
        .enumerate()
        .map(|(step, text)| {
            let state = if step < now {
                "done"
            } else if step == now {
                "now"
            } else {
                "todo"
            };
            context! { state => state, title => visit.t(text) }
        })
        .collect()
}

pub(super) fn framed(visit: &Visit) -> Page {
    Page::new(visit.t("import-title"), "nav-import").help("import-the-book")
}

async fn choose(State(web): State<Web>, visit: Visit, Query(asked): Query<Asked>) -> PageResult {
    let kind = Kind::parse(&asked.kind).unwrap_or(Kind::Account);
    choose_page(&web, &visit, StatusCode::OK, kind, None).await
}

async fn choose_page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    chosen: Kind,
    error: Option<String>,
) -> PageResult {
    mandate_app::authorise::authorise(&visit.actor, Action::Import)?;
    let kinds: Vec<Value> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let required = columns_of(kind).iter().filter(|spec| spec.required);
            let required: Vec<String> = required.map(|spec| visit.t(&field_text_id(spec.name))).collect();
            context! {
                value => kind.plural(),
                text => visit.t(&kind_text_id(kind, "many")),
                help => visit.tr("import-columns", &[("columns", &required.join(", "))]),
                template_href => format!("/import/template/{}.csv", kind.plural()),
            }
        })
        .collect();
    let listed = book_imports(web.ctx(), &visit.actor, MOST_LISTED).await?;
    let came = sources_of_batches(web.ctx(), &visit.actor).await?;
    let own = context! {
        batches => listed.iter().map(|batch| batch_view(visit, batch, &came)).collect::<Vec<_>>(),
        may_sources => visit.may(Action::Administer),
        may_undo => visit.may(Action::WriteBook) && visit.may(Action::TrashBook),
        steps => stepper(visit, 0),
        kinds => kinds,
        chosen => chosen.plural(),
        error => error,
        most => (MOST_CSV_BYTES >> 20).to_string(),
        may_events => visit.may(Action::SendEvents) || visit.may(Action::Import),
    };
    visit.render_with_status(status, framed(visit), "book/import.html", own)
}

/// Reads the form: what the file holds, and the file, which goes to the data folder piece by piece.
async fn read_upload(web: &Web, visit: &Visit, mut multipart: Multipart) -> Result<Uploaded, Failure> {
    let mut left = LARGEST_FORM;
    let broken = |error| Failure::of_upload(&error);
    let (mut kind, mut file) = (Kind::Account, None);
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        match field.name() {
            Some("kind") => {
                let word = read_text(field, &mut left).await?;
                kind = Kind::parse(&word).unwrap_or(kind);
            }
            Some("file") if file.is_none() => {
                file = keep_field(web, &visit.actor, field).await?.filter(|(name, _)| !name.is_empty());
            }
            _ => {}
        }
    }
    Ok(Uploaded { kind, file })
}

/// What an upload was.
pub(super) struct Uploaded {
    pub(super) kind: Kind,
    pub(super) file: Option<(String, Incoming)>,
}

/// Keeps a file of a multipart body as it comes in; `None` for a field without a file's name.
pub(super) async fn keep_field(
    web: &Web,
    actor: &mandate_app::Actor,
    mut field: Field<'_>,
) -> Result<Option<(String, Incoming)>, Failure> {
    let Some(name) = field.file_name().map(str::to_owned) else { return Ok(None) };
    let mut incoming = book::begin_upload(web.ctx(), actor).await?;
    loop {
        match field.chunk().await {
            Ok(Some(piece)) => incoming.write(&piece).await?,
            Ok(None) => return Ok(Some((name, incoming))),
            Err(error) => {
                incoming.drop_it().await;
                return Err(Failure::of_upload(&error));
            }
        }
    }
}

async fn upload(State(web): State<Web>, visit: Visit, multipart: Multipart) -> PageResult {
    let Uploaded { kind, file } = read_upload(&web, &visit, multipart).await?;
    let Some((name, incoming)) = file else {
        let error = Some(visit.t("import-no-file"));
        return choose_page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, kind, error).await;
    };
    let kept = incoming.keep(kind, &name, None).await?;
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, &kept.secret).await?;
    // A file of our own making, and one that is no table, need no question.
    let specs = import_columns(web.ctx(), &visit.actor, kind).await?;
    let proposed = propose((kind, &specs), &file).await;
    if proposed.is_ok_and(|proposal| !proposal.is_plain) {
        return Ok(redirect(&format!("/import/book/{}/columns", kept.secret)));
    }
    to_check(&web, &visit, &kept.secret).await
}

/// Leads to the check of a file: at once, or by a job where it is large.
pub(super) async fn to_check(web: &Web, visit: &Visit, secret: &str) -> PageResult {
    let (_, file) = book::find_upload(web.ctx(), &visit.actor, secret).await?;
    if !is_for_a_job(&file).await {
        return Ok(redirect(&format!("/import/book/{secret}")));
    }
    let job = request_book_check(web.ctx(), &visit.actor, secret, Afterwards::Keep).await?;
    Ok(redirect(&format!("/import/jobs/{job}")))
}

fn batch_view(
    visit: &Visit,
    batch: &mandate_app::facts::event_sources::ImportedBatch,
    came: &[(String, String)],
) -> Value {
    let from = came.iter().find(|(id, _)| *id == batch.id).map(|(_, name)| name);
    let kind = Kind::parse(&batch.kind).unwrap_or(Kind::Account);
    let counts = [("new", batch.n_new), ("changed", batch.n_changed), ("same", batch.n_same)]
        .map(|(name, n)| (name, n.to_string()));
    let counts: Vec<(&'static str, &str)> = counts.iter().map(|(name, n)| (*name, n.as_str())).collect();
    context! {
        id => batch.id.clone(), file => batch.file_name.clone(), at => visit.moment(batch.created_at),
        kind => visit.t(&kind_text_id(kind, "many")), counts => visit.tr("import-counts", &counts),
        from => from.map(|name| visit.tr("import-source-from", &[("name", name)])),
        done => batch.state == "done", undoable => batch.n_new + batch.n_changed > 0,
    }
}

/// Where the records of a kind are listed.
fn list_href(kind: Kind) -> String {
    match kind {
        Kind::Account => "/portfolio".to_owned(),
        Kind::ContractLine => "/contracts".to_owned(),
        _ => format!("/{}", kind.plural().replace('_', "-")),
    }
}

/// What every state of the outcome page has.
pub(super) fn outcome_frame(visit: &Visit, kind: Kind, file_name: &str) -> Value {
    context! {
        many => visit.t(&kind_text_id(kind, "many")), file_name => file_name.to_owned(), columns_href => Value::from(()),
        leave_out => Value::from(()), take_in => Value::from(()), fills => Vec::<Value>::new(),
        again_href => format!("/import?kind={}", kind.plural()), list_href => list_href(kind),
    }
}

/// The page of a file that was refused.
pub(super) fn refused_page(
    visit: &Visit,
    frame: Value,
    (secret, errors_href): (Option<&str>, &str),
    refusal: &Json,
) -> PageResult {
    let is_whole = refusal["errors"].as_array().is_none_or(Vec::is_empty);
    let (hints, close) = (missing_hints(visit, refusal, secret), close_names(visit, refusal, secret));
    let own = context! {
        state => if is_whole { "file" } else { "rows" }, steps => stepper(visit, 1),
        lead => visit.kept(&refusal["message"]), errors => errors_view(visit, refusal), errors_href => errors_href,
        hints => hints, close => close,
        told => told_of_rows(visit, refusal), take_in => secret.and_then(|secret| left_out(visit, refusal, secret)),
        leave_out => secret.zip(rows_to_leave_out(refusal)).map(|(secret, (rows, count))| context! {
            action => format!("/import/book/{secret}/leave-out"), rows => rows,
            text => visit.tr("import-leave-out-rows", &[("count", &count.to_string())]),
        }),
        ..frame
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    visit.render_with_status(status, framed(visit), "book/import_outcome.html", own)
}

async fn check(State(web): State<Web>, visit: Visit, Path(secret): Path<String>) -> PageResult {
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, &secret).await?;
    // A large one is checked by a job, which saying how it is read asks for.
    if is_for_a_job(&file).await {
        return Ok(redirect(&format!("/import/book/{secret}/columns")));
    }
    let frame = outcome_frame(&visit, kind, &file.name);
    match check_import(web.ctx(), &visit.actor, kind, &file).await {
        Ok(report) => {
            let own = context! { ..checked_view(&visit, &secret, &report_json(&report)), ..frame };
            visit.render(framed(&visit), "book/import_outcome.html", own)
        }
        Err(error @ (ImportError::Rows(_) | ImportError::File(_))) => {
            let errors_href = format!("/import/book/{secret}/errors.csv");
            let frame = match error {
                ImportError::Rows(_) => {
                    context! { columns_href => format!("/import/book/{secret}/columns"), ..frame }
                }
                _ => frame,
            };
            let refusal = refusal_json(kind, &error);
            let fills = fills(&web, &visit, &refusal, Some(&secret)).await?;
            let frame = context! { fills => fills, ..frame };
            refused_page(&visit, frame, (Some(&secret), &errors_href), &refusal)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a check found, and where it goes from there.
pub(super) fn checked_view(visit: &Visit, secret: &str, report: &Json) -> Value {
    context! {
        state => "checked", steps => stepper(visit, 1), report => report_view(visit, report),
        take_in => left_out(visit, report, secret),
        import_action => format!("/import/book/{secret}"), alike => alike_view(visit, report),
        alike_action => format!("/import/book/{secret}/alike"),
        columns_href => format!("/import/book/{secret}/columns"),
    }
}

/// Puts the import into the queue, however often it is pressed; its page shows how far it is and what came of it.
async fn import(State(web): State<Web>, visit: Visit, Path(secret): Path<String>) -> PageResult {
    let job = request_book_import(web.ctx(), &visit.actor, &secret).await?;
    Ok(redirect(&format!("/import/jobs/{job}")))
}

async fn undo(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let undone = undo_book_import(web.ctx(), &visit.actor, &id).await?;
    let (trashed, restored) = (undone.n_trashed.to_string(), undone.n_restored.to_string());
    let counts = [("trashed", trashed.as_str()), ("restored", &restored), ("file", &undone.file_name)];
    Ok(visit.redirect_with("/import", visit.tr("import-undone", &counts), None))
}

/// Errors as a file: row, column, what is wrong and how to mend it.
pub(crate) fn errors_file(visit: &Visit, refusal: &Json) -> axum::response::Response {
    let errors = refusal["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<Vec<String>> = errors
        .iter()
        .map(|error| {
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            vec![error["row"].to_string(), text("column"), text("given"), error_text(visit, error)]
        })
        .collect();
    let heads = ["import-row", "import-column", "import-given", "import-mend"].map(|id| visit.t(id));
    csv_file("errors.csv", csv_of(&heads.each_ref().map(String::as_str), &rows))
}

pub(super) fn csv_file(name: &str, bytes: Vec<u8>) -> axum::response::Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

/// Every wrong cell of a file that was only checked.
async fn errors_csv(State(web): State<Web>, visit: Visit, Path(secret): Path<String>) -> PageResult {
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, &secret).await?;
    match check_import(web.ctx(), &visit.actor, kind, &file).await {
        Err(error @ ImportError::Rows(_)) => Ok(errors_file(&visit, &refusal_json(kind, &error))),
        _ => Err(Failure::not_found()),
    }
}

/// An empty file with the columns of a kind and one example row.
async fn template(State(web): State<Web>, visit: Visit, Path(name): Path<String>) -> PageResult {
    mandate_app::authorise::authorise(&visit.actor, Action::Import)?;
    let word = name.strip_suffix(".csv").unwrap_or(&name);
    let kind = Kind::parse(word).ok_or_else(Failure::not_found)?;
    let specs = columns_with_custom(web.ctx(), &visit.actor, kind).await?;
    let heads: Vec<&str> =
        specs.iter().filter(|spec| visit.clearance().admits(spec.purpose)).map(|spec| spec.name).collect();
    let example: Vec<String> = specs
        .iter()
        .filter(|spec| heads.contains(&spec.name))
        .map(|spec| example_of(spec.name, spec.shape).to_owned())
        .collect();
    Ok(csv_file(&format!("{}.csv", kind.plural()), csv_of(&heads, &[example])))
}

/// What the template's example row has in a column.
fn example_of(name: &str, shape: Shape) -> &'static str {
    match (name, shape) {
        ("external_id", _) => "X-1",
        ("name" | "title", _) => "Example",
        ("unit", _) => "ticket",
        ("account", _) => "A-1",
        ("contract", _) => "C-1",
        ("product", _) => "P-1",
        (_, Shape::Choice([first, ..])) => first,
        (_, Shape::Currency) => "EUR",
        (_, Shape::Country) => "Germany",
        (_, Shape::TimeZone) => "Europe/Berlin",
        ("starts_on", _) => "2027-01-01",
        ("annual_volume", _) => "12000",
        ("price_per", _) => "1",
        ("unit_price", _) => "3.12",
        _ => "",
    }
}
