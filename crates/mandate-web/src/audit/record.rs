//! One audit record: who, when, by which channel, why, every change in words; and giving an earlier value back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::audit::{SeenChange, ShownRecord, show_record};
use mandate_app::authorise::clearance;
use mandate_app::book::{RestoreValue, RestoreValueError, restorable, restore_value};
use mandate_app::{Action, ErrorKind, UseCaseError};
use mandate_domain::book::Kind;
use minijinja::{Value, context};

use super::words::{self, ChangeWords, Told};
use crate::book::kinds::kind_text_id;
use crate::failure::PageResult;
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::field_text_id;

/// The page of a record.
pub(super) async fn page(State(web): State<Web>, visit: Visit, Path(hash): Path<String>) -> PageResult {
    let shown = show_record(web.ctx(), &visit.actor, &hash).await?;
    render(&web, &visit, StatusCode::OK, shown, None).await
}

async fn render(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    shown: ShownRecord,
    notice: Option<String>,
) -> PageResult {
    let ShownRecord { record, changes, before, after } = shown;
    let subject = words::subject(web, &visit.actor, &record.subject_kind, &record.subject_id).await?;
    let told = Told {
        subject_kind: record.subject_kind.clone(),
        subject_id: record.subject_id.clone(),
        changes: changes.clone(),
    };
    let worded = words::in_words(web, visit, &[told]).await?.pop().unwrap_or_default();
    let may_restore = visit.may(Action::WriteBook) && subject.is_some();
    let version = subject.as_ref().map(|subject| subject.version);
    let rows: Vec<Value> = worded
        .iter()
        .zip(&changes)
        .map(|(words, change)| {
            let offered = may_restore && may_be_restored(visit, &record.subject_kind, change);
            change_view(visit, words, offered, version)
        })
        .collect();
    let kind = kind_text(visit, &record.subject_kind);
    let who = [("who", record.actor_name.as_str()), ("when", &visit.moment(record.at))];
    let title = format!("{}: {}", record.subject_name, super::event(&record.subject_kind, &record.action));
    let history = format!("/audit?f=subject_id&op=is&v={}", record.subject_id);
    let own = context! {
        title => title.clone(),
        lead => visit.tr("audit-record-lead", &who),
        rest => visit.t(&format!("audit-origin-{}", record.origin.replace('_', "-"))),
        kind => kind,
        notice => notice,
        reason => record.reason,
        rows => rows,
        seq => visit.may(Action::ReadAudit).then(|| visit.number(record.seq)),
        restore_action => format!("/audit/records/{}/restore", record.hash),
        hash => record.hash,
        subject_href => subject.map(|subject| subject.href),
        history_href => visit.may(Action::ReadAudit).then_some(history),
        before_href => before.map(|hash| format!("/audit/records/{hash}")),
        after_href => after.map(|hash| format!("/audit/records/{hash}")),
    };
    let mut page = Page::new(title, "nav-audit");
    if visit.may(Action::ReadAudit) {
        page = page.crumb(visit.t("audit-title"), "/audit");
    }
    visit.render_with_status(status, page, "home/audit_record.html", own)
}

/// What a record is about, by the name that pages have for it.
pub(crate) fn kind_text(visit: &Visit, kind: &str) -> String {
    match Kind::parse(kind) {
        Some(kind) => visit.t(&kind_text_id(kind, "one")),
        None => visit.t(&format!("audit-kind-{}", kind.replace('_', "-"))),
    }
}

/// Whether a form keeps the field, and the reader is cleared for it.
fn may_be_restored(visit: &Visit, kind: &str, change: &SeenChange) -> bool {
    let Some(kind) = restorable(kind, &change.field) else { return false };
    let purpose = kind.fields().iter().find(|spec| spec.name == change.field).and_then(|spec| spec.purpose);
    clearance(&visit.actor).admits(purpose)
}

fn change_view(visit: &Visit, words: &ChangeWords, offered: bool, version: Option<i64>) -> Value {
    let dash = || "\u{2013}".to_owned();
    let field = |name: &str, value: String| context! { name => name, value => value };
    let version = version.unwrap_or(0).to_string();
    context! {
        label => words.label.clone(),
        from => words.from.clone().unwrap_or_else(dash),
        to => words.to.clone().unwrap_or_else(dash),
        fields => offered.then(|| vec![field("field", words.field.clone()), field("version", version)]),
        button => visit.tr("audit-restore-label", &[("field", &words.label)]),
    }
}

/// Gives a field the value back that it had before this change.
pub(super) async fn restore(
    State(web): State<Web>,
    visit: Visit,
    Path(hash): Path<String>,
    form: Form,
) -> PageResult {
    let field = form.get("field").to_owned();
    let version = form.get("version").parse().unwrap_or(0);
    let wanted = RestoreValue { record: hash.clone(), field: field.clone(), version };
    match restore_value(web.ctx(), &visit.actor, &wanted).await {
        Ok(restored) => {
            let label = visit.t(&field_text_id(&field));
            let words = [("field", label.as_str()), ("name", restored.name.as_str())];
            let id = if restored.is_changed { "audit-restored" } else { "audit-restored-same" };
            let subject = words::subject(&web, &visit.actor, restored.kind.as_str(), &restored.id).await?;
            let to = subject.map_or_else(|| format!("/audit/records/{hash}"), |subject| subject.href);
            Ok(visit.redirect_with(&to, visit.tr(id, &words), None))
        }
        Err(error) if error.kind() == ErrorKind::Stale => {
            refused(&web, &visit, StatusCode::CONFLICT, &hash, visit.t("audit-restore-stale")).await
        }
        Err(error @ RestoreValueError::Book(_)) if !error.fields().is_empty() => {
            let mut why = vec![visit.message(&error.message())];
            why.extend(error.fields().iter().map(|field| {
                format!("{}: {}", visit.t(&field_text_id(&field.field)), visit.message(&field.message))
            }));
            refused(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, &hash, why.join(" ")).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn refused(web: &Web, visit: &Visit, status: StatusCode, hash: &str, notice: String) -> PageResult {
    let shown = show_record(web.ctx(), &visit.actor, hash).await?;
    render(web, visit, status, shown, Some(notice)).await
}
