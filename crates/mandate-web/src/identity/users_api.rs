//! `/api/v1/users` and `/api/v1/settings`: who may sign in and as what, and the settings of the firm; for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{ETAG, LOCATION};
use axum::response::IntoResponse;
use mandate_app::identity::{
    NewUser, UserChange, UserError, create_user, find_user, issue_password_link, issue_sign_in_link,
    list_users, save_user,
};
use mandate_app::settings::{FirmSettings, SettingsDraft, load_settings, save_settings};
use mandate_app::{Action, Message, authorise};
use mandate_domain::Id;
use mandate_domain::identity::{Role, User, UserState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{ApiResult, Body, Caller, Changing, IfMatch, Making, Query, Reading, Words, etag, matched};
use crate::failure::path_id;
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::Administer, routes!(users, add_user))
        .api(Action::Administer, routes!(user, put_user))
        .api(Action::Administer, routes!(make_link))
        .api(Action::Administer, routes!(make_sign_in_link))
        .api(Action::Administer, routes!(settings, put_settings))
}

/// A user.
#[derive(Serialize, ToSchema)]
struct UserView {
    /// Their id.
    id: String,
    /// The address they sign in with.
    email: String,
    /// The name pages show.
    display_name: String,
    /// Their roles.
    roles: Vec<&'static str>,
    /// Who they are in the book.
    person_id: Option<String>,
    /// Language and formats.
    locale: String,
    /// IANA zone in which times are shown.
    time_zone: String,
    /// Whether they may sign in.
    active: bool,
    /// Part of the demo book.
    demo: bool,
    /// Counts saves; also in `ETag`.
    version: i64,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.clone(),
            display_name: user.display_name.clone(),
            roles: user.roles.iter().map(|role| role.as_str()).collect(),
            person_id: user.person_id.as_ref().map(Id::to_string),
            locale: user.locale.clone(),
            time_zone: user.time_zone.clone(),
            active: user.state == UserState::Active,
            demo: user.demo,
            version: user.version,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UsersParameters {
    /// Users a page, 1 to 500; 100 when not given.
    #[serde(default)]
    limit: Option<usize>,
    /// The `next` of the page before.
    #[serde(default)]
    after: Option<String>,
}

/// A page of users.
#[derive(Serialize, ToSchema)]
struct UserPage {
    /// By address.
    rows: Vec<UserView>,
    /// Give it as `after` to read on; null on the last page.
    next: Option<String>,
}

/// Users by address, page by page.
#[utoipa::path(get, path = "/users", tag = "identity", operation_id = "list_users", params(UsersParameters),
    responses((status = 200, description = "One page", body = UserPage), Reading))]
async fn users(caller: Caller, State(web): State<Web>, Query(asked): Query<UsersParameters>) -> ApiResult {
    let limit = asked.limit.unwrap_or(100).clamp(1, 500);
    let after = asked.after.as_deref().unwrap_or_default();
    let found = list_users(web.ctx(), &caller.actor, after, limit).await?;
    // A full page may be the last one; the next is empty then.
    let next = found.last().filter(|_| found.len() == limit).map(|user| user.email.to_lowercase());
    Ok(Json(UserPage { rows: found.iter().map(UserView::from).collect(), next }).into_response())
}

fn roles_of(given: &[String], words: &mut Words) -> Vec<Role> {
    let mut roles = vec![];
    for (idx, word) in given.iter().enumerate() {
        match Role::parse(word) {
            Ok(role) => roles.push(role),
            Err(_) => {
                let known: Vec<&str> = Role::PROVIDER.iter().map(|role| role.as_str()).collect();
                let message = Message::new("user-error-role")
                    .with("role", word.chars().take(40).collect::<String>())
                    .with("known", known.join(", "));
                words.wrong(&format!("roles.{idx}"), message);
            }
        }
    }
    roles
}

/// A user to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUserFields {
    /// The address to sign in with.
    #[schema(example = "anna@firm.example")]
    email: String,
    /// The name pages show.
    #[schema(example = "Anna Keller")]
    display_name: String,
    /// At least one, such as `account_manager`.
    #[schema(example = json!(["account_manager"]))]
    roles: Vec<String>,
    /// Who they are in the book: an account manager sees that person's accounts.
    #[serde(default)]
    person_id: Option<String>,
    /// Language and formats; the caller's own when not given.
    #[serde(default)]
    locale: Option<String>,
    /// IANA zone; the caller's own when not given.
    #[serde(default)]
    time_zone: Option<String>,
}

/// A user just added.
#[derive(Serialize, ToSchema)]
struct UserMade {
    /// The user.
    #[serde(flatten)]
    user: UserView,
    /// The address at which they set their password, once; it is shown only here.
    link: String,
}

fn link_of(web: &Web, secret: &str) -> String {
    format!("{}/password/{secret}", web.settings().base_url)
}

/// Adds a user, and answers with the one-time link at which they set their password.
#[utoipa::path(post, path = "/users", tag = "identity", operation_id = "create_user",
    request_body = NewUserFields, responses((status = 201, description = "The user", body = UserMade), Making))]
async fn add_user(caller: Caller, State(web): State<Web>, body: Body<NewUserFields>) -> ApiResult {
    let fields = body.value;
    let mut words = Words::default();
    let new = NewUser {
        roles: roles_of(&fields.roles, &mut words),
        person_id: words.id_if("person_id", fields.person_id.as_deref()),
        email: fields.email,
        display_name: fields.display_name,
        locale: fields.locale.unwrap_or_else(|| caller.user.locale.clone()),
        time_zone: fields.time_zone.unwrap_or_else(|| caller.user.time_zone.clone()),
    };
    let new = words.done(Some(new))?;
    let (user, secret) = create_user(web.ctx(), &caller.actor, new).await?;
    let headers = [(ETAG, etag(user.version))];
    let place = [(LOCATION, format!("/api/v1/users/{}", user.id))];
    let made = UserMade { user: (&user).into(), link: link_of(&web, secret.reveal()) };
    Ok((StatusCode::CREATED, headers, place, Json(made)).into_response())
}

fn user_answer(user: &User) -> ApiResult {
    Ok(([(ETAG, etag(user.version))], Json(UserView::from(user))).into_response())
}

/// One user with the version in `ETag`.
#[utoipa::path(get, path = "/users/{id}", tag = "identity", operation_id = "get_user",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 200, description = "The user", body = UserView), Reading))]
async fn user(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    user_answer(&find_user(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}

/// A user as they are to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserFields {
    /// The name pages show.
    #[schema(example = "Anna Keller")]
    display_name: String,
    /// At least one.
    #[schema(example = json!(["account_manager", "sponsor"]))]
    roles: Vec<String>,
    /// Who they are in the book; nobody when not given.
    #[serde(default)]
    person_id: Option<String>,
    /// Whether they may sign in; false ends their sessions at once.
    active: bool,
}

/// Changes a user's name, roles and place in the book, or suspends them.
#[utoipa::path(put, path = "/users/{id}", tag = "identity", operation_id = "replace_user",
    params(("id" = String, Path, description = "Their id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = UserFields, responses((status = 200, description = "The user", body = UserView), Changing))]
async fn put_user(
    caller: Caller,
    State(web): State<Web>,
    (Path(id), IfMatch(version)): (Path<String>, IfMatch),
    body: Body<UserFields>,
) -> ApiResult {
    let (id, fields) = (path_id(&id)?, body.value);
    let mut words = Words::default();
    let change = UserChange {
        id: id.clone(),
        version,
        roles: roles_of(&fields.roles, &mut words),
        person_id: words.id_if("person_id", fields.person_id.as_deref()),
        display_name: fields.display_name,
        state: if fields.active { UserState::Active } else { UserState::Suspended },
    };
    let saved = save_user(web.ctx(), &caller.actor, words.done(Some(change))?).await;
    user_answer(&matched(saved, user_version(&web, &caller, &id)).await?)
}

async fn user_version(web: &Web, caller: &Caller, id: &Id<User>) -> Result<i64, UserError> {
    Ok(find_user(web.ctx(), &caller.actor, id).await?.version)
}

/// A one-time link.
#[derive(Serialize, ToSchema)]
struct LinkMade {
    /// The address at which the user sets their password, once; it is shown only here.
    link: String,
}

/// A fresh one-time link for a user who forgot their password; the one before holds no more.
#[utoipa::path(post, path = "/users/{id}/link", tag = "identity", operation_id = "issue_password_link",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 201, description = "The link", body = LinkMade), Making))]
async fn make_link(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let user = find_user(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let secret = issue_password_link(web.ctx(), &caller.actor, &user.email).await?;
    Ok((StatusCode::CREATED, Json(LinkMade { link: link_of(&web, secret.reveal()) })).into_response())
}

/// A one-time link that signs in.
#[derive(Serialize, ToSchema)]
struct SignInLinkMade {
    /// The address at which the user signs in without a password, once; it is shown only here.
    link: String,
}

/// A fresh sign-in link for a client's person, to be handed over by hand; the one before holds no more. Only in a session.
#[utoipa::path(post, path = "/users/{id}/sign-in-link", tag = "identity", operation_id = "issue_sign_in_link",
    params(("id" = String, Path, description = "Their id")),
    responses((status = 201, description = "The link", body = SignInLinkMade), Making))]
async fn make_sign_in_link(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    let secret = issue_sign_in_link(web.ctx(), &caller.actor, &path_id(&id)?).await?;
    let made = SignInLinkMade { link: crate::portal::link_address(&web, &secret) };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// The firm's settings.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirmFields {
    /// The firm's name, as pages and reports show it; may be empty.
    #[schema(example = "Northmoor Services")]
    firm_name: String,
    /// Whether account managers see every account, not only their own.
    account_managers_see_all: bool,
    /// Minutes without use after which a session ends.
    #[schema(example = 60)]
    session_idle_minutes: u32,
    /// Hours after which a session ends, used or not.
    #[schema(example = 12)]
    session_absolute_hours: u32,
    /// Whom the firm asks for a second factor: `nobody`, `administrators`, `client_users` or `everybody`.
    #[schema(example = "administrators")]
    second_factor: String,
    /// Files one person may take out in an hour.
    #[schema(example = 10)]
    exports_per_hour: u32,
    /// Records one person reads in an hour before the administrators are told.
    #[schema(example = 5000)]
    reads_per_hour: u32,
    /// The currency in which sums over several currencies are shown; left out, it stays.
    #[serde(default)]
    #[schema(example = "EUR")]
    reporting_currency: Option<String>,
    /// The month with which the fiscal year starts, 1 to 12; left out, it stays.
    #[serde(default)]
    #[schema(example = 1)]
    fiscal_year_starts: Option<u32>,
    /// Forms ask for the essential first, and pages leave out what a firm of few clients rarely needs; left out, it stays.
    #[serde(default)]
    #[schema(example = false)]
    light_mode: Option<bool>,
}

fn settings_answer(settings: &FirmSettings) -> ApiResult {
    let fields = FirmFields {
        firm_name: settings.firm_name.clone(),
        account_managers_see_all: settings.account_managers_see_all,
        session_idle_minutes: settings.session_limits.idle_minutes(),
        session_absolute_hours: settings.session_limits.absolute_hours(),
        second_factor: settings.second_factor.as_str().to_owned(),
        exports_per_hour: settings.exports_per_hour,
        reads_per_hour: settings.reads_per_hour,
        reporting_currency: Some(settings.reporting_currency.code().to_owned()),
        fiscal_year_starts: u32::try_from(settings.fiscal_year_starts.number()).ok(),
        light_mode: Some(settings.light_mode),
    };
    Ok(([(ETAG, etag(settings.version()))], Json(fields)).into_response())
}

/// The firm's settings, their version in `ETag`.
#[utoipa::path(get, path = "/settings", tag = "identity", operation_id = "get_settings",
    responses((status = 200, description = "The settings", body = FirmFields), Reading))]
async fn settings(caller: Caller, State(web): State<Web>) -> ApiResult {
    authorise::authorise(&caller.actor, Action::Administer)?;
    settings_answer(&load_settings(web.ctx()).await?)
}

/// Changes the firm's settings.
#[utoipa::path(put, path = "/settings", tag = "identity", operation_id = "replace_settings",
    params(("If-Match" = String, Header, description = "The `ETag` that was read")), request_body = FirmFields,
    responses((status = 200, description = "The settings", body = FirmFields), Changing))]
async fn put_settings(
    caller: Caller,
    State(web): State<Web>,
    IfMatch(version): IfMatch,
    body: Body<FirmFields>,
) -> ApiResult {
    let draft = SettingsDraft {
        firm_name: body.value.firm_name,
        account_managers_see_all: body.value.account_managers_see_all,
        session_idle_minutes: body.value.session_idle_minutes,
        session_absolute_hours: body.value.session_absolute_hours,
        second_factor: body.value.second_factor,
        exports_per_hour: body.value.exports_per_hour,
        reads_per_hour: body.value.reads_per_hour,
        reporting_currency: body.value.reporting_currency,
        fiscal_year_starts: body.value.fiscal_year_starts,
        light_mode: body.value.light_mode,
        version: Some(version),
    };
    let saved = save_settings(web.ctx(), &caller.actor, draft).await;
    let current = async { load_settings(web.ctx()).await.map(|settings| settings.version()) };
    let settings = matched(saved, current).await?;
    web.forget_firm();
    settings_answer(&settings)
}
