//! One handover: its checklist by account, giving matters to others, ticking introductions off, and steering it as a whole.
//!
//! The checklist is one form: boxes for what is given to somebody, and buttons of their own beside each introduction.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use mandate_app::book::handovers::{
    HandoverError, HandoverPage, Ticked, cancel_handover, carry_out_handover, change_handover, give_items,
    reopen_introduction, show_handover, tick_introduction, undo_handover,
};
use mandate_app::{Action, ErrorKind, FieldError, Message, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Draft, Handover, HandoverItem, HandoverState, ItemState, Kind, Matter};
use minijinja::{Value, context};

use super::{PATH, href_of, state_tone};
use crate::access::Routes;
use crate::book::kinds::{choice_text_id, href};
use crate::book::pick;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/handovers/{id}", Action::ReadBook, show)
        .post("/handovers/{id}/give", Action::WriteBook, give)
        .post("/handovers/{id}/introduced", Action::WriteBook, introduced)
        .post("/handovers/{id}/reopened", Action::WriteBook, reopened)
        .post("/handovers/{id}/change", Action::WriteBook, change)
        .post("/handovers/{id}/cancel", Action::WriteBook, cancel)
        .post("/handovers/{id}/carry-out", Action::WriteBook, carry_out)
        .post("/handovers/{id}/undo", Action::WriteBook, undo)
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let found = show_handover(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    page(&web, &visit, (StatusCode::OK, &found), &Form::default(), &[]).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    (status, found): (StatusCode, &HandoverPage),
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let it = &found.handover;
    let from = found.person(&it.from_person_id).to_owned();
    let title = visit.tr("handover-title", &[("name", &from)]);
    let pick = pick::control(
        web,
        visit,
        Kind::Person,
        form.get("successor"),
        errors.iter().find(|error| error.field == "successor"),
    )
    .await?;
    let word = it.state.as_str();
    let (n_open, n_introductions) = found.n_open();
    let day = visit.date(it.effective_on);
    let (open, introductions) = (n_open.to_string(), n_introductions.to_string());
    let told = [("name", from.as_str()), ("day", &day), ("open", &open), ("introductions", &introductions)];
    // What an action answers stands above all; what a field answers stands at the field.
    let general: Vec<String> = errors.iter().map(|error| visit.message(&error.message)).collect();
    let own = context! {
        title => title.clone(), id => it.id.to_string(), version => it.version,
        badge => context! { status => state_tone(word), text => visit.t(&choice_text_id("handover_state", word)) },
        lead => visit.tr(&format!("handover-lead-{word}"), &told),
        rest => visit.tr("handover-rest", &told),
        facts => facts(visit, found), groups => groups(visit, found), errors => general,
        form => form.view(visit, errors), pick => pick, may_write => visit.may(Action::WriteBook),
        is_open => matches!(it.state, HandoverState::Planned | HandoverState::Done),
        may_change => found.may_steer && it.may_change().is_ok(),
        may_carry_out => found.may_steer && it.may_carry_out().is_ok() && n_open > 0,
        is_again => it.state == HandoverState::Done,
        may_undo => found.may_steer && it.may_undo().is_ok(),
        effective_on => it.effective_on.to_string(), time_zone => it.time_zone.clone(), reason => it.reason.clone(),
        today => visit.today.to_string(),
    };
    let page = Page::new(title, "nav-handovers").crumb(visit.t("nav-handovers"), PATH).help("handovers");
    visit.render_with_status(status, page, "handovers/show.html", own)
}

fn facts(visit: &Visit, found: &HandoverPage) -> Value {
    let it = &found.handover;
    let row = |key: &str, value: String| context! { key => visit.t(key), value => value };
    let mut rows = vec![
        context! {
            key => visit.t("field-from-person"), value => found.person(&it.from_person_id),
            href => href(Kind::Person, it.from_person_id.as_str()),
        },
        row("field-handover-kind", visit.t(&choice_text_id("handover_kind", it.kind.as_str()))),
        row("handover-day", format!("{} ({})", visit.date(it.effective_on), it.time_zone)),
        row("handover-planned-by", it.planned_by_name.clone()),
    ];
    if let Some(at) = it.done_at {
        rows.push(row("handover-done", format!("{}, {}", visit.moment(at), it.done_by_name)));
    }
    if !it.reason.is_empty() {
        rows.push(row("field-reason", it.reason.clone()));
    }
    Value::from(rows)
}

/// The matters by account, in their order.
fn groups(visit: &Visit, found: &HandoverPage) -> Vec<Value> {
    let mut groups: Vec<(Option<&str>, Vec<Value>)> = vec![];
    for item in &found.items {
        let account = item.account_id.as_deref();
        match groups.last_mut() {
            Some((last, views)) if *last == account => views.push(item_view(visit, found, item)),
            _ => groups.push((account, vec![item_view(visit, found, item)])),
        }
    }
    let view = |(account, items): (Option<&str>, Vec<Value>)| {
        let name = account.and_then(|id| found.accounts.get(id)).cloned();
        context! {
            name => name.unwrap_or_else(|| visit.t("handover-no-account")), items => items,
            href => account.map(|id| href(Kind::Account, id)),
            dates_href => account.map(|id| format!("/dates?f=account_id&op=is&v={id}")),
        }
    };
    groups.into_iter().map(view).collect()
}

fn item_view(visit: &Visit, found: &HandoverPage, item: &HandoverItem) -> Value {
    let word = item.state.as_str();
    let is_introduction = item.matter == Matter::Introduction;
    let what = visit.t(&choice_text_id("matter", item.matter.as_str()));
    let title = match item.matter {
        Matter::AccountManager | Matter::Negotiator => what.clone(),
        Matter::WorksOn => visit.t(&choice_text_id("role", &item.detail)),
        _ => item.title.clone(),
    };
    let (tone, text) = match (item.state, is_introduction) {
        (ItemState::Open, true) => ("watch", "handover-item-to-introduce".to_owned()),
        (ItemState::Done, true) => ("good", "handover-item-introduced".to_owned()),
        (ItemState::Open, false) => ("unknown", "choice-item-state-open".to_owned()),
        (ItemState::Done, false) => ("good", "choice-item-state-done".to_owned()),
        (ItemState::Refused, _) => ("risk", "choice-item-state-refused".to_owned()),
        _ => ("unknown", choice_text_id("item_state", word)),
    };
    let done = item.done_at.map(|at| format!("{}, {}", visit.moment(at), item.done_by_name));
    let may_write = visit.may(Action::WriteBook);
    let is_running = matches!(found.handover.state, HandoverState::Planned | HandoverState::Done);
    context! {
        key => format!("{}:{}", item.id, item.version), title => title, what => what,
        href => href_of(item.matter, &item.record_id),
        to => item.to_person_id.as_ref().map(|id| found.person(id).to_owned()),
        tone => tone, state => visit.t(&text), done => done,
        refusal => item.refusal.map(|why| visit.t(&format!("handover-refusal-{}", why.as_str().replace('_', "-")))),
        may_give => may_write && is_running && (item.is_open() || item.state == ItemState::Stays),
        may_tick => may_write && is_running && is_introduction && item.is_open() && item.to_person_id.is_some(),
        may_reopen => may_write && is_running && is_introduction && item.state == ItemState::Done,
    }
}

/// A matter and its version, as a box or a button of the checklist sends it.
fn chosen(text: &str) -> Option<(Id<HandoverItem>, i64)> {
    let (id, version) = text.split_once(':')?;
    Some((Id::parse(id).ok()?, version.parse().ok()?))
}

fn bad_form() -> Failure {
    Failure::bad_request(Message::new("error-bad-form"))
}

fn here(id: &Id<Handover>) -> String {
    format!("{PATH}/{id}")
}

/// The page again, with why it was refused.
async fn refused(
    web: &Web,
    visit: &Visit,
    id: &Id<Handover>,
    form: &Form,
    error: HandoverError,
) -> PageResult {
    let status = Failure::of(error.kind(), error.message()).status();
    if matches!(error.kind(), ErrorKind::NotFound) || status.is_server_error() {
        return Err(error.into());
    }
    let mut told = error.fields();
    if told.is_empty() {
        told.push(FieldError { field: String::new(), message: error.message() });
    }
    let found = show_handover(web.ctx(), &visit.actor, id).await?;
    page(web, visit, (status, &found), form, &told).await
}

async fn give(State(web): State<Web>, visit: Visit, Path(id): Path<String>, mut form: Form) -> PageResult {
    let id = path_id(&id)?;
    let items: Option<Vec<_>> = form.all("item").into_iter().map(chosen).collect();
    let items = items.ok_or_else(bad_form)?;
    let stays = form.has("stays");
    if !stays {
        let mut errors = pick::resolve(&web, &visit, &mut form, "successor", Kind::Person).await?;
        if errors.is_empty() && form.get("successor").is_empty() {
            let message = Message::new("handover-error-no-successor");
            errors.push(FieldError { field: "successor".to_owned(), message });
        }
        if !errors.is_empty() {
            let found = show_handover(web.ctx(), &visit.actor, &id).await?;
            return page(&web, &visit, (StatusCode::UNPROCESSABLE_ENTITY, &found), &form, &errors).await;
        }
    }
    let to = (!stays).then(|| form.get("successor"));
    match give_items(web.ctx(), &visit.actor, &id, &items, to).await {
        Ok(_) => {
            let count = items.len().to_string();
            let text = if stays { "handover-left" } else { "handover-given" };
            Ok(visit.redirect_with(&here(&id), visit.tr(text, &[("count", &count)]), None))
        }
        Err(error) => refused(&web, &visit, &id, &form, error).await,
    }
}

async fn introduced(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let (item, version) = chosen(form.get("tick")).ok_or_else(bad_form)?;
    let ticked = Ticked { handover: &id, item: &item, version };
    match tick_introduction(web.ctx(), &visit.actor, &ticked, visit.today).await {
        Ok(_) => Ok(visit.redirect_with(&here(&id), visit.t("handover-introduced"), None)),
        Err(error) => refused(&web, &visit, &id, &form, error).await,
    }
}

async fn reopened(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let (item, version) = chosen(form.get("reopen")).ok_or_else(bad_form)?;
    let ticked = Ticked { handover: &id, item: &item, version };
    match reopen_introduction(web.ctx(), &visit.actor, &ticked).await {
        Ok(_) => Ok(visit.redirect_with(&here(&id), visit.t("handover-reopened"), None)),
        Err(error) => refused(&web, &visit, &id, &form, error).await,
    }
}

fn version(form: &Form) -> Option<i64> {
    form.get("version").parse().ok()
}

async fn change(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let mut draft = Draft::new();
    for field in ["effective_on", "time_zone", "reason"].into_iter().filter(|field| form.has(field)) {
        draft.set(field, form.get(field));
    }
    match change_handover(web.ctx(), &visit.actor, (&id, version(&form)), &draft).await {
        Ok(_) => Ok(visit.redirect_with(&here(&id), visit.t("handover-changed"), None)),
        Err(error) => refused(&web, &visit, &id, &form, error).await,
    }
}

/// After a step of the whole: where the reader still sees any of it, and else the list.
fn onward(visit: &Visit, found: &HandoverPage, text: String, undo: Option<String>) -> Response {
    let to = if found.items.is_empty() { PATH.to_owned() } else { here(&found.handover.id) };
    visit.redirect_with(&to, text, undo)
}

async fn carry_out(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    match carry_out_handover(web.ctx(), &visit.actor, (&id, version(&form))).await {
        Ok(found) => {
            let n_refused = found.items.iter().filter(|item| item.state == ItemState::Refused).count();
            let text = visit.tr("handover-carried-out", &[("count", &n_refused.to_string())]);
            let undo = (!found.items.is_empty()).then(|| format!("{}/undo", here(&id)));
            Ok(onward(&visit, &found, text, undo))
        }
        Err(error) => refused(&web, &visit, &id, &form, error).await,
    }
}

async fn cancel(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    match cancel_handover(web.ctx(), &visit.actor, (&id, version(&form))).await {
        Ok(found) => Ok(onward(&visit, &found, visit.t("handover-cancelled"), None)),
        Err(error) => refused(&web, &visit, &id, &form, error).await,
    }
}

async fn undo(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    match undo_handover(web.ctx(), &visit.actor, (&id, version(&form))).await {
        Ok(found) => Ok(onward(&visit, &found, visit.t("handover-undone"), None)),
        Err(error) => refused(&web, &visit, &id, &form, error).await,
    }
}
