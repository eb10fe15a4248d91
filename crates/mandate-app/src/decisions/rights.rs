//! Decision rights: granted, changed, confirmed at their review, revoked; and what was used against what was granted.
//!
//! Whoever grants does so to others: nobody grants, changes or confirms a right of their own, and what they grant to a
//! position decides nothing for them. What is decided (the kind)
//! and whose right it is never change; another right is granted instead, so that uses keep their meaning.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mandate_domain::audit::{AuditRecord, Changes};
use mandate_domain::book::{Account, Product, Record, Tier};
use mandate_domain::identity::{
    AccountReach, Amount, DecisionKind, DecisionRight, DecisionUse, Holder, PriceDirection, RightStanding,
    RightState, User,
};
use mandate_domain::{Currency, Id, Money, Month};
use mandate_store::book::Stored;
use mandate_store::identity::{self as store, UseSummary, Wanted};
use mandate_store::reads::Scope;
use mandate_store::reads::decisions::decision_rights;
use mandate_store::reads::listing::ListDef;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::errors::{RightError, right_fields};
use crate::authorise::{Action, authorise};
use crate::book::money_message;
use crate::ctx::{Actor, Ctx, Subject};
use crate::error::{FieldError, Message};
use crate::facts::kpi::Fields;

/// A right as it is typed.
#[derive(Clone, Debug, Default)]
pub struct RightDraft {
    /// `user`, `account_manager` or `negotiator`.
    pub holder: String,
    /// The user's id, when it is one person's.
    pub holder_user_id: String,
    /// Word of a [`DecisionKind`].
    pub kind: String,
    /// The most one decision may be: money, percent of the price, or hours.
    pub limit: String,
    /// The most of a month, likewise; empty for no such limit.
    pub month_limit: String,
    /// Currency of a credit.
    pub currency: String,
    /// Word of a [`PriceDirection`], for a price.
    pub direction: String,
    /// `own`, `every`, `named`, or a tier.
    pub accounts: String,
    /// Ids, the firm's own ids or names of the accounts that are named.
    pub account_names: Vec<String>,
    /// Likewise of products; none for all.
    pub product_names: Vec<String>,
    /// First day.
    pub valid_from: Option<Date>,
    /// Last day.
    pub valid_until: Option<Date>,
    /// Day of the review.
    pub review_on: Option<Date>,
    /// Why.
    pub reason: String,
}

/// A right with what pages show beside it.
#[derive(Clone, Debug)]
pub struct RightPage {
    /// The right.
    pub right: DecisionRight,
    /// What it is today.
    pub standing: RightStanding,
    /// The holder's name, when it is one person's.
    pub holder_name: Option<String>,
    /// Names of the accounts and products it names, by id.
    pub names: BTreeMap<String, String>,
    /// Used against granted.
    pub summary: UseSummary,
    /// Whether nobody used it for as long as shows that nobody needs it.
    pub unused: bool,
    /// The newest uses.
    pub uses: Vec<DecisionUse>,
    /// Whether it is the reader's own, which others change.
    pub own: bool,
}

/// Every decision right, as a list.
pub fn rights_list(ctx: &Ctx) -> ListDef {
    decision_rights(today(ctx))
}

fn today(ctx: &Ctx) -> Date {
    ctx.now().date_in(&TimeZone::UTC)
}

/// One right with what was used of it; its holder may see it too.
///
/// # Errors
/// [`RightError::NotFound`] when there is none, or none for this reader.
#[boxed]
pub async fn show_right(ctx: &Ctx, actor: &Actor, id: &Id<DecisionRight>) -> Result<RightPage, RightError> {
    authorise(actor, Action::Delegate)?;
    let mut tx = ctx.begin_read().await?;
    let found = store::load_right(&mut tx, id).await?;
    let right = found.ok_or(RightError::NotFound { what: "decision right" })?;
    let own = is_own(actor, &right);
    if !own && authorise(actor, Action::ReadRights).is_err() {
        return Err(RightError::NotFound { what: "decision right" });
    }
    page(ctx, &mut tx, right, own).await
}

async fn page(ctx: &Ctx, tx: &mut ReadTx, right: DecisionRight, own: bool) -> Result<RightPage, RightError> {
    let today = today(ctx);
    let holder_name = match right.holder.user() {
        Some(user) => store::load_user(tx, user).await?.map(|stored| stored.user.display_name),
        None => None,
    };
    let names = store::names_in_right(tx, &right.id).await?;
    let summary = store::summarise_uses(tx, &right.id, Month::of(today)).await?;
    let uses = store::list_uses(tx, &right.id, 50).await?;
    let standing = right.standing(today);
    Ok(RightPage {
        unused: is_unused(&right, &summary, today),
        standing,
        holder_name,
        names,
        summary,
        uses,
        own,
        right,
    })
}

/// Whether a right in force was not used within its last ninety days.
pub fn is_unused(right: &DecisionRight, summary: &UseSummary, today: Date) -> bool {
    let in_force = matches!(right.standing(today), RightStanding::InForce | RightStanding::ReviewDue);
    let last = summary.last_at.map_or(right.valid_from, |at| at.date_in(&TimeZone::UTC));
    in_force && i64::from((today - last).get_days()) > DecisionRight::UNUSED_DAYS
}

fn is_own(actor: &Actor, right: &DecisionRight) -> bool {
    right.holder.user().is_some_and(|holder| Some(holder) == actor.user_id())
}

/// Grants a right.
///
/// # Errors
/// [`RightError::Invalid`] with everything that is wrong, [`RightError::OwnRight`] for a right of one's own.
#[boxed]
pub async fn grant_right(ctx: &Ctx, actor: &Actor, draft: &RightDraft) -> Result<DecisionRight, RightError> {
    authorise(actor, Action::GrantRights)?;
    let mut tx = ctx.begin_write().await?;
    let mut fields = Fields::default();
    let choice = |_: &_| Message::new("measure-error-choice");
    let kind = fields.take("kind", DecisionKind::parse(&draft.kind), choice);
    let holder = holder(&mut tx, draft, &mut fields).await?;
    let (Some(kind), Some(holder)) = (kind, holder) else {
        return Err(RightError::Invalid { fields: fields.0 });
    };
    let (id, granted_by) = (ctx.new_id(), recorder(actor));
    let terms = Terms { id, kind, holder, granted_by, currency: None, version: 1 };
    let right = parse(&mut tx, actor, draft, terms, fields).await?;
    if is_own(actor, &right) {
        return Err(RightError::OwnRight);
    }
    store::insert_right(&mut tx, &right, ctx.now()).await?;
    let name = name_of(&right);
    let changes = changes(None, &right);
    let mut record = actor.record(ctx.now(), "decision_right.granted", subject(&right, &name), changes);
    record.reason = Some(right.reason.clone());
    tx.commit(record).await?;
    Ok(right)
}

/// Changes a right's limits, reach, days and reason; `version` is the one that was read.
///
/// # Errors
/// As [`grant_right`]; [`RightError::Over`] when it was revoked.
#[boxed]
pub async fn change_right(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<DecisionRight>,
    version: i64,
    draft: &RightDraft,
) -> Result<DecisionRight, RightError> {
    authorise(actor, Action::GrantRights)?;
    let mut tx = ctx.begin_write().await?;
    let before = load_standing(&mut tx, actor, id, version).await?;
    let terms = Terms {
        id: before.id.clone(),
        kind: before.kind(),
        holder: before.holder.clone(),
        granted_by: before.granted_by.clone(),
        currency: before.each.currency(),
        version: before.version,
    };
    let parsed = parse(&mut tx, actor, draft, terms, Fields::default()).await?;
    let after = DecisionRight { demo: before.demo, ..parsed };
    save(ctx, tx, actor, "decision_right.changed", &before, after).await
}

/// Says that a right is still needed, until its next review.
///
/// # Errors
/// As [`change_right`].
#[boxed]
pub async fn confirm_right(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<DecisionRight>,
    version: i64,
    review_on: Option<Date>,
) -> Result<DecisionRight, RightError> {
    authorise(actor, Action::GrantRights)?;
    let mut tx = ctx.begin_write().await?;
    let before = load_standing(&mut tx, actor, id, version).await?;
    let Some(review_on) = review_on.filter(|day| *day > today(ctx) && *day <= before.valid_until) else {
        let message = Message::new("right-problem-review");
        return Err(RightError::Invalid {
            fields: vec![FieldError { field: "review_on".to_owned(), message }],
        });
    };
    let after = DecisionRight { review_on, confirmed_by: recorder(actor), ..before.clone() };
    save(ctx, tx, actor, "decision_right.confirmed", &before, after).await
}

/// Takes a right back, at once and for good.
///
/// # Errors
/// As [`change_right`].
#[boxed]
pub async fn revoke_right(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<DecisionRight>,
    version: i64,
    reason: &str,
) -> Result<DecisionRight, RightError> {
    authorise(actor, Action::GrantRights)?;
    let mut tx = ctx.begin_write().await?;
    let found = store::load_right(&mut tx, id).await?;
    let before = found.ok_or(RightError::NotFound { what: "decision right" })?;
    // One's own right may be given back.
    check_version(&before, version)?;
    let mut fields = Fields::default();
    let reason =
        fields.take("reason", mandate_domain::text::line(reason, 500), crate::facts::kpi::text_message);
    let Some(reason) = reason else { return Err(RightError::Invalid { fields: fields.0 }) };
    let after = DecisionRight { state: RightState::Revoked, reason, ..before.clone() };
    save(ctx, tx, actor, "decision_right.revoked", &before, after).await
}

/// Grants what is left of a right to another user instead, from today on, and takes it back from whose it is: uses keep their meaning. The
/// caller has asked for the right to grant; answers the new right and what goes on record.
#[boxed]
pub(crate) async fn hand_right_over(
    tx: &mut WriteTx,
    ctx: &Ctx,
    actor: &Actor,
    right: &DecisionRight,
    to: &Id<User>,
) -> Result<(DecisionRight, Vec<AuditRecord>), StoreError> {
    let (now, today) = (ctx.now(), today(ctx));
    let revoked = DecisionRight { state: RightState::Revoked, ..right.clone() };
    store::save_right(tx, &revoked, now).await?;
    let valid_from = right.valid_from.max(today).min(right.valid_until);
    let granted = DecisionRight {
        id: ctx.new_id(),
        holder: Holder::User(to.clone()),
        valid_from,
        // A review that is due stays due.
        review_on: right.review_on.max(valid_from),
        granted_by: recorder(actor),
        confirmed_by: recorder(actor),
        version: 1,
        ..right.clone()
    };
    store::insert_right(tx, &granted, now).await?;
    let (old, new) = (changes(Some(right), &revoked), changes(None, &granted));
    let name = name_of(right);
    let records = vec![
        actor.record(now, "decision_right.revoked", subject(&revoked, &name), old),
        actor.record(now, "decision_right.granted", subject(&granted, &name), new),
    ];
    Ok((granted, records))
}

async fn load_standing(
    tx: &mut ReadTx,
    actor: &Actor,
    id: &Id<DecisionRight>,
    version: i64,
) -> Result<DecisionRight, RightError> {
    let found = store::load_right(tx, id).await?;
    let before = found.ok_or(RightError::NotFound { what: "decision right" })?;
    check_version(&before, version)?;
    if is_own(actor, &before) {
        return Err(RightError::OwnRight);
    }
    Ok(before)
}

fn check_version(before: &DecisionRight, version: i64) -> Result<(), RightError> {
    if before.version != version {
        return Err(StoreError::Stale { table: "decision_right" }.into());
    }
    if before.state == RightState::Revoked { Err(RightError::Over) } else { Ok(()) }
}

async fn save(
    ctx: &Ctx,
    mut tx: mandate_store::WriteTx,
    actor: &Actor,
    event: &str,
    before: &DecisionRight,
    after: DecisionRight,
) -> Result<DecisionRight, RightError> {
    let changes = changes(Some(before), &after);
    let as_it_was = DecisionRight { confirmed_by: before.confirmed_by.clone(), ..after.clone() };
    if changes.is_empty() && *before == as_it_was {
        return Ok(as_it_was);
    }
    store::save_right(&mut tx, &after, ctx.now()).await?;
    let name = name_of(&after);
    let mut record = actor.record(ctx.now(), event, subject(&after, &name), changes);
    record.reason = Some(after.reason.clone());
    tx.commit(record).await?;
    Ok(DecisionRight { version: after.version + 1, ..after })
}

fn subject<'a>(right: &'a DecisionRight, name: &'a str) -> Subject<'a> {
    Subject { kind: "decision_right", id: right.id.as_str(), name, account_id: None }
}

/// Such as `credit up to EUR 10000.00`.
pub(crate) fn name_of(right: &DecisionRight) -> String {
    format!("{} up to {}", right.kind().as_str(), right.each)
}

fn changes(before: Option<&DecisionRight>, after: &DecisionRight) -> Vec<mandate_domain::audit::FieldChange> {
    let texts = |right: &DecisionRight| {
        let named = match &right.accounts {
            AccountReach::Named(named) => named.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            AccountReach::Tier(tier) => tier.as_str().to_owned(),
            AccountReach::Own | AccountReach::Every => String::new(),
        };
        let products: Vec<String> = right.products.iter().map(ToString::to_string).collect();
        let holder = right.holder.user().map_or(right.holder.as_str().to_owned(), ToString::to_string);
        [
            ("holder", holder),
            ("limit", right.each.to_string()),
            ("month_limit", right.a_month.map(|n| right.each.with_number(n).to_string()).unwrap_or_default()),
            ("direction", right.direction.as_str().to_owned()),
            ("accounts", format!("{} {named}", right.accounts.as_str()).trim().to_owned()),
            ("products", products.join(" ")),
            ("valid_from", right.valid_from.to_string()),
            ("valid_until", right.valid_until.to_string()),
            ("review_on", right.review_on.to_string()),
            ("state", right.state.as_str().to_owned()),
        ]
    };
    let stated = |text: String| Some(text).filter(|text| !text.is_empty());
    let old = before.map(texts);
    let mut changes = Changes::new();
    for (idx, (field, to)) in texts(after).into_iter().enumerate() {
        let from = old.as_ref().and_then(|old| stated(old[idx].1.clone()));
        changes = changes.field(field, from, stated(to));
    }
    changes.into_vec()
}

/// What a draft does not say of a right.
struct Terms {
    id: Id<DecisionRight>,
    kind: DecisionKind,
    holder: Holder,
    granted_by: String,
    /// The currency on record: one that went out of use since stays.
    currency: Option<Currency>,
    version: i64,
}

async fn parse(
    tx: &mut ReadTx,
    actor: &Actor,
    draft: &RightDraft,
    terms: Terms,
    mut fields: Fields,
) -> Result<DecisionRight, RightError> {
    let choice = |_: &_| Message::new("measure-error-choice");
    let currency = match terms.kind {
        DecisionKind::Credit => credit_currency(draft, terms.currency, &mut fields),
        DecisionKind::Price | DecisionKind::Exclusion => None,
    };
    let each = amount(terms.kind, currency, "limit", &draft.limit, &mut fields);
    let month = draft.month_limit.trim();
    let a_month = (!month.is_empty())
        .then(|| amount(terms.kind, currency, "month_limit", month, &mut fields))
        .flatten();
    let direction = match terms.kind {
        DecisionKind::Price => fields.take("direction", PriceDirection::parse(&draft.direction), choice),
        DecisionKind::Credit | DecisionKind::Exclusion => Some(PriceDirection::Either),
    };
    let accounts = reach(tx, actor, draft, &mut fields).await?;
    let products = named::<Product>(tx, actor, "products", &draft.product_names, &mut fields).await?;
    let days = [
        ("valid_from", draft.valid_from),
        ("valid_until", draft.valid_until),
        ("review_on", draft.review_on),
    ];
    for (field, day) in days {
        if day.is_none() {
            fields.add(field, Message::new("field-error-empty"));
        }
    }
    let (Some(each), Some(direction), Some(accounts), Some(valid_from), Some(valid_until), Some(review_on)) =
        (each, direction, accounts, draft.valid_from, draft.valid_until, draft.review_on)
    else {
        return Err(RightError::Invalid { fields: fields.0 });
    };
    let right = DecisionRight {
        id: terms.id,
        holder: terms.holder,
        each,
        a_month: a_month.map(Amount::number),
        direction,
        accounts,
        products,
        valid_from,
        valid_until,
        review_on,
        granted_by: terms.granted_by,
        confirmed_by: recorder(actor),
        reason: draft.reason.clone(),
        state: RightState::Active,
        demo: false,
        version: terms.version,
    };
    match right.checked() {
        Ok(right) if fields.0.is_empty() => Ok(right),
        Ok(_) => Err(RightError::Invalid { fields: fields.0 }),
        Err(refusals) => {
            fields.0.extend(right_fields(&refusals));
            Err(RightError::Invalid { fields: fields.0 })
        }
    }
}

/// The currency of a credit: one in use, or the one on record.
fn credit_currency(draft: &RightDraft, stored: Option<Currency>, fields: &mut Fields) -> Option<Currency> {
    let code = draft.currency.trim();
    let kept = stored.filter(|currency| currency.code() == code);
    fields.take("currency", kept.map_or_else(|| Currency::parse(code), Ok), |_| {
        Message::new("book-problem-currency").with("text", draft.currency.as_str())
    })
}

/// Money, percent with up to two decimals, or hours with up to two.
fn amount(
    kind: DecisionKind,
    currency: Option<Currency>,
    field: &str,
    text: &str,
    fields: &mut Fields,
) -> Option<Amount> {
    // Hundredths of a percent or of an hour are read as exactly as cents.
    let hundredths = |fields: &mut Fields| {
        fields.take(field, Money::parse(text.trim().trim_end_matches('%'), Currency::EUR), |_| {
            Message::new("right-problem-number").with("text", text)
        })
    };
    match kind {
        DecisionKind::Credit => {
            let money = fields.take(field, Money::parse(text, currency?), money_message)?;
            Some(Amount::Money(money))
        }
        DecisionKind::Price => Some(Amount::BasisPoints(hundredths(fields)?.minor)),
        DecisionKind::Exclusion => {
            let minutes = i128::from(hundredths(fields)?.minor) * 60 / 100;
            Some(Amount::Minutes(i64::try_from(minutes).unwrap_or(i64::MAX)))
        }
    }
}

async fn holder(
    tx: &mut ReadTx,
    draft: &RightDraft,
    fields: &mut Fields,
) -> Result<Option<Holder>, StoreError> {
    Ok(match draft.holder.as_str() {
        "account_manager" => Some(Holder::AccountManager),
        "negotiator" => Some(Holder::Negotiator),
        "user" => {
            let known = store::list_deciders(tx, Wanted::User(draft.holder_user_id.trim())).await?;
            let named = !draft.holder_user_id.trim().is_empty();
            let id = known.first().filter(|_| named).and_then(|one| Id::parse(&one.id).ok());
            if id.is_none() {
                fields.add("holder_user_id", Message::new("right-problem-user"));
            }
            id.map(Holder::User)
        }
        _ => {
            fields.add("holder", Message::new("measure-error-choice"));
            None
        }
    })
}

async fn reach(
    tx: &mut ReadTx,
    actor: &Actor,
    draft: &RightDraft,
    fields: &mut Fields,
) -> Result<Option<AccountReach>, StoreError> {
    Ok(match draft.accounts.as_str() {
        "own" => Some(AccountReach::Own),
        "every" => Some(AccountReach::Every),
        "named" => {
            let n_before = fields.0.len();
            let named = named::<Account>(tx, actor, "accounts", &draft.account_names, fields).await?;
            (fields.0.len() == n_before).then_some(AccountReach::Named(named))
        }
        word => match Tier::parse(word) {
            Some(tier) => Some(AccountReach::Tier(tier)),
            None => {
                fields.add("accounts", Message::new("measure-error-choice"));
                None
            }
        },
    })
}

/// The records that are meant by ids, the firm's own ids or names.
async fn named<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    field: &str,
    texts: &[String],
    fields: &mut Fields,
) -> Result<Vec<Id<R>>, StoreError> {
    let asked = texts.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
    let scope: &Scope = &actor.scope;
    let found = mandate_store::book::find_references(tx, scope, <R as Record>::KIND, &asked).await?;
    let mut ids = vec![];
    for text in &asked {
        match found.meant(text)[..] {
            [id] => ids.extend(Id::parse(id).ok()),
            [] => fields.add(
                field,
                Message::new("book-problem-unknown")
                    .with("kind", <R as Record>::KIND.as_str())
                    .with("text", text.as_str()),
            ),
            _ => fields.add(
                field,
                Message::new("book-problem-ambiguous")
                    .with("kind", <R as Record>::KIND.plural())
                    .with("text", text.as_str()),
            ),
        }
    }
    Ok(ids)
}

fn recorder(actor: &Actor) -> String {
    crate::facts::exclusion::recorder(actor)
}
