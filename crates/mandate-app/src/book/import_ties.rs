//! Who of ours is in touch with the people of a file: the owner of a contact, as an export names them.
//!
//! An owner is found or made like every person of ours beside a row (`related`), and then an acquaintance says that the two know each
//! other. Nobody stated how well, so it is as weak as there is, stated on the day of the import; no contact is made up. A pair that is
//! there already stays as it is.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use mandate_domain::Clearance;
use mandate_domain::book::{Acquaintance, Draft, Kind, Side};
use mandate_store::book::{self as store, Stored};
use mandate_store::exchange::Batch;
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::import::write_planned;
use super::plan::{Plan, Row, RowProblem, Target, plan};
use super::previews::{Held, Preview, PreviewValue};
use super::related_plan::RelatedCounts;
use super::relations::IN_TOUCH;
use crate::ctx::{Actor, Ctx};

/// The fields of which a pair is made.
const PAIR: [&str; 2] = ["client_person", "our_person"];
/// How well two know each other of whom only that is known: the weakest there is.
const WEAKEST: &str = "1";

/// Who is in touch with whom, as the rows of a file say.
#[derive(Default)]
pub(super) struct Ties {
    /// The one of ours that each row of the chunk names.
    named: HashMap<usize, String>,
    /// Pairs of the chunk that are not there yet, with their rows.
    new: Vec<(usize, [String; 2])>,
    n_new: usize,
    n_same: usize,
}

impl Ties {
    /// Takes what the next rows say out of them.
    pub(super) fn take<R>(&mut self, rows: &mut [Row<R>]) {
        self.named.clear();
        for row in rows.iter_mut().filter(|row| row.draft.has(IN_TOUCH)) {
            let id = row.draft.get(IN_TOUCH).to_owned();
            row.draft.take_out(IN_TOUCH);
            if !id.is_empty() {
                self.named.insert(row.number, id);
            }
        }
    }

    /// Counts the pairs of rows that were planned.
    #[boxed]
    pub(super) async fn count<R: Stored>(
        &mut self,
        tx: &mut ReadTx,
        planned: &Plan<R>,
    ) -> Result<(), StoreError> {
        self.new.clear();
        if self.named.is_empty() || R::KIND != Kind::Person {
            return Ok(());
        }
        let is_client = |row: &Draft| Side::parse(row.get("side")) == Some(Side::Client);
        let mut pairs = vec![];
        for row in &planned.rows {
            let Some(ours) = self.named.get(&row.number) else { continue };
            // Ours know one another without being told of.
            if is_client(&row.saved.draft(Clearance::NONE)) {
                pairs.push((row.number, [row.saved.id.to_string(), ours.clone()]));
            }
        }
        let keys: Vec<Vec<String>> = pairs.iter().map(|(_, pair)| pair.to_vec()).collect();
        let there = store::find_same::<Acquaintance>(tx, &PAIR, &keys).await?;
        let n_all = pairs.len();
        pairs.retain(|(_, pair)| !there.contains_key(pair.as_slice()));
        self.n_new += pairs.len();
        self.n_same += n_all - pairs.len();
        self.new = pairs;
        Ok(())
    }

    /// Writes the pairs of the chunk whose people are written; answers how many changes it kept, or what is wrong.
    #[boxed]
    pub(super) async fn write(
        &mut self,
        tx: &mut WriteTx,
        (ctx, actor): (&Ctx, &Actor),
        (batch, first): (&Batch, i64),
    ) -> Result<Result<i64, Vec<RowProblem>>, StoreError> {
        if self.new.is_empty() {
            return Ok(Ok(0));
        }
        let today = ctx.now().date_in(&TimeZone::UTC).to_string();
        let row = |(number, [client, ours]): (usize, [String; 2])| {
            let [client_field, our_field] = PAIR;
            let draft = Draft::new()
                .with(client_field, client)
                .with(our_field, ours)
                .with("strength", WEAKEST)
                .with("stated_on", today.as_str());
            Row { number, draft, target: Target::New }
        };
        let rows: Vec<Row<Acquaintance>> = std::mem::take(&mut self.new).into_iter().map(row).collect();
        let mut planned = plan(tx, ctx, actor, rows).await?;
        if !planned.problems.is_empty() {
            let told = planned.problems.into_iter();
            return Ok(Err(told.map(|it| RowProblem { field: IN_TOUCH, ..it }).collect()));
        }
        Ok(Ok(write_planned(tx, (ctx, actor), &mut planned, (batch, first)).await?))
    }

    /// Adds whom a new person is in touch with to what will be written of them.
    pub(super) fn show(&self, preview: &mut Preview) {
        if let Some(ours) = self.named.get(&preview.row).filter(|_| !preview.values.is_empty()) {
            let held = Held { text: ours.clone(), names: Some(Kind::Person), is_unnamed: false };
            preview.values.push(PreviewValue { field: IN_TOUCH.to_owned(), label: None, held });
        }
    }

    /// What became of the pairs, where rows name any.
    pub(super) fn counts(&self) -> Option<RelatedCounts> {
        let (n_new, n_same) = (self.n_new, self.n_same);
        (n_new + n_same > 0).then_some(RelatedCounts {
            path: IN_TOUCH,
            kind: Kind::Acquaintance,
            n_new,
            n_changed: 0,
            n_same,
        })
    }
}
