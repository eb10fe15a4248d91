//! The import of the book in three steps: choose a file, check what it would do, see what it did.
//!
//! The file waits in the data folder between the steps, for whoever gave it. Nothing is written before the last step,
//! and a file with one wrong cell is not written at all.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use mandate_app::book::{
    self, ImportError, ImportFile, ImportReport, RowErrors, check_import, columns_of, import_book,
};
use mandate_app::exchange::csv_of;
use mandate_app::exchange::table::{MOST_BYTES, Reading};
use mandate_app::{Action, Message, UseCaseError};
use mandate_domain::book::{Kind, Shape};
use minijinja::{Value, context};
use serde::Deserialize;

use super::kinds::kind_text_id;
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit, redirect};
use crate::state::Web;

/// Errors that the page shows; the file has them all.
const MOST_SHOWN: usize = 50;

/// The import's pages.
pub(super) fn routes() -> Router<Web> {
    let upload = post(upload).layer(DefaultBodyLimit::max(MOST_BYTES + (1 << 20)));
    Router::new()
        .route("/import", get(choose))
        .route("/import/book", upload)
        .route("/import/book/{secret}", get(check).post(import))
        .route("/import/book/{secret}/errors.csv", get(errors_csv))
        .route("/import/template/{kind}", get(template))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
}

fn stepper(visit: &Visit, now: usize) -> Vec<Value> {
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

fn framed(visit: &Visit) -> Page {
    Page::new(visit.t("import-title"), "nav-import").help("import-the-book")
}

async fn choose(State(web): State<Web>, visit: Visit, Query(asked): Query<Asked>) -> PageResult {
    let kind = Kind::parse(&asked.kind).unwrap_or(Kind::Account);
    choose_page(&web, &visit, StatusCode::OK, kind, None)
}

fn choose_page(
    _: &Web,
    visit: &Visit,
    status: StatusCode,
    chosen: Kind,
    error: Option<String>,
) -> PageResult {
    mandate_app::authorise::authorise(&visit.actor, Action::Import)?;
    let kinds: Vec<Value> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let required: Vec<&str> =
                columns_of(kind).iter().filter(|spec| spec.required).map(|spec| spec.name).collect();
            context! {
                value => kind.plural(),
                text => visit.t(&kind_text_id(kind, "many")),
                help => visit.tr("import-columns", &[("columns", &required.join(", "))]),
                template_href => format!("/import/template/{}.csv", kind.plural()),
            }
        })
        .collect();
    let own = context! {
        steps => stepper(visit, 0),
        kinds => kinds,
        chosen => chosen.plural(),
        error => error,
        most => (MOST_BYTES >> 20).to_string(),
        may_events => visit.may(Action::SendEvents) || visit.may(Action::Import),
    };
    visit.render_with_status(status, framed(visit), "book/import.html", own)
}

/// Reads the form: what the file holds, and the file.
async fn read_upload(mut multipart: Multipart) -> Result<(Kind, Option<ImportFile>), Failure> {
    let broken = |_| {
        let mut failure = Failure::bad_request(Message::new("error-too-large"));
        failure.status = Some(StatusCode::PAYLOAD_TOO_LARGE);
        failure
    };
    let (mut kind, mut file) = (Kind::Account, None);
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        match field.name() {
            Some("kind") => {
                let word = field.text().await.map_err(broken)?;
                kind = Kind::parse(&word).unwrap_or(kind);
            }
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let bytes = field.bytes().await.map_err(broken)?.to_vec();
                file = Some(ImportFile { name, bytes }).filter(|file| !file.name.is_empty());
            }
            _ => {}
        }
    }
    Ok((kind, file))
}

async fn upload(State(web): State<Web>, visit: Visit, multipart: Multipart) -> PageResult {
    let (kind, file) = read_upload(multipart).await?;
    let Some(file) = file else {
        let error = Some(visit.t("import-no-file"));
        return choose_page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, kind, error);
    };
    let secret = book::keep_upload(web.ctx(), &visit.actor, kind, &file).await?;
    Ok(redirect(&format!("/import/book/{secret}")))
}

fn reading_text(visit: &Visit, reading: &Reading) -> String {
    match reading {
        Reading::Csv { delimiter, encoding } => {
            let delimiter = match delimiter {
                ';' => "import-semicolon",
                '\t' => "import-tab",
                _ => "import-comma",
            };
            visit.tr("import-read-csv", &[("delimiter", &visit.t(delimiter)), ("encoding", encoding)])
        }
        Reading::Xlsx { sheet, n_more_sheets } => {
            visit.tr("import-read-xlsx", &[("sheet", sheet), ("more", &n_more_sheets.to_string())])
        }
    }
}

fn counts(visit: &Visit, report: &ImportReport) -> [(String, String, usize); 4] {
    [
        (visit.t("import-rows"), visit.t("import-rows-note"), report.n_rows),
        (visit.t("import-new"), visit.t("import-new-note"), report.n_new),
        (visit.t("import-changed"), visit.t("import-changed-note"), report.n_changed),
        (visit.t("import-same"), visit.t("import-same-note"), report.n_same),
    ]
}

fn report_view(visit: &Visit, report: &ImportReport) -> Value {
    let figures: Vec<Value> = counts(visit, report)
        .into_iter()
        .map(|(label, note, n)| {
            let value = visit.number(i64::try_from(n).unwrap_or(i64::MAX));
            context! { label => label, value => value, note => note }
        })
        .collect();
    let previews: Vec<Value> = report
        .previews
        .iter()
        .map(|row| {
            context! {
                row => row.row,
                external_id => row.external_id.clone(),
                name => row.name.clone(),
                outcome => visit.t(&format!("import-outcome-{}", row.outcome.as_str())),
            }
        })
        .collect();
    context! {
        file_name => report.file_name.clone(),
        kind => visit.t(&kind_text_id(report.kind, "many")),
        reading => reading_text(visit, &report.reading),
        figures => figures,
        previews => previews,
        n_changes => report.n_new + report.n_changed,
    }
}

fn errors_view(visit: &Visit, errors: &RowErrors) -> Value {
    let rows: Vec<Value> = errors
        .errors
        .iter()
        .take(MOST_SHOWN)
        .map(|error| {
            context! { row => error.row, column => error.column.clone(), text => visit.message(&error.message) }
        })
        .collect();
    let shown = rows.len().to_string();
    let count = errors.n_errors.to_string();
    context! {
        rows => rows,
        note => visit.tr("import-errors-shown", &[("shown", &shown), ("count", &count)]),
    }
}

async fn check(State(web): State<Web>, visit: Visit, Path(secret): Path<String>) -> PageResult {
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, &secret).await?;
    let outcome = check_import(web.ctx(), &visit.actor, kind, &file).await.map(|report| (report, false));
    outcome_page(&visit, &secret, kind, &file, outcome)
}

async fn import(State(web): State<Web>, visit: Visit, Path(secret): Path<String>) -> PageResult {
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, &secret).await?;
    let outcome = import_book(web.ctx(), &visit.actor, kind, &file).await.map(|report| (report, true));
    if outcome.is_ok() {
        book::drop_upload(web.ctx(), &visit.actor, &secret).await;
    }
    outcome_page(&visit, &secret, kind, &file, outcome)
}

/// The page after a check (`false`) or an import (`true`).
fn outcome_page(
    visit: &Visit,
    secret: &str,
    kind: Kind,
    file: &ImportFile,
    outcome: Result<(ImportReport, bool), ImportError>,
) -> PageResult {
    let many = visit.t(&kind_text_id(kind, "many"));
    let list_href = match kind {
        Kind::Account => "/portfolio".to_owned(),
        Kind::ContractLine => "/contracts".to_owned(),
        _ => format!("/{}", kind.plural().replace('_', "-")),
    };
    let again = format!("/import?kind={}", kind.plural());
    let (status, own) = match &outcome {
        Ok((report, true)) => (
            StatusCode::OK,
            context! { state => "done", steps => stepper(visit, 2), report => report_view(visit, report) },
        ),
        Ok((report, false)) => (
            StatusCode::OK,
            context! { state => "checked", steps => stepper(visit, 1), report => report_view(visit, report) },
        ),
        Err(ImportError::Rows(errors)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            context! {
                state => "rows",
                steps => stepper(visit, 1),
                lead => visit.message(&ImportError::Rows(errors.clone()).message()),
                errors => errors_view(visit, errors),
            },
        ),
        Err(ImportError::File(error)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            context! { state => "file", steps => stepper(visit, 1), lead => visit.message(&error.message()) },
        ),
        Err(_) => return Err(outcome.err().map_or_else(Failure::not_found, Failure::from)),
    };
    let own = context! {
        many => many,
        file_name => file.name.clone(),
        again_href => again,
        list_href => list_href,
        errors_href => format!("/import/book/{secret}/errors.csv"),
        import_action => format!("/import/book/{secret}"),
        ..own
    };
    visit.render_with_status(status, framed(visit), "book/import_outcome.html", own)
}

fn csv_file(name: &str, bytes: Vec<u8>) -> axum::response::Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

/// Every wrong cell as a file: row, column, what is wrong and how to mend it.
async fn errors_csv(State(web): State<Web>, visit: Visit, Path(secret): Path<String>) -> PageResult {
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, &secret).await?;
    let Err(ImportError::Rows(errors)) = check_import(web.ctx(), &visit.actor, kind, &file).await else {
        return Err(Failure::not_found());
    };
    let rows: Vec<Vec<String>> = errors
        .errors
        .iter()
        .map(|error| vec![error.row.to_string(), error.column.clone(), visit.message(&error.message)])
        .collect();
    let (row, column, mend) = (visit.t("import-row"), visit.t("import-column"), visit.t("import-mend"));
    Ok(csv_file("errors.csv", csv_of(&[&row, &column, &mend], &rows)))
}

/// An empty file with the columns of a kind and one example row.
async fn template(visit: Visit, Path(name): Path<String>) -> PageResult {
    mandate_app::authorise::authorise(&visit.actor, Action::Import)?;
    let word = name.strip_suffix(".csv").unwrap_or(&name);
    let kind = Kind::parse(word).ok_or_else(Failure::not_found)?;
    let heads: Vec<&str> = columns_of(kind)
        .iter()
        .filter(|spec| spec.name != "unit_cost" || visit.may(Action::ReadCost))
        .map(|spec| spec.name)
        .collect();
    let example: Vec<String> = columns_of(kind)
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
        (_, Shape::TimeZone) => "Europe/Berlin",
        ("starts_on", _) => "2027-01-01",
        ("annual_volume", _) => "12000",
        ("price_per", _) => "1",
        ("unit_price", _) => "3.12",
        _ => "",
    }
}
