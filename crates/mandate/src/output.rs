//! What a command prints: text for people, JSON for programs, a progress bar on a terminal only.

use std::io::{IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use mandate_app::progress::Progress;
use serde_json::{Value, json};

use crate::exit::Failure;

/// Prints the outcome of a command.
pub fn outcome(value: &Value, text: &str, as_json: bool) {
    let line = if as_json { value.to_string() } else { text.trim_end().to_owned() };
    if !line.is_empty() {
        // A reader that went away (`| head`) is no failure of ours.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
}

/// Prints why a command failed: to standard error, or as JSON to standard output.
pub fn failure(failure: &Failure, as_json: bool) {
    if as_json {
        let _ = writeln!(std::io::stdout(), "{}", json!({ "error": failure }));
        return;
    }
    let mut error = std::io::stderr().lock();
    let _ = writeln!(error, "mandate: {}", failure.message);
    for detail in &failure.details {
        let _ = writeln!(error, "  {detail}");
    }
}

/// A progress bar on a terminal, silence elsewhere.
pub struct Bar {
    bar: Option<ProgressBar>,
}

impl Bar {
    /// Without `as_json` and with a terminal, a bar appears at the first report.
    pub fn new(as_json: bool) -> Self {
        let shown = !as_json && std::io::stderr().is_terminal();
        Self { bar: shown.then(|| ProgressBar::no_length().with_style(style(false))) }
    }
}

fn style(has_total: bool) -> ProgressStyle {
    let template = if has_total { "{msg} {wide_bar} {pos}/{len} {eta}" } else { "{msg} {spinner} {pos}" };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Bar {
    fn report(&mut self, label: &str, n_done: u64, n_total: u64) {
        let Some(bar) = &self.bar else { return };
        if bar.message() != label {
            bar.set_message(label.to_owned());
        }
        match (n_total, bar.length()) {
            (0, Some(_)) => {
                bar.unset_length();
                bar.set_style(style(false));
            }
            (n_total, length) if n_total > 0 && length != Some(n_total) => {
                bar.set_length(n_total);
                bar.set_style(style(true));
            }
            _ => {}
        }
        bar.set_position(n_done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Rows as columns of equal width, heads first.
pub fn columns(heads: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row.get(column).map_or(0, |cell| cell.chars().count()));
        cells.max().unwrap_or(0).max(heads[column].chars().count())
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(heads.to_vec());
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}
