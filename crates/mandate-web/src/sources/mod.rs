//! Settings > Sources: where files come from again and again, what came of each; and the API of it (`api.rs`).
//!
//! What is wrong with single rows is offered to the one with whose rights the file was imported; other administrators see that it was
//! refused, and how many cells are wrong.

mod api;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mandate_app::Action;
use mandate_app::sources::{
    ArrivalLine, FetchDraft, FetchLine, Fetched, SourceDraft, SourceLine, StoredArrival, StoredSource,
    add_source, change_source, fetch_now, list_arrivals, list_sources, load_arrival, load_source,
    pause_source, remove_source, resume_source,
};
use mandate_app::{FieldError, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::Kind;
use mandate_domain::source::ArrivalState;
use mandate_domain::source::times::Every;
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;

use crate::access::Routes;
use crate::book::{errors_file, kind_text_id};
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::identity::settings_tabs;
use crate::state::Web;
use crate::table::field_text_id;

const LIST: &str = "/settings/sources";

/// The pages, their forms and the operations.
pub fn routes() -> Routes {
    Routes::new()
        .get(LIST, Action::Administer, show_all)
        .post(LIST, Action::Administer, add)
        .get("/settings/sources/{import_source}", Action::Administer, show)
        .post("/settings/sources/{import_source}", Action::Administer, save)
        .post("/settings/sources/{import_source}/fetch", Action::Administer, fetch)
        .post("/settings/sources/{import_source}/pause", Action::Administer, pause)
        .post("/settings/sources/{import_source}/resume", Action::Administer, resume)
        .post("/settings/sources/{import_source}/remove", Action::Administer, remove)
        .get(
            "/settings/sources/{import_source}/arrivals/{arrival}/errors.csv",
            Action::Administer,
            errors_csv,
        )
        .merge(api::routes())
}

fn path_of(id: &Id<StoredSource>) -> String {
    format!("{LIST}/{id}")
}

fn many(visit: &Visit, kind: Kind) -> String {
    visit.t(&kind_text_id(kind, "many"))
}

fn state_text(visit: &Visit, state: ArrivalState) -> String {
    visit.t(&format!("import-source-state-{}", state.as_str()))
}

fn badge_of(state: ArrivalState) -> &'static str {
    match state {
        ArrivalState::Waiting => "watch",
        ArrivalState::Done => "good",
        ArrivalState::Same => "unknown",
        ArrivalState::Refused => "risk",
    }
}

/// Where a source stands: the badge's tone and its words.
fn standing(visit: &Visit, line: &SourceLine) -> (&'static str, String) {
    match (line.pause, &line.folder_problem) {
        (Some(pause), _) => ("watch", visit.t(&format!("import-source-pause-{}", pause.as_str()))),
        (None, Some(_)) => ("risk", visit.t("import-source-folder-fails")),
        (None, None) if !line.owner_may => ("risk", visit.t("import-source-owner-may-not")),
        (None, None) => ("good", visit.t("import-source-active")),
    }
}

/// What came of a file, in a line.
fn outcome(visit: &Visit, arrival: &ArrivalLine) -> String {
    if let Some(counts_of) = arrival.counts {
        let [rows, new, changed, same] =
            [counts_of.n_rows, counts_of.n_new, counts_of.n_changed, counts_of.n_same]
                .map(|n| visit.number(n));
        let counts = [("rows", rows.as_str()), ("new", &new), ("changed", &changed), ("same", &same)];
        let text = visit.tr("import-source-counts", &counts);
        if counts_of.n_skipped == 0 {
            return text;
        }
        let skipped = visit.number(counts_of.n_skipped);
        return visit.tr("import-source-counts-skipped", &[("counts", &text), ("skipped", &skipped)]);
    }
    let kept = arrival.message.as_ref().map(|message| visit.kept(message));
    match kept {
        Some(text) => text.unwrap_or_else(|| arrival.detail.clone()),
        None => visit.t(&format!("import-source-outcome-{}", arrival.state.as_str())),
    }
}

fn draft(form: &Form) -> SourceDraft {
    let of = |name: &str| form.get(name).to_owned();
    let fetch = FetchDraft {
        address: of("address"),
        header_name: of("header_name"),
        secret: of("secret"),
        every: of("every"),
        weekday: of("weekday"),
        time: of("time"),
        time_zone: of("time_zone"),
    };
    SourceDraft { name: of("name"), kind: of("kind"), fetch: Some(fetch) }
}

/// What the part of the form about an address offers.
fn fetch_choices(visit: &Visit) -> Value {
    let every = Every::ALL.map(|every| {
        context! { value => every.as_str(), text => visit.t(&format!("import-source-every-{}", every.as_str())) }
    });
    let weekdays: Vec<Value> = (1..=7)
        .map(|day| context! { value => day.to_string(), text => visit.t(&format!("import-source-weekday-{day}")) })
        .collect();
    context! { every => every.to_vec(), weekdays => weekdays }
}

/// What stands in that part: what is kept, or what most want.
fn fetch_fields(visit: &Visit, fetch: Option<&FetchLine>) -> Vec<(&'static str, String)> {
    let Some(fetch) = fetch else {
        let fields = [("every", "day"), ("weekday", "1"), ("time", "05:30")];
        let mut fields: Vec<_> = fields.map(|(name, value)| (name, value.to_owned())).to_vec();
        fields.push(("time_zone", visit.user.time_zone.clone()));
        return fields;
    };
    vec![
        ("address", fetch.address.clone()),
        ("header_name", fetch.header_name.clone()),
        ("every", fetch.times.every().as_str().to_owned()),
        ("weekday", fetch.times.weekday().to_string()),
        ("time", fetch.times.time()),
        ("time_zone", fetch.times.zone().to_owned()),
    ]
}

/// What came of asking an address, in a line.
fn fetched_text(visit: &Visit, outcome: &str, problem: &str) -> String {
    match outcome {
        "failed" => visit.tr("import-source-fetched-failed", &[("problem", problem)]),
        "new" => visit.t("import-source-fetched-new"),
        _ => visit.t("import-source-fetched-nothing-new"),
    }
}

/// How an address is asked and how that went.
fn fetch_view(visit: &Visit, fetch: &FetchLine) -> Value {
    let tried = fetch.tried_at.map(|at| {
        let (when, what) = (visit.moment(at), fetched_text(visit, &fetch.outcome, &fetch.problem));
        visit.tr("import-source-tried", &[("when", &when), ("what", &what)])
    });
    let failing = fetch
        .failing_since
        .map(|since| visit.tr("import-source-failing", &[("since", &visit.moment(since))]));
    context! {
        address => fetch.address.clone(), header_name => fetch.header_name.clone(), tried => tried, failing => failing,
        next => visit.tr("import-source-next", &[("when", &visit.moment(fetch.next_at))]),
    }
}

fn kinds(visit: &Visit) -> Vec<Value> {
    Kind::ALL.into_iter().map(|kind| context! { value => kind.plural(), text => many(visit, kind) }).collect()
}

fn status_of(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

async fn show_all(State(web): State<Web>, visit: Visit) -> PageResult {
    let mut form = Form::from_pairs([("kind", Kind::Account.plural().to_owned())]);
    for (name, value) in fetch_fields(&visit, None) {
        form.push(name, value);
    }
    list_page(&web, &visit, &form, &[]).await
}

async fn list_page(web: &Web, visit: &Visit, form: &Form, errors: &[FieldError]) -> PageResult {
    let lines = list_sources(web.ctx(), &visit.actor).await?;
    let rows: Vec<Value> = lines
        .iter()
        .map(|line| {
            let (status, state) = standing(visit, line);
            let last = line.last.as_ref();
            context! {
                href => path_of(&line.id), name => line.name.clone(), kind => many(visit, line.kind),
                owner => line.owner_name.clone(), status => status, state => state,
                last => last.map(|it| context! {
                    file => it.file_name.clone(), at => visit.moment(it.came_at), status => badge_of(it.state),
                    state => state_text(visit, it.state),
                }),
            }
        })
        .collect();
    let own = context! {
        tabs => settings_tabs(visit, "settings-tab-sources"), rows => rows, form => form.view(visit, errors),
        kinds => kinds(visit), action => LIST, choices => fetch_choices(visit),
    };
    let page = Page::new(visit.t("import-sources-title"), "nav-settings")
        .help("recurring-imports")
        .crumb(visit.t("nav-settings"), "/settings");
    visit.render_with_status(status_of(errors), page, "sources/list.html", own)
}

async fn add(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    match add_source(web.ctx(), &visit.actor, &draft(&form)).await {
        Ok(line) => Ok(visit.redirect_with(&path_of(&line.id), visit.t("import-source-added"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => list_page(&web, &visit, &form, &error.fields()).await,
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    before: String,
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> PageResult {
    let line = load_source(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    source_page(&web, &visit, &line, None, filter).await
}

/// Which column is read as which field.
fn mapping_view(visit: &Visit, line: &SourceLine) -> Value {
    let Some(mapping) = &line.mapping else { return Value::from(()) };
    let field = |field: &str| {
        let known = line.kind.fields().iter().find(|spec| spec.name == field);
        known.map_or_else(|| field.to_owned(), |spec| visit.t(&field_text_id(spec.name)))
    };
    let columns: Vec<Value> = mapping
        .columns
        .iter()
        .filter(|(_, name)| !name.is_empty())
        .map(|(head, name)| context! { head => head.clone(), field => field(name) })
        .collect();
    let fixed: Vec<Value> = mapping
        .fixed
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| context! { field => field(name), value => value.clone() })
        .collect();
    context! { columns => columns, fixed => fixed }
}

fn arrival_view(visit: &Visit, path: &str, arrival: &ArrivalLine) -> Value {
    let errors_href = arrival.errors.is_some().then(|| format!("{path}/arrivals/{}/errors.csv", arrival.id));
    context! {
        file => arrival.file_name.clone(), came => visit.moment(arrival.came_at), status => badge_of(arrival.state),
        state => state_text(visit, arrival.state), outcome => outcome(visit, arrival), errors_href => errors_href,
        import_href => arrival.batch_id.is_some().then_some("/import"),
    }
}

async fn source_page(
    web: &Web,
    visit: &Visit,
    line: &SourceLine,
    refused: Option<(&Form, Vec<FieldError>)>,
    filter: Filter,
) -> PageResult {
    let state = ArrivalState::parse(&filter.state);
    let state = state.map_or("", ArrivalState::as_str);
    let before = Id::<StoredArrival>::parse(&filter.before).map_or("", |_| filter.before.as_str());
    let found = list_arrivals(web.ctx(), &visit.actor, &line.id, state, before).await?;
    let path = path_of(&line.id);
    let tab = |of: &str, text: String| {
        context! { text => text, href => format!("{path}?state={of}"), current => state == of }
    };
    let all = tab("", visit.t("import-source-state-all"));
    let states = ArrivalState::ALL.iter().map(|of| tab(of.as_str(), state_text(visit, *of)));
    let mut kept = Form::from_pairs([("name", line.name.clone()), ("version", line.version.to_string())]);
    for (name, value) in fetch_fields(visit, line.fetch.as_ref()) {
        kept.push(name, value);
    }
    let (form, errors) = refused.map_or((&kept, vec![]), |(form, errors)| (form, errors));
    let (status, standing) = standing(visit, line);
    let import_href = format!("/import?kind={}", line.kind.plural());
    let own = context! {
        tabs => settings_tabs(visit, "settings-tab-sources"), form => form.view(visit, &errors), action => path.clone(),
        version => form.get("version"), read_version => line.version, status => status, standing => standing,
        name => line.name.clone(), kind => many(visit, line.kind), owner => line.owner_name.clone(),
        owner_may => line.owner_may, folder => line.folder.clone(), folder_problem => line.folder_problem.clone(),
        fetch => line.fetch.as_ref().map(|fetch| fetch_view(visit, fetch)), choices => fetch_choices(visit),
        paused => line.pause.is_some(), mapping => mapping_view(visit, line), import_href => import_href,
        states => std::iter::once(all).chain(states).collect::<Vec<_>>(),
        rows => found.rows.iter().map(|arrival| arrival_view(visit, &path, arrival)).collect::<Vec<_>>(),
        next_href => found.next.map(|next| format!("{path}?state={state}&before={next}")),
    };
    let page = Page::new(visit.t("import-source-title"), "nav-settings")
        .help("recurring-imports")
        .crumb(visit.t("nav-settings"), "/settings")
        .crumb(visit.t("import-sources-title"), LIST);
    visit.render_with_status(status_of(&errors), page, "sources/source.html", own)
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    // Without a version nobody knows what was seen: none that was ever saved.
    let version = form.get("version").parse().unwrap_or(0);
    match change_source(web.ctx(), &visit.actor, &id, &draft(&form), version).await {
        Ok(_) => Ok(visit.redirect_with(&path_of(&id), visit.t("import-source-saved"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let line = load_source(web.ctx(), &visit.actor, &id).await?;
            source_page(&web, &visit, &line, Some((&form, error.fields())), Filter::default()).await
        }
    }
}

/// Asks the address at once and says what came of it.
async fn fetch(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    let fetched = fetch_now(web.ctx(), &visit.actor, &id).await?;
    let said = fetched_text(&visit, fetched.as_str(), fetched.problem());
    let said = if matches!(fetched, Fetched::Failed(_)) {
        said
    } else {
        visit.tr("import-source-asked", &[("what", &said)])
    };
    Ok(visit.redirect_with(&path_of(&id), said, None))
}

async fn pause(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    pause_source(web.ctx(), &visit.actor, &id).await?;
    Ok(visit.redirect_with(&path_of(&id), visit.t("import-source-paused"), None))
}

async fn resume(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    resume_source(web.ctx(), &visit.actor, &id).await?;
    Ok(visit.redirect_with(&path_of(&id), visit.t("import-source-resumed"), None))
}

async fn remove(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    // Without a version nobody knows what was seen: none that was ever saved.
    let version = form.get("version").parse().unwrap_or(0);
    remove_source(web.ctx(), &visit.actor, &path_id(&id)?, version).await?;
    Ok(visit.redirect_with(LIST, visit.t("import-source-removed"), None))
}

/// Every wrong cell of a file that was refused, for a spreadsheet.
async fn errors_csv(
    State(web): State<Web>,
    visit: Visit,
    Path((source, arrival)): Path<(String, String)>,
) -> PageResult {
    let (_, line) = load_arrival(web.ctx(), &visit.actor, &path_id(&source)?, &path_id(&arrival)?).await?;
    let errors = line.errors.ok_or_else(Failure::not_found)?;
    Ok(errors_file(&visit, &json!({ "errors": errors })))
}
