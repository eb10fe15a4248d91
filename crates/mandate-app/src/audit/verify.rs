//! Verifying the audit record: the chain, the checkpoints beside it, and those kept outside.
//!
//! The chain alone shows what was edited, removed, slipped in or reordered. A checkpoint shows in addition that the end
//! was cut off or the chain made anew; its signature, that nobody without the key wrote it. Only a file and a public key
//! that were kept away from this machine show what its owner could do: so with either at hand nothing is taken on trust.

use std::collections::BTreeSet;

use mandate_store::audit::{Anchors, ChainState, ChainWalk, chain_id, list_checkpoints, verify_from};
use mandate_store::{ReadTx, StoreError, boxed};

use super::ReadAuditError;
use super::checkpoint::{Checkpoint, signing_key};
use super::key::PublicKey;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};

/// What was kept away from the database to verify it by.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The text of the file outside.
    pub checkpoints: Option<String>,
    /// Public keys that were kept; this machine's own key counts only without any.
    pub public_keys: Vec<PublicKey>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerified {
    /// The chain, held against every checkpoint whose signature is good.
    pub chain: ChainState,
    /// Checkpoints in the database.
    pub n_checkpoints: usize,
    /// Checkpoints in the file outside, if one was given.
    pub n_outside: Option<usize>,
    /// Checkpoints that no key at hand can verify.
    pub n_unverified: usize,
    /// What is wrong with checkpoints.
    pub problems: Vec<String>,
}

impl AuditVerified {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        matches!(self.chain, ChainState::Whole { .. }) && self.problems.is_empty()
    }
}

/// Walks the whole chain, recomputes every hash, and holds it against the checkpoints.
///
/// # Errors
/// [`ReadAuditError`] when the right is missing or the database failed.
#[boxed]
pub async fn verify_audit(
    ctx: &Ctx,
    actor: &Actor,
    evidence: &Evidence,
) -> Result<AuditVerified, ReadAuditError> {
    authorise(actor, Action::ReadAudit)?;
    let mut tx = ctx.begin_read().await?;
    let chain = chain_id(&mut tx).await?.unwrap_or_default();
    let kept: Vec<Checkpoint> = list_checkpoints(&mut tx, 0).await?.into_iter().map(Checkpoint).collect();
    let mut found = Found { chain, ..Found::default() };
    let own = if evidence.public_keys.is_empty() { signing_key(ctx).ok() } else { None };
    found.keys = evidence.public_keys.iter().cloned().chain(own.map(|key| key.public())).collect();
    found.is_strict = !evidence.public_keys.is_empty() || evidence.checkpoints.is_some();
    for checkpoint in &kept {
        found.take(checkpoint, "the database");
    }
    let n_outside = evidence.checkpoints.as_deref().map(|text| found.take_outside(text, &kept));
    let chain = walk(&mut tx, &found.anchors).await?;
    let Found { n_unverified, problems, .. } = found;
    Ok(AuditVerified { chain, n_checkpoints: kept.len(), n_outside, n_unverified, problems })
}

async fn walk(tx: &mut ReadTx, anchors: &Anchors) -> Result<ChainState, StoreError> {
    verify_from(tx, ChainWalk::default(), anchors).await
}

#[derive(Default)]
struct Found {
    chain: String,
    keys: Vec<PublicKey>,
    is_strict: bool,
    anchors: Anchors,
    n_unverified: usize,
    problems: Vec<String>,
}

impl Found {
    /// Takes a checkpoint into account, as far as it is to be believed.
    fn take(&mut self, checkpoint: &Checkpoint, place: &str) {
        let seq = checkpoint.seq();
        if checkpoint.0.chain != self.chain {
            self.problems.push(format!("the checkpoint of record {seq} in {place} is of another chain"));
        }
        let key_id = &checkpoint.0.key_id;
        if !self.keys.iter().any(|key| key.id() == *key_id) {
            self.n_unverified += 1;
            if self.is_strict {
                let what = format!(
                    "the checkpoint of record {seq} in {place} is signed by the key {key_id}, which is not at hand"
                );
                self.problems.push(what);
            }
        } else if !self.keys.iter().any(|key| checkpoint.is_signed_by(key)) {
            self.problems
                .push(format!("the signature of the checkpoint of record {seq} in {place} is false"));
        }
        // Whoever wrote it, a checkpoint that contradicts the chain is something to look into.
        self.anchors.add(seq, &checkpoint.0.hash);
    }

    /// Takes every line of the file outside; how many checkpoints it has.
    fn take_outside(&mut self, text: &str, kept: &[Checkpoint]) -> usize {
        let lines: Vec<(usize, &str)> = text
            .lines()
            .enumerate()
            .map(|(idx, line)| (idx + 1, line.trim_end()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .collect();
        let (mut last, mut seen) = (0, BTreeSet::new());
        for (position, (number, line)) in lines.iter().enumerate() {
            let Some(checkpoint) = Checkpoint::read(line) else {
                // A line that was cut short, as when power went, is written again after it.
                let again = lines.get(position + 1).is_some_and(|(_, next)| next.starts_with(line));
                if !again {
                    self.problems.push(format!("line {number} outside is no checkpoint"));
                }
                continue;
            };
            if checkpoint.seq() <= last {
                let seq = checkpoint.seq();
                self.problems.push(format!("line {number} outside (record {seq}) is out of its order"));
            }
            last = last.max(checkpoint.seq());
            if !kept.contains(&checkpoint) {
                let seq = checkpoint.seq();
                self.problems.push(format!("the checkpoint of record {seq} outside is not in the database"));
            }
            seen.insert(checkpoint.seq());
            self.take(&checkpoint, "the file outside");
        }
        // What was signed after the file's last line may not have been written yet.
        for checkpoint in kept.iter().filter(|it| it.seq() < last && !seen.contains(&it.seq())) {
            self.problems
                .push(format!("the file outside lacks the checkpoint of record {}", checkpoint.seq()));
        }
        seen.len()
    }
}
