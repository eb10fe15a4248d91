//! One's own settings: name and formats, password, sessions, API tokens.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, SET_COOKIE};
use mandate_app::identity::{
    Means, NewToken, PasswordChange, Profile, change_password, create_token, list_sessions, list_tokens,
    means_of_proof, revoke_session, revoke_token, save_profile,
};
use mandate_app::{Action, FieldError, UseCaseError};
use minijinja::{Value, context};

use crate::access::Routes;
use crate::cookies;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit, redirect};
use crate::locale::LOCALES;
use crate::state::Web;

/// Pages under `/settings`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/settings", Action::OwnProfile, || async { redirect("/settings/me") })
        .get("/settings/me", Action::OwnProfile, show_me)
        .post("/settings/me", Action::OwnProfile, save_me)
        .post("/settings/password", Action::OwnProfile, save_password)
        .post("/settings/sessions/{id}/end", Action::OwnProfile, end_session)
        .get("/settings/tokens", Action::OwnProfile, show_tokens)
        .post("/settings/tokens", Action::OwnProfile, make_token)
        .post("/settings/tokens/{id}/revoke", Action::OwnProfile, end_token)
}

/// The tabs of the settings pages.
pub(crate) fn tabs(visit: &Visit, current: &str) -> Value {
    let tab =
        |key: &str, href: &str| context! { text => visit.t(key), href => href, current => key == current };
    let mut tabs = vec![
        tab("settings-tab-me", "/settings/me"),
        tab("settings-tab-security", "/settings/second-factor"),
        tab("settings-tab-tokens", "/settings/tokens"),
    ];
    if visit.may(Action::ReadBook) {
        tabs.push(tab("settings-tab-notifications", "/settings/notifications"));
    }
    if visit.may(Action::Delegate) {
        tabs.push(tab("settings-tab-delegations", "/settings/delegations"));
    }
    if visit.may(Action::ReadRights) {
        tabs.push(tab("settings-tab-rights", "/settings/rights"));
        tabs.push(tab("settings-tab-policies", "/settings/policies"));
    }
    if visit.may(Action::TrashBook) {
        tabs.push(tab("settings-tab-tags", "/settings/tags"));
    }
    if visit.may(Action::Administer) {
        tabs.push(tab("settings-tab-users", "/settings/users"));
        tabs.push(tab("settings-tab-firm", "/settings/firm"));
        tabs.push(tab("settings-tab-fields", "/settings/fields"));
        tabs.push(tab("settings-tab-mail", "/settings/mail"));
        tabs.push(tab("settings-tab-sources", "/settings/sources"));
        tabs.push(tab("settings-tab-webhooks", "/settings/webhooks"));
        tabs.push(tab("settings-tab-demo", "/settings/demo"));
    }
    if visit.may(Action::SignWalls) {
        tabs.push(tab("walls-tab", "/settings/walls"));
    }
    // The document of the API shows what our own people may do; a client's see theirs on the pages.
    if !visit.user.is_of_a_client() {
        tabs.push(tab("settings-tab-api", "/api/docs"));
    }
    Value::from(tabs)
}

async fn show_me(State(web): State<Web>, visit: Visit, headers: HeaderMap) -> PageResult {
    let user = &visit.user;
    let form = Form::from_pairs([
        ("display_name", user.display_name.clone()),
        ("locale", user.locale.clone()),
        ("time_zone", user.time_zone.clone()),
    ]);
    me_page(&web, &visit, &headers, StatusCode::OK, form, &[]).await
}

async fn me_page(
    web: &Web,
    visit: &Visit,
    headers: &HeaderMap,
    status: StatusCode,
    form: Form,
    errors: &[FieldError],
) -> PageResult {
    let token = cookies::value(headers, cookies::session_name(web)).unwrap_or_default();
    let sessions = list_sessions(web.ctx(), &visit.actor, &token).await?;
    let lines: Vec<Value> = sessions
        .iter()
        .map(|line| {
            context! {
                id => line.id.clone(), current => line.current, agent => browser_name(&line.user_agent),
                since => visit.moment(line.times.created_at), seen => visit.moment(line.times.last_seen_at),
            }
        })
        .collect();
    let example = context! {
        number => visit.formats.fixed(12_345_678, 2),
        date => visit.formats.full_date(visit.today),
        moment => visit.moment(visit.now),
    };
    // A client's person who only ever came by links has no password to change.
    let by_password =
        !visit.user.is_of_a_client() || means_of_proof(web.ctx(), &visit.actor).await? == Means::Password;
    let own = context! {
        by_password => by_password, form => form.view(visit, errors), sessions => lines, tabs => tabs(visit, "settings-tab-me"),
        locales => LOCALES, single_keys => visit.user.single_keys, example => example, email => visit.user.email.clone(),
    };
    let page = Page::new(visit.t("settings-me-title"), "nav-settings");
    visit.render_with_status(status, page, "identity/me.html", own)
}

/// "Firefox on Linux" out of what a browser says of itself; empty when it says nothing known.
pub(super) fn browser_name(user_agent: &str) -> String {
    let known = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    // Order matters: Edge and Opera also say Chrome, Chrome also says Safari.
    let browsers = [
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    [known(&browsers), known(&systems)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

async fn save_me(State(web): State<Web>, visit: Visit, headers: HeaderMap, form: Form) -> PageResult {
    let profile = Profile {
        display_name: form.get("display_name").to_owned(),
        locale: form.get("locale").to_owned(),
        time_zone: form.get("time_zone").to_owned(),
        single_keys: form.has("single_keys"),
        version: None,
    };
    match save_profile(web.ctx(), &visit.actor, profile).await {
        Ok(_) => Ok(visit.redirect_with("/settings/me", visit.t("settings-me-saved"), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let fields = error.fields();
            me_page(&web, &visit, &headers, StatusCode::UNPROCESSABLE_ENTITY, form, &fields).await
        }
    }
}

async fn save_password(State(web): State<Web>, visit: Visit, headers: HeaderMap, form: Form) -> PageResult {
    let token = cookies::value(&headers, cookies::session_name(&web)).unwrap_or_default();
    let change = PasswordChange {
        session_token: &token,
        current: form.get("current_password"),
        new: form.get("password"),
    };
    match change_password(web.ctx(), &visit.actor, change).await {
        Ok(fresh) => {
            let mut response = visit.redirect_with("/settings/me", visit.t("settings-password-saved"), None);
            response.headers_mut().append(SET_COOKIE, cookies::set_session(&web, fresh.reveal()));
            Ok(response)
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let user = &visit.user;
            let kept = Form::from_pairs([
                ("display_name", user.display_name.clone()),
                ("locale", user.locale.clone()),
                ("time_zone", user.time_zone.clone()),
            ]);
            let fields = error.fields();
            me_page(&web, &visit, &headers, StatusCode::UNPROCESSABLE_ENTITY, kept, &fields).await
        }
    }
}

async fn end_session(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    revoke_session(web.ctx(), &visit.actor, &id).await?;
    Ok(visit.redirect_with("/settings/me", visit.t("settings-session-ended"), None))
}

async fn show_tokens(State(web): State<Web>, visit: Visit) -> PageResult {
    tokens_page(&web, &visit, StatusCode::OK, &Form::default(), &[], None).await
}

async fn tokens_page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    form: &Form,
    errors: &[FieldError],
    fresh: Option<&str>,
) -> PageResult {
    let lines: Vec<Value> = list_tokens(web.ctx(), &visit.actor)
        .await?
        .iter()
        .map(|token| {
            context! {
                id => token.id.to_string(), name => token.name.clone(), scopes => token.scopes.join(", "),
                made => visit.moment(token.created_at), used => token.last_used_at.map(|at| visit.moment(at)),
                expires => token.expires_at.map(|at| visit.moment(at)), revoked => token.revoked_at.is_some(),
            }
        })
        .collect();
    let scopes: Vec<&str> =
        Action::ALL.into_iter().filter(|action| visit.may(*action)).map(|action| action.as_str()).collect();
    let own = context! {
        form => form.view(visit, errors), tokens => lines, scopes => scopes, fresh => fresh,
        confirmed => visit.actor.require_verified(visit.now).is_ok(),
        tabs => tabs(visit, "settings-tab-tokens"),
    };
    let page = Page::new(visit.t("tokens-title"), "nav-settings").crumb(visit.t("nav-settings"), "/settings");
    visit.render_with_status(status, page, "identity/tokens.html", own)
}

async fn make_token(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let chosen = form.all("scope");
    let new = NewToken {
        name: form.get("name").to_owned(),
        scopes: Action::ALL.into_iter().filter(|action| chosen.contains(&action.as_str())).collect(),
        expires_in_days: form.get("expires_in_days").parse().ok(),
    };
    match create_token(web.ctx(), &visit.actor, new).await {
        Ok(made) => {
            let secret = made.secret.reveal().to_owned();
            tokens_page(&web, &visit, StatusCode::OK, &Form::default(), &[], Some(&secret)).await
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let fields = error.fields();
            tokens_page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, &form, &fields, None).await
        }
    }
}

async fn end_token(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    revoke_token(web.ctx(), &visit.actor, &id).await?;
    Ok(visit.redirect_with("/settings/tokens", visit.t("tokens-revoked"), None))
}
