//! One press on the page of a checked import: what a name means, what is made too, which rows are left out or taken in again.
//!
//! Each changes how the kept file is read, never the file or the book, and leads to the check of it.

use axum::extract::{Path, State};
use mandate_app::Action;
use mandate_app::book::guess::{propose, with_usual};
use mandate_app::book::mapping::Mapping;
use mandate_app::book::volume::VOLUME;
use mandate_app::book::{self, import_columns, relations};
use mandate_domain::book::Kind;
use mandate_domain::text::fold;

use super::import::to_check;
use super::import_columns::told_of;
use crate::access::Routes;
use crate::failure::{Failure, PageResult};
use crate::form::Form;
use crate::frame::Visit;
use crate::state::Web;

/// Routes under `/import/book/{secret}`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/import/book/{secret}/fill", Action::Import, fill)
        .post("/import/book/{secret}/leave-out", Action::Import, leave_out)
        .post("/import/book/{secret}/make-missing", Action::Import, make_missing)
        .post("/import/book/{secret}/names", Action::Import, take_names)
        .post("/import/book/{secret}/take-in", Action::Import, take_in)
}

/// How a kept file is read, said or proposed.
struct Held {
    kind: Kind,
    mapping: Mapping,
    header: Vec<String>,
}

async fn held(web: &Web, visit: &Visit, secret: &str) -> Result<Held, Failure> {
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, secret).await?;
    let specs = import_columns(web.ctx(), &visit.actor, kind).await?;
    let proposal = propose((kind, &specs), &file).await?;
    let header = proposal.columns.into_iter().map(|column| column.head).collect();
    Ok(Held { kind, mapping: proposal.mapping, header })
}

async fn read_so(web: &Web, visit: &Visit, secret: &str, held: Held) -> PageResult {
    book::map_upload(web.ctx(), &visit.actor, secret, (held.mapping, &held.header)).await?;
    to_check(web, visit, secret).await
}

/// Leaves the wrong rows of a refused file out and checks the rest.
async fn leave_out(
    State(web): State<Web>,
    visit: Visit,
    Path(secret): Path<String>,
    form: Form,
) -> PageResult {
    let rows = form.get("rows").split_whitespace().filter_map(|row| row.parse().ok()).collect();
    book::leave_out_rows(web.ctx(), &visit.actor, &secret, rows).await?;
    to_check(&web, &visit, &secret).await
}

/// Gives new records what their rows lack: a volume of zero, or the account that was chosen for all of them.
async fn fill(State(web): State<Web>, visit: Visit, Path(secret): Path<String>, form: Form) -> PageResult {
    let mut held = held(&web, &visit, &secret).await?;
    let given = match (held.kind, form.get("field")) {
        (Kind::ContractLine, VOLUME) => Some((VOLUME, "0".to_owned())),
        (Kind::Person, "account") => {
            Some(("account", name_of_account(&web, &visit, form.get("value")).await?))
        }
        _ => None,
    };
    if let Some((field, value)) = given {
        held.mapping.fixed.remove(field);
        held.mapping.defaults.insert(field.to_owned(), value);
    }
    read_so(&web, &visit, &secret, held).await
}

/// How an account is written so that it is read again and a person knows it: by its name, where only it is called so.
async fn name_of_account(web: &Web, visit: &Visit, text: &str) -> Result<String, Failure> {
    let actor = &visit.actor;
    let id = book::meant(web.ctx(), actor, Kind::Account, "account", text).await?;
    let names = book::names(web.ctx(), actor, Kind::Account, std::slice::from_ref(&id)).await?;
    let Some(name) = names.into_values().next() else { return Ok(id) };
    let meant = book::meant(web.ctx(), actor, Kind::Account, "account", &name).await;
    Ok(if meant.is_ok_and(|meant| meant == id) { name } else { id })
}

/// Takes rows in again that were left out.
async fn take_in(State(web): State<Web>, visit: Visit, Path(secret): Path<String>) -> PageResult {
    book::take_rows_in(web.ctx(), &visit.actor, &secret).await?;
    to_check(&web, &visit, &secret).await
}

/// Reads a column as names of records to make where they are not in the book, with what is usual in the firm for what they need.
async fn make_missing(
    State(web): State<Web>,
    visit: Visit,
    Path(secret): Path<String>,
    form: Form,
) -> PageResult {
    let mut held = held(&web, &visit, &secret).await?;
    let column = form.get("column");
    let field = held.mapping.columns.get(column).cloned().unwrap_or_default();
    if let Some(relation) = relations(held.kind).iter().find(|relation| relation.path == field) {
        let name = if relation.kind == Kind::Contract { "title" } else { "name" };
        let name = relation.dotted(name).map(str::to_owned).unwrap_or(field);
        held.mapping.columns.insert(column.to_owned(), name);
        with_usual(web.ctx(), &visit.actor, held.kind, &mut held.mapping).await?;
    }
    read_so(&web, &visit, &secret, held).await
}

/// Reads names of the file as the names in the book that are probably meant.
async fn take_names(
    State(web): State<Web>,
    visit: Visit,
    Path(secret): Path<String>,
    form: Form,
) -> PageResult {
    let mut held = held(&web, &visit, &secret).await?;
    for (name, value) in form.pairs() {
        let told =
            told_of(name, "n.").filter(|(field, _)| held.mapping.columns.values().any(|it| it == field));
        if let Some((field, text)) = told {
            held.mapping.names.entry(field).or_default().insert(fold(text), value.trim().to_owned());
        }
    }
    book::name_in_upload(web.ctx(), &visit.actor, &secret, (held.mapping, &held.header)).await?;
    to_check(&web, &visit, &secret).await
}
