//! What the book's pages show at once: an account with its people and contracts, names behind ids.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mandate_domain::book::{
    Account, Contract, ContractLine, ContractWorth, Kind, Person, PersonRole, Referent, Saved, Side, Turn,
    Worth, by_contracts, values_on,
};
use mandate_domain::with_kind;
use mandate_domain::{Id, Money};

use super::Scope;
use crate::book::{self, Stored};
use crate::boxed;
use crate::db::{ReadTx, Row, StoreError, Value};
use crate::params;

/// An account with who and what belongs to it.
#[derive(Clone, Debug)]
pub struct AccountPage {
    /// The account.
    pub account: Saved<Account>,
    /// Who answers for it.
    pub account_manager: Option<PersonName>,
    /// Who negotiates for it.
    pub negotiator: Option<PersonName>,
    /// The account it is a part of, where the reader may see that.
    pub parent: Option<(Id<Account>, String)>,
    /// The client's people, by name.
    pub client_people: Vec<Saved<Person>>,
    /// Our people who work on it beside manager and negotiator, and as what.
    pub working_people: Vec<(Saved<Person>, PersonRole)>,
    /// Its contracts with their lines: the next renewal first, then those without one.
    pub contracts: Vec<ContractWithLines>,
    /// What it is worth a year.
    pub worth: Worth,
    /// What its running contracts come to in a year, in each of their currencies; empty where its value is stated.
    pub contract_values: Vec<Money>,
    /// The next day on which a contract renews or ends that is not past; where both happen on it, the end.
    pub next_turn: Option<Turn>,
    /// Whether a contract runs on until somebody gives notice.
    pub has_open_end: bool,
    /// The next notice deadline that is not past.
    pub next_notice_on: Option<Date>,
}

/// Who, for a line on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName {
    /// Their id.
    pub id: Id<Person>,
    /// Their name.
    pub name: String,
    /// Their job title.
    pub job_title: String,
    /// Whether they lie in the trash.
    pub trashed: bool,
}

/// A contract with its lines.
#[derive(Clone, Debug)]
pub struct ContractWithLines {
    /// The contract.
    pub contract: Saved<Contract>,
    /// Its lines with product names and units, by product.
    pub lines: Vec<LineWithProduct>,
}

impl ContractWithLines {
    /// What all its lines come to in a year; `None` where that is more than can be counted.
    pub fn annual_value(&self) -> Option<Money> {
        let none = Some(Money::new(0, self.contract.currency));
        self.lines.iter().fold(none, |sum, it| sum?.plus(it.line.annual_value().ok()?).ok())
    }

    /// How many of its lines have no volume: what they come to is nothing, be it that nobody knows or that nothing is bought yet.
    pub fn n_without_volume(&self) -> usize {
        self.lines.iter().filter(|it| it.line.annual_volume == 0).count()
    }

    /// What it comes to in a year, and when it runs; `None` where that is more than can be counted.
    pub fn worth(&self) -> Option<ContractWorth> {
        let (starts_on, last_on) = (self.contract.starts_on, self.contract.runs_until());
        Some(ContractWorth { starts_on, last_on, value: self.annual_value()? })
    }
}

/// A line with its product's name and unit.
#[derive(Clone, Debug)]
pub struct LineWithProduct {
    /// The line.
    pub line: Saved<ContractLine>,
    /// The product's name.
    pub product: String,
    /// What is counted.
    pub unit: String,
}

const PERSON_NAME: &str = "SELECT id, name, job_title, deleted_at_us FROM person WHERE id = $1";
const ACCOUNT_NAME: &str = "SELECT name FROM account WHERE id = $1 AND deleted_at_us IS NULL";

/// One account as its page shows it, or nothing if `scope` may not see it. `today` decides what is past.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn account_page(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<Account>,
    today: Date,
) -> Result<Option<AccountPage>, StoreError> {
    let Some(account) = book::load::<Account>(tx, scope, id).await? else { return Ok(None) };
    let account_manager = person_name(tx, account.account_manager_id.as_ref()).await?;
    let negotiator = person_name(tx, account.negotiator_id.as_ref()).await?;
    let parent = match account.parent_id.as_ref() {
        Some(parent_id) => account_name(tx, scope, parent_id).await?.map(|name| (parent_id.clone(), name)),
        None => None,
    };
    let client_people =
        load_all::<Person>(tx, "account_id = $1 AND side = 'client'", "name_sort, id", params![id]).await?;
    let working_people = working_people(tx, id).await?;
    let contracts = contracts_of(tx, id).await?;
    let still = |day: &Date| *day >= today;
    let worths: Vec<ContractWorth> = contracts.iter().filter_map(ContractWithLines::worth).collect();
    let by_contracts = by_contracts(account.currency, &worths, today);
    let worth = Worth::of(account.annual_value(), by_contracts.value, by_contracts.n_elsewhere);
    let contract_values = match account.annual_value() {
        Some(_) => vec![],
        None => values_on(&worths, today).into_values().collect(),
    };
    let turns = contracts.iter().filter_map(|it| it.contract.turn()).filter(|turn| still(&turn.day()));
    let next_turn = turns.min_by_key(|turn| (turn.day(), !turn.is_end()));
    let has_open_end = contracts.iter().any(|it| it.contract.runs_until_notice());
    let next_notice_on = contracts.iter().filter_map(|it| it.contract.notice_deadline()).filter(still).min();
    Ok(Some(AccountPage {
        account,
        account_manager,
        negotiator,
        parent,
        client_people,
        working_people,
        contracts,
        worth,
        contract_values,
        next_turn,
        has_open_end,
        next_notice_on,
    }))
}

/// The name of an account, or nothing if `scope` may not see it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn account_name(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<Account>,
) -> Result<Option<String>, StoreError> {
    let (visible, values) = scope.condition("account.id", 2);
    let values = params![id].into_iter().chain(values).collect();
    let row = tx.fetch_optional(&format!("{ACCOUNT_NAME} AND ({visible})"), values).await?;
    row.map(|row| row.text(0)).transpose()
}

async fn person_name(tx: &mut ReadTx, id: Option<&Id<Person>>) -> Result<Option<PersonName>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    let Some(row) = tx.fetch_optional(PERSON_NAME, params![id]).await? else { return Ok(None) };
    let trashed = row.int_or_null(3)?.is_some();
    Ok(Some(PersonName { id: row.id(0)?, name: row.text(1)?, job_title: row.text(2)?, trashed }))
}

/// All live records that meet a condition.
#[boxed]
pub(super) async fn load_all<R: Stored>(
    tx: &mut ReadTx,
    condition: &str,
    order: &str,
    values: Vec<Value>,
) -> Result<Vec<Saved<R>>, StoreError> {
    let sql = format!("{} WHERE {condition} AND deleted_at_us IS NULL ORDER BY {order}", R::SELECT);
    tx.fetch_all(&sql, values).await?.iter().map(book::read_saved).collect()
}

async fn working_people(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<(Saved<Person>, PersonRole)>, StoreError> {
    let condition = "id IN (SELECT w.person_id FROM account_person w WHERE w.account_id = $1)";
    let people = load_all::<Person>(tx, condition, "name_sort, id", params![account]).await?;
    let known: BTreeMap<String, Saved<Person>> =
        people.into_iter().map(|person| (person.id.to_string(), person)).collect();
    let roles = book::list_working_people(tx, account).await?;
    let mut working: Vec<(Saved<Person>, PersonRole)> =
        roles.into_iter().filter_map(|(id, role)| Some((known.get(id.as_str())?.clone(), role))).collect();
    working.sort_by(|left, right| left.0.name.cmp(&right.0.name));
    Ok(working)
}

/// The contracts of an account with their lines: the next renewal first.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn contracts_of(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<Vec<ContractWithLines>, StoreError> {
    let order = "renews_on ASC NULLS LAST, title_sort, id";
    let contracts = load_all::<Contract>(tx, "account_id = $1", order, params![account]).await?;
    let condition = "contract_id IN (SELECT c.id FROM contract c WHERE c.account_id = $1)";
    let lines = load_all::<ContractLine>(tx, condition, "id", params![account]).await?;
    with_lines(tx, contracts, lines).await
}

/// One contract with its lines, or nothing if `scope` may not see it.
///
/// # Errors
/// [`StoreError`] when it cannot be read.
#[boxed]
pub async fn contract_page(
    tx: &mut ReadTx,
    scope: &Scope,
    id: &Id<Contract>,
) -> Result<Option<ContractWithLines>, StoreError> {
    let Some(contract) = book::load::<Contract>(tx, scope, id).await? else { return Ok(None) };
    let lines = load_all::<ContractLine>(tx, "contract_id = $1", "id", params![id]).await?;
    Ok(with_lines(tx, vec![contract], lines).await?.pop())
}

const PRODUCTS_OF: &str = "
    SELECT p.id, p.name, p.unit FROM product p
     WHERE p.id IN (SELECT l.product_id FROM contract_line l WHERE l.contract_id = $1)";

async fn with_lines(
    tx: &mut ReadTx,
    contracts: Vec<Saved<Contract>>,
    lines: Vec<Saved<ContractLine>>,
) -> Result<Vec<ContractWithLines>, StoreError> {
    let mut found = Vec::with_capacity(contracts.len());
    for contract in contracts {
        let mut products = BTreeMap::new();
        for row in tx.fetch_all(PRODUCTS_OF, params![&contract.id]).await? {
            products.insert(row.text(0)?, (row.text(1)?, row.text(2)?));
        }
        let mut own: Vec<LineWithProduct> = lines
            .iter()
            .filter(|line| line.contract_id == contract.id)
            .map(|line| {
                let (product, unit) = products.get(line.product_id.as_str()).cloned().unwrap_or_default();
                LineWithProduct { line: line.clone(), product, unit }
            })
            .collect();
        own.sort_by(|left, right| left.product.cmp(&right.product));
        found.push(ContractWithLines { contract, lines: own });
    }
    Ok(found)
}

/// A record that others may refer to, for the choices of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A few words that tell namesakes apart: a job title, an account.
    pub context: String,
    /// The firm's own id, if it has one.
    pub external_id: Option<String>,
}

/// Live records of `referent` that `scope` may see, at most `limit`: what a form offers to choose from. With a `text`, those
/// whose name holds each of its words or whose own id begins with it, names that begin with it first. With an `account`, those
/// that belong to it, or to none.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn choices(
    tx: &mut ReadTx,
    scope: &Scope,
    referent: Referent,
    account: Option<&str>,
    asked: (&str, usize),
) -> Result<Vec<Choice>, StoreError> {
    let (text, limit) = asked;
    with_kind!(referent.kind, R => choices_of::<R>(tx, scope, referent, account, (text, limit)).await)
}

/// The words that tell namesakes of a kind apart.
const fn context_column(kind: Kind) -> &'static str {
    match kind {
        Kind::Product => "unit",
        Kind::Account => "industry",
        Kind::Person => "job_title",
        Kind::Contract => "(SELECT whose.name FROM account whose WHERE whose.id = contract.account_id)",
        Kind::Promise => "(SELECT whose.name FROM account whose WHERE whose.id = promise.account_id)",
        _ => "''",
    }
}

async fn choices_of<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    referent: Referent,
    account: Option<&str>,
    (text, limit): (&str, usize),
) -> Result<Vec<Choice>, StoreError> {
    let Some(sort) = R::NAME_COLUMN else { return Ok(vec![]) };
    let shown = sort.trim_end_matches("_sort");
    let (visible, mut values) = R::BELONGS.condition(scope, 1);
    let side = referent.side.map_or("", |side| match side {
        Side::Provider => " AND side = 'provider'",
        Side::Client => " AND side = 'client'",
    });
    let mut within = String::new();
    if let (Some(account), Some(column)) = (account, R::BELONGS.account_column()) {
        values.push(Value::Text(Some(account.to_owned())));
        within = format!(" AND ({column} = ${} OR {column} IS NULL)", values.len());
    }
    let (matching, order) = matching(sort, text, &mut values);
    values.push(Value::Int(Some(i64::try_from(limit).unwrap_or(i64::MAX))));
    let sql = format!(
        "SELECT id, {shown}, {}, external_id FROM {} WHERE deleted_at_us IS NULL{side}{within} AND ({visible}){matching}
          ORDER BY {order}{sort}, id LIMIT ${}",
        context_column(R::KIND),
        R::TABLE,
        values.len()
    );
    let read = |row: &Row| {
        Ok(Choice {
            id: row.text(0)?,
            name: row.text(1)?,
            context: row.text(2)?,
            external_id: row.text_or_null(3)?,
        })
    };
    tx.fetch_all(&sql, values).await?.iter().map(read).collect()
}

/// The condition that a name (folded in column `sort`) or own id holds `text`, and the order that puts the best first.
fn matching(sort: &str, text: &str, values: &mut Vec<Value>) -> (String, String) {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let folded = escape(&mandate_domain::text::fold(text));
    if folded.is_empty() {
        return (String::new(), String::new());
    }
    let mut bind = |text: String| {
        values.push(Value::Text(Some(text)));
        values.len()
    };
    let own_id = bind(format!("{}%", escape(text.trim())));
    let words: Vec<String> = folded
        .split(' ')
        .take(8)
        .map(|word| format!("{sort} LIKE ${} ESCAPE '\\'", bind(format!("%{word}%"))))
        .collect();
    let start = bind(format!("{folded}%"));
    let condition = format!(" AND (external_id LIKE ${own_id} ESCAPE '\\' OR ({}))", words.join(" AND "));
    (condition, format!("CASE WHEN {sort} LIKE ${start} ESCAPE '\\' THEN 0 ELSE 1 END, "))
}

/// The names behind ids of one kind, also of records in the trash; what `scope` may not see stays an unknown name.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn names(
    tx: &mut ReadTx,
    scope: &Scope,
    kind: Kind,
    ids: &[String],
) -> Result<BTreeMap<String, String>, StoreError> {
    with_kind!(kind, R => names_of::<R>(tx, scope, ids).await)
}

async fn names_of<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    ids: &[String],
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut names = BTreeMap::new();
    let Some(sort) = R::NAME_COLUMN else { return Ok(names) };
    let shown = sort.trim_end_matches("_sort");
    for chunk in ids.chunks(500) {
        let places: Vec<String> = (1..=chunk.len()).map(|place| format!("${place}")).collect();
        let mut values: Vec<Value> = chunk.iter().map(|id| Value::Text(Some(id.clone()))).collect();
        let (visible, scope_values) = R::BELONGS.reach(scope, chunk.len() + 1);
        values.extend(scope_values);
        let sql = format!(
            "SELECT id, {shown} FROM {} WHERE id IN ({}) AND ({visible})",
            R::TABLE,
            places.join(", ")
        );
        for row in tx.fetch_all(&sql, values).await? {
            names.insert(row.text(0)?, row.text(1)?);
        }
    }
    Ok(names)
}

const MEASURES: &str =
    "SELECT k.id, k.name, k.name_sort, k.external_id FROM kpi k WHERE k.deleted_at_us IS NULL";

/// A measure, for the fields that name some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name folded.
    pub name_sort: String,
    /// The firm's own id.
    pub external_id: Option<String>,
}

/// The measures of the whole firm and, where one is named, of `account`, as far as `scope` may see them: by name.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn measures(
    tx: &mut ReadTx,
    scope: &Scope,
    account: Option<&str>,
) -> Result<Vec<MeasureName>, StoreError> {
    let (visible, mut values) = scope.condition("k.account_id", 1);
    let mut within = String::new();
    if let Some(account) = account {
        values.push(Value::Text(Some(account.to_owned())));
        within = format!(" AND (k.account_id IS NULL OR k.account_id = ${})", values.len());
    }
    let sql =
        format!("{MEASURES} AND (k.account_id IS NULL OR ({visible})){within} ORDER BY k.name_sort, k.id");
    let read = |row: &Row| {
        Ok(MeasureName {
            id: row.text(0)?,
            name: row.text(1)?,
            name_sort: row.text(2)?,
            external_id: row.text_or_null(3)?,
        })
    };
    tx.fetch_all(&sql, values).await?.iter().map(read).collect()
}
