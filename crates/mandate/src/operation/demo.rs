//! The demo book by the command line.

use mandate_app::demo::{self as app, DemoOptions};
use mandate_app::progress::Progress;
use mandate_app::{Actor, Ctx};
use serde_json::{Value, json};

use crate::exit::Failure;

pub use mandate_app::demo::SEED;

/// What kind of demo is wanted, its history ending today.
pub fn options(seed: u64, n_events_hint: u32, beside_own_accounts: bool) -> DemoOptions {
    DemoOptions { seed, today: None, n_events_hint, beside_own_accounts }
}

/// Whether it is absent and there is nothing of the firm's own for it to stand beside.
///
/// # Errors
/// A [`Failure`] when the database cannot be asked.
pub async fn may_load(ctx: &Ctx) -> Result<bool, Failure> {
    let counts = app::status(ctx, &Actor::operator()).await?;
    Ok(counts.n_accounts == 0 && counts.n_sources == 0 && counts.n_own_accounts == 0)
}

/// Loads it.
///
/// # Errors
/// A [`Failure`] when it is there already, or the firm has accounts of its own.
pub async fn load(
    ctx: &Ctx,
    actor: &Actor,
    options: &DemoOptions,
    progress: &mut dyn Progress,
) -> Result<Value, Failure> {
    let loaded = app::load(ctx, actor, options, progress).await?;
    Ok(json!({
        "accounts": loaded.n_accounts, "people": loaded.n_people, "contracts": loaded.n_contracts,
        "users": loaded.n_users, "measures": loaded.n_measures, "cases": loaded.n_cases,
        "events": loaded.n_events, "today": loaded.today.to_string(),
    }))
}

/// What was loaded, in words.
pub fn load_text(value: &Value) -> String {
    format!(
        "Loaded the demo book: {} accounts, {} people, {} contracts, {} cases of {} events, up to {}.",
        value["accounts"],
        value["people"],
        value["contracts"],
        value["cases"],
        value["events"],
        value["today"].as_str().unwrap_or_default()
    )
}

/// Removes it.
///
/// # Errors
/// A [`Failure`] when it is not there.
pub async fn remove(ctx: &Ctx, actor: &Actor) -> Result<Value, Failure> {
    let n_rows = app::remove(ctx, actor).await?;
    Ok(json!({ "rows": n_rows }))
}
