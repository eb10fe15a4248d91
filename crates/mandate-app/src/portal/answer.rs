//! What a client's person says in the portal: in their own name, of their own organisation only, and only on what was shared.

use mandate_domain::Month;
use mandate_domain::audit::Changes;
use mandate_domain::book::Person;
use mandate_domain::facts::credit::{
    CreditAnswer, CreditAnswerError, CreditState, ServiceCredit, check_answer,
};
use mandate_domain::facts::exclusion::{Exclusion, Side};
use mandate_domain::facts::kpi::Kpi;
use mandate_domain::facts::result::ReviewVerdict;
use mandate_domain::notification::Topic;
use mandate_domain::{Id, text};
use mandate_store::boxed;
use mandate_store::facts::{credits, exclusions, shares};

use super::{Entered, PortalError};
use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Ctx, Subject};
use crate::error::{FieldError, Message};
use crate::facts::exclusion::{AnswerDraft, keep_answer, recorder};
use crate::facts::kpi::{Fields, text_message};
use crate::facts::result::{ReviewDraft, keep_review};
use crate::notifications::{Notice, notify_account};

/// A word on a month's result, as typed.
#[derive(Clone, Debug)]
pub struct ResultAnswerDraft {
    /// Which month.
    pub month: Month,
    /// Word of a [`ReviewVerdict`].
    pub verdict: String,
    /// In which words; needed to contest.
    pub note: String,
}

/// The right to answer, and the person in whose name: a preview has neither.
fn speaker(entered: &Entered) -> Result<Id<Person>, PortalError> {
    authorise(&entered.actor, Action::AnswerPortal)?;
    let nobody = Denied { action: Action::AnswerPortal };
    entered.actor.person_id().cloned().ok_or_else(|| nobody.into())
}

/// Agrees with a month's result of a shared measure, or contests it.
///
/// # Errors
/// [`PortalError`]; then nothing was changed.
#[boxed]
pub async fn answer_result(
    ctx: &Ctx,
    entered: &Entered,
    kpi: &Id<Kpi>,
    draft: ResultAnswerDraft,
) -> Result<(), PortalError> {
    let person = speaker(entered)?;
    let shared = shares::list_shared_kpis(&mut ctx.begin_read().await?, &entered.account.id).await?;
    if !shared.contains(kpi) {
        return Err(PortalError::NotFound { what: "measure" });
    }
    let ResultAnswerDraft { month, verdict, note } = draft;
    let draft = ReviewDraft { month, case_id: None, verdict, client_person_id: Some(person), note };
    keep_review(ctx, &entered.actor, kpi, &entered.account.id, &draft).await?;
    Ok(())
}

/// An answer to an exclusion, as typed.
#[derive(Clone, Debug)]
pub struct ExclusionAnswerDraft {
    /// `agree` or `refuse`.
    pub answer: String,
    /// In which words; needed to refuse.
    pub note: String,
    /// The version that was read.
    pub version: i64,
}

/// Agrees to an exclusion that we proposed, or refuses it.
///
/// # Errors
/// [`PortalError`]; then nothing was changed.
#[boxed]
pub async fn answer_exclusion(
    ctx: &Ctx,
    entered: &Entered,
    id: &Id<Exclusion>,
    draft: ExclusionAnswerDraft,
) -> Result<(), PortalError> {
    let person = speaker(entered)?;
    let found = exclusions::load_exclusion(&mut ctx.begin_read().await?, &entered.actor.scope, id).await?;
    found.ok_or(PortalError::NotFound { what: "exclusion" })?;
    let ExclusionAnswerDraft { answer, note, version } = draft;
    let side = Side::Client.as_str().to_owned();
    let draft = AnswerDraft { answer, side, client_person_id: Some(person), note, version };
    keep_answer(ctx, &entered.actor, id, &draft).await?;
    Ok(())
}

/// A word on a credit, as typed.
#[derive(Clone, Debug)]
pub struct CreditAnswerDraft {
    /// Word of a [`ReviewVerdict`].
    pub verdict: String,
    /// In which words; needed to contest.
    pub note: String,
    /// The version that was read: the word is on that amount.
    pub version: i64,
}

/// Agrees with a credit that was put to the client, or contests it.
///
/// # Errors
/// [`PortalError`]; then nothing was changed.
#[boxed]
pub async fn answer_credit(
    ctx: &Ctx,
    entered: &Entered,
    id: &Id<ServiceCredit>,
    draft: CreditAnswerDraft,
) -> Result<(), PortalError> {
    let person = speaker(entered)?;
    let mut tx = ctx.begin_write().await?;
    let found = credits::load_credit(&mut tx, &entered.actor.scope, id).await?;
    // One that only follows the facts was put to nobody yet: it is not there for them.
    let put = found.filter(|credit| credit.state != CreditState::Computed);
    let credit = put.ok_or(PortalError::NotFound { what: "credit" })?;
    if credit.version != draft.version {
        return Err(mandate_store::StoreError::Stale { table: "service_credit" }.into());
    }
    let mut fields = Fields::default();
    let choice = |_: &_| Message::new("measure-error-choice");
    let verdict = fields.take("verdict", ReviewVerdict::parse(&draft.verdict), choice);
    let note = fields.take("note", text::paragraphs(&draft.note, 1_000), text_message);
    fields.done()?;
    let (Some(verdict), Some(note)) = (verdict, note) else {
        return Err(PortalError::Invalid { fields: vec![] });
    };
    check_answer(credit.state, verdict, &note).map_err(answer_error)?;
    let answer = CreditAnswer {
        id: ctx.new_id(),
        credit_id: credit.id.clone(),
        account_id: credit.account_id.clone(),
        verdict,
        credit: credit.credit,
        client_person_id: Some(person),
        note,
        recorded_by: Some(recorder(&entered.actor)),
        at: ctx.now(),
    };
    shares::insert_credit_answer(&mut tx, &answer).await?;
    let name = credit.month.to_string();
    let subject = Subject {
        kind: "service_credit",
        id: credit.id.as_str(),
        name: &name,
        account_id: Some(credit.account_id.as_str()),
    };
    let said = Some(verdict.as_str().to_owned());
    let changes = Changes::new().field("client_verdict", None, said).into_vec();
    let action = match verdict {
        ReviewVerdict::Agreed => "credit.agreed_by_client",
        ReviewVerdict::Contested => "credit.contested_by_client",
    };
    let mut record = entered.actor.record(ctx.now(), action, subject, changes);
    record.reason = Some(answer.note).filter(|note| !note.is_empty());
    if verdict == ReviewVerdict::Contested {
        let account = credit.account_id.as_str();
        let notice =
            Notice::about(Topic::Contested, "service_credit", credit.id.as_str()).of_account(account);
        notify_account(ctx, &mut tx, &entered.actor, account, &notice.saying(name.as_str())).await?;
    }
    Ok(tx.commit(record).await?)
}

fn answer_error(error: CreditAnswerError) -> PortalError {
    let (field, id) = match error {
        CreditAnswerError::NotProposed => ("verdict", "portal-error-not-proposed"),
        CreditAnswerError::NoReason => ("note", "portal-error-no-reason"),
    };
    PortalError::Invalid { fields: vec![FieldError { field: field.to_owned(), message: Message::new(id) }] }
}
