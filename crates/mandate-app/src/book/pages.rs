//! What the book's pages show: an account with what belongs to it, a contract with its lines, choices of forms.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::Id;
use mandate_domain::audit::Changes;
use mandate_domain::book::{
    Account, Contract, FieldProblem, FieldProblems, Kind, Person, PersonRole, Referent, Side,
};
use mandate_store::StoreError;
use mandate_store::book as store;
use mandate_store::boxed;
use mandate_store::reads::book_pages::{self, AccountPage, Choice, ContractWithLines, MeasureName};
use mandate_store::reads::list_prices_on::{ListedPrice, list_prices_on};

use super::coverage::today_of;
use super::custom::CustomFields;
use super::errors::BookError;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::version::content_version;

/// An account with its people and contracts. What is past is decided by the day in the account's own zone.
///
/// # Errors
/// [`BookError::NotFound`] when there is none, or none they may see.
#[boxed]
pub async fn account_page(ctx: &Ctx, actor: &Actor, id: &Id<Account>) -> Result<AccountPage, BookError> {
    authorise(actor, Action::ReadBook)?;
    let not_found = || BookError::NotFound { kind: Kind::Account };
    let mut tx = ctx.begin_read().await?;
    let account = store::load(&mut tx, &actor.scope, id).await?.ok_or_else(not_found)?;
    let today = today_of(ctx, &account);
    let page = book_pages::account_page(&mut tx, &actor.scope, id, today).await?;
    page.ok_or_else(not_found)
}

/// A contract with its lines, and what these hold in custom fields that the actor may see.
///
/// # Errors
/// As [`account_page`].
#[boxed]
pub async fn contract_page(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Contract>,
) -> Result<ContractWithLines, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let page = book_pages::contract_page(&mut tx, &actor.scope, id).await?;
    let mut page = page.ok_or(BookError::NotFound { kind: Kind::Contract })?;
    let fields = CustomFields::of(&mut tx, actor, Kind::ContractLine).await?;
    let ids = page.lines.iter().map(|it| it.line.id.as_str()).collect();
    let mut values = fields.values(&mut tx, actor, &ids).await?;
    for shown in &mut page.lines {
        shown.line.custom = values.remove(shown.line.id.as_str()).unwrap_or_default();
    }
    Ok(page)
}

/// What the price list says on `day` of the products of a contract, in its currency.
///
/// # Errors
/// As [`account_page`].
#[boxed]
pub async fn contract_list_prices(
    ctx: &Ctx,
    actor: &Actor,
    id: &Id<Contract>,
    day: jiff::civil::Date,
) -> Result<Vec<ListedPrice>, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let contract = store::load::<Contract>(&mut tx, &actor.scope, id).await?;
    let contract = contract.ok_or(BookError::NotFound { kind: Kind::Contract })?;
    Ok(list_prices_on(&mut tx, &contract.id, day).await?)
}

/// Up to `limit` records of `referent` that a form may offer, of `account` or none where one is named: all by name, or those that
/// `text` finds, the best first.
///
/// # Errors
/// [`BookError`] when the right is missing or they cannot be read.
pub async fn choices(
    ctx: &Ctx,
    actor: &Actor,
    referent: impl Into<Referent> + Send,
    account: Option<&str>,
    (text, limit): (&str, usize),
) -> Result<Vec<Choice>, BookError> {
    let referent = referent.into();
    authorise(actor, Action::ReadBook)?;
    let text: String = text.chars().take(200).filter(|character| *character != '\0').collect();
    let mut tx = ctx.begin_read().await?;
    let found = book_pages::choices(&mut tx, &actor.scope, referent, account, (&text, limit)).await?;
    ctx.count_reads(actor, found.len());
    Ok(found)
}

/// The id of the record that `text`, typed into `field`, means: an id, the firm's own id, or a name that only one has.
///
/// # Errors
/// [`BookError::Fields`] when it means none or several that the actor may see.
pub async fn meant(
    ctx: &Ctx,
    actor: &Actor,
    referent: impl Into<Referent> + Send,
    field: &'static str,
    text: &str,
) -> Result<String, BookError> {
    let referent = referent.into();
    authorise(actor, Action::ReadBook)?;
    let (text, kind) = (text.trim(), referent.kind);
    if text.is_empty() {
        return Err(BookError::Fields(FieldProblems::one(field, FieldProblem::Required)));
    }
    let mut tx = ctx.begin_read().await?;
    let asked = BTreeSet::from([text.to_owned()]);
    let found = store::find_references(&mut tx, &actor.scope, referent, &asked).await?;
    let told: String = text.chars().take(60).collect();
    let problem = match found.meant(text)[..] {
        [id] => return Ok(id.to_owned()),
        [] => FieldProblem::UnknownReference { kind, text: told },
        _ => FieldProblem::AmbiguousReference { kind, text: told },
    };
    Err(BookError::Fields(FieldProblems::one(field, problem)))
}

/// The names behind ids of one kind.
///
/// # Errors
/// As [`choices`].
#[boxed]
pub async fn names(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    ids: &[String],
) -> Result<BTreeMap<String, String>, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    Ok(book_pages::names(&mut tx, &actor.scope, kind, ids).await?)
}

/// The measures that a form may offer: of the whole firm, and of `account` where one is named.
///
/// # Errors
/// As [`choices`].
#[boxed]
pub async fn measure_choices(
    ctx: &Ctx,
    actor: &Actor,
    account: Option<&str>,
) -> Result<Vec<MeasureName>, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    Ok(book_pages::measures(&mut tx, &actor.scope, account).await?)
}

/// Who of ours works on an account beside its manager and negotiator, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingPeople {
    /// Who, and as what.
    pub people: Vec<(Id<Person>, PersonRole)>,
    /// The version of that list.
    pub version: i64,
}

fn words(people: &[(Id<Person>, PersonRole)]) -> Vec<String> {
    let mut words: Vec<String> = people.iter().map(|(id, role)| format!("{id} {}", role.as_str())).collect();
    words.sort();
    words.dedup();
    words
}

fn version_of(people: &[(Id<Person>, PersonRole)]) -> i64 {
    content_version(words(people).iter().map(String::as_str))
}

/// Who works on an account.
///
/// # Errors
/// [`BookError::NotFound`] when there is none, or none they may see.
#[boxed]
pub async fn working_people(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
) -> Result<WorkingPeople, BookError> {
    authorise(actor, Action::ReadBook)?;
    let mut tx = ctx.begin_read().await?;
    let known = store::load(&mut tx, &actor.scope, account).await?;
    known.ok_or(BookError::NotFound { kind: Kind::Account })?;
    let people = store::list_working_people(&mut tx, account).await?;
    Ok(WorkingPeople { version: version_of(&people), people })
}

/// Replaces which of our people work on an account beside its manager and negotiator; who works on it sees it.
/// `asked.version` is the one of the list that was read.
///
/// # Errors
/// [`BookError::Fields`] when one is not ours or unknown; [`StoreError::Stale`] when another save came first.
#[boxed]
pub async fn set_working_people(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
    asked: WorkingPeople,
) -> Result<WorkingPeople, BookError> {
    authorise(actor, Action::WriteBook)?;
    let mut tx = ctx.begin_write().await?;
    let saved = store::load(&mut tx, &actor.scope, account).await?;
    let saved = saved.ok_or(BookError::NotFound { kind: Kind::Account })?;
    let before = store::list_working_people(&mut tx, account).await?;
    if version_of(&before) != asked.version {
        return Err(StoreError::Stale { table: "account_person" }.into());
    }
    let mut people = asked.people;
    people.sort_by(|left, right| (&left.0, left.1.as_str()).cmp(&(&right.0, right.1.as_str())));
    people.dedup();
    let ids: BTreeSet<&str> = people.iter().map(|(id, _)| id.as_str()).collect();
    for id in ids {
        let unknown = FieldProblem::UnknownReference { kind: Kind::Person, text: id.to_owned() };
        let unknown = || BookError::Fields(FieldProblems::one("people", unknown.clone()));
        let id = Id::<Person>::parse(id).map_err(|_| unknown())?;
        let person = store::load(&mut tx, &actor.scope, &id).await?.ok_or_else(unknown)?;
        if person.side != Side::Provider {
            return Err(unknown());
        }
    }
    let told =
        |list: &[(Id<Person>, PersonRole)]| Some(words(list).join(", ")).filter(|words| !words.is_empty());
    let changes = Changes::new().field("people", told(&before), told(&people));
    let after = WorkingPeople { version: version_of(&people), people };
    if changes.is_empty() {
        return Ok(after);
    }
    store::set_working_people(&mut tx, account, &after.people).await?;
    let subject = Subject {
        kind: "account",
        id: account.as_str(),
        name: &saved.name,
        account_id: Some(account.as_str()),
    };
    tx.commit(actor.record(ctx.now(), "account.people_changed", subject, changes.into_vec())).await?;
    Ok(after)
}
