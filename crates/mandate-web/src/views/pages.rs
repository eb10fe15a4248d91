//! The pages of saved views: what the "Save view" panel posts, and one view's page.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::Action;
use mandate_app::views::{
    NewView, ViewChange, ViewLine, change_view, delete_view, restore_view, save_view, show_view, viewed_list,
};
use mandate_app::{FieldError, UseCaseError};
use mandate_domain::identity::SavedView;
use minijinja::{Value, context};

use super::{home_of, kept_query, path_of};
use crate::access::Routes;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table_views::view_href;

/// The room's pages.
pub fn routes() -> Routes {
    Routes::new()
        .post("/views", Action::OwnProfile, create)
        .get("/views/{id}", Action::OwnProfile, show)
        .post("/views/{id}", Action::OwnProfile, save)
        .post("/views/{id}/query", Action::OwnProfile, save_query)
        .post("/views/{id}/delete", Action::OwnProfile, put_away)
        .post("/views/{id}/restore", Action::OwnProfile, bring_back)
}

fn href(view: &SavedView) -> String {
    view_href(path_of(&view.list), &view.query, view.id.as_str())
}

/// The version a form was drawn with; one that is no number is as good as an old one.
fn version(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(0)
}

/// Saves what a list shows as a new view; a wrong name comes back as a form of its own, with what was typed.
async fn create(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let list = form.get("list");
    let new = NewView {
        list: list.to_owned(),
        name: form.get("name").to_owned(),
        query: kept_query(&web, &visit.actor, list, form.get("query")).await?,
        shared: form.has("shared"),
        is_default: form.has("is_default"),
    };
    let query = new.query.clone();
    match save_view(web.ctx(), &visit.actor, new).await {
        Ok(line) => {
            let text = visit.tr("view-saved", &[("name", &line.view.name)]);
            Ok(visit.redirect_with(&href(&line.view), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let cancel_href = format!("{}?{query}", path_of(list));
            let own = context! {
                title => visit.t("view-new-title"), action => "/views", list => list, query => query,
                cancel_href => cancel_href, may_rename => true, view => (),
            };
            render(&web, &visit, &form, &error.fields(), list, own)
        }
    }
}

async fn show(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let line = show_view(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let mut form =
        Form::from_pairs([("name", line.view.name.clone()), ("version", line.view.version.to_string())]);
    for (field, on) in [("shared", line.view.shared), ("is_default", line.is_default)] {
        if on {
            form.push(field, "1".to_owned());
        }
    }
    view_page(&web, &visit, &line, &form, &[])
}

async fn save(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let line = show_view(web.ctx(), &visit.actor, &id).await?;
    // Whoever may not change it sends their default only.
    let change = ViewChange {
        name: line.may_change.then(|| form.get("name").to_owned()),
        shared: line.may_change.then(|| form.has("shared")),
        is_default: Some(form.has("is_default")),
        query: None,
    };
    match change_view(web.ctx(), &visit.actor, &id, version(&form), change).await {
        Ok(line) => {
            let text = visit.tr("view-saved", &[("name", &line.view.name)]);
            Ok(visit.redirect_with(&href(&line.view), text, None))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => view_page(&web, &visit, &line, &form, &error.fields()),
    }
}

/// Saves changed filters, order and columns into a view.
async fn save_query(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let id = path_id(&id)?;
    let line = show_view(web.ctx(), &visit.actor, &id).await?;
    let query = kept_query(&web, &visit.actor, &line.view.list, form.get("query")).await?;
    let change = ViewChange { query: Some(query), ..ViewChange::default() };
    let line = change_view(web.ctx(), &visit.actor, &id, version(&form), change).await?;
    let text = visit.tr("view-saved", &[("name", &line.view.name)]);
    Ok(visit.redirect_with(&href(&line.view), text, None))
}

async fn put_away(State(web): State<Web>, visit: Visit, Path(id): Path<String>, form: Form) -> PageResult {
    let view = delete_view(web.ctx(), &visit.actor, &path_id(&id)?, version(&form)).await?;
    let text = visit.tr("view-deleted", &[("name", &view.name)]);
    Ok(visit.redirect_with(path_of(&view.list), text, Some(format!("/views/{}/restore", view.id))))
}

async fn bring_back(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> PageResult {
    let line = restore_view(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let text = visit.tr("view-restored", &[("name", &line.view.name)]);
    Ok(visit.redirect_with(&href(&line.view), text, None))
}

fn view_page(web: &Web, visit: &Visit, line: &ViewLine, form: &Form, errors: &[FieldError]) -> PageResult {
    let view = &line.view;
    let own = context! {
        title => view.name.clone(), action => format!("/views/{}", view.id), list => view.list.clone(),
        query => view.query.clone(), cancel_href => href(view), may_rename => line.may_change,
        view => context! { id => view.id.to_string(), version => view.version, own => line.own },
        owner => visit.tr("view-shared-by", &[("name", &line.owner_name)]),
    };
    render(web, visit, form, errors, &view.list, own)
}

fn render(
    web: &Web,
    visit: &Visit,
    form: &Form,
    errors: &[FieldError],
    list: &str,
    own: Value,
) -> PageResult {
    let known = viewed_list(web.ctx(), &visit.actor, list).ok_or_else(Failure::not_found)?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (path, nav, title) = home_of(list);
    let of = visit.t(title);
    let page = Page::new(visit.t("view-page-title"), nav).crumb(of.clone(), path).help("portfolio");
    let own = context! {
        form => form.view(visit, errors), may_share => visit.may(known.share), of => of, owner => "", ..own
    };
    visit.render_with_status(status, page, "identity/view.html", own)
}
