//! Delegation: naming a substitute from day to day, ending it, and who decides for whom now.
//!
//! Everybody names their own substitute; whoever grants rights may do it for somebody who cannot, but never
//! names themselves. The substitute's own
//! roles must let them make such decisions at all, because a delegation hands on rights and no roles.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::identity::{Decider, DecisionKind, Delegation, User};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::identity::{self as store, NamedDelegation, Wanted};

use super::errors::{RightError, delegation_fields};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::Message;
use crate::facts::kpi::Fields;

/// A delegation as it is typed.
#[derive(Clone, Debug, Default)]
pub struct DelegationDraft {
    /// Who is away: a user's id; empty for oneself.
    pub absent_user_id: String,
    /// Who decides for them: a user's id.
    pub substitute_user_id: String,
    /// First day.
    pub from_on: Option<Date>,
    /// Last day.
    pub until_on: Option<Date>,
    /// Words of [`DecisionKind`]; none for all.
    pub kinds: Vec<String>,
    /// Why.
    pub reason: String,
}

/// The role right that a decision of this kind takes first.
pub const fn role_right(kind: DecisionKind) -> Action {
    match kind {
        DecisionKind::Credit => Action::DecideCredits,
        DecisionKind::Price => Action::WriteBook,
        DecisionKind::Exclusion => Action::WorkResults,
    }
}

/// Names a substitute.
///
/// # Errors
/// [`RightError::Invalid`] with everything that is wrong.
#[boxed]
pub async fn delegate(
    ctx: &Ctx,
    actor: &Actor,
    draft: &DelegationDraft,
) -> Result<NamedDelegation, RightError> {
    authorise(actor, Action::Delegate)?;
    let absent = draft.absent_user_id.trim();
    let own = actor.user_id().map(ToString::to_string).unwrap_or_default();
    if absent != own && !absent.is_empty() || own.is_empty() {
        authorise(actor, Action::GrantRights)?;
    }
    let absent = if absent.is_empty() { own.as_str() } else { absent };
    let mut tx = ctx.begin_write().await?;
    let mut fields = Fields::default();
    let absent = one_user(&mut tx, "absent", absent, &mut fields).await?;
    let substitute = one_user(&mut tx, "substitute", draft.substitute_user_id.trim(), &mut fields).await?;
    for (field, day) in [("from_on", draft.from_on), ("until_on", draft.until_on)] {
        if day.is_none() {
            fields.add(field, Message::new("field-error-empty"));
        }
    }
    let kinds = kinds(&draft.kinds, &mut fields);
    if let Some((id, substitute)) = &substitute {
        check_roles(substitute, &kinds, &mut fields);
        check_hand(actor, absent.as_ref().map(|(absent, _)| absent), id, &mut fields);
    }
    let (Some((absent_id, absent)), Some((substitute_id, substitute)), Some(from_on), Some(until_on)) =
        (absent, substitute, draft.from_on, draft.until_on)
    else {
        return Err(RightError::Invalid { fields: fields.0 });
    };
    let made = Delegation {
        id: ctx.new_id(),
        absent_user_id: absent_id,
        substitute_user_id: substitute_id,
        from_on,
        until_on,
        kinds,
        reason: draft.reason.clone(),
        ended_at: None,
        demo: false,
        version: 1,
    };
    let made = match made.checked(today(ctx)) {
        Ok(made) if fields.0.is_empty() => made,
        Ok(_) => return Err(RightError::Invalid { fields: fields.0 }),
        Err(refusals) => {
            fields.0.extend(delegation_fields(&refusals));
            return Err(RightError::Invalid { fields: fields.0 });
        }
    };
    store::insert_delegation(&mut tx, &made, ctx.now()).await?;
    let words: Vec<&str> = made.kinds.iter().map(|kind| kind.as_str()).collect();
    let changes = Changes::new()
        .field("absent", None, Some(absent.name.clone()))
        .field("substitute", None, Some(substitute.name.clone()))
        .field("from_on", None, Some(made.from_on.to_string()))
        .field("until_on", None, Some(made.until_on.to_string()))
        .field("kinds", None, Some(words.join(" ")))
        .into_vec();
    let named =
        NamedDelegation { delegation: made, absent_name: absent.name, substitute_name: substitute.name };
    let name = super::both_names(&named.substitute_name, &named.absent_name);
    let mut record = actor.record(ctx.now(), "delegation.made", subject(&named, &name), changes);
    record.reason = Some(named.delegation.reason.clone()).filter(|reason| !reason.is_empty());
    tx.commit(record).await?;
    Ok(named)
}

fn subject<'a>(named: &'a NamedDelegation, name: &'a str) -> Subject<'a> {
    Subject { kind: "delegation", id: named.delegation.id.as_str(), name, account_id: None }
}

async fn one_user(
    tx: &mut mandate_store::ReadTx,
    field: &str,
    id: &str,
    fields: &mut Fields,
) -> Result<Option<(Id<User>, Decider)>, StoreError> {
    let found = match Id::<User>::parse(id) {
        Ok(user) => store::list_deciders(tx, Wanted::User(id)).await?.pop().map(|decider| (user, decider)),
        Err(_) => None,
    };
    if found.is_none() {
        fields.add(field, Message::new("right-problem-user"));
    }
    Ok(found)
}

fn kinds(words: &[String], fields: &mut Fields) -> Vec<DecisionKind> {
    if words.is_empty() {
        return DecisionKind::ALL.to_vec();
    }
    let read = words.iter().map(|word| DecisionKind::parse(word)).collect();
    fields.take("kinds", read, |_| Message::new("measure-error-choice")).unwrap_or_default()
}

/// Notes an actor who names themselves for somebody else: else whoever grants rights would take anybody's.
fn check_hand(actor: &Actor, absent: Option<&Id<User>>, substitute: &Id<User>, fields: &mut Fields) {
    if actor.user_id() == Some(substitute) && absent.is_some_and(|absent| absent != substitute) {
        fields.add("substitute", Message::new("delegation-problem-own-hand"));
    }
}

/// Notes the kinds that the substitute's roles do not let them decide.
fn check_roles(substitute: &Decider, kinds: &[DecisionKind], fields: &mut Fields) {
    for kind in kinds {
        let roles = role_right(*kind).roles();
        if !substitute.roles.iter().any(|role| roles.contains(role)) {
            let message = Message::new("delegation-problem-role")
                .with("name", substitute.name.as_str())
                .with("kind", kind.as_str());
            fields.add("kinds", message);
        }
    }
}

/// Ends a delegation now; the absent one, the substitute, or whoever grants rights.
///
/// # Errors
/// [`RightError::NotFound`] for one that is none of theirs, [`RightError::Over`] when it has ended.
#[boxed]
pub async fn end_delegation(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Delegation>,
    version: i64,
) -> Result<(), RightError> {
    authorise(actor, Action::Delegate)?;
    let mut tx = ctx.begin_write().await?;
    let found = store::load_delegation(&mut tx, id).await?;
    let named = found.ok_or(RightError::NotFound { what: "delegation" })?;
    let made = &named.delegation;
    let concerns =
        actor.user_id().is_some_and(|user| *user == made.absent_user_id || *user == made.substitute_user_id);
    if !concerns && authorise(actor, Action::GrantRights).is_err() {
        return Err(RightError::NotFound { what: "delegation" });
    }
    if made.ended_at.is_some() {
        return Err(RightError::Over);
    }
    if made.version != version {
        return Err(StoreError::Stale { table: "delegation" }.into());
    }
    store::end_delegation(&mut tx, made, ctx.now()).await?;
    let name = super::both_names(&named.substitute_name, &named.absent_name);
    let changes =
        Changes::new().field("until_on", Some(made.until_on.to_string()), Some(today(ctx).to_string()));
    tx.commit(actor.record(ctx.now(), "delegation.ended", subject(&named, &name), changes.into_vec()))
        .await?;
    Ok(())
}

/// Delegations that concern the actor and have not passed.
///
/// # Errors
/// [`RightError`] when the right is missing or the database failed.
#[boxed]
pub async fn own_delegations(ctx: &Ctx, actor: &Actor) -> Result<Vec<NamedDelegation>, RightError> {
    authorise(actor, Action::Delegate)?;
    let Some(user) = actor.user_id() else { return Ok(vec![]) };
    Ok(store::list_delegations_of(&mut ctx.begin_read().await?, user, today(ctx)).await?)
}

/// Every delegation that has not passed.
///
/// # Errors
/// [`RightError::Denied`].
#[boxed]
pub async fn all_delegations(ctx: &Ctx, actor: &Actor) -> Result<Vec<NamedDelegation>, RightError> {
    authorise(actor, Action::ReadRights)?;
    Ok(store::list_delegations(&mut ctx.begin_read().await?, today(ctx)).await?)
}

/// Users who can be named, by name.
///
/// # Errors
/// [`RightError::Denied`].
#[boxed]
pub async fn choose_users(ctx: &Ctx, actor: &Actor) -> Result<Vec<Decider>, RightError> {
    authorise(actor, Action::Delegate)?;
    Ok(store::list_deciders(&mut ctx.begin_read().await?, Wanted::Everyone).await?)
}

fn today(ctx: &Ctx) -> Date {
    ctx.now().date_in(&TimeZone::UTC)
}
