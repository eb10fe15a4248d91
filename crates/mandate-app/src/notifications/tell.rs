//! Tellings that several rooms share: accounts that got another manager or negotiator, work that ended.

use std::collections::BTreeMap;

use mandate_domain::notification::Topic;
use mandate_store::jobs::{JobState, StoredJob};
use mandate_store::{StoreError, WriteTx, boxed};

use super::{MANY_ACCOUNTS, Notice, notify, notify_person};
use crate::ctx::{Actor, Ctx};

/// Tells people of the accounts that are theirs from now on: each of one, or one word of many. `given` holds the person, as what
/// (`account_manager`, `negotiator`) and the account.
#[boxed]
pub(crate) async fn tell_of_assignments(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    given: &[(String, &'static str, String)],
) -> Result<(), StoreError> {
    let mut by_person: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (person, capacity, account) in given {
        by_person.entry((person, capacity)).or_default().push(account);
    }
    for ((person, capacity), accounts) in by_person {
        let notice = match accounts[..] {
            [account] => Notice::about(Topic::Assigned, "account", account).saying(capacity),
            // A list of hundreds would bury everything else.
            _ => Notice::about(Topic::Assigned, MANY_ACCOUNTS, "")
                .saying(format!("{capacity} {}", accounts.len())),
        };
        notify_person(ctx, tx, actor, person, &notice).await?;
    }
    Ok(())
}

/// Tells who asked for a job how it ended: of imports always, of checks never, of other work when it failed.
#[boxed]
pub(crate) async fn tell_of_job(
    ctx: &Ctx,
    tx: &mut WriteTx,
    job: &StoredJob,
    state: JobState,
) -> Result<(), StoreError> {
    let Some(user) = &job.created_by else { return Ok(()) };
    // Whoever asked for a check waits for it on its page.
    if job.kind == crate::book::import_job::CHECK_BOOK {
        return Ok(());
    }
    let is_import = job.kind == crate::book::import_job::IMPORT_BOOK
        || job.kind == crate::facts::import_job::IMPORT_EVENTS;
    let topic = match (is_import, state) {
        (true, JobState::Done | JobState::Failed) => Topic::ImportEnded,
        (false, JobState::Failed) => Topic::JobFailed,
        _ => return Ok(()),
    };
    let mut detail = format!("{} {}", job.kind, state.as_str());
    if is_import {
        detail.push_str(&of_file(job));
    }
    let notice = Notice::about(topic, "job", job.id.as_str()).saying(detail);
    notify(ctx, tx, &Actor::system(), user, &notice).await.map(|_| ())
}

/// The kind and the file of an import, each after a space: a file's name may hold more of them. Events have no kind of their own.
fn of_file(job: &StoredJob) -> String {
    let payload: serde_json::Value = serde_json::from_str(&job.payload).unwrap_or_default();
    let text = |name: &str| payload.get(name).and_then(serde_json::Value::as_str);
    match (text("kind").unwrap_or("events"), text("file_name")) {
        (kind, Some(file)) if !file.is_empty() => format!(" {kind} {file}"),
        _ => String::new(),
    }
}
