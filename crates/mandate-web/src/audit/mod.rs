//! The audit record as pages: who changed what from what to what, who looked, whether the chain is whole; one record, and
//! an earlier value given back (`record`).
//!
//! What a reader may not see is left out by the use cases; here ids become names and values are written as people read
//! them (`words`).

pub mod api;
mod record;
mod words;

use axum::extract::State;
use mandate_app::Action;
use mandate_app::audit::{ChainState, Evidence, StoredRecord, audit_list, seen_changes, verify_audit};
use mandate_app::exchange::ExportFormat;
use mandate_app::listing::{Cell, ListPage};
use minijinja::{Value, context};

use crate::access::Routes;
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellView, Column, RowReader, TableSpec, column};
use words::Told;

/// So many changed fields are told in a row; the record's own page has all.
const MOST_TOLD: usize = 3;

/// The room's pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/audit", Action::ReadAudit, page)
        .get("/audit/verify", Action::ReadAudit, verify)
        .get("/audit/records/{hash}", Action::ReadBook, record::page)
        .post("/audit/records/{hash}/restore", Action::WriteBook, record::restore)
        .get("/audit.csv", Action::ReadAudit, csv)
        .get("/audit.xlsx", Action::ReadAudit, xlsx)
}

fn spec(visit: &Visit) -> TableSpec {
    TableSpec {
        path: "/audit".to_owned(),
        caption: "audit-caption",
        action: Action::ReadAudit,
        def: audit_list(&visit.actor),
        columns: vec![
            column("subject_name", "audit-what", |visit, row| {
                let event = event(row.text("subject_kind"), row.text("action"));
                CellView { kind: "text", strong: true, ..CellView::text(row.text("subject_name")) }
                    .sub(format!("{} · {event}", record::kind_text(visit, row.text("subject_kind"))))
            }),
            // Put into words by `prepare`.
            column("changes", "audit-changes", |_, row| CellView::text(row.text("changes"))),
            column("actor_name", "audit-who", |visit, row| {
                let origin = visit.t(&format!("audit-origin-{}", row.text("origin").replace('_', "-")));
                CellView::text(row.text("actor_name")).sub(origin)
            }),
            column("at", "audit-when", |visit, row| {
                row.instant("at").map_or_else(CellView::none, |at| CellView::text(visit.moment(at)))
            }),
            Column {
                shown: false,
                ..column("account", "field-account", |_, row| match row.text_or_none("account") {
                    Some(name) => {
                        CellView::text(name).link(format!("/accounts/{}/history", row.text("account_id")))
                    }
                    None => CellView::none(),
                })
            },
            Column {
                shown: false,
                ..column("reason", "field-reason", |_, row| CellView::text(row.text("reason")))
            },
            Column {
                numeric: true,
                low: true,
                ..column("seq", "audit-seq", |visit, row| {
                    CellView::text(row.integer("seq").map(|seq| visit.number(seq)).unwrap_or_default())
                })
            },
        ],
        views: vec![
            ("audit-view-all", ""),
            ("audit-view-readings", "f=reading&op=is&v=1"),
            ("audit-view-imports", "f=origin&op=is&v=import"),
        ],
        row_href: Box::new(|row| Some(format!("/audit/records/{}", row.key()))),
        fixed: vec![],
    }
}

/// What happened; the kind of record is not said twice: "changed" of an account, but "view saved" of a saved view.
fn event(kind: &str, action: &str) -> String {
    let event = action.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')).unwrap_or(action);
    event.replace(['.', '_'], " ")
}

/// What changed by each of `records`, in a sentence.
///
/// # Errors
/// [`Failure`] when names cannot be looked up.
pub(crate) async fn sentences(
    web: &Web,
    visit: &Visit,
    records: &[StoredRecord],
) -> Result<Vec<String>, Failure> {
    let told: Vec<Told> = records
        .iter()
        .map(|record| Told {
            subject_kind: record.subject_kind.clone(),
            subject_id: record.subject_id.clone(),
            changes: seen_changes(&record.changes),
        })
        .collect();
    let worded = words::in_words(web, visit, &told).await?;
    Ok(worded.iter().map(|changes| words::sentence(visit, changes, MOST_TOLD)).collect())
}

/// Puts the changes of every row into words.
async fn prepare(web: &Web, visit: &Visit, spec: &TableSpec, page: &mut ListPage) -> Result<(), Failure> {
    let told: Vec<Told> = page
        .rows
        .iter()
        .map(|row| {
            let row = RowReader::new(&spec.def, row);
            Told {
                subject_kind: row.text("subject_kind").to_owned(),
                subject_id: row.text("subject_id").to_owned(),
                changes: seen_changes(row.text("changes")),
            }
        })
        .collect();
    let worded = words::in_words(web, visit, &told).await?;
    let Some(position) = spec.def.position("changes") else { return Ok(()) };
    for (row, changes) in page.rows.iter_mut().zip(worded) {
        row.cells[position] = Cell::Text(words::sentence(visit, &changes, MOST_TOLD));
    }
    Ok(())
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    if let Some(default) = table::to_default(&web, &visit, &spec(&visit)).await? {
        return Ok(default);
    }
    let own = context! { lead => visit.t("audit-lead"), state => "" };
    show(&web, &visit, own).await
}

/// Recomputes every hash: some seconds on a large record, so only when asked.
async fn verify(State(web): State<Web>, visit: Visit) -> PageResult {
    let found = verify_audit(web.ctx(), &visit.actor, &Evidence::default()).await?;
    let is_sound = found.is_sound();
    let lead = match (found.chain, found.problems.first()) {
        (ChainState::Broken { seq, what }, _) => {
            visit.tr("audit-broken", &[("seq", &seq.to_string()), ("what", &what)])
        }
        (ChainState::Whole { .. }, Some(what)) => visit.tr("audit-checkpoint-wrong", &[("what", what)]),
        (ChainState::Whole { n_records, .. }, None) => {
            let n_checkpoints = (found.n_checkpoints - found.n_unverified).to_string();
            visit.tr("audit-whole", &[("count", &n_records.to_string()), ("signed", &n_checkpoints)])
        }
    };
    show(&web, &visit, context! { lead => lead, state => if is_sound { "good" } else { "risk" } }).await
}

async fn show(web: &Web, visit: &Visit, own: Value) -> PageResult {
    let spec = spec(visit);
    let list = table::view_prepared(web, visit, &spec, async |page: &mut ListPage| {
        prepare(web, visit, &spec, page).await
    })
    .await?;
    visit.render(
        Page::new(visit.t("audit-title"), "nav-audit"),
        "home/audit.html",
        context! { list => list, ..own },
    )
}

async fn csv(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&visit), ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    table::export(&web, &visit, &spec(&visit), ExportFormat::Xlsx).await
}
