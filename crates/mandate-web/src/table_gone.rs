//! What an address or a saved view asks of custom fields that the list does not have any more, or not for this reader.
//!
//! The page is shown without it and says so; a file and a bulk edit, which say nothing, refuse instead. A field that is brought back brings
//! its filters, order and columns back. Not here: which views a reader is offered (`mandate_app::views`).

use mandate_app::book::{Kind, retired_custom_fields};
use mandate_app::listing::{Filter, ListDef, ListQuery, check_query};
use mandate_app::{ErrorKind, Message};
use mandate_domain::book::{CUSTOM, ID_OF_LINK};

use crate::book::custom;
use crate::failure::Failure;
use crate::frame::Visit;
use crate::state::Web;
use crate::table::TableSpec;
use crate::table_request::TableRequest;

/// A part of a request that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// A filter.
    Filter(Filter),
    /// The order by this field.
    Sort(String),
    /// The column of this field.
    Column(String),
}

impl Gone {
    /// The field it names.
    pub(crate) fn field(&self) -> &str {
        match self {
            Self::Filter(filter) => &filter.field,
            Self::Sort(field) | Self::Column(field) => field,
        }
    }
}

/// Whether `def` lacks the custom field of this name; other names that it lacks are mistakes.
fn lacks(def: &ListDef, name: &str) -> bool {
    name.starts_with(CUSTOM) && def.field(name).is_none()
}

impl TableRequest {
    /// The request of a saved view without what `def` has no custom field for, and what that is; any other as it is, because whoever
    /// writes an address is told what is wrong with it.
    pub(crate) fn living(&self, def: &ListDef) -> (Self, Vec<Gone>) {
        if self.view.is_none() {
            return (self.clone(), vec![]);
        }
        let (mut living, mut gone) = (self.clone(), vec![]);
        // Another field may have the key by now, which takes other values.
        let misfits = |filter: &Filter| {
            let alone = Self { filters: vec![filter.clone()], ..Self::default() };
            let query = ListQuery { filters: alone.kept_filters(def), ..ListQuery::default() };
            filter.field.starts_with(CUSTOM) && check_query(def, &query).is_err()
        };
        let is_gone = |filter: &Filter| lacks(def, &filter.field) || misfits(filter);
        gone.extend(self.filters.iter().filter(|it| is_gone(it)).cloned().map(Gone::Filter));
        living.filters.retain(|filter| !is_gone(filter));
        if let Some(sort) = self.sort.as_ref().filter(|sort| lacks(def, &sort.field)) {
            gone.push(Gone::Sort(sort.field.clone()));
            living.sort = None;
        }
        gone.extend(self.columns.iter().filter(|name| lacks(def, name)).cloned().map(Gone::Column));
        living.columns.retain(|name| !lacks(def, name));
        (living, gone)
    }

    /// The first column of a custom field that `def` does not have.
    pub(crate) fn missing_column(&self, def: &ListDef) -> Option<&str> {
        self.columns.iter().map(String::as_str).find(|name| lacks(def, name))
    }
}

/// What an address asks for, what of it is answered, and what is left out, in words.
pub(crate) struct Asked {
    pub(crate) request: TableRequest,
    pub(crate) living: TableRequest,
    pub(crate) gone: Vec<String>,
}

impl Asked {
    /// Reads the visitor's address.
    pub(crate) async fn of(web: &Web, visit: &Visit, def: &ListDef) -> Result<Self, Failure> {
        let request = TableRequest::parse(visit.uri.query().unwrap_or_default());
        let (living, gone) = request.living(def);
        let gone = told(web, visit, def, &gone).await?;
        Ok(Self { request, living, gone })
    }
}

/// What the visitor's address asks of the list of `spec`, as its page answers it.
pub(crate) async fn asked_query(web: &Web, visit: &Visit, spec: &TableSpec) -> Result<ListQuery, Failure> {
    Ok(Asked::of(web, visit, &spec.def).await?.living.list_query(spec))
}

/// The visitor's address of a file, in which nothing may be left out unsaid.
pub(crate) fn whole(visit: &Visit, def: &ListDef) -> Result<TableRequest, Failure> {
    let request = TableRequest::parse(visit.uri.query().unwrap_or_default());
    match request.living(def).1.first() {
        None => Ok(request),
        Some(gone) => {
            let message = Message::new("view-error-field").with("field", gone.field());
            Err(Failure::of(ErrorKind::Invalid, message))
        }
    }
}

/// What is left out, in words: a retired field by its label, any other by what the address calls it.
async fn told(web: &Web, visit: &Visit, def: &ListDef, gone: &[Gone]) -> Result<Vec<String>, Failure> {
    let retired = match Kind::parse(def.name).filter(|_| !gone.is_empty()) {
        Some(kind) => retired_custom_fields(web.ctx(), &visit.actor, kind)
            .await
            .map_err(mandate_app::book::BookError::from)?,
        None => vec![],
    };
    let label = |name: &str| {
        let whose = name.strip_suffix(ID_OF_LINK).unwrap_or(name);
        let field = retired.iter().find(|field| field.name == whose);
        field.map_or_else(|| name.to_owned(), |field| custom::head(visit, field))
    };
    let words = |part: &Gone| {
        let field = label(part.field());
        match part {
            Gone::Filter(filter) => {
                let operator = visit.t(&format!("table-operator-{}", filter.operator.word()));
                let text = format!("{field} {operator} {}", filter.values.join(", "));
                visit.tr("table-gone-filter", &[("field", &field), ("filter", text.trim_end())])
            }
            Gone::Sort(_) => visit.tr("table-gone-sort", &[("field", &field)]),
            Gone::Column(_) => visit.tr("table-gone-column", &[("field", &field)]),
        }
    };
    Ok(gone.iter().map(words).collect())
}
