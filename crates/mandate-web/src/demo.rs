//! The demo book: what it is, loading it, and removing it in one click; the same in the API.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use mandate_app::demo::{DemoOptions, load, remove, status};
use mandate_app::progress::Silent;
use mandate_app::{Action, ErrorKind, FieldError, Message, authorise};
use minijinja::context;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Making, Reading};
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::identity::settings_tabs;
use crate::state::Web;

/// The demo's pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/settings/demo", Action::Administer, page)
        .post("/settings/demo/load", Action::Administer, do_load)
        .post("/settings/demo/remove", Action::Administer, do_remove)
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    authorise::authorise(&visit.actor, Action::Administer)?;
    let counts = status(web.ctx(), &visit.actor).await?;
    let lead = if counts.n_accounts > 0 {
        visit.tr(
            "demo-lead-loaded",
            &[
                ("accounts", &counts.n_accounts.to_string()),
                ("cases", &counts.n_cases.to_string()),
                ("events", &counts.n_events.to_string()),
            ],
        )
    } else {
        visit.t("demo-lead-none")
    };
    let own = context! {
        lead => lead, loaded => counts.n_accounts > 0, n_own => counts.n_own_accounts,
        tabs => settings_tabs(&visit, "settings-tab-demo"),
    };
    let page = Page::new(visit.t("demo-title"), "nav-settings").crumb(visit.t("nav-settings"), "/settings");
    visit.render(page.help("demo-book"), "home/demo.html", own)
}

async fn do_load(State(web): State<Web>, visit: Visit) -> PageResult {
    // Whoever presses the button beside their own accounts has read what it says.
    let options = DemoOptions { beside_own_accounts: true, ..DemoOptions::default() };
    load(web.ctx(), &visit.actor, &options, &mut Silent).await?;
    web.forget_firm();
    Ok(visit.redirect_with("/portfolio", visit.t("demo-loaded"), None))
}

async fn do_remove(State(web): State<Web>, visit: Visit) -> PageResult {
    remove(web.ctx(), &visit.actor).await?;
    web.forget_firm();
    Ok(visit.redirect_with("/settings/demo", visit.t("demo-removed"), None))
}

/// Most events a demo book may be asked to have.
const MOST_EVENTS: u32 = 1_000_000;

/// The demo's API routes.
pub fn api_routes() -> Routes {
    Routes::new()
        .api(Action::Administer, routes!(demo_status))
        .api(Action::Administer, routes!(load_demo))
        .api(Action::Administer, routes!(remove_demo))
}

/// How much of the demo book there is.
#[derive(Serialize, ToSchema)]
struct DemoStatus {
    /// Whether it is loaded.
    loaded: bool,
    /// Its accounts.
    n_accounts: i64,
    /// Its cases.
    n_cases: i64,
    /// Its events.
    n_events: i64,
    /// Accounts of the firm's own beside it.
    n_own_accounts: i64,
}

/// Whether the demo book is loaded, and how large it is.
#[utoipa::path(get, path = "/demo", tag = "demo", operation_id = "demo_status",
    responses((status = 200, description = "How much there is", body = DemoStatus), Reading))]
async fn demo_status(caller: Caller, State(web): State<Web>) -> ApiResult {
    authorise::authorise(&caller.actor, Action::Administer)?;
    let counts = status(web.ctx(), &caller.actor).await?;
    let answer = DemoStatus {
        loaded: counts.n_accounts > 0,
        n_accounts: counts.n_accounts,
        n_cases: counts.n_cases,
        n_events: counts.n_events,
        n_own_accounts: counts.n_own_accounts,
    };
    Ok(Json(answer).into_response())
}

/// What kind of demo is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DemoFields {
    /// The same seed and day give the same facts on every machine; the guides' when not given.
    #[serde(default)]
    seed: Option<u64>,
    /// About how many events, 1 to 1,000,000; 300,000 when not given.
    #[serde(default)]
    n_events: Option<u32>,
    /// Load it though the database holds accounts of the firm's own.
    #[serde(default)]
    beside_own_accounts: bool,
}

/// What was loaded.
#[derive(Serialize, ToSchema)]
struct DemoLoaded {
    n_accounts: usize,
    n_people: usize,
    n_contracts: usize,
    n_users: usize,
    n_measures: usize,
    n_cases: usize,
    n_events: usize,
    /// The day on which its history ends.
    today: String,
}

/// Loads the demo book; answers when it is there, which takes some seconds.
#[utoipa::path(post, path = "/demo/load", tag = "demo", operation_id = "load_demo", request_body = DemoFields,
    responses((status = 201, description = "What was loaded", body = DemoLoaded), Making))]
async fn load_demo(caller: Caller, State(web): State<Web>, body: Body<DemoFields>) -> ApiResult {
    let standard = DemoOptions::default();
    let n_events_hint = body.value.n_events.unwrap_or(standard.n_events_hint);
    if !(1..=MOST_EVENTS).contains(&n_events_hint) {
        let message =
            Message::new("measure-error-parameter").with("least", "1").with("most", MOST_EVENTS.to_string());
        let fields = vec![FieldError { field: "n_events".to_owned(), message: message.clone() }];
        return Err(Failure { fields, ..Failure::of(ErrorKind::Invalid, message) });
    }
    let options = DemoOptions {
        seed: body.value.seed.unwrap_or(standard.seed),
        n_events_hint,
        beside_own_accounts: body.value.beside_own_accounts,
        ..standard
    };
    let loaded = load(web.ctx(), &caller.actor, &options, &mut Silent).await?;
    web.forget_firm();
    let answer = DemoLoaded {
        n_accounts: loaded.n_accounts,
        n_people: loaded.n_people,
        n_contracts: loaded.n_contracts,
        n_users: loaded.n_users,
        n_measures: loaded.n_measures,
        n_cases: loaded.n_cases,
        n_events: loaded.n_events,
        today: loaded.today.to_string(),
    };
    Ok((axum::http::StatusCode::CREATED, Json(answer)).into_response())
}

/// What was removed.
#[derive(Serialize, ToSchema)]
struct DemoRemoved {
    /// Rows that went.
    n_rows: u64,
}

/// Removes the demo book for good, with everything that hangs on it.
#[utoipa::path(post, path = "/demo/remove", tag = "demo", operation_id = "remove_demo",
    responses((status = 200, description = "What was removed", body = DemoRemoved), Making))]
async fn remove_demo(caller: Caller, State(web): State<Web>) -> ApiResult {
    let n_rows = remove(web.ctx(), &caller.actor).await?;
    web.forget_firm();
    Ok(Json(DemoRemoved { n_rows }).into_response())
}
