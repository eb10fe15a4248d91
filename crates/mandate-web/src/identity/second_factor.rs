//! One's own second factor under Settings: set up with a QR code, recovery codes, removal.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, SET_COOKIE};
use mandate_app::identity::passkeys::list_passkeys;
use mandate_app::identity::{
    FactorState, Secret, begin_own_factor, confirm_own_factor, find_own_factor, remove_own_factor,
    renew_own_recovery_codes,
};
use mandate_app::{Action, FieldError, UseCaseError};
use minijinja::context;

use super::qr::qr_svg;
use super::settings::tabs;
use crate::access::Routes;
use crate::cookies;
use crate::failure::PageResult;
use crate::form::Form;
use crate::frame::{Page, Visit, redirect};
use crate::state::Web;

/// Pages under `/settings/second-factor`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/settings/second-factor", Action::OwnProfile, show)
        .post("/settings/second-factor/begin", Action::OwnProfile, begin)
        .post("/settings/second-factor/confirm", Action::OwnProfile, take)
        .post("/settings/second-factor/recovery-codes", Action::OwnProfile, renew)
        .post("/settings/second-factor/remove", Action::OwnProfile, remove)
}

async fn show(State(web): State<Web>, visit: Visit) -> PageResult {
    page(&web, &visit, StatusCode::OK, &[], &[]).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    errors: &[FieldError],
    fresh: &[Secret],
) -> PageResult {
    let own = find_own_factor(web.ctx(), &visit.actor).await?;
    let (mut enrolment, mut since, mut n_codes) = (None, None, 0);
    match own.state {
        FactorState::Off => {}
        FactorState::Begun(begun) => {
            let qr = qr_svg(&begun.uri, &visit.t("factor-qr-label"));
            enrolment = Some(context! { qr => qr, uri => begun.uri, secret => begun.secret });
        }
        FactorState::On { since: at, n_recovery_codes } => {
            (since, n_codes) = (Some(visit.moment(at)), n_recovery_codes);
        }
    }
    let codes: Vec<String> = fresh.iter().map(|code| code.reveal().to_owned()).collect();
    let own = context! {
        form => Form::default().view(visit, errors), enrolment => enrolment, since => since, n_codes => n_codes,
        passkeys => super::passkeys::relying_party(web).is_some(),
        n_passkeys => list_passkeys(web.ctx(), &visit.actor).await?.len(), required => own.required, fresh => codes, tabs => tabs(visit, "settings-tab-security"),
    };
    let page = Page::new(visit.t("factor-title"), "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .help("sign-in");
    visit.render_with_status(status, page, "identity/second_factor.html", own)
}

async fn begin(State(web): State<Web>, visit: Visit) -> PageResult {
    begin_own_factor(web.ctx(), &visit.actor).await?;
    Ok(redirect("/settings/second-factor"))
}

async fn take(State(web): State<Web>, visit: Visit, headers: HeaderMap, form: Form) -> PageResult {
    let token = cookies::value(&headers, cookies::session_name(&web)).unwrap_or_default();
    match confirm_own_factor(web.ctx(), &visit.actor, &token, form.get("code")).await {
        Ok(on) => {
            let mut shown = page(&web, &visit, StatusCode::OK, &[], &on.recovery_codes).await?;
            let cookie = cookies::set_session(&web, on.session_token.reveal());
            shown.headers_mut().append(SET_COOKIE, cookie);
            Ok(shown)
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, &error.fields(), &[]).await,
    }
}

async fn renew(State(web): State<Web>, visit: Visit) -> PageResult {
    let codes = renew_own_recovery_codes(web.ctx(), &visit.actor).await?;
    page(&web, &visit, StatusCode::OK, &[], &codes).await
}

async fn remove(State(web): State<Web>, visit: Visit) -> PageResult {
    remove_own_factor(web.ctx(), &visit.actor).await?;
    Ok(visit.redirect_with("/settings/second-factor", visit.t("factor-removed"), None))
}
