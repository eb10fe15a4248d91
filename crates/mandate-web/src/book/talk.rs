//! The short log: that both sides spoke, told in fifteen seconds on a phone. Everybody who may have been there is a box, how and about
//! what a button, and one line says the rest. It saves a communication like any other, so that all lists and histories have it.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mandate_app::book::{self, BookError};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Draft, Kind, Person};
use mandate_domain::governance::{Channel, Communication, Direction, Topic};
use minijinja::{Value, context};

use super::kinds::{choice_text_id, href};
use crate::access::Routes;
use crate::account::{self, AccountFrame};
use crate::failure::PageResult;
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;
use crate::table::field_text_id;

/// The form and where it is sent.
pub(super) fn routes() -> Routes {
    Routes::new().get("/accounts/{id}/talk", Action::WriteBook, show).post(
        "/accounts/{id}/talk",
        Action::WriteBook,
        save,
    )
}

/// Who is ticked when the form opens: `?with=...`.
type Given = Query<BTreeMap<String, String>>;

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(given): Given,
) -> PageResult {
    let account = account::load(&web, &visit, &id).await?;
    let mut form = Form::from_owned(vec![]);
    let with = given.get("with").cloned().unwrap_or_default();
    form.push("with", with.clone());
    form.push("people", with);
    if let Some(own) = visit.actor.person_id() {
        form.push("people", own.to_string());
    }
    form.push("channel", Channel::Call.as_str().to_owned());
    form.push("direction", Direction::Both.as_str().to_owned());
    form.push("topic", Topic::Delivery.as_str().to_owned());
    form.push("happened_on", visit.today.to_string());
    page(&visit, &account, &form, &[])
}

fn page(visit: &Visit, account: &AccountFrame, form: &Form, errors: &[FieldError]) -> PageResult {
    let options = |field: &str, words: &[&str]| -> Vec<Value> {
        let option = |word: &&str| {
            context! { value => *word, text => visit.t(&choice_text_id(field, word)) }
        };
        words.iter().map(option).collect()
    };
    let named = |error: &FieldError| {
        let text = format!("{}: {}", visit.t(&field_text_id(&error.field)), visit.message(&error.message));
        (error.field.clone(), text)
    };
    let of = |field: &str| {
        errors.iter().find(|error| error.field == field).map(|error| visit.message(&error.message))
    };
    let (theirs, ours) = people(visit, account, form);
    let own = context! {
        title => visit.t("talk-title"),
        lead => visit.tr("talk-lead", &[("account", account.name())]),
        action => format!("{}/talk", account.path()),
        cancel_href => back_href(account, form.get("with")),
        with => form.get("with"),
        theirs => theirs,
        ours => ours,
        channels => options("channel", Channel::WORDS),
        directions => options("direction", Direction::WORDS),
        topics => options("topic", Topic::WORDS),
        people_error => of("people"),
        title_error => of("title"),
        day_error => of("happened_on"),
        full_href => format!("/communications/new?account={}", account.id),
        form => form.view_with(errors.iter().map(named).collect()),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = account.page(visit, "people").help("coverage");
    visit.render_with_status(status, page, "book/talk.html", own)
}

/// The boxes: the client's people who are there, and ours who belong to the account, with the reader among them.
pub(super) fn people(visit: &Visit, account: &AccountFrame, form: &Form) -> (Vec<Value>, Vec<Value>) {
    let chosen = form.all("people");
    let boxed = |id: &str, name: &str, more: &str| {
        context! { id => id, name => name, more => more, chosen => chosen.contains(&id) }
    };
    let record = &account.record;
    let here = |person: &Person| person.left_on.is_none_or(|day| visit.today <= day);
    let theirs = record.client_people.iter().filter(|person| here(person));
    let theirs = theirs.map(|person| boxed(person.id.as_str(), &person.name, &person.job_title)).collect();
    let mut named: Vec<(String, String, String)> = vec![];
    let deciders = [&record.account_manager, &record.negotiator].into_iter().flatten();
    let deciders = deciders
        .filter(|person| !person.trashed)
        .map(|it| (it.id.to_string(), it.name.clone(), it.job_title.clone()));
    let working = record.working_people.iter().filter(|(person, _)| here(person));
    let working =
        working.map(|(person, _)| (person.id.to_string(), person.name.clone(), person.job_title.clone()));
    let reader =
        visit.actor.person_id().map(|id| (id.to_string(), visit.user.display_name.clone(), String::new()));
    for person in deciders.chain(working).chain(reader) {
        if !named.iter().any(|known| known.0 == person.0) {
            named.push(person);
        }
    }
    let ours = named.iter().map(|(id, name, more)| boxed(id, name, more)).collect();
    (theirs, ours)
}

/// Back to the person from whose page one came, or to the account's people.
fn back_href(account: &AccountFrame, with: &str) -> String {
    match Id::<Person>::parse(with) {
        Ok(person) => href(Kind::Person, person.as_str()),
        Err(_) => format!("{}/people", account.path()),
    }
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let account = account::load(&web, &visit, &id).await?;
    let people: Vec<&str> = form.all("people").into_iter().filter(|text| !text.trim().is_empty()).collect();
    let mut draft = Draft::new();
    draft.set("account", account.id.as_str());
    draft.set("people", people.join(";"));
    for field in ["channel", "direction", "topic", "happened_on"] {
        draft.set(field, form.get(field));
    }
    // A line is welcome and not asked for: what and how is enough to tell it by later.
    let title = match form.get("title").trim() {
        "" => match (Topic::parse(form.get("topic")), Channel::parse(form.get("channel"))) {
            (Ok(topic), Ok(channel)) => {
                let topic = visit.t(&choice_text_id("topic", topic.as_str()));
                format!("{topic}, {}", visit.t(&choice_text_id("channel", channel.as_str())))
            }
            _ => String::new(),
        },
        line => line.to_owned(),
    };
    draft.set("title", title);
    match book::create::<Communication>(web.ctx(), &visit.actor, draft).await {
        Ok(_) => Ok(visit.redirect_with(&back_href(&account, form.get("with")), visit.t("talk-saved"), None)),
        Err(BookError::Fields(problems)) => {
            page(&visit, &account, &form, &BookError::Fields(problems).fields())
        }
        Err(error) => Err(error.into()),
    }
}
