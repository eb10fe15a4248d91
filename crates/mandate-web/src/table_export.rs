//! A table as a file: every row that the visitor's address asks for, with the columns that are shown.
//!
//! An amount comes with its currency, and what a column draws from two fields comes as both: a figure without its unit means nothing in a
//! file. Heads are in the reader's words. Not here: the files of the API, which have the names of fields (`exchange`).

use mandate_app::exchange::{ExportColumn, ExportFormat, export_list};
use mandate_app::listing::{FieldKind, ListQuery};

use crate::failure::PageResult;
use crate::frame::Visit;
use crate::state::Web;
use crate::table::{Column, TableSpec, download, field_text_id, shown};
use crate::table_gone;

/// Every row that the visitor's address asks for, with the columns shown, as a file: what the page shows, in full.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when a right is missing or the address names a field that is not there.
pub async fn export(web: &Web, visit: &Visit, spec: &TableSpec, format: ExportFormat) -> PageResult {
    let request = table_gone::whole(visit, &spec.def)?;
    let query = ListQuery { cursor: None, ..request.list_query(spec) };
    let shown = shown(spec, &request);
    let columns = columns(visit, spec, &shown);
    let ctx = web.ctx();
    Ok(download(export_list(ctx, &visit.actor, spec.action, &spec.def, &query, &columns, format).await?))
}

/// The columns of the file, each field once.
fn columns(visit: &Visit, spec: &TableSpec, shown: &[&Column]) -> Vec<ExportColumn> {
    let mut columns: Vec<ExportColumn> = vec![];
    let mut add = |field: &str, head: String| {
        if !columns.iter().any(|it| it.field == field) {
            columns.push(ExportColumn { field: field.to_owned(), head });
        }
    };
    for column in shown {
        for field in column.exported {
            add(field, visit.t(&field_text_id(field)));
        }
        if !column.exported.is_empty() {
            continue;
        }
        let named = [Some(column.name), column.sort].into_iter().flatten();
        let Some(field) = named.into_iter().find(|name| spec.def.field(name).is_some()) else { continue };
        add(field, column.head_text(visit));
        // An amount means nothing without its currency.
        let is_money = spec.def.field(field).is_some_and(|it| it.kind == FieldKind::Money);
        if is_money && spec.def.field("currency").is_some() {
            add("currency", visit.t(&field_text_id("currency")));
        }
    }
    columns
}
