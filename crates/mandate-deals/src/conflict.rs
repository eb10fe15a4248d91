//! Rules that leave no package: which of them contradict each other, and the least that has to give.
//!
//! A conflict is a set of rules that no package keeps while leaving out any one of them lets some through. What has to give is
//! found among conflicts, fewest rules first; a floor or cap gives by the exact amount, which the best attainable sums tell.
//! Not here: packages themselves (`frontier`).

use std::collections::BTreeSet;

use crate::control::{Control, Halt};
use crate::frontier::{FrontierError, exact};
use crate::model::{Domain, Totals, Worth};

/// Rules that give together at most.
const MOST_TOGETHER: usize = 4;
/// Sets of rules that are tried at most.
const MOST_TRIED: usize = 500;
/// Mends that are told.
const MOST_TOLD: usize = 5;

/// One rule of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleAt {
    /// By position among the links.
    Link(usize),
    /// By position among the guardrails.
    Guardrail(usize),
    /// The floor of the margin.
    Floor,
    /// The cap on the concession.
    Cap,
}

/// How one rule gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relaxation {
    /// A link or a guardrail is dropped.
    Drop(RuleAt),
    /// The floor is lowered to this.
    FloorTo(i64),
    /// The cap is raised to this.
    CapTo(i64),
}

/// Why no package keeps to the rules, and what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Rules that contradict each other; without any one of them some package keeps to the others of these.
    pub rules: Vec<RuleAt>,
    /// Each is enough; all touch as few rules as any can. None where more would have to give than are tried together.
    pub mends: Vec<Vec<Relaxation>>,
    /// Whether these are all of so few rules, or there is none of so few; not when too many had to be tried.
    pub is_complete: bool,
}

/// The contradiction in a domain's rules; `None` when some package keeps to all of them.
///
/// # Shapes and units
/// - returns positions in the domain's rules, and sums in the unit of its margin or concession.
///
/// # Errors
/// As [`crate::frontier::frontier`], but for there being no package.
///
/// # Cost
/// One search for each rule and each conflict; of margin and concession alone, which is far less than of both parties' totals.
///
/// # Source
/// Conflicts by leaving out one rule after the other: Chinneck and Dravnieks (1991), ORSA Journal on Computing 3(2), 157-168. What
/// has to give: Reiter (1987), "A theory of diagnosis from first principles", Artificial Intelligence 32, 57-95.
/// Worked: `docs/methods/deals-frontier.md`.
pub fn conflict(domain: &Domain, control: &mut Control<'_>) -> Result<Option<Conflict>, FrontierError> {
    let all: Vec<RuleAt> = every_rule(domain);
    let none = BTreeSet::new();
    let Some(rules) = smallest(domain, &all, &none, control)? else { return Ok(None) };
    let mut level: Vec<(BTreeSet<RuleAt>, Vec<RuleAt>)> = vec![(none, rules.clone())];
    let mut seen: BTreeSet<BTreeSet<RuleAt>> = BTreeSet::new();
    let (mut mends, mut is_complete) = (vec![], true);
    for _ in 0..MOST_TOGETHER {
        let mut next = vec![];
        for (without, conflict) in &level {
            for rule in conflict {
                let mut without = without.clone();
                without.insert(*rule);
                if seen.len() >= MOST_TRIED {
                    is_complete = false;
                    break;
                }
                if !seen.insert(without.clone()) {
                    continue;
                }
                match smallest(domain, &all, &without, control)? {
                    None => mends.push(relaxations(domain, &without, control)?),
                    Some(conflict) => next.push((without, conflict)),
                }
            }
        }
        if !mends.is_empty() {
            return Ok(Some(Conflict { rules, mends, is_complete }));
        }
        level = next;
    }
    Ok(Some(Conflict { rules, mends, is_complete }))
}

fn every_rule(domain: &Domain) -> Vec<RuleAt> {
    let rules = domain.rules();
    let floor = rules.margin_floor.map(|_| RuleAt::Floor);
    let cap = rules.concession_cap.map(|_| RuleAt::Cap);
    // What is tried first stays out of a conflict where it can: sums and links say more than one guardrail of many.
    let guardrails = (0..rules.forbid.len()).map(RuleAt::Guardrail);
    let links = (0..rules.links.len()).map(RuleAt::Link);
    guardrails.chain(links).chain(floor).chain(cap).collect()
}

/// A smallest conflict among `all` but `without`; `None` when some package keeps to these.
fn smallest(
    domain: &Domain,
    all: &[RuleAt],
    without: &BTreeSet<RuleAt>,
    control: &mut Control<'_>,
) -> Result<Option<Vec<RuleAt>>, FrontierError> {
    let mut kept: Vec<RuleAt> = all.iter().copied().filter(|rule| !without.contains(rule)).collect();
    if has_package(domain, &kept, control)? {
        return Ok(None);
    }
    // Runs of rules that are not needed go at once; a run that holds one that is needed is halved.
    let mut at = 0;
    let mut run = kept.len().max(1);
    while at < kept.len() {
        run = run.min(kept.len() - at);
        let fewer: Vec<RuleAt> = kept[..at].iter().chain(&kept[at + run..]).copied().collect();
        if !has_package(domain, &fewer, control)? {
            kept = fewer;
            run *= 2;
        } else if run == 1 {
            at += 1;
            run = 2;
        } else {
            run = run.div_ceil(2);
        }
    }
    kept.sort();
    Ok(Some(kept))
}

/// The best attainable pairs of margin and concession (its sign turned) under some links and guardrails.
fn attainable(
    domain: &Domain,
    kept: &[RuleAt],
    control: &mut Control<'_>,
) -> Result<Vec<Totals>, FrontierError> {
    let (floor, cap) = (domain.rules().margin_floor.is_some(), domain.rules().concession_cap.is_some());
    let mut parts = domain.clone().into_parts();
    let turned = |worth: &mut Worth| {
        *worth = Worth {
            firm: if floor { worth.margin } else { 0 },
            client: if cap { -worth.concession } else { 0 },
            ..Worth::default()
        };
    };
    let options = parts.terms.iter_mut().flat_map(|term| &mut term.options);
    options.for_each(|option| turned(&mut option.worth));
    parts.interactions.iter_mut().flat_map(|pair| pair.worth.iter_mut().flatten()).for_each(turned);
    let mut idx = 0..;
    parts.rules.forbid.retain(|_| kept.contains(&RuleAt::Guardrail(idx.next().unwrap_or_default())));
    let mut idx = 0..;
    parts.rules.links.retain(|_| kept.contains(&RuleAt::Link(idx.next().unwrap_or_default())));
    (parts.rules.margin_floor, parts.rules.concession_cap) = (None, None);
    parts.disagreement = Totals::default();
    // Every sum is one of the domain's, which are in range.
    let Ok(sums) = Domain::new(parts) else { return Err(FrontierError::OutOfLimits) };
    match exact(&sums, control) {
        Ok(Some(front)) => Ok(front.points().to_vec()),
        Ok(None) => Err(FrontierError::OutOfLimits),
        Err(FrontierError::NothingLeft { .. } | FrontierError::NoPackage) => Ok(vec![]),
        Err(other) => Err(other),
    }
}

fn has_package(domain: &Domain, kept: &[RuleAt], control: &mut Control<'_>) -> Result<bool, FrontierError> {
    control.check(0, 1, 0).map_err(|halt| match halt {
        Halt::Limit => FrontierError::OutOfLimits,
        Halt::Cancelled => FrontierError::Cancelled,
    })?;
    let keeps = |sums: &Totals| {
        let (floor, cap) = (domain.rules().margin_floor, domain.rules().concession_cap);
        (!kept.contains(&RuleAt::Floor) || floor.is_none_or(|floor| sums.firm >= floor))
            && (!kept.contains(&RuleAt::Cap) || cap.is_none_or(|cap| -sums.client <= cap))
    };
    Ok(attainable(domain, kept, control)?.iter().any(keeps))
}

/// How the rules in `without` give, the others kept: sums by as little as they have to.
fn relaxations(
    domain: &Domain,
    without: &BTreeSet<RuleAt>,
    control: &mut Control<'_>,
) -> Result<Vec<Relaxation>, FrontierError> {
    let kept: Vec<RuleAt> = every_rule(domain).into_iter().filter(|rule| !without.contains(rule)).collect();
    let (floor, cap) = (domain.rules().margin_floor, domain.rules().concession_cap);
    let sums = attainable(domain, &kept, control)?;
    let fits = |sums: &&Totals| {
        (without.contains(&RuleAt::Floor) || floor.is_none_or(|floor| sums.firm >= floor))
            && (without.contains(&RuleAt::Cap) || cap.is_none_or(|cap| -sums.client <= cap))
    };
    // Where both sums give, the cap gives least and the floor as it must.
    let best = if without.contains(&RuleAt::Cap) {
        sums.iter().filter(fits).max_by_key(|sums| (sums.client, sums.firm))
    } else {
        sums.iter().filter(fits).max_by_key(|sums| sums.firm)
    };
    let best = best.copied().unwrap_or_default();
    let give = |rule: &RuleAt| match rule {
        RuleAt::Floor => Relaxation::FloorTo(best.firm),
        RuleAt::Cap => Relaxation::CapTo(-best.client),
        RuleAt::Link(_) | RuleAt::Guardrail(_) => Relaxation::Drop(*rule),
    };
    Ok(without.iter().map(give).collect())
}

/// A rule in words, with terms and options by name.
pub fn told(domain: &Domain, rule: RuleAt) -> String {
    let (terms, rules) = (domain.terms(), domain.rules());
    let named = |term: usize, options: &[usize]| {
        let names: Vec<String> =
            options.iter().map(|option| format!("`{}`", terms[term].options[*option].name)).collect();
        if names.is_empty() { "nothing at all".to_owned() } else { names.join(" or ") }
    };
    match rule {
        RuleAt::Guardrail(idx) => {
            let (term, option) = rules.forbid[idx];
            format!("guardrail {idx}, no {} in term `{}`", named(term, &[option]), terms[term].name)
        }
        RuleAt::Link(idx) => {
            let link = &rules.links[idx];
            let (if_term, then_term) = (&terms[link.if_term].name, &terms[link.then_term].name);
            let (asks, asked) =
                (named(link.if_term, &link.if_options), named(link.then_term, &link.then_options));
            format!("link {idx}, {asks} in term `{if_term}` asks for {asked} in term `{then_term}`")
        }
        RuleAt::Floor => format!("the margin floor of {}", rules.margin_floor.unwrap_or_default()),
        RuleAt::Cap => format!("the concession cap of {}", rules.concession_cap.unwrap_or_default()),
    }
}

/// A conflict in one sentence, with what would help.
pub fn sentence(domain: &Domain, conflict: &Conflict) -> String {
    let rules: Vec<String> = conflict.rules.iter().map(|rule| told(domain, *rule)).collect();
    let relaxed = |relaxation: &Relaxation| match relaxation {
        Relaxation::Drop(rule) => format!("drop {}", told(domain, *rule)),
        Relaxation::FloorTo(to) => format!("lower the margin floor to {to}"),
        Relaxation::CapTo(to) => format!("raise the concession cap to {to}"),
    };
    let mends: Vec<String> = conflict
        .mends
        .iter()
        .map(|mend| mend.iter().map(relaxed).collect::<Vec<_>>().join(" and "))
        .collect();
    let helps = match mends.len() {
        0 if conflict.is_complete => format!("more than {MOST_TOGETHER} rules would have to give"),
        0 => format!("what would have to give was not found among {MOST_TRIED} sets of rules"),
        1 => format!("least of all, {}", mends[0]),
        n_mends => {
            let told = mends.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join("; ");
            let n_more = n_mends.saturating_sub(MOST_TOLD);
            let more = if n_more > 0 { format!("; and {n_more} more") } else { String::new() };
            format!("least of all, do one of these: {told}{more}")
        }
    };
    let these = if rules.len() == 1 { "it leaves nothing" } else { "these contradict each other" };
    format!("no package keeps to every rule: {these}: {}; {helps}", rules.join("; "))
}
