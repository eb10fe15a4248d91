//! Fair and efficient packages: highest joint value, Nash, Kalai-Smorodinsky and egalitarian.
//!
//! All measure gains from a stated disagreement value and take only packages that give each party at least that. The set of
//! packages is finite, so several may be best: all are listed. Not here: what a given offer leaves (`gap`).

use crate::control::Control;
use crate::frontier::{Chosen, Exactness, Front, FrontierError, Rule, Search, plan_of, winners};
use crate::model::{Domain, Totals};

/// The best packages by each rule, every tie, the firm's total falling; all empty when no package satisfies both parties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    /// Highest sum of both totals.
    pub welfare: Vec<Chosen>,
    /// Highest product of gains.
    pub nash: Vec<Chosen>,
    /// Highest smaller gain.
    pub egalitarian: Vec<Chosen>,
    /// Highest smaller share of each party's own best gain.
    pub kalai_smorodinsky: Vec<Chosen>,
    /// Exact, unless the limits left only a cover to choose from.
    pub exactness: Exactness,
}

/// The four points among those of a front that is at hand.
///
/// # Shapes and units
/// - as [`points`]; each package is one that has the point's totals.
///
/// # Errors
/// None.
///
/// # Source
/// As [`points`].
pub fn of_front(front: &Front, disagreement: Totals) -> Points {
    let all = front.points().iter();
    let fair: Vec<Chosen> = all
        .filter(|totals| totals.matches(disagreement))
        .map(|totals| Chosen { totals: *totals, package: vec![] })
        .collect();
    let best = |rule| {
        let mut found = winners(fair.clone(), rule, disagreement);
        for chosen in &mut found {
            let idx = front.points().iter().position(|totals| *totals == chosen.totals);
            chosen.package = idx.and_then(|idx| front.package(idx)).unwrap_or_default();
        }
        found
    };
    let most = |of: fn(Totals) -> i64| {
        let gains = fair.iter().map(|chosen| of(chosen.totals) - of(disagreement));
        gains.max().unwrap_or(1).max(1)
    };
    let shares =
        Rule::Smaller { firm_unit: most(|totals| totals.firm), client_unit: most(|totals| totals.client) };
    Points {
        welfare: best(Rule::Joint),
        nash: best(Rule::Product),
        egalitarian: best(Rule::Smaller { firm_unit: 1, client_unit: 1 }),
        kalai_smorodinsky: best(shares),
        exactness: front.exactness(),
    }
}

/// The four points of a negotiation, without its frontier where terms are free of each other.
///
/// # Shapes and units
/// - `disagreement`: what each has without a deal, in the domain's unit.
/// - returns points of the frontier; Kalai-Smorodinsky is the best point of a finite set, by exact fractions.
///
/// # Errors
/// As [`crate::frontier::frontier`].
///
/// # Cost
/// Sorting the terms' hull edges, and the partial packages of one strip for each rule.
///
/// # Source
/// Nash (1950), Econometrica 18(2), 155-162; Kalai and Smorodinsky (1975), Econometrica 43(3), 513-518; Kalai (1977),
/// Econometrica 45(7), 1623-1630. Two phases: Ulungu and Teghem (1995), Foundations of Computing and Decision Sciences 20,
/// 149-165. The strip below the hyperbola's tangent: own construction. Worked: `docs/methods/deals-points.md`.
pub fn points(
    domain: &Domain,
    disagreement: Totals,
    control: &mut Control<'_>,
) -> Result<Points, FrontierError> {
    let plan = plan_of(domain)?;
    let mut search = Search::new(domain, &plan);
    let mut best = |rule| search.best(rule, disagreement, control);
    let welfare = best(Rule::Joint)?;
    let nash = best(Rule::Product)?;
    let egalitarian = best(Rule::Smaller { firm_unit: 1, client_unit: 1 })?;
    let most_firm = best(Rule::Firm)?.first().map_or(1, |chosen| chosen.totals.firm - disagreement.firm);
    let most_client =
        best(Rule::Client)?.first().map_or(1, |chosen| chosen.totals.client - disagreement.client);
    let kalai_smorodinsky =
        best(Rule::Smaller { firm_unit: most_firm.max(1), client_unit: most_client.max(1) })?;
    Ok(Points { welfare, nash, egalitarian, kalai_smorodinsky, exactness: search.exactness() })
}
