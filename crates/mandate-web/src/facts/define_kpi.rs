//! Defining a measure: the list of all definitions, and one form with a preview on the real cases before anything is kept.
//!
//! The preview is a button of the same form that posts elsewhere and keeps nothing, so it needs no script.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use mandate_app::facts::kpi::{DefinitionDraft, KpiDraft, define_kpi, restore_kpi, revise_kpi, trash_kpi};
use mandate_app::facts::kpi_read::{
    Preview, definition_choices, definitions_list, preview_measure, show_definition,
};
use mandate_app::{Action, FieldError, Message, UseCaseError, authorise};
use mandate_domain::book::Kind;
use mandate_domain::facts::case_filter::CaseFilterParts;
use mandate_domain::facts::kpi::{
    Aggregate, Cadence, Counted, Direction, Kpi, KpiScope, MICRO, MeasuredClock, Unit,
};
use mandate_domain::{Id, Month};
use minijinja::{Value, context};

use super::kpi_words::{formula, interval, value, value_or_dash, verdict};
use crate::access::Routes;
use crate::book::pick;
use crate::failure::{Failure, PageResult, path_id};
use crate::form::Form;
use crate::frame::{Page, Visit};
use crate::numbers::{NumberField, Numbers};
use crate::state::Web;
use crate::table::{self, CellView, Column, TableSpec};

/// Pages under `/facts/measures`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/facts/measures", Action::ReadFacts, list)
        .get("/facts/measures/new", Action::WriteFacts, new)
        .post("/facts/measures/new", Action::WriteFacts, create)
        .post("/facts/measures/preview", Action::WriteFacts, preview)
        .get("/facts/measures/{kpi}/edit", Action::WriteFacts, edit)
        .post("/facts/measures/{kpi}/edit", Action::WriteFacts, save)
        .post("/facts/measures/{kpi}/trash", Action::WriteFacts, trash)
        .post("/facts/measures/{kpi}/restore", Action::WriteFacts, restore)
}

fn spec() -> TableSpec {
    let column = |name, head, sort, shown, cell| Column { sort, shown, ..table::column(name, head, cell) };
    TableSpec {
        path: "/facts/measures".to_owned(),
        caption: "kpi-definitions-caption",
        action: Action::ReadFacts,
        def: definitions_list(),
        columns: vec![
            column("name", "kpi-name", Some("name"), true, |visit, row| {
                let href = format!("/facts/measures/{}/edit", row.key());
                let cell = CellView::name(row.text("name"), href);
                if row.flag("assumed") { cell.tag(visit.t("kpi-assumed")) } else { cell }
            }),
            column("scope", "kpi-scope", Some("account"), true, |visit, row| {
                let account = row.text_or_none("account").map(str::to_owned);
                let source =
                    row.text_or_none("source").map(|name| visit.tr("kpi-scope-source", &[("name", name)]));
                CellView::text(account.or(source).unwrap_or_else(|| visit.t("kpi-scope-everything")))
            }),
            column("computed", "kpi-computed", Some("aggregate"), true, |visit, row| {
                let Ok(aggregate) = Aggregate::parse(row.text("aggregate"), row.integer("parameter")) else {
                    return CellView::none();
                };
                CellView::text(visit.t(&format!("kpi-kind-{}", aggregate.kind().replace('_', "-"))))
            }),
            Column {
                numeric: true,
                ..column("target", "kpi-target", Some("target_micro"), true, |visit, row| {
                    let aggregate = Aggregate::parse(row.text("aggregate"), row.integer("parameter"));
                    match (aggregate, row.integer("target_micro")) {
                        (Ok(aggregate), Some(micro)) => {
                            CellView::figure(value(visit, aggregate.unit(), micro))
                        }
                        _ => CellView::none(),
                    }
                })
            },
            column("owner", "kpi-owner", Some("owner"), true, |_, row| {
                row.text_or_none("owner").map_or_else(CellView::none, CellView::text)
            }),
            column("valid_from", "kpi-valid-from", Some("valid_from"), true, |visit, row| {
                row.month("valid_from")
                    .map_or_else(CellView::none, |month| CellView::text(visit.month(month)))
            }),
        ],
        views: vec![],
        row_href: Box::new(|row| Some(format!("/facts/measures/{}/edit", row.key()))),
        fixed: vec![],
    }
}

async fn list(State(web): State<Web>, visit: Visit) -> PageResult {
    if let Some(default) = table::to_default(&web, &visit, &spec()).await? {
        return Ok(default);
    }
    let view = table::view(&web, &visit, &spec()).await?;
    let own = context! { list => view, may_write => visit.may(Action::WriteFacts) };
    let page = Page::new(visit.t("kpi-definitions-title"), "nav-facts")
        .crumb(visit.t("nav-facts"), "/facts")
        .help("define-a-measure");
    visit.render(page, "facts/kpi_definitions.html", own)
}

/// A number as typed, with point or comma, in millionths; `None` for what is no number.
fn micro(text: &str) -> Option<i64> {
    let text = text.trim().replace(',', ".").replace('\u{2212}', "-");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.len() > 6 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    let (sign, whole) = whole.strip_prefix('-').map_or((1, whole), |whole| (-1, whole));
    let whole: i64 = if whole.starts_with(['-', '+']) { None } else { whole.parse().ok() }?;
    whole.checked_mul(MICRO)?.checked_add(fraction)?.checked_mul(sign)
}

/// Seconds from a typed number and its unit.
fn seconds(number: &str, unit: &str) -> Option<i64> {
    let each = match unit {
        "minutes" => 60,
        "hours" => 3_600,
        "days" => 86_400,
        _ => 1,
    };
    micro(number)?.checked_mul(each)?.checked_div(MICRO)
}

/// The aggregate's word, from the choice and what belongs to it.
fn aggregate_word(form: &Form) -> String {
    match form.get("aggregate") {
        "rate" => format!("rate:{}:{}", form.get("of"), form.get("over")),
        "per_units" => format!("per_units:{}", form.get("of")),
        "weighted_pool" => format!("weighted_pool:{}", form.get("weights").replace(' ', "")),
        word => word.to_owned(),
    }
}

/// Whether a target of this aggregate is a percentage.
fn is_share(aggregate: &str) -> bool {
    matches!(aggregate, "share_within_target" | "share_within" | "weighted_pool")
}

/// The numbers of the form, as the visitor writes them.
fn numbers_of(visit: &Visit, form: &Form) -> Numbers {
    let is_share = is_share(form.get("aggregate"));
    Numbers::read(visit.formats.number_style(), form, |name| match name {
        "within" => Some(NumberField::Decimal),
        "target" if !is_share => Some(NumberField::Decimal),
        "percent" | "scale" | "units" => Some(NumberField::Whole),
        _ => None,
    })
}

/// The errors at the fields of this form: the number that a way of computing takes stands in a field of its own for each.
fn told(form: &Form, numbers: &Numbers, errors: Vec<FieldError>) -> Vec<FieldError> {
    let own = match form.get("aggregate") {
        "share_within" => "within",
        "percentile" => "percent",
        "rate" => "scale",
        "per_units" => "units",
        _ => "parameter",
    };
    let placed = |error: FieldError| {
        let field = if error.field == "parameter" { own.to_owned() } else { error.field };
        FieldError { field, ..error }
    };
    numbers.told(errors.into_iter().map(placed).collect())
}

fn definition(form: &Form) -> DefinitionDraft {
    let list = |name: &str| -> Vec<String> {
        form.all(name)
            .iter()
            .flat_map(|text| text.split(['\n', ',']))
            .map(|text| text.trim().to_owned())
            .collect()
    };
    let kind = form.get("aggregate");
    let parameter = match kind {
        "share_within" => seconds(form.get("within"), form.get("within_unit")),
        "percentile" => form.get("percent").trim().parse().ok(),
        "rate" => form.get("scale").trim().parse().ok(),
        "per_units" => form.get("units").trim().parse().ok(),
        _ => None,
    };
    let typed = form.get("target").trim();
    let target_micro = match kind {
        _ if typed.is_empty() => None,
        // What cannot be read is outside every range, and so is told beside the field.
        kind if is_share(kind) => Some(micro(typed).map_or(-1, |percent| percent / 100)),
        "percentile" | "mean" => {
            let seconds = seconds(typed, form.get("target_unit"));
            Some(seconds.and_then(|seconds| seconds.checked_mul(MICRO)).unwrap_or(-1))
        }
        _ => Some(micro(typed).unwrap_or(-1)),
    };
    DefinitionDraft {
        clock: form.get("clock").to_owned(),
        aggregate: aggregate_word(form),
        parameter,
        direction: form.get("direction").to_owned(),
        target_micro,
        filter: CaseFilterParts {
            priorities: list("priorities"),
            groups: list("groups"),
            teams: vec![],
            categories: list("categories"),
            kinds: list("kinds"),
        },
    }
}

fn draft(form: &Form) -> KpiDraft {
    KpiDraft {
        name: form.get("name").to_owned(),
        external_id: None,
        cadence: form.get("cadence").to_owned(),
        owner_person_id: Id::parse(form.get("owner")).ok(),
        valid_from: Month::parse(form.get("valid_from")).ok(),
        definition: definition(form),
    }
}

/// The form of a measure as it stands.
fn filled(visit: &Visit, kpi: &Kpi) -> Form {
    let Some(newest) = kpi.newest() else { return Form::default() };
    let definition = &newest.definition;
    let unit = definition.aggregate.unit();
    let plain = |micro: i64| {
        let text = format!("{}.{:06}", micro / MICRO, micro % MICRO);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let target = definition.target_micro().map(|micro| match unit {
        Unit::Share => plain(micro * 100),
        Unit::Seconds | Unit::Count => visit.formats.number_style().written(&plain(micro)),
    });
    let mut pairs = vec![
        ("name", kpi.name.clone()),
        ("version", kpi.version.to_string()),
        ("cadence", kpi.cadence.as_str().to_owned()),
        ("owner", kpi.owner_person_id.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("valid_from", newest.valid_from.to_string()),
        ("clock", definition.clock.as_str().to_owned()),
        ("aggregate", definition.aggregate.kind().to_owned()),
        ("direction", definition.direction.as_str().to_owned()),
        ("target", target.unwrap_or_default()),
        ("target_unit", "seconds".to_owned()),
        (
            "priorities",
            definition.filter.priorities().iter().map(u8::to_string).collect::<Vec<_>>().join(", "),
        ),
    ];
    let parameter = definition.aggregate.parameter().map(|number| number.to_string()).unwrap_or_default();
    match &definition.aggregate {
        Aggregate::ShareWithin { .. } => {
            pairs.extend([("within", parameter), ("within_unit", "seconds".to_owned())])
        }
        Aggregate::Percentile { .. } => pairs.push(("percent", parameter)),
        Aggregate::Rate { of, over, .. } => pairs.extend([
            ("of", of.as_str().to_owned()),
            ("over", over.as_str().to_owned()),
            ("scale", parameter),
        ]),
        Aggregate::PerUnits { of, .. } => {
            pairs.extend([("of", of.as_str().to_owned()), ("units", parameter)])
        }
        Aggregate::WeightedPool { .. } => {
            pairs.push((
                "weights",
                definition.aggregate.word().trim_start_matches("weighted_pool:").to_owned(),
            ));
        }
        _ => {}
    }
    let lists = [
        ("groups", definition.filter.groups()),
        ("categories", definition.filter.categories()),
        ("kinds", definition.filter.kinds()),
    ];
    for (name, list) in lists {
        pairs.push((name, list.join("\n")));
    }
    Form::from_pairs(pairs)
}

/// A new measure's form with what most people want.
fn fresh(account: &str) -> Form {
    Form::from_pairs([
        ("cadence", "monthly".to_owned()),
        ("clock", "resolution".to_owned()),
        ("aggregate", "share_within_target".to_owned()),
        ("direction", "higher".to_owned()),
        ("target", "95".to_owned()),
        ("account", account.to_owned()),
    ])
}

/// Everything the form page shows besides the form itself.
struct FormPage<'a> {
    kpi: Option<&'a Kpi>,
    form: &'a Form,
    errors: &'a [FieldError],
    preview: Option<Preview>,
}

/// What a filter could name; a group with the name of the team behind it.
fn told_values(group_names: &BTreeMap<String, String>, values: &[String]) -> Vec<String> {
    let told = |value: &String| match group_names.get(value) {
        Some(name) => format!("{value} ({name})"),
        None => value.clone(),
    };
    values.iter().map(told).collect()
}

async fn form_page(web: &Web, visit: &Visit, shown: FormPage<'_>) -> PageResult {
    authorise::authorise(&visit.actor, Action::WriteFacts)?;
    let FormPage { kpi, form, errors, preview } = shown;
    let of_kpi = match kpi.map(|kpi| &kpi.scope) {
        Some(KpiScope::Account(account)) => Some(account.clone()),
        _ => None,
    };
    let account = Id::parse(form.get("account")).ok().or(of_kpi.clone());
    let choices = definition_choices(web.ctx(), &visit.actor, account).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let words = |prefix: &str, words: Vec<&'static str>| -> Vec<Value> {
        words
            .into_iter()
            .map(|word| context! { value => word, text => visit.t(&format!("{prefix}{}", word.replace('_', "-"))) })
            .collect()
    };
    let title = match kpi {
        Some(kpi) => kpi.name.clone(),
        None => visit.t("kpi-define-title"),
    };
    let error_of = |field: &str| errors.iter().find(|error| error.field == field);
    let of_account = choices.account.as_ref().map(ToString::to_string).unwrap_or_default();
    // What was typed and meant no account goes back as it was typed.
    let tried = if error_of("account").is_some() { form.get("account").to_owned() } else { of_account };
    let accounts = pick::control(web, visit, Kind::Account, &tried, error_of("account")).await?;
    let owners = pick::control(web, visit, Kind::Person, form.get("owner"), error_of("owner")).await?;
    let own = context! {
        form => form.view(visit, errors),
        kpi => kpi.map(|kpi| context! {
            id => kpi.id.to_string(), assumed => kpi.assumed, version => kpi.version,
            versions => kpi.versions.iter().rev().map(|version| context! {
                since => visit.month(version.valid_from), formula => formula(visit, &version.definition),
                target => super::kpi_words::target(visit, &version.definition),
                filter => super::kpi_words::filter(visit, &version.definition.filter),
            }).collect::<Vec<_>>(),
        }),
        action => kpi.map_or_else(|| "/facts/measures/new".to_owned(), |kpi| format!("/facts/measures/{}/edit", kpi.id)),
        accounts => accounts, account => tried,
        scope_fixed => kpi.is_some(),
        owners => owners,
        filters => choices.filters.iter().map(|(field, list)| context! { field => *field, list => told_values(&choices.group_names, list) }).collect::<Vec<_>>(),
        kinds => words("kpi-kind-", Aggregate::KINDS.to_vec()),
        clocks => words("kpi-clock-name-", MeasuredClock::ALL.iter().map(|it| it.as_str()).collect()),
        directions => words("kpi-direction-", Direction::ALL.iter().map(|it| it.as_str()).collect()),
        cadences => words("kpi-cadence-", Cadence::ALL.iter().map(|it| it.as_str()).collect()),
        counted => words("kpi-counted-", Counted::ALL.iter().map(|it| it.as_str()).collect()),
        units => words("kpi-unit-", vec!["seconds", "minutes", "hours", "days"]),
        preview => preview.map(|preview| preview_view(visit, &preview)),
        title => title.clone(),
    };
    let page = Page::new(title.clone(), "nav-facts")
        .crumb(visit.t("nav-facts"), "/facts")
        .crumb(visit.t("kpi-definitions-title"), "/facts/measures")
        .help("define-a-measure");
    visit.render_with_status(status, page, "facts/kpi_define.html", own)
}

fn preview_view(visit: &Visit, preview: &Preview) -> Value {
    let definition = &preview.definition;
    let unit = definition.aggregate.unit();
    let rows: Vec<Value> = preview
        .months
        .iter()
        .rev()
        .map(|(month, figure)| {
            let (status, word) = verdict(visit, figure.verdict);
            context! {
                month => visit.month(*month), value => value_or_dash(visit, unit, figure.value_micro),
                n => visit.number(figure.n), interval => interval(visit, unit, figure), status => status, word => word,
            }
        })
        .collect();
    let examples: Vec<Value> = preview
        .examples
        .iter()
        .map(|case| {
            let clock = case.clock(definition.clock);
            context! {
                case_ref => case.case_ref.clone(), href => super::kpi_view::case_href(&case.id), month => visit.month(case.month),
                clock => visit.formats.clock(clock.seconds), met => clock.met,
                target => case.target_s.map(|target| visit.formats.duration(target)),
            }
        })
        .collect();
    context! {
        value => value_or_dash(visit, unit, preview.total.value_micro), n => visit.number(preview.total.n),
        interval => interval(visit, unit, &preview.total), formula => formula(visit, definition),
        filter => super::kpi_words::filter(visit, &definition.filter), rows => rows, examples => examples,
        empty => preview.total.n == 0,
    }
}

async fn new(State(web): State<Web>, visit: Visit) -> PageResult {
    let account = visit.uri.query().and_then(|query| query.strip_prefix("account=")).unwrap_or_default();
    let form = fresh(account);
    form_page(&web, &visit, FormPage { kpi: None, form: &form, errors: &[], preview: None }).await
}

async fn edit(State(web): State<Web>, visit: Visit, Path(kpi): Path<String>) -> PageResult {
    let kpi = show_definition(web.ctx(), &visit.actor, &path_id(&kpi)?).await?;
    let form = filled(&visit, &kpi);
    form_page(&web, &visit, FormPage { kpi: Some(&kpi), form: &form, errors: &[], preview: None }).await
}

/// Ids instead of typed names of the account and the owner; what is wrong with them.
async fn resolve(web: &Web, visit: &Visit, form: &mut Form) -> Result<Vec<FieldError>, Failure> {
    let mut errors = pick::resolve(web, visit, form, "account", Kind::Account).await?;
    errors.extend(pick::resolve(web, visit, form, "owner", Kind::Person).await?);
    Ok(errors)
}

/// The error of a form that names no account and does not ask for every account either.
fn no_account() -> FieldError {
    FieldError { field: "account".to_owned(), message: Message::new("book-problem-required") }
}

async fn preview(State(web): State<Web>, visit: Visit, mut form: Form) -> PageResult {
    let kpi = match form.get("kpi") {
        "" => None,
        kpi => Some(show_definition(web.ctx(), &visit.actor, &path_id(kpi)?).await?),
    };
    let errors = resolve(&web, &visit, &mut form).await?;
    if !errors.is_empty() {
        let shown = FormPage { kpi: kpi.as_ref(), form: &form, errors: &errors, preview: None };
        return form_page(&web, &visit, shown).await;
    }
    let account = match (&kpi, Id::parse(form.get("account"))) {
        (Some(Kpi { scope: KpiScope::Account(account), .. }), _) => account.clone(),
        (_, Ok(account)) => account,
        _ if !form.has("everyone") => {
            let shown = FormPage { kpi: kpi.as_ref(), form: &form, errors: &[no_account()], preview: None };
            return form_page(&web, &visit, shown).await;
        }
        _ => {
            let choices = definition_choices(web.ctx(), &visit.actor, None).await?;
            choices.account.ok_or_else(Failure::not_found)?
        }
    };
    let numbers = numbers_of(&visit, &form);
    let tried = preview_measure(web.ctx(), &visit.actor, &account, definition(numbers.form()).parse()).await;
    match tried {
        Ok(preview) => {
            let shown = FormPage { kpi: kpi.as_ref(), form: &form, errors: &[], preview: Some(preview) };
            form_page(&web, &visit, shown).await
        }
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors = told(&form, &numbers, error.fields());
            form_page(
                &web,
                &visit,
                FormPage { kpi: kpi.as_ref(), form: &form, errors: &errors, preview: None },
            )
            .await
        }
    }
}

async fn create(State(web): State<Web>, visit: Visit, mut form: Form) -> PageResult {
    let mut errors = resolve(&web, &visit, &mut form).await?;
    let scope = match (form.has("everyone"), Id::parse(form.get("account"))) {
        (true, _) => Some(KpiScope::Everything),
        (false, Ok(account)) => Some(KpiScope::Account(account)),
        (false, Err(_)) => None,
    };
    // What was typed and meant no account is told by now; an emptied field is not.
    if scope.is_none() && errors.iter().all(|error| error.field != "account") {
        errors.push(no_account());
    }
    let Some(scope) = scope.filter(|_| errors.is_empty()) else {
        let shown = FormPage { kpi: None, form: &form, errors: &errors, preview: None };
        return form_page(&web, &visit, shown).await;
    };
    let numbers = numbers_of(&visit, &form);
    match define_kpi(web.ctx(), &visit.actor, scope, &draft(numbers.form())).await {
        Ok(kpi) => Ok(kept(&visit, &kpi, "kpi-defined")),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let errors = told(&form, &numbers, error.fields());
            form_page(&web, &visit, FormPage { kpi: None, form: &form, errors: &errors, preview: None }).await
        }
    }
}

/// Leads to where the measure is seen.
fn kept(visit: &Visit, kpi: &Kpi, text_id: &str) -> Response {
    let path = match &kpi.scope {
        KpiScope::Account(account) => format!("/accounts/{account}/measures/{}", kpi.id),
        KpiScope::Source(_) | KpiScope::Everything => "/facts/measures".to_owned(),
    };
    visit.redirect_with(&path, visit.tr(text_id, &[("name", &kpi.name)]), None)
}

async fn save(State(web): State<Web>, visit: Visit, Path(kpi): Path<String>, mut form: Form) -> PageResult {
    let kpi_id = path_id(&kpi)?;
    let errors = resolve(&web, &visit, &mut form).await?;
    if !errors.is_empty() {
        let kpi = show_definition(web.ctx(), &visit.actor, &kpi_id).await?;
        let shown = FormPage { kpi: Some(&kpi), form: &form, errors: &errors, preview: None };
        return form_page(&web, &visit, shown).await;
    }
    let version = form.get("version").parse().unwrap_or(0);
    let numbers = numbers_of(&visit, &form);
    match revise_kpi(web.ctx(), &visit.actor, &kpi_id, version, &draft(numbers.form())).await {
        Ok(kpi) => Ok(kept(&visit, &kpi, "kpi-revised")),
        Err(error) if error.fields().is_empty() => Err(error.into()),
        Err(error) => {
            let kpi = show_definition(web.ctx(), &visit.actor, &kpi_id).await?;
            let errors = told(&form, &numbers, error.fields());
            form_page(&web, &visit, FormPage { kpi: Some(&kpi), form: &form, errors: &errors, preview: None })
                .await
        }
    }
}

async fn trash(State(web): State<Web>, visit: Visit, Path(kpi): Path<String>, form: Form) -> PageResult {
    let version = form.get("version").parse().unwrap_or(0);
    let kpi = trash_kpi(web.ctx(), &visit.actor, &path_id(&kpi)?, version).await?;
    let undo = format!("/facts/measures/{}/restore", kpi.id);
    Ok(visit.redirect_with("/facts/measures", visit.tr("kpi-trashed", &[("name", &kpi.name)]), Some(undo)))
}

async fn restore(State(web): State<Web>, visit: Visit, Path(kpi): Path<String>) -> PageResult {
    let kpi = restore_kpi(web.ctx(), &visit.actor, &path_id(&kpi)?).await?;
    Ok(visit.redirect_with("/facts/measures", visit.tr("kpi-restored", &[("name", &kpi.name)]), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_number_is_read_to_a_millionth() {
        assert_eq!(micro("95"), Some(95_000_000));
        assert_eq!(micro(" 99,5 "), Some(99_500_000));
        assert_eq!(micro("0.0000001"), None);
        assert_eq!(micro("x"), None);
        assert_eq!((micro("-0,5"), micro("\u{2212}2.5")), (Some(-500_000), Some(-2_500_000)));
        assert_eq!((micro("--5"), micro("-+5"), micro("")), (None, None, None));
        assert_eq!(seconds("1.5", "hours"), Some(5_400));
    }
}
