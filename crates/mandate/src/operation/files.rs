//! Files of the book: imported whole or not at all, and lists written out.

use std::io::Write as _;
use std::path::Path;

use mandate_app::book::guess::{Proposal, own_name, propose_for, with_usual};
use mandate_app::book::import_job::lines_a_year;
use mandate_app::book::mapping::{Alike, DateOrder, DecimalSign, Mapping};
use mandate_app::book::mappings::mappings;
use mandate_app::book::profiles::{PROFILES, profile};
use mandate_app::book::volume::{VOLUME, VolumePer};
use mandate_app::book::{
    ImportError, ImportFile, Kind, RelatedCounts, Spec, Told, check_import, import_book, import_columns,
    list_with_custom,
};
use mandate_app::exchange::Encoding;
use mandate_app::exchange::rows::Content;
use mandate_app::exchange::{ExportFormat, export_list};
use mandate_app::listing::ListQuery;
use mandate_app::progress::Progress;
use mandate_app::{Action, Actor, Ctx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::exit::{Failure, Kind as FailureKind};

/// Wrong cells that are told one by one.
const MOST_TOLD: usize = 100;

fn kind(word: &str) -> Result<Kind, Failure> {
    Kind::parse(word).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.plural()).collect();
        Failure::bad_input(format!("`{word}` is not known here; write one of {}", known.join(", ")))
    })
}

/// How a file of the book is read, as the command line has it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BookImport {
    /// What the file holds.
    pub kind: String,
    /// A ready mapping, or `generic` for a guess; the fields' own names without one.
    pub profile: Option<String>,
    /// Where it comes from: read as before, and remembered.
    pub source: Option<String>,
    /// What every row has, each `field=value`.
    pub set: Vec<String>,
    /// Which field a column holds, each `column=field`; without a field the column is left out.
    pub columns: Vec<String>,
    /// The order of its dates.
    pub dates: Option<String>,
    /// What parts whole units from their fraction.
    pub decimal: Option<String>,
    /// What its volumes are for.
    pub volume_per: Option<String>,
    /// The encoding of its text.
    pub encoding: Option<String>,
    /// What happens to rows that look like a record.
    pub alike: Option<String>,
}

fn pair<'a>(flag: &str, given: &'a str) -> Result<(&'a str, &'a str), Failure> {
    let refused = || Failure::bad_input(format!("--{flag} `{given}`: write a name, `=` and what it is"));
    given.rsplit_once('=').map(|(name, value)| (name.trim(), value.trim())).ok_or_else(refused)
}

fn word<T>(
    flag: &str,
    given: Option<&str>,
    parse: fn(&str) -> Option<T>,
    known: &[&str],
) -> Result<Option<T>, Failure> {
    let Some(given) = given else { return Ok(None) };
    let refused = || Failure::bad_input(format!("--{flag} `{given}`: write one of {}", known.join(", ")));
    parse(given).map(Some).ok_or_else(refused)
}

/// What the flags that take a word say.
struct Flags {
    encoding: Option<Encoding>,
    dates: Option<DateOrder>,
    decimal: Option<DecimalSign>,
    volume_per: Option<VolumePer>,
    alike: Option<Alike>,
}

impl Flags {
    fn of(asked: &BookImport) -> Result<Self, Failure> {
        let encoding = word(
            "encoding",
            asked.encoding.as_deref(),
            Encoding::parse,
            &["utf-8", "utf-16", "windows-1252"],
        )?;
        let dates =
            word("dates", asked.dates.as_deref(), DateOrder::parse, &DateOrder::ALL.map(DateOrder::as_str))?;
        let decimal = word(
            "decimal",
            asked.decimal.as_deref(),
            DecimalSign::parse,
            &DecimalSign::ALL.map(DecimalSign::as_str),
        )?;
        let volume_per = word(
            "volume-per",
            asked.volume_per.as_deref(),
            VolumePer::parse,
            &VolumePer::ALL.map(VolumePer::as_str),
        )?;
        let alike = word("alike", asked.alike.as_deref(), Alike::parse, &Alike::ALL.map(Alike::as_str))?;
        Ok(Self { encoding, dates, decimal, volume_per, alike })
    }

    fn encoding_word(&self) -> Option<String> {
        self.encoding.map(|it| it.as_str().to_owned())
    }
}

/// The mapping that was asked for; none when the file has the fields' own names.
async fn mapping(
    ctx: &Ctx,
    actor: &Actor,
    (kind, file): (Kind, &ImportFile),
    asked: &BookImport,
) -> Result<Option<Mapping>, Failure> {
    let flags = Flags::of(asked)?;
    let source = asked.source.as_deref().unwrap_or_default();
    let known = mappings(ctx, actor, Some(kind), &[]).await?;
    let before = known.into_iter().find(|it| it.source == source && asked.profile.is_none());
    let read = |mapping: Mapping| ImportFile { mapping: Some(Box::new(mapping)), ..file.clone() };
    let only_read = Mapping { encoding: flags.encoding_word(), ..Mapping::default() };
    let mut remembered = None;
    let mut mapping = match (before, asked.profile.as_deref()) {
        (Some(before), _) => {
            let volume = before.mapping.column_of(VOLUME).map(str::to_owned);
            remembered = volume.map(|column| (column, before.mapping.volume_per()));
            before.mapping
        }
        (None, None) if asked.is_plain() => return Ok(None),
        (None, profile) => {
            let specs = import_columns(ctx, actor, kind).await.map_err(failure)?;
            let looked = propose_for(ctx, actor, kind, &read(only_read)).await.map_err(failure)?;
            if looked.encoding_guessed {
                let told =
                    "the file is no UTF-8 text; if it is Windows-1252, say so: --encoding windows-1252";
                return Err(Failure::bad_input(told));
            }
            match profile {
                Some("generic") => looked.mapping,
                Some(name) => {
                    let mut mapping = ready(name, kind, &looked)?;
                    with_usual(ctx, actor, kind, &mut mapping).await.map_err(failure)?;
                    mapping
                }
                None => own_names(&specs, &looked),
            }
        }
    };
    for given in &asked.set {
        let (field, value) = pair("set", given)?;
        mapping.fixed.insert(field.to_owned(), value.to_owned());
    }
    for given in &asked.columns {
        let (column, field) = pair("column", given)?;
        mapping.columns.retain(|head, held| head != column && held != field);
        if !field.is_empty() {
            mapping.columns.insert(column.to_owned(), field.to_owned());
        }
    }
    mapping.settle_volume(remembered.as_ref().map(|(column, per)| (column.as_str(), *per)));
    mapping.encoding = flags.encoding_word().or(mapping.encoding);
    mapping.dates = flags.dates.unwrap_or(mapping.dates);
    mapping.decimal = flags.decimal.unwrap_or(mapping.decimal);
    mapping.volume_per = flags.volume_per.or(mapping.volume_per);
    mapping.alike = flags.alike.or(mapping.alike.filter(|_| asked.profile.is_none()));
    mapping.source = source.to_owned();
    Ok(Some(mapping))
}

impl BookImport {
    fn is_plain(&self) -> bool {
        let said = [&self.source, &self.dates, &self.decimal, &self.volume_per, &self.encoding, &self.alike];
        self.set.is_empty() && self.columns.is_empty() && said.iter().all(|it| it.is_none())
    }
}

fn ready(name: &str, kind: Kind, looked: &Proposal) -> Result<Mapping, Failure> {
    let refused = || {
        let known: Vec<&str> = PROFILES.iter().filter(|it| it.kind == kind).map(|it| it.name).collect();
        let known = known.into_iter().chain(["generic"]).collect::<Vec<_>>().join(", ");
        Failure::bad_input(format!(
            "there is no profile `{name}` for {}; write one of {known}",
            kind.plural()
        ))
    };
    let heads: Vec<String> = looked.columns.iter().map(|column| column.head.clone()).collect();
    // Whether the first of several ids counts follows from the cells, not from the profile.
    let mut mapping = Mapping { several_ids: looked.mapping.several_ids, ..Mapping::default() };
    profile(name, kind).ok_or_else(refused)?.lay_over(&mut mapping, &heads);
    Ok(mapping)
}

fn own_names(specs: &[Spec], looked: &Proposal) -> Mapping {
    let mut mapping = Mapping::default();
    for column in &looked.columns {
        if let Some(field) = own_name(specs, &column.head) {
            mapping.columns.insert(column.head.clone(), field.to_owned());
        }
    }
    mapping
}

/// Imports a file, or says what importing it would do.
///
/// # Errors
/// A [`Failure`] naming every wrong cell; then nothing was imported.
pub async fn import(
    ctx: &Ctx,
    actor: &Actor,
    file: &Path,
    asked: &BookImport,
    check: bool,
    progress: &mut dyn Progress,
) -> Result<Value, Failure> {
    let kind = kind(&asked.kind)?;
    std::fs::File::open(file)
        .map_err(|error| Failure::bad_input(format!("could not read `{}`: {error}", file.display())))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut given = ImportFile::new(name, Content::Path(file.to_owned()));
    given.mapping = mapping(ctx, actor, (kind, &given), asked).await?.map(Box::new);
    let done = if check {
        check_import(ctx, actor, kind, &given).await
    } else {
        import_book(ctx, actor, kind, &given, Told::Bar(progress)).await
    };
    let report = done.map_err(failure)?;
    let counts = |it: &RelatedCounts| json!({ "kind": it.kind.plural(), "new": it.n_new, "changed": it.n_changed, "same": it.n_same });
    let related: Vec<Value> = report.related.iter().map(counts).collect();
    let volume_column = given.mapping.as_deref().filter(|mapping| mapping.column_of(VOLUME).is_some());
    let volume = match (&report.volume, volume_column) {
        (Some(read), _) => {
            json!({ "per": read.per.as_str(), "row": read.row, "given": read.given, "annual": read.annual })
        }
        (None, Some(mapping)) => json!({ "per": mapping.volume_per().as_str() }),
        (None, None) => Value::Null,
    };
    Ok(json!({
        "profile": kind.plural(), "file": report.file_name, "imported": !check, "batch": report.batch_id,
        "rows": report.n_rows, "new": report.n_new, "changed": report.n_changed, "same": report.n_same,
        "skipped": report.n_skipped, "by_name": report.n_by_name, "footer_lines": report.footer_rows.len(), "footer_rows": report.footer_rows, "alike": report.n_alike, "related": related, "volume": volume, "lines_a_year": lines_a_year(&report),
        "merged": report.n_merged, "several_ids": report.several.as_ref().map(|it| json!({ "row": it.row, "given": it.given, "taken": it.taken, "cells": it.n_cells })),
    }))
}

fn failure(error: ImportError) -> Failure {
    let ImportError::Rows(rows) = &error else { return error.into() };
    let mut details: Vec<String> = rows
        .errors
        .iter()
        .take(MOST_TOLD)
        .map(|wrong| format!("row {}, column `{}`: {}", wrong.row, wrong.column, wrong.text))
        .collect();
    if let Some(n_more @ 1..) = rows.n_errors.checked_sub(details.len()) {
        details.push(format!("and {n_more} more"));
    }
    Failure { details, ..Failure::from(error) }
}

/// What an import did, in words.
pub fn import_text(value: &Value) -> String {
    let verb =
        if value["imported"] == json!(true) { "Imported" } else { "Nothing imported yet; it would take in" };
    let related = value["related"].as_array().into_iter().flatten().map(|it| {
        let kind = it["kind"].as_str().unwrap_or_default().replace('_', " ");
        format!(" Of {kind}: {} new, {} changed, {} as they were.", it["new"], it["changed"], it["same"])
    });
    let related: String = related.collect();
    let volume = volume_text(&value["volume"]).unwrap_or_default();
    let merged = value["merged"].as_u64().filter(|n_merged| *n_merged > 0);
    let merged = merged.map(|n| format!(" {n} of these were merged into the record of another row."));
    let merged = merged.unwrap_or_default();
    let several = several_text(&value["several_ids"]).unwrap_or_default();
    format!(
        "{verb} {} rows of {} from {}: {} new, {} changed, {} as they were{}.{merged}{related}{volume}{several}",
        value["rows"],
        value["profile"].as_str().unwrap_or_default(),
        value["file"].as_str().unwrap_or_default(),
        value["new"],
        value["changed"],
        value["same"],
        if value["skipped"] == json!(0) { String::new() } else { format!(", {} left out", value["skipped"]) },
    )
}

/// How cells with several ids were read, by the first.
fn several_text(several: &Value) -> Option<String> {
    let (given, taken) = (several["given"].as_str()?, several["taken"].as_str()?);
    let (row, cells) = (&several["row"], &several["cells"]);
    Some(format!(" Of several ids the first counts, in {cells} cells: `{given}` in row {row} is {taken}."))
}

/// What volumes were read as, and the first of them, where the column's name does not say that they are a year's.
fn volume_text(volume: &Value) -> Option<String> {
    let per = volume["per"].as_str()?;
    let Some(given) = volume["given"].as_str() else { return Some(format!(" Volumes are a {per}'s.")) };
    let (row, annual) = (&volume["row"], volume["annual"].as_str().unwrap_or_default());
    Some(format!(" Volumes are a {per}'s: `{given}` in row {row} is {annual} a year."))
}

/// Writes a whole list.
///
/// # Errors
/// A [`Failure`] when there is no such list or the file cannot be written.
pub async fn export(
    ctx: &Ctx,
    actor: &Actor,
    list: &str,
    file: Option<&Path>,
    format: &str,
) -> Result<Value, Failure> {
    let def = list_with_custom(ctx, actor, kind(list)?).await?;
    let format = if format == "xlsx" { ExportFormat::Xlsx } else { ExportFormat::Csv };
    let query = ListQuery::default();
    let made = export_list(ctx, actor, Action::ReadBook, &def, &query, &[], format).await?;
    match file {
        None => {
            let text = String::from_utf8_lossy(&made.bytes).into_owned();
            Ok(json!({ "list": list, "rows": made.n_rows, "text": text }))
        }
        Some(file) => {
            write_whole(file, &made.bytes)?;
            Ok(json!({ "list": list, "rows": made.n_rows, "file": file }))
        }
    }
}

/// A file appears under its name only when it is whole.
fn write_whole(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(FailureKind::Failed, format!("could not write `{}`: {error}", file.display()))
    };
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut partial = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    partial.write_all(bytes).map_err(failed)?;
    partial.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What an export did, or the CSV itself.
pub fn export_text(value: &Value) -> String {
    match value["text"].as_str() {
        Some(text) => text.to_owned(),
        None => format!("Wrote {} rows to {}.", value["rows"], value["file"].as_str().unwrap_or_default()),
    }
}
