//! The page of growth: NRR and GRR with what lies between opening and closing, and the rows behind each figure.

use axum::extract::{Query, State};
use mandate_app::Action;
use mandate_app::book::growth::{Growth, Warning, growth};
use mandate_app::exchange::{ExportFormat, FigureCell};
use mandate_domain::book::growth::{AccountMovement, Movement, PeriodKind, Retention, shown};
use mandate_domain::book::{Kind, Turn};
use mandate_domain::{Currency, Money};
use minijinja::{Value, context};

use super::super::kinds::{choice_text_id, href};
use super::shown::{
    Asked, Shown, ShownRow, file, left_out, left_out_of, maybe, money, rates, sums_text, words,
};
use crate::access::Routes;
use crate::failure::{Failure, PageResult};
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::worth::worth_note;

pub(super) const PATH: &str = "/growth";

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, Action::ReadBook, page).get("/growth.csv", Action::Export, csv).get(
        "/growth.xlsx",
        Action::Export,
        xlsx,
    )
}

/// The period asked for, or the last twelve months; a word that is none is not found.
pub(super) fn period_of(word: &str) -> Result<PeriodKind, Failure> {
    if word.is_empty() {
        return Ok(PeriodKind::LastTwelve);
    }
    PeriodKind::parse(word).map_err(|_| Failure::not_found())
}

pub(super) fn period_text(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::LastTwelve => "growth-period-last-12",
        PeriodKind::FiscalYear => "growth-period-fiscal-year",
        PeriodKind::YearBefore => "growth-period-year-before",
        PeriodKind::Quarter => "growth-period-quarter",
    }
}

async fn page(State(web): State<Web>, visit: Visit, Query(mut asked): Query<Asked>) -> PageResult {
    let kind = period_of(&asked.period)?;
    asked.period = kind.as_str().to_owned();
    let found = growth(web.ctx(), &visit.actor, kind).await?;
    let tables: Vec<Value> =
        tables(&visit, &found).iter().map(|table| table.view(&visit, PATH, &asked)).collect();
    let periods: Vec<Value> = PeriodKind::ALL
        .iter()
        .map(|it| {
            let href = format!("{PATH}?period={}", it.as_str());
            context! { text => visit.t(period_text(*it)), href => href, current => *it == kind }
        })
        .collect();
    let title = visit.t("nav-growth");
    let mut own = context! {
        title => title.clone(), periods => periods, tables => tables, may_export => visit.may(Action::Export),
        lead => visit.t("growth-lead-none"), moved => false,
    };
    if let Some(moved) = &found.retention {
        own = context! { ..moved_view(&visit, &found, moved), ..own };
    }
    visit.render(Page::new(title, "nav-growth").with_charts().help("growth"), "growth/firm.html", own)
}

/// The lead, the key figures, the bridge and what it rests on.
fn moved_view(visit: &Visit, found: &Growth, moved: &Retention) -> Value {
    let (total, currency) = (moved.total, moved.currency);
    let percent =
        |share: Option<i64>| share.map_or_else(|| "\u{2013}".to_owned(), |it| visit.formats.percent(it));
    let amount = |minor: i128| visit.money(Money::new(shown(minor), currency));
    let n_counted: usize = moved.accounts.iter().map(|it| it.n_counted).sum();
    let not_stated: usize = moved.accounts.iter().map(|it| it.not_stated.len()).sum();
    let n_without_rate: usize = moved.accounts.iter().map(|it| it.without_rate.len()).sum();
    let lead =
        visit.tr("growth-lead", &[("nrr", &percent(total.nrr_bp())), ("grr", &percent(total.grr_bp()))]);
    let rest = visit.tr(
        "growth-rest",
        &[
            ("months", &visit.months(moved.period.first, moved.period.last)),
            ("before", &visit.months(moved.period.a_year_before().first, moved.period.a_year_before().last)),
            ("currency", currency.code()),
        ],
    );
    let at_risk = sums_text(visit, &found.value_at_risk, found.names.reporting);
    let figs = vec![
        context! { label => visit.t("growth-nrr"), value => percent(total.nrr_bp()), note => visit.t("growth-nrr-note"), href => "#t-accounts" },
        context! { label => visit.t("growth-grr"), value => percent(total.grr_bp()), note => visit.t("growth-grr-note"), href => "#t-accounts" },
        context! { label => visit.t("growth-closing"), value => amount(total.closing()), note => visit.tr("growth-closing-note", &[("new", &amount(total.new))]), href => "#t-accounts" },
        context! { label => visit.t("growth-risk"), value => at_risk, note => visit.tr("growth-risk-note", &[("count", &found.at_risk.len().to_string())]), href => "#t-at-risk" },
    ];
    let coverage = visit.tr(
        "growth-coverage",
        &[
            ("counted", &n_counted.to_string()),
            ("missing", &not_stated.to_string()),
            ("rateless", &n_without_rate.to_string()),
        ],
    );
    let (chart, twin) = bridge(visit, total, currency);
    let notes = [
        left_out(visit, moved.left_out.iter().copied(), currency),
        left_out_of(visit, &found.pipeline.value, found.names.reporting),
        left_out_of(visit, &found.value_at_risk.in_one, found.names.reporting),
    ];
    let used = moved.rates.iter().chain(&found.pipeline.value.rates).chain(&found.value_at_risk.in_one.rates);
    let used: std::collections::BTreeSet<_> = used.collect();
    context! {
        moved => true, lead => lead, rest => rest, figs => figs, coverage => coverage, chart => chart, twin => twin,
        notes => notes.into_iter().flatten().collect::<Vec<_>>(), rates => rates(visit, used),
        pipeline => pipeline_text(visit, found),
    }
}

/// What all opportunities come to in one currency.
fn pipeline_text(visit: &Visit, found: &Growth) -> String {
    let amount = |minor: i128| visit.money(Money::new(shown(minor), found.names.reporting));
    visit.tr(
        "growth-pipeline-sum",
        &[
            ("value", &amount(found.pipeline.value.minor)),
            ("weighted", &amount(found.pipeline.weighted.minor)),
            ("day", &visit.date(visit.today)),
        ],
    )
}

/// Whole units of the currency: a chart places marks, the amounts stand beside them.
fn whole(minor: i128, currency: Currency) -> i64 {
    shown(minor / 10_i128.pow(currency.digits()))
}

/// The steps from opening to closing, as a chart and as the table beside it.
fn bridge(visit: &Visit, moved: Movement, currency: Currency) -> (Value, Vec<Vec<String>>) {
    let steps = [
        ("growth-opening", moved.opening),
        ("growth-expansion", moved.expansion),
        ("growth-contraction", -moved.contraction),
        ("growth-churned", -moved.churned),
        ("growth-new", moved.new),
        ("growth-closing", moved.closing()),
    ];
    let text = |minor: i128| visit.money(Money::new(shown(minor), currency));
    let categories: Vec<String> = steps.iter().map(|(id, _)| visit.t(id)).collect();
    let values: Vec<i64> = steps.iter().map(|(_, minor)| whole(*minor, currency)).collect();
    let texts: Vec<String> = steps.iter().map(|(_, minor)| text(*minor)).collect();
    let exact = |minor: i128| visit.formats.money(Money::new(shown(minor), currency));
    let twin = steps.iter().map(|(id, minor)| vec![visit.t(id), exact(*minor)]).collect();
    let series = vec![
        context! { name => visit.t("growth-revenue"), side => "facts", values => values, texts => texts },
    ];
    (
        context! { unit => currency.code(), categories => categories, horizontal => true, series => series },
        twin,
    )
}

/// All tables of the page.
pub(super) fn tables(visit: &Visit, found: &Growth) -> Vec<Shown> {
    let mut tables = vec![];
    if let Some(moved) = &found.retention {
        tables.push(accounts(visit, found, moved));
        tables.push(products(visit, found, moved));
        tables.push(managers(visit, found, moved.currency));
        tables.push(introduced(visit, found));
    }
    tables.push(pipeline(visit, found));
    tables.push(at_risk(visit, found));
    tables
}

/// What an account did, in a word.
pub(super) fn happened(moved: &AccountMovement) -> &'static str {
    let movement = moved.movement;
    if moved.n_counted == 0 && !moved.without_rate.is_empty() {
        "growth-word-no-rate"
    } else if moved.n_counted == 0 {
        "growth-word-not-stated"
    } else if movement.churned > 0 {
        "growth-word-lost"
    } else if movement.contraction > 0 {
        "growth-word-contracted"
    } else if movement.expansion > 0 {
        "growth-word-expanded"
    } else if movement.opening == 0 {
        "growth-word-new"
    } else {
        "growth-word-unchanged"
    }
}

fn moved_cells(movement: Movement, currency: Currency) -> Vec<FigureCell> {
    let amount = |minor| money(minor, currency);
    vec![
        amount(movement.opening),
        amount(movement.expansion),
        amount(-movement.contraction),
        amount(-movement.churned),
        amount(movement.new),
        amount(movement.closing()),
        maybe(movement.nrr_bp(), FigureCell::Share),
        maybe(movement.grr_bp(), FigureCell::Share),
    ]
}

const MOVED: [&str; 8] = [
    "growth-opening",
    "growth-expansion",
    "growth-contraction",
    "growth-churned",
    "growth-new",
    "growth-closing",
    "growth-nrr",
    "growth-grr",
];

fn heads(first: &[&'static str], last: &[&'static str]) -> Vec<&'static str> {
    first.iter().chain(&MOVED).chain(last).copied().collect()
}

/// Account by account, the largest loss first.
fn accounts(visit: &Visit, found: &Growth, moved: &Retention) -> Shown {
    let mut sorted: Vec<&AccountMovement> = moved.accounts.iter().collect();
    sorted
        .sort_by_key(|it| (it.movement.closing() - it.movement.opening, found.names.account(&it.account_id)));
    let row = |it: &AccountMovement| {
        let mut cells = vec![words(found.names.account(&it.account_id)), words(visit.t(happened(it)))];
        cells.extend(moved_cells(it.movement, moved.currency));
        cells.push(FigureCell::Number(count(it.n_counted)));
        cells.push(FigureCell::Number(count(it.not_stated.len())));
        ShownRow { href: Some(format!("/accounts/{}/growth", it.account_id)), cells }
    };
    Shown {
        key: "accounts",
        title: "growth-accounts",
        caption: Some(visit.t("growth-accounts-caption")),
        empty: visit.t("growth-accounts-empty"),
        heads: heads(&["field-account", "growth-what"], &["growth-months-counted", "growth-months-missing"]),
        rows: sorted.into_iter().map(row).collect(),
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn products(visit: &Visit, found: &Growth, moved: &Retention) -> Shown {
    let row = |(id, movement): &(mandate_domain::Id<mandate_domain::book::Product>, Movement)| {
        let mut cells = vec![words(found.names.product(id))];
        cells.extend(moved_cells(*movement, moved.currency));
        ShownRow { href: Some(format!("/products/{id}/growth")), cells }
    };
    Shown {
        key: "products",
        title: "growth-products",
        caption: None,
        empty: visit.t("growth-accounts-empty"),
        heads: heads(&["field-product"], &[]),
        rows: moved.products.iter().map(row).collect(),
    }
}

fn managers(visit: &Visit, found: &Growth, currency: Currency) -> Shown {
    let rows = found.managers.iter().map(|it| {
        let name =
            it.manager.as_ref().map_or_else(|| visit.t("portfolio-no-manager"), |(_, name)| name.clone());
        let mut cells = vec![words(name), FigureCell::Number(count(it.n_accounts))];
        cells.extend(moved_cells(it.movement, currency));
        ShownRow { href: it.manager.as_ref().map(|(id, _)| href(Kind::Person, id.as_str())), cells }
    });
    Shown {
        key: "managers",
        title: "growth-managers",
        caption: None,
        empty: visit.t("growth-accounts-empty"),
        heads: heads(&["field-account-manager", "growth-n-accounts"], &[]),
        rows: rows.collect(),
    }
}

fn introduced(visit: &Visit, found: &Growth) -> Shown {
    let rows = found.introduced.iter().map(|(account, product, month)| ShownRow {
        href: Some(format!("/actuals?f=account_id&op=is&v={account}&f=product_id&op=is&v={product}")),
        cells: vec![
            words(found.names.account(account)),
            words(found.names.product(product)),
            words(visit.month(*month)),
        ],
    });
    Shown {
        key: "introduced",
        title: "growth-introduced",
        caption: Some(visit.t("growth-introduced-caption")),
        empty: visit.t("growth-introduced-empty"),
        heads: vec!["field-account", "field-product", "growth-since"],
        rows: rows.collect(),
    }
}

fn pipeline(visit: &Visit, found: &Growth) -> Shown {
    let rows = found.pipeline.lines.iter().map(|((stage, currency), line)| ShownRow {
        href: Some(format!("/opportunities?f=stage&op=is&v={}", stage.as_str())),
        cells: vec![
            words(visit.t(&choice_text_id("stage", stage.as_str()))),
            FigureCell::Number(count(line.n)),
            money(line.value, *currency),
            money(line.weighted, *currency),
            FigureCell::Number(count(line.n_without_value)),
            FigureCell::Number(count(line.n_without_probability)),
        ],
    });
    Shown {
        key: "pipeline",
        title: "growth-pipeline",
        caption: Some(pipeline_text(visit, found)),
        empty: visit.t("growth-pipeline-empty"),
        heads: vec![
            "field-stage",
            "growth-n-opportunities",
            "field-annual-value",
            "growth-weighted",
            "growth-without-value",
            "growth-without-probability",
        ],
        rows: rows.collect(),
    }
}

/// A warning in words.
pub(super) fn warning_text(visit: &Visit, warning: Warning) -> String {
    let counted = |id: &str, n: i64| visit.tr(id, &[("count", &n.to_string())]);
    match warning {
        Warning::Missed => visit.t("growth-warning-missed"),
        Warning::NoTalk(Some(days)) => counted("growth-warning-quiet", days),
        Warning::NoTalk(None) => visit.t("growth-warning-never-talked"),
        Warning::Broken(n) => counted("growth-warning-broken", n),
        Warning::LatePromises(n) => counted("growth-warning-late-promises", n),
        Warning::LateExpectations(n) => counted("growth-warning-late-expectations", n),
        Warning::SingleThread => visit.t("growth-warning-single-thread"),
    }
}

pub(super) fn warnings_text(visit: &Visit, warnings: &[Warning]) -> String {
    warnings.iter().map(|it| warning_text(visit, *it)).collect::<Vec<_>>().join(" ")
}

/// Whether a contract renews or ends on its day, in a word.
const fn turn_text_id(turn: Turn) -> &'static str {
    match turn {
        Turn::Renews(_) => "growth-risk-renews",
        Turn::Ends(_) => "growth-risk-ends",
    }
}

fn at_risk(visit: &Visit, found: &Growth) -> Shown {
    let rows = found.at_risk.iter().map(|it| ShownRow {
        href: Some(format!("/accounts/{}/growth", it.account_id)),
        cells: vec![
            words(found.names.account(&it.account_id)),
            maybe(it.worth.value, FigureCell::Money),
            worth_note(visit, &it.worth).map_or(FigureCell::Empty, words),
            words(&it.contract.title),
            maybe(it.contract.turn.map(Turn::day), FigureCell::Day),
            maybe(it.contract.turn, |it| words(visit.t(turn_text_id(it)))),
            maybe(it.contract.notice_on, FigureCell::Day),
            words(warnings_text(visit, &it.warnings)),
        ],
    });
    Shown {
        key: "at-risk",
        title: "growth-risk",
        caption: Some(visit.t("growth-risk-caption")),
        empty: visit.t("growth-risk-empty"),
        heads: vec![
            "field-account",
            "field-annual-value",
            "field-annual-value-from",
            "field-contract",
            "growth-risk-when",
            "growth-risk-what",
            "field-notice-on",
            "growth-why",
        ],
        rows: rows.collect(),
    }
}

async fn as_file(web: &Web, visit: &Visit, asked: &Asked, format: ExportFormat) -> PageResult {
    let found = growth(web.ctx(), &visit.actor, period_of(&asked.period)?).await?;
    let key = if asked.table.is_empty() { "at-risk" } else { &asked.table };
    file(web, visit, &tables(visit, &found), key, format).await
}

async fn csv(State(web): State<Web>, visit: Visit, Query(asked): Query<Asked>) -> PageResult {
    as_file(&web, &visit, &asked, ExportFormat::Csv).await
}

async fn xlsx(State(web): State<Web>, visit: Visit, Query(asked): Query<Asked>) -> PageResult {
    as_file(&web, &visit, &asked, ExportFormat::Xlsx).await
}
