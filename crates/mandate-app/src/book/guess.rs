//! What a file of somebody else's making probably means: its encoding, the field of each column, dates, amounts and words.
//!
//! Only a proposal, shown beside the first values of each column for a person to confirm. A profile whose columns are all
//! there decides first, then the fields' own names, then words of English and German. What stays open stays open: a date that
//! could be March or April, a column that could be anything.

use std::collections::{BTreeMap, BTreeSet};

use mandate_domain::Currency;
use mandate_domain::book::{Kind, Shape, Spec};
use mandate_domain::country::Country;
use mandate_domain::text::fold;
use mandate_store::book as store;
use mandate_store::boxed;

use super::choice_words;
use super::custom::CustomFields;
use super::import::{ImportError, ImportFile, import_columns};
use super::import_rows::{FIRST_NAME, LAST_NAME, in_currency, named};
use super::mapping::{Alike, DateOrder, DecimalSign, Mapping, SeveralIds};
use super::own_columns::{add_own_fields, own_type};
use super::profiles::{Profile, fitting};
use super::related::is_address;
use super::relations::{IN_TOUCH, relations};
use super::several_ids::{is_id_of_one, several};
use super::synonyms::{synonym, synonym_beside};
pub use super::usual::with_usual;
use super::volume::{VOLUME, VolumePer};
use crate::authorise::{Action, authorise};
use crate::ctx::{Actor, Ctx};
use crate::exchange::Encoding;
use crate::exchange::rows::{HowRead, Rows};
use crate::exchange::table::{Reading, TableError, TableRow};

/// Rows that are looked at.
const MOST_LOOKED_AT: usize = 1_000;
/// Values of a column that are shown.
const MOST_SAMPLES: usize = 3;
/// Words of a column of choices that are asked about.
const MOST_WORDS: usize = 40;

/// What a file looks like, and how it may be read.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// How it was read.
    pub reading: Reading,
    /// The encoding is a guess that its first values should confirm.
    pub encoding_guessed: bool,
    /// Its columns.
    pub columns: Vec<ColumnLook>,
    /// The profile whose columns are all there.
    pub profile: Option<&'static str>,
    /// The proposal, or what was said before, as far as it fits.
    pub mapping: Mapping,
    /// Its words in fields of choices that no choice is called, by field.
    pub words: BTreeMap<&'static str, BTreeSet<String>>,
    /// Its dates could be read in two orders.
    pub dates_open: bool,
    /// The column of volumes whose name does not say that they are a year's.
    pub volume: Option<String>,
    /// The column of ids that has several in some cell.
    pub several_ids: Option<String>,
    /// Every column has a field's own name: nothing needs to be asked.
    pub is_plain: bool,
}

/// A column and its first values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnLook {
    /// Its name.
    pub head: String,
    /// The first values that say something.
    pub samples: Vec<String>,
    /// The type of a custom field that would take all its values.
    pub own_type: &'static str,
}

/// The field whose own name a column has.
pub fn own_name(specs: &[Spec], head: &str) -> Option<&'static str> {
    named(specs, head).map(|spec| spec.name)
}

/// Looks at a file of records of `kind` and proposes how it is read. What its mapping says already is kept. `specs` are the fields
/// it may have: those of the kind, and its custom ones.
///
/// # Errors
/// [`ImportError::File`] when it is no table.
#[boxed]
pub async fn propose((kind, specs): (Kind, &[Spec]), file: &ImportFile) -> Result<Proposal, ImportError> {
    let content = file.content.clone();
    let said = file.mapping.as_deref().cloned();
    let how = said.as_ref().map(Mapping::how_read).unwrap_or_default();
    let looked = tokio::task::spawn_blocking(move || {
        let utf8 = look(&content, how);
        match utf8 {
            Err(TableError::NotUtf8 { .. }) if how.encoding.is_none() => {
                let how = HowRead { encoding: Some(Encoding::Windows1252), ..how };
                look(&content, how).map(|looked| (looked, true))
            }
            other => other.map(|looked| (looked, false)),
        }
    });
    let (looked, encoding_guessed) =
        looked.await.map_err(|_| ImportError::Broke)?.map_err(ImportError::File)?;
    Ok(proposal((kind, specs), looked, encoding_guessed, said))
}

struct Looked {
    header: Vec<String>,
    rows: Vec<TableRow>,
    reading: Reading,
}

/// Reads to the end, since the one letter that is no UTF-8 may stand in the last row.
fn look(content: &crate::exchange::rows::Content, how: HowRead) -> Result<Looked, TableError> {
    let mut open = Rows::open(content, how)?;
    let (header, reading) = (open.header().to_vec(), open.reading().clone());
    let rows = open.next_rows(MOST_LOOKED_AT)?;
    while !open.next_rows(MOST_LOOKED_AT)?.is_empty() {}
    Ok(Looked { header, rows, reading })
}

fn proposal(
    (kind, specs): (Kind, &[Spec]),
    looked: Looked,
    encoding_guessed: bool,
    said: Option<Mapping>,
) -> Proposal {
    let Looked { header, rows, reading } = looked;
    let is_plain = !encoding_guessed && header.iter().all(|head| named(specs, head).is_some());
    let profile = fitting(kind, &header);
    let columns = header.iter().enumerate().map(|(at, head)| ColumnLook {
        head: head.clone(),
        samples: values(&rows, at).take(MOST_SAMPLES).map(|text| text.chars().take(60).collect()).collect(),
        own_type: own_type(values(&rows, at)),
    });
    let columns: Vec<ColumnLook> = columns.collect();
    // A mapping without columns says at most how the text is read.
    let encoding = said.as_ref().and_then(|said| said.encoding.clone());
    let said = said.filter(|said| !said.columns.is_empty());
    let plain = || is_plain.then(|| by_own_names(specs, &header));
    let mut mapping = said.or_else(plain).unwrap_or_else(|| guessed((kind, specs), &header, &rows, profile));
    mapping.encoding = mapping.encoding.or(encoding);
    if encoding_guessed && mapping.encoding.is_none() {
        mapping.encoding = Some(Encoding::Windows1252.as_str().to_owned());
    }
    let words = open_words(specs, &header, &rows, &mapping);
    let dates_open = mapping.dates == DateOrder::YearFirst
        && of_shape(specs, &header, &mapping, |shape| matches!(shape, Shape::Date))
            .into_iter()
            .any(|at| values(&rows, at).any(|text| DateOrder::YearFirst.read(text).is_none()));
    let is_asked = |head: &&str| VolumePer::said_by(head) != Some(VolumePer::Year);
    let volume = mapping.column_of(VOLUME).filter(is_asked).map(str::to_owned);
    Proposal {
        volume,
        several_ids: several_ids(specs, (&header, &rows), &mapping),
        reading,
        encoding_guessed,
        columns,
        profile: profile.map(|profile| profile.name),
        mapping,
        words,
        dates_open,
        is_plain,
    }
}

/// Whether a field has days, or months that may be told by one.
const fn is_of_days(shape: Shape) -> bool {
    matches!(shape, Shape::Date | Shape::Month)
}

/// Whether a text has the three parts of a day.
fn is_day(text: &str) -> bool {
    text.split([' ', 'T']).next().is_some_and(|day| day.split(['.', '/', '-']).count() == 3)
}

fn values(rows: &[TableRow], at: usize) -> impl Iterator<Item = &str> + Clone {
    rows.iter()
        .filter_map(move |row| row.cells.get(at))
        .map(|cell| cell.trim())
        .filter(|cell| !cell.is_empty())
}

fn guessed(
    (kind, specs): (Kind, &[Spec]),
    header: &[String],
    rows: &[TableRow],
    profile: Option<&Profile>,
) -> Mapping {
    let mut mapping = Mapping { alike: Some(Alike::Skip), ..Mapping::default() };
    if let Some(profile) = profile {
        profile.lay_over(&mut mapping, header);
        name_only_one((header, rows), specs, &mut mapping);
    }
    add_own((kind, specs), header, &mut mapping, profile.is_some());
    add_related((kind, specs), header, &mut mapping);
    add_named((kind, specs), (header, rows), &mut mapping);
    add_side_by_side(kind, header, &mut mapping);
    if several_ids(specs, (header, rows), &mapping).is_some() {
        mapping.several_ids = SeveralIds::First;
    }
    if kind == Kind::Person && !mapping.columns.values().any(|field| field == "side") {
        let is_client =
            mapping.columns.values().any(|field| field == "account" || field.starts_with("account."));
        let side = if is_client { "client" } else { "provider" };
        mapping.fixed.entry("side".to_owned()).or_insert_with(|| side.to_owned());
    }
    if mapping.fixed.get("side").is_some_and(|side| side == "provider") {
        // Only clients' people have somebody of ours who is in touch with them.
        mapping.columns.retain(|_, held| !held.starts_with(IN_TOUCH));
    }
    add_volume(kind, (header, rows), &mut mapping);
    let dates = of_shape(specs, header, &mapping, is_of_days).into_iter().flat_map(|at| values(rows, at));
    mapping.dates = date_order(dates.filter(|text| is_day(text)));
    let number = |shape| matches!(shape, Shape::Money | Shape::Amount | Shape::Rate | Shape::Whole(..));
    let numbers = of_shape(specs, header, &mapping, number).into_iter().flat_map(|at| values(rows, at));
    mapping.decimal = decimal_sign(numbers);
    for (field, words) in open_words(specs, header, rows, &mapping) {
        let inner = field.rsplit('.').next().unwrap_or(field);
        let known =
            words.into_iter().filter_map(|word| Some((choice_words::meant(inner, &word)?.to_owned(), word)));
        let known: BTreeMap<String, String> = known.map(|(choice, word)| (word, choice)).collect();
        if !known.is_empty() {
            mapping.words.insert(field.to_owned(), known);
        }
    }
    mapping
}

/// A volume, and what it is for, where its column's name or every unit beside it says that.
fn add_volume(kind: Kind, (header, rows): (&[String], &[TableRow]), mapping: &mut Mapping) {
    let is_free = |mapping: &Mapping| !mapping.columns.values().any(|held| held == VOLUME);
    let mut volumes = header.iter().filter(|head| VolumePer::is_volume(head));
    if kind == Kind::ContractLine
        && is_free(mapping)
        && let Some(head) = volumes.find(|head| !mapping.columns.contains_key(*head))
    {
        mapping.columns.insert(head.clone(), VOLUME.to_owned());
    }
    let of_units = header
        .iter()
        .enumerate()
        .filter(|(_, head)| synonym_beside(Kind::Product, head) == Some("unit"))
        .find_map(|(at, _)| VolumePer::said_by_units(values(rows, at)));
    let column =
        mapping.column_of(VOLUME).filter(|head| VolumePer::said_by(head).is_none()).map(str::to_owned);
    mapping.settle_volume(column.as_deref().zip(of_units));
}

/// The first column of ids of one record that has several in some cell.
fn several_ids(
    specs: &[Spec],
    (header, rows): (&[String], &[TableRow]),
    mapping: &Mapping,
) -> Option<String> {
    let is_id = |head: &String| {
        let held = mapping.columns.get(head);
        specs.iter().any(|spec| held.is_some_and(|held| held == spec.name) && is_id_of_one(spec))
    };
    let has_several = |at: usize| values(rows, at).any(|text| several(text).is_some());
    header.iter().enumerate().find(|(at, head)| is_id(head) && has_several(*at)).map(|(_, head)| head.clone())
}

/// A column with several names in one cell is none that a record could be made of: it only names one that is there. Beside the ids of
/// the same records each name goes with its id.
fn name_only_one((header, rows): (&[String], &[TableRow]), specs: &[Spec], mapping: &mut Mapping) {
    let several = |at: usize| values(rows, at).any(|text| text.contains(';'));
    for head in header.iter().enumerate().filter(|(at, _)| several(*at)).map(|(_, head)| head) {
        let Some(held) = mapping.columns.get(head) else { continue };
        let Some((path, field)) =
            held.rsplit_once('.').map(|(path, field)| (path.to_owned(), field.to_owned()))
        else {
            continue;
        };
        let id = format!("{path}.external_id");
        if field == "external_id" {
            continue;
        }
        if mapping.columns.values().any(|held| *held == id) {
            mapping.several_ids = SeveralIds::First;
            continue;
        }
        mapping.columns.remove(head);
        let beside = format!("{path}.");
        if knows(specs, &path) && !mapping.columns.values().any(|held| *held == path) {
            mapping.columns.retain(|_, held| !held.starts_with(&beside));
            mapping.columns.insert(head.clone(), path);
        }
    }
}

/// A file of our own making is read as it says.
fn by_own_names(specs: &[Spec], header: &[String]) -> Mapping {
    let column = |head: &String| Some((head.clone(), named(specs, head)?.name.to_owned()));
    Mapping { columns: header.iter().filter_map(column).collect(), ..Mapping::default() }
}

/// Columns of the record itself. The fields' own names go first, so that a synonym never takes their place; beside a profile only
/// those that name another record are guessed.
fn add_own((kind, specs): (Kind, &[Spec]), header: &[String], mapping: &mut Mapping, has_profile: bool) {
    let mut taken: BTreeSet<String> = mapping.columns.values().cloned().collect();
    let own = header.iter().map(|head| (head, named(specs, head).map(|spec| spec.name)));
    let close = header.iter().map(|head| (head, synonym(kind, head)));
    for (head, field) in own.chain(close) {
        let known = |field: &&str| match specs.iter().find(|spec| spec.name == *field) {
            Some(spec) => !has_profile || spec.shape.referent().is_some(),
            None => !has_profile && [FIRST_NAME, LAST_NAME].contains(field),
        };
        let Some(field) = field.filter(known) else { continue };
        let beside = format!("{field}.");
        let is_said = taken.iter().any(|held| held.starts_with(&beside));
        if !mapping.columns.contains_key(head) && !is_said && taken.insert(field.to_owned()) {
            mapping.columns.insert(head.clone(), field.to_owned());
        }
    }
}

/// Columns that name people of ours, teams and lines of business: read as names, so that what is not in the book yet comes in with
/// the rows.
fn add_named(
    (kind, specs): (Kind, &[Spec]),
    (header, rows): (&[String], &[TableRow]),
    mapping: &mut Mapping,
) {
    for relation in relations(kind).iter().filter(|relation| is_named_alone(relation.kind)) {
        let way = format!("{}.", relation.above);
        let is_told =
            relation.above.is_empty() || mapping.columns.values().any(|held| held.starts_with(&way));
        let of_above = relations(kind).iter().find(|it| it.path == relation.above).map_or(kind, |it| it.kind);
        let Some(name) = relation.dotted("name").filter(|name| is_told && knows(specs, name)) else {
            continue;
        };
        let names_one = |(_, head): &(usize, &String)| match mapping.columns.get(*head) {
            Some(held) => held == relation.path,
            None if relation.above.is_empty() || !is_general(head) => {
                [synonym(of_above, head), own_field(of_above, head)].contains(&Some(relation.field))
            }
            None => false,
        };
        let found = header.iter().enumerate().find(names_one);
        let is_owner = |text: &str| relation.path == IN_TOUCH && is_address(text);
        let is_name = |text: &str| relation.kind != Kind::Person || is_full_name(text) || is_owner(text);
        let has_names = |at| values(rows, at).next().is_some() && values(rows, at).all(is_name);
        if let Some((_, head)) = found.filter(|(at, _)| has_names(*at)) {
            mapping.columns.insert(head.clone(), name.to_owned());
        }
    }
}

/// The kind that a file's columns speak of, where it is another than the one chosen: people among accounts, lines among contracts,
/// prices among products.
pub fn other_kind(kind: Kind, header: &[String]) -> Option<Kind> {
    let says = |kind: Kind, fields: &[&str]| {
        let field = |head: &String| own_field(kind, head).or_else(|| synonym(kind, head));
        fields.iter().all(|wanted| header.iter().any(|head| field(head) == Some(*wanted)))
    };
    let has_prices = || header.iter().any(|head| price_currency(head).is_some());
    match kind {
        Kind::Account if says(Kind::Person, &[LAST_NAME]) || says(Kind::Person, &["job_title", "email"]) => {
            Some(Kind::Person)
        }
        Kind::Contract if says(Kind::ContractLine, &["product", "unit_price"]) => Some(Kind::ContractLine),
        Kind::Product if says(Kind::ListPrice, &["price"]) || has_prices() => Some(Kind::ListPrice),
        _ => None,
    }
}

/// Words that say of what they are only by the file they stand in.
fn is_general(head: &str) -> bool {
    ["owner", "manager", "lead", "head", "betreuer", "verantwortlich"].contains(&fold(head).trim())
}

/// Kinds of which a name alone is enough.
const fn is_named_alone(kind: Kind) -> bool {
    matches!(kind, Kind::Person | Kind::Team | Kind::LineOfBusiness)
}

fn knows(specs: &[Spec], field: &str) -> bool {
    specs.iter().any(|spec| spec.name == field)
}

fn own_field(kind: Kind, head: &str) -> Option<&'static str> {
    named(kind.fields(), head).map(|spec| spec.name)
}

/// Two words or more without digits or signs of addresses and lists.
fn is_full_name(text: &str) -> bool {
    text.split_whitespace().count() > 1
        && !text.contains(|letter: char| letter.is_ascii_digit() || matches!(letter, '@' | ';' | '/' | ','))
}

/// Prices of a list side by side, a column for each currency.
fn add_side_by_side(kind: Kind, header: &[String], mapping: &mut Mapping) {
    if kind != Kind::ListPrice || mapping.columns.values().any(|held| held == "price") {
        return;
    }
    for head in header {
        if let Some(currency) = price_currency(head).filter(|_| !mapping.columns.contains_key(head)) {
            mapping.columns.insert(head.clone(), format!("price@{currency}"));
        }
    }
}

/// The currency in which a column has prices: `EUR`, `List price EUR`, `Preis (CHF)`.
pub fn price_currency(head: &str) -> Option<String> {
    let is_sign = |letter: char| {
        letter.is_whitespace() || matches!(letter, '(' | ')' | '[' | ']' | '/' | '-' | '_' | ',')
    };
    let words: Vec<&str> = head.split(is_sign).filter(|word| !word.is_empty()).collect();
    let is_code = |word: &&&str| word.len() == 3 && Currency::parse(word).is_ok();
    let code = words.iter().find(is_code)?;
    let rest: Vec<&str> = words.iter().filter(|word| *word != code).copied().collect();
    let is_price =
        rest.is_empty() || rest == ["Price"] || synonym(Kind::ListPrice, &rest.join(" ")) == Some("price");
    (is_price || own_field(Kind::ListPrice, &rest.join(" ")) == Some("price")).then(|| (*code).to_owned())
}

/// Columns of records that rows name besides: taken where one of them tells which record it is and another says something of it.
fn add_related((kind, specs): (Kind, &[Spec]), header: &[String], mapping: &mut Mapping) {
    for relation in relations(kind).iter().filter(|relation| relation.kind != Kind::Person) {
        let is_above =
            |held: &String| held.strip_prefix(relation.above).is_some_and(|it| it.starts_with('.'));
        if !relation.above.is_empty() && !mapping.columns.values().any(is_above) {
            continue;
        }
        let mut found: BTreeMap<&'static str, &String> = BTreeMap::new();
        // Of several companies the one that is said to be the first.
        let is_primary = |head: &&String| fold(head).contains("primary");
        let (first, rest): (Vec<&String>, Vec<&String>) = header.iter().partition(is_primary);
        for head in first.into_iter().chain(rest) {
            let held = mapping.columns.get(head);
            let field = synonym_beside(relation.kind, head)
                .filter(|_| held.is_none_or(|held| held == relation.path))
                .and_then(|field| relation.dotted(field));
            let spec = specs.iter().find(|spec| field == Some(spec.name) && spec.shape.referent().is_none());
            let is_said = |spec: &&Spec| mapping.columns.values().any(|held| held == spec.name);
            if let Some(spec) = spec.filter(|spec| !is_said(spec)) {
                found.entry(spec.name).or_insert(head);
            }
        }
        let keys = ["external_id", relation.name_field()];
        let tells = |field: &&str| relation.inner(field).is_some_and(|field| keys.contains(&field));
        if !found.keys().any(tells) {
            continue;
        }
        // A price list brings its products; else one column alone means a record that is there.
        if found.len() < 2 && !(kind == Kind::ListPrice && relation.kind == Kind::Product) {
            let is_free = !mapping.columns.values().any(|held| held == relation.path);
            let of_ids = found.iter().find(|(_, head)| is_free && fold(head).contains("associated"));
            if let Some((field, head)) = of_ids.filter(|_| relation.above.is_empty()) {
                mapping.columns.insert((*head).clone(), (*field).to_owned());
                continue;
            }
            let head = found.into_values().next().filter(|_| is_free && !relation.above.is_empty());
            if let Some(head) = head.filter(|_| specs.iter().any(|spec| spec.name == relation.path)) {
                mapping.columns.insert(head.clone(), relation.path.to_owned());
            }
            continue;
        }
        mapping.columns.retain(|_, held| held != relation.path);
        mapping.columns.extend(found.into_iter().map(|(field, head)| (head.clone(), field.to_owned())));
    }
}

/// As [`propose`] with every column that the actor may give; where the file lacks what a new record needs, with what is usual in
/// the firm: its currency, the time zone of most accounts or else of whoever imports, prices from today on.
///
/// # Errors
/// As [`propose`], and [`ImportError::Denied`].
#[boxed]
pub async fn propose_for(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    file: &ImportFile,
) -> Result<Proposal, ImportError> {
    authorise(actor, Action::Import)?;
    let specs = import_columns(ctx, actor, kind).await?;
    let mut proposal = propose((kind, &specs), file).await?;
    // What somebody said, or said last time, is not added to.
    let is_said = file.mapping.as_deref().is_some_and(|said| !said.columns.is_empty());
    if !is_said && !proposal.is_plain {
        let header: Vec<String> = proposal.columns.iter().map(|column| column.head.clone()).collect();
        let fields = CustomFields::of(&mut ctx.begin_read().await?, actor, kind).await?;
        add_own_fields(fields.0.iter().map(|field| &**field), &header, &mut proposal.mapping);
        keep_known_ids(ctx, actor, kind, &mut proposal).await?;
        with_usual(ctx, actor, kind, &mut proposal.mapping).await?;
    }
    Ok(proposal)
}

/// Columns read as names whose values are ids of records that are there name these.
async fn keep_known_ids(
    ctx: &Ctx,
    actor: &Actor,
    kind: Kind,
    proposal: &mut Proposal,
) -> Result<(), ImportError> {
    let Proposal { columns, mapping, .. } = proposal;
    let mut tx = ctx.begin_read().await?;
    for relation in relations(kind).iter().filter(|relation| is_named_alone(relation.kind)) {
        let name = relation.dotted("name");
        let held =
            columns.iter().find(|column| mapping.columns.get(&column.head).map(String::as_str) == name);
        let Some(column) = held.filter(|_| name.is_some()) else { continue };
        let texts: BTreeSet<String> = column.samples.iter().cloned().collect();
        let found = store::find_references(&mut tx, &actor.scope, relation.kind, &texts).await?;
        let is_field = knows(kind.fields(), relation.path) || relation.path.contains('.');
        if is_field && texts.iter().any(|text| found.id_of(text).is_some()) {
            mapping.columns.insert(column.head.clone(), relation.path.to_owned());
        }
    }
    Ok(())
}

fn of_shape(
    specs: &[Spec],
    header: &[String],
    mapping: &Mapping,
    is_it: impl Fn(Shape) -> bool,
) -> Vec<usize> {
    let spec = |head: &String| {
        let (field, _) = in_currency(mapping.columns.get(head)?);
        specs.iter().find(|spec| spec.name == field)
    };
    let it = |head: &String| spec(head).is_some_and(|spec| is_it(spec.shape));
    header.iter().enumerate().filter(|(_, head)| it(head)).map(|(at, _)| at).collect()
}

/// The one order in which every date can be read; the year first when there are two or none.
fn date_order<'a>(dates: impl Iterator<Item = &'a str>) -> DateOrder {
    let dates: Vec<&str> = dates.collect();
    let mut fits =
        DateOrder::ALL.into_iter().filter(|order| dates.iter().all(|text| order.read(text).is_some()));
    match (dates.is_empty(), fits.next(), fits.next()) {
        (false, Some(only), None) => only,
        // With points it is written in no other way.
        (false, Some(DateOrder::DayFirst), _) if dates.iter().all(|text| text.contains('.')) => {
            DateOrder::DayFirst
        }
        _ => DateOrder::YearFirst,
    }
}

/// The sign that every amount with one has last; either when none tells.
fn decimal_sign<'a>(numbers: impl Iterator<Item = &'a str>) -> DecimalSign {
    let (mut comma, mut point) = (false, false);
    for text in numbers {
        let (last_comma, last_point) = (text.rfind(','), text.rfind('.'));
        match (last_comma, last_point) {
            (Some(at_comma), Some(at_point)) if at_comma > at_point => comma = true,
            (Some(_), Some(_)) => point = true,
            // Three digits after the only sign may be thousands.
            (Some(at), None) if text.len() - at != 4 => comma = true,
            (None, Some(at)) if text.len() - at != 4 => point = true,
            (Some(_), None) if text.matches(',').count() > 1 => point = true,
            (None, Some(_)) if text.matches('.').count() > 1 => comma = true,
            _ => {}
        }
    }
    match (comma, point) {
        (true, false) => DecimalSign::Comma,
        (false, true) => DecimalSign::Point,
        _ => DecimalSign::Either,
    }
}

/// Words of the file in fields of choices that are no choice themselves.
fn open_words(
    specs: &[Spec],
    header: &[String],
    rows: &[TableRow],
    mapping: &Mapping,
) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut open: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for (at, head) in header.iter().enumerate() {
        let field = mapping.columns.get(head);
        let Some(spec) = specs.iter().find(|spec| field.is_some_and(|field| spec.name == field)) else {
            continue;
        };
        let is_known = |word: &str| match spec.shape {
            Shape::Choice(choices) => choices.contains(&word.replace([' ', '-'], "_").as_str()),
            Shape::Country => Country::find(word).is_some(),
            _ => true,
        };
        for word in values(rows, at).map(fold).filter(|word| !is_known(word)) {
            let words = open.entry(spec.name).or_default();
            if words.len() < MOST_WORDS {
                words.insert(word);
            }
        }
    }
    open.retain(|_, words| !words.is_empty());
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_dates_is_told_only_where_it_can_be() {
        assert_eq!(date_order(["03/04/2027", "31/03/2027"].into_iter()), DateOrder::DayFirst);
        assert_eq!(date_order(["03/04/2027", "03/31/2027"].into_iter()), DateOrder::MonthFirst);
        assert_eq!(date_order(["01.02.2027"].into_iter()), DateOrder::DayFirst);
        assert_eq!(date_order(["03/04/2027"].into_iter()), DateOrder::YearFirst, "March or April: asked");
        assert_eq!(date_order(std::iter::empty()), DateOrder::YearFirst);
    }

    #[test]
    fn the_decimal_sign_is_told_only_where_it_can_be() {
        assert_eq!(decimal_sign(["1.234,50", "12"].into_iter()), DecimalSign::Comma);
        assert_eq!(decimal_sign(["1,234,567"].into_iter()), DecimalSign::Point);
        assert_eq!(decimal_sign(["99.5"].into_iter()), DecimalSign::Point);
        assert_eq!(
            decimal_sign(["1.234"].into_iter()),
            DecimalSign::Either,
            "a thousand or one and a bit: asked"
        );
        assert_eq!(decimal_sign(["1,5", "1.5"].into_iter()), DecimalSign::Either);
    }
}
