//! The trash: putting a record away with an undo in the toast, the list of what lies there, bringing it back.

use axum::extract::{Path, State};
use mandate_app::Action;
use mandate_app::book;
use mandate_app::listing::ListQuery;
use mandate_domain::book::Kind;
use minijinja::{Value, context};

use super::form::told_name;
use super::kinds::{home, href, kind_text_id, page_of};
use crate::access::Routes;
use crate::failure::PageResult;
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::RowReader;

/// Most rows of the page.
const MOST_ROWS: usize = 200;

/// The trash's page.
pub(super) fn routes() -> Routes {
    Routes::new().get("/trash", Action::TrashBook, page)
}

/// Puts a record into the trash; the toast on the next page brings it back.
pub(super) async fn put_away(
    (kind, Path(id)): (Kind, Path<String>),
    State(web): State<Web>,
    visit: Visit,
    form: Form,
) -> PageResult {
    let version = form.get("version").parse().ok();
    let saved = book::trash_any(web.ctx(), &visit.actor, (kind, &id), version).await?;
    let text = visit.tr("book-trashed", &[("name", told_name(&visit, &saved).as_str())]);
    let to = match kind {
        Kind::Account => "/portfolio".to_owned(),
        Kind::ContractLine => page_of(&saved),
        _ => home(kind).path.to_owned(),
    };
    Ok(visit.redirect_with(&to, text, Some(format!("{}/{}/restore", home(kind).path, saved.id))))
}

/// Brings a record back.
pub(super) async fn bring_back(
    kind: Kind,
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
) -> PageResult {
    let saved = book::restore_any(web.ctx(), &visit.actor, kind, &id).await?;
    let text = visit.tr("book-restored", &[("name", told_name(&visit, &saved).as_str())]);
    Ok(visit.redirect_with(&page_of(&saved), text, None))
}

async fn page(State(web): State<Web>, visit: Visit) -> PageResult {
    let def = book::trash_list();
    let query = ListQuery { limit: MOST_ROWS, ..ListQuery::default() };
    let page =
        mandate_app::lists::show_list(web.ctx(), &visit.actor, Action::TrashBook, &def, &query).await?;
    let rows: Vec<Value> = page
        .rows
        .iter()
        .filter_map(|row| {
            let row = RowReader::new(&def, row);
            let kind = Kind::parse(row.text("kind"))?;
            Some(context! {
                id => row.key(), title => row.text("title"),
                kind => visit.t(&kind_text_id(kind, "one")),
                account => row.text("account"),
                deleted_at => row.instant("deleted_at").map(|at| visit.moment(at)),
                restore_action => format!("{}/restore", href(kind, row.key())),
            })
        })
        .collect();
    let own = context! {
        lead => visit.tr("trash-lead", &[("count", &page.n_rows.to_string())]),
        rows => rows, n_rows => page.n_rows, bulk => super::bulk::bar(&visit, None),
    };
    visit.render(Page::new(visit.t("trash-title"), "nav-settings"), "book/trash.html", own)
}
