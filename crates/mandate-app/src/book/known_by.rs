//! Which record a row of a file is about that has no column with an id of the firm: the one with its e-mail address, else with its
//! name in its account; a contract line the one of its product in its contract.
//!
//! Spreadsheets seldom have ids. A row that nothing is there for becomes a new record without one; what several records could be is
//! an error, and so are two rows of one name (`import_pass`). It is decided before rows are planned, so that a row may say only what
//! changes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use mandate_domain::Clearance;
use mandate_domain::book::{Draft, FieldProblem, Kind, Saved, Side};
use mandate_domain::text::fold;
use mandate_store::book::{self as store, Stored};
use mandate_store::{ReadTx, StoreError, boxed};

use super::lookups::Lookups;
use super::plan::{Planned, Row, RowProblem, Target};
use crate::ctx::Actor;

/// The fields that tell a record of `kind` from others where there are no ids of the firm; none where only an id does.
pub(super) const fn telling_fields(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::ContractLine => LINE,
        Kind::Contract | Kind::Opportunity => &["title"],
        Kind::LineOfBusiness | Kind::Team | Kind::Account | Kind::Person | Kind::Product => &["name"],
        _ => &[],
    }
}

const LINE: &[&str] = &["contract", "product"];

/// The field that has the name of a record of `kind`.
pub(super) const fn name_field(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Contract | Kind::Opportunity) { "title" } else { "name" }
}

/// The field by which what is wrong with finding a row's record is told.
pub(super) const fn telling_field(kind: Kind) -> &'static str {
    if matches!(kind, Kind::ContractLine) { "product" } else { name_field(kind) }
}

/// What looking came to.
#[derive(Default)]
pub(super) struct FoundByName {
    /// Rows without an id of the firm.
    pub(super) n_rows: usize,
    /// Those whose record is there.
    pub(super) n_there: usize,
    pub(super) problems: Vec<RowProblem>,
}

/// Aims the rows without an id at the records they are about, other than those that the same file made (`made`); a row that could be
/// about several is taken out.
#[boxed]
pub(super) async fn aim<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    rows: &mut Vec<Row<R>>,
    (lookups, made): (&mut Lookups, &HashSet<String>),
) -> Result<FoundByName, StoreError> {
    let mut found = FoundByName::default();
    let mut nameless: Vec<&mut Row<R>> =
        rows.iter_mut().filter(|row| matches!(row.target, Target::ByName)).collect();
    if nameless.is_empty() {
        return Ok(found);
    }
    found.n_rows = nameless.len();
    let meant = match R::KIND {
        Kind::ContractLine => lines::<R>(tx, actor, &nameless, lookups).await?,
        _ => by_name::<R>(tx, actor, &nameless, (lookups, made)).await?,
    };
    for (row, meant) in nameless.iter_mut().zip(meant) {
        let Meant { records, by_name } = meant;
        row.target = Target::New;
        match records.len() {
            0 => {}
            1 => {
                found.n_there += 1;
                // What it was found by stays as it is stored.
                if by_name {
                    row.draft.take_out(name_field(R::KIND));
                }
                if let Some(saved) = records.into_iter().next() {
                    row.target = Target::Existing(Box::new(saved));
                }
            }
            _ => {
                let field = telling_field(R::KIND);
                let text = readable(tx, actor, row).await?;
                let problem = FieldProblem::AmbiguousReference { kind: R::KIND, text };
                found.problems.push(RowProblem { number: row.number, field, problem });
            }
        }
    }
    let unclear: BTreeSet<usize> = found.problems.iter().map(|problem| problem.number).collect();
    rows.retain(|row| !unclear.contains(&row.number));
    Ok(found)
}

/// What stands in the telling field, as somebody reads it.
async fn readable<R: Stored>(tx: &mut ReadTx, actor: &Actor, row: &Row<R>) -> Result<String, StoreError> {
    let text = row.draft.get(telling_field(R::KIND)).to_owned();
    if R::KIND != Kind::ContractLine {
        return Ok(text.chars().take(60).collect());
    }
    let ids = [text.clone()];
    let names = mandate_store::reads::book_pages::names(tx, &actor.scope, Kind::Product, &ids).await?;
    Ok(names.into_values().next().unwrap_or(text))
}

/// The records that a row may be about.
struct Meant<R> {
    records: Vec<Saved<R>>,
    /// Its name told it.
    by_name: bool,
}

/// The lines of each row's product in its contract.
async fn lines<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    rows: &[&mut Row<R>],
    lookups: &mut Lookups,
) -> Result<Vec<Meant<R>>, StoreError> {
    for (field, kind) in LINE.iter().zip([Kind::Contract, Kind::Product]) {
        let texts = rows.iter().map(|row| row.draft.get(field).trim().to_owned());
        lookups
            .look_up(tx, &actor.scope, kind.into(), texts.filter(|text| !text.is_empty()).collect())
            .await?;
    }
    let id_of = |row: &Row<R>, (field, kind): (&str, Kind)| match lookups.meant(
        kind.into(),
        row.draft.get(field).trim(),
        "",
    )[..]
    {
        [id] => id.to_owned(),
        _ => String::new(),
    };
    let key = |row: &&mut Row<R>| -> Vec<String> {
        LINE.iter().copied().zip([Kind::Contract, Kind::Product]).map(|of| id_of(row, of)).collect()
    };
    let keys: Vec<Vec<String>> = rows.iter().map(key).collect();
    let asked: BTreeSet<&Vec<String>> = keys.iter().collect();
    let asked: Vec<Vec<String>> = asked.into_iter().cloned().collect();
    let there = store::find_same::<R>(tx, LINE, &asked).await?;
    let ids: Vec<&str> = there.values().flatten().map(|(id, _)| id.as_str()).collect();
    let saved = store::load_many::<R>(tx, &actor.scope, &ids).await?;
    let of = |key: &Vec<String>| {
        let ids = there.get(key).map(Vec::as_slice).unwrap_or_default();
        let records = ids.iter().filter_map(|(id, _)| saved.get(id).cloned()).collect();
        Meant { records, by_name: false }
    };
    Ok(keys.iter().map(of).collect())
}

/// The records with each row's address, else of its name.
async fn by_name<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    rows: &[&mut Row<R>],
    (lookups, made): (&mut Lookups, &HashSet<String>),
) -> Result<Vec<Meant<R>>, StoreError> {
    let field = name_field(R::KIND);
    let texts = |of: &dyn Fn(&Draft) -> String| -> BTreeSet<String> {
        rows.iter().map(|row| of(&row.draft)).filter(|text| !text.is_empty()).collect()
    };
    let (names, emails) = (texts(&|draft| fold(draft.get(field))), texts(&email_of));
    lookups.look_up(tx, &actor.scope, Kind::Account.into(), texts(&account_text)).await?;
    let there = store::load_alike::<R>(tx, &actor.scope, &names, &emails).await?;
    let there = Records::of(there.iter().filter(|saved| !made.contains(saved.id.as_str())));
    let meant = |row: &&mut Row<R>| {
        let account = account_text(&row.draft);
        let place = match (account.is_empty(), &lookups.meant(Kind::Account.into(), &account, "")[..]) {
            (true, _) => Place::Anywhere,
            (false, [id]) => Place::In(id),
            (false, _) => Place::Unknown,
        };
        there.meant(&row.draft, field, &place)
    };
    Ok(rows.iter().map(meant).collect())
}

/// The e-mail address as it is compared.
pub(super) fn email_of(draft: &Draft) -> String {
    draft.get("email").trim().to_lowercase()
}

fn account_text(draft: &Draft) -> String {
    draft.get("account").trim().to_owned()
}

/// What tells the row of a new record without an id from every other such row of its file, and what no row without an address may
/// share with one that has some.
pub(super) struct Keys {
    /// Two rows with this are one.
    pub(super) own: String,
    /// The name in its place, of a row with an address.
    pub(super) named: Option<String>,
}

impl Keys {
    pub(super) fn of<R: Stored>(row: &Planned<R>) -> Self {
        let draft = row.saved.draft(Clearance::NONE);
        if R::KIND == Kind::ContractLine {
            let parts: Vec<&str> = LINE.iter().map(|field| draft.get(field)).collect();
            return Self { own: parts.join("\n"), named: None };
        }
        let named = ["=", draft.get("account"), &fold(row.saved.name())].join("\n");
        match email_of(&draft) {
            email if email.is_empty() => Self { own: named, named: None },
            email => Self { own: [&email, fold(row.saved.name()).as_str()].join("\n"), named: Some(named) },
        }
    }
}

/// Whose a row's record is, as far as the row says.
enum Place<'a> {
    Anywhere,
    In(&'a str),
    Unknown,
}

/// The records that may be meant.
struct Records<'a, R> {
    by_name: BTreeMap<String, Vec<&'a Saved<R>>>,
    by_email: BTreeMap<String, Vec<&'a Saved<R>>>,
}

impl<'a, R: Stored> Records<'a, R> {
    fn of(records: impl Iterator<Item = &'a Saved<R>>) -> Self {
        let (mut by_name, mut by_email): (BTreeMap<_, Vec<_>>, BTreeMap<_, Vec<_>>) = Default::default();
        for saved in records {
            by_name.entry(fold(saved.name())).or_default().push(saved);
            by_email.entry(email_of(&saved.draft(Clearance::NONE))).or_default().push(saved);
        }
        Self { by_name, by_email }
    }

    fn meant(&self, row: &Draft, field: &str, place: &Place<'_>) -> Meant<R> {
        let (email, name) = (email_of(row), fold(row.get(field)));
        let of_email = self.by_email.get(&email).filter(|_| !email.is_empty());
        let same: Vec<&&Saved<R>> =
            of_email.into_iter().flatten().filter(|saved| is_same_side(saved, row)).collect();
        // A mailbox of several people has names that share nothing.
        let of_name = |saved: &&&&Saved<R>| fold(saved.name()) == name;
        let namesakes: Vec<&&Saved<R>> = same.iter().filter(|it| of_name(it)).copied().collect();
        let close = || same.iter().filter(|saved| are_close(&fold(saved.name()), &name)).copied().collect();
        let same: Vec<&&Saved<R>> = if namesakes.is_empty() { close() } else { namesakes };
        if !same.is_empty() {
            return Meant {
                records: same.into_iter().map(|saved| (**saved).clone()).collect(),
                by_name: false,
            };
        }
        let fits = |saved: &&&Saved<R>| {
            let other = email_of(&saved.draft(Clearance::NONE));
            // Two addresses are two people.
            let one_address = email.is_empty() || other.is_empty();
            let is_there = match place {
                Place::Anywhere => true,
                Place::In(account) => saved.account_id().is_none_or(|own| own == *account),
                Place::Unknown => false,
            };
            one_address && is_there && is_same_side(saved, row)
        };
        let of_name = self.by_name.get(&name).map(Vec::as_slice).unwrap_or_default();
        Meant { records: of_name.iter().filter(fits).map(|saved| (*saved).clone()).collect(), by_name: true }
    }
}

/// Whether a row without a side, or with this one, may be about a record.
fn is_same_side<R: Stored>(saved: &Saved<R>, row: &Draft) -> bool {
    let side = Side::parse(&fold(row.get("side")));
    !row.states("side") || Side::parse(saved.draft(Clearance::NONE).get("side")) == side
}

/// Words of names that many share.
const COMMON: &[&str] = &[
    "dr", "prof", "mr", "mrs", "ms", "herr", "frau", "ing", "mag", "von", "van", "de", "der", "den", "la",
    "le",
];

/// Whether two folded names may be of one person: all words of one in the other, titles and particles aside, or the same last word
/// after first ones of which one begins the other. One that says nothing is close to any.
pub(super) fn are_close(one: &str, other: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let words = name.split_whitespace().map(|word| word.trim_matches('.').to_owned());
        words.filter(|word| !word.is_empty() && !COMMON.contains(&word.as_str())).collect()
    };
    let (one, other) = (words(one), words(other));
    let within = |some: &[String], all: &[String]| some.iter().all(|word| all.contains(word));
    let begins = || match (&one[..], &other[..]) {
        ([first, .., last], [first_too, .., last_too]) => {
            last == last_too && (first.starts_with(first_too) || first_too.starts_with(first))
        }
        _ => false,
    };
    within(&one, &other) || within(&other, &one) || begins()
}

/// A row of a file without an id of the firm takes one from the fields that say which record it is.
pub(super) fn with_natural_key<R: Stored>(mut row: Row<R>, defaults: &Draft) -> Row<R> {
    let is_by_id = matches!(row.target, Target::ByExternalId);
    if is_by_id && !R::NATURAL_KEY.is_empty() && !row.draft.states("external_id") {
        let of = |field: &str| if row.draft.states(field) { &row.draft } else { defaults };
        let key: Vec<&str> = R::NATURAL_KEY.iter().map(|field| of(field).get(field).trim()).collect();
        if key.iter().all(|part| !part.is_empty()) {
            row.draft.set("external_id", key.join(" / "));
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_close_where_they_may_be_of_one_person() {
        for (one, other) in [
            ("ann bos", "ann de bos"),
            ("jon smith", "jonathan smith"),
            ("dr. anna weber", "anna weber"),
            ("", "bo"),
        ] {
            assert!(are_close(one, other) && are_close(other, one), "{one} {other}");
        }
        for (one, other) in
            [("dr. anna weber", "dr. peter klein"), ("anna muller", "peter muller"), ("ann lind", "bo kraft")]
        {
            assert!(!are_close(one, other), "{one} {other}");
        }
    }
}
