//! What the pages of an import say of a file: how it was read, what would become of its rows, what is wrong with them.
//!
//! All of it comes from the JSON that a check answers and a job keeps, so that both are shown alike.

use std::collections::BTreeSet;

use mandate_app::book::mapping::Alike;
use mandate_app::book::relations;
use mandate_domain::book::{Kind, Shape};
use minijinja::{Value, context};
use serde_json::Value as Json;

use super::kinds::{choice_text_id, kind_text_id};
use crate::frame::Visit;
use crate::table::field_text_id;

/// Errors that the page shows; the file has them all.
const MOST_SHOWN: usize = 50;
/// Rows of one error that are named.
const MOST_ROWS_NAMED: usize = 5;

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
    let n_related: i64 = list(&report["related"])
        .iter()
        .map(|it| it["n_new"].as_i64().unwrap_or(0) + it["n_changed"].as_i64().unwrap_or(0))
        .sum();
    let told = ["n_by_name", "n_left_out", "n_footer_lines"].into_iter().filter(|name| n(name) > 0);
    let told = told.map(|name| {
        let rows: Vec<i64> = list(&report["left_out"]).iter().filter_map(Json::as_i64).collect();
        let rows = rows_text(visit, &rows);
        let counts = [("count", n(name).to_string()), ("rows", rows)];
        let counts = counts.each_ref().map(|(name, text)| (*name, text.as_str()));
        visit.tr(&format!("import-{}", name.replace('_', "-")), &counts)
    });
    context! {
        reading => reading_text(visit, &report["reading"]), related => related,
        figures => vec![
            figure("import-rows", "import-rows-note", "n_rows"), figure("import-new", "import-new-note", "n_new"),
            figure("import-changed", "import-changed-note", "n_changed"),
            figure("import-same", "import-same-note", "n_same"),
        ],
        skipped => (n("n_skipped") > 0).then(|| figure("import-skipped", "import-skipped-note", "n_skipped")),
        told => told.collect::<Vec<_>>(),
        previews => list(&report["previews"]).iter().map(|row| preview_view(visit, row)).collect::<Vec<_>>(),
        batch => report["batch_id"].as_str(), n_changes => n("n_new") + n("n_changed") + n_related,
    }
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
    let spec = kind.fields().iter().find(|spec| spec.name == field);
    let told = |held: &Json, unnamed: &str| match (held.as_str(), spec.map(|spec| spec.shape)) {
        (None, _) => visit.t(unnamed),
        (Some(""), _) => visit.t("import-change-nothing"),
        (Some(word), Some(Shape::Choice(words))) if words.contains(&word) => {
            visit.t(&choice_text_id(field, word))
        }
        (Some(text), _) => text.to_owned(),
    };
    let (from, to) =
        (told(&change["from"], "import-change-unseen"), told(&change["to"], "import-change-other"));
    // A field of the firm's own has the name it was given.
    let label = match spec {
        Some(_) => visit.t(&field_text_id(field)),
        None => field.strip_prefix(mandate_domain::book::CUSTOM).unwrap_or(field).replace('_', " "),
    };
    Some(context! { label => label, from => from, to => to })
}

fn list(of: &Json) -> &[Json] {
    of.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn kind_of(word: &Json) -> Option<Kind> {
    Kind::parse(word.as_str().unwrap_or_default())
}

/// What is wrong with a file, from its JSON: cells that are wrong in the same way together; no rows when it is the file as a whole.
pub(super) fn errors_view(visit: &Visit, refusal: &Json) -> Value {
    let errors = list(&refusal["errors"]);
    let mut alike: Vec<(&Json, Vec<i64>)> = vec![];
    for error in errors {
        let row = error["row"].as_i64().unwrap_or(0);
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
                rows => rows_text(visit, rows), column => error["column"].as_str().unwrap_or_default(),
                text => error_text(visit, error),
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

/// The first rows by number, and how many there are besides.
fn rows_text(visit: &Visit, rows: &[i64]) -> String {
    let first: Vec<String> = rows.iter().take(MOST_ROWS_NAMED).map(i64::to_string).collect();
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
    let label = || field.split('.').map(|step| visit.t(&field_text_id(step))).collect::<Vec<_>>().join(" › ");
    match message["id"].as_str() {
        Some("import-problem-missing-column") => {
            return visit.tr("import-problem-lacks", &[("field", &label()), ("column", field)]);
        }
        Some(id @ "import-problem-not-there") => {
            let text = message["arguments"]["text"].as_str().unwrap_or_default();
            return visit.tr(id, &[("field", &label()), ("column", field), ("text", text)]);
        }
        _ => {}
    }
    visit.kept(message).unwrap_or_else(detail)
}

/// Columns that name records which are not in the book: read in another way they make them.
pub(super) fn missing_hints(visit: &Visit, refusal: &Json, secret: Option<&str>) -> Vec<Value> {
    let Some(kind) = kind_of(&refusal["kind"]) else { return vec![] };
    let mut met = BTreeSet::new();
    let mut hints = vec![];
    // Several in one cell are no record that could be made.
    let is_several = |error: &Json| error["given"].as_str().is_some_and(|given| given.contains(';'));
    let unknown = |error: &&Json| error["message"]["id"] == "book-problem-unknown" && !is_several(error);
    for error in list(&refusal["errors"]).iter().filter(unknown) {
        let column = error["column"].as_str().unwrap_or_default();
        let relation = relations(kind).iter().find(|relation| error["field"] == relation.path);
        let Some(relation) = relation.filter(|_| met.insert(column)) else { continue };
        let many = visit.t(&kind_text_id(relation.kind, "many"));
        hints.push(context! {
            text => visit.tr("import-make-missing", &[("column", column)]),
            button => visit.tr("import-make-them", &[("many", &many)]), column => column,
            action => secret.map(|secret| format!("/import/book/{secret}/make-missing")),
        });
    }
    hints
}

/// The rows that are wrong, where leaving them out leaves something: none when it is the header, or not every error is known.
pub(super) fn rows_to_leave_out(refusal: &Json) -> Option<(String, usize)> {
    let errors = list(&refusal["errors"]);
    let rows: BTreeSet<u64> = errors.iter().filter_map(|error| error["row"].as_u64()).collect();
    let n_errors = usize::try_from(refusal["n_errors"].as_u64()?).ok()?;
    let n_rows = usize::try_from(refusal["n_rows"].as_u64()?).ok()?;
    let is_whole = n_errors == errors.len() && !rows.contains(&1) && !rows.is_empty() && rows.len() < n_rows;
    let listed = rows.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
    is_whole.then_some((listed, rows.len()))
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
