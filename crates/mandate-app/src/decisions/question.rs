//! A question to the policies: who decides how much of what, where, on which day, by which right if any.
//!
//! Borrowed from what was read of the database. What policies may know of people, accounts, products and rights is made
//! once for all questions of a desk ([`Known`]); who asks and how much stands in each question.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression as Value,
};
use jiff::civil::Date;
use mandate_domain::identity::{
    AccountReach, Amount, Decider, DecisionRight, Holder, PriceDirection, RightState,
};
use mandate_store::reads::decisions::{DecidedAccount, DecidedProduct};

/// A question to the policies.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Whose right it is: for a substitute, the absent one.
    pub decider: &'a Decider,
    /// Whether somebody decides for them.
    pub substitute: bool,
    /// On which account.
    pub account: &'a DecidedAccount,
    /// About which product, for a price.
    pub product: Option<&'a DecidedProduct>,
    /// How much of what.
    pub amount: Amount,
    /// Which way, for a price.
    pub direction: PriceDirection,
    /// On which day.
    pub today: Date,
    /// By which right.
    pub right: Option<&'a DecisionRight>,
    /// What the right, or the person without one, decided this month.
    pub used_this_month: i64,
}

/// What policies may know of some people, accounts, products and rights, made once for many questions.
#[derive(Clone, Debug)]
pub struct Known(Entities);

impl Known {
    /// What they may know of these. Of two with the same id the first counts.
    ///
    /// # Errors
    /// [`Unaskable`] when it cannot be put in their words, which nothing that was read of the database is.
    pub fn of<'a>(
        deciders: impl IntoIterator<Item = &'a Decider>,
        accounts: impl IntoIterator<Item = &'a DecidedAccount>,
        products: impl IntoIterator<Item = &'a DecidedProduct>,
        rights: impl IntoIterator<Item = &'a DecisionRight>,
    ) -> Result<Self, Unaskable> {
        let types = types()?;
        let mut all = Vec::with_capacity(8);
        for decider in deciders {
            all.push(entity(uid(&types.user, &decider.id), attributes_of_decider(types, decider))?);
        }
        for account in accounts {
            let uid = uid(&types.account, account.id.as_str());
            all.push(entity(uid, attributes_of_account(types, account))?);
        }
        for product in products {
            let manager = product.manager_id.as_ref();
            let attributes = manager.map(|manager| ("manager", refer(&types.person, manager.as_str())));
            all.push(entity(uid(&types.product, product.id.as_str()), attributes)?);
        }
        for right in rights {
            all.push(entity(uid(&types.right, right.id.as_str()), attributes_of(types, right))?);
        }
        let mut seen = HashSet::with_capacity(all.len());
        all.retain(|entity| seen.insert(entity.uid()));
        Entities::from_entities(all, None).map(Self).map_err(|_| Unaskable)
    }

    /// What one question needs.
    pub(super) fn for_question(question: &Question<'_>) -> Result<Self, Unaskable> {
        Self::of([question.decider], [question.account], question.product, question.right)
    }

    pub(super) const fn entities(&self) -> &Entities {
        &self.0
    }
}

/// Why a question could not be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this cannot be put in the words of policies")]
pub struct Unaskable;

struct Types {
    user: EntityTypeName,
    person: EntityTypeName,
    account: EntityTypeName,
    product: EntityTypeName,
    right: EntityTypeName,
    action: EntityTypeName,
}

/// The kinds of entity; the names are constants that the reader of policies takes, so `None` cannot come out.
static TYPES: LazyLock<Option<Types>> = LazyLock::new(|| {
    let name = |text: &str| text.parse().ok();
    Some(Types {
        user: name("User")?,
        person: name("Person")?,
        account: name("Account")?,
        product: name("Product")?,
        right: name("Right")?,
        action: name("Action")?,
    })
});

fn types() -> Result<&'static Types, Unaskable> {
    TYPES.as_ref().ok_or(Unaskable)
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn text(text: &str) -> Value {
    Value::new_string(text.to_owned())
}

fn refer(kind: &EntityTypeName, id: &str) -> Value {
    Value::new_entity_uid(uid(kind, id))
}

/// Days since 1970-01-01.
fn day(date: Date) -> Value {
    let days = (date - jiff::civil::date(1970, 1, 1)).get_days();
    Value::new_long(days.into())
}

fn currency(amount: Amount) -> Value {
    Value::new_string(amount.currency().map(|currency| currency.code().to_owned()).unwrap_or_default())
}

/// Who asks, what is asked, and on what.
pub(super) fn uids(question: &Question<'_>) -> Result<(EntityUid, EntityUid, EntityUid), Unaskable> {
    let types = types()?;
    Ok((
        uid(&types.user, &question.decider.id),
        uid(&types.action, question.amount.kind().as_str()),
        uid(&types.account, question.account.id.as_str()),
    ))
}

/// What the question says beside who and where.
pub(super) fn context(question: &Question<'_>) -> Result<Context, Unaskable> {
    let types = types()?;
    let mut pairs = Vec::with_capacity(9);
    let mut put = |name: &str, value: Value| pairs.push((name.to_owned(), value));
    put("kind", text(question.amount.kind().as_str()));
    put("amount", Value::new_long(question.amount.number()));
    put("currency", currency(question.amount));
    put("direction", text(question.direction.as_str()));
    put("day", day(question.today));
    put("used_this_month", Value::new_long(question.used_this_month));
    put("substitute", Value::new_bool(question.substitute));
    if let Some(product) = question.product {
        put("product", refer(&types.product, product.id.as_str()));
    }
    if let Some(right) = question.right {
        put("right", refer(&types.right, right.id.as_str()));
    }
    Context::from_pairs(pairs).map_err(|_| Unaskable)
}

fn entity(
    uid: EntityUid,
    attributes: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<Entity, Unaskable> {
    let attributes: HashMap<String, Value> =
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Entity::new(uid, attributes, HashSet::new()).map_err(|_| Unaskable)
}

fn attributes_of_decider(types: &Types, decider: &Decider) -> Vec<(&'static str, Value)> {
    let roles = Value::new_set(decider.roles.iter().map(|role| text(role.as_str())));
    let mut attributes = vec![("roles", roles), ("walled", Value::new_bool(decider.walled))];
    if let Some(person) = &decider.person_id {
        attributes.push(("person", refer(&types.person, person.as_str())));
    }
    attributes
}

fn attributes_of_account(types: &Types, account: &DecidedAccount) -> Vec<(&'static str, Value)> {
    let people = Value::new_set(account.people.iter().map(|person| refer(&types.person, person)));
    let mut attributes = vec![("tier", text(account.tier.as_str())), ("people", people)];
    if let Some(manager) = &account.manager_id {
        attributes.push(("manager", refer(&types.person, manager.as_str())));
    }
    if let Some(negotiator) = &account.negotiator_id {
        attributes.push(("negotiator", refer(&types.person, negotiator.as_str())));
    }
    attributes
}

fn attributes_of(types: &Types, right: &DecisionRight) -> Vec<(&'static str, Value)> {
    let (tier, named): (&str, &[_]) = match &right.accounts {
        AccountReach::Tier(tier) => (tier.as_str(), &[]),
        AccountReach::Named(named) => ("", named),
        AccountReach::Own | AccountReach::Every => ("", &[]),
    };
    let named = named.iter().map(|account| refer(&types.account, account.as_str()));
    let products = right.products.iter().map(|product| refer(&types.product, product.as_str()));
    let mut attributes = vec![
        ("kind", text(right.kind().as_str())),
        ("holder", text(right.holder.as_str())),
        ("limit", Value::new_long(right.each.number())),
        ("currency", currency(right.each)),
        ("direction", text(right.direction.as_str())),
        ("accounts", text(right.accounts.as_str())),
        ("tier", text(tier)),
        ("named_accounts", Value::new_set(named)),
        ("all_products", Value::new_bool(right.products.is_empty())),
        ("named_products", Value::new_set(products)),
        ("from_day", day(right.valid_from)),
        ("until_day", day(right.valid_until)),
        ("lapses_day", day(right.lapses_on())),
        ("revoked", Value::new_bool(right.state == RightState::Revoked)),
    ];
    if let Holder::User(user) = &right.holder {
        attributes.push(("user", refer(&types.user, user.as_str())));
    }
    if let Some(month) = right.a_month {
        attributes.push(("month_limit", Value::new_long(month)));
    }
    attributes
}
