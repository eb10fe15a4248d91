//! Mail of notifications: at once or as the daily digest, never in somebody's quiet hours, and never of what they may not see now.
//!
//! What is still to go out stands in the table, so nothing depends on a program that runs through: after a stop the next look
//! sends what is due, each thing once, on whichever node. What waited for too long is not sent any more.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use mandate_domain::Id;
use mandate_domain::audit::Origin;
use mandate_domain::identity::{User, UserState};
use mandate_domain::notification::{MailTimes, Notification};
use mandate_store::notifications::{self as store, Pending};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed, identity};

use super::{Told, seen};
use crate::authorise::{Action, authorise};
use crate::ctx::Ctx;
use crate::identity::actor_in;
use crate::mail::{MailAbout, MailText, queue};
use crate::settings;

/// What one mail tells at most; the page has the rest.
const MOST_A_MAIL: usize = 100;
/// After how long a mail is of no use: two days.
const STALE_S: i64 = 2 * 86_400;
/// After how long what waits for a digest is of no use: a week, so that a stop of some days loses nothing.
const STALE_DIGEST_S: i64 = 7 * 86_400;
/// After how long notifications are forgotten: a year.
const KEPT_S: i64 = 365 * 86_400;

/// Which mail is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOf {
    /// What just happened.
    Events,
    /// The day's digest.
    Digest,
}

/// Queues what is due by now; says how many mails. `write` makes the words, in the language of whoever gets them.
///
/// # Errors
/// [`StoreError`] when they cannot be read or queued.
pub async fn mail_notifications(
    ctx: &Ctx,
    write: impl Fn(&User, MailOf, &[Told]) -> MailText + Send + Sync,
) -> Result<usize, StoreError> {
    if !ctx.sends_mail() {
        return Ok(0);
    }
    let mut n_mails = 0;
    for user in store::list_users_to_mail(&mut ctx.begin_read().await?).await? {
        if due_now(ctx, &mut ctx.begin_read().await?, &user).await?.is_some() {
            n_mails += mail_one(ctx, &user, &write).await?;
        }
    }
    Ok(n_mails)
}

/// What is due to a user, and how their clock stands.
struct Due {
    user: Option<User>,
    times: MailTimes,
    local: DateTime,
    at_once: Vec<Notification>,
    digest: Vec<Notification>,
    stale: Vec<Notification>,
}

/// Nothing in quiet hours, and nothing where only a digest waits whose hour has not come.
async fn due_now(ctx: &Ctx, tx: &mut ReadTx, id: &Id<User>) -> Result<Option<Due>, StoreError> {
    let stored = identity::load_user(tx, id).await?;
    let user = stored.map(|stored| stored.user).filter(|user| user.state == UserState::Active);
    let (times, digested_on) = store::load_times(tx, id).await?;
    let zone = user.as_ref().and_then(|user| TimeZone::get(&user.time_zone).ok()).unwrap_or(TimeZone::UTC);
    let local = zone.to_datetime(ctx.now().timestamp());
    let mut at_once = store::list_to_mail(tx, id, Pending::AtOnce, MOST_A_MAIL).await?;
    let mut digest = store::list_to_mail(tx, id, Pending::Digest, MOST_A_MAIL).await?;
    let mut stale: Vec<Notification> = vec![];
    for (list, stale_s) in [(&mut at_once, STALE_S), (&mut digest, STALE_DIGEST_S)] {
        let oldest = ctx.now().plus_seconds(-stale_s);
        let is_stale = |told: &Notification| user.is_none() || told.created_at < oldest;
        stale.extend(list.iter().filter(|told| is_stale(told)).cloned());
        list.retain(|told| !is_stale(told));
    }
    if times.is_quiet(local) {
        at_once.clear();
    }
    if !times.digest_is_due(local, digested_on) {
        digest.clear();
    }
    let is_any = !(at_once.is_empty() && digest.is_empty() && stale.is_empty());
    Ok(is_any.then_some(Due { user, times, local, at_once, digest, stale }))
}

async fn mail_one(
    ctx: &Ctx,
    id: &Id<User>,
    write: &(impl Fn(&User, MailOf, &[Told]) -> MailText + Send + Sync),
) -> Result<usize, StoreError> {
    let mut tx = ctx.begin_write().await?;
    // Asked again: another node may have sent it meanwhile.
    let Some(due) = due_now(ctx, &mut tx, id).await? else { return Ok(0) };
    store::note_mailed(&mut tx, &due.stale).await?;
    let mut n_mails = 0;
    if let Some(user) = &due.user {
        for (of, list) in [(MailOf::Events, &due.at_once), (MailOf::Digest, &due.digest)] {
            n_mails += usize::from(mail_list(ctx, &mut tx, user, (of, list), write).await?);
            store::note_mailed(&mut tx, list).await?;
        }
        if !due.digest.is_empty() {
            store::note_digest(&mut tx, id, due.times, due.local.date()).await?;
        }
    }
    store::commit_mailed(tx).await?;
    Ok(n_mails)
}

async fn mail_list(
    ctx: &Ctx,
    tx: &mut WriteTx,
    user: &User,
    (of, list): (MailOf, &[Notification]),
    write: &(impl Fn(&User, MailOf, &[Told]) -> MailText + Send + Sync),
) -> Result<bool, StoreError> {
    let settings = settings::load_in(tx).await?;
    let reader = actor_in(tx, user, &settings, Origin::Job).await?;
    if authorise(&reader, Action::ReadBook).is_err() {
        return Ok(false);
    }
    let mut told = vec![];
    // What was read meanwhile needs no mail, and what is out of their reach by now is not told of.
    for notification in list.iter().filter(|one| one.read_at.is_none()) {
        let one = seen(tx, &reader.scope, notification.clone()).await?;
        told.extend(one.about.is_some().then_some(one));
    }
    if told.is_empty() {
        return Ok(false);
    }
    let kind = match of {
        MailOf::Events => "notification",
        MailOf::Digest => "digest",
    };
    let about = MailAbout { kind, holds_s: STALE_S };
    queue(ctx, tx, user, about, &write(user, of, &told)).await
}

/// Forgets what was told more than a year ago; the server calls it every hour.
///
/// # Errors
/// [`StoreError`] when they cannot be removed.
#[boxed]
pub async fn forget_old_notifications(ctx: &Ctx) -> Result<u64, StoreError> {
    store::forget_before(ctx.begin_write().await?, ctx.now().plus_seconds(-KEPT_S)).await
}
