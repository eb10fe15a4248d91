//! Which record a row of a file is about that has no id of the firm: the one with its e-mail address, else with its name in its
//! account.
//!
//! Spreadsheets seldom have ids. A row that nothing is there for becomes a new record without one; a name that several records have
//! is an error, and so are two rows of one name (`import_pass`). It is decided before rows are planned, so that a row may say only
//! what changes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use mandate_domain::Clearance;
use mandate_domain::book::{Draft, FieldProblem, Kind, Saved};
use mandate_domain::text::fold;
use mandate_store::book::{self as store, Stored};
use mandate_store::{ReadTx, StoreError, boxed};

use super::lookups::Lookups;
use super::plan::{Planned, Row, RowProblem, Target};
use super::related::ID;
use crate::ctx::Actor;

/// Whether a record of `kind` without an id of the firm is told from others by its name.
pub(super) const fn has_telling_name(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::LineOfBusiness
            | Kind::Team
            | Kind::Account
            | Kind::Person
            | Kind::Product
            | Kind::Contract
            | Kind::Opportunity
    )
}

/// The field that has the name of a record of `kind`.
pub(super) const fn name_field(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Contract | Kind::Opportunity) { "title" } else { "name" }
}

/// What looking came to.
#[derive(Default)]
pub(super) struct FoundByName {
    /// Rows without an id of the firm.
    pub(super) n_rows: usize,
    pub(super) problems: Vec<RowProblem>,
}

/// Aims the rows without an id at the records they are about, other than those that the same file made (`made`).
#[boxed]
pub(super) async fn aim<R: Stored>(
    tx: &mut ReadTx,
    actor: &Actor,
    rows: &mut [Row<R>],
    (lookups, made): (&mut Lookups, &HashSet<String>),
) -> Result<FoundByName, StoreError> {
    let mut found = FoundByName::default();
    let mut nameless: Vec<&mut Row<R>> = rows.iter_mut().filter(|row| is_nameless(row)).collect();
    if nameless.is_empty() {
        return Ok(found);
    }
    found.n_rows = nameless.len();
    let field = name_field(R::KIND);
    let texts = |of: fn(&Draft) -> String| -> BTreeSet<String> {
        nameless.iter().map(|row| of(&row.draft)).filter(|text| !text.is_empty()).collect()
    };
    let names =
        nameless.iter().map(|row| fold(row.draft.get(field))).filter(|name| !name.is_empty()).collect();
    let (emails, accounts) = (texts(email_of), texts(account_text));
    lookups.look_up(tx, &actor.scope, Kind::Account.into(), accounts).await?;
    let there = store::load_alike::<R>(tx, &actor.scope, &names, &emails).await?;
    let there = Records::of(there.iter().filter(|saved| !made.contains(saved.id.as_str())));
    for row in &mut nameless {
        let account = account_text(&row.draft);
        let account = match (account.is_empty(), &lookups.meant(Kind::Account.into(), &account, "")[..]) {
            (true, _) => Place::Anywhere,
            (false, [id]) => Place::In(id),
            (false, _) => Place::Unknown,
        };
        let (meant, by_name) = there.meant(&row.draft, field, &account);
        match meant[..] {
            [] => row.target = Target::New,
            [only] => {
                // What it was found by stays as it is stored.
                if by_name {
                    row.draft.take_out(field);
                }
                row.target = Target::Existing(Box::new(only.clone()));
            }
            _ => {
                let text = row.draft.get(field).chars().take(60).collect();
                let problem = FieldProblem::AmbiguousReference { kind: R::KIND, text };
                found.problems.push(RowProblem { number: row.number, field, problem });
                row.target = Target::New;
            }
        }
    }
    Ok(found)
}

fn is_nameless<R>(row: &Row<R>) -> bool {
    matches!(row.target, Target::ByIdOrName) && !row.draft.states(ID)
}

fn email_of(draft: &Draft) -> String {
    draft.get("email").trim().to_lowercase()
}

fn account_text(draft: &Draft) -> String {
    draft.get("account").trim().to_owned()
}

/// What tells the row of a new record without an id from every other such row of its file.
pub(super) fn key_of<R: Stored>(row: &Planned<R>) -> String {
    let draft = row.saved.draft(Clearance::NONE);
    match email_of(&draft) {
        email if email.is_empty() => [draft.get("account"), &fold(row.saved.name())].join("\n"),
        email => email,
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

    /// Those that a row may mean, and whether its name told it.
    fn meant(&self, row: &Draft, field: &str, place: &Place<'_>) -> (Vec<&'a Saved<R>>, bool) {
        let email = email_of(row);
        let same_side = |saved: &&&Saved<R>| {
            !row.states("side") || saved.draft(Clearance::NONE).get("side") == row.get("side").trim()
        };
        if let Some(same) = self.by_email.get(&email).filter(|_| !email.is_empty()) {
            let same: Vec<&Saved<R>> = same.iter().filter(same_side).copied().collect();
            if !same.is_empty() {
                return (same, false);
            }
        }
        let same = self.by_name.get(&fold(row.get(field))).map(Vec::as_slice).unwrap_or_default();
        let fits = |saved: &&&Saved<R>| {
            let other = email_of(&saved.draft(Clearance::NONE));
            // Two addresses are two people.
            let one_address = email.is_empty() || other.is_empty();
            let is_there = match place {
                Place::Anywhere => true,
                Place::In(account) => saved.account_id().is_none_or(|own| own == *account),
                Place::Unknown => false,
            };
            one_address && is_there && same_side(saved)
        };
        (same.iter().filter(fits).copied().collect(), true)
    }
}
