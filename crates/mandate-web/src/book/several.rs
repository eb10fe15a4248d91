//! The control of a field that names several records: boxes to tick, and a line for others by name.
//!
//! Of people it offers those of the account: the client's, and ours who work on it. Of measures those of the account and of the
//! whole firm, of expectations the account's open ones. All work without script.

use std::collections::BTreeSet;

use mandate_app::Action;
use mandate_app::book;
use mandate_app::listing::{ListQuery, Operator};
use mandate_domain::Id;
use mandate_domain::book::{Account, Kind, Shape, Spec, parts};
use minijinja::{Value, context};

use crate::failure::{Failure, path_id};
use crate::frame::Visit;
use crate::state::Web;
use crate::table::RowReader;

/// Expectations that a form offers; others are named in its line.
const MOST_EXPECTATIONS: usize = 50;

struct Offered {
    id: String,
    name: String,
    context: String,
}

/// What the form draws; `values` are the ids and names that were sent or are stored.
///
/// # Errors
/// [`Failure`] when what it offers cannot be read.
pub(super) async fn control(
    web: &Web,
    visit: &Visit,
    spec: &Spec,
    account: Option<&str>,
    values: &[&str],
) -> Result<Value, Failure> {
    let chosen: Vec<&str> = values.iter().flat_map(|value| parts(value)).collect();
    let mut offered = match spec.shape {
        Shape::Measures => measures(web, visit, account).await?,
        Shape::Expectations => expectations(web, visit, account).await?,
        _ => people(web, visit, account).await?,
    };
    if let Some(referent) = spec.shape.referent() {
        offered.extend(chosen_elsewhere(web, visit, referent.kind, (&offered, &chosen)).await?);
    }
    let ids: BTreeSet<&str> = offered.iter().map(|one| one.id.as_str()).collect();
    let others: Vec<&str> = chosen.iter().copied().filter(|text| !ids.contains(text)).collect();
    let options: Vec<Value> = offered
        .iter()
        .map(|one| {
            let is_chosen = chosen.contains(&one.id.as_str());
            context! { value => &one.id, text => &one.name, context => &one.context, chosen => is_chosen }
        })
        .collect();
    Ok(context! { options => options, others => others.join("; ") })
}

async fn measures(web: &Web, visit: &Visit, account: Option<&str>) -> Result<Vec<Offered>, Failure> {
    let found = book::measure_choices(web.ctx(), &visit.actor, account).await?;
    let offer = |it: book::MeasureName| Offered { id: it.id, name: it.name, context: String::new() };
    Ok(found.into_iter().map(offer).collect())
}

async fn people(web: &Web, visit: &Visit, account: Option<&str>) -> Result<Vec<Offered>, Failure> {
    let Some(account) = account else { return Ok(vec![]) };
    let id: Id<Account> = path_id(account)?;
    let page = match book::account_page(web.ctx(), &visit.actor, &id).await {
        Ok(page) => page,
        Err(book::BookError::NotFound { .. }) => return Ok(vec![]),
        Err(error) => return Err(error.into()),
    };
    let mut offered: Vec<Offered> = vec![];
    let here = page.client_people.iter().filter(|person| person.left_on.is_none_or(|day| visit.today <= day));
    for person in here {
        offered.push(Offered {
            id: person.id.to_string(),
            name: person.name.clone(),
            context: person.job_title.clone(),
        });
    }
    let ours = [page.account_manager, page.negotiator].into_iter().flatten().filter(|person| !person.trashed);
    let ours = ours.map(|it| (it.id.to_string(), it.name));
    let working = page.working_people.iter().map(|(person, _)| (person.id.to_string(), person.name.clone()));
    for (id, name) in ours.chain(working) {
        if !offered.iter().any(|one| one.id == id) {
            offered.push(Offered { id, name, context: visit.t("book-view-ours") });
        }
    }
    Ok(offered)
}

/// Open expectations of the account.
async fn expectations(web: &Web, visit: &Visit, account: Option<&str>) -> Result<Vec<Offered>, Failure> {
    let Some(account) = account else { return Ok(vec![]) };
    let def = book::list(web.ctx(), &visit.actor, Kind::Expectation);
    let filters = vec![
        super::lists::only("account_id", Operator::Is, account),
        super::lists::only("state", Operator::Is, "open"),
    ];
    let query = ListQuery { filters, limit: MOST_EXPECTATIONS, ..ListQuery::default() };
    let found =
        mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::ReadBook, &def, &query).await?;
    let offer = |row| {
        let row = RowReader::new(&def, row);
        Offered {
            id: row.key().to_owned(),
            name: row.text("title").to_owned(),
            context: row.text("person").to_owned(),
        }
    };
    Ok(found.rows.iter().map(offer).collect())
}

/// Those that were chosen and are not among what is offered.
async fn chosen_elsewhere(
    web: &Web,
    visit: &Visit,
    kind: Kind,
    (offered, chosen): (&[Offered], &[&str]),
) -> Result<Vec<Offered>, Failure> {
    let is_elsewhere =
        |text: &&&str| Id::<Account>::parse(text).is_ok() && !offered.iter().any(|one| one.id == **text);
    let ids: Vec<String> = chosen.iter().filter(is_elsewhere).map(|text| (*text).to_owned()).collect();
    let names = book::names(web.ctx(), &visit.actor, kind, &ids).await?;
    let offer = |(id, name)| Offered { id, name, context: String::new() };
    Ok(names.into_iter().map(offer).collect())
}
