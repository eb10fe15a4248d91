//! Who decided for whom: what pages of credits and exclusions say of a decision that a substitute made.
//!
//! Read from the uses, which are never changed; not from the delegation, which may have ended since. The audit record
//! has both names by itself ([`super::Permission::tell`]).

use std::collections::HashMap;

use mandate_domain::Id;
use mandate_domain::book::Account;
use mandate_store::{ReadTx, StoreError, boxed, identity as store};

/// Whoever decided for an absent colleague.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substituted {
    /// The user who decided.
    pub user_id: String,
    /// Their name.
    pub name: String,
    /// The absent one's name.
    pub absent: String,
}

/// What substitutes decided on an account's credits and exclusions, by record.
#[boxed]
pub(crate) async fn substituted(
    tx: &mut ReadTx,
    account: &Id<Account>,
) -> Result<HashMap<String, Substituted>, StoreError> {
    let found = store::list_substituted(tx, account).await?.into_iter().filter_map(|used| {
        let made =
            Substituted { user_id: used.decided_by, name: used.decided_by_name, absent: used.for_name? };
        Some((used.subject_id, made))
    });
    Ok(found.collect())
}
