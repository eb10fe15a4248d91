//! Scorecards of delivery leads: customer-delivery measures beside technical ones, by month and team.

use axum::extract::{Path, State};
use mandate_app::Action;
use mandate_app::facts::scorecard::{Scorecard, list_scorecards, p90_seconds, show_scorecard};
use mandate_domain::facts::scorecard::{ScorecardCounts, ScorecardLine};
use minijinja::{Value, context};

use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::frame::{Page, Visit, initials};
use crate::state::Web;

/// Pages under `/facts/scorecards`.
pub fn routes() -> Routes {
    Routes::new().get("/facts/scorecards", Action::ReadFacts, list).get(
        "/facts/scorecards/{person}",
        Action::ReadFacts,
        show,
    )
}

async fn list(State(web): State<Web>, visit: Visit) -> PageResult {
    let leads = list_scorecards(web.ctx(), &visit.actor).await?;
    let leads: Vec<Value> = leads
        .iter()
        .map(|lead| {
            context! {
                href => format!("/facts/scorecards/{}", lead.person_id), name => lead.name.clone(), initials => initials(&lead.name),
                title => lead.job_title.clone(), n_teams => lead.teams.len(),
                teams => lead.teams.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>().join(", "),
            }
        })
        .collect();
    let page = Page::new(visit.t("nav-scorecards"), "nav-scorecards").crumb(visit.t("nav-facts"), "/facts");
    visit.render(page, "facts/scorecards.html", context! { leads => leads })
}

async fn show(State(web): State<Web>, visit: Visit, Path(person): Path<String>) -> PageResult {
    let card = show_scorecard(web.ctx(), &visit.actor, &path_id(&person)?).await?;
    let page = Page::new(card.lead.name.clone(), "nav-scorecards")
        .crumb(visit.t("nav-scorecards"), "/facts/scorecards");
    visit.render(page, "facts/scorecard.html", card_view(&visit, &card))
}

fn dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "\u{2013}".to_owned())
}

fn card_view(visit: &Visit, card: &Scorecard) -> Value {
    let total = &card.total;
    let share = dash(total.clock_bp().map(|bp| visit.formats.percent(bp)));
    let n = visit.number(total.n_clocked);
    let lead = if total.n_clocked == 0 {
        visit.t("scorecard-lead-none")
    } else {
        let missed = visit.number(total.n_clocked - total.n_clock_met);
        visit.tr("scorecard-lead", &[("share", &share), ("missed", &missed), ("n", &n)])
    };
    context! {
        name => card.lead.name.clone(), title => card.lead.job_title.clone(), lead => lead,
        teams => card.lead.teams.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>().join(", "),
        period => card.months.map(|(first, last)| visit.tr("scorecard-period", &[("first", &visit.month(first)), ("last", &visit.month(last))])),
        customer => customer_figs(visit, total), technical => technical_figs(visit, total),
        months => card.by_month.iter().rev().map(|line| line_view(visit, line)).collect::<Vec<_>>(),
        by_team => card.by_team.iter().map(|line| line_view(visit, line)).collect::<Vec<_>>(),
    }
}

fn customer_figs(visit: &Visit, counts: &ScorecardCounts) -> Vec<Value> {
    vec![
        context! {
            label => visit.t("scorecard-within"), value => dash(counts.clock_bp().map(|bp| visit.formats.percent(bp))),
            note => visit.tr("kpi-part-of", &[("part", &visit.number(counts.n_clock_met)), ("n", &visit.number(counts.n_clocked))]),
        },
        context! {
            label => visit.t("scorecard-reported"), value => dash(counts.reported_bp().map(|bp| visit.formats.percent(bp))),
            note => visit.tr("kpi-part-of", &[("part", &visit.number(counts.n_reported_met)), ("n", &visit.number(counts.n_reported))]),
        },
        context! {
            label => visit.t("scorecard-p90"), value => dash(p90_seconds(counts).map(|s| visit.formats.duration(s))),
            note => visit.t("scorecard-p90-note"),
        },
        context! {
            label => visit.t("scorecard-credits"), value => credits(visit, counts),
            note => visit.tr("scorecard-credits-note", &[("count", &counts.credits.len().to_string())]),
        },
        context! { label => visit.t("scorecard-contested"), value => visit.number(counts.n_contested), note => visit.t("scorecard-contested-note") },
    ]
}

/// What the service credits come to: "€3,200 · £100".
fn credits(visit: &Visit, counts: &ScorecardCounts) -> String {
    let sums: Vec<String> = counts.credit_sums().into_iter().map(|sum| visit.money(sum)).collect();
    if sums.is_empty() { "\u{2013}".to_owned() } else { sums.join(" \u{b7} ") }
}

fn technical_figs(visit: &Visit, counts: &ScorecardCounts) -> Vec<Value> {
    vec![
        context! { label => visit.t("scorecard-cases"), value => visit.number(counts.n_cases), note => visit.t("scorecard-cases-note") },
        context! {
            label => visit.t("scorecard-reopened"), value => dash(counts.reopened_bp().map(|bp| visit.formats.percent(bp))),
            note => visit.tr("scorecard-part-of", &[("part", &visit.number(counts.n_reopened)), ("n", &visit.number(counts.n_cases))]),
        },
        context! {
            label => visit.t("scorecard-handovers"), value => dash(counts.reassigned_per_100().map(|n| visit.number(n))),
            note => visit.t("scorecard-handovers-note"),
        },
        context! { label => visit.t("scorecard-backlog"), value => visit.number(counts.n_running), note => visit.t("scorecard-backlog-note") },
    ]
}

fn line_view(visit: &Visit, line: &ScorecardLine) -> Value {
    let counts = &line.counts;
    context! {
        name => line.month.map_or_else(|| line.team_name.clone(), |month| visit.month(month)),
        within => dash(counts.clock_bp().map(|bp| visit.formats.percent(bp))),
        reported => dash(counts.reported_bp().map(|bp| visit.formats.percent(bp))),
        p90 => dash(p90_seconds(counts).map(|seconds| visit.formats.duration(seconds))),
        credits => credits(visit, counts),
        cases => visit.number(counts.n_cases), reopened => dash(counts.reopened_bp().map(|bp| visit.formats.percent(bp))),
        handovers => dash(counts.reassigned_per_100().map(|n| visit.number(n))), backlog => visit.number(counts.n_running),
        empty => counts.n_cases == 0,
    }
}
