//! Service credits: the rule of a contract, what it gives for a month, and the way to a credit note.
//!
//! A computed credit follows the facts. Once proposed its amount is fixed: new facts show as a difference and never
//! change it silently. Whatever is computed is kept as derivation lines, so that a reader can add it up again. Not here:
//! the tiers' arithmetic (the engine).

use crate::book::{Account, Person};
use crate::facts::kpi::{Kpi, WordError, words};
use crate::facts::result::ReviewVerdict;
use crate::{Id, Instant, Money, Month};

/// How a rule turns a result into money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreditMethod {
    /// By attainment: the lowest tier that holds gives so many basis points of the monthly fee.
    Attainment {
        // INVARIANT (checked by `CreditMethod::parse`): falling in attainment, rising in credit, 1 to 10,000 both.
        /// Attainment in basis points below which the tier holds, and its credit in basis points of the fee.
        tiers: Vec<(i64, i64)>,
    },
    /// So much for each period of time begun past the target, summed over the cases that missed.
    StartedPeriods {
        /// Length of a period in seconds.
        period_s: i64,
        /// Credit of each in minor units.
        each_minor: i64,
    },
}

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditRuleError {
    /// No such method.
    #[error("`{word}` is not a way to compute credits; use attainment or started_periods")]
    Method {
        /// What was given.
        word: String,
    },
    /// Tiers that cannot be read or do not get dearer as attainment falls.
    #[error(
        "`{text}` gives no tiers; write attainment:credit in basis points, falling and rising, such as 9500:500,9000:1000"
    )]
    Tiers {
        /// What was given.
        text: String,
    },
    /// A period or an amount that is not positive.
    #[error("`{text}` gives no period; write seconds:amount in minor units, such as 1800:160000")]
    Period {
        /// What was given.
        text: String,
    },
    /// A cap or fee below zero, or no cap.
    #[error("the amount at risk must be more than zero, and the monthly fee at least zero")]
    Amounts,
    /// More months than anybody waits.
    #[error("a credit is earned back within 0 to 24 months")]
    EarnBack,
}

impl CreditRuleError {
    /// The form field it is about.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Method { .. } => "method",
            Self::Tiers { .. } | Self::Period { .. } => "tiers",
            Self::Amounts => "at_risk_cap",
            Self::EarnBack => "earn_back_months",
        }
    }
}

impl CreditMethod {
    /// Reads the two columns of a table.
    ///
    /// # Errors
    /// [`CreditRuleError`] naming what cannot be read.
    pub fn parse(word: &str, tiers: &str) -> Result<Self, CreditRuleError> {
        let cut = |text: &str| text.chars().take(60).collect::<String>();
        match word {
            "attainment" => {
                let bad = || CreditRuleError::Tiers { text: cut(tiers) };
                let tiers = pairs(tiers).ok_or_else(bad)?;
                let within = tiers
                    .iter()
                    .all(|(below, credit)| (1..=10_000).contains(below) && (1..=10_000).contains(credit));
                let steeper = tiers.windows(2).all(|pair| pair[1].0 < pair[0].0 && pair[0].1 < pair[1].1);
                if tiers.is_empty() || tiers.len() > 20 || !within || !steeper {
                    Err(bad())
                } else {
                    Ok(Self::Attainment { tiers })
                }
            }
            "started_periods" => match pairs(tiers).as_deref() {
                Some(&[(period_s, each_minor)]) if period_s >= 1 && each_minor >= 1 => {
                    Ok(Self::StartedPeriods { period_s, each_minor })
                }
                _ => Err(CreditRuleError::Period { text: cut(tiers) }),
            },
            _ => Err(CreditRuleError::Method { word: cut(word) }),
        }
    }

    /// The word kept in tables.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Attainment { .. } => "attainment",
            Self::StartedPeriods { .. } => "started_periods",
        }
    }

    /// The tiers kept in tables.
    pub fn tiers_text(&self) -> String {
        match self {
            Self::Attainment { tiers } => {
                let tiers: Vec<String> =
                    tiers.iter().map(|(below, credit)| format!("{below}:{credit}")).collect();
                tiers.join(",")
            }
            Self::StartedPeriods { period_s, each_minor } => format!("{period_s}:{each_minor}"),
        }
    }
}

fn pairs(text: &str) -> Option<Vec<(i64, i64)>> {
    let mut pairs = vec![];
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (left, right) = part.split_once(':')?;
        let number =
            |text: &str| text.trim().parse::<i64>().ok().filter(|number| *number <= 1_000_000_000_000);
        pairs.push((number(left)?, number(right)?));
    }
    Some(pairs)
}

/// A rule of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditRule {
    /// Its id.
    pub id: Id<CreditRule>,
    /// The firm's own id.
    pub external_id: Option<String>,
    /// Whose.
    pub account_id: Id<Account>,
    /// The contract it stands in (its id).
    pub contract_id: Option<String>,
    /// The measure it looks at.
    pub kpi_id: Id<Kpi>,
    /// How it turns a result into money.
    pub method: CreditMethod,
    /// Most a month can give.
    pub at_risk_cap: Money,
    /// The month's fee, of which attainment tiers take a part.
    pub monthly_fee: Money,
    /// Months in a row that must reach the target for the credit to be earned back; 0: never.
    pub earn_back_months: i64,
    /// The clause.
    pub clause: String,
    /// First month it holds for.
    pub valid_from: Month,
    /// Part of the demo book.
    pub demo: bool,
    /// Counts saves.
    pub version: i64,
}

impl CreditRule {
    /// # Errors
    /// [`CreditRuleError`] when amounts or months are outside what a rule can hold.
    pub fn check(&self) -> Result<(), CreditRuleError> {
        if self.at_risk_cap.minor <= 0
            || self.monthly_fee.minor < 0
            || self.at_risk_cap.currency != self.monthly_fee.currency
        {
            return Err(CreditRuleError::Amounts);
        }
        if !(0..=24).contains(&self.earn_back_months) {
            return Err(CreditRuleError::EarnBack);
        }
        Ok(())
    }
}

/// Where a credit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CreditState {
    /// Follows the facts.
    Computed,
    /// Put to the client at a fixed amount.
    Proposed,
    /// Accepted at that amount.
    Agreed,
    /// Given up by the client.
    Waived,
    /// On a credit note.
    Noted,
}

words!(CreditState {
    Computed => "computed",
    Proposed => "proposed",
    Agreed => "agreed",
    Waived => "waived",
    Noted => "noted",
});

/// What is done to a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CreditMove {
    /// Put it to the client.
    Propose,
    /// Take the proposal back, so that it follows the facts again.
    Withdraw,
    /// The client accepts.
    Agree,
    /// The client gives it up.
    Waive,
    /// Its credit note was issued.
    Note,
}

words!(CreditMove {
    Propose => "propose",
    Withdraw => "withdraw",
    Agree => "agree",
    Waive => "waive",
    Note => "note",
});

/// Why a move is not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditMoveError {
    /// Not from where it stands.
    #[error("a credit that is {} cannot be moved by `{}`", state.as_str(), wanted.as_str())]
    State {
        /// Where it stands.
        state: CreditState,
        /// What was wanted.
        wanted: CreditMove,
    },
    /// Waived without a reason.
    #[error("say why the credit is waived")]
    NoReason,
    /// The client's word without a name.
    #[error("name the client person who said it")]
    NobodyNamed,
    /// A note without a number.
    #[error("give the number of the credit note")]
    NoNumber,
    /// Nothing to propose.
    #[error("there is no credit to propose for {month}")]
    Nothing {
        /// The month.
        month: Month,
    },
}

/// What a move carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreditStep {
    /// Why, or in which words.
    pub reason: String,
    /// The client person who said it.
    pub client_person_id: Option<Id<Person>>,
    /// Number of the credit note.
    pub credit_note: String,
}

/// What the client says of a proposed credit. It is their word; moving the credit stays ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditAnswer {
    /// Its id.
    pub id: Id<CreditAnswer>,
    /// Of which credit.
    pub credit_id: Id<ServiceCredit>,
    /// Whose.
    pub account_id: Id<Account>,
    /// Agreed or contested.
    pub verdict: ReviewVerdict,
    /// The amount it stood at.
    pub credit: Money,
    /// By whom.
    pub client_person_id: Option<Id<Person>>,
    /// In which words.
    pub note: String,
    /// The user who recorded it.
    pub recorded_by: Option<String>,
    /// When.
    pub at: Instant,
}

/// Why an answer to a credit is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditAnswerError {
    /// It is not proposed, or not any more.
    #[error("this credit is not put to the client; only a proposed credit is answered")]
    NotProposed,
    /// Contested without saying why.
    #[error("say what is contested")]
    NoReason,
}

/// Whether the client may say `verdict` of a credit in `state`.
///
/// # Errors
/// [`CreditAnswerError`] when it is not proposed, or contested without a reason.
pub fn check_answer(state: CreditState, verdict: ReviewVerdict, note: &str) -> Result<(), CreditAnswerError> {
    if state != CreditState::Proposed {
        Err(CreditAnswerError::NotProposed)
    } else if verdict == ReviewVerdict::Contested && note.is_empty() {
        Err(CreditAnswerError::NoReason)
    } else {
        Ok(())
    }
}

/// One line of how a credit came about; a page puts it into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivationLine {
    /// What the line says.
    pub kind: LineKind,
    /// The case it is about.
    pub case_ref: Option<String>,
    /// A count: cases within target, seconds past it, basis points.
    pub amount: i64,
    /// What the count is set against: cases, periods, basis points.
    pub base: i64,
    /// Money, where the line has some.
    pub minor: Option<i64>,
}

/// What a derivation line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// `amount` of `base` cases within target.
    Attainment,
    /// The tier that holds: below `amount` basis points, `base` basis points of the fee, `minor`.
    Tier,
    /// No tier holds.
    NoTier,
    /// A case `amount` seconds past its target: `base` begun periods, `minor`.
    CaseOver,
    /// No case is past its target.
    NoCaseOver,
    /// The month's fee, `minor`.
    Fee,
    /// The cap applies: from `amount` minor units to `minor`.
    Cap,
    /// The credit, `minor`.
    Total,
    /// Nothing was measured.
    NothingMeasured,
}

words!(LineKind {
    Attainment => "attainment",
    Tier => "tier",
    NoTier => "no_tier",
    CaseOver => "case_over",
    NoCaseOver => "no_case_over",
    Fee => "fee",
    Cap => "cap",
    Total => "total",
    NothingMeasured => "nothing_measured",
});

/// The credit of a rule for a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCredit {
    /// Its id.
    pub id: Id<ServiceCredit>,
    /// The rule.
    pub rule_id: Id<CreditRule>,
    /// Whose.
    pub account_id: Id<Account>,
    /// For which month.
    pub month: Month,
    /// What the facts give now.
    pub computed: Money,
    /// The amount that counts: fixed once proposed.
    pub credit: Money,
    /// Where it stands.
    pub state: CreditState,
    /// How `computed` came about.
    pub derivation: Vec<DerivationLine>,
    /// Number of the credit note.
    pub credit_note: Option<String>,
    /// The reason of the last move.
    pub reason: String,
    /// The client person of the last move.
    pub client_person_id: Option<Id<Person>>,
    /// The user of the last move.
    pub changed_by: Option<String>,
    /// When.
    pub changed_at: Instant,
    /// Counts saves.
    pub version: i64,
}

impl ServiceCredit {
    /// The credit after `wanted`; who and when are the caller's to set.
    ///
    /// # Errors
    /// [`CreditMoveError`], one variant for each way in which a move is not open.
    pub fn moved(self, wanted: CreditMove, step: CreditStep) -> Result<Self, CreditMoveError> {
        use CreditMove::{Agree, Note, Propose, Waive, Withdraw};
        let state = match (self.state, wanted) {
            (CreditState::Computed, Propose) => CreditState::Proposed,
            (CreditState::Proposed, Withdraw) => CreditState::Computed,
            (CreditState::Proposed, Agree) => CreditState::Agreed,
            (CreditState::Proposed, Waive) => CreditState::Waived,
            (CreditState::Agreed, Note) => CreditState::Noted,
            (state, wanted) => return Err(CreditMoveError::State { state, wanted }),
        };
        if wanted == Propose && self.computed.minor == 0 {
            return Err(CreditMoveError::Nothing { month: self.month });
        }
        if wanted == Waive && step.reason.is_empty() {
            return Err(CreditMoveError::NoReason);
        }
        if matches!(wanted, Agree | Waive) && step.client_person_id.is_none() {
            return Err(CreditMoveError::NobodyNamed);
        }
        if wanted == Note && step.credit_note.is_empty() {
            return Err(CreditMoveError::NoNumber);
        }
        let credit = if matches!(wanted, Propose | Withdraw) { self.computed } else { self.credit };
        let credit_note = if wanted == Note { Some(step.credit_note) } else { self.credit_note };
        let client_person_id = step.client_person_id.or(self.client_person_id);
        Ok(Self { state, credit, credit_note, reason: step.reason, client_person_id, ..self })
    }

    /// The credit with what the facts give now: a computed one follows, a fixed one keeps its amount.
    #[must_use]
    pub fn recomputed(self, computed: Money, derivation: Vec<DerivationLine>) -> Self {
        let credit = if self.state == CreditState::Computed { computed } else { self.credit };
        Self { computed, credit, derivation, ..self }
    }

    /// What the facts give now beyond the fixed amount; zero while it follows them.
    pub const fn difference_minor(&self) -> i64 {
        self.computed.minor - self.credit.minor
    }
}

/// The share of a rule that started periods give: `minor` of each begun period, up to the cap.
///
/// `cases` are seconds past the target with the case they belong to; cases within it give nothing.
pub fn started_periods(
    cases: &[(String, i64)],
    period_s: i64,
    each_minor: i64,
) -> (i64, Vec<DerivationLine>) {
    let mut lines = vec![];
    let mut total = 0_i64;
    for (case_ref, over_s) in cases.iter().filter(|(_, over_s)| *over_s > 0) {
        let begun = over_s / period_s + i64::from(over_s % period_s != 0);
        let minor = begun.saturating_mul(each_minor);
        total = total.saturating_add(minor);
        lines.push(DerivationLine {
            kind: LineKind::CaseOver,
            case_ref: Some(case_ref.clone()),
            amount: *over_s,
            base: begun,
            minor: Some(minor),
        });
    }
    if lines.is_empty() {
        lines.push(DerivationLine::plain(LineKind::NoCaseOver));
    }
    (total, lines)
}

impl DerivationLine {
    /// A line without figures.
    pub const fn plain(kind: LineKind) -> Self {
        Self { kind, case_ref: None, amount: 0, base: 0, minor: None }
    }

    /// A line with money.
    pub const fn money(kind: LineKind, amount: i64, minor: i64) -> Self {
        Self { kind, case_ref: None, amount, base: 0, minor: Some(minor) }
    }
}

/// `uncapped` held to the cap, and the line that says so where it bites.
pub fn capped(uncapped_minor: i64, cap_minor: i64, lines: &mut Vec<DerivationLine>) -> i64 {
    let total = uncapped_minor.min(cap_minor);
    if cap_minor < uncapped_minor {
        lines.push(DerivationLine::money(LineKind::Cap, uncapped_minor, cap_minor));
    }
    lines.push(DerivationLine::money(LineKind::Total, 0, total));
    total
}

#[cfg(test)]
#[path = "credit_tests.rs"]
mod tests;
