//! Forms of every kind of record, made from its fields: what was typed is kept, all errors are told at once.
//!
//! A save over a version that is no longer the newest is not lost either: the form comes back with what was typed and the
//! newest version under it, and says so.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use mandate_app::book::duplicates::{self, Alike};
use mandate_app::book::{self, AnySaved, BookError};
use mandate_app::{FieldError, UseCaseError};
use mandate_domain::Id;
use mandate_domain::book::{Account, CustomField, CustomShape, Draft, Kind, Shape, Spec};
use minijinja::{Value, context};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::custom;
use super::kinds::{choice_text_id, home, href, kind_text_id, page_of};
use super::pick;
use super::theirs::{self, Typed};
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::numbers::{NumberField, Numbers};
use crate::state::Web;
use crate::table::field_text_id;

/// A draft as a form, its numbers as the visitor writes them.
fn form_of(
    visit: &Visit,
    (kind, custom): (Kind, &[Arc<CustomField>]),
    (draft, version): (&Draft, i64),
) -> Form {
    let style = visit.formats.number_style();
    let text = |field: &str, value: &str| match number_field((kind, custom), field) {
        Some(_) => style.written(value),
        None => value.to_owned(),
    };
    let pairs = draft.iter().map(|(field, value)| (field.to_owned(), text(field, value)));
    let mut form = Form::from_owned(pairs.collect());
    form.push("version", version.to_string());
    form
}

/// What number a field takes, if it takes one.
pub(super) fn number_field((kind, custom): (Kind, &[Arc<CustomField>]), name: &str) -> Option<NumberField> {
    if let Some(field) = custom.iter().find(|field| field.name == name) {
        return match field.shape {
            CustomShape::Whole => Some(NumberField::Whole),
            CustomShape::Decimal(_) => Some(NumberField::Decimal),
            CustomShape::Amount(_) => Some(NumberField::Money),
            _ => None,
        };
    }
    match kind.fields().iter().find(|spec| spec.name == name)?.shape {
        Shape::Whole(..) => Some(NumberField::Whole),
        Shape::Money | Shape::Amount => Some(NumberField::Money),
        Shape::Rate => Some(NumberField::Rate),
        _ => None,
    }
}

/// The numbers of a form, as the visitor writes them.
async fn numbers_of(web: &Web, visit: &Visit, kind: Kind, form: &Form) -> Result<Numbers, Failure> {
    let custom = book::custom_fields(web.ctx(), &visit.actor, kind).await?;
    Ok(Numbers::read(visit.formats.number_style(), form, |name| number_field((kind, &custom), name)))
}

/// The fields that were sent; a field the form does not have stays as it is.
fn draft_of(kind: Kind, form: &Form) -> Draft {
    let mut draft = Draft::new();
    for spec in kind.fields().iter().filter(|spec| form.has(spec.name)) {
        // Ticked boxes and what was typed beside them come under one name.
        let value = if spec.shape.takes_several() {
            form.all(spec.name).join(";")
        } else {
            form.get(spec.name).to_owned()
        };
        draft.set(spec.name, value);
    }
    custom::take(form, &mut draft);
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
    /// What is said under a field that somebody else changed meanwhile.
    theirs: BTreeMap<String, String>,
    form: &'a Form,
    errors: &'a [FieldError],
}

async fn render(
    kind: Kind,
    (web, visit): (&Web, &Visit),
    status: StatusCode,
    asked: FormPage<'_>,
) -> PageResult {
    let (mut fields, mut more, mut more_open) = (vec![], vec![], false);
    // What people know a record by comes first, what systems know it by last.
    let (ids, rest): (Vec<&Spec>, Vec<&Spec>) =
        kind.fields().iter().partition(|spec| spec.name == "external_id");
    for spec in rest.into_iter().chain(ids) {
        if !visit.clearance().admits(spec.purpose) {
            continue;
        }
        let field = field_view((web, visit), (kind, spec), asked.form, asked.errors).await?;
        let field = context! { theirs => asked.theirs.get(spec.name), ..field };
        if !web.is_light() || !kind.is_beyond_light(spec.name) {
            fields.push(field);
            continue;
        }
        // What is stated, and what is wrong, is not hidden.
        more_open |= asked.theirs.contains_key(spec.name)
            || asked.errors.iter().any(|error| error.field == spec.name)
            || asked.form.get(spec.name) != default_of(visit, kind, spec);
        more.push(field);
    }
    let custom = book::custom_fields(web.ctx(), &visit.actor, kind).await?;
    let controls = custom::controls((web, visit), &custom, asked.form, asked.errors).await?;
    fields.extend(controls.into_iter().zip(&custom).map(|(control, field)| {
        context! { theirs => asked.theirs.get(field.name), ..control }
    }));
    // The summary names each field; under the field itself its message is enough.
    let named = |error: &FieldError| {
        let named = custom.iter().find(|field| field.name == error.field);
        let label = named.map(|field| field.label_in(visit.formats.tag()).to_owned());
        let label = label.unwrap_or_else(|| visit.t(&field_text_id(&error.field)));
        let text = format!("{label}: {}", visit.message(&error.message));
        (error.field.clone(), text)
    };
    let errors = asked.errors.iter().map(named).collect();
    let mut page = Page::new(asked.title.clone(), home(kind).nav).help(home(kind).guide);
    page = page
        .crumb(visit.t(home(kind).title), if kind == Kind::Account { "/portfolio" } else { home(kind).path });
    if let Some((text, href)) = asked.crumb {
        page = page.crumb(text, href);
    }
    let own = context! {
        title => asked.title,
        action => asked.action,
        cancel_href => asked.cancel_href,
        submit => asked.submit,
        notice => asked.notice,
        has_theirs => !asked.theirs.is_empty(),
        alike => alike_view(kind, visit, &asked.alike),
        lead => visit.t(&kind_text_id(kind, "form-lead")),
        fields => fields,
        more_label => visit.tr("form-more-fields", &[("count", &more.len().to_string())]),
        more => more,
        more_open => more_open,
        form => asked.form.view_with(errors),
    };
    visit.render_with_status(status, page, "book/form.html", own)
}

/// What is said of records that are there already; nothing where there is none.
fn alike_view(kind: Kind, visit: &Visit, alike: &[Alike]) -> Option<Value> {
    if alike.is_empty() {
        return None;
    }
    let count = alike.len().to_string();
    let records: Vec<Value> =
        alike.iter().map(|it| context! { name => it.name.clone(), href => href(kind, &it.id) }).collect();
    let lead = visit.tr("duplicates-alike", &[("count", count.as_str())]);
    Some(context! { lead => lead, records => records })
}

pub(super) async fn field_view(
    (web, visit): (&Web, &Visit),
    (kind, spec): (Kind, &Spec),
    form: &Form,
    errors: &[FieldError],
) -> Result<Value, Failure> {
    let help_id = kind_text_id(kind, &format!("help-{}", spec.name.replace('_', "-")));
    let help = web.texts().has(&help_id).then(|| visit.t(&help_id));
    let error = errors.iter().find(|error| error.field == spec.name);
    let control = match spec.shape {
        Shape::Choice(_) => "select",
        Shape::Reference(_) | Shape::Client | Shape::Anyone => "record",
        Shape::People | Shape::Measures | Shape::Expectations => "several",
        Shape::Money | Shape::Amount => "money",
        Shape::Whole(..) => "number",
        Shape::Date => "date",
        Shape::Paragraphs(_) => "textarea",
        Shape::Currency | Shape::Country | Shape::TimeZone | Shape::Line(_) | Shape::Rate | Shape::Month => {
            "text"
        }
    };
    let value = form.get(spec.name);
    let options: Vec<Value> = match spec.shape {
        Shape::Choice(words) => words
            .iter()
            .map(|word| context! { value => *word, text => visit.t(&choice_text_id(spec.name, word)) })
            .collect(),
        _ => vec![],
    };
    let account = Some(form.get("account")).filter(|text| Id::<Account>::parse(text).is_ok());
    let record = match spec.shape.referent() {
        Some(referent) if !spec.shape.takes_several() => {
            // An account is chosen among all of them, whichever it was.
            let account = account.filter(|_| referent.kind != Kind::Account);
            Some(pick::control_within(web, visit, (referent, account), value, error).await?)
        }
        _ => None,
    };
    let several = match spec.shape.takes_several() {
        true => Some(super::several::control(web, visit, spec, account, &form.all(spec.name)).await?),
        false => None,
    };
    let own_label = kind_text_id(kind, &format!("field-{}", spec.name.replace('_', "-")));
    let label = if web.texts().has(&own_label) { own_label } else { field_text_id(spec.name) };
    Ok(context! {
        name => spec.name,
        control => control,
        label => visit.t(&label),
        help => help,
        several => several,
        required => spec.required,
        value => value,
        error => error.map(|error| visit.message(&error.message)),
        options => options,
        record => record,
        currency => form.get("currency"),
        size => match spec.shape {
            Shape::Currency | Shape::Whole(..) | Shape::Date | Shape::Month | Shape::Rate | Shape::Money | Shape::Amount => {
                "short"
            }
            Shape::Line(limit) if limit >= 200 => "",
            _ => "mid",
        },
        kind => match spec.name { "email" => "email", "phone" => "tel", _ => "text" },
    })
}

/// Fields that a link fills in: `/people/new?side=client&account=...`.
type Prefilled = BTreeMap<String, String>;

/// The form of a new record.
pub(super) async fn show_new(
    kind: Kind,
    State(web): State<Web>,
    visit: Visit,
    Query(given): Query<Prefilled>,
) -> PageResult {
    let mut draft = Draft::new();
    for spec in kind.fields() {
        let default = default_of(&visit, kind, spec);
        draft.set(spec.name, given.get(spec.name).map_or(default.as_str(), String::as_str));
    }
    let is_asked =
        !given.contains_key("currency") && kind.fields().iter().any(|spec| spec.name == "currency");
    if is_asked && let Some(currency) = account_currency(&web, &visit, draft.get("account")).await? {
        draft.set("currency", currency);
    }
    if kind == Kind::ContractLine {
        let contract = path_id(draft.get("contract"))?;
        let contract =
            book::show::<mandate_domain::book::Contract>(web.ctx(), &visit.actor, &contract).await?;
        draft.set("currency", contract.currency.code());
    }
    let custom = book::custom_fields(web.ctx(), &visit.actor, kind).await?;
    let form = form_of(&visit, (kind, &custom), (&draft, 0));
    render(kind, (&web, &visit), StatusCode::OK, new_page(kind, &visit, &form, &[])).await
}

/// What a field of a new record holds before anybody types.
fn default_of(visit: &Visit, kind: Kind, spec: &Spec) -> String {
    match (kind, spec.name, spec.shape) {
        (_, "tier", _) => "standard".to_owned(),
        (Kind::Contract, "kind", _) => "statement_of_work".to_owned(),
        (Kind::Opportunity, "kind", _) => "expansion".to_owned(),
        (Kind::Opportunity, "stage", _) => "idea".to_owned(),
        (Kind::Promise | Kind::Expectation, "state", _) => "open".to_owned(),
        (Kind::Communication, "direction", _) => "both".to_owned(),
        (Kind::Communication, "topic", _) => "delivery".to_owned(),
        (Kind::Communication, "channel", _) => "call".to_owned(),
        (Kind::Review, "level", _) => "service".to_owned(),
        (_, "price_per", _) => "1".to_owned(),
        (_, "side", _) => "client".to_owned(),
        // What is written down now mostly happened today.
        (_, "happened_on" | "held_on" | "stated_on" | "opened_on" | "made_on" | "since", _) => {
            visit.today.to_string()
        }
        (_, _, Shape::TimeZone) => visit.user.time_zone.clone(),
        (_, "to_currency" | "from_currency", _) => String::new(),
        (_, _, Shape::Currency) => "EUR".to_owned(),
        _ => String::new(),
    }
}

/// The currency of the account that a new record is for, if one is named.
async fn account_currency(web: &Web, visit: &Visit, account: &str) -> Result<Option<String>, Failure> {
    let Ok(id) = Id::<Account>::parse(account) else { return Ok(None) };
    match book::show::<Account>(web.ctx(), &visit.actor, &id).await {
        Ok(account) => Ok(Some(account.currency.code().to_owned())),
        Err(BookError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn new_page<'a>(kind: Kind, visit: &Visit, form: &'a Form, errors: &'a [FieldError]) -> FormPage<'a> {
    let cancel_href = match (kind, form.get("contract"), form.get("account")) {
        (Kind::Account, _, _) => "/portfolio".to_owned(),
        (Kind::ContractLine, contract, _) => format!("/contracts/{contract}"),
        _ => home(kind).path.to_owned(),
    };
    FormPage {
        title: visit.t(&kind_text_id(kind, "add")),
        action: format!("{}/new", home(kind).path),
        cancel_href,
        submit: visit.t(&kind_text_id(kind, "add")),
        notice: None,
        crumb: None,
        alike: vec![],
        theirs: BTreeMap::new(),
        form,
        errors,
    }
}

/// Adds a record; of one that looks like another it is said once that there is one already.
pub(super) async fn create(kind: Kind, State(web): State<Web>, visit: Visit, form: Form) -> PageResult {
    let numbers = numbers_of(&web, &visit, kind, &form).await?;
    if !form.has("alike_seen") {
        let alike = duplicates::alike(web.ctx(), &visit.actor, kind, &draft_of(kind, numbers.form())).await?;
        if !alike.is_empty() {
            let page = FormPage { alike, ..new_page(kind, &visit, &form, &[]) };
            return render(kind, (&web, &visit), StatusCode::CONFLICT, page).await;
        }
    }
    match book::create_any(web.ctx(), &visit.actor, kind, draft_of(kind, numbers.form())).await {
        Ok(saved) => {
            let text = visit.tr("book-added", &[("name", told_name(&visit, &saved).as_str())]);
            Ok(visit.redirect_with(&page_of(&saved), text, None))
        }
        Err(BookError::Fields(problems)) => {
            let errors = numbers.told(BookError::Fields(problems).fields());
            let page = new_page(kind, &visit, &form, &errors);
            render(kind, (&web, &visit), StatusCode::UNPROCESSABLE_ENTITY, page).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What a toast calls a record: its name, or its kind where it has none.
pub(super) fn told_name(visit: &Visit, saved: &AnySaved) -> String {
    if saved.name.is_empty() { visit.t(&kind_text_id(saved.kind, "one")) } else { saved.name.clone() }
}

fn edit_page<'a>(visit: &Visit, saved: &AnySaved, form: &'a Form, errors: &'a [FieldError]) -> FormPage<'a> {
    let name = told_name(visit, saved);
    FormPage {
        title: visit.tr("book-edit", &[("name", &name)]),
        action: format!("{}/{}/edit", home(saved.kind).path, saved.id),
        cancel_href: page_of(saved),
        submit: visit.t("book-save"),
        notice: None,
        crumb: Some((name, page_of(saved))),
        alike: vec![],
        theirs: BTreeMap::new(),
        form,
        errors,
    }
}

/// The form of a record that is there.
pub(super) async fn show_edit(
    kind: Kind,
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
) -> PageResult {
    let saved = book::show_any(web.ctx(), &visit.actor, kind, &id).await?;
    let custom = book::custom_fields(web.ctx(), &visit.actor, kind).await?;
    let form = form_of(&visit, (kind, &custom), (&saved.draft, saved.version));
    render(kind, (&web, &visit), StatusCode::OK, edit_page(&visit, &saved, &form, &[])).await
}

/// Saves a record.
pub(super) async fn save(
    (kind, Path(id)): (Kind, Path<String>),
    State(web): State<Web>,
    visit: Visit,
    form: Form,
) -> PageResult {
    let version = form.get("version").parse().unwrap_or(0);
    let numbers = numbers_of(&web, &visit, kind, &form).await?;
    let draft = draft_of(kind, numbers.form());
    match book::change_any(web.ctx(), &visit.actor, (kind, &id), version, draft).await {
        Ok(saved) => {
            let text = visit.tr("book-saved", &[("name", told_name(&visit, &saved).as_str())]);
            Ok(visit.redirect_with(&page_of(&saved), text, None))
        }
        Err(BookError::Fields(problems)) => {
            let saved = book::show_any(web.ctx(), &visit.actor, kind, &id).await?;
            let errors = numbers.told(BookError::Fields(problems).fields());
            let page = edit_page(&visit, &saved, &form, &errors);
            render(kind, (&web, &visit), StatusCode::UNPROCESSABLE_ENTITY, page).await
        }
        Err(error) if error.is_stale() => {
            let saved = book::show_any(web.ctx(), &visit.actor, kind, &id).await?;
            let since = book::changed_since(web.ctx(), &visit.actor, (kind, &id), version).await?;
            let typed = Typed { form: &form, draft: &draft_of(kind, numbers.form()) };
            let met = theirs::meet((&web, &visit), &saved, &since, typed).await?;
            let page = FormPage {
                notice: Some(met.notice),
                theirs: met.notes,
                ..edit_page(&visit, &saved, &met.form, &[])
            };
            render(kind, (&web, &visit), StatusCode::CONFLICT, page).await
        }
        Err(error) => Err(error.into()),
    }
}
