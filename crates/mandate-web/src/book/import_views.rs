//! What the pages of an import say of a file: how it was read, what would become of its rows, what is wrong with them.
//!
//! All of it comes from the JSON that a check answers and a job keeps, so that both are shown alike.

use mandate_app::Action;
use mandate_app::book::mapping::Alike;
use mandate_app::book::relations;
use mandate_domain::book::{Kind, Shape};
use mandate_domain::{Currency, Money};
use minijinja::{Value, context};
use serde_json::Value as Json;

use super::import_hints::told_of_rows;
use super::kinds::{choice_text_id, kind_text_id};
use crate::frame::Visit;
use crate::table::field_text_id;

/// Errors that the page shows; the file has them all.
const MOST_SHOWN: usize = 50;
/// Rows of one error that are named.
const MOST_ROWS_NAMED: usize = 10;
/// New records whose values are shown.
const MOST_VALUES_SHOWN: usize = 5;

fn reading_text(visit: &Visit, reading: &Json) -> String {
    let word = |name: &str| reading[name].as_str().unwrap_or_default();
    if word("format") == "xlsx" {
        let more = reading["n_more_sheets"].to_string();
        return visit.tr("import-read-xlsx", &[("sheet", word("sheet")), ("more", &more)]);
    }
    let delimiter = match word("delimiter") {
        ";" => "import-semicolon",
        "\t" => "import-tab",
        _ => "import-comma",
    };
    visit.tr("import-read-csv", &[("delimiter", &visit.t(delimiter)), ("encoding", word("encoding"))])
}

/// What a check would do or an import did, from its JSON.
pub(super) fn report_view(visit: &Visit, report: &Json) -> Value {
    let n = |name: &str| report[name].as_i64().unwrap_or(0);
    let figure = |label: &str, note: &str, name: &str| {
        context! { label => visit.t(label), value => visit.number(n(name)), note => visit.t(note) }
    };
    let related: Vec<Value> = list(&report["related"])
        .iter()
        .filter_map(|it| {
            let count = |name: &str| visit.number(it[name].as_i64().unwrap_or(0));
            let many = visit.t(&kind_text_id(kind_of(&it["kind"])?, "many"));
            Some(context! { many => many, new => count("n_new"), changed => count("n_changed"), same => count("n_same") })
        })
        .collect();
    let with_related = |name: &str| {
        let of = |it: &Json| it[name].as_i64().unwrap_or(0);
        of(report) + list(&report["related"]).iter().map(of).sum::<i64>()
    };
    let (n_new, n_changed) = (with_related("n_new"), with_related("n_changed"));
    let by_name = n("n_by_name");
    let by_name = (by_name > 0).then(|| visit.tr("import-n-by-name", &[("count", &by_name.to_string())]));
    let volume = volume_text(visit, &report["volume"]);
    let several = several_text(visit, &report["several_ids"]);
    let told = by_name.into_iter().chain(volume).chain(lines_text(visit, report)).chain(several);
    let told = told.chain(merged_text(visit, report)).chain(told_of_rows(visit, report));
    let is_done = report["batch_id"].is_string();
    let of_time = |checked: &'static str, done: &'static str| if is_done { done } else { checked };
    context! {
        reading => reading_text(visit, &report["reading"]), related => related,
        figures => vec![
            figure("import-rows", "import-rows-note", "n_rows"),
            figure("import-new", of_time("import-new-note", "import-new-done"), "n_new"),
            figure("import-changed", of_time("import-changed-note", "import-changed-done"), "n_changed"),
            figure("import-same", of_time("import-same-note", "import-same-done"), "n_same"),
        ],
        skipped => (n("n_skipped") > 0).then(|| figure("import-skipped", "import-skipped-note", "n_skipped")),
        told => told.collect::<Vec<_>>(), twins => twins_view(visit, report),
        previews => list(&report["previews"]).iter().map(|row| preview_view(visit, row)).collect::<Vec<_>>(),
        values => values_view(visit, report), is_done => is_done,
        has_own_ids => list(&report["previews"]).iter().any(|row| row["external_id"].as_str().is_some_and(|id| !id.is_empty())),
        batch => report["batch_id"].as_str(), n_changes => n_new + n_changed, would => would(visit, n_new, n_changed),
        did => did(visit, n_new, n_changed),
    }
}

/// New accounts that look like others, and where they are sorted out.
fn twins_view(visit: &Visit, report: &Json) -> Option<Value> {
    let is_skipped = report["twins_skipped"] == true;
    let count = report["n_twins"].as_i64().filter(|count| *count > 0 || is_skipped)?;
    let pair = |it: &Json| {
        let text = |name: &str| it[name].as_str().unwrap_or_default();
        let (row, other_row) = (it["row"].to_string(), it["other_row"].to_string());
        let words = [("row", row.as_str()), ("name", text("name")), ("other", text("other"))];
        match it["other_row"].is_null() {
            true => visit.tr("import-twin-in-book", &words),
            false => visit.tr("import-twin-in-file", &[&words[..], &[("second", &other_row)]].concat()),
        }
    };
    let may_merge = visit.may(Action::WriteBook) && visit.may(Action::TrashBook);
    Some(context! {
        title => if is_skipped { visit.t("import-twins-skipped") } else { visit.tr("import-twins", &[("count", &count.to_string())]) },
        pairs => list(&report["twins"]).iter().map(pair).collect::<Vec<_>>(),
        href => may_merge.then_some("/duplicates"),
    })
}

/// What becomes of the file, in a sentence.
fn would(visit: &Visit, n_new: i64, n_changed: i64) -> String {
    let (new, changed) = (n_new.to_string(), n_changed.to_string());
    match (n_new, n_changed) {
        (0, _) => visit.tr("import-would", &[("count", &changed)]),
        (_, 0) => visit.tr("import-would-add", &[("count", &new)]),
        _ => visit.tr("import-would-both", &[("count", &new), ("changed", &changed)]),
    }
}

/// What became of the file, in a sentence.
fn did(visit: &Visit, n_new: i64, n_changed: i64) -> String {
    let (new, changed) = (n_new.to_string(), n_changed.to_string());
    match (n_new, n_changed) {
        (0, _) => visit.tr("import-did", &[("count", &changed)]),
        (_, 0) => visit.tr("import-did-add", &[("count", &new)]),
        _ => visit.tr("import-did-both", &[("count", &new), ("changed", &changed)]),
    }
}

/// The first new records with what they hold, field by field.
fn values_view(visit: &Visit, report: &Json) -> Vec<Value> {
    let new = list(&report["previews"]).iter().filter(|row| !list(&row["values"]).is_empty());
    let view = |row: &Json| {
        let kind = kind_of(&row["kind"])?;
        let value = |value: &Json| {
            let field = value["field"].as_str()?;
            let held = held_text(visit, (kind, field), &value["value"], "import-change-other");
            Some(context! { label => told_label(visit, kind, value, field), value => held })
        };
        Some(context! {
            kind => visit.t(&kind_text_id(kind, "one")), name => row["name"].as_str().unwrap_or_default(),
            row => row["row"].as_i64().unwrap_or(0),
            fields => list(&row["values"]).iter().filter_map(value).collect::<Vec<_>>(),
        })
    };
    new.filter_map(view).take(MOST_VALUES_SHOWN).collect()
}

/// Rows whose record was merged into that of another row.
fn merged_text(visit: &Visit, report: &Json) -> Vec<String> {
    let merged = list(&report["merged"]);
    let text = |it: &Json| {
        let word = |name: &str| it[name].as_str().unwrap_or_default();
        let row = it["row"].to_string();
        visit.tr("import-merged", &[("row", &row), ("id", word("external_id")), ("name", word("name"))])
    };
    let mut told: Vec<String> = merged.iter().take(MOST_ROWS_NAMED).map(text).collect();
    let n_merged = report["n_merged"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let more = n_merged.saturating_sub(told.len());
    if more > 0 {
        told.push(visit.tr("import-merged-more", &[("count", &more.to_string())]));
    }
    told
}

/// How cells with several ids were read, by the first.
fn several_text(visit: &Visit, several: &Json) -> Option<String> {
    let text = |name: &str| several[name].as_str();
    let (row, count) = (several["row"].to_string(), several["n_cells"].to_string());
    let words = [("column", text("column")?), ("given", text("given")?), ("taken", text("taken")?)];
    Some(visit.tr("import-several-read", &[&words[..], &[("row", &row), ("count", &count)]].concat()))
}

/// How volumes were read, by the first.
fn volume_text(visit: &Visit, volume: &Json) -> Option<String> {
    let text = |name: &str| volume[name].as_str();
    let annual = text("annual")?;
    let annual = annual.parse().map_or_else(|_| annual.to_owned(), |number| visit.number(number));
    let row = volume["row"].to_string();
    // In quotes it stands as in the file.
    let given = format!("“{}”", text("given")?);
    let words = [("per", text("per")?), ("given", &given), ("row", &row), ("annual", &annual)];
    Some(visit.tr("import-volume-read", &words))
}

/// What the file's contract lines come to in a year.
fn lines_text(visit: &Visit, report: &Json) -> Option<String> {
    let value = |it: &Json| {
        let currency = Currency::parse(it["currency"].as_str()?).ok()?;
        Some(visit.money(Money::parse(it["annual_value"].as_str()?, currency).ok()?))
    };
    let values: Vec<String> = list(&report["lines_a_year"]).iter().filter_map(value).collect();
    (!values.is_empty()).then(|| visit.tr("import-volume-lines", &[("values", &values.join(", "))]))
}

/// A record, and what becomes of it.
fn preview_view(visit: &Visit, row: &Json) -> Value {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let kind = kind_of(&row["kind"]);
    let changes = list(&row["changes"]).iter().filter_map(|change| change_view(visit, kind?, change));
    context! {
        kind => kind.map(|kind| visit.t(&kind_text_id(kind, "one"))),
        row => row["row"].as_i64().unwrap_or(0), external_id => text("external_id"), name => text("name"),
        outcome => visit.t(&format!("import-outcome-{}", text("outcome"))), changes => changes.collect::<Vec<_>>(),
    }
}

/// A field with what it holds and would hold.
fn change_view(visit: &Visit, kind: Kind, change: &Json) -> Option<Value> {
    let field = change["field"].as_str()?;
    let told = |held: &Json, unnamed: &str| held_text(visit, (kind, field), held, unnamed);
    let (from, to) =
        (told(&change["from"], "import-change-unseen"), told(&change["to"], "import-change-other"));
    Some(context! { label => told_label(visit, kind, change, field), from => from, to => to })
}

/// What a field holds, in words; `unnamed` where it names a record without a name to show.
fn held_text(visit: &Visit, (kind, field): (Kind, &str), held: &Json, unnamed: &str) -> String {
    let spec = kind.fields().iter().find(|spec| spec.name == field);
    match (held.as_str(), spec.map(|spec| spec.shape)) {
        (None, _) => visit.t(unnamed),
        (Some(""), _) => visit.t("import-change-nothing"),
        (Some(word), Some(Shape::Choice(words))) if words.contains(&word) => {
            visit.t(&choice_text_id(field, word))
        }
        (Some(text), _) => text.to_owned(),
    }
}

/// What a field of a kind is called: one of the firm's own has the name it was given.
/// What people call the field of a change or a value.
fn told_label(visit: &Visit, kind: Kind, told: &Json, field: &str) -> String {
    told["label"].as_str().map_or_else(|| field_label(visit, kind, field), str::to_owned)
}

fn field_label(visit: &Visit, kind: Kind, field: &str) -> String {
    let is_known = kind.fields().iter().any(|spec| spec.name == field)
        || relations(kind).iter().any(|relation| relation.path == field);
    match is_known {
        true => visit.t(&field_text_id(field)),
        false => field.strip_prefix(mandate_domain::book::CUSTOM).unwrap_or(field).replace('_', " "),
    }
}

pub(super) fn list(of: &Json) -> &[Json] {
    of.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn kind_of(word: &Json) -> Option<Kind> {
    Kind::parse(word.as_str().unwrap_or_default())
}

/// What is wrong with a file, from its JSON: cells that are wrong in the same way together; no rows when it is the file as a whole.
pub(super) fn errors_view(visit: &Visit, refusal: &Json) -> Value {
    let errors = list(&refusal["errors"]);
    let mut alike: Vec<(&Json, Vec<String>)> = vec![];
    for error in errors {
        let row = row_of(error);
        let same =
            |other: &Json| ["column", "given", "message"].iter().all(|part| other[part] == error[part]);
        match alike.iter_mut().find(|(first, _)| same(first)) {
            Some((_, rows)) => rows.push(row),
            None => alike.push((error, vec![row])),
        }
    }
    let rows: Vec<Value> = alike
        .iter()
        .take(MOST_SHOWN)
        .map(|(error, rows)| {
            context! {
                rows => rows_text(visit, rows), text => error_text(visit, error),
                column => error["column"].as_str().filter(|_| column_label(visit, error).is_none()),
                field => column_label(visit, error),
            }
        })
        .collect();
    let shown = rows.len().to_string();
    let kinds = alike.len().to_string();
    let count = refusal["n_errors"].to_string();
    context! {
        rows => rows,
        note => visit.tr("import-errors-alike", &[("shown", &shown), ("kinds", &kinds), ("count", &count)]),
    }
}

/// The number of a row; where it lacks something also whose it is, so that nobody has to look it up.
fn row_of(error: &Json) -> String {
    let row = error["row"].as_i64().unwrap_or(0);
    let name = error["name"].as_str().unwrap_or_default();
    let lacks = error["message"]["id"] == "book-problem-required";
    if lacks && !name.is_empty() { format!("{row}: {name}") } else { row.to_string() }
}

/// What pages call the field of a cell that no column of the file holds.
fn column_label(visit: &Visit, error: &Json) -> Option<String> {
    let column = error["column"].as_str()?;
    let is_missing = error["message"]["id"] == "import-problem-missing-column";
    (is_missing || !column.is_empty() && error["field"] == column).then(|| label_of(visit, column))
}

/// What pages call a field, with the way to it.
pub(super) fn label_of(visit: &Visit, field: &str) -> String {
    if let Some(custom) = field.strip_prefix(mandate_domain::book::CUSTOM) {
        return custom.replace('_', " ");
    }
    field.split('.').map(|step| visit.t(&field_text_id(step))).collect::<Vec<_>>().join(" › ")
}

/// The first rows, and how many there are besides.
pub(super) fn rows_text(visit: &Visit, rows: &[String]) -> String {
    let first: Vec<&str> = rows.iter().take(MOST_ROWS_NAMED).map(String::as_str).collect();
    let more = rows.len() - first.len();
    let first = first.join(", ");
    if more == 0 {
        return first;
    }
    visit.tr("import-rows-more", &[("rows", &first), ("more", &more.to_string())])
}

/// What is wrong, with fields by the names that pages have for them.
pub(super) fn error_text(visit: &Visit, error: &Json) -> String {
    let detail = || error["detail"].as_str().unwrap_or_default().to_owned();
    let message = &error["message"];
    let field = message["arguments"]["column"].as_str().unwrap_or_default();
    match message["id"].as_str() {
        Some("import-problem-missing-column") => {
            return visit.tr("import-problem-lacks", &[("field", &label_of(visit, field))]);
        }
        Some(id @ "import-problem-not-there") => {
            let text = message["arguments"]["text"].as_str().unwrap_or_default();
            return visit.tr(id, &[("field", &label_of(visit, field)), ("text", text)]);
        }
        _ => {}
    }
    let mut told = message.clone();
    if let Some(field) = message["arguments"]["field"].as_str() {
        told["arguments"]["field"] = label_of(visit, field).into();
    }
    visit.kept(&told).unwrap_or_else(detail)
}

/// Rows that look like a record, each with what happens to it.
pub(super) fn alike_view(visit: &Visit, report: &Json) -> Value {
    let rows: Vec<Value> = report["alike"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            let text = |name: &str| it[name].as_str().unwrap_or_default();
            let row = it["row"].to_string();
            let same = if text("same") == "email" { "import-alike-email" } else { "import-alike-name" };
            context! {
                name => format!("row.{row}"), value => text("answer"),
                label => visit.tr("import-alike-row", &[("row", &row), ("name", text("name"))]),
                record => [text("record_name"), text("record_external_id"), &visit.t(same)].join(" · "),
            }
        })
        .collect();
    let answers = Alike::ALL.map(|alike| {
        context! { value => alike.as_str(), text => visit.t(&format!("import-alike-{}", alike.as_str())) }
    });
    context! {
        rows => rows, answers => answers.to_vec(),
        caption => visit.tr("import-alike-ask-caption", &[("count", &report["n_alike"].to_string())]),
    }
}
