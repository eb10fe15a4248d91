//! Fields that name another record: a native list while there are few, else a field that is searched while typing.
//!
//! Without script the search field takes a record's name or own id; the script (`web-assets`, `records.ts`) asks
//! `/choices.json` and sends the id. Both find only what the person may see. A name that several have is told with them.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use mandate_app::book;
use mandate_app::{FieldError, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Kind, Referent, Side};
use mandate_domain::text::fold;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;

/// Most options of a native list: more are found sooner by typing.
const MOST_OPTIONS: usize = 30;
/// Most records found at a time.
const MOST_FOUND: usize = 12;

/// The control of a field that names a record of `kind`: what `components/form.html` draws by `record`.
///
/// # Errors
/// [`Failure`] when the records cannot be read.
pub(crate) async fn control(
    web: &Web,
    visit: &Visit,
    referent: impl Into<Referent>,
    value: &str,
    error: Option<&FieldError>,
) -> Result<Value, Failure> {
    control_within(web, visit, (referent.into(), None), value, error).await
}

/// As [`control`], offering only what belongs to one account or to none.
///
/// # Errors
/// As [`control`].
pub(crate) async fn control_within(
    web: &Web,
    visit: &Visit,
    (referent, account): (Referent, Option<&str>),
    value: &str,
    error: Option<&FieldError>,
) -> Result<Value, Failure> {
    let kind = referent.kind;
    let all = book::choices(web.ctx(), &visit.actor, referent, account, ("", MOST_OPTIONS + 1)).await?;
    let is_id = |choice: &book::Choice| choice.id == value;
    // What was typed instead of an id goes back into a field that can show it.
    if all.len() <= MOST_OPTIONS && (value.is_empty() || error.is_none() || all.iter().any(is_id)) {
        return Ok(context! { options => options(web, visit, kind, value, &all).await? });
    }
    let names = book::names(web.ctx(), &visit.actor, kind, &[value.to_owned()]).await?;
    let name = names.get(value).map(String::as_str);
    let text = match name {
        Some(name) => {
            let meant = book::meant(web.ctx(), &visit.actor, referent, "", name).await;
            // A name that others have too would not lead back to this record.
            if meant.is_ok_and(|id| id == value) { name } else { value }
        }
        None => value,
    };
    let is_ambiguous = error.is_some_and(|error| error.message.id == "book-problem-ambiguous");
    let found = if is_ambiguous { namesakes(web, visit, (referent, account), value).await? } else { vec![] };
    Ok(context! {
        options => (), text => text, id => name.map_or("", |_| value), name => name.unwrap_or_default(),
        src => source(referent, account), found => found,
    })
}

/// Where the search field asks for what was typed so far.
fn source(referent: Referent, account: Option<&str>) -> String {
    let side = match (referent.kind, referent.side) {
        (Kind::Person, Some(side)) => format!("&side={}", side.as_str()),
        (Kind::Person, None) => "&side=both".to_owned(),
        _ => String::new(),
    };
    let account = account.map(|account| format!("&account={account}")).unwrap_or_default();
    format!("/choices.json?kind={}{side}{account}", referent.kind.as_str())
}

async fn options(
    web: &Web,
    visit: &Visit,
    kind: Kind,
    value: &str,
    all: &[book::Choice],
) -> Result<Vec<Value>, Failure> {
    let mut options: Vec<Value> = all
        .iter()
        .map(|choice| {
            let parts: Vec<&str> = [choice.name.as_str(), choice.context.as_str()]
                .into_iter()
                .filter(|it| !it.is_empty())
                .collect();
            context! { value => choice.id.clone(), text => parts.join(" \u{b7} ") }
        })
        .collect();
    if !value.is_empty() && !all.iter().any(|choice| choice.id == value) {
        // It lies in the trash: it stays chosen until another is.
        let names = book::names(web.ctx(), &visit.actor, kind, &[value.to_owned()]).await?;
        if let Some(name) = names.get(value) {
            options.push(context! { value => value, text => visit.tr("book-in-trash", &[("name", name)]) });
        }
    }
    Ok(options)
}

/// The records that share the typed name, each with what tells it apart and the id to write instead.
async fn namesakes(
    web: &Web,
    visit: &Visit,
    (referent, account): (Referent, Option<&str>),
    text: &str,
) -> Result<Vec<String>, Failure> {
    let found = book::choices(web.ctx(), &visit.actor, referent, account, (text, MOST_FOUND)).await?;
    let same = found.into_iter().filter(|choice| fold(&choice.name) == fold(text));
    Ok(same
        .map(|choice| {
            let id = choice.external_id.unwrap_or(choice.id);
            let parts = [choice.name, choice.context].into_iter().filter(|it| !it.is_empty());
            format!("{id}: {}", parts.collect::<Vec<_>>().join(" \u{b7} "))
        })
        .collect())
}

/// The form with the id in `field` instead of what was typed, or what is wrong with that. An empty field stays empty.
///
/// # Errors
/// [`Failure`] when the records cannot be read.
pub(crate) async fn resolve(
    web: &Web,
    visit: &Visit,
    form: &mut Form,
    field: &'static str,
    kind: Kind,
) -> Result<Vec<FieldError>, Failure> {
    let typed = form.get(field).to_owned();
    if typed.trim().is_empty() {
        return Ok(vec![]);
    }
    match book::meant(web.ctx(), &visit.actor, kind, field, &typed).await {
        Ok(id) => {
            form.replace(field, id);
            Ok(vec![])
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        // An id that is not found may be one that stays as it was, in the trash: the use case knows.
        Err(_) if Id::<mandate_domain::book::Account>::parse(typed.trim()).is_ok() => Ok(vec![]),
        Err(error) => Ok(error.fields()),
    }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    kind: String,
    #[serde(default)]
    q: String,
    /// Of people: `provider` (also without), `client` or `both`.
    side: Option<String>,
    account: Option<String>,
}

#[derive(Serialize)]
struct Found {
    id: String,
    name: String,
    context: String,
}

#[derive(Serialize)]
struct Answer {
    choices: Vec<Found>,
}

/// What the search field offers for what was typed so far.
pub(super) async fn choices(
    State(web): State<Web>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let kind = Kind::parse(&asked.kind).ok_or_else(Failure::not_found)?;
    let referent = match asked.side.as_deref() {
        None => Referent::from(kind),
        Some("both") => Referent { kind, side: None },
        Some(side) => Referent { kind, side: Some(Side::parse(side).ok_or_else(Failure::not_found)?) },
    };
    let account = asked.account.as_deref();
    let found = book::choices(web.ctx(), &visit.actor, referent, account, (&asked.q, MOST_FOUND)).await?;
    let choices = found
        .into_iter()
        .map(|choice| {
            let parts = [choice.context, choice.external_id.unwrap_or_default()];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            Found { id: choice.id, name: choice.name, context: parts.join(" \u{b7} ") }
        })
        .collect();
    Ok(Json(Answer { choices }).into_response())
}
