//! Sources: the list, one source with its states, files and imports, and undoing an import.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use mandate_app::facts::event_sources::{
    FilesOfMonth, ImportedBatch, SourceDraft, SourcePage, list_sources, map_states, save_source, show_source,
};
use mandate_app::facts::undo_import::undo_import;
use mandate_app::facts::upload::LARGEST_UPLOAD;
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::facts::source::{Profile, StateClass};
use minijinja::{Value, context};

use crate::access::Routes;
use crate::failure::PageResult;
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// Pages under `/facts/sources`, and undoing an import.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/facts/sources", Action::ReadFacts, list)
        .get("/facts/sources/{id}", Action::ReadFacts, show)
        .post("/facts/sources/{id}", Action::WriteFacts, save)
        .post("/facts/sources/{id}/states", Action::WriteFacts, map)
        .post("/facts/batches/{id}/undo", Action::Import, undo)
}

fn page(visit: &Visit, title: String) -> Page {
    Page::new(title, "nav-facts").crumb(visit.t("nav-facts"), "/facts").help("import-a-log")
}

/// The profiles a form offers.
pub(super) fn profile_choices(visit: &Visit) -> Vec<Value> {
    Profile::ALL
        .iter()
        .map(|profile| {
            let word = profile.as_str();
            context! {
                value => word, text => visit.t(&format!("source-profile-{word}")),
                help => visit.t(&format!("source-profile-{word}-help")),
            }
        })
        .collect()
}

/// What a state can mean.
pub(super) fn class_choices(visit: &Visit) -> Vec<Value> {
    StateClass::ALL
        .iter()
        .map(|class| context! { value => class.as_str(), text => class_text(visit, *class) })
        .collect()
}

fn class_text(visit: &Visit, class: StateClass) -> String {
    visit.t(&format!("state-class-{}", class.as_str().replace('_', "-")))
}

async fn list(State(web): State<Web>, visit: Visit) -> PageResult {
    upload_page(&web, &visit, StatusCode::OK, &Form::default(), &[]).await
}

/// The list with its upload form; also the answer to an upload that could not be taken.
pub(super) async fn upload_page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let sources = list_sources(web.ctx(), &visit.actor).await?;
    let rows: Vec<Value> = sources
        .iter()
        .map(|line| {
            let it = &line.source;
            context! {
                href => format!("/facts/sources/{}", it.id), name => it.name.clone(), id => it.id.to_string(), demo => it.demo,
                profile => visit.t(&format!("source-profile-{}", it.profile.as_str())), zone => it.time_zone.clone(),
                zone_assumed => it.time_zone_assumed, cases => visit.number(it.n_cases), events => visit.number(it.n_events),
                until => it.data_until.map(|at| visit.moment(at)), files => visit.number(line.n_files),
            }
        })
        .collect();
    let wish = |value: &str| {
        let help = visit.t(&format!("event-import-wish-{value}-help"));
        context! { value => value, text => visit.t(&format!("event-import-wish-{value}")), help => help }
    };
    let wishes = vec![wish("import"), wish("check")];
    let limit = LARGEST_UPLOAD.min(web.settings().largest_upload as u64);
    let own = context! {
        sources => rows, n => sources.len(), may_import => visit.may(Action::Import), form => form.view(visit, errors),
        profiles => profile_choices(visit), gigabytes => limit >> 30, chosen => form.get("profile"),
        wishes => wishes,
    };
    visit.render_with_status(status, page(visit, visit.t("sources-title")), "facts/sources.html", own)
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let found = show_source(web.ctx(), &visit.actor, &id).await?;
    let form = Form::from_pairs([
        ("name", found.source.name.clone()),
        ("note", found.source.note.clone()),
        ("time_zone", found.source.time_zone.clone()),
    ]);
    source_page(&visit, StatusCode::OK, &found, &form, &[])
}

fn source_page(
    visit: &Visit,
    status: StatusCode,
    found: &SourcePage,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let source = &found.source;
    let states: Vec<Value> = (0..)
        .zip(&found.states)
        .map(|(idx, it)| {
            let idx: usize = idx;
            context! {
                idx => idx, raw => it.raw_state.clone(), class => it.class.as_str(), class_text => class_text(visit, it.class),
                assumed => it.assumed,
            }
        })
        .collect();
    let n_assumed = found.states.iter().filter(|it| it.assumed).count();
    let facts = vec![
        context! { key => visit.t("source-short-name"), value => source.id.to_string() },
        context! {
            key => visit.t("source-profile"), value => visit.t(&format!("source-profile-{}", source.profile.as_str())),
        },
        context! { key => visit.t("source-zone"), value => zone_text(visit, found) },
        context! { key => visit.t("source-cases"), value => visit.number(source.n_cases) },
        context! { key => visit.t("source-events"), value => visit.number(source.n_events) },
        context! {
            key => visit.t("source-until"),
            value => source.data_until.map_or_else(|| visit.t("not-stated"), |at| visit.moment(at)),
        },
    ];
    let counts = [("cases", source.n_cases.to_string()), ("events", source.n_events.to_string())];
    let counts: Vec<(&'static str, &str)> =
        counts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let own = context! {
        id => source.id.to_string(), name => source.name.clone(), demo => source.demo, version => source.version,
        lead => visit.tr("source-lead", &counts), note => source.note.clone(), facts => facts, states => states,
        n_assumed => n_assumed, classes => class_choices(visit), months => months(visit, &found.months),
        batches => found.batches.iter().map(|it| batch_view(visit, it)).collect::<Vec<_>>(),
        form => form.view(visit, errors), may_write => visit.may(Action::WriteFacts),
        may_import => visit.may(Action::Import), zone_assumed => source.time_zone_assumed,
        imported => source.n_events > 0,
    };
    let page = page(visit, source.name.clone()).crumb(visit.t("sources-title"), "/facts/sources");
    visit.render_with_status(status, page, "facts/source.html", own)
}

fn zone_text(visit: &Visit, found: &SourcePage) -> String {
    let zone = &found.source.time_zone;
    if found.source.time_zone_assumed {
        visit.tr("source-zone-assumed", &[("zone", zone)])
    } else {
        zone.clone()
    }
}

/// Sizes in the unit people think of files in.
fn size(visit: &Visit, bytes: i64) -> String {
    let (unit, divisor) = match bytes {
        i64::MIN..1_000_000 => ("kB", 1_000),
        1_000_000..1_000_000_000 => ("MB", 1_000_000),
        _ => ("GB", 1_000_000_000),
    };
    let tenths = (bytes * 10 + divisor / 2) / divisor;
    format!("{} {unit}", visit.formats.fixed(tenths, 1))
}

fn months(visit: &Visit, months: &[FilesOfMonth]) -> Vec<Value> {
    months
        .iter()
        .map(|it| {
            context! {
                month => visit.month(it.month), live => it.state == "active", files => visit.number(it.n_files),
                state => visit.t(&format!("file-state-{}", it.state)), events => visit.number(it.n_events),
                size => size(visit, it.n_bytes),
            }
        })
        .collect()
}

fn batch_view(visit: &Visit, batch: &ImportedBatch) -> Value {
    let counts = [
        ("rows", batch.n_rows.to_string()),
        ("new", batch.n_new.to_string()),
        ("changed", batch.n_changed.to_string()),
        ("same", batch.n_same.to_string()),
    ];
    let counts: Vec<(&'static str, &str)> =
        counts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    context! {
        id => batch.id.clone(), file => batch.file_name.clone(), at => visit.moment(batch.created_at),
        counts => visit.tr("batch-counts", &counts), done => batch.state == "done",
        confirm => visit.tr("batch-undo-body", &[("count", &(batch.n_new + batch.n_changed).to_string())]),
    }
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let draft = SourceDraft {
        name: form.get("name").to_owned(),
        note: form.get("note").to_owned(),
        time_zone: form.get("time_zone").to_owned(),
    };
    let version = form.get("version").parse().unwrap_or(0);
    match save_source(web.ctx(), &visit.actor, &id, version, draft).await {
        Ok(source) => {
            let text = visit.tr("source-saved", &[("name", &source.name)]);
            Ok(visit.redirect_with(&format!("/facts/sources/{}", source.id), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let found = show_source(web.ctx(), &visit.actor, &id).await?;
            source_page(&visit, StatusCode::UNPROCESSABLE_ENTITY, &found, &form, &error.fields())
        }
    }
}

/// The states of a form: `raw` and `class` in the same order; a last pair without a name is none.
pub(super) fn states_of(form: &Form) -> Vec<(String, StateClass)> {
    let pairs = form.all("raw").into_iter().zip(form.all("class"));
    pairs
        .filter(|(raw, _)| !raw.trim().is_empty())
        .filter_map(|(raw, class)| Some((raw.trim().to_owned(), StateClass::parse(class).ok()?)))
        .collect()
}

async fn map(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let version = form.get("version").parse().unwrap_or(0);
    match map_states(web.ctx(), &visit.actor, &id, version, states_of(&form)).await {
        Ok(source) => {
            let text = visit.tr("source-states-saved", &[("name", &source.name)]);
            Ok(visit.redirect_with(&format!("/facts/sources/{}", source.id), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let found = show_source(web.ctx(), &visit.actor, &id).await?;
            let mut errors = error.fields();
            for error in &mut errors {
                "raw".clone_into(&mut error.field);
            }
            let kept = Form::from_pairs([
                ("name", found.source.name.clone()),
                ("note", found.source.note.clone()),
                ("time_zone", found.source.time_zone.clone()),
                ("raw", form.all("raw").last().copied().unwrap_or_default().to_owned()),
            ]);
            source_page(&visit, StatusCode::UNPROCESSABLE_ENTITY, &found, &kept, &errors)
        }
    }
}

async fn undo(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let undone = undo_import(web.ctx(), &visit.actor, &id).await?;
    let events = undone.n_events.to_string();
    let text = visit.tr("batch-undone", &[("events", &events), ("name", &undone.source_name)]);
    Ok::<Response, _>(visit.redirect_with(&format!("/facts/sources/{}", undone.source), text, None))
}
