//! What a client expects, in the portal: its people read what is shared, add and word their own, and say that this is what they meant.
//!
//! They write into records of the book without its rights, so each function here names the fields it writes and no other. What stands
//! in the hidden field of a form is a version of the shown words: a save of what a client does not see changes nothing for them.
//!
//! Words that change are acknowledged anew: by the client, who wrote them, and not by us, who acknowledged others.

use mandate_domain::book::{Account, Draft, Expectation, ExpectationState, Parts, Person, Record, Saved};
use mandate_domain::notification::Topic;
use mandate_domain::{Clearance, Id, text};
use mandate_store::book::{self as store, SharedBy, SharedExpectation};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::{Entered, PortalError};
use crate::authorise::{Action, Denied, authorise};
use crate::book::{BookError, expectation_record};
use crate::ctx::Ctx;
use crate::error::{Message, UseCaseError};
use crate::facts::kpi::{Fields, text_message};
use crate::notifications::{Notice, notify_account};
use crate::version::content_version;

/// An expectation as the client's people see it.
#[derive(Clone, Debug)]
pub struct PortalExpectation {
    /// What is shown.
    pub shown: SharedExpectation,
    /// The version of what is shown.
    pub version: i64,
    /// Whether it is the reader's own to word: they said it, and it is open.
    pub own: bool,
}

impl PortalExpectation {
    fn of(shown: SharedExpectation, reader: Option<&Id<Person>>) -> Self {
        let is_theirs = reader.is_some() && shown.person_id.as_ref() == reader;
        let own = is_theirs && shown.state == ExpectationState::Open;
        Self { version: version_of(&shown), own, shown }
    }

    /// Whether it waits for the client to say that this is what it meant.
    pub fn waits(&self) -> bool {
        self.shown.state == ExpectationState::Open && self.shown.acknowledged_by_client_on.is_none()
    }
}

/// The version of what a client sees, and of nothing else.
fn version_of(shown: &SharedExpectation) -> i64 {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let days = [day(shown.due_on), day(shown.acknowledged_by_us_on), day(shown.acknowledged_by_client_on)];
    let words = [shown.title.as_str(), shown.measure.as_str(), shown.state.as_str()];
    content_version(words.into_iter().chain(days.iter().map(String::as_str)))
}

/// Words of an expectation as typed.
#[derive(Clone, Debug, Default)]
pub struct ExpectationDraft {
    /// What is expected.
    pub title: String,
    /// By when; may be empty.
    pub due_on: String,
    /// How it will be seen; may be empty.
    pub measure: String,
}

/// The expectations that the client's people see, open ones first.
///
/// # Errors
/// [`PortalError`] when the right is missing.
#[boxed]
pub async fn list_portal_expectations(
    ctx: &Ctx,
    entered: &Entered,
) -> Result<Vec<PortalExpectation>, PortalError> {
    authorise(&entered.actor, Action::ReadPortal)?;
    let mut tx = ctx.begin_read().await?;
    let found = store::list_shared_expectations(&mut tx, &entered.account.id).await?;
    let reader = if entered.preview { None } else { entered.actor.person_id() };
    Ok(found.into_iter().map(|shown| PortalExpectation::of(shown, reader)).collect())
}

/// How many wait for the client's word.
#[boxed]
pub(super) async fn count_waiting(tx: &mut ReadTx, account: &Id<Account>) -> Result<usize, StoreError> {
    let found = store::list_shared_expectations(tx, account).await?;
    Ok(found.into_iter().filter(|shown| PortalExpectation::of(shown.clone(), None).waits()).count())
}

/// The right to speak, and the person in whose name: a preview has neither.
fn speaker(entered: &Entered) -> Result<Id<Person>, PortalError> {
    authorise(&entered.actor, Action::AnswerPortal)?;
    let nobody = Denied { action: Action::AnswerPortal };
    entered.actor.person_id().cloned().ok_or_else(|| nobody.into())
}

/// The day of an answer to what was said on `stated_on`: today at the account, or that day where somebody further east wrote it.
fn answered_on(ctx: &Ctx, entered: &Entered, stated_on: jiff::civil::Date) -> String {
    today(ctx, entered).parse().map_or(stated_on, |today: jiff::civil::Date| today.max(stated_on)).to_string()
}

fn today(ctx: &Ctx, entered: &Entered) -> String {
    let zone = jiff::tz::TimeZone::get(&entered.account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    ctx.now().date_in(&zone).to_string()
}

/// `draft` with the words as typed, from which the record is read; all that is wrong with them at once.
fn worded(draft: Draft, typed: &ExpectationDraft) -> Result<Expectation, PortalError> {
    let mut fields = Fields::default();
    fields.take("title", text::line(&typed.title, 300), text_message);
    fields.take("measure", text::paragraphs(&typed.measure, 2_000), text_message);
    let due_on = typed.due_on.trim();
    if !due_on.is_empty() {
        let stated_on = draft.get("stated_on").parse::<jiff::civil::Date>().ok();
        match due_on.parse::<jiff::civil::Date>() {
            Err(_) => fields.add("due_on", Message::new("portal-error-day")),
            Ok(day) if stated_on.is_some_and(|stated_on| day < stated_on) => {
                fields.add("due_on", Message::new("portal-error-day-before"));
            }
            Ok(_) => {}
        }
    }
    fields.done()?;
    let draft =
        draft.with("title", &typed.title).with("due_on", due_on).with("measure", typed.measure.as_str());
    parse(&draft)
}

fn parse(draft: &Draft) -> Result<Expectation, PortalError> {
    let told = |problems| PortalError::Invalid { fields: BookError::Fields(problems).fields() };
    Expectation::parse(draft).map_err(told)
}

/// Adds an expectation in the reader's name; who looks after the account is told.
///
/// # Errors
/// [`PortalError`]; then nothing was changed.
#[boxed]
pub async fn add_expectation(
    ctx: &Ctx,
    entered: &Entered,
    typed: &ExpectationDraft,
) -> Result<Id<Expectation>, PortalError> {
    let person = speaker(entered)?;
    let today = today(ctx, entered);
    let draft = Draft::new()
        .with("account", entered.account.id.as_str())
        .with("person", person.as_str())
        .with("stated_on", today.as_str())
        .with("acknowledged_by_client_on", today.as_str());
    let saved = Saved::new(ctx.new_id(), worded(draft, typed)?, ctx.now());
    let mut tx = ctx.begin_write().await?;
    store::insert(&mut tx, &saved).await?;
    let place = (&saved.id, &entered.account.id);
    let user = entered.actor.user_id();
    store::share_expectation(&mut tx, place, SharedBy::Client, user, ctx.now()).await?;
    ask_us(ctx, &mut tx, entered, &saved.id).await?;
    let record =
        expectation_record(ctx, &entered.actor, &saved, (&Draft::new(), "expectation.stated_by_client"));
    tx.commit(record).await?;
    Ok(saved.id)
}

/// That words of the client wait for us to acknowledge them.
async fn ask_us(
    ctx: &Ctx,
    tx: &mut WriteTx,
    entered: &Entered,
    id: &Id<Expectation>,
) -> Result<(), StoreError> {
    let notice = Notice::about(Topic::DecisionAsked, "expectation", id.as_str());
    notify_account(ctx, tx, &entered.actor, entered.account.id.as_str(), &notice).await.map(|_| ())
}

/// An expectation that is shared, with its record, if the words are those that were read.
async fn load(
    tx: &mut WriteTx,
    entered: &Entered,
    id: &Id<Expectation>,
    version: i64,
) -> Result<(PortalExpectation, Saved<Expectation>), PortalError> {
    let none = || PortalError::NotFound { what: "expectation" };
    let shown = store::load_shared_expectation(tx, &entered.account.id, id).await?.ok_or_else(none)?;
    let saved = store::load::<Expectation>(tx, &entered.actor.scope, id).await?.ok_or_else(none)?;
    let shown = PortalExpectation::of(shown, entered.actor.person_id());
    if shown.version != version {
        return Err(StoreError::Stale { table: "expectation" }.into());
    }
    Ok((shown, saved))
}

/// Words an expectation of one's own anew.
///
/// # Errors
/// [`PortalError::NotFound`] for one that is not shared or not theirs; then nothing was changed.
#[boxed]
pub async fn word_expectation(
    ctx: &Ctx,
    entered: &Entered,
    id: &Id<Expectation>,
    typed: &ExpectationDraft,
    version: i64,
) -> Result<(), PortalError> {
    speaker(entered)?;
    let mut tx = ctx.begin_write().await?;
    let (shown, saved) = load(&mut tx, entered, id, version).await?;
    if !shown.own {
        return Err(PortalError::NotFound { what: "expectation" });
    }
    let before = saved.draft(Clearance::NONE);
    let anew = worded(before.clone(), typed)?.draft(Clearance::NONE);
    if anew == before {
        return Ok(());
    }
    let draft = anew
        .with("acknowledged_by_us_on", "")
        .with("acknowledged_by_client_on", answered_on(ctx, entered, saved.stated_on));
    keep(ctx, tx, entered, saved, (draft, "expectation.worded_by_client")).await
}

/// Says for the client that this is what it meant.
///
/// # Errors
/// [`PortalError`]; then nothing was changed.
#[boxed]
pub async fn acknowledge_for_client(
    ctx: &Ctx,
    entered: &Entered,
    id: &Id<Expectation>,
    version: i64,
) -> Result<(), PortalError> {
    speaker(entered)?;
    let mut tx = ctx.begin_write().await?;
    let (shown, saved) = load(&mut tx, entered, id, version).await?;
    if !shown.waits() {
        return Ok(());
    }
    let draft = saved
        .draft(Clearance::NONE)
        .with("acknowledged_by_client_on", answered_on(ctx, entered, saved.stated_on));
    keep(ctx, tx, entered, saved, (draft, "expectation.acknowledged_by_client")).await
}

async fn keep(
    ctx: &Ctx,
    mut tx: WriteTx,
    entered: &Entered,
    saved: Saved<Expectation>,
    (draft, action): (Draft, &str),
) -> Result<(), PortalError> {
    let before = saved.draft(Clearance::NONE);
    let saved = Saved { record: parse(&draft)?, ..saved };
    store::save(&mut tx, &saved, Parts::OPEN, ctx.now()).await?;
    if action == "expectation.worded_by_client" {
        ask_us(ctx, &mut tx, entered, &saved.id).await?;
    }
    tx.commit(expectation_record(ctx, &entered.actor, &saved, (&before, action))).await?;
    Ok(())
}
