//! One's own substitutes, and everybody's for those who grant rights.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::decisions::{
    DelegationDraft, all_delegations, choose_users, delegate, end_delegation, own_delegations,
};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::identity::DecisionKind;
use minijinja::context;

use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::identity::settings_tabs;
use crate::state::Web;

/// Pages under `/settings/delegations`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/settings/delegations", Action::Delegate, list)
        .post("/settings/delegations", Action::Delegate, make)
        .post("/settings/delegations/{id}/end", Action::Delegate, end)
}

async fn list(State(web): State<Web>, visit: Visit) -> PageResult {
    page(&web, &visit, StatusCode::OK, &Form::default(), &[]).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let may_grant = visit.may(Action::GrantRights);
    let found = if may_grant {
        all_delegations(web.ctx(), &visit.actor).await?
    } else {
        own_delegations(web.ctx(), &visit.actor).await?
    };
    let users = choose_users(web.ctx(), &visit.actor).await?;
    let kind_text = |kind: &DecisionKind| visit.t(&format!("decision-kind-{}", kind.as_str()));
    let rows: Vec<_> = found
        .iter()
        .map(|named| {
            let made = &named.delegation;
            let kinds: Vec<String> = made.kinds.iter().map(kind_text).collect();
            let names = [("name", named.substitute_name.as_str()), ("absent", named.absent_name.as_str())];
            context! {
                id => made.id.to_string(), version => made.version, who => visit.tr("decision-for", &names),
                days => visit.tr("delegation-days", &[("from", &visit.date(made.from_on)), ("until", &visit.date(made.until_on))]),
                kinds => kinds.join(", "), reason => made.reason.clone(), now => made.holds_on(visit.today), demo => made.demo,
            }
        })
        .collect();
    let others = users.iter().filter(|user| may_grant || user.id != visit.user.id.as_str());
    let own = context! {
        rows => rows, form => form.view(visit, errors), may_grant => may_grant, tabs => settings_tabs(visit, "settings-tab-delegations"),
        users => others.map(|user| context! { value => user.id.clone(), text => user.name.clone() }).collect::<Vec<_>>(),
        kinds => DecisionKind::ALL.iter().map(|kind| context! { value => kind.as_str(), text => kind_text(kind) }).collect::<Vec<_>>(),
    };
    let page = Page::new(visit.t("delegation-title"), "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .help("decision-rights");
    visit.render_with_status(status, page, "decisions/delegations.html", own)
}

async fn make(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let draft = DelegationDraft {
        absent_user_id: form.get("absent").to_owned(),
        substitute_user_id: form.get("substitute").to_owned(),
        from_on: form.get("from_on").parse().ok(),
        until_on: form.get("until_on").parse().ok(),
        kinds: form.all("kinds").iter().map(|&kind| kind.to_owned()).collect(),
        reason: form.get("reason").to_owned(),
    };
    match delegate(web.ctx(), &visit.actor, &draft).await {
        Ok(_) => Ok(visit.redirect_with("/settings/delegations", visit.t("delegation-made"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, &form, &error.fields()).await,
    }
}

async fn end(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let version = form.get("version").parse().unwrap_or(0);
    end_delegation(web.ctx(), &visit.actor, &path_id(&id)?, version).await?;
    Ok(visit.redirect_with("/settings/delegations", visit.t("delegation-ended"), None))
}
