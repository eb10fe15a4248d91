//! Service credits: what a missed KPI gives back, in minor units of the contract's currency.
//!
//! A period's credits are computed per KPI, weighted, capped at the amount at risk and shared out
//! so that the lines add up to the total. A credit that was computed moves to a credit note only
//! through a proposal that the other side agreed to. Who may move it is decided elsewhere.

use crate::kpi::Fraction;

/// One step of a credit scale: below this attainment, this credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Attainment in basis points; the tier holds strictly below it.
    pub below_bp: i64,
    /// Credit in basis points of the KPI's share of the amount at risk.
    pub credit_bp: i64,
}

/// How a KPI's result becomes a credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scale {
    /// By attainment, the lowest tier that holds.
    Attainment {
        /// Falling by `below_bp`, rising by `credit_bp`.
        tiers: Vec<Tier>,
    },
    /// For each period of time begun over the target, summed over cases.
    StartedPeriods {
        /// Length of the period, such as 1,800 s.
        period_s: i64,
        /// Credit of each begun period, in basis points of the KPI's share of the amount at risk.
        credit_bp: i64,
    },
}

/// A KPI that earns credits, and its weight among those of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditRule {
    /// Weight in basis points of the amount at risk; above 10,000 in sum where a contract lets
    /// several KPIs draw on the same amount.
    pub weight_bp: i64,
    /// How its result becomes a credit.
    pub scale: Scale,
}

/// The credit rules of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditTerms {
    // INVARIANT: checked by `new`.
    rules: Vec<CreditRule>,
    at_risk_bp: i64,
}

/// Why credit rules cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// No rule.
    #[error("the contract has no credit rule")]
    NoRule,
    /// An amount at risk outside 1 to 10,000 basis points of the fee.
    #[error("{at_risk_bp} basis points of the fee cannot be at risk; give 1 to 10,000")]
    AtRisk {
        /// What was given.
        at_risk_bp: i64,
    },
    /// A weight outside 1 to 10,000.
    #[error("rule {rule_idx} weighs {weight_bp} basis points; give 1 to 10,000")]
    Weight {
        /// Position of the rule.
        rule_idx: usize,
        /// What was given.
        weight_bp: i64,
    },
    /// Tiers that do not get dearer as attainment falls.
    #[error("the tiers of rule {rule_idx} must fall in attainment and rise in credit, within 0 to 10,000")]
    Tiers {
        /// Position of the rule.
        rule_idx: usize,
    },
    /// A period or its credit that is not positive.
    #[error("rule {rule_idx} needs a period of at least 1 s and a credit of 1 to 10,000 basis points")]
    Period {
        /// Position of the rule.
        rule_idx: usize,
    },
}

/// What a KPI came to in the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measured {
    /// Attainment, for [`Scale::Attainment`].
    Attainment(Fraction),
    /// Seconds over the target of each case that missed, for [`Scale::StartedPeriods`].
    SecondsOver(Vec<i64>),
    /// Too few cases to say: no credit.
    TooFew,
}

/// The fee of a period, in minor units of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeMinor(pub i64);

/// The credits of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodCredits {
    /// Most that could be given: the fee times the share at risk, rounded half up.
    pub at_risk_minor: i64,
    /// Sum of the lines before the cap.
    pub uncapped_minor: i64,
    /// Credit of each rule after the cap; they add up to `total_minor`.
    pub lines_minor: Vec<i64>,
    /// What the client gets.
    pub total_minor: i64,
}

/// Why a period's credits could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    /// Not one result for each rule.
    #[error("{n_rules} rules need as many results, not {n_results}")]
    Results {
        /// Rules of the contract.
        n_rules: usize,
        /// Results that were given.
        n_results: usize,
    },
    /// A result of the wrong sort.
    #[error("the result for rule {rule_idx} does not fit its scale")]
    WrongResult {
        /// Position of the rule.
        rule_idx: usize,
    },
    /// A negative fee.
    #[error("a fee of {fee_minor} minor units cannot carry credits")]
    NegativeFee {
        /// The fee.
        fee_minor: i64,
    },
    /// An attainment that is no share.
    #[error("the attainment for rule {rule_idx} must have a positive denominator")]
    NoShare {
        /// Position of the rule.
        rule_idx: usize,
    },
}

const WHOLE_BP: i64 = 10_000;

impl CreditTerms {
    /// Checks terms once, where they enter.
    ///
    /// # Errors
    /// [`TermsError`], one variant for each way in which terms can be wrong.
    pub fn new(rules: Vec<CreditRule>, at_risk_bp: i64) -> Result<Self, TermsError> {
        if rules.is_empty() {
            return Err(TermsError::NoRule);
        }
        if !(1..=WHOLE_BP).contains(&at_risk_bp) {
            return Err(TermsError::AtRisk { at_risk_bp });
        }
        for (rule_idx, rule) in rules.iter().enumerate() {
            let weight_bp = rule.weight_bp;
            if !(1..=WHOLE_BP).contains(&weight_bp) {
                return Err(TermsError::Weight { rule_idx, weight_bp });
            }
            rule.scale.check(rule_idx)?;
        }
        Ok(Self { rules, at_risk_bp })
    }

    /// The rules, in the order of results and lines.
    pub fn rules(&self) -> &[CreditRule] {
        &self.rules
    }

    /// Credits of a period.
    ///
    /// # Shapes and units
    /// - `fee`: the period's fee in minor units, at least 0.
    /// - `results`: one per rule, in order.
    /// - every line is `at risk * weight * credit`, rounded half up once; a rule never gives more
    ///   than its weight; above the amount at risk all lines shrink in proportion (largest
    ///   remainder, earlier rules first), so that they add up to the cap.
    ///
    /// # Errors
    /// [`CreditError`]: results that do not match the rules, or a negative fee.
    ///
    /// # Source
    /// Own construction after common practice; `docs/methods/facts-credit.md`.
    pub fn credits(&self, fee: FeeMinor, results: &[Measured]) -> Result<PeriodCredits, CreditError> {
        let (n_rules, n_results) = (self.rules.len(), results.len());
        if n_rules != n_results {
            return Err(CreditError::Results { n_rules, n_results });
        }
        if fee.0 < 0 {
            return Err(CreditError::NegativeFee { fee_minor: fee.0 });
        }
        let at_risk_minor = share_of(fee.0, i128::from(self.at_risk_bp), i128::from(WHOLE_BP));
        let mut lines_minor = Vec::with_capacity(n_rules);
        for (rule_idx, (rule, measured)) in self.rules.iter().zip(results).enumerate() {
            let credit_bp = rule.scale.credit_bp(measured, rule_idx)?.min(WHOLE_BP);
            let part = i128::from(rule.weight_bp) * i128::from(credit_bp);
            lines_minor.push(share_of(at_risk_minor, part, i128::from(WHOLE_BP * WHOLE_BP)));
        }
        let uncapped = lines_minor.iter().map(|line| i128::from(*line)).sum::<i128>();
        if i128::from(at_risk_minor) < uncapped {
            lines_minor = shrink(&lines_minor, uncapped, at_risk_minor);
        }
        let total_minor = lines_minor.iter().sum();
        let uncapped_minor = i64::try_from(uncapped).unwrap_or(i64::MAX);
        Ok(PeriodCredits { at_risk_minor, uncapped_minor, lines_minor, total_minor })
    }
}

impl Scale {
    fn check(&self, rule_idx: usize) -> Result<(), TermsError> {
        match self {
            Self::Attainment { tiers } => {
                let within = |tier: &Tier| {
                    (1..=WHOLE_BP).contains(&tier.below_bp) && (1..=WHOLE_BP).contains(&tier.credit_bp)
                };
                let steeper = |pair: &[Tier]| {
                    pair[1].below_bp < pair[0].below_bp && pair[0].credit_bp < pair[1].credit_bp
                };
                let fine = !tiers.is_empty() && tiers.iter().all(within) && tiers.windows(2).all(steeper);
                if fine { Ok(()) } else { Err(TermsError::Tiers { rule_idx }) }
            }
            Self::StartedPeriods { period_s, credit_bp } => {
                let fine = 1 <= *period_s && (1..=WHOLE_BP).contains(credit_bp);
                if fine { Ok(()) } else { Err(TermsError::Period { rule_idx }) }
            }
        }
    }

    /// Credit of a result in basis points, not yet limited to the whole.
    fn credit_bp(&self, measured: &Measured, rule_idx: usize) -> Result<i64, CreditError> {
        match (self, measured) {
            (_, Measured::TooFew) => Ok(0),
            (Self::Attainment { tiers }, Measured::Attainment(share)) => {
                if share.denominator <= 0 {
                    return Err(CreditError::NoShare { rule_idx });
                }
                // Compared as fractions: 94.996 % is below 95 %, whatever it is rounded to.
                let scaled = share.numerator.saturating_mul(i128::from(WHOLE_BP));
                let holds =
                    |tier: &&Tier| scaled < i128::from(tier.below_bp).saturating_mul(share.denominator);
                Ok(tiers.iter().rev().find(holds).map_or(0, |tier| tier.credit_bp))
            }
            (Self::StartedPeriods { period_s, credit_bp }, Measured::SecondsOver(cases)) => {
                let begun: i128 = cases
                    .iter()
                    .filter(|over_s| **over_s > 0)
                    .map(|over_s| (i128::from(*over_s) + i128::from(*period_s) - 1) / i128::from(*period_s))
                    .sum();
                Ok(i64::try_from(begun * i128::from(*credit_bp)).unwrap_or(i64::MAX))
            }
            _ => Err(CreditError::WrongResult { rule_idx }),
        }
    }
}

/// `amount * numerator / denominator`, rounded half up; `amount` and the fraction at least 0, the
/// fraction at most 1.
fn share_of(amount: i64, numerator: i128, denominator: i128) -> i64 {
    let doubled = 2 * i128::from(amount) * numerator + denominator;
    // At most `amount`, because the fraction is at most 1.
    i64::try_from(doubled / (2 * denominator)).unwrap_or(amount)
}

/// Shrinks `lines` (sum `total` > `cap`) in proportion to a sum of exactly `cap`.
fn shrink(lines: &[i64], total: i128, cap: i64) -> Vec<i64> {
    let scaled = |line: &i64| i128::from(*line) * i128::from(cap);
    let mut shrunk: Vec<i64> =
        lines.iter().map(|line| i64::try_from(scaled(line) / total).unwrap_or(cap)).collect();
    let left = cap - shrunk.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|idx| std::cmp::Reverse(scaled(&lines[*idx]) % total));
    for idx in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        shrunk[idx] += 1;
    }
    shrunk
}

/// A credit that can be earned back by later periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarnBack {
    /// Attainment every later period must reach, in basis points.
    pub at_least_bp: i64,
    /// How many periods in a row must reach it, directly after the one with the credit.
    pub n_periods: usize,
    /// Part of the credit that is earned back, in basis points.
    pub returned_bp: i64,
}

/// What later periods do to a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarnBackResult {
    /// So much goes back to the provider.
    Earned {
        /// In minor units.
        returned_minor: i64,
    },
    /// A period fell short: the credit stands.
    Lost,
    /// Not all periods are known yet.
    Open {
        /// Periods still to come.
        n_missing: usize,
    },
}

impl EarnBack {
    /// Applies the attainments of the periods after the one with the credit, in order.
    ///
    /// # Shapes and units
    /// `later`: attainment of each later period as far as known; those after `n_periods` are not
    /// looked at. `credit_minor` and the result in minor units, rounded half up.
    ///
    /// # Source
    /// Own construction after common practice; `docs/methods/facts-credit.md`.
    pub fn apply(&self, credit_minor: i64, later: &[Fraction]) -> EarnBackResult {
        let looked_at = &later[..later.len().min(self.n_periods)];
        let short = |share: &Fraction| {
            share.numerator.saturating_mul(i128::from(WHOLE_BP))
                < i128::from(self.at_least_bp).saturating_mul(share.denominator)
        };
        if looked_at.iter().any(short) {
            return EarnBackResult::Lost;
        }
        if looked_at.len() < self.n_periods {
            return EarnBackResult::Open { n_missing: self.n_periods - looked_at.len() };
        }
        let returned_bp = i128::from(self.returned_bp.clamp(0, WHOLE_BP));
        let returned_minor = share_of(credit_minor, returned_bp, i128::from(WHOLE_BP));
        EarnBackResult::Earned { returned_minor }
    }
}

/// Where a credit stands on its way to a credit note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CreditState {
    /// Computed from facts; changes when they do.
    Computed,
    /// Put to the other side, at a fixed amount.
    Proposed,
    /// Accepted at that amount.
    Agreed,
    /// Given up by the client; final.
    Waived,
    /// On a credit note; final.
    Noted,
}

/// What can be done to a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CreditMove {
    /// Put it to the other side.
    Propose,
    /// Take the proposal back, because the facts changed or it was disputed.
    Withdraw,
    /// Accept it.
    Agree,
    /// Give it up.
    Waive,
    /// Put it on a credit note.
    Note,
}

/// A move that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a credit that is {state} cannot be {}", past(*.wanted))]
pub struct CreditMoveError {
    /// Where the credit stands.
    pub state: CreditState,
    /// What was wanted.
    pub wanted: CreditMove,
}

fn past(wanted: CreditMove) -> &'static str {
    match wanted {
        CreditMove::Propose => "proposed",
        CreditMove::Withdraw => "withdrawn",
        CreditMove::Agree => "agreed",
        CreditMove::Waive => "waived",
        CreditMove::Note => "noted",
    }
}

impl std::fmt::Display for CreditState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Computed => "computed",
            Self::Proposed => "proposed",
            Self::Agreed => "agreed",
            Self::Waived => "waived",
            Self::Noted => "noted",
        })
    }
}

impl CreditState {
    /// The state after a move.
    ///
    /// # Errors
    /// [`CreditMoveError`] when the move is not open to a credit in this state.
    pub fn moved(self, wanted: CreditMove) -> Result<Self, CreditMoveError> {
        match (self, wanted) {
            (Self::Computed, CreditMove::Propose) => Ok(Self::Proposed),
            (Self::Proposed, CreditMove::Withdraw) => Ok(Self::Computed),
            (Self::Proposed, CreditMove::Agree) => Ok(Self::Agreed),
            (Self::Proposed, CreditMove::Waive) => Ok(Self::Waived),
            (Self::Agreed, CreditMove::Note) => Ok(Self::Noted),
            (state, wanted) => Err(CreditMoveError { state, wanted }),
        }
    }
}
