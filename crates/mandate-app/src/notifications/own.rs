//! One's own notifications: what there is, that one read it, and how one wants to be told.

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::identity::User;
use mandate_domain::notification::{MailTimes, MailTimesError, Notification, Topic, Way};
use mandate_store::notifications::{self as store, Wanted};
use mandate_store::{ReadTx, StoreError, boxed};

use super::{Told, seen};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx, Subject, Who};
use crate::error::{ErrorKind, FieldError, Message, UseCaseError};
use crate::version::content_version;

/// Notifications a page.
const A_PAGE: usize = 50;
/// The hours a day has, for whoever offers them.
pub const MAIL_TIMES_HOURS: std::ops::Range<i64> = 0..24;

/// Why notifications were not shown, or settings not saved.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// Not theirs.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none, or it is another's.
    #[error("there is no such notification")]
    NotFound,
    /// A topic or way that is none.
    #[error("`{word}` is not known here")]
    Word {
        /// The field.
        field: String,
        /// What was given.
        word: String,
    },
    /// Hours that do not fit.
    #[error(transparent)]
    Times(#[from] MailTimesError),
    /// The database failed, or another save came first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for NotificationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Word { .. } | Self::Times(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NotFound => Message::new("error-not-found"),
            Self::Word { word, .. } => Message::new("notify-error-word").with("word", word.clone()),
            Self::Times(MailTimesError::DigestHour) => Message::new("notify-error-digest-hour"),
            Self::Times(MailTimesError::QuietHours) => Message::new("notify-error-quiet-hours"),
            Self::Store(error) => error.message(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let field = match self {
            Self::Word { field, .. } => field.as_str(),
            Self::Times(MailTimesError::DigestHour) => "digest_hour",
            Self::Times(MailTimesError::QuietHours) => "quiet_from",
            _ => return vec![],
        };
        vec![FieldError { field: field.to_owned(), message: self.message() }]
    }
}

/// The user, who is one of ours: a client's people are told nothing here, so there is nothing for them to see or set.
fn own(actor: &Actor) -> Result<&Id<User>, NotificationError> {
    let is_ours = actor.roles.iter().any(|role| !role.is_of_client());
    actor.user_id().filter(|_| is_ours).ok_or(NotificationError::NotFound)
}

/// How many the actor has not read; none for who has no right to them.
///
/// # Errors
/// [`StoreError`] when they cannot be counted.
#[boxed]
pub async fn unread(ctx: &Ctx, actor: &Actor) -> Result<i64, StoreError> {
    match actor.user_id().filter(|_| authorise(actor, Action::ReadBook).is_ok()) {
        Some(user) => store::count_unread(&mut ctx.begin_read().await?, user).await,
        None => Ok(0),
    }
}

/// Which notifications are asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Of this topic only; empty: of all.
    pub topic: String,
    /// Those that were read, too.
    pub with_read: bool,
    /// Those after the one with this id, which is older.
    pub after: Option<String>,
}

/// Some of one's notifications, the newest first.
#[derive(Clone, Debug)]
pub struct NotificationPage {
    /// They, as one may see them now.
    pub rows: Vec<Told>,
    /// How many of all are unread.
    pub n_unread: i64,
    /// What to ask for to read on.
    pub next: Option<String>,
}

fn topic_of(word: &str) -> Result<Option<Topic>, NotificationError> {
    let parsed = (!word.is_empty()).then(|| Topic::parse(word)).transpose();
    parsed.map_err(|error| NotificationError::Word { field: "topic".to_owned(), word: error.word })
}

/// One's own notifications.
///
/// # Errors
/// [`NotificationError`] when the right is missing or the topic is none.
#[boxed]
pub async fn list_own(
    ctx: &Ctx,
    actor: &Actor,
    asked: &Asked,
) -> Result<NotificationPage, NotificationError> {
    authorise(actor, Action::ReadBook)?;
    let user = own(actor)?;
    let topic = topic_of(&asked.topic)?;
    let before = asked.after.as_deref();
    let wanted = Wanted { topic, with_read: asked.with_read, before, limit: A_PAGE + 1 };
    let mut tx = ctx.begin_read().await?;
    let mut found = store::list_notifications(&mut tx, user, wanted).await?;
    let has_more = found.len() > A_PAGE;
    found.truncate(A_PAGE);
    let next = found.last().filter(|_| has_more).map(|last| last.id.to_string());
    let mut rows = Vec::with_capacity(found.len());
    for notification in found {
        rows.push(seen(&mut tx, &actor.scope, notification).await?);
    }
    let n_unread = store::count_unread(&mut tx, user).await?;
    Ok(NotificationPage { rows, n_unread, next })
}

/// Notes that one read a notification; answers it as one may see it now, for the way to what it is about.
///
/// # Errors
/// [`NotificationError::NotFound`] also for another's.
#[boxed]
pub async fn mark_read(ctx: &Ctx, actor: &Actor, id: &Id<Notification>) -> Result<Told, NotificationError> {
    authorise(actor, Action::OwnProfile)?;
    let user = own(actor)?;
    let mut tx = ctx.begin_write().await?;
    let found = store::load_notification(&mut tx, user, id).await?.ok_or(NotificationError::NotFound)?;
    let told = seen(&mut tx, &actor.scope, found).await?;
    store::mark_read(tx, user, id, ctx.now()).await?;
    Ok(told)
}

/// Notes that one read all, or all of a topic; how many that were.
///
/// # Errors
/// [`NotificationError`] when the right is missing or the topic is none.
#[boxed]
pub async fn mark_all_read(ctx: &Ctx, actor: &Actor, topic: &str) -> Result<u64, NotificationError> {
    authorise(actor, Action::OwnProfile)?;
    let user = own(actor)?;
    let topic = topic_of(topic)?;
    Ok(store::mark_all_read(ctx.begin_write().await?, user, topic, ctx.now()).await?)
}

/// How one wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationSettings {
    /// The way of every topic.
    pub ways: Vec<(Topic, Way)>,
    /// When mail may go.
    pub times: MailTimes,
    /// Whether mail goes out at all.
    pub sends_mail: bool,
}

impl NotificationSettings {
    /// The version of what they say.
    pub fn version(&self) -> i64 {
        let ways = self.ways.iter().map(|(topic, way)| format!("{} {}", topic.as_str(), way.as_str()));
        let texts: Vec<String> = ways.chain([format!("{:?}", self.times)]).collect();
        content_version(texts.iter().map(String::as_str))
    }
}

/// As asked for, unchecked.
#[derive(Clone, Debug, Default)]
pub struct SettingsDraft {
    /// Topics and ways by their words; a topic that is not named stays as it is.
    pub ways: Vec<(String, String)>,
    /// The hour from which the digest goes.
    pub digest_hour: i64,
    /// From and until which hour no mail goes.
    pub quiet: Option<(i64, i64)>,
    /// The version that was read; without one the last save wins.
    pub version: Option<i64>,
}

async fn settings_in(
    ctx: &Ctx,
    tx: &mut ReadTx,
    user: &Id<User>,
) -> Result<NotificationSettings, StoreError> {
    let chosen = store::list_choices(tx, user).await?;
    let way = |topic: Topic| (topic, chosen.get(&topic).copied().unwrap_or(topic.usual_way()));
    let (times, _) = store::load_times(tx, user).await?;
    let ways = Topic::ALL.into_iter().map(way).collect();
    Ok(NotificationSettings { ways, times, sends_mail: ctx.sends_mail() })
}

/// How one is told now.
///
/// # Errors
/// [`NotificationError`] when the right is missing.
#[boxed]
pub async fn own_settings(ctx: &Ctx, actor: &Actor) -> Result<NotificationSettings, NotificationError> {
    authorise(actor, Action::OwnProfile)?;
    let user = own(actor)?;
    Ok(settings_in(ctx, &mut ctx.begin_read().await?, user).await?)
}

/// Saves how one wants to be told.
///
/// # Errors
/// [`NotificationError`] naming the field that does not fit; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn save_own_settings(
    ctx: &Ctx,
    actor: &Actor,
    draft: &SettingsDraft,
) -> Result<NotificationSettings, NotificationError> {
    authorise(actor, Action::OwnProfile)?;
    let user = own(actor)?;
    let mut ways = vec![];
    for (topic, way) in &draft.ways {
        let wrong = |word: &str| NotificationError::Word { field: topic.clone(), word: word.to_owned() };
        let topic = Topic::parse(topic).map_err(|error| wrong(&error.word))?;
        ways.push((topic, Way::parse(way).map_err(|error| wrong(&error.word))?));
    }
    let times = MailTimes::new(draft.digest_hour, draft.quiet)?;
    let mut tx = ctx.begin_write().await?;
    let before = settings_in(ctx, &mut tx, user).await?;
    if draft.version.is_some_and(|version| version != before.version()) {
        return Err(StoreError::Stale { table: "notification_choice" }.into());
    }
    for choice in &ways {
        store::save_choice(&mut tx, user, *choice).await?;
    }
    store::save_times(&mut tx, user, times).await?;
    let after = settings_in(ctx, &mut tx, user).await?;
    let changes = changes(&before, &after);
    if changes.is_empty() {
        return Ok(after);
    }
    let name = match &actor.who {
        Who::User { name, .. } => name.as_str(),
        Who::Operator | Who::System => "",
    };
    let subject = Subject { kind: "user", id: user.as_str(), name, account_id: None };
    tx.commit(actor.record(ctx.now(), "user.notifications_changed", subject, changes.into_vec())).await?;
    Ok(after)
}

fn changes(before: &NotificationSettings, after: &NotificationSettings) -> Changes {
    let mut changes = Changes::new();
    for ((topic, from), (_, to)) in before.ways.iter().zip(&after.ways) {
        let told = |way: &Way| Some(way.as_str().to_owned());
        changes = changes.field(topic.as_str(), told(from), told(to));
    }
    let digest = |settings: &NotificationSettings| Some(settings.times.digest_hour().to_string());
    let quiet = |settings: &NotificationSettings| {
        settings.times.quiet().map(|(from, until)| format!("{from} to {until}"))
    };
    changes.field("digest_hour", digest(before), digest(after)).field(
        "quiet_hours",
        quiet(before),
        quiet(after),
    )
}
