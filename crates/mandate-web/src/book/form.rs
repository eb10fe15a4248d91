//! Forms of every kind of record, made from its fields: what was typed is kept, all errors are told at once.
//!
//! A save over a version that is no longer the newest is not lost either: the form comes back with what was typed and the
//! newest version under it, and says so.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mandate_app::book::duplicates::{self, Alike};
use mandate_app::book::{self, BookError};
use mandate_app::{FieldError, UseCaseError};
use mandate_domain::book::{Draft, Kind, Saved, Shape, Spec};
use minijinja::{Value, context};
use std::collections::BTreeMap;

use super::kinds::{PageRecord, choice_text_id, href, kind_text_id};
use super::pick;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::state::Web;
use crate::table::field_text_id;

fn form_of(draft: &Draft, version: i64) -> Form {
    let pairs = draft.iter().map(|(field, value)| (field.to_owned(), value.to_owned()));
    let mut form = Form::from_owned(pairs.collect());
    form.push("version", version.to_string());
    form
}

/// The fields that were sent; a field the form does not have stays as it is.
fn draft_of<R: PageRecord>(form: &Form) -> Draft {
    let mut draft = Draft::new();
    for spec in R::FIELDS.iter().filter(|spec| form.has(spec.name)) {
        draft.set(spec.name, form.get(spec.name));
    }
    draft
}

/// What a form shows and where it leads.
struct FormPage<'a> {
    title: String,
    action: String,
    cancel_href: String,
    submit: String,
    /// Said above the form when another save came first.
    notice: Option<String>,
    crumb: Option<(String, String)>,
    /// What is there already like it.
    alike: Vec<Alike>,
    form: &'a Form,
    errors: &'a [FieldError],
}

async fn render<R: PageRecord>(
    web: &Web,
    visit: &Visit,
    status: StatusCode,
    asked: FormPage<'_>,
) -> PageResult {
    let mut fields = vec![];
    // What people know a record by comes first, what systems know it by last.
    let (ids, rest): (Vec<&Spec>, Vec<&Spec>) = R::FIELDS.iter().partition(|spec| spec.name == "external_id");
    for spec in rest.into_iter().chain(ids) {
        if !visit.clearance().admits(spec.purpose) {
            continue;
        }
        fields.push(field_view::<R>(web, visit, spec, asked.form, asked.errors).await?);
    }
    // The summary names each field; under the field itself its message is enough.
    let named = |error: &FieldError| {
        let text = format!("{}: {}", visit.t(&field_text_id(&error.field)), visit.message(&error.message));
        (error.field.clone(), text)
    };
    let errors = asked.errors.iter().map(named).collect();
    let mut page = Page::new(asked.title.clone(), R::NAV).help(R::GUIDE);
    page = page.crumb(visit.t(R::NAV), if R::KIND == Kind::Account { "/portfolio" } else { R::PATH });
    if let Some((text, href)) = asked.crumb {
        page = page.crumb(text, href);
    }
    let own = context! {
        title => asked.title,
        action => asked.action,
        cancel_href => asked.cancel_href,
        submit => asked.submit,
        notice => asked.notice,
        alike => alike_view::<R>(visit, &asked.alike),
        lead => visit.t(&kind_text_id(R::KIND, "form-lead")),
        fields => fields,
        form => asked.form.view_with(errors),
    };
    visit.render_with_status(status, page, "book/form.html", own)
}

/// What is said of records that are there already; nothing where there is none.
fn alike_view<R: PageRecord>(visit: &Visit, alike: &[Alike]) -> Option<Value> {
    if alike.is_empty() {
        return None;
    }
    let count = alike.len().to_string();
    let records: Vec<Value> =
        alike.iter().map(|it| context! { name => it.name.clone(), href => href(R::KIND, &it.id) }).collect();
    let lead = visit.tr("duplicates-alike", &[("count", count.as_str())]);
    Some(context! { lead => lead, records => records })
}

async fn field_view<R: PageRecord>(
    web: &Web,
    visit: &Visit,
    spec: &Spec,
    form: &Form,
    errors: &[FieldError],
) -> Result<Value, Failure> {
    let help_id = kind_text_id(R::KIND, &format!("help-{}", spec.name.replace('_', "-")));
    let help = web.texts().has(&help_id).then(|| visit.t(&help_id));
    let error = errors.iter().find(|error| error.field == spec.name);
    let control = match spec.shape {
        Shape::Choice(_) => "select",
        Shape::Reference(_) => "record",
        Shape::Money => "money",
        Shape::Whole(..) => "number",
        Shape::Date => "date",
        Shape::Paragraphs(_) => "textarea",
        Shape::Currency | Shape::TimeZone | Shape::Line(_) => "text",
    };
    let value = form.get(spec.name);
    let options: Vec<Value> = match spec.shape {
        Shape::Choice(words) => words
            .iter()
            .map(|word| context! { value => *word, text => visit.t(&choice_text_id(spec.name, word)) })
            .collect(),
        _ => vec![],
    };
    let record = match spec.shape {
        Shape::Reference(kind) => Some(pick::control(web, visit, kind, value, error).await?),
        _ => None,
    };
    Ok(context! {
        name => spec.name,
        control => control,
        label => visit.t(&field_text_id(spec.name)),
        help => help,
        required => spec.required,
        value => value,
        error => error.map(|error| visit.message(&error.message)),
        options => options,
        record => record,
        currency => form.get("currency"),
        size => match spec.shape {
            Shape::Currency | Shape::Whole(..) | Shape::Date | Shape::Money => "short",
            Shape::Line(limit) if limit >= 200 => "",
            _ => "mid",
        },
        kind => match spec.name { "email" => "email", "phone" => "tel", _ => "text" },
    })
}

/// Fields that a link fills in: `/people/new?side=client&account=...`.
type Prefilled = BTreeMap<String, String>;

/// The form of a new record.
pub(super) async fn show_new<R: PageRecord>(
    State(web): State<Web>,
    visit: Visit,
    Query(given): Query<Prefilled>,
) -> PageResult {
    let mut draft = Draft::new();
    for spec in R::FIELDS {
        let default = match (spec.name, spec.shape) {
            ("tier", _) => "standard",
            ("kind", _) => "statement_of_work",
            ("price_per", _) => "1",
            ("side", _) => "client",
            (_, Shape::TimeZone) => visit.user.time_zone.as_str(),
            (_, Shape::Currency) => "EUR",
            _ => "",
        };
        draft.set(spec.name, given.get(spec.name).map_or(default, String::as_str));
    }
    if R::KIND == Kind::ContractLine {
        let contract = path_id(draft.get("contract"))?;
        let contract =
            book::show::<mandate_domain::book::Contract>(web.ctx(), &visit.actor, &contract).await?;
        draft.set("currency", contract.currency.code());
    }
    let form = form_of(&draft, 0);
    render::<R>(&web, &visit, StatusCode::OK, new_page::<R>(&visit, &form, &[])).await
}

fn new_page<'a, R: PageRecord>(visit: &Visit, form: &'a Form, errors: &'a [FieldError]) -> FormPage<'a> {
    let cancel_href = match (R::KIND, form.get("contract"), form.get("account")) {
        (Kind::Account, _, _) => "/portfolio".to_owned(),
        (Kind::ContractLine, contract, _) => format!("/contracts/{contract}"),
        _ => R::PATH.to_owned(),
    };
    FormPage {
        title: visit.t(&kind_text_id(R::KIND, "add")),
        action: format!("{}/new", R::PATH),
        cancel_href,
        submit: visit.t(&kind_text_id(R::KIND, "add")),
        notice: None,
        crumb: None,
        alike: vec![],
        form,
        errors,
    }
}

/// Adds a record; of one that looks like another it is said once that there is one already.
pub(super) async fn create<R: PageRecord>(State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    if !form.has("alike_seen") {
        let alike = duplicates::alike(web.ctx(), &visit.actor, R::KIND, &draft_of::<R>(&form)).await?;
        if !alike.is_empty() {
            let page = FormPage { alike, ..new_page::<R>(&visit, &form, &[]) };
            return render::<R>(&web, &visit, StatusCode::CONFLICT, page).await;
        }
    }
    match book::create::<R>(web.ctx(), &visit.actor, draft_of::<R>(&form)).await {
        Ok(saved) => {
            let text = visit.tr("book-added", &[("name", told_name(&visit, &saved).as_str())]);
            Ok(visit.redirect_with(&R::page_of(&saved), text, None))
        }
        Err(BookError::Fields(problems)) => {
            let errors = BookError::Fields(problems).fields();
            let page = new_page::<R>(&visit, &form, &errors);
            render::<R>(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, page).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What a toast calls a record: its name, or its kind where it has none.
pub(super) fn told_name<R: PageRecord>(visit: &Visit, saved: &Saved<R>) -> String {
    if saved.name().is_empty() { visit.t(&kind_text_id(R::KIND, "one")) } else { saved.name().to_owned() }
}

fn edit_page<'a, R: PageRecord>(
    visit: &Visit,
    saved: &Saved<R>,
    form: &'a Form,
    errors: &'a [FieldError],
) -> FormPage<'a> {
    let name = told_name(visit, saved);
    FormPage {
        title: visit.tr("book-edit", &[("name", &name)]),
        action: format!("{}/{}/edit", R::PATH, saved.id),
        cancel_href: R::page_of(saved),
        submit: visit.t("book-save"),
        notice: None,
        crumb: Some((name, R::page_of(saved))),
        alike: vec![],
        form,
        errors,
    }
}

/// The form of a record that is there.
pub(super) async fn show_edit<R: PageRecord>(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
) -> PageResult {
    let saved = book::show::<R>(web.ctx(), &visit.actor, &path_id(&id)?).await?;
    let form = form_of(&saved.draft(visit.clearance()), saved.version);
    render::<R>(&web, &visit, StatusCode::OK, edit_page(&visit, &saved, &form, &[])).await
}

/// Saves a record.
pub(super) async fn save<R: PageRecord>(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    let id = path_id::<R>(&id)?;
    let version = form.get("version").parse().unwrap_or(0);
    match book::change(web.ctx(), &visit.actor, &id, version, draft_of::<R>(&form)).await {
        Ok(saved) => {
            let text = visit.tr("book-saved", &[("name", told_name(&visit, &saved).as_str())]);
            Ok(visit.redirect_with(&R::page_of(&saved), text, None))
        }
        Err(BookError::Fields(problems)) => {
            let saved = book::show::<R>(web.ctx(), &visit.actor, &id).await?;
            let errors = BookError::Fields(problems).fields();
            let page = edit_page(&visit, &saved, &form, &errors);
            render::<R>(&web, &visit, StatusCode::UNPROCESSABLE_ENTITY, page).await
        }
        Err(error) if error.is_stale() => {
            let saved = book::show::<R>(web.ctx(), &visit.actor, &id).await?;
            let mut kept = form.clone();
            kept.replace("version", saved.version.to_string());
            let notice = Some(visit.t("book-stale"));
            let page = FormPage { notice, ..edit_page(&visit, &saved, &kept, &[]) };
            render::<R>(&web, &visit, StatusCode::CONFLICT, page).await
        }
        Err(error) => Err(error.into()),
    }
}
