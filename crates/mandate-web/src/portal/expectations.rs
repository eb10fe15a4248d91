//! Expectations in the portal: what is shared, the client's own to add and to word, and the word that this is what was meant.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::portal::{
    ExpectationDraft, PortalError, PortalExpectation, acknowledge_for_client, add_expectation,
    list_portal_expectations, word_expectation,
};
use mandate_app::{FieldError, UseCaseError};
use mandate_domain::book::ExpectationState;
use minijinja::{Value, context};

use super::Inside;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::state::Web;

const BELOW: &str = "/expectations";

fn expectation_view(inside: &Inside, expectation: &PortalExpectation) -> Value {
    let visit = &inside.visit;
    let shown = &expectation.shown;
    let day = |day: Option<jiff::civil::Date>| day.map(|day| visit.formats.full_date(day));
    let status = match shown.state {
        ExpectationState::Open if expectation.waits() => "watch",
        ExpectationState::Met => "good",
        ExpectationState::NotMet => "risk",
        ExpectationState::Open | ExpectationState::Withdrawn => "unknown",
    };
    context! {
        id => shown.id.to_string(), suffix => format!("-{}", shown.id), version => expectation.version, title => shown.title.clone(),
        person => shown.person.clone(), stated => visit.formats.full_date(shown.stated_on),
        due => day(shown.due_on), due_on => shown.due_on.map(|day| day.to_string()),
        measure => shown.measure.clone(), ours => day(shown.acknowledged_by_us_on),
        theirs => day(shown.acknowledged_by_client_on), settled => day(shown.settled_on), status => status,
        word => visit.t(&format!("portal-expectation-{}", shown.state.as_str().replace('_', "-"))),
        waits => expectation.waits(), own => expectation.own,
    }
}

/// Expectations, open ones first.
pub async fn expectations(State(web): State<Web>, inside: Inside) -> PageResult {
    page(&web, &inside, &Form::default(), &[]).await
}

/// The page, with what was typed when it was refused.
async fn page(web: &Web, inside: &Inside, form: &Form, errors: &[FieldError]) -> PageResult {
    let found = list_portal_expectations(web.ctx(), &inside.entered).await?;
    let n_waiting = found.iter().filter(|expectation| expectation.waits()).count();
    let shown: Vec<Value> = found.iter().map(|it| expectation_view(inside, it)).collect();
    let visit = &inside.visit;
    let own = context! { expectations => shown, n_waiting => n_waiting, form => form.view(visit, errors) };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = visit.t("portal-expectations-title");
    inside.render_with_status(status, title, "portal-nav-expectations", "portal/expectations.html", own)
}

fn draft(form: &Form) -> ExpectationDraft {
    ExpectationDraft {
        title: form.get("title").to_owned(),
        due_on: form.get("due_on").to_owned(),
        measure: form.get("measure").to_owned(),
    }
}

async fn done(
    (web, inside): (&Web, &Inside),
    form: &Form,
    outcome: Result<(), PortalError>,
    said: &str,
) -> PageResult {
    match outcome {
        Ok(()) => Ok(inside.visit.redirect_with(&inside.path(BELOW), inside.visit.t(said), None)),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(web, inside, form, &error.fields()).await,
    }
}

/// Adds an expectation.
pub async fn add(State(web): State<Web>, inside: Inside, form: Form) -> PageResult {
    let added = add_expectation(web.ctx(), &inside.entered, &draft(&form)).await.map(|_| ());
    done((&web, &inside), &form, added, "portal-toast-expectation-added").await
}

/// Words one's own anew.
pub async fn word(
    State(web): State<Web>,
    inside: Inside,
    Path((_, id)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let version = form.get("version").parse().unwrap_or(0);
    let worded = word_expectation(web.ctx(), &inside.entered, &path_id(&id)?, &draft(&form), version).await;
    done((&web, &inside), &form, worded, "portal-toast-expectation-worded").await
}

/// Says that this is what was meant.
pub async fn acknowledge(
    State(web): State<Web>,
    inside: Inside,
    Path((_, id)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let version = form.get("version").parse().unwrap_or(0);
    let said = acknowledge_for_client(web.ctx(), &inside.entered, &path_id(&id)?, version).await;
    done((&web, &inside), &form, said, "portal-toast-expectation-acknowledged").await
}
