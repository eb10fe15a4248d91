//! Users and the firm's settings, for administrators.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::identity::{
    NewUser, UserChange, create_user, find_user, issue_password_link, list_users, save_user,
};
use mandate_app::settings::{SettingsDraft, load_settings, save_settings};
use mandate_app::{Action, FieldError, UseCaseError, authorise};
use mandate_domain::Id;
use mandate_domain::identity::{Role, User, UserState};
use minijinja::{Value, context};

use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit, role_text_id};
use crate::identity::settings::tabs;
use crate::locale::LOCALES;
use crate::state::Web;

/// Pages under `/settings/users` and `/settings/firm`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/settings/users", Action::Administer, list)
        .post("/settings/users", Action::Administer, create)
        .get("/settings/users/{id}", Action::Administer, edit)
        .post("/settings/users/{id}", Action::Administer, save)
        .post("/settings/users/{id}/link", Action::Administer, link)
        .get("/settings/firm", Action::Administer, show_firm)
        .post("/settings/firm", Action::Administer, save_firm)
}

fn role_choices(visit: &Visit) -> Vec<Value> {
    Role::PROVIDER
        .iter()
        .map(|role| context! { value => role.as_str(), text => visit.t(&role_text_id(*role)) })
        .collect()
}

fn chosen_roles(form: &Form) -> Vec<Role> {
    form.all("role").iter().filter_map(|word| Role::parse(word).ok()).collect()
}

async fn list(State(web): State<Web>, visit: Visit) -> PageResult {
    let form = Form::from_pairs([
        ("locale", visit.user.locale.clone()),
        ("time_zone", visit.user.time_zone.clone()),
    ]);
    list_page(&web, &visit, StatusCode::OK, &form, &[], None).await
}

async fn list_page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    form: &Form,
    errors: &[FieldError],
    fresh: Option<Value>,
) -> PageResult {
    let users: Vec<Value> = list_users(web.ctx(), &visit.actor, "", 500)
        .await?
        .iter()
        .map(|user| {
            let roles: Vec<String> = user.roles.iter().map(|role| visit.t(&role_text_id(*role))).collect();
            context! {
                id => user.id.to_string(), name => user.display_name.clone(), email => user.email.clone(), roles => roles.join(", "),
                active => user.state == UserState::Active, demo => user.demo,
            }
        })
        .collect();
    let own = context! {
        users => users, form => form.view(visit, errors), roles => role_choices(visit), locales => LOCALES,
        fresh => fresh, tabs => tabs(visit, "settings-tab-users"),
    };
    let page = Page::new(visit.t("users-title"), "nav-settings").crumb(visit.t("nav-settings"), "/settings");
    visit.render_with_status(status, page, "identity/users.html", own)
}

fn link_view(web: &Web, name: &str, secret: &str) -> Value {
    context! { name => name, link => format!("{}/password/{secret}", web.settings().base_url) }
}

async fn create(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let new = NewUser {
        email: form.get("email").to_owned(),
        display_name: form.get("display_name").to_owned(),
        roles: chosen_roles(&form),
        person_id: None,
        locale: form.get("locale").to_owned(),
        time_zone: form.get("time_zone").to_owned(),
    };
    match create_user(web.ctx(), &visit.actor, new).await {
        Ok((user, secret)) => {
            let fresh = link_view(&web, &user.display_name, secret.reveal());
            list_page(&web, &visit, StatusCode::CREATED, &Form::default(), &[], Some(fresh)).await
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            list_page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, &form, &error.fields(), None).await
        }
    }
}

async fn edit(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let user = find_user(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let form = Form::from_pairs(
        [
            ("display_name", user.display_name.clone()),
            ("version", user.version.to_string()),
            ("person_id", user.person_id.as_ref().map(ToString::to_string).unwrap_or_default()),
        ]
        .into_iter()
        .chain(user.roles.iter().map(|role| ("role", role.as_str().to_owned()))),
    );
    edit_page(&visit, StatusCode::OK, &user, &form, &[])
}

fn edit_page(
    visit: &Visit,
    status: StatusCode,
    user: &User,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let own = context! {
        form => form.view(visit, errors), roles => role_choices(visit), id => user.id.to_string(), email => user.email.clone(),
        name => user.display_name.clone(), active => user.state == UserState::Active, tabs => tabs(visit, "settings-tab-users"),
    };
    let page = Page::new(user.display_name.clone(), "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .crumb(visit.t("users-title"), "/settings/users");
    visit.render_with_status(status, page, "identity/user.html", own)
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let change = UserChange {
        id: id.clone(),
        version: form.get("version").parse().unwrap_or(0),
        display_name: form.get("display_name").to_owned(),
        roles: chosen_roles(&form),
        person_id: Id::parse(form.get("person_id")).ok(),
        state: if form.has("active") { UserState::Active } else { UserState::Suspended },
    };
    match save_user(web.ctx(), &visit.actor, change).await {
        Ok(user) => {
            let text = visit.tr("users-saved", &[("name", &user.display_name)]);
            Ok(visit.redirect_with("/settings/users", text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let user = find_user(web.ctx(), &visit.actor, &id).await?;
            edit_page(&visit, StatusCode::UNPROCESSABLE_ENTITY, &user, &form, &error.fields())
        }
    }
}

async fn link(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let user = find_user(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let secret = issue_password_link(web.ctx(), &visit.actor, &user.email).await?;
    let fresh = link_view(&web, &user.display_name, secret.reveal());
    list_page(&web, &visit, StatusCode::OK, &Form::default(), &[], Some(fresh)).await
}

async fn show_firm(State(web): State<Web>, visit: Visit) -> PageResult {
    authorise::authorise(&visit.actor, Action::Administer)?;
    let settings = load_settings(web.ctx()).await?;
    let limits = settings.session_limits;
    let mut pairs = vec![
        ("firm_name", settings.firm_name.clone()),
        ("session_idle_minutes", limits.idle_minutes().to_string()),
        ("session_absolute_hours", limits.absolute_hours().to_string()),
    ];
    if settings.account_managers_see_all {
        pairs.push(("account_managers_see_all", "1".to_owned()));
    }
    firm_page(&visit, StatusCode::OK, &Form::from_pairs(pairs), &[])
}

fn firm_page(visit: &Visit, status: StatusCode, form: &Form, errors: &[FieldError]) -> PageResult {
    let own = context! { form => form.view(visit, errors), tabs => tabs(visit, "settings-tab-firm") };
    let page = Page::new(visit.t("firm-title"), "nav-settings").crumb(visit.t("nav-settings"), "/settings");
    visit.render_with_status(status, page, "identity/firm.html", own)
}

async fn save_firm(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let draft = SettingsDraft {
        firm_name: form.get("firm_name").to_owned(),
        account_managers_see_all: form.has("account_managers_see_all"),
        session_idle_minutes: form.get("session_idle_minutes").trim().parse().unwrap_or(0),
        session_absolute_hours: form.get("session_absolute_hours").trim().parse().unwrap_or(0),
        version: None,
    };
    match save_settings(web.ctx(), &visit.actor, draft).await {
        Ok(_) => {
            web.forget_firm();
            Ok(visit.redirect_with("/settings/firm", visit.t("firm-saved"), None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => firm_page(&visit, StatusCode::UNPROCESSABLE_ENTITY, &form, &error.fields()),
    }
}
