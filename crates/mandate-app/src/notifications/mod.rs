//! What people are told of: kept in the transaction of what happened, shown in the app, sent by mail as each one chose.
//!
//! How to tell of something new: a [`Topic`](mandate_domain::notification::Topic) if none fits, then [`notify`] (a user),
//! [`notify_person`] (whoever is that person of the book) or [`notify_account`] (who looks after an account) in the transaction of
//! what happened. A notification names its record by kind and id; name and link are read when somebody looks, as far as they may
//! see it then, so nobody is told by an old notification what is out of their reach now. Nobody is told of what they did themselves.

mod dates;
mod mailing;
mod own;
mod tell;

use mandate_domain::identity::{User, UserState};
use mandate_domain::notification::{Notification, Topic, Way};
use mandate_domain::{Id, book::Kind};
use mandate_store::book::load_place;
use mandate_store::notifications::{self as store, Pending};
use mandate_store::reads::{Scope, dates_due};
use mandate_store::{ReadTx, StoreError, WriteTx, identity};

use crate::ctx::{Actor, Ctx, Who};

pub use dates::{TELL_OF_DATES, run_tell_of_dates, schedule_tell_of_dates, tell_of_dates};
pub use mailing::{MailOf, forget_old_notifications, mail_notifications};
pub use own::{
    Asked, MAIL_TIMES_HOURS, NotificationError, NotificationPage, NotificationSettings, SettingsDraft,
    list_own, mark_all_read, mark_read, own_settings, save_own_settings, unread,
};
pub(crate) use tell::{tell_of_assignments, tell_of_job};

/// Kind of notification about several accounts at once: it names none.
pub const MANY_ACCOUNTS: &str = "accounts";

/// What somebody is to be told.
#[derive(Clone, Debug)]
pub(crate) struct Notice<'a> {
    /// What about.
    pub topic: Topic,
    /// The kind of record: one of the book, or another with its account.
    pub kind: &'a str,
    /// Its id.
    pub record_id: &'a str,
    /// The account of a record that is not of the book.
    pub account_id: Option<&'a str>,
    /// Words of ours, dates, counts; never a name of a record.
    pub detail: String,
    /// Where it is told once only: the same words are never told again.
    pub told_key: Option<String>,
}

impl<'a> Notice<'a> {
    /// About a record.
    pub fn about(topic: Topic, kind: &'a str, record_id: &'a str) -> Self {
        Self { topic, kind, record_id, account_id: None, detail: String::new(), told_key: None }
    }

    /// Of an account, for records that are not of the book.
    #[must_use]
    pub fn of_account(self, account_id: &'a str) -> Self {
        Self { account_id: Some(account_id), ..self }
    }

    /// With words beside.
    #[must_use]
    pub fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }
}

/// Tells `to`, in this transaction, unless they did it themselves or want not to be told; says whether it did.
pub(crate) async fn notify(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    to: &Id<User>,
    notice: &Notice<'_>,
) -> Result<bool, StoreError> {
    if actor.user_id() == Some(to) {
        return Ok(false);
    }
    let way = way_of(tx, to, notice.topic).await?;
    tell(ctx, tx, actor, to, (notice, way)).await
}

/// As [`notify`], also whoever wants not to be told: in the app at least.
pub(crate) async fn notify_surely(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    to: &Id<User>,
    notice: &Notice<'_>,
) -> Result<bool, StoreError> {
    let way = match way_of(tx, to, notice.topic).await? {
        Way::Off => Way::App,
        way => way,
    };
    tell(ctx, tx, actor, to, (notice, way)).await
}

async fn way_of(tx: &mut ReadTx, to: &Id<User>, topic: Topic) -> Result<Way, StoreError> {
    let chosen = store::list_choices(tx, to).await?.get(&topic).copied();
    Ok(chosen.unwrap_or(topic.usual_way()))
}

async fn tell(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    to: &Id<User>,
    (notice, way): (&Notice<'_>, Way),
) -> Result<bool, StoreError> {
    let pending = match way {
        Way::Off => return Ok(false),
        Way::App => None,
        Way::Mail => Some(Pending::AtOnce),
        Way::Digest => Some(Pending::Digest),
    };
    let told = Notification {
        id: ctx.new_id(),
        user_id: to.clone(),
        topic: notice.topic,
        kind: notice.kind.to_owned(),
        record_id: notice.record_id.to_owned(),
        account_id: notice.account_id.map(str::to_owned),
        detail: notice.detail.clone(),
        by_name: match &actor.who {
            Who::User { name, .. } => name.clone(),
            Who::Operator | Who::System => String::new(),
        },
        created_at: ctx.now(),
        read_at: None,
    };
    let told_key = notice.told_key.as_ref().map(|key| format!("{to}|{key}"));
    store::insert_notification(tx, &told, told_key.as_deref(), pending).await
}

/// As [`notify`], for every active user who is this person of the book.
pub(crate) async fn notify_person(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    person: &str,
    notice: &Notice<'_>,
) -> Result<(), StoreError> {
    for user in store::list_users_of_person(tx, person).await? {
        notify(ctx, tx, actor, &user, notice).await?;
    }
    Ok(())
}

/// As [`notify`], for who manages the account or negotiates for it; says whether anybody was told.
pub(crate) async fn notify_account(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    account: &str,
    notice: &Notice<'_>,
) -> Result<bool, StoreError> {
    let mut is_told = false;
    for user in dates_due::list_users_looking_after(tx, account).await? {
        is_told |= notify(ctx, tx, actor, &user, notice).await?;
    }
    Ok(is_told)
}

/// As [`notify`], for the user whom a record names as who recorded it; nobody where that was the operator, Mandate, or no user of ours.
pub(crate) async fn notify_recorder(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    recorded_by: &str,
    notice: &Notice<'_>,
) -> Result<(), StoreError> {
    let Ok(user) = Id::<User>::parse(recorded_by) else { return Ok(()) };
    let stored = identity::load_user(tx, &user).await?;
    if stored.is_some_and(|stored| stored.user.state == UserState::Active && !stored.user.is_of_a_client()) {
        notify(ctx, tx, actor, &user, notice).await?;
    }
    Ok(())
}

/// What a notification is about, as its reader may see it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The record's name, or its account's; empty for what has none, such as a job.
    pub title: String,
}

/// A notification as its reader may see it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What was kept.
    pub notification: Notification,
    /// What it is about; none when that is gone, or out of their reach by now: then nothing of it is said.
    pub about: Option<About>,
}

async fn seen(tx: &mut ReadTx, scope: &Scope, notification: Notification) -> Result<Told, StoreError> {
    let of_book = Kind::ALL.into_iter().find(|kind| kind.as_str() == notification.kind);
    let place = match (of_book, &notification.account_id) {
        (Some(kind), _) => load_place(tx, scope, kind, &notification.record_id).await?,
        (None, Some(account)) => load_place(tx, scope, Kind::Account, account).await?,
        (None, None) => return Ok(Told { notification, about: Some(About { title: String::new() }) }),
    };
    Ok(Told { notification, about: place.map(|place| About { title: place.name }) })
}
