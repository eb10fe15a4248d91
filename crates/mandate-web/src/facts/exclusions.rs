//! Exclusions of an account: what waits for an answer, what was agreed, and the form to propose one.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::facts::exclusion::{AnswerDraft, ExclusionDraft, answer_exclusion, propose_exclusion};
use mandate_app::facts::kpi_read::{AccountExclusions, list_exclusions};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::Account;
use mandate_domain::facts::exclusion::{Exclusion, ExclusionState, Ground, Part, Side};
use minijinja::{Value, context};

use super::kpi_view::case_href;
use super::kpi_words::person;
use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;

/// Pages under `/accounts/{id}/exclusions`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/exclusions", Action::ReadFacts, list)
        .post("/accounts/{id}/exclusions", Action::WorkResults, propose)
        .post("/accounts/{id}/exclusions/{exclusion}/answer", Action::WorkResults, answer)
}

async fn list(State(web): State<Web>, visit: Visit, Path(account): Path<String>) -> PageResult {
    let case = visit.uri.query().and_then(|query| query.strip_prefix("case=")).unwrap_or_default();
    let case = percent_encoding::percent_decode_str(case).decode_utf8_lossy().into_owned();
    page(&web, &visit, &path_id(&account)?, &Form::from_pairs([("case_id", case)]), &[]).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    account: &Id<Account>,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let exclusions = list_exclusions(web.ctx(), &visit.actor, account).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let frame = crate::account::load(web, visit, account.as_str()).await?;
    let page = frame.page(visit, "exclusions");
    let count = |state| exclusions.exclusions.iter().filter(|exclusion| exclusion.state == state).count();
    let own = context! {
        account => frame.view(visit, "exclusions"), zone => exclusions.account.time_zone.clone(),
        exclusions => exclusions.exclusions.iter().map(|exclusion| exclusion_view(visit, &exclusions, exclusion)).collect::<Vec<_>>(),
        n_waiting => count(ExclusionState::Proposed), n_agreed => count(ExclusionState::Agreed),
        grounds => Ground::ALL.iter().map(|ground| context! { value => ground.as_str(), text => visit.t(&ground_id(*ground)) }).collect::<Vec<_>>(),
        people => exclusions.client_people.iter().map(|person| context! { value => person.id.clone(), text => person.name.clone() }).collect::<Vec<_>>(),
        form => form.view(visit, errors), may_work => visit.may(Action::WorkResults),
    };
    visit.render_with_status(status, page, "facts/exclusions.html", own)
}

fn ground_id(ground: Ground) -> String {
    format!("exclusion-ground-{}", ground.as_str().replace('_', "-"))
}

/// Whoever is no user, in words.
pub(crate) fn recorded_by(visit: &Visit, word: &str) -> Option<String> {
    match word {
        "demo" | "operator" | "system" => Some(visit.t(&format!("recorded-by-{word}"))),
        _ => None,
    }
}

fn exclusion_view(visit: &Visit, page: &AccountExclusions, exclusion: &Exclusion) -> Value {
    let zone = jiff::tz::TimeZone::get(&page.account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let moment = |at| visit.formats.moment(at, &zone, visit.today);
    let part_view = |part: &Part| {
        let name = part.person_id.as_ref().and_then(|id| page.people.get(id.as_str()));
        let recorder =
            page.users.get(&part.recorded_by).cloned().or_else(|| recorded_by(visit, &part.recorded_by));
        let side = part.side.as_str();
        context! {
            person => name.or(recorder.as_ref()).map(|name| person(name, side)),
            recorded_by => recorder.filter(|_| part.side == Side::Client), when => visit.moment(part.at),
        }
    };
    let decided = page
        .substituted
        .get(exclusion.id.as_str())
        .map(|it| visit.tr("decision-for", &[("name", &it.name), ("absent", &it.absent)]))
        .map(|both| visit.tr("decision-decided-by", &[("who", &both)]));
    let status = match exclusion.state {
        ExclusionState::Proposed => "watch",
        ExclusionState::Agreed => "good",
        ExclusionState::Refused | ExclusionState::Withdrawn => "unknown",
    };
    context! {
        id => exclusion.id.to_string(), version => exclusion.version, status => status,
        word => visit.t(&format!("exclusion-state-{}", exclusion.state.as_str())),
        waits => exclusion.state == ExclusionState::Proposed,
        answers_for => exclusion.proposed.side.other().as_str(), proposed_side => exclusion.proposed.side.as_str(),
        case_ref => exclusion.case_id.as_deref().map(|id| id.split_once(':').map_or(id, |(_, case)| case).to_owned()),
        case_href => exclusion.case_id.as_deref().map(case_href),
        from => moment(exclusion.time.from()), until => moment(exclusion.time.until()),
        length => visit.formats.duration(exclusion.time.wall_seconds()),
        ground => visit.t(&ground_id(exclusion.ground)), clause => exclusion.clause.clone(), note => exclusion.note.clone(),
        proposed => part_view(&exclusion.proposed), answered => exclusion.answered.as_ref().map(part_view),
        answer_note => exclusion.answer_note.clone(), decided => decided,
    }
}

async fn propose(
    State(web): State<Web>,
    visit: Visit,
    Path(account): Path<String>,
    form: Form,
) -> PageResult {
    let account = path_id(&account)?;
    let draft = ExclusionDraft {
        side: form.get("side").to_owned(),
        client_person_id: Id::parse(form.get("client_person_id")).ok(),
        case_id: Some(form.get("case_id").trim().to_owned()).filter(|case| !case.is_empty()),
        from: form.get("from").parse().ok(),
        until: form.get("until").parse().ok(),
        ground: form.get("ground").to_owned(),
        clause: form.get("clause").to_owned(),
        note: form.get("note").to_owned(),
    };
    match propose_exclusion(web.ctx(), &visit.actor, &account, &draft).await {
        Ok(_) => Ok(visit.redirect_with(
            &format!("/accounts/{account}/exclusions"),
            visit.t("exclusion-proposed"),
            None,
        )),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &account, &form, &error.fields()).await,
    }
}

async fn answer(
    State(web): State<Web>,
    visit: Visit,
    Path((account, exclusion)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let account = path_id(&account)?;
    let draft = AnswerDraft {
        answer: form.get("answer").to_owned(),
        side: form.get("side").to_owned(),
        client_person_id: Id::parse(form.get("client_person_id")).ok(),
        note: form.get("note").to_owned(),
        version: form.get("version").parse().unwrap_or(0),
    };
    match answer_exclusion(web.ctx(), &visit.actor, &path_id(&exclusion)?, &draft).await {
        Ok(answered) => {
            let text = visit.t(&format!("exclusion-toast-{}", answered.state.as_str()));
            Ok(visit.redirect_with(&format!("/accounts/{account}/exclusions"), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &account, &form, &error.fields()).await,
    }
}
