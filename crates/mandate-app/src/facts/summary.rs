//! The figures of everything delivered: what `mandate facts summary` prints and the start page of the room shows.
//!
//! The reported result is a share of *cases*, by the flag on each case's last event. The share of events whose flag
//! says "met" is given apart, because it is the figure people mistake for it: the flag turns only once it is too late.

use std::collections::BTreeMap;

use mandate_domain::facts::service_level::ClockKind;
use mandate_domain::facts::source::{EventSource, SourceId};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::facts::{service_levels, sources};
use mandate_store::reads::facts_summary::{Figures, Over, by_priority};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};

/// Which sources to sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SummaryScope {
    /// All but those of the demo book.
    Real,
    /// Those of the demo book.
    Demo,
    /// One.
    Source(SourceId),
}

/// What was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The sources summed, by name.
    pub sources: Vec<EventSource>,
    /// All cases the reader may see.
    pub total: Figures,
    /// By priority; 0 is not stated.
    pub by_priority: BTreeMap<i64, Figures>,
    /// Whether our clock rests on a service level nobody has confirmed.
    pub assumed: bool,
}

/// Why there is no summary.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// Not theirs to see.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No such source.
    #[error("there is no source `{id}`")]
    NoSource {
        /// Its name.
        id: SourceId,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for SummaryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(error) => error.kind(),
            Self::NoSource { .. } => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(error) => error.message(),
            Self::NoSource { id } => Message::new("facts-error-no-source").with("source", id.as_str()),
            Self::Store(error) => error.message(),
        }
    }
}

/// Sums what the actor may see.
///
/// # Errors
/// [`SummaryError`] for a source that is not there.
#[boxed]
pub async fn summary(ctx: &Ctx, actor: &Actor, scope: &SummaryScope) -> Result<Summary, SummaryError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let all = sources::list_sources(&mut tx).await?;
    let chosen: Vec<EventSource> = all
        .into_iter()
        .filter(|source| match scope {
            SummaryScope::Real => !source.demo,
            SummaryScope::Demo => source.demo,
            SummaryScope::Source(id) => source.id == *id,
        })
        .collect();
    if let (SummaryScope::Source(id), true) = (scope, chosen.is_empty()) {
        return Err(SummaryError::NoSource { id: id.clone() });
    }
    let levels = service_levels::list_service_levels(&mut tx).await?;
    let mut found =
        Summary { sources: vec![], total: Figures::default(), by_priority: BTreeMap::new(), assumed: false };
    for source in chosen {
        for (priority, figures) in by_priority(&mut tx, &actor.scope, Over::Source(&source.id)).await? {
            found.total = found.total.plus(&figures);
            let sum = found.by_priority.entry(priority).or_default();
            *sum = sum.plus(&figures);
        }
        found.assumed |= levels.iter().any(|level| {
            level.source_id == source.id && level.clock_kind == ClockKind::Resolution && level.assumed
        });
        found.sources.push(source);
    }
    Ok(found)
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases are far below 2^53")]
fn share(n_met: i64, n: i64) -> serde_json::Value {
    if n <= 0 { serde_json::Value::Null } else { serde_json::json!(n_met as f64 / n as f64) }
}

impl Summary {
    /// As `mandate facts summary --json` prints it.
    pub fn to_json(&self) -> serde_json::Value {
        let mut reported = serde_json::Map::new();
        let mut clock = serde_json::Map::new();
        for (priority, figures) in &self.by_priority {
            let by = serde_json::json!({
                "cases": figures.n_cases,
                "met": share(figures.n_reported_met, figures.n_reported),
            });
            reported.insert(priority.to_string(), by);
            let by = serde_json::json!({
                "cases": figures.n_clocked,
                "met": share(figures.n_clock_met, figures.n_clocked),
            });
            clock.insert(priority.to_string(), by);
        }
        let total = &self.total;
        let sources: Vec<&str> = self.sources.iter().map(|source| source.id.as_str()).collect();
        serde_json::json!({
            "sources": sources,
            "cases": total.n_cases,
            "events": total.n_events,
            "met": share(total.n_reported_met, total.n_reported),
            "n_met": total.n_reported_met,
            "by_priority": reported,
            "events_met": share(total.n_events_met, total.n_events_flagged),
            "clock": {
                "cases": total.n_clocked,
                "n_met": total.n_clock_met,
                "met": share(total.n_clock_met, total.n_clocked),
                "running": total.n_running,
                "differs": total.n_differs,
                "assumed": self.assumed,
                "by_priority": clock,
            },
        })
    }
}
