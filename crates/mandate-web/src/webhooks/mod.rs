//! Settings > Webhooks: endpoints, what is sent to them and how that went; and the API of it (`api.rs`).
//!
//! A secret is shown on the page that answers the form which made it, and never again.

mod api;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mandate_app::identity::list_users;
use mandate_app::webhooks::{
    DeliveryLine, EndpointDraft, EndpointLine, Pong, STATES, StoredDelivery, StoredEndpoint, add_endpoint,
    change_endpoint, list_deliveries, list_endpoints, load_endpoint, pause_endpoint, ping_endpoint,
    remove_endpoint, resume_endpoint, rotate_endpoint_secret, send_delivery_again,
};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::Kind;
use mandate_domain::identity::UserState;
use mandate_domain::webhook::{Happening, Matter};
use minijinja::{Value, context};
use serde::Deserialize;

use crate::access::Routes;
use crate::book::kinds;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::identity::settings_tabs;
use crate::state::Web;

const LIST: &str = "/settings/webhooks";

/// The pages, their forms and the operations.
pub fn routes() -> Routes {
    Routes::new()
        .get(LIST, Action::Administer, show_all)
        .post(LIST, Action::Administer, add)
        .get("/settings/webhooks/{webhook}", Action::Administer, show)
        .post("/settings/webhooks/{webhook}", Action::Administer, save)
        .post("/settings/webhooks/{webhook}/test", Action::Administer, test)
        .post("/settings/webhooks/{webhook}/secret", Action::Administer, rotate)
        .post("/settings/webhooks/{webhook}/pause", Action::Administer, pause)
        .post("/settings/webhooks/{webhook}/resume", Action::Administer, resume)
        .post("/settings/webhooks/{webhook}/remove", Action::Administer, remove)
        .post("/settings/webhooks/{webhook}/deliveries/{delivery}/send", Action::Administer, send_again)
        .merge(api::routes())
}

fn path_of(id: &Id<StoredEndpoint>) -> String {
    format!("{LIST}/{id}")
}

fn matter_text(visit: &Visit, matter: Matter) -> String {
    visit.t(match matter {
        Matter::Record(Kind::Account) => "book-account-many",
        // Lines have no title of their own: they stand under contracts.
        Matter::Record(Kind::ContractLine) => "webhook-contract-lines",
        Matter::Record(kind) => kinds::home(kind).title,
        Matter::Import => "webhook-imports",
    })
}

fn happening_text(visit: &Visit, happening: Happening) -> String {
    visit.t(&format!("webhook-happening-{}", happening.as_str().replace('_', "-")))
}

fn state_text(visit: &Visit, state: &str) -> String {
    visit.t(&format!("webhook-state-{}", state.replace('_', "-")))
}

/// What an endpoint hears of, in a line.
fn wants(visit: &Visit, line: &EndpointLine) -> String {
    let listed = |texts: Vec<String>, all: &str| {
        if texts.is_empty() { visit.t(all) } else { texts.join(", ") }
    };
    let matters = line.matters.iter().map(|matter| matter_text(visit, *matter)).collect();
    let happenings = line.happenings.iter().map(|it| happening_text(visit, *it)).collect();
    let (matters, happenings) =
        (listed(matters, "webhook-everything"), listed(happenings, "webhook-all-happenings"));
    visit.tr("webhook-wants", &[("matters", &matters), ("happenings", &happenings)])
}

/// Where an endpoint stands: the badge's tone and its words.
fn standing(visit: &Visit, line: &EndpointLine) -> (&'static str, String) {
    match (line.pause, line.failing_since) {
        (Some(pause), _) => ("risk", visit.t(&format!("webhook-pause-{}", pause.as_str()))),
        (None, Some(since)) => ("watch", visit.tr("webhook-failing", &[("since", &visit.moment(since))])),
        (None, None) => ("good", visit.t("webhook-active")),
    }
}

fn draft(form: &Form) -> EndpointDraft {
    let words = |name: &str| form.all(name).into_iter().map(str::to_owned).collect();
    EndpointDraft {
        address: form.get("address").to_owned(),
        matters: words("matters"),
        happenings: words("happenings"),
        reader_id: form.get("reader_id").to_owned(),
    }
}

/// What the form offers.
async fn choices(web: &Web, visit: &Visit) -> Result<Value, Failure> {
    let (mut readers, mut after) = (vec![], String::new());
    loop {
        let users = list_users(web.ctx(), &visit.actor, &after, 500).await?;
        let Some(last) = users.last() else { break };
        after = last.email.to_lowercase();
        let ours = users.iter().filter(|user| user.state == UserState::Active && !user.is_of_a_client());
        readers.extend(
            ours.map(|user| context! { value => user.id.to_string(), text => user.display_name.clone() }),
        );
    }
    let matters: Vec<Value> = Matter::all()
        .map(|matter| context! { value => matter.as_str(), text => matter_text(visit, matter) })
        .collect();
    let happenings: Vec<Value> = Happening::ALL
        .into_iter()
        .map(|it| context! { value => it.as_str(), text => happening_text(visit, it) })
        .collect();
    Ok(context! { readers => readers, matters => matters, happenings => happenings })
}

fn status_of(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

async fn show_all(State(web): State<Web>, visit: Visit) -> PageResult {
    let me = visit.user.id.to_string();
    list_page(&web, &visit, &Form::from_pairs([("reader_id", me)]), &[]).await
}

async fn list_page(web: &Web, visit: &Visit, form: &Form, errors: &[FieldError]) -> PageResult {
    let lines = list_endpoints(web.ctx(), &visit.actor).await?;
    let rows: Vec<Value> = lines
        .iter()
        .map(|line| {
            let (status, state) = standing(visit, line);
            context! {
                href => path_of(&line.id), address => line.address.clone(), wants => wants(visit, line),
                reader => line.reader_name.clone(), status => status, state => state,
                waiting => visit.tr("webhook-waiting", &[("count", &line.n_waiting.to_string())]),
            }
        })
        .collect();
    let own = context! {
        tabs => settings_tabs(visit, "settings-tab-webhooks"), rows => rows, form => form.view(visit, errors),
        choices => choices(web, visit).await?, action => LIST, version => "", submit => visit.t("webhook-add"),
    };
    let page = Page::new(visit.t("webhooks-title"), "nav-settings")
        .help("webhooks")
        .crumb(visit.t("nav-settings"), "/settings");
    visit.render_with_status(status_of(errors), page, "webhooks/list.html", own)
}

async fn add(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    match add_endpoint(web.ctx(), &visit.actor, &draft(&form)).await {
        Ok((line, secret)) => {
            let shown = Shown { secret: Some(secret.reveal()), ..Shown::default() };
            endpoint_page(&web, &visit, &line, None, shown).await
        }
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

/// What the page of an endpoint shows once.
#[derive(Default)]
struct Shown {
    filter: Filter,
    secret: Option<String>,
    pong: Option<Pong>,
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> PageResult {
    let line = load_endpoint(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    endpoint_page(&web, &visit, &line, None, Shown { filter, ..Shown::default() }).await
}

fn form_of(line: &EndpointLine) -> Form {
    let mut form = Form::from_pairs([
        ("address", line.address.clone()),
        ("reader_id", line.reader_id.to_string()),
        ("version", line.version.to_string()),
    ]);
    for matter in &line.matters {
        form.push("matters", matter.as_str().to_owned());
    }
    for happening in &line.happenings {
        form.push("happenings", happening.as_str().to_owned());
    }
    form
}

fn delivery_view(visit: &Visit, delivery: &DeliveryLine) -> Value {
    let status = match delivery.state.as_str() {
        "sent" => "good",
        "waiting" => "watch",
        "given_up" => "risk",
        _ => "unknown",
    };
    let attempts: Vec<String> = delivery
        .attempts
        .iter()
        .map(|attempt| {
            let (when, took) = (visit.moment(attempt.at), attempt.took_ms.to_string());
            let what = match attempt.status {
                Some(status) if attempt.problem.is_empty() => {
                    visit.tr("webhook-answered", &[("status", &status.to_string())])
                }
                _ => attempt.problem.clone(),
            };
            visit.tr("webhook-attempt", &[("when", &when), ("took", &took), ("what", &what)])
        })
        .collect();
    context! {
        id => delivery.id.to_string(), event => delivery.event.clone(), status => status,
        state => state_text(visit, &delivery.state), queued => visit.moment(delivery.created_at),
        next => delivery.next_at.map(|at| visit.tr("webhook-next", &[("when", &visit.moment(at))])),
        attempts => attempts, ended => delivery.next_at.is_none(),
    }
}

async fn endpoint_page(
    web: &Web,
    visit: &Visit,
    line: &EndpointLine,
    refused: Option<(&Form, Vec<FieldError>)>,
    shown: Shown,
) -> PageResult {
    let Shown { filter, secret, pong } = shown;
    let state = if STATES.contains(&filter.state.as_str()) { filter.state.as_str() } else { "" };
    let before = Id::<StoredDelivery>::parse(&filter.before).map_or("", |_| filter.before.as_str());
    let (found, next) = list_deliveries(web.ctx(), &visit.actor, &line.id, state, before).await?;
    let path = path_of(&line.id);
    let tab = |of: &str, text: String| {
        context! { text => text, href => format!("{path}?state={of}"), current => state == of }
    };
    let all = tab("", visit.t("webhook-state-all"));
    let states = STATES.iter().map(|of| tab(of, state_text(visit, of)));
    let kept = form_of(line);
    let (form, errors) = refused.map_or((&kept, vec![]), |(form, errors)| (form, errors));
    let (status, standing) = standing(visit, line);
    let own = context! {
        tabs => settings_tabs(visit, "settings-tab-webhooks"), choices => choices(web, visit).await?,
        form => form.view(visit, &errors), action => path.clone(), version => form.get("version"),
        submit => visit.t("webhook-save"), read_version => line.version, secret => secret, status => status, standing => standing,
        wants => wants(visit, line), paused => line.pause.is_some(),
        both_sign => line.both_sign_until.map(|until| visit.moment(until)),
        pong => pong.map(|pong| pong_view(visit, &pong)), states => std::iter::once(all).chain(states).collect::<Vec<_>>(),
        rows => found.iter().map(|delivery| delivery_view(visit, delivery)).collect::<Vec<_>>(),
        next_href => next.map(|next| format!("{path}?state={state}&before={next}")),
    };
    let page = Page::new(visit.t("webhook-title"), "nav-settings")
        .help("webhooks")
        .crumb(visit.t("nav-settings"), "/settings")
        .crumb(visit.t("webhooks-title"), LIST);
    visit.render_with_status(status_of(&errors), page, "webhooks/endpoint.html", own)
}

fn pong_view(visit: &Visit, pong: &Pong) -> Value {
    let text = match pong.attempt.status {
        Some(status) if pong.attempt.problem.is_empty() => {
            visit.tr("webhook-pong-good", &[("status", &status.to_string())])
        }
        _ => visit.tr("webhook-pong-bad", &[("problem", &pong.attempt.problem)]),
    };
    context! { good => pong.attempt.problem.is_empty(), text => text, answer => pong.answer.clone() }
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    // Without a version nobody knows what was seen: none that was ever saved.
    let version = form.get("version").parse().unwrap_or(0);
    match change_endpoint(web.ctx(), &visit.actor, &id, &draft(&form), version).await {
        Ok(_) => Ok(visit.redirect_with(&path_of(&id), visit.t("webhook-saved"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let line = load_endpoint(web.ctx(), &visit.actor, &id).await?;
            endpoint_page(&web, &visit, &line, Some((&form, error.fields())), Shown::default()).await
        }
    }
}

async fn test(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    let pong = ping_endpoint(web.ctx(), &visit.actor, &id).await?;
    let line = load_endpoint(web.ctx(), &visit.actor, &id).await?;
    endpoint_page(&web, &visit, &line, None, Shown { pong: Some(pong), ..Shown::default() }).await
}

async fn rotate(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    let secret = Some(rotate_endpoint_secret(web.ctx(), &visit.actor, &id).await?.reveal());
    let line = load_endpoint(web.ctx(), &visit.actor, &id).await?;
    endpoint_page(&web, &visit, &line, None, Shown { secret, ..Shown::default() }).await
}

async fn pause(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    pause_endpoint(web.ctx(), &visit.actor, &id).await?;
    Ok(visit.redirect_with(&path_of(&id), visit.t("webhook-paused"), None))
}

async fn resume(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    resume_endpoint(web.ctx(), &visit.actor, &id).await?;
    Ok(visit.redirect_with(&path_of(&id), visit.t("webhook-resumed"), None))
}

async fn remove(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    // Without a version nobody knows what was seen: none that was ever saved.
    let version = form.get("version").parse().unwrap_or(0);
    remove_endpoint(web.ctx(), &visit.actor, &path_id(&id)?, version).await?;
    Ok(visit.redirect_with(LIST, visit.t("webhook-removed"), None))
}

async fn send_again(
    State(web): State<Web>,
    visit: Visit,
    Path((webhook, delivery)): Path<(String, String)>,
) -> PageResult {
    let id = path_id(&webhook)?;
    send_delivery_again(web.ctx(), &visit.actor, &id, &path_id(&delivery)?).await?;
    Ok(visit.redirect_with(&path_of(&id), visit.t("webhook-sent-again"), None))
}
