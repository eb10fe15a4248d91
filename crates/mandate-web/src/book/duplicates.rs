//! Likely duplicates on pages: the list, the two side by side with what goes over, what was merged, and undoing it.
//!
//! A merged record's address leads to the one that stands for it, on every page and in the API: see [`moved_to`].

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use mandate_app::book::Stored;
use mandate_app::book::duplicates::{MOST_PAIRS, Twin, Twins, dismiss, likely_duplicates, stands_now};
use mandate_app::book::merge::{MergeError, MergePreview, Mergeable, Merging, merge_records, preview_merge};
use mandate_app::book::undo_merge::{PastMerge, kind_of_merge, past_merges, undo_merge};
use mandate_app::{Action, Actor, Message, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Account, Kind, Person, Shape};
use minijinja::{Value, context};

use super::kinds::{choice_text_id, href};
use crate::access::Routes;
use crate::failure::{PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit, redirect};
use crate::state::Web;
use crate::table::field_text_id;

/// Merges that are listed.
const MOST_MERGES: usize = 50;

/// The pages.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/duplicates", Action::TrashBook, page)
        .post("/duplicates/apart", Action::TrashBook, tell_apart)
        .get("/duplicates/merge", Action::TrashBook, preview)
        .post("/duplicates/merge", Action::TrashBook, merge)
        .post("/merges/{id}/undo", Action::TrashBook, undo)
}

type Given = BTreeMap<String, String>;

fn kind_of(given: &str) -> Result<Mergeable, MergeError> {
    Mergeable::of(if given.is_empty() { "accounts" } else { given })
}

fn list_href(kind: Mergeable) -> String {
    format!("/duplicates?kind={}", kind.kind().plural())
}

async fn page(State(web): State<Web>, visit: Visit, Query(given): Query<Given>) -> PageResult {
    let kind = kind_of(given.get("kind").map_or("", String::as_str))?;
    let found = likely_duplicates(web.ctx(), &visit.actor, kind.kind()).await?;
    let past = past_merges(web.ctx(), &visit.actor, kind.kind(), MOST_MERGES).await?;
    let tab = |of: Mergeable, text: &str| {
        context! { href => list_href(of), text => visit.t(text), current => of == kind }
    };
    let tabs = vec![tab(Mergeable::Accounts, "nav-portfolio"), tab(Mergeable::People, "nav-people")];
    let pairs: Vec<Value> = found.pairs.iter().map(|pair| pair_view(&visit, kind.kind(), pair)).collect();
    let past: Vec<Value> = past.iter().map(|merge| past_view(&visit, kind.kind(), merge)).collect();
    let counts = [("count", found.n_pairs.to_string()), ("shown", pairs.len().to_string())];
    let counts: Vec<(&'static str, &str)> =
        counts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let own = context! {
        tabs => tabs, kind => kind.kind().plural(), pairs => pairs, past => past,
        lead => visit.tr("duplicates-lead", &counts),
        more => (found.n_pairs > MOST_PAIRS).then(|| visit.tr("duplicates-more", &counts)),
    };
    let page = Page::new(visit.t("duplicates-title"), "nav-settings").help("duplicates");
    visit.render(page, "book/duplicates.html", own)
}

/// One of a pair; `made` is the message that says whether it was there first, of two that were not made at once.
fn twin_view(visit: &Visit, kind: Kind, twin: &Twin, made: Option<&str>) -> Value {
    let made = made.map(|id| visit.tr(id, &[("when", &visit.moment(twin.created_at))]));
    let parts =
        [twin.context.clone(), twin.external_id.clone().unwrap_or_default(), made.unwrap_or_default()];
    let known: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    context! {
        id => twin.id.clone(), name => twin.name.clone(), href => href(kind, &twin.id), sub => known.join(" \u{b7} "),
    }
}

fn merge_href(kind: Kind, pair: &Twins) -> String {
    format!("/duplicates/merge?kind={}&keep={}&drop={}", kind.plural(), pair.first.id, pair.second.id)
}

fn pair_view(visit: &Visit, kind: Kind, pair: &Twins) -> Value {
    let reasons: Vec<String> =
        pair.reasons.iter().map(|reason| visit.t(&format!("duplicates-same-{}", reason.as_str()))).collect();
    let made = |id: &'static str| (!pair.were_made_at_once()).then_some(id);
    context! {
        first => twin_view(visit, kind, &pair.first, made("duplicates-first")),
        second => twin_view(visit, kind, &pair.second, made("duplicates-second")),
        reasons => reasons, merge_href => merge_href(kind, pair),
    }
}

/// The pair to look at after this one, and how many pairs there are beside it; none where it is the last.
async fn next_pair(
    web: &Web,
    visit: &Visit,
    kind: Kind,
    this: [&str; 2],
) -> Result<Option<(String, usize)>, MergeError> {
    let found = likely_duplicates(web.ctx(), &visit.actor, kind).await?;
    let is_this = |pair: &Twins| [&pair.first, &pair.second].iter().all(|it| this.contains(&it.id.as_str()));
    let at = found.pairs.iter().position(is_this);
    let after = found.pairs.iter().skip(at.map_or(0, |at| at + 1)).chain(&found.pairs);
    let next = after.into_iter().find(|pair| !is_this(pair));
    let n_others = found.n_pairs.saturating_sub(usize::from(at.is_some()));
    Ok(next.map(|pair| (merge_href(kind, pair), n_others)))
}

fn left_text(visit: &Visit, n_left: usize) -> String {
    visit.tr("duplicates-left", &[("count", &n_left.to_string())])
}

fn past_view(visit: &Visit, kind: Kind, merge: &PastMerge) -> Value {
    context! {
        kept => merge.kept_name.clone(), href => href(kind, &merge.kept_id),
        dropped => merge.dropped_name.clone(), by => merge.by.clone(), when => visit.moment(merge.at),
        undone => merge.undone_at.map(|at| visit.moment(at)),
        undo_action => format!("/merges/{}/undo", merge.id),
    }
}

async fn tell_apart(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let kind = kind_of(form.get("kind"))?;
    let (first, second) = (form.get("first"), form.get("second"));
    match kind {
        Mergeable::Accounts => {
            dismiss::<Account>(web.ctx(), &visit.actor, &path_id(first)?, &path_id(second)?).await?;
        }
        Mergeable::People => {
            dismiss::<Person>(web.ctx(), &visit.actor, &path_id(first)?, &path_id(second)?).await?;
        }
    }
    let told = visit.t("duplicates-told-apart");
    let is_one_by_one = !form.get("one_by_one").is_empty();
    match next_pair(&web, &visit, kind.kind(), ["", ""]).await? {
        Some((next, n_left)) if is_one_by_one => {
            Ok(visit.redirect_with(&next, format!("{told} {}", left_text(&visit, n_left)), None))
        }
        _ => Ok(visit.redirect_with(&list_href(kind), told, None)),
    }
}

async fn preview(State(web): State<Web>, visit: Visit, Query(given): Query<Given>) -> PageResult {
    let of = |name: &str| given.get(name).cloned().unwrap_or_default();
    let form = Form::from_pairs([("kind", of("kind")), ("keep", of("keep")), ("drop", of("drop"))]);
    match kind_of(form.get("kind"))? {
        Mergeable::Accounts => preview_page::<Account>(&web, &visit, StatusCode::OK, &form, None).await,
        Mergeable::People => preview_page::<Person>(&web, &visit, StatusCode::OK, &form, None).await,
    }
}

/// Both side by side; `refused` says why they were not merged.
async fn preview_page<R: Stored>(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    form: &Form,
    refused: Option<&MergeError>,
) -> PageResult {
    let (keep, drop) = (path_id::<R>(form.get("keep"))?, path_id::<R>(form.get("drop"))?);
    let found = match preview_merge(web.ctx(), &visit.actor, &keep, &drop).await {
        // Somebody was faster: there is one record now, and it is shown.
        Err(MergeError::Merged { name, into }) => {
            let text = visit.message(&MergeError::Merged { name, into: into.clone() }.message());
            return Ok(visit.redirect_with(&href(R::KIND, &into), text, None));
        }
        found => found?,
    };
    let fields = fields_view(web, visit, &found, form, refused.is_some()).await?;
    let moved: Vec<Value> = found
        .moved
        .iter()
        .map(|(word, n)| {
            let count = n.to_string();
            Value::from(visit.tr(&format!("merge-moves-{word}"), &[("count", count.as_str())]))
        })
        .collect();
    let errors: Vec<String> = refused.map(|error| told(visit, error)).unwrap_or_default();
    let names = [("kept", found.kept.name()), ("dropped", found.dropped.name())];
    let plural = R::KIND.plural();
    let next = next_pair(web, visit, R::KIND, [keep.as_str(), drop.as_str()]).await?;
    let own = context! {
        next => next.map(|(href, n_left)| context! { href => href, left => left_text(visit, n_left) }),
        title => visit.t("merge-title"), lead => visit.tr("merge-lead", &names), kind => plural,
        kept => context! { id => found.kept.id.to_string(), version => found.kept.version, name => found.kept.name(),
            href => href(R::KIND, found.kept.id.as_str()), external_id => found.kept.external_id() },
        dropped => context! { id => found.dropped.id.to_string(), version => found.dropped.version,
            name => found.dropped.name(), href => href(R::KIND, found.dropped.id.as_str()),
            external_id => found.dropped.external_id() },
        fields => fields, moved => moved, errors => errors,
        swap_href => format!("/duplicates/merge?kind={plural}&keep={drop}&drop={keep}"),
        list_href => format!("/duplicates?kind={plural}"),
    };
    let page = Page::new(visit.t("merge-title"), "nav-settings")
        .crumb(visit.t("duplicates-title"), format!("/duplicates?kind={plural}"))
        .help("duplicates");
    visit.render_with_status(status, page, "book/merge.html", own)
}

/// Why it was refused, each wrong field by its label.
fn told(visit: &Visit, error: &MergeError) -> Vec<String> {
    let fields = error.fields();
    if fields.is_empty() {
        return vec![visit.message(&error.message())];
    }
    let named = |field: &str, message: &Message| {
        format!("{}: {}", visit.t(&field_text_id(field)), visit.message(message))
    };
    fields.iter().map(|error| named(&error.field, &error.message)).collect()
}

/// The fields in which both differ, in words; `chosen`: as they were chosen before, else what is proposed.
async fn fields_view<R: Stored>(
    web: &Web,
    visit: &Visit,
    found: &MergePreview<R>,
    form: &Form,
    chosen: bool,
) -> Result<Vec<Value>, crate::failure::Failure> {
    let mut views = vec![];
    for choice in &found.fields {
        let spec = R::FIELDS.iter().find(|spec| spec.name == choice.field);
        let mut texts = vec![];
        for text in [&choice.kept, &choice.dropped] {
            texts.push(match spec.map(|spec| (spec.shape, spec.shape.referent())) {
                _ if text.is_empty() => visit.t("merge-empty"),
                Some((Shape::Choice(_), _)) => visit.t(&choice_text_id(choice.field, text)),
                Some((_, Some(referent))) => {
                    let ids = [text.clone()];
                    let names =
                        mandate_app::book::names(web.ctx(), &visit.actor, referent.kind, &ids).await?;
                    names.get(text).cloned().unwrap_or_else(|| visit.t("audit-value-record"))
                }
                _ => text.clone(),
            });
        }
        let takes = if chosen { form.all("take").contains(&choice.field) } else { choice.takes_dropped };
        let options = [("", &texts[0]), ("take", &texts[1])]
            .map(|(value, text)| context! { value => value, text => text.clone() });
        views.push(context! {
            name => choice.field, label => visit.t(&field_text_id(choice.field)),
            options => options.to_vec(), takes => takes,
        });
    }
    Ok(views)
}

async fn merge(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    match kind_of(form.get("kind"))? {
        Mergeable::Accounts => merge_two::<Account>(&web, &visit, form).await,
        Mergeable::People => merge_two::<Person>(&web, &visit, form).await,
    }
}

async fn merge_two<R: Stored>(web: &Web, visit: &Visit, mut form: Form) -> PageResult {
    // Each field is a pair of buttons named after it; those set to the other side are taken.
    let taken: Vec<&'static str> = R::FIELDS
        .iter()
        .map(|spec| spec.name)
        .filter(|name| form.get(&format!("field-{name}")) == "take")
        .collect();
    for name in &taken {
        form.push("take", (*name).to_owned());
    }
    let merging = Merging::<R> {
        keep: path_id(form.get("keep"))?,
        keep_version: form.get("keep_version").parse().unwrap_or(0),
        drop: path_id(form.get("drop"))?,
        drop_version: form.get("drop_version").parse().unwrap_or(0),
        take: taken.iter().map(|name| (*name).to_owned()).collect(),
    };
    match merge_records(web.ctx(), &visit.actor, &merging).await {
        Ok(merged) => {
            let names = [("kept", merged.kept.name()), ("dropped", merged.dropped_name.as_str())];
            let (done, undo) = (visit.tr("merge-done", &names), Some(format!("/merges/{}/undo", merged.id)));
            match next_pair(web, visit, R::KIND, ["", ""]).await? {
                Some((next, n_left)) => {
                    Ok(visit.redirect_with(&next, format!("{done} {}", left_text(visit, n_left)), undo))
                }
                None => Ok(visit.redirect_with(&href(R::KIND, merged.kept.id.as_str()), done, undo)),
            }
        }
        Err(MergeError::Denied(denied)) => Err(denied.into()),
        Err(MergeError::NotFound { kind }) => Err(MergeError::NotFound { kind }.into()),
        Err(MergeError::Merged { name, into }) => {
            let text = visit.message(&MergeError::Merged { name, into: into.clone() }.message());
            Ok(visit.redirect_with(&href(R::KIND, &into), text, None))
        }
        Err(error) => {
            let status = crate::failure::Failure::of(error.kind(), error.message()).status();
            if status.is_server_error() {
                return Err(error.into());
            }
            preview_page::<R>(web, visit, status, &form, Some(&error)).await
        }
    }
}

async fn undo(
    State(web): State<Web>,
    visit: Visit,
    axum::extract::Path(id): axum::extract::Path<String>,
) -> PageResult {
    let kind = kind_of_merge(web.ctx(), &visit.actor, &id).await?;
    let (name, to) = match kind {
        Kind::Person => {
            let saved = undo_merge::<Person>(web.ctx(), &visit.actor, &id).await?;
            (saved.name.clone(), href(Kind::Person, saved.id.as_str()))
        }
        _ => {
            let saved = undo_merge::<Account>(web.ctx(), &visit.actor, &id).await?;
            (saved.name.clone(), href(Kind::Account, saved.id.as_str()))
        }
    };
    Ok(visit.redirect_with(&to, visit.tr("merge-undone", &[("name", name.as_str())]), None))
}

/// Where the address of a merged record leads: the same page of the record that stands for it, if the reader may see that.
pub(crate) async fn moved_to(web: &Web, actor: &Actor, uri: &Uri) -> Option<String> {
    let path = uri.path();
    let below = path.strip_prefix("/api/v1").unwrap_or(path);
    let mut parts = below.trim_start_matches('/').splitn(3, '/');
    let (list, id) = (parts.next()?, parts.next()?);
    let kept = match list {
        "accounts" => {
            let old = Id::<Account>::parse(id).ok()?;
            stands_now(web.ctx(), actor, &old).await.ok()??.to_string()
        }
        "people" => {
            let old = Id::<Person>::parse(id).ok()?;
            stands_now(web.ctx(), actor, &old).await.ok()??.to_string()
        }
        _ => return None,
    };
    let whole = uri.path_and_query()?.as_str();
    Some(whole.replacen(id, &kept, 1))
}

/// Sends the reader of a merged record's address on; nothing where there is nothing to lead to.
pub(crate) async fn lead_on(web: &Web, actor: &Actor, uri: &Uri) -> Option<axum::response::Response> {
    let to = moved_to(web, actor, uri).await?;
    let mut response = redirect(&to);
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    Some(response)
}
