//! The room's first page: what each source says was delivered, and how the two readings differ.

use axum::extract::State;
use mandate_app::Action;
use mandate_app::facts::delivered::by_source;
use mandate_domain::facts::standing::share_bp;
use minijinja::{Value, context};

use crate::access::Routes;
use crate::failure::PageResult;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// The room's first page.
pub(super) fn routes() -> Routes {
    Routes::new().get("/facts", Action::ReadFacts, page)
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    let sources = by_source(web.ctx(), &visit.actor).await?;
    let share =
        |met, of| share_bp(met, of).map_or_else(|| "\u{2013}".to_owned(), |it| visit.formats.percent(it));
    let n_cases: i64 = sources.iter().map(|source| source.figures.n_cases).sum();
    let n_differs: i64 = sources.iter().map(|source| source.figures.n_differs).sum();
    let rows: Vec<Value> = sources
        .iter()
        .map(|source| {
            let it = &source.figures;
            context! {
                name => source.name.clone(), demo => source.demo, id => source.source_id.clone(),
                until => source.data_until.map(|at| visit.moment(at)), cases => visit.number(it.n_cases),
                events => visit.number(it.n_events), reported => share(it.n_reported_met, it.n_reported),
                clock => share(it.n_clock_met, it.n_clocked), by_events => share(it.n_events_met, it.n_events_flagged),
                differs => visit.number(it.n_differs),
            }
        })
        .collect();
    let arguments = [("count", n_cases.to_string()), ("differs", n_differs.to_string())];
    let arguments: Vec<(&'static str, &str)> =
        arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let own = context! {
        sources => rows, lead => visit.tr("facts-lead", &arguments), may_import => visit.may(Action::Import),
        may_define => visit.may(Action::WriteFacts),
    };
    visit.render(Page::new(visit.t("nav-facts"), "nav-facts").help("facts"), "facts/start.html", own)
}
