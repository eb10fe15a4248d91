//! Records that rows carry besides their own: the company of a contact, the contract and the product of a line.
//!
//! They are gathered from the whole file before its own rows are planned, because many rows speak of the same one: each is found
//! by the firm's own id, else by its name, or made, once. An empty cell says nothing of it; two rows that say different things of
//! one are an error. Then they are planned and written like rows of a file of their own, what they themselves belong to first.

use std::collections::{HashMap, HashSet};

use mandate_domain::book::{Draft, FieldProblem, Kind};
use mandate_domain::text::fold;
use mandate_store::book::Stored;

use super::import_rows::Columns;
use super::known_by::with_natural_key;
use super::plan::{Row, RowProblem};
use super::relations::{Relation, relations};
use crate::exchange::table::{MOST_ROWS, TableError};

/// A related record as the rows so far tell it.
pub(super) struct Entry {
    /// The first row that names it.
    pub(super) number: usize,
    /// Further rows that do.
    more: Vec<u32>,
    pub(super) draft: Draft,
}

/// The records of one relation.
pub(super) struct Gathered {
    pub(super) relation: &'static Relation,
    /// What new ones have where no row says it.
    pub(super) defaults: Draft,
    pub(super) entries: Vec<Entry>,
    /// Which entry a key means.
    pub(super) by_key: HashMap<String, usize>,
    /// The id that each key turned out to have.
    pub(super) ids: HashMap<String, String>,
    /// Ids of the firm that records have which it makes.
    pub(super) made: HashSet<String>,
    /// The records it makes.
    pub(super) made_ids: HashSet<String>,
}

/// The related records of a file, those that others belong to first.
pub(super) struct Related {
    pub(super) all: Vec<Gathered>,
}

/// What is wrong with a related record, and what stood there.
pub(super) struct RelatedProblem {
    pub(super) problem: RowProblem,
    pub(super) given: String,
}

/// What one row says of a related record.
struct Said {
    key: Option<String>,
    draft: Draft,
    /// A cell of the row itself says something, not only what counts for every row.
    in_cells: bool,
}

pub(super) const ID: &str = "external_id";

impl Related {
    /// The relations that the columns of a file of `kind` speak of; `None` where there is none.
    pub(super) fn of(kind: Kind, columns: &Columns) -> Option<Self> {
        let spoken = |relation: &Relation| columns.speaks_of(relation.path);
        let mut all: Vec<Gathered> = relations(kind)
            .iter()
            .filter(|relation| spoken(relation))
            .map(|relation| Gathered::new(relation, columns))
            .collect();
        // What stands further along the way comes first: a contract names its account.
        all.reverse();
        (!all.is_empty()).then_some(Self { all })
    }

    /// The names of the records, as the file has them, by their ids.
    pub(super) fn names(&self) -> HashMap<String, String> {
        let mut names = HashMap::new();
        for gathered in &self.all {
            for (key, id) in &gathered.ids {
                let entry = gathered.by_key.get(key).and_then(|at| gathered.entries.get(*at));
                let name =
                    entry.map(|entry| entry.draft.get(gathered.relation.name_field())).unwrap_or_default();
                if !name.is_empty() {
                    names.insert(id.clone(), name.to_owned());
                }
            }
        }
        names
    }

    /// What `row` says of each relation, in their order.
    fn said(&self, columns: &Columns, row: &Draft) -> Vec<Said> {
        let mut said: Vec<Said> = Vec::with_capacity(self.all.len());
        for gathered in &self.all {
            let relation = gathered.relation;
            let mut draft = Draft::new();
            let mut in_cells = false;
            for spec in &relation.specs {
                let Some(field) = relation.inner(spec.name) else { continue };
                let mut text = row.get(spec.name).trim();
                in_cells |= !text.is_empty();
                if text.is_empty() && [ID, relation.name_field()].contains(&field) {
                    text = columns.given_of(spec.name).unwrap_or_default();
                }
                if !text.is_empty() {
                    draft.set(field, text);
                }
            }
            for (further, it) in self.all.iter().zip(&said) {
                if further.relation.above == relation.path
                    && let Some(key) = &it.key
                {
                    draft.set(further.relation.field, key.as_str());
                    in_cells |= it.in_cells;
                }
            }
            name_by_address(relation, &mut draft);
            said.push(Said { key: key_of(relation, &draft), draft, in_cells });
        }
        said
    }

    /// Takes what some rows say; answers what is wrong with it.
    pub(super) fn gather<R>(
        &mut self,
        columns: &Columns,
        rows: &[Row<R>],
    ) -> Result<Vec<RowProblem>, TableError> {
        let mut problems = vec![];
        for row in rows {
            let said = self.said(columns, &row.draft);
            for (gathered, said) in self.all.iter_mut().zip(said) {
                let relation = gathered.relation;
                let Some(key) = said.key else {
                    if let Some(field) = relation.dotted(relation.name_field()).filter(|_| said.in_cells) {
                        problems.push(RowProblem {
                            number: row.number,
                            field,
                            problem: FieldProblem::Required,
                        });
                    }
                    continue;
                };
                match gathered.by_key.get(&key).and_then(|at| gathered.entries.get_mut(*at)) {
                    Some(entry) => {
                        entry.more.push(u32::try_from(row.number).unwrap_or(u32::MAX));
                        let there = (entry.number, &mut entry.draft);
                        problems.extend(merge(relation, there, row.number, &said.draft));
                    }
                    None => {
                        if gathered.entries.len() == MOST_ROWS {
                            return Err(TableError::TooManyRelated { most: MOST_ROWS });
                        }
                        gathered.by_key.insert(key, gathered.entries.len());
                        gathered.entries.push(Entry { number: row.number, more: vec![], draft: said.draft });
                    }
                }
            }
        }
        Ok(problems)
    }

    /// Rows with an id of the firm that a record of their own kind takes which rows make besides: an owner of a contact.
    pub(super) fn taken<R: Stored>(&self, rows: &[Row<R>]) -> Vec<RowProblem> {
        let same_kind = self.all.iter().filter(|gathered| gathered.relation.kind == R::KIND);
        let mut problems = vec![];
        for gathered in same_kind.filter(|gathered| !gathered.made.is_empty()) {
            let taken = rows.iter().filter(|row| gathered.made.contains(row.draft.get(ID).trim()));
            problems.extend(taken.map(|row| RowProblem {
                number: row.number,
                field: ID,
                problem: FieldProblem::Taken { text: row.draft.get(ID).trim().to_owned() },
            }));
        }
        problems
    }

    /// The records of `kind` that the rows make besides.
    pub(super) fn made_ids(&self, kind: Kind) -> impl Iterator<Item = &String> {
        let same_kind = self.all.iter().filter(move |gathered| gathered.relation.kind == kind);
        same_kind.flat_map(|gathered| &gathered.made_ids)
    }

    /// Whether the row has nothing of its own, only related records.
    pub(super) fn is_alone(&self, columns: &Columns, row: &Draft) -> bool {
        !columns.states_own(row) && self.said(columns, row).iter().any(|it| it.key.is_some())
    }

    /// Puts the ids of the related records into a row, in place of what it says of them. Where empty cells say nothing (`keeps`), a row
    /// that names none leaves what its record has.
    pub(super) fn point<R: Stored>(
        &self,
        columns: &Columns,
        mut row: Row<R>,
        (defaults, keeps): (&Draft, bool),
    ) -> Row<R> {
        let said = self.said(columns, &row.draft);
        let mut ids = vec![];
        for (gathered, said) in self.all.iter().zip(said) {
            let relation = gathered.relation;
            for spec in &relation.specs {
                row.draft.take_out(spec.name);
            }
            if !relation.above.is_empty() {
                continue;
            }
            let id = said.key.as_ref().and_then(|key| gathered.ids.get(key));
            let readable = [said.draft.get(ID), said.draft.get(relation.name_field())];
            // An id of the firm that is made of what the row names is made of what people read.
            let readable = readable.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
            row.draft.set(relation.field, readable);
            ids.push((relation.field, id.cloned().unwrap_or_default()));
        }
        let mut row = with_natural_key(row, defaults);
        for (field, id) in ids {
            if id.is_empty() && keeps {
                row.draft.take_out(field);
            } else {
                row.draft.set(field, id);
            }
        }
        row
    }
}

/// Where an export has the address of a person in place of a name, it is both: nobody said another.
fn name_by_address(relation: &Relation, draft: &mut Draft) {
    let name = draft.get(relation.name_field()).to_owned();
    if relation.kind == Kind::Person && !draft.states("email") && is_address(&name) {
        draft.set("email", name);
    }
}

/// Whether a text is an e-mail address and nothing else.
pub(super) fn is_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split('@').collect();
    !text.contains(|letter: char| letter.is_whitespace() || letter == ';')
        && matches!(parts[..], [name, host] if !name.is_empty() && host.contains('.'))
}

/// What tells one record of a relation from another in this file; `None` where the row names none.
fn key_of(relation: &Relation, draft: &Draft) -> Option<String> {
    match (draft.get(ID), draft.get(relation.name_field())) {
        ("", "") => None,
        // The same title is common: of a contract its account belongs to it.
        ("", name) if relation.kind == Kind::Contract => {
            Some(format!("={}\n{}", fold(name), draft.get("account")))
        }
        ("", name) => Some(format!("={}", fold(name))),
        (id, _) => Some(format!("#{id}")),
    }
}

/// Adds what another row says of a record.
pub(super) fn merge(
    relation: &Relation,
    (first, draft): (usize, &mut Draft),
    number: usize,
    said: &Draft,
) -> Vec<RowProblem> {
    let mut problems = vec![];
    for (field, text) in said.iter() {
        let there = draft.get(field);
        if there.is_empty() {
            draft.set(field, text);
        } else if there != text {
            let problem = FieldProblem::SaysElse { text: readable(there), row: first };
            let field = relation.dotted(field).unwrap_or(relation.path);
            problems.push(RowProblem { number, field, problem });
        }
    }
    problems
}

/// What stood in the file, where a key stands in its place.
pub(super) fn readable(text: &str) -> String {
    let plain = text.strip_prefix(['#', '=']).unwrap_or(text);
    plain.lines().next().unwrap_or_default().chars().take(60).collect()
}

impl Gathered {
    fn new(relation: &'static Relation, columns: &Columns) -> Self {
        let given = relation.specs.iter().filter_map(|spec| {
            let field =
                relation.inner(spec.name).filter(|field| ![ID, relation.name_field()].contains(field))?;
            Some((field, columns.given_of(spec.name)?))
        });
        // Of people only ours come beside others.
        let first =
            if relation.kind == Kind::Person { Draft::new().with("side", "provider") } else { Draft::new() };
        let defaults = given.fold(first, |draft, (field, text)| draft.with(field, text));
        Self {
            relation,
            defaults,
            entries: vec![],
            by_key: HashMap::new(),
            ids: HashMap::new(),
            made: HashSet::new(),
            made_ids: HashSet::new(),
        }
    }

    pub(super) fn problem(
        &self,
        number: usize,
        field: &str,
        problem: FieldProblem,
        given: &str,
    ) -> RelatedProblem {
        let field = self.relation.dotted(field).unwrap_or(self.relation.path);
        RelatedProblem { problem: RowProblem { number, field, problem }, given: given.to_owned() }
    }

    /// Of `drafts`, the entries with the ids of what they belong to, those that are a record of their own; and which of the others
    /// mean which of these: without an id it is the one of that name whose id other rows have, else the first of that name. What
    /// belongs to an account is one of that name in that account; where a row does not say which, the only one of that name.
    pub(super) fn one_each(&self, drafts: Vec<(usize, Draft)>) -> OneEach {
        let name = self.relation.name_field();
        let rank = |draft: &Draft| match draft.states(ID) {
            true => 0,
            false if self.relation.kind == Kind::Contract && !draft.states("account") => 2,
            false => 1,
        };
        let mut by_rank = drafts;
        by_rank.sort_by_key(|(idx, draft)| (rank(draft), *idx));
        let mut one_each = OneEach::default();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (idx, draft) in by_rank {
            let folded = fold(draft.get(name));
            let rank = rank(&draft);
            let same = match by_name.get(&folded) {
                Some(named) if rank > 0 => one_each.meant(named, &draft, rank),
                _ => vec![],
            };
            match same[..] {
                [] => {
                    if !folded.is_empty() {
                        by_name.entry(folded).or_default().push(one_each.drafts.len());
                    }
                    one_each.drafts.push((idx, draft));
                }
                [at] => self.join(&mut one_each, at, (idx, draft)),
                _ => {
                    let text: String = draft.get(name).chars().take(60).collect();
                    let given = text.clone();
                    let problem = FieldProblem::AmbiguousReference { kind: self.relation.kind, text };
                    let number = self.number(idx);
                    one_each.problems.push(self.problem(number, name, problem, &given));
                }
            }
        }
        one_each.drafts.sort_by_key(|(idx, _)| *idx);
        one_each
    }

    /// The first row of each entry with the further ones.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, &[u32])> {
        self.entries.iter().map(|entry| (entry.number, entry.more.as_slice()))
    }

    /// The first row of an entry.
    fn number(&self, idx: usize) -> usize {
        self.entries.get(idx).map_or(0, |entry| entry.number)
    }

    /// Lets an entry mean the one at `at` and adds what it says.
    fn join(&self, one_each: &mut OneEach, at: usize, (idx, mut said): (usize, Draft)) {
        said.take_out(self.relation.name_field());
        let Some((same, draft)) = one_each.drafts.get_mut(at) else { return };
        let there = (self.number(*same), draft);
        let found = merge(self.relation, there, self.number(idx), &said);
        one_each.same_as.insert(idx, *same);
        let found = found.into_iter().map(|problem| RelatedProblem { problem, given: String::new() });
        one_each.problems.extend(found);
    }
}

/// The entries of a relation, each record once.
#[derive(Default)]
pub(super) struct OneEach {
    pub(super) drafts: Vec<(usize, Draft)>,
    /// Entries that mean the record of another.
    pub(super) same_as: HashMap<usize, usize>,
    pub(super) problems: Vec<RelatedProblem>,
}

impl OneEach {
    /// Which of the drafts at `named`, all of one name, `draft` means: several where it cannot be told.
    fn meant(&self, named: &[usize], draft: &Draft, rank: u8) -> Vec<usize> {
        let in_place = |at: &&usize| {
            self.drafts
                .get(**at)
                .is_some_and(|(_, it)| rank == 2 || it.get("account") == draft.get("account"))
        };
        let has_id = |at: &usize| self.drafts.get(*at).is_some_and(|(_, it)| it.states(ID));
        let found: Vec<usize> = named.iter().filter(in_place).copied().collect();
        let with_id: Vec<usize> = found.iter().copied().filter(has_id).collect();
        if with_id.is_empty() || rank == 2 { found } else { with_id }
    }
}
