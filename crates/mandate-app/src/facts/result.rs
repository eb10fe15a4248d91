//! What clients say of published results, and who was taken through a measure; recorded by one of ours on behalf of a
//! named client person.

use mandate_domain::audit::Changes;
use mandate_domain::book::{Account, Person};
use mandate_domain::facts::kpi::Kpi;
use mandate_domain::facts::result::{ResultReview, ReviewError, ReviewVerdict, Walkthrough, check_review};
use mandate_domain::notification::Topic;
use mandate_domain::text::paragraphs;
use mandate_domain::{Id, Month};
use mandate_store::boxed;
use mandate_store::facts::{kpis, results};
use mandate_store::reads::kpi_cases::load_case_account;
use mandate_store::reads::kpi_people::load_account_name;

use super::exclusion::recorder;
use super::kpi::{
    Fields, MeasureError, check_client_person, check_our_person, load_for, subject, text_message,
};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::Message;
use crate::notifications::{Notice, notify_account};

/// A client's word as it is typed.
#[derive(Clone, Debug)]
pub struct ReviewDraft {
    /// Of which month.
    pub month: Month,
    /// One case of it, or the whole.
    pub case_id: Option<String>,
    /// Word of a [`ReviewVerdict`].
    pub verdict: String,
    /// Who of the client said it.
    pub client_person_id: Option<Id<Person>>,
    /// In which words.
    pub note: String,
}

/// Records that a client person agreed with a month's result, or contests it.
///
/// # Errors
/// [`MeasureError`]: no right, out of reach, nobody named, a month that is not over or has no result.
#[boxed]
pub async fn record_review(
    ctx: &Ctx,
    actor: &Actor,
    kpi_id: &Id<Kpi>,
    account_id: &Id<Account>,
    draft: &ReviewDraft,
) -> Result<ResultReview, MeasureError> {
    authorise(actor, Action::WorkResults)?;
    keep_review(ctx, actor, kpi_id, account_id, draft).await
}

/// As [`record_review`], for whoever has the right: one of ours for a client person, or that person in the portal.
#[boxed]
pub(crate) async fn keep_review(
    ctx: &Ctx,
    actor: &Actor,
    kpi_id: &Id<Kpi>,
    account_id: &Id<Account>,
    draft: &ReviewDraft,
) -> Result<ResultReview, MeasureError> {
    let mut tx = ctx.begin_write().await?;
    let kpi = load_for(&mut tx, actor, kpi_id, account_id).await?;
    let found = load_account_name(&mut tx, &actor.scope, account_id).await?;
    let account = found.ok_or(MeasureError::NotFound { what: "account" })?;
    let mut fields = Fields::default();
    let verdict = fields
        .take("verdict", ReviewVerdict::parse(&draft.verdict), |_| Message::new("measure-error-choice"));
    let note = fields.take("note", paragraphs(&draft.note, 1_000), text_message).unwrap_or_default();
    match &draft.client_person_id {
        Some(person) => check_client_person(&mut tx, account_id, person, &mut fields).await?,
        None => fields.add("client_person_id", Message::new("measure-error-nobody-named")),
    }
    if let Some(case_id) = &draft.case_id
        && load_case_account(&mut tx, case_id).await?.as_ref() != Some(account_id)
    {
        fields.add("case_id", Message::new("exclusion-error-case"));
    }
    let zone = jiff::tz::TimeZone::get(&account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let current = Month::of(ctx.now().date_in(&zone));
    let values = kpis::list_values(&mut tx, kpi_id, account_id).await?;
    let has_result = values.iter().any(|value| value.month == draft.month && value.figure.n > 0);
    if let Some(verdict) = verdict
        && let Err(error) = check_review(verdict, &note, draft.month, current, has_result)
    {
        let (field, message) = review_message(error);
        fields.add(field, message);
    }
    fields.done()?;
    let Some(verdict) = verdict else { return Err(MeasureError::Invalid { fields: vec![] }) };
    let review = ResultReview {
        id: ctx.new_id(),
        kpi_id: kpi_id.clone(),
        account_id: account_id.clone(),
        month: draft.month,
        case_id: draft.case_id.clone(),
        verdict,
        client_person_id: draft.client_person_id.clone(),
        note,
        recorded_by: Some(recorder(actor)),
        at: ctx.now(),
    };
    results::insert_review(&mut tx, &review).await?;
    let changes = Changes::new()
        .field("month", None, Some(review.month.to_string()))
        .field("case_id", None, review.case_id.clone())
        .field("client_person_id", None, review.client_person_id.as_ref().map(Id::to_string))
        .into_vec();
    let subject = Subject { account_id: Some(account_id.as_str()), ..subject(&kpi) };
    let action = match verdict {
        ReviewVerdict::Agreed => "result.agreed",
        ReviewVerdict::Contested => "result.contested",
    };
    let mut record = actor.record(ctx.now(), action, subject, changes);
    record.reason = Some(review.note.clone()).filter(|note| !note.is_empty());
    if verdict == ReviewVerdict::Contested {
        let about =
            Notice::about(Topic::Contested, "measure", kpi_id.as_str()).of_account(account_id.as_str());
        let notice = about.saying(review.month.to_string());
        notify_account(ctx, &mut tx, actor, account_id.as_str(), &notice).await?;
    }
    tx.commit(record).await?;
    Ok(review)
}

/// The field a refused review is about, and what is wrong with it.
fn review_message(error: ReviewError) -> (&'static str, Message) {
    match error {
        ReviewError::NotOver { month } => {
            ("month", Message::new("result-error-not-over").with("month", month.to_string()))
        }
        ReviewError::NoResult { month } => {
            ("month", Message::new("result-error-none").with("month", month.to_string()))
        }
        ReviewError::NoReason => ("note", Message::new("result-error-no-reason")),
    }
}

/// Who was taken through a measure, as it is typed.
#[derive(Clone, Debug)]
pub struct WalkthroughDraft {
    /// Who of the client.
    pub client_person_id: Option<Id<Person>>,
    /// By whom of ours; without one, whoever records it.
    pub our_person_id: Option<Id<Person>>,
    /// On which day.
    pub held_on: Option<jiff::civil::Date>,
    /// What came of it.
    pub note: String,
}

/// Records that a client person was taken through a measure.
///
/// # Errors
/// [`MeasureError`]: no right, out of reach, nobody named, a day to come.
#[boxed]
pub async fn record_walkthrough(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Kpi>,
    account: &Id<Account>,
    draft: &WalkthroughDraft,
) -> Result<Walkthrough, MeasureError> {
    authorise(actor, Action::WorkResults)?;
    let mut fields = Fields::default();
    let note = fields.take("note", paragraphs(&draft.note, 1_000), text_message).unwrap_or_default();
    let mut tx = ctx.begin_write().await?;
    let kpi = load_for(&mut tx, actor, id, account).await?;
    match &draft.client_person_id {
        Some(person) => check_client_person(&mut tx, account, person, &mut fields).await?,
        None => fields.add("client_person_id", Message::new("measure-error-nobody-named")),
    }
    if let Some(person) = &draft.our_person_id {
        check_our_person(&mut tx, person, "our_person_id", &mut fields).await?;
    }
    // Anywhere on earth it may be tomorrow already.
    let latest = ctx.now().plus_seconds(14 * 3_600).date_in(&jiff::tz::TimeZone::UTC);
    match draft.held_on {
        Some(day) if day <= latest => {}
        Some(_) => fields.add("held_on", Message::new("measure-error-future")),
        None => fields.add("held_on", Message::new("field-error-empty")),
    }
    fields.done()?;
    let (Some(client_person_id), Some(held_on)) = (draft.client_person_id.clone(), draft.held_on) else {
        return Err(MeasureError::Invalid { fields: vec![] });
    };
    let walkthrough = Walkthrough {
        id: ctx.new_id(),
        kpi_id: id.clone(),
        account_id: account.clone(),
        client_person_id,
        our_person_id: draft.our_person_id.clone().or_else(|| actor.person_id().cloned()),
        held_on,
        note,
    };
    kpis::insert_walkthrough(&mut tx, &walkthrough, ctx.now()).await?;
    let changes = Changes::new()
        .field("client_person_id", None, Some(walkthrough.client_person_id.to_string()))
        .field("held_on", None, Some(held_on.to_string()))
        .into_vec();
    let subject = Subject { account_id: Some(account.as_str()), ..subject(&kpi) };
    tx.commit(actor.record(ctx.now(), "measure.walked_through", subject, changes)).await?;
    Ok(walkthrough)
}
