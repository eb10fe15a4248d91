//! The settings page of tags: those in use within reach with how many records have each, renaming, merging, retiring.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use mandate_app::book::tags::{TagInUse, tags_in_use};
use mandate_app::book::tags_kept::{bring_back_tag, past_renames, rename_tag, retire_tag, undo_rename};
use mandate_app::{Action, FieldError, UseCaseError};
use minijinja::{Value, context};

use super::list_href;
use crate::access::Routes;
use crate::book::kinds::home;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::identity::settings_tabs;
use crate::state::Web;

const PATH: &str = "/settings/tags";
/// Renamings shown with their undo.
const RENAMES_SHOWN: usize = 10;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, Action::TrashBook, show)
        .post("/settings/tags/rename", Action::TrashBook, rename)
        .post("/settings/tags/renames/{rename}/undo", Action::TrashBook, undo)
        .post("/settings/tags/retire", Action::TrashBook, retire)
        .post("/settings/tags/bring-back", Action::TrashBook, bring_back)
}

async fn show(State(web): State<Web>, visit: Visit) -> PageResult {
    page(&web, &visit, &Form::default(), &[]).await
}

async fn page(web: &Web, visit: &Visit, form: &Form, errors: &[FieldError]) -> PageResult {
    let found = tags_in_use(web.ctx(), &visit.actor).await?;
    let renames: Vec<Value> = past_renames(web.ctx(), &visit.actor, RENAMES_SHOWN)
        .await?
        .into_iter()
        .map(|it| {
            context! {
                from => it.from_text, to => it.to_text, when => visit.moment(it.renamed_at),
                undo_action => format!("{PATH}/renames/{}/undo", it.id),
                undone => it.undone_at.map(|at| visit.tr("tag-rename-undone", &[("when", &visit.moment(at))])),
            }
        })
        .collect();
    let own = context! {
        tabs => settings_tabs(visit, "settings-tab-tags"), tags => found.iter().map(|it| line(visit, it)).collect::<Vec<_>>(),
        renames => renames, form => form.view(visit, errors),
        names => found.iter().map(|it| it.text.clone()).collect::<Vec<_>>(),
        lead => visit.tr("tags-lead", &[("count", &found.len().to_string())]),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page::new(visit.t("tags-title"), "nav-settings")
        .help("tags")
        .crumb(visit.t("nav-settings"), "/settings");
    visit.render_with_status(status, page, "tags/settings.html", own)
}

fn line(visit: &Visit, tag: &TagInUse) -> Value {
    let kinds: Vec<Value> = tag
        .kinds
        .iter()
        .map(|(kind, count)| {
            let name = match kind {
                mandate_domain::book::Kind::Account => visit.t("book-account-many"),
                other => visit.t(home(*other).title),
            };
            context! { text => format!("{name}: {}", visit.number(*count)), href => list_href(*kind, &tag.text) }
        })
        .collect();
    context! {
        text => tag.text.clone(), count => visit.number(tag.n_records), kinds => kinds, is_retired => tag.is_retired(),
    }
}

async fn rename(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    match rename_tag(web.ctx(), &visit.actor, form.get("from"), form.get("to")).await {
        Ok(done) => {
            let (count, both) = (done.n_records.to_string(), done.n_both.to_string());
            let words: [(&'static str, &str); 4] =
                [("from", &done.from), ("to", &done.to), ("count", &count), ("both", &both)];
            let text = visit.tr("tag-renamed", &words);
            Ok(visit.redirect_with(PATH, text, Some(format!("{PATH}/renames/{}/undo", done.id))))
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => page(&web, &visit, &form, &error.fields()).await,
    }
}

async fn undo(State(web): State<Web>, visit: Visit, Path(rename): Path<String>) -> PageResult {
    let done = undo_rename(web.ctx(), &visit.actor, &path_id(&rename)?).await?;
    let (back, left) = (done.n_back.to_string(), done.n_left.to_string());
    let text = visit.tr("tag-back", &[("tag", &done.tag), ("count", &back), ("left", &left)]);
    Ok(visit.redirect_with(PATH, text, None))
}

async fn retire(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let done = retire_tag(web.ctx(), &visit.actor, form.get("tag")).await?;
    Ok(visit.redirect_with(PATH, visit.tr("tag-retired-now", &[("tag", &done.tag)]), None))
}

async fn bring_back(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let done = bring_back_tag(web.ctx(), &visit.actor, form.get("tag")).await?;
    Ok(visit.redirect_with(PATH, visit.tr("tag-brought-back", &[("tag", &done.tag)]), None))
}
