//! Our side of the portal, a tab of the account: who of the client has access, which measures they see, and the preview.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::facts::kpi_read::list_measures;
use mandate_app::portal::{invite_client, list_client_users, list_shared, remove_client, share_measure};
use mandate_app::{Action, FieldError, UseCaseError};
use minijinja::{Value, context};

use super::answers::invitation;
use super::mail_invitation;
use crate::access::Routes;
use crate::account;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::{Visit, initials};
use crate::state::Web;

/// Pages under `/accounts/{id}/portal`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/portal", Action::ReadFacts, show)
        .post("/accounts/{id}/portal/people", Action::InviteClient, invite)
        .post("/accounts/{id}/portal/people/{user}/remove", Action::InviteClient, remove)
        .post("/accounts/{id}/portal/measures/{kpi}/share", Action::ShareWithClient, share)
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    page(&web, &visit, &id, &Form::default(), &[], None).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    id: &str,
    form: &Form,
    errors: &[FieldError],
    link: Option<Value>,
) -> PageResult {
    let frame = account::load(web, visit, id).await?;
    let users = list_client_users(web.ctx(), &visit.actor, &frame.id).await?;
    let people: Vec<Value> = users
        .iter()
        .map(|it| {
            context! {
                id => it.id.to_string(), name => it.name.clone(), email => it.email.clone(),
                initials => initials(&it.name), active => it.active,
                role => visit.t(if it.administrator { "portal-role-administrator" } else { "portal-role-member" }),
            }
        })
        .collect();
    let measures = list_measures(web.ctx(), &visit.actor, &frame.id).await?;
    let shared = list_shared(web.ctx(), &visit.actor, &frame.id).await?;
    let lines: Vec<Value> = measures
        .lines
        .iter()
        .map(|line| {
            context! {
                id => line.kpi.id.to_string(), name => line.kpi.name.clone(),
                shown => shared.contains(&line.kpi.id),
                reason => line.reason.is_some(),
            }
        })
        .collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let own = context! {
        account => frame.view(visit, "portal"), people => people, measures => lines,
        n_shared => shared.len(), form => form.view(visit, errors),
        may_invite => visit.may(Action::InviteClient), may_share => visit.may(Action::ShareWithClient),
        may_preview => visit.may(Action::PreviewPortal), mails => web.ctx().sends_mail(),
        link => link, gets_link => visit.may(Action::Administer),
        languages => vec![
            context! { value => "en-GB", text => "English" }, context! { value => "de-DE", text => "Deutsch" },
        ],
    };
    visit.render_with_status(status, frame.page(visit, "portal"), "account/portal.html", own)
}

async fn invite(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    let firm = web.firm_name();
    let invited = invite_client(web.ctx(), &visit.actor, &frame.id, &invitation(&form), |user, secret| {
        mail_invitation(&web, user, secret, (&firm, frame.name()))
    })
    .await;
    match invited {
        Ok(invited) if invited.mailed => {
            let text = visit.tr("portal-toast-invited", &[("name", &invited.user.display_name)]);
            Ok(visit.redirect_with(&format!("/accounts/{id}/portal"), text, None))
        }
        Ok(invited) => {
            let link = super::words::handed_over(&web, &invited);
            page(&web, &visit, &id, &Form::default(), &[], Some(link)).await
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &id, &form, &error.fields(), None).await,
    }
}

async fn remove(
    State(web): State<Web>,
    visit: Visit,
    Path((id, user)): Path<(String, String)>,
) -> PageResult {
    remove_client(web.ctx(), &visit.actor, &path_id(&id)?, &path_id(&user)?).await?;
    Ok(visit.redirect_with(&format!("/accounts/{id}/portal"), visit.t("portal-toast-removed"), None))
}

async fn share(
    State(web): State<Web>,
    visit: Visit,
    Path((id, kpi)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let shown = form.get("shown") == "yes";
    share_measure(web.ctx(), &visit.actor, &path_id(&kpi)?, &path_id(&id)?, shown).await?;
    let text = visit.t(if shown { "portal-toast-shown" } else { "portal-toast-hidden" });
    Ok(visit.redirect_with(&format!("/accounts/{id}/portal"), text, None))
}
