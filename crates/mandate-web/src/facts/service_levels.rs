//! Service levels: the list, one with its versions, and the form that states one's own for a source or an account.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mandate_app::facts::levels::{
    LevelChoices, LevelDraft, LevelLine, confirm_level, create_level, level_choices, list_levels,
    restore_level, save_level, show_level, trash_level,
};
use mandate_app::{Action, FieldError, Message, UseCaseError, authorise};
use mandate_domain::facts::calendar::Calendar;
use mandate_domain::facts::service_level::{ClockKind, ServiceLevel, ServiceLevelTerms};
use mandate_domain::facts::source::EventSource;
use minijinja::{Value, context};
use serde::Deserialize;

use super::calendars::in_a_line;
use super::service_level_words::{
    business_time, fields_of, own_field, read_terms, shown_priorities, targets_in_words,
};
use crate::access::Routes;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::numbers::{NumberField, Numbers};
use crate::state::Web;

/// Pages under `/facts/service-levels`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/facts/service-levels", Action::ReadFacts, list)
        .get("/facts/service-levels/new", Action::WriteFacts, new)
        .post("/facts/service-levels/new", Action::WriteFacts, create)
        .get("/facts/service-levels/{id}", Action::ReadFacts, show)
        .get("/facts/service-levels/{id}/edit", Action::WriteFacts, edit)
        .post("/facts/service-levels/{id}/edit", Action::WriteFacts, save)
        .post("/facts/service-levels/{id}/confirm", Action::WriteFacts, confirm)
        .post("/facts/service-levels/{id}/trash", Action::WriteFacts, trash)
        .post("/facts/service-levels/{id}/restore", Action::WriteFacts, restore)
}

fn page(visit: &Visit, title: String) -> Page {
    Page::new(title, "nav-facts").crumb(visit.t("nav-facts"), "/facts").help("service-levels")
}

fn kind_text(visit: &Visit, kind: ClockKind) -> String {
    visit.t(&format!("clock-kind-{}", kind.as_str()))
}

/// The terms in force today; before the first version, the first.
fn in_force<'a>(visit: &Visit, level: &'a ServiceLevel) -> Option<&'a ServiceLevelTerms> {
    level.version_on(visit.today).or(level.versions.first()).map(|version| &version.terms)
}

fn calendar_name(calendars: &[Calendar], terms: &ServiceLevelTerms) -> String {
    let found = calendars.iter().find(|calendar| calendar.id == terms.calendar_id);
    found.map(|calendar| calendar.name.clone()).unwrap_or_default()
}

fn of_text(visit: &Visit, line: &LevelLine) -> String {
    line.account_name.clone().unwrap_or_else(|| visit.t("level-whole-source"))
}

/// What pages call the source of a level.
fn source_name(sources: &[EventSource], level: &ServiceLevel) -> String {
    let found = sources.iter().find(|source| source.id == level.source_id);
    found.map_or_else(|| level.source_id.to_string(), |source| source.name.clone())
}

async fn list(State(web): State<Web>, visit: Visit) -> PageResult {
    let levels = list_levels(web.ctx(), &visit.actor).await?;
    let LevelChoices { sources, calendars, .. } = level_choices(web.ctx(), &visit.actor).await?;
    let rows: Vec<Value> = levels
        .iter()
        .map(|line| {
            let level = &line.level;
            let terms = in_force(&visit, level);
            context! {
                href => format!("/facts/service-levels/{}", level.id), name => level.name.clone(),
                assumed => level.assumed, demo => level.demo, source => source_name(&sources, level),
                of => of_text(&visit, line), default => level.account_id.is_none(),
                account_href => level.account_id.as_ref().map(|id| format!("/accounts/{id}")),
                kind => kind_text(&visit, level.clock_kind), clause => level.clause.clone(),
                targets => terms.map(|it| targets_in_words(&visit, it)).unwrap_or_default(),
                goal => terms.map(|it| visit.formats.percent(it.goal_share_bp)).unwrap_or_default(),
                calendar => terms.map(|it| calendar_name(&calendars, it)).unwrap_or_default(),
                calendar_href => terms.map(|it| format!("/facts/calendars/{}", it.calendar_id)).unwrap_or_default(),
                reopening => terms
                    .map(|it| visit.t(&format!("reopening-{}", it.reopening.as_str())))
                    .unwrap_or_default(),
            }
        })
        .collect();
    let n_assumed = levels.iter().filter(|line| line.level.assumed).count();
    let own = context! {
        levels => rows, n => levels.len(), n_assumed => n_assumed, may_write => visit.may(Action::WriteFacts),
    };
    visit.render(page(&visit, visit.t("levels-title")), "facts/service_levels.html", own)
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    let line = show_level(web.ctx(), &visit.actor, &id).await?;
    let LevelChoices { sources, calendars, .. } = level_choices(web.ctx(), &visit.actor).await?;
    let level = &line.level;
    let Some(terms) = in_force(&visit, level) else { return Err(Failure::not_found()) };
    let versions: Vec<Value> = level
        .versions
        .iter()
        .rev()
        .map(|version| {
            let it = &version.terms;
            context! {
                from => visit.formats.full_date(it.valid_from), of => it.valid_from.to_string(),
                targets => targets_in_words(&visit, it), goal => visit.formats.percent(it.goal_share_bp),
                calendar => calendar_name(&calendars, it), current => it.valid_from == terms.valid_from,
                future => visit.today < it.valid_from,
            }
        })
        .collect();
    let targets: Vec<Value> = terms
        .targets
        .iter()
        .map(|(priority, seconds)| {
            context! {
                priority => super::case_list::priority_text(&visit, i64::from(*priority)),
                time => business_time(&visit, *seconds),
            }
        })
        .collect();
    let calendar = calendars.iter().find(|calendar| calendar.id == terms.calendar_id);
    let mut facts = vec![
        context! { key => visit.t("level-measures"), value => kind_text(&visit, level.clock_kind) },
        context! { key => visit.t("level-goal"), value => visit.formats.percent(terms.goal_share_bp) },
        context! {
            key => visit.t("level-calendar"), value => calendar_name(&calendars, terms),
            href => format!("/facts/calendars/{}", terms.calendar_id),
        },
        context! {
            key => visit.t("level-hours"),
            value => calendar.map(|it| in_a_line(&visit, it)).unwrap_or_default(),
        },
        context! {
            key => visit.t("level-reopening"),
            value => visit.t(&format!("reopening-{}", terms.reopening.as_str())),
        },
        context! {
            key => visit.t("level-start"),
            value => visit.t(if terms.retroactive_start { "level-start-opening" } else { "level-start-event" }),
        },
    ];
    if !level.clause.is_empty() {
        facts.push(context! { key => visit.t("level-clause"), value => level.clause.clone() });
    }
    let whole = line.account_name.is_none();
    let lead_id = if whole { "level-lead-source" } else { "level-lead-account" };
    let (of, source) = (of_text(&visit, &line), source_name(&sources, level));
    let own = context! {
        path => format!("/facts/service-levels/{id}"), name => level.name.clone(), assumed => level.assumed,
        demo => level.demo, version => level.version, versions => versions, targets => targets, facts => facts,
        lead => visit.tr(lead_id, &[("account", &of), ("source", &source)]),
        account_href => level.account_id.as_ref().map(|it| format!("/accounts/{it}")), of => of,
        source => source, source_id => level.source_id.to_string(), from => visit.formats.full_date(terms.valid_from), valid_from => terms.valid_from.to_string(),
        may_write => visit.may(Action::WriteFacts), whole => whole,
    };
    let page = page(&visit, level.name.clone()).crumb(visit.t("levels-title"), "/facts/service-levels");
    visit.render(page, "facts/service_level.html", own)
}

/// What the form shows and where it leads.
struct FormPage<'a> {
    status: StatusCode,
    title: String,
    action: String,
    cancel_href: String,
    /// The service level that is changed; its source, account and clock stand fast.
    existing: Option<&'a LevelLine>,
    form: &'a Form,
    errors: &'a [FieldError],
}

async fn render_form(web: &Web, visit: &Visit, asked: FormPage<'_>) -> PageResult {
    authorise::authorise(&visit.actor, Action::WriteFacts)?;
    let choices = level_choices(web.ctx(), &visit.actor).await?;
    let option = |value: String, text: String| context! { value => value, text => text };
    let calendars: Vec<Value> = choices
        .calendars
        .iter()
        .map(|it| option(it.id.to_string(), format!("{} ({})", it.name, in_a_line(visit, it))))
        .collect();
    let sources: Vec<Value> =
        choices.sources.iter().map(|it| option(it.id.to_string(), it.name.clone())).collect();
    let kinds: Vec<Value> = [ClockKind::Resolution, ClockKind::Response, ClockKind::Update]
        .into_iter()
        .map(|kind| {
            let help = visit.t(&format!("clock-kind-{}-help", kind.as_str()));
            context! { value => kind.as_str(), text => kind_text(visit, kind), help => help }
        })
        .collect();
    let reopenings: Vec<Value> = ["total", "first"]
        .into_iter()
        .map(|word| {
            let help = visit.t(&format!("reopening-{word}-help"));
            context! { value => word, text => visit.t(&format!("reopening-{word}")), help => help }
        })
        .collect();
    let terms = asked.existing.and_then(|line| in_force(visit, &line.level));
    let priorities: Vec<Value> = shown_priorities(terms)
        .into_iter()
        .map(|it| {
            context! {
                text => super::case_list::priority_text(visit, i64::from(it)),
                hours => format!("target_{it}_hours"), minutes => format!("target_{it}_minutes"),
            }
        })
        .collect();
    let own = context! {
        title => asked.title.clone(), action => asked.action, cancel_href => asked.cancel_href,
        form => asked.form.view(visit, asked.errors), calendars => calendars, sources => sources, kinds => kinds,
        reopenings => reopenings, priorities => priorities, account_names => choices.account_names,
        existing => asked.existing.is_some(), is_correction => !asked.form.get("of").is_empty(),
        of => asked.existing.map(|line| of_text(visit, line)).unwrap_or_default(),
        kind => asked.existing.map(|line| kind_text(visit, line.level.clock_kind)).unwrap_or_default(),
        n_calendars => choices.calendars.len(), n_sources => choices.sources.len(),
    };
    let page = page(visit, asked.title).crumb(visit.t("levels-title"), "/facts/service-levels");
    visit.render_with_status(asked.status, page, "facts/service_level_form.html", own)
}

fn new_page<'a>(visit: &Visit, status: StatusCode, form: &'a Form, errors: &'a [FieldError]) -> FormPage<'a> {
    FormPage {
        status,
        title: visit.t("level-new"),
        action: "/facts/service-levels/new".to_owned(),
        cancel_href: "/facts/service-levels".to_owned(),
        existing: None,
        form,
        errors,
    }
}

#[derive(Deserialize)]
struct Start {
    /// The account to state one for.
    #[serde(default)]
    account: String,
    /// The source.
    #[serde(default)]
    source: String,
}

async fn new(State(web): State<Web>, visit: Visit, Query(start): Query<Start>) -> PageResult {
    let pairs = [
        ("clock_kind", "resolution".to_owned()),
        ("reopening", "total".to_owned()),
        ("retroactive_start", "1".to_owned()),
        ("goal", "95".to_owned()),
        ("valid_from", visit.today.to_string()),
        ("account", start.account),
        ("source", start.source),
    ];
    let form = Form::from_pairs(pairs);
    render_form(&web, &visit, new_page(&visit, StatusCode::OK, &form, &[])).await
}

fn draft(form: &Form, clock_kind: ClockKind, versions: Vec<ServiceLevelTerms>) -> LevelDraft {
    let account = form.get("account").trim();
    LevelDraft {
        external_id: None,
        source: form.get("source").to_owned(),
        account: (!account.is_empty()).then(|| account.to_owned()),
        clock_kind,
        name: form.get("name").to_owned(),
        clause: form.get("clause").to_owned(),
        versions,
    }
}

/// An empty name is told with the other errors, before anything is tried.
fn name_error(form: &Form) -> Option<FieldError> {
    form.get("name").trim().is_empty().then(|| FieldError {
        field: "name".to_owned(),
        message: Message::new("define-problem-name").with("limit", "120"),
    })
}

/// The hours and minutes of targets, as the visitor writes them.
fn target_numbers(visit: &Visit, form: &Form) -> Numbers {
    Numbers::read(visit.formats.number_style(), form, |name| {
        name.starts_with("target_").then_some(NumberField::Whole)
    })
}

async fn create(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let kind = ClockKind::parse(form.get("clock_kind")).unwrap_or(ClockKind::Resolution);
    let numbers = target_numbers(&visit, &form);
    let terms = match read_terms(numbers.form(), kind, visit.today) {
        Ok(terms) => terms,
        Err(errors) => {
            let mut errors = numbers.told(errors);
            errors.extend(name_error(&form));
            return render_form(&web, &visit, new_page(&visit, unprocessable, &form, &errors)).await;
        }
    };
    match create_level(web.ctx(), &visit.actor, draft(&form, kind, vec![terms])).await {
        Ok(defined) => {
            let (level, n) = (&defined.saved.level, defined.n_accounts.to_string());
            let text = visit.tr("level-created", &[("name", &level.name), ("count", &n)]);
            Ok(visit.redirect_with(&format!("/facts/service-levels/{}", level.id), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors: Vec<FieldError> = error.fields().into_iter().map(own_field).collect();
            render_form(&web, &visit, new_page(&visit, unprocessable, &form, &errors)).await
        }
    }
}

#[derive(Deserialize)]
struct Of {
    /// The first day of the version to correct.
    #[serde(default)]
    of: String,
}

fn edit_page<'a>(
    visit: &Visit,
    line: &'a LevelLine,
    form: &'a Form,
    status: StatusCode,
    errors: &'a [FieldError],
) -> FormPage<'a> {
    let title = if form.get("of").is_empty() { "level-change" } else { "level-correct" };
    let path = format!("/facts/service-levels/{}", line.level.id);
    FormPage {
        status,
        title: visit.tr(title, &[("name", &line.level.name)]),
        action: format!("{path}/edit"),
        cancel_href: path,
        existing: Some(line),
        form,
        errors,
    }
}

async fn edit(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Of>,
) -> PageResult {
    let line = show_level(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let level = &line.level;
    let corrected = level.versions.iter().find(|it| it.terms.valid_from.to_string() == asked.of);
    let Some(base) = corrected.map(|it| &it.terms).or_else(|| in_force(&visit, level)) else {
        return Err(Failure::not_found());
    };
    let mut start = base.clone();
    if corrected.is_none() {
        start.valid_from = visit.today;
    }
    let mut fields = fields_of(&start);
    fields.extend([
        ("name".to_owned(), level.name.clone()),
        ("clause".to_owned(), level.clause.clone()),
        ("version".to_owned(), level.version.to_string()),
        ("of".to_owned(), corrected.map(|it| it.terms.valid_from.to_string()).unwrap_or_default()),
    ]);
    let form = Form::from_owned(fields);
    render_form(&web, &visit, edit_page(&visit, &line, &form, StatusCode::OK, &[])).await
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let line = show_level(web.ctx(), &visit.actor, &id).await?;
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let numbers = target_numbers(&visit, &form);
    let terms = match read_terms(numbers.form(), line.level.clock_kind, visit.today) {
        Ok(terms) => terms,
        Err(errors) => {
            let mut errors = numbers.told(errors);
            errors.extend(name_error(&form));
            let asked = edit_page(&visit, &line, &form, unprocessable, &errors);
            return render_form(&web, &visit, asked).await;
        }
    };
    let corrected = form.get("of");
    let kept = line.level.versions.iter().map(|it| it.terms.clone());
    let mut versions: Vec<ServiceLevelTerms> =
        kept.filter(|it| it.valid_from.to_string() != corrected).collect();
    versions.push(terms);
    let version = form.get("version").parse().unwrap_or(0);
    let draft = draft(&form, line.level.clock_kind, versions);
    match save_level(web.ctx(), &visit.actor, &id, version, draft).await {
        Ok(defined) => {
            let n = defined.n_accounts.to_string();
            let text = visit.tr("level-saved", &[("name", &defined.saved.level.name), ("count", &n)]);
            Ok(visit.redirect_with(&format!("/facts/service-levels/{id}"), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors: Vec<FieldError> = error.fields().into_iter().map(own_field).collect();
            render_form(&web, &visit, edit_page(&visit, &line, &form, unprocessable, &errors)).await
        }
    }
}

async fn confirm(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let version = form.get("version").parse().unwrap_or(0);
    let line = confirm_level(web.ctx(), &visit.actor, &id, version).await?;
    let text = visit.tr("define-confirmed", &[("name", &line.level.name)]);
    Ok(visit.redirect_with(&format!("/facts/service-levels/{id}"), text, None))
}

async fn trash(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let version = form.get("version").parse().unwrap_or(0);
    let line = trash_level(web.ctx(), &visit.actor, &id, version).await?;
    let text = visit.tr("level-trashed", &[("name", &line.level.name)]);
    let undo = format!("/facts/service-levels/{id}/restore");
    Ok(visit.redirect_with("/facts/service-levels", text, Some(undo)))
}

async fn restore(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let line = restore_level(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let text = visit.tr("level-restored", &[("name", &line.level.name)]);
    Ok(visit.redirect_with(&format!("/facts/service-levels/{}", line.level.id), text, None))
}
