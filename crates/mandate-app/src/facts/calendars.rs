//! Calendars: stating hours in versions. Saving computes every case anew that a service level with this calendar measures.
//!
//! A calendar is saved as a whole: its name and all its versions. A version whose day and hours stay is left as it is, so
//! adding hours from a day on, correcting what was wrong and taking a version away are one operation.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use mandate_domain::audit::Changes;
use mandate_domain::facts::calendar::{Calendar, CalendarHours, CalendarVersion, HoursProblem};
use mandate_domain::facts::service_level::ServiceLevel;
use mandate_domain::{Id, Instant, text};
use mandate_store::facts::calendars as store;
use mandate_store::facts::cases::Selection;
use mandate_store::facts::service_levels;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::define::{DefineError, Defined};
use super::definitions::compile;
use super::recompute::{Asked, Recompute};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{FieldError, Message};

/// Most characters of a name.
const LONGEST_NAME: usize = 120;
/// The earliest day from which anything can be stated.
const EARLIEST: Date = date(1990, 1, 1);

/// A calendar as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarDraft {
    /// The firm's own id.
    pub external_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its versions in any order.
    pub versions: Vec<CalendarHours>,
}

/// Every calendar, by name.
///
/// # Errors
/// [`DefineError::Denied`].
#[boxed]
pub async fn list_calendars(ctx: &Ctx, actor: &Actor) -> Result<Vec<Calendar>, DefineError> {
    authorise(actor, Action::ReadFacts)?;
    Ok(store::list_calendars(&mut ctx.begin_read().await?).await?)
}

/// One calendar.
///
/// # Errors
/// [`DefineError::NotFound`].
#[boxed]
pub async fn show_calendar(ctx: &Ctx, actor: &Actor, id: &Id<Calendar>) -> Result<Calendar, DefineError> {
    authorise(actor, Action::ReadFacts)?;
    load(&mut ctx.begin_read().await?, id).await
}

async fn load(tx: &mut ReadTx, id: &Id<Calendar>) -> Result<Calendar, DefineError> {
    let found = store::list_calendars(tx).await?.into_iter().find(|calendar| calendar.id == *id);
    found.ok_or(DefineError::NotFound)
}

/// What is wrong with hours, by field: `valid_from`, `time_zone`, `windows`, `exceptions`.
pub fn hours_errors(hours: &CalendarHours, today: Date) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = hours.problems().iter().map(hours_error).collect();
    errors.extend(day_error(hours.valid_from, today));
    errors
}

/// Why nothing can hold from `day` on, if so: before 1990, or more than two years ahead, further than calendars are laid out.
pub(super) fn day_error(day: Date, today: Date) -> Option<FieldError> {
    let latest = today.saturating_add(2.years());
    let outside = day < EARLIEST || latest < day;
    outside.then(|| FieldError {
        field: "valid_from".to_owned(),
        message: Message::new("define-problem-day")
            .with("earliest", EARLIEST.to_string())
            .with("latest", latest.to_string()),
    })
}

fn minute(minute: i64) -> String {
    format!("{:02}:{:02}", minute.div_euclid(60), minute.rem_euclid(60))
}

/// One problem of hours, for a form.
pub fn hours_error(problem: &HoursProblem) -> FieldError {
    let (field, message) = match problem {
        HoursProblem::NoOpenHours => ("windows", Message::new("calendar-problem-no-open-hours")),
        HoursProblem::UnknownZone { zone } => {
            ("time_zone", Message::new("facts-error-zone").with("zone", zone.clone()))
        }
        HoursProblem::Backwards { weekday, opens_minute, closes_minute } => (
            "windows",
            Message::new("calendar-problem-backwards")
                .with("weekday", weekday.to_string())
                .with("opens", minute(*opens_minute))
                .with("closes", minute(*closes_minute)),
        ),
        HoursProblem::Overlap { weekday } => {
            ("windows", Message::new("calendar-problem-overlap").with("weekday", weekday.to_string()))
        }
        HoursProblem::NoWeekday { weekday } => {
            ("windows", Message::new("calendar-problem-no-weekday").with("weekday", weekday.to_string()))
        }
        HoursProblem::ExceptionConflict { on_day } => {
            ("exceptions", Message::new("calendar-problem-exception").with("day", on_day.to_string()))
        }
    };
    FieldError { field: field.to_owned(), message }
}

/// Everything wrong with a draft, `versions.N.field` for its versions; else its versions, oldest first.
fn check(draft: &CalendarDraft, today: Date) -> Result<Vec<CalendarHours>, DefineError> {
    let mut errors = vec![];
    let mut error = |field: String, message: Message| errors.push(FieldError { field, message });
    if text::line(&draft.name, LONGEST_NAME).is_err() {
        let message = Message::new("define-problem-name").with("limit", LONGEST_NAME.to_string());
        error("name".to_owned(), message);
    }
    if draft.versions.is_empty() {
        error("versions".to_owned(), Message::new("calendar-problem-no-version"));
    }
    let mut days = BTreeSet::new();
    for (idx, hours) in draft.versions.iter().enumerate() {
        for problem in hours_errors(hours, today) {
            error(format!("versions.{idx}.{}", problem.field), problem.message);
        }
        if !days.insert(hours.valid_from) {
            let message = Message::new("define-problem-same-day").with("day", hours.valid_from.to_string());
            error(format!("versions.{idx}.valid_from"), message);
        }
    }
    if !errors.is_empty() {
        return Err(DefineError::Invalid(errors));
    }
    let mut versions = draft.versions.clone();
    versions.sort_by_key(|hours| hours.valid_from);
    Ok(versions)
}

/// Runs what the engine checks beyond the rules of the book, so that nothing unusable is ever kept.
fn try_out(calendar: &Calendar, today: Date) -> Result<(), DefineError> {
    let last_day = today.saturating_add(3.years());
    compile(calendar, last_day).map(|_| ()).map_err(|error| {
        let what = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let message = Message::new("calendar-problem-unusable").with("what", what);
        DefineError::Invalid(vec![FieldError { field: "versions".to_owned(), message }])
    })
}

fn today(now: Instant) -> Date {
    now.date_in(&jiff::tz::TimeZone::UTC)
}

/// Adds a calendar.
///
/// # Errors
/// [`DefineError::Invalid`] with everything that is wrong.
#[boxed]
pub async fn create_calendar(
    ctx: &Ctx,
    actor: &Actor,
    draft: CalendarDraft,
) -> Result<Calendar, DefineError> {
    authorise(actor, Action::WriteFacts)?;
    let now = ctx.now();
    let versions = check(&draft, today(now))?;
    let calendar = Calendar {
        id: ctx.new_id(),
        external_id: draft.external_id.filter(|id| !id.trim().is_empty()),
        name: draft.name.trim().to_owned(),
        assumed: false,
        demo: false,
        version: 1,
        versions: with_ids(ctx, versions),
    };
    try_out(&calendar, today(now))?;
    let mut tx = ctx.begin_write().await?;
    store::insert_calendar(&mut tx, &calendar, now).await?;
    let changes = Changes::new()
        .field("name", None, Some(calendar.name.clone()))
        .field("hours", None, Some(in_words(&calendar)))
        .into_vec();
    tx.commit(actor.record(now, "calendar.created", subject(&calendar), changes)).await?;
    Ok(calendar)
}

fn subject(calendar: &Calendar) -> Subject<'_> {
    Subject { kind: "calendar", id: calendar.id.as_str(), name: &calendar.name, account_id: None }
}

/// The versions for the audit record.
fn in_words(calendar: &Calendar) -> String {
    let one = |version: &CalendarVersion| {
        let hours = &version.hours;
        let windows: Vec<String> = hours
            .windows
            .iter()
            .map(|it| format!("{} {}-{}", it.weekday, minute(it.opens_minute), minute(it.closes_minute)))
            .collect();
        let n_days = hours.exceptions.len();
        format!(
            "from {} {}: {}; {n_days} days of their own",
            hours.valid_from,
            hours.time_zone,
            windows.join(" ")
        )
    };
    calendar.versions.iter().map(one).collect::<Vec<_>>().join(" | ")
}

/// Saves a calendar as a whole and computes anew what depends on it. Whoever saves has stated it: the mark "assumed" goes.
///
/// # Errors
/// [`DefineError::Invalid`] with everything that is wrong; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_calendar(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Calendar>,
    version: i64,
    draft: CalendarDraft,
) -> Result<Defined<Calendar>, DefineError> {
    authorise(actor, Action::WriteFacts)?;
    let now = ctx.now();
    // Ids are made once, so that the change is the same each time it is made.
    let mut identified: Option<Vec<CalendarVersion>> = None;
    let mut recompute = Recompute::default();
    loop {
        let mut tx = ctx.begin_write().await?;
        let before = load(&mut tx, id).await?;
        if before.version != version {
            return Err(StoreError::Stale { table: "calendar" }.into());
        }
        let versions = match &identified {
            Some(versions) => versions,
            None => identified.insert(with_ids(ctx, check(&draft, today(now))?)),
        };
        let mut after = Calendar { name: draft.name.trim().to_owned(), assumed: false, ..before.clone() };
        after.versions = keep_same(&before, versions);
        try_out(&after, today(now))?;
        replace_versions(&mut tx, &before, &after, now).await?;
        store::save_calendar(&mut tx, &after, now).await?;
        let same = before.versions == after.versions;
        let asked = if same { vec![] } else { measured_by(&mut tx, id).await? };
        let Some((tx, n_accounts)) = recompute.settle(ctx, tx, asked).await? else { continue };
        let changes = Changes::new()
            .field("name", Some(before.name.clone()), Some(after.name.clone()))
            .field("hours", Some(in_words(&before)), Some(in_words(&after)))
            .field("assumed", Some(before.assumed.to_string()), Some(after.assumed.to_string()))
            .into_vec();
        tx.commit(actor.record(now, "calendar.changed", subject(&after), changes)).await?;
        after.version += 1;
        return Ok(Defined { saved: after, n_accounts });
    }
}

fn with_ids(ctx: &Ctx, versions: Vec<CalendarHours>) -> Vec<CalendarVersion> {
    versions.into_iter().map(|hours| CalendarVersion { id: ctx.new_id(), hours }).collect()
}

/// Versions as they are to be; those that say the same as before keep their id.
fn keep_same(before: &Calendar, versions: &[CalendarVersion]) -> Vec<CalendarVersion> {
    let same =
        |given: &CalendarVersion| before.versions.iter().find(|it| same_hours(&it.hours, &given.hours));
    versions.iter().map(|given| same(given).unwrap_or(given).clone()).collect()
}

fn same_hours(left: &CalendarHours, right: &CalendarHours) -> bool {
    let sorted = |hours: &CalendarHours| {
        let (mut windows, mut exceptions) = (hours.windows.clone(), hours.exceptions.clone());
        windows.sort_unstable();
        exceptions.sort_unstable();
        (windows, exceptions)
    };
    left.valid_from == right.valid_from && left.time_zone == right.time_zone && sorted(left) == sorted(right)
}

async fn replace_versions(
    tx: &mut WriteTx,
    before: &Calendar,
    after: &Calendar,
    now: Instant,
) -> Result<(), StoreError> {
    for version in before.versions.iter().filter(|it| !after.versions.contains(it)) {
        store::delete_version(tx, &version.id).await?;
    }
    for version in after.versions.iter().filter(|it| !before.versions.contains(it)) {
        store::insert_version(tx, &after.id, version, now).await?;
    }
    Ok(())
}

/// The cases that `calendar` measures.
async fn measured_by(tx: &mut ReadTx, calendar: &Id<Calendar>) -> Result<Vec<Asked>, StoreError> {
    let levels = service_levels::list_service_levels(tx).await?;
    let uses =
        |level: &&ServiceLevel| level.versions.iter().any(|version| version.terms.calendar_id == *calendar);
    let selection = |level: &ServiceLevel| match &level.account_id {
        None => Selection::Source,
        Some(account) => Selection::Account(account.clone()),
    };
    Ok(levels.iter().filter(uses).map(|level| Asked::new(&level.source_id, selection(level))).collect())
}

/// States that an assumed calendar is as agreed.
///
/// # Errors
/// [`DefineError::NotFound`]; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn confirm_calendar(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Calendar>,
    version: i64,
) -> Result<Calendar, DefineError> {
    authorise(actor, Action::WriteFacts)?;
    let now = ctx.now();
    let mut tx = ctx.begin_write().await?;
    let mut calendar = load(&mut tx, id).await?;
    calendar.version = version;
    let was = std::mem::replace(&mut calendar.assumed, false);
    store::save_calendar(&mut tx, &calendar, now).await?;
    let changes = Changes::new().field("assumed", Some(was.to_string()), Some(false.to_string())).into_vec();
    tx.commit(actor.record(now, "calendar.confirmed", subject(&calendar), changes)).await?;
    calendar.version += 1;
    Ok(calendar)
}
