//! The wall between roles: whoever has read what is sealed of a client gains no product manager's rights until two others agree.
//!
//! Brewer and Nash (1989), "The Chinese Wall Security Policy", IEEE Symposium on Security and Privacy, 206-214: what one may do
//! follows from what one has read. Here the reading of sealed data of any account closes the product manager's role, whoever
//! gives it, until two people other than the reader sign after the last reading. A firm may declare its walls off, on record.

use crate::book::Account;
use crate::{Id, Instant};

use super::User;

/// The last time someone read what is sealed of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedReading {
    /// The account.
    pub account_id: Id<Account>,
    /// The last reading.
    pub last_at: Instant,
}

/// Someone's signature under the lifting of another's wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WallSignature {
    /// Who signed.
    pub signed_by: Id<User>,
    /// When.
    pub signed_at: Instant,
}

/// How many people must sign.
pub const WALL_SIGNATURES: usize = 2;

/// Whether `user`'s wall stands: a reading that fewer than two others have signed off since.
pub fn wall_stands(user: &Id<User>, readings: &[SealedReading], signatures: &[WallSignature]) -> bool {
    readings.iter().any(|reading| signers_since(user, reading.last_at, signatures) < WALL_SIGNATURES)
}

/// How many different people other than `user` signed after `since`.
pub fn signers_since(user: &Id<User>, since: Instant, signatures: &[WallSignature]) -> usize {
    let mut signers: Vec<&Id<User>> = signatures
        .iter()
        .filter(|signature| signature.signed_at > since && signature.signed_by != *user)
        .map(|signature| &signature.signed_by)
        .collect();
    signers.sort_unstable();
    signers.dedup();
    signers.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id<T>(number: u128) -> Id<T> {
        Id::new(Instant::from_seconds(0), number)
    }

    fn reading(at: i64) -> SealedReading {
        SealedReading { account_id: id(1), last_at: Instant::from_seconds(at) }
    }

    fn signature(by: u128, at: i64) -> WallSignature {
        WallSignature { signed_by: id(by), signed_at: Instant::from_seconds(at) }
    }

    #[test]
    fn who_read_nothing_has_no_wall() {
        assert!(!wall_stands(&id(9), &[], &[]));
    }

    #[test]
    fn two_others_lift_it_and_a_new_reading_builds_it_again() {
        let reader = id(9);
        let before = [signature(1, 5), signature(2, 5)];
        assert!(wall_stands(&reader, &[reading(10)], &before), "signed before the reading");
        let twice = [signature(1, 11), signature(1, 12)];
        assert!(wall_stands(&reader, &[reading(10)], &twice), "the same person twice");
        let own = [signature(1, 11), signature(9, 12)];
        assert!(wall_stands(&reader, &[reading(10)], &own), "one's own signature");
        let both = [signature(1, 11), signature(2, 12)];
        assert!(!wall_stands(&reader, &[reading(10)], &both));
        assert!(wall_stands(&reader, &[reading(10), reading(20)], &both), "read again since");
    }

    proptest! {
        /// A second evaluator, written from the rule's sentence alone.
        #[test]
        fn it_agrees_with_a_naive_evaluator(
            readings in prop::collection::vec(0_i64..20, 0..5),
            signatures in prop::collection::vec((0_u128..4, 0_i64..20), 0..8),
        ) {
            let (read, signed): (Vec<_>, Vec<_>) = (
                readings.iter().map(|at| reading(*at)).collect(),
                signatures.iter().map(|(by, at)| signature(*by, *at)).collect(),
            );
            let last = readings.iter().max();
            let naive = last.is_some_and(|last| {
                let others: std::collections::BTreeSet<u128> = signatures
                    .iter()
                    .filter(|(by, at)| *by != 0 && at > last)
                    .map(|(by, _)| *by)
                    .collect();
                others.len() < 2
            });
            prop_assert_eq!(wall_stands(&id(0), &read, &signed), naive);
        }
    }
}
