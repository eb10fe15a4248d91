//! Measures of an account: the list, and one measure in full with what the client says of it.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use mandate_app::facts::kpi::{ReasonDraft, save_reason};
use mandate_app::facts::kpi_read::{AccountMeasures, MONTHS, MeasureLine, list_measures, show_measure};
use mandate_app::facts::result::{ReviewDraft, WalkthroughDraft, record_review, record_walkthrough};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::book::Account;
use mandate_domain::facts::kpi::{Kpi, Unit};
use mandate_domain::{Id, Month};
use minijinja::{Value, context};
use serde::Deserialize;

use super::kpi_view::measure_view;
use super::kpi_words::{filter, formula, interval, plot, standing, target, value_or_dash, verdict};
use crate::access::Routes;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// Pages under `/accounts/{id}/measures`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/measures", Action::ReadFacts, list)
        .get("/accounts/{id}/measures/{kpi}", Action::ReadFacts, show)
        .post("/accounts/{id}/measures/{kpi}/reason", Action::WorkResults, reason)
        .post("/accounts/{id}/measures/{kpi}/walkthroughs", Action::WorkResults, walkthrough)
        .post("/accounts/{id}/measures/{kpi}/reviews", Action::WorkResults, review)
}

async fn list(State(web): State<Web>, visit: Visit, Path(account): Path<String>) -> PageResult {
    let account: Id<Account> = path_id(&account)?;
    let measures = list_measures(web.ctx(), &visit.actor, &account).await?;
    let frame = crate::account::load(&web, &visit, account.as_str()).await?;
    let page = frame.page(&visit, "measures").help("define-a-measure");
    visit.render(page, "facts/kpi_list.html", list_view(&visit, &measures, frame.view(&visit, "measures")))
}

fn list_view(visit: &Visit, measures: &AccountMeasures, account: Value) -> Value {
    let lines: Vec<Value> = measures.lines.iter().map(|line| line_view(visit, measures, line)).collect();
    let verdict_of =
        |line: &MeasureLine| newest_over(measures, line).map(|value| value.figure.verdict.as_str());
    let count = |word: &str| measures.lines.iter().filter(|line| verdict_of(line) == Some(word)).count();
    let (met, missed) = (count("met"), count("missed"));
    let month =
        measures.lines.iter().filter_map(|line| newest_over(measures, line)).map(|value| value.month).max();
    context! {
        account => account,
        lines => lines,
        met => met, with_target => met + missed, missed => missed,
        month => month.map(|month| visit.month(month)),
        month_key => month.map(|month| month.to_string()),
        may_write => visit.may(Action::WriteFacts),
        may_export => visit.may(Action::Export),
    }
}

/// The newest value of a month that is over.
fn newest_over<'a>(
    measures: &AccountMeasures,
    line: &'a MeasureLine,
) -> Option<&'a mandate_app::facts::kpi_read::KpiValueRow> {
    line.values.iter().rev().find(|value| Some(value.month) != measures.running)
}

fn line_view(visit: &Visit, measures: &AccountMeasures, line: &MeasureLine) -> Value {
    let definition = &line.version.definition;
    let unit = definition.aggregate.unit();
    let newest = newest_over(measures, line);
    let figure = newest.map(|value| value.figure);
    let (status, word) =
        verdict(visit, figure.map_or(mandate_domain::facts::kpi::Verdict::NotMeasured, |it| it.verdict));
    let (client_status, client_word) = standing(visit, &line.standing);
    let points = spark_points(measures, line, unit);
    context! {
        href => format!("/accounts/{}/measures/{}", measures.account.id, line.kpi.id),
        name => line.kpi.name.clone(), assumed => line.kpi.assumed, demo => line.kpi.demo,
        formula => formula(visit, definition), filter => filter(visit, &definition.filter),
        filtered => !definition.filter.is_empty(),
        target => target(visit, definition), target_plot => plot(unit, definition.target_micro()),
        month => newest.map(|value| visit.formats.month_name(value.month)),
        value => figure.map_or_else(|| "\u{2013}".to_owned(), |it| value_or_dash(visit, unit, it.value_micro)),
        interval => figure.and_then(|it| interval(visit, unit, &it)),
        n => figure.map_or(0, |it| it.n), n_text => visit.number(figure.map_or(0, |it| it.n)),
        points => points, points_text => visit.tr("kpi-months-shown", &[("count", &MONTHS.to_string())]),
        status => status, word => word, client_status => client_status, client_word => client_word,
        owner => line.kpi.owner_person_id.as_ref().and_then(|id| measures.people.get(id.as_str()).cloned()),
        reason => line.reason.as_ref().map(|reason| reason.text.clone()),
        walked => line.walked_on.map(|day| visit.date(day)),
    }
}

fn spark_points(measures: &AccountMeasures, line: &MeasureLine, unit: Unit) -> Vec<Option<f64>> {
    let Some((_, last)) = measures.months else { return vec![] };
    (0..MONTHS)
        .map(|back| {
            let month = last.plus(back + 1 - MONTHS);
            let known = line.values.iter().find(|value| value.month == month);
            known.and_then(|value| plot(unit, value.figure.value_micro))
        })
        .collect()
}

#[derive(Deserialize)]
pub(super) struct MonthQuery {
    #[serde(default)]
    month: String,
}

impl MonthQuery {
    /// The month asked for, if any; what is no month is not found.
    pub(super) fn parse(&self) -> Result<Option<Month>, Failure> {
        if self.month.is_empty() {
            return Ok(None);
        }
        Month::parse(&self.month).map(Some).map_err(|_| Failure::not_found())
    }
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path((account, kpi)): Path<(String, String)>,
    Query(query): Query<MonthQuery>,
) -> PageResult {
    let month = query.parse()?;
    page(&web, &visit, (path_id(&account)?, path_id(&kpi)?), month, &Form::default(), &[]).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    (account, kpi): (Id<Account>, Id<Kpi>),
    month: Option<Month>,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let measure = show_measure(web.ctx(), &visit.actor, &account, &kpi, month).await?;
    let status = if errors.is_empty() {
        axum::http::StatusCode::OK
    } else {
        axum::http::StatusCode::UNPROCESSABLE_ENTITY
    };
    let frame = crate::account::load(web, visit, account.as_str()).await?;
    let page = Page::new(measure.kpi.name.clone(), "nav-portfolio")
        .crumb(visit.t("nav-portfolio"), "/portfolio")
        .crumb(measure.account.name.clone(), frame.path())
        .crumb(visit.t("kpi-list-title"), format!("{}/measures", frame.path()))
        .with_charts()
        .help("define-a-measure");
    let view = frame.view(visit, "measures");
    let own = measure_view(visit, &measure, view, form.view(visit, errors), form.get("part"));
    visit.render_with_status(status, page, "facts/kpi.html", own)
}

/// Back to the measure with a toast, or the page again with what is wrong.
async fn answer<T, E: UseCaseError + Into<Failure>>(
    web: &Web,
    visit: &Visit,
    place: (Id<Account>, Id<Kpi>),
    form: &Form,
    result: Result<T, E>,
    text_id: &str,
) -> Result<Response, Failure> {
    let month = Month::parse(form.get("month")).ok();
    match result {
        Ok(_) => {
            let query = month.map(|month| format!("?month={month}")).unwrap_or_default();
            let path = format!("/accounts/{}/measures/{}{query}", place.0, place.1);
            Ok(visit.redirect_with(&path, visit.t(text_id), None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(web, visit, place, month, form, &error.fields()).await,
    }
}

async fn reason(
    State(web): State<Web>,
    visit: Visit,
    Path((account, kpi)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let place = (path_id(&account)?, path_id(&kpi)?);
    let draft = ReasonDraft {
        text: form.get("text").to_owned(),
        person_id: Id::parse(form.get("client_person_id")).ok(),
        said_on: form.get("said_on").parse().ok(),
        version: form.get("version").parse().unwrap_or(0),
    };
    let saved = save_reason(web.ctx(), &visit.actor, &place.1, &place.0, &draft).await;
    answer(&web, &visit, place, &form, saved, "kpi-reason-saved").await
}

async fn walkthrough(
    State(web): State<Web>,
    visit: Visit,
    Path((account, kpi)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let place = (path_id(&account)?, path_id(&kpi)?);
    let draft = WalkthroughDraft {
        client_person_id: Id::parse(form.get("client_person_id")).ok(),
        our_person_id: None,
        held_on: form.get("held_on").parse().ok(),
        note: form.get("note").to_owned(),
    };
    let saved = record_walkthrough(web.ctx(), &visit.actor, &place.1, &place.0, &draft).await;
    answer(&web, &visit, place, &form, saved, "kpi-walkthrough-saved").await
}

async fn review(
    State(web): State<Web>,
    visit: Visit,
    Path((account, kpi)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let place = (path_id(&account)?, path_id(&kpi)?);
    let draft = ReviewDraft {
        month: Month::parse(form.get("month")).map_err(|_| Failure::not_found())?,
        case_id: Some(form.get("case_id").to_owned()).filter(|case| !case.is_empty()),
        verdict: form.get("verdict").to_owned(),
        client_person_id: Id::parse(form.get("client_person_id")).ok(),
        note: form.get("note").to_owned(),
    };
    let saved = record_review(web.ctx(), &visit.actor, &place.1, &place.0, &draft).await;
    answer(&web, &visit, place, &form, saved, "kpi-review-saved").await
}
