//! Events as Mandate takes them: one JSON object a line, over the API or from a file.
//!
//! `{"event_id", "case", "at", "opened_at", "state", "seq", "priority", "account", "group", "category", "kind",
//! "reported_met", "resolved_at", "closed_at", "caller", "assignee"}`; `event_id`, `case` and `at` always, `opened_at` with
//! the first event of a case at the latest (else the event's own time). An event with a known id corrects the earlier
//! one. Times carry an offset, unless the source states a zone. Accounts are named by the firm's own ids.

use std::io::BufRead;
use std::sync::Arc;

use mandate_domain::facts::source::{Profile, SourceId, StateClass};
use mandate_facts::io::EventRow;
use mandate_store::boxed;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::derive::engine_state;
use super::ingest::{Incoming, IngestReport, Known, ingest};
use super::ingest_error::IngestError;
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::exchange::event_rows::{Pseudonyms, RowProblem, RowProblemKind, Rows, wall_to_us};
use crate::exchange::event_table::{Stamp, TableError, parse_stamp};

/// Events one request may hold.
pub const MOST_EVENTS: usize = 10_000;
/// Bytes one line may have.
const LONGEST_LINE: usize = 64 * 1024;

/// One line, as it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    event_id: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    case: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    at: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    opened_at: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    state: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    seq: i64,
    #[serde(default)]
    priority: Option<i64>,
    #[serde(borrow, default)]
    account: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    group: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    category: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    kind: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    reported_met: Option<bool>,
    #[serde(borrow, default)]
    resolved_at: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    closed_at: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    caller: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    assignee: Option<std::borrow::Cow<'a, str>>,
}

/// A batch of events for a source.
#[derive(Clone, Debug)]
pub struct SendEvents {
    /// The source; made when it is new.
    pub source: SourceId,
    /// IANA zone of times that state none; only for a new source.
    pub time_zone: Option<String>,
    /// One JSON object a line.
    pub lines: Vec<u8>,
}

/// Takes a batch of events: whole or not at all; events that are known change nothing, so it may be sent again.
///
/// # Errors
/// [`IngestError`], naming every wrong line.
#[boxed]
pub async fn send_events(ctx: &Ctx, actor: &Actor, command: SendEvents) -> Result<IngestReport, IngestError> {
    authorise(actor, Action::SendEvents)?;
    let _turn = ctx.sender_turn(command.source.as_str()).await;
    let sha256 = Sha256::digest(&command.lines).iter().map(|byte| format!("{byte:02x}")).collect();
    let incoming = Incoming {
        name: command.source.to_string(),
        source: command.source,
        profile: Profile::Events,
        time_zone: command.time_zone,
        states: vec![],
        demo: false,
        makes_accounts: false,
        kind: "events",
        file_name: "API".to_owned(),
        sha256,
    };
    let lines = Arc::new(command.lines);
    let reader = Arc::new(
        move |known: &Known, stager: &mut super::stage::Stager, rows: &mut Rows, names: &mut Pseudonyms| {
            let _ = stager;
            read_event_lines(&mut lines.as_slice(), known, rows, names, |rows| {
                if MOST_EVENTS < rows.rows.len() {
                    return Err(IngestError::TooMany { limit: MOST_EVENTS });
                }
                Ok(())
            })
        },
    );
    ingest(ctx, actor, &incoming, reader).await
}

/// Reads lines until there are none; `after` is called every thousand lines and at the end.
pub(crate) fn read_event_lines(
    reader: &mut impl BufRead,
    known: &Known,
    rows: &mut Rows,
    names: &mut Pseudonyms,
    mut after: impl FnMut(&mut Rows) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let (mut line, mut number) = (Vec::with_capacity(512), 0_u64);
    loop {
        line.clear();
        let n_bytes = read_bounded(reader, &mut line).map_err(TableError::Open)?;
        if n_bytes == 0 {
            return after(rows);
        }
        number += 1;
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match read_line(text, known, names) {
            Ok(row) => rows.push(number, row),
            Err((column, kind)) => rows.refuse(RowProblem { row: number, column, kind }),
        }
        if number.is_multiple_of(1_000) {
            after(rows)?;
        }
    }
}

/// Reads up to the end of a line and says how many bytes that took; of a line that is too long only so much is kept as
/// shows that it is, so that a file without line ends is never held whole.
fn read_bounded(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<u64> {
    let mut n_bytes = 0;
    loop {
        let held = reader.fill_buf()?;
        if held.is_empty() {
            return Ok(n_bytes);
        }
        let end = held.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(held.len(), |end| end + 1);
        let room = (LONGEST_LINE + 2).saturating_sub(line.len());
        line.extend_from_slice(&held[..taken.min(room)]);
        reader.consume(taken);
        n_bytes += taken as u64;
        if end.is_some() {
            return Ok(n_bytes);
        }
    }
}

fn read_line(
    text: &[u8],
    known: &Known,
    names: &mut Pseudonyms,
) -> Result<EventRow, (&'static str, RowProblemKind)> {
    let not_an_event = |what: String| ("event", RowProblemKind::NotAnEvent { what });
    if LONGEST_LINE < text.len() {
        let kind = RowProblemKind::TooLong { length: text.len(), limit: LONGEST_LINE };
        return Err(("event", kind));
    }
    let text = std::str::from_utf8(text).map_err(|_| not_an_event("it is not UTF-8 text".to_owned()))?;
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| not_an_event(error.to_string()))?;
    for (column, value) in [("event_id", &line.event_id), ("case", &line.case)] {
        if value.trim().is_empty() {
            return Err((column, RowProblemKind::Missing));
        }
    }
    let at_us = time(&line.at, "at", known)?;
    let optional = |text: &Option<std::borrow::Cow<'_, str>>, column| {
        text.as_deref().map(|text| time(text, column, known)).transpose()
    };
    let opened_at_us = optional(&line.opened_at, "opened_at")?.unwrap_or(at_us);
    if at_us < opened_at_us {
        return Err(("at", RowProblemKind::BeforeOpened { case_ref: line.case.into_owned() }));
    }
    let raw_state = line.state.as_deref().unwrap_or_default().to_owned();
    let class = match known.states.get(&raw_state) {
        None if !raw_state.is_empty() => {
            return Err(("state", RowProblemKind::UnmappedState { state: raw_state }));
        }
        class => class.copied().map(|class: StateClass| engine_state(class)),
    };
    let priority = priority(line.priority)?;
    let owned =
        |text: Option<std::borrow::Cow<'_, str>>| text.map(|text| text.into_owned()).unwrap_or_default();
    let person = |text: Option<std::borrow::Cow<'_, str>>| {
        text.map(|text| text.into_owned()).filter(|text| !text.is_empty())
    };
    Ok(EventRow {
        resolved_at_us: optional(&line.resolved_at, "resolved_at")?,
        closed_at_us: optional(&line.closed_at, "closed_at")?,
        event_id: line.event_id.into_owned(),
        source: known.source.to_string(),
        case_ref: line.case.into_owned(),
        event_seq: line.seq,
        at_us,
        opened_at_us,
        state_class: class,
        raw_state,
        priority,
        account_ref: owned(line.account),
        group_ref: owned(line.group),
        category: owned(line.category),
        kind: owned(line.kind),
        reported_met: line.reported_met,
        caller_ref: names.of(person(line.caller)),
        assignee_ref: names.of(person(line.assignee)),
    })
}

fn priority(given: Option<i64>) -> Result<u8, (&'static str, RowProblemKind)> {
    let Some(given) = given else { return Ok(0) };
    let priority = u8::try_from(given).ok().filter(|priority| (1..=9).contains(priority));
    priority.ok_or_else(|| ("priority", RowProblemKind::Unreadable { text: given.to_string() }))
}

fn time(text: &str, column: &'static str, known: &Known) -> Result<i64, (&'static str, RowProblemKind)> {
    let short = || text.chars().take(60).collect::<String>();
    match parse_stamp(text) {
        Some(Stamp::Wall(_)) if !known.zone_stated => Err((column, RowProblemKind::NoZone { text: short() })),
        Some(stamp) => wall_to_us(stamp, &known.zone)
            .ok_or_else(|| (column, RowProblemKind::Unreadable { text: short() })),
        None => Err((column, RowProblemKind::Unreadable { text: short() })),
    }
}
