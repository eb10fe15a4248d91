//! The exact Pareto frontier, or a certified cover of it when exact is too large.
//!
//! Links and interactions are remembered in a key (`plan`), fronts are merged by key (`exact`), floors and caps ride along as
//! labels with bounds (`labelled`). When points or time run out the answer is a cover (`cover`), says so, and carries its
//! bound. Method and limits: `docs/methods/deals-frontier.md`.

mod best;
mod bound;
mod cover;
mod dive;
mod exact;
mod hull;
mod labelled;
mod plan;
mod staircase;

use crate::control::{Control, Halt, Progress, Verdict};
use crate::model::{Domain, Totals};
pub use best::Chosen;
pub(crate) use best::{Rule, Search, plan_of, whole_plan_of, winners};
pub(crate) use dive::{Band, all_within, dive};
pub(crate) use hull::Found;
use plan::{Plan, PlanError};
use staircase::Packed;

/// The bound a cover aims at where nothing else is said: 0.1 %.
pub const DEFAULT_PPM: u64 = 1_000;
/// Points a cover of a coupled domain keeps after a step, for one key.
const COVER_POINTS: usize = 512;

/// Whether a front is the whole truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// Every undominated pair of totals, and no other.
    Exact,
    /// For every package with gains above the disagreement value some point has at least its gains divided by 1 + bound.
    Cover {
        /// The bound in parts per million; `None` where a gain is so small that there is no finite one.
        bound_ppm: Option<u64>,
    },
}

impl Exactness {
    /// The looser of two: what holds of an answer that rests on both.
    pub(crate) fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exact, one) | (one, Self::Exact) => one,
            (Self::Cover { bound_ppm: one }, Self::Cover { bound_ppm: other }) => {
                Self::Cover { bound_ppm: one.zip(other).map(|(one, other)| one.max(other)) }
            }
        }
    }
}

/// The undominated pairs of totals, the firm's falling, with the packages behind them.
#[derive(Debug)]
pub struct Front {
    points: Vec<Totals>,
    exactness: Exactness,
    trace: Trace,
}

#[derive(Debug)]
enum Trace {
    Narrow(Plan, exact::Steps<u64>),
    Wide(Plan, exact::Steps<u128>),
    Packages(Vec<Vec<usize>>),
}

/// Why there is no front.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    #[error("no package keeps to every rule: the guardrails forbid every option of term `{term}`")]
    NothingLeft { term: String },
    #[error("no package keeps to every rule")]
    NoPackage,
    #[error(
        "links and interactions tie too many terms together: more than 128 bits would have to be remembered"
    )]
    TooEntangled,
    #[error("the search was cancelled")]
    Cancelled,
    #[error("the limits of time and points ended the search before any cover was found; allow more")]
    OutOfLimits,
}

impl Front {
    /// The points, the firm's total falling.
    pub fn points(&self) -> &[Totals] {
        &self.points
    }

    /// Whether it is exact, else its bound.
    pub fn exactness(&self) -> Exactness {
        self.exactness
    }

    /// One package with the totals of the point at `idx`: an option for each term.
    pub fn package(&self, idx: usize) -> Option<Vec<usize>> {
        match &self.trace {
            Trace::Narrow(plan, steps) => steps.package(plan, idx),
            Trace::Wide(plan, steps) => steps.package(plan, idx),
            Trace::Packages(packages) => packages.get(idx).cloned(),
        }
    }
}

fn refused(domain: &Domain, error: &PlanError) -> FrontierError {
    match error {
        PlanError::NothingLeft { term } => {
            FrontierError::NothingLeft { term: domain.terms()[*term].name.clone() }
        }
        PlanError::TooEntangled => FrontierError::TooEntangled,
    }
}

/// Every undominated pair of totals, or a certified cover where the control's limits end the exact search.
///
/// # Shapes and units
/// - `domain`: any; totals in its own unit.
/// - returns at least one point, the firm's total falling, the client's rising.
///
/// # Errors
/// - [`FrontierError::NothingLeft`], [`FrontierError::NoPackage`]: the rules contradict each other.
/// - [`FrontierError::TooEntangled`]: see there.
/// - [`FrontierError::Cancelled`]: the watch said so.
/// - [`FrontierError::OutOfLimits`]: not even a cover fits.
///
/// # Cost
/// The sum over the steps of points held times options; the number of undominated points can grow exponentially in the
/// terms, which is what the limits are for.
///
/// # Source
/// Nemhauser and Ullmann (1969), "Discrete Dynamic Programming and Capital Allocation", Management Science 15(9), 494-505.
/// Links and interactions: own construction. Worked: `docs/methods/deals-frontier.md`.
pub fn frontier(domain: &Domain, control: &mut Control<'_>) -> Result<Front, FrontierError> {
    match exact(domain, control)? {
        Some(front) => Ok(front),
        None => cover(domain, DEFAULT_PPM),
    }
}

/// A certified cover without trying for the exact front: points such that every package with gains above the disagreement
/// value has both gains matched by one of them up to a factor of 1 + bound.
///
/// # Shapes and units
/// - `wanted_ppm`: the bound to aim at, in parts per million of the gains; 1,000 is 0.1 %.
/// - returns points and the bound that was reached, which is at most the one wanted where the domain allows.
///
/// # Errors
/// As [`frontier`], but for the limits: a cover has its own.
///
/// # Cost
/// Without links, interactions, floor and cap: O(n log n) in the options plus the points of the windows. With them: at most
/// 512 points for each remembered key and step.
///
/// # Source
/// The notion: Papadimitriou and Yannakakis (2000), "On the approximability of trade-offs", FOCS, 86-92; Warburton (1987),
/// Operations Research 35(1), 70-79. Hull windows: own construction. Worked: `docs/methods/deals-frontier.md`.
pub fn cover(domain: &Domain, wanted_ppm: u64) -> Result<Front, FrontierError> {
    let plan = Plan::new(domain).map_err(|error| refused(domain, &error))?;
    let rules = domain.rules();
    if plan.is_separable() && rules.margin_floor.is_none() && rules.concession_cap.is_none() {
        return Ok(cover::cover(&plan, domain.disagreement(), wanted_ppm));
    }
    let mut watch = |_: Progress| Verdict::Continue;
    let mut control = Control { max_points: Control::MAX_POINTS, watch: &mut watch };
    labelled::cover(domain, &plan, COVER_POINTS, &mut control)?.ok_or(FrontierError::OutOfLimits)
}

/// The exact front, or `None` when the limits ended the search.
///
/// # Errors
/// As [`frontier`], but for the limits.
pub fn exact(domain: &Domain, control: &mut Control<'_>) -> Result<Option<Front>, FrontierError> {
    let plan = Plan::new(domain).map_err(|error| refused(domain, &error))?;
    let rules = domain.rules();
    if rules.margin_floor.is_some() || rules.concession_cap.is_some() {
        return labelled::exact(domain, &plan, control);
    }
    let largest = plan.steps.iter().fold((0, 0), |(firm, client), step| {
        let (_, more_firm) = step.extent(|worth| i128::from(worth.firm));
        let (_, more_client) = step.extent(|worth| i128::from(worth.client));
        (firm + more_firm, client + more_client)
    });
    if largest.0.max(largest.1) <= i128::from(u64::LARGEST) {
        unlabelled(plan, control, Trace::Narrow)
    } else {
        unlabelled(plan, control, Trace::Wide)
    }
}

fn unlabelled<K: Packed>(
    plan: Plan,
    control: &mut Control<'_>,
    trace: fn(Plan, exact::Steps<K>) -> Trace,
) -> Result<Option<Front>, FrontierError> {
    let steps = match exact::run::<K>(&plan, control) {
        Ok(Some(steps)) => steps,
        Ok(None) => return Err(FrontierError::NoPackage),
        Err(Halt::Limit) => return Ok(None),
        Err(Halt::Cancelled) => return Err(FrontierError::Cancelled),
    };
    let totals =
        |point: &K| Totals { firm: point.firm() + plan.base.firm, client: point.client() + plan.base.client };
    let points = steps.front().iter().map(totals).collect();
    Ok(Some(Front { points, exactness: Exactness::Exact, trace: trace(plan, steps) }))
}
