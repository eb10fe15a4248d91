//! Users and the firm's settings, for administrators.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::book::meant;
use mandate_app::identity::{
    NewUser, UserChange, create_user, end_sessions_of, find_user, find_user_security, issue_password_link,
    issue_sign_in_link, likely_person, list_users, reset_second_factor, save_user, unlink_provider,
};
use mandate_app::settings::{SettingsDraft, load_settings, save_settings};
use mandate_app::{Action, FieldError, UseCaseError, authorise};
use mandate_domain::book::{Kind, Person};
use mandate_domain::identity::{Role, SecondFactorRule, User, UserState};
use mandate_domain::{Id, Month};
use minijinja::{Value, context};

use crate::access::Routes;
use crate::book::pick;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit, role_text_id};
use crate::identity::settings::{browser_name, tabs};
use crate::locale::LOCALES;
use crate::numbers::{NumberField, Numbers};
use crate::portal::link_address;
use crate::state::Web;

/// The field of a form that names the person.
const PERSON: &str = "person_id";

/// Pages under `/settings/users` and `/settings/firm`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/settings/users", Action::Administer, list)
        .post("/settings/users", Action::Administer, create)
        .get("/settings/users/{id}", Action::Administer, edit)
        .post("/settings/users/{id}", Action::Administer, save)
        .post("/settings/users/{id}/link", Action::Administer, link)
        .post("/settings/users/{id}/sign-in-link", Action::Administer, sign_in_link)
        .post("/settings/users/{id}/sessions/end", Action::Administer, end_sessions)
        .post("/settings/users/{id}/second-factor/reset", Action::Administer, reset_factor)
        .post("/settings/users/{id}/provider/unlink", Action::Administer, unlink)
        .get("/settings/firm", Action::Administer, show_firm)
        .post("/settings/firm", Action::Administer, save_firm)
}

fn role_choices(visit: &Visit, roles: &[Role]) -> Vec<Value> {
    roles
        .iter()
        .map(|role| context! { value => role.as_str(), text => visit.t(&role_text_id(*role)) })
        .collect()
}

fn chosen_roles(form: &Form) -> Vec<Role> {
    form.all("role").iter().filter_map(|word| Role::parse(word).ok()).collect()
}

/// The field that says which person of ours a user is.
async fn person_pick(web: &Web, visit: &Visit, form: &Form, errors: &[FieldError]) -> Result<Value, Failure> {
    let error = errors.iter().find(|error| error.field == PERSON);
    pick::control(web, visit, Kind::Person, form.get(PERSON), error).await
}

/// The person that was chosen, or typed by name; what is wrong where it means none or several.
async fn person_of(
    web: &Web,
    visit: &Visit,
    form: &Form,
) -> Result<Result<Option<Id<Person>>, Vec<FieldError>>, Failure> {
    let text = form.get(PERSON).trim();
    if text.is_empty() {
        return Ok(Ok(None));
    }
    // Whoever stands behind a client's user is not chosen here, and stays; of an id the use case says whether it is one of ours.
    if let Ok(id) = Id::parse(text) {
        return Ok(Ok(Some(id)));
    }
    match meant(web.ctx(), &visit.actor, Kind::Person, PERSON, text).await {
        Ok(id) => Ok(Ok(Id::parse(&id).ok())),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => Ok(Err(error.fields())),
    }
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
    let person = person_pick(web, visit, form, errors).await?;
    let own = context! {
        users => users, person => person, form => form.view(visit, errors), roles => role_choices(visit, &Role::PROVIDER), locales => LOCALES,
        fresh => fresh, tabs => tabs(visit, "settings-tab-users"),
    };
    let page = Page::new(visit.t("users-title"), "nav-settings").crumb(visit.t("nav-settings"), "/settings");
    visit.render_with_status(status, page, "identity/users.html", own)
}

fn link_view(web: &Web, name: &str, secret: &str) -> Value {
    context! { name => name, link => format!("{}/password/{secret}", web.settings().base_url), signs_in => false }
}

async fn create(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let person_id = match person_of(&web, &visit, &form).await? {
        Ok(person_id) => person_id,
        Err(fields) => {
            return list_page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, &form, &fields, None).await;
        }
    };
    let new = NewUser {
        email: form.get("email").to_owned(),
        display_name: form.get("display_name").to_owned(),
        roles: chosen_roles(&form),
        person_id,
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
    let likely = likely_person(web.ctx(), &visit.actor, &user).await?;
    let form = Form::from_pairs(
        [
            ("display_name", user.display_name.clone()),
            ("version", user.version.to_string()),
            (
                "person_id",
                user.person_id.as_ref().or(likely.as_ref()).map(ToString::to_string).unwrap_or_default(),
            ),
            ("proposed", likely.map(|_| "1".to_owned()).unwrap_or_default()),
        ]
        .into_iter()
        .chain(user.roles.iter().map(|role| ("role", role.as_str().to_owned()))),
    );
    edit_page(&web, &visit, StatusCode::OK, &user, &form, &[]).await
}

async fn edit_page(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    user: &User,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let security = find_user_security(web.ctx(), &visit.actor, &user.id).await?;
    let sessions: Vec<Value> = security
        .sessions
        .iter()
        .map(|line| {
            context! {
                agent => browser_name(&line.user_agent), since => visit.moment(line.times.created_at),
                seen => visit.moment(line.times.last_seen_at),
            }
        })
        .collect();
    // Each side has its own roles, and nobody those of both.
    let roles: &[Role] = if user.is_of_a_client() { &Role::CLIENT } else { &Role::PROVIDER };
    let person =
        if user.is_of_a_client() { Value::from(()) } else { person_pick(web, visit, form, errors).await? };
    let own = context! {
        person => person, proposed => !form.get("proposed").is_empty(), by_link => user.is_of_a_client(), sessions => sessions, factor_since => security.second_factor_since.map(|at| visit.moment(at)),
        n_passkeys => security.n_passkeys, linked => security.is_linked, is_self => visit.user.id == user.id,
        form => form.view(visit, errors), roles => role_choices(visit, roles), id => user.id.to_string(), email => user.email.clone(),
        name => user.display_name.clone(), active => user.state == UserState::Active, tabs => tabs(visit, "settings-tab-users"),
    };
    let page = Page::new(user.display_name.clone(), "nav-settings")
        .crumb(visit.t("nav-settings"), "/settings")
        .crumb(visit.t("users-title"), "/settings/users");
    visit.render_with_status(status, page, "identity/user.html", own)
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let person_id = match person_of(&web, &visit, &form).await? {
        Ok(person_id) => person_id,
        Err(fields) => {
            let user = find_user(web.ctx(), &visit.actor, &id).await?;
            return edit_page(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, &user, &form, &fields).await;
        }
    };
    let change = UserChange {
        id: id.clone(),
        version: form.get("version").parse().unwrap_or(0),
        display_name: form.get("display_name").to_owned(),
        roles: chosen_roles(&form),
        person_id,
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
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            edit_page(&web, &visit, status, &user, &form, &error.fields()).await
        }
    }
}

async fn link(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let user = find_user(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let secret = issue_password_link(web.ctx(), &visit.actor, &user.email).await?;
    let fresh = link_view(&web, &user.display_name, secret.reveal());
    list_page(&web, &visit, StatusCode::OK, &Form::default(), &[], Some(fresh)).await
}

async fn sign_in_link(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let user = find_user(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let secret = issue_sign_in_link(web.ctx(), &visit.actor, &user.id).await?;
    let link = link_address(&web, &secret);
    let fresh = context! { name => user.display_name, link => link, signs_in => true };
    list_page(&web, &visit, StatusCode::OK, &Form::default(), &[], Some(fresh)).await
}

async fn end_sessions(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    let n_ended = end_sessions_of(web.ctx(), &visit.actor, &id).await?;
    let text = visit.tr("user-sessions-ended", &[("count", &n_ended.to_string())]);
    Ok(visit.redirect_with(&format!("/settings/users/{id}"), text, None))
}

async fn reset_factor(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let user = reset_second_factor(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let text = visit.tr("user-factor-reset", &[("name", &user.display_name)]);
    Ok(visit.redirect_with(&format!("/settings/users/{}", user.id), text, None))
}

async fn unlink(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let id = path_id(&id)?;
    unlink_provider(web.ctx(), &visit.actor, &id).await?;
    Ok(visit.redirect_with(&format!("/settings/users/{id}"), visit.t("user-unlinked"), None))
}

async fn show_firm(State(web): State<Web>, visit: Visit) -> PageResult {
    authorise::authorise(&visit.actor, Action::Administer)?;
    let settings = load_settings(web.ctx()).await?;
    let limits = settings.session_limits;
    let mut pairs = vec![
        ("firm_name", settings.firm_name.clone()),
        ("session_idle_minutes", limits.idle_minutes().to_string()),
        ("session_absolute_hours", limits.absolute_hours().to_string()),
        ("second_factor", settings.second_factor.as_str().to_owned()),
        ("exports_per_hour", settings.exports_per_hour.to_string()),
        ("reads_per_hour", settings.reads_per_hour.to_string()),
        ("reporting_currency", settings.reporting_currency.code().to_owned()),
        ("fiscal_year_starts", settings.fiscal_year_starts.number().to_string()),
    ];
    if settings.account_managers_see_all {
        pairs.push(("account_managers_see_all", "1".to_owned()));
    }
    if settings.light_mode {
        pairs.push(("light_mode", "1".to_owned()));
    }
    firm_page(&visit, StatusCode::OK, &Form::from_pairs(pairs), &[])
}

/// The months of a year, to choose the first of the fiscal year.
fn months(visit: &Visit) -> Vec<Value> {
    let january = Month::of(jiff::civil::date(2024, 1, 1));
    (1..=12)
        .map(|number: i32| {
            context! { value => number.to_string(), text => visit.formats.month_name(january.plus(number - 1)) }
        })
        .collect()
}

fn firm_page(visit: &Visit, status: StatusCode, form: &Form, errors: &[FieldError]) -> PageResult {
    let rules: Vec<Value> = SecondFactorRule::ALL
        .iter()
        .map(|rule| {
            let id = format!("firm-second-factor-{}", rule.as_str().replace('_', "-"));
            context! { value => rule.as_str(), text => visit.t(&id) }
        })
        .collect();
    let own = context! {
        form => form.view(visit, errors), rules => rules, months => months(visit), tabs => tabs(visit, "settings-tab-firm"),
    };
    let page = Page::new(visit.t("firm-title"), "nav-settings").crumb(visit.t("nav-settings"), "/settings");
    visit.render_with_status(status, page, "identity/firm.html", own)
}

async fn save_firm(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let numbers = Numbers::read(visit.formats.number_style(), &form, |name| {
        let limits = ["session_idle_minutes", "session_absolute_hours", "exports_per_hour", "reads_per_hour"];
        limits.contains(&name).then_some(NumberField::Whole)
    });
    let limit = |name: &str| numbers.form().get(name).trim().parse().unwrap_or(0);
    let draft = SettingsDraft {
        firm_name: form.get("firm_name").to_owned(),
        account_managers_see_all: form.has("account_managers_see_all"),
        session_idle_minutes: limit("session_idle_minutes"),
        session_absolute_hours: limit("session_absolute_hours"),
        second_factor: form.get("second_factor").to_owned(),
        exports_per_hour: limit("exports_per_hour"),
        reads_per_hour: limit("reads_per_hour"),
        reporting_currency: form.has("reporting_currency").then(|| form.get("reporting_currency").to_owned()),
        fiscal_year_starts: form
            .has("fiscal_year_starts")
            .then(|| form.get("fiscal_year_starts").trim().parse().unwrap_or(0)),
        light_mode: Some(form.has("light_mode")),
        version: None,
    };
    match save_settings(web.ctx(), &visit.actor, draft).await {
        Ok(_) => {
            web.forget_firm();
            Ok(visit.redirect_with("/settings/firm", visit.t("firm-saved"), None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors = numbers.told(error.fields());
            firm_page(&visit, StatusCode::UNPROCESSABLE_ENTITY, &form, &errors)
        }
    }
}
