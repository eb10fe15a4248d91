//! The service-level report of an account and month: its figures in the reader's words, as PDF and as a workbook.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use mandate_app::Action;
use mandate_app::exchange::report::{
    ReportCell, ReportColumn, ReportDocument, ReportMeasure, ReportSection, ServiceReport, load_report,
};
use mandate_app::exchange::{report_pdf, report_xlsx};
use mandate_domain::Month;
use mandate_domain::facts::kpi::{MeasuredCase, Verdict};

use super::kpi::MonthQuery;
use super::kpi_words::{filter, formula, interval, past, plot, standing, target, value_or_dash, verdict};
use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::frame::Visit;
use crate::state::Web;

/// `/accounts/{id}/report.pdf` and `.xlsx`.
pub fn routes() -> Routes {
    Routes::new().get("/accounts/{id}/report.pdf", Action::Export, pdf).get(
        "/accounts/{id}/report.xlsx",
        Action::Export,
        xlsx,
    )
}

async fn load(
    web: &Web,
    visit: &Visit,
    account: &str,
    month: Option<Month>,
) -> Result<ServiceReport, crate::failure::Failure> {
    let month = month.unwrap_or_else(|| Month::of(visit.today).plus(-1));
    Ok(load_report(web.ctx(), &visit.actor, &path_id(account)?, month).await?)
}

async fn pdf(
    State(web): State<Web>,
    visit: Visit,
    Path(account): Path<String>,
    Query(query): Query<MonthQuery>,
) -> PageResult {
    pdf_of(&web, &visit, &account, query.parse()?).await
}

/// The report as PDF, in the reader's words.
pub(super) async fn pdf_of(web: &Web, visit: &Visit, account: &str, month: Option<Month>) -> PageResult {
    let report = load(web, visit, account, month).await?;
    let document = document(visit, &report);
    let (at, name) = (report.drawn_up_at, file_name(&report, "pdf"));
    // Setting a page takes longer than a request may hold a thread of the runtime.
    let bytes = tokio::task::spawn_blocking(move || report_pdf(&document, at))
        .await
        .map_err(|error| crate::failure::Failure::internal(&error))??;
    Ok(download(bytes, "application/pdf", &name))
}

async fn xlsx(
    State(web): State<Web>,
    visit: Visit,
    Path(account): Path<String>,
    Query(query): Query<MonthQuery>,
) -> PageResult {
    xlsx_of(&web, &visit, &account, query.parse()?).await
}

/// The report as a workbook, in the reader's words.
pub(super) async fn xlsx_of(web: &Web, visit: &Visit, account: &str, month: Option<Month>) -> PageResult {
    let report = load(web, visit, account, month).await?;
    let bytes = report_xlsx(&document(visit, &report), report.drawn_up_at)?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(download(bytes, kind, &file_name(&report, "xlsx")))
}

fn file_name(report: &ServiceReport, ending: &str) -> String {
    let plain = mandate_domain::text::fold(&report.account.name);
    let name: String = plain.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
    format!("{}-{}.{ending}", name.trim_matches('-'), report.month)
}

fn download(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    ([(CONTENT_TYPE, HeaderValue::from_static(kind)), (CONTENT_DISPOSITION, disposition)], Body::from(bytes))
        .into_response()
}

fn cell(text: impl Into<String>) -> ReportCell {
    ReportCell { text: text.into(), ..ReportCell::default() }
}

fn noted(text: impl Into<String>, note: impl Into<String>) -> ReportCell {
    ReportCell { text: text.into(), note: note.into(), number: None }
}

/// The report in the reader's words.
fn document(visit: &Visit, report: &ServiceReport) -> ReportDocument {
    let month = visit.month(report.month);
    let judged = |verdict| report.measures.iter().filter(|it| it.figure.verdict == verdict).count();
    let (met, missed) = (judged(Verdict::Met), judged(Verdict::Missed));
    let state = if report.running {
        visit.tr("report-state-running", &[("month", &month)])
    } else {
        visit.tr(
            "report-state",
            &[("month", &month), ("met", &met.to_string()), ("count", &(met + missed).to_string())],
        )
    };
    let provider = if report.firm.is_empty() { visit.t("report-us") } else { report.firm.clone() };
    let mut sections = vec![measures(visit, report), meaning(visit, report)];
    sections.extend(exclusions(visit, report));
    sections.extend(credits(visit, report));
    sections.extend(cases(visit, report));
    ReportDocument {
        language: visit.language.to_owned(),
        title: visit.t("report-title"),
        client: report.account.name.clone(),
        foot: visit.tr(
            "report-foot",
            &[
                ("provider", &provider),
                ("client", &report.account.name),
                ("month", &month),
                ("when", &visit.moment(report.drawn_up_at)),
            ],
        ),
        provider,
        period: month,
        state,
        sections,
    }
}

fn columns(visit: &Visit, columns: &[(&str, bool, u32)]) -> Vec<ReportColumn> {
    columns
        .iter()
        .map(|(id, numeric, width)| ReportColumn { text: visit.t(id), numeric: *numeric, width: *width })
        .collect()
}

fn measures(visit: &Visit, report: &ServiceReport) -> ReportSection {
    let rows = report.measures.iter().map(|measure| measure_row(visit, measure)).collect();
    ReportSection {
        heading: visit.t("kpi-list-question"),
        note: visit.t("report-measures-note"),
        columns: columns(
            visit,
            &[
                ("kpi-name", false, 6),
                ("kpi-target", true, 3),
                ("kpi-value", true, 4),
                ("kpi-cases-n", true, 2),
                ("kpi-state", false, 3),
                ("kpi-client-says", false, 3),
            ],
        ),
        rows,
    }
}

fn measure_row(visit: &Visit, measure: &ReportMeasure) -> Vec<ReportCell> {
    let definition = &measure.version.definition;
    let unit = definition.aggregate.unit();
    let figure = &measure.figure;
    let without = measure.without_exclusions.map(|without| {
        visit.tr("report-without", &[("value", &value_or_dash(visit, unit, without.value_micro))])
    });
    let note = [interval(visit, unit, figure), without];
    let note: Vec<String> = note.into_iter().flatten().collect();
    vec![
        noted(
            measure.kpi.name.clone(),
            format!("{}; {}", formula(visit, definition), filter(visit, &definition.filter)),
        ),
        cell(target(visit, definition)),
        ReportCell {
            text: value_or_dash(visit, unit, figure.value_micro),
            note: note.join("; "),
            number: plot(unit, figure.value_micro),
        },
        ReportCell { text: visit.number(figure.n), number: Some(small(figure.n)), ..ReportCell::default() },
        cell(verdict(visit, figure.verdict).1),
        cell(standing(visit, &measure.standing).1),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "a spreadsheet has doubles only")]
fn small(number: i64) -> f64 {
    number as f64
}

/// Why each measure matters, and who was taken through it.
fn meaning(visit: &Visit, report: &ServiceReport) -> ReportSection {
    let name = |id: &str| report.people.get(id).cloned().unwrap_or_default();
    let rows = report
        .measures
        .iter()
        .map(|measure| {
            let reason = measure.reason.as_ref().map_or_else(
                || cell(visit.tr("kpi-why-unknown", &[("name", &report.account.name)])),
                |reason| {
                    let who = reason.person_id.as_ref().map(|id| name(id.as_str())).unwrap_or_default();
                    let when = reason.said_on.map(|day| visit.formats.full_date(day)).unwrap_or_default();
                    noted(format!("“{}”", reason.text), [who, when].join(" ").trim().to_owned())
                },
            );
            let walked: Vec<String> = measure
                .walkthroughs
                .iter()
                .take(3)
                .map(|walk| {
                    format!(
                        "{}, {}",
                        name(walk.client_person_id.as_str()),
                        visit.formats.full_date(walk.held_on)
                    )
                })
                .collect();
            let walked = if walked.is_empty() { visit.t("kpi-never") } else { walked.join("; ") };
            vec![cell(measure.kpi.name.clone()), reason, cell(walked)]
        })
        .collect();
    ReportSection {
        heading: visit.tr("kpi-why-question", &[("name", &report.account.name)]),
        note: String::new(),
        columns: columns(
            visit,
            &[("kpi-name", false, 4), ("kpi-why-text", false, 6), ("kpi-walked-question", false, 5)],
        ),
        rows,
    }
}

fn exclusions(visit: &Visit, report: &ServiceReport) -> Option<ReportSection> {
    if report.exclusions.is_empty() {
        return None;
    }
    let zone = jiff::tz::TimeZone::get(&report.account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let moment = |at| visit.formats.moment(at, &zone, visit.today);
    let rows = report
        .exclusions
        .iter()
        .map(|exclusion| {
            let who = exclusion.answered.as_ref().and_then(|part| part.person_id.as_ref());
            let who = who.and_then(|id| report.people.get(id.as_str())).cloned().unwrap_or_default();
            vec![
                noted(exclusion.note.clone(), exclusion.clause.clone()),
                cell(format!("{} – {}", moment(exclusion.time.from()), moment(exclusion.time.until()))),
                cell(visit.t(&format!("exclusion-ground-{}", exclusion.ground.as_str().replace('_', "-")))),
                cell(who),
            ]
        })
        .collect();
    Some(ReportSection {
        heading: visit.t("report-exclusions"),
        note: visit.t("exclusion-rest"),
        columns: columns(
            visit,
            &[
                ("exclusion-note", false, 5),
                ("report-time", false, 5),
                ("exclusion-ground", false, 3),
                ("report-agreed-by", false, 3),
            ],
        ),
        rows,
    })
}

fn credits(visit: &Visit, report: &ServiceReport) -> Option<ReportSection> {
    if report.credits.is_empty() {
        return None;
    }
    let rows = report
        .credits
        .iter()
        .map(|(credit, rule)| {
            let measure =
                rule.as_ref().and_then(|rule| report.measures.iter().find(|it| it.kpi.id == rule.kpi_id));
            let clause = rule.as_ref().map(|rule| rule.clause.clone()).unwrap_or_default();
            vec![
                noted(measure.map(|it| it.kpi.name.clone()).unwrap_or_default(), clause),
                cell(visit.t(&format!("credit-state-{}", credit.state.as_str()))),
                cell(visit.formats.money(credit.credit)),
            ]
        })
        .collect();
    Some(ReportSection {
        heading: visit.t("credit-title"),
        note: visit.t("credit-rest"),
        columns: columns(
            visit,
            &[("kpi-name", false, 6), ("kpi-state", false, 3), ("report-amount", true, 3)],
        ),
        rows,
    })
}

fn cases(visit: &Visit, report: &ServiceReport) -> Option<ReportSection> {
    if report.missed.is_empty() {
        return None;
    }
    let rows = report.missed.iter().map(|case| case_row(visit, case)).collect();
    Some(ReportSection {
        heading: visit.t("kpi-missed-question"),
        note: visit.tr(
            "report-cases-note",
            &[("shown", &report.missed.len().to_string()), ("count", &report.n_missed.to_string())],
        ),
        columns: columns(
            visit,
            &[
                ("kpi-case", false, 4),
                ("kpi-priority", false, 2),
                ("report-counted", true, 3),
                ("kpi-target", true, 3),
                ("report-past", true, 3),
                ("kpi-source", false, 3),
            ],
        ),
        rows,
    })
}

fn case_row(visit: &Visit, case: &MeasuredCase) -> Vec<ReportCell> {
    let target = case.target_s.unwrap_or(0);
    let over = case.resolution.seconds - target;
    let excluded = (case.excluded_s > 0)
        .then(|| visit.tr("kpi-excluded", &[("time", &visit.formats.duration(case.excluded_s))]));
    let source = match case.reported_met {
        Some(true) => "kpi-met",
        Some(false) => "kpi-missed",
        None => "kpi-not-stated",
    };
    vec![
        noted(case.case_ref.clone(), case.category.clone()),
        cell(if case.priority == 0 { visit.t("kpi-not-stated") } else { format!("P{}", case.priority) }),
        noted(visit.formats.clock(case.resolution.seconds), excluded.unwrap_or_default()),
        cell(visit.formats.duration(target)),
        cell(past(visit, over)),
        cell(visit.t(source)),
    ]
}
