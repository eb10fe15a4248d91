//! Events by the command line: imported as files, and summed up.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use mandate_app::facts::delivered::by_source;
use mandate_app::facts::explain::{ExplainError, explain};
use mandate_app::facts::{
    ImportEvents, IngestError, IngestReport, Profile, SourceId, StateClass, SummaryScope, check_events,
    import_events, summary,
};
use mandate_app::progress::Progress;
use mandate_app::{Actor, Ctx};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::exit::Failure;
use crate::output::columns;

/// Wrong rows that are told one by one.
const MOST_TOLD: usize = 100;

/// Whether a profile reads events, not records of the book.
pub fn is_profile(word: &str) -> bool {
    Profile::parse(word).is_ok()
}

/// How a file of events is read.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// The profile's word.
    pub profile: &'a str,
    /// The name of the source.
    pub source: Option<&'a str>,
    /// Zone of times that state none.
    pub time_zone: Option<&'a str>,
    /// What states mean, each as `raw state=class`.
    pub states: &'a [String],
    /// Say what it would do, and keep nothing.
    pub check: bool,
}

/// `Waiting for Godot=awaiting_client`; the last `=` decides, a state may have others.
fn state(given: &str) -> Result<(String, StateClass), Failure> {
    let classes: Vec<&str> = StateClass::ALL.iter().map(|class| class.as_str()).collect();
    let refused = || {
        let known = classes.join(", ");
        Failure::bad_input(format!("--state `{given}`: write the state, `=` and one of {known}"))
    };
    let (raw, class) = given.rsplit_once('=').ok_or_else(refused)?;
    let class = StateClass::parse(class.trim()).map_err(|_| refused())?;
    if raw.trim().is_empty() { Err(refused()) } else { Ok((raw.trim().to_owned(), class)) }
}

fn source_id(word: &str) -> Result<SourceId, Failure> {
    SourceId::parse(word).map_err(|error| Failure::bad_input(error.to_string()))
}

/// Imports a file of events, or says what importing it would do.
///
/// # Errors
/// A [`Failure`] naming every wrong row; then nothing was imported.
pub async fn import(
    ctx: &Ctx,
    actor: &Actor,
    file: &Path,
    how: How<'_>,
    progress: &mut dyn Progress,
) -> Result<Value, Failure> {
    let profile = Profile::parse(how.profile).map_err(|error| Failure::bad_input(error.to_string()))?;
    let (sender, mut reports) = mpsc::channel(16);
    let mut command = ImportEvents::new(file, profile);
    command.source = how.source.map(source_id).transpose()?;
    command.time_zone = how.time_zone.map(str::to_owned);
    command.states = how.states.iter().map(|given| state(given)).collect::<Result<_, _>>()?;
    command.watch = Some(Arc::new(move |n_done, n_total| {
        // A full channel only skips a report; a closed one means that nobody waits for the import any more.
        match sender.try_send((n_done, n_total)) {
            Err(mpsc::error::TrySendError::Closed(_)) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }));
    let work = async {
        if how.check {
            check_events(ctx, actor, command).await
        } else {
            import_events(ctx, actor, command).await
        }
    };
    tokio::pin!(work);
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            Some((n_done, n_total)) = reports.recv() => {
                progress.report("reading rows", n_done, n_total.unwrap_or(0));
            }
        }
    };
    done.map(|report| report_json(&report, how.check)).map_err(failure)
}

fn failure(error: IngestError) -> Failure {
    let IngestError::Rows { problems, n_problems } = &error else { return error.into() };
    let mut details: Vec<String> = problems.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    if let Some(n_more @ 1..) = n_problems.checked_sub(details.len() as u64) {
        details.push(format!("and {n_more} more"));
    }
    Failure { details, ..Failure::from(error) }
}

fn report_json(report: &IngestReport, checked: bool) -> Value {
    let states: serde_json::Map<String, Value> =
        report.assumed_states.iter().map(|(state, class)| (state.clone(), json!(class))).collect();
    json!({
        "source": report.source, "imported": !checked, "batch": report.batch_id, "rows": report.n_rows, "new": report.n_new,
        "corrected": report.n_corrected, "same": report.n_same, "cases": report.n_cases,
        "accounts_made": report.n_accounts_made, "teams_made": report.n_teams_made,
        "before_opening": report.n_before_opening, "assumed_states": states, "assumed_zone": report.assumed_zone,
        "proposed_service_level": report.proposed_service_level,
    })
}

/// What an import of events did, in words.
pub fn import_text(value: &Value) -> String {
    let checked = value["imported"] == json!(false);
    let verb = if checked { "Nothing imported yet; it would take in" } else { "Took in" };
    let mut text = format!(
        "{verb} {} rows of {}: {} events new, {} corrected, {} known; {} cases computed, {} accounts and {} teams made.\n",
        value["rows"],
        value["source"].as_str().unwrap_or_default(),
        value["new"],
        value["corrected"],
        value["same"],
        value["cases"],
        value["accounts_made"],
        value["teams_made"],
    );
    if let Some(zone) = value["assumed_zone"].as_str() {
        text.push_str(&format!(
            "Assumed: times that state no zone are {zone}; --time-zone says otherwise.\n"
        ));
    }
    if let Some(states) = value["assumed_states"].as_object().filter(|states| !states.is_empty()) {
        let listed: Vec<String> = states
            .iter()
            .map(|(state, class)| format!("{state} = {}", class.as_str().unwrap_or_default()))
            .collect();
        text.push_str(&format!("Assumed, until you say what states mean: {}.\n", listed.join(", ")));
    }
    if value["proposed_service_level"] == json!(true) {
        let verb = if checked { "Would propose" } else { "Proposed" };
        text.push_str(&format!(
            "{verb} a calendar and a service level, marked as assumed: state your own on the source's page.\n"
        ));
    }
    text
}

/// Sums what was delivered.
///
/// # Errors
/// A [`Failure`] for a source that is not there.
pub async fn summarise(ctx: &Ctx, actor: &Actor, source: Option<&str>, demo: bool) -> Result<Value, Failure> {
    let scope = match (source, demo) {
        (Some(source), _) => SummaryScope::Source(source_id(source)?),
        (None, true) => SummaryScope::Demo,
        (None, false) => SummaryScope::Real,
    };
    Ok(summary(ctx, actor, &scope).await?.to_json())
}

/// Explains one case; a bare reference is looked for in every source.
///
/// # Errors
/// A [`Failure`] when no source has it.
pub async fn explain_case(ctx: &Ctx, actor: &Actor, case: &str) -> Result<Value, Failure> {
    let mut ids = vec![case.to_owned()];
    if !case.contains(':') {
        let sources = by_source(ctx, actor).await?;
        ids = sources.iter().map(|source| format!("{}:{case}", source.source_id)).collect();
    }
    let mut refused = None;
    for id in &ids {
        match explain(ctx, actor, id).await {
            Ok(explained) => {
                let mut value = explained.to_json();
                value["text"] = json!(explained.to_text());
                return Ok(value);
            }
            Err(error @ ExplainError::NotFound { .. }) => refused = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(refused.unwrap_or_else(|| ExplainError::NotFound { id: case.to_owned() }).into())
}

/// A summary as a table: what was reported, and what our clock says.
pub fn summary_text(value: &Value) -> String {
    let share =
        |share: &Value| share.as_f64().map_or("-".to_owned(), |share| format!("{:.2} %", share * 100.0));
    let clock = &value["clock"];
    let mut rows = vec![];
    for (priority, figures) in value["by_priority"].as_object().into_iter().flatten() {
        let ours = &clock["by_priority"][priority];
        rows.push(vec![
            priority.clone(),
            figures["cases"].to_string(),
            share(&figures["met"]),
            ours["cases"].to_string(),
            share(&ours["met"]),
        ]);
    }
    rows.push(vec![
        "all".to_owned(),
        value["cases"].to_string(),
        share(&value["met"]),
        clock["cases"].to_string(),
        share(&clock["met"]),
    ]);
    let heads = ["priority", "cases", "reported met", "clocked", "our clock met"];
    format!("{} events\n{}", value["events"], columns(&heads, &rows))
}
