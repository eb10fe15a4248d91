//! Where an option's values come from: demand, payment timing, forecasts, risk and capabilities, in minor units of one currency.
//!
//! What the parties differ in is what they can trade (Lax and Sebenius 2002): each difference is one function from plain facts
//! to what an option gives each side. Shares, rates and elasticities are integers in parts per million. What cannot be held in
//! whole minor units is refused, never rounded away in silence. Not here: reading them from a file (`parse_value`).

use crate::model::{LARGEST_TOTAL, Totals};

/// One, in parts per million.
pub const ONE_PPM: i64 = 1_000_000;
/// Amounts that pass through a logarithm or a power stay below this, so that a double holds every minor unit.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
/// Days of a year, for rates.
const DAYS: f64 = 365.0;
/// Days a payment may lie ahead.
const MAX_DAYS: i64 = 36_500;

/// Why facts give no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("a price has to be above 0, not {price}")]
    Price { price: i64 },
    #[error("a volume has to be 0 or more, not {volume}")]
    Volume { volume: i64 },
    #[error("an elasticity of demand lies between -20 and 0: a higher price sells no more")]
    Elasticity,
    #[error("the table of price and volume needs two rows or more, prices rising, volumes not rising")]
    DemandTable,
    #[error("price {price} lies outside the table of price and volume, {low} to {high}")]
    OutsideTable { price: i64, low: i64, high: i64 },
    #[error("a yearly rate lies above -1 and at most 10 (1,000 %)")]
    Rate,
    #[error("a payment lies 0 to {MAX_DAYS} days ahead, not {day}")]
    Day { day: i64 },
    #[error("there is no outcome: name at least one")]
    NoOutcomes,
    #[error("{side}'s probabilities have to be 0 or more and add up to 1, not {sum_ppm} millionths")]
    Probabilities { side: &'static str, sum_ppm: i64 },
    #[error("a risk tolerance has to be above 0; leave it out for a side that does not mind risk")]
    Tolerance,
    #[error("the value leaves the range that is held exactly; use a larger unit")]
    TooLarge,
}

/// How the volume answers to the price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// One percent more in price is so many percent more in volume, in parts per million: 0 or less.
    Elasticity {
        /// Such as -1,300,000.
        ppm: i64,
    },
    /// Price and volume, prices rising; straight lines between them.
    Table(Vec<(i64, i64)>),
}

/// A product whose volume answers to its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What is paid for a unit today.
    pub price_minor: i64,
    /// What is bought at that price; a table needs none.
    pub volume: i64,
    /// What a unit costs the firm.
    pub unit_cost_minor: i64,
    /// How the volume answers.
    pub response: Response,
}

impl Demand {
    /// The volume at a price, in whole units.
    ///
    /// # Errors
    /// [`ValueError`]: a price, volume or response that makes no sense, or a price outside the table.
    pub fn volume_at(&self, price_minor: i64) -> Result<i64, ValueError> {
        self.check()?;
        if price_minor <= 0 {
            return Err(ValueError::Price { price: price_minor });
        }
        match &self.response {
            Response::Elasticity { ppm } => {
                let ratio = exact(price_minor)? / exact(self.price_minor)?;
                whole(exact(self.volume)? * ratio.powf(share(*ppm)))
            }
            Response::Table(table) => {
                let ((low, _), (high, _)) = (table[0], table[table.len() - 1]);
                let at = table.partition_point(|(price, _)| *price <= price_minor);
                if price_minor < low || price_minor > high {
                    return Err(ValueError::OutsideTable { price: price_minor, low, high });
                }
                let ((p0, q0), (p1, q1)) = (table[at - 1], table[at.min(table.len() - 1)]);
                if p0 == p1 {
                    return Ok(q0);
                }
                let (span, part) = (i128::from(p1 - p0), i128::from(price_minor - p0));
                narrow(i128::from(q0) + rounded(i128::from(q1 - q0) * part, span))
            }
        }
    }

    fn check(&self) -> Result<(), ValueError> {
        if self.price_minor <= 0 {
            return Err(ValueError::Price { price: self.price_minor });
        }
        if self.volume < 0 {
            return Err(ValueError::Volume { volume: self.volume });
        }
        match &self.response {
            Response::Elasticity { ppm } if !(-20 * ONE_PPM..=0).contains(ppm) => Err(ValueError::Elasticity),
            Response::Elasticity { .. } => Ok(()),
            Response::Table(table) => {
                let sound = |pair: &[(i64, i64)]| pair[0].0 < pair[1].0 && pair[0].1 >= pair[1].1;
                let bounds =
                    |(price, volume): &(i64, i64)| *price > 0 && *volume >= 0 && *price < LARGEST_TOTAL;
                if table.len() >= 2 && table.windows(2).all(sound) && table.iter().all(bounds) {
                    Ok(())
                } else {
                    Err(ValueError::DemandTable)
                }
            }
        }
    }
}

/// What a price gives each side: the firm its profit, the client what it saves and gains in use against today's price.
///
/// # Shapes and units
/// - `price_minor`: a unit's price, above 0.
/// - returns minor units; the client's is 0 at today's price.
///
/// # Errors
/// [`ValueError`]: as [`Demand::volume_at`], or out of range.
///
/// # Source
/// Consumer surplus: Marshall (1890); its constant-elasticity integral is q0 p0 / (1 + e) (1 - (p / p0)^(1 + e)), or -q0 p0 ln(p / p0)
/// at e = -1. Under a table, trapezoids. Worked: `docs/methods/deals-values.md`.
pub fn demand(of: &Demand, price_minor: i64) -> Result<Totals, ValueError> {
    let volume = of.volume_at(price_minor)?;
    let margin = i128::from(price_minor) - i128::from(of.unit_cost_minor);
    let firm = narrow(margin * i128::from(volume))?;
    let client = match &of.response {
        Response::Elasticity { ppm } => {
            let (power, ratio) = (1.0 + share(*ppm), exact(price_minor)? / exact(of.price_minor)?);
            let spent = exact(of.volume)? * exact(of.price_minor)?;
            // At minus one the power vanishes, and close to it the difference would be lost to rounding.
            let gained =
                if power.abs() < 1e-9 { -ratio.ln() } else { -(power * ratio.ln()).exp_m1() / power };
            whole(spent * gained)?
        }
        Response::Table(table) => {
            let (low, high) = (price_minor.min(of.price_minor), price_minor.max(of.price_minor));
            let between = table.iter().map(|(price, _)| *price).filter(|price| low < *price && *price < high);
            let prices: Vec<i64> = [low].into_iter().chain(between).chain([high]).collect();
            let mut twice = 0_i128;
            for pair in prices.windows(2) {
                let volumes = i128::from(of.volume_at(pair[0])?) + i128::from(of.volume_at(pair[1])?);
                twice += i128::from(pair[1] - pair[0]) * volumes;
            }
            let saved = rounded(twice, 2);
            narrow(if price_minor <= of.price_minor { saved } else { -saved })?
        }
    };
    Ok(Totals { firm, client })
}

/// One payment of the client to the firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// From today.
    pub day: i64,
    /// Below 0 the firm pays.
    pub amount_minor: i64,
}

/// A yearly rate of each side, in parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// The firm's.
    pub firm_ppm: i64,
    /// The client's.
    pub client_ppm: i64,
}

/// What payments over time are worth today at each side's own rate.
///
/// # Shapes and units
/// - `payments`: minor units and days; `rates`: yearly, compounded, a year of 365 days.
/// - returns present values, the client's below 0 where it pays.
///
/// # Errors
/// [`ValueError`]: a day or rate that makes no sense, or out of range.
///
/// # Source
/// Fisher (1930), "The Theory of Interest". Worked: `docs/methods/deals-values.md`.
pub fn payments(payments: &[Payment], rates: Rates) -> Result<Totals, ValueError> {
    let worth = |rate_ppm: i64| -> Result<i64, ValueError> {
        if !(-ONE_PPM + 1..=10 * ONE_PPM).contains(&rate_ppm) {
            return Err(ValueError::Rate);
        }
        let mut sum = 0_i128;
        for payment in payments {
            if !(0..=MAX_DAYS).contains(&payment.day) {
                return Err(ValueError::Day { day: payment.day });
            }
            let discount = (1.0 + share(rate_ppm)).powf(payment.day as f64 / DAYS);
            sum += i128::from(whole(exact(payment.amount_minor)? / discount)?);
        }
        narrow(sum)
    };
    let (firm, client) = (worth(rates.firm_ppm)?, worth(rates.client_ppm)?);
    Ok(Totals { firm, client: -client })
}

/// What may happen, how likely each side takes it to be, and what the client then pays the firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The firm's forecast.
    pub firm_ppm: i64,
    /// The client's forecast.
    pub client_ppm: i64,
    /// Below 0 the firm pays.
    pub amount_minor: i64,
}

/// What a contingent clause is worth to each side by its own forecast.
///
/// # Shapes and units
/// - `outcomes`: n >= 1; each side's probabilities add up to 1,000,000 exactly.
/// - returns expected payments, rounded to the minor unit, halves away from 0.
///
/// # Errors
/// [`ValueError`]: no outcome, probabilities that do not add up, or out of range.
///
/// # Source
/// Lax and Sebenius (2002), "Dealcrafting: the substance of three-dimensional negotiations", Negotiation Journal 18(1), 5-28.
/// Worked: `docs/methods/deals-values.md`.
pub fn contingent(outcomes: &[Outcome]) -> Result<Totals, ValueError> {
    let firm: Vec<i64> = outcomes.iter().map(|outcome| outcome.firm_ppm).collect();
    let client: Vec<i64> = outcomes.iter().map(|outcome| outcome.client_ppm).collect();
    probable("the firm", &firm)?;
    probable("the client", &client)?;
    let expected = |shares: &[i64]| {
        let parts = outcomes.iter().zip(shares);
        let sum = parts.map(|(outcome, share)| i128::from(outcome.amount_minor) * i128::from(*share)).sum();
        narrow(rounded(sum, i128::from(ONE_PPM)))
    };
    Ok(Totals { firm: expected(&firm)?, client: -expected(&client)? })
}

/// One way a risky clause may end, on whose probability both agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    /// How likely.
    pub ppm: i64,
    /// What it gives each.
    pub amounts: Totals,
}

/// How much risk each side bears: the sum at which an even bet of it against half of it is about worth taking; none where a
/// side does not mind risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerances {
    /// The firm's, in minor units.
    pub firm_minor: Option<i64>,
    /// The client's, in minor units.
    pub client_minor: Option<i64>,
}

/// What a risky clause is worth to each side as a certain sum.
///
/// # Shapes and units
/// - `chances`: n >= 1, adding up to 1,000,000 exactly; `tolerances`: minor units, above 0.
/// - returns certainty equivalents: -T ln(sum of p exp(-x / T)), or the mean without a tolerance.
///
/// # Errors
/// [`ValueError`]: no outcome, probabilities that do not add up, a tolerance of 0 or less, or out of range.
///
/// # Source
/// Pratt (1964), "Risk aversion in the small and in the large", Econometrica 32, 122-136; tolerance by the even bet: Howard (1988).
/// Worked: `docs/methods/deals-values.md`.
pub fn risky(chances: &[Chance], tolerances: Tolerances) -> Result<Totals, ValueError> {
    let shares: Vec<i64> = chances.iter().map(|chance| chance.ppm).collect();
    probable("the clause", &shares)?;
    let firm: Vec<i64> = chances.iter().map(|chance| chance.amounts.firm).collect();
    let client: Vec<i64> = chances.iter().map(|chance| chance.amounts.client).collect();
    Ok(Totals {
        firm: certain(&shares, &firm, tolerances.firm_minor)?,
        client: certain(&shares, &client, tolerances.client_minor)?,
    })
}

fn certain(shares: &[i64], amounts: &[i64], tolerance: Option<i64>) -> Result<i64, ValueError> {
    let Some(tolerance) = tolerance else {
        let parts =
            shares.iter().zip(amounts).map(|(share, amount)| i128::from(*share) * i128::from(*amount));
        return narrow(rounded(parts.sum(), i128::from(ONE_PPM)));
    };
    if tolerance <= 0 {
        return Err(ValueError::Tolerance);
    }
    // From the worst possible outcome, so that no exponential overflows.
    let possible = shares.iter().zip(amounts).filter(|(share, _)| **share > 0);
    let worst = possible.clone().map(|(_, amount)| *amount).min().unwrap_or_default();
    let (least, tolerance) = (exact(worst)?, exact(tolerance)?);
    // Less 1 throughout: beside a large tolerance an amount is lost in a sum close to 1.
    let mut sum = 0.0;
    for (ppm, amount) in possible {
        sum += share(*ppm) * (-(exact(*amount)? - least) / tolerance).exp_m1();
    }
    narrow(i128::from(worst) + i128::from(whole(-tolerance * sum.ln_1p())?))
}

/// Work that one side can do, and what the other pays for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// What the work costs the side that does it.
    pub cost_minor: i64,
    /// What it would cost the other to do it, or is worth to it.
    pub saved_minor: i64,
    /// What the other pays.
    pub fee_minor: i64,
    /// Who does it.
    pub by: Side,
}

/// A party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The firm.
    Firm,
    /// The client.
    Client,
}

/// What it gives each side that the one that can do the work does it.
///
/// # Shapes and units
/// - minor units; the fee moves between the two, the costs do not.
///
/// # Errors
/// [`ValueError::TooLarge`].
///
/// # Source
/// Lax and Sebenius (2002), as [`contingent`]: differences in capability. Worked: `docs/methods/deals-values.md`.
pub fn capability(of: Capability) -> Result<Totals, ValueError> {
    let does = narrow(i128::from(of.fee_minor) - i128::from(of.cost_minor))?;
    let pays = narrow(i128::from(of.saved_minor) - i128::from(of.fee_minor))?;
    Ok(match of.by {
        Side::Firm => Totals { firm: does, client: pays },
        Side::Client => Totals { firm: pays, client: does },
    })
}

fn probable(side: &'static str, shares: &[i64]) -> Result<(), ValueError> {
    if shares.is_empty() {
        return Err(ValueError::NoOutcomes);
    }
    let sum: i128 = shares.iter().map(|share| i128::from(*share)).sum();
    if sum == i128::from(ONE_PPM) && shares.iter().all(|share| *share >= 0) {
        return Ok(());
    }
    Err(ValueError::Probabilities { side, sum_ppm: i64::try_from(sum).unwrap_or(i64::MAX) })
}

fn share(ppm: i64) -> f64 {
    ppm as f64 / ONE_PPM as f64
}

/// The amount as a double that holds it exactly, for a power or a logarithm.
fn exact(amount: i64) -> Result<f64, ValueError> {
    let double = amount as f64;
    if double.abs() < LARGEST_EXACT { Ok(double) } else { Err(ValueError::TooLarge) }
}

/// The nearest whole number, if a double holds it and its neighbours.
fn whole(value: f64) -> Result<i64, ValueError> {
    // A NaN is no number below the bound.
    if value.abs() < LARGEST_EXACT { Ok(value.round() as i64) } else { Err(ValueError::TooLarge) }
}

/// Within the range of a domain's totals.
fn narrow(value: i128) -> Result<i64, ValueError> {
    let value = i64::try_from(value).map_err(|_| ValueError::TooLarge)?;
    if value.unsigned_abs() <= LARGEST_TOTAL.unsigned_abs() { Ok(value) } else { Err(ValueError::TooLarge) }
}

/// The quotient to the nearest whole number, halves away from 0; `by` above 0.
fn rounded(value: i128, by: i128) -> i128 {
    let half = if value < 0 { -by } else { by };
    (2 * value + half) / (2 * by)
}
