//! The measures an import proposes for its source: marked as assumed until someone states what was agreed.

use mandate_domain::Month;
use mandate_domain::facts::case_filter::CaseFilter;
use mandate_domain::facts::kpi::{
    Aggregate, Cadence, Counted, DefinitionError, Direction, Kpi, KpiDefinition, KpiScope, KpiVersion,
    MeasuredClock,
};
use mandate_store::facts::kpis;
use mandate_store::{StoreError, WriteTx, boxed};

use crate::ctx::Ctx;

/// Name, what it computes, target in micro units, priorities (none: all).
type Proposal = (&'static str, Aggregate, Option<i64>, &'static [u8]);

const PROPOSALS: [Proposal; 5] = [
    ("Incidents solved within target", Aggregate::ShareWithinTarget, Some(950_000), &[]),
    ("Severe incidents solved in time", Aggregate::ShareWithinTarget, Some(950_000), &[1, 2]),
    ("Median time to solve", Aggregate::Percentile { percent: 50 }, None, &[]),
    ("90th percentile of time to solve", Aggregate::Percentile { percent: 90 }, None, &[]),
    (
        "Reopened of 100 cases",
        Aggregate::Rate { of: Counted::Reopened, over: Counted::Cases, scale: 100 },
        None,
        &[],
    ),
];

/// Proposes the usual measures for a source on its first import, marked as assumed; returns how many were made. A
/// source that has measures already gets none. Values follow with [`super::kpi::recompute_values`].
///
/// `first_month` is the month of the source's earliest case.
///
/// # Errors
/// [`StoreError`] when they cannot be kept.
#[boxed]
pub async fn propose_measures(
    tx: &mut WriteTx,
    ctx: &Ctx,
    source_id: &str,
    first_month: Month,
) -> Result<usize, StoreError> {
    if kpis::count_kpis_of_source(tx, source_id).await? > 0 {
        return Ok(0);
    }
    for (name, aggregate, target_micro, priorities) in PROPOSALS {
        let direction =
            if target_micro.is_some() { Direction::HigherIsBetter } else { Direction::LowerIsBetter };
        let definition = KpiDefinition::new(
            MeasuredClock::Resolution,
            aggregate,
            direction,
            target_micro,
            CaseFilter::of_priorities(priorities),
        )
        .map_err(|error: DefinitionError| StoreError::Inconsistent {
            table: "kpi_version",
            id: name.to_owned(),
            what: error.to_string(),
        })?;
        let version = KpiVersion { id: ctx.new_id(), valid_from: first_month, definition };
        let kpi = Kpi {
            id: ctx.new_id(),
            external_id: None,
            scope: KpiScope::Source(source_id.to_owned()),
            name: name.to_owned(),
            owner_person_id: None,
            cadence: Cadence::Monthly,
            assumed: true,
            demo: false,
            version: 1,
            versions: vec![version],
        };
        kpis::insert_kpi(tx, &kpi, ctx.now()).await?;
        super::kpi::index(tx, &kpi).await?;
    }
    Ok(PROPOSALS.len())
}
