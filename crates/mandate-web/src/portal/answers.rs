//! What is said in the portal: results, exclusions and credits agreed or contested, colleagues invited and removed.

use axum::extract::{Path, State};
use mandate_app::UseCaseError;
use mandate_app::portal::{
    CreditAnswerDraft, ExclusionAnswerDraft, Invitation, PortalError, ResultAnswerDraft, answer_credit,
    answer_exclusion, answer_result, invite_colleague, remove_colleague,
};
use mandate_domain::Month;

use super::pages::{show_colleagues, show_credits, show_exclusions, show_measure};
use super::{Inside, mail_invitation};
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::state::Web;

/// Agrees or contests a month's result.
pub async fn result(
    State(web): State<Web>,
    inside: Inside,
    Path((_, kpi)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let month = Month::parse(form.get("month")).map_err(|_| Failure::not_found())?;
    let draft = ResultAnswerDraft {
        month,
        verdict: form.get("verdict").to_owned(),
        note: form.get("note").to_owned(),
    };
    match answer_result(web.ctx(), &inside.entered, &path_id(&kpi)?, draft).await {
        Ok(()) => said(&inside, &form, &format!("/measures/{kpi}")),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => show_measure(&web, &inside, &kpi, &form, &error.fields()).await,
    }
}

/// Leads back and says what was said.
fn said(inside: &Inside, form: &Form, below: &str) -> PageResult {
    let agreed = matches!(form.get("verdict"), "agreed") || form.get("answer") == "agree";
    let text = inside.visit.t(if agreed { "portal-toast-agreed" } else { "portal-toast-contested" });
    Ok(inside.visit.redirect_with(&inside.path(below), text, None))
}

fn version(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(0)
}

/// Agrees to an exclusion, or refuses it.
pub async fn exclusion(
    State(web): State<Web>,
    inside: Inside,
    Path((_, exclusion)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let draft = ExclusionAnswerDraft {
        answer: form.get("answer").to_owned(),
        note: form.get("note").to_owned(),
        version: version(&form),
    };
    match answer_exclusion(web.ctx(), &inside.entered, &path_id(&exclusion)?, draft).await {
        Ok(()) => said(&inside, &form, "/exclusions"),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => show_exclusions(&web, &inside, &form, &error.fields()).await,
    }
}

/// Agrees to a credit, or contests it.
pub async fn credit(
    State(web): State<Web>,
    inside: Inside,
    Path((_, credit)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let draft = CreditAnswerDraft {
        verdict: form.get("verdict").to_owned(),
        note: form.get("note").to_owned(),
        version: version(&form),
    };
    match answer_credit(web.ctx(), &inside.entered, &path_id(&credit)?, draft).await {
        Ok(()) => said(&inside, &form, "/credits"),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => show_credits(&web, &inside, &form, &error.fields()).await,
    }
}

/// An invitation as a form has it.
pub(super) fn invitation(form: &Form) -> Invitation {
    Invitation {
        email: form.get("email").to_owned(),
        name: form.get("name").to_owned(),
        administrator: form.has("administrator"),
        locale: form.get("locale").to_owned(),
    }
}

/// Invites a colleague.
pub async fn invite(State(web): State<Web>, inside: Inside, form: Form) -> PageResult {
    let firm = web.firm_name();
    let invited = invite_colleague(web.ctx(), &inside.entered, &invitation(&form), |user, secret| {
        mail_invitation(&web, user, secret, (&firm, &inside.entered.account.name))
    })
    .await;
    match invited {
        Ok(invited) if invited.mailed => {
            let text = inside.visit.tr("portal-toast-invited", &[("name", &invited.user.display_name)]);
            Ok(inside.visit.redirect_with(&inside.path("/colleagues"), text, None))
        }
        Ok(invited) => {
            let told = Some(super::words::handed_over(&web, &invited));
            show_colleagues(&web, &inside, &Form::default(), &[], told).await
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => show_colleagues(&web, &inside, &form, &fields_of(&error), None).await,
    }
}

fn fields_of(error: &PortalError) -> Vec<mandate_app::FieldError> {
    error.fields()
}

/// Ends a colleague's access.
pub async fn remove(
    State(web): State<Web>,
    inside: Inside,
    Path((_, user)): Path<(String, String)>,
) -> PageResult {
    remove_colleague(web.ctx(), &inside.entered, &path_id(&user)?).await?;
    let text = inside.visit.t("portal-toast-removed");
    Ok(inside.visit.redirect_with(&inside.path("/colleagues"), text, None))
}
