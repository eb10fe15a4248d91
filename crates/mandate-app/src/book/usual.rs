//! What new records of a file have where the file lacks what they need: what is usual in the firm.
//!
//! Put into a mapping's defaults, so that it is seen and can be changed; what somebody said is not touched.

use jiff::tz::TimeZone;
use mandate_domain::book::{ContractKind, Kind};
use mandate_store::book as store;
use mandate_store::boxed;
use mandate_store::identity::load_user;

use super::import::ImportError;
use super::mapping::Mapping;
use super::relations::relations;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::settings::load_settings;

/// Lays what is usual in the firm under a mapping, for what new records need and it may not give.
///
/// # Errors
/// [`ImportError::Denied`].
#[boxed]
pub async fn with_usual(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    mapping: &mut Mapping,
) -> Result<(), ImportError> {
    authorise(actor, Action::Import)?;
    let usual = usual(ctx, actor).await?;
    add_defaults(kind, mapping, &usual);
    Ok(())
}

/// What is usual in the firm, by field.
async fn usual(ctx: &Ctx, actor: &Actor) -> Result<Vec<(&'static str, String)>, ImportError> {
    let currency = load_settings(ctx).await?.reporting_currency.code().to_owned();
    let mut tx = ctx.begin_read().await?;
    let of_accounts = store::usual_time_zone(&mut tx, &actor.scope).await?;
    let zone = match (of_accounts, actor.user_id()) {
        (Some(zone), _) => zone,
        (None, Some(user)) => {
            load_user(&mut tx, user).await?.map_or_else(|| "UTC".to_owned(), |it| it.user.time_zone)
        }
        (None, None) => "UTC".to_owned(),
    };
    drop(tx);
    let today = ctx.now().date_in(&TimeZone::get(&zone).unwrap_or(TimeZone::UTC));
    Ok(vec![
        ("currency", currency),
        ("time_zone", zone),
        ("valid_from", today.to_string()),
        ("opened_on", today.to_string()),
        ("unit", "unit".to_owned()),
    ])
}

fn add_defaults(kind: Kind, mapping: &mut Mapping, usual: &[(&'static str, String)]) {
    let spoken = |path: &str| {
        mapping.columns.values().any(|held| held.strip_prefix(path).is_some_and(|it| it.starts_with('.')))
    };
    let related: Vec<_> = relations(kind).iter().filter(|relation| spoken(relation.path)).collect();
    let required = |kind: Kind| kind.fields().iter().filter(|spec| spec.required).map(|spec| spec.name);
    let mut lacking: Vec<(&str, &str)> = required(kind).map(|field| (field, field)).collect();
    for relation in related {
        lacking.extend(required(relation.kind).filter_map(|field| Some((field, relation.dotted(field)?))));
    }
    add_contract_kind(kind, mapping);
    for (field, name) in lacking {
        let is_given = mapping.fixed.contains_key(name);
        if let Some((_, value)) = usual.iter().find(|(usual, _)| *usual == field && !is_given) {
            mapping.defaults.insert(name.to_owned(), value.clone());
        }
    }
}

/// What contracts are where no column says it, so that it is seen and can be changed.
fn add_contract_kind(kind: Kind, mapping: &mut Mapping) {
    let beside = relations(kind).iter().find(|relation| relation.kind == Kind::Contract);
    let spoken = |path: &str| {
        mapping.columns.values().any(|held| held.strip_prefix(path).is_some_and(|it| it.starts_with('.')))
    };
    let name = match beside {
        _ if kind == Kind::Contract => Some("kind"),
        Some(relation) if spoken(relation.path) => relation.dotted("kind"),
        _ => None,
    };
    let said = |name: &&str| {
        mapping.columns.values().any(|held| held == *name)
            || [&mapping.fixed, &mapping.defaults].iter().any(|given| given.contains_key(*name))
    };
    if let Some(name) = name.filter(|name| !said(name)) {
        mapping.defaults.insert(name.to_owned(), ContractKind::StatementOfWork.as_str().to_owned());
    }
}
