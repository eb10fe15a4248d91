//! The second step of an import: which column is which field, what the file lacks, what its words, dates and amounts mean.
//!
//! A proposal stands in every box, with the first values of each column under it; without a script, one form. What is said
//! goes with the file through check and import, and is remembered under the name of where the file comes from. Also here:
//! what happens to rows that look like a record. Not here: what is proposed (`mandate_app::book::guess`).

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use mandate_app::Action;
use mandate_app::book::guess::{Proposal, other_kind, price_currency, propose, propose_for, with_usual};
use mandate_app::book::mapping::{Alike, DateOrder, DecimalSign, EmptyCells, Mapping, SeveralIds};
use mandate_app::book::mappings::{LONGEST_SOURCE, NamedMapping, mappings};
use mandate_app::book::own_columns::field_of_column;
use mandate_app::book::profiles::{Profile, profile};
use mandate_app::book::volume::VolumePer;
use mandate_app::book::{self, ImportError, ImportFile, Relation, columns_of, import_columns, relations};
use mandate_app::exchange::Encoding;
use mandate_domain::Currency;
use mandate_domain::book::{CustomField, Kind, Shape, Spec};
use mandate_domain::country::Country;
use mandate_domain::text::fold;
use minijinja::{Value, context};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::import::{framed, outcome_frame, refused_page, stepper, to_check};
use super::kinds::{choice_text_id, kind_text_id};
use crate::access::Routes;
use crate::failure::PageResult;
use crate::form::Form;
use crate::frame::{Visit, redirect};
use crate::state::Web;
use crate::table::field_text_id;

/// What a column is read as that becomes a new custom field.
const NEW_FIELD: &str = "new-field";

/// Pages under `/import/book/{secret}`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/import/book/{secret}/columns", Action::Import, show)
        .post("/import/book/{secret}/columns", Action::Import, say)
        .post("/import/book/{secret}/kind", Action::Import, retype)
        .post("/import/book/{secret}/alike", Action::Import, answer)
}

#[derive(Deserialize)]
struct Asked {
    /// The source whose mapping is taken over.
    #[serde(default, rename = "as")]
    source: String,
    /// Words turned up that nobody was asked about.
    words: Option<String>,
    /// So did a volume.
    volume: Option<String>,
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path(secret): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult {
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, &secret).await?;
    let custom = book::custom_fields(web.ctx(), &visit.actor, kind).await?;
    let specs = import_columns(web.ctx(), &visit.actor, kind).await?;
    let proposal = match propose_for(web.ctx(), &visit.actor, kind, &file).await {
        Ok(proposal) => proposal,
        Err(error @ (ImportError::File(_) | ImportError::Rows(_))) => {
            let refusal = mandate_app::book::import_job::refusal_json(kind, &error);
            let frame = outcome_frame(&visit, kind, &file.name);
            return refused_page(&visit, frame, (None, ""), &refusal);
        }
        Err(error) => return Err(error.into()),
    };
    let header: Vec<String> = proposal.columns.iter().map(|column| column.head.clone()).collect();
    let known = mappings(web.ctx(), &visit.actor, Some(kind), &header).await?;
    let before = match (&file.mapping, asked.source.as_str()) {
        (None, "") => book::mapping_before(web.ctx(), &visit.actor, kind, &header).await?,
        _ => None,
    };
    let is_as_before = before.is_some();
    let file = ImportFile { mapping: file.mapping.or(before.map(Box::new)), ..file };
    let proposal = if is_as_before { propose((kind, &specs), &file).await? } else { proposal };
    let proposal = taken_over((kind, &specs), &file, proposal, (&known, &asked.source)).await?;
    let chosen = |column: &str| proposal.mapping.columns.get(column).cloned().unwrap_or_default();
    let fields = all_options(&visit, kind, &custom, &header);
    let left_out: Vec<&str> =
        header.iter().filter(|head| chosen(head).is_empty()).map(String::as_str).collect();
    let columns: Vec<Value> = proposal
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            context! {
                name => format!("c{at}"), head => column.head.clone(), value => chosen(&column.head),
                samples => column.samples.join(" · "),
            }
        })
        .collect();
    let fitting = proposal.profile.and_then(|name| profile(name, kind));
    let (needed, rest) = fixed_views(&visit, kind, &proposal.mapping);
    let own = context! {
        steps => stepper(&visit, 1), columns => columns, fields => fields, sources => source_views(&known, &secret, &proposal.mapping),
        fixed => needed, rest => rest, words => word_views(&visit, kind, &proposal), names => name_views(&visit, &proposal.mapping),
        volume => proposal.volume.as_ref().map(|head| visit.tr("import-volume-per", &[("column", head)])),
        several => several_view(&visit, &proposal), several_ids => proposal.mapping.several_ids.as_str(),
        volume_of => proposal.volume.clone(), volume_per => proposal.mapping.volume_per.map(VolumePer::as_str),
        profile => fitting.map(Profile::title), profile_tested => fitting.is_some_and(Profile::is_tested),
        other => other_view(&visit, &secret, other_kind(kind, &header)), as_before => is_as_before,
        as_source => known.iter().find(|it| it.mapping == proposal.mapping).map(|it| it.source.clone()),
        words_open => asked.words.is_some(), volume_open => asked.volume.is_some(), left_out => left_out.join(", "),
        makes_fields => visit.may(Action::Administer),
        encoding_guessed => proposal.encoding_guessed, dates_open => proposal.dates_open,
        encoding => proposal.mapping.encoding.clone(), dates => proposal.mapping.dates.as_str(),
        decimal => proposal.mapping.decimal.as_str(), empty_cells => proposal.mapping.empty_cells.as_str(), source => proposal.mapping.source.clone(),
        alike => proposal.mapping.alike.unwrap_or_default().as_str(), file_name => file.name,
        longest_source => LONGEST_SOURCE, options => style_options(&visit),
        action => format!("/import/book/{secret}/columns"), again_href => format!("/import?kind={}", kind.plural()),
    };
    visit.render(framed(&visit), "book/import_columns.html", own)
}

/// What is asked where a cell has several ids.
fn several_view(visit: &Visit, proposal: &Proposal) -> Option<String> {
    match (&proposal.several_ids, proposal.mapping.several_ids) {
        (Some(head), _) => Some(visit.tr("import-several-in", &[("column", head)])),
        (None, SeveralIds::First) => Some(visit.t("import-several")),
        (None, SeveralIds::AsTheyStand) => None,
    }
}

/// The kind that the columns speak of, to be taken instead.
fn other_view(visit: &Visit, secret: &str, other: Option<Kind>) -> Option<Value> {
    let other = other?;
    let many = visit.t(&kind_text_id(other, "many"));
    Some(context! {
        text => visit.tr("import-other-kind", &[("many", &many)]), kind => other.plural(),
        button => visit.tr("import-other-kind-take", &[("many", &many)]),
        action => format!("/import/book/{secret}/kind"),
    })
}

/// Mappings that were used before, each with the address that takes it over.
/// What is read so already is not offered.
fn source_views(known: &[NamedMapping], secret: &str, now: &Mapping) -> Vec<Value> {
    let view = |it: &NamedMapping| {
        let source = utf8_percent_encode(&it.source, NON_ALPHANUMERIC);
        let href = format!("/import/book/{secret}/columns?as={source}");
        context! { source => it.source.clone(), same => it.same_header, href => href }
    };
    known.iter().filter(|it| it.mapping != *now).map(view).collect()
}

/// With the mapping of the source that was asked for, or of the one whose files have this header.
async fn taken_over(
    (kind, specs): (Kind, &[Spec]),
    file: &ImportFile,
    proposal: Proposal,
    (known, asked): (&[NamedMapping], &str),
) -> Result<Proposal, ImportError> {
    let it = match asked {
        "" if file.mapping.is_none() => known.iter().find(|it| it.same_header),
        "" => None,
        source => known.iter().find(|it| it.source == source),
    };
    let Some(it) = it else { return Ok(proposal) };
    propose((kind, specs), &ImportFile { mapping: Some(Box::new(it.mapping.clone())), ..file.clone() }).await
}

fn option(visit: &Visit, value: &str, text_id: &str) -> Value {
    context! { value => value, text => visit.t(text_id) }
}

/// All that a column may be read as.
fn all_options(visit: &Visit, kind: Kind, custom: &[Arc<CustomField>], header: &[String]) -> Vec<Value> {
    let mut fields = field_options(visit, kind);
    fields.extend(custom.iter().map(|field| {
        context! { value => field.name, text => field.label_in(visit.formats.tag()) }
    }));
    fields.extend(related_options(visit, kind));
    fields.extend(side_by_side_options(visit, kind, header));
    if visit.may(Action::Administer) {
        fields.push(option(visit, NEW_FIELD, "import-new-field"));
    }
    fields
}

/// The fields of a kind that the actor may set, and the parts of a name.
fn field_options(visit: &Visit, kind: Kind) -> Vec<Value> {
    let mut options: Vec<Value> =
        open_fields(visit, kind).map(|spec| option(visit, spec.name, &field_text_id(spec.name))).collect();
    if kind == Kind::Person {
        options.push(option(visit, "first_name", "import-first-name"));
        options.push(option(visit, "last_name", "import-last-name"));
    }
    options
}

fn open_fields<'a>(visit: &'a Visit, kind: Kind) -> impl Iterator<Item = &'static Spec> + use<'a> {
    let clearance = visit.clearance();
    columns_of(kind).iter().filter(move |spec| clearance.admits(spec.purpose))
}

/// Prices in the currencies that the header names, side by side.
fn side_by_side_options(visit: &Visit, kind: Kind, header: &[String]) -> Vec<Value> {
    let of_list = header.iter().filter(|_| kind == Kind::ListPrice);
    let currencies: BTreeSet<String> = of_list.filter_map(|head| price_currency(head)).collect();
    let option = |currency: &String| {
        context! { value => format!("price@{currency}"), text => visit.tr("import-price-in", &[("currency", currency)]) }
    };
    currencies.iter().map(option).collect()
}

/// The fields of records that rows may name besides, each with the record before its name.
fn related_options(visit: &Visit, kind: Kind) -> Vec<Value> {
    let clearance = visit.clearance();
    let fields =
        relations(kind).iter().flat_map(|relation| relation.specs.iter().map(move |spec| (relation, spec)));
    fields
        .filter(|(_, spec)| clearance.admits(spec.purpose))
        .filter_map(|(relation, spec)| {
            let text = related_label(visit, relation, relation.inner(spec.name)?);
            Some(context! { value => spec.name, text => text })
        })
        .collect()
}

fn related_label(visit: &Visit, relation: &Relation, field: &str) -> String {
    let ways = relation.path.split('.').map(|step| visit.t(&field_text_id(step)));
    ways.chain([visit.t(&field_text_id(field))]).collect::<Vec<_>>().join(" › ")
}

/// A box for a field that the file may lack. What only new records take is marked, and keeps apart from what every row takes.
fn lacking_view(
    visit: &Visit,
    (field, shape): (&str, Shape),
    (label, name): (String, &str),
    mapping: &Mapping,
) -> Value {
    let options: Vec<Value> = match shape {
        Shape::Choice(words) => {
            words.iter().map(|word| option(visit, word, &choice_text_id(field, word))).collect()
        }
        _ => vec![],
    };
    let default = mapping.defaults.get(name).filter(|_| !mapping.fixed.contains_key(name));
    let of_new = default.is_some() || name != field;
    let by_country = name == "time_zone" && mapping.column_of("country").is_some();
    context! {
        name => format!("{}.{name}", if of_new { "d" } else { "f" }), label => label, options => options,
        value => default.or(mapping.fixed.get(name)).cloned().unwrap_or_default(),
        help => of_new.then(|| visit.t(if by_country { "import-fixed-by-country" } else { "import-fixed-of-new" })),
    }
}

/// Fields that may have one value in every row: all but what tells one record from another and what a column holds; of the records
/// that rows name besides, those that new ones need. Those that new records need, or that have a value, come first, the rest apart.
fn fixed_views(visit: &Visit, kind: Kind, mapping: &Mapping) -> (Vec<Value>, Vec<Value>) {
    let own = ["external_id", "name", "title", "email", "phone"];
    let is_held = |name: &str| {
        let beside = format!("{name}.");
        mapping
            .columns
            .values()
            .any(|held| held == name || held.starts_with(&beside) || held.starts_with(&format!("{name}@")))
    };
    let is_said = |name: &str| mapping.fixed.contains_key(name) || mapping.defaults.contains_key(name);
    let (mut needed, mut rest) = (vec![], vec![]);
    for spec in open_fields(visit, kind).filter(|spec| !own.contains(&spec.name)) {
        if is_held(spec.name) && !is_said(spec.name) {
            continue;
        }
        let label = visit.t(&field_text_id(spec.name));
        let view = lacking_view(visit, (spec.name, spec.shape), (label, spec.name), mapping);
        if spec.required || is_said(spec.name) { needed.push(view) } else { rest.push(view) }
    }
    let spoken = |path: &str| {
        mapping.columns.values().any(|held| held.strip_prefix(path).is_some_and(|it| it.starts_with('.')))
    };
    for relation in relations(kind).iter().filter(|relation| spoken(relation.path)) {
        let of_new = relation.kind.fields().iter().filter(|spec| !own.contains(&spec.name));
        needed.extend(of_new.filter_map(|spec| {
            let name = relation.dotted(spec.name)?;
            let is_asked = if spec.required { !is_held(name) || is_said(name) } else { is_said(name) };
            if !is_asked {
                return None;
            }
            let label = related_label(visit, relation, spec.name);
            Some(lacking_view(visit, (spec.name, spec.shape), (label, name), mapping))
        }));
    }
    (needed, rest)
}

/// The choices, and the name, of a field, which may be of a record that rows name besides.
fn choices_of(visit: &Visit, kind: Kind, field: &str) -> Option<(Vec<Value>, String)> {
    let related = relations(kind).iter().find_map(|it| Some((it, it.inner(field)?)));
    let (kind, inner, label) = match related {
        Some((relation, inner)) => (relation.kind, inner, related_label(visit, relation, inner)),
        None => (kind, field, visit.t(&field_text_id(field))),
    };
    match columns_of(kind).iter().find(|spec| spec.name == inner)?.shape {
        Shape::Choice(choices) => Some((
            choices.iter().map(|word| option(visit, word, &choice_text_id(inner, word))).collect(),
            label,
        )),
        Shape::Country => {
            Some((Country::all().map(|it| context! { value => it.name, text => it.name }).collect(), label))
        }
        _ => None,
    }
}

fn word_views(visit: &Visit, kind: Kind, proposal: &Proposal) -> Vec<Value> {
    let mut views = vec![];
    for (field, words) in &proposal.words {
        let Some((options, label)) = choices_of(visit, kind, field) else { continue };
        for word in words {
            let said = proposal.mapping.words.get(*field).and_then(|words| words.get(word));
            let counts = [("word", word.as_str()), ("field", &label)];
            views.push(context! {
                name => box_of("w.", field, word), label => visit.tr("import-word", &counts),
                options => options.clone(), value => said.cloned().unwrap_or_default(),
            });
        }
    }
    views
}

/// Names of the file that mean others, each with what it means.
fn name_views(visit: &Visit, mapping: &Mapping) -> Vec<Value> {
    let held = |field: &str| mapping.columns.values().any(|held| held == field);
    let named = mapping.names.iter().filter(|(field, _)| held(field));
    let each = named.flat_map(|(field, names)| names.iter().map(move |(text, name)| (field, text, name)));
    each.map(|(field, text, name)| {
        let label = field.split('.').map(|step| visit.t(&field_text_id(step))).collect::<Vec<_>>();
        let counts = [("word", text.as_str()), ("field", &label.join(" › "))];
        context! { name => box_of("n.", field, text), label => visit.tr("import-word", &counts), value => name }
    })
    .collect()
}

fn style_options(visit: &Visit) -> Value {
    let dates = DateOrder::ALL.map(DateOrder::as_str);
    let decimal = DecimalSign::ALL.map(DecimalSign::as_str);
    let empty_cells = EmptyCells::ALL.map(EmptyCells::as_str);
    let several_ids = SeveralIds::ALL.map(SeveralIds::as_str);
    let alike = Alike::ALL.map(Alike::as_str);
    let encodings = [Encoding::Utf8, Encoding::Utf16, Encoding::Windows1252].map(Encoding::as_str);
    context! {
        volume => VolumePer::ALL.map(|it| option(visit, it.as_str(), &format!("import-volume-{}", it.as_str()))).to_vec(),
        dates => dates.map(|it| option(visit, it, &format!("import-dates-{}", it.replace('_', "-")))).to_vec(),
        decimal => decimal.map(|it| option(visit, it, &format!("import-decimal-{it}"))).to_vec(),
        several_ids => several_ids.map(|it| option(visit, it, &format!("import-several-{}", it.replace('_', "-")))).to_vec(),
        empty_cells => empty_cells.map(|it| option(visit, it, &format!("import-empty-cells-{it}"))).to_vec(),
        alike => alike.map(|it| option(visit, it, &format!("import-alike-{it}"))).to_vec(),
        encodings => encodings.map(|it| context! { value => it, text => it }).to_vec(),
    }
}

/// The name of a box for a text of a field: a point ends the field's name, which may have points of its own.
pub(super) fn box_of(prefix: &str, field: &str, text: &str) -> String {
    format!("{prefix}{}.{text}", field.replace('.', "/"))
}

/// The field and the text that a box is for.
pub(super) fn told_of<'a>(name: &'a str, prefix: &str) -> Option<(String, &'a str)> {
    let (field, text) = name.strip_prefix(prefix)?.split_once('.')?;
    Some((field.replace('/', "."), text))
}

/// The mapping that a form says. A box for a column that the file does not have is passed over.
fn mapping_of(visit: &Visit, specs: &[Spec], header: &[String], form: &Form) -> Mapping {
    let clearance = visit.clearance();
    let may = |field: &str| {
        specs.iter().any(|spec| spec.name == field && clearance.admits(spec.purpose))
            || ["first_name", "last_name"].contains(&field)
    };
    let mut mapping = Mapping {
        dates: DateOrder::parse(form.get("dates")).unwrap_or_default(),
        decimal: DecimalSign::parse(form.get("decimal")).unwrap_or_default(),
        empty_cells: EmptyCells::parse(form.get("empty_cells")).unwrap_or_default(),
        several_ids: SeveralIds::parse(form.get("several_ids")).unwrap_or_default(),
        encoding: Encoding::parse(form.get("encoding")).map(|encoding| encoding.as_str().to_owned()),
        alike: Some(Alike::parse(form.get("alike")).unwrap_or(Alike::Skip)),
        source: form.get("source").trim().chars().take(LONGEST_SOURCE).collect(),
        ..Mapping::default()
    };
    for (at, head) in header.iter().enumerate() {
        let field = form.get(&format!("c{at}"));
        let (plain, currency) = field.split_once('@').unwrap_or((field, ""));
        let is_price = currency.is_empty() || plain == "price" && Currency::parse(currency).is_ok();
        if may(plain) && is_price {
            mapping.columns.insert(head.clone(), field.to_owned());
        }
    }
    // The box for it names the column that was shown: another may have been chosen beside it.
    let said = VolumePer::parse(form.get("volume_per")).map(|per| (form.get("volume_of"), per));
    mapping.settle_volume(said);
    for (name, value) in form.pairs().iter().filter(|(_, value)| !value.trim().is_empty()) {
        if let Some(field) = name.strip_prefix("f.").filter(|field| may(field)) {
            mapping.fixed.insert(field.to_owned(), value.trim().to_owned());
        }
        if let Some(field) = name.strip_prefix("d.").filter(|field| may(field)) {
            mapping.defaults.insert(field.to_owned(), value.trim().to_owned());
        }
        if let Some((field, word)) = told_of(name, "w.").filter(|(field, _)| may(field)) {
            mapping.words.entry(field).or_default().insert(word.to_owned(), value.clone());
        }
        if let Some((field, text)) = told_of(name, "n.").filter(|(field, _)| may(field)) {
            mapping.names.entry(field).or_default().insert(fold(text), value.trim().to_owned());
        }
    }
    mapping
}

async fn say(State(web): State<Web>, visit: Visit, Path(secret): Path<String>, mut form: Form) -> PageResult {
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, &secret).await?;
    let specs = import_columns(web.ctx(), &visit.actor, kind).await?;
    let proposal = propose((kind, &specs), &file).await?;
    for (at, column) in proposal.columns.iter().enumerate() {
        if form.get(&format!("c{at}")) == NEW_FIELD {
            let name = field_of_column(web.ctx(), &visit.actor, kind, column).await?;
            form.replace(&format!("c{at}"), name.to_owned());
        }
    }
    let specs = import_columns(web.ctx(), &visit.actor, kind).await?;
    let header: Vec<String> = proposal.columns.into_iter().map(|column| column.head).collect();
    let mut mapping = mapping_of(&visit, &specs, &header, &form);
    // What new records need is offered once a column names them; before, nobody could say it.
    let mut usual = mapping.clone();
    with_usual(web.ctx(), &visit.actor, kind, &mut usual).await?;
    let was_asked = |name: &String| {
        form.pairs()
            .iter()
            .any(|(given, _)| given.strip_prefix("d.").or(given.strip_prefix("f.")) == Some(name))
    };
    let unasked = usual.defaults.into_iter().filter(|(name, _)| name.contains('.') && !was_asked(name));
    for (name, value) in unasked {
        mapping.defaults.entry(name).or_insert(value);
    }
    let file = ImportFile { mapping: Some(Box::new(mapping.clone())), ..file };
    book::map_upload(web.ctx(), &visit.actor, &secret, (mapping, &header)).await?;
    // A column that was chosen just now may have words that nobody was asked about.
    let asked = |field: &str, word: &str| {
        let name = box_of("w.", field, word);
        form.pairs().iter().any(|(given, _)| *given == name)
    };
    let Proposal { words, volume, .. } = propose((kind, &specs), &file).await?;
    if words.iter().any(|(field, words)| words.iter().any(|word| !asked(field, word))) {
        return Ok(redirect(&format!("/import/book/{secret}/columns?words=1")));
    }
    if volume.is_some() && file.mapping.as_deref().is_some_and(|it| it.volume_per.is_none()) {
        return Ok(redirect(&format!("/import/book/{secret}/columns?volume=1")));
    }
    to_check(&web, &visit, &secret).await
}

/// Takes the file for one of another kind.
async fn retype(State(web): State<Web>, visit: Visit, Path(secret): Path<String>, form: Form) -> PageResult {
    let (kind, _) = book::find_upload(web.ctx(), &visit.actor, &secret).await?;
    let kind = Kind::parse(form.get("kind")).unwrap_or(kind);
    book::retype_upload(web.ctx(), &visit.actor, &secret, kind).await?;
    Ok(redirect(&format!("/import/book/{secret}/columns")))
}

/// What happens to single rows that look like a record.
async fn answer(State(web): State<Web>, visit: Visit, Path(secret): Path<String>, form: Form) -> PageResult {
    let (kind, file) = book::find_upload(web.ctx(), &visit.actor, &secret).await?;
    let specs = import_columns(web.ctx(), &visit.actor, kind).await?;
    let proposal = propose((kind, &specs), &file).await?;
    let header: Vec<String> = proposal.columns.into_iter().map(|column| column.head).collect();
    let mut mapping = file.mapping.map(|mapping| *mapping).unwrap_or_default();
    if let Some(alike) = Alike::parse(form.get("alike")) {
        mapping.alike = Some(alike);
    }
    for (name, value) in form.pairs() {
        let row = name.strip_prefix("row.").and_then(|row| row.parse().ok());
        if let (Some(row), Some(alike)) = (row, Alike::parse(value)) {
            mapping.alike_rows.insert(row, alike);
        }
    }
    book::map_upload(web.ctx(), &visit.actor, &secret, (mapping, &header)).await?;
    to_check(&web, &visit, &secret).await
}
