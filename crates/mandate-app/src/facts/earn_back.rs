//! Earning a credit back: whether the months after it, as far as they are over, lift it.
//!
//! A month reaches the target when the rule of the credit gives nothing for it and something was measured in it; what was
//! not measured proves nothing. Computed each time it is asked for, so that it follows the facts. Not here: the method
//! (`mandate_facts::credit::EarnBack`).

use mandate_domain::facts::credit::{CreditRule, CreditState, LineKind, ServiceCredit};
use mandate_domain::{Money, Month};
use mandate_facts::credit::{self as engine, EarnBackResult};
use mandate_facts::kpi::Fraction;
use mandate_store::{ReadTx, StoreError, boxed};

use super::credit::derive;

/// What later months do to a credit that can be earned back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarnedBack {
    /// Not all months are over; none fell short so far.
    Open {
        /// Months still to come.
        n_missing: usize,
    },
    /// Every month reached the target: so much is not owed any more.
    Earned {
        /// How much.
        returned: Money,
    },
    /// A month fell short, or nothing was measured in it: the credit stands.
    Lost,
}

impl EarnedBack {
    /// The word in the API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Earned { .. } => "earned",
            Self::Lost => "lost",
        }
    }
}

/// Whether `credit` is earned back, `current` being the month that runs; `None` where its rule lets nothing be earned
/// back, or nothing is owed.
#[boxed]
pub(crate) async fn earned_back(
    tx: &mut ReadTx,
    rule: &CreditRule,
    credit: &ServiceCredit,
    current: Month,
) -> Result<Option<EarnedBack>, StoreError> {
    let n_periods = usize::try_from(rule.earn_back_months).unwrap_or(0);
    if n_periods == 0 || credit.credit.minor == 0 || credit.state == CreditState::Waived {
        return Ok(None);
    }
    let mut later = Vec::with_capacity(n_periods);
    let mut month = credit.month.plus(1);
    while later.len() < n_periods && month < current {
        let (amount, lines) = derive(tx, rule, month).await?;
        let measured = lines.iter().all(|line| line.kind != LineKind::NothingMeasured);
        let reached = amount.minor == 0 && measured;
        later.push(Fraction { numerator: i128::from(reached), denominator: 1 });
        month = month.plus(1);
    }
    let terms = engine::EarnBack { at_least_bp: 10_000, n_periods, returned_bp: 10_000 };
    Ok(Some(match terms.apply(credit.credit.minor, &later) {
        EarnBackResult::Open { n_missing } => EarnedBack::Open { n_missing },
        EarnBackResult::Lost => EarnedBack::Lost,
        EarnBackResult::Earned { returned_minor } => {
            EarnedBack::Earned { returned: Money::new(returned_minor, credit.credit.currency) }
        }
    }))
}
