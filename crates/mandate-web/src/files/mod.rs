//! Files on records: the card on a record's page, the page of all its files, and the way in and out of both channels.
//!
//! A file is given out as something to keep, never as something to show: as an attachment, with its own type, a policy that lets
//! nothing run, and no guessing. A file that says it is too long is refused before any of it is read.

mod api;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use mandate_app::book::attachments::{
    AttachmentError, IncomingFile, attach, list_files, may_attach, open_file, read_content, remove_file,
};
use mandate_app::book::notes::NotesOf;
use mandate_app::{Action, Actor, Ctx, FieldError};
use mandate_domain::book::{Attachment, Kind};
use minijinja::{Value, context};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::access::Routes;
use crate::book::kinds::href;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::LARGEST_FORM;
use crate::frame::{Page, Visit};
use crate::notes::kind_of;
use crate::state::Web;

/// Files shown on the page of their record.
const ON_THE_CARD: usize = 8;
/// No script, no frame, nothing fetched, an origin of its own.
const NOTHING_RUNS: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Pages and operations of files.
pub fn routes() -> Routes {
    Routes::new()
        .get("/records/{kind}/{id}/files", Action::ReadBook, show)
        .upload("/records/{kind}/{id}/files", Action::WriteBook, bring, None)
        .get("/files/{file}", Action::ReadBook, download)
        .post("/files/{file}/remove", Action::WriteBook, remove)
        .merge(api::routes())
}

/// The card of files on a record's page.
///
/// # Errors
/// [`Failure`] when there is no such record within reach.
pub(crate) async fn card(web: &Web, visit: &Visit, kind: Kind, id: &str) -> Result<Value, Failure> {
    let (_, files) = list_files(web.ctx(), &visit.actor, NotesOf { kind, id }).await?;
    Ok(view(web, visit, (kind, id), &files, ON_THE_CARD))
}

fn view(web: &Web, visit: &Visit, (kind, id): (Kind, &str), files: &[Attachment], most: usize) -> Value {
    let own = visit.actor.user_id();
    let rows: Vec<Value> = files
        .iter()
        .take(most)
        .map(|file| {
            let is_own = file.author_id.is_some() && file.author_id.as_ref() == own;
            let may_remove = visit.may(Action::WriteBook) && (is_own || visit.may(Action::TrashBook));
            context! {
                id => file.id.to_string(), name => file.name.clone(), version => file.file_version,
                size => visit.tr("file-size", &[("count", &((file.n_bytes + 1023) / 1024).to_string())]),
                author => file.author_name.clone(), when => visit.moment(file.created_at),
                removed => file.removed.as_ref().map(|(by, at)| {
                    visit.tr("file-removed", &[("by", by), ("when", &visit.moment(*at))])
                }),
                may_remove => may_remove,
            }
        })
        .collect();
    let path = format!("/records/{}/{id}/files", kind.as_str());
    context! {
        has_more => files.len() > rows.len(), items => rows, action => path, may_write => visit.may(Action::WriteBook),
        most => visit.tr("file-most", &[("most", &(web.settings().largest_attachment >> 20).to_string())]),
    }
}

async fn show(State(web): State<Web>, visit: Visit, Path((kind, id)): Path<(String, String)>) -> PageResult {
    page(&web, &visit, (kind_of(&kind)?, &id), StatusCode::OK, &[]).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    (kind, id): (Kind, &str),
    status: StatusCode,
    errors: &[FieldError],
) -> PageResult {
    let (name, files) = list_files(web.ctx(), &visit.actor, NotesOf { kind, id }).await?;
    let own = context! {
        files => view(web, visit, (kind, id), &files, usize::MAX),
        error => errors.first().map(|error| visit.message(&error.message)),
        lead => visit.tr("file-lead", &[("name", &name), ("count", &files.len().to_string())]),
    };
    let page = Page::new(visit.t("file-title"), "nav-portfolio")
        .help("notes-and-files")
        .crumb(visit.t("nav-portfolio"), "/portfolio")
        .crumb(name, href(kind, id));
    visit.render_with_status(status, page, "files/page.html", own)
}

async fn bring(
    State(web): State<Web>,
    visit: Visit,
    Path((kind, id)): Path<(String, String)>,
    request: Request,
) -> PageResult {
    let kind = kind_of(&kind)?;
    match take(&web, &visit.actor, web.ctx(), NotesOf { kind, id: &id }, request).await {
        Ok(file) => {
            let text = visit.tr("file-kept", &[("name", &file.name)]);
            Ok(visit.redirect_with(&format!("{}#files", href(kind, &id)), text, None))
        }
        Err(failure) if failure.fields.iter().any(|error| error.field == "file") => {
            page(&web, &visit, (kind, &id), failure.status(), &failure.fields).await
        }
        Err(failure) => Err(failure),
    }
}

/// As a failure; what is too long has its own status.
fn refused(error: AttachmentError) -> Failure {
    let too_large = matches!(error, AttachmentError::TooLarge { .. });
    let failure = Failure::from(error);
    if too_large { Failure { status: Some(StatusCode::PAYLOAD_TOO_LARGE), ..failure } } else { failure }
}

/// Refuses a body that says it is longer than a file may be, before any of it is read.
fn refuse_declared(headers: &HeaderMap, most: usize) -> Result<(), AttachmentError> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
    let is_longer = declared.is_some_and(|length| most.saturating_add(LARGEST_FORM) < length);
    if is_longer { Err(AttachmentError::TooLarge { most }) } else { Ok(()) }
}

/// Reads the file out of a request and keeps it on the record.
async fn take(
    web: &Web,
    actor: &Actor,
    ctx: &Ctx,
    of: NotesOf<'_>,
    request: Request,
) -> Result<Attachment, Failure> {
    let most = web.settings().largest_attachment;
    may_attach(ctx, actor, of).await?;
    refuse_declared(request.headers(), most).map_err(refused)?;
    let mut multipart =
        Multipart::from_request(request, web).await.map_err(|_| refused(AttachmentError::NoFile))?;
    let broken = |error| Failure::of_upload(&error);
    while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let sent = field.file_name().unwrap_or_default().to_owned();
        if sent.is_empty() {
            break;
        }
        let mut incoming = IncomingFile::begin(&sent, most).map_err(refused)?;
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            incoming.take(&chunk).map_err(refused)?;
        }
        return attach(ctx, actor, of, incoming).await.map_err(refused);
    }
    Err(refused(AttachmentError::NoFile))
}

async fn download(State(web): State<Web>, visit: Visit, Path(file): Path<String>) -> PageResult {
    let file = open_file(web.ctx(), &visit.actor, &path_id(&file)?).await?;
    Ok(give_out(web.ctx().clone(), file))
}

/// The file's bytes as they are read, as something to keep.
fn give_out(ctx: Ctx, file: Attachment) -> Response {
    let name = utf8_percent_encode(&file.name, NON_ALPHANUMERIC).to_string();
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(file.file_kind.media_type())),
        (
            CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).unwrap_or_else(|_| HeaderValue::from_static("attachment")),
        ),
        (CONTENT_SECURITY_POLICY, NOTHING_RUNS),
        (CONTENT_LENGTH, HeaderValue::from(file.n_bytes)),
    ];
    let pieces = stream::unfold(Some(0), move |next| {
        let (ctx, file) = (ctx.clone(), file.clone());
        async move {
            match read_content(&ctx, &file, next?).await {
                Ok((content, _)) if content.is_empty() => None,
                Ok((content, next)) => Some((Ok(Bytes::from(content)), Some(next))),
                Err(error) => {
                    tracing::error!(%error, file = %file.id, "a file could not be given out");
                    Some((Err(std::io::Error::other(error)), None))
                }
            }
        }
    });
    (headers, Body::from_stream(pieces)).into_response()
}

async fn remove(State(web): State<Web>, visit: Visit, Path(file): Path<String>) -> PageResult {
    let gone = remove_file(web.ctx(), &visit.actor, &path_id(&file)?).await?;
    let text = visit.tr("file-gone", &[("name", &gone.name)]);
    Ok(visit.redirect_with(&format!("{}#files", href(gone.kind, &gone.record_id)), text, None))
}
