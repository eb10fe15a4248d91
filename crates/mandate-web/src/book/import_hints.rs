//! What the page of a refused import offers: names that were probably meant, records to make, rows to leave out.
//!
//! All of it comes from the JSON of the refusal, as in `import_views`. Not here: what a press does (`import_mend`).

use std::collections::BTreeSet;

use mandate_app::book::relations;
use mandate_app::book::volume::VOLUME;
use mandate_domain::book::Kind;
use minijinja::{Value, context};
use serde_json::Value as Json;

use super::import_columns::box_of;
use super::import_views::{kind_of, list, rows_text};
use super::kinds::kind_text_id;
use super::pick;
use crate::failure::Failure;
use crate::frame::Visit;
use crate::state::Web;
use crate::table::field_text_id;

/// Names that are asked about one by one.
const MOST_CLOSE: usize = 20;

/// Names that are not in the book and probably mean one that is, each with the press that takes it for that.
pub(super) fn close_names(visit: &Visit, refusal: &Json, secret: Option<&str>) -> Option<Value> {
    let secret = secret?;
    let mut met = BTreeSet::new();
    let mut names = vec![];
    for error in list(&refusal["errors"]) {
        let told = |name: &str| error["missing"][name].as_str();
        let (Some(text), Some(close)) = (told("text"), told("close")) else { continue };
        let name = box_of("n.", error["field"].as_str().unwrap_or_default(), text);
        if !met.insert(name.clone()) {
            continue;
        }
        let column = error["column"].as_str().unwrap_or_default();
        let words = [("text", text), ("close", close), ("column", column)];
        names.push(context! {
            name => name, value => close, text => visit.tr("import-close-name", &words),
            button => visit.tr("import-close-take", &words),
        });
    }
    let count = names.len();
    (count > 0).then(|| {
        context! {
            action => format!("/import/book/{secret}/names"), shown => names.get(..MOST_CLOSE).unwrap_or(&names),
            all => names.clone(), count => count,
        }
    })
}

/// Columns that name records which are not in the book: read in another way they make them.
pub(super) fn missing_hints(visit: &Visit, refusal: &Json, secret: Option<&str>) -> Vec<Value> {
    let Some(kind) = kind_of(&refusal["kind"]) else { return vec![] };
    let mut met = BTreeSet::new();
    let mut hints = vec![];
    // Several in one cell are no record that could be made.
    let is_several = |error: &Json| error["given"].as_str().is_some_and(|given| given.contains(';'));
    let ids = ["book-problem-unknown", "book-problem-did-you-mean"];
    let is_unknown = |error: &Json| ids.iter().any(|id| error["message"]["id"] == *id);
    let unknown = |error: &&Json| is_unknown(error) && !is_several(error);
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

/// How many rows have nothing in a field.
#[derive(Debug, PartialEq, Eq)]
enum Lacking {
    /// No column holds it: all of the file's rows.
    All(u64),
    /// These cells are empty.
    These(usize),
    /// So are these, and more may be: not every error is told.
    AtLeast(usize),
}

impl Lacking {
    /// What is said of it: of all rows, of these, and of at least so many.
    fn text(&self, visit: &Visit, [of_all, of_these, of_least]: [&str; 3]) -> String {
        let (text_id, count) = match self {
            Self::All(count) => (of_all, count.to_string()),
            Self::These(count) => (of_these, count.to_string()),
            Self::AtLeast(count) => (of_least, count.to_string()),
        };
        visit.tr(text_id, &[("count", &count)])
    }
}

/// The rows of a refused file that have nothing in `field`, which they need. A column that is missing is one error, whatever the rows.
fn lacking(refusal: &Json, field: &str) -> Option<Lacking> {
    let errors = list(&refusal["errors"]);
    let counted = |name: &str| refusal[name].as_u64().unwrap_or(0);
    let is_missing =
        |error: &Json| error["message"]["id"] == "import-problem-missing-column" && error["column"] == field;
    if errors.iter().any(is_missing) {
        return Some(Lacking::All(counted("n_rows").saturating_sub(counted("n_left_out"))));
    }
    let is_empty =
        |error: &&Json| error["message"]["id"] == "book-problem-required" && error["field"] == field;
    let is_whole = usize::try_from(counted("n_errors")).is_ok_and(|n_errors| n_errors <= errors.len());
    match errors.iter().filter(is_empty).count() {
        0 => None,
        count if is_whole => Some(Lacking::These(count)),
        count => Some(Lacking::AtLeast(count)),
    }
}

/// What rows lack that one answer could give them all: a volume of zero, an account.
///
/// # Errors
/// [`Failure`] when the accounts cannot be read.
pub(super) async fn fills(
    web: &Web,
    visit: &Visit,
    refusal: &Json,
    secret: Option<&str>,
) -> Result<Vec<Value>, Failure> {
    let (Some(secret), Some(kind)) = (secret, kind_of(&refusal["kind"])) else { return Ok(vec![]) };
    let mut fills = vec![];
    let action = format!("/import/book/{secret}/fill");
    let lacking = lacking(refusal, VOLUME).filter(|_| kind == Kind::ContractLine);
    if let Some(lacking) = lacking {
        fills.push(context! {
            action => action.clone(), field => VOLUME, value => "0", pick => (),
            text => lacking.text(visit, ["import-fill-volume-column", "import-fill-volume", "import-fill-volume-least"]),
            button => visit.t("import-fill-volume-take"),
        });
    }
    let lacking = self::lacking(refusal, "account").filter(|_| kind == Kind::Person);
    if let Some(lacking) = lacking {
        fills.push(context! {
            action => action, field => "account", value => "",
            pick => pick::control(web, visit, Kind::Account, "", None).await?,
            text => lacking.text(visit, ["import-fill-account-column", "import-fill-account", "import-fill-account-least"]),
            label => visit.t(&field_text_id("account")), button => visit.t("import-fill-account-take"),
        });
    }
    Ok(fills)
}

/// The rows that were left out before, and the press that takes them in again.
pub(super) fn left_out(visit: &Visit, told: &Json, secret: &str) -> Option<Value> {
    let count = told["n_left_out"].as_u64().filter(|count| *count > 0)?.to_string();
    Some(context! {
        action => format!("/import/book/{secret}/take-in"),
        text => visit.tr("import-take-in", &[("count", &count)]),
    })
}

/// What is said of rows that are none, or that somebody left out.
pub(super) fn told_of_rows(visit: &Visit, told: &Json) -> Vec<String> {
    let said = [("n_left_out", "left_out"), ("n_footer_lines", "footer_rows")];
    let counted = said.into_iter().filter(|(count, _)| told[*count].as_u64().unwrap_or(0) > 0);
    let text = |(count, rows): (&str, &str)| {
        let rows: Vec<String> = list(&told[rows]).iter().map(Json::to_string).collect();
        let words = [("count", told[count].to_string()), ("rows", rows_text(visit, &rows))];
        let words = words.each_ref().map(|(name, text)| (*name, text.as_str()));
        visit.tr(&format!("import-{}", count.replace('_', "-")), &words)
    };
    counted.map(text).collect()
}

/// The rows that are wrong, where leaving them out leaves something: none when it is the header, or not every error is known.
pub(super) fn rows_to_leave_out(refusal: &Json) -> Option<(String, usize)> {
    let errors = list(&refusal["errors"]);
    let rows: BTreeSet<u64> = errors.iter().filter_map(|error| error["row"].as_u64()).collect();
    let n_errors = usize::try_from(refusal["n_errors"].as_u64()?).ok()?;
    let n_rows = usize::try_from(refusal["n_rows"].as_u64()?).ok()?;
    let n_left_out = usize::try_from(refusal["n_left_out"].as_u64().unwrap_or(0)).ok()?;
    let is_whole = n_errors == errors.len() && !rows.contains(&1) && !rows.is_empty();
    let is_whole = is_whole && rows.len() + n_left_out < n_rows;
    let listed = rows.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
    is_whole.then_some((listed, rows.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_that_lack_something_are_counted_as_far_as_they_are_told() {
        let empty = json!({ "row": 2, "column": "Volume", "field": VOLUME, "message": { "id": "book-problem-required" } });
        let other = json!({ "row": 3, "column": "Price", "field": "unit_price", "message": { "id": "book-problem-required" } });
        let refusal = |errors: &[&Json], n_errors: usize| json!({ "errors": errors, "n_errors": n_errors, "n_rows": 9, "n_left_out": 2 });
        assert_eq!(lacking(&refusal(&[&empty, &other, &empty], 3), VOLUME), Some(Lacking::These(2)));
        assert_eq!(lacking(&refusal(&[&empty, &other, &empty], 4), VOLUME), Some(Lacking::AtLeast(2)));
        assert_eq!(lacking(&refusal(&[&other], 1), VOLUME), None);
        let missing = json!({ "row": 1, "column": VOLUME, "field": "", "message": { "id": "import-problem-missing-column" } });
        assert_eq!(lacking(&refusal(&[&missing, &other], 2), VOLUME), Some(Lacking::All(7)));
    }
}
