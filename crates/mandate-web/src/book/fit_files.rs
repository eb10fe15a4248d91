//! Fit as files: what its pages say of each manager, a factor a column, so that figures stay figures and every topic has a column of its own.
//!
//! Amounts of several currencies never share a column. Not here: what stands on the pages (`fit`).

use std::collections::BTreeSet;

use axum::extract::{Path, Query, State};
use mandate_app::Action;
use mandate_app::book::fit::{Carries, Expected, Fit, FitStatement, account_fit, fit_overview};
use mandate_app::exchange::{ExportFormat, FigureCell, FigureTable, figures_file};
use mandate_domain::book::{Load, WantedTopic};
use mandate_domain::{Currency, Money};
use std::collections::BTreeMap;

use super::fit::moves_of;
use super::kinds::choice_text_id;
use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::frame::Visit;
use crate::state::Web;
use crate::table::download;

/// The files of the pages.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/fit.csv", Action::Export, csv)
        .get("/fit.xlsx", Action::Export, xlsx)
        .get("/accounts/{id}/fit.csv", Action::Export, account_csv)
        .get("/accounts/{id}/fit.xlsx", Action::Export, account_xlsx)
}

type Asked = Query<BTreeMap<String, String>>;

async fn csv(State(web): State<Web>, visit: Visit, Query(given): Asked) -> PageResult {
    overview_file(&web, &visit, &given, ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit, Query(given): Asked) -> PageResult {
    overview_file(&web, &visit, &given, ExportFormat::Xlsx).await
}

async fn account_csv(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    account_file(&web, &visit, &id, ExportFormat::Csv).await
}

async fn account_xlsx(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    account_file(&web, &visit, &id, ExportFormat::Xlsx).await
}

fn number(count: usize) -> FigureCell {
    FigureCell::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The currencies of what some carry, each a column.
fn currencies<'a>(loads: impl Iterator<Item = &'a Load>) -> Vec<Currency> {
    let all: BTreeSet<Currency> = loads.flat_map(|load| load.value.keys().copied()).collect();
    all.into_iter().collect()
}

fn load_heads(visit: &Visit, currencies: &[Currency]) -> Vec<String> {
    let mut heads = vec![visit.t("fit-head-accounts"), visit.t("fit-head-open")];
    heads.extend(currencies.iter().map(|it| visit.tr("fit-head-value", &[("currency", it.code())])));
    heads.extend(["fit-head-unstated", "fit-head-wanted", "fit-head-had"].map(|id| visit.t(id)));
    heads
}

fn load_cells(load: &Load, currencies: &[Currency]) -> Vec<FigureCell> {
    let mut cells = vec![number(load.n_accounts), FigureCell::Number(load.n_open)];
    cells.extend(currencies.iter().map(|currency| match load.value.get(currency) {
        Some(minor) => FigureCell::Money(Money::new(i64::try_from(*minor).unwrap_or(i64::MAX), *currency)),
        None => FigureCell::Empty,
    }));
    cells.extend([load.n_without_value, load.n_wanted, load.n_had].map(number));
    cells
}

fn expected_heads(visit: &Visit, factor: &str) -> Vec<String> {
    let factor = visit.t(factor);
    let head = |id: &str| format!("{factor}: {}", visit.t(id));
    ["fit-head-expected-open", "fit-head-expected-met", "fit-head-expected-missed", "fit-head-expected-short"]
        .map(head)
        .to_vec()
}

fn expected_cells(it: Expected) -> [FigureCell; 4] {
    [it.open, it.met, it.missed, it.falls_short].map(number)
}

async fn overview_file(
    web: &Web,
    visit: &Visit,
    given: &BTreeMap<String, String>,
    format: ExportFormat,
) -> PageResult {
    let found = fit_overview(web.ctx(), &visit.actor, &moves_of(given)).await?;
    let moves = found.managers.iter().any(|it| it.after.is_some());
    let of = |it: &Carries| it.after.clone().unwrap_or_else(|| it.load.clone());
    let afters: Vec<Load> = found.managers.iter().map(of).collect();
    let currencies = currencies(found.managers.iter().map(|it| &it.load).chain(&afters));
    let mut heads = vec![visit.t("field-account-manager")];
    heads.extend(load_heads(visit, &currencies));
    heads.extend(expected_heads(visit, "fit-factor-expected"));
    let said = visit.t("fit-factor-said");
    heads.extend(
        ["fit-head-badly", "fit-head-soso", "fit-head-well"].map(|id| format!("{said}: {}", visit.t(id))),
    );
    if moves {
        let after = visit.t("fit-after");
        heads.extend(load_heads(visit, &currencies).into_iter().map(|head| format!("{after} {head}")));
    }
    let row = |(it, after): (&Carries, &Load)| {
        let mut cells = vec![FigureCell::Text(it.name.clone())];
        cells.extend(load_cells(&it.load, &currencies));
        cells.extend(expected_cells(it.expected));
        cells.extend([it.said.0, it.said.1, it.said.2].map(number));
        if moves {
            cells.extend(load_cells(after, &currencies));
        }
        cells
    };
    let rows = found.managers.iter().zip(&afters).map(row).collect();
    let currency_head = visit.t("field-currency");
    let table = FigureTable { name: "fit".to_owned(), heads, rows, currency_head };
    Ok(download(figures_file(web.ctx(), &visit.actor, &table, format).await?))
}

async fn account_file(web: &Web, visit: &Visit, id: &str, format: ExportFormat) -> PageResult {
    let found = account_fit(web.ctx(), &visit.actor, &path_id(id)?).await?;
    let currencies = currencies(found.iter().map(|fit| &fit.load));
    let topics: &[WantedTopic] = found.first().map(|fit| fit.expertise.as_slice()).unwrap_or_default();
    let mut heads = vec![visit.t("field-account-manager"), visit.t("fit-manages-now")];
    heads.extend(topics.iter().map(|it| {
        let area = visit.t(&choice_text_id("area", it.topic.area.as_str()));
        format!("{area}: {}", it.topic.topic)
    }));
    heads.extend(load_heads(visit, &currencies));
    heads.extend(expected_heads(visit, "fit-factor-expected-here"));
    heads.extend(expected_heads(visit, "fit-factor-expected"));
    heads.push(visit.t("fit-factor-said"));
    let row = |fit: &Fit| {
        let manages = if fit.is_manager { "audit-value-yes" } else { "audit-value-no" };
        let mut cells = vec![FigureCell::Text(fit.name.clone()), FigureCell::Text(visit.t(manages))];
        let level = |it: &WantedTopic| it.level.map_or(FigureCell::Empty, FigureCell::Number);
        cells.extend(fit.expertise.iter().map(level));
        cells.extend(load_cells(&fit.load, &currencies));
        cells.extend(expected_cells(fit.expected_here));
        cells.extend(expected_cells(fit.expected));
        cells.push(said(visit, &fit.statements));
        cells
    };
    let rows = found.iter().map(row).collect();
    let currency_head = visit.t("field-currency");
    let table = FigureTable { name: "account-fit".to_owned(), heads, rows, currency_head };
    Ok(download(figures_file(web.ctx(), &visit.actor, &table, format).await?))
}

/// What the client's people say, each with day and words.
fn said(visit: &Visit, statements: &[FitStatement]) -> FigureCell {
    if statements.is_empty() {
        return FigureCell::Empty;
    }
    let told = |it: &FitStatement| {
        let (value, day) = (it.compatibility.to_string(), visit.date(it.stated_on));
        let text = visit.tr("fit-said", &[("name", &it.said_by), ("value", &value), ("day", &day)]);
        if it.words.is_empty() { text } else { format!("{text}: {}", it.words) }
    };
    FigureCell::Text(statements.iter().map(told).collect::<Vec<_>>().join("; "))
}
