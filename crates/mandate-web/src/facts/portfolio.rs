//! The portfolio: all accounts one may see, those that need attention first; reported and clocked results side by side.

use axum::extract::State;
use mandate_app::Action;
use mandate_app::book;
use mandate_app::book::duplicates::{MOST_COMPARED, has_alike_accounts};
use mandate_app::exchange::ExportFormat;
use mandate_app::facts::delivered::{PortfolioFigures, matching, portfolio};
use mandate_app::listing::Sort;
use mandate_domain::book::Kind;
use mandate_domain::facts::standing::share_bp;
use mandate_domain::{Currency, Money};
use minijinja::{Value, context};

use crate::access::Routes;
use crate::account::turn_cell;
use crate::book::custom;
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::{self, CellOf, CellView, Column, RowReader, TableSpec, column};
use crate::table_gone::asked_query;
use crate::worth::worth_cell;

/// The portfolio's pages.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/portfolio", Action::ReadFacts, page)
        .get("/portfolio.csv", Action::Export, csv)
        .get("/portfolio.xlsx", Action::Export, xlsx)
        .get("/accounts", Action::ReadFacts, || async { crate::frame::redirect("/portfolio") })
}

fn figure(name: &'static str, head: &'static str, cell: CellOf) -> Column {
    Column { numeric: true, ..column(name, head, cell) }
}

/// A state's badge: status and message id.
pub(super) fn state_badge(state: &str) -> (&'static str, &'static str) {
    match state {
        "met" => ("good", "standing-met"),
        "just_missed" => ("watch", "standing-just-missed"),
        "missed" => ("risk", "standing-missed"),
        "too_few" => ("unknown", "standing-too-few"),
        _ => ("unknown", "standing-not-measured"),
    }
}

/// The sparkline of our clock: points in percent out of the packed months.
pub(super) fn clock_points(packed: &str) -> Vec<Option<f64>> {
    let point = |part: &str| {
        let clock = part.split(':').nth(1)?;
        clock.parse::<i32>().ok().map(|basis_points| f64::from(basis_points) / 100.0)
    };
    packed.split(' ').filter(|part| !part.is_empty()).map(point).collect()
}

fn spark(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let points = clock_points(row.text("months"));
    let known: Vec<f64> = points.iter().flatten().copied().collect();
    let (Some(first), Some(last)) = (known.first(), known.last()) else { return CellView::none() };
    let text =
        visit.tr("portfolio-spark", &[("first", &format!("{first:.1}")), ("last", &format!("{last:.1}"))]);
    let goal =
        row.integer("goal_bp").and_then(|goal| i32::try_from(goal).ok()).map(|goal| f64::from(goal) / 100.0);
    CellView::spark(points, goal, text)
}

fn reported(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let Some(share) = row.integer("reported_bp") else { return CellView::none() };
    let count = row.integer("n_reported").unwrap_or(0).to_string();
    CellView::text(visit.formats.percent(share)).sub(visit.tr("portfolio-of-cases", &[("count", &count)]))
}

fn clock(visit: &Visit, row: &RowReader<'_>) -> CellView {
    let Some(share) = row.integer("clock_bp") else { return CellView::none() };
    let cell = CellView::figure(visit.formats.percent(share));
    let Some(goal) = row.integer("goal_bp") else { return cell };
    let id = if row.flag("assumed") { "portfolio-goal-assumed" } else { "portfolio-goal" };
    cell.sub(visit.tr(id, &[("goal", &visit.formats.percent(goal))]))
}

/// Columns that nobody can fill before something is measured: chosen, they are shown all the same.
const MEASURED: [&str; 4] = ["reported_bp", "clock_bp", "months", "state"];

fn columns() -> Vec<Column> {
    let mut columns = vec![
        column("name", "field-account", |visit, row| {
            let who = row
                .text_or_none("account_manager")
                .map_or_else(|| visit.t("portfolio-no-manager"), str::to_owned);
            let industry = row.text("industry");
            let sub = if industry.is_empty() { who } else { format!("{who} · {industry}") };
            let cell = CellView::name(row.text("name"), format!("/accounts/{}", row.key())).sub(sub);
            if row.flag("demo") { cell.tag(visit.t("demo-tag")) } else { cell }
        }),
        Column {
            phone: "no-head",
            exported: &["annual_value", "currency", "annual_value_from", "n_elsewhere"],
            ..figure("annual_value", "field-annual-value", worth_cell)
        },
        Column { low: true, phone: "w-only", ..figure("reported_bp", "portfolio-reported", reported) },
        Column { phone: "w-only", ..figure("clock_bp", "portfolio-clock", clock) },
        Column { low: true, phone: "w-only", ..column("months", "portfolio-months", spark) },
        Column {
            phone: "no-head",
            exported: &["renews_or_ends_on", "renews_or_ends"],
            ..column("renews_or_ends_on", "field-renews-or-ends-on", turn_cell)
        },
        Column {
            sort: Some("state_rank"),
            ..column("state", "portfolio-state", |visit, row| {
                let (status, text) = state_badge(row.text("state"));
                let cell = CellView::badge(status, visit.t(text));
                // The figures beside it are of more than the newest month: say which.
                match (row.month("first_month"), row.month("month")) {
                    (Some(first), Some(last)) if first != last => cell.sub(visit.months(first, last)),
                    _ => cell,
                }
            })
        },
    ];
    columns.extend(columns_on_request());
    columns.push(crate::tags::column());
    columns
}

/// Columns shown only when asked for.
fn columns_on_request() -> Vec<Column> {
    vec![
        Column {
            shown: false,
            ..figure("n_differs", "portfolio-differs", |visit, row| {
                row.integer("n_differs").map_or_else(CellView::none, |n| CellView::text(visit.number(n)))
            })
        },
        Column {
            shown: false,
            ..figure("total_cases", "portfolio-total-cases", |visit, row| {
                row.integer("total_cases").map_or_else(CellView::none, |n| CellView::text(visit.number(n)))
            })
        },
        Column {
            shown: false,
            ..column("next_renewal_on", "field-next-renewal-on", |visit, row| {
                row.date("next_renewal_on").map_or_else(CellView::none, |day| CellView::text(visit.date(day)))
            })
        },
        Column {
            shown: false,
            ..column("industry", "field-industry", |_, row| CellView::text(row.text("industry")))
        },
        Column {
            shown: false,
            ..column("country", "field-country", |_, row| CellView::text(row.text("country")))
        },
        Column {
            shown: false,
            ..column("origin", "field-origin", |_, row| CellView::text(row.text("origin")))
        },
        Column {
            shown: false,
            ..column("month", "portfolio-month", |visit, row| {
                let last = row.month("month");
                let first = row.month("first_month").or(last);
                first
                    .zip(last)
                    .map_or_else(CellView::none, |(first, last)| CellView::text(visit.months(first, last)))
            })
        },
    ]
}

/// Whether any account has a result; until then nothing can be first for want of attention.
fn is_measured(sums: &PortfolioFigures) -> bool {
    sums.by_state.iter().any(|(state, n)| state != "not_measured" && *n > 0)
}

/// The list as these sums ask for it: by name while nothing is measured.
async fn spec(web: &Web, visit: &Visit, sums: &PortfolioFigures) -> Result<TableSpec, Failure> {
    let mut spec = spec_by_attention(web, visit).await?;
    if sums.n_demo > 0 {
        spec.views.push(("portfolio-view-imported", "f=demo&op=is&v=no"));
    }
    if !is_measured(sums) {
        spec.caption = "portfolio-caption-by-name";
        spec.def.default_sort = Sort { field: "name".to_owned(), descending: false };
        spec.views.retain(|(id, _)| *id != "portfolio-view-missed");
        for column in &mut spec.columns {
            column.shown &= !MEASURED.contains(&column.name);
        }
    }
    Ok(spec)
}

async fn spec_by_attention(web: &Web, visit: &Visit) -> Result<TableSpec, Failure> {
    let fields = book::custom_fields(web.ctx(), &visit.actor, Kind::Account).await?;
    let def = book::list_with_custom(web.ctx(), &visit.actor, Kind::Account).await;
    Ok(TableSpec {
        path: "/portfolio".to_owned(),
        caption: "portfolio-caption",
        action: Action::ReadFacts,
        def: def.map_err(book::BookError::from)?,
        columns: columns().into_iter().chain(custom::columns(&fields)).collect(),
        views: vec![
            ("portfolio-view-all", ""),
            ("portfolio-view-mine", "f=account_manager_id&op=is&v={me}"),
            ("portfolio-view-key", "f=tier&op=is&v=key"),
            ("portfolio-view-missed", "f=state&op=is&v=missed"),
        ],
        row_href: Box::new(|row| Some(format!("/accounts/{}", row.key()))),
        fixed: vec![],
    })
}

/// What the accounts come to that the filter shows; `is_filtered` says that there is one, `is_measured` that there are results at all.
fn figures(visit: &Visit, sums: &PortfolioFigures, (is_filtered, is_measured): (bool, bool)) -> Value {
    let share = |met, of| {
        share_bp(met, of).map_or_else(|| "\u{2013}".to_owned(), |it| visit.formats.percent_figure(it))
    };
    let unit = |of: i64| if of > 0 { Some("%") } else { None };
    let values: Vec<String> = sums
        .annual_values
        .iter()
        .filter_map(|(code, minor)| Some(visit.money(Money::new(*minor, Currency::stored(code).ok()?))))
        .collect();
    let value = values.first().cloned().unwrap_or_else(|| "\u{2013}".to_owned());
    let rest = values.get(1..).filter(|rest| !rest.is_empty()).map(|rest| rest.join(" · "));
    let n = |value: i64| value.to_string();
    let valued = [("count", n(sums.n_accounts)), ("unstated", n(sums.n_accounts - sums.n_valued))];
    let valued = valued.each_ref().map(|(name, value)| (*name, value.as_str()));
    let id = if is_filtered { "portfolio-fig-accounts-shown" } else { "portfolio-fig-accounts" };
    let mut of = visit.tr(id, &valued);
    for (id, count) in [
        ("portfolio-fig-from-contracts", sums.n_from_contracts),
        ("portfolio-fig-elsewhere", sums.n_elsewhere),
    ] {
        if count > 0 {
            of = format!("{of}; {}", visit.tr(id, &[("count", &n(count))]));
        }
    }
    let worth = context! {
        label => visit.t("portfolio-fig-value"), value => value,
        note => match rest {
            Some(rest) => format!("{}. {of}", visit.tr("portfolio-fig-and", &[("rest", &rest)])),
            None => of,
        },
    };
    if !is_measured {
        return Value::from(vec![worth]);
    }
    Value::from(vec![
        worth,
        context! {
            label => visit.t("portfolio-fig-clock"), value => share(sums.n_clock_met, sums.n_clocked),
            unit => unit(sums.n_clocked),
            note => visit.tr("portfolio-fig-clock-note", &[("met", &n(sums.n_clock_met)), ("count", &n(sums.n_clocked))]),
        },
        context! {
            label => visit.t("portfolio-fig-reported"), value => share(sums.n_reported_met, sums.n_reported),
            unit => unit(sums.n_reported),
            note => visit.tr("portfolio-fig-reported-note",
                &[("met", &n(sums.n_reported_met)), ("count", &n(sums.n_reported))]),
        },
        context! {
            label => visit.t("portfolio-fig-differs"), value => visit.number(sums.n_differs),
            unit => visit.tr("portfolio-cases", &[("count", &n(sums.n_differs))]),
            note => visit.t("portfolio-fig-differs-note"),
        },
    ])
}

/// Where pairs of accounts that look alike are listed, if there are any: asked of few accounts only, because all names are read.
async fn duplicates_href(
    web: &Web,
    visit: &Visit,
    sums: &PortfolioFigures,
) -> Result<Option<&'static str>, Failure> {
    if sums.n_accounts > MOST_COMPARED || !visit.may(Action::TrashBook) {
        return Ok(None);
    }
    Ok(has_alike_accounts(web.ctx(), &visit.actor).await?.then_some("/duplicates?kind=accounts"))
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    let sums = portfolio(web.ctx(), &visit.actor).await?;
    let spec = spec(&web, &visit, &sums).await?;
    if let Some(default) = table::to_default(&web, &visit, &spec).await? {
        return Ok(default);
    }
    let list = table::view(&web, &visit, &spec).await?;
    let query = asked_query(&web, &visit, &spec).await?;
    let is_filtered = !query.filters.is_empty();
    let shown =
        if is_filtered { matching(web.ctx(), &visit.actor, &spec.def, &query).await? } else { sums.clone() };
    let of =
        |state: &str| sums.by_state.iter().find(|(it, _)| it == state).map_or(0, |(_, n)| *n).to_string();
    let arguments =
        [("missed", of("missed")), ("just", of("just_missed")), ("count", sums.n_accounts.to_string())];
    let arguments: Vec<(&'static str, &str)> =
        arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (lead, rest) = match is_measured(&sums) {
        true => (visit.tr("portfolio-lead", &arguments), visit.tr("portfolio-rest", &arguments)),
        false if sums.n_accounts == 0 => (visit.t("portfolio-empty"), String::new()),
        false => (visit.t("portfolio-lead-not-measured"), visit.t("portfolio-rest-not-measured")),
    };
    let own = context! {
        bulk => crate::book::bulk::bar(&visit, Some(Kind::Account)), list => list, figs => figures(&visit, &shown, (is_filtered, is_measured(&sums))), n_accounts => sums.n_accounts,
        lead => lead, rest => rest, duplicates_href => duplicates_href(&web, &visit, &sums).await?,
        may_add => visit.may(Action::WriteBook), may_import => visit.may(Action::Import),
    };
    visit.render(
        Page::new(visit.t("nav-portfolio"), "nav-portfolio").help("portfolio"),
        "facts/portfolio.html",
        own,
    )
}

async fn as_file(web: &Web, visit: &Visit, format: ExportFormat) -> PageResult {
    let sums = portfolio(web.ctx(), &visit.actor).await?;
    table::export(web, visit, &spec(web, visit, &sums).await?, format).await
}

async fn csv(State(web): State<Web>, visit: Visit) -> PageResult {
    as_file(&web, &visit, ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit) -> PageResult {
    as_file(&web, &visit, ExportFormat::Xlsx).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_without_result_is_a_gap_in_the_sparkline() {
        let points = clock_points("2026-01:7500:8000 2026-02:: 2026-03:10000:");
        assert_eq!(points, [Some(75.0), None, Some(100.0)]);
        assert!(clock_points("").is_empty());
    }
}
