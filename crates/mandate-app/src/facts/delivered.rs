//! What was delivered, for pages: a portfolio, one account, one source; both readings side by side, never mixed.

use mandate_domain::book::Account;
use mandate_domain::{Id, Month};
use mandate_store::StoreError;
use mandate_store::boxed;
use mandate_store::reads::facts_account as reads;
use mandate_store::reads::listing::{ListDef, ListQuery};

pub use mandate_store::reads::facts_account::{
    Figures, MonthPriority, PortfolioFigures, SourceFigures, cases,
};

use crate::authorise::{Action, Denied, authorise};
use crate::ctx::{Actor, Ctx};
use crate::error::{ErrorKind, Message, UseCaseError};
use crate::lists::ShowListError;

/// Why figures could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowDeliveredError {
    /// Not theirs to see.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError for ShowDeliveredError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn message(&self) -> Message {
        match self {
            Self::Denied(denied) => denied.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// One account's figures.
#[derive(Clone, Debug, Default)]
pub struct Delivered {
    /// By month, oldest first.
    pub months: Vec<(Month, Figures)>,
    /// By priority over all months, 1 to 4, then "not stated" (0).
    pub by_priority: Vec<(i64, Figures)>,
    /// Everything.
    pub total: Figures,
}

/// What was delivered to `account`; empty when there are no cases or it is out of scope.
///
/// # Errors
/// [`ShowDeliveredError`] when the right is missing.
#[boxed]
pub async fn delivered(
    ctx: &Ctx,
    actor: &Actor,
    account: &Id<Account>,
) -> Result<Delivered, ShowDeliveredError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    let rows = reads::list_account_months(&mut tx, &actor.scope, account).await?;
    Ok(sum_up(&rows))
}

fn sum_up(rows: &[MonthPriority]) -> Delivered {
    let mut delivered = Delivered::default();
    for row in rows {
        delivered.total.add(&row.figures);
        match delivered.months.last_mut() {
            Some((month, figures)) if *month == row.month => figures.add(&row.figures),
            _ => delivered.months.push((row.month, row.figures)),
        }
        match delivered.by_priority.iter_mut().find(|(priority, _)| *priority == row.priority) {
            Some((_, figures)) => figures.add(&row.figures),
            None => delivered.by_priority.push((row.priority, row.figures)),
        }
    }
    // "Not stated" is 0 and stands last.
    delivered.by_priority.sort_by_key(|(priority, _)| if *priority == 0 { i64::MAX } else { *priority });
    delivered
}

/// What the reader's accounts come to.
///
/// # Errors
/// [`ShowDeliveredError`] when the right is missing.
#[boxed]
pub async fn portfolio(ctx: &Ctx, actor: &Actor) -> Result<PortfolioFigures, ShowDeliveredError> {
    authorise(actor, Action::ReadFacts)?;
    Ok(reads::portfolio_figures(&mut ctx.begin_read().await?, &actor.scope).await?)
}

/// What those of the reader's accounts come to that `query` finds in `def`, the list of accounts.
///
/// # Errors
/// [`ShowListError`] when the right is missing or the request names what is not there.
#[boxed]
pub async fn matching(
    ctx: &Ctx,
    actor: &Actor,
    def: &ListDef,
    query: &ListQuery,
) -> Result<PortfolioFigures, ShowListError> {
    authorise(actor, Action::ReadFacts)?;
    let mut tx = ctx.begin_read().await?;
    Ok(reads::matching_figures(&mut tx, def, actor.reader(), query).await?)
}

/// Figures by source.
///
/// # Errors
/// [`ShowDeliveredError`] when the right is missing.
#[boxed]
pub async fn by_source(ctx: &Ctx, actor: &Actor) -> Result<Vec<SourceFigures>, ShowDeliveredError> {
    authorise(actor, Action::ReadFacts)?;
    Ok(reads::list_source_figures(&mut ctx.begin_read().await?, &actor.scope).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_priorities_add_up_to_the_total() {
        let row = |month: &str, priority, n_cases| MonthPriority {
            month: Month::parse(month).expect("a month"),
            priority,
            figures: Figures { n_cases, ..Figures::default() },
            clock_p50_x2_s: None,
            clock_p90_x10_s: None,
        };
        let sums = sum_up(&[row("2026-01", 0, 1), row("2026-01", 2, 3), row("2026-02", 1, 5)]);
        assert_eq!(sums.total.n_cases, 9);
        assert_eq!(sums.months.iter().map(|(_, figures)| figures.n_cases).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(sums.by_priority.iter().map(|(priority, _)| *priority).collect::<Vec<_>>(), [1, 2, 0]);
    }
}
