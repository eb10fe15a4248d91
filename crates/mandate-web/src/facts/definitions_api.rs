//! `/api/v1/calendars` and `/api/v1/service-levels`: what clocks run by, saved as a whole with all versions.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use jiff::civil::Date;
use mandate_app::Action;
use mandate_app::facts::calendars::{
    CalendarDraft, confirm_calendar, create_calendar, list_calendars, save_calendar, show_calendar,
};
use mandate_app::facts::define::DefineError;
use mandate_app::facts::levels::{
    LevelDraft, LevelLine, confirm_level, create_level, list_levels, restore_level, save_level, show_level,
    trash_level,
};
use mandate_app::{ErrorKind, FieldError, Message};
use mandate_domain::Id;
use mandate_domain::facts::calendar::{Calendar, CalendarHours, DayException, WeekWindow};
use mandate_domain::facts::service_level::{ClockKind, Reopening, ServiceLevel, ServiceLevelTerms};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::access::Routes;
use crate::api::{
    ApiResult, Body, Caller, Changing, Idempotent, IfMatch, Making, Reading, created, etag, matched,
};
use crate::failure::{Failure, path_id};
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .api(Action::ReadFacts, routes!(calendars))
        .api(Action::WriteFacts, routes!(add_calendar))
        .api(Action::ReadFacts, routes!(calendar))
        .api(Action::WriteFacts, routes!(put_calendar))
        .api(Action::WriteFacts, routes!(agree_calendar))
        .api(Action::ReadFacts, routes!(service_levels))
        .api(Action::WriteFacts, routes!(add_service_level))
        .api(Action::ReadFacts, routes!(service_level))
        .api(Action::WriteFacts, routes!(put_service_level, trash_service_level))
        .api(Action::WriteFacts, routes!(agree_service_level))
        .api(Action::WriteFacts, routes!(bring_back_service_level))
}

/// Hours that hold from a day on.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Hours {
    /// The first day, in the calendar's own zone.
    #[schema(example = "2026-01-01")]
    valid_from: String,
    /// IANA zone.
    #[schema(example = "Europe/Vienna")]
    time_zone: String,
    /// Open time of an ordinary week, several windows a day if need be.
    windows: Vec<Window>,
    /// Days with hours of their own.
    #[serde(default)]
    exceptions: Vec<DayOfItsOwn>,
}

/// A stretch of open time on a weekday.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Window {
    /// 1 is Monday, 7 Sunday.
    #[schema(example = 1)]
    weekday: i64,
    /// Minutes from 00:00 to the opening.
    #[schema(example = 480)]
    opens_minute: i64,
    /// Minutes from 00:00 to the closing, at most 1,440.
    #[schema(example = 1080)]
    closes_minute: i64,
}

/// A day with hours of its own; closed when it opens and closes at minute 0.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DayOfItsOwn {
    /// The day.
    #[schema(example = "2026-12-25")]
    on_day: String,
    /// Why, such as the holiday's name.
    #[serde(default)]
    #[schema(example = "Christmas Day")]
    name: String,
    /// Minutes from 00:00 to the opening.
    #[serde(default)]
    opens_minute: i64,
    /// Minutes from 00:00 to the closing.
    #[serde(default)]
    closes_minute: i64,
}

/// A calendar as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CalendarFields {
    /// The firm's own id; only when it is made.
    #[serde(default)]
    external_id: Option<String>,
    /// Its name.
    #[schema(example = "Vienna office")]
    name: String,
    /// All its versions; one that is left out is taken away.
    versions: Vec<Hours>,
}

/// A calendar as stored.
#[derive(Serialize, ToSchema)]
struct StoredCalendar {
    /// Its id.
    id: String,
    /// The firm's own id.
    external_id: Option<String>,
    /// Its name.
    name: String,
    /// Whether an import proposed it and nobody has stated it.
    assumed: bool,
    /// Part of the demo book.
    demo: bool,
    /// Counts saves; also in `ETag`.
    version: i64,
    /// Its versions, oldest first.
    versions: Vec<Hours>,
}

impl From<&Calendar> for StoredCalendar {
    fn from(it: &Calendar) -> Self {
        let window = |it: &WeekWindow| Window {
            weekday: it.weekday,
            opens_minute: it.opens_minute,
            closes_minute: it.closes_minute,
        };
        let day = |it: &DayException| DayOfItsOwn {
            on_day: it.on_day.to_string(),
            name: it.name.clone(),
            opens_minute: it.opens_minute,
            closes_minute: it.closes_minute,
        };
        let versions = it.versions.iter().map(|version| Hours {
            valid_from: version.hours.valid_from.to_string(),
            time_zone: version.hours.time_zone.clone(),
            windows: version.hours.windows.iter().map(window).collect(),
            exceptions: version.hours.exceptions.iter().map(day).collect(),
        });
        Self {
            id: it.id.to_string(),
            external_id: it.external_id.clone(),
            name: it.name.clone(),
            assumed: it.assumed,
            demo: it.demo,
            version: it.version,
            versions: versions.collect(),
        }
    }
}

/// Fields that no rule can look at because they are no days, ids or words.
#[derive(Default)]
struct Unreadable(Vec<FieldError>);

impl Unreadable {
    fn day(&mut self, field: String, text: &str) -> Date {
        text.parse().unwrap_or_else(|_| {
            self.0.push(FieldError { field, message: Message::new("define-problem-date") });
            Date::constant(2000, 1, 1)
        })
    }

    fn word<T, E>(&mut self, field: String, id: &'static str, read: Result<T, E>) -> Option<T> {
        if read.is_err() {
            self.0.push(FieldError { field, message: Message::new(id) });
        }
        read.ok()
    }

    fn refuse(self) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let message = Message::new("define-error-fields").with("count", self.0.len().to_string());
        Err(Failure { fields: self.0, ..Failure::of(ErrorKind::Invalid, message) })
    }
}

fn hours_of(versions: &[Hours], unreadable: &mut Unreadable) -> Vec<CalendarHours> {
    let one = |(idx, it): (usize, &Hours)| CalendarHours {
        valid_from: unreadable.day(format!("versions.{idx}.valid_from"), &it.valid_from),
        time_zone: it.time_zone.clone(),
        windows: it
            .windows
            .iter()
            .map(|it| WeekWindow {
                weekday: it.weekday,
                opens_minute: it.opens_minute,
                closes_minute: it.closes_minute,
            })
            .collect(),
        exceptions: (0..)
            .zip(&it.exceptions)
            .map(|(day, it): (usize, &DayOfItsOwn)| DayException {
                on_day: unreadable.day(format!("versions.{idx}.exceptions.{day}.on_day"), &it.on_day),
                name: it.name.clone(),
                opens_minute: it.opens_minute,
                closes_minute: it.closes_minute,
            })
            .collect(),
    };
    versions.iter().enumerate().map(one).collect()
}

fn calendar_draft(fields: &CalendarFields) -> Result<CalendarDraft, Failure> {
    let mut unreadable = Unreadable::default();
    let versions = hours_of(&fields.versions, &mut unreadable);
    unreadable.refuse()?;
    Ok(CalendarDraft { external_id: fields.external_id.clone(), name: fields.name.clone(), versions })
}

fn calendar_answer(calendar: &Calendar) -> ApiResult {
    let body = Json(StoredCalendar::from(calendar));
    Ok(([(ETAG, etag(calendar.version))], body).into_response())
}

/// Every calendar, by name.
#[utoipa::path(get, path = "/calendars", tag = "facts", operation_id = "list_calendars",
    responses((status = 200, description = "All of them", body = Vec<StoredCalendar>), Reading))]
async fn calendars(caller: Caller, State(web): State<Web>) -> ApiResult {
    let found = list_calendars(web.ctx(), &caller.actor).await?;
    let all: Vec<StoredCalendar> = found.iter().map(StoredCalendar::from).collect();
    Ok(Json(all).into_response())
}

/// Adds a calendar. `Idempotency-Key` makes it safe to send twice.
#[utoipa::path(post, path = "/calendars", tag = "facts", operation_id = "create_calendar",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = CalendarFields,
    responses((status = 201, description = "The calendar", body = StoredCalendar), Making))]
async fn add_calendar(
    caller: Caller,
    State(web): State<Web>,
    key: Idempotent,
    body: Body<CalendarFields>,
) -> ApiResult {
    let draft = calendar_draft(&body.value)?;
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let calendar = create_calendar(&ctx, actor, draft).await?;
        let path = format!("/api/v1/calendars/{}", calendar.id);
        Ok(created(&path, calendar.version, &StoredCalendar::from(&calendar)))
    })
    .await
}

/// One calendar with its version in `ETag`.
#[utoipa::path(get, path = "/calendars/{id}", tag = "facts", operation_id = "get_calendar",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The calendar", body = StoredCalendar), Reading))]
async fn calendar(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    calendar_answer(&show_calendar(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}

/// Replaces a calendar with all its versions; every case it measures is computed anew. It counts as stated then.
#[utoipa::path(put, path = "/calendars/{id}", tag = "facts", operation_id = "replace_calendar",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = CalendarFields,
    responses((status = 200, description = "The calendar", body = StoredCalendar), Changing))]
async fn put_calendar(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<CalendarFields>,
) -> ApiResult {
    let draft = calendar_draft(&body.value)?;
    let id = path_id(&id)?;
    let saved = save_calendar(web.ctx(), &caller.actor, &id, version, draft).await;
    calendar_answer(&matched(saved, calendar_version(&web, &caller, &id)).await?.saved)
}

async fn calendar_version(web: &Web, caller: &Caller, id: &Id<Calendar>) -> Result<i64, DefineError> {
    Ok(show_calendar(web.ctx(), &caller.actor, id).await?.version)
}

/// States that an assumed calendar is as agreed.
#[utoipa::path(post, path = "/calendars/{id}/confirm", tag = "facts", operation_id = "confirm_calendar",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, description = "The calendar", body = StoredCalendar), Changing))]
async fn agree_calendar(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    let id = path_id(&id)?;
    let confirmed = confirm_calendar(web.ctx(), &caller.actor, &id, version).await;
    calendar_answer(&matched(confirmed, calendar_version(&web, &caller, &id)).await?)
}

/// Terms that hold for cases opened from a day on.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Terms {
    /// The first day, in the source's zone.
    #[schema(example = "2026-01-01")]
    valid_from: String,
    /// The calendar whose open seconds count.
    calendar_id: String,
    /// What a reopening does: `total`, the clock goes on, or `first`, the first solution counts.
    #[schema(example = "total")]
    reopening: String,
    /// Whether the clock starts at the opening of the case, also when its first event is later.
    #[serde(default = "yes")]
    retroactive_start: bool,
    /// The share of cases to be met, in basis points.
    #[schema(example = 9500)]
    goal_share_bp: i64,
    /// Targets; a priority without one is not measured.
    targets: Vec<Target>,
}

fn yes() -> bool {
    true
}

/// A target.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Target {
    /// 1 to 9; 0 for cases that state none.
    #[schema(example = 1)]
    priority: u8,
    /// Business seconds allowed.
    #[schema(example = 14400)]
    target_s: i64,
}

/// A service level as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceLevelFields {
    /// The firm's own id; only when it is made.
    #[serde(default)]
    external_id: Option<String>,
    /// The source's short name; only when it is made.
    #[serde(default)]
    #[schema(example = "servicenow")]
    source: String,
    /// The account by id, own id or name; the whole source when not given. Only when it is made.
    #[serde(default)]
    account: Option<String>,
    /// `resolution`, `response` or `update`; only when it is made.
    #[serde(default)]
    #[schema(example = "resolution")]
    clock_kind: String,
    /// Its name.
    #[schema(example = "Resolution")]
    name: String,
    /// Where it stands in the contract.
    #[serde(default)]
    #[schema(example = "Annex 2, 4.1")]
    clause: String,
    /// All its versions; one that is left out is taken away.
    versions: Vec<Terms>,
}

/// A service level as stored.
#[derive(Serialize, ToSchema)]
struct StoredServiceLevel {
    /// Its id.
    id: String,
    /// The firm's own id.
    external_id: Option<String>,
    /// The source.
    source: String,
    /// The account; null for the default of the source.
    account_id: Option<String>,
    /// Its name.
    account_name: Option<String>,
    /// What it measures.
    clock_kind: &'static str,
    /// Its name.
    name: String,
    /// Where it stands in the contract.
    clause: String,
    /// Whether an import proposed it and nobody has stated it.
    assumed: bool,
    /// Part of the demo book.
    demo: bool,
    /// Counts saves; also in `ETag`.
    version: i64,
    /// Its versions, oldest first.
    versions: Vec<Terms>,
}

impl From<&LevelLine> for StoredServiceLevel {
    fn from(line: &LevelLine) -> Self {
        let level = &line.level;
        let versions = level.versions.iter().map(|version| Terms {
            valid_from: version.terms.valid_from.to_string(),
            calendar_id: version.terms.calendar_id.to_string(),
            reopening: version.terms.reopening.as_str().to_owned(),
            retroactive_start: version.terms.retroactive_start,
            goal_share_bp: version.terms.goal_share_bp,
            targets: version
                .terms
                .targets
                .iter()
                .map(|(priority, target_s)| Target { priority: *priority, target_s: *target_s })
                .collect(),
        });
        Self {
            id: level.id.to_string(),
            external_id: level.external_id.clone(),
            source: level.source_id.to_string(),
            account_id: level.account_id.clone(),
            account_name: line.account_name.clone(),
            clock_kind: level.clock_kind.as_str(),
            name: level.name.clone(),
            clause: level.clause.clone(),
            assumed: level.assumed,
            demo: level.demo,
            version: level.version,
            versions: versions.collect(),
        }
    }
}

fn terms_of(versions: &[Terms], unreadable: &mut Unreadable) -> Vec<ServiceLevelTerms> {
    let one = |(idx, it): (usize, &Terms)| {
        let field = |name: &str| format!("versions.{idx}.{name}");
        let valid_from = unreadable.day(field("valid_from"), &it.valid_from);
        let calendar_id =
            unreadable.word(field("calendar_id"), "level-problem-no-calendar", Id::parse(&it.calendar_id));
        let reopening =
            unreadable.word(field("reopening"), "level-problem-reopening", Reopening::parse(&it.reopening));
        Some(ServiceLevelTerms {
            valid_from,
            calendar_id: calendar_id?,
            reopening: reopening?,
            retroactive_start: it.retroactive_start,
            goal_share_bp: it.goal_share_bp,
            targets: it.targets.iter().map(|target| (target.priority, target.target_s)).collect(),
        })
    };
    versions.iter().enumerate().filter_map(one).collect()
}

fn level_draft(fields: &ServiceLevelFields, made: bool) -> Result<LevelDraft, Failure> {
    let mut unreadable = Unreadable::default();
    let versions = terms_of(&fields.versions, &mut unreadable);
    let word = if made { fields.clock_kind.as_str() } else { ClockKind::Resolution.as_str() };
    let kind = unreadable.word("clock_kind".to_owned(), "level-problem-clock-kind", ClockKind::parse(word));
    unreadable.refuse()?;
    Ok(LevelDraft {
        external_id: fields.external_id.clone(),
        source: fields.source.clone(),
        account: fields.account.clone(),
        clock_kind: kind.unwrap_or(ClockKind::Resolution),
        name: fields.name.clone(),
        clause: fields.clause.clone(),
        versions,
    })
}

fn level_answer(line: &LevelLine) -> ApiResult {
    let body = Json(StoredServiceLevel::from(line));
    Ok(([(ETAG, etag(line.level.version))], body).into_response())
}

/// Every service level the caller may know of, by source and name.
#[utoipa::path(get, path = "/service-levels", tag = "facts", operation_id = "list_service_levels",
    responses((status = 200, description = "All of them", body = Vec<StoredServiceLevel>), Reading))]
async fn service_levels(caller: Caller, State(web): State<Web>) -> ApiResult {
    let found = list_levels(web.ctx(), &caller.actor).await?;
    let all: Vec<StoredServiceLevel> = found.iter().map(StoredServiceLevel::from).collect();
    Ok(Json(all).into_response())
}

/// States a service level for a source or an account; every case it measures is computed anew.
#[utoipa::path(post, path = "/service-levels", tag = "facts", operation_id = "create_service_level",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters")),
    request_body = ServiceLevelFields,
    responses((status = 201, description = "The service level", body = StoredServiceLevel), Making))]
async fn add_service_level(
    caller: Caller,
    State(web): State<Web>,
    key: Idempotent,
    body: Body<ServiceLevelFields>,
) -> ApiResult {
    let draft = level_draft(&body.value, true)?;
    let actor = &caller.actor;
    key.run(&web, &caller, &body.bytes, |ctx| async move {
        let line = create_level(&ctx, actor, draft).await?.saved;
        let path = format!("/api/v1/service-levels/{}", line.level.id);
        Ok(created(&path, line.level.version, &json!(StoredServiceLevel::from(&line))))
    })
    .await
}

/// One service level with its version in `ETag`.
#[utoipa::path(get, path = "/service-levels/{id}", tag = "facts", operation_id = "get_service_level",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The service level", body = StoredServiceLevel), Reading))]
async fn service_level(caller: Caller, State(web): State<Web>, Path(id): Path<String>) -> ApiResult {
    level_answer(&show_level(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}

/// Replaces a service level's name, clause and versions; its cases are computed anew. It counts as stated then. Source,
/// account and clock stand fast.
#[utoipa::path(put, path = "/service-levels/{id}", tag = "facts", operation_id = "replace_service_level",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = ServiceLevelFields,
    responses((status = 200, description = "The service level", body = StoredServiceLevel), Changing))]
async fn put_service_level(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    body: Body<ServiceLevelFields>,
) -> ApiResult {
    let draft = level_draft(&body.value, false)?;
    let id = path_id(&id)?;
    let saved = save_level(web.ctx(), &caller.actor, &id, version, draft).await;
    level_answer(&matched(saved, level_version(&web, &caller, &id)).await?.saved)
}

async fn level_version(web: &Web, caller: &Caller, id: &Id<ServiceLevel>) -> Result<i64, DefineError> {
    Ok(show_level(web.ctx(), &caller.actor, id).await?.level.version)
}

/// Puts a service level into the trash; its cases go by the source's default, or are not measured.
#[utoipa::path(delete, path = "/service-levels/{id}", tag = "facts", operation_id = "trash_service_level",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 204, description = "It lies in the trash"), Changing))]
async fn trash_service_level(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    let id = path_id(&id)?;
    let trashed = trash_level(web.ctx(), &caller.actor, &id, version).await;
    matched(trashed, level_version(&web, &caller, &id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// States that an assumed service level is as agreed.
#[utoipa::path(post, path = "/service-levels/{id}/confirm", tag = "facts",
    operation_id = "confirm_service_level",
    params(("id" = String, Path, description = "Its id"),
           ("If-Match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 200, description = "The service level", body = StoredServiceLevel), Changing))]
async fn agree_service_level(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> ApiResult {
    let id = path_id(&id)?;
    let confirmed = confirm_level(web.ctx(), &caller.actor, &id, version).await;
    level_answer(&matched(confirmed, level_version(&web, &caller, &id)).await?)
}

/// Brings a service level back from the trash.
#[utoipa::path(post, path = "/service-levels/{id}/restore", tag = "facts",
    operation_id = "restore_service_level", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The service level", body = StoredServiceLevel), Making))]
async fn bring_back_service_level(
    caller: Caller,
    State(web): State<Web>,
    Path(id): Path<String>,
) -> ApiResult {
    level_answer(&restore_level(web.ctx(), &caller.actor, &path_id(&id)?).await?)
}
