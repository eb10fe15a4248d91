//! Policies as data an administrator looks at and edits: kept in versions, only when they stand and pass their tests.

use mandate_domain::audit::Changes;
use mandate_domain::text::line;
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::identity::{self as store, StoredPolicies};

use super::desk::policies_in_force;
use super::errors::RightError;
use super::policy::{Policies, PolicyLine, SHIPPED_POLICIES, SHIPPED_TESTS};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx, Subject};
use crate::facts::exclusion::recorder;
use crate::facts::kpi::{Fields, text_message};

/// The policies in force, with their text.
#[derive(Clone, Debug)]
pub struct PolicyPage {
    /// Counts versions; 0 for those that come with the program.
    pub version: i64,
    /// Their text.
    pub policies: String,
    /// The tests beside it.
    pub tests: String,
    /// Each policy with what it says.
    pub lines: Vec<PolicyLine>,
    /// Versions that were saved, the newest first.
    pub saved: Vec<StoredPolicies>,
}

/// The policies in force.
///
/// # Errors
/// [`RightError::Denied`].
#[boxed]
pub async fn show_policies(ctx: &Ctx, actor: &Actor) -> Result<PolicyPage, RightError> {
    authorise(actor, Action::ReadRights)?;
    let mut tx = ctx.begin_read().await?;
    let read = policies_in_force(ctx, &mut tx).await?;
    let saved = store::list_policies(&mut tx).await?;
    let (policies, tests) = match saved.first() {
        Some(newest) => (newest.policies.clone(), newest.tests.clone()),
        None => (SHIPPED_POLICIES.to_owned(), SHIPPED_TESTS.to_owned()),
    };
    let lines = read.lines().cloned().collect();
    Ok(PolicyPage { version: read.version(), policies, tests, lines, saved })
}

/// Keeps policies, which decide from then on; `version` is the one that was read.
///
/// # Errors
/// [`RightError::Policies`] when they do not stand or a test fails; then those in force stay.
#[boxed]
pub async fn save_policies(
    ctx: &Ctx,
    actor: &Actor,
    version: i64,
    (policies, tests): (&str, &str),
    reason: &str,
) -> Result<i64, RightError> {
    authorise(actor, Action::GrantRights)?;
    let mut fields = Fields::default();
    let reason = fields.take("reason", line(reason, 500), text_message);
    let Some(reason) = reason else { return Err(RightError::Invalid { fields: fields.0 }) };
    let (policies, tests) = (policies.replace("\r\n", "\n"), tests.replace("\r\n", "\n"));
    let next = version.saturating_add(1);
    Policies::read(next, &policies, &tests)?;
    let mut tx = ctx.begin_write().await?;
    if store::newest_policy_version(&mut tx).await? != version {
        return Err(StoreError::Stale { table: "decision_policy" }.into());
    }
    let before = store::load_policies(&mut tx, version).await?;
    let old = before.as_ref().map_or(SHIPPED_POLICIES, |stored| stored.policies.as_str()).to_owned();
    let stored = StoredPolicies {
        version: next,
        policies,
        tests,
        saved_by: recorder(actor),
        reason: reason.clone(),
        saved_at: ctx.now(),
    };
    store::insert_policies(&mut tx, &stored).await?;
    let changes = Changes::new()
        .field("version", Some(version.to_string()), Some(next.to_string()))
        .field("policies", Some(old), Some(stored.policies))
        .into_vec();
    let subject = Subject { kind: "decision_policy", id: "policies", name: "policies", account_id: None };
    let mut record = actor.record(ctx.now(), "decision_policy.saved", subject, changes);
    record.reason = Some(reason);
    tx.commit(record).await?;
    Ok(next)
}
