//! Planning a handover: who hands over, then everything they hold by account, with a successor for all and one for each.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use mandate_app::book;
use mandate_app::book::handovers::{
    HandoverDraft, HandoverPreview, Holding, plan_handover, preview_handover,
};
use mandate_app::{Action, ErrorKind, FieldError, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Draft, HandoverKind, Kind, Matter, Person, Referent};
use minijinja::{Value, context};

use super::PATH;
use crate::access::Routes;
use crate::book::kinds::choice_text_id;
use crate::book::pick;
use crate::failure::{Failure, PageResult};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new().get("/handovers/new", Action::WriteBook, show).post(
        "/handovers/new",
        Action::WriteBook,
        plan,
    )
}

/// What begins the name of the field of one place's successor.
const TO: &str = "to:";

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Query(given): Query<BTreeMap<String, String>>,
) -> PageResult {
    let of = |name: &str| given.get(name).cloned().unwrap_or_default();
    let tomorrow = visit.today.tomorrow().unwrap_or(visit.today).to_string();
    let mut form = Form::from_pairs([
        ("from", of("from")),
        ("kind", Some(of("kind")).filter(|it| !it.is_empty()).unwrap_or_else(|| "leaves".to_owned())),
        ("effective_on", Some(of("on")).filter(|it| !it.is_empty()).unwrap_or(tomorrow)),
        ("time_zone", visit.user.time_zone.clone()),
        ("reason", of("reason")),
        ("account", of("account")),
    ]);
    // Moves that were tried out on the page of fit: one field an account.
    for (name, value) in given.iter().filter(|(name, _)| name.starts_with(TO)) {
        form.push(name, value.clone());
    }
    if form.get("from").is_empty() {
        return choose(&web, &visit, &form, StatusCode::OK, &[]).await;
    }
    let errors = pick::resolve(&web, &visit, &mut form, "from", Kind::Person).await?;
    if !errors.is_empty() {
        return choose(&web, &visit, &form, StatusCode::UNPROCESSABLE_ENTITY, &errors).await;
    }
    for place in places_given(&form) {
        form.push("only", place);
    }
    holdings(&web, &visit, &form, StatusCode::OK, &[]).await
}

/// The places a link names: of one account, or of moves.
fn places_given(form: &Form) -> Vec<String> {
    let moved = form.pairs().iter().filter_map(|(name, _)| name.strip_prefix(TO)).map(str::to_owned);
    let account = Some(form.get("account").to_owned()).filter(|it| !it.is_empty());
    account.into_iter().chain(moved).collect()
}

fn frame(visit: &Visit) -> Page {
    Page::new(visit.t("handover-new-title"), "nav-handovers")
        .crumb(visit.t("nav-handovers"), PATH)
        .help("handovers")
}

fn kinds(visit: &Visit) -> Vec<Value> {
    let choice = |kind: &HandoverKind| {
        let text = visit.t(&choice_text_id("handover_kind", kind.as_str()));
        context! { value => kind.as_str(), text => text }
    };
    HandoverKind::ALL.iter().map(choice).collect()
}

/// The first step: who.
async fn choose(
    web: &Web,
    visit: &Visit,
    form: &Form,
    status: StatusCode,
    errors: &[FieldError],
) -> PageResult {
    let error = errors.iter().find(|error| error.field == "from");
    let pick = pick::control(web, visit, Kind::Person, form.get("from"), error).await?;
    let own = context! { form => form.view(visit, errors), pick => pick, kinds => kinds(visit) };
    visit.render_with_status(status, frame(visit), "handovers/choose.html", own)
}

/// Where a matter stands in the form: its account, or itself.
fn place_of(holding: &Holding) -> &str {
    holding.account_id.as_deref().unwrap_or(&holding.record_id)
}

/// The second step: everything they hold.
async fn holdings(
    web: &Web,
    visit: &Visit,
    form: &Form,
    status: StatusCode,
    errors: &[FieldError],
) -> PageResult {
    let from: Id<Person> = match Id::parse(form.get("from")) {
        Ok(id) => id,
        Err(_) => return choose(web, visit, form, StatusCode::UNPROCESSABLE_ENTITY, errors).await,
    };
    let found = preview_handover(web.ctx(), &visit.actor, &from).await?;
    let typed: Vec<String> = form
        .pairs()
        .iter()
        .filter(|(name, _)| name.starts_with(TO) || name == "successor")
        .map(|(_, value)| value.clone())
        .filter(|value| Id::<Person>::parse(value).is_ok())
        .collect();
    let names = book::names(web.ctx(), &visit.actor, Kind::Person, &typed).await?;
    let all = pick::control(web, visit, Referent::from(Kind::Person), "", None).await?;
    let places = places(visit, form, &found, (&all, &names));
    let counts = [
        ("name", found.from_name.clone()),
        ("count", found.holdings.len().to_string()),
        ("accounts", places.iter().filter(|place| place.1).count().to_string()),
    ];
    let counts: Vec<(&'static str, &str)> =
        counts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let own = context! {
        form => form.view(visit, errors), kinds => kinds(visit), from => from.to_string(),
        lead => visit.tr("handover-new-lead", &counts),
        successor => pick_of(&all, form.get("successor"), &names),
        places => places.into_iter().map(|place| place.0).collect::<Vec<_>>(),
    };
    visit.render_with_status(status, frame(visit), "handovers/new.html", own)
}

/// The control of a successor: the options of all, or a search field with what was typed.
fn pick_of(all: &Value, value: &str, names: &BTreeMap<String, String>) -> Value {
    let part = |name: &str| all.get_attr(name).unwrap_or_default();
    if !part("options").is_none() {
        return context! { options => part("options"), value => value };
    }
    let name = names.get(value);
    context! {
        options => (), src => part("src"), text => name.map_or(value, String::as_str), value => value,
        id => name.map_or("", |_| value), name => name.map_or("", String::as_str), found => Vec::<String>::new(),
    }
}

/// Each account, or record without one, with what goes over there; and whether it is an account.
fn places(
    visit: &Visit,
    form: &Form,
    found: &HandoverPreview,
    (all, names): (&Value, &BTreeMap<String, String>),
) -> Vec<(Value, bool)> {
    let mut by_place: Vec<(&str, Vec<&Holding>)> = vec![];
    for holding in &found.holdings {
        match by_place.last_mut() {
            Some((place, holdings)) if *place == place_of(holding) => holdings.push(holding),
            _ => by_place.push((place_of(holding), vec![holding])),
        }
    }
    let named = form.all("only");
    let view = |(place, holdings): (&str, Vec<&Holding>)| {
        let first = holdings[0];
        let is_account = first.account_id.is_some();
        let field = format!("{TO}{place}");
        let mut lines: Vec<Value> = vec![];
        for matter in Matter::ALL {
            let of: Vec<&&Holding> = holdings.iter().filter(|it| it.matter == *matter).collect();
            if !of.is_empty() {
                lines.push(Value::from(line(visit, *matter, &of)));
            }
        }
        let view = context! {
            place => place, field => field.clone(), lines => lines,
            name => if is_account { first.account.clone() } else { first.title.clone() },
            goes => named.is_empty() || named.contains(&place),
            pick => pick_of(all, form.get(&field), names),
        };
        (view, is_account)
    };
    by_place.into_iter().map(view).collect()
}

/// "2 promises: A (1 December), B".
fn line(visit: &Visit, matter: Matter, of: &[&&Holding]) -> String {
    let word = visit.tr(
        &format!("handover-matter-{}", matter.as_str().replace('_', "-")),
        &[("count", &of.len().to_string())],
    );
    let title = |it: &&&Holding| match matter {
        Matter::WorksOn => visit.t(&choice_text_id("role", &it.detail)),
        _ => match it.due_on {
            Some(day) => format!("{} ({})", it.title, visit.date(day)),
            None => it.title.clone(),
        },
    };
    match matter {
        Matter::AccountManager | Matter::Negotiator => word,
        Matter::Product | Matter::LineOfBusiness | Matter::Team => word,
        Matter::DecisionRight => word,
        Matter::Measure if of.iter().all(|it| it.account_id.is_none()) => word,
        _ => format!("{word}: {}", of.iter().map(title).collect::<Vec<_>>().join(", ")),
    }
}

/// The person that was typed or picked: an id stays, a name is looked up.
async fn meant(
    web: &Web,
    visit: &Visit,
    field: &str,
    typed: &str,
) -> Result<Result<String, FieldError>, Failure> {
    if typed.is_empty() || Id::<Person>::parse(typed).is_ok() {
        return Ok(Ok(typed.to_owned()));
    }
    match book::meant(web.ctx(), &visit.actor, Kind::Person, "successor", typed).await {
        Ok(id) => Ok(Ok(id)),
        Err(error) => match error.fields().pop() {
            Some(told) => Ok(Err(FieldError { field: field.to_owned(), ..told })),
            None => Err(error.into()),
        },
    }
}

async fn plan(State(web): State<Web>, visit: Visit, mut form: Form) -> PageResult {
    let mut errors = pick::resolve(&web, &visit, &mut form, "from", Kind::Person).await?;
    let fields: Vec<String> = form
        .pairs()
        .iter()
        .map(|(name, _)| name.clone())
        .filter(|name| name == "successor" || name.starts_with(TO))
        .collect();
    for field in fields {
        let typed = form.get(&field).trim().to_owned();
        match meant(&web, &visit, &field, &typed).await? {
            Ok(id) => form.replace(&field, id),
            Err(error) => errors.push(error),
        }
    }
    if form.all("only").is_empty() {
        let message = mandate_app::Message::new("handover-error-none-chosen");
        errors.push(FieldError { field: "only".to_owned(), message });
    }
    if !errors.is_empty() {
        return holdings(&web, &visit, &form, StatusCode::UNPROCESSABLE_ENTITY, &errors).await;
    }
    let mut terms = Draft::new();
    for field in ["kind", "from", "effective_on", "time_zone", "reason"] {
        terms.set(field, form.get(field));
    }
    let only: BTreeSet<String> = form.all("only").into_iter().map(str::to_owned).collect();
    let of_place = |(name, value): &(String, String)| {
        let place = name.strip_prefix(TO).filter(|place| only.contains(*place))?;
        Some((place.to_owned(), value.clone()))
    };
    let successors = form.pairs().iter().filter_map(of_place).collect();
    let draft = HandoverDraft { terms, successor: form.get("successor").to_owned(), successors, only };
    match plan_handover(web.ctx(), &visit.actor, &draft).await {
        Ok(planned) => {
            let day = visit.date(planned.handover.effective_on);
            let name = planned.person(&planned.handover.from_person_id).to_owned();
            let text = visit.tr("handover-planned", &[("name", &name), ("day", &day)]);
            let cancel = format!("{PATH}/{}/cancel", planned.handover.id);
            Ok(visit.redirect_with(&format!("{PATH}/{}", planned.handover.id), text, Some(cancel)))
        }
        Err(error) if error.kind() == ErrorKind::Invalid => {
            holdings(&web, &visit, &form, StatusCode::UNPROCESSABLE_ENTITY, &error.fields()).await
        }
        Err(error) => Err(error.into()),
    }
}
