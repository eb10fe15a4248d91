//! The demo book: what it is, loading it, and removing it in one click.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use mandate_app::demo::{DemoOptions, load, remove, status};
use mandate_app::progress::Silent;
use mandate_app::{Action, authorise};
use minijinja::context;

use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::identity::settings_tabs;
use crate::state::Web;

/// The demo's pages.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/settings/demo", get(page))
        .route("/settings/demo/load", post(do_load))
        .route("/settings/demo/remove", post(do_remove))
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
