//! Values of measures by account and month: recomputed for what an import touched, or for one changed definition.
//!
//! What an import touched is read many places at a time, in the order the database sorts them, so that memory holds the
//! cases of one place and the values of a thousand. One measure is recomputed account by account, its cases in pages.

use std::collections::{BTreeSet, HashMap};

use mandate_domain::book::Account;
use mandate_domain::facts::kpi::{Kpi, KpiScope, MeasuredCase};
use mandate_domain::{Id, Month};
use mandate_store::facts::credits;
use mandate_store::facts::kpis::{self, KpiValueRow};
use mandate_store::facts::places::Place;
use mandate_store::reads::kpi_cases::{
    AfterCase, case_months, each_measured_place, list_measured_accounts, list_measured_cases,
};
use mandate_store::{ReadTx, StoreError, WriteTx, boxed};

use super::credit::recompute_credits;
use super::kpi_compute::figure;

/// Cases read at once.
const PAGE: i64 = 20_000;
/// Values written at once.
const BATCH: usize = 2_000;
/// Accounts and months whose values are held at once.
const AT_ONCE: usize = 1_000;

/// Recomputes every measure of the `touched` accounts and months, in the transaction that changed their cases.
///
/// # Errors
/// [`StoreError`] when cases cannot be read or values not kept.
#[boxed]
pub async fn recompute_values(tx: &mut WriteTx, touched: &[(Id<Account>, Month)]) -> Result<(), StoreError> {
    // Two sources may have touched the same place.
    let touched: BTreeSet<&(Id<Account>, Month)> = touched.iter().collect();
    let kpis = kpis::list_kpis(tx).await?;
    let mut by_owner: HashMap<Option<&Id<Account>>, Vec<&Kpi>> = HashMap::new();
    for kpi in &kpis {
        by_owner.entry(owner_of(kpi)).or_default().push(kpi);
    }
    let touched: Vec<&(Id<Account>, Month)> = touched.into_iter().collect();
    for part in touched.chunks(AT_ONCE) {
        let place = |it: &&(Id<Account>, Month)| -> Place { (it.0.to_string(), it.1.to_string()) };
        kpis::drop_values(tx, &part.iter().map(place).collect::<Vec<_>>()).await?;
        // Cases are read only where a measure applies.
        let is_measured =
            |it: &&&(Id<Account>, Month)| by_owner.contains_key(&None) || by_owner.contains_key(&Some(&it.0));
        let measured: Vec<Place> = part.iter().filter(is_measured).map(place).collect();
        let mut values = vec![];
        each_measured_place(tx, &measured, |account, month, cases| {
            let applied =
                [None, Some(account)].into_iter().filter_map(|owner| by_owner.get(&owner)).flatten();
            values.extend(applied.filter_map(|kpi| value(kpi, account, month, cases)));
        })
        .await?;
        kpis::insert_values(tx, &values).await?;
    }
    // What is only computed follows the facts; a credit that was proposed keeps its amount and shows the difference.
    let with_credits: BTreeSet<Id<Account>> = credits::accounts_with_credits(tx).await?.into_iter().collect();
    for (account, month) in touched.into_iter().filter(|(account, _)| with_credits.contains(account)) {
        recompute_credits(tx, account, *month).await?;
    }
    Ok(())
}

/// The one account a measure is for; none when it is for every account.
fn owner_of(kpi: &Kpi) -> Option<&Id<Account>> {
    match &kpi.scope {
        KpiScope::Account(account) => Some(account),
        KpiScope::Source(_) | KpiScope::Everything => None,
    }
}

/// Recomputes one measure from a month on, for every account it applies to.
///
/// # Errors
/// [`StoreError`] when cases cannot be read or values not kept.
#[boxed]
pub async fn recompute_kpi(tx: &mut WriteTx, kpi: &Kpi, from: Month) -> Result<(), StoreError> {
    kpis::drop_values_of_kpi(tx, &kpi.id, from).await?;
    let accounts = match &kpi.scope {
        KpiScope::Account(account) => vec![account.clone()],
        KpiScope::Source(source) => list_measured_accounts(tx, Some(source)).await?,
        KpiScope::Everything => list_measured_accounts(tx, None).await?,
    };
    let Some((first, last)) = case_months(tx, None).await? else { return Ok(()) };
    let mut values = vec![];
    for account in accounts {
        each_month(tx, &account, first.max(from), last, |month, cases| {
            values.extend(value(kpi, &account, month, cases));
        })
        .await?;
        if values.len() > BATCH {
            kpis::insert_values(tx, &values).await?;
            values.clear();
        }
    }
    kpis::insert_values(tx, &values).await
}

/// Hands the cases of an account month by month to `take`; months without a case are left out.
pub(crate) async fn each_month(
    tx: &mut ReadTx,
    account: &Id<Account>,
    from: Month,
    until: Month,
    mut take: impl FnMut(Month, &[MeasuredCase]),
) -> Result<(), StoreError> {
    let mut open: Vec<MeasuredCase> = vec![];
    let mut after: Option<AfterCase> = None;
    loop {
        let page = list_measured_cases(tx, account, from, until, after.as_ref(), PAGE).await?;
        let is_last = i64::try_from(page.len()).unwrap_or(i64::MAX) < PAGE;
        after = page.last().map(|case| AfterCase { month: case.month, id: case.id.clone() });
        for case in page {
            if open.first().is_some_and(|first| first.month != case.month) {
                take(open[0].month, &open);
                open.clear();
            }
            open.push(case);
        }
        if is_last {
            break;
        }
    }
    if let Some(first) = open.first() {
        take(first.month, &open);
    }
    Ok(())
}

/// A measure's value in a month, unless no definition held then or its source has no case in it.
fn value(kpi: &Kpi, account: &Id<Account>, month: Month, cases: &[MeasuredCase]) -> Option<KpiValueRow> {
    let version = kpi.version_for(month)?;
    let figure = match &kpi.scope {
        KpiScope::Source(source) => {
            let mut of_source = cases.iter().filter(|case| case.source_id == *source).peekable();
            of_source.peek()?;
            figure(&version.definition, of_source)
        }
        KpiScope::Account(_) | KpiScope::Everything => figure(&version.definition, cases),
    };
    Some(KpiValueRow {
        kpi_id: kpi.id.clone(),
        account_id: account.clone(),
        month,
        kpi_version_id: version.id.clone(),
        figure,
    })
}
