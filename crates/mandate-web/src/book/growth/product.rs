//! A product's figures by month, who pays for it, and what contracts charge beside the list. Costs and margins for who is cleared only.

use axum::extract::{Path, Query, State};
use mandate_app::Action;
use mandate_app::book::growth::{MonthLine, ProductGrowth, discount_bp, product_growth};
use mandate_app::exchange::{ExportFormat, FigureCell};
use mandate_domain::Money;
use mandate_domain::book::Kind;
use minijinja::{Value, context};

use super::super::kinds::href;
use super::account::{ground, months};
use super::shown::{Asked, Shown, ShownRow, file, maybe, money, words};
use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::frame::{Page, Visit};
use crate::state::Web;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/products/{id}/growth", Action::ReadBook, page)
        .get("/products/{id}/growth.csv", Action::Export, csv)
        .get("/products/{id}/growth.xlsx", Action::Export, xlsx)
}

async fn page(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult {
    let id = path_id(&id)?;
    let found = product_growth(web.ctx(), &visit.actor, &id).await?;
    let path = format!("/products/{id}/growth");
    let tables: Vec<Value> =
        tables(&visit, &found, id.as_str()).iter().map(|it| it.view(&visit, &path, &asked)).collect();
    let (used, left_out) = ground(&visit, found.in_one.values(), found.names.reporting);
    let drawn = months(&visit, &found.in_one, found.names.reporting);
    let title = visit.tr("growth-product-title", &[("name", &found.name)]);
    let own = context! {
        title => title.clone(), tables => tables, may_export => visit.may(Action::Export), rates => used,
        lead => visit.tr("growth-product-lead", &[("count", &found.accounts.len().to_string())]),
        left_out => left_out, chart => drawn.as_ref().map(|(chart, _)| chart.clone()),
        twin => drawn.map(|(_, twin)| twin), currency => found.names.reporting.code(),
    };
    let page = Page::new(title, "nav-products")
        .crumb(visit.t("nav-products"), "/products")
        .crumb(&found.name, href(Kind::Product, id.as_str()))
        .with_charts()
        .help("growth");
    visit.render(page, "growth/product.html", own)
}

fn tables(visit: &Visit, found: &ProductGrowth, id: &str) -> Vec<Shown> {
    vec![by_month(visit, found, id), accounts(visit, found, id), prices(visit, found)]
}

fn by_month(visit: &Visit, found: &ProductGrowth, id: &str) -> Shown {
    let row = |line: &MonthLine| {
        let amount = |minor| money(minor, line.currency);
        let mut cells = vec![
            words(visit.month(line.month)),
            maybe(line.revenue, amount),
            maybe(line.volume, |volume| FigureCell::Number(mandate_domain::book::growth::shown(volume))),
            maybe(line.average_minor(), amount),
        ];
        if found.costs_shown {
            cells.push(maybe(line.cost, amount));
            cells.push(maybe(line.margin(), amount));
        }
        let href = format!("/actuals?f=product_id&op=is&v={id}&f=month&op=is&v={}", line.month);
        ShownRow { href: Some(href), cells }
    };
    let mut heads = vec!["field-month", "field-revenue", "field-volume", "growth-average-price"];
    if found.costs_shown {
        heads.extend(["field-cost", "growth-margin"]);
    }
    Shown {
        key: "months",
        title: "growth-product-months",
        caption: Some(visit.tr("growth-product-months-caption", &[("unit", &found.unit)])),
        empty: visit.t("growth-account-months-empty"),
        heads,
        rows: found.months.iter().map(row).collect(),
    }
}

/// Who pays for it, a row for each currency.
fn accounts(visit: &Visit, found: &ProductGrowth, id: &str) -> Shown {
    let mut rows = vec![];
    for (account, sums) in &found.accounts {
        rows.extend(sums.by_currency.iter().map(|(currency, minor)| ShownRow {
            href: Some(format!("/actuals?f=product_id&op=is&v={id}&f=account_id&op=is&v={account}")),
            cells: vec![words(found.names.account(account)), money(*minor, *currency)],
        }));
    }
    Shown {
        key: "accounts",
        title: "growth-product-accounts",
        caption: None,
        empty: visit.t("growth-account-months-empty"),
        heads: vec!["field-account", "growth-revenue-12"],
        rows,
    }
}

/// What contracts charge beside the list, each with its day.
fn prices(visit: &Visit, found: &ProductGrowth) -> Shown {
    let per = |price_per: i64| FigureCell::Number(price_per);
    let rows = found.prices.iter().map(|it| ShownRow {
        href: Some(href(Kind::Contract, it.contract_id.as_str())),
        cells: vec![
            words(&it.contract),
            words(found.names.account(&it.account_id)),
            FigureCell::Money(it.price),
            per(it.price_per),
            FigureCell::Day(it.starts_on),
            maybe(it.listed, |(price, ..): (Money, _, _)| FigureCell::Money(price)),
            maybe(it.listed, |(_, price_per, _)| per(price_per)),
            maybe(it.listed, |(.., since)| FigureCell::Day(since)),
            maybe(discount_bp(it), FigureCell::Share),
        ],
    });
    Shown {
        key: "prices",
        title: "growth-prices",
        caption: None,
        empty: visit.t("growth-prices-empty"),
        heads: vec![
            "field-contract",
            "field-account",
            "growth-price",
            "growth-price-per",
            "growth-since",
            "growth-list-price",
            "growth-list-price-per",
            "growth-list-since",
            "growth-discount",
        ],
        rows: rows.collect(),
    }
}

async fn as_file(web: &Web, visit: &Visit, id: &str, asked: &Asked, format: ExportFormat) -> PageResult {
    let found = product_growth(web.ctx(), &visit.actor, &path_id(id)?).await?;
    let key = if asked.table.is_empty() { "months" } else { &asked.table };
    file(web, visit, &tables(visit, &found, id), key, format).await
}

async fn csv(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult {
    as_file(&web, &visit, &id, &asked, ExportFormat::Csv).await
}

async fn xlsx(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult {
    as_file(&web, &visit, &id, &asked, ExportFormat::Xlsx).await
}
