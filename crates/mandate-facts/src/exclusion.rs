//! Time that both sides agreed not to count, and how they come to agree.
//!
//! An exclusion is proposed by one side and takes effect only when the other side agrees. It is
//! never hidden: a clock reports the excluded seconds and the result it would have had without.

use crate::instant::Instant;

/// Why time is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExclusionReason {
    /// The client kept the provider from working.
    ClientCaused,
    /// Nobody could have prevented it.
    ForceMajeure,
    /// Work announced as the contract asks.
    PlannedMaintenance,
}

/// The two parties to a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Delivers the service.
    Provider,
    /// Receives it.
    Client,
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// One side asked for it; it has no effect yet.
    Proposed {
        /// Who asked.
        by: Side,
    },
    /// The other side said yes; it is in effect.
    Agreed {
        /// Who had asked.
        proposed_by: Side,
    },
    /// The other side said no.
    Refused {
        /// Who had asked.
        proposed_by: Side,
    },
    /// The side that asked took it back.
    Withdrawn {
        /// Who had asked.
        proposed_by: Side,
    },
}

/// Why a side may not answer a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// Answering one's own proposal.
    #[error("the side that proposed an exclusion cannot answer it itself")]
    OwnProposal,
    /// Withdrawing the other side's proposal.
    #[error("only the side that proposed an exclusion can withdraw it")]
    NotOwnProposal,
    /// Answering twice.
    #[error("the exclusion was answered before")]
    Settled,
}

impl Agreement {
    /// The other side says yes.
    ///
    /// # Errors
    /// [`AgreementError`] when `by` made the proposal, or it is settled.
    pub fn agree(self, by: Side) -> Result<Self, AgreementError> {
        Ok(Self::Agreed { proposed_by: self.answered_by(by)? })
    }

    /// The other side says no.
    ///
    /// # Errors
    /// As [`Self::agree`].
    pub fn refuse(self, by: Side) -> Result<Self, AgreementError> {
        Ok(Self::Refused { proposed_by: self.answered_by(by)? })
    }

    /// The side that asked takes it back.
    ///
    /// # Errors
    /// [`AgreementError`] when the other side made the proposal, or it is settled.
    pub fn withdraw(self, by: Side) -> Result<Self, AgreementError> {
        match self {
            Self::Proposed { by: proposer } if proposer == by => {
                Ok(Self::Withdrawn { proposed_by: proposer })
            }
            Self::Proposed { .. } => Err(AgreementError::NotOwnProposal),
            _ => Err(AgreementError::Settled),
        }
    }

    fn answered_by(self, answering: Side) -> Result<Side, AgreementError> {
        match self {
            Self::Proposed { by } if by != answering => Ok(by),
            Self::Proposed { .. } => Err(AgreementError::OwnProposal),
            _ => Err(AgreementError::Settled),
        }
    }
}

/// Wall time from `from` (included) to `to` (not included) that may be left out of clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// First second left out.
    pub from: Instant,
    /// First second after it.
    pub to: Instant,
    /// Why.
    pub reason: ExclusionReason,
    /// Where the proposal stands.
    pub agreement: Agreement,
}

/// The agreed exclusions of a case, sorted and without overlap; proposals are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgreedExclusions {
    // INVARIANT: sorted by `from`, disjoint, each of positive length.
    spans: Vec<ExcludedSpan>,
}

/// One agreed stretch of time and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExcludedSpan {
    /// First second left out.
    pub from: Instant,
    /// First second after it.
    pub to: Instant,
    /// Why.
    pub reason: ExclusionReason,
}

/// An exclusion that ends at or before its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("exclusion from {from} to {to} has no length; its end must come after its start")]
pub struct EmptyExclusion {
    /// Its start.
    pub from: Instant,
    /// Its end.
    pub to: Instant,
}

impl AgreedExclusions {
    /// Keeps what both sides agreed to; where two overlap, the one that starts first gives the
    /// reason, and no second is left out twice.
    ///
    /// # Errors
    /// [`EmptyExclusion`] for any exclusion, agreed or not, without length.
    pub fn new(exclusions: &[Exclusion]) -> Result<Self, EmptyExclusion> {
        let mut agreed = Vec::new();
        for exclusion in exclusions {
            let Exclusion { from, to, reason, agreement } = *exclusion;
            if to <= from {
                return Err(EmptyExclusion { from, to });
            }
            if matches!(agreement, Agreement::Agreed { .. }) {
                agreed.push(ExcludedSpan { from, to, reason });
            }
        }
        agreed.sort_by_key(|span| (span.from, span.to));
        let mut spans: Vec<ExcludedSpan> = Vec::with_capacity(agreed.len());
        for mut span in agreed {
            if let Some(last) = spans.last() {
                span.from = span.from.max(last.to);
            }
            if span.from < span.to {
                spans.push(span);
            }
        }
        Ok(Self { spans })
    }

    /// The agreed spans, in order.
    pub fn spans(&self) -> &[ExcludedSpan] {
        &self.spans
    }

    /// The agreed spans that overlap the time from `from` to `to`, in order.
    pub(crate) fn overlapping(&self, from: Instant, to: Instant) -> &[ExcludedSpan] {
        let begin = self.spans.partition_point(|span| span.to <= from);
        let end = self.spans.partition_point(|span| span.from < to);
        &self.spans[begin..end.max(begin)]
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AgreedExclusions, Agreement, AgreementError, EmptyExclusion, ExcludedSpan, Exclusion,
        ExclusionReason, Side,
    };
    use crate::instant::Instant;

    fn exclusion(from: i64, to: i64, agreement: Agreement) -> Exclusion {
        let reason = ExclusionReason::ClientCaused;
        Exclusion { from: Instant(from), to: Instant(to), reason, agreement }
    }

    #[test]
    fn only_the_other_side_can_agree_and_only_once() {
        let proposed = Agreement::Proposed { by: Side::Provider };
        assert_eq!(proposed.agree(Side::Provider), Err(AgreementError::OwnProposal));
        let agreed = proposed.agree(Side::Client).unwrap();
        assert_eq!(agreed, Agreement::Agreed { proposed_by: Side::Provider });
        assert_eq!(agreed.refuse(Side::Client), Err(AgreementError::Settled));
        assert_eq!(proposed.withdraw(Side::Client), Err(AgreementError::NotOwnProposal));
        assert!(proposed.withdraw(Side::Provider).is_ok());
    }

    #[test]
    fn overlaps_are_left_out_once_and_proposals_not_at_all() {
        let agreed = Agreement::Agreed { proposed_by: Side::Client };
        let proposed = Agreement::Proposed { by: Side::Client };
        let all = [
            exclusion(50, 70, agreed),
            exclusion(10, 60, agreed),
            exclusion(20, 30, agreed),
            exclusion(0, 100, proposed),
        ];
        let reason = ExclusionReason::ClientCaused;
        let expected = [
            ExcludedSpan { from: Instant(10), to: Instant(60), reason },
            ExcludedSpan { from: Instant(60), to: Instant(70), reason },
        ];
        assert_eq!(AgreedExclusions::new(&all).unwrap().spans(), expected);
    }

    #[test]
    fn an_exclusion_without_length_is_refused() {
        let proposed = Agreement::Proposed { by: Side::Client };
        let refused = EmptyExclusion { from: Instant(5), to: Instant(5) };
        assert_eq!(AgreedExclusions::new(&[exclusion(5, 5, proposed)]), Err(refused));
    }
}
