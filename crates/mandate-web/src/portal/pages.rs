//! What the portal shows: the measures with why they matter, one measure, exclusions, credits, colleagues.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use mandate_app::decisions::Substituted;
use mandate_app::portal::{
    PortalCredit, PortalExclusion, PortalMeasure, PortalMonth, PortalPart, list_colleagues,
    list_portal_credits, list_portal_exclusions, own_portal, portal_measure, portal_overview,
};
use mandate_app::{Action, FieldError};
use mandate_domain::facts::credit::CreditState;
use mandate_domain::facts::exclusion::Side;
use mandate_domain::facts::result::{ReviewVerdict, Standing};
use minijinja::{Value, context};

use super::Inside;
use crate::facts::kpi_words::{formula, interval, plot, standing, target, value_or_dash, verdict};
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Visit, redirect};
use crate::state::Web;

/// `/portal`: leads to one's own.
pub async fn own(visit: Visit) -> Result<Response, Failure> {
    let account = own_portal(&visit.actor).ok_or_else(Failure::not_found)?;
    Ok(redirect(&format!("/portal/{account}")))
}

/// The first page: what waits, and the measures.
pub async fn overview(State(web): State<Web>, inside: Inside) -> PageResult {
    let shown = portal_overview(web.ctx(), &inside.entered).await?;
    let visit = &inside.visit;
    let waits = |count: usize, one: &str, below: &str| {
        let text = visit.tr(one, &[("count", &count.to_string())]);
        (count > 0).then(|| context! { text => text, href => inside.link(below) })
    };
    let waiting: Vec<Value> = [
        waits(shown.waiting.n_results, "portal-waits-results", ""),
        waits(shown.waiting.n_exclusions, "portal-waits-exclusions", "/exclusions"),
        waits(shown.waiting.n_credits, "portal-waits-credits", "/credits"),
        waits(shown.waiting.n_expectations, "portal-waits-expectations", "/expectations"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let measures: Vec<Value> = shown.measures.iter().map(|measure| measure_view(&inside, measure)).collect();
    let own = context! {
        measures => measures, waiting => waiting, manager => shown.account.manager.clone(),
        n_waiting => shown.waiting.n_results
            + shown.waiting.n_exclusions
            + shown.waiting.n_credits
            + shown.waiting.n_expectations,
    };
    inside.render(visit.t("portal-title"), "portal-nav-measures", "portal/overview.html", own)
}

fn month_view(visit: &Visit, measure: &PortalMeasure, month: &PortalMonth) -> Value {
    let unit = measure.definition.aggregate.unit();
    let (status, word) = verdict(visit, month.figure.verdict);
    let (said_status, said) = standing(visit, &month.standing);
    context! {
        key => month.month.to_string(), month => visit.month(month.month),
        value => value_or_dash(visit, unit, month.figure.value_micro),
        interval => interval(visit, unit, &month.figure),
        n => visit.tr("portal-cases", &[("count", &month.figure.n.to_string())]),
        reported => value_or_dash(visit, unit, month.figure.reported_micro),
        status => status, word => word, said_status => said_status, said => said,
        open => month.standing == Standing::Open,
    }
}

fn measure_view(inside: &Inside, measure: &PortalMeasure) -> Value {
    let visit = &inside.visit;
    let unit = measure.definition.aggregate.unit();
    let points: Vec<Option<f64>> =
        measure.months.iter().map(|month| plot(unit, month.figure.value_micro)).collect();
    let names: Vec<String> = measure
        .months
        .iter()
        .map(|month| {
            let value = value_or_dash(visit, unit, month.figure.value_micro);
            format!("{} {value}", visit.month(month.month))
        })
        .collect();
    context! {
        id => measure.id.to_string(), name => measure.name.clone(),
        href => inside.link(&format!("/measures/{}", measure.id)),
        formula => formula(visit, &measure.definition), target => target(visit, &measure.definition),
        target_plot => plot(unit, measure.definition.target_micro()),
        reason => measure.reason.as_ref().map(|(text, _)| text.clone()),
        reason_by => measure.reason.as_ref().and_then(|(_, person)| person.clone()),
        newest => measure.newest().map(|month| month_view(visit, measure, month)),
        points => points, points_text => names.join(", "),
        walked => measure.walked.first().map(|(name, day)| {
            visit.tr("portal-walked", &[("name", name), ("day", &visit.formats.full_date(*day))])
        }),
    }
}

/// One measure with its months and what was said of them.
pub async fn measure(
    State(web): State<Web>,
    inside: Inside,
    Path((_, kpi)): Path<(String, String)>,
) -> PageResult {
    show_measure(&web, &inside, &kpi, &Form::default(), &[]).await
}

/// The page of a measure, with what was typed when an answer was refused.
pub async fn show_measure(
    web: &Web,
    inside: &Inside,
    kpi: &str,
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let measure = portal_measure(web.ctx(), &inside.entered, &path_id(kpi)?).await?;
    let visit = &inside.visit;
    let months: Vec<Value> =
        measure.months.iter().rev().map(|month| month_view(visit, &measure, month)).collect();
    let words: Vec<Value> = measure
        .words
        .iter()
        .map(|word| {
            word_view(visit, word.verdict, word.person.as_deref(), &word.note, &visit.moment(word.at), |it| {
                context! { month => visit.month(word.month), ..it }
            })
        })
        .collect();
    let own = context! {
        measure => measure_view(inside, &measure), months => months, words => words,
        form => form.view(visit, errors),
        chosen => if form.has("month") { form.get("month").to_owned() } else {
            measure.newest().map(|month| month.month.to_string()).unwrap_or_default()
        },
    };
    inside.render_with_status(
        status(errors),
        measure.name.clone(),
        "portal-nav-measures",
        "portal/measure.html",
        own,
    )
}

/// 422 where something is wrong with what was typed.
fn status(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn word_view(
    visit: &Visit,
    verdict: ReviewVerdict,
    person: Option<&str>,
    note: &str,
    when: &str,
    more: impl FnOnce(Value) -> Value,
) -> Value {
    let (status, id) = match verdict {
        ReviewVerdict::Agreed => ("good", "portal-said-agreed"),
        ReviewVerdict::Contested => ("watch", "portal-said-contested"),
    };
    more(context! {
        status => status, word => visit.t(id), note => note, when => when,
        person => person.map_or_else(|| visit.t("portal-somebody"), str::to_owned),
    })
}

/// Both names of a decision that a substitute made.
fn for_absent(visit: &Visit, made: &Substituted) -> String {
    visit.tr("portal-on-behalf", &[("name", &made.name), ("absent", &made.absent)])
}

fn part_view(inside: &Inside, part: &PortalPart) -> Value {
    let side = match part.side {
        Side::Client => inside.entered.account.name.clone(),
        Side::Provider => inside.visit.t("portal-us"),
    };
    let both = part.substituted.as_ref().map(|it| for_absent(&inside.visit, it));
    context! { side => side, person => both.or_else(|| part.person.clone()), when => inside.visit.moment(part.at) }
}

fn exclusion_view(inside: &Inside, exclusion: &PortalExclusion) -> Value {
    use mandate_domain::facts::exclusion::ExclusionState as State;
    let visit = &inside.visit;
    let zone = jiff::tz::TimeZone::get(&inside.entered.account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let moment = |at| visit.formats.moment(at, &zone, visit.today);
    let status = match exclusion.state {
        State::Proposed => "watch",
        State::Agreed => "good",
        State::Refused | State::Withdrawn => "unknown",
    };
    context! {
        id => exclusion.id.to_string(), version => exclusion.version, note => exclusion.note.clone(),
        case_ref => exclusion.case_ref.clone(), from => moment(exclusion.from), until => moment(exclusion.until),
        ground => visit.t(&format!("exclusion-ground-{}", exclusion.ground.as_str().replace('_', "-"))),
        clause => exclusion.clause.clone(), status => status,
        word => visit.t(&format!("exclusion-state-{}", exclusion.state.as_str())), waits => exclusion.waits(),
        proposed => part_view(inside, &exclusion.proposed),
        answered => exclusion.answered.as_ref().map(|part| part_view(inside, part)),
        answer_note => exclusion.answer_note.clone(),
    }
}

/// Exclusions, those that wait first.
pub async fn exclusions(State(web): State<Web>, inside: Inside) -> PageResult {
    show_exclusions(&web, &inside, &Form::default(), &[]).await
}

/// The page of exclusions, with what was typed when an answer was refused.
pub async fn show_exclusions(web: &Web, inside: &Inside, form: &Form, errors: &[FieldError]) -> PageResult {
    let found = list_portal_exclusions(web.ctx(), &inside.entered).await?;
    let n_waiting = found.iter().filter(|exclusion| exclusion.waits()).count();
    let shown: Vec<Value> = found.iter().map(|exclusion| exclusion_view(inside, exclusion)).collect();
    let visit = &inside.visit;
    let own = context! {
        exclusions => shown, n_waiting => n_waiting, form => form.view(visit, errors),
        zone => inside.entered.account.time_zone.clone(),
    };
    let title = visit.t("portal-exclusions-title");
    inside.render_with_status(status(errors), title, "portal-nav-exclusions", "portal/exclusions.html", own)
}

fn credit_view(visit: &Visit, credit: &PortalCredit) -> Value {
    let status = match credit.state {
        CreditState::Proposed => "watch",
        CreditState::Agreed | CreditState::Noted => "good",
        CreditState::Computed | CreditState::Waived => "unknown",
    };
    let lines: Vec<Value> = credit
        .derivation
        .iter()
        .map(|line| crate::facts::credit_line(visit, credit.credit.currency, line))
        .collect();
    let words: Vec<Value> = credit
        .words
        .iter()
        .map(|(verdict, person, note, at)| {
            word_view(visit, *verdict, person.as_deref(), note, &visit.moment(*at), |it| it)
        })
        .collect();
    context! {
        id => credit.id.to_string(), version => credit.version, measure => credit.measure.clone(),
        month => visit.month(credit.month), amount => visit.formats.money(credit.credit), status => status,
        word => visit.t(&format!("portal-credit-{}", credit.state.as_str())), lines => lines, words => words,
        decided => credit.substituted.as_ref().map(|it| for_absent(visit, it)),
        credit_note => credit.credit_note.clone(), open => credit.state == CreditState::Proposed,
    }
}

/// Credits that were put to the client.
pub async fn credits(State(web): State<Web>, inside: Inside) -> PageResult {
    show_credits(&web, &inside, &Form::default(), &[]).await
}

/// The page of credits, with what was typed when an answer was refused.
pub async fn show_credits(web: &Web, inside: &Inside, form: &Form, errors: &[FieldError]) -> PageResult {
    let found = list_portal_credits(web.ctx(), &inside.entered).await?;
    let n_waiting = found.iter().filter(|credit| credit.waits()).count();
    let visit = &inside.visit;
    let shown: Vec<Value> = found.iter().map(|credit| credit_view(visit, credit)).collect();
    let own = context! { credits => shown, n_waiting => n_waiting, form => form.view(visit, errors) };
    let title = visit.t("portal-credits-title");
    inside.render_with_status(status(errors), title, "portal-nav-credits", "portal/credits.html", own)
}

/// Who else of the client has access.
pub async fn colleagues(State(web): State<Web>, inside: Inside) -> PageResult {
    show_colleagues(&web, &inside, &Form::default(), &[], None).await
}

/// The page of colleagues, with what was typed, and once with the link of an invitation that no mail carries.
pub async fn show_colleagues(
    web: &Web,
    inside: &Inside,
    form: &Form,
    errors: &[FieldError],
    link: Option<Value>,
) -> PageResult {
    let found = list_colleagues(web.ctx(), &inside.entered).await?;
    let visit = &inside.visit;
    let people: Vec<Value> = found
        .iter()
        .map(|it| {
            context! {
                id => it.id.to_string(), name => it.name.clone(), email => it.email.clone(),
                initials => crate::frame::initials(&it.name), active => it.active,
                role => visit.t(if it.administrator { "portal-role-administrator" } else { "portal-role-member" }),
                own => Some(&it.id) == visit.actor.user_id(),
            }
        })
        .collect();
    let may_keep = !inside.entered.preview && visit.may(Action::KeepColleagues);
    let own = context! {
        people => people, form => form.view(visit, errors), may_keep => may_keep,
        link => link,
        languages => vec![
            context! { value => "en-GB", text => "English" }, context! { value => "de-DE", text => "Deutsch" },
        ],
    };
    let title = visit.t("portal-colleagues-title");
    inside.render_with_status(status(errors), title, "portal-nav-colleagues", "portal/colleagues.html", own)
}
