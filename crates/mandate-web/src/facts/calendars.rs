//! Calendars: the list, one calendar with its week and holidays, and the form that states hours from a day on or corrects
//! a version.
//!
//! The form says hours as text, so it works without script; its preview is a button that keeps nothing.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use mandate_app::facts::calendars::{
    CalendarDraft, confirm_calendar, create_calendar, list_calendars, save_calendar, show_calendar,
};
use mandate_app::facts::levels::{LevelLine, list_levels};
use mandate_app::{Action, FieldError, Message, UseCaseError, authorise};
use mandate_domain::Id;
use mandate_domain::facts::calendar::{Calendar, CalendarHours, DAY_MINUTES};
use minijinja::{Value, context};
use serde::Deserialize;

use super::calendar_form::{
    DAYS, exceptions_by_day, fields_of, read_hours, week, week_in_words, weekday_name,
};
use crate::access::Routes;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// Days with hours of their own that a page shows at first.
const NEXT_DAYS: usize = 12;

/// Pages under `/facts/calendars`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/facts/calendars", Action::ReadFacts, list)
        .get("/facts/calendars/new", Action::WriteFacts, new)
        .post("/facts/calendars/new", Action::WriteFacts, create)
        .get("/facts/calendars/{id}", Action::ReadFacts, show)
        .get("/facts/calendars/{id}/edit", Action::WriteFacts, edit)
        .post("/facts/calendars/{id}/edit", Action::WriteFacts, save)
        .post("/facts/calendars/{id}/confirm", Action::WriteFacts, confirm)
        .post("/facts/calendars/{id}/remove", Action::WriteFacts, remove)
}

fn page(visit: &Visit, title: String) -> Page {
    Page::new(title, "nav-facts").crumb(visit.t("nav-facts"), "/facts").help("service-levels")
}

/// The version in force on a day; before the first, the first.
pub(super) fn in_force(calendar: &Calendar, day: Date) -> Option<&CalendarHours> {
    let started = calendar.versions.iter().rev().find(|it| it.hours.valid_from <= day);
    started.or(calendar.versions.first()).map(|it| &it.hours)
}

fn uses<'a>(levels: &'a [LevelLine], calendar: &'a Id<Calendar>) -> impl Iterator<Item = &'a LevelLine> {
    levels
        .iter()
        .filter(move |line| line.level.versions.iter().any(|version| version.terms.calendar_id == *calendar))
}

async fn list(State(web): State<Web>, visit: Visit) -> PageResult {
    let calendars = list_calendars(web.ctx(), &visit.actor).await?;
    let levels = list_levels(web.ctx(), &visit.actor).await?;
    let rows: Vec<Value> = calendars
        .iter()
        .map(|calendar| {
            let hours = in_force(calendar, visit.today);
            let next = hours.and_then(|it| next_days(&visit, it, 1).into_iter().next());
            context! {
                href => format!("/facts/calendars/{}", calendar.id), name => calendar.name.clone(),
                assumed => calendar.assumed, demo => calendar.demo,
                zone => hours.map(|it| it.time_zone.clone()).unwrap_or_default(),
                week => hours.map(|it| week_in_words(&visit, it)).unwrap_or_default(),
                since => hours.map(|it| visit.formats.full_date(it.valid_from)).unwrap_or_default(),
                next => next, n_versions => calendar.versions.len(), n_levels => uses(&levels, &calendar.id).count(),
            }
        })
        .collect();
    let n_assumed = calendars.iter().filter(|calendar| calendar.assumed).count();
    let own = context! {
        calendars => rows, n => calendars.len(), n_assumed => n_assumed, may_write => visit.may(Action::WriteFacts),
    };
    visit.render(page(&visit, visit.t("calendars-title")), "facts/calendars.html", own)
}

/// A week for a preview: each day with its hours in words and as a strip of 24 hours.
fn week_view(visit: &Visit, hours: &CalendarHours) -> Value {
    let words = week(hours);
    let days: Vec<Value> = (1_i64..)
        .zip(words)
        .map(|(weekday, text)| {
            let windows = hours.windows.iter().filter(|it| it.weekday == weekday);
            let bars: Vec<Value> = windows
                .clone()
                .map(|it| context! { x => it.opens_minute, w => (it.closes_minute - it.opens_minute).max(0) })
                .collect();
            let minutes: i64 = windows.map(|it| it.closes_minute - it.opens_minute).sum();
            let closed = text.is_empty();
            context! {
                name => weekday_name(visit, weekday), text => if closed { visit.t("calendar-closed") } else { text },
                closed => closed, bars => bars, hours => if closed { String::new() } else { open_time(visit, minutes) },
            }
        })
        .collect();
    context! { days => days, total => open_time(visit, hours.week_minutes()), day_minutes => DAY_MINUTES }
}

fn open_time(visit: &Visit, minutes: i64) -> String {
    super::service_level_words::business_time(visit, minutes * 60)
}

/// The next days with hours of their own, from today on.
fn next_days(visit: &Visit, hours: &CalendarHours, most: usize) -> Vec<Value> {
    let days = exceptions_by_day(hours).into_iter().filter(|(day, _, _)| visit.today <= *day);
    days.take(most)
        .map(|(day, name, windows)| {
            context! {
                day => visit.formats.full_date(day), weekday => visit.formats.weekday(day), closed => windows.is_empty(),
                name => if name.is_empty() { visit.t("calendar-day-no-name") } else { name },
                text => if windows.is_empty() { visit.t("calendar-closed") } else { windows.replace('-', "\u{2013}") },
            }
        })
        .collect()
}

#[derive(Deserialize)]
struct Of {
    /// The first day of the version meant.
    #[serde(default)]
    of: String,
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Of>,
) -> PageResult {
    let id = path_id(&id)?;
    let calendar = show_calendar(web.ctx(), &visit.actor, &id).await?;
    let levels = list_levels(web.ctx(), &visit.actor).await?;
    let chosen = calendar.versions.iter().find(|it| it.hours.valid_from.to_string() == asked.of);
    let current = in_force(&calendar, visit.today);
    let Some(hours) = chosen.map(|it| &it.hours).or(current) else { return Err(Failure::not_found()) };
    let path = format!("/facts/calendars/{id}");
    let versions: Vec<Value> = calendar
        .versions
        .iter()
        .rev()
        .map(|version| {
            let it = &version.hours;
            context! {
                from => visit.formats.full_date(it.valid_from), of => it.valid_from.to_string(),
                week => week_in_words(&visit, it), zone => it.time_zone.clone(), n_days => exceptions_by_day(it).len(),
                shown => it.valid_from == hours.valid_from, future => visit.today < it.valid_from,
                current => current.is_some_and(|now| now.valid_from == it.valid_from),
            }
        })
        .collect();
    let used_by: Vec<Value> = uses(&levels, &id)
        .map(|line| {
            context! {
                href => format!("/facts/service-levels/{}", line.level.id), name => line.level.name.clone(),
                of => line.account_name.clone().unwrap_or_else(|| visit.t("level-whole-source")),
            }
        })
        .collect();
    let lead =
        visit.tr("calendar-lead", &[("week", &week_in_words(&visit, hours)), ("zone", &hours.time_zone)]);
    let next = next_days(&visit, hours, NEXT_DAYS);
    let n_past = exceptions_by_day(hours).len().saturating_sub(next.len());
    let own = context! {
        path => path, name => calendar.name.clone(), assumed => calendar.assumed, demo => calendar.demo, lead => lead,
        version => calendar.version, versions => versions, week => week_view(&visit, hours), next => next,
        n_past => n_past, used_by => used_by, of => hours.valid_from.to_string(),
        from => visit.formats.full_date(hours.valid_from), may_write => visit.may(Action::WriteFacts),
    };
    let page = page(&visit, calendar.name.clone()).crumb(visit.t("calendars-title"), "/facts/calendars");
    visit.render(page, "facts/calendar.html", own)
}

/// What the form shows and where it leads.
struct FormPage<'a> {
    status: StatusCode,
    title: String,
    action: String,
    cancel_href: String,
    form: &'a Form,
    errors: &'a [FieldError],
    preview: Option<&'a CalendarHours>,
}

fn render_form(visit: &Visit, asked: FormPage<'_>) -> PageResult {
    authorise::authorise(&visit.actor, Action::WriteFacts)?;
    let days: Vec<Value> = (1_i64..)
        .zip(DAYS)
        .map(|(weekday, field)| context! { field => field, name => visit.t(&format!("weekday-{weekday}")) })
        .collect();
    let preview = asked
        .preview
        .map(|it| context! { week => week_view(visit, it), next => next_days(visit, it, NEXT_DAYS) });
    let own = context! {
        title => asked.title.clone(), action => asked.action, cancel_href => asked.cancel_href, days => days,
        form => asked.form.view(visit, asked.errors), preview => preview,
        is_correction => !asked.form.get("of").is_empty(),
    };
    let page = page(visit, asked.title).crumb(visit.t("calendars-title"), "/facts/calendars");
    visit.render_with_status(asked.status, page, "facts/calendar_form.html", own)
}

async fn new(State(_): State<Web>, visit: Visit) -> PageResult {
    let start = CalendarHours::working_week(visit.today, &visit.user.time_zone, 8 * 60, 18 * 60);
    let form = Form::from_pairs(fields_of(&start));
    let asked = FormPage {
        status: StatusCode::OK,
        title: visit.t("calendar-new"),
        action: "/facts/calendars/new".to_owned(),
        cancel_href: "/facts/calendars".to_owned(),
        form: &form,
        errors: &[],
        preview: Some(&start),
    };
    render_form(&visit, asked)
}

async fn create(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let mut asked = FormPage {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: visit.t("calendar-new"),
        action: "/facts/calendars/new".to_owned(),
        cancel_href: "/facts/calendars".to_owned(),
        form: &form,
        errors: &[],
        preview: None,
    };
    let hours = match read_hours(&form, visit.today) {
        Ok(hours) => hours,
        Err(mut errors) => {
            errors.extend(name_error(&form));
            return render_form(&visit, FormPage { errors: &errors, ..asked });
        }
    };
    if form.get("do") == "preview" {
        asked.status = StatusCode::OK;
        return render_form(&visit, FormPage { preview: Some(&hours), ..asked });
    }
    let draft =
        CalendarDraft { external_id: None, name: form.get("name").to_owned(), versions: vec![hours.clone()] };
    match create_calendar(web.ctx(), &visit.actor, draft).await {
        Ok(calendar) => {
            let text = visit.tr("calendar-created", &[("name", &calendar.name)]);
            Ok(visit.redirect_with(&format!("/facts/calendars/{}", calendar.id), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors = own_fields(error.fields());
            render_form(&visit, FormPage { errors: &errors, preview: Some(&hours), ..asked })
        }
    }
}

/// An empty name is told with the other errors, before anything is tried.
fn name_error(form: &Form) -> Option<FieldError> {
    form.get("name").trim().is_empty().then(|| FieldError {
        field: "name".to_owned(),
        message: Message::new("define-problem-name").with("limit", "120"),
    })
}

/// Errors of the saved whole at the fields of the form, which shows one version.
fn own_fields(errors: Vec<FieldError>) -> Vec<FieldError> {
    let field = |error: &FieldError| match error.field.rsplit('.').next().unwrap_or_default() {
        "windows" | "versions" => DAYS[0].to_owned(),
        other => other.to_owned(),
    };
    errors.into_iter().map(|error| FieldError { field: field(&error), ..error }).collect()
}

async fn edit(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Of>,
) -> PageResult {
    let calendar = show_calendar(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let corrected = calendar.versions.iter().find(|it| it.hours.valid_from.to_string() == asked.of);
    let Some(base) = corrected.map(|it| &it.hours).or_else(|| in_force(&calendar, visit.today)) else {
        return Err(Failure::not_found());
    };
    let mut start = base.clone();
    if corrected.is_none() {
        start.valid_from = visit.today;
    }
    let mut fields = fields_of(&start);
    fields.push(("name", calendar.name.clone()));
    fields.push(("version", calendar.version.to_string()));
    fields.push(("of", corrected.map(|it| it.hours.valid_from.to_string()).unwrap_or_default()));
    let form = Form::from_pairs(fields);
    render_form(&visit, edit_page(&visit, &calendar, &form, StatusCode::OK, Some(&start)))
}

fn edit_page<'a>(
    visit: &Visit,
    calendar: &Calendar,
    form: &'a Form,
    status: StatusCode,
    preview: Option<&'a CalendarHours>,
) -> FormPage<'a> {
    let corrects = !form.get("of").is_empty();
    let title = if corrects { "calendar-correct" } else { "calendar-change" };
    let path = format!("/facts/calendars/{}", calendar.id);
    FormPage {
        status,
        title: visit.tr(title, &[("name", &calendar.name)]),
        action: format!("{path}/edit"),
        cancel_href: path,
        form,
        errors: &[],
        preview,
    }
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let calendar = show_calendar(web.ctx(), &visit.actor, &id).await?;
    let asked = edit_page(&visit, &calendar, &form, StatusCode::UNPROCESSABLE_ENTITY, None);
    let hours = match read_hours(&form, visit.today) {
        Ok(hours) => hours,
        Err(mut errors) => {
            errors.extend(name_error(&form));
            return render_form(&visit, FormPage { errors: &errors, ..asked });
        }
    };
    if form.get("do") == "preview" {
        let asked = FormPage { status: StatusCode::OK, preview: Some(&hours), ..asked };
        return render_form(&visit, asked);
    }
    let corrected = form.get("of");
    let mut versions: Vec<CalendarHours> = calendar
        .versions
        .iter()
        .map(|it| it.hours.clone())
        .filter(|it| it.valid_from.to_string() != corrected)
        .collect();
    versions.push(hours.clone());
    let name = form.get("name").to_owned();
    let draft = CalendarDraft { external_id: calendar.external_id.clone(), name, versions };
    let version = form.get("version").parse().unwrap_or(0);
    match save_calendar(web.ctx(), &visit.actor, &id, version, draft).await {
        Ok(defined) => {
            let n = defined.n_accounts.to_string();
            let text = visit.tr("calendar-saved", &[("name", &defined.saved.name), ("count", &n)]);
            Ok(visit.redirect_with(&format!("/facts/calendars/{id}"), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors = own_fields(error.fields());
            render_form(&visit, FormPage { errors: &errors, preview: Some(&hours), ..asked })
        }
    }
}

async fn confirm(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let version = form.get("version").parse().unwrap_or(0);
    let calendar = confirm_calendar(web.ctx(), &visit.actor, &id, version).await?;
    let text = visit.tr("define-confirmed", &[("name", &calendar.name)]);
    Ok(visit.redirect_with(&format!("/facts/calendars/{id}"), text, None))
}

/// Takes one version away; the last one stays.
async fn remove(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let calendar = show_calendar(web.ctx(), &visit.actor, &id).await?;
    let of = form.get("of");
    let kept = calendar.versions.iter().map(|it| it.hours.clone());
    let versions: Vec<CalendarHours> = kept.filter(|it| it.valid_from.to_string() != of).collect();
    let draft = CalendarDraft { external_id: None, name: calendar.name.clone(), versions };
    let version = form.get("version").parse().unwrap_or(0);
    let defined = save_calendar(web.ctx(), &visit.actor, &id, version, draft).await?;
    let n = defined.n_accounts.to_string();
    let text = visit.tr("calendar-saved", &[("name", &defined.saved.name), ("count", &n)]);
    Ok(visit.redirect_with(&format!("/facts/calendars/{id}"), text, None))
}

/// A calendar's hours in a line, for lists elsewhere.
pub(super) fn in_a_line(visit: &Visit, calendar: &Calendar) -> String {
    in_force(calendar, visit.today).map(|it| week_in_words(visit, it)).unwrap_or_default()
}
