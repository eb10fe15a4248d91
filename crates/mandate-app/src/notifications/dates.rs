//! Dates of contracts that come near: who looks after the account is told 180, 90 and 30 days before, of each step once.
//!
//! A date that is first heard of late is told at the step it stands at, not at all those it passed. Told is what a key in the
//! table says, so the work may be repeated, and a day on which nothing ran is made up for. Days are those of the contract's zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use mandate_domain::book::{Contract, Saved};
use mandate_domain::notification::{Topic, step_before};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::reads::dates_due::list_contracts_with_dates;
use serde_json::{Value, json};

use super::{Notice, notify_account};
use crate::ctx::{Actor, Ctx, Subject};
use crate::jobs::{JobError, JobRun, enqueue_upkeep};

/// The kind of job.
pub const TELL_OF_DATES: &str = "tell_of_dates";
/// It is asked for at most once in this time; less than a day, so that it does not wander through the hours.
const EVERY_S: i64 = 20 * 3_600;
/// Contracts read at a time, each batch in a transaction of its own.
const BATCH: usize = 200;
/// The farthest end of a term whose notice deadline may be 180 days away: 730 days of notice and 180.
const FARTHEST_DAYS: i64 = 730 + 180;

/// Asks for the telling of dates, once a day; says whether it did.
///
/// # Errors
/// [`StoreError`] when it cannot be written.
#[boxed]
pub async fn schedule_tell_of_dates(ctx: &Ctx) -> Result<bool, StoreError> {
    enqueue_upkeep(ctx, TELL_OF_DATES, EVERY_S).await
}

/// Does such a job.
///
/// # Errors
/// [`JobError`].
#[boxed]
pub async fn run_tell_of_dates(ctx: Ctx, _run: JobRun) -> Result<Value, JobError> {
    Ok(json!({ "n_told": tell_of_dates(&ctx).await? }))
}

/// Tells of every date that reached a step; of how many contracts' dates.
///
/// # Errors
/// [`StoreError`] when they cannot be read or told.
#[boxed]
pub async fn tell_of_dates(ctx: &Ctx) -> Result<usize, StoreError> {
    // A day early, for zones that are ahead of UTC have today already.
    let today = ctx.now().date_in(&TimeZone::UTC).saturating_sub(1.day());
    let until = today.saturating_add(Span::new().days(FARTHEST_DAYS + 2));
    let (mut after, mut n_told) = (String::new(), 0);
    loop {
        let found =
            list_contracts_with_dates(&mut ctx.begin_read().await?, (today, until), &after, BATCH).await?;
        let Some(last) = found.last() else { return Ok(n_told) };
        after = last.id.to_string();
        let due: Vec<(&Saved<Contract>, Vec<Due>)> = found
            .iter()
            .map(|contract| (contract, dates_of(ctx, contract)))
            .filter(|(_, due)| !due.is_empty())
            .collect();
        if due.is_empty() {
            continue;
        }
        let (system, mut records) = (Actor::system(), vec![]);
        let mut tx = ctx.begin_write().await?;
        for (contract, dues) in due {
            let mut told = vec![];
            for due in dues {
                let (what, day, step) = (due.what, due.day, due.step);
                let key = format!("date {} {what} {day} {step}", contract.id);
                let notice = Notice {
                    told_key: Some(key),
                    ..Notice::about(Topic::DateDue, "contract", contract.id.as_str())
                        .saying(format!("{what} {day}"))
                };
                if notify_account(ctx, &mut tx, &system, contract.account_id.as_str(), &notice).await? {
                    told.push(format!("{what} {day}"));
                }
            }
            if !told.is_empty() {
                n_told += told.len();
                let account_id = Some(contract.account_id.as_str());
                let (id, name) = (contract.id.as_str(), contract.title.as_str());
                let subject = Subject { kind: "contract", id, name, account_id };
                let mut record = system.record(ctx.now(), "contract.date_told", subject, vec![]);
                record.reason = Some(told.join(", "));
                records.push(record);
            }
        }
        if !records.is_empty() {
            tx.commit_all(records).await?;
        }
    }
}

struct Due {
    what: &'static str,
    day: Date,
    step: i32,
}

/// The dates of a contract that stand at a step on the day it is there.
fn dates_of(ctx: &Ctx, contract: &Contract) -> Vec<Due> {
    let zone = TimeZone::get(&contract.time_zone).unwrap_or(TimeZone::UTC);
    let today = ctx.now().date_in(&zone);
    let turn = contract.turn();
    let dates = [
        ("renewal", turn.filter(|turn| !turn.is_end()).map(|turn| turn.day())),
        ("end", turn.filter(|turn| turn.is_end()).map(|turn| turn.day())),
        ("notice", contract.notice_deadline()),
        ("price_change", contract.price_change_on),
    ];
    let due = |(what, day): (&'static str, Option<Date>)| {
        let day = day?;
        Some(Due { what, day, step: step_before(today, day)? })
    };
    dates.into_iter().filter_map(due).collect()
}
