//! What a state says to a reader: the gap between the sides, who drives it, and facts against feelings.
//!
//! A verdict is given only where its probability is high; otherwise it is unknown, which is a verdict of its own. Not here: the
//! words on a page, and how facts are measured.

use crate::estimate::Estimate;
use crate::normal::below;
use crate::state::{Side, State};

/// How probable a verdict has to be.
pub const SURE: f64 = 0.8;

/// The client's level less the provider's, less what severity alone makes of it.
///
/// # Shapes and units
/// - All on one scale; `severity` is how much lower the client's side answers at the same feeling (0 with standard error 0
///   where levels already are on one scale).
/// - The three are taken as independent: their variances add up.
///
/// # Source
/// Own construction, argued in `docs/methods/tenor-state.md`.
pub fn gap(client: Estimate, provider: Estimate, severity: Estimate) -> Estimate {
    let errors = [client, provider, severity].map(|one| one.standard_error);
    Estimate {
        value: client.value - provider.value + severity.value,
        standard_error: errors.iter().map(|error| error * error).sum::<f64>().sqrt(),
    }
}

/// What one person adds to a side's level above or below a reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Driver {
    /// Position among the stakeholders.
    pub stakeholder: usize,
    /// Share of the stake times the distance from the reference.
    pub weighted: f64,
    /// The same, everybody counted alike.
    pub unweighted: f64,
}

/// Who drives a side's level: the largest weighted part first, ties by position.
///
/// # Shapes and units
/// - `reference`: a level on the same scale, such as the portfolio's.
/// - The weighted parts add up to the level less the reference, the unweighted ones likewise.
///
/// # Source
/// Own construction: the level is a sum over people, and these are its terms.
pub fn drivers(side: &Side, state: &State, reference: f64) -> Vec<Driver> {
    let n = state.people.len() as f64;
    let of = |(stakeholder, (weight, person)): (usize, (f64, &crate::state::PersonState))| {
        let off = person.level.value - reference;
        Driver { stakeholder, weighted: weight * off, unweighted: off / n }
    };
    let mut found: Vec<Driver> = side.weights().into_iter().zip(&state.people).enumerate().map(of).collect();
    found.sort_by(|a, b| b.weighted.abs().total_cmp(&a.weighted.abs()));
    found
}

/// Facts and feelings together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quadrant {
    /// Both good.
    AlignedGood,
    /// Facts good, feelings bad: green outside, red inside.
    Watermelon,
    /// Facts bad, feelings good.
    Halo,
    /// Both bad.
    AlignedBad,
}

/// What a quadrant calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Keep it so, and say what made it so.
    Keep,
    /// Ask what hurts that nobody measures.
    AskWhatIsNotMeasured,
    /// Mend it before it is felt.
    MendBeforeItIsFelt,
    /// Agree on the state and remove the cause together.
    RemoveTheCause,
    /// Measure or ask first.
    FindOut,
}

/// Where an account, or one KPI, lies on the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The quadrant, where it is sure; none is unknown.
    pub quadrant: Option<Quadrant>,
    /// Probabilities in the order aligned good, watermelon, halo, aligned bad.
    pub probabilities: [f64; 4],
    /// What is called for.
    pub call: Move,
}

/// Where facts and feelings lie, each against what is good enough; nothing measured is `None`.
///
/// # Shapes and units
/// - Each an estimate in its own unit with its own `good_from`; they are never added or averaged.
/// - An estimate with standard error 0 counts as known; at `good_from` exactly it is good.
///
/// # Source
/// Own construction, argued in `docs/methods/tenor-state.md`; the two normal errors are taken as independent.
pub fn place(facts: Option<(Estimate, f64)>, feelings: Option<(Estimate, f64)>) -> Place {
    let good = |one: Option<(Estimate, f64)>| {
        one.map_or(0.5, |(estimate, good_from)| {
            let off = estimate.value - good_from;
            match estimate.standard_error > 0.0 {
                true => below(off / estimate.standard_error),
                false => f64::from(u8::from(off >= 0.0)),
            }
        })
    };
    let (facts, feelings) = (good(facts), good(feelings));
    let probabilities = [
        facts * feelings,
        facts * (1.0 - feelings),
        (1.0 - facts) * feelings,
        (1.0 - facts) * (1.0 - feelings),
    ];
    let quadrants = [Quadrant::AlignedGood, Quadrant::Watermelon, Quadrant::Halo, Quadrant::AlignedBad];
    let sure = quadrants.into_iter().zip(probabilities).find(|(_, probability)| *probability >= SURE);
    let quadrant = sure.map(|(quadrant, _)| quadrant);
    let call = match quadrant {
        Some(Quadrant::AlignedGood) => Move::Keep,
        Some(Quadrant::Watermelon) => Move::AskWhatIsNotMeasured,
        Some(Quadrant::Halo) => Move::MendBeforeItIsFelt,
        Some(Quadrant::AlignedBad) => Move::RemoveTheCause,
        None => Move::FindOut,
    };
    Place { quadrant, probabilities, call }
}
