//! One way through a file of the book: its rows chunk by chunk, planned, with what is wrong and what would happen.
//!
//! A file is gone through to be checked, and once more to be written; what its rows say of other records is gathered before, in a
//! way of its own. That all ways read the same text is told by its digest.

use std::any::Any;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::marker::PhantomData;

use mandate_domain::Clearance;
use mandate_domain::book::{ContractLine, FieldProblem, Kind, Shape, Spec};
use mandate_store::book::Stored;
use mandate_store::exchange::Batch;
use mandate_store::{ReadTx, WriteTx};

use super::alike::{self, Others};
use super::file_twins::{FileTwins, Newcomers};
use super::import::{CHUNK, ImportError, ImportFile, ImportReport, MOST_ALIKE, MOST_PREVIEWS, rows_at_once};
use super::import_report::{MergedRow, SeveralRead};
use super::import_rows::{Columns, Seen};
use super::import_ties::Ties;
use super::import_wrong::{Wrong, refused_header};
use super::known_by;
use super::lookups::Lookups;
use super::mapping::{EmptyCells, Mapping};
use super::merged_rows::MergedRows;
use super::plan::{Outcome, Plan, Planned, Row, RowProblem, names_its_own};
use super::previews::{self, Preview};
use super::related::{ID, Related};
use super::related_plan::{self, Done};
use crate::ctx::{Actor, Ctx};
use crate::exchange::rows::Rows;
use crate::exchange::table::{MOST_CSV_ROWS, MOST_ROWS, TableError, TableRow};

/// What is known of a file that was read to its end.
#[derive(Clone)]
pub(super) struct Whole {
    pub(super) n_rows: usize,
    digest: String,
}

/// Reads the file once: whether it is a table to its end, how many rows it has, and the digest of its bytes.
pub(super) async fn read_through<R: Stored>(file: &ImportFile) -> Result<Whole, ImportError> {
    let (content, how) = (file.content.clone(), file.how_read());
    let most = if names_its_own::<R>() { MOST_ROWS } else { MOST_CSV_ROWS };
    blocking(move || {
        let mut rows = Rows::open(&content, how)?;
        let mut n_rows = 0;
        loop {
            let some = rows.next_rows(CHUNK)?.len();
            n_rows += some;
            if n_rows > most {
                return Err(TableError::TooManyRows { most });
            }
            if some == 0 {
                return Ok(Whole { n_rows, digest: rows.digest() });
            }
        }
    })
    .await
}

/// Whether a file has more than `most` rows; no further is read.
pub(super) async fn has_more_rows(file: &ImportFile, most: usize) -> Result<bool, ImportError> {
    let (content, how) = (file.content.clone(), file.how_read());
    blocking(move || {
        let mut rows = Rows::open(&content, how)?;
        let mut n_rows = 0;
        loop {
            let some = rows.next_rows(CHUNK)?.len();
            n_rows += some;
            if some == 0 || n_rows > most {
                return Ok(n_rows > most);
            }
        }
    })
    .await
}

/// The rows that nobody chose to leave out.
fn wanted(file: &ImportFile, mut rows: Vec<TableRow>) -> Vec<TableRow> {
    rows.retain(|row| !file.left_out.contains(&row.number));
    rows
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TableError> + Send + 'static,
) -> Result<T, ImportError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ImportError::Broke)?.map_err(ImportError::File)
}

/// What is known of all rows before the first is planned.
#[derive(Default)]
pub(super) struct Ahead {
    related: Option<Related>,
    /// Where it is looked for what looks like rows, the records they are about.
    others: Others,
    newcomers: Newcomers,
    twins: FileTwins,
    /// The merges that rows meet.
    merged: MergedRows,
}

/// One way through a file: a chunk of rows after the other, planned.
pub(super) struct Pass<R> {
    file: ImportFile,
    pub(super) ahead: Ahead,
    rows: Option<Rows>,
    columns: Columns,
    whole: Whole,
    lookups: Lookups,
    seen: Seen,
    /// Records that rows so far change or leave as they are, with the row: two ids of the firm may lead to one. Of a million some 80 MB.
    met: HashMap<String, usize>,
    /// Records without an id of the firm that rows so far make: of a million some 80 MB.
    made: HashSet<String>,
    wrong: Wrong,
    pub(super) n_done: usize,
    report: ImportReport,
    related_previews: Vec<Preview>,
    /// Who of ours is in touch with the file's people.
    ties: Ties,
    /// What previews show.
    pub(super) shown: Clearance,
    of: PhantomData<R>,
}

impl<R: Stored> Pass<R> {
    pub(super) async fn open(file: &ImportFile, specs: &[Spec], whole: Whole) -> Result<Self, ImportError> {
        let n_rows = whole.n_rows;
        let (content, how) = (file.content.clone(), file.how_read());
        let rows = blocking(move || Rows::open(&content, how)).await?;
        let mapping = file.mapping.as_deref();
        let columns = Columns::of(rows.header(), (R::KIND, specs, R::NATURAL_KEY), mapping);
        let report = ImportReport {
            batch_id: None,
            kind: R::KIND,
            file_name: file.plain_name(),
            reading: rows.reading().clone(),
            n_rows,
            n_new: 0,
            n_changed: 0,
            n_same: 0,
            n_skipped: 0,
            left_out: vec![],
            footer_rows: vec![],
            volume: None,
            lines_a_year: BTreeMap::new(),
            n_by_name: 0,
            previews: vec![],
            alike: vec![],
            n_alike: 0,
            related: vec![],
            n_alone: 0,
            twins: FileTwins::default(),
            merged: vec![],
            n_merged: 0,
            several: None,
        };
        let columns = columns.map_err(|errors| refused_header(errors, n_rows))?;
        let mut lookups = Lookups::with_defaults(columns.defaults());
        lookups.tells_roles = R::KIND == Kind::Person && mapping.is_some() && !columns.holds("role");
        Ok(Self {
            file: file.clone(),
            ahead: Ahead::default(),
            rows: Some(rows),
            columns,
            whole,
            lookups,
            seen: Seen::of(n_rows),
            met: HashMap::new(),
            made: HashSet::new(),
            wrong: Wrong::default(),
            n_done: 0,
            report,
            related_previews: vec![],
            ties: Ties::default(),
            shown: Clearance::NONE,
            of: PhantomData,
        })
    }

    /// Whether no row can mean what another row writes: then rows are planned while others are written.
    pub(super) fn stands_alone(&self) -> bool {
        let is_by_id = self.columns.holds(ID);
        R::KIND == Kind::Person
            && is_by_id
            && self.ahead.related.is_none()
            && !self.looks()
            && !self.names_people()
    }

    fn mapping(&self) -> Option<&Mapping> {
        self.file.mapping.as_deref()
    }

    /// Whether it is looked for what looks like a row.
    fn looks(&self) -> bool {
        self.mapping().is_some_and(|mapping| mapping.alike.is_some())
    }

    /// Of people, who reports to whom may stand further down; so may whom a custom field names.
    fn names_people(&self) -> bool {
        let is_held = |spec: &Spec| spec.shape == Shape::Anyone && self.columns.holds(spec.name);
        R::KIND == Kind::Person
            && (R::FIELDS.iter().any(is_held) || self.columns.specs().any(|spec| spec.shape == Shape::Anyone))
    }

    /// Gathers what the rows say of other records, where they do; and their ids, where it is looked for what looks like a row: a
    /// record whose id stands further down is that row's. So are ids that were merged.
    pub(super) async fn gather(&mut self, ctx: &Ctx, actor: &Actor) -> Result<(), ImportError> {
        self.ahead.related = Related::of(R::KIND, &self.columns);
        self.ahead.merged = MergedRows::load::<R>(&mut ctx.begin_read().await?, actor).await?;
        let looks = self.looks();
        if self.ahead.related.is_none() && !looks && self.ahead.merged.is_empty() {
            return Ok(());
        }
        let (content, how) = (self.file.content.clone(), self.file.how_read());
        let mut rows = blocking(move || Rows::open(&content, how)).await?;
        self.wrong.is_related = true;
        loop {
            let read;
            (rows, read) = blocking(move || rows.next_rows(CHUNK).map(|read| (rows, read))).await?;
            if read.is_empty() {
                break;
            }
            let read = wanted(&self.file, read);
            // Rows that do not fit the header are told when they are planned.
            let drafts = self.columns.drafts::<R>(&read, self.mapping(), &mut vec![]);
            if let Some(related) = &mut self.ahead.related {
                let problems = related.gather(&self.columns, &drafts).map_err(ImportError::File)?;
                self.wrong.add(&self.columns, &read, vec![], &problems);
            }
            self.ahead.merged.note(&drafts);
            if looks {
                let ids = drafts.iter().map(|row| row.draft.get(ID).trim()).filter(|id| !id.is_empty());
                self.ahead.others.named.extend(ids.map(str::to_owned));
            }
        }
        if rows.digest() != self.whole.digest {
            return Err(ImportError::File(TableError::Moved));
        }
        self.wrong.is_related = false;
        Ok(())
    }

    /// Says what would happen to the related records.
    pub(super) async fn check_related(
        &mut self,
        tx: &mut ReadTx,
        ctx: &Ctx,
        actor: &Actor,
    ) -> Result<(), ImportError> {
        let Some(related) = &mut self.ahead.related else { return Ok(()) };
        let checked = related_plan::check(tx, (ctx, actor), related, (&mut self.lookups, self.shown)).await?;
        self.take(checked);
        Ok(())
    }

    /// Writes the related records; answers how many changes it kept.
    pub(super) async fn write_related(
        &mut self,
        tx: &mut WriteTx,
        ctx: &Ctx,
        actor: &Actor,
        batch: &Batch,
    ) -> Result<i64, ImportError> {
        let Some(related) = &mut self.ahead.related else { return Ok(0) };
        let (done, n_changes) =
            related_plan::write(tx, (ctx, actor), related, (&mut self.lookups, batch, self.shown)).await?;
        self.take(done);
        self.refuse_wrong()?;
        Ok(n_changes)
    }

    fn take(&mut self, done: Done) {
        // An owner that the file makes is none of its people, though they may have one address.
        if let Some(related) = &self.ahead.related {
            self.ahead.others.taken.extend(related.made_ids(R::KIND).cloned());
        }
        self.wrong.is_related = true;
        self.wrong.add_related(&self.columns, done.problems);
        self.wrong.is_related = false;
        self.report.related = done.counts;
        self.related_previews = done.previews;
    }

    /// Plans the next rows; `None` at the end of the file.
    pub(super) async fn next_chunk(
        &mut self,
        tx: &mut ReadTx,
        ctx: &Ctx,
        actor: &Actor,
    ) -> Result<Option<Plan<R>>, ImportError> {
        let Some(mut rows) = self.rows.take() else { return Ok(None) };
        let n = if self.names_people() { MOST_ROWS + 1 } else { rows_at_once::<R>() };
        let (rows, read) = blocking(move || rows.next_rows(n).map(|read| (rows, read))).await?;
        if read.is_empty() {
            self.report.footer_rows = rows.footer_rows();
            // Checked and written must be the same text.
            let same = rows.digest() == self.whole.digest && self.n_done == self.whole.n_rows;
            return if same { Ok(None) } else { Err(ImportError::File(TableError::Moved)) };
        }
        self.rows = Some(rows);
        self.n_done += read.len();
        let left_out = read.iter().map(|row| row.number).filter(|row| self.file.left_out.contains(row));
        self.report.left_out.extend(left_out);
        let read = wanted(&self.file, read);
        let mut errors = vec![];
        self.lookups.forgets_own = self.stands_alone();
        let drafts = self.columns.drafts::<R>(&read, self.mapping(), &mut errors);
        let volume = self.report.volume.take();
        self.report.volume = volume.or_else(|| self.columns.volume_read(&read, self.mapping()));
        let telling = self.telling(&drafts);
        let several = self.columns.several_read(&read, self.mapping());
        self.note_several(several);
        let drafts = self.own(drafts);
        let (mut drafts, merged) = self.ahead.merged.part(drafts);
        self.note_merged(merged);
        self.ties.take(&mut drafts);
        let taken = self.ahead.related.as_ref().map(|related| related.taken(&drafts));
        let repeated = self.seen.add(&drafts);
        let by_name = known_by::aim(tx, actor, &mut drafts, (&mut self.lookups, &self.made)).await?;
        self.report.n_by_name += by_name.n_rows;
        self.wrong.is_any_there |= by_name.n_there > 0;
        let so_far = (self.file.mapping.as_deref(), &mut self.lookups, &mut self.ahead.others);
        let (mut plan, looked) = alike::plan(tx, (ctx, actor), drafts, so_far).await?;
        self.report.n_skipped += looked.n_skipped;
        self.report.n_alike += looked.found.len();
        let room = MOST_ALIKE.saturating_sub(self.report.alike.len());
        self.report.alike.extend(looked.found.into_iter().take(room));
        plan.problems.extend(repeated);
        plan.problems.extend(taken.unwrap_or_default());
        plan.problems.extend(by_name.problems);
        self.ties.count(tx, &plan).await?;
        let met = self.met_before(&plan, &telling);
        plan.problems.extend(met);
        plan.problems.sort_by_key(|problem| problem.number);
        self.wrong.add(&self.columns, &read, errors, &plan.problems);
        Ok(Some(plan))
    }

    /// Rows that another row speaks for count as same.
    fn note_merged(&mut self, merged: Vec<MergedRow>) {
        self.report.n_same += merged.len();
        self.report.n_merged += merged.len();
        let room = MOST_ALIKE.saturating_sub(self.report.merged.len());
        self.report.merged.extend(merged.into_iter().take(room));
    }

    /// Adds cells with several ids to those so far.
    fn note_several(&mut self, several: Option<SeveralRead>) {
        match (&mut self.report.several, several) {
            (Some(so_far), Some(more)) => so_far.n_cells += more.n_cells,
            (so_far @ None, first) => *so_far = first,
            (Some(_), None) => {}
        }
    }

    /// Writes who is in touch with whom of the rows that were just written; answers how many changes it kept.
    pub(super) async fn write_ties(
        &mut self,
        tx: &mut WriteTx,
        (ctx, actor): (&Ctx, &Actor),
        so_far: (&Batch, i64),
    ) -> Result<i64, ImportError> {
        match self.ties.write(tx, (ctx, actor), so_far).await? {
            Ok(n_changes) => Ok(n_changes),
            Err(problems) => {
                self.wrong.add(&self.columns, &[], vec![], &problems);
                self.refuse_wrong().map(|()| 0)
            }
        }
    }

    /// What tells the record of each row without an id, as the file has it.
    fn telling(&self, rows: &[Row<R>]) -> HashMap<usize, String> {
        if !self.columns.is_by_name(R::KIND) {
            return HashMap::new();
        }
        let field = known_by::telling_field(R::KIND);
        let ways = [field.to_owned(), format!("{field}.name"), format!("{field}.external_id")];
        let of = |row: &Row<R>| {
            let stated = ways.iter().map(|way| row.draft.get(way).trim()).find(|text| !text.is_empty());
            (row.number, stated.unwrap_or_default().to_owned())
        };
        rows.iter().map(of).collect()
    }

    /// Rows about a record that an earlier row is about: found by another id or name, or new under the same name.
    fn met_before(&mut self, plan: &Plan<R>, telling: &HashMap<usize, String>) -> Vec<RowProblem> {
        let mut problems = vec![];
        for row in &plan.rows {
            let own_id = row.saved.external_id();
            let first = match (row.outcome == Outcome::New, own_id) {
                (true, None) => self.made_before(row),
                (true, Some(_)) => None,
                (false, _) => Some(*self.met.entry(row.saved.id.to_string()).or_insert(row.number)),
            };
            let Some(first) = first.filter(|first| *first != row.number) else { continue };
            let is_by_id = !self.columns.is_by_name(R::KIND);
            let field = if is_by_id { ID } else { known_by::telling_field(R::KIND) };
            let text = if is_by_id { own_id } else { telling.get(&row.number).map(String::as_str) };
            let text = text.unwrap_or(row.saved.name()).to_owned();
            let problem = FieldProblem::Repeated { text, row: first };
            problems.push(RowProblem { number: row.number, field, problem });
        }
        problems
    }

    /// The row that made a new record without an id before this one did.
    fn made_before(&mut self, row: &Planned<R>) -> Option<usize> {
        self.made.insert(row.saved.id.to_string());
        let keys = known_by::Keys::of(row);
        let first = self.seen.before(&keys.own, row.number);
        match keys.named {
            // Without an address it could be any of that name.
            None => first.or_else(|| self.seen.there(&format!("@{}", keys.own))),
            Some(named) => {
                let nameless = self.seen.there(&named);
                self.seen.before(&format!("@{named}"), row.number);
                first.or(nameless)
            }
        }
    }

    /// The rows of the file's own records, each naming its related records by their ids.
    fn own(&mut self, rows: Vec<Row<R>>) -> Vec<Row<R>> {
        let defaults = &self.lookups.defaults;
        let n_read = rows.len();
        let rows: Vec<Row<R>> =
            rows.into_iter().filter(|row| !self.columns.is_without_price(&row.draft)).collect();
        self.report.n_alone += n_read - rows.len();
        let Some(related) = &self.ahead.related else {
            return rows.into_iter().map(|row| known_by::with_natural_key(row, defaults)).collect();
        };
        let keeps = self.mapping().is_some_and(|mapping| mapping.empty_cells == EmptyCells::Keep);
        let n_read = rows.len();
        let own = rows.into_iter().filter(|row| !related.is_alone(&self.columns, &row.draft));
        let own: Vec<Row<R>> = own.map(|row| related.point(&self.columns, row, (defaults, keeps))).collect();
        self.report.n_alone += n_read - own.len();
        own
    }

    /// Counts what was planned.
    pub(super) fn note(&mut self, plan: &Plan<R>) {
        self.report.n_new += plan.count(Outcome::New);
        self.report.n_changed += plan.count(Outcome::Changed);
        self.report.n_same += plan.count(Outcome::Same);
        self.ahead.newcomers.add(plan);
        self.add_values(plan);
        let room = MOST_PREVIEWS.saturating_sub(self.report.previews.len());
        let more = plan.rows.iter().filter(|row| row.outcome != Outcome::Same).take(room);
        let (shown, ties) = (self.shown, &self.ties);
        self.report.previews.extend(more.map(|row| {
            let mut preview = Preview::of(row, shown);
            ties.show(&mut preview);
            preview
        }));
    }

    /// Adds what contract lines come to in a year.
    fn add_values(&mut self, plan: &Plan<R>) {
        let lines =
            plan.rows.iter().filter_map(|row| (&row.saved.record as &dyn Any).downcast_ref::<ContractLine>());
        for value in lines.filter_map(|line| line.annual_value().ok()) {
            *self.report.lines_a_year.entry(value.currency).or_default() += i128::from(value.minor);
        }
    }

    /// Says which new accounts look like others; asked once, when the file is checked.
    pub(super) async fn find_twins(&mut self, tx: &mut ReadTx, actor: &Actor) -> Result<(), ImportError> {
        self.ahead.twins = std::mem::take(&mut self.ahead.newcomers).twins(tx, actor).await?;
        Ok(())
    }

    /// Says what the rows of the preview name.
    pub(super) async fn name_previews(&mut self, tx: &mut ReadTx, actor: &Actor) -> Result<(), ImportError> {
        self.report.previews.append(&mut self.related_previews);
        let made = self.ahead.related.as_ref().map(Related::names).unwrap_or_default();
        Ok(previews::name_all(tx, &actor.scope, &made, &mut self.report.previews).await?)
    }

    pub(super) fn header(&self) -> Vec<String> {
        self.rows.as_ref().map(|rows| rows.header().to_vec()).unwrap_or_default()
    }

    pub(super) fn refuse_wrong(&mut self) -> Result<(), ImportError> {
        std::mem::take(&mut self.wrong).refuse(self.whole.n_rows, &self.report.left_out)
    }

    /// Says of what is wrong what was probably meant.
    pub(super) async fn suggest(&mut self, tx: &mut ReadTx, actor: &Actor) -> Result<(), ImportError> {
        Ok(self.wrong.suggest(tx, actor).await?)
    }

    /// Whether something is wrong with the rows so far.
    pub(super) fn is_wrong(&self) -> bool {
        self.wrong.is_any()
    }

    pub(super) fn n_rows(&self) -> usize {
        self.whole.n_rows
    }

    pub(super) fn digest(&self) -> &str {
        &self.whole.digest
    }

    pub(super) fn finish(mut self) -> Result<(ImportReport, Ahead), ImportError> {
        self.refuse_wrong()?;
        self.report.previews.append(&mut self.related_previews);
        self.report.twins = self.ahead.twins.clone();
        self.report.related.extend(self.ties.counts());
        // What was planned is planned anew.
        self.ahead.others.taken.clear();
        Ok((self.report, self.ahead))
    }
}
