//! From a file's rows to drafts, and from what is wrong with them to a list that a person can mend the file by.
//!
//! Columns are matched once, by the fields' own names or by the file's mapping. Errors keep the order of rows, the first
//! thousand with what stood there; the rest is counted. A column that is missing altogether is one error, not one a row.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use mandate_domain::book::{CUSTOM, Draft, FieldProblem, Kind, Shape, Spec};
use mandate_domain::text::{self, fold};
use mandate_store::book::Stored;
use sha2::{Digest, Sha256};

use super::errors::problem_message;
use super::import_report::{Missing, RowError};
use super::known_by::telling_fields;
use super::mapping::{EmptyCells, Mapping, SeveralIds};
use super::plan::{Row, RowProblem, Target};
use super::volume::{VOLUME, VolumePer, VolumeRead};
use crate::error::Message;
use crate::exchange::table::TableRow;

/// Most characters of a cell that an error shows.
pub(super) const MOST_GIVEN: usize = 200;

/// What is told of a wrong value that few may read.
const GUARDED: &str =
    "this is no value for this column; what stood there is not repeated, because few may read it";

/// A column of a person's first name, which goes before the last one into `name`.
pub(super) const FIRST_NAME: &str = "first_name";
/// A column of a person's last name.
pub(super) const LAST_NAME: &str = "last_name";
/// The column of a list that says where an annual value comes from, by its name and its title.
const WORKED_OUT: &[&str] = &["annual_value_from", "Annual value comes from"];

/// Parts of a name that other programs keep apart.
static PARTS: &[Spec] =
    &[Spec::optional(FIRST_NAME, Shape::Line(200)), Spec::optional(LAST_NAME, Shape::Line(200))];

/// A column of the file: its name, and the field it holds unless it is left out.
pub(super) struct Column {
    pub(super) spec: Option<Spec>,
    pub(super) head: String,
    /// The currency of one that stands beside others of the same field.
    currency: Option<String>,
}

/// What each column of the file holds, and what every row has besides.
pub(super) struct Columns {
    pub(super) columns: Vec<Column>,
    fixed: Vec<(Spec, String)>,
    defaults: Vec<(Spec, String)>,
}

pub(super) fn head_error(column: &str, message: Message, text: String) -> RowError {
    let column = column.to_owned();
    RowError {
        row: 1,
        given: column.clone(),
        column,
        field: "",
        message,
        text,
        missing: None,
        name: String::new(),
    }
}

impl Columns {
    /// Matches the header.
    pub(super) fn of(
        header: &[String],
        (kind, specs, natural_key): (Kind, &[Spec], &[&str]),
        mapping: Option<&Mapping>,
    ) -> Result<Self, Vec<RowError>> {
        let (mut columns, mut errors): (Vec<Column>, _) = (vec![], vec![]);
        for head in header {
            let (spec, currency) = match mapping {
                Some(mapping) => mapping.columns.get(head).map_or((None, None), |field| {
                    let (field, currency) = in_currency(field);
                    (mapped(specs, field), currency.map(str::to_owned))
                }),
                None => (named(specs, head), None),
            };
            if spec.is_none() && mapping.is_none() {
                errors.push(unknown_column(head, specs));
            }
            if let Some(spec) = spec
                && columns.iter().any(|column| {
                    let is_beside =
                        column.currency.is_some() && currency.is_some() && column.currency != currency;
                    column.spec.is_some_and(|other| other.name == spec.name) && !is_beside
                })
            {
                let field = spec.name;
                let text = format!("two columns are called `{field}`; remove one");
                errors.push(head_error(
                    head,
                    Message::new("import-problem-twice").with("column", field),
                    text,
                ));
            }
            columns.push(Column { spec, head: head.clone(), currency });
        }
        let mut given = |values: Option<&BTreeMap<String, String>>| {
            let mut known = vec![];
            for (field, value) in values.into_iter().flatten() {
                match spec_of(specs, field) {
                    Some(spec) => known.push((spec, value.clone())),
                    None => errors.push(unknown_column(field, specs)),
                }
            }
            known
        };
        let fixed = given(mapping.map(|mapping| &mapping.fixed));
        let defaults = given(mapping.map(|mapping| &mapping.defaults));
        let this = Self { columns, fixed, defaults };
        errors.extend(this.said_in_two_ways());
        let own_id = this.columns.iter().find(|it| it.spec.is_some_and(|spec| spec.name == "external_id"));
        errors
            .extend(own_id.filter(|_| this.is_side_by_side()).map(|column| one_id_of_several(&column.head)));
        let by_natural_key = !natural_key.is_empty() && natural_key.iter().all(|field| this.holds(field));
        let by_name = this.is_by_name(kind);
        if !this.holds("external_id") && !by_natural_key && !by_name {
            errors.push(this.nothing_tells(kind));
        }
        if errors.is_empty() { Ok(this) } else { Err(errors) }
    }

    pub(super) fn holds(&self, field: &str) -> bool {
        let holds = |name: &str| name == field || field == "name" && [FIRST_NAME, LAST_NAME].contains(&name);
        self.names().any(holds) || self.speaks_of(field)
    }

    /// No column says which record a row is about.
    fn nothing_tells(&self, kind: Kind) -> RowError {
        let (message, text) = match *telling_fields(kind) {
            [one, other] => {
                let lacking: Vec<&str> =
                    [one, other].into_iter().filter(|field| !self.holds(field)).collect();
                both_tell(&lacking, (one, other))
            }
            _ => nothing_names(kind),
        };
        head_error("external_id", message, text)
    }

    /// Whether rows tell their record by name, for want of ids of the firm.
    pub(super) fn is_by_name(&self, kind: Kind) -> bool {
        let telling = telling_fields(kind);
        !self.holds("external_id") && !telling.is_empty() && telling.iter().all(|field| self.holds(field))
    }

    /// The fields that columns hold, or that every row has.
    pub(super) fn specs(&self) -> impl Iterator<Item = Spec> {
        let columns = self.columns.iter().filter_map(|column| column.spec);
        columns.chain(self.given().map(|(spec, _)| *spec))
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let columns = self.columns.iter().filter_map(|column| Some(column.spec?.name));
        let beside = self.is_side_by_side().then_some(CURRENCY);
        columns.chain(beside).chain(self.given().map(|(spec, _)| spec.name))
    }

    /// Whether a row has several records, one for each currency.
    fn is_side_by_side(&self) -> bool {
        self.columns.iter().any(|column| column.currency.is_some())
    }

    /// Whether a row has no price in any of the currencies that stand side by side.
    pub(super) fn is_without_price(&self, row: &Draft) -> bool {
        let beside = self.columns.iter().find(|column| column.currency.is_some());
        beside.and_then(|column| column.spec).is_some_and(|spec| !row.states(spec.name))
    }

    fn given(&self) -> impl Iterator<Item = &(Spec, String)> {
        self.fixed.iter().chain(&self.defaults)
    }

    /// What new records of the file have where their rows say nothing.
    pub(super) fn defaults(&self) -> Draft {
        let own = self.defaults.iter().filter(|(spec, _)| !is_related(spec.name));
        own.fold(Draft::new(), |draft, (spec, value)| draft.with(spec.name, value.as_str()))
    }

    /// What is said of related records without a column, by the name along the way.
    pub(super) fn given_of(&self, field: &str) -> Option<&str> {
        self.given().find(|(spec, _)| spec.name == field).map(|(_, value)| value.as_str())
    }

    /// Whether rows say something of the record at the end of this way (`relations`).
    pub(super) fn speaks_of(&self, path: &str) -> bool {
        self.names().any(|name| along(name, path))
    }

    /// Whether a row has a cell of its own record.
    pub(super) fn states_own(&self, row: &Draft) -> bool {
        let own = self.columns.iter().filter_map(|column| column.spec).filter(|spec| !is_related(spec.name));
        let fixed = |field: &str| self.fixed.iter().find(|(spec, _)| spec.name == field);
        own.into_iter().any(|spec| {
            row.states(spec.name) && fixed(spec.name).is_none_or(|(_, value)| value != row.get(spec.name))
        })
    }

    /// A field cannot hold the record itself and what is said of it.
    fn said_in_two_ways(&self) -> Vec<RowError> {
        let both = |column: &&Column| column.spec.is_some_and(|spec| self.speaks_of(spec.name));
        let error = |column: &Column| {
            let field = column.spec.map_or("", |spec| spec.name);
            let text = format!(
                "columns say which `{field}` it is, and what it holds; read `{}` as `{field}.external_id` or `{field}.name`, or leave it out",
                column.head
            );
            let message = Message::new("import-problem-two-ways").with("column", column.head.as_str());
            head_error(&column.head, message.with("field", field), text)
        };
        self.columns.iter().filter(both).map(error).collect()
    }

    /// Drafts of `rows`; rows that do not fit the header become errors.
    pub(super) fn drafts<R: Stored>(
        &self,
        rows: &[TableRow],
        mapping: Option<&Mapping>,
        errors: &mut Vec<RowError>,
    ) -> Vec<Row<R>> {
        let mut drafts = Vec::with_capacity(rows.len());
        let defaulted: BTreeSet<&str> = self.defaults.iter().map(|(spec, _)| spec.name).collect();
        let by_name = self.is_by_name(R::KIND);
        let keeps = mapping.is_some_and(|mapping| mapping.empty_cells == EmptyCells::Keep);
        let target = || if by_name { Target::ByName } else { Target::ByExternalId };
        for row in rows {
            let surplus = row.cells.iter().skip(self.columns.len()).any(|cell| !cell.trim().is_empty());
            if surplus || row.cells.len() < self.columns.len() {
                errors.push(wrong_length(row, self.columns.len()));
                continue;
            }
            let mut draft = Draft::new();
            for (spec, value) in self.fixed.iter().filter(|(spec, _)| !is_related(spec.name)) {
                draft.set(spec.name, value.as_str());
            }
            let mut beside = vec![];
            for (column, cell) in self.columns.iter().zip(&row.cells) {
                let Some(spec) = column.spec else { continue };
                let text = match mapping {
                    Some(mapping) => Cow::Owned(mapping.read(&spec, cell.clone())),
                    None => Cow::Borrowed(cell.as_str()),
                };
                if let Some(currency) = &column.currency {
                    beside.push((spec.name, text.trim().to_owned(), currency.as_str()));
                    continue;
                }
                // What counts for every row, or for new ones, stays where the cell is empty.
                let is_given = keeps || draft.has(spec.name) || defaulted.contains(&spec.name);
                if !text.trim().is_empty() || !is_given {
                    draft.set(spec.name, text);
                }
            }
            if self.is_worked_out(row) {
                draft.take_out("annual_value");
            }
            if mapping.is_some_and(|mapping| mapping.several_ids == SeveralIds::First) {
                self.take_first(&mut draft);
            }
            join_name(&mut draft);
            beside.retain(|(_, text, _)| !text.is_empty());
            let one = |draft| Row { number: row.number, draft, target: target() };
            match &beside[..] {
                [] => drafts.push(one(draft)),
                some => drafts.extend(some.iter().map(|(field, text, currency)| {
                    one(draft.clone().with(field, text.as_str()).with(CURRENCY, *currency))
                })),
            }
        }
        drafts
    }

    /// Whether the row says that its annual value is what contracts come to, as a list that was taken out does: nobody stated it.
    fn is_worked_out(&self, row: &TableRow) -> bool {
        let says = |column: &Column| {
            column.spec.is_none()
                && WORKED_OUT.iter().any(|head| column.head.trim().eq_ignore_ascii_case(head))
        };
        self.columns.iter().zip(&row.cells).any(|(column, cell)| says(column) && cell.trim() == "contracts")
    }

    /// How the first volume of `rows` is read, unless the column's name says that it is a year's.
    pub(super) fn volume_read(&self, rows: &[TableRow], mapping: Option<&Mapping>) -> Option<VolumeRead> {
        let is_volume = |column: &Column| column.spec.is_some_and(|spec| spec.name == VOLUME);
        let at = self.columns.iter().position(is_volume)?;
        let (column, mapping) = (self.columns.get(at)?, mapping?);
        let per = mapping.volume_per();
        if per == VolumePer::Year && VolumePer::said_by(&column.head) == Some(per) {
            return None;
        }
        let stated = |row: &TableRow| row.cells.get(at).is_some_and(|cell| !cell.trim().is_empty());
        let row = rows.iter().find(|row| stated(row))?;
        let given = row.cells.get(at)?.trim().to_owned();
        let annual = mapping.read(&column.spec?, given.clone());
        Some(VolumeRead { per, row: row.number, given, annual })
    }

    /// The column that has the records' names.
    pub(super) fn telling_column(&self) -> Option<usize> {
        let names = |column: &Column| {
            column.spec.is_some_and(|spec| ["name", "title", LAST_NAME].contains(&spec.name))
        };
        self.columns.iter().position(names)
    }

    /// A row whose record is not in the book, and which lacks what a new one needs.
    pub(super) fn nothing_there(&self, problem: &RowProblem, rows: &HashMap<usize, &TableRow>) -> RowError {
        let telling = self.telling_column();
        let column = telling.and_then(|at| self.columns.get(at));
        let cell = telling.and_then(|at| rows.get(&problem.number)?.cells.get(at));
        let given: String = cell.map(|cell| cell.chars().take(MOST_GIVEN).collect()).unwrap_or_default();
        let text = format!(
            "nothing in the book is called `{given}`; a new record needs the column `{}`",
            problem.field
        );
        let message = Message::new("import-problem-not-there")
            .with("text", given.as_str())
            .with("field", problem.field);
        RowError {
            row: problem.number,
            column: column.map_or(problem.field, |column| column.head.as_str()).to_owned(),
            field: problem.field,
            given,
            message: message.with("column", problem.field),
            text,
            missing: None,
            name: String::new(),
        }
    }

    /// A problem in the words of the file's own header, with what stood there.
    pub(super) fn error_of(&self, problem: &RowProblem, rows: &HashMap<usize, &TableRow>) -> RowError {
        let of = |field: &str| {
            let is_it = |column: &Column| column.spec.is_some_and(|spec| spec.name == field);
            self.columns.iter().position(is_it)
        };
        let part = || of(LAST_NAME).filter(|_| problem.field == "name");
        let along_it = |column: &Column| column.spec.is_some_and(|spec| along(spec.name, problem.field));
        let at = of(problem.field).or_else(part).or_else(|| self.columns.iter().position(along_it));
        let column = at.and_then(|at| self.columns.get(at));
        // What few may read is not repeated in a list that is kept.
        let shown = column.and_then(|column| column.spec).is_some_and(|spec| spec.purpose.is_none());
        let beside = column.is_some_and(|column| column.currency.is_some());
        let cell = at.filter(|_| shown && !beside).and_then(|at| rows.get(&problem.number)?.cells.get(at));
        // Nor is it by what is wrong with it.
        let says_nothing =
            matches!(problem.problem, FieldProblem::Required | FieldProblem::NotAllowed { .. });
        let repeats = column.is_some() && !shown && !says_nothing;
        // Of columns side by side it is not known which; all are named.
        let heads =
            self.columns.iter().filter(|it| beside && it.spec.is_some_and(|spec| spec.name == problem.field));
        let heads: Vec<&str> = heads.map(|column| column.head.as_str()).collect();
        RowError {
            row: problem.number,
            column: match column {
                Some(_) if beside => heads.join(" / "),
                Some(column) => column.head.clone(),
                None => problem.field.to_owned(),
            },
            field: problem.field,
            given: cell.map(|cell| cell.chars().take(MOST_GIVEN).collect()).unwrap_or_default(),
            message: if repeats {
                Message::new("import-problem-guarded")
            } else {
                problem_message(&problem.problem)
            },
            text: if repeats { GUARDED.to_owned() } else { problem.problem.to_string() },
            missing: column.filter(|_| !repeats).and_then(|column| missing(column, &problem.problem)),
            name: rows.get(&problem.number).map(|row| self.name_in(row)).unwrap_or_default(),
        }
    }
}

/// The record that a cell names and that is not there, as far as its name was kept.
fn missing(column: &Column, problem: &FieldProblem) -> Option<Missing> {
    let FieldProblem::UnknownReference { text, .. } = problem else { return None };
    let referent = column.spec?.shape.referent()?;
    (text.chars().count() < MOST_NAMED).then(|| Missing { referent, text: text.clone(), close: None })
}

/// As many characters of a name does a problem keep.
const MOST_NAMED: usize = 60;

const CURRENCY: &str = "currency";

/// What a column holds, and in which currency where it stands beside others: `price@EUR`.
pub(super) fn in_currency(field: &str) -> (&str, Option<&str>) {
    field.split_once('@').map_or((field, None), |(field, currency)| (field, Some(currency)))
}

fn spec_of(specs: &[Spec], field: &str) -> Option<Spec> {
    specs.iter().find(|spec| spec.name == field).copied()
}

/// Whether `name` is of the record that `path` leads to.
fn along(name: &str, path: &str) -> bool {
    name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
}

/// Whether a field is of another record than the row's own.
fn is_related(name: &str) -> bool {
    name.contains('.') && !name.starts_with(CUSTOM)
}

/// The field, or the part of a name, that a mapping names.
fn mapped(specs: &[Spec], field: &str) -> Option<Spec> {
    let has_name = spec_of(specs, "name").is_some();
    spec_of(specs, field).or_else(|| spec_of(PARTS, field).filter(|_| has_name))
}

/// Puts the parts of a name together, where it does not stand whole.
fn join_name(draft: &mut Draft) {
    if draft.has(FIRST_NAME) || draft.has(LAST_NAME) {
        let name = [draft.get(FIRST_NAME).trim(), draft.get(LAST_NAME).trim()].join(" ");
        if !draft.states("name") {
            draft.set("name", name.trim());
        }
    }
}

/// The field whose own name a column has.
pub(super) fn named(specs: &[Spec], head: &str) -> Option<Spec> {
    let word = fold(head).replace([' ', '-'], "_");
    spec_of(specs, if word == "id" { "external_id" } else { &word })
}

/// Prices side by side are several records in a row, which one id cannot tell.
fn one_id_of_several(head: &str) -> RowError {
    let text = format!(
        "`{head}` is one id, but a row has a price in each currency; read it as `product.external_id`, or leave it out"
    );
    head_error(head, Message::new("import-problem-one-id").with("column", head), text)
}

/// What tells one record from another where two fields do.
fn both_tell(lacking: &[&str], (one, other): (&str, &str)) -> (Message, String) {
    let lacking = lacking.join(", ");
    let text =
        format!("each row needs `{one}` and `{other}`, or the column `external_id`; no column is: {lacking}");
    let message = Message::new("import-problem-no-pair").with("first", one).with("second", other);
    (message.with("lacking", lacking), text)
}

/// No column says which record a row of a `kind` without two such fields is about.
fn nothing_names(kind: Kind) -> (Message, String) {
    if let [name] = *telling_fields(kind) {
        let text = format!(
            "neither the column `external_id` nor `{name}` is there; one of them says which record a row is about"
        );
        (Message::new("import-problem-no-name").with("column", name), text)
    } else {
        let text = "the column `external_id` is missing; it says which record a row is about".to_owned();
        (Message::new("import-problem-no-id"), text)
    }
}

fn unknown_column(head: &str, specs: &[Spec]) -> RowError {
    let own = specs.iter().map(|spec| spec.name).filter(|name| !is_related(name));
    let known = own.collect::<Vec<_>>().join(", ");
    let text = format!("no field has the name `{head}`; remove the column or name it one of {known}");
    let message = Message::new("import-problem-unknown-column").with("column", head).with("known", known);
    head_error(head, message, text)
}

fn wrong_length(row: &TableRow, wanted: usize) -> RowError {
    let given = row.cells.len();
    RowError {
        row: row.number,
        column: String::new(),
        field: "",
        given: String::new(),
        message: Message::new("import-problem-cells")
            .with("cells", given.to_string())
            .with("wanted", wanted.to_string()),
        text: format!(
            "this row has {given} cells, the header has {wanted}; is a delimiter missing or not quoted?"
        ),
        missing: None,
        name: String::new(),
    }
}

/// Ids of the firm that a file had so far, with their rows: of a million rows 36 MB.
pub(super) struct Seen {
    rows: HashMap<IdDigest, u32>,
}

/// The first bytes of the SHA-256 of an id.
type IdDigest = [u8; 12];

impl Seen {
    /// With room for the ids of `n_rows`: growing holds them twice.
    pub(super) fn of(n_rows: usize) -> Self {
        Self { rows: HashMap::with_capacity(n_rows) }
    }

    /// Adds the ids of `rows`; a row whose id came in an earlier call is a problem.
    pub(super) fn add<R>(&mut self, rows: &[Row<R>]) -> Vec<RowProblem> {
        let mut problems = vec![];
        let mut new = vec![];
        for row in rows {
            let given = row.draft.get("external_id");
            let id = text::optional_line(given, 100).unwrap_or_else(|_| given.to_owned());
            if id.is_empty() {
                continue;
            }
            let key = digest_of(&id);
            match self.first(key) {
                Some(first) => {
                    let problem = FieldProblem::Repeated { text: id, row: first };
                    problems.push(RowProblem { number: row.number, field: "external_id", problem });
                }
                // Twice among these rows: the plan names it.
                None => new.push((key, row.number)),
            }
        }
        for (key, row) in new {
            self.keep(key, row);
        }
        problems
    }

    /// The row that had `text` before this one.
    pub(super) fn before(&mut self, text: &str, row: usize) -> Option<usize> {
        let key = digest_of(text);
        let first = self.first(key);
        self.keep(key, row);
        first
    }

    /// The first row that had `text`.
    pub(super) fn there(&self, text: &str) -> Option<usize> {
        self.first(digest_of(text))
    }

    fn first(&self, key: IdDigest) -> Option<usize> {
        self.rows.get(&key).map(|row| usize::try_from(*row).unwrap_or(usize::MAX))
    }

    fn keep(&mut self, key: IdDigest, row: usize) {
        self.rows.entry(key).or_insert(u32::try_from(row).unwrap_or(u32::MAX));
    }
}

fn digest_of(text: &str) -> IdDigest {
    let mut key = IdDigest::default();
    key.iter_mut().zip(Sha256::digest(text.as_bytes())).for_each(|(place, byte)| *place = byte);
    key
}
