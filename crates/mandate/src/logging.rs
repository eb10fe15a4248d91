//! Logs to standard error, as text or JSON. Without personal data: docs/logging.md.

use tracing_subscriber::EnvFilter;

use crate::exit::Failure;
use crate::settings::Settings;

/// Starts logging.
///
/// # Errors
/// A [`Failure`] when `log` is no filter.
pub fn start(settings: &Settings) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&settings.log)
        .map_err(|error| Failure::bad_input(format!("`{}` is no log filter: {error}", settings.log)))?;
    let base =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    let started = if settings.log_format == "json" { base.json().try_init() } else { base.try_init() };
    // Only a test that starts twice in one process can fail here, and then the first one's logging goes on.
    drop(started);
    Ok(())
}
