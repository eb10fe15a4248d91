//! Tags on records of the book: the card on a record's page, the page of its tags, and the settings page where tags are kept in order.
//!
//! While one types, the browser offers tags in use within reach, from a list in the page; without it any word can be written. What was
//! given or taken can be undone from the next page.

mod api;
mod kept;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mandate_app::book::tags::{RecordTags, TagChange, change_tags, record_tags, suggested_tags};
use mandate_app::{Action, FieldError, UseCaseError};
use mandate_domain::book::Kind;
use minijinja::{Value, context};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::access::Routes;
use crate::book::kinds::{home, href};
use crate::failure::{Failure, PageResult};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::notes::kind_of;
use crate::state::Web;
use crate::table::{self, CellView, Column};

/// Tags offered in a page; the API has all.
const MOST_OFFERED: usize = 50;
/// The longest address of an undo that a cookie takes.
const MOST_UNDO: usize = 1_500;

/// Pages and operations of tags.
pub fn routes() -> Routes {
    Routes::new()
        .get("/records/{kind}/{id}/tags", Action::ReadBook, show)
        .post("/records/{kind}/{id}/tags", Action::WriteBook, change)
        .merge(kept::routes())
        .merge(api::routes())
}

/// The column of a list that shows tags.
pub(crate) fn column() -> Column {
    let tags = table::column("tags", "field-tags", |_, row| match row.text("tags") {
        "" => CellView::none(),
        tags => CellView::text(tags),
    });
    Column { shown: false, low: true, ..tags }
}

/// The list of the records of `kind` that have the tag, where the kind has one.
fn list_href(kind: Kind, tag: &str) -> Option<String> {
    let path = match kind {
        Kind::Account => "/portfolio",
        Kind::ContractLine => return None,
        other => home(other).path,
    };
    Some(format!("{path}?f=tags&op=is&v={}", utf8_percent_encode(tag, NON_ALPHANUMERIC)))
}

fn path_of(kind: Kind, id: &str) -> String {
    format!("/records/{}/{id}/tags", kind.as_str())
}

/// The page that shows a record's tags beside everything else: a line stands on its contract's, so it has the page of its tags.
fn back(kind: Kind, id: &str) -> String {
    match kind {
        Kind::ContractLine => path_of(kind, id),
        other => format!("{}#tags", href(other, id)),
    }
}

/// The card of tags on a record's page.
///
/// # Errors
/// [`Failure`] when there is no such record within reach.
pub(crate) async fn card(web: &Web, visit: &Visit, kind: Kind, id: &str) -> Result<Value, Failure> {
    let found = record_tags(web.ctx(), &visit.actor, (kind, id)).await?;
    view(web, visit, (kind, id), &found).await
}

async fn view(
    web: &Web,
    visit: &Visit,
    (kind, id): (Kind, &str),
    found: &RecordTags,
) -> Result<Value, Failure> {
    let may_write = visit.may(Action::WriteBook);
    let offered = match may_write {
        true => suggested_tags(web.ctx(), &visit.actor, "", MOST_OFFERED).await?,
        false => vec![],
    };
    let tags: Vec<Value> = found
        .tags
        .iter()
        .map(|it| {
            let text = it.tag.text();
            context! {
                text => text, href => list_href(kind, text),
                remove => visit.tr("tag-remove", &[("tag", text)]),
            }
        })
        .collect();
    Ok(context! { tags => tags, action => path_of(kind, id), may_write => may_write, offered => offered })
}

async fn show(State(web): State<Web>, visit: Visit, Path((kind, id)): Path<(String, String)>) -> PageResult {
    page(&web, &visit, (kind_of(&kind)?, &id), &Form::default(), &[]).await
}

/// The tags of a record, with the form that was wrong, if one was.
async fn page(
    web: &Web,
    visit: &Visit,
    (kind, id): (Kind, &str),
    form: &Form,
    errors: &[FieldError],
) -> PageResult {
    let found = record_tags(web.ctx(), &visit.actor, (kind, id)).await?;
    let own = context! {
        tags => view(web, visit, (kind, id), &found).await?, form => form.view(visit, errors),
        lead => visit.tr("tag-lead", &[("name", &found.name), ("count", &found.tags.len().to_string())]),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page::new(visit.t("tag-title"), home(kind).nav).help("tags").crumb(found.name, href(kind, id));
    visit.render_with_status(status, page, "tags/page.html", own)
}

/// What an undo sends in its address.
#[derive(Deserialize, Default)]
struct Again {
    #[serde(default)]
    add: String,
    #[serde(default)]
    remove: String,
}

async fn change(
    State(web): State<Web>,
    visit: Visit,
    Path((kind, id)): Path<(String, String)>,
    Query(again): Query<Again>,
    form: Form,
) -> PageResult {
    let kind = kind_of(&kind)?;
    let given = |name: &str, again: String| {
        let typed = form.all(name).into_iter().map(str::to_owned).chain([again]);
        typed.filter(|text| !text.trim().is_empty()).collect::<Vec<String>>()
    };
    let wanted = TagChange { add: given("add", again.add), remove: given("remove", again.remove) };
    if wanted == TagChange::default() {
        let message = mandate_app::Message::new("book-problem-required");
        let errors = [FieldError { field: "add".to_owned(), message }];
        return page(&web, &visit, (kind, &id), &form, &errors).await;
    }
    match change_tags(web.ctx(), &visit.actor, (kind, &id), &wanted).await {
        Ok(done) => {
            let (added, removed) = (done.added.join(", "), done.removed.join(", "));
            let text = match (added.is_empty(), removed.is_empty()) {
                (true, true) => visit.t("tag-unchanged"),
                (true, false) => visit.tr("tag-removed", &[("tags", &removed)]),
                _ => visit.tr("tag-added", &[("tags", &added)]),
            };
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let undo = format!("{}?add={}&remove={}", path_of(kind, &id), encoded(&removed), encoded(&added));
            let is_change = !(added.is_empty() && removed.is_empty());
            let undo = (is_change && undo.len() <= MOST_UNDO).then_some(undo);
            Ok(visit.redirect_with(&back(kind, &id), text, undo))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, (kind, &id), &form, &error.fields()).await,
    }
}
