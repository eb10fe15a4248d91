//! Importing an event file: the upload, how far it is, and what came of it or every row that is wrong.
//!
//! The file is written to the data folder as it arrives and read by a job, so the page may be left. A file whose states
//! nobody mapped can be taken again from the page that names them, without a second upload.

use axum::Json;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::exchange::csv_of;
use mandate_app::facts::import_job::{IMPORT_EVENTS, ImportRequest, Wish, request_import};
use mandate_app::facts::upload::{EventUpload, KeptUpload, drop_upload};
use mandate_app::jobs::{JobState, JobStatus, cancel_job, job_request, job_status};
use mandate_app::{FieldError, Message, UseCaseError};
use mandate_domain::facts::source::{Profile, SourceId};
use minijinja::{Value, context};
use serde_json::{Value as Json_, json};

use super::sources::{class_choices, states_of, upload_page};
use crate::access::Routes;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::{Form, LARGEST_FORM, read_text};
use crate::frame::{Page, Visit, redirect};
use crate::state::Web;

/// Errors that the page shows; the file has up to a thousand.
const MOST_SHOWN: usize = 50;

/// Pages under `/facts/imports`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .upload("/facts/imports", Action::Import, upload, None)
        .get("/facts/imports/{job}", Action::Import, show)
        .get("/facts/imports/{job}/progress.json", Action::Import, progress)
        .post("/facts/imports/{job}/cancel", Action::Import, cancel)
        .post("/facts/imports/{job}/again", Action::Import, again)
        .get("/facts/imports/{job}/errors.csv", Action::Import, errors_csv)
}

/// An upload as it came: its texts, and its file if there is one.
#[derive(Default)]
pub(super) struct Uploaded {
    /// The texts.
    pub form: Form,
    /// The file's name and where it lies.
    pub file: Option<(String, KeptUpload)>,
}

/// Reads a multipart body, the file straight onto the disk. What came before a refusal is in `uploaded` all the same.
pub(super) async fn read_upload(
    web: &Web,
    actor: &mandate_app::Actor,
    mut multipart: Multipart,
    uploaded: &mut Uploaded,
) -> Result<(), Failure> {
    let mut left = LARGEST_FORM;
    let broken = |error| Failure::of_upload(&error);
    while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" {
            uploaded.form.push(&name, read_text(field, &mut left).await?);
            continue;
        }
        let file_name: String =
            field.file_name().unwrap_or_default().chars().filter(|it| !it.is_control()).take(200).collect();
        let mut upload = EventUpload::begin(web.ctx(), actor, web.settings().largest_upload as u64).await?;
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            upload.write(&chunk).await.map_err(|error| {
                let mut failure = Failure::from(error);
                if failure.message.id == "facts-upload-too-large" {
                    failure.status = Some(StatusCode::PAYLOAD_TOO_LARGE);
                }
                failure
            })?;
        }
        let kept = upload.finish().await?;
        if kept.n_bytes == 0 {
            drop_upload(&kept.path).await;
        } else {
            uploaded.file = Some((file_name, kept));
        }
    }
    Ok(())
}

/// What is asked for; everything wrong is told, by field.
pub(super) fn request_of(uploaded: &Uploaded) -> Result<ImportRequest, Vec<FieldError>> {
    let form = &uploaded.form;
    let mut errors = vec![];
    let mut error =
        |field: &str, message: Message| errors.push(FieldError { field: field.to_owned(), message });
    let profile = Profile::parse(form.get("profile")).ok();
    if profile.is_none() {
        error("profile", Message::new("facts-upload-no-profile"));
    }
    let given = form.get("source").trim();
    let source = (!given.is_empty()).then(|| SourceId::parse(given));
    if let Some(Err(_)) = source {
        error("source", Message::new("facts-upload-bad-source").with("source", given.to_owned()));
    }
    let zone = form.get("time_zone").trim();
    if !zone.is_empty() && jiff::tz::TimeZone::get(zone).is_err() {
        error("time_zone", Message::new("facts-error-zone").with("zone", zone.to_owned()));
    }
    let wish = match form.get("wish") {
        "" | "import" => Some(Wish::Import),
        "check" => Some(Wish::Check),
        other => {
            let message = Message::new("book-problem-choice").with("text", other.to_owned());
            error("wish", message.with("choices", "import, check"));
            None
        }
    };
    if uploaded.file.is_none() {
        error("file", Message::new("facts-upload-no-file"));
    }
    match (profile, wish, &uploaded.file) {
        (Some(profile), Some(wish), Some((file_name, kept))) if errors.is_empty() => Ok(ImportRequest {
            upload: kept.secret.clone(),
            file_name: file_name.clone(),
            profile,
            source: source.and_then(Result::ok),
            time_zone: (!zone.is_empty()).then(|| zone.to_owned()),
            states: vec![],
            wish,
        }),
        _ => Err(errors),
    }
}

async fn upload(State(web): State<Web>, visit: Visit, multipart: Multipart) -> PageResult {
    let mut uploaded = Uploaded::default();
    let asked = match read_upload(&web, &visit.actor, multipart, &mut uploaded).await {
        Ok(()) => request_of(&uploaded).map_err(|errors| (StatusCode::UNPROCESSABLE_ENTITY, errors)),
        Err(failure) if failure.message.id.starts_with("facts-upload") => {
            let status = failure.status();
            Err((status, vec![FieldError { field: "file".to_owned(), message: failure.message }]))
        }
        Err(failure) => return Err(failure),
    };
    match asked {
        Ok(request) => {
            let job = request_import(web.ctx(), &visit.actor, &request).await?;
            Ok(redirect(&format!("/facts/imports/{job}")))
        }
        Err((status, errors)) => {
            if let Some((_, kept)) = &uploaded.file {
                drop_upload(&kept.path).await;
            }
            upload_page(&web, &visit, status, &uploaded.form, &errors).await
        }
    }
}

async fn import_of(web: &Web, visit: &Visit, id: &str) -> Result<(JobStatus, ImportRequest), Failure> {
    let id = path_id(id)?;
    let status = job_status(web.ctx(), &visit.actor, &id).await?;
    if status.kind != IMPORT_EVENTS {
        return Err(Failure::not_found());
    }
    let asked = job_request(web.ctx(), &visit.actor, &id).await?;
    let request = ImportRequest::from_json(&asked).ok_or_else(Failure::not_found)?;
    Ok((status, request))
}

fn progress_text(visit: &Visit, status: &JobStatus) -> String {
    match (&status.state, status.n_done, status.n_total) {
        (_, 0, _) => visit.t("import-waiting"),
        (_, done, 0) => visit.tr("event-import-rows", &[("done", &done.to_string())]),
        (_, done, total) => {
            visit.tr("import-rows-of", &[("done", &done.to_string()), ("total", &total.to_string())])
        }
    }
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let (status, request) = import_of(&web, &visit, &id).await?;
    let result = status.result.clone().unwrap_or_default();
    let (report, refusal) = match status.state {
        JobState::Done => (Some(report_view(&visit, &result)), None),
        JobState::Failed => (None, Some(refusal_view(&visit, &status, &result))),
        _ => (None, None),
    };
    let state = match status.state {
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
        JobState::Waiting | JobState::Running => "running",
    };
    let checked = request.wish == Wish::Check && status.state == JobState::Done;
    let own = context! {
        path => format!("/facts/imports/{id}"), file => request.file_name.clone(), state => state,
        source => request.source_name().to_owned(), n_done => status.n_done, n_total => status.n_total.max(1),
        progress => progress_text(&visit, &status), report => report, refusal => refusal,
        classes => class_choices(&visit), stopping => status.cancel_requested,
        lead => visit.tr(&format!("import-lead-{}", if checked { "checked" } else { state }), &[("file", &request.file_name)]),
        checked => checked,
    };
    let page = Page::new(visit.t("import-events-title"), "nav-facts")
        .crumb(visit.t("nav-facts"), "/facts")
        .crumb(visit.t("sources-title"), "/facts/sources")
        .help("import-a-log");
    visit.render(page, "facts/event_import.html", own)
}

fn report_view(visit: &Visit, report: &Json_) -> Value {
    let n = |name: &str| report[name].as_i64().unwrap_or(0);
    let figure = |label: &str, name: &str, note: &str| {
        context! { label => visit.t(label), value => visit.number(n(name)), note => visit.t(note) }
    };
    let states: Vec<Value> = report["assumed_states"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            let class = it["state_class"].as_str().unwrap_or_default().replace('_', "-");
            context! {
                raw => it["raw_state"].as_str().unwrap_or_default(), class => visit.t(&format!("state-class-{class}")),
            }
        })
        .collect();
    context! {
        figs => vec![
            figure("import-fig-new", "n_new", "import-fig-new-note"),
            figure("import-fig-corrected", "n_corrected", "import-fig-corrected-note"),
            figure("import-fig-same", "n_same", "import-fig-same-note"),
            figure("import-fig-cases", "n_cases", "import-fig-cases-note"),
            figure("import-fig-accounts", "n_accounts_made", "import-fig-accounts-note"),
        ],
        source => report["source"].as_str().unwrap_or_default(), batch => report["batch_id"].as_str(),
        states => states, zone => report["assumed_zone"].as_str(), n_before => n("n_before_opening"),
        proposed => report["proposed_service_level"].as_bool().unwrap_or(false),
        unchanged => report["batch_id"].is_null(),
    }
}

fn refusal_view(visit: &Visit, status: &JobStatus, result: &Json_) -> Value {
    let errors = result["errors"].as_array().cloned().unwrap_or_default();
    let rows: Vec<Value> = errors
        .iter()
        .take(MOST_SHOWN)
        .map(|it| {
            let text = visit.kept(&it["message"]);
            context! {
                row => visit.number(it["row"].as_i64().unwrap_or(0)), column => it["column"].as_str().unwrap_or_default(),
                text => text.unwrap_or_else(|| it["detail"].as_str().unwrap_or_default().to_owned()),
            }
        })
        .collect();
    let unmapped: Vec<Value> = result["unmapped_states"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_str())
        .map(Value::from)
        .collect();
    let n_errors = result["n_errors"].as_i64().unwrap_or(0);
    context! {
        text => visit.kept(&result["message"]).unwrap_or_else(|| status.message.clone()),
        rows => rows, n_shown => errors.len().min(MOST_SHOWN), n_kept => errors.len(), n => n_errors, unmapped => unmapped,
    }
}

/// What the page's script polls.
async fn progress(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let (status, _) = import_of(&web, &visit, &id).await?;
    let ended = !matches!(status.state, JobState::Waiting | JobState::Running);
    let answer = json!({
        "done": status.n_done, "total": status.n_total, "state": if ended { "done" } else { "running" },
        "message": progress_text(&visit, &status),
        // Whatever came of it stands on the page itself.
        "href": ended.then(|| format!("/facts/imports/{id}")),
    });
    Ok(Json(answer).into_response())
}

async fn cancel(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    match cancel_job(web.ctx(), &visit.actor, &path_id(&id)?).await {
        // Too late: the page says what came of it.
        Ok(()) | Err(mandate_app::jobs::JobStatusError::Ended) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(redirect(&format!("/facts/imports/{id}")))
}

/// The same file once more, with meanings for the states that had none.
async fn again(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let (status, mut request) = import_of(&web, &visit, &id).await?;
    if status.state == JobState::Done {
        // A check that went well: now it is taken in.
        request.wish = Wish::Import;
    }
    for (raw, class) in states_of(&form) {
        request.states.retain(|(known, _)| *known != raw);
        request.states.push((raw, class));
    }
    match request_import(web.ctx(), &visit.actor, &request).await {
        Ok(job) => Ok(redirect(&format!("/facts/imports/{job}"))),
        Err(error) if error.message().id == "facts-import-gone" => {
            let errors = [FieldError { field: "file".to_owned(), message: error.message() }];
            upload_page(&web, &visit, StatusCode::NOT_FOUND, &Form::default(), &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Every error that was kept, for a spreadsheet.
async fn errors_csv(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let (status, _) = import_of(&web, &visit, &id).await?;
    let result = status.result.unwrap_or_default();
    let rows: Vec<Vec<String>> = result["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            let detail = || it["detail"].as_str().unwrap_or_default().to_owned();
            vec![
                it["row"].to_string(),
                it["column"].as_str().unwrap_or_default().to_owned(),
                visit.kept(&it["message"]).unwrap_or_else(detail),
            ]
        })
        .collect();
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"import-errors.csv\"")),
    ];
    Ok((headers, csv_of(&["row", "column", "error"], &rows)).into_response())
}
