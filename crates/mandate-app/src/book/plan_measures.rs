//! The measures that rows of a plan name: by id, by the firm's own id or by name.

use std::collections::BTreeSet;

use mandate_domain::book::{FieldProblem, Shape, Spec};
use mandate_domain::text;
use mandate_store::book::Stored;
use mandate_store::reads::Scope;
use mandate_store::reads::book_pages::{self, MeasureName};
use mandate_store::{ReadTx, StoreError};

use super::plan::{Located, named};

/// The measures that rows may name, where their kind names some.
pub(super) async fn measures<R: Stored>(
    tx: &mut ReadTx,
    scope: &Scope,
    rows: &[Located<R>],
) -> Result<Vec<MeasureName>, StoreError> {
    let is_asked = |spec: &Spec| {
        spec.shape == Shape::Measures && rows.iter().any(|row| !row.given.get(spec.name).trim().is_empty())
    };
    if R::FIELDS.iter().any(is_asked) { book_pages::measures(tx, scope, None).await } else { Ok(vec![]) }
}

/// Turns what a row names into the ids of measures.
pub(super) fn resolve_measures<R: Stored>(row: &mut Located<R>, known: &[MeasureName]) {
    for spec in R::FIELDS.iter().filter(|spec| spec.shape == Shape::Measures) {
        let mut ids = BTreeSet::new();
        for text in named(spec, row.given.get(spec.name)) {
            let folded = text::fold(&text);
            let is_it = |measure: &&MeasureName| {
                measure.id == text
                    || measure.external_id.as_deref() == Some(text.as_str())
                    || measure.name_sort == folded
            };
            match known.iter().find(is_it) {
                Some(measure) => drop(ids.insert(measure.id.clone())),
                None => {
                    let text = text.chars().take(60).collect();
                    row.problems.push((spec.name, FieldProblem::UnknownMeasure { text }));
                }
            }
        }
        if !ids.is_empty() {
            row.given.set(spec.name, ids.into_iter().collect::<Vec<_>>().join(";"));
        }
    }
}
