//! The account's manager, as a page: what is expected and seen, and the decisions about it for whoever may read them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::Action;
use mandate_app::book::managers::{
    Counts, Ending, ManagerError, ManagerPage, decide_manager, end_decision, manager_page,
};
use mandate_app::{ErrorKind, FieldError, UseCaseError};
use mandate_domain::book::{
    Draft, Expectation, Kind, ManagerDecision, ManagerDecisionState, ManagerOutcome, Promise, Saved,
};
use minijinja::{Value, context};

use super::kinds::{choice_text_id, href};
use super::pick;
use crate::access::Routes;
use crate::account;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;

/// The page and its forms.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/manager", Action::ReadBook, show)
        .post("/accounts/{id}/manager/decisions", Action::DecideManagers, decide)
        .post("/accounts/{id}/manager/decisions/{decision}/end", Action::DecideManagers, end)
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let form = Form::from_pairs([("outcome", "improvement".to_owned())]);
    page(&web, &visit, &id, (StatusCode::OK, &form, &[])).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    id: &str,
    (status, form, errors): (StatusCode, &Form, &[FieldError]),
) -> PageResult {
    let frame = account::load(web, visit, id).await?;
    let found = manager_page(web.ctx(), &visit.actor, &frame.id).await?;
    let error = errors.iter().find(|error| error.field == "successor");
    let pick = match found.may_decide {
        true => Some(pick::control(web, visit, Kind::Person, form.get("successor"), error).await?),
        false => None,
    };
    let choice =
        |field: &str, word: &str| context! { value => word, text => visit.t(&choice_text_id(field, word)) };
    let outcomes: Vec<Value> =
        ManagerOutcome::WORDS.iter().map(|word| choice("manager_outcome", word)).collect();
    let ends: Vec<Value> = ManagerDecisionState::WORDS
        .iter()
        .filter(|word| **word != ManagerDecisionState::Open.as_str())
        .map(|word| choice("manager_decision_state", word))
        .collect();
    let name = found.manager.as_ref().and_then(|id| found.names.get(id.as_str())).cloned();
    let is_own = visit.actor.person_id().is_some() && visit.actor.person_id() == found.manager.as_ref();
    let own = context! {
        account => frame.view(visit, "manager"), lead => lead(visit, &found, name.as_deref()), name => name.clone(),
        figures => figures(visit, &found),
        expectations => found.records.iter().flat_map(|it| &it.expectations).map(|it| expectation(visit, it)).collect::<Vec<_>>(),
        promises => found.records.iter().flat_map(|it| &it.promises).map(|it| promise(visit, it)).collect::<Vec<_>>(),
        decisions => found.decisions.iter().map(|it| decision(visit, &found, it)).collect::<Vec<_>>(),
        reads_decisions => found.may_decide || !found.decisions.is_empty(),
        may_decide => found.may_decide && name.is_some() && !is_own, outcomes => outcomes, ends => ends, pick => pick,
        form => form.view(visit, errors),
    };
    visit.render_with_status(status, frame.page(visit, "manager").help("managers"), "book/manager.html", own)
}

/// "Jonas: 1 of 4 expectations falls short as the client sees it; 2 promises are late."
fn lead(visit: &Visit, found: &ManagerPage, name: Option<&str>) -> String {
    let Some(name) = name else { return visit.t("manager-lead-nobody") };
    let ((short, said), late) = (found.falls_short(), found.promises().late);
    let told = [("short", short.to_string()), ("said", said.to_string()), ("late", late.to_string())];
    let mut told: Vec<(&'static str, &str)> = told.iter().map(|(key, text)| (*key, text.as_str())).collect();
    told.push(("name", name));
    visit.tr("manager-lead", &told)
}

/// Figures, each with what it is compared with and the list it opens to.
fn figures(visit: &Visit, found: &ManagerPage) -> Vec<Value> {
    let account = found.account.id.as_str();
    let counted = |counts: Counts, label: &str, note: &str, path: &str| {
        let settled = counts.met + counts.missed;
        let (open, late) = (counts.open.to_string(), counts.late.to_string());
        context! {
            label => visit.t(label), value => format!("{} / {settled}", counts.met),
            note => visit.tr(note, &[("open", &open), ("late", &late)]), href => format!("{path}?f=account_id&op=is&v={account}"),
        }
    };
    let (known, people) = found.known();
    let talks = found.records.as_ref();
    let last =
        talks.and_then(|it| it.last_talk_on).map_or_else(|| visit.t("coverage-never"), |day| visit.date(day));
    vec![
        counted(found.expectations(), "manager-expectations-met", "manager-open-late", "/expectations"),
        counted(found.promises(), "manager-promises-kept", "manager-open-late", "/promises"),
        context! {
            label => visit.t("manager-knows"), value => format!("{known} / {people}"), note => visit.t("manager-knows-note"),
            href => format!("{}/people", href(Kind::Account, account)),
        },
        context! {
            label => visit.t("manager-talks"), value => visit.number(talks.map_or(0, |it| it.n_talks)),
            note => visit.tr("manager-talks-note", &[("day", &visit.date(found.since)), ("last", &last)]),
            href => format!("/communications?f=account_id&op=is&v={account}"),
        },
    ]
}

fn expectation(visit: &Visit, it: &Saved<Expectation>) -> Value {
    context! {
        title => it.title.clone(), href => href(Kind::Expectation, it.id.as_str()),
        state => visit.t(&choice_text_id("state", it.state.as_str())), measure => it.measure.clone(),
        due => it.due_on.map(|day| visit.date(day)),
        perceived => it.perceived.map(|it| visit.t(&choice_text_id("perceived", it.as_str()))),
        words => it.perceived_words.clone(), actual => it.actual.clone(),
        tone => match (it.state.as_str(), it.perceived.map(|it| it.as_str())) {
            ("not_met", _) | (_, Some("falls_short")) => "risk",
            ("met", _) | (_, Some("exceeds")) => "good",
            _ => "unknown",
        },
    }
}

fn promise(visit: &Visit, it: &Saved<Promise>) -> Value {
    let late = it.state.as_str() == "open" && it.due_on.is_some_and(|day| day < visit.today);
    context! {
        title => it.title.clone(), href => href(Kind::Promise, it.id.as_str()),
        state => visit.t(&choice_text_id("state", it.state.as_str())), due => it.due_on.map(|day| visit.date(day)),
        evidence => it.evidence.clone(),
        tone => match it.state.as_str() {
            "kept" => "good",
            "broken" => "risk",
            _ if late => "watch",
            _ => "unknown",
        },
    }
}

fn decision(visit: &Visit, found: &ManagerPage, it: &ManagerDecision) -> Value {
    let name = found.names.get(it.manager_id.as_str()).cloned().unwrap_or_default();
    let (day, until) = (visit.date(it.decided_on), visit.date(it.until_on));
    let told = [("name", name.as_str()), ("until", &until), ("by", &it.decided_by_name), ("day", &day)];
    let late = it.is_late(found.today);
    context! {
        id => it.id.to_string(), version => it.version,
        title => visit.tr(&format!("manager-decided-{}", it.outcome.as_str()), &told),
        who => visit.tr("manager-decided-by", &told), reason => it.reason.clone(), measures => it.measures.clone(),
        seen_by => it.seen_by.clone(), open => it.state == ManagerDecisionState::Open,
        tone => match it.state {
            ManagerDecisionState::Open if late => "risk",
            ManagerDecisionState::Open => "watch",
            ManagerDecisionState::Reached => "good",
            ManagerDecisionState::Missed => "risk",
            ManagerDecisionState::Withdrawn => "unknown",
        },
        state => visit.t(&choice_text_id("manager_decision_state", if late { "late" } else { it.state.as_str() })),
        ended => it.ended_on.map(|on| format!("{}, {}", visit.date(on), it.ended_by_name)), ending => it.ending.clone(),
        handover => it.handover_id.as_ref().map(|id| format!("/handovers/{id}")),
    }
}

/// The page again with what is wrong, where that is the form's to mend.
async fn again(web: &Web, visit: &Visit, id: &str, form: &Form, error: ManagerError) -> PageResult {
    let fields = error.fields();
    if fields.is_empty() || !matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Conflict) {
        return Err(error.into());
    }
    let status = Failure::of(error.kind(), error.message()).status();
    page(web, visit, id, (status, form, &fields)).await
}

async fn decide(State(web): State<Web>, visit: Visit, Path(id): Path<String>, mut form: Form) -> PageResult {
    let account = path_id(&id)?;
    // What cannot be seen is not there, whatever else is wrong.
    account::load(&web, &visit, &id).await?;
    let errors = pick::resolve(&web, &visit, &mut form, "successor", Kind::Person).await?;
    if !errors.is_empty() {
        return page(&web, &visit, &id, (StatusCode::UNPROCESSABLE_ENTITY, &form, &errors)).await;
    }
    let mut draft = Draft::new();
    for field in ["outcome", "reason", "measures", "seen_by", "until_on", "successor"] {
        draft.set(field, form.get(field));
    }
    match decide_manager(web.ctx(), &visit.actor, &account, &draft).await {
        Ok(decided) => {
            let text = visit.t(&format!("manager-done-{}", decided.outcome.as_str()));
            Ok(visit.redirect_with(&format!("/accounts/{id}/manager"), text, None))
        }
        Err(error) => again(&web, &visit, &id, &form, error).await,
    }
}

async fn end(
    State(web): State<Web>,
    visit: Visit,
    Path((id, decision)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let (account, decision) = (path_id(&id)?, path_id(&decision)?);
    account::load(&web, &visit, &id).await?;
    let ending = Ending {
        account: &account,
        decision: &decision,
        version: form.get("version").parse().unwrap_or(0),
        state: form.get("state"),
        ending: form.get("ending"),
    };
    match end_decision(web.ctx(), &visit.actor, &ending).await {
        Ok(_) => Ok(visit.redirect_with(&format!("/accounts/{id}/manager"), visit.t("manager-ended"), None)),
        Err(error) => again(&web, &visit, &id, &form, error).await,
    }
}
