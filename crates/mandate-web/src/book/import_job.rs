//! The page of an import of the book, or of the check of a large file: how far it is, and what came of it or every cell that is wrong.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use mandate_app::Action;
use mandate_app::book;
use mandate_app::book::import_job::{CHECK_BOOK, IMPORT_BOOK};
use mandate_app::jobs::{JobState, JobStatus, JobStatusError, cancel_job, job_request, job_status};
use mandate_domain::book::Kind;
use minijinja::context;
use serde_json::json;

use super::import::{checked_view, errors_file, framed, outcome_frame, refused_page, stepper};
use super::import_hints::fills;
use super::import_views::report_view;
use crate::access::Routes;
use crate::failure::{Failure, PageResult, path_id};
use crate::frame::{Visit, redirect};
use crate::state::Web;

/// Pages under `/import/jobs`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/import/jobs/{job}", Action::Import, show)
        .get("/import/jobs/{job}/progress.json", Action::Import, progress)
        .post("/import/jobs/{job}/cancel", Action::Import, cancel)
        .get("/import/jobs/{job}/errors.csv", Action::Import, errors_csv)
}

async fn status_of(web: &Web, visit: &Visit, id: &str) -> Result<JobStatus, Failure> {
    let status = job_status(web.ctx(), &visit.actor, &path_id(id)?).await?;
    if [IMPORT_BOOK, CHECK_BOOK].contains(&status.kind.as_str()) {
        Ok(status)
    } else {
        Err(Failure::not_found())
    }
}

fn progress_text(visit: &Visit, status: &JobStatus) -> String {
    // An import goes through the rows twice.
    let rows = if status.kind == CHECK_BOOK { status.n_total } else { status.n_total / 2 }.to_string();
    match status.message.as_str() {
        "checking" => visit.tr("import-checking", &[("rows", &rows)]),
        "writing" => visit.tr("import-writing", &[("rows", &rows)]),
        "reading" => visit.t("import-reading"),
        _ => visit.t("import-waiting"),
    }
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let status = status_of(&web, &visit, &id).await?;
    let asked = job_request(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let kind = Kind::parse(asked["kind"].as_str().unwrap_or_default()).unwrap_or(Kind::Account);
    let frame = outcome_frame(&visit, kind, asked["file_name"].as_str().unwrap_or_default());
    let path = format!("/import/jobs/{id}");
    let secret = asked["upload"].as_str().unwrap_or_default();
    let is_check = status.kind == CHECK_BOOK;
    let result = status.result.clone().unwrap_or_default();
    let own = match status.state {
        JobState::Failed if result["message"].is_object() => {
            let has_rows = result["errors"].as_array().is_some_and(|errors| !errors.is_empty());
            let columns_href = (is_check && has_rows).then(|| format!("/import/book/{secret}/columns"));
            let frame = context! { columns_href => columns_href, ..frame };
            let is_there = book::find_upload(web.ctx(), &visit.actor, secret).await.is_ok();
            let secret = is_there.then_some(secret);
            let fills = fills(&web, &visit, &result, secret).await?;
            let frame = context! { fills => fills, ..frame };
            return refused_page(&visit, frame, (secret, &format!("{path}/errors.csv")), &result);
        }
        JobState::Failed => {
            context! { state => "file", steps => stepper(&visit, 1), lead => status.message.clone() }
        }
        JobState::Done if is_check => checked_view(&visit, secret, &result),
        JobState::Done => {
            let may_undo = visit.may(Action::WriteBook) && visit.may(Action::TrashBook);
            context! {
                state => "done", steps => stepper(&visit, 2), report => report_view(&visit, &result),
                may_undo => may_undo,
            }
        }
        JobState::Cancelled => context! { state => "cancelled", steps => stepper(&visit, 1) },
        JobState::Waiting | JobState::Running => context! {
            state => "running", is_check => is_check, steps => stepper(&visit, if is_check { 1 } else { 2 }), path => path, n_done => status.n_done,
            n_total => status.n_total.max(1), progress => progress_text(&visit, &status),
            stopping => status.cancel_requested,
        },
    };
    visit.render(framed(&visit), "book/import_outcome.html", context! { ..own, ..frame })
}

/// What the page's script polls.
async fn progress(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let status = status_of(&web, &visit, &id).await?;
    let ended = !matches!(status.state, JobState::Waiting | JobState::Running);
    let answer = json!({
        "done": status.n_done, "total": status.n_total, "state": if ended { "done" } else { "running" },
        "message": progress_text(&visit, &status),
        // Whatever came of it stands on the page itself.
        "href": ended.then(|| format!("/import/jobs/{id}")),
    });
    Ok(Json(answer).into_response())
}

async fn cancel(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    match cancel_job(web.ctx(), &visit.actor, &path_id(&id)?).await {
        // Too late: the page says what came of it.
        Ok(()) | Err(JobStatusError::Ended) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(redirect(&format!("/import/jobs/{id}")))
}

/// Every wrong cell that was kept, for a spreadsheet.
async fn errors_csv(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let status = status_of(&web, &visit, &id).await?;
    Ok(errors_file(&visit, &status.result.unwrap_or_default()))
}
