//! The account's tab "Growth": its revenue by month and product, how it moved, opportunities, what it never had, what endangers it.

use axum::extract::{Path, Query, State};
use mandate_app::Action;
use mandate_app::book::growth::{AccountGrowth, HasProduct, InOne, RollUp, account_growth};
use mandate_app::exchange::{ExportFormat, FigureCell};
use mandate_domain::book::Kind;
use mandate_domain::book::growth::shown as minor_shown;
use mandate_domain::{Currency, Money, Month};
use minijinja::{Value, context};
use std::collections::BTreeMap;

use super::super::kinds::{choice_text_id, href};
use super::firm::{happened, warnings_text};
use super::shown::{
    Asked, Shown, ShownRow, file, left_out_of, maybe, missing_pairs, money, rates, sums_text, words,
};
use crate::access::Routes;
use crate::account;
use crate::failure::{PageResult, path_id};
use crate::frame::Visit;
use crate::state::Web;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/growth", Action::ReadBook, page)
        .get("/accounts/{id}/growth.csv", Action::Export, csv)
        .get("/accounts/{id}/growth.xlsx", Action::Export, xlsx)
}

/// Months as a chart and as the table beside it; a month without a figure, or with none that has a rate, is a gap.
pub(super) fn months(
    visit: &Visit,
    months: &BTreeMap<Month, InOne>,
    currency: Currency,
) -> Option<(Value, Vec<Vec<String>>)> {
    let (first, last) = (*months.keys().next()?, *months.keys().next_back()?);
    let all: Vec<Month> = (0..).map(|n| first.plus(n)).take_while(|month| *month <= last).collect();
    let known = |month: &Month| {
        let sum = months.get(month)?;
        let all_left_out = sum.rates.is_empty() && sum.minor == 0 && !sum.left_out.is_empty();
        (!all_left_out).then_some(sum.minor)
    };
    let exact = |minor: i128| visit.formats.money(Money::new(minor_shown(minor), currency));
    let values: Vec<Option<i64>> = all
        .iter()
        .map(|month| known(month).map(|minor| minor_shown(minor / 10_i128.pow(currency.digits()))))
        .collect();
    let texts: Vec<String> = all.iter().map(|month| known(month).map_or_else(String::new, exact)).collect();
    let twin = all.iter().rev().map(|month| {
        let text = known(month).map_or_else(|| visit.t("not-stated"), exact);
        vec![visit.month(*month), text]
    });
    let categories: Vec<String> = all.iter().map(|month| visit.month(*month)).collect();
    let series = vec![
        context! { name => visit.t("growth-revenue"), side => "facts", values => values, texts => texts },
    ];
    let chart = context! {
        unit => currency.code(), categories => categories, horizontal => false, series => series,
    };
    Some((chart, twin.collect()))
}

/// What sums over months took and left out.
pub(super) fn ground<'a>(
    visit: &Visit,
    months: impl IntoIterator<Item = &'a InOne>,
    into: Currency,
) -> (Vec<String>, Option<Value>) {
    let mut all = InOne::default();
    for month in months {
        all.rates.extend(month.rates.iter().cloned());
        for (currency, minor) in &month.left_out {
            *all.left_out.entry(*currency).or_default() += minor;
        }
    }
    (rates(visit, &all.rates), left_out_of(visit, &all, into))
}

async fn page(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult {
    let frame = account::load(&web, &visit, &id).await?;
    let found = account_growth(web.ctx(), &visit.actor, &frame.id).await?;
    let path = format!("{}/growth", frame.path());
    let tables: Vec<Value> = tables(&visit, &found).iter().map(|it| it.view(&visit, &path, &asked)).collect();
    let (used, left_out) = ground(&visit, found.months.values(), found.names.reporting);
    let drawn = months(&visit, &found.months, found.names.reporting);
    let risk = found.at_risk.as_ref().map(|it| {
        let day = it.contract.next_on(visit.today).map(|day| visit.date(day)).unwrap_or_default();
        let why = warnings_text(&visit, &it.warnings);
        visit.tr("growth-account-risk", &[("contract", &it.contract.title), ("day", &day), ("why", &why)])
    });
    let own = context! {
        account => frame.view(&visit, "growth"), lead => lead(&visit, &found), tables => tables,
        may_export => visit.may(Action::Export), rates => used, left_out => left_out, risk => risk,
        chart => drawn.as_ref().map(|(chart, _)| chart.clone()), twin => drawn.map(|(_, twin)| twin),
        currency => found.names.reporting.code(),
        roll_up => found.roll_up.as_ref().map(|it| roll_up(&visit, it, found.names.reporting)),
    };
    visit.render(frame.page(&visit, "growth").with_charts().help("growth"), "growth/account.html", own)
}

fn lead(visit: &Visit, found: &AccountGrowth) -> String {
    let moved = found.retention.as_ref().and_then(|it| it.accounts.first());
    let Some(moved) = moved else { return visit.t("growth-account-lead-none") };
    if moved.n_counted == 0 && !moved.without_rate.is_empty() {
        return without_rate(visit, found, "growth-account-lead-no-rate");
    }
    let percent =
        |share: Option<i64>| share.map_or_else(|| "\u{2013}".to_owned(), |it| visit.formats.percent(it));
    let word = visit.t(happened(moved));
    let missing = (moved.not_stated.len() + moved.without_rate.len()).to_string();
    let nrr = percent(moved.movement.nrr_bp());
    visit.tr("growth-account-lead", &[("word", &word), ("nrr", &nrr), ("missing", &missing)])
}

/// Message `id`, which says between which currencies a rate is missing.
fn without_rate(visit: &Visit, found: &AccountGrowth, id: &str) -> String {
    let left_out = found.retention.iter().flat_map(|it| &it.left_out);
    let pairs = missing_pairs(visit, left_out.map(|it| it.currency), found.names.reporting);
    visit.tr(id, &[("pairs", &pairs)])
}

/// Why no product is shown to have moved: nothing stated, no rate, or no month that is stated in both years.
fn no_movement(visit: &Visit, found: &AccountGrowth) -> String {
    match found.retention.as_ref().and_then(|it| it.accounts.first()) {
        None => visit.t("growth-account-months-empty"),
        Some(moved) if !moved.without_rate.is_empty() => {
            without_rate(visit, found, "growth-account-products-no-rate")
        }
        Some(_) => visit.t("growth-account-products-not-stated"),
    }
}

fn roll_up(visit: &Visit, sums: &RollUp, reporting: Currency) -> Value {
    let text = |it| sums_text(visit, it, reporting);
    let item = |key: &str, value: String| context! { key => visit.t(key), value => value };
    let (used, left_out) = ground(visit, [&sums.value.in_one, &sums.revenue.in_one], reporting);
    context! {
        caption => visit.tr("growth-roll-up-caption", &[("count", &sums.n_below.to_string())]),
        items => vec![
            item("growth-roll-up-own-value", text(&sums.own_value)),
            item("growth-roll-up-value", text(&sums.value)),
            item("growth-roll-up-own-revenue", text(&sums.own_revenue)),
            item("growth-roll-up-revenue", text(&sums.revenue)),
        ],
        rates => used, left_out => left_out,
    }
}

fn tables(visit: &Visit, found: &AccountGrowth) -> Vec<Shown> {
    let id = &found.account.id;
    let rows = found.rows.iter().map(|row| ShownRow {
        href: Some(format!("/actuals?f=account_id&op=is&v={id}&f=month&op=is&v={}", row.month)),
        cells: vec![
            words(visit.month(row.month)),
            words(found.names.product(&row.product_id)),
            maybe(row.revenue, FigureCell::Money),
            maybe(row.volume, FigureCell::Number),
        ],
    });
    let by_month = Shown {
        key: "months",
        title: "growth-account-months",
        caption: None,
        empty: visit.t("growth-account-months-empty"),
        heads: vec!["field-month", "field-product", "field-revenue", "field-volume"],
        rows: rows.collect(),
    };
    let rows = found.opportunities.iter().map(|it| ShownRow {
        href: Some(href(Kind::Opportunity, it.id.as_str())),
        cells: vec![
            words(&it.title),
            words(visit.t(&choice_text_id("stage", it.stage.as_str()))),
            maybe(it.annual_value, FigureCell::Money),
            maybe(it.probability, |percent| FigureCell::Share(percent * 100)),
            maybe(it.expected_on, FigureCell::Day),
        ],
    });
    let opportunities = Shown {
        key: "opportunities",
        title: "list-opportunities",
        caption: None,
        empty: visit.t("growth-pipeline-empty"),
        heads: vec![
            "field-title",
            "field-stage",
            "field-annual-value",
            "field-probability",
            "field-expected-on",
        ],
        rows: rows.collect(),
    };
    vec![by_month, products(visit, found), opportunities, has(visit, found), never_had(visit, found)]
}

/// Products it has, and by what.
fn has(visit: &Visit, found: &AccountGrowth) -> Shown {
    let row = |it: &HasProduct| {
        let by = match (it.under_contract, it.paid_for) {
            (true, true) => "growth-has-both",
            (true, false) => "growth-has-contract",
            (false, _) => "growth-has-revenue",
        };
        ShownRow {
            href: Some(format!("/products/{}/growth", it.product_id)),
            cells: vec![words(found.names.product(&it.product_id)), words(visit.t(by))],
        }
    };
    Shown {
        key: "has",
        title: "growth-has",
        caption: Some(visit.t("growth-has-caption")),
        empty: visit.t("growth-has-empty"),
        heads: vec!["field-product", "growth-has-by"],
        rows: found.has.iter().map(row).collect(),
    }
}

/// Products it never paid for and has under no contract that runs; a row opens a new opportunity.
fn never_had(visit: &Visit, found: &AccountGrowth) -> Shown {
    let id = &found.account.id;
    let rows = found.never_had.iter().map(|(product, name)| ShownRow {
        href: Some(format!("/opportunities/new?account={id}&product={product}&kind=cross_sell")),
        cells: vec![words(name)],
    });
    Shown {
        key: "never-had",
        title: "growth-never-had",
        caption: Some(visit.t("growth-never-had-caption")),
        empty: visit.t("growth-never-had-empty"),
        heads: vec!["field-product"],
        rows: rows.collect(),
    }
}

/// How the account's revenue of each product moved.
fn products(visit: &Visit, found: &AccountGrowth) -> Shown {
    let moved = found.retention.as_ref();
    let rows = moved.into_iter().flat_map(|it| it.products.iter().map(move |product| (product, it.currency)));
    let rows = rows.map(|((product, movement), currency)| ShownRow {
        href: Some(format!(
            "/actuals?f=account_id&op=is&v={}&f=product_id&op=is&v={product}",
            found.account.id
        )),
        cells: vec![
            words(found.names.product(product)),
            money(movement.opening, currency),
            money(movement.closing(), currency),
            maybe(movement.nrr_bp(), FigureCell::Share),
        ],
    });
    Shown {
        key: "products",
        title: "growth-account-products",
        caption: None,
        empty: no_movement(visit, found),
        heads: vec!["field-product", "growth-opening", "growth-closing", "growth-nrr"],
        rows: rows.collect(),
    }
}

async fn as_file(web: &Web, visit: &Visit, id: &str, asked: &Asked, format: ExportFormat) -> PageResult {
    let found = account_growth(web.ctx(), &visit.actor, &path_id(id)?).await?;
    let key = if asked.table.is_empty() { "months" } else { &asked.table };
    file(web, visit, &tables(visit, &found), key, format).await
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
