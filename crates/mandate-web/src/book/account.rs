//! The account's tabs "People" and "Contracts"; the frame they share with the other tabs is `crate::account`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::book;
use mandate_app::{Action, FieldError, Message, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Account, Kind, Person, PersonRole, Side};
use minijinja::{Value, context};

use super::coverage;
use super::kinds::{choice_text_id, href, role_text};
use super::pick;
use super::record::contract_view;
use crate::access::Routes;
use crate::account::AccountFrame;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Visit, initials};
use crate::state::Web;

/// The tabs' pages.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/accounts/{id}/people", Action::ReadBook, people)
        .post("/accounts/{id}/people", Action::WriteBook, add_person)
        .post("/accounts/{id}/people/remove", Action::WriteBook, remove_person)
        .get("/accounts/{id}/contracts", Action::ReadBook, contracts)
}

/// What the account's menu offers.
fn menu(visit: &Visit, account: &AccountFrame) -> Value {
    context! {
        edit_href => format!("/accounts/{}/edit", account.id),
        trash_action => format!("/accounts/{}/trash", account.id),
        may_write => visit.may(Action::WriteBook),
        may_trash => visit.may(Action::TrashBook),
    }
}

fn person_view(visit: &Visit, person: &mandate_domain::book::Saved<Person>, role: PersonRole) -> Value {
    context! {
        id => person.id.to_string(),
        name => person.name.clone(),
        href => href(Kind::Person, person.id.as_str()),
        initials => initials(&person.name),
        role => role_text(visit, role, &person.job_title),
        role_word => role.as_str(),
    }
}

async fn people(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    people_page(&web, &visit, &id, None).await
}

/// The account's people; with the form that was wrong, if one was.
async fn people_page(
    web: &Web,
    visit: &Visit,
    id: &str,
    wrong: Option<(&Form, &[FieldError])>,
) -> PageResult {
    let account = crate::account::load(web, visit, id).await?;
    let page = &account.record;
    let cover = coverage::view(web, visit, &account.id).await?;
    let working: Vec<Value> =
        page.working_people.iter().map(|(person, role)| person_view(visit, person, *role)).collect();
    let roles: Vec<Value> = PersonRole::of(Side::Provider)
        .into_iter()
        .map(|role| context! { value => role.as_str(), text => visit.t(&choice_text_id("role", role.as_str())) })
        .collect();
    let errors = wrong.map(|(_, errors)| errors).unwrap_or_default();
    let error = errors.iter().find(|error| error.field == "person");
    let typed = wrong.map_or("", |(form, _)| form.get("person"));
    let who = pick::control(web, visit, Kind::Person, typed, error).await?;
    let own = context! {
        account => account.view(visit, "people"),
        menu => menu(visit, &account),
        lead => cover.lead,
        rest => cover.rest,
        cover => cover.body,
        working => working,
        hats => crate::identity::hats::on_account(web, visit, &account.id).await?,
        roles => roles,
        who => who,
        who_error => error.map(|error| visit.message(&error.message)),
        role => wrong.map_or("team_member", |(form, _)| form.get("role")),
        add_action => format!("/accounts/{}/people", page.account.id),
        remove_action => format!("/accounts/{}/people/remove", page.account.id),
        new_href => format!("/people/new?side=client&account={}", page.account.id),
        example => visit.tr("book-person-empty-example-at", &[("account", &page.account.name)]),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = account.page(visit, "people").help("coverage");
    visit.render_with_status(status, page, "book/account_people.html", own)
}

/// What is wrong with the list of people, told at the field that names one of them, by that person's name.
async fn refused_people(
    web: &Web,
    visit: &Visit,
    refused: Vec<FieldError>,
) -> Result<Vec<FieldError>, Failure> {
    let mut errors = vec![];
    for FieldError { message, .. } in refused {
        let ids: Vec<String> = message.arguments.iter().map(|(_, value)| value.clone()).collect();
        let names = book::names(web.ctx(), &visit.actor, Kind::Person, &ids).await?;
        let message = match names.into_values().next() {
            Some(name) => Message::new("account-people-not-ours").with("name", name),
            None => message,
        };
        errors.push(FieldError { field: "person".to_owned(), message });
    }
    Ok(errors)
}

async fn add_person(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    let mut errors = pick::resolve(&web, &visit, &mut form, "person", Kind::Person).await?;
    if form.get("person").trim().is_empty() {
        let message = Message::new("book-problem-required");
        errors.push(FieldError { field: "person".to_owned(), message });
    }
    if !errors.is_empty() {
        return people_page(&web, &visit, &id, Some((&form, &errors))).await;
    }
    let account: Id<Account> = path_id(&id)?;
    let mut working = book::working_people(web.ctx(), &visit.actor, &account).await?;
    let person: Id<Person> = path_id(form.get("person"))?;
    let role = PersonRole::parse(form.get("role")).unwrap_or(PersonRole::TeamMember);
    working.people.push((person, role));
    match book::set_working_people(web.ctx(), &visit.actor, &account, working).await {
        Ok(_) => {
            Ok(visit.redirect_with(&format!("/accounts/{id}/people"), visit.t("account-people-added"), None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors = refused_people(&web, &visit, error.fields()).await?;
            people_page(&web, &visit, &id, Some((&form, &errors))).await
        }
    }
}

async fn remove_person(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    let id: Id<Account> = path_id(&id)?;
    let mut working = book::working_people(web.ctx(), &visit.actor, &id).await?;
    let gone = (form.get("person"), form.get("role"));
    working.people.retain(|(person, role)| (person.as_str(), role.as_str()) != gone);
    book::set_working_people(web.ctx(), &visit.actor, &id, working).await?;
    Ok(visit.redirect_with(&format!("/accounts/{id}/people"), visit.t("account-people-removed"), None))
}

async fn contracts(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let account = crate::account::load(&web, &visit, &id).await?;
    let page = &account.record;
    let mut contracts = vec![];
    for contract in &page.contracts {
        contracts.push(contract_view(&web, &visit, contract).await?);
    }
    let count = contracts.len().to_string();
    let own = context! {
        account => account.view(&visit, "contracts"),
        menu => menu(&visit, &account),
        lead => visit.tr("account-contracts-lead", &[("count", &count)]),
        rest => visit.t("account-contracts-rest"),
        contracts => contracts,
        new_href => format!("/contracts/new?account={}", page.account.id),
        may_write => visit.may(Action::WriteBook),
        example => visit.t("book-contract-empty-example"),
    };
    visit.render(account.page(&visit, "contracts"), "book/account_contracts.html", own)
}
