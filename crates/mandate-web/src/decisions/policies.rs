//! The policies in force as a page: what each says, their text with the tests beside it, and saving another version.

use axum::extract::State;
use axum::http::StatusCode;
use mandate_app::decisions::{save_policies, show_policies};
use mandate_app::{Action, FieldError, UseCaseError};
use minijinja::context;

use crate::access::Routes;
use crate::failure::PageResult;
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::identity::settings_tabs;
use crate::state::Web;

/// Pages under `/settings/policies`.
pub(super) fn routes() -> Routes {
    Routes::new().get("/settings/policies", Action::ReadRights, show).post(
        "/settings/policies",
        Action::GrantRights,
        save,
    )
}

async fn show(State(web): State<Web>, visit: Visit) -> PageResult {
    page(&web, &visit, StatusCode::OK, None, &[]).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    typed: Option<&Form>,
    errors: &[FieldError],
) -> PageResult {
    let found = show_policies(web.ctx(), &visit.actor).await?;
    let stored = Form::from_pairs([
        ("version", found.version.to_string()),
        ("policies", found.policies.clone()),
        ("tests", found.tests.clone()),
    ]);
    let lead = match found.saved.first() {
        Some(newest) => visit.tr(
            "policy-lead-saved",
            &[
                ("version", &newest.version.to_string()),
                ("when", &visit.moment(newest.saved_at)),
                ("reason", &newest.reason),
            ],
        ),
        None => visit.t("policy-lead-shipped"),
    };
    let own = context! {
        form => typed.unwrap_or(&stored).view(visit, errors), lead => lead, may_save => visit.may(Action::GrantRights),
        lines => found.lines.iter().map(|line| context! { id => line.id.clone(), says => line.says.clone(), forbids => line.forbids }).collect::<Vec<_>>(),
        tabs => settings_tabs(visit, "settings-tab-policies"),
    };
    let page = Page::new(visit.t("policy-title"), "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .help("decision-rights");
    visit.render_with_status(status, page, "decisions/policies.html", own)
}

async fn save(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let version = form.get("version").parse().unwrap_or(0);
    let texts = (form.get("policies"), form.get("tests"));
    match save_policies(web.ctx(), &visit.actor, version, texts, form.get("reason")).await {
        Ok(_) => Ok(visit.redirect_with("/settings/policies", visit.t("policy-saved"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, Some(&form), &error.fields()).await
        }
    }
}
