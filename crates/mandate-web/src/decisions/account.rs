//! The account's tab of decisions: what the reader may decide here, and what its manager answers for but may not decide.

use axum::extract::{Path, State};
use mandate_app::Action;
use mandate_app::decisions::{
    AccountDecisions, Answerable, Extent, GapLine, MayDecide, WhoDecides, account_decisions,
};
use mandate_domain::Month;
use minijinja::{Value, context};

use super::amount_text;
use crate::access::Routes;
use crate::failure::PageResult;
use crate::frame::Visit;
use crate::state::Web;

/// The page under `/accounts/{id}/decisions`.
pub(super) fn routes() -> Routes {
    Routes::new().get("/accounts/{id}/decisions", Action::ReadFacts, show)
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let frame = crate::account::load(&web, &visit, &id).await?;
    let found = account_decisions(web.ctx(), &visit.actor, &frame.id).await?;
    let own = context! {
        account => frame.view(&visit, "decisions"), lead => lead(&visit, &found),
        mine => found.mine.iter().map(|line| mine_view(&visit, line)).collect::<Vec<_>>(),
        gap => found.gap.iter().map(|line| gap_view(&visit, &found, line)).collect::<Vec<_>>(),
        period => period(&visit, &found), signs_in => found.manager_signs_in, manager => found.manager.clone(),
    };
    visit.render(frame.page(&visit, "decisions").help("decision-rights"), "decisions/account.html", own)
}

fn period(visit: &Visit, found: &AccountDecisions) -> String {
    let of = found.period;
    let (month, since, day) =
        (visit.month(of.measures_until), visit.month(of.credits_since), visit.date(of.on));
    visit.tr("gap-period", &[("month", &month), ("since", &since), ("day", &day)])
}

/// "Ada answers for 9 things here and may decide 4."
fn lead(visit: &Visit, found: &AccountDecisions) -> String {
    let (n, may) = found.counts();
    match &found.manager {
        Some(manager) => visit
            .tr("gap-lead", &[("manager", manager), ("count", &n.to_string()), ("may", &may.to_string())]),
        None => visit.t("gap-lead-nobody"),
    }
}

fn names(who: &[WhoDecides], heads: &[String]) -> String {
    let all: Vec<&str> =
        who.iter().map(|one| one.name.as_str()).chain(heads.iter().map(String::as_str)).collect();
    all.join(", ")
}

fn extent_text(visit: &Visit, extent: &Extent) -> String {
    match extent {
        Extent::Nothing => visit.t("decision-extent-nothing"),
        Extent::UpTo(amount) => {
            visit.tr("decision-extent-up-to", &[("amount", &amount_text(visit, *amount))])
        }
        Extent::Any => visit.t("decision-extent-any"),
    }
}

fn mine_view(visit: &Visit, line: &MayDecide) -> Value {
    let what = match &line.price {
        Some((product, direction)) => {
            visit.tr("decision-price-of", &[("product", product), ("direction", direction.as_str())])
        }
        None => visit.t(&format!("decision-kind-{}", line.kind.as_str())),
    };
    let beyond = names(&line.beyond, &[]);
    let rest = match (beyond.is_empty(), line.administrators.is_empty()) {
        (false, _) => beyond,
        (true, false) => {
            visit.tr("decision-beyond-nobody", &[("administrators", &line.administrators.join(", "))])
        }
        (true, true) => String::new(),
    };
    context! {
        what => what, extent => extent_text(visit, &line.extent), by => line.by.clone(), rest => rest,
        status => if line.extent == Extent::Nothing { "unknown" } else { "good" },
        left => line.left_this_month.map(|left| visit.tr("decision-left", &[("amount", &amount_text(visit, left))])),
        until => line.until.map(|day| visit.tr("decision-until", &[("day", &visit.date(day))])),
        href => line.right.as_ref().map(|right| format!("/settings/rights/{right}")),
        for_name => line.for_name.as_ref().map(|name| visit.tr("decision-on-behalf", &[("name", name)])),
    }
}

fn gap_view(visit: &Visit, found: &AccountDecisions, line: &GapLine) -> Value {
    let month = |text: &str| Month::parse(text).map_or_else(|_| text.to_owned(), |month| visit.month(month));
    let (what, note, href) = match &line.about {
        Answerable::Measure { id, name, month: in_month } => (
            visit.tr("gap-measure", &[("name", name)]),
            visit.tr("gap-measure-note", &[("month", &month(in_month))]),
            format!("/accounts/{}/measures/{id}", found.account_id),
        ),
        Answerable::Credit { month: of, amount } => (
            visit.tr("gap-credit", &[("amount", &amount_text(visit, *amount))]),
            month(of),
            format!("/accounts/{}/credits", found.account_id),
        ),
        Answerable::Exclusion { note, amount } => (
            visit.tr("gap-exclusion", &[("amount", &amount_text(visit, *amount))]),
            note.clone(),
            format!("/accounts/{}/exclusions", found.account_id),
        ),
        Answerable::Price { product, n_lines } => (
            visit.tr("gap-price", &[("product", product)]),
            visit.tr("gap-price-note", &[("count", &n_lines.to_string())]),
            format!("/accounts/{}/contracts", found.account_id),
        ),
    };
    let (status, may) = match (&line.extent, line.whole) {
        (_, true) => ("good", visit.t("gap-may-decide")),
        (Extent::Nothing, false) => ("risk", visit.t("gap-may-not")),
        (extent, false) => ("watch", extent_text(visit, extent)),
    };
    let names = names(&line.beyond, &line.heads);
    let rest = if line.whole {
        String::new()
    } else if names.is_empty() {
        visit.t("gap-nobody")
    } else {
        visit.tr("gap-only", &[("who", &names)])
    };
    context! { what => what, note => note, href => href, status => status, may => may, rest => rest }
}
