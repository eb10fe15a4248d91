//! Likely duplicates: live records that share a key, and within reach of the reader both.
//!
//! Each key is in an index, so that a million people are read once in its order and no two are compared; the names of
//! accounts, a tenth as many, are read as they are. A key that many share (a switchboard's number) tells nothing and is passed by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mandate_domain::Id;
use mandate_domain::book::alike::{CompanyName, LEAST_PHONE, PUBLIC_MAIL, phone_key};
use mandate_domain::book::{Kind, Person};
use mandate_domain::text::fold;

use super::Scope;
use crate::boxed;
use crate::db::{ReadTx, StoreError, Value};
use crate::params;

/// Groups looked at for each reason, besides as many as may come to nothing.
const MOST_GROUPS: usize = 500;
/// Groups larger than this tell nothing.
const LARGEST_GROUP: usize = 8;

/// As in the indexes of migration `merges`: word for word, else the index is not used.
const EMAIL_KEY: &str = "lower(p.email)";
const PHONE_KEY: &str =
    "replace(replace(replace(replace(replace(p.phone, ' ', ''), '-', ''), '(', ''), ')', ''), '.', '')";
const DOMAIN_KEY: &str = "ltrim(lower(p.email), 'abcdefghijklmnopqrstuvwxyz0123456789._+-')";

const PAIRS: &str = "SELECT first_id, second_id FROM not_duplicate WHERE kind = $1";
/// Who takes part in no pair though indexes hold them: whoever lies in the trash, or whose account does.
const HIDDEN: &str = "
    SELECT (SELECT COUNT(*) FROM person p WHERE p.deleted_at_us IS NOT NULL)
         + (SELECT COUNT(*) FROM account a JOIN person p ON p.account_id = a.id
             WHERE a.deleted_at_us IS NOT NULL AND p.deleted_at_us IS NULL)";
const USERS: &str = "SELECT COUNT(DISTINCT person_id) FROM app_user WHERE person_id IN ($1, $2)";

/// Why two records are likely one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The same folded name: of people in one account, of accounts without their legal form.
    Name,
    /// The same address.
    Email,
    /// The same telephone number.
    Phone,
    /// People of both write from one domain.
    Domain,
}

impl Reason {
    /// The word of the API and of messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Domain => "domain",
        }
    }
}

/// Two records that are likely one, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikelyPair {
    /// The lesser id.
    pub first: String,
    /// The other.
    pub second: String,
    /// Why.
    pub reasons: BTreeSet<Reason>,
}

/// Pairs of records of `kind` that are likely one, those with most reasons first; what was said to be two is left out.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn likely_pairs(tx: &mut ReadTx, scope: &Scope, kind: Kind) -> Result<Vec<LikelyPair>, StoreError> {
    let told_apart = tx.fetch_all(PAIRS, params![kind.as_str()]).await?;
    // A group that comes to nothing holds somebody hidden, or a pair that was told apart: so these take nobody's place.
    let n_hidden = usize::try_from(tx.fetch_one(HIDDEN, vec![]).await?.int(0)?).unwrap_or(0);
    let most = MOST_GROUPS.saturating_add(told_apart.len()).saturating_add(n_hidden);
    let mut groups: Vec<(Reason, Vec<String>)> = vec![];
    match kind {
        Kind::Account => {
            groups.extend(same_company(tx, scope, most).await?.into_iter().map(|ids| (Reason::Name, ids)));
            groups.extend(same_domain(tx, scope, most).await?.into_iter().map(|ids| (Reason::Domain, ids)));
        }
        Kind::Person => {
            groups.extend(same_name(tx, scope, most).await?.into_iter().map(|ids| (Reason::Name, ids)));
            let by_email = same_key(tx, (scope, most), EMAIL_KEY, "p.email <> ''").await?;
            groups.extend(by_email.into_iter().map(|ids| (Reason::Email, ids)));
            let by_phone = same_key(tx, (scope, most), PHONE_KEY, "p.phone <> ''").await?;
            groups.extend(by_phone.into_iter().map(|ids| (Reason::Phone, ids)));
        }
        _ => {}
    }
    let mut pairs: BTreeMap<(String, String), BTreeSet<Reason>> = BTreeMap::new();
    for (reason, ids) in groups {
        for pair in pairs_of(ids) {
            pairs.entry(pair).or_default().insert(reason);
        }
    }
    for row in told_apart {
        pairs.remove(&(row.text(0)?, row.text(1)?));
    }
    let mut found: Vec<LikelyPair> =
        pairs.into_iter().map(|((first, second), reasons)| LikelyPair { first, second, reasons }).collect();
    // Stable: pairs of as many reasons keep the order of their ids, which is that of their making.
    found.sort_by_key(|pair| std::cmp::Reverse(pair.reasons.len()));
    Ok(found)
}

/// Whether two accounts bear one name and were not said to be two. All names are read for it.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn has_alike_accounts(tx: &mut ReadTx, scope: &Scope) -> Result<bool, StoreError> {
    let mut told_apart = BTreeSet::new();
    for row in tx.fetch_all(PAIRS, params![Kind::Account.as_str()]).await? {
        told_apart.insert((row.text(0)?, row.text(1)?));
    }
    let groups = same_company(tx, scope, MOST_GROUPS.saturating_add(told_apart.len())).await?;
    Ok(groups.into_iter().flat_map(pairs_of).any(|pair| !told_apart.contains(&pair)))
}

/// The pairs of a group, the lesser id first; of a group that is too large, none.
fn pairs_of(mut ids: Vec<String>) -> Vec<(String, String)> {
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > LARGEST_GROUP {
        return vec![];
    }
    let after = |idx: usize| ids.iter().skip(idx + 1);
    let with = |(idx, first): (usize, &String)| {
        after(idx).map(|second| (first.clone(), second.clone())).collect::<Vec<_>>()
    };
    ids.iter().enumerate().flat_map(with).collect()
}

/// Accounts whose names differ by their legal form and by words cut short at most.
async fn same_company(tx: &mut ReadTx, scope: &Scope, most: usize) -> Result<Vec<Vec<String>>, StoreError> {
    let (visible, values) = scope.condition("a.id", 1);
    let sql =
        format!("SELECT a.id, a.name_sort FROM account a WHERE a.deleted_at_us IS NULL AND ({visible})");
    let mut by_key: HashMap<String, Vec<String>> = HashMap::new();
    let mut short: BTreeMap<String, CompanyName> = BTreeMap::new();
    tx.each_row(&sql, values, |row| {
        let name = CompanyName::read(&row.text(1)?);
        let key = name.key();
        if name.has_short() {
            short.insert(key.clone(), name);
        }
        by_key.entry(key).or_default().push(row.text(0)?);
        Ok(())
    })
    .await?;
    let mut groups = cut_short(&by_key, &short);
    let same = by_key.into_iter().filter(|(key, ids)| !key.is_empty() && ids.len() > 1);
    groups.extend(same.map(|(_, ids)| ids));
    groups.sort_unstable();
    groups.truncate(most);
    Ok(groups)
}

/// Accounts with a name that has words cut short, each with those whose name may be the whole one. The names are found by a word both
/// have at one place, so that only a few are held against each other; what may be short for many tells nothing.
fn cut_short(
    by_key: &HashMap<String, Vec<String>>,
    short: &BTreeMap<String, CompanyName>,
) -> Vec<Vec<String>> {
    let mut asked: HashMap<(usize, usize, &str), Vec<&String>> = HashMap::new();
    for (key, name) in short {
        for (place, word) in name.whole_words() {
            asked.entry((name.n_words(), place, word)).or_default().push(key);
        }
    }
    let mut met: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for key in by_key.keys() {
        let words: Vec<&str> = key.split(' ').collect();
        let places = words.iter().enumerate().map(|(place, word)| (words.len(), place, *word));
        let near: BTreeSet<&String> =
            places.filter_map(|place| asked.get(&place)).flatten().copied().collect();
        for other in near.into_iter().filter(|other| *other != key) {
            let name = short.get(key).cloned().unwrap_or_else(|| CompanyName::read(key));
            if short.get(other).is_some_and(|short| short.is_likely(&name)) {
                met.entry(other).or_default().insert(key);
            }
        }
    }
    let few = met.into_iter().filter(|(_, keys)| keys.len() < LARGEST_GROUP);
    let pairs = few.flat_map(|(key, others)| others.into_iter().map(move |other| [key, other]));
    let ids =
        |keys: [&String; 2]| keys.into_iter().filter_map(|key| by_key.get(key)).flatten().cloned().collect();
    pairs.map(ids).collect()
}

/// Accounts whose people write from one domain that is not everybody's.
async fn same_domain(tx: &mut ReadTx, scope: &Scope, most: usize) -> Result<Vec<Vec<String>>, StoreError> {
    let public = PUBLIC_MAIL.map(|domain| format!("'{domain}'")).join(", ");
    let live = format!(
        "p.deleted_at_us IS NULL AND p.email <> '' AND p.side = 'client' AND {DOMAIN_KEY} NOT IN ({public})"
    );
    let (visible, scope_values) = scope.condition("p.account_id", 2);
    let sql = format!(
        "SELECT DISTINCT {DOMAIN_KEY} AS domain, p.account_id
           FROM person p JOIN account a ON a.id = p.account_id
          WHERE {live} AND ({visible}) AND a.deleted_at_us IS NULL AND {DOMAIN_KEY} IN (
                SELECT {DOMAIN_KEY} FROM person p WHERE {live} AND ({visible})
                 GROUP BY {DOMAIN_KEY} HAVING MIN(p.account_id) <> MAX(p.account_id)
                 ORDER BY {DOMAIN_KEY} LIMIT $1)
          ORDER BY domain, p.account_id"
    );
    grouped(tx, &sql, params![most].into_iter().chain(scope_values).collect()).await
}

/// People who share a key.
async fn same_key(
    tx: &mut ReadTx,
    (scope, most): (&Scope, usize),
    key: &str,
    stated: &str,
) -> Result<Vec<Vec<String>>, StoreError> {
    let (visible, scope_values) = scope.condition("p.account_id", 3);
    let live = format!("p.deleted_at_us IS NULL AND {stated}");
    let within = format!("(p.account_id IS NULL OR ({visible}))");
    let sql = format!(
        "SELECT {key} AS shared, p.id FROM person p LEFT JOIN account a ON a.id = p.account_id
          WHERE {live} AND {within} AND a.deleted_at_us IS NULL AND {key} IN (
                SELECT {key} FROM person p WHERE {live} AND {within}
                 GROUP BY {key} HAVING COUNT(*) > 1 AND LENGTH({key}) >= $2 ORDER BY {key} LIMIT $1)
          ORDER BY shared, p.id"
    );
    let values = params![most, LEAST_PHONE].into_iter().chain(scope_values).collect();
    grouped(tx, &sql, values).await
}

/// People of one name in one account, or among ours.
async fn same_name(tx: &mut ReadTx, scope: &Scope, most: usize) -> Result<Vec<Vec<String>>, StoreError> {
    let (visible, scope_values) = scope.condition("p.account_id", 2);
    let within = format!("(p.account_id IS NULL OR ({visible}))");
    // Groups are found in the index alone; who lies in the trash is left out of what comes of it.
    let sql = format!(
        "SELECT COALESCE(p.account_id, '') || ' ' || p.name_sort AS shared, p.id
           FROM (SELECT p.account_id, p.name_sort FROM person p WHERE {within}
                  GROUP BY p.account_id, p.name_sort HAVING COUNT(*) > 1
                  ORDER BY p.account_id, p.name_sort LIMIT $1) same
           JOIN person p ON p.name_sort = same.name_sort
                AND (p.account_id = same.account_id OR (p.account_id IS NULL AND same.account_id IS NULL))
           LEFT JOIN account a ON a.id = p.account_id
          WHERE p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
          ORDER BY shared, p.id"
    );
    grouped(tx, &sql, params![most].into_iter().chain(scope_values).collect()).await
}

/// Rows of a key and an id, in the order of the key.
async fn grouped(tx: &mut ReadTx, sql: &str, values: Vec<Value>) -> Result<Vec<Vec<String>>, StoreError> {
    let mut groups: Vec<(String, Vec<String>)> = vec![];
    for row in tx.fetch_all(sql, values).await? {
        let (key, id) = (row.text(0)?, row.text(1)?);
        match groups.last_mut().filter(|(last, _)| *last == key) {
            Some((_, ids)) => ids.push(id),
            None => groups.push((key, vec![id])),
        }
    }
    Ok(groups.into_iter().map(|(_, ids)| ids).filter(|ids| ids.len() > 1).collect())
}

/// A record that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it shares with the other.
    pub reason: Reason,
}

/// Accounts that are there under this name, whatever their legal form.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn accounts_alike(tx: &mut ReadTx, scope: &Scope, name: &str) -> Result<Vec<Alike>, StoreError> {
    let name = CompanyName::read(name);
    let (visible, scope_values) = scope.condition("a.id", 4);
    let sql = format!(
        "SELECT a.id, a.name, a.name_sort FROM account a
          WHERE a.name_sort >= $1 AND a.name_sort < $2 AND a.deleted_at_us IS NULL AND ({visible})
          ORDER BY a.name_sort, a.id LIMIT $3"
    );
    let mut found: Vec<Alike> = vec![];
    for from in name.beginnings() {
        let until = format!("{from}\u{10ffff}");
        let values = params![from, until, MOST_GROUPS].into_iter().chain(scope_values.clone()).collect();
        for row in tx.fetch_all(&sql, values).await? {
            let (id, there) = (row.text(0)?, CompanyName::read(&row.text(2)?));
            let is_alike = there.key() == name.key() || there.is_likely(&name);
            if is_alike && !found.iter().any(|it| it.id == id) {
                found.push(Alike { id, name: row.text(1)?, reason: Reason::Name });
            }
        }
    }
    Ok(found)
}

/// What is known of a person to be.
#[derive(Clone, Copy, Debug)]
pub struct PersonToBe<'a> {
    /// Whose; empty: ours.
    pub account_id: &'a str,
    /// The name.
    pub name: &'a str,
    /// The address.
    pub email: &'a str,
    /// The number.
    pub phone: &'a str,
}

/// People who are there with this name in this account, this address or this number.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn people_alike(
    tx: &mut ReadTx,
    scope: &Scope,
    to_be: PersonToBe<'_>,
) -> Result<Vec<Alike>, StoreError> {
    let asked = [
        (
            Reason::Email,
            format!("{EMAIL_KEY} = $1 AND p.email <> ''"),
            to_be.email.trim().to_ascii_lowercase(),
        ),
        (Reason::Phone, format!("{PHONE_KEY} = $1 AND p.phone <> ''"), phone_key(to_be.phone)),
        (Reason::Name, "p.name_sort = $1".to_owned(), fold(to_be.name)),
    ];
    let mut found: Vec<Alike> = vec![];
    for (reason, same, key) in asked.into_iter().filter(|(_, _, key)| !key.is_empty()) {
        let (visible, scope_values) = scope.condition("p.account_id", 3);
        let sql = format!(
            "SELECT p.id, p.name, COALESCE(p.account_id, '') FROM person p LEFT JOIN account a ON a.id = p.account_id
              WHERE {same} AND p.deleted_at_us IS NULL AND a.deleted_at_us IS NULL
                AND (p.account_id IS NULL OR ({visible}))
              ORDER BY p.id LIMIT $2"
        );
        let values = params![key, LARGEST_GROUP * LARGEST_GROUP].into_iter().chain(scope_values).collect();
        for row in tx.fetch_all(&sql, values).await? {
            let of_account = row.text(2)? == to_be.account_id;
            let id = row.text(0)?;
            if (reason != Reason::Name || of_account) && !found.iter().any(|it| it.id == id) {
                found.push(Alike { id, name: row.text(1)?, reason });
            }
        }
    }
    found.truncate(LARGEST_GROUP);
    Ok(found)
}

/// How many of two people sign in; where both do, neither record can take the other's user.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn count_users(
    tx: &mut ReadTx,
    first: &Id<Person>,
    second: &Id<Person>,
) -> Result<i64, StoreError> {
    tx.fetch_one(USERS, params![first, second]).await?.int(0)
}

/// The name of a record of a kind that is within reach, be it in the trash.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
#[boxed]
pub async fn name_of(
    tx: &mut ReadTx,
    scope: &Scope,
    kind: Kind,
    id: &str,
) -> Result<Option<String>, StoreError> {
    let (visible, values) = match kind {
        Kind::Account => scope.condition("r.id", 2),
        _ => {
            let (sql, values) = scope.condition("r.account_id", 2);
            (format!("(r.account_id IS NULL OR ({sql}))"), values)
        }
    };
    let table = if kind == Kind::Account { "account" } else { "person" };
    let sql = format!("SELECT r.name FROM {table} r WHERE r.id = $1 AND ({visible})");
    let values = params![id].into_iter().chain(values).collect();
    tx.fetch_optional(&sql, values).await?.map(|row| row.text(0)).transpose()
}
